"""Leaf paths: everything that a class can have decided at the end of a lesson, and the scenario behind each.

A leaf is an assumption and one stop for every lever on the table in every round. Its key is written
`ASSUMPTION:STOPS.STOPS`, one digit a lever in the round's order: `0:012.10`. Only paths that the political capital
pays for exist.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from pathlib import Path as FilePath
from typing import TYPE_CHECKING, Any

from multivector import __version__
from multivector.scenario.catalogue import is_path
from multivector.scenario.emit import to_yaml
from multivector.scenario.errors import Problem, ScenarioErrors
from multivector.scenario.paths import DomainPaths, Path, month_number, month_text
from multivector.teach.pack import LETTERS
from multivector.teach.schema import FUTURES, Happening, LessonErrors, LessonFile, Stop

if TYPE_CHECKING:
    from multivector.scenario import Scenario

__all__ = ["MAX_LEAVES", "Leaf", "Plan", "plan_lesson"]

MAX_LEAVES = 729
"""Most leaf paths of a lesson: 3 levers of 3 stops in two rounds, or 6 of them in one."""


@dataclass(frozen=True, order=True)
class Leaf:
    """One path: the assumption's stop, and for every round the stops of its levers."""

    belief: int
    choices: tuple[tuple[int, ...], ...]

    @property
    def key(self) -> str:
        """The path as it is written on the page: `0:012.10`."""
        return f"{self.belief}:" + ".".join("".join(map(str, part)) for part in self.choices)


@dataclass(frozen=True)
class Plan:
    """A lesson that can be run: its base scenario, its leaves, the shocks that were drawn.

    `shocks` has one entry a round, None where nothing strikes.
    """

    file: LessonFile
    base: Scenario
    leaves: tuple[Leaf, ...]
    shocks: tuple[Happening | None, ...]
    citizens: int

    @property
    def worlds(self) -> tuple[int, ...]:
        """The futures of every path, the same worlds for all."""
        return tuple(range(FUTURES))

    def sets(self, leaf: Leaf) -> list[str]:
        """The `--set` expressions that make a leaf's scenario out of the base."""
        lesson = self.file.lesson
        found = [] if lesson.belief is None else list(lesson.belief.stops[leaf.belief].set)
        stepped: dict[str, list[tuple[str, float]]] = {}
        for one, stops in zip(lesson.rounds, leaf.choices, strict=True):
            for name, index in zip(one.levers, stops, strict=True):
                lever = lesson.levers[name]
                stop = lever.stops[index]
                found += stop.set
                if stop.value is not None and lever.path is not None:
                    stepped.setdefault(lever.path, []).append((one.date, float(stop.value)))
        found += [f"{path}={_steps(_path_at(self.base, path), self.base, steps)}" for path, steps in stepped.items()]
        return found

    def scenario(self, leaf: Leaf) -> Scenario:
        """The scenario of a leaf; it can be run by itself. Raises ScenarioErrors."""
        found = self.base.with_sets(self.sets(leaf))
        return found.model_copy(update={"id": self.base.id, "warnings": ()})

    def policy_baseline(self, leaf: Leaf) -> Leaf:
        """The same assumption under status quo policies."""
        return Leaf(leaf.belief, tuple(tuple(0 for _ in part) for part in leaf.choices))

    def belief_baseline(self, leaf: Leaf) -> Leaf:
        """The same policies under the default assumption."""
        return Leaf(0, leaf.choices)

    def cost(self, choices: tuple[tuple[int, ...], ...]) -> int:
        """Political capital that a path takes."""
        return sum(cost for part in self.costs(choices) for cost in part)

    def costs(self, choices: tuple[tuple[int, ...], ...]) -> list[list[int]]:
        """Capital by round and lever."""
        lesson = self.file.lesson
        return [
            [_stops(self.file, name)[index].cost for name, index in zip(one.levers, part, strict=True)]
            for one, part in zip(lesson.rounds, choices, strict=True)
        ]

    @cached_property
    def code(self) -> str:
        """The world code: six characters of a hash over the base, every change, the seed and the version."""
        lesson = self.file.lesson
        said = {
            "base": self.base.hash,
            "seed": lesson.seed,
            "futures": FUTURES,
            "version": __version__,
            "leaves": [[leaf.key, self.sets(leaf)] for leaf in self.leaves],
        }
        digest = hashlib.sha256(json.dumps(said, sort_keys=True, ensure_ascii=False).encode()).digest()
        number = int.from_bytes(digest[:4], "big") >> 2
        return "".join(LETTERS[number >> shift & 31] for shift in range(25, -1, -5))


def _stops(file: LessonFile, name: str) -> tuple[Stop, ...]:
    return file.lesson.levers[name].stops


def plan_lesson(file: LessonFile, *, citizens: int | None = None, months: int | None = None) -> Plan:
    """Resolve a lesson: its scenario, its leaves within the budget, and every change tried once.

    Raises
    ------
    LessonErrors : a scenario that cannot be used, a change that cannot be made, or a lesson over the budget; the
        message names the sizes.
    """
    base, shocks = _base(file, citizens, months)
    _check_dates(file, base)
    sizes = _sizes(file)
    leaves = tuple(_affordable(file)) if sizes[1] <= 100 * MAX_LEAVES else ()
    count = len(leaves) if leaves else sizes[1]
    if not 0 < count <= MAX_LEAVES:
        paid = "" if not leaves else f", of which {count:,} can be paid for"
        said = f"the lesson has {sizes[0]} = {sizes[1]:,} paths{paid}, and {MAX_LEAVES} are allowed"
        hint = "fewer stops, levers or rounds, or less capital"
        raise LessonErrors([file.problem(("rounds",), said, hint)])
    plan = Plan(file, base, leaves, shocks, base.citizens)
    try:
        _try_changes(plan)
    except LessonErrors:
        if months is None:
            raise
        plan_lesson(file, citizens=citizens)  # what is wrong with any number of months is told as it is
        said = f"what the lesson changes lies after the first {months} months"
        raise LessonErrors([Problem("--months", None, "", said, "more months, or leave it out")]) from None
    return plan


def _base(file: LessonFile, citizens: int | None, months: int | None) -> tuple[Scenario, tuple[Happening | None, ...]]:
    """The scenario with the lesson's own world and the shocks that were drawn."""
    from multivector.scenario import load_scenario, scenario_from_dict

    lesson = file.lesson
    name = str(file.folder / lesson.scenario) if is_path(lesson.scenario) else lesson.scenario
    try:
        parent = load_scenario(name)
    except ScenarioErrors as errors:
        raise LessonErrors([_moved(file, ("scenario",), one) for one in errors.problems]) from None
    shocks = tuple(_drawn(file, number) for number in range(len(lesson.rounds)))
    sets = [*lesson.set, *(one for shock in shocks if shock is not None for one in shock.set)]
    if citizens is not None:
        sets.append(f"citizens={citizens}")
    try:
        struck = [entry for shock in shocks if shock is not None for entry in shock.timeline]
        world = {**lesson.world, "timeline": [*lesson.world.get("timeline", []), *struck]} if struck else lesson.world
        if not world:
            base = parent.with_sets(sets) if sets else parent
        else:
            top = {"schema": 1, "title": lesson.title}
            if is_path(lesson.scenario):
                overlay = {**top, "extends": FilePath(name).resolve().as_posix(), **world}
            else:
                overlay = {**top, "extends": lesson.scenario, **world}
            base = scenario_from_dict(overlay, name=f"{file.name}: world", sets=sets)
        if months is not None:
            base = base.with_sets([f"end={month_text(month_number(base.start) + months - 1)}"])
    except ScenarioErrors as errors:
        raise LessonErrors([_moved(file, _where(one), one) for one in errors.problems]) from None
    return base.model_copy(update={"id": file.name}), shocks


def _where(one: Problem) -> tuple[str | int, ...]:
    return ("set",) if one.file == "--set" else ("world",)


def _moved(file: LessonFile, loc: tuple[str | int, ...], one: Problem) -> Problem:
    """A scenario's problem at the place in the lesson that brought it; one with a line of its own stays there."""
    if one.line is not None and not one.file.startswith("<"):
        return one
    return file.problem(loc, f"{one.key}: {one.message}" if one.key else one.message, one.suggestion)


def _drawn(file: LessonFile, number: int) -> Happening | None:
    """The shock of a round: one of its candidates, by the seed, so that every class with the code meets the same."""
    shock = file.lesson.rounds[number].shock
    if shock is None or not shock.draw:
        return None
    key = f"{file.lesson.seed}:shock:{number}".encode()
    return shock.draw[int.from_bytes(hashlib.sha256(key).digest()[:8], "big") % len(shock.draw)]


def _check_dates(file: LessonFile, base: Scenario) -> None:
    wrong = [
        file.problem(("rounds", index, "date"), f"{one.date} lies outside the scenario ({base.start} to {base.end})")
        for index, one in enumerate(file.lesson.rounds)
        if not base.start <= one.date <= base.end
    ]
    for index, aim in enumerate(file.lesson.aims):
        power = aim.measure.removeprefix("tie.")
        if aim.measure.startswith("tie.") and power not in base.powers:
            from multivector.scenario.errors import nearest

            hint = nearest(power, base.powers)
            wrong.append(file.problem(("aims", index, "measure"), f"there is no power `{power}`", hint))
    if wrong:
        raise LessonErrors(wrong)


def _sizes(file: LessonFile) -> tuple[str, int]:
    """The product of all stops, in words and as a number."""
    lesson = file.lesson
    total, words = 1, []
    if lesson.belief is not None:
        total *= len(lesson.belief.stops)
        words.append(f"{len(lesson.belief.stops)} assumptions")
    for number, one in enumerate(lesson.rounds, 1):
        counts = [len(_stops(file, name)) for name in one.levers]
        for count in counts:
            total *= count
        words.append(f"{' × '.join(map(str, counts))} stops in round {number}")
    return " × ".join(words), total


def _affordable(file: LessonFile) -> Iterator[Leaf]:
    """Every path that the capital pays for, in order of its key; of costs above the whole capital none is left."""
    lesson = file.lesson
    shelves = [[range(len(_stops(file, name))) for name in one.levers] for one in lesson.rounds]
    rounds = [list(product(*shelf)) for shelf in shelves]

    def spent(number: int, part: tuple[int, ...]) -> int:
        names = lesson.rounds[number].levers
        return sum(_stops(file, name)[index].cost for name, index in zip(names, part, strict=True))

    def walk(number: int, left: int) -> Iterator[tuple[tuple[int, ...], ...]]:
        if number == len(rounds):
            yield ()
            return
        for part in rounds[number]:
            cost = spent(number, part)
            if cost <= left:
                for rest in walk(number + 1, left - cost):
                    yield (part, *rest)

    beliefs = len(lesson.belief.stops) if lesson.belief is not None else 1
    paths = list(walk(0, lesson.capital))
    for belief in range(beliefs):
        for choices in paths:
            yield Leaf(belief, choices)


def _try_changes(plan: Plan) -> None:
    """Every stop of every lever alone, so that a wrong path is told at its line before anything is run."""
    lesson, wrong = plan.file.lesson, []
    holders: list[tuple[tuple[str | int, ...], tuple[Stop, ...], str | None]] = [
        (("levers", name), lever.stops, lever.path) for name, lever in lesson.levers.items()
    ]
    if lesson.belief is not None:
        holders.append((("belief",), lesson.belief.stops, None))
    dates = {name: one.date for one in reversed(lesson.rounds) for name in one.levers}
    for loc, stops, path in holders:
        for index, stop in enumerate(stops):
            place = (*loc, "stops", index)
            try:
                sets = list(stop.set)
                if stop.value is not None and path is not None:
                    start = dates[str(loc[-1])]
                    sets.append(f"{path}={_steps(_path_at(plan.base, path), plan.base, [(start, stop.value)])}")
                if sets:
                    plan.base.with_sets(sets)
            except ScenarioErrors as errors:
                wrong += [_moved(plan.file, place, one) for one in errors.problems]
            except KeyError as error:
                wrong.append(plan.file.problem((*loc, "path"), str(error.args[0])))
                break
    if wrong:
        raise LessonErrors(wrong)


def _path_at(base: Scenario, dotted: str) -> Path:
    """The dated path at a dotted place. Raises KeyError with a finished message where there is none."""
    found: Any = base
    for part in dotted.split("."):
        if isinstance(found, dict) and part in found:
            found = found[part]
        elif isinstance(found, DomainPaths) and part in ("politics", "economy", "security"):
            found = found.domain(part)
        elif not isinstance(found, (dict, Path)) and hasattr(found, part):
            found = getattr(found, part)
        else:
            raise KeyError(f"`{dotted}` is no dated path: there is no `{part}`")
    if isinstance(found, DomainPaths):
        raise KeyError(f"`{dotted}` has one path for each domain: add .politics, .economy or .security")
    if not isinstance(found, Path):
        raise KeyError(f"`{dotted}` is not dated and cannot change in a round; use `set`")
    return found


def _steps(path: Path, base: Scenario, steps: list[tuple[str, float]]) -> str:
    """A dated path as `--set` takes it: as it was until the first step, then the value of each step in turn."""
    first = month_number(steps[0][0])
    start, end = month_number(base.start), month_number(base.end)
    points: dict[int, float] = {}
    if first > start:
        kept = [number for number, _ in path.points if start < number < first - 1]
        points = {number: path.at(month_text(number)) for number in (start, *kept, first - 1)}
    for (date, value), following in zip(steps, [*(month_number(d) for d, _ in steps[1:]), end + 1], strict=True):
        points[month_number(date)] = value
        points[max(following - 1, month_number(date))] = value
    return to_yaml_flow({month_text(number): value for number, value in sorted(points.items())})


def to_yaml_flow(points: dict[str, float]) -> str:
    """`{2022-01: 0.3, 2022-06: 1.0}`."""
    return "{" + ", ".join(f"{date}: {float(value)!r}" for date, value in points.items()) + "}"


def leaf_yaml(plan: Plan, leaf: Leaf) -> str:
    """A leaf's scenario as a file, so that a lesson's path can be run in a batch."""
    return to_yaml(plan.scenario(leaf).to_dict())
