"""The public of many worlds: citizens with attitudes to each power, a grievance, and a voice.

A month is one synchronous round of opinion, one change of grievance, and a few weeks in which citizens see
how many of their acquaintances speak or protest, and decide. `Citizens` lays worlds out as SIMD lanes and
runs the loops of `lanes`; `twin.TwinCitizens` is the same model in plain numpy, to be read first.

Sources of the mechanisms: bounded confidence (Hegselmann & Krause 2002, JASSS 5(3)); thresholds and cascades
(Granovetter 1978, American Journal of Sociology 83); hidden preferences (Kuran 1991, World Politics 44).
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from multivector.kernels import lanes
from multivector.kernels.lanes import LANES
from multivector.kernels.network import language_blocks, small_world
from multivector.kernels.records import FLOOR, Floats, PublicInputs, PublicOutputs, PublicParameters
from multivector.streams import mix64, process_key

__all__ = [
    "BLOCK",
    "FLOOR",
    "LANES",
    "Citizens",
    "PublicInputs",
    "PublicOutputs",
    "PublicParameters",
    "group_key",
    "social_structure",
    "sub_keys",
]

BLOCK = 16384
"""Citizens of one task when a group of worlds is large; fixed, so that sums do not depend on the threads."""
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_MASK = 0xFFFFFFFFFFFFFFFF
_ROOT3 = math.sqrt(3.0)  # a uniform draw from -1..1 has the standard deviation 1 / sqrt(3)


def group_key(seed: int, group: int) -> int:
    """The 64-bit key of the network that worlds 16 * group .. 16 * group + 15 of an ensemble share."""
    base = mix64(np.array([seed & _MASK], dtype=np.uint64) + _GOLDEN)
    return int(mix64(base + np.full(1, group + 1, dtype=np.uint64) * _GOLDEN)[0])


def sub_keys(keys: NDArray[np.uint64], process: str, month: int | None = None) -> NDArray[np.uint64]:
    """Keys of one process (of one month) derived from the worlds' keys, shape (W,)."""
    derived = mix64(keys ^ np.uint64(process_key(f"public.{process}")))
    if month is None:
        return derived
    return mix64(derived + np.full(1, (month + 1) & _MASK, dtype=np.uint64) * _GOLDEN)


def social_structure(
    citizens: int, shares: Floats, key: int, parameters: PublicParameters
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int8]]:
    """Network (ptr, idx) and language of each citizen for one group of worlds, from its key alone."""
    keys = np.array([key & _MASK], dtype=np.uint64)
    ptr, idx = small_world(citizens, parameters.degree, parameters.rewire, int(sub_keys(keys, "network")[0]))
    language = language_blocks(citizens, shares, parameters.block, int(sub_keys(keys, "language")[0]))
    return ptr, idx, language


class Citizens:
    """The citizens of W worlds, advanced together.

    World k uses lane `k % 16` of group `k // 16`, alone or in any company, so its numbers depend on nothing
    but its keys and inputs. A world id that is listed twice gets a second lane on the same network.

    Parameters
    ----------
    citizens : number in each world, at least 1.
    shares : (G,) shares of the language groups, sum 1.
    powers : number of powers P, at least 1.
    worlds : ids of the worlds, W of them, not negative, in any order.
    seed_keys_world : (W,) uint64, one key per world (`Streams.kernel_seeds`).
    network_key : 64-bit key of a group's network by group number, or a seed for `group_key`.
    anchor : (W, G, P) attitudes at which each group settles at the start. grievance0 : (W,) mean grievance at
        the start.
    parameters : the public's numbers.
    network_influence : False removes the influence of acquaintances on attitudes (as influence 0 does).
    media : False removes the media's pull (as media_rate 0 does).
    cascade : False removes the acquaintances' part in speaking and protesting (as neighbour_weight 0 does).
    concealment : False lets everybody's grievance be seen: who would keep silent counts as speaking in
        `speaking` and `shown_grievance`. Courage is untouched: for their acquaintances the silent still weigh
        nothing, so protest is the same.
    threads : tasks run at a time, default the processors at hand; results do not depend on it.

    Raises
    ------
    ValueError : if a shape or a range is wrong.
    """

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
        threads: int | None = None,
    ) -> None:
        self.citizens = int(citizens)
        self.powers = int(powers)
        self.worlds = np.asarray(worlds, dtype=np.int64).reshape(-1)
        self.shares = np.asarray(shares, dtype=np.float64).reshape(-1)
        self.parameters = parameters
        self.network_influence, self.media = network_influence, media
        self.cascade, self.concealment = cascade, concealment
        self._keys = np.ascontiguousarray(seed_keys_world, dtype=np.uint64)
        count, groups = self.worlds.size, self.shares.size
        anchor = np.ascontiguousarray(anchor, dtype=np.float64)
        start = np.ascontiguousarray(grievance0, dtype=np.float64)
        if self.citizens < 1 or self.powers < 1 or count < 1 or int(self.worlds.min()) < 0 or parameters.weeks < 1:
            raise ValueError(
                "the public needs a citizen, a power, a world, a week, and world ids that are not negative"
            )
        for name, array, shape in (
            ("seed_keys_world", self._keys, (count,)),
            ("anchor", anchor, (count, groups, self.powers)),
            ("grievance0", start, (count,)),
        ):
            if array.shape != shape:
                raise ValueError(f"{name} must have the shape {shape}, got {array.shape}")
        self._seat(network_key)
        tasks = self._slots * -(-self.citizens // BLOCK)
        self.threads = max(1, min(_processors() if threads is None else int(threads), tasks))
        self._pool: ThreadPoolExecutor | None = None
        self._parity = 0
        self._noise_keys = sub_keys(self._keys, "noise")
        self._keys32 = np.zeros((self._slots, 4, self.powers * LANES), dtype=np.uint32)
        self._keys32[:, 2:] = self._row_keys(sub_keys(self._keys, "anchor"))
        self._allocate(anchor, start)
        self._mean = anchor[:, 0, :].clip(-1.0, 1.0)
        self._grievance_mean = start.copy()

    def _seat(self, network_key: Callable[[int], int] | int) -> None:
        """Give each world a slot (a group of lanes with one network) and a lane, and build the networks."""
        taken: dict[tuple[int, int], int] = {}
        seats: dict[tuple[int, int], int] = {}
        structures: dict[int, tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int8]]] = {}
        self._structure: list[tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int8]]] = []
        slots: list[int] = []
        for world in self.worlds.tolist():
            group, lane = divmod(world, LANES)
            copy = taken.get((group, lane), 0)
            taken[group, lane] = copy + 1
            if (group, copy) not in seats:
                if group not in structures:
                    key = network_key(group) if callable(network_key) else group_key(network_key, group)
                    structures[group] = social_structure(self.citizens, self.shares, key, self.parameters)
                seats[group, copy] = len(self._structure)
                self._structure.append(structures[group])
            slots.append(seats[group, copy])
        self._slot = np.array(slots, dtype=np.intp)
        self._lane = (self.worlds % LANES).astype(np.intp)
        self._slots = len(self._structure)
        sizes = [np.bincount(language, minlength=self.shares.size) for _, _, language in self._structure]
        self.group_sizes: NDArray[np.int64] = np.array(sizes, dtype=np.int64)[self._slot]

    def _allocate(self, anchor: Floats, grievance0: Floats) -> None:
        n, row, p = self.citizens, self.powers * LANES, self.parameters
        self._attitude = [[_aligned((n, row), np.float32) for _ in range(2)] for _ in range(self._slots)]
        self._grievance = [_aligned((n, LANES), np.float32) for _ in range(self._slots)]
        self._threshold = [_aligned((n, LANES), np.float32) for _ in range(self._slots)]
        self._voice = [_aligned((2, n + 1, LANES), np.uint8) for _ in range(self._slots)]
        halves = [_halves(sub_keys(self._keys, name)) for name in ("grievance", "threshold", "threshold.more")]
        self._lane_keys = self._spread(np.concatenate(halves, axis=1), np.uint32)
        anchors = self._rows(anchor)
        level = self._spread(grievance0, np.float32)
        spreads = (_ROOT3 * p.attitude_sd, _ROOT3 * p.grievance_sd)
        scale = np.array([*spreads, p.threshold_mean, p.threshold_sd, FLOOR], dtype=np.float32)
        for s, (_, _, language) in enumerate(self._structure):
            lanes.lay_out(
                self._attitude[s][0], self._grievance[s], self._threshold[s], language,
                anchors[s], level[s], self._keys32[s], self._lane_keys[s], scale,
            )  # fmt: skip

    # ---- between worlds and lanes

    def _spread(self, values: NDArray[Any], dtype: type[Any]) -> NDArray[Any]:
        """(W, ...) to (slots, ..., 16); idle lanes hold zero."""
        out = np.zeros((self._slots, *values.shape[1:], LANES), dtype=dtype)
        out[self._slot, ..., self._lane] = values
        return out

    def _gather(self, values: NDArray[Any]) -> NDArray[Any]:
        """(slots, ..., 16) to (W, ...), C-contiguous."""
        return np.ascontiguousarray(values[self._slot, ..., self._lane])

    def _rows(self, values: Floats) -> NDArray[np.float32]:
        """(W, ..., P) to (slots, ..., P * 16) float32, the row layout of the loops."""
        out = self._spread(values, np.float32)
        return out.reshape(*out.shape[:-2], out.shape[-2] * LANES)

    def _row_keys(self, keys: NDArray[np.uint64]) -> NDArray[np.uint32]:
        """Low (with the power's counter added) and high halves of keys (W,), shape (slots, 2, P * 16)."""
        pair = self._spread(_halves(keys), np.uint32)[:, :, None, :].repeat(self.powers, axis=2)
        pair[:, 0] += (np.arange(self.powers, dtype=np.uint32) * lanes.POWER_STEP)[:, None]
        return pair.reshape(self._slots, 2, -1)

    @property
    def nbytes(self) -> int:
        """Bytes of state and network (networks that slots share are counted once)."""
        networks = {id(array): array.nbytes for triple in self._structure for array in triple}
        slots = zip(self._attitude, self._grievance, self._threshold, self._voice, strict=True)
        state = sum(a.nbytes + b.nbytes + g.nbytes + t.nbytes + v.nbytes for (a, b), g, t, v in slots)
        return state + sum(networks.values())

    def attitudes(self) -> NDArray[np.float32]:
        """A copy of all attitudes, (W, citizens, P)."""
        stacked = np.stack([pair[0] for pair in self._attitude])
        return self._gather(stacked.reshape(self._slots, self.citizens, self.powers, LANES))

    def grievances(self) -> NDArray[np.float32]:
        """A copy of all private grievances, (W, citizens)."""
        return self._gather(np.stack(self._grievance))

    def thresholds(self) -> NDArray[np.float32]:
        """A copy of all protest thresholds, (W, citizens)."""
        return self._gather(np.stack(self._threshold))

    def voices(self) -> NDArray[np.uint8]:
        """A copy of all voices, (W, citizens): 0 silent, 1 speaks, 2 protests."""
        return self._gather(np.stack([planes[self._parity, : self.citizens] for planes in self._voice]))

    def languages(self) -> NDArray[np.int8]:
        """Language group of each citizen, (W, citizens)."""
        return np.stack([triple[2] for triple in self._structure])[self._slot]

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_pool": None}

    # ---- a month

    def step(self, month: int, inputs: PublicInputs) -> PublicOutputs:
        """Advance all worlds by one month.

        `month` keys the month's noise, so a month can be run again, or out of order, with the same draws.
        """
        given = inputs.check(self.worlds.size, self.shares.size, self.powers)
        job = _Month(self, month, given)
        blocks = [(lo, min(lo + BLOCK, self.citizens)) for lo in range(0, self.citizens, BLOCK)]
        if len(blocks) == 1:
            self._map(job.whole, [(s,) for s in range(self._slots)])
        else:
            tasks = [(s, b, lo, hi) for s in range(self._slots) for b, (lo, hi) in enumerate(blocks)]
            self._map(job.opinions, tasks)
            job.run_weeks(self._map, tasks)
        for pair in self._attitude:
            pair.reverse()
        self._parity = (self._parity + self.parameters.weeks) % 2
        outputs = job.outputs()
        self._mean, self._grievance_mean = outputs.mean, outputs.grievance
        return outputs

    def _map(self, task: Callable[..., Any], arguments: Sequence[tuple[int, ...]]) -> list[Any]:
        """The results in order, on the pool if there is more than one thread (loops drop the GIL)."""
        if self.threads == 1 or len(arguments) == 1:
            return [task(*a) for a in arguments]
        if self._pool is None:
            self._pool = ThreadPoolExecutor(self.threads, thread_name_prefix="citizens")
        return list(self._pool.map(lambda a: task(*a), arguments))


class _Month:
    """One month's constants in lane layout, the tasks that run on them, and the sums that come out."""

    def __init__(self, public: Citizens, month: int, given: PublicInputs) -> None:
        p = public.parameters
        self.public, self.given = public, given
        slots, powers = public._slots, public.powers
        self.issues = given.intercept.shape[1]
        media = p.media_rate * given.exposure if public.media else np.zeros_like(given.exposure)
        self.pull = public._rows(media * given.media_target + p.anchor_rate * given.anchor + given.shock)
        self.decay = np.repeat(media + p.anchor_rate, LANES, axis=-1).astype(np.float32)
        public._keys32[:, :2] = public._row_keys(sub_keys(public._keys, "noise", month))
        self.origin = public._rows(public._mean)
        expected = given.intercept.copy()
        for k in range(powers):
            expected += given.slope[:, :, k] * public._mean[:, None, k]
        self.centre = expected.clip(0.0, 1.0)
        self.slope = public._rows(given.slope)
        issue = np.stack([given.intercept, given.outcome, given.salience, self.centre], axis=2)
        self.issue = public._rows(issue)
        level = np.stack([given.strain, given.relief, public._grievance_mean], axis=1)
        self.level = public._rows(level)
        self.fear = public._spread(given.fear, np.float32)
        influence = p.influence if public.network_influence else 0.0
        spread = _ROOT3 * p.anchor_rate * p.attitude_sd
        personal = _ROOT3 * p.grievance_rate * p.grievance_sd
        rates = [influence, p.confidence, _ROOT3 * p.noise_sd, spread, p.grievance_rate, personal]
        self.rate = np.array(rates, dtype=np.float32)
        self.weight = np.float32(p.neighbour_weight if public.cascade else 0.0)
        self.speak = np.float32(p.speak_fraction)
        blocks, row = -(-public.citizens // BLOCK), powers * LANES
        groups = public.shares.size
        self.work = lanes.work_shape(groups, powers)
        self.field_sum = np.zeros((slots, blocks, groups + powers, row))
        self.lane_sum = np.zeros((slots, blocks, 1 + self.issues, 2 * LANES))
        self.protest = np.zeros((slots, blocks, p.weeks, LANES), dtype=np.int64)
        self.shown = np.zeros((slots, blocks, 1, 2 * LANES))

    def opinions(self, s: int, block: int, lo: int, hi: int) -> None:
        """Attitudes and grievance of some citizens of a slot."""
        public = self.public
        ptr, idx, language = public._structure[s]
        scratch = partial(np.zeros, dtype=np.float32)
        old, new = public._attitude[s]
        lanes.opinions(
            old, new, public._grievance[s], ptr, idx, language, self.pull[s], self.decay, public._keys32[s],
            public._lane_keys[s, :2], self.origin[s], self.slope[s], self.issue[s], self.level[s], self.rate, lo, hi,
            scratch(self.work), scratch(2 * LANES), scratch((1 + self.issues, 2 * LANES)),
            self.field_sum[s, block], self.lane_sum[s, block],
        )  # fmt: skip

    def weeks(self, s: int, block: int, lo: int, hi: int, first: int, last: int) -> bool:
        """Voices of some citizens of a slot in some weeks; True if the last week moved anybody."""
        public = self.public
        ptr, idx, _ = public._structure[s]
        voice, pair = public._voice[s], np.zeros(2, dtype=np.uint64)
        changed = lanes.weeks(
            public._grievance[s], public._threshold[s], voice, voice.view(np.uint64), ptr, idx, self.fear[s],
            self.weight, self.speak, not public.concealment,
            public._parity, first, last, public.parameters.weeks,
            lo, hi, pair, pair.view(np.uint8), np.zeros((2, LANES), dtype=np.int32),
            np.zeros((1, 2 * LANES), dtype=np.float32), self.protest[s, block], self.shown[s, block],
        )  # fmt: skip
        return bool(changed)

    def whole(self, s: int) -> None:
        """All of a small slot's month."""
        self.opinions(s, 0, 0, self.public.citizens)
        self.weeks(s, 0, 0, self.public.citizens, 0, self.public.parameters.weeks)

    def run_weeks(self, run: Callable[..., list[Any]], tasks: Sequence[tuple[int, ...]]) -> None:
        """All weeks of large slots, block by block: a week must end everywhere before the next begins."""
        final = self.public.parameters.weeks
        for week in range(final):
            moved = run(self.weeks, [(*task, week, week + 1) for task in tasks])
            if week + 1 < final and not any(moved):  # so the weeks that remain are the same
                self.protest[:, :, week + 1 :] = self.protest[:, :, week : week + 1]
                run(self.weeks, [(*task, final, final) for task in tasks])
                return

    def outputs(self) -> PublicOutputs:
        """Sums over blocks, in order, turned into means and variances by world."""
        public, given, n = self.public, self.given, float(self.public.citizens)
        worlds, groups, powers = given.anchor.shape
        field = _block_total(self.field_sum).reshape(public._slots, groups + powers, powers, LANES)
        by_group = public._gather(field[:, :groups])
        lagged = public._gather(field[:, groups:])
        lane = public._gather(_block_total(self.lane_sum).reshape(public._slots, 1 + self.issues, 2, LANES))
        shown = public._gather(_block_total(self.shown).reshape(public._slots, 2, LANES))
        protest = public._gather(_block_total(self.protest)) / n
        origin = public._mean.astype(np.float32).astype(np.float64)
        total = np.zeros((worlds, powers))
        for g in range(groups):
            total += by_group[:, g]
        off = total / n
        sizes = public.group_sizes[:, :, None]
        group_mean = np.where(sizes > 0, origin[:, None] + by_group / np.maximum(sizes, 1), given.anchor)
        covariance = np.empty((worlds, powers, powers))
        for lag in range(powers):
            for a in range(powers - lag):
                value = lagged[:, lag, a] / n - off[:, a] * off[:, a + lag]
                covariance[:, a, a + lag] = covariance[:, a + lag, a] = value
        diagonal = np.arange(powers)
        covariance[:, diagonal, diagonal] = np.maximum(covariance[:, diagonal, diagonal], 0.0)
        middle = np.column_stack([public._grievance_mean, self.centre]).astype(np.float32).astype(np.float64)
        first = lane[:, :, 0] / n
        variance = np.maximum(lane[:, :, 1] / n - first * first, 0.0)
        if public.citizens == 1:
            covariance[:] = 0.0
            variance[:] = 0.0
        level = middle + first
        protest_mean = np.zeros(worlds)
        for week in range(protest.shape[1]):
            protest_mean += protest[:, week]
        return PublicOutputs(
            mean=origin + off,
            group_mean=group_mean,
            covariance=covariance,
            grievance=level[:, 0].copy(),
            grievance_variance=variance[:, 0].copy(),
            shown_grievance=shown[:, 1] / n,
            speaking=shown[:, 0] / n,
            protest=protest.max(axis=1),
            protest_mean=protest_mean / protest.shape[1],
            issue_mean=level[:, 1:].copy(),
            issue_variance=variance[:, 1:].copy(),
        )


def _block_total(parts: NDArray[Any]) -> NDArray[Any]:
    """Sum over blocks (axis 1), one after the other."""
    total = parts[:, 0].copy()
    for block in range(1, parts.shape[1]):
        total += parts[:, block]
    return total


def _halves(keys: NDArray[np.uint64]) -> NDArray[np.uint32]:
    """Low and high 32 bits of keys (W,), shape (W, 2)."""
    return np.stack([keys & np.uint64(0xFFFFFFFF), keys >> np.uint64(32)], axis=1).astype(np.uint32)


def _aligned(shape: tuple[int, ...], dtype: type[Any]) -> NDArray[Any]:
    """Zeros that start at a cache line, so that no row of lanes lies across two."""
    size = math.prod(shape) * np.dtype(dtype).itemsize
    buffer = np.zeros(size + 64, dtype=np.uint8)
    offset = -buffer.ctypes.data % 64
    array: NDArray[Any] = buffer[offset : offset + size].view(dtype).reshape(shape)
    return array


def _processors() -> int:
    """Processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
