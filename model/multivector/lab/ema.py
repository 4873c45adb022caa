"""The model as a model of the EMA Workbench: its samplers, evaluators and analyses work on it.

    model = ema_model("baseline-2019", uncertainties={"powers.russia.pressure": (0.1, 0.9)}, worlds=32)
    experiments, outcomes = ema_workbench.perform_experiments(model, scenarios=100)

The workbench calls the model once for each experiment, in any process; world k has the same luck in each of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from multivector.lab.designs import Factor
from multivector.lab.discovery.boxes import workbench
from multivector.lab.measures import MEASURED
from multivector.scenario.errors import nearest

__all__ = ["USUAL", "EmaFunction", "ema_model"]

USUAL = ("total_engagement", "openness", "autonomy", "income", "congruence_public", "hazard_annual", "office_lost")
Vary = Mapping[str, tuple[float, float] | Sequence[Any]]
"""Path → (low, high), or a list of levels."""


class EmaFunction:
    """What the workbench calls: factors by name in, the mean over worlds of every outcome out. It can be pickled.

    Parameters
    ----------
    scenario : name or file.
    names : the workbench's name of a factor → the scenario's path (the workbench takes no dots).
    outcomes : of `lab.discovery.study.MEASURED`.
    worlds, seed, months, citizens : as for a run.
    """

    def __init__(
        self, scenario: str, names: Mapping[str, str], outcomes: Sequence[str], worlds: int, seed: int,
        months: int | None, citizens: int | None,
    ) -> None:  # fmt: skip
        self.scenario, self.names, self.outcomes = scenario, dict(names), tuple(outcomes)
        self.worlds, self.seed, self.months, self.citizens = worlds, seed, months, citizens
        self.__name__ = "multivector"

    def __call__(self, **values: Any) -> dict[str, float]:
        """Run one experiment."""
        from multivector.lab.factors import expressions
        from multivector.lab.run import execute
        from multivector.lab.tasks import outcome_rows

        factors = [Factor(path, (path,)) for path in self.names.values()]
        point = {self.names[name]: _plain(value) for name, value in values.items()}
        scenario = _loaded(self.scenario, self.months, self.citizens).with_sets(expressions(factors, point))
        rows = outcome_rows(execute(scenario, self.worlds, self.seed, threads=1).ensemble)
        return {name: float(rows[name].mean()) for name in self.outcomes}


@cache
def _loaded(scenario: str, months: int | None, citizens: int | None) -> Any:
    from multivector.scenario import load_scenario

    where: str | Path = Path(scenario) if scenario.endswith((".yaml", ".yml")) else scenario
    return load_scenario(where, months=months, citizens=citizens)


def _plain(value: Any) -> Any:
    """A value without numpy's types."""
    return value.item() if hasattr(value, "item") else value


def ema_model(
    scenario: str,
    *,
    uncertainties: Vary,
    levers: Vary | None = None,
    outcomes: Sequence[str] = USUAL,
    worlds: int = 32,
    seed: int = 7,
    months: int | None = None,
    citizens: int | None = None,
) -> Any:
    """An `ema_workbench.Model` of a scenario.

    Parameters
    ----------
    uncertainties, levers : path of the scenario → (low, high) or levels. In the workbench a factor is called by its
        path with `_` for what is no letter or digit.

    Raises
    ------
    LabError : the EMA Workbench is not installed.
    ValueError : no such outcome; ScenarioErrors : no such path or value.
    """
    for name in outcomes:
        if name not in MEASURED:
            hint = nearest(name, MEASURED)
            raise ValueError(f"there is no outcome `{name}`{f'; did you mean {hint}?' if hint else ''}")
    em = workbench("em_framework")
    names = {_identifier(path): path for path in (*uncertainties, *(levers or {}))}
    function = EmaFunction(scenario, names, outcomes, worlds, seed, months, citizens)
    base = _loaded(scenario, months, citizens)
    for path, span in (*uncertainties.items(), *(levers or {}).items()):
        for end in (span[0], span[-1]):
            from multivector.lab.factors import expressions

            base.with_sets(expressions([Factor(path, (path,))], {path: end}))
    model = em.Model("multivector", function=function)
    model.uncertainties = [_parameter(em, path, span) for path, span in uncertainties.items()]
    model.levers = [_parameter(em, path, span) for path, span in (levers or {}).items()]
    model.outcomes = [em.ScalarOutcome(name) for name in outcomes]
    return model


def _identifier(path: str) -> str:
    how = {"*": "_times", "+": "_plus"}.get(path[-1:], "")
    return "".join(one if one.isalnum() else "_" for one in path.rstrip("*+")) + how


def _parameter(em: Any, path: str, span: Sequence[Any]) -> Any:
    name = _identifier(path)
    if isinstance(span, tuple) and len(span) == 2 and not isinstance(span[0], (bool, str)):
        return em.RealParameter(name, float(span[0]), float(span[1]))
    if set(span) == {True, False}:
        return em.BooleanParameter(name)
    return em.CategoricalParameter(name, list(span))
