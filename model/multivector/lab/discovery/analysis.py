"""From a finished discovery batch to boxes, in plain words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from multivector.lab.cube import cubes_of
from multivector.lab.discovery.boxes import Box, Limit, find_boxes
from multivector.lab.findings import Findings
from multivector.lab.measures import outcome_words

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from multivector.lab.discovery.study import DiscoveryStudy, Interest
    from multivector.lab.plan import Plan
    from multivector.lab.results import Batch

__all__ = ["analyse", "box_words", "condition_words", "counted"]

_LIMIT_COLUMNS = ("scenario", "interest", "method", "box", "factor", "low", "high", "values", "quasi_p", "kept")
_MEASURE_COLUMNS = ("coverage", "density", "mass", "coverage_out", "density_out", "base")
_FEW = 10
"""Futures of interest (or without it) below which no box is sought."""


def counted(values: NDArray[np.float64], interest: Interest) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """(share of worlds that show it, whether the future counts), each of shape (futures,); values (futures, worlds)."""
    shows = values < interest.below if interest.below is not None else values > (interest.above or 0.0)
    share = np.asarray(shows.mean(axis=1))
    if interest.worst is None:
        return share, share >= (0.5 if interest.share is None else interest.share)
    # ties are broken by the mean of the outcome, so that about the asked share counts
    mean = values.mean(axis=1) * (1 if interest.above is not None else -1)
    order = np.lexsort((mean, share))
    count = max(1, round(interest.worst * len(share)))
    found = np.zeros(len(share), dtype=bool)
    found[order[-count:]] = True
    return share, found & (share > 0)  # where no world shows it, it is not a bad future for being the least good


def condition_words(interest: Interest) -> str:
    """The condition of a world, in words."""
    if interest.outcome == "office_lost":
        return "office was lost" if interest.above is not None else "office was kept"
    side = f"below {interest.below:g}" if interest.below is not None else f"above {interest.above:g}"
    return f"{outcome_words(interest.outcome)} {side}"


def rule_words(interest: Interest) -> str:
    """When a future counts."""
    if interest.worst is not None:
        return f"the {interest.worst:.0%} of futures in which most worlds end with {condition_words(interest)}"
    return f"futures in which {interest.share or 0.5:.0%} or more of the worlds end with {condition_words(interest)}"


def limit_words(limit: Limit, label: Callable[[str], str]) -> str:
    """One side of a box: `Russia, pressure above 0.62`."""
    name = label(limit.factor)
    if limit.values:
        told = " or ".join({True: "on", False: "off"}.get(one, str(one)) for one in limit.values)
        return f"{name} {told}"
    if limit.low is not None and limit.high is not None:
        return f"{name} between {limit.low:.2g} and {limit.high:.2g}"
    return f"{name} above {limit.low:.2g}" if limit.low is not None else f"{name} below {limit.high:.2g}"


def box_words(name: str, box: Box, base: float, label: Callable[[str], str]) -> str:
    """A box as a sentence."""
    where = " and ".join(limit_words(limit, label) for limit in box.limits)
    text = (
        f"{name}: with {where} it comes in {box.density:.0%} of futures (of all: {base:.0%}); this is "
        f"{box.mass:.0%} of "
        f"the futures and holds {box.coverage:.0%} of the cases"
    )
    if box.density_out == box.density_out:
        text += (
            f" (such a box, on futures it had not seen: {box.density_out:.0%} of its futures, "
            f"{box.coverage_out:.0%} of the cases)"
        )
    weak = [label(factor) for factor, share in box.kept.items() if share < 0.6]
    if weak:
        text += f". Unsure: {', '.join(weak)} restricts the box in fewer than three of five parts of the sample"
    return f"{text}."


def analyse(plan: Plan, batch: Batch, progress: Callable[[int, int], None] | None = None) -> Findings:
    """Boxes for every scenario, interest and method. Raises StoreError where the batch is not finished."""
    import pandas as pd

    study: DiscoveryStudy = plan.document  # type: ignore[assignment]
    outcomes = list(dict.fromkeys(one.outcome for one in study.interest.values()))
    cubes = cubes_of(batch, outcomes)
    sentences: list[str] = []
    rows: list[dict[str, Any]] = []
    futures: list[pd.DataFrame] = []
    total = len(cubes) * len(study.interest) * len(study.methods)
    for cube in cubes:
        where = f" in {cube.title}" if len(cubes) > 1 else ""
        told = cube.points.copy()
        for name, interest in study.interest.items():
            share, counts = counted(cube.values[interest.outcome], interest)
            told[f"share: {name}"], told[f"counts: {name}"] = share, counts
            base = float(counts.mean())
            head = _big(name) + where
            few = min(int(counts.sum()), int((~counts).sum()))
            if few < _FEW:
                sentences.append(_nothing(head, interest, counts, share))
                continue
            sentences.append(
                f"{head} ({condition_words(interest)}) comes in {float(share.mean()):.0%} of all worlds; "
                f"{int(counts.sum())} of {len(counts)} futures count."
            )
            for method in study.methods:
                boxes = find_boxes(
                    cube.points, counts, method=method, density=study.density, smallest=study.smallest, most=study.boxes
                )
                if not boxes:
                    sentences.append(f"{head}: {method.upper()} finds no box that is much denser than all futures.")
                for number, box in enumerate(boxes, 1):
                    if method == "prim" or number <= 2:
                        sentences.append(f"{method.upper()}: " + box_words(head, box, base, batch.factor_name))
                    rows += _rows(cube.scenario, name, number, box, base)
                if progress is not None:
                    progress(min(len(sentences), total), total)
        told.insert(0, "scenario", cube.scenario)
        futures.append(told)
    columns = [*_LIMIT_COLUMNS, *_MEASURE_COLUMNS]
    return Findings(
        "discovery",
        tuple(sentences),
        (
            f"{len(cubes[0].points)} futures of {cubes[0].worlds} worlds each, drawn evenly: shares of futures are not "
            "probabilities of the real world.",
            "A box says where, among these conditions, it comes; what was not varied may matter more.",
            *(f"Looked for: {name} = {rule_words(one)}." for name, one in study.interest.items()),
        ),
        {"boxes": pd.DataFrame(rows, columns=columns), "futures": pd.concat(futures, ignore_index=True)},
        {
            "boxes": "one row per box and restricted factor: coverage = share of the cases inside, density = share of "
            "its futures that are cases, mass = share of all futures; _out: on futures left out; kept: share of five "
            "folds whose box restricts the factor too",
            "futures": "one row per future: its conditions, the share of its worlds that show it, whether it counts",
        },
        {"worlds": cubes[0].worlds, "futures": len(cubes[0].points)},
    )


def _nothing(head: str, interest: Interest, counts: NDArray[np.bool_], share: NDArray[np.float64]) -> str:
    """Why no box is sought."""
    most = float(share.max())
    if counts.mean() < 0.5:
        return (
            f"{head} ({condition_words(interest)}) comes in {float(share.mean()):.0%} of all worlds, and in at most "
            f"{most:.0%} of the worlds of any future: {int(counts.sum())} futures count, too few to draw a box around."
        )
    return f"{head} counts in {int(counts.sum())} of {len(counts)} futures: too few escape it to draw a box."


def _rows(scenario: str, interest: str, number: int, box: Box, base: float) -> list[dict[str, Any]]:
    measures: Mapping[str, Any] = {
        "coverage": box.coverage, "density": box.density, "mass": box.mass,
        "coverage_out": box.coverage_out, "density_out": box.density_out, "base": base,
    }  # fmt: skip
    return [
        {
            "scenario": scenario, "interest": interest, "method": box.method, "box": number, "factor": limit.factor,
            "low": limit.low, "high": limit.high, "values": ", ".join(map(str, limit.values)), "quasi_p": limit.p,
            "kept": box.kept.get(limit.factor), **measures,
        }
        for limit in box.limits
    ]  # fmt: skip


def _big(text: str) -> str:
    return text[:1].upper() + text[1:]
