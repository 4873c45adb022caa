"""Where the time goes, as ratios measured side by side in one run: `python -m benchmarks [--json]`.

The whole model (100 worlds x 60 months x 1,000 citizens), its phases, and the compiled public against its plain numpy
twin on the same small job. Figures depend on the machine; only the ratios travel.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Callable

from multivector import MultivectorModel, load_scenario
from multivector.model import PHASES

SCENARIO, WORLDS = "ukraine-war-2022", 100


def whole_model(rounds: int) -> dict[str, object]:
    """Wall seconds of warm runs (best and median), and the share of each phase in the best one."""
    setting = load_scenario(SCENARIO)
    MultivectorModel(setting, worlds=16, collect=False).step()  # compile
    results: list[tuple[float, dict[str, float]]] = []
    for _ in range(rounds):
        phases = {name: 0.0 for name, _ in PHASES}
        start = time.perf_counter()
        model = MultivectorModel(setting, worlds=WORLDS, collect=False)
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
        "best_seconds": round(best, 3),
        "median_seconds": round(statistics.median(seconds for seconds, _ in results), 3),
        "phase_shares": {name: round(spent / best, 3) for name, spent in phases.items()},
    }


def twin_ratio(rounds: int) -> float:
    """How many times faster the compiled public is than its numpy twin: CPU time, same job, interleaved."""
    import numpy as np

    from multivector.kernels.public import Citizens
    from multivector.kernels.twin import TwinCitizens

    model = MultivectorModel(load_scenario(SCENARIO, citizens=500), worlds=16, collect=False)
    public = model.public.citizens
    arguments = (
        public.citizens, public.shares, public.powers, model.worlds, model.streams.kernel_seeds("citizens"),
        model.streams.seed, model.state.anchor, model.state.grievance, public.parameters,
    )  # fmt: skip
    captured: list[object] = []
    step = public.step
    public.step = lambda month, inputs: (captured.append(inputs), step(month, inputs))[1]
    model.step()
    compiled, twin = Citizens(*arguments, threads=1), TwinCitizens(*arguments)
    timed: dict[str, Callable[[int], object]] = {
        "compiled": lambda month: compiled.step(month, captured[0]),
        "twin": lambda month: twin.step(month, captured[0]),
    }
    spent: dict[str, list[float]] = {name: [] for name in timed}
    for month in range(rounds):
        for name, run in timed.items():
            began = time.process_time()
            run(month)
            spent[name].append(time.process_time() - began)
    return float(np.median(spent["twin"]) / np.median(spent["compiled"]))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    parser.add_argument("--rounds", type=int, default=5)
    asked = parser.parse_args()
    found = {"model": whole_model(asked.rounds), "public_times_faster_than_numpy_twin": round(twin_ratio(8), 1)}
    if asked.json:
        print(json.dumps(found, indent=2))
        return
    model = found["model"]
    assert isinstance(model, dict)
    print(f"{SCENARIO}, {WORLDS} worlds x 60 months x 1,000 citizens, warm:")
    print(f"  best {model['best_seconds']} s, median {model['median_seconds']} s of {asked.rounds}")
    for name, share in model["phase_shares"].items():
        print(f"  {name:24} {share:6.1%}")
    print(
        f"the compiled public is {found['public_times_faster_than_numpy_twin']} x its numpy twin (CPU time, one thread)"
    )


if __name__ == "__main__":
    main()
