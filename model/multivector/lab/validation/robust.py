"""Robustness: do the patterns hold in other parameter sets, drawn from the ranges of the records?

Sets are a Latin hypercube over all parameters: each range is cut into as many parts as there are sets, and every part
is used once. Cheap settings are enough to see a share: 32 worlds (times a pattern's own multiple) and 200 citizens,
without placebo; counter-tests are run for the patterns that pass. What so few worlds leave undecided, with the
mechanism or without it, is judged again on AGAIN times as many, which is what the table takes. With a folder every
finished set is kept there, and a later call goes on after it. Over many sets the value of a pattern also tells which
parameters it hangs on. Shares are told of all sets, and of those that the record of the street does not rule out
(`street`).
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from multivector import __version__
from multivector.lab.execution import executor_for
from multivector.lab.summary import plain
from multivector.lab.validation.bench import Bench
from multivector.lab.validation.judge import Finding, judge
from multivector.lab.validation.patterns import Pattern, chosen_patterns
from multivector.lab.validation.street import street
from multivector.parameters import load_records
from multivector.streams import Streams

__all__ = [
    "AGAIN",
    "CHEAP_CITIZENS",
    "CHEAP_WORLDS",
    "Held",
    "Judged",
    "drivers",
    "hypercube",
    "robustness",
    "robustness_document",
]

CHEAP_WORLDS, CHEAP_CITIZENS = 32, 200
AGAIN = 6
"""How many times the worlds are taken for what they leave undecided."""
CHANCE = 0.05
"""Chance that a pattern is given any driver at all where no parameter matters (Bonferroni over parameters)."""
MOST_DRIVERS = 3
_log = logging.getLogger("multivector.validate")


def hypercube(count: int, seed: int, spread: float = 1.0) -> list[dict[str, float]]:
    """`count` parameter sets, a Latin hypercube over the ranges of all records; whole numbers stay whole.

    `spread` is how much of each range is used: both its ends are moved that much towards the default, 1 not at all.
    """
    streams = Streams(seed, [0])
    sets: list[dict[str, float]] = [{} for _ in range(count)]
    for path, record in load_records().items():
        order = np.argsort(streams.uniform(f"hypercube order {path}", size=count)[0], kind="stable")
        within = streams.uniform(f"hypercube place {path}", size=count)[0]
        share = (order + within) / count
        low = record.low + (1.0 - spread) * (record.default - record.low)
        high = record.high - (1.0 - spread) * (record.high - record.default)
        values = low + share * (high - low)
        for one, value in zip(sets, values, strict=True):
            one[path] = float(np.rint(value)) if record.integer else float(value)
    return sets


class Held(NamedTuple):
    """A pattern in one parameter set: whether it counts, whether it passes, and its value (None where it has none)."""

    counts: bool
    passed: bool
    value: float | None


class Judged(NamedTuple):
    """One parameter set: whether the record of the street comes out under it, and how every pattern holds (by id)."""

    street: bool
    patterns: dict[str, Held]


@dataclass(frozen=True)
class _Task:
    """One parameter set to be judged, as plain data."""

    index: int
    parameters: dict[str, float]
    ids: tuple[str, ...]
    worlds: int
    seed: int
    citizens: int
    again: int


def _judged(task: _Task) -> Judged:
    """How every pattern holds under one parameter set. Without its mechanism only what passes with it is run.

    Both arms are held to the same: what is undecided is judged again on `task.again` times the worlds.
    """
    patterns = chosen_patterns(task.ids)

    def on_worlds(worlds: int, some: list[Pattern], arm: str) -> dict[str, dict[str, Finding]]:
        bench = Bench(worlds, task.seed, task.citizens, parameters=task.parameters, arms=(arm,), threads=1)
        return bench.findings(some)

    def findings(some: list[Pattern], arm: str) -> dict[str, dict[str, Finding]]:
        found = on_worlds(task.worlds, some, arm)
        if task.again > 1:
            unsure = [one for one in some if any(it.verdict == "undecided" for it in found[one.id].values())]
            found |= on_worlds(task.again * task.worlds, unsure, arm)
        return found

    on = findings(patterns, "on")
    off = findings([pattern for pattern in patterns if on[pattern.id]["on"].passed], "off")
    judged = [judge(pattern, {**on[pattern.id], **off.get(pattern.id, {})}) for pattern in patterns]
    held = {one.pattern.id: Held(one.counts, one.on.passed, plain(one.on.value)) for one in judged}
    return Judged(street(task.parameters).holds, held)


def robustness(
    patterns: Sequence[Pattern],
    count: int,
    *,
    worlds: int = CHEAP_WORLDS,
    citizens: int = CHEAP_CITIZENS,
    seed: int = 7,
    spread: float = 1.0,
    again: int = AGAIN,
    workers: int = 1,
    folder: Path | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> dict[int, Judged]:
    """Judge the patterns under `count` parameter sets; by number of the set in `hypercube(count, seed, spread)`.

    What `worlds` leave undecided is judged again on `again` times as many (1: not).
    Ctrl-C returns the sets that were finished, if there are any. Sets that `folder` holds already, of the same
    patterns, settings and parameters, are not judged again.
    """
    ids = tuple(pattern.id for pattern in patterns)
    sets = hypercube(count, seed, spread)
    tasks = [_Task(i, one, ids, worlds, seed, citizens, again) for i, one in enumerate(sets)]
    found: dict[int, Judged] = {}
    kept = {} if folder is None else {task.index: _shelved(folder, task) for task in tasks}
    found.update({index: one for index, one in kept.items() if one is not None})
    tasks = [task for task in tasks if task.index not in found]
    if progress is not None:
        progress(len(found), count)  # what is there already says nothing of the pace
    try:
        with closing(executor_for(workers).map(_judged, tasks)) as ended:
            for one in ended:
                if one.result is None:
                    _log.warning("parameter set %d: %s", one.item.index, one.lost)
                    continue
                found[one.item.index] = one.result
                if folder is not None:
                    _shelve(folder, one.item, one.result)
                if progress is not None:
                    progress(len(found), count)
    except KeyboardInterrupt:
        if not found:
            raise
    return dict(sorted(found.items()))


def _place(folder: Path, task: _Task) -> Path:
    """Where a set's verdicts are kept: the name says what they depend on."""
    from multivector.lab.validation.patterns import load_patterns

    asked = [load_patterns()[name].model_dump(mode="json") for name in task.ids]
    told = json.dumps([__version__, Judged._fields, Held._fields, asdict(task), asked], sort_keys=True)
    return folder / f"set-{task.index:04d}-{hashlib.sha256(told.encode()).hexdigest()[:16]}.json"


def _shelved(folder: Path, task: _Task) -> Judged | None:
    place = _place(folder, task)
    if not place.is_file():
        return None
    content = json.loads(place.read_text(encoding="utf-8"))
    return Judged(content["street"], {name: Held(*one) for name, one in content["patterns"].items()})


def _shelve(folder: Path, task: _Task, found: Judged) -> None:
    from multivector.lab import store

    folder.mkdir(parents=True, exist_ok=True)
    patterns = {name: list(one) for name, one in found.patterns.items()}
    store.write_json(_place(folder, task), {"street": found.street, "patterns": patterns})


def drivers(values: Mapping[int, float | None], sets: Sequence[Mapping[str, float]]) -> list[dict[str, Any]]:
    """The parameters that a pattern's value (by number of the set) hangs on most, strongest first.

    Spearman's rank correlation over the sets; a parameter is named where its correlation would come by chance in at
    most CHANCE of patterns on which nothing acts, all parameters taken together.
    """
    from scipy.stats import spearmanr

    known = [index for index, value in values.items() if value is not None]
    outcome = [values[index] for index in known]
    if not sets or len(known) < 5 or len(set(outcome)) == 1:
        return []
    columns = {path: [sets[index][path] for index in known] for path in sets[0]}
    moved = {path: column for path, column in columns.items() if len(set(column)) > 1}
    # one more column than two, so that SciPy returns matrices however few parameters move
    found = spearmanr(np.array([*moved.values(), outcome, outcome], dtype=np.float64).T)
    rho, chance = found.statistic[-1, : len(moved)], found.pvalue[-1, : len(moved)]
    named = [(path, float(rho[i])) for i, path in enumerate(moved) if chance[i] <= CHANCE / len(columns)]
    named.sort(key=lambda one: -abs(one[1]))
    return [{"parameter": path, "rho": value} for path, value in named[:MOST_DRIVERS]]


def robustness_document(
    results: Mapping[int, Judged], sets: Sequence[Mapping[str, float]] = (), **about: Any
) -> dict[str, Any]:
    """Share of sets in which each pattern counts and passes, and what its value hangs on; the median share; how many
    count in under half. `results` by number of the set in `sets`. `street` says the same of the sets in which the
    record of the street comes out."""
    ids = list(next(iter(results.values())).patterns) if results else []
    kept = [one for one in results.values() if one.street]
    rows: list[dict[str, Any]] = [
        {
            "id": name,
            "share_counts": _share(name, "counts", list(results.values())),
            "share_passed": _share(name, "passed", list(results.values())),
            "share_counts_street": _share(name, "counts", kept),
            "drivers": drivers({index: one.patterns[name].value for index, one in results.items()}, sets),
        }
        for name in ids
    ]
    result: dict[str, Any] = plain(
        {
            "schema": 3,
            **about,
            "sets": len(results),
            "patterns": rows,
            **_middle([row["share_counts"] for row in rows]),
            "total": len(rows),
            "street": {"sets": len(kept), **_middle([row["share_counts_street"] for row in rows])},
        }
    )
    return result


def _share(name: str, what: str, some: Sequence[Judged]) -> float | None:
    """Share of sets in which a pattern counts, or passes; None of no sets."""
    return float(np.mean([getattr(one.patterns[name], what) for one in some])) if some else None


def _middle(shares: Sequence[float | None]) -> dict[str, Any]:
    """The median of shares, and how many are under a half."""
    known = [share for share in shares if share is not None]
    return {"median": float(np.median(known)) if known else None, "under_half": sum(share < 0.5 for share in known)}
