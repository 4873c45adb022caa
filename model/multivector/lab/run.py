"""Running a scenario in blocks of worlds: what is finished is kept, what fails is a row.

The model's kernels use the cores themselves, so blocks run one after the other in this process. A block is a
whole number of lane groups (a world's network is keyed by its group), and a world gives the same tables in
any block.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from multivector.lab.errors import RunFailed
from multivector.lab.profiling import Profile
from multivector.lab.provenance import provenance, scrubbed_traceback

if TYPE_CHECKING:
    import pandas as pd

    from multivector.ensemble import Ensemble
    from multivector.scenario import Scenario

__all__ = [
    "DEFAULT_BLOCK",
    "FAILURE_COLUMNS",
    "LANES",
    "Progress",
    "Run",
    "blocks_of",
    "execute",
    "run_scenario",
    "stage_of",
]

LANES = 16
DEFAULT_BLOCK = 128
"""Worlds in a block; half as many cost a third more time, as the actors' part hardly grows with worlds."""
FAILURE_COLUMNS = ("world", "stage", "type", "message", "traceback", "seed")

Progress = Callable[[int, int], None]
"""Called with (world-months done, world-months in all)."""

_log = logging.getLogger("multivector.run")


@dataclass(frozen=True)
class Run:
    """A run as it came out: the ensemble of the worlds that came through, and what is known about the run.

    Attributes
    ----------
    ensemble : the tables; its `failures` table has one row per world that failed.
    interrupted : True when Ctrl-C cut the run short; the ensemble then holds whole finished blocks only.
    asked : the world ids that were asked for.
    started, seconds : when, and for how long (wall clock).
    """

    ensemble: Ensemble
    asked: tuple[int, ...]
    interrupted: bool = False
    started: datetime = field(default_factory=lambda: datetime.now(UTC))
    seconds: float = 0.0

    def provenance(self, command: str | None = None) -> dict[str, Any]:
        """The provenance document of this run, see `lab.provenance`."""
        document = provenance(
            self.ensemble.scenario,
            seed=self.ensemble.seed,
            worlds=self.asked,
            started=self.started,
            seconds=self.seconds,
            command=command,
        )
        return {
            **document,
            "interrupted": self.interrupted,
            "failures": len(self.ensemble.failures),
        }


def blocks_of(worlds: Sequence[int], block: int = DEFAULT_BLOCK) -> list[list[int]]:
    """World ids, sorted and cut into blocks that never split a lane group.

    Parameters
    ----------
    worlds : world ids, any order, no id twice.
    block : worlds in a block at most, a positive multiple of LANES.
    """
    if block <= 0 or block % LANES:
        raise ValueError(f"block must be a positive multiple of {LANES}, not {block}")
    groups: dict[int, list[int]] = {}
    for world in sorted(worlds):
        groups.setdefault(world // LANES, []).append(world)
    per_block = block // LANES
    ordered = list(groups.values())
    return [
        [world for group in ordered[first : first + per_block] for world in group]
        for first in range(0, len(ordered), per_block)
    ]


def execute(
    scenario: Scenario,
    worlds: int | Sequence[int] = 200,
    seed: int = 7,
    *,
    block: int = DEFAULT_BLOCK,
    threads: int | None = None,
    progress: Progress | None = None,
    on_block: Callable[[Ensemble], None] | None = None,
    replay: Ensemble | None = None,
    influence: bool | Sequence[str] = False,
    profile: Profile | None = None,
) -> Run:
    """Run a scenario and return everything about the run.

    Parameters
    ----------
    scenario : a resolved scenario.
    worlds : how many worlds (ids 0..n-1), or the ids themselves.
    seed : master seed, 0 or more.
    block : worlds in a block at most, a multiple of LANES.
    threads : threads of the compiled kernels, None for as many as there are cores; results are the same.
    progress : called as the run goes on with (world-months done, in all).
    on_block : called with the ensemble of each block as it is finished.
    replay : an ensemble of the same worlds whose decisions are repeated instead of taking new ones.
    influence : whether to measure influence on every decision (table `influence`), or of whom; changes nothing else.
    profile : where to count what the phases take; changes nothing else.

    Raises
    ------
    RunFailed : no world came through.
    KeyboardInterrupt : Ctrl-C before the first block was finished.
    ValueError : no worlds, a world twice, a negative world or seed.
    """
    watch = None if profile is None else profile.watch
    profile = profile or Profile()
    with profile.phase("imports"):
        from multivector.ensemble import Ensemble
        from multivector.lab.warmup import warm_up
        from multivector.model import simulate_block
        from multivector.politics.replay import Replay

    ids = _world_ids(worlds)
    if seed < 0:
        raise ValueError(f"seed must be 0 or more, not {seed}")
    repeated = None if replay is None else Replay(replay.tables["decisions"])
    started, clock = datetime.now(UTC), time.perf_counter()
    with profile.phase("compile"):
        warm_up(scenario)
    months, total = int(scenario.months), int(scenario.months) * len(ids)
    parts: list[Ensemble] = []
    failures: list[dict[str, Any]] = []
    done = 0
    interrupted = False

    def simulate(some: list[int]) -> Ensemble:
        def tick(month: int) -> None:
            if progress is not None:
                progress(done + len(some) * month, total)

        with profile.phase("build"):
            return simulate_block(
                scenario,
                worlds=some,
                seed=seed,
                progress=tick,
                replay=repeated,
                threads=threads,
                influence=influence,
                watch=watch,
            )

    try:
        for some in blocks_of(ids, block):
            try:
                finished = [simulate(some)]
                failed: list[dict[str, Any]] = []
            except Exception as error:
                _log.warning("a block of %d worlds failed (%s); its worlds run one by one", len(some), error)
                finished, failed = _one_by_one(simulate, some, seed)
            # Nothing of a block counts before all of it is done, so that Ctrl-C keeps whole blocks only.
            parts.extend(finished)
            failures.extend(failed)
            done += len(some) * months
            if progress is not None:
                progress(done, total)
            _log.info("%d of %d worlds done", done // max(months, 1), len(ids))
            if on_block is not None:
                for part in finished:
                    on_block(part)
    except KeyboardInterrupt:
        if not parts:
            raise
        interrupted = True
        _log.warning("interrupted after %d of %d worlds", done // max(months, 1), len(ids))

    table = _failure_table(failures)
    if not parts:
        first = failures[0]
        raise RunFailed(
            f"no world came through: {len(failures)} of {len(ids)} failed, the first in "
            f"{first['stage']} with {first['type']}: {first['message']}",
            table,
        )
    with profile.phase("tables"):
        ensemble = Ensemble.concat(parts)
    if len(table):
        ensemble.failures = table
    run = Run(ensemble, tuple(ids), interrupted, started, time.perf_counter() - clock)
    ensemble.provenance = run.provenance()
    return run


def run_scenario(scenario: Scenario, worlds: int | Sequence[int] = 200, seed: int = 7, **options: Any) -> Ensemble:
    """As `execute` (same options), but only the ensemble.

    Ctrl-C returns the whole blocks that were finished, marked by `ensemble.provenance["interrupted"]`.
    """
    return execute(scenario, worlds, seed, **options).ensemble


def simulate(
    scenario: Scenario | str | Path,
    worlds: int | Sequence[int] = 200,
    seed: int = 7,
    months: int | None = None,
    progress: Progress | None = None,
    replay: Ensemble | None = None,
    *,
    citizens: int | None = None,
    threads: int | None = None,
    influence: bool | Sequence[str] = False,
) -> Ensemble:
    """Run a scenario and return its ensemble: the way in from Python.

    Parameters
    ----------
    scenario : the name of a packaged scenario, the path of a file, or a resolved Scenario.
    worlds : how many worlds (ids 0..n-1), or the ids themselves; world k is the same in any company.
    seed : master seed, 0 or more.
    months : run this many months instead of to the scenario's end.
    progress : called with (world-months done, in all).
    replay : an ensemble of the same worlds and seed whose decisions are repeated.
    citizens : citizens of each world, 1 or more, instead of the scenario's number.
    threads : threads of the compiled kernels; results do not depend on it.
    influence : measure influence on every decision too (table `influence`): of the usual groups, or of those named.

    Raises
    ------
    ScenarioErrors : a scenario that cannot be used, with all its problems.
    RunFailed : no world came through. Some that failed are rows of `ensemble.failures`.
    """
    from multivector.scenario import load_scenario

    if isinstance(scenario, (str, Path)):
        resolved = load_scenario(scenario, months=months, citizens=citizens)
    else:
        resolved = scenario if months is None else _shortened(scenario, months)
        if citizens is not None:
            if citizens < 1:
                raise ValueError(f"citizens must be 1 or more, not {citizens}")
            resolved = resolved.model_copy(update={"citizens": citizens})
    return run_scenario(resolved, worlds, seed, progress=progress, replay=replay, threads=threads, influence=influence)


def _shortened(scenario: Scenario, months: int) -> Scenario:
    """The scenario over another number of months."""
    if months < 1:
        raise ValueError(f"months must be 1 or more, not {months}")
    end = scenario.date_at(months - 1)
    kept = tuple(entry for entry in scenario.timeline if entry.date <= end)
    return scenario.model_copy(update={"end": end, "timeline": kept})


def _world_ids(worlds: int | Sequence[int]) -> list[int]:
    ids = list(range(worlds)) if isinstance(worlds, int) else [int(world) for world in worlds]
    if not ids:
        raise ValueError("a run needs at least one world")
    if min(ids) < 0:
        raise ValueError(f"world ids are 0 or more, not {min(ids)}")
    if len(set(ids)) != len(ids):
        raise ValueError("a world id is given twice")
    return sorted(ids)


def _one_by_one(
    simulate: Callable[[list[int]], Ensemble], some: list[int], seed: int
) -> tuple[list[Ensemble], list[dict[str, Any]]]:
    """The worlds of a failed block, each alone: those that come through, and a row for each that does not."""
    finished, failed = [], []
    for world in some:
        try:
            finished.append(simulate([world]))
        except Exception as error:
            row = {
                "world": world,
                "stage": stage_of(error),
                "type": type(error).__name__,
                "message": str(error),
                "traceback": scrubbed_traceback(error),
                "seed": seed,
            }
            _log.error("world %d failed in %s: %s: %s", world, row["stage"], row["type"], row["message"])
            _log.debug("%s", row["traceback"])
            failed.append(row)
    return finished, failed


def stage_of(error: BaseException) -> str:
    """Where in the model an error arose: its own word for it, or the outermost function below the block."""
    said = getattr(error, "stage", None)
    if isinstance(said, str) and said:
        return said
    names = []
    trace = error.__traceback__
    while trace is not None:
        if str(trace.tb_frame.f_globals.get("__name__", "")).startswith("multivector."):
            names.append(trace.tb_frame.f_code.co_name)
        trace = trace.tb_next
    ours = [
        name for name in names if name not in {"simulate", "_one_by_one", "simulate_block", "step", "run", "counted"}
    ]
    return ours[0].strip("_") if ours else "simulate_block"


def _failure_table(rows: list[dict[str, Any]]) -> pd.DataFrame:
    import pandas as pd

    table = pd.DataFrame(rows, columns=list(FAILURE_COLUMNS))
    return table.astype({"world": "int64"}) if rows else table
