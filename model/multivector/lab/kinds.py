"""The kinds of study: one table of what each is called, which command runs it, and where its parts are.

Nothing is imported here: the command line reads the table before it knows which kind it will need.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

__all__ = ["ANALYSED", "KINDS", "Kind"]


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of study.

    Attributes
    ----------
    command : the word after `multivector`.
    schema : module:class that reads its file.
    analysis : module with `analyse(plan, batch, progress) -> Findings`; "" where the command does more than that.
    needs : packages of the extra `lab` that the analysis imports; asked for before hours of work, not after.
    said, more : what its command does, in a line; and what else there is to know of it.
    """

    command: str
    schema: str
    analysis: str = ""
    needs: tuple[str, ...] = ()
    said: str = ""
    more: str = ""


KINDS: Final = MappingProxyType(
    {
        "batch": Kind("batch", "multivector.lab.study:BatchStudy"),
        "sensitivity": Kind(
            "sensitivity",
            "multivector.lab.sensitivity.study:SensitivityStudy",
            "multivector.lab.sensitivity.analysis",
            ("SALib",),
            "Find out which parameters move which outcomes (Morris, Sobol').",
            "Chance is kept apart from the parameters' effect.",
        ),
        "discovery": Kind(
            "discover",
            "multivector.lab.discovery.study:DiscoveryStudy",
            "multivector.lab.discovery.analysis",
            ("ema_workbench", "sklearn"),
            "Find the conditions under which something happens (PRIM, CART).",
            "Such as a collapsed fan or a fallen president.",
        ),
        "robust": Kind(
            "robust",
            "multivector.lab.robust.study:RobustStudy",
            "multivector.lab.robust.analysis",
            ("ema_workbench",),
            "Compare doctrines over many futures: regret, what is enough, who fails where.",
        ),
        "pressure-map": Kind(
            "map",
            "multivector.lab.pressure.study:PressureMapStudy",
            "multivector.lab.pressure.analysis",
            (),
            "Map outcomes over two powers' pressure, and find where the world tips.",
        ),
        "calibrate": Kind("calibrate", "multivector.lab.calibration.study:CalibrateStudy"),
    }
)
"""Name of each kind, as `kind` of a study file says it."""

ANALYSED: Final = tuple(name for name, kind in KINDS.items() if kind.analysis)
"""The kinds that are a batch with an analysis after it; they share one form of command."""
