"""What a worker is given and what it gives back: pure data, the same in this process, in another, or elsewhere.

A `Task` is some worlds of one run: a resolved scenario as plain data, what is set on top of it, and the seed. A
`Chunk` is a few tasks whose rows go into the same files. `perform` builds the scenario, runs it, and answers with
finished Parquet files as bytes, so that whoever stores them writes and keeps nothing else in memory.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from multivector import __version__
from multivector.lab.errors import RunFailed
from multivector.lab.provenance import code_hash, hash_of, scrubbed_traceback
from multivector.lab.run import FAILURE_COLUMNS, LANES, execute, stage_of

if TYPE_CHECKING:
    import pandas as pd

    from multivector.ensemble import Ensemble
    from multivector.scenario import Scenario

__all__ = [
    "FAILURES",
    "OUTCOMES_TABLE",
    "Chunk",
    "ChunkResult",
    "Replayed",
    "Task",
    "lost_result",
    "outcome_rows",
    "parquet_bytes",
    "perform",
    "run_id",
]

OUTCOMES_TABLE, FAILURES = "outcomes", "failures"
_ID_LENGTH = 16


@dataclass(frozen=True)
class Replayed:
    """The run whose decisions a task repeats: its scenario, and what is set on top of it."""

    run: str
    document: Mapping[str, Any]
    sets: tuple[str, ...] = ()


@dataclass(frozen=True)
class Task:
    """Some worlds of one run.

    Attributes
    ----------
    run : the run's id, see `run_id`; a worker that arrives at another id refuses the task.
    scenario : the scenario's name.
    document : the resolved scenario (`Scenario.to_dict()`), shared by all tasks of the scenario.
    sets : `--set` expressions that make the run's scenario out of it.
    seed, worlds : master seed and world ids.
    tables : full tables to keep, besides the outcomes.
    replayed : whose decisions are repeated, or None for free decisions.
    """

    run: str
    scenario: str
    document: Mapping[str, Any]
    sets: tuple[str, ...]
    seed: int
    worlds: tuple[int, ...]
    tables: tuple[str, ...] = ()
    replayed: Replayed | None = None

    def resolve(self) -> Scenario:
        """The scenario of the run. Raises ScenarioErrors."""
        return _resolved(self.document, self.scenario, self.sets)


@dataclass(frozen=True)
class Chunk:
    """Tasks that are run together and stored together; `name` is a legal file name that says which they are."""

    tasks: tuple[Task, ...]

    @property
    def name(self) -> str:
        """Hash of what is in it."""
        return hash_of([[task.run, list(task.worlds), list(task.tables)] for task in self.tasks])[:_ID_LENGTH]

    @property
    def worlds(self) -> int:
        """Worlds of all tasks."""
        return sum(len(task.worlds) for task in self.tasks)


@dataclass(frozen=True)
class ChunkResult:
    """What came of a chunk.

    Attributes
    ----------
    files : table → one Parquet file as bytes; tables without rows are left out, `outcomes` is there if a world was
        finished, `failures` if one failed.
    finished, failed : worlds of each kind, as run → world ids.
    """

    name: str
    files: dict[str, bytes]
    finished: dict[str, tuple[int, ...]] = field(default_factory=dict)
    failed: dict[str, tuple[int, ...]] = field(default_factory=dict)


def run_id(scenario: str, seed: int, replays: str | None = None) -> str:
    """Sixteen hex digits for all that decides a world's rows.

    Parameters
    ----------
    scenario : `hash` of the resolved scenario; version and code of the model are added here.
    replays : id of the run whose decisions are repeated.
    """
    document = {
        "scenario": scenario,
        "seed": int(seed),
        "replays": replays,
        "version": __version__,
        "code": code_hash(),
    }
    return hash_of(document)[:_ID_LENGTH]


def perform(chunk: Chunk) -> ChunkResult:
    """Run a chunk. A world that fails is a row of `failures`; nothing but Ctrl-C is raised."""
    rows: dict[str, list[pd.DataFrame]] = {}
    finished: dict[str, tuple[int, ...]] = {}
    failed: dict[str, tuple[int, ...]] = {}
    for task in chunk.tasks:
        try:
            tables, failures = _run(task)
        except Exception as error:
            tables, failures = {}, _failed(task, error)
        for name, table in tables.items():
            rows.setdefault(name, []).append(_keyed(table, task.run))
        if len(failures):
            rows.setdefault(FAILURES, []).append(_keyed(failures, task.run))
            failed[task.run] = (*failed.get(task.run, ()), *(int(world) for world in failures["world"]))
        if OUTCOMES_TABLE in tables:
            done = tuple(int(world) for world in tables[OUTCOMES_TABLE]["world"])
            finished[task.run] = (*finished.get(task.run, ()), *done)
    kept = sorted({name for task in chunk.tasks for name in task.tables})
    files = {name: parquet_bytes(tables, kept) for name, tables in rows.items()}
    return ChunkResult(chunk.name, files, finished, failed)


def lost_result(chunk: Chunk, message: str) -> ChunkResult:
    """The result of a chunk whose worker died: every world of it is a failure."""
    tables = [
        _keyed(_failure_rows(task, stage="worker", kind="WorkerLost", message=message), task.run)
        for task in chunk.tasks
    ]
    failed: dict[str, tuple[int, ...]] = {}
    for task in chunk.tasks:
        failed[task.run] = (*failed.get(task.run, ()), *task.worlds)
    return ChunkResult(chunk.name, {FAILURES: parquet_bytes(tables, [])}, {}, failed)


def outcome_rows(ensemble: Ensemble) -> pd.DataFrame:
    """One row per world: every outcome in the last month, its mean over the months, the ties, and the loss of office.

    Columns: `world`; each outcome of `lab.measures.OUTCOMES`; the same with `_mean`; `tie.POWER.DOMAIN`;
    `office_lost` (1 or 0), `lost` (cause of the first loss, empty for none), `lost_month` (0 = first, -1 for none).
    """
    from multivector.lab.compare import per_world

    end = per_world(ensemble, "end")
    mean = per_world(ensemble, "run").add_suffix("_mean")
    months = ensemble.tables["worlds"]
    losses = months[months["lost"].astype(str) != ""].sort_values(["world", "month"]).groupby("world").first()
    table = end.join(mean)
    table["office_lost"] = table.index.isin(losses.index).astype("float64")
    table["lost"] = losses["lost"].astype(str).reindex(table.index).fillna("").astype(str)
    table["lost_month"] = losses["month"].reindex(table.index).fillna(-1).astype("int64")
    return table.rename_axis("world").reset_index().astype({"world": "int64"})


def parquet_bytes(tables: Sequence[pd.DataFrame], kept: Sequence[str]) -> bytes:
    """Tables below one another as one Parquet file, with page checksums and the names of the kept tables inside."""
    import pandas as pd
    import pyarrow as pa
    import pyarrow.parquet as pq

    frame = pd.concat([_plain_columns(table) for table in tables], ignore_index=True)
    arrow = pa.Table.from_pandas(frame, preserve_index=False)
    arrow = arrow.replace_schema_metadata({**(arrow.schema.metadata or {}), b"multivector": _names(kept)})
    target = io.BytesIO()
    pq.write_table(arrow, target, compression="zstd", write_page_checksum=True)
    return target.getvalue()


def _names(kept: Sequence[str]) -> bytes:
    return ",".join(kept).encode("ascii")


def _plain_columns(table: pd.DataFrame) -> pd.DataFrame:
    """Categories as texts: their codes depend on what else is in the file."""
    import pandas as pd

    texts = [name for name in table.columns if isinstance(table[name].dtype, pd.CategoricalDtype)]
    return table.astype(dict.fromkeys(texts, "str"))


def _keyed(table: pd.DataFrame, run: str) -> pd.DataFrame:
    table = table.copy()
    table.insert(0, "run", run)
    return table


def _resolved(document: Mapping[str, Any], name: str, sets: tuple[str, ...]) -> Scenario:
    from multivector.scenario import scenario_from_dict

    return scenario_from_dict(dict(document), name=name, sets=sets)


class _Stage(Exception):
    """An error of a worker that has no place in the model."""

    def __init__(self, stage: str, message: str) -> None:
        super().__init__(message)
        self.stage = stage


def _run(task: Task) -> tuple[dict[str, pd.DataFrame], pd.DataFrame]:
    """Tables of the worlds that came through, and a row for each that did not."""
    try:
        scenario = task.resolve()
    except Exception as error:
        raise _Stage("resolve", str(error)) from error
    if run_id(scenario.hash, task.seed, task.replayed.run if task.replayed else None) != task.run:
        raise _Stage("resolve", f"this worker arrives at another run: it has another multivector ({__version__})")
    replay = None if task.replayed is None else _base(task.replayed, task)
    worlds = task.worlds if replay is None else replay.worlds  # a world that failed in the base cannot be repeated
    try:
        run = _execute(scenario, task.seed, worlds, replay)
    except RunFailed as error:
        return {}, error.failures
    tables = {name: run.tables[name] for name in task.tables}
    failures = run.failures if replay is None else _joined(run.failures, replay.failures)
    return {OUTCOMES_TABLE: outcome_rows(run), **tables}, failures


def _joined(one: pd.DataFrame, other: pd.DataFrame) -> pd.DataFrame:
    import pandas as pd

    return pd.concat([table for table in (one, other) if len(table)]) if len(one) or len(other) else one


def _execute(scenario: Scenario, seed: int, worlds: Sequence[int], replay: Ensemble | None = None) -> Ensemble:
    block = -(-len(worlds) // LANES) * LANES
    run = execute(scenario, worlds, seed, block=block, threads=1, replay=replay)
    if run.interrupted:
        raise KeyboardInterrupt
    return run.ensemble


_bases: dict[tuple[object, ...], Ensemble] = {}
"""The replayed run that this process made last: the tasks that repeat it follow one another."""


def _base(replayed: Replayed, task: Task) -> Ensemble:
    key = (replayed.run, task.seed, task.worlds)
    if key not in _bases:
        _bases.clear()
        scenario = _resolved(replayed.document, task.scenario, replayed.sets)
        _bases[key] = _execute(scenario, task.seed, task.worlds)
    return _bases[key]


def _failed(task: Task, error: Exception) -> pd.DataFrame:
    return _failure_rows(
        task,
        stage=stage_of(error),
        kind=type(error.__cause__ or error).__name__ if isinstance(error, _Stage) else type(error).__name__,
        message=str(error),
        traceback=scrubbed_traceback(error),
    )


def _failure_rows(task: Task, *, stage: str, kind: str, message: str, traceback: str = "") -> pd.DataFrame:
    import pandas as pd

    rows = [(world, stage, kind, message, traceback, task.seed) for world in task.worlds]
    return pd.DataFrame(rows, columns=list(FAILURE_COLUMNS)).astype({"world": "int64"})
