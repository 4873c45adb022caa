"""Parameter records: one YAML tree under `tree/`, checked in full when it is loaded.

A record has a path (`group.name`), name, description, unit, default, range (the prior), a source or the word
`assumption` with its reason, the mechanism that uses it, and the shipped scenario and outcome in which it shows
(`shows_in`, proved by a test).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from types import SimpleNamespace
from typing import Any

__all__ = ["Parameters", "Record", "RecordError", "load_records"]

_REQUIRED = ("name", "description", "unit", "default", "range", "mechanism", "shows_in")
_OPTIONAL = ("source", "assumption", "natural_range", "range_source", "allowed", "integer")

#: Months over which, and worlds in which, a parameter shows unless its record says otherwise.
_MONTHS, _WORLDS = 12, 24


class RecordError(ValueError):
    """A record that breaks the rules; the message names the record and the rule."""


@dataclass(frozen=True, slots=True)
class Record:
    """One parameter of the model. `low` and `high` bound its prior; `basis` is the source or the assumption.

    `range_source` says where a range comes from that is narrower than half the default either way. `allowed` is what a
    scenario may set (outside the range with a warning), cut to the natural range: a fifth to five times the default,
    but half the default either way where the record has cut the range; a record may say more.
    """

    path: str
    name: str
    description: str
    unit: str
    default: float
    low: float
    high: float
    source: str | None
    assumption: str | None
    mechanism: str
    scenario: str
    outcome: str
    months: int
    worlds: int
    integer: bool
    allowed: tuple[float, float]
    range_source: str | None

    @property
    def basis(self) -> str:
        """Where the number comes from, in one line."""
        return f"source: {self.source}" if self.source else f"assumption: {self.assumption}"


def _number(path: str, key: str, value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise RecordError(f"{path}: `{key}` must be a number, not {value!r}")
    return float(value)


def make_record(path: str, raw: Mapping[str, Any]) -> Record:
    """Check one record. Raises RecordError.

    A range is sourced (`range_source`), or spans at least half to one and a half times the default, cut to the
    quantity's whole natural range where it has one.
    """
    for key in _REQUIRED:
        if key not in raw:
            raise RecordError(f"{path}: `{key}` is missing")
    for key in raw:
        if key not in (*_REQUIRED, *_OPTIONAL):
            raise RecordError(f"{path}: unknown key `{key}`")
    if bool(raw.get("source")) == bool(raw.get("assumption")):
        raise RecordError(f"{path}: give either `source` or `assumption` (with the reason)")
    default = _number(path, "default", raw["default"])
    low, high = (_number(path, "range", v) for v in raw["range"])
    if not low <= default <= high or low == high:
        raise RecordError(f"{path}: default {default} must lie in the range {low}..{high}, which must not be empty")
    floor, ceiling = (float(v) for v in raw.get("natural_range", (float("-inf"), float("inf"))))
    if low < floor or high > ceiling:
        raise RecordError(f"{path}: range {low}..{high} leaves the natural range {floor}..{ceiling}")
    half, slack = 0.5 * abs(default), 1e-9 * abs(default)
    narrow = low > max(floor, default - half) + slack or high < min(ceiling, default + half) - slack
    if narrow and not raw.get("range_source"):
        raise RecordError(f"{path}: range {low}..{high} is narrower than half the default either way and has no source")
    wide = (default - half, default + half) if raw.get("range_source") else (default / 5.0, 5.0 * default)
    least, most = raw.get("allowed", (max(floor, wide[0]), min(ceiling, wide[1])))
    shows = raw["shows_in"]
    return Record(
        path=path,
        name=str(raw["name"]),
        description=str(raw["description"]),
        unit=str(raw["unit"]),
        default=default,
        low=low,
        high=high,
        source=raw.get("source"),
        assumption=raw.get("assumption"),
        mechanism=str(raw["mechanism"]),
        scenario=str(shows["scenario"]),
        outcome=str(shows["outcome"]),
        months=int(shows.get("months", _MONTHS)),
        worlds=int(shows.get("worlds", _WORLDS)),
        integer=bool(raw.get("integer", False)),
        range_source=raw.get("range_source"),
        allowed=(min(low, least), max(high, most)),
    )


@cache
def load_records() -> dict[str, Record]:
    """All records by path, in file order. Raises RecordError on the first record that breaks a rule."""
    from ruamel.yaml import YAML

    yaml = YAML(typ="safe")
    records: dict[str, Record] = {}
    folder = resources.files("multivector.parameters") / "tree"
    for file in sorted(folder.iterdir(), key=lambda item: item.name):
        if not file.name.endswith(".yaml"):
            continue
        content = yaml.load(file.read_text(encoding="utf-8"))
        group = file.name.removesuffix(".yaml")
        for name, raw in content.items():
            path = f"{group}.{name}"
            records[path] = make_record(path, raw)
    return records


class Parameters:
    """A full set of values, read as `p.group.name` (for example `p.decision.rationality`).

    Raises KeyError for a path without a record.
    """

    def __init__(self, values: Mapping[str, float] | None = None) -> None:
        self.values: dict[str, float] = {path: record.default for path, record in load_records().items()}
        for path, value in (values or {}).items():
            if path not in self.values:
                raise KeyError(path)
            self.values[path] = float(value)
        groups: dict[str, dict[str, float]] = {}
        for path, value in self.values.items():
            group, name = path.split(".", 1)
            groups.setdefault(group, {})[name] = value
        for group, members in groups.items():
            setattr(self, group, SimpleNamespace(**members))

    def __getattr__(self, group: str) -> Any:  # for type checkers: groups are set in __init__
        raise AttributeError(group)
