"""The reference workload: what every implementation in these benchmarks computes, and the model's own form of it.

N citizens on a small world of mean degree 10 hold five opinions in -1..1, a grievance in 0..1 and a threshold. In one
step, all at once:

1. each opinion moves by INFLUENCE times the mean gap to the acquaintances within CONFIDENCE, by MEDIA_RATE times the
   gap to the media's message, and by uniform noise; it is cut to -1..1;
2. grievance moves by GRIEVANCE_RATE of the gap to STRAIN, and up by SALIENCE times the square of what is missing from
   the first opinion to 1 (on a scale of 0 to 1); it is cut to 0..1;
3. those protest in whom grievance less FEAR plus WEIGHT times the share of acquaintances who protested in the last
   step exceeds the threshold;
4. mean opinions, mean grievance and the share who protest are written down.

`ReferenceCitizens` is `kernels.public.Citizens` itself: the same loops, compiled without the mechanisms that the
workload lacks (lasting differences between citizens, speech short of protest, second moments).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from multivector.kernels.opinions import OFF
from multivector.kernels.public import Citizens, PublicInputs, PublicParameters
from multivector.streams import Streams

__all__ = ["Aggregates", "ReferenceCitizens", "Start", "aggregates", "general", "inputs", "start_of"]

OPINIONS: Final = 5
DEGREE, REWIRE = 10, 0.1
INFLUENCE, CONFIDENCE = 0.3, 0.5
MEDIA_RATE, MEDIA = 0.02, (0.3, -0.2, 0.1, 0.0, -0.4)
NOISE_SD = 0.02
NOISE = NOISE_SD * math.sqrt(3.0)
"""Half-width of the uniform noise."""
GRIEVANCE_RATE, STRAIN, SALIENCE = 0.05, 0.3, 0.02
WEIGHT, FEAR = 0.5, 0.1
FIRST_GRIEVANCE = 0.3
THRESHOLD_MEAN, THRESHOLD_SD = 0.5, 0.2

PARAMETERS: Final = PublicParameters(
    degree=DEGREE, rewire=REWIRE, block=20.0, attitude_sd=1.0 / math.sqrt(3.0), influence=INFLUENCE,
    confidence=CONFIDENCE, anchor_rate=0.0, media_rate=MEDIA_RATE, noise_sd=NOISE_SD, grievance_sd=0.0,
    grievance_rate=GRIEVANCE_RATE, threshold_mean=THRESHOLD_MEAN, threshold_sd=THRESHOLD_SD,
    neighbour_weight=WEIGHT, speak_fraction=1.0, weeks=1,
)  # fmt: skip


@dataclass(frozen=True)
class Start:
    """One world at the start: opinions (n, 5), grievance and threshold (n,), ties as ptr (n + 1,) and idx."""

    opinions: NDArray[np.float32]
    grievance: NDArray[np.float32]
    threshold: NDArray[np.float32]
    ptr: NDArray[np.int32]
    idx: NDArray[np.int32]


@dataclass(frozen=True)
class Aggregates:
    """What is written down after a step: mean opinions (5,), mean grievance, share who protest."""

    opinions: tuple[float, ...]
    grievance: float
    protest: float


def general(citizens: int, worlds: int, threads: int = 1, kind: type[Citizens] = Citizens) -> Citizens:
    """The public with the workload's numbers; `kind` says what is compiled."""
    ids = np.arange(worlds)
    keys = Streams(7, ids).kernel_seeds("citizens")
    anchor, grievance = np.zeros((worlds, 1, OPINIONS)), np.full(worlds, FIRST_GRIEVANCE)
    return kind(citizens, [1.0], OPINIONS, ids, keys, 7, anchor, grievance, PARAMETERS, threads=threads)


class ReferenceCitizens(Citizens):
    """The model's public without what the workload lacks; of the outputs only the workload's mean something."""

    _lasting, _speech, _detail = OFF, OFF, OFF

    @classmethod
    def of(cls, citizens: int, worlds: int = 16, threads: int = 1) -> Citizens:
        """The workload's public."""
        return general(citizens, worlds, threads, cls)


def inputs(worlds: int) -> PublicInputs:
    """The same inputs every month: one issue carries what the first opinion does to grievance."""
    nothing = np.zeros((worlds, 1, OPINIONS))
    slope = np.zeros((worlds, 1, OPINIONS))
    slope[:, 0, 0] = 0.5
    return PublicInputs(
        anchor=nothing,
        media_target=np.broadcast_to(np.array(MEDIA), nothing.shape).copy(),
        exposure=np.ones((1, OPINIONS)),
        shock=nothing,
        strain=np.full(worlds, STRAIN),
        relief=np.zeros(worlds),
        fear=np.full(worlds, FEAR),
        slope=slope,
        intercept=np.full((worlds, 1), 0.5),
        outcome=np.ones((worlds, 1)),
        salience=np.full((worlds, 1), SALIENCE),
    )


def start_of(public: Citizens, world: int = 0) -> Start:
    """One world of a public, for the peers to begin with: the same citizens on the same network."""
    slot, lane = int(public._slot[world]), int(public._lane[world])
    ptr, idx = public._ties(slot)
    return Start(
        public._attitudes_of(slot, lane), public._grievance[slot, :, lane].copy(),
        public._threshold[slot, :, lane].copy(), ptr[: public.citizens + 1].copy(), idx.copy(),
    )  # fmt: skip


def aggregates(public: Citizens, steps: int, world: int = 0) -> Aggregates:
    """What one world has written down after so many more steps."""
    given = inputs(public.worlds.size)
    for month in range(steps):
        out = public.step(month, given)
    means = tuple(out.mean[world].tolist())
    return Aggregates(means, float(out.grievance[world]), float(out.protest[world]))
