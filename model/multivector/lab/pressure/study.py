"""`kind: pressure-map`: a grid over two conditions, and what is meant by tipping."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from multivector.lab.designs import Factor, factorial
from multivector.lab.measures import MEASURED
from multivector.lab.study import Condition, Points, PointsStudy
from multivector.scenario import Problem, Scenario
from multivector.scenario.fields import Text, listed, number, one_of, whole
from multivector.scenario.schema import Record
from multivector.scenario.translate import problem_at
from multivector.scenario.tree import Node

__all__ = ["USUAL_OUTCOMES", "Axis", "PressureMapStudy", "Tip"]

_ANY = float("inf")
USUAL_OUTCOMES = (
    "congruence_public_mean",
    "congruence_informal_mean",
    "congruence_formal_mean",
    "autonomy",
    "hazard_annual",
)


class Axis(Record):
    """One side of the map."""

    path: Text = Field(description="What varies, such as powers.russia.pressure.")
    low: Annotated[float, number(-_ANY, _ANY)] = Field(default=0.0, description="Lower end.")
    high: Annotated[float, number(-_ANY, _ANY)] = Field(default=1.0, description="Upper end.")
    levels: Annotated[int, whole(4, 50)] = Field(default=7, description="How many values.")


class Tip(Condition):
    """A condition of a world; the line is where as many worlds show it as not (or `share` of them)."""

    under: Annotated[str, one_of(MEASURED)] | None = Field(
        default=None, description="Instead: a world shows it where the outcome lies under this other one."
    )
    share: Annotated[float, number(0.01, 0.99)] = Field(default=0.5, description="Share of worlds at the line.")


USUAL_TIPS: dict[str, Tip] = {
    "the public is heard less than informal elites": Tip(
        outcome="congruence_public_mean", under="congruence_informal_mean"
    ),
    "office is lost": Tip(outcome="office_lost", above=0.5),
}


class PressureMapStudy(PointsStudy):
    """`kind: pressure-map`."""

    x: Axis = Field(description="The condition along the bottom.")
    y: Axis = Field(description="The condition along the side.")
    outcomes: Annotated[tuple[Annotated[str, one_of(MEASURED)], ...], BeforeValidator(listed)] = Field(
        default=(),
        description="Outcomes that are analysed: at the end, NAME_mean, or office_lost.",
    )
    tips: dict[str, Tip] = Field(default=USUAL_TIPS, description="Name → condition of a world whose line is sought.")

    @property
    def design_kind(self) -> str:
        """A grid."""
        return "grid"

    @property
    def shown(self) -> tuple[str, ...]:
        """The outcomes that are mapped: whom decisions please, and what it costs, if left out."""
        return self.outcomes or USUAL_OUTCOMES

    @property
    def settings(self) -> dict[str, Any]:
        """Axes and tips."""
        return {
            "x": self.x.model_dump(),
            "y": self.y.model_dump(),
            "tips": {name: one.model_dump(exclude_none=True) for name, one in self.tips.items()},
            "outcomes": list(self.shown),
        }

    def grid(self) -> list[Factor]:
        """The two factors with their levels."""
        import numpy as np

        return [
            Factor(axis.path, (axis.path,), tuple(float(v) for v in np.linspace(axis.low, axis.high, axis.levels)))
            for axis in (self.x, self.y)
        ]

    def points_of(self, scenarios: Mapping[str, Scenario], folder: Path) -> Points:
        """The grid, y varying fastest."""
        factors = self.grid()
        points = factorial(factors)
        return factors, points, [1.0] * len(points)

    @classmethod
    def examine(cls, tree: Node, scenarios: Mapping[str, Scenario], folder: Path) -> list[Problem]:
        """Check that the axes are two, span something, and are taken by the scenarios; and that tips are conditions."""
        problems: list[Problem] = []
        factors = []
        for key in ("x", "y"):
            node = tree.get(key)
            plain = node.plain() if node is not None else None
            if not isinstance(plain, dict) or not isinstance(plain.get("path"), str):
                continue  # the schema says so
            low, high = plain.get("low", 0.0), plain.get("high", 1.0)
            if not all(isinstance(one, (int, float)) for one in (low, high)):
                continue
            if not low < high:
                problems.append(problem_at(tree, (key, "low"), f"low ({low:g}) must be below high ({high:g})"))
                continue
            factors.append((key, Factor(plain["path"], (plain["path"],), (float(low), float(high)))))
        if len(factors) == 2 and factors[0][1].name == factors[1][1].name:
            problems.append(problem_at(tree, ("y", "path"), "both axes vary the same"))
        for key, factor in factors:
            problems += _tried(tree, key, factor, scenarios)
        tips = tree.get("tips")
        for name, node in tips.mapping.items() if tips is not None and isinstance(tips.value, dict) else ():
            plain = node.plain()
            if isinstance(plain, dict) and sum(one in plain for one in ("below", "above", "under")) != 1:
                problems.append(problem_at(tree, ("tips", name), "give one of `below`, `above` and `under`"))
        return problems


def _tried(tree: Node, key: str, factor: Factor, scenarios: Mapping[str, Scenario]) -> list[Problem]:
    from multivector.lab.factors import expressions
    from multivector.scenario import ScenarioErrors

    found: dict[str, Problem] = {}
    for called, scenario in scenarios.items():
        for level in factor.levels:
            try:
                scenario.with_sets(expressions([factor], {factor.name: level}))
            except ScenarioErrors as errors:
                for one in errors.problems:
                    message = f"{one.message} (scenario {called})"
                    found.setdefault(one.message, problem_at(tree, (key, "path"), message, one.suggestion))
    return list(found.values())
