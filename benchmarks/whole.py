"""The whole model, its phases and its public, as the shipped scenarios run them."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

from multivector import MultivectorModel, load_scenario
from multivector.kernels.public import Citizens, PublicInputs
from multivector.model import PHASES

__all__ = ["MONTHS", "SCENARIO", "WORLDS", "full_inputs", "full_public", "twin_ratio", "whole_model"]

SCENARIO, WORLDS, MONTHS = "ukraine-war-2022", (100, 1_000), 120


def whole_model(rounds: int) -> list[dict[str, Any]]:
    """By number of worlds: wall seconds of warm runs (best and median), and the share of each phase in the best one."""
    setting = load_scenario(SCENARIO, months=MONTHS)
    MultivectorModel(setting, worlds=16, collect=False).step()  # compile
    return [_timed(setting, worlds, rounds) for worlds in WORLDS]


def _timed(setting: Any, worlds: int, rounds: int) -> dict[str, Any]:
    results: list[tuple[float, dict[str, float]]] = []
    for _ in range(rounds):
        phases = {name: 0.0 for name, _ in PHASES}
        start = time.perf_counter()
        model = MultivectorModel(setting, worlds=worlds, collect=False)
        while model.month < model.months:
            for name in phases:
                began = time.perf_counter()
                getattr(model, name)()
                phases[name] += time.perf_counter() - began
        began = time.perf_counter()
        model.ensemble()
        phases["tables"] = time.perf_counter() - began
        results.append((time.perf_counter() - start, phases))
    best, phases = min(results, key=lambda result: result[0])
    return {
        "worlds": worlds,
        "months": model.months,
        "best_seconds": round(best, 3),
        "median_seconds": round(statistics.median(seconds for seconds, _ in results), 3),
        "phase_shares": {name: round(spent / best, 3) for name, spent in phases.items()},
    }


@cache
def _first_month(worlds: int) -> tuple[MultivectorModel, tuple[Any, ...], PublicInputs]:
    """A small model after its first month, the arguments of its public, and that month's inputs."""
    model = MultivectorModel(load_scenario(SCENARIO, citizens=500), worlds=worlds, collect=False)
    public = model.public.citizens
    arguments = (
        public.citizens, public.shares, public.powers, model.worlds, model.streams.kernel_seeds("citizens"),
        model.streams.seed, model.state.anchor.copy(), model.state.grievance.copy(), public.parameters,
    )  # fmt: skip
    captured: list[PublicInputs] = []
    step = public.step
    public.step = lambda month, inputs: (captured.append(inputs), step(month, inputs))[1]
    model.step()
    return model, arguments, captured[0]


def full_public(citizens: int, worlds: int) -> Citizens:
    """The public of the scenario with so many citizens, on one thread."""
    _, arguments, _ = _first_month(worlds)
    return Citizens(citizens, *arguments[1:], threads=1)


def full_inputs(public: Citizens) -> PublicInputs:
    """The inputs of the scenario's first month."""
    return _first_month(public.worlds.size)[2]


def twin_ratio(rounds: int) -> float:
    """How many times faster the compiled public is than its numpy twin: CPU time, same job, interleaved."""
    from multivector.kernels.twin import TwinCitizens

    _, arguments, given = _first_month(16)
    compiled, twin = Citizens(*arguments, threads=1), TwinCitizens(*arguments)
    timed: dict[str, Callable[[int], object]] = {
        "compiled": lambda month: compiled.step(month, given),
        "twin": lambda month: twin.step(month, given),
    }
    spent: dict[str, list[float]] = {name: [] for name in timed}
    for month in range(rounds):
        for name, run in timed.items():
            began = time.process_time()
            run(month)
            spent[name].append(time.process_time() - began)
    return float(np.median(spent["twin"]) / np.median(spent["compiled"]))
