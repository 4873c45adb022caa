"""The parameter records as a scenario sees them."""

from __future__ import annotations

from collections.abc import Mapping

from multivector.parameters import Record, load_records

__all__ = ["full_values", "parameter_records"]


def parameter_records() -> Mapping[str, Record]:
    """Return all parameter records by dotted name."""
    return load_records()


def full_values(overrides: Mapping[str, float]) -> dict[str, float]:
    """Return the value of every parameter: the scenario's where it gives one, else the default."""
    values = {name: record.default for name, record in parameter_records().items()}
    values.update({name: float(value) for name, value in overrides.items()})
    return dict(sorted(values.items()))
