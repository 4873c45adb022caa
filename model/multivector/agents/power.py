"""Great powers: they press and they offer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from multivector.lean import mesa
from multivector.numerics import Floats

if TYPE_CHECKING:
    from multivector.model import MultivectorModel

__all__ = ["Power"]


class Power(mesa.Agent):  # type: ignore[misc]
    """A power outside. Owns one row of the ties; (W, D) views in the order politics, economy, security."""

    model: MultivectorModel

    def __init__(self, model: MultivectorModel, row: int) -> None:
        super().__init__(model)
        self.row = row
        self.id, self.name = model.cast.powers[row], model.cast.power_names[row]

    @property
    def tie(self) -> Floats:
        """Our tie to it, (W, D), 0..1."""
        return self.model.state.tie[:, self.row]

    @property
    def engagement(self) -> Floats:
        """What it supplies this month, (W, D), 0..1."""
        return self.model.state.engagement[:, self.row]

    @property
    def pressure(self) -> Floats:
        """What it threatens this month, (W, D), 0..1."""
        return self.model.state.pressure[:, self.row]

    @property
    def divergence(self) -> Floats:
        """How far recent decisions went against its wishes, (W,), 0..1."""
        return self.model.state.divergence[:, self.row]
