"""The executor that works on a Dask cluster: `multivector batch STUDY.yaml --dask ADDRESS`.

Work and results travel as pure data, so that workers need this package in the same version and nothing else: no common
disk, no state. Dask runs again what a dead worker had in flight; what kills its worker every time comes back as lost.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter
from collections.abc import Callable, Generator, Iterable
from itertools import islice
from typing import TYPE_CHECKING, Any, TypeVar

from multivector.lab.errors import LabError
from multivector.lab.execution import Done

if TYPE_CHECKING:
    from distributed import Client, Future

__all__ = ["DaskCluster", "DaskError"]

T = TypeVar("T")
R = TypeVar("R")

_AHEAD = 2
"""Items in flight per worker: one at work, one waiting."""
_CONNECT_SECONDS, _WORKER_SECONDS, _LOOK_SECONDS = 10.0, 60.0, 2.0
_INSTALL = "pip install 'multivector[dask]'"

_log = logging.getLogger("multivector.dask")
_alone = threading.Lock()


class DaskError(LabError):
    """A cluster that cannot be reached or used."""


def _work_alone(work: Callable[[T], R], item: T) -> tuple[str, R]:
    """On a worker: the result, and the worker's address.

    One item at a time in a process, whatever its number of threads: the compiled kernels are one per process.
    """
    from distributed import get_worker

    with _alone:
        return str(get_worker().address), work(item)


def _who_are_you() -> tuple[str, str]:
    """On a worker: version and hash of the model's code."""
    from multivector import __version__
    from multivector.lab.provenance import code_hash

    return __version__, code_hash()


class DaskCluster:
    """Workers of a Dask scheduler as an `Executor`.

    Parameters
    ----------
    address : of the scheduler (`tcp://host:8786`, `tls://…`), or the path of a scheduler file (`*.json`).

    Attributes
    ----------
    done_by : worker address → items that it finished.

    Raises
    ------
    DaskError : Dask is not installed, nobody answers, no worker comes, or the workers have another multivector.
    """

    def __init__(self, address: str) -> None:
        self.address = address
        self.done_by: Counter[str] = Counter()
        self._client = _connected(address)
        try:
            self._client.wait_for_workers(1, timeout=_WORKER_SECONDS)
            self._check_workers()
        except TimeoutError:
            self.close()
            message = f"the scheduler at {address} has no workers ({_WORKER_SECONDS:.0f} s waited)"
            raise DaskError(message, key="--dask", suggestion=f"dask worker {address}", code=1) from None
        except BaseException:
            self.close()
            raise
        self._counted, self._count = 0.0, 1

    @property
    def workers(self) -> int:
        """Worker processes that are there now."""
        now = time.monotonic()
        if now - self._counted > _LOOK_SECONDS:
            self._counted, self._count = now, max(1, len(self._client.nthreads()))
        return self._count

    def map(self, work: Callable[[T], R], items: Iterable[T]) -> Generator[Done[T, R], None, None]:
        """Yield each item's result as it is there; workers may come and go meanwhile.

        Raises
        ------
        DaskError : the scheduler is gone.
        """
        from distributed import as_completed

        waiting, flying = iter(items), dict[Any, T]()
        arriving = as_completed(loop=self._client.loop)
        try:
            while True:
                for item in islice(waiting, max(_AHEAD * self.workers - len(flying), 0)):
                    future = self._client.submit(_work_alone, work, item, pure=False)
                    flying[future] = item
                    arriving.add(future)
                if not flying:
                    break
                future = next(arriving)
                item = flying.pop(future)
                yield self._done(future, item)
        except (OSError, TimeoutError) as error:
            raise self._gone() from error
        finally:
            for future in flying:
                future.cancel()
            self.close()
        for worker, count in sorted(self.done_by.items()):
            _log.info("%s finished %d blocks", worker, count)

    def close(self) -> None:
        """Let go of the scheduler; its workers stay."""
        self._client.close(timeout=5)

    def _done(self, future: Future, item: T) -> Done[T, Any]:
        from distributed import KilledWorker
        from distributed.client import FutureCancelledError

        try:
            worker, result = future.result()
        except KilledWorker as error:
            return Done(item, lost=f"its worker died every time it was tried: {str(error).splitlines()[0][:200]}")
        except FutureCancelledError:
            raise self._gone() from None
        self.done_by[worker] += 1
        _log.debug("%s finished a block", worker)
        return Done(item, result)

    def _gone(self) -> DaskError:
        return DaskError(
            f"the connection to the scheduler at {self.address} is lost; what is finished is kept",
            key="--dask",
            suggestion="the same command goes on, on this or another scheduler, or without --dask",
            code=1,
        )

    def _check_workers(self) -> None:
        """Refuse workers that would arrive at other results."""
        here = _who_are_you()
        try:
            found = self._client.run(_who_are_you, on_error="return")
        except Exception as error:  # whatever a foreign worker answers
            raise self._strangers(f"they answered with {type(error).__name__}: {error}") from error
        for worker, answer in found.items():
            if isinstance(answer, BaseException):
                raise self._strangers(f"{worker} answered with {type(answer).__name__}: {answer}")
            if tuple(answer) != here:
                same = answer[0] == here[0]
                other = "the same version with other code" if same else f"version {answer[0]}, here it is {here[0]}"
                raise self._strangers(f"{worker} has {other}")

    def _strangers(self, why: str) -> DaskError:
        return DaskError(
            f"the workers at {self.address} do not have this multivector: {why}",
            key="--dask",
            suggestion=f"in the workers' environment: {_INSTALL}, in the same version as here",
            code=1,
        )


def _connected(address: str) -> Client:
    """A client of the scheduler. Raises DaskError."""
    try:
        from distributed import Client
    except ImportError:
        raise DaskError("--dask needs Dask, which is not installed", key="--dask", suggestion=_INSTALL) from None
    logging.getLogger("distributed").setLevel(logging.ERROR)
    where = {"scheduler_file": address} if address.endswith(".json") else {"address": address}
    try:
        return Client(**where, timeout=_CONNECT_SECONDS, set_as_default=False)
    except (OSError, TimeoutError, ValueError) as error:
        said = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise DaskError(
            f"no Dask scheduler answers at {address}: {said}",
            key="--dask",
            suggestion="dask scheduler; then give the address that it prints, such as tcp://127.0.0.1:8786",
        ) from error
