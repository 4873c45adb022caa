"""Raise each power's pressure from 0.1 to 0.9 and split what happens into a direct and a decided part.

    python experiments/pressure-sweep/run.py [--worlds 100] [--seed 7]

Writes `figures/sweep.csv` and `figures/*.png` beside this file.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

HERE = Path(__file__).parent
SCENARIO = "baseline-2019"
LEVELS = (0.1, 0.3, 0.5, 0.7, 0.9)


def main() -> None:
    """Run the sweep: for each power a base at the lowest level, then every higher level free and replayed."""
    import pandas as pd

    from multivector import load_scenario
    from multivector.lab.decompose import split
    from multivector.lab.run import execute
    from multivector.show.sweep import plot_pressure_sweep

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--worlds", type=int, default=100)
    parser.add_argument("--seed", type=int, default=7)
    asked = parser.parse_args()

    rows = []
    for power in load_scenario(SCENARIO).powers:
        base = execute(
            load_scenario(SCENARIO, sets=[f"powers.{power}.pressure={LEVELS[0]}"]), asked.worlds, asked.seed
        ).ensemble
        for level in LEVELS:
            changed = load_scenario(SCENARIO, sets=[f"powers.{power}.pressure={level}"])
            _, _, table = split(base, changed)
            rows.append(table.assign(power=power, pressure=level))
            print(f"{power} at pressure {level}", file=sys.stderr)
    sweep = pd.concat(rows, ignore_index=True)
    folder = HERE / "figures"
    folder.mkdir(exist_ok=True)
    sweep.to_csv(folder / "sweep.csv", index=False, float_format="%.6g", lineterminator="\n")
    names = {pid: power.name for pid, power in load_scenario(SCENARIO).powers.items()}
    for outcome in OUTCOMES:
        chosen = sweep[sweep["outcome"] == outcome]
        figure = plot_pressure_sweep(chosen, names=names)
        figure.savefig(folder / f"{outcome.replace('.', '-')}.png", dpi=150)


#: What the figures show; the CSV holds every outcome.
OUTCOMES = ("autonomy", "dependence", "openness", "total_engagement", "congruence_public", "hazard_outside")

if __name__ == "__main__":
    main()
