"""The tables of the page of evidence on decisions, made from the document of a run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from multivector.lab.backtest.decisions_models import OURS
from multivector.lab.backtest.scores import gap_words
from multivector.lab.errors import LabError
from multivector.lab.store import replacing

__all__ = ["around_tables", "tables", "write_tables"]

_BEGIN, _END = "<!-- decisions tables: begin -->", "<!-- decisions tables: end -->"


def tables(whole: dict[str, Any]) -> str:
    """Markdown: one table a view, the best log score first, and the coefficients."""
    parts = []
    for view, title in whole["view_titles"].items():
        subsets = whole["views"][view]
        every, fresh = subsets["all"], subsets["out_of_sample"]
        lines = [
            f"{title[0].upper()}{title[1:]}, {every['n']} cases, of them {fresh['n']} out of sample:",
            "",
            "| model | log score | RPS | MAE | exact | ours better by (log score) [95 %] | out of sample | exact |",
            "| --- | ---: | ---: | ---: | ---: | --- | ---: | ---: |",
        ]
        for name in sorted(every["models"], key=lambda name: -every["models"][name]["log_score"]):
            lines.append(_row(whole["titles"][name], name, every, fresh))
        parts.append("\n".join(lines))
    names = list(whole["coefficients"][OURS]["all"])
    lines = [f"| coefficient | {' | '.join(whole['coefficients'][OURS])} |", "| --- | ---: | ---: | ---: |"]
    for name in names:
        values = " | ".join(f"{of_view[name]:.4g}" for of_view in whole["coefficients"][OURS].values())
        lines.append(f"| `{name}` | {values} |")
    return "\n\n".join([*parts, "\n".join(lines)])


def _row(title: str, name: str, every: dict[str, Any], fresh: dict[str, Any]) -> str:
    one = every["models"][name]
    gap = every["ours_better_by"].get(name)
    better = "" if gap is None else gap_words(gap["log_score"], 3)
    new = fresh["models"].get(name)
    last = f"{new['log_score']:.3f} | {new['exact']:.2f}" if new else " | "
    shown = f"**{title}**" if name == OURS else title
    first = f"{one['log_score']:.3f} | {one['rps']:.3f} | {one['mae']:.1f} | {one['exact']:.2f}"
    return f"| {shown} | {first} | {better} | {last} |"


def around_tables(page: Path) -> tuple[str, str]:
    """What stands before and after the tables in a page. Raises LabError where the page or its marks are missing."""
    try:
        text = page.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        raise LabError(f"{page.as_posix()} cannot be read", file=page.as_posix(), key="--docs") from None
    if text.count(_BEGIN) != 1 or text.count(_END) != 1:
        raise LabError(
            f"{page.as_posix()} has no place for the tables", file=page.as_posix(), key="--docs",
            suggestion=f"write {_BEGIN} and {_END} into it",
        )  # fmt: skip
    before, rest = text.split(_BEGIN)
    return before, rest.split(_END)[1]


def write_tables(page: Path, whole: dict[str, Any]) -> None:
    """Put the tables between their marks in a page; raises as `around_tables` does."""
    before, after = around_tables(page)
    with replacing(page) as part:
        part.write_text(f"{before}{_BEGIN}\n{tables(whole)}\n{_END}{after}", encoding="utf-8", newline="\n")
