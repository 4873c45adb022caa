"""Citizen-steps a second on the reference workload: the model's kernel, other libraries, and what the machine allows.

CPU time throughout, one thread, best of many runs. The kernel is measured before and after the peers and the better
is kept, since a shared machine slows now one and now the other.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from benchmarks import reference as ref
from benchmarks.limits import best_seconds, limits
from benchmarks.peers import PEERS, Missing, frames_seconds
from benchmarks.whole import full_inputs, full_public
from multivector.kernels.public import Citizens

__all__ = ["FRAMES", "KERNEL", "PUBLIC", "Settings", "measure"]

KERNEL = "multivector, reference workload"
PUBLIC = "multivector, the full public"
FRAMES = "mesa-frames"


@dataclass(frozen=True)
class Settings:
    """How much to measure.

    Attributes
    ----------
    sizes : numbers of citizens. seconds : spent on each figure of the kernel and of the machine.
    patience : a peer is left out where its build and two steps are expected to take longer (seconds).
    frames_python : interpreter that has mesa-frames; None for this one.
    """

    sizes: tuple[int, ...] = (1_000, 10_000, 100_000, 1_000_000)
    seconds: float = 1.0
    patience: float = 40.0
    frames_python: str | None = None
    say: Callable[[str], None] = field(default=lambda text: None)


def worlds_for(citizens: int) -> int:
    """Worlds run together: sixteen lanes, and with few citizens more of them, as an ensemble has."""
    return 64 if citizens < 4_000 else 16


def measure(settings: Settings) -> dict[str, Any]:
    """For each size: citizen-steps a second by implementation, what was left out and why, and the machine's limits."""
    found: dict[str, Any] = {}
    peers = _Peers(settings)
    for citizens in settings.sizes:
        settings.say(f"{citizens:,} citizens")
        worlds = worlds_for(citizens)
        public = ref.ReferenceCitizens.of(citizens, worlds)
        start = ref.start_of(public)
        public.step(0, ref.inputs(worlds))
        whole = full_public(citizens, worlds)
        allowed = limits(public, settings.seconds / 2)
        ours = {KERNEL: _rate(public, settings.seconds), PUBLIC: _rate(whole, settings.seconds)}
        rates, left_out = peers.measure(start)
        allowed = max(allowed, limits(public, settings.seconds / 2), key=lambda limit: float(limit["limit"]))
        ours = {
            KERNEL: max(ours[KERNEL], _rate(public, settings.seconds)),
            PUBLIC: max(ours[PUBLIC], _rate(whole, settings.seconds)),
        }
        found[str(citizens)] = {"worlds": worlds, "rates": ours | rates, "left_out": left_out, "machine": allowed}
    return found


def _rate(public: Citizens, seconds: float) -> float:
    """Citizen-steps a second of CPU time, inputs and outputs included."""
    reference = isinstance(public, ref.ReferenceCitizens)
    given = ref.inputs(public.worlds.size) if reference else full_inputs(public)
    month = iter(range(1, 1_000_000))
    public.step(0, given)
    if public.citizens >= 100_000:  # a step takes long, and the best of few is no best
        seconds *= 3.0
    return public.citizens * public.worlds.size / best_seconds(lambda: public.step(next(month), given), seconds)


class _Peers:
    """The other libraries; what one has cost tells what the next size will cost."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.missing: dict[str, str] = {}
        self.seconds_each: dict[str, float] = {}  # of a citizen, build and two steps
        tiny = ref.start_of(ref.ReferenceCitizens.of(50, 1))
        for name in (*PEERS, FRAMES):  # imports are not counted
            try:
                self.run(name, tiny)
            except Missing as missing:
                self.missing[name] = str(missing)

    def measure(self, start: ref.Start) -> tuple[dict[str, float], dict[str, str]]:
        """Citizen-steps a second by name, and reasons why some are not there."""
        citizens, rates, left_out = start.grievance.size, {}, dict(self.missing)
        for name in (*PEERS, FRAMES):
            expected = self.seconds_each.get(name, 0.0) * citizens
            if name in self.missing:
                continue
            if expected > self.settings.patience:
                left_out[name] = f"about {expected:,.0f} s (see --patience)"
                continue
            if expected > 10.0:
                self.settings.say(f"  {name}: about {expected:,.0f} s")
            seconds, self.seconds_each[name] = self.run(name, start)
            rates[name] = citizens / seconds
            self.settings.say(f"  {name}: {rates[name] / 1e6:.3f} M")
        return rates, left_out

    def run(self, name: str, start: ref.Start) -> tuple[float, float]:
        """CPU seconds of the best step, and seconds for each citizen of a build and two steps."""
        citizens = start.grievance.size
        if name == FRAMES:
            found = frames_seconds(start, self.settings.frames_python, 2, 3 if citizens <= 10_000 else 1)
            return found["cpu"], 8.0 * found["wall"] / citizens
        began = time.perf_counter()
        peer = PEERS[name](start)
        built = time.perf_counter() - began
        best = best_seconds(peer.step, 1.0, least=1)  # and once before, to see how long it takes
        return best, (built + 2.0 * best) / citizens
