"""Which ranges January 2022 leaves to the parameters: what the record of the street says against their ends.

    python experiments/calibration/streets.py [PATH ...]

One parameter at a time (all unless paths are named), the others at their defaults. A range whose end breaks one of the
three facts of `multivector.lab.validation.street` is cut back, by halving, to where all hold; that is its
`range_source`. With the ranges as they ship only random choice (`decision.rationality` 0) breaks one, by a hair; it
stays, as a null.
"""

from __future__ import annotations

import sys

from multivector.lab.execution import cores, executor_for
from multivector.lab.validation.street import Street, street
from multivector.parameters import load_records
from multivector.scenario.errors import nearest

HALVINGS = 6


def allowed(path: str) -> list[tuple[str, float, Street]]:
    """Each end of a parameter's range: its name, how far from the default the facts hold, and what the end gives."""
    record, ends = load_records()[path], []
    for end, value in (("low", record.low), ("high", record.high)):
        there, good, bad = street({path: value}), record.default, value
        for _ in range(0 if there.holds else HALVINGS):
            middle = (good + bad) / 2.0
            if street({path: middle}).holds:
                good = middle
            else:
                bad = middle
        ends.append((end, value if there.holds else good, there))
    return ends


def main(paths: list[str]) -> None:
    """Print a line for every end of a range that breaks a fact."""
    records = load_records()
    for path in paths:
        if path not in records:
            hint = nearest(path, records)
            raise SystemExit(f"there is no parameter `{path}`" + (f"; did you mean `{hint}`?" if hint else ""))
    for done in executor_for(cores()).map(allowed, paths or list(records)):
        if done.result is None:
            print(f"{done.item:28s} {done.lost}", flush=True)
            continue
        for end, value, there in done.result:
            if not there.holds:
                said = f"January {there.january:.2f}, autumn {there.autumn:.1f}, usual {there.usual:.1f}"
                print(f"{done.item:28s} {end:4s} holds up to {value:.4g} (at the end: {said})", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
