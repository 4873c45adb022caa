"""Stand-ins for the model in worker processes: they speak the pipe's language and do nothing costly."""

from __future__ import annotations

import hashlib
import json
import os
import time
from multiprocessing.connection import Connection
from typing import Any

from multivector.app.limits import Limits
from multivector.app.work import Task

FACTS: dict[str, Any] = {"dossiers": {}, "events": {}, "lost": {}}


def quick(pipe: Connection[Any, Any], limits: Limits) -> None:
    """Answers at once; a set of `hang`, `eat` or `die` misbehaves as it says; `slow` listens between steps."""
    pipe.send(("ready",))
    while True:
        try:
            task = pipe.recv()
        except EOFError:
            return
        if isinstance(task, Task):
            work(task, pipe)


def work(task: Task, pipe: Connection[Any, Any]) -> None:
    asked = task.asked
    if task.kind == "describe":
        return pipe.send(("done", json.dumps({"title": asked.scenario or asked.yaml}).encode(), {}, {}))
    pipe.send(("resolved", hashlib.sha256(asked.digest.encode()).hexdigest()))
    if pipe.recv() != "go":
        return None
    if "die" in asked.sets:
        os._exit(1)
    while "hang" in asked.sets:
        time.sleep(1)
    for step in range(200 if "slow" in asked.sets else 2):
        if pipe.poll() and pipe.recv() == "stop":
            return pipe.send(("stopped",))
        pipe.send(("progress", step + 1, 200))
        time.sleep(0.02)
    body = json.dumps({"sets": asked.sets, "pid": os.getpid()}).encode()
    pipe.send(("done", body, FACTS, {"autonomy": 0.5, "approval": 0.25}))
    return None


def broken(pipe: Connection[Any, Any], limits: Limits) -> None:
    """Cannot start."""
    pipe.send(("broken", "ImportError: no model here"))
