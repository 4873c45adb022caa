"""Running every path of a lesson: on an executor, the same worlds for all, what is finished is kept.

Finished paths lie as one small file each in the lesson's work folder, `runs/lesson-NAME-CODE/`; the same command goes
on where it stopped, and another language or another page needs no run.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from multivector.lab.errors import LabError
from multivector.lab.execution import Executor, InProcess
from multivector.lab.provenance import code_hash
from multivector.teach.facts import facts_of, series_names, series_of, tension_of, time_steps
from multivector.teach.paths import Leaf, Plan

__all__ = ["Grid", "LeafJob", "LeafResult", "eves", "run_leaf", "run_lesson", "work_folder"]

_log = logging.getLogger("multivector.lesson")
_FORMAT = 1
"""Of the files of finished paths; another one starts afresh."""


@dataclass(frozen=True)
class LeafJob:
    """One path as pure data: the resolved scenario, what is set on it, worlds, seed, and what is wanted of it."""

    key: str
    document: dict[str, Any]
    name: str
    sets: tuple[str, ...]
    seed: int
    worlds: tuple[int, ...]
    names: tuple[str, ...]
    steps: tuple[int, ...]


@dataclass(frozen=True)
class LeafResult:
    """What came out of one path: series (series, worlds, steps), facts, tension grid; or why there is nothing."""

    key: str
    values: NDArray[np.float64] | None
    facts: dict[str, Any]
    tension: list[list[float | None]]
    failed: str = ""


@dataclass(frozen=True)
class Grid:
    """All paths of a lesson.

    Attributes
    ----------
    values : (leaves, series, worlds, steps), leaves in the plan's order.
    facts, tension : of every leaf.
    names, steps : names of the series; month indices.
    """

    plan: Plan
    values: NDArray[np.float64]
    facts: list[dict[str, Any]]
    tension: list[list[list[float | None]]]
    names: list[str]
    steps: list[int]

    def at(self, leaf: Leaf) -> int:
        """Index of a leaf. Raises KeyError for one that is not there."""
        return self._index[leaf]

    @property
    def _index(self) -> dict[Leaf, int]:
        return {leaf: index for index, leaf in enumerate(self.plan.leaves)}

    def paired(self, leaf: Leaf, against: Leaf, series: str, when: str = "end") -> NDArray[np.float64]:
        """Change of a series against another path, world by world, at the end or as the mean over steps, (worlds,)."""
        index = self.names.index(series)
        change = self.values[self.at(leaf), index] - self.values[self.at(against), index]
        return np.asarray(change[:, -1] if when == "end" else change.mean(axis=1))


def run_leaf(job: LeafJob) -> LeafResult:
    """Run one path; what fails is told, not raised, so that the others go on."""
    from multivector.lab.run import run_scenario
    from multivector.scenario import scenario_from_dict

    try:
        scenario = scenario_from_dict(job.document, name=job.name, sets=job.sets)
        ensemble = run_scenario(scenario, job.worlds, job.seed)
        if len(ensemble.failures):
            first = ensemble.failures.iloc[0]
            return LeafResult(job.key, None, {}, [], f"world {first['world']}: {first['message']}")
        values = series_of(ensemble, job.names, job.steps)
        return LeafResult(job.key, values, facts_of(ensemble), tension_of(ensemble))
    except Exception as error:
        _log.debug("path %s failed", job.key, exc_info=True)
        return LeafResult(job.key, None, {}, [], f"{type(error).__name__}: {error}")


def work_folder(plan: Plan, root: Path = Path("runs")) -> Path:
    """Where finished paths are kept: named by the lesson, its world code and the model's code."""
    name = re.sub(r"[^A-Za-z0-9_-]+", "-", plan.file.name).strip("-")[:60] or "lesson"
    return root / f"lesson-{name}-{plan.code}-{_FORMAT}{code_hash()[:6]}"


def eves(plan: Plan) -> list[int]:
    """The month before each round's decisions take effect, as month indices; the first month where there is none."""
    return [max(plan.base.month_index(one.date) - 1, 0) for one in plan.file.lesson.rounds]


def jobs_of(plan: Plan) -> tuple[list[str], list[int], Iterator[LeafJob]]:
    """Names of the series, the steps, and one job a leaf."""
    lesson, base = plan.file.lesson, plan.base
    names = series_names(base, [aim.measure for aim in lesson.aims] + [one.measure for one in lesson.tries])
    steps = time_steps(base.months, lesson.every, eves(plan))
    document = base.to_dict()

    def jobs() -> Iterator[LeafJob]:
        for leaf in plan.leaves:
            sets = tuple(plan.sets(leaf))
            yield LeafJob(leaf.key, document, base.id, sets, lesson.seed, plan.worlds, tuple(names), tuple(steps))

    return names, steps, jobs()


def run_lesson(
    plan: Plan,
    *,
    executor: Executor | None = None,
    folder: Path | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Grid:
    """Run every path that is not finished yet and return the grid.

    Parameters
    ----------
    plan : the lesson.
    executor : where the paths run; in this process if None.
    folder : where finished paths are kept, read and written; nothing is kept if None.
    progress : called with (paths done, in all).

    Raises
    ------
    LabError : a path that failed; the finished ones stay in the folder.
    KeyboardInterrupt : Ctrl-C; the finished ones stay in the folder.
    """
    names, steps, jobs = jobs_of(plan)
    done: dict[str, LeafResult] = {}
    waiting: list[LeafJob] = []
    for job in jobs:
        kept = _read(folder, job) if folder is not None else None
        if kept is not None:
            done[job.key] = kept
        else:
            waiting.append(job)
    total = len(plan.leaves)
    if progress is not None:
        progress(len(done), total)
    for finished in (executor or InProcess()).map(run_leaf, waiting):
        result = finished.result
        if result is None or result.values is None:
            why = finished.lost or (result.failed if result is not None else "")
            raise LabError(
                f"path {finished.item.key} of the lesson failed: {why}",
                suggestion="the finished paths are kept; the same command goes on from there",
                code=1,
            )
        if folder is not None:
            _write(folder, result)
        done[result.key] = result
        if progress is not None:
            progress(len(done), total)
    ordered = [done[leaf.key] for leaf in plan.leaves]
    values = np.stack([np.asarray(one.values) for one in ordered])
    return Grid(plan, values, [one.facts for one in ordered], [one.tension for one in ordered], names, steps)


def _file(folder: Path, key: str) -> Path:
    return folder / f"path-{key.replace(':', '-').replace('.', '_')}.npz"


def _write(folder: Path, result: LeafResult) -> None:
    """One file a path, under a temporary name first."""
    folder.mkdir(parents=True, exist_ok=True)
    about = json.dumps({"facts": result.facts, "tension": result.tension}, ensure_ascii=False)
    target = _file(folder, result.key)
    part = target.with_name(f".{target.name}.part")
    assert result.values is not None
    with part.open("wb") as stream:
        np.savez_compressed(stream, values=result.values, about=np.frombuffer(about.encode("utf-8"), dtype=np.uint8))
    part.replace(target)


def _read(folder: Path, job: LeafJob) -> LeafResult | None:
    """A path that is finished; None for one that is not, or whose file cannot be read."""
    try:
        with np.load(_file(folder, job.key), allow_pickle=False) as stored:
            about = json.loads(stored["about"].tobytes().decode("utf-8"))
            values = stored["values"]
    except (OSError, ValueError, KeyError, EOFError):
        return None
    if values.shape != (len(job.names), len(job.worlds), len(job.steps)):
        return None
    facts = _with_numbers(about["facts"])
    return LeafResult(job.key, values, facts, about["tension"])


def _with_numbers(facts: dict[str, Any]) -> dict[str, Any]:
    """JSON turns the option numbers that `parts` is keyed by into texts; here they are numbers again."""
    for dossier in facts["dossiers"].values():
        dossier["parts"] = {int(option): parts for option, parts in dossier["parts"].items()}
    return facts
