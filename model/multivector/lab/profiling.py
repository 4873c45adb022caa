"""Where the time of a run goes: seconds by phase, on the clock and of the processor."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from multivector.model import MultivectorModel

__all__ = ["AROUND", "Profile"]

T = TypeVar("T")

#: What surrounds the months of a run, in order: (phase, what happens). The months' own phases are `model.PHASES`.
AROUND: tuple[tuple[str, str], ...] = (
    ("scenario", "the scenario is read and checked"),
    ("imports", "libraries are imported"),
    ("compile", "what the cache lacks is compiled"),
    ("build", "worlds are built: networks, citizens, actors"),
    ("tables", "tables are made, summed up and written"),
    ("baseline", "the baseline of the figures is run"),
    ("figures", "figures are drawn"),
)


class Profile:
    """Seconds by phase. Phases may lie within one another: each counts without what lies within it.

    A phase's processor seconds are of all threads of this process, and so may exceed its seconds on the clock;
    compiling ahead in a helper process (`lab.warmup`) shows on the clock only.
    """

    def __init__(self) -> None:
        self._spent: dict[str, list[float]] = {}
        self._open: list[str] = []
        self._since = (time.perf_counter(), time.process_time())

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        """Count what is done in this context."""
        self._charge()
        self._open.append(name)
        try:
            yield
        finally:
            self._charge()
            self._open.pop()

    def watch(self, model: MultivectorModel) -> None:
        """Count the phases of a model's months."""
        from multivector.model import PHASES

        for name, _ in PHASES:
            setattr(model, name, self._counted(name, getattr(model, name)))

    def _counted(self, name: str, work: Callable[[], T]) -> Callable[[], T]:
        def counted() -> T:
            with self.phase(name):
                return work()

        return counted

    def _charge(self) -> None:
        """Put the time since the last change down to the phase that is open."""
        now = (time.perf_counter(), time.process_time())
        if self._open:
            spent = self._spent.setdefault(self._open[-1], [0.0, 0.0])
            for clock in (0, 1):
                spent[clock] += now[clock] - self._since[clock]
        self._since = now

    def rows(self) -> list[dict[str, Any]]:
        """Every phase that took place, in the order in which a run meets them: name, what, seconds, share."""
        from multivector.model import PHASES

        known = dict((*AROUND[:4], *PHASES, *AROUND[4:]))
        whole = sum(wall for wall, _ in self._spent.values())
        return [
            {
                "phase": name,
                "what": what,
                "seconds": round(self._spent[name][0], 4),
                "processor_seconds": round(self._spent[name][1], 4),
                "share": round(self._spent[name][0] / whole, 4) if whole else 0.0,
            }
            for name, what in known.items()
            if name in self._spent
        ]
