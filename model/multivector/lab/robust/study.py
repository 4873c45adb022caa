"""`kind: robust`: doctrines × futures × worlds, and what is wanted of a doctrine."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from multivector.lab.designs import Factor, Point
from multivector.lab.factors import expressions
from multivector.lab.futures import FuturesStudy, read_futures
from multivector.lab.measures import MEASURED
from multivector.lab.study import MAX_POINTS, FactorForm, Points, read_factor
from multivector.scenario import Problem, Scenario, ScenarioErrors
from multivector.scenario.errors import nearest
from multivector.scenario.fields import Text, listed, number, one_of, refusal, whole
from multivector.scenario.schema import Record
from multivector.scenario.translate import problem_at
from multivector.scenario.tree import Node

__all__ = ["AS_IT_IS", "Objective", "RobustStudy", "known_doctrines"]

AS_IT_IS = "as it is"
_ANY = float("inf")


@cache
def known_doctrines() -> dict[str, tuple[str, dict[str, Any]]]:
    """Name → (summary, path → value) of the packaged doctrines."""
    from ruamel.yaml import YAML

    text = (resources.files("multivector.lab.robust") / "doctrines.yaml").read_text(encoding="utf-8")
    content = YAML(typ="safe", pure=True).load(text)
    return {str(name): (str(one["summary"]), dict(one["set"])) for name, one in content.items()}


class Objective(Record):
    """What is wanted of a doctrine: an outcome, which way is better, and how much is enough."""

    outcome: Annotated[str, one_of(MEASURED)] = Field(description="Outcome at the end, NAME_mean, or office_lost.")
    better: Annotated[str, one_of(("more", "less"))] = Field(default="more", description="Which way is better.")
    enough: Annotated[float, number(-_ANY, _ANY)] | None = Field(
        default=None,
        description="The mean over worlds that is enough in a future; left out: what the scenario's own doctrine "
        "reaches in three of four futures.",
    )


USUAL: dict[str, Objective] = {
    "survival": Objective(outcome="hazard_annual_mean", better="less"),
    "autonomy": Objective(outcome="autonomy"),
    "income": Objective(outcome="income"),
    "responsiveness": Objective(outcome="congruence_public_mean"),
}
"""The hazard of losing office, which is less of a lottery than its loss; autonomy; income (2019 = 1); and congruence
with the public's wishes over the months."""


def _own(value: Any) -> Any:
    if not isinstance(value, dict):
        raise refusal("must be a mapping {name: {path: value}}")
    for name, sets in value.items():
        if not isinstance(sets, dict) or not sets:
            raise refusal(f"the doctrine `{name}` must be a mapping {{path: value}}")
    return value


class RobustStudy(FuturesStudy):
    """`kind: robust`."""

    doctrines: Annotated[tuple[Text, ...], BeforeValidator(listed)] = Field(
        default=(), description="Packaged doctrines to compare; all of them if left out."
    )
    own: Annotated[dict[str, Any], BeforeValidator(_own)] = Field(
        default={}, description="Further doctrines: name → {path: value}."
    )
    futures: dict[str, Annotated[FactorForm, BeforeValidator(read_factor)]] = Field(
        description="The conditions that vary over futures: path → {low, high}, `range`, or levels."
    )
    points: Annotated[int, whole(4, MAX_POINTS)] = Field(default=64, description="Futures.")
    objectives: dict[str, Objective] = Field(
        default=USUAL, description="Name → outcome, better, enough; survival, autonomy, income, responsiveness."
    )

    @property
    def design_kind(self) -> str:
        """Doctrines × futures."""
        return "doctrines"

    @property
    def compared(self) -> dict[str, dict[str, Any]]:
        """Doctrine → path → value; the scenario's own line comes first."""
        known = known_doctrines()
        names = [AS_IT_IS, *(name for name in (self.doctrines or known) if name != AS_IT_IS)]
        return {
            **{name: known[name][1] for name in names},
            **{str(name): dict(sets) for name, sets in self.own.items()},
        }

    @property
    def settings(self) -> dict[str, Any]:
        """Doctrines in the order of the points, and the objectives."""
        return {
            "doctrines": self.compared,
            "futures": self.points,
            "objectives": {name: one.model_dump(exclude_none=True) for name, one in self.objectives.items()},
            "seed": self.seed,
        }

    def future_points(self) -> tuple[list[Factor], list[Point]]:
        """The futures alone."""
        return self.drawn(self.futures, self.points)

    def points_of(self, scenarios: Mapping[str, Scenario], folder: Path) -> Points:
        """Every doctrine in every future: point number = future × doctrines + doctrine."""
        factors, futures = self.future_points()
        sets = list(self.compared.values())
        paths = list(dict.fromkeys(path for one in sets for path in one))
        levers = [Factor(path, (path,), tuple(one[path] for one in sets if path in one)) for path in paths]
        points: list[Point] = [{**future, **one} for future in futures for one in sets]
        return [*factors, *levers], points, [1.0] * len(points)

    @classmethod
    def examine(cls, tree: Node, scenarios: Mapping[str, Scenario], folder: Path) -> list[Problem]:
        """Check futures and doctrines against the scenarios."""
        problems = read_futures(tree, "futures", scenarios)
        known = known_doctrines()
        named = tree.get("doctrines")
        for number_, node in enumerate(named.items if named is not None else ()):
            if isinstance(node.value, str) and node.value not in known:
                hint = nearest(node.value, known)
                more = "" if hint else f"; there is {', '.join(known)}"
                problems.append(
                    problem_at(tree, ("doctrines", number_), f"there is no doctrine `{node.value}`{more}", hint)
                )
        own = tree.get("own")
        futures = tree.get("futures")
        varied = list(futures.mapping) if futures is not None and isinstance(futures.value, dict) else []
        for name, node in own.mapping.items() if own is not None and isinstance(own.value, dict) else ():
            sets = node.plain()
            if not isinstance(sets, dict):
                continue  # the schema says so
            for path in sets:
                if path in varied:
                    message = "a doctrine cannot set what varies over futures"
                    problems.append(problem_at(tree, ("own", name, path), message, at_key=True))
            problems += _tried(tree, str(name), sets, scenarios)
        return problems


def _tried(tree: Node, name: str, sets: dict[str, Any], scenarios: Mapping[str, Scenario]) -> list[Problem]:
    """What the scenarios refuse of a doctrine, each at its line, said once."""
    found: dict[str, Problem] = {}
    factors = [Factor(str(path), (str(path),)) for path in sets]
    for called, scenario in scenarios.items():
        for factor in factors:
            try:
                scenario.with_sets(expressions([factor], {factor.name: sets[factor.name]}))
            except ScenarioErrors as errors:
                for one in errors.problems:
                    message = f"{one.message} (scenario {called})"
                    problem = problem_at(tree, ("own", name, factor.name), message, one.suggestion, at_key=True)
                    found.setdefault(one.message, problem)
    return list(found.values())
