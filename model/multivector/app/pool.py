"""Killable worker processes behind one fair queue: each browser has one place in it.

A slot is a thread that holds one process. It hands over a task, passes on the progress, ends the run when the browser
leaves or the time is over, and starts a new process when the old one had to be killed.
"""

from __future__ import annotations

import logging
import multiprocessing
import secrets
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from multivector.app.asked import Refusal
from multivector.app.cache import Cache, Kept
from multivector.app.limits import Limits
from multivector.app.work import Task, serve_tasks

__all__ = ["Full", "Job", "Pool"]

_log = logging.getLogger("multivector.serve")
_GRACE = 5.0
"""Seconds that a run has to notice `stop` before its process is killed."""
_TRIES = 3
"""Starts of a process that may fail in a row."""
_ENDED = ("done", "failed", "cancelled")


class Full(Exception):
    """The queue takes no more."""


@dataclass(eq=False)
class Job:
    """One request under way.

    `state` goes from `waiting` over `running` to `done`, `failed` or `cancelled`; `key` is that of the finished run.
    """

    session: str
    task: Task
    id: str = field(default_factory=lambda: secrets.token_urlsafe(12))
    state: str = "waiting"
    done: int = 0
    total: int = 0
    key: str = ""
    body: bytes = b""
    problems: list[dict[str, Any]] = field(default_factory=list)

    @property
    def ended(self) -> bool:
        """Whether nothing more will happen."""
        return self.state in _ENDED


class Pool:
    """The queue and its slots. Public methods may be called from any thread."""

    def __init__(self, limits: Limits, cache: Cache, target: Callable[..., None] = serve_tasks) -> None:
        self.limits, self.cache, self.target = limits, cache, target
        self.ready = 0
        self.broken = ""
        self._lock = threading.Condition()
        self._waiting: deque[Job] = deque()
        self._mine: dict[str, Job] = {}
        self._closing = False
        self._threads = [threading.Thread(target=self._slot, daemon=True) for _ in range(limits.workers)]

    def start(self) -> None:
        """Start the slots; processes warm up in the background."""
        for thread in self._threads:
            thread.start()

    def close(self) -> None:
        """Kill what runs and forget what waits."""
        with self._lock:
            self._closing = True
            for job in self._mine.values():
                if not job.ended:
                    job.state = "cancelled"
            self._waiting.clear()
            self._mine.clear()
            self._lock.notify_all()
        for thread in self._threads:
            if thread.is_alive():
                thread.join(timeout=5)

    def submit(self, session: str, task: Task) -> Job:
        """Queue a task; what the session asked before is cancelled. Raises Full."""
        with self._lock:
            self._drop(session)
            if self._closing or self.broken or len(self._waiting) >= self.limits.queue:
                raise Full
            job = Job(session, task)
            self._mine[session] = job
            self._waiting.append(job)
            self._lock.notify()
            return job

    def cancel(self, session: str) -> None:
        """Take back what a session has asked for."""
        with self._lock:
            self._drop(session)

    def _drop(self, session: str) -> None:
        old = self._mine.pop(session, None)
        if old is not None and not old.ended:
            old.state = "cancelled"
            if old in self._waiting:
                self._waiting.remove(old)

    def job(self, session: str, name: str) -> Job | None:
        """A session's own job by its id; nobody else's."""
        found = self._mine.get(session)
        return found if found is not None and secrets.compare_digest(found.id, name) else None

    def ahead(self, job: Job) -> int:
        """How many wait before it."""
        with self._lock:
            return self._waiting.index(job) if job in self._waiting else 0

    # one thread for each slot

    def _slot(self) -> None:
        worker: _Worker | None = None
        failures = 0
        while not self._closing:
            if worker is None or not worker.alive:
                worker = self._begin()
                if worker is None:
                    failures += 1
                    if failures >= _TRIES:
                        return self._give_up()
                    continue
                failures = 0
            job = self._next()
            if job is None:
                break
            try:
                good = self._run(worker, job)
            except (EOFError, OSError):
                self._fail(job, "the run was ended: it needed too much memory, or its process broke")
                good = False
            except Exception:
                _log.exception("a slot failed")
                self._fail(job, "the run failed")
                good = False
            if not good:
                worker.kill()
                worker = None
                with self._lock:
                    self.ready -= 1
        if worker is not None:
            worker.kill()

    def _give_up(self) -> None:
        """No process can be started: say so to whoever waits, and take nothing more."""
        _log.error("worker processes cannot be started: %s", self.broken or "they end at once")
        with self._lock:
            self.broken = self.broken or "worker processes cannot be started"
            for job in self._waiting:
                job.problems, job.state = Refusal.of("the server cannot run the model").problems, "failed"
            self._waiting.clear()

    def _begin(self) -> _Worker | None:
        worker = _Worker(self.target, self.limits)
        until = time.monotonic() + 180
        while not self._closing and time.monotonic() < until and worker.alive:
            if worker.pipe.poll(0.2):
                try:
                    said = worker.pipe.recv()
                except (EOFError, OSError):
                    break
                if said[0] != "ready":
                    self.broken = str(said[1])
                    break
                with self._lock:
                    self.broken = ""
                    self.ready += 1
                return worker
        worker.kill()
        if not self._closing:
            time.sleep(0.5)
        return None

    def _next(self) -> Job | None:
        with self._lock:
            while not self._waiting and not self._closing:
                self._lock.wait(1.0)
            if self._closing:
                return None
            job = self._waiting.popleft()
            job.state = "running"
            return job

    def _run(self, worker: _Worker, job: Job) -> bool:
        """Pass a job to its worker; returns whether the process can go on."""
        worker.pipe.send(job.task)
        until = time.monotonic() + self.limits.job_seconds
        asked_to_stop = 0.0
        while True:
            if self._closing:
                return False
            if worker.pipe.poll(0.05):
                message = worker.pipe.recv()
                if message[0] == "progress":
                    job.done, job.total = message[1], message[2]
                elif message[0] == "resolved":
                    if self._known(job, message[1]):
                        worker.pipe.send("skip")
                        return True
                    worker.pipe.send("go" if job.state == "running" else "skip")
                    if job.state != "running":
                        return True
                    job.key = message[1]
                else:
                    self._finish(job, message)
                    return True
            now = time.monotonic()
            if job.state == "cancelled":
                if not asked_to_stop:
                    asked_to_stop = now
                    if job.key:
                        worker.pipe.send("stop")
                elif now - asked_to_stop > _GRACE:
                    return False
            elif now > until:
                self._fail(job, f"the run took longer than {self.limits.job_seconds:g} seconds and was ended")
                return False

    def _known(self, job: Job, key: str) -> bool:
        kept = self.cache.get(key)
        if kept is None:
            return False
        self.cache.link(job.task.asked.digest, key)
        with self._lock:
            if job.state == "running":
                job.key, job.state = key, "done"
        return True

    def _finish(self, job: Job, message: tuple[Any, ...]) -> None:
        if message[0] == "done" and job.task.kind == "run":
            asked = job.task.asked
            group = f"{asked.scenario}|{asked.yaml}|{asked.seed}|{asked.worlds}|{asked.citizens}"
            self.cache.put(job.key, Kept(message[1], message[2], message[3], group))
            self.cache.link(asked.digest, job.key)
        with self._lock:
            if job.state != "running":
                return
            if message[0] == "done":
                job.body = message[1] if job.task.kind != "run" else b""
                job.state = "done"
            elif message[0] == "failed":
                job.problems, job.state = message[1], "failed"
            else:
                job.state = "cancelled"

    def _fail(self, job: Job, why: str) -> None:
        with self._lock:
            if job.state == "running":
                job.problems, job.state = Refusal.of(why).problems, "failed"


class _Worker:
    """A process and its pipe."""

    def __init__(self, target: Callable[..., None], limits: Limits) -> None:
        context = multiprocessing.get_context("spawn")
        self.pipe, theirs = context.Pipe()
        self.process = context.Process(target=target, args=(theirs, limits), daemon=True)
        self.process.start()
        theirs.close()

    @property
    def alive(self) -> bool:
        return self.process.is_alive()

    def kill(self) -> None:
        """End the process at once."""
        self.process.kill()
        self.process.join(timeout=5)
        self.pipe.close()
