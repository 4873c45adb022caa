"""Futures: conditions that vary together, drawn evenly, as scenario discovery and robust choice both need them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field, ValidationError
from pydantic_core import PydanticCustomError

from multivector.lab.designs import Factor, Point, latin_hypercube, sobol
from multivector.lab.factors import made_factor, tried_factors
from multivector.lab.study import FactorForm, PointsStudy, read_factor
from multivector.scenario import Problem, Scenario
from multivector.scenario.fields import one_of, whole
from multivector.scenario.translate import problem_at
from multivector.scenario.tree import Node

__all__ = ["FuturesStudy", "read_futures"]

_SAMPLERS = {"latin-hypercube": latin_hypercube, "sobol": sobol}


class FuturesStudy(PointsStudy):
    """What studies over many futures share: how futures are drawn."""

    sampler: Annotated[str, one_of(tuple(_SAMPLERS))] = Field(
        default="latin-hypercube", description="How futures are drawn."
    )
    seed: Annotated[int, whole(0, 2**32 - 1)] = Field(default=1, description="Seed of the sampler.")

    def drawn(self, forms: Mapping[str, FactorForm], points: int) -> tuple[list[Factor], list[Point]]:
        """Factors, and `points` futures of them."""
        factors = [made_factor(name, form) for name, form in forms.items()]
        return factors, _SAMPLERS[self.sampler](factors, points, self.seed)


def read_futures(tree: Node, key: str, scenarios: Mapping[str, Scenario]) -> list[Problem]:
    """What is wrong with the conditions under a key: no factor, a range that is none, a value that is refused."""
    node = tree.get(key)
    if node is None or not isinstance(node.value, dict):
        return []  # the schema says so
    problems: list[Problem] = []
    if not node.mapping:
        problems.append(problem_at(tree, (key,), "nothing varies: give one factor at least"))
    factors = []
    for name, child in node.mapping.items():
        try:
            factors.append(made_factor(str(name), FactorForm.model_validate(read_factor(child.plain()))))
        except (ValidationError, PydanticCustomError):
            continue  # the schema says so
        except ValueError as error:
            message, suggestion = error.args
            problems.append(problem_at(tree, (key, name), message, suggestion))
    return problems + tried_factors(tree, factors, scenarios, key)
