"""Batches, measured: `python -m benchmarks.batch [memory|workers|mesa ...] [--worlds N] [--json]`.

memory   resident memory of all processes while 10,000 worlds run
workers  worlds per second with one and with two workers, after warm-up
mesa     the same worlds by `mesa.batch_run` and by ours: time, peak memory, and what one failing run costs

Every figure is taken in a fresh process. Wall clock depends on what else runs, so the load is told beside it.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

STUDY = """\
schema: 1
kind: batch
title: A benchmark
scenarios: [baseline-2019]
worlds: {worlds}
{size}
design:
  kind: latin-hypercube
  points: {points}
  factors:
    powers.russia.pressure: {{low: 0.0, high: 1.0}}
    parameters.decision.rationality: range
"""
SMALL = "months: 24\ncitizens: 200"
FULL = "months: 58\ncitizens: 1000"
BAD = 5
"""The world that fails in the `mesa` part."""


def resident() -> float:
    """Megabytes that this process and its children hold now (Linux)."""
    total = 0
    for pid in [os.getpid(), *_children(os.getpid())]:
        try:
            text = Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace")
        except OSError:
            continue
        total += next((int(line.split()[1]) for line in text.splitlines() if line.startswith("VmRSS")), 0)
    return total / 1024


def _children(pid: int) -> list[int]:
    try:
        direct = [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()]
    except OSError:
        return []
    return [child for one in direct for child in (one, *_children(one))]


def cpu() -> float:
    """Processor seconds of this process and of its children that have ended (POSIX)."""
    import resource

    both = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(one.ru_utime + one.ru_stime for one in both)


def warm_up() -> None:
    """Import and load what a run needs, so that it is timed for nobody."""
    from multivector.lab.run import simulate

    simulate("baseline-2019", worlds=1, months=1)


class Watch:
    """Samples resident memory from a thread of its own."""

    def __init__(self) -> None:
        self.samples: list[tuple[float, float]] = []
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)

    def _look(self) -> None:
        while not self._stop.wait(0.1):
            self.samples.append((time.perf_counter(), resident()))

    def __enter__(self) -> Watch:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    @property
    def peak(self) -> float:
        return max((size for _, size in self.samples), default=0.0)


def ours(text: str, workers: int, block: int | None = None) -> dict[str, Any]:
    """Run a study in a temporary folder; when worlds came in, and the memory."""
    from multivector.lab.batch import run_batch
    from multivector.lab.execution import executor_for
    from multivector.lab.plan import plan_of
    from multivector.lab.study import load_study

    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "bench.yaml"
        path.write_text(text, encoding="utf-8")
        news: list[tuple[float, int]] = []
        warm_up()
        used = cpu()
        began = time.perf_counter()
        plan = plan_of(load_study(path))
        planned = time.perf_counter()
        with Watch() as watch:
            tally = run_batch(
                plan,
                Path(name) / "out",
                executor_for(workers),
                block=block,
                progress=lambda done, total, failed: news.append((time.perf_counter(), done)),
            )
        ended = time.perf_counter()
    return {
        "worlds": tally.worlds,
        "failed": tally.failed,
        "plan_seconds": round(planned - began, 2),
        "seconds": round(ended - planned, 2),
        "news": [(round(at - planned, 3), done) for at, done in news],
        "cpu_seconds": round(cpu() - used, 1),
        "peak_mb": round(watch.peak),
        "memory": [(round(at - planned, 2), round(size)) for at, size in watch.samples],
    }


def warm_rate(found: dict[str, Any]) -> tuple[float, float]:
    """(worlds per second, seconds) from when a tenth of the worlds is done, so that starting up does not count."""
    first = next((at, done) for at, done in found["news"] if done >= 0.1 * found["worlds"])
    last = found["news"][-1]
    return (last[1] - first[1]) / (last[0] - first[0]), last[0] - first[0]


def case_memory(worlds: int) -> dict[str, Any]:
    found = ours(STUDY.format(worlds=100, points=worlds // 100, size=SMALL), 2)
    curve = {}
    for share in (0.1, 0.25, 0.5, 0.75, 1.0):
        at = next(at for at, done in found["news"] if done >= share * found["worlds"])
        curve[f"{share:.0%}"] = max(size for when, size in found["memory"] if at - 2 <= when <= at + 0.2)
    return {"worlds": found["worlds"], "seconds": found["seconds"], "peak_mb": found["peak_mb"], "mb_at": curve}


def case_workers(worlds: int, workers: int) -> dict[str, Any]:
    found = ours(STUDY.format(worlds=128, points=max(worlds // 128, 1), size=FULL), workers, block=128)
    rate, seconds = warm_rate(found)
    return {
        "workers": workers,
        "worlds": found["worlds"],
        "worlds_per_second": round(rate, 1),
        "warm_seconds": round(seconds, 1),
        "seconds": found["seconds"],
        "cpu_seconds": found["cpu_seconds"],
        "peak_mb": found["peak_mb"],
    }


def case_ours(worlds: int, workers: int) -> dict[str, Any]:
    text = STUDY.format(worlds=worlds, points=1, size=SMALL).split("design:")[0]
    found = ours(text, workers)
    return {key: found[key] for key in ("worlds", "failed", "seconds", "cpu_seconds", "peak_mb")}


def case_mesa(worlds: int, workers: int, together: int) -> dict[str, Any]:
    """`mesa.batch_run` over the same worlds, `together` of them in one model."""
    import mesa

    from multivector import MultivectorModel, load_scenario

    scenario = load_scenario("baseline-2019", months=24, citizens=200)
    warm_up()
    used = cpu()
    groups = [tuple(range(first, min(first + together, worlds))) for first in range(0, worlds, together)]
    began = time.perf_counter()
    with Watch() as watch:
        rows = mesa.batch_run(
            MultivectorModel,
            parameters={"scenario": [scenario], "worlds": groups, "rng": [7], "threads": [1]},
            number_processes=workers,
            max_steps=24,
            data_collection_period=-1,
            display_progress=False,
        )
    seconds = time.perf_counter() - began
    return {
        "worlds": worlds,
        "rows": len(rows),
        "seconds": round(seconds, 2),
        "cpu_seconds": round(cpu() - used, 1),
        "peak_mb": round(watch.peak),
    }


def case_failure(which: str, worlds: int) -> dict[str, Any]:
    """What is left when one world of many raises."""
    from multivector import model

    real: Callable[..., Any] = model.MultivectorModel.step

    def step(self: Any) -> None:
        if BAD in self.worlds and self.month == 3:
            raise ZeroDivisionError("one world fails")
        real(self)

    model.MultivectorModel.step = step
    if which == "ours":
        found = case_ours(worlds, 1)
        return {"rows": found["worlds"] - found["failed"], "failures": found["failed"], "raised": None}
    try:
        found = case_mesa(worlds, 1, 1)
    except ZeroDivisionError as error:
        return {"rows": 0, "failures": None, "raised": repr(error)}
    return {"rows": found["rows"], "failures": 0, "raised": None}


CASES: dict[str, Callable[..., dict[str, Any]]] = {
    "memory": case_memory,
    "workers": case_workers,
    "ours": case_ours,
    "mesa": case_mesa,
    "failure": case_failure,
}


def fresh(case: str, *arguments: int | str) -> dict[str, Any]:
    """A case in a process of its own, with the load of the machine before it."""
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else float("nan")
    command = [sys.executable, "-m", "benchmarks.batch", "--case", json.dumps([case, *arguments])]
    done = subprocess.run(command, check=True, capture_output=True, text=True, encoding="utf-8")
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return {**found, "load_before": round(load, 2)}


def measure(parts: list[str], worlds: int, mesa_worlds: int) -> dict[str, Any]:
    found: dict[str, Any] = {}
    fresh("ours", 16, 1)  # compiles
    if "memory" in parts:
        found["memory"] = fresh("memory", 10_000)
    if "workers" in parts:
        one, two = fresh("workers", worlds, 1), fresh("workers", worlds, 2)
        ratio = round(two["worlds_per_second"] / one["worlds_per_second"], 2)
        found["workers"] = {"one": one, "two": two, "ratio": ratio}
    if "mesa" in parts:
        found["mesa"] = {
            "mesa_one_world_a_run": fresh("mesa", mesa_worlds, 1, 1),
            "mesa_one_world_a_run_2_processes": fresh("mesa", mesa_worlds, 2, 1),
            "mesa_16_worlds_a_run": fresh("mesa", mesa_worlds, 1, 16),
            "ours_1_worker": fresh("ours", mesa_worlds, 1),
            "ours_2_workers": fresh("ours", mesa_worlds, 2),
            "one_run_raises_mesa": fresh("failure", "mesa", 32),
            "one_run_raises_ours": fresh("failure", "ours", 32),
        }
    return found


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.batch", description=__doc__)
    parser.add_argument("parts", nargs="*", default=["memory", "workers", "mesa"], help="memory, workers, mesa")
    parser.add_argument("--worlds", type=int, default=6400, help="worlds of the workers part")
    parser.add_argument("--mesa-worlds", type=int, default=256, help="worlds of the mesa part")
    parser.add_argument("--case", help=argparse.SUPPRESS)
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    asked = parser.parse_args()
    if asked.case:
        name, *arguments = json.loads(asked.case)
        print(json.dumps(CASES[name](*arguments)))
        return
    found = measure(asked.parts, asked.worlds, asked.mesa_worlds)
    if asked.json:
        print(json.dumps(found, indent=2))
        return
    for part, rows in found.items():
        print(part)
        for key, value in rows.items():
            print(f"  {key:34} {value}")


if __name__ == "__main__":
    main()
