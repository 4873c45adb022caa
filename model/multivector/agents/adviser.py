"""Advisers: brokers between formal and informal demands (claim N5)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from multivector.lean import mesa

if TYPE_CHECKING:
    from multivector.model import MultivectorModel

__all__ = ["Adviser"]


class Adviser(mesa.Agent):  # type: ignore[misc]
    """An adviser of the president. Capacity 0..1 to find side deals; lean -1 (formal) .. 1 (inner circle)."""

    def __init__(self, model: MultivectorModel, key: str) -> None:
        super().__init__(model)
        record = model.setting.advisers[key]
        self.id, self.name, self.capacity, self.lean = key, record.name, record.capacity, record.lean
