"""The plan of a batch: which runs a study means, and which of their worlds are still to be run."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from multivector.lab.compare import scenario_mismatches
from multivector.lab.designs import Factor, Point
from multivector.lab.factors import base_point, expressions
from multivector.lab.kinds import KINDS
from multivector.lab.run import DEFAULT_BLOCK, LANES, blocks_of
from multivector.lab.study import PointsStudy, StudyErrors, StudyFile, load_member
from multivector.lab.tasks import Chunk, Replayed, Task, run_id
from multivector.scenario import Scenario, ScenarioErrors
from multivector.scenario.translate import problem_at

if TYPE_CHECKING:
    import pandas as pd

    from multivector.lab.parts import Inventory

__all__ = ["DESIGN_COLUMNS", "Plan", "Planned", "chunks_of", "fitting_block", "plan_of"]

DESIGN_COLUMNS = ("run", "role", "scenario", "point", "seed", "weight", "months", "base", "replays", "of", "sets")
_TOLD = 4
"""Assignments of a run that a message names."""
_USUAL = 60 * 1000 * DEFAULT_BLOCK
"""Citizen-months of a usual chunk: a second or two of work."""


@dataclass(frozen=True)
class Planned:
    """One run of a plan: a row of the design table.

    Attributes
    ----------
    id : see `lab.tasks.run_id`.
    role : "run" (asked for), "baseline" (added to compare with) or "replay" (repeats the baseline's decisions).
    scenario : name of the scenario.
    point : number of the design point, from 0.
    values : what the point sets, by factor.
    sets : the same as `--set` expressions.
    base : id of the run that it is compared with, or empty.
    replays, of : of a replay: the run whose decisions it repeats, and the run that it splits.
    """

    id: str
    role: str
    scenario: str
    point: int
    seed: int
    values: Point
    sets: tuple[str, ...]
    weight: float = 1.0
    months: int = 0
    base: str = ""
    replays: str = ""
    of: str = ""


@dataclass(frozen=True)
class Plan:
    """All runs of a batch.

    Attributes
    ----------
    study : the study file.
    factors : what the design varies.
    runs : in order; two rows may share an id, where two inputs come to the same.
    scenarios : scenario name → resolved scenario without the point's changes.
    notes : what to know about the design, in words.
    """

    study: StudyFile
    factors: tuple[Factor, ...]
    runs: tuple[Planned, ...]
    scenarios: Mapping[str, Scenario]
    notes: tuple[str, ...] = ()
    documents: Mapping[str, dict[str, Any]] = field(default_factory=dict, repr=False)

    @property
    def document(self) -> PointsStudy:
        """What the study says."""
        assert isinstance(self.study.document, PointsStudy)
        return self.study.document

    @property
    def ids(self) -> list[str]:
        """Run ids in order, each once."""
        return list(dict.fromkeys(run.id for run in self.runs))

    @property
    def worlds(self) -> int:
        """Worlds of all runs."""
        return len(self.ids) * self.document.worlds

    @cached_property
    def _free(self) -> dict[str, Planned]:
        return {run.id: run for run in self.runs if run.role != "replay"}

    def design_table(self) -> pd.DataFrame:
        """DESIGN_COLUMNS, then one column for each factor (empty where a run leaves it alone)."""
        import pandas as pd

        rows = [
            {
                "run": run.id,
                "role": run.role,
                "scenario": run.scenario,
                "point": run.point,
                "seed": run.seed,
                "weight": run.weight,
                "months": run.months,
                "base": run.base,
                "replays": run.replays,
                "of": run.of,
                "sets": json.dumps(run.sets, ensure_ascii=False),
                **{factor.name: _cell(run.values.get(factor.name)) for factor in self.factors},
            }
            for run in self.runs
        ]
        return pd.DataFrame(rows, columns=[*DESIGN_COLUMNS, *(factor.name for factor in self.factors)])

    def task(self, run: Planned, worlds: Sequence[int]) -> Task:
        """Some worlds of a run as pure data."""
        replayed = None
        if run.role == "replay":
            base = self._free[run.replays]
            replayed = Replayed(base.id, self.documents[base.scenario], base.sets)
        document = self.documents[run.scenario]
        tables = tuple(self.document.keep)
        return Task(run.id, run.scenario, document, run.sets, run.seed, tuple(worlds), tables, replayed)


def _cell(value: Any) -> Any:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, (dict, list)) else value


def plan_of(study: StudyFile, progress: Callable[[int, int], None] | None = None) -> Plan:
    """Expand a study into its runs; every run's scenario is resolved, so that its id is known.

    Parameters
    ----------
    progress : called with (runs resolved, in all).

    Raises
    ------
    StudyErrors : a point that a scenario refuses.
    """
    document = study.document
    if not isinstance(document, PointsStudy):
        said = f"a study of kind `{document.kind}` is no batch"
        raise StudyErrors(
            [
                problem_at(
                    study.tree, ("kind",), said, f"multivector {KINDS[document.kind].command} {study.path.as_posix()}"
                )
            ]
        )
    factors, points, weights = document.points_of(study.scenarios, study.folder)
    scenarios = {scenario.id: scenario for scenario in study.scenarios.values()}
    base_name = _baseline_scenario(study, document, scenarios)
    base_values = document.compared_with if isinstance(document.compared_with, dict) else {}
    made = _Made(scenarios, factors, study)
    rows: list[Planned] = []
    total = len(study.scenarios) * len(points) * len(document.seeds)
    for scenario in study.scenarios.values():
        for number, point in enumerate(points):
            for seed in document.seeds:
                run = made.run("run", scenario.id, number, point, seed, weights[number])
                if base_name or base_values:
                    run = made.compared(run, base_name or scenario.id, base_point(point, base_values))
                rows.append(run)
                if progress is not None:
                    progress(len(rows), total)
    asked = {run.id for run in rows}
    rows += [run for run in made.bases.values() if run.id not in asked]
    if document.splits:
        rows += [made.replay(run) for run in rows if run.role == "run" and run.base != run.id]
    notes = []
    if document.design_kind == "sobol" and len(points) & (len(points) - 1):
        nearest = 2 ** max(len(points).bit_length() - 1, 0)
        notes.append(f"{len(points)} Sobol' points are not balanced; {nearest} or {2 * nearest} (powers of two) are")
    for name in [name for name in scenarios if base_name and name != base_name]:
        notes += scenario_mismatches(scenarios[base_name], scenarios[name])
    if (same := len(rows) - len({row.id for row in rows})) > 0:
        notes.append(f"{same} of {len(rows)} runs come to the same input as another and are made once")
    documents = {name: scenario.to_dict() for name, scenario in scenarios.items()}
    return Plan(study, tuple(factors), tuple(rows), scenarios, tuple(notes), documents)


def _baseline_scenario(study: StudyFile, document: PointsStudy, scenarios: dict[str, Scenario]) -> str:
    """The id of the scenario that the others are compared with, which is added where it is not among them."""
    if not isinstance(document.compared_with, str):
        return ""
    if document.compared_with in study.scenarios:
        return str(study.scenarios[document.compared_with].id)
    problems: list[Any] = []
    scenario = load_member(study.tree, ("baseline",), document.compared_with, study.folder, problems)
    if scenario is None:
        raise StudyErrors(problems)
    if scenario.id in scenarios and scenarios[scenario.id].hash != scenario.hash:
        message = f"a scenario of the study is called {scenario.id} too, and is another one"
        raise StudyErrors([problem_at(study.tree, ("baseline",), message)])
    scenarios.setdefault(scenario.id, scenario)
    return str(scenario.id)


def _told(sets: tuple[str, ...]) -> str:
    """The assignments of a run, the first few of many."""
    more = len(sets) - _TOLD
    return ", ".join(sets[:_TOLD]) + (f" and {more} more" if more > 0 else "")


class _Made:
    """Makes the rows of a plan; equal inputs are resolved once."""

    def __init__(self, scenarios: Mapping[str, Scenario], factors: Sequence[Factor], study: StudyFile) -> None:
        self.scenarios, self.factors, self.study = scenarios, factors, study
        self.bases: dict[tuple[str, tuple[str, ...], int], Planned] = {}
        self._resolved: dict[tuple[str, tuple[str, ...]], tuple[str, int]] = {}
        self._hashes: dict[tuple[str, int, str], str] = {}

    def run(self, role: str, scenario: str, number: int, point: Point, seed: int, weight: float) -> Planned:
        sets = expressions(self.factors, point)
        digest, months = self._resolve(scenario, sets)
        identity = self._id(digest, seed)
        return Planned(identity, role, scenario, number, seed, point, sets, weight, months)

    def compared(self, run: Planned, scenario: str, point: Point) -> Planned:
        """The run with its base, which is noted."""
        key = (scenario, expressions(self.factors, point), run.seed)
        if key not in self.bases:
            self.bases[key] = self.run("baseline", scenario, run.point, point, run.seed, 0.0)
        return replace(run, base=self.bases[key].id)

    def replay(self, run: Planned) -> Planned:
        """The run again, with the decisions of its base."""
        digest, _ = self._resolve(run.scenario, run.sets)
        identity = self._id(digest, run.seed, run.base)
        return replace(run, id=identity, role="replay", weight=0.0, replays=run.base, of=run.id)

    def _resolve(self, scenario: str, sets: tuple[str, ...]) -> tuple[str, int]:
        key = (scenario, sets)
        if key not in self._resolved:
            try:
                resolved = self.scenarios[scenario].with_sets(sets) if sets else self.scenarios[scenario]
            except ScenarioErrors as errors:
                found = [
                    problem_at(self.study.tree, ("design",), f"{_told(sets)}: {one.message}", one.suggestion)
                    for one in errors.problems
                ]
                raise StudyErrors(found) from None
            self._resolved[key] = (resolved.hash, int(resolved.months))
        return self._resolved[key]

    def _id(self, digest: str, seed: int, replays: str = "") -> str:
        key = (digest, seed, replays)
        if key not in self._hashes:
            self._hashes[key] = run_id(digest, seed, replays or None)
        return self._hashes[key]


def fitting_block(plan: Plan, workers: int, missing: int) -> int:
    """Worlds in a chunk, a multiple of LANES: about a second of work, and some chunks for every worker."""
    largest = max((scenario.citizens * scenario.months for scenario in plan.scenarios.values()), default=1)
    by_work = _USUAL // max(int(largest), 1)
    by_share = missing // (4 * workers)
    return max(LANES, min(DEFAULT_BLOCK, by_work, by_share) // LANES * LANES)


def chunks_of(plan: Plan, inventory: Inventory, block: int) -> Iterator[Chunk]:
    """What is still to be run, in order, in chunks.

    A chunk holds `block` worlds at most. A few worlds cost nearly as much as LANES of them, so short tasks count as
    LANES worlds.
    """
    seen: set[str] = set()
    held: list[Task] = []
    cost = 0
    for run in plan.runs:
        if run.id in seen:
            continue
        seen.add(run.id)
        there = inventory.finished.get(run.id, {})
        missing = [world for world in range(plan.document.worlds) if world not in there]
        for worlds in blocks_of(missing, block) if missing else []:
            more = max(LANES, len(worlds))
            if held and cost + more > block:
                yield Chunk(tuple(held))
                held, cost = [], 0
            held.append(plan.task(run, worlds))
            cost += more
    if held:
        yield Chunk(tuple(held))
