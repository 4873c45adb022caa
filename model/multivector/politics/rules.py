"""Parameters and switches as records that compiled loops read by name: `p.group.name`, `on.mechanism`."""

from __future__ import annotations

from collections.abc import Callable
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


def record_of(p: Any) -> Records:
    """All parameters as one record, shape (1,), made once; compiled loops take arrays faster than single records."""
    if "_record" not in vars(p):
        groups: dict[str, list[str]] = {}
        for path in p.values:
            group, name = path.split(".", 1)
            groups.setdefault(group, []).append(name)
        record = np.zeros(1, dtype=[(group, [(name, np.float64) for name in names]) for group, names in groups.items()])
        for group, names in groups.items():
            for name in names:
                record[group][name] = getattr(getattr(p, group), name)
        p._record = record
    found: Records = p._record
    return found


def switches_of(p: Any, on: Callable[[str], bool]) -> Records:
    """Whether each mechanism is on, as one record, shape (1,); made once a run, kept with its parameters."""
    if "_switches" not in vars(p):
        p._switches = np.array([tuple(map(on, MECHANISMS))], dtype=_SWITCHES)
    found: Records = p._switches
    return found
