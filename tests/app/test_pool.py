"""Worker processes: one place in the queue for each browser, cancelling, killing, and what is kept."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from multivector.app.asked import Asked
from multivector.app.cache import Cache, Kept
from multivector.app.limits import Limits
from multivector.app.pool import Full, Job, Pool
from multivector.app.work import Task
from tests.app import workers

LIMITS = replace(Limits(), workers=1, queue=3, job_seconds=1.0)
Make = Callable[..., Pool]


@pytest.fixture
def make() -> Iterator[Make]:
    pools = []

    def make_(target: Callable[..., None] = workers.quick, limits: Limits = LIMITS) -> Pool:
        pool = Pool(limits, Cache(1_000_000), target)
        pools.append(pool)
        pool.start()
        return pool

    yield make_
    for pool in pools:
        pool.close()


def task(*sets: str) -> Task:
    return Task("run", Asked("january-2022", "", sets, 7, 10, None))


def ended(job: Job, patience: float = 30) -> Job:
    until = time.monotonic() + patience
    while not job.ended and time.monotonic() < until:
        time.sleep(0.02)
    return job


def test_runs_cancels_kills_and_goes_on(make: Make) -> None:
    pool = make()
    first = ended(pool.submit("a", task("x=1")))
    assert first.state == "done" and pool.cache.key_of(first.task.asked.digest) == first.key
    pid = pool.cache.get(first.key).body  # type: ignore[union-attr]

    # one place a browser: asking again takes the old request back
    running = pool.submit("a", task("slow"))
    while running.done == 0:
        time.sleep(0.01)
    other = pool.submit("a", task("x=2"))
    assert running.state == "cancelled" and ended(other).state == "done"
    assert pool.job("b", other.id) is None and pool.job("a", other.id) is other
    # the process listened, and was kept
    assert pool.cache.get(other.key).body.split(b"pid")[1] == pid.split(b"pid")[1]  # type: ignore[union-attr]

    # a run without end is killed, a process that dies is told of, and the next run works
    for bad, said in (("hang", "longer"), ("die", "ended")):
        lost = ended(pool.submit("a", task(bad)))
        assert lost.state == "failed" and said in lost.problems[0]["message"]
    again = ended(pool.submit("a", task("x=3")))
    assert again.state == "done"
    assert pool.cache.get(again.key).body.split(b"pid")[1] != pid.split(b"pid")[1]  # type: ignore[union-attr]


def test_the_queue_is_fair_and_has_an_end(make: Make) -> None:
    pool = make()
    jobs = [pool.submit(f"s{n}", task("slow", str(n))) for n in range(3)]
    with pytest.raises(Full):
        for n in range(3, 6):
            jobs.append(pool.submit(f"s{n}", task("slow", str(n))))
    assert pool.ahead(jobs[2]) >= 1
    pool.cancel("s1")
    assert jobs[1].state == "cancelled"


def test_workers_that_cannot_start_are_told_once(make: Make) -> None:
    pool = make(workers.broken)
    job = ended(pool.submit("a", task()))
    assert job.state == "failed" and "no model here" in pool.broken
    with pytest.raises(Full):
        pool.submit("a", task())


def test_the_cache_is_bounded_in_bytes() -> None:
    cache = Cache(100_000)
    for n in range(50):
        cache.put(str(n), Kept(b"x" * 5000, {}, {}, ""))
        cache.link(f"d{n}", str(n))
    assert cache.size <= 100_000 and cache.get("49") is not None
    assert cache.get("0") is None and cache.key_of("d0") is None
