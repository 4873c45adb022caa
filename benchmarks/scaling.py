"""How time grows: against citizens, worlds and months in the whole model, against powers in the public alone."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from benchmarks.limits import best_seconds
from benchmarks.whole import SCENARIO
from multivector import MultivectorModel, load_scenario
from multivector.kernels.public import Citizens
from multivector.kernels.records import PublicInputs

__all__ = ["scaling", "slope"]


def scaling(full: bool) -> dict[str, Any]:
    """CPU seconds by size, and the slope of the line through their logarithms, for four kinds of size."""
    few = 3
    kinds: dict[str, tuple[Sequence[int], Callable[[int], float]]] = {
        "citizens": (
            (1_000, 10_000, 30_000, 100_000) if full else (1_000, 10_000, 30_000),
            lambda n: _model(citizens=n, worlds=16, months=few),
        ),
        "worlds": (
            (1, 4, 16, 64, 256, 1_024) if full else (1, 4, 16, 64, 256),
            lambda w: _model(citizens=1_000, worlds=w, months=few),
        ),
        "months": ((3, 6, 12, 24, 48), lambda m: _model(citizens=1_000, worlds=16, months=m)),
        "powers": ((1, 2, 4, 8, 12), _powers),
    }
    found: dict[str, Any] = {}
    for kind, (sizes, run) in kinds.items():
        seconds = [run(size) for size in sizes]
        found[kind] = {"sizes": list(sizes), "seconds": seconds, "slope": round(slope(sizes, seconds), 2)}
    large = [i for i, size in enumerate(found["citizens"]["sizes"]) if size >= 10_000]
    pairs = [(found["citizens"]["sizes"][i], found["citizens"]["seconds"][i]) for i in large]
    found["citizens"]["slope_from_10000"] = round(slope(*zip(*pairs, strict=True)), 2)
    return found


def slope(sizes: Sequence[float], seconds: Sequence[float]) -> float:
    """Exponent of the power law through the points, by least squares on logarithms."""
    return float(np.polyfit(np.log(sizes), np.log(seconds), 1)[0])


def _model(citizens: int, worlds: int, months: int) -> float:
    """CPU seconds of the best of three runs of so many months, without building the model."""
    setting = load_scenario(SCENARIO, citizens=citizens)
    best = math.inf
    for _ in range(3):
        model = MultivectorModel(setting, worlds=worlds, collect=False, threads=1)
        model.step()
        began = time.process_time()
        for _ in range(months):
            model.step()
        best = min(best, time.process_time() - began)
    return best


def _powers(powers: int) -> float:
    """CPU seconds of a month of the public of 16 worlds x 4,000 citizens."""
    from benchmarks.reference import PARAMETERS
    from multivector.streams import Streams

    worlds, shape = np.arange(16), (16, 1, powers)
    keys = Streams(7, worlds).kernel_seeds("citizens")
    anchor = np.zeros(shape)
    public = Citizens(4_000, [1.0], powers, worlds, keys, 7, anchor, np.full(16, 0.3), PARAMETERS, threads=1)
    nothing, one = np.zeros(16), np.zeros((16, 1))
    given = PublicInputs(
        anchor=anchor, media_target=anchor, exposure=np.ones(shape[1:]), shock=anchor, strain=nothing + 0.4,
        relief=nothing, fear=nothing, slope=np.zeros(shape), intercept=one, outcome=one, salience=one,
    )  # fmt: skip
    public.step(0, given)
    return best_seconds(lambda: public.step(1, given), 0.5)
