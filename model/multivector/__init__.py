"""multivector: scenario simulation of a middle power's president between giants.

`simulate("ukraine-war-2022", worlds=200, seed=7)` runs an ensemble; `MultivectorModel` is the Mesa model behind it.
Names are imported when first used, so that `import multivector` is instant.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from multivector.kernels import ensure_cache

if TYPE_CHECKING:
    from multivector.ensemble import Ensemble
    from multivector.lab.run import simulate
    from multivector.model import MultivectorModel
    from multivector.parameters import load_records
    from multivector.scenario import Scenario, ScenarioErrors, list_scenarios, load_scenario

__version__ = "0.1.0"

_HOME = {
    "Ensemble": "multivector.ensemble",
    "MultivectorModel": "multivector.model",
    "Scenario": "multivector.scenario",
    "ScenarioErrors": "multivector.scenario",
    "list_scenarios": "multivector.scenario",
    "load_records": "multivector.parameters",
    "load_scenario": "multivector.scenario",
    "simulate": "multivector.lab.run",
}

__all__ = [
    "Ensemble",
    "MultivectorModel",
    "Scenario",
    "ScenarioErrors",
    "__version__",
    "list_scenarios",
    "load_records",
    "load_scenario",
    "simulate",
]


ensure_cache()


def __getattr__(name: str) -> Any:
    if name in _HOME:
        return getattr(import_module(_HOME[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
