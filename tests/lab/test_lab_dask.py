"""The Dask executor against a real scheduler and real workers on this machine."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from studies import go, plan

from multivector.lab.dask_execution import DaskCluster, DaskError
from multivector.lab.results import open_batch

pytestmark = pytest.mark.cluster
pytest.importorskip("distributed")
HERE = Path(__file__).parent
ENVIRONMENT = {**os.environ, "PYTHONPATH": os.pathsep.join([os.environ.get("PYTHONPATH", ""), str(HERE)])}


def started(*arguments: str) -> subprocess.Popen[bytes]:
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    return subprocess.Popen([sys.executable, "-m", "dask", *arguments], env=ENVIRONMENT, **quiet)  # type: ignore[call-overload,no-any-return]


@contextmanager
def cluster(workers: int) -> Iterator[tuple[str, list[subprocess.Popen[bytes]]]]:
    """A scheduler and workers without nannies: who is killed stays dead."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address = f"tcp://127.0.0.1:{port}"
    processes = [started("scheduler", "--host", "127.0.0.1", "--port", str(port), "--no-dashboard")]
    try:
        hands = [
            started("worker", address, "--nthreads", "1", "--no-nanny", "--no-dashboard", "--name", f"w{number}")
            for number in range(workers)
        ]
        processes += hands
        yield address, hands
    finally:
        for process in reversed(processes):
            process.kill()
        for process in processes:
            process.wait(timeout=20)


def waited(address: str, count: int) -> None:
    """Until so many workers are there."""
    from distributed import Client

    deadline = time.monotonic() + 120
    while True:
        try:
            with Client(address, timeout=5, set_as_default=False) as client:
                client.wait_for_workers(count, timeout=90)
                return
        except OSError:
            if time.monotonic() > deadline:
                raise


def test_a_killed_worker_costs_nothing_and_both_have_worked(tmp_path: Path) -> None:
    from distributed import Client

    study = plan(tmp_path, worlds=64, levels="[0.1, 0.2, 0.4, 0.6, 0.8, 0.9]", split=True)
    go(study, tmp_path / "here")
    with cluster(2) as (address, hands):
        waited(address, 2)
        watcher = Client(address, set_as_default=False)
        pids = {worker: pid for worker, pid in watcher.run(os.getpid).items()}
        victim = next(worker for worker, pid in pids.items() if pid == hands[0].pid)
        executor = DaskCluster(address)
        in_flight: list[object] = []
        finished: list[int] = []

        def progress(done: int, total: int, failed: int) -> None:
            finished.append(done)
            if not in_flight and executor.done_by[victim] and len(executor.done_by) == 2:
                in_flight.extend(watcher.processing()[victim])
                if in_flight:
                    hands[0].send_signal(signal.SIGKILL)

        tally = go(study, tmp_path / "there", executor, progress=progress)
        watcher.close()
    assert in_flight, "the killed worker had nothing in flight"
    assert set(executor.done_by) == set(pids) and all(executor.done_by.values())
    assert hands[0].returncode is not None and tally.failed == 0 and tally.finished == tally.worlds
    assert (tmp_path / "there/outcomes.parquet").read_bytes() == (tmp_path / "here/outcomes.parquet").read_bytes()
    assert open_batch(str(tmp_path / "there")).counts["failed"] == 0


def test_what_kills_every_worker_is_lost_and_the_rest_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    import killing

    # a scheduler gives up after four deaths; here after two, so that few workers are needed
    monkeypatch.setitem(ENVIRONMENT, "DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES", "1")
    with cluster(3) as (address, _):
        waited(address, 3)
        done = {one.item: one for one in DaskCluster(address).map(killing.double, [1, 2, 13, 4])}
    assert {item: one.result for item, one in done.items()} == {1: 2, 2: 4, 13: None, 4: 8}
    assert "died every time" in done[13].lost


def test_a_scheduler_that_is_not_there_is_said() -> None:
    with pytest.raises(DaskError, match="no Dask scheduler answers"):
        DaskCluster("tcp://127.0.0.1:9")
