"""The schema of `kind: calibrate` studies."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any, Final

from pydantic import BeforeValidator, Field, model_validator

from multivector.lab.study import FactorForm, Study, read_factor
from multivector.scenario import Problem, Scenario
from multivector.scenario.errors import nearest
from multivector.scenario.fields import Text, number, refusal, whole
from multivector.scenario.records import parameter_records
from multivector.scenario.schema import Record
from multivector.scenario.translate import problem_at
from multivector.scenario.tree import Node

__all__ = ["OBSERVED", "CalibrateStudy", "Statistic"]

OBSERVED = ("trade", "votes", "arms", "attitudes")
"""What can be observed of a power: share of trade, agreement in votes, share of arms deliveries, attitude to it."""
_YEARS = (1900, 2200)
FEWEST_WORLDS: Final = 4


def _period(value: Any) -> Any:
    """A year, or [first year, last year]."""
    years = [value, value] if isinstance(value, int) and not isinstance(value, bool) else value
    fits = isinstance(years, (list, tuple)) and len(years) == 2
    if not fits or not all(isinstance(year, int) and _YEARS[0] <= year <= _YEARS[1] for year in years):
        raise refusal("must be a year, or [first year, last year]")
    if years[0] > years[1]:
        raise refusal(f"runs backwards: {years[0]} to {years[1]}", f"[{years[1]}, {years[0]}]")
    return tuple(years)


_FORMS: Final = MappingProxyType(
    {
        "movement": ("from", "to", "before", "after"),
        "level": ("in", "share"),
        "volatility": ("in", "spread"),
    }
)
"""What a statistic measures → the keys that say it."""
_FIELDS: Final = MappingProxyType({"from": "period_before", "to": "period_after", "in": "period"})

Period = Annotated[tuple[int, int], BeforeValidator(_period)]
Share = Annotated[float, number(0.0, 1.0)]


class Statistic(Record):
    """A figure of the record: how far a share moved between two periods, how high it was, or how much it swung."""

    observable: Text = Field(description="What: trade, votes, arms or attitudes, a point, and the power.")
    period_before: Period | None = Field(
        default=None, alias="from", description="Year, or first and last year, of a movement's earlier mean."
    )
    period_after: Period | None = Field(
        default=None, alias="to", description="Year, or first and last year, of a movement's later mean."
    )
    before: Share | None = Field(default=None, description="Mean share in the earlier period, 0..1.")
    after: Share | None = Field(default=None, description="Mean share in the later period, 0..1.")
    period: Period | None = Field(
        default=None, alias="in", description="Year, or first and last year, of a level or a volatility."
    )
    share: Share | None = Field(default=None, description="Level: mean share in the period, 0..1.")
    spread: Annotated[float, number(0.001, 10.0)] | None = Field(
        default=None, description="Volatility: standard deviation of changes over `lag` years, logits."
    )
    lag: Annotated[int, whole(1, 50)] = Field(default=3, description="Years between the figures whose change is meant.")
    error: Annotated[float, number(0.001, 10.0)] = Field(
        description="Error of the record and of what the model leaves out (one standard deviation): logits; of a "
        "volatility, of its natural logarithm."
    )
    source: Text = Field(description="Key of `sources`, or the reference itself.")
    left_out: Text | None = Field(
        default=None, description="Why the statistic is not fitted: it is shown beside the fit, and has no part in it."
    )

    @model_validator(mode="after")
    def _one_form(self) -> Statistic:
        given = {key for form in _FORMS.values() for key in form if getattr(self, _FIELDS.get(key, key)) is not None}
        if any(given == set(form) for form in _FORMS.values()):
            return self
        near = min(_FORMS.values(), key=lambda form: (len(given ^ set(form)), len(form)))
        lacking = [key for key in near if key not in given]
        if lacking:
            raise refusal(f"lacks `{lacking[0]}`; {_SAID}")
        raise refusal(f"has `{min(given - set(near))}` too much; {_SAID}")

    @property
    def measure(self) -> str:
        """`movement`, `level` or `volatility`."""
        if self.spread is not None:
            return "volatility"
        return "movement" if self.share is None else "level"

    @property
    def ends(self) -> tuple[tuple[tuple[int, int] | None, int], ...]:
        """A movement's periods, with the sign that each has in it."""
        return (self.period_before, -1), (self.period_after, 1)

    @property
    def last(self) -> int:
        """The last year that it needs."""
        period = self.period_after if self.measure == "movement" else self.period
        assert period is not None
        return period[1]


_SAID: Final = (
    "a movement has `from`, `to`, `before` and `after`, a level `in` and `share`, a volatility `in` and `spread`"
)


class CalibrateStudy(Study):
    """`kind: calibrate`: which parameters fit the record."""

    fit: dict[str, Annotated[FactorForm, BeforeValidator(read_factor)]] = Field(
        description="Parameter → its prior: `range` (that of its record), or {low, high}."
    )
    statistics: dict[str, Statistic] = Field(description="Name → the figure that the runs are compared with.")
    simulations: Annotated[int, whole(16, 1_000_000)] = Field(
        default=512, description="Points of the Sobol' design, best a power of two; more go on in the same database."
    )
    checks: Annotated[int, whole(4, 10_000)] = Field(
        default=24, description="Points of the posterior that are simulated to show what it predicts."
    )
    name: Text = Field(default="calibrated", description="Name of the parameter set that comes out.")
    sources: dict[str, Text] = Field(default={}, description="Keys that `source` of a statistic may name.")

    @classmethod
    def examine(cls, tree: Node, scenarios: Mapping[str, Scenario], folder: Path) -> list[Problem]:
        """Parameters that exist and have a range, and observables that every scenario has."""
        return [*_parameters(tree), *_statistics(tree, scenarios), *_single(tree), *_enough(tree)]

    @property
    def fitted(self) -> dict[str, Statistic]:
        """The statistics that are fitted, in the file's order."""
        return {name: one for name, one in self.statistics.items() if one.left_out is None}

    def priors(self) -> dict[str, tuple[float, float]]:
        """Path → (low, high) of the uniform prior, in the file's order."""
        records = parameter_records()
        found = {}
        for name, form in self.fit.items():
            path = name.removeprefix("parameters.")
            low = records[path].low if form.low is None else form.low
            high = records[path].high if form.high is None else form.high
            found[path] = (float(low), float(high))
        return found


def _single(tree: Node) -> list[Problem]:
    named, seeds = tree.get("scenarios"), tree.get("seeds")
    found = []
    for key, node in (("scenarios", named), ("seeds", seeds)):
        if node is not None and len(node.items) > 1:
            found.append(problem_at(tree, (key,), f"a calibration takes one of `{key}`, not {len(node.items)}"))
    return found


def _enough(tree: Node) -> list[Problem]:
    worlds = tree.get("worlds")
    if worlds is None or not isinstance(worlds.value, int) or worlds.value >= FEWEST_WORLDS:
        return []
    said = f"chance is told from parameters by the scatter of worlds: at least {FEWEST_WORLDS}"
    return [problem_at(tree, ("worlds",), said, str(FEWEST_WORLDS))]


def _parameters(tree: Node) -> list[Problem]:
    records, found = parameter_records(), []
    fit = tree.get("fit")
    if fit is None or not isinstance(fit.value, dict):
        return []
    if not fit.mapping:
        found.append(problem_at(tree, ("fit",), "names no parameter"))
    for name, node in fit.mapping.items():
        path = str(name).removeprefix("parameters.")
        if path not in records:
            hint = nearest(path, records)
            found.append(problem_at(tree, ("fit", name), f"there is no parameter `{path}`", hint, at_key=True))
            continue
        record = records[path]
        ends = [node.get(key) for key in ("low", "high")] if isinstance(node.value, dict) else [None, None]
        low, high = (
            end if one is None or not isinstance(one.value, (int, float)) else float(one.value)
            for one, end in zip(ends, (record.low, record.high), strict=True)
        )
        if not low < high:
            found.append(problem_at(tree, ("fit", name), f"low ({low:g}) must be below high ({high:g})"))
        elif low < record.allowed[0] or high > record.allowed[1]:
            said = f"{low:g} to {high:g} leaves what `{path}` may be, {record.allowed[0]:g} to {record.allowed[1]:g}"
            found.append(problem_at(tree, ("fit", name), said))
    return found


def _outside(node: Node, scenarios: Mapping[str, Scenario]) -> tuple[str, str] | None:
    """The key of a period that lies outside the scenario, and what is wrong."""
    for scenario in scenarios.values():
        first, last = int(scenario.start[:4]) + (scenario.start[5:] != "01"), int(scenario.end[:4])
        for key in ("from", "to", "in"):
            period = node.get(key)
            try:
                years = None if period is None else _period(_plain(period))
            except Exception:  # the schema says so
                continue
            if years is not None and not first <= years[0] <= years[1] <= last:
                return (
                    key,
                    f"{years[0]} to {years[1]} lies outside {scenario.id}, whose whole years are {first} to {last}",
                )
    return None


def _plain(node: Node) -> Any:
    return [item.value for item in node.items] if node.items else node.value


def _statistics(tree: Node, scenarios: Mapping[str, Scenario]) -> list[Problem]:
    found = []
    statistics = tree.get("statistics")
    if statistics is None or not isinstance(statistics.value, dict):
        return []
    if not statistics.mapping:
        found.append(problem_at(tree, ("statistics",), "names no statistic"))
    elif all(node.get("left_out") is not None for node in statistics.mapping.values()):
        found.append(problem_at(tree, ("statistics",), "leaves every statistic out; nothing is fitted"))
    for name, node in statistics.mapping.items():
        observable = node.get("observable")
        if observable is None or not isinstance(observable.value, str):
            continue
        kind, _, power = observable.value.partition(".")
        known = {p for scenario in scenarios.values() for p in scenario.powers}
        place = ("statistics", name, "observable")
        if kind not in OBSERVED:
            hint = nearest(kind, OBSERVED)
            message = f"`{kind}` cannot be observed; there is {', '.join(OBSERVED)}"
            found.append(problem_at(tree, place, message, f"{hint}.{power}" if hint else ""))
        elif (late := _outside(node, scenarios)) is not None:
            found.append(problem_at(tree, ("statistics", name, late[0]), late[1]))
        elif scenarios and power not in known:
            hint = nearest(power, known)
            message = f"no scenario has a power `{power}`"
            found.append(problem_at(tree, place, message, f"{kind}.{hint}" if hint else ""))
    return found
