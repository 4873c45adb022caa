"""What the record of the street says of a parameter set: three facts, each far from fine print.

In January 2022 the country was in the street; in the autumn before it was not; in 2019-20 there was no unrest without
end. In the street means more than a fiftieth of the citizens. The ranges of records are cut back to where the facts
hold (`experiments/calibration/streets.py`), and robustness tells apart the sets in which they do.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from multivector.lab.validation.bench import Job, run_job
from multivector.lab.validation.variants import Shelf, Variant

__all__ = ["STREET", "Street", "street"]

STREET = 0.02
"""Share of citizens in the street above which it is unrest."""
JANUARY, AUTUMN, ALWAYS = 0.5, 1.0, 6.0
"""At least this share of worlds has its January 2022; at most so many months of unrest a year in the autumn before, and
in the first two years of `baseline-2019`."""
_WORLDS, _CITIZENS, _SEED = 64, 200, 7


@dataclass(frozen=True)
class Street:
    """Share of worlds with unrest in January 2022, and months of unrest a year before it and in 2019-20."""

    january: float
    autumn: float
    usual: float

    @property
    def holds(self) -> bool:
        """Whether all three facts come out."""
        return self.january >= JANUARY and self.autumn <= AUTUMN and self.usual <= ALWAYS


def street(values: Mapping[str, float]) -> Street:
    """The facts under some values of parameters, the others at their defaults: 64 worlds of 200 citizens."""
    january = _unrest("january-2022", 6, values)  # from October 2021 on
    usual = _unrest("baseline-2019", 24, values)
    return Street(float(january[3:].any(axis=0).mean()), 12.0 * float(january[:3].mean()), 12.0 * float(usual.mean()))


def _unrest(name: str, months: int, values: Mapping[str, float]) -> NDArray[np.bool_]:
    """Whether there is unrest, (months, worlds)."""
    scenario, _, _ = Shelf(citizens=_CITIZENS, parameters=dict(values)).resolve(Variant(name))
    run = run_job(Job(scenario, months, tuple(range(_WORLDS)), _SEED, threads=1))
    return np.asarray(run.measures["protest"] > STREET)
