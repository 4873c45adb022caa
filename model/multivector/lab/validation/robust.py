"""Robustness: do the patterns hold in other parameter sets, drawn from the ranges of the records?

Sets are a Latin hypercube over all parameters: each range is cut into as many parts as there are sets, and every part
is used once. Cheap settings are enough to see a share: 32 worlds and 200 citizens, without placebo and without the
patterns' own multiples of worlds. With a folder every finished set is kept there, and a later call goes on after it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from multivector.lab.summary import plain
from multivector.lab.validation.bench import Bench
from multivector.lab.validation.patterns import Pattern, chosen_patterns
from multivector.parameters import load_records
from multivector.streams import Streams

__all__ = ["CHEAP_CITIZENS", "CHEAP_WORLDS", "hypercube", "robustness", "robustness_document"]

CHEAP_WORLDS, CHEAP_CITIZENS = 32, 200


def hypercube(count: int, seed: int) -> list[dict[str, float]]:
    """`count` parameter sets, a Latin hypercube over the ranges of all records; whole numbers stay whole."""
    streams = Streams(seed, [0])
    sets: list[dict[str, float]] = [{} for _ in range(count)]
    for path, record in load_records().items():
        order = np.argsort(streams.uniform(f"hypercube order {path}", size=count)[0], kind="stable")
        within = streams.uniform(f"hypercube place {path}", size=count)[0]
        share = (order + within) / count
        values = record.low + share * (record.high - record.low)
        for one, value in zip(sets, values, strict=True):
            one[path] = float(np.rint(value)) if record.integer else float(value)
    return sets


@dataclass(frozen=True)
class _Task:
    """One parameter set to be judged, as plain data."""

    index: int
    parameters: dict[str, float]
    ids: tuple[str, ...]
    worlds: int
    seed: int
    citizens: int


def _judged(task: _Task) -> tuple[int, dict[str, tuple[bool, bool]]]:
    """Pattern → (counts, passed) under one parameter set."""
    bench = Bench(
        worlds=task.worlds,
        seed=task.seed,
        citizens=task.citizens,
        parameters=task.parameters,
        arms=("on", "off"),
        threads=1,
        multiples=False,
    )
    found = bench.judge(chosen_patterns(task.ids))
    return task.index, {one.pattern.id: (one.counts, one.on.passed) for one in found}


def robustness(
    patterns: Sequence[Pattern],
    count: int,
    *,
    worlds: int = CHEAP_WORLDS,
    citizens: int = CHEAP_CITIZENS,
    seed: int = 7,
    workers: int = 1,
    folder: Path | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> list[dict[str, tuple[bool, bool]]]:
    """Judge the patterns under `count` parameter sets; one mapping pattern → (counts, passed) a set.

    Ctrl-C returns the sets that were finished, if there are any. Sets that `folder` holds already, of the same
    patterns, settings and parameters, are not judged again.
    """
    ids = tuple(pattern.id for pattern in patterns)
    tasks = [_Task(i, one, ids, worlds, seed, citizens) for i, one in enumerate(hypercube(count, seed))]
    found: dict[int, dict[str, tuple[bool, bool]]] = {}
    kept = {} if folder is None else {task.index: _shelved(folder, task) for task in tasks}
    found.update({index: one for index, one in kept.items() if one is not None})
    tasks = [task for task in tasks if task.index not in found]
    by_index = {task.index: task for task in tasks}

    def keep(result: tuple[int, dict[str, tuple[bool, bool]]]) -> None:
        found[result[0]] = result[1]
        if folder is not None:
            _shelve(folder, by_index[result[0]], result[1])
        if progress is not None:
            progress(len(found), count)

    try:
        if workers <= 1:
            for task in tasks:
                keep(_judged(task))
        else:
            _in_processes(tasks, workers, keep)
    except KeyboardInterrupt:
        if not found:
            raise
    return [found[index] for index in sorted(found)]


def _place(folder: Path, task: _Task) -> Path:
    """Where a set's verdicts are kept: the name says what they depend on."""
    from multivector.lab.validation.patterns import load_patterns

    asked = [load_patterns()[name].model_dump(mode="json") for name in task.ids]
    told = json.dumps([asdict(task), asked], sort_keys=True)
    return folder / f"set-{task.index:04d}-{hashlib.sha256(told.encode()).hexdigest()[:16]}.json"


def _shelved(folder: Path, task: _Task) -> dict[str, tuple[bool, bool]] | None:
    place = _place(folder, task)
    if not place.is_file():
        return None
    content = json.loads(place.read_text(encoding="utf-8"))
    return {name: (bool(counts), bool(passed)) for name, (counts, passed) in content.items()}


def _shelve(folder: Path, task: _Task, found: dict[str, tuple[bool, bool]]) -> None:
    from multivector.lab import store

    folder.mkdir(parents=True, exist_ok=True)
    store.write_json(_place(folder, task), {name: list(one) for name, one in found.items()})


def _in_processes(tasks: Sequence[_Task], workers: int, keep: Callable[[Any], None]) -> None:
    import multiprocessing
    from concurrent.futures import ProcessPoolExecutor, as_completed

    with ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("spawn")) as pool:
        futures = [pool.submit(_judged, task) for task in tasks]
        try:
            for future in as_completed(futures):
                keep(future.result())
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def robustness_document(results: Sequence[dict[str, tuple[bool, bool]]], **about: Any) -> dict[str, Any]:
    """Share of sets in which each pattern counts and passes; the median share; how many count in under half."""
    ids = list(results[0]) if results else []
    rows = [
        {
            "id": name,
            "share_counts": float(np.mean([one[name][0] for one in results])),
            "share_passed": float(np.mean([one[name][1] for one in results])),
        }
        for name in ids
    ]
    shares = np.array([row["share_counts"] for row in rows], dtype=np.float64)
    result: dict[str, Any] = plain(
        {
            "schema": 1,
            **about,
            "sets": len(results),
            "patterns": rows,
            "median": float(np.median(shares)) if shares.size else None,
            "under_half": int((shares < 0.5).sum()),
            "total": len(rows),
        }
    )
    return result
