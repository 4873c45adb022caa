"""Answer notes for the teacher, made from the runs: what every setting alone does, and in how many futures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from multivector.teach.grid import Grid
from multivector.teach.paths import Leaf

__all__ = ["Alone", "alone", "answer_notes"]


@dataclass(frozen=True)
class Alone:
    """One setting by itself, everything else at its baseline; `round` counts from 1 and is 0 for the assumption."""

    leaf: Leaf
    lever: str
    stop: str
    round: int
    cost: int


def alone(grid: Grid) -> list[Alone]:
    """Every setting of every lever, and of the assumption, that the capital pays for."""
    plan = grid.plan
    lesson = plan.file.lesson
    zero = plan.policy_baseline(plan.leaves[0])
    known = set(plan.leaves)
    found = []
    for number, one in enumerate(lesson.rounds):
        for place, name in enumerate(one.levers):
            lever = lesson.levers[name]
            for index, stop in enumerate(lever.stops[1:], 1):
                choices = [list(part) for part in zero.choices]
                choices[number][place] = index
                leaf = Leaf(0, tuple(tuple(part) for part in choices))
                if leaf in known:
                    found.append(Alone(leaf, lever.title, stop.name, number + 1, stop.cost))
    if lesson.belief is not None:
        for index, stop in enumerate(lesson.belief.stops[1:], 1):
            found.append(Alone(Leaf(index, zero.choices), lesson.belief.title, stop.name, 0, 0))
    return found


def answer_notes(grid: Grid) -> list[dict[str, Any]]:
    """What each setting alone does.

    Returns
    -------
    A list of {lever, stop, round (from 1; 0 for the assumption), cost, aims: [{name, median, futures, of}]}: the paired
    median change of each aim at the end against the baseline, and in how many futures it went that way.
    """
    zero = grid.plan.policy_baseline(grid.plan.leaves[0])
    return [
        {
            "lever": one.lever,
            "stop": one.stop,
            "round": one.round,
            "cost": one.cost,
            "aims": _aims(grid, one.leaf, zero),
        }
        for one in alone(grid)
    ]


def _aims(grid: Grid, leaf: Leaf, base: Leaf) -> list[dict[str, Any]]:
    aims = []
    for aim in grid.plan.file.lesson.aims:
        change = grid.paired(leaf, base, aim.measure)
        middle = float(np.median(change))
        futures = int((np.sign(change) == np.sign(middle)).sum())
        aims.append({"name": aim.name, "median": middle, "futures": futures, "of": len(change)})
    return aims
