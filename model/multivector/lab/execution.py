"""Executors: one small protocol behind which work runs, here, in processes, or later on a cluster.

An executor maps a picklable function over picklable items and yields `Done`s as they come, in any order, taking items
only as fast as it can work: neither items nor results pile up. What the function raises is for the function to catch;
an executor reports only that a worker was lost.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

__all__ = ["Done", "Executor", "InProcess", "Processes", "cores", "executor_for"]

T = TypeVar("T")
R = TypeVar("R")

_AHEAD = 2
"""Items in flight per worker: one at work, one waiting, so that no worker idles."""

_log = logging.getLogger("multivector.execution")


@dataclass(frozen=True)
class Done(Generic[T, R]):
    """An item whose work has ended: `result`, or `lost` = why there is none (its worker died)."""

    item: T
    result: R | None = None
    lost: str = ""


class Executor(Protocol):
    """What runs work.

    `map` yields one `Done` for each item, in any order, and holds at most a few items per worker in flight. It raises
    what the function raises. Leaving its generator early (Ctrl-C, `close`) stops the workers; what is in flight is
    lost, nothing else.
    """

    @property
    def workers(self) -> int:
        """How many items are worked on at a time."""
        ...

    def map(self, work: Callable[[T], R], items: Iterable[T]) -> Generator[Done[T, R], None, None]:
        """Yield each item's result as it is there."""
        ...


def cores() -> int:
    """Processor cores that this process may use."""
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity is not None else os.cpu_count() or 1


def executor_for(workers: int) -> Executor:
    """In this process for one worker, else in as many processes."""
    return InProcess() if workers == 1 else Processes(workers)


class InProcess:
    """Everything in this process, one item after the other."""

    workers = 1

    def map(self, work: Callable[[T], R], items: Iterable[T]) -> Generator[Done[T, R], None, None]:
        """Yield each item's result, in order."""
        for item in items:
            yield Done(item, work(item))


class Processes:
    """Worker processes, started fresh (spawn), so that they are alike on every system.

    A worker that dies (killed, out of memory) breaks its pool: the items in flight are tried again one at a time in a
    new one, and the item in whose company of one a worker dies again is reported as lost.
    """

    def __init__(self, workers: int) -> None:
        if workers < 1:
            raise ValueError(f"workers must be 1 or more, not {workers}")
        self.workers = workers

    def map(self, work: Callable[[T], R], items: Iterable[T]) -> Generator[Done[T, R], None, None]:
        """Yield each item's result as it is there."""
        waiting = iter(items)
        while True:
            broken: list[T] = []
            yield from self._round(work, waiting, broken, self.workers, _AHEAD * self.workers)
            if not broken:
                return
            _log.warning("a worker process died; the %d items in flight run again one by one", len(broken))
            suspects = iter(broken)
            while True:
                killers: list[T] = []
                yield from self._round(work, suspects, killers, workers=1, ahead=1)
                if not killers:
                    break
                yield Done(killers[0], lost="the worker process died: it was killed, or memory ran out")

    def _round(
        self, work: Callable[[T], R], items: Iterator[T], broken: list[T], workers: int, ahead: int
    ) -> Generator[Done[T, R], None, None]:
        """Work until the items end or the pool breaks; what was in flight then goes to `broken`."""
        pool = _Pool(workers)
        try:
            flying: dict[Future[R], T] = {}
            while True:
                for item in islice(items, ahead - len(flying)):
                    try:
                        flying[pool.executor.submit(work, item)] = item
                    except BrokenProcessPool:
                        broken.append(item)
                        break
                if not flying:
                    break
                ended, _ = wait(flying, return_when=FIRST_COMPLETED)
                for future in ended:
                    item = flying.pop(future)
                    try:
                        result = future.result()
                    except BrokenProcessPool:
                        broken.append(item)
                        continue
                    yield Done(item, result)
                if broken:
                    broken.extend(flying.values())
                    flying.clear()
                    break
            pool.end()
        finally:
            pool.stop()


class _Pool:
    """A pool whose workers go when this process lets go of a pipe: at once when asked to, and when it is killed."""

    def __init__(self, workers: int) -> None:
        import multiprocessing

        context = multiprocessing.get_context("spawn")
        self._reader, self._leash = context.Pipe(duplex=False)
        self.executor = ProcessPoolExecutor(
            workers, mp_context=context, initializer=_start_worker, initargs=(self._reader,)
        )

    def end(self) -> None:
        """Let the workers finish and go."""
        self.executor.shutdown(wait=True, cancel_futures=True)

    def stop(self) -> None:
        """Let the workers go at once, whatever they do; after `end` there is nothing left to stop."""
        self._leash.close()
        self._reader.close()
        self.executor.shutdown(wait=True, cancel_futures=True)


def _start_worker(leash: Connection[Any, Any]) -> None:
    """Set up a worker: one thread, no Ctrl-C of its own, and an end when the parent lets go of the leash."""
    import signal
    import threading

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    logging.getLogger("multivector").addHandler(logging.NullHandler())  # what fails comes back as a row
    for name in ("NUMBA_NUM_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ[name] = "1"

    def watch() -> None:
        try:
            leash.recv_bytes()
        except (EOFError, OSError):
            os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
