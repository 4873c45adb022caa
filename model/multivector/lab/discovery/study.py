"""`kind: discovery`: many futures, what counts as a bad one, and how boxes around the bad ones are sought."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from multivector.lab.futures import FuturesStudy, read_futures
from multivector.lab.study import MAX_POINTS, Condition, FactorForm, Points, read_factor
from multivector.scenario import Problem, Scenario
from multivector.scenario.fields import listed, number, one_of, refusal, whole
from multivector.scenario.translate import problem_at
from multivector.scenario.tree import Node

__all__ = ["DiscoveryStudy", "Interest"]

METHODS = ("prim", "cart")


class Interest(Condition):
    """What is looked for: a condition of a world, and when a future counts as showing it."""

    share: Annotated[float, number(0.0, 1.0)] | None = Field(
        default=None, description="A future counts where at least this share of its worlds shows it; 0.5 if left out."
    )
    worst: Annotated[float, number(0.01, 0.99)] | None = Field(
        default=None, description="Instead: this share of all futures counts, those where most worlds show it."
    )


def read_interest(value: Any) -> Any:
    """`interest`: name → condition, one at least."""
    if not isinstance(value, dict) or not value:
        raise refusal("must be a mapping {name: {outcome: .., below: .. or above: ..}}")
    return value


class DiscoveryStudy(FuturesStudy):
    """`kind: discovery`."""

    factors: dict[str, Annotated[FactorForm, BeforeValidator(read_factor)]] = Field(
        description="The conditions that vary over futures: path → {low, high}, `range`, or levels."
    )
    points: Annotated[int, whole(20, MAX_POINTS)] = Field(default=256, description="Futures.")
    interest: Annotated[dict[str, Interest], BeforeValidator(read_interest)] = Field(
        description="What is looked for: a name for people → the condition."
    )
    methods: Annotated[tuple[Annotated[str, one_of(METHODS)], ...], BeforeValidator(listed)] = Field(
        default=METHODS, description="prim (boxes peeled out), cart (a tree of splits)."
    )
    density: Annotated[float, number(0.05, 1.0)] = Field(
        default=0.75, description="Share of a box's futures that should show it."
    )
    smallest: Annotated[float, number(0.01, 0.5)] = Field(
        default=0.05, description="Smallest box, as a share of all futures."
    )
    boxes: Annotated[int, whole(1, 5)] = Field(default=2, description="Most boxes of PRIM.")

    @property
    def design_kind(self) -> str:
        """The sampler."""
        return str(self.sampler)

    @property
    def settings(self) -> dict[str, Any]:
        """Everything but the futures themselves."""
        return {
            "interest": {name: one.model_dump(exclude_none=True) for name, one in self.interest.items()},
            "methods": list(self.methods),
            "density": self.density,
            "smallest": self.smallest,
            "boxes": self.boxes,
            "seed": self.seed,
        }

    def points_of(self, scenarios: Mapping[str, Scenario], folder: Path) -> Points:
        """The futures."""
        factors, points = self.drawn(self.factors, self.points)
        return factors, points, [1.0] * len(points)

    @classmethod
    def examine(cls, tree: Node, scenarios: Mapping[str, Scenario], folder: Path) -> list[Problem]:
        """Check the futures against the scenarios, and that each condition is one."""
        problems = read_futures(tree, "factors", scenarios)
        interest = tree.get("interest")
        for name, node in interest.mapping.items() if interest is not None else ():
            plain = node.plain()
            if not isinstance(plain, dict):
                continue  # the schema says so
            if ("below" in plain) == ("above" in plain):
                problems.append(problem_at(tree, ("interest", name), "give either `below` or `above`"))
            if "share" in plain and "worst" in plain:
                problems.append(problem_at(tree, ("interest", name, "worst"), "give `share` or `worst`, not both"))
        return problems
