"""The public of many worlds: citizens with attitudes to each power, a grievance, and a voice.

A month is one synchronous round of opinion, one change of grievance, and a few weeks in which citizens see
how many of their acquaintances speak or protest, and decide. `Citizens` lays worlds out as SIMD lanes and
runs the loops of `opinions` and `voices`; `twin.TwinCitizens` is the same model in plain numpy, to be read first.

Sources of the mechanisms: bounded confidence (Hegselmann & Krause 2002, JASSS 5(3)); thresholds and cascades
(Granovetter 1978, American Journal of Sociology 83); hidden preferences (Kuran 1991, World Politics 44).
"""

from __future__ import annotations

import itertools
import math
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from numpy.typing import NDArray

from multivector.kernels import lanes
from multivector.kernels.draws import PAIR_STEP
from multivector.kernels.halves import TABLE, can_look_up
from multivector.kernels.network import language_blocks, small_world
from multivector.kernels.opinions import (
    OFF,
    ON,
    SCALE,
    UNIT,
    hearing,
    opinions,
    sums_size,
    weights,
    whole_steps,
)  # fmt: skip
from multivector.kernels.records import FLOOR, Floats, PublicInputs, PublicOutputs, PublicParameters
from multivector.kernels.vectors import LANES
from multivector.kernels.voices import decide, show, tell, weeks
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
AHEAD = 60
"""Ties ahead of which the rows of acquaintances are fetched."""
MOST_TIES = np.iinfo(np.uint16).max // 2
"""Acquaintances whose voices, 0 to 2 each, can be counted."""
_STEP = 0x9E3779B97F4A7C15
_GOLDEN = np.uint64(_STEP)
_MASK = 0xFFFFFFFFFFFFFFFF
_DRAW = 2.0**-31  # of `halves.draws` to -1..1
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

    # what is compiled: lasting differences between citizens, speech short of protest, and all that is summed up. A
    # subclass that leaves some of it OFF (the benchmarks' reference workload) runs the same loops without it.
    _lasting, _speech, _detail = ON, ON, ON

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
        self._blocks = [(lo, min(lo + BLOCK, self.citizens)) for lo in range(0, self.citizens, BLOCK)]
        tasks = self._slots * len(self._blocks)
        self.threads = max(1, min(_processors() if threads is None else int(threads), tasks))
        self._pool: ThreadPoolExecutor | None = None
        self._allocate(anchor, start)
        self._mean = anchor[:, 0, :].clip(-1.0, 1.0)
        self._grievance_mean = start.copy()

    def _seat(self, network_key: Callable[[int], int] | int) -> None:
        """Give each world a slot (a group of lanes with one network) and a lane, and build the networks."""
        taken: dict[tuple[int, int], int] = {}
        seats: dict[tuple[int, int], int] = {}
        networks: dict[int, int] = {}
        structures: list[tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int8]]] = []
        lives_on: list[int] = []
        slots: list[int] = []
        for world in self.worlds.tolist():
            group, lane = divmod(world, LANES)
            copy = taken.get((group, lane), 0)
            taken[group, lane] = copy + 1
            if (group, copy) not in seats:
                if group not in networks:
                    key = network_key(group) if callable(network_key) else group_key(network_key, group)
                    networks[group] = len(structures)
                    structures.append(social_structure(self.citizens, self.shares, key, self.parameters))
                seats[group, copy] = len(lives_on)
                lives_on.append(networks[group])
            slots.append(seats[group, copy])
        self._slot = np.array(slots, dtype=np.int64)
        self._lane = (self.worlds % LANES).astype(np.int64)
        self._slots = len(lives_on)
        self._network = np.array(lives_on, dtype=np.int64)
        sizes = [idx.size for _, idx, _ in structures]
        self._begin = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
        self._ptr = np.stack([ptr for ptr, _, _ in structures])
        beyond = np.zeros(AHEAD, dtype=np.int32)  # what looking ahead finds at the end
        self._idx = np.concatenate([*(idx for _, idx, _ in structures), beyond])
        self._language = np.stack([language for _, _, language in structures])
        most = int(np.diff(self._ptr).max())
        self._table = ON if most < TABLE and can_look_up() else OFF
        if most > MOST_TIES:
            raise ValueError(f"a citizen has more than {MOST_TIES} acquaintances, whose voices are not counted")
        counts = [np.bincount(language, minlength=self.shares.size) for language in self._language]
        self.group_sizes: NDArray[np.int64] = np.array(counts, dtype=np.int64)[self._network[self._slot]]

    def _allocate(self, anchor: Floats, grievance0: Floats) -> None:
        n, slots, p = self.citizens, self._slots, self.parameters
        row, groups = self.powers * LANES, self.shares.size
        self._width, self._pairs = (0,) * self.powers, (0,) * ((self.powers + 1) // 2)
        words_row = len(self._pairs) * LANES
        self._attitude = _aligned((slots, n, words_row), np.uint32)
        self._moved = _aligned((slots, n, words_row), np.uint32)
        self._grievance = _aligned((slots, n, LANES), np.float32)
        self._threshold = _aligned((slots, n, LANES), np.float32)
        self._voice = _aligned((slots, n, LANES), np.uint8)
        self._loud = _aligned((slots, n, LANES), np.uint16)
        self._before = _aligned((slots, n, LANES), np.uint8)
        self._changed = _aligned((slots, n), np.int32)
        halves = [_halves(sub_keys(self._keys, name)) for name in ("grievance", "threshold", "threshold.more")]
        self._lane_keys = self._spread(np.concatenate(halves, axis=1), np.uint32)
        self._row_keys = np.zeros((slots, 4, words_row), dtype=np.uint32)
        self._row_keys[:, 2:] = self._anchor_keys()
        anchors = self._spread(anchor, np.float32).reshape(slots, groups, row)
        level = self._spread(grievance0, np.float32)
        spreads = (whole_steps(_ROOT3 * p.attitude_sd) * _DRAW, _ROOT3 * p.grievance_sd)
        scale = np.array([*spreads, p.threshold_mean, p.threshold_sd, FLOOR], dtype=np.float32)
        for s, network in enumerate(self._network.tolist()):
            lanes.lay_out(
                self._attitude[s], self._grievance[s], self._threshold[s], self._language[network], anchors[s],
                level[s], self._row_keys[s], self._lane_keys[s], scale, self._width, self._pairs,
            )  # fmt: skip
        influence = p.influence if self.network_influence else 0.0
        noise, spread = whole_steps(_ROOT3 * p.noise_sd) * _DRAW, _ROOT3 * p.anchor_rate * p.attitude_sd * _DRAW
        personal = _ROOT3 * p.grievance_rate * p.grievance_sd
        self._rate = np.array([influence * UNIT, noise, spread, p.grievance_rate, personal], dtype=np.float32)
        self._each = _aligned((TABLE,), np.float32)
        self._each[:] = weights(influence)
        self._near = hearing(p.confidence)
        self._noise_keys = sub_keys(self._keys, "noise")
        self._weight = np.float32(p.neighbour_weight if self.cascade else 0.0)
        self._speak = np.float32(p.speak_fraction)
        self._pull = _aligned((slots, groups, row), np.float32)
        self._keep = _aligned((groups, row), np.float32)
        self._origin = _aligned((slots, row), np.float32)
        self._level = _aligned((slots, 3 * LANES), np.float32)
        self._fear = _aligned((slots, LANES), np.float32)
        self._protest = np.zeros((slots, len(self._blocks), p.weeks, LANES), dtype=np.uint32)
        self._shown = np.zeros((slots, len(self._blocks), 2 * LANES))
        self._make_room(0)

    def _make_room(self, issues: int) -> None:
        """Space for what depends on the number of issues."""
        slots, row = self._slots, self.powers * LANES
        size = sums_size(self.shares.size, self.powers, issues)
        self._slope = _aligned((slots, issues, row), np.float32)
        self._issue = _aligned((slots, issues, 4 * LANES), np.float32)
        self._part = _aligned((slots, len(self._blocks), size), np.float32)
        self._total = np.zeros((slots, len(self._blocks), size))
        self._centre = np.zeros((self.worlds.size, issues))

    # ---- between worlds and lanes

    def _spread(self, values: NDArray[Any], dtype: type[Any]) -> NDArray[Any]:
        """(W, ...) to (slots, ..., 16); idle lanes hold zero."""
        out = np.zeros((self._slots, *values.shape[1:], LANES), dtype=dtype)
        out[self._slot, ..., self._lane] = values
        return out

    def _gather(self, values: NDArray[Any]) -> NDArray[Any]:
        """(slots, ..., 16) to (W, ...), C-contiguous."""
        return np.ascontiguousarray(values[self._slot, ..., self._lane])

    def _anchor_keys(self) -> NDArray[np.uint32]:
        """Low (with the pair's counter added) and high halves of the anchors' keys, (slots, 2, (P + 1) // 2 * 16)."""
        keys = self._spread(_halves(sub_keys(self._keys, "anchor")), np.uint32)
        keys = keys[:, :, None, :].repeat(len(self._pairs), axis=2)
        keys[:, 0] += (np.arange(len(self._pairs), dtype=np.uint32) * PAIR_STEP)[:, None]
        return keys.reshape(self._slots, 2, -1)

    @property
    def nbytes(self) -> int:
        """Bytes of state and network (networks that slots share are counted once)."""
        state = (self._attitude, self._moved, self._grievance, self._threshold, self._voice)
        networks = (self._ptr, self._idx, self._language)
        return sum(array.nbytes for array in (*state, self._loud, self._before, self._changed, *networks))

    def attitudes(self) -> NDArray[np.float32]:
        """A copy of all attitudes, (W, citizens, P), whole multiples of 1 / `opinions.SCALE`."""
        found = np.empty((self.worlds.size, self.citizens, self.powers), dtype=np.float32)
        for w, (slot, lane) in enumerate(zip(self._slot.tolist(), self._lane.tolist(), strict=True)):
            found[w] = self._attitudes_of(slot, lane)
        return found

    def _attitudes_of(self, slot: int, lane: int) -> NDArray[np.float32]:
        """Attitudes of the world that sits there, (citizens, P)."""
        pair = self._attitude[slot].reshape(self.citizens, len(self._pairs), LANES)[:, :, lane]
        steps = np.stack([pair, pair >> np.uint32(16)], axis=2).astype(np.uint16).view(np.int16)
        return steps.reshape(self.citizens, -1)[:, : self.powers].astype(np.float32) / np.float32(SCALE)

    def grievances(self) -> NDArray[np.float32]:
        """A copy of all private grievances, (W, citizens)."""
        return self._gather(self._grievance)

    def thresholds(self) -> NDArray[np.float32]:
        """A copy of all protest thresholds, (W, citizens)."""
        return self._gather(self._threshold)

    def voices(self) -> NDArray[np.uint8]:
        """A copy of all voices, (W, citizens): 0 silent, 1 speaks, 2 protests."""
        return self._gather(self._voice)

    def languages(self) -> NDArray[np.int8]:
        """Language group of each citizen, (W, citizens)."""
        return self._language[self._network[self._slot]]

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_pool": None}

    # ---- a month

    def step(self, month: int, inputs: PublicInputs) -> PublicOutputs:
        """Advance all worlds by one month.

        `month` keys the month's noise, so a month can be run again, or out of order, with the same draws.
        """
        given = inputs.check(self.worlds.size, self.shares.size, self.powers)
        self._enter(month, given)
        if len(self._blocks) == 1:
            self._whole_slots()
        else:
            self._slots_in_blocks()
        self._attitude, self._moved = self._moved, self._attitude
        return self._leave(given)

    def _enter(self, month: int, given: PublicInputs) -> None:
        """The month's inputs into lanes, and the sums back to zero."""
        p = self.parameters
        if given.intercept.shape[1] != self._slope.shape[1]:
            self._make_room(given.intercept.shape[1])
        lanes.enter(
            self._slot, self._lane, self._noise_keys, np.uint64((month + 1) * _STEP & _MASK), given.anchor,
            given.media_target, given.exposure, float(p.media_rate if self.media else 0.0), float(p.anchor_rate),
            given.shock, given.strain, given.relief, given.fear, given.slope, given.intercept, given.outcome,
            given.salience, self._mean, self._grievance_mean, self._centre, self._pull, self._keep, self._row_keys,
            self._origin, self._slope, self._issue, self._level, self._fear, self._total, self._shown,
        )  # fmt: skip

    def _leave(self, given: PublicInputs) -> PublicOutputs:
        """The month's sums as outputs by world."""
        worlds, powers, issues = self.worlds.size, self.powers, self._centre.shape[1]
        mean, covariance = np.empty((worlds, powers)), np.empty((worlds, powers, powers))
        group_mean, mood, voices = given.anchor.copy(), np.empty((2, 1 + issues, worlds)), np.empty((4, worlds))
        lanes.leave(
            self._slot, self._lane, self.group_sizes, self.citizens, self._mean, self._grievance_mean, self._centre,
            self._total, self._protest, self._shown, mean, group_mean, covariance, mood, voices,
        )  # fmt: skip
        self._mean, self._grievance_mean = mean, mood[0, 0]
        return PublicOutputs(
            mean=mean,
            group_mean=group_mean,
            covariance=covariance,
            grievance=mood[0, 0],
            grievance_variance=mood[1, 0],
            shown_grievance=voices[1],
            speaking=voices[0],
            protest=voices[2],
            protest_mean=voices[3],
            issue_mean=np.ascontiguousarray(mood[0, 1:].T),
            issue_variance=np.ascontiguousarray(mood[1, 1:].T),
        )

    # ---- small slots: all of a month without a stop

    def _whole_slots(self) -> None:
        bounds = [self._slots * t // self.threads for t in range(self.threads + 1)]
        self._map(self._whole, list(itertools.pairwise(bounds)))

    def _whole(self, first: int, last: int) -> None:
        """The month of some slots."""
        self._opinions(first, last, 0, 0, self.citizens)
        weeks(
            first, last, self._grievance, self._threshold, self._voice, self._loud, self._network, self._begin,
            self._ptr, self._idx, self._fear, self._weight, self._speak, not self.concealment, self._changed,
            self._before, self._part, self._protest, self._shown, self._speech, self._detail,
        )  # fmt: skip

    def _opinions(self, first: int, last: int, block: int, lo: int, hi: int) -> None:
        """Attitudes and grievance of some citizens of some slots."""
        opinions(
            first, last, block, lo, hi, self._attitude, self._moved, self._grievance, self._network, self._begin,
            self._ptr, self._idx, self._language, self._pull, self._keep, self._row_keys, self._lane_keys,
            self._origin, self._slope, self._issue, self._level, self._rate, self._each, self._near, AHEAD,
            self._part, self._total, self._width, self._pairs, self._lasting, self._detail, self._table,
        )  # fmt: skip

    # ---- large slots: block by block; a week must end everywhere before the next begins

    def _slots_in_blocks(self) -> None:
        tasks = [(s, b, lo, hi) for s in range(self._slots) for b, (lo, hi) in enumerate(self._blocks)]
        self._map(self._opinions, [(s, s + 1, *block) for s, *block in tasks])
        final = self.parameters.weeks
        for week in range(final):
            ends = self._map(self._week, [(*task, week) for task in tasks])
            if all(end == lo for (_, _, lo, _), end in zip(tasks, ends, strict=True)):
                break
            self._map(self._tell_others, [(s, ends) for s in range(self._slots)])
        if self._detail == ON:
            self._map(self._show, tasks)

    def _week(self, s: int, block: int, lo: int, hi: int, week: int) -> int:
        """Some citizens of a slot decide, and tell each other; the end of their list of changes."""
        ptr, idx = self._ties(s)
        voice, loud, changed, before = self._voice[s], self._loud[s], self._changed[s], self._before[s]
        end: int = decide(
            self._grievance[s], self._threshold[s], voice, loud, ptr, self._fear[s], self._weight, self._speak,
            lo, hi, changed, before, self._protest[s, block], week, self._speech,
        )  # fmt: skip
        tell(voice, loud, ptr, idx, changed, before, lo, end, lo, hi, True)
        return end

    def _tell_others(self, s: int, ends: Sequence[int]) -> None:
        """Those of a slot who have changed tell their acquaintances in other blocks."""
        ptr, idx = self._ties(s)
        voice, loud, changed, before = self._voice[s], self._loud[s], self._changed[s], self._before[s]
        for b, (lo, hi) in enumerate(self._blocks):
            tell(voice, loud, ptr, idx, changed, before, lo, ends[s * len(self._blocks) + b], lo, hi, False)

    def _show(self, s: int, block: int, lo: int, hi: int) -> None:
        """What is seen of some citizens of a slot."""
        part, shown = self._part[s, block], self._shown[s, block]
        show(self._grievance[s], self._voice[s], not self.concealment, lo, hi, part, shown)

    def _ties(self, s: int) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """The network of a slot."""
        k = self._network[s]
        return self._ptr[k], self._idx[self._begin[k] : self._begin[k + 1]]

    def _map(self, task: Callable[..., Any], arguments: Sequence[tuple[Any, ...]]) -> list[Any]:
        """The results in order, on the pool if there is more than one thread (loops drop the GIL)."""
        if self.threads == 1 or len(arguments) == 1:
            return [task(*a) for a in arguments]
        if self._pool is None:
            self._pool = ThreadPoolExecutor(self.threads, thread_name_prefix="citizens")
        return list(self._pool.map(lambda a: task(*a), arguments))


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
