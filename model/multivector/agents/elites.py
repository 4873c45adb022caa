"""Domestic actors: formal bodies, informal groups and the elder. Each owns one column of the elites' arrays."""

from __future__ import annotations

from typing import TYPE_CHECKING

from multivector.agents.cast import Cast
from multivector.lean import mesa
from multivector.numerics import Floats

if TYPE_CHECKING:
    from multivector.model import MultivectorModel

__all__ = ["Elder", "FormalActor", "InformalActor"]


class _DomesticActor(mesa.Agent):  # type: ignore[misc]
    """An actor with a column of its own: `clout`, `loyalty` and, in a month with cases, `wishes`."""

    model: MultivectorModel

    def __init__(self, model: MultivectorModel, column: int) -> None:
        super().__init__(model)
        self.column = column
        cast: Cast = model.cast
        self.id, self.name, self.role = cast.actors[column], cast.actor_names[column], cast.role[column]

    @property
    def clout(self) -> Floats:
        """Weight among the elites in every world, (W,), 0..1."""
        return self.model.state.clout[:, self.column]

    @property
    def loyalty(self) -> Floats:
        """Loyalty to the president in every world, (W,), 0..1."""
        return self.model.state.loyalty[:, self.column]

    @property
    def wishes(self) -> dict[str, Floats]:
        """What this actor wants in each case on this month's docket: case name -> wish on the axis 0..1, (B,)."""
        return {case.name: positions.wish[:, self.column] for case, positions in self.model.docket}


class FormalActor(_DomesticActor):
    """A body with a formal part: ministry, office, council, services, party, parliament, think tanks (N4)."""


class InformalActor(_DomesticActor):
    """A group of the informal circle: family, loyalists, owners of a sector, partners of a foreign power (N2, N3)."""


class Elder(_DomesticActor):
    """A former president; while he holds a veto, decisions need his consent (B2)."""

    def holds_veto(self, month: int) -> bool:
        """Whether the office gives him a veto in this month (in worlds whose first president still sits)."""
        elder = self.model.setting.offices.elder
        if elder is None or not elder.veto:
            return False
        return self.model.month_index(elder.since, 0) <= month < self.model.month_index(elder.until, 10**9)
