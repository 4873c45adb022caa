"""What an info page asks to try, run and measured: the claimed effect, and the share of futures that show it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from multivector.teach.grid import Grid
from multivector.teach.paths import Leaf, Plan
from multivector.teach.schema import FUTURES, LessonErrors, Try

__all__ = ["SAME", "Measured", "leaf_of_try", "measure_tries", "plan_of_tries"]

SAME = 0.005
"""A change smaller than this share of the scale counts as none when a try claims `same`."""


@dataclass(frozen=True)
class Measured:
    """One try as it came out: in how many futures the claimed effect showed, and the paired median change."""

    claim: Try
    futures: int
    median: float

    @property
    def held(self) -> bool:
        """Whether the effect showed in at least the stated share of futures."""
        return self.futures >= self.claim.share * FUTURES - 1e-9


def leaf_of_try(plan: Plan, one: Try) -> Leaf:
    """The path that a try asks for. Raises LessonErrors where the capital does not pay for it."""
    lesson = plan.file.lesson
    rounds: list[tuple[int, ...]] = []
    seen: dict[str, int] = {}
    for held in lesson.rounds:
        stops = []
        for name in held.levers:
            said = one.choose.get(name, lesson.levers[name].stops[0].name)
            listed = said if isinstance(said, list) else [said]
            turn = min(seen.get(name, 0), len(listed) - 1)
            names = [stop.name for stop in lesson.levers[name].stops]
            # a lever named once is moved once: in later rounds it stays as it was
            moved = turn < seen.get(name, 0) and not isinstance(said, list)
            stops.append(0 if moved else names.index(listed[turn]))
            seen[name] = seen.get(name, 0) + 1
        rounds.append(tuple(stops))
    belief = 0
    if one.belief is not None and lesson.belief is not None:
        belief = [stop.name for stop in lesson.belief.stops].index(one.belief)
    leaf = Leaf(belief, tuple(rounds))
    if leaf not in set(plan.leaves):
        index = lesson.tries.index(one)
        said = f"costs {plan.cost(leaf.choices)} points, and there are {lesson.capital}"
        raise LessonErrors([plan.file.problem(("try", index, "choose"), said)])
    return leaf


def plan_of_tries(plan: Plan) -> Plan:
    """The same lesson with only the paths that its tries need, to check them without the whole grid."""
    wanted: set[Leaf] = set()
    for one in plan.file.lesson.tries:
        leaf = leaf_of_try(plan, one)
        wanted |= {leaf, _against(plan, leaf, one)}
    return replace(plan, leaves=tuple(leaf for leaf in plan.leaves if leaf in wanted))


def _against(plan: Plan, leaf: Leaf, one: Try) -> Leaf:
    return plan.policy_baseline(leaf) if one.against == "policy" else plan.belief_baseline(leaf)


def measure_tries(grid: Grid) -> list[Measured]:
    """Measure every try of a lesson on its grid, in order."""
    found = []
    for one in grid.plan.file.lesson.tries:
        leaf = leaf_of_try(grid.plan, one)
        change = grid.paired(leaf, _against(grid.plan, leaf, one), one.measure, one.when)
        scale = float(np.ptp(grid.values[:, grid.names.index(one.measure)])) or 1.0
        small = SAME * scale
        shown = {"up": change > small, "down": change < -small, "same": np.abs(change) <= small}[one.direction]
        found.append(Measured(one, int(shown.sum()), float(np.median(change))))
    return found
