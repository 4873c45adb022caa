"""What happens inside a worker process: resolve a request, run it, and say it in the page's terms.

The worker reads from one pipe and answers on it. Between months it looks for a message: `stop` ends the run and keeps
the process; a process that does not listen is killed from outside.
"""

from __future__ import annotations

import base64
import json
import os
import sys
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from multivector.app.asked import Asked, Refusal, resolve
from multivector.app.limits import Limits

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

    import numpy as np
    from numpy.typing import NDArray

    from multivector.scenario import Scenario

__all__ = ["AIMS", "Task", "describe", "page_run", "serve_tasks"]

AIMS = ("approval", "elite_loyalty", "autonomy")
"""Measures that every run is told by; the first two span the class's board until the teacher chooses others."""
MORE = ("openness", "dependence", "income", "reform", "repression")
_TELL = 0.02
"""Share of a run between two words on its progress."""


@dataclass(frozen=True)
class Task:
    """One thing to do: `describe` a scenario's levers, or `run` it."""

    kind: str
    asked: Asked


class _Stopped(Exception):
    """The browser no longer wants it."""


def serve_tasks(pipe: Connection[Any, Any], limits: Limits) -> None:
    """Work until the other end lets go. One thread, no Ctrl-C of its own, less priority than the pages."""
    import logging
    import signal

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    logging.getLogger("multivector").addHandler(logging.NullHandler())
    for name in ("NUMBA_NUM_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ[name] = "1"
    os.chdir(Path(__file__).parent)  # `extends` looks beside the file first: there is no scenario here
    if hasattr(os, "nice"):
        os.nice(2)
    try:
        _warm()
        _bound_memory(limits.job_memory)
        pipe.send(("ready",))
        while True:
            task = pipe.recv()
            if isinstance(task, Task):
                _one(task, pipe, limits)
    except (EOFError, OSError):
        return
    except Exception as error:  # of warming up: told to the one who can mend it, without a traceback
        pipe.send(("broken", f"{type(error).__name__}: {error}"))


def _warm() -> None:
    """Import and compile everything before the first visitor waits for it."""
    from multivector.scenario import load_scenario
    from multivector.scenario.catalogue import list_scenarios

    name = next(one.name for one in list_scenarios() if not one.abstract)
    scenario = load_scenario(name, months=3, citizens=64)
    page_run(scenario, (0,), 7)


def _bound_memory(more: int) -> None:
    """At most so many bytes of address space beyond what the warm process has; not on Windows."""
    if sys.platform == "win32":
        return
    import resource

    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    except (OSError, ValueError):
        return  # no such file (macOS): its kernel does not keep this limit anyway
    held = pages * os.sysconf("SC_PAGE_SIZE")
    resource.setrlimit(resource.RLIMIT_AS, (held + more, held + more))


def _one(task: Task, pipe: Connection[Any, Any], limits: Limits) -> None:
    """Do a task; whatever goes wrong becomes a message, never a traceback."""
    try:
        scenario = resolve(task.asked, limits)
        if task.kind == "describe":
            pipe.send(
                (
                    "done",
                    json.dumps(describe(scenario, task.asked), ensure_ascii=False, allow_nan=False).encode(),
                    {},
                    {},
                )
            )
            return
        pipe.send(("resolved", key_of(scenario, task.asked)))
        if pipe.recv() != "go":
            return
        told = [0.0]

        def tick(done: int, total: int) -> None:
            if pipe.poll() and pipe.recv() == "stop":
                raise _Stopped
            if done - told[0] >= _TELL * total:
                told[0] = done
                pipe.send(("progress", done, total))

        worlds = tuple(range(task.asked.worlds))
        body, facts, medians = page_run(scenario, worlds, task.asked.seed, tick)
        pipe.send(("done", body, facts, medians))
    except _Stopped:
        pipe.send(("stopped",))
    except Refusal as refusal:
        pipe.send(("failed", refusal.problems))
    except MemoryError:
        pipe.send(("failed", Refusal.of("this run needs more memory than the server gives to one").problems))
    except (EOFError, OSError):
        raise
    except Exception as error:
        pipe.send(("failed", Refusal.of(f"the run failed ({type(error).__name__})").problems))


def key_of(scenario: Scenario, asked: Asked) -> str:
    """What a run is known by: the resolved scenario, seed and worlds, the version and the model's code."""
    import hashlib

    from multivector import __version__
    from multivector.lab.provenance import code_hash

    said = [scenario.hash, asked.seed, asked.worlds, __version__, code_hash()]
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()


def page_run(
    scenario: Scenario, worlds: tuple[int, ...], seed: int, tick: Any = None
) -> tuple[bytes, dict[str, Any], dict[str, float]]:
    """Run a scenario and pack what the page draws.

    Returns
    -------
    The page's JSON, the facts that explain it (`teach.facts`), and the median of every series at the end.
    """
    import numpy as np

    from multivector.lab.run import run_scenario
    from multivector.teach.facts import facts_of, series_names, series_of, tension_of, time_steps

    ensemble = run_scenario(scenario, worlds, seed, progress=tick, threads=1)
    names = series_names(scenario, [*AIMS, *MORE])
    steps = time_steps(scenario.months, 1 if scenario.months <= 72 else 3)
    values = series_of(ensemble, names, steps)
    facts = facts_of(ensemble)
    body = {
        "dates": [scenario.date_at(month) for month in steps],
        "series": _scales(values, names),
        "worlds": len(ensemble.worlds),
        "failed": len(ensemble.failures),
        "values": _packed(values),
        "tension": tension_of(ensemble),
        "lost": facts["lost"],
        "dossiers": _told(facts),
        "hash": scenario.hash,
    }
    medians = {name: float(np.median(values[index, :, -1])) for index, name in enumerate(names)}
    return json.dumps(body, ensure_ascii=False, allow_nan=False).encode("utf-8"), facts, medians


def _scales(values: NDArray[np.float64], names: list[str]) -> list[dict[str, Any]]:
    from multivector.teach.document import PERCENT
    from multivector.teach.schema import LESS_IS_BETTER

    low, high = values.min(axis=(1, 2)), values.max(axis=(1, 2))
    return [
        {
            "id": name,
            "low": float(low[index]),
            "high": float(high[index]),
            "good": -1 if name in LESS_IS_BETTER else 1,
            "percent": name in PERCENT,
        }
        for index, name in enumerate(names)
    ]


def _packed(values: NDArray[np.float64]) -> str:
    """One byte a value on the scale of its series, deflated, as base64; (series, worlds, steps)."""
    import numpy as np

    low, high = values.min(axis=(1, 2), keepdims=True), values.max(axis=(1, 2), keepdims=True)
    level = np.rint((values - low) / np.where(high > low, high - low, 1.0) * 255).astype(np.uint8)
    return base64.b64encode(zlib.compress(level.tobytes(), 6)).decode("ascii")


def _told(facts: dict[str, Any]) -> dict[str, Any]:
    """Of every dossier what each world settled on, and what the options cost; for "play the president"."""
    return {
        name: {key: one[key] for key in ("title", "date", "options", "taken", "parts", "pulls")}
        for name, one in facts["dossiers"].items()
    }


def describe(scenario: Scenario, asked: Asked) -> dict[str, Any]:
    """A scenario as the page's desk shows it: names, looks of powers, every lever with its range and note."""
    from multivector.app.levers import levers_of
    from multivector.show.style import power_looks
    from multivector.teach.reasons import rules_by_part

    looks = power_looks(list(scenario.powers))
    groups = (scenario.powers, scenario.formal, scenario.informal)
    return {
        "id": asked.scenario,
        "title": scenario.title,
        "summary": scenario.summary or "",
        "start": scenario.start,
        "end": scenario.end,
        "months": scenario.months,
        "citizens": scenario.citizens,
        "powers": [
            {
                "id": name,
                "name": power.name,
                "color": looks[name].color,
                "dash": "" if isinstance(looks[name].dash, str) else " ".join(f"{p:g}" for p in looks[name].dash[1]),
            }
            for name, power in scenario.powers.items()
        ],
        "who": {name: str(one.name) for group in groups for name, one in group.items()},
        "aims": list(AIMS),
        "groups": levers_of(scenario),
        "rules": rules_by_part(),
        "sources": dict(scenario.sources),
    }
