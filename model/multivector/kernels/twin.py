"""The public in plain numpy: what `public.Citizens` computes, one world at a time, to be read and compared
with.

The arithmetic is float32 in the same order, and the random numbers are the same counter hashes, so attitudes are those
of the compiled loops, and grievance and voices agree with them to rounding. It is some hundred times slower.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from multivector.kernels.draws import CITIZEN_STEP, PAIR_STEP
from multivector.kernels.opinions import SCALE, whole_steps
from multivector.kernels.public import group_key, social_structure, sub_keys
from multivector.kernels.records import FLOOR, Floats, PublicInputs, PublicOutputs, PublicParameters
from multivector.kernels.vectors import LANES

__all__ = ["TwinCitizens"]

Single = NDArray[np.float32]
_ROOT3 = float(np.sqrt(3.0))


def scramble(counter: NDArray[np.uint32], key: int) -> NDArray[np.uint32]:
    """32 mixed bits for each counter under a 64-bit key, any shape."""
    low, high = np.uint32(key & 0xFFFFFFFF), np.uint32(key >> 32)
    h = counter + low  # wraps around, as all of this
    h ^= h >> np.uint32(16)
    h *= np.uint32(0x7FEB352D)
    h ^= high
    h ^= h >> np.uint32(15)
    h *= np.uint32(0x846CA68B)
    return h ^ (h >> np.uint32(16))


def pair_draws(counter: NDArray[np.uint32], key: int, powers: int) -> Single:
    """Uniform draws in [-1, 1] by citizen and power, (n, P), two powers from each 32 bits, as `halves.draws`."""
    pair = np.arange((powers + 1) // 2, dtype=np.uint32) * PAIR_STEP
    bits = scramble(counter[:, None] + pair, key)
    turned = (bits << np.uint32(16)) | (bits >> np.uint32(16))
    both = np.stack([turned, bits], axis=2).reshape(counter.size, -1)[:, :powers]
    return both.view(np.int32).astype(np.float32) * np.float32(2.0**-31)


def signed_unit(counter: NDArray[np.uint32], key: int) -> Single:
    """Uniform draws in [-1, 1), any shape."""
    return (scramble(counter, key) >> np.uint32(8)).astype(np.float32) * np.float32(2.0**-23) - np.float32(1.0)


def fused(a: Single | np.float32, b: Single, c: Single) -> Single:
    """a * b + c, rounded once (the product is exact in float64, and a second rounding tells in 1 of 2**29)."""
    return (np.asarray(a, dtype=np.float64) * b + c).astype(np.float32)


def in_steps(attitude: Single) -> Single:
    """Attitudes cut to -1..1, to the nearest 1 / SCALE."""
    cut: Single = np.rint(attitude * np.float32(SCALE)).clip(-SCALE, SCALE) / np.float32(SCALE)
    return cut


class _World:
    """One world: attitude (n, P), grievance, threshold (n,), voice (n,), and a table of neighbours."""

    def __init__(
        self,
        structure: tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int8]],
        key: NDArray[np.uint64],
        powers: int,
    ) -> None:
        ptr, idx, self.language = structure
        n = self.language.size
        self.degree = np.diff(ptr)
        places = np.arange(int(self.degree.max(initial=0)))
        self.present = places[None, :] < self.degree[:, None]  # (n, longest row)
        self.neighbour = np.where(self.present, (ptr[:-1, None] + places), 0)
        self.neighbour = np.where(self.present, idx[self.neighbour] if idx.size else 0, 0)
        self.key = key  # (1,)
        counter = np.arange(n, dtype=np.uint32) * CITIZEN_STEP
        self.counter = counter
        self.powers = powers
        self.settled = pair_draws(counter, self.sub_key("anchor"), powers)
        self.personal = signed_unit(counter, self.sub_key("grievance"))

    def sub_key(self, process: str, month: int | None = None) -> int:
        return int(sub_keys(self.key, process, month)[0])

    def begin(self, anchor: Floats, grievance0: float, p: PublicParameters) -> None:
        spread = np.float32(whole_steps(_ROOT3 * p.attitude_sd))
        self.attitude = in_steps(fused(spread, self.settled, anchor.astype(np.float32)[self.language]))
        level = np.float32(grievance0) + np.float32(_ROOT3 * p.grievance_sd) * self.personal
        self.grievance = level.clip(np.float32(0.0), np.float32(1.0))
        total = np.zeros(self.counter.size, dtype=np.uint32)
        for process in ("threshold", "threshold.more"):
            bits = scramble(self.counter, self.sub_key(process))
            total += (bits >> np.uint32(16)) + (bits & np.uint32(0xFFFF))
        bell = (total.astype(np.float32) * np.float32(2.0**-16) - np.float32(2.0)) * np.float32(_ROOT3)
        bar = np.float32(p.threshold_mean) + np.float32(p.threshold_sd) * bell
        self.threshold = np.maximum(bar, np.float32(FLOOR))
        self.voice = np.zeros(self.counter.size, dtype=np.uint8)

    def towards(self, influence: float, confidence: float) -> tuple[Single, Single]:
        """Weight of a like-minded neighbour, and the sum of their attitudes less one's own, both (n, P)."""
        steps = np.rint(self.attitude * np.float32(SCALE)).astype(np.int64)
        total, count = np.zeros_like(steps), np.zeros_like(steps)
        for place in range(self.present.shape[1]):
            gap = steps[self.neighbour[:, place]] - steps
            counts = self.present[:, place, None] & (np.abs(gap) < confidence * SCALE)
            total += np.where(counts, gap, 0)
            count += counts
        weight: Single = np.float32(influence) / np.maximum(count, 1).astype(np.float32)
        return weight, total.astype(np.float32) / np.float32(SCALE)

    def move_attitudes(self, pull: Single, keep: Single, month: int, influence: float, p: PublicParameters) -> None:
        """pull (G, P): added by media, anchor and the month's shock; keep (G, P): the share they leave."""
        noise = pair_draws(self.counter, self.sub_key("noise", month), self.powers)
        news = fused(np.float32(whole_steps(_ROOT3 * p.noise_sd)), noise, pull[self.language])
        news = fused(np.float32(_ROOT3 * p.anchor_rate * p.attitude_sd), self.settled, news)
        moved = fused(keep[self.language], self.attitude, news)
        self.attitude = in_steps(fused(*self.towards(influence, p.confidence), moved))

    def positions(self, slope: Single, intercept: Single) -> Single:
        """Positions on the issues, (n, K), from slope (K, P) and intercept (K,)."""
        place = np.repeat(intercept[None], self.counter.size, axis=0)
        for power in range(slope.shape[1]):
            place += slope[:, power] * self.attitude[:, power, None]
        return place.clip(np.float32(0.0), np.float32(1.0))

    def move_grievance(
        self,
        place: Single,
        outcome: Single,
        salience: Single,
        strain: np.float32,
        relief: np.float32,
        p: PublicParameters,
    ) -> None:
        """Towards the strain plus each citizen's fixed deviation, up by disliked outcomes, down by relief."""
        more = np.float32(_ROOT3 * p.grievance_rate * p.grievance_sd) * self.personal
        for issue in range(place.shape[1]):
            gap = place[:, issue] - outcome[issue]
            more += salience[issue] * (gap * gap)
        felt = self.grievance + np.float32(p.grievance_rate) * (strain - self.grievance) - relief
        self.grievance = (felt + more).clip(np.float32(0.0), np.float32(1.0))

    def raise_voices(self, fear: np.float32, weight: np.float32, speak: np.float32) -> None:
        """One week, all citizens at once, seeing last week's voices."""
        loud = np.where(self.present, self.voice[self.neighbour], 0).sum(axis=1).astype(np.float32)
        push = weight * np.float32(0.5) / np.maximum(self.degree, 1).astype(np.float32)
        urge = (self.grievance - fear) + push * loud
        speaks = (urge > speak * self.threshold).astype(np.uint8)
        self.voice = np.where(urge > self.threshold, np.uint8(2), speaks)


class TwinCitizens:
    """The same constructor (but for `threads`), `step` and outputs as `public.Citizens`."""

    def __init__(
        self,
        citizens: int,
        shares: Sequence[float] | Floats,
        powers: int,
        worlds: Sequence[int] | NDArray[np.int64],
        seed_keys_world: NDArray[np.uint64],
        network_key: Callable[[int], int] | int,
        anchor: Floats,
        grievance0: Floats,
        parameters: PublicParameters,
        *,
        network_influence: bool = True,
        media: bool = True,
        cascade: bool = True,
        concealment: bool = True,
    ) -> None:
        self.parameters, self.powers = parameters, powers
        self.media, self.concealment = media, concealment
        self.influence = parameters.influence if network_influence else 0.0
        self.weight = np.float32(parameters.neighbour_weight if cascade else 0.0)
        self.groups = np.size(shares)
        self.members: list[_World] = []
        for row, world in enumerate(np.asarray(worlds, dtype=np.int64).tolist()):
            group = world // LANES
            key = network_key(group) if callable(network_key) else group_key(network_key, group)
            structure = social_structure(citizens, np.asarray(shares, dtype=np.float64), key, parameters)
            member = _World(structure, seed_keys_world[row : row + 1], powers)
            member.begin(anchor[row], float(grievance0[row]), parameters)
            self.members.append(member)

    def attitudes(self) -> Single:
        """All attitudes, (W, n, P)."""
        return np.stack([member.attitude for member in self.members])

    def grievances(self) -> Single:
        """All private grievances, (W, n)."""
        return np.stack([member.grievance for member in self.members])

    def thresholds(self) -> Single:
        """All protest thresholds, (W, n)."""
        return np.stack([member.threshold for member in self.members])

    def voices(self) -> NDArray[np.uint8]:
        """All voices, (W, n)."""
        return np.stack([member.voice for member in self.members])

    def step(self, month: int, inputs: PublicInputs) -> PublicOutputs:
        """Advance all worlds by one month."""
        given = inputs.check(len(self.members), self.groups, self.powers)
        rows = [self._step(w, m, month, given) for w, m in enumerate(self.members)]
        return PublicOutputs(**{name: np.stack([row[name] for row in rows]) for name in rows[0]})

    def _step(self, w: int, world: _World, month: int, given: PublicInputs) -> dict[str, Floats]:
        p = self.parameters
        media = p.media_rate * given.exposure if self.media else np.zeros_like(given.exposure)
        pull = media * given.media_target[w] + p.anchor_rate * given.anchor[w] + given.shock[w]
        keep = 1.0 - (media + p.anchor_rate)
        world.move_attitudes(pull.astype(np.float32), keep.astype(np.float32), month, self.influence, p)
        narrow = [np.float32(x[w]) for x in (given.strain, given.relief, given.fear)]
        slope, intercept, outcome, salience = (
            x[w].astype(np.float32) for x in (given.slope, given.intercept, given.outcome, given.salience)
        )
        place = world.positions(slope, intercept)
        world.move_grievance(place, outcome, salience, narrow[0], narrow[1], p)
        weekly = []
        for _ in range(p.weeks):
            world.raise_voices(narrow[2], self.weight, np.float32(p.speak_fraction))
            weekly.append(float((world.voice == 2).mean()))
        a, g, y = (x.astype(np.float64) for x in (world.attitude, world.grievance, place))
        seen = world.voice > 0 if self.concealment else np.ones(g.size, dtype=np.bool_)
        inside = [world.language == group for group in range(self.groups)]
        off = a - a.mean(axis=0)
        return {
            "mean": a.mean(axis=0),
            "group_mean": np.stack(
                [a[who].mean(axis=0) if who.any() else given.anchor[w, g_] for g_, who in enumerate(inside)]
            ),
            "covariance": (off[:, :, None] * off[:, None, :]).mean(axis=0),
            "grievance": g.mean(),
            "grievance_variance": g.var(),
            "shown_grievance": np.where(seen, g, 0.0).mean(),
            "speaking": seen.mean(),
            "protest": np.array(max(weekly)),
            "protest_mean": np.array(sum(weekly) / len(weekly)),
            "issue_mean": y.mean(axis=0),
            "issue_variance": y.var(axis=0),
        }
