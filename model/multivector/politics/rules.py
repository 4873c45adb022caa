"""Parameters and switches as records that compiled loops read by name: `p.group.name`, `on.mechanism`."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any, TypeVar, cast

import numpy as np
from numpy.typing import NDArray

from multivector.scenario.mechanisms import MECHANISMS

__all__ = ["Records", "kept", "record_of", "switches_of"]

T = TypeVar("T")

Records = NDArray[np.void]
_SWITCHES = np.dtype([(name, np.bool_) for name in MECHANISMS])


def kept(p: Any, name: str, sources: tuple[object, ...], make: Callable[[], T]) -> T:
    """What was last made under this name if it was made from these very objects, else made anew.

    Kept with the run's parameters. Arrays among the sources must be replaced, never written to.
    """
    found = vars(p).get(name)
    if found is None or any(old is not new for old, new in zip(found[0], sources, strict=True)):
        found = (sources, make())
        setattr(p, name, found)
    return cast(T, found[1])


@cache
def _form(paths: tuple[str, ...]) -> np.dtype[np.void]:
    """The type of a record of these parameters: one object for all runs of a process.

    Of another object compiled code finds out field by field, at every call, that it is the same type.
    """
    groups: dict[str, list[tuple[str, type[np.float64]]]] = {}
    for path in paths:
        group, name = path.split(".", 1)
        groups.setdefault(group, []).append((name, np.float64))
    return np.dtype(list(groups.items()))


def record_of(p: Any) -> Records:
    """All parameters as one record, shape (1,), made once; compiled loops take arrays faster than single records."""

    def record() -> Records:
        made = np.zeros(1, dtype=_form(tuple(p.values)))
        for path in p.values:
            group, name = path.split(".", 1)
            made[group][name] = getattr(getattr(p, group), name)
        return made

    return kept(p, "_record", (), record)


def switches_of(p: Any, on: Callable[[str], bool]) -> Records:
    """Whether each mechanism is on, as one record, shape (1,); made once a run, kept with its parameters."""
    return kept(p, "_switches", (), lambda: np.array([tuple(map(on, MECHANISMS))], dtype=_SWITCHES))
