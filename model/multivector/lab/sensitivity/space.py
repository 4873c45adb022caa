"""The space of a sensitivity study and SALib's samples of it, in shares 0..1 of every factor."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from multivector.lab.errors import LabError

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Method", "Space", "design_of", "salib"]


class Method(Protocol):
    """The part of a study that decides its sample."""

    method: str
    trajectories: int
    levels: int
    points: int
    second_order: bool
    seed: int


@dataclass(frozen=True)
class Space:
    """Factors, each over 0..1.

    Attributes
    ----------
    names : of the factors.
    groups : the group of every factor (itself where it stands alone), or None where all stand alone.
    """

    names: tuple[str, ...]
    groups: tuple[str, ...] | None = None

    @property
    def called(self) -> tuple[str, ...]:
        """What has an index: groups in the order in which they come, or factors."""
        return self.names if self.groups is None else tuple(dict.fromkeys(self.groups))

    @property
    def problem(self) -> dict[str, Any]:
        """As SALib takes it."""
        found: dict[str, Any] = {
            "num_vars": len(self.names),
            "names": list(self.names),
            "bounds": [[0.0, 1.0]] * len(self.names),
        }
        if self.groups is not None:
            found["groups"] = list(self.groups)
        return found

    def group_of(self, factor: int) -> int:
        """The place in `called` of a factor."""
        return self.called.index(self.names[factor] if self.groups is None else self.groups[factor])

    def members(self, called: str) -> Sequence[str]:
        """The factors of a group."""
        if self.groups is None:
            return [called]
        return [name for name, group in zip(self.names, self.groups, strict=True) if group == called]


def salib(module: str) -> Any:
    """A module of SALib. Raises LabError with the command that installs it."""
    from importlib import import_module

    try:
        return import_module(f"SALib.{module}")
    except ImportError:
        raise LabError(
            "sensitivity studies need SALib, which is not installed", suggestion="pip install 'multivector[lab]'"
        ) from None


def design_of(space: Space, method: Method) -> NDArray[np.float64]:
    """The sample of a method, shape (points, factors), in SALib's order."""
    if method.method == "morris":
        rows = salib("sample.morris").sample(
            space.problem, method.trajectories, num_levels=method.levels, seed=method.seed
        )
    else:
        rows = salib("sample.sobol").sample(
            space.problem, method.points, calc_second_order=method.second_order, seed=method.seed
        )
    return np.clip(np.asarray(rows, dtype=np.float64), 0.0, 1.0)
