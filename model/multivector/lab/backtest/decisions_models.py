"""The models that forecast coded decisions side by side: ours, ours with constant weights, and the rivals.

Every model is a list of coefficients, a way to bind it to cases, and, where it names one, a point. They are fitted
the same way (`decisions_fit`), to the same cases.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from multivector.lab.backtest.decisions_data import CodedCase
from multivector.lab.backtest.decisions_fit import Coefficient, Forecasts
from multivector.lab.backtest.decisions_history import History
from multivector.lab.backtest.decisions_rivals import LOGIT, SPREAD, logit_forecast, point_rivals, spread_forecast
from multivector.lab.backtest.decisions_rule import RULE, DecisionRule

__all__ = ["CONSTANT", "MODAL", "OURS", "VIEWS", "ForecastModel", "forecast_models", "seen_in"]

OURS, CONSTANT, MODAL, LOGIT_NAME = "multivector", "constant_weights", "modal_option", "multinomial_logit"

#: What the models may see: all; without the position that is partly coded from the outcome; without placeholders.
VIEWS = {
    "all": "all coded positions",
    "without_formal": "without the formal actors' position, which is partly coded from the outcome",
    "confident": "without positions of low confidence",
}

#: Coefficients to forecasts of the cases that a model was bound to.
Bound = Callable[[tuple[float, ...]], Forecasts]
#: The point of the modal option for a case: by its fingerprint and its number of options.
Modal = Callable[[str, int], float]


@dataclass(frozen=True)
class ForecastModel:
    """A model: its coefficients, how it is bound to cases (with their fingerprints), and its point if it has one."""

    name: str
    title: str
    coefficients: tuple[Coefficient, ...]
    bind: Callable[[Sequence[CodedCase], Sequence[str]], Bound]
    points: Callable[[Sequence[CodedCase], Sequence[str]], list[float]] | None = None


def seen_in(view: str, case: CodedCase) -> CodedCase:
    """A case with what a view of `VIEWS` lets the models see."""
    if view == "without_formal":
        return case.keeping(lambda actor, position: actor != "formal")
    if view == "confident":
        return case.keeping(lambda actor, position: position.confidence != "low")
    return case


def forecast_models(history: History, modal: Modal) -> list[ForecastModel]:
    """All models, ours first. `modal` gives the modal option by number of options without a case's own outcome."""
    constant = history.with_constant_weights()

    def rule(states: History) -> Callable[[Sequence[CodedCase], Sequence[str]], Bound]:
        return lambda cases, fingerprints: DecisionRule(states, cases).forecast

    def logit(cases: Sequence[CodedCase], fingerprints: Sequence[str]) -> Bound:
        return lambda coefficients: logit_forecast(cases, coefficients)

    def around(point: Callable[[CodedCase, str], float], name: str, title: str) -> ForecastModel:
        def points(cases: Sequence[CodedCase], fingerprints: Sequence[str]) -> list[float]:
            return [point(case, mark) for case, mark in zip(cases, fingerprints, strict=True)]

        def bind(cases: Sequence[CodedCase], fingerprints: Sequence[str]) -> Bound:
            named, options = points(cases, fingerprints), [case.options for case in cases]
            return lambda coefficients: spread_forecast(named, options, coefficients)

        return ForecastModel(name, title, SPREAD, bind, points)

    return [
        ForecastModel(OURS, "multivector", RULE, rule(history)),
        ForecastModel(CONSTANT, "multivector, constant weights", RULE, rule(constant)),
        ForecastModel(LOGIT_NAME, "multinomial logit", LOGIT, logit),
        around(lambda case, mark: modal(mark, case.options), MODAL, "modal option"),
        *(
            around(lambda case, mark, rival=rival: rival.point(case), rival.name, rival.title)  # type: ignore[misc]
            for rival in point_rivals(history.cast.powers)
        ),
    ]
