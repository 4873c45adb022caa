"""Batches: a study's runs, made in blocks, kept as they come, and gone on with after whatever stopped them.

A batch folder holds

    study.yaml               the study as it was last run
    scenarios/NAME.yaml      its scenarios, resolved, with every parameter
    design.parquet           one row per run: DESIGN_COLUMNS of `lab.plan`, and the factors
    outcomes.parquet         one row per run and world (`lab.tasks.outcome_rows`), once the batch has ended
    failures.parquet         one row per world that failed
    parts/                   the same rows as they arrived, and the full tables (`lab.parts`)
    batch.json, batch.log    provenance; what was logged
    figures/, tables/        what `multivector batch` draws and tabulates

Design and outcome tables meet by `run`. Nothing is ever taken out of `parts/`: a study that has changed uses what is
still the same, runs what is new, and leaves the rest where it is.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from multivector.lab.errors import StoreError
from multivector.lab.execution import Executor
from multivector.lab.lock import locked
from multivector.lab.parts import PARTS, Inventory, Parts, write_bytes
from multivector.lab.plan import Plan, chunks_of, fitting_block
from multivector.lab.provenance import environment
from multivector.lab.store import ROOT, explained, folder_slug, shown_path, write_json
from multivector.lab.tasks import FAILURES, OUTCOMES_TABLE, ChunkResult, lost_result, perform

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "ABOUT",
    "DESIGN",
    "LOG",
    "Outlook",
    "Tally",
    "check_batch_folder",
    "default_batch_folder",
    "is_batch",
    "outlook",
    "run_batch",
]

ABOUT, DESIGN, LOG, STUDY = "batch.json", "design.parquet", "batch.log", "study.yaml"
SCENARIOS = "scenarios"

Progress = Callable[[int, int, int], None]
"""Called with (worlds finished, worlds in all, worlds failed)."""

_log = logging.getLogger("multivector.batch")


@dataclass(frozen=True)
class Outlook:
    """What a batch will do in a folder, before it does it.

    Attributes
    ----------
    runs, worlds : how many runs and worlds the study means.
    reused : worlds that are there already.
    retried : worlds that failed before and are run again.
    unused : runs in the folder that the study does not mean (any more).
    changed : whether the folder was last written for another form of the study.
    damaged : parts that cannot be read.
    """

    runs: int
    worlds: int
    reused: int
    retried: int
    unused: int
    changed: bool
    damaged: tuple[str, ...] = ()

    @property
    def missing(self) -> int:
        """Worlds to be run."""
        return self.worlds - self.reused


@dataclass(frozen=True)
class Tally:
    """How a batch ended: worlds finished and failed of those that the study means, and the seconds it took."""

    worlds: int
    finished: int
    failed: int
    seconds: float
    interrupted: bool = False


def default_batch_folder(plan: Plan) -> Path:
    """`runs/KIND-NAME`: the same for every form of a study, so that a changed one finds what is there."""
    return ROOT / f"{plan.document.kind}-{folder_slug(plan.study.name)}"


def is_batch(folder: Path) -> bool:
    """Whether a folder was written by `run_batch`."""
    return (folder / ABOUT).is_file() or (folder / PARTS / OUTCOMES_TABLE).is_dir()


def check_batch_folder(folder: Path) -> None:
    """Refuse a file, or a folder with other things in it. Raises StoreError."""
    shown = shown_path(folder)
    if folder.exists() and not folder.is_dir():
        raise StoreError(f"{shown} is a file, not a folder", file=shown, key="--out", suggestion="name a folder")
    others = [path for path in folder.iterdir() if not path.name.startswith(".")] if folder.is_dir() else []
    if not is_batch(folder) and any(path.name != LOG for path in others):
        raise StoreError(
            f"{shown} exists and is not a batch folder; it is left as it is",
            file=shown,
            key="--out",
            suggestion="name a new or empty folder",
        )


def outlook(plan: Plan, folder: Path, inventory: Inventory | None = None) -> Outlook:
    """What `run_batch` will do; reads the folder and changes nothing.

    Parameters
    ----------
    inventory : what the parts hold, where it is known already.
    """
    found = Parts(folder).inventory(plan.document.keep) if inventory is None else inventory
    ids = plan.ids
    reused, retried = _meant(plan, found).count(ids)
    unused = len({*found.finished, *found.failed} - set(ids))
    there = folder / STUDY
    changed = there.is_file() and there.read_bytes() != plan.study.text.encode("utf-8")
    return Outlook(len(ids), plan.worlds, reused, retried, unused, changed, tuple(found.damaged))


def run_batch(
    plan: Plan,
    folder: Path,
    executor: Executor,
    *,
    block: int | None = None,
    command: str | None = None,
    progress: Progress | None = None,
    announce: Callable[[Outlook], None] | None = None,
) -> Tally:
    """Run what is missing of a plan and keep it in a folder.

    Results are the same for every executor and block. Ctrl-C keeps what is finished and is told by `interrupted`.

    Parameters
    ----------
    block : worlds in a chunk at most, a multiple of LANES; None for what fits the work and the workers.
    command : the command line, for the record.
    progress : called as chunks come in.
    announce : called once, with what is reused and what is run.

    Raises
    ------
    StoreError : the folder is another's, in use, not writable, or the disk is full; what is finished is kept.
    """
    check_batch_folder(folder)
    with explained(folder):
        folder.mkdir(parents=True, exist_ok=True)
    with locked(folder):
        parts = Parts(folder)
        parts.clean()
        inventory = parts.inventory(plan.document.keep, set_aside=True)
        ahead = outlook(plan, folder, inventory)
        if announce is not None:
            announce(ahead)
        started, clock = datetime.now(UTC), time.perf_counter()
        _log.info("%d runs, %d worlds: %d there, %d to run", ahead.runs, ahead.worlds, ahead.reused, ahead.missing)
        about = {**_about(plan, command), "started": started.isoformat(timespec="seconds")}
        _begin(plan, folder, about)
        size = block or fitting_block(plan, executor.workers, ahead.missing)
        interrupted = False
        done, failed = ahead.reused, 0
        try:
            for result in _results(plan, parts, inventory, executor, size):
                done += sum(map(len, result.finished.values()))
                failed += sum(map(len, result.failed.values()))
                if progress is not None:
                    progress(done + failed, plan.worlds, failed)
        except KeyboardInterrupt:
            interrupted = True
            inventory = parts.inventory(plan.document.keep)  # it may have come between writing a part and counting it
        meant = _meant(plan, inventory)
        finished, failed = meant.count(plan.ids)
        tally = Tally(plan.worlds, finished, failed, time.perf_counter() - clock, interrupted)
        _log.info("%d worlds finished, %d failed%s", finished, failed, ", interrupted" if interrupted else "")
        with explained(folder):
            merge(parts, meant, plan.ids, folder)
            ended = {"worlds_finished": finished, "worlds_failed": failed, "interrupted": interrupted}
            write_json(folder / ABOUT, {**about, **ended, "seconds": round(tally.seconds, 3)})
        return tally


def _meant(plan: Plan, inventory: Inventory) -> Inventory:
    """What there is of the worlds that the study means."""
    found = Inventory()
    for mine, theirs in ((found.finished, inventory.finished), (found.failed, inventory.failed)):
        for run in plan.ids:
            worlds = {world: part for world, part in theirs.get(run, {}).items() if world < plan.document.worlds}
            if worlds:
                mine[run] = worlds
    return found


def _results(plan: Plan, parts: Parts, inventory: Inventory, executor: Executor, block: int) -> Iterator[ChunkResult]:
    """Run and store chunk after chunk; yields each, and first of all an empty one: the beginning."""
    yield ChunkResult("", {})
    with closing(executor.map(perform, chunks_of(plan, inventory, block))) as arriving:
        for done in arriving:
            result = done.result if done.result is not None else lost_result(done.item, done.lost)
            parts.write(result)
            inventory.add(result)
            for run, worlds in result.failed.items():
                _log.info("run %s: %d worlds failed (part %s)", run, len(worlds), result.name)
            yield result


def _about(plan: Plan, command: str | None) -> dict[str, Any]:
    """The provenance of a batch, without times."""
    return {
        "schema": 1,
        **environment(),
        "kind": plan.document.kind,
        "title": plan.document.title,
        "study": plan.study.name,
        "scenarios": {name: scenario.hash for name, scenario in sorted(plan.scenarios.items())},
        "names": {
            power: str(one.name) for scenario in plan.scenarios.values() for power, one in scenario.powers.items()
        },
        "titles": {name: str(scenario.title) for name, scenario in plan.scenarios.items()},
        "factors": [factor.name for factor in plan.factors],
        "design": plan.document.design_kind,
        "baseline": plan.document.compared_with,
        "split": plan.document.splits,
        "outcomes": list(plan.document.outcomes),
        "runs": len(plan.ids),
        "worlds": plan.document.worlds,
        "seeds": list(plan.document.seeds),
        "keep": list(plan.document.keep),
        "settings": plan.document.settings,
        "command": command,
    }


def _begin(plan: Plan, folder: Path, about: dict[str, Any]) -> None:
    """Write what is known before the first world is run."""
    import io

    with explained(folder):
        write_json(folder / ABOUT, about)
        write_bytes(folder / STUDY, plan.study.text.encode("utf-8"))
        target = io.BytesIO()
        plan.design_table().to_parquet(target, index=False)
        write_bytes(folder / DESIGN, target.getvalue())
        (folder / SCENARIOS).mkdir(exist_ok=True)
        for name, scenario in plan.scenarios.items():
            text = scenario.to_yaml(all_parameters=True)
            write_bytes(folder / SCENARIOS / f"{folder_slug(name)}.yaml", text.encode("utf-8"))


def merge(parts: Parts, inventory: Inventory, runs: list[str], folder: Path) -> None:
    """Write outcomes.parquet and failures.parquet: the parts' rows in the order of runs and worlds, a run at a time.

    The same worlds give the same bytes, in whatever chunks they were run.
    """
    for table, places in ((OUTCOMES_TABLE, inventory.finished), (FAILURES, inventory.failed)):
        target = folder / f"{table}.parquet"
        if not any(places.get(run) for run in runs):
            target.unlink(missing_ok=True)
            continue
        part = folder / f".{target.name}.part"
        _write_rows(part, lambda table=table, places=places: parts.rows(table, places, runs))  # type: ignore[misc]
        part.replace(target)


def _write_rows(path: Path, frames: Callable[[], Iterator[pd.DataFrame]]) -> None:
    """Frames into one Parquet file; columns that only some of them have are empty in the others."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    columns: dict[str, pa.DataType] = {}
    for frame in frames():
        for column in pa.Schema.from_pandas(frame, preserve_index=False):
            columns.setdefault(column.name, column.type)
    schema = pa.schema(list(columns.items()))
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        for frame in frames():
            table = pa.Table.from_pandas(frame.reindex(columns=list(columns)), schema=schema, preserve_index=False)
            writer.write_table(table)
