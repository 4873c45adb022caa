"""From the start of a process: the help, the summary of a run, its figures, and the first run of all."""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

__all__ = ["start"]

SCENARIO = "baseline-2019"


def start(rounds: int) -> dict[str, dict[str, float]]:
    """By what is waited for: seconds on the clock (`wall`) and of the processor (`cpu`), best of `rounds` processes.

    The first run compiles into an empty cache of its own, which the others then find warm; each run has its own seed,
    so that none finds another's result. `cold compile` is what the first run took beyond a warm one.
    """
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        environment = {**os.environ, "NUMBA_CACHE_DIR": str(Path(folder) / "cache")}
        seeds = itertools.count()

        def best(arguments: list[str], times: int) -> dict[str, float]:
            taken = [_timed(arguments, next(seeds), folder, environment) for _ in range(times)]
            return {"wall": min(wall for wall, _ in taken), "cpu": min(cpu for _, cpu in taken)}

        first = best(["run", SCENARIO, "--no-plots"], 1)
        found = {
            "--help": best(["--help"], rounds),
            "summary of a run": best(["run", SCENARIO, "--no-plots"], rounds),
            "a run with all figures": best(["run", SCENARIO], rounds),
        }
        warm = found["summary of a run"]
        found["cold compile"] = {kind: first[kind] - warm[kind] for kind in first}
    return {what: {kind: round(value, 2) for kind, value in row.items()} for what, row in found.items()}


def _timed(arguments: list[str], seed: int, folder: str, environment: dict[str, str]) -> tuple[float, float]:
    """Seconds on the clock and of the processor of one process and its children."""
    asked = [*arguments, "--seed", str(seed)] if arguments[0] == "run" else arguments
    began, spent = time.perf_counter(), _children()
    subprocess.run(
        [sys.executable, "-m", "multivector", *asked], cwd=folder, env=environment, check=True, capture_output=True
    )
    return time.perf_counter() - began, _children() - spent


def _children() -> float:
    """Processor seconds of ended child processes (what they started counts where they waited for it)."""
    taken = os.times()
    return taken.children_user + taken.children_system
