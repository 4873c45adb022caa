"""Small publics for the kernel tests."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest

from multivector.kernels.public import PublicInputs, PublicParameters
from multivector.streams import Streams

DEFAULTS: dict[str, Any] = {
    "degree": 8, "rewire": 0.1, "block": 20.0, "attitude_sd": 0.25, "influence": 0.2, "confidence": 0.5,
    "anchor_rate": 0.05, "media_rate": 0.1, "noise_sd": 0.03, "grievance_sd": 0.15, "grievance_rate": 0.1,
    "threshold_mean": 0.5, "threshold_sd": 0.15, "neighbour_weight": 0.3, "speak_fraction": 0.7, "weeks": 4,
}  # fmt: skip


class Case:
    """A public and a month's inputs that depend on nothing but the world ids."""

    def __init__(
        self,
        worlds: Sequence[int] = (0, 1, 2),
        citizens: int = 120,
        powers: int = 3,
        shares: Sequence[float] = (0.6, 0.4),
        issues: int = 2,
        seed: int = 5,
        **parameters: Any,
    ) -> None:
        self.worlds, self.citizens, self.powers, self.shares, self.issues = (
            worlds,
            citizens,
            powers,
            shares,
            issues,
        )
        self.parameters = PublicParameters(**{**DEFAULTS, **parameters})
        self.streams = Streams(seed, worlds)
        self.keys = self.streams.kernel_seeds("public")
        self.anchor = self.draw("anchor", len(shares), powers, low=-0.6, high=0.6)
        self.grievance0 = self.draw("grievance0", low=0.2, high=0.4)

    def draw(self, name: str, *shape: int, month: int = 0, low: float = 0.0, high: float = 1.0) -> Any:
        size = int(np.prod(shape, dtype=int))
        u = self.streams.uniform(name, month, 0, size) if size else np.empty((len(self.worlds), 0))
        return (low + (high - low) * u).reshape(len(self.worlds), *shape)

    def inputs(self, month: int = 0, **changed: Any) -> PublicInputs:
        groups, powers, issues = len(self.shares), self.powers, self.issues
        fields: dict[str, Any] = {
            "anchor": self.anchor,
            "media_target": self.draw("media", groups, powers, month=month, low=-1.0),
            "exposure": np.linspace(0.0, 0.8, groups * powers).reshape(groups, powers),
            "shock": self.draw("shock", groups, powers, month=month, low=-0.05, high=0.05),
            "strain": self.draw("strain", month=month, low=0.3, high=0.6),
            "relief": self.draw("relief", month=month, high=0.02),
            "fear": self.draw("fear", month=month, high=0.1),
            "slope": self.draw("slope", issues, powers, month=month, low=-0.5, high=0.5),
            "intercept": self.draw("intercept", issues, month=month, low=0.3, high=0.7),
            "outcome": self.draw("outcome", issues, month=month),
            "salience": self.draw("salience", issues, month=month, high=0.2),
        }
        return PublicInputs(**{**fields, **changed})

    def arguments(self) -> tuple[Any, ...]:
        """Positional arguments of `Citizens` and `TwinCitizens`."""
        return (
            self.citizens, self.shares, self.powers, self.worlds, self.keys, 11,
            self.anchor, self.grievance0, self.parameters,
        )  # fmt: skip


@pytest.fixture
def case() -> Callable[..., Case]:
    return Case
