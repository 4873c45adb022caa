"""How time grows against citizens, worlds and months in the whole model, citizens and powers in the public alone."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from benchmarks.limits import best_seconds
from benchmarks.reference import PARAMETERS
from benchmarks.whole import SCENARIO, full_inputs, full_public
from multivector import MultivectorModel, load_scenario
from multivector.kernels.public import Citizens
from multivector.kernels.records import PublicInputs
from multivector.streams import Streams

__all__ = ["scaling", "slope"]


def scaling(full: bool) -> dict[str, Any]:
    """CPU seconds of a month (of all months for `months`) by size, and the slope of the line through their logarithms.

    One size grows, the others stay at 1,000 citizens, 16 worlds and the scenario's powers; citizens of the whole model
    grow in 100 worlds, as an ensemble has them.
    """
    kinds: dict[str, tuple[Sequence[int], Callable[[int], float]]] = {
        "citizens": ((1_000, 10_000, 30_000, 100_000), lambda n: _model(citizens=n, worlds=100)),
        "citizens of the public alone": (
            (1_000, 10_000, 100_000, 1_000_000) if full else (1_000, 10_000, 100_000),
            _citizens,
        ),
        "worlds": ((1, 4, 16, 64, 256, 1_024), lambda w: _model(worlds=w)),
        "months": ((6, 12, 24, 48), lambda m: m * _model(months=m)),
        "powers of the public alone": ((1, 2, 4, 8, 12), _powers),
    }
    found: dict[str, Any] = {}
    for kind, (sizes, run) in kinds.items():
        seconds = [run(size) for size in sizes]
        found[kind] = {"sizes": list(sizes), "seconds": seconds, "slope": round(slope(sizes, seconds), 2)}
        if sizes[0] == 1_000:
            found[kind]["slope_from_10000"] = round(slope(sizes[1:], seconds[1:]), 2)
    return found


def slope(sizes: Sequence[float], seconds: Sequence[float]) -> float:
    """Exponent of the power law through the points, by least squares on logarithms."""
    return float(np.polyfit(np.log(sizes), np.log(seconds), 1)[0])


def _model(citizens: int = 1_000, worlds: int = 16, months: int = 4) -> float:
    """CPU seconds of a month of the whole model: the mean over some months, in the best of three runs."""
    setting = load_scenario(SCENARIO, citizens=citizens)
    best = math.inf
    for _ in range(3):
        model = MultivectorModel(setting, worlds=worlds, collect=False, threads=1)
        model.step()
        began = time.process_time()
        for _ in range(months):
            model.step()
        best = min(best, (time.process_time() - began) / months)
    return best


def _citizens(citizens: int) -> float:
    """CPU seconds of a month of the scenario's public in 16 worlds."""
    public = full_public(citizens, 16)
    given = full_inputs(public)
    public.step(0, given)
    return best_seconds(lambda: public.step(1, given), 0.5)


def _powers(powers: int) -> float:
    """CPU seconds of a month of a public of 16 worlds x 4,000 citizens."""
    worlds, shape = np.arange(16), (16, 1, powers)
    keys = Streams(7, worlds).kernel_seeds("citizens")
    anchor = np.zeros(shape)
    public = Citizens(4_000, [1.0], powers, worlds, keys, 7, anchor, np.full(16, 0.3), PARAMETERS, threads=1)
    nothing, one = np.zeros(16), np.ones((16, 1))
    given = PublicInputs(
        anchor=anchor, media_target=anchor, exposure=np.ones(shape[1:]), shock=anchor, strain=nothing + 0.4,
        relief=nothing, fear=nothing, slope=np.zeros(shape), intercept=one, outcome=one, salience=0.0 * one,
    )  # fmt: skip
    public.step(0, given)
    return best_seconds(lambda: public.step(1, given), 0.5)
