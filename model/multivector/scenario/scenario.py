"""The resolved scenario: everything that a run needs to know, frozen and picklable."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel, Field

from multivector.scenario.emit import to_yaml
from multivector.scenario.errors import Problem
from multivector.scenario.mechanisms import MECHANISMS
from multivector.scenario.paths import DomainPaths, Path, month_number, month_text
from multivector.scenario.schema import (
    SCHEMA,
    Entry,
    Event,
    Formal,
    Informal,
    Power,
    Record,
    ScenarioDocument,
    Sourced,
    Stocks,
)

__all__ = ["Scenario"]

_RUNTIME = ("id", "changes", "warnings", "lineage", "parameter_values")
_FILE_ONLY = ("abstract", "extends", "remove", "schema_")
_NO_EFFECT = ("title", "summary", "notes", "sources")
_RECORDS: dict[type[BaseModel], tuple[str, ...]] = {
    Power: ("ties", "affinity"),
    Formal: ("clout", "loyalty"),
    Informal: ("clout", "loyalty"),
    Stocks: ("income", "grievance", "repression", "reform", "competitiveness", "doubt", "obligation"),
}


class Scenario(ScenarioDocument):
    """A scenario after `extends`, `--set` and all checks: what `load_scenario` returns.

    The fields are those of the YAML file (`powers["russia"].pressure.domain("economy").at("2022-03")`), and
    these: `mechanisms` names every mechanism; `timeline` is sorted by date and holds only what falls within
    start..end.
    """

    id: str = Field(default="", description="Slug from the file's name.")
    lineage: tuple[str, ...] = Field(default=(), description="Names of the scenarios that this one extends.")
    changes: tuple[str, ...] = Field(default=(), description="What `extends` and `--set` changed: `path: old -> new`.")
    warnings: tuple[Problem, ...] = Field(default=(), description="What is doubtful but allowed.")
    parameter_values: dict[str, float] = Field(default={}, description="The value of every parameter.")

    @property
    def months(self) -> int:
        """Number of months from `start` to `end`, both included."""
        return month_number(self.end) - month_number(self.start) + 1

    @property
    def dates(self) -> list[str]:
        """The dates of all months, `YYYY-MM`."""
        first = month_number(self.start)
        return [month_text(first + month) for month in range(self.months)]

    def month_index(self, date: str) -> int:
        """Return the index of a date counted from the start (negative before it)."""
        return month_number(date) - month_number(self.start)

    def date_at(self, month: int) -> str:
        """Return the date of a month index."""
        return month_text(month_number(self.start) + month)

    def mechanism(self, name: str) -> bool:
        """Whether a mechanism is on; KeyError for an unknown name."""
        return self.mechanisms[name]

    def to_dict(self) -> dict[str, Any]:
        """Return the resolved scenario as plain data in the shape of a complete scenario file."""
        data: dict[str, Any] = {"schema": SCHEMA}
        data.update(_plain_model(self, skip=(*_RUNTIME, *_FILE_ONLY)))
        data["mechanisms"] = {name: False for name, on in sorted(self.mechanisms.items()) if not on}
        data["parameters"] = dict(sorted(self.parameters.items()))
        return {key: value for key, value in data.items() if value not in ({}, [], None)}

    def to_yaml(self, *, all_parameters: bool = False) -> str:
        """Return the resolved scenario as a scenario file; loading it again gives the same hash.

        With `all_parameters`, the file states every parameter's value, so that it means the same under
        another version's defaults.
        """
        data = self.to_dict()
        if all_parameters:
            data["parameters"] = dict(self.parameter_values)
        return to_yaml(data)

    @property
    def hash(self) -> str:
        """SHA-256 (hex) of everything that can affect results, every parameter's value included."""
        data = _effective(self)
        data["parameters"] = dict(sorted(self.parameter_values.items()))
        data["mechanisms"] = {name: self.mechanisms.get(name, True) for name in MECHANISMS}
        text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
        return hashlib.sha256(text.encode("utf-8")).hexdigest()

    def with_sets(self, sets: Sequence[str]) -> Scenario:
        """Return the scenario with `--set` expressions applied; raises ScenarioErrors."""
        from multivector.scenario.loading import scenario_from_dict

        again = scenario_from_dict(self.to_dict(), name=self.id, sets=sets)
        return again.model_copy(
            update={
                "changes": (*self.changes, *again.changes),
                "warnings": (*self.warnings, *again.warnings),
                "lineage": self.lineage,
            }
        )

    def held(self) -> Scenario:
        """Return the scenario in which nothing changes.

        Every dated path stays at its value at the start, nothing happens on the timeline, and an elder who is
        in place at the start stays.
        """
        powers = {
            name: power.model_copy(
                update={
                    key: getattr(power, key).held() for key in ("interest", "credibility", "pressure", "engagement")
                }
            )
            for name, power in self.powers.items()
        }
        doctrine = self.doctrine.model_copy(
            update={
                **{key: getattr(self.doctrine, key).held() for key in ("balance", "sovereignty", "listening")},
                "lean": {name: path.held() for name, path in self.doctrine.lean.items()},
                "attention": self.doctrine.attention.model_copy(
                    update={key: getattr(self.doctrine.attention, key).held() for key in ("elite", "mass", "outside")}
                ),
            }
        )
        elder = self.offices.elder
        if elder is not None:
            in_place = elder.in_place(self.start)
            elder = elder.model_copy(update={"since": None, "until": None}) if in_place else None
        return self.model_copy(
            update={
                "powers": powers,
                "doctrine": doctrine,
                "timeline": (),
                "offices": self.offices.model_copy(update={"elder": elder}),
                "changes": (*self.changes, f"held: every path at its value of {self.start}, no timeline"),
            }
        )


def _plain_model(model: BaseModel, skip: Sequence[str] = ()) -> dict[str, Any]:
    """Return a model as plain data under the names of the file; what is empty or unset is left out."""
    data: dict[str, Any] = {}
    fields = type(model).model_fields
    for name in sorted(fields, key=lambda name: name in ("notes", "source", "sources")):
        if name in skip or (name == "sign" and isinstance(model, Event) and model.event != "income_shock"):
            continue
        value = _plain(getattr(model, name))
        if value is None or (isinstance(value, (dict, list, str)) and not value):
            continue
        data[fields[name].alias or name] = value
    return data


def _plain(value: Any) -> Any:
    if isinstance(value, BaseModel):
        return _plain_model(value)
    if isinstance(value, (Path, DomainPaths)):
        return value.plain()
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(inner) for inner in value]
    return value


def _effective(model: BaseModel) -> dict[str, Any]:
    """Return what can affect results: no prose, no sources, dated records by their value at the start."""
    skip: tuple[str, ...] = ()
    if isinstance(model, ScenarioDocument):
        skip = (*_RUNTIME, *_FILE_ONLY, *_NO_EFFECT, "parameters", "mechanisms")
    elif isinstance(model, Sourced):
        skip = ("notes", "source", "sources")
    elif isinstance(model, Entry):
        skip = ("notes", "source")
    records = _RECORDS.get(type(model), ())
    return {
        name: _effective_value(getattr(model, name), name in records)
        for name in type(model).model_fields
        if name not in skip
    }


def _effective_value(value: Any, record: bool) -> Any:
    if isinstance(value, Path):
        return value.initial if record else value.plain()
    if isinstance(value, DomainPaths):
        return [_effective_value(path, record) for path in value.paths]
    if isinstance(value, Record):
        return _effective(value)
    if isinstance(value, dict):
        plain = {key: _effective_value(inner, record) for key, inner in value.items()}
        # parts are in this order in every array; the order inside a mapping of numbers means nothing
        ordered = any(isinstance(inner, BaseModel) for inner in value.values())
        return [[key, inner] for key, inner in plain.items()] if ordered else dict(sorted(plain.items()))
    if isinstance(value, (list, tuple)):
        return [_effective_value(inner, record) for inner in value]
    return value
