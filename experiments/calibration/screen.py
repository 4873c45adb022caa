"""Which parameters move the figures of the calibration: each at the ends of its range, the others at their defaults.

    python experiments/calibration/screen.py [GROUP ...]

Of every parameter of the groups (ties, powers, assembly, council, decision and public unless others are named): how far
apart the fitted figures are if it goes from one end of its range to the other, in total standard deviations (errors of
the record and scatter of worlds, with their correlations), and the figure that moves most. Both ends have the same
chance.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

from multivector.lab.backtest.series_history import simulate
from multivector.lab.calibration.statistics import error_covariance, simulated
from multivector.lab.calibration.study import CalibrateStudy
from multivector.lab.study import load_study
from multivector.parameters import load_records

GROUPS = ("ties", "powers", "assembly", "council", "decision", "public")
WORLDS = 32


def main(groups: list[str]) -> None:
    """Print one line a parameter, the farthest apart first."""
    study = load_study(Path(__file__).with_name("study.yaml"))
    document = study.document
    assert isinstance(document, CalibrateStudy)
    (scenario,) = study.scenarios.values()
    fitted = document.fitted
    statistics = list(fitted.values())
    scenario = scenario.model_copy(update={"end": f"{max(one.last for one in statistics)}-12"})

    def worlds(values: dict[str, float]) -> np.ndarray:
        return simulated(simulate(scenario, [values], WORLDS, document.seeds[0]), statistics)

    whole = error_covariance(statistics) + np.cov(worlds({}).T)
    size, inverse, found = np.sqrt(np.diag(whole)), np.linalg.inv(whole), []
    for path, record in load_records().items():
        if path.partition(".")[0] in groups:
            shift = worlds({path: record.high}).mean(axis=0) - worlds({path: record.low}).mean(axis=0)
            most = int(np.abs(shift / size).argmax())
            found.append((float(np.sqrt(shift @ inverse @ shift)), path, shift[most] / size[most], list(fitted)[most]))
            print(f"{path}: {found[-1][0]:.2f}", file=sys.stderr)
    for apart, path, moved, name in sorted(found, reverse=True):
        print(f"{apart:6.2f}  {path:28s} {moved:+6.2f}  {name}")


if __name__ == "__main__":
    main(sys.argv[1:] or list(GROUPS))
