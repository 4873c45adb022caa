"""Teaching: a scenario as a lesson that fits in one file.

- `schema`: the lesson file (YAML), read with every problem at its line; `auto`: a lesson made out of a bare scenario.
- `paths`: what a class can decide, as leaf paths; the budget; the scenario behind each path; the world code.
- `facts`, `reasons`: what a run's tables say about one path, and why it differs from the policy baseline.
- `grid`: runs every path on an executor, keeps what is finished; `pack`: values small enough for a page.
- `document`: everything that a page needs, as plain data; `page`: the page; `kit`: the teacher's sheets.
- `tries`: runs what an info page asks to try; `score`: pre and post answers of a class.

Stands beside `cli` on top of `lab` and `show`; jinja2 comes with the extra `app`.
"""
