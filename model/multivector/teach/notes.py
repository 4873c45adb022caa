"""Answer notes for the teacher, made from the runs: what every setting alone does, and in how many futures."""

from __future__ import annotations

from typing import Any

import numpy as np

from multivector.teach.grid import Grid
from multivector.teach.paths import Leaf

__all__ = ["answer_notes"]


def answer_notes(grid: Grid) -> list[dict[str, Any]]:
    """One row for each setting of each lever (and of the assumption) alone.

    Returns
    -------
    A list of {lever, stop, round (from 1; 0 for the assumption), cost, aims: [{name, median, futures, of}]}: the paired
    median change of each aim at the end against the baseline, and in how many futures it went that way. Settings that
    the capital does not pay for are left out.
    """
    plan = grid.plan
    lesson = plan.file.lesson
    zero = plan.policy_baseline(plan.leaves[0])
    known = set(plan.leaves)
    rows = []
    for number, one in enumerate(lesson.rounds):
        for place, name in enumerate(one.levers):
            lever = lesson.levers[name]
            for index, stop in enumerate(lever.stops[1:], 1):
                choices = [list(part) for part in zero.choices]
                choices[number][place] = index
                leaf = Leaf(0, tuple(tuple(part) for part in choices))
                if leaf in known:
                    rows.append(_row(grid, leaf, zero, lever.title, stop.name, number + 1, stop.cost))
    if lesson.belief is not None:
        for index, stop in enumerate(lesson.belief.stops[1:], 1):
            leaf = Leaf(index, zero.choices)
            rows.append(_row(grid, leaf, zero, lesson.belief.title, stop.name, 0, 0))
    return rows


def _row(grid: Grid, leaf: Leaf, base: Leaf, lever: str, stop: str, number: int, cost: int) -> dict[str, Any]:
    aims = []
    for aim in grid.plan.file.lesson.aims:
        change = grid.paired(leaf, base, aim.measure)
        middle = float(np.median(change))
        futures = int((np.sign(change) == np.sign(middle)).sum())
        aims.append({"name": aim.name, "median": middle, "futures": futures, "of": len(change)})
    return {"lever": lever, "stop": stop, "round": number, "cost": cost, "aims": aims}
