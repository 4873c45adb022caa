"""The kinds of value that a scenario holds, each with its own plain-English refusals.

Every validator here raises `PydanticCustomError` with a finished message, so that what the author reads does
not depend on pydantic's wording.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import GetJsonSchemaHandler, ValidationError
from pydantic_core import CoreSchema, InitErrorDetails, PydanticCustomError, core_schema

from multivector.scenario.errors import nearest
from multivector.scenario.paths import DOMAINS, DomainPaths, Path, looks_dated, month_number, month_text
from multivector.scenario.tree import scalar

__all__ = [
    "FieldSources",
    "Flag",
    "GroupPaths",
    "Month",
    "PerDomainNumbers",
    "PerDomainPaths",
    "Source",
    "Text",
    "dated",
    "listed",
    "number",
    "one_of",
    "refusal",
    "whole",
]

FIRST_YEAR, LAST_YEAR = 1900, 2200
"""Years outside these are typing errors."""

MONTH_PATTERN = r"^(19|20|21)\d{2}-(0[1-9]|1[0-2])$"


def refusal(message: str, suggestion: str = "", *, missing: bool = False) -> PydanticCustomError:
    """Return the error that carries a finished message and the nearest right key or value.

    `missing` says that something is only lacking, which an abstract scenario may.
    """
    context = {"message": message, "suggestion": suggestion, "missing": missing}
    return PydanticCustomError("multivector", "{message}", context)


def listed(value: Any) -> Any:
    """One text or number where a list of them is due."""
    return [value] if isinstance(value, (str, int, float)) and not isinstance(value, bool) else value


def described(value: Any) -> str:
    """Say in a few words what a value is, as its author would."""
    if value is None:
        return "an empty value"
    if isinstance(value, bool):
        return f"the flag `{str(value).lower()}`"
    if isinstance(value, (int, float)):
        return f"the number {value:g}"
    if isinstance(value, str):
        shown = value if len(value) <= 40 else value[:37] + "..."
        return f"the text `{shown}`"
    if isinstance(value, Mapping):
        return "a mapping (key: value)"
    return "a list" if isinstance(value, (list, tuple)) else f"a {type(value).__name__}"


def bounds(low: float, high: float) -> str:
    """Say a range in words."""
    if math.isinf(high):
        return f"{low:g} or more" if math.isfinite(low) else "of any size"
    return f"from {low:g} to {high:g}"


def read_number(value: Any, low: float, high: float) -> float:
    """Return a finite float within low..high, or raise the refusal that fits."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        quoted = isinstance(value, str) and isinstance(scalar(value), (int, float)) and bool(_as_number(value))
        advice = "; take the quotes off" if quoted else ""
        raise refusal(f"must be a number {bounds(low, high)}, not {described(value)}{advice}", _as_number(value))
    if not math.isfinite(value):
        raise refusal(f"must be a finite number {bounds(low, high)}, not {value}")
    if not low <= value <= high:
        raise refusal(f"{value:g} is outside the range {bounds(low, high)}")
    return float(value) + 0.0  # + 0.0 turns a negative zero into a plain one, so that hashes agree


_LARGE = 1e15
"""Whole numbers below this are suggested with all their digits."""


def _as_number(value: Any) -> str:
    """Return the number that a text was perhaps meant as (`"0.5"`, `1e3`, `010`, `0,5`)."""
    if not isinstance(value, str) or "_" in value:
        return ""
    try:
        meant = float(value.replace(",", "."))
    except ValueError:
        return ""
    if not math.isfinite(meant):
        return ""
    mantissa, e, exponent = f"{meant:g}".partition("e")
    if e and meant == int(meant) and abs(meant) < _LARGE:
        return f"{meant:.0f}"
    return (
        f"{mantissa if '.' in mantissa or not e else mantissa + '.0'}{e}{exponent}"  # 1.0e-07: what every reader takes
    )


def read_whole(value: Any, low: int, high: int) -> int:
    """Return an integer within low..high, or raise the refusal that fits."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or value != value // 1:
        hint = _as_number(value) if isinstance(value, str) else ""
        raise refusal(f"must be a whole number from {low:,} to {high:,}, not {described(value)}", hint)
    if not low <= value <= high:
        raise refusal(f"{value:,.0f} is outside the range from {low:,} to {high:,}")
    return int(value)


def read_month(value: Any) -> str:
    """Return a date `YYYY-MM`, or raise the refusal that fits."""
    if not isinstance(value, str):
        hint = f"{value}-01" if isinstance(value, int) and FIRST_YEAR <= value <= LAST_YEAR else ""
        raise refusal(f"dates are YYYY-MM, not {described(value)}", hint)
    try:
        month = month_number(value)
    except ValueError as error:
        said = str(error) if str(error).startswith("there is no") else f"dates are YYYY-MM, not `{value[:40]}`"
        raise refusal(said, _as_month(value)) from None
    if not FIRST_YEAR <= month // 12 < LAST_YEAR:
        raise refusal(f"the year of `{value}` is outside {FIRST_YEAR} to {LAST_YEAR - 1}")
    return value


def _as_month(value: str) -> str:
    """Return the month that `2022-1`, `2022/01` or `2022-01-15` was meant as."""
    parts = value.replace("/", "-").replace(".", "-").split("-")
    if not all(part.isascii() and part.isdigit() for part in parts) or not 1 <= len(parts) <= 3:
        return ""
    if len(parts[0]) != 4 or any(len(part) > 2 for part in parts[1:]):
        return ""
    month = int(parts[1]) if len(parts) > 1 else 1
    return month_text(12 * int(parts[0]) + month - 1) if 1 <= month <= 12 else ""


def read_flag(value: Any) -> bool:
    """Return a boolean; only `true` and `false` count, since YAML readers disagree about `no` and `yes`."""
    if isinstance(value, bool):
        return value
    meant = {"no": "false", "off": "false", "n": "false", "yes": "true", "on": "true", "y": "true"}
    raise refusal(f"must be true or false, not {described(value)}", meant.get(str(value).lower(), ""))


def read_text(value: Any) -> str:
    """Return a text that is not blank."""
    if not isinstance(value, str):
        hint = f'"{value}"' if isinstance(value, (int, float)) and not isinstance(value, bool) else ""
        raise refusal(
            f"must be a text, not {described(value)}; put it in quotes"
            if hint
            else f"must be a text, not {described(value)}",
            hint,
        )
    if not value.strip():
        raise refusal("must not be empty")
    return value


def read_source(value: Any) -> Any:
    """Return a source key or a list of them, unchanged."""
    for key in value if isinstance(value, (list, tuple)) else [value]:
        if not isinstance(key, str) or not key.strip():
            raise refusal(f"must be a key of `sources`, or a list of such keys, not {described(key)}")
    return value


def read_field_sources(value: Any) -> Any:
    """Return source keys for the whole, or for each field by name, unchanged."""
    for keys in value.values() if isinstance(value, Mapping) else [value]:
        read_source(keys)
    return value


def _collect(title: str, readers: Mapping[str, Callable[[], Any]], inputs: Mapping[str, Any]) -> dict[str, Any]:
    """Call every reader; raise all refusals together, each at its own key."""
    results: dict[str, Any] = {}
    wrong: list[InitErrorDetails] = []
    for key, reader in readers.items():
        try:
            results[key] = reader()
        except PydanticCustomError as error:
            wrong.append(InitErrorDetails(type=error, loc=(key,), input=inputs.get(key)))
        except ValidationError as error:
            for line in error.errors():
                again = refusal(**line["ctx"])
                wrong.append(InitErrorDetails(type=again, loc=(key, *line["loc"]), input=line["input"]))
    if wrong:
        raise ValidationError.from_exception_data(title, wrong)
    return results


def read_path(value: Any, low: float, high: float, start: str | None) -> Path:
    """Return a dated path from a number or `{YYYY-MM: number}`."""
    if not isinstance(value, Mapping):
        if isinstance(value, (list, tuple)) or (isinstance(value, str) and not _as_number(value)):
            raise refusal(
                f"must be a number {bounds(low, high)} or dated points {{YYYY-MM: number}}, not {described(value)}"
            )
        path = Path.constant(read_number(value, low, high))
    else:
        if not value:
            raise refusal("needs a number or at least one dated point {YYYY-MM: number}")

        def point(date: str, level: Any) -> Callable[[], tuple[str, float]]:
            def read() -> tuple[str, float]:
                return read_month(date), read_number(level, low, high)

            return read

        points = _collect("path", {date: point(date, level) for date, level in value.items()}, value)
        path = Path.dated(dict(points.values()))
    try:
        return path if start is None else path.from_start(start)
    except ValueError:  # a bad start is reported at `start` itself
        return path


def _start_of(info: core_schema.ValidationInfo) -> str | None:
    start = (info.context or {}).get("start")
    return start if isinstance(start, str) else None


class _Described:
    """Shared by the annotations below: a validator with context, a plain serializer, a JSON schema."""

    def read(self, value: Any, info: core_schema.ValidationInfo) -> Any:
        raise NotImplementedError

    def json(self) -> dict[str, Any]:
        raise NotImplementedError

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> CoreSchema:
        return core_schema.with_info_plain_validator_function(
            self.read, serialization=core_schema.plain_serializer_function_ser_schema(_plain)
        )

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return self.json()


def _plain(value: Any) -> Any:
    """Turn paths inside a value into what a scenario file would say."""
    if isinstance(value, (Path, DomainPaths)):
        return value.plain()
    if isinstance(value, Mapping):
        return {key: _plain(inner) for key, inner in value.items()}
    return value


def _path_json(low: float, high: float) -> dict[str, Any]:
    level = {"type": "number", "minimum": low, "maximum": high}
    points = {"type": "object", "patternProperties": {MONTH_PATTERN: level}, "additionalProperties": False}
    return {"anyOf": [level, {**points, "minProperties": 1}]}


@dataclass(frozen=True)
class number(_Described):
    """A finite number within low..high."""

    low: float
    high: float

    def read(self, value: Any, info: core_schema.ValidationInfo) -> float:
        """Return the number."""
        return read_number(value, self.low, self.high)

    def json(self) -> dict[str, Any]:
        """Return the JSON schema, with the limits that are finite."""
        limits = {"minimum": self.low, "maximum": self.high}
        return {"type": "number", **{name: limit for name, limit in limits.items() if math.isfinite(limit)}}


@dataclass(frozen=True)
class whole(_Described):
    """A whole number within low..high."""

    low: int
    high: int

    def read(self, value: Any, info: core_schema.ValidationInfo) -> int:
        """Return the number."""
        return read_whole(value, self.low, self.high)

    def json(self) -> dict[str, Any]:
        """Return the JSON schema."""
        return {"type": "integer", "minimum": self.low, "maximum": self.high}


@dataclass(frozen=True)
class one_of(_Described):
    """One of a few words."""

    words: tuple[str, ...]

    def read(self, value: Any, info: core_schema.ValidationInfo) -> str:
        """Return the word."""
        if not isinstance(value, str) or value not in self.words:
            hint = nearest(str(value), self.words)
            known = "" if hint else f"; it must be one of: {', '.join(self.words)}"
            raise refusal(f"{described(value)} is not known here{known}", hint)
        return value

    def json(self) -> dict[str, Any]:
        """Return the JSON schema."""
        return {"enum": list(self.words)}


@dataclass(frozen=True, eq=False)
class _Simple(_Described):
    """A value that one function reads and that needs no limits."""

    reader: Callable[[Any], Any]
    schema: tuple[tuple[str, Any], ...]

    def read(self, value: Any, info: core_schema.ValidationInfo) -> Any:
        """Return the value."""
        return self.reader(value)

    def json(self) -> dict[str, Any]:
        """Return the JSON schema."""
        return dict(self.schema)


Text = Annotated[str, _Simple(read_text, (("type", "string"), ("minLength", 1)))]
"""A text that is not blank; numbers and flags are not taken for texts."""
Flag = Annotated[bool, _Simple(read_flag, (("type", "boolean"),))]
"""`true` or `false`."""
Month = Annotated[str, _Simple(read_month, (("type", "string"), ("pattern", MONTH_PATTERN)))]
"""A date `YYYY-MM`."""
_SOURCE_JSON = {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}
Source = Annotated[Any, _Simple(read_source, tuple(_SOURCE_JSON.items()))]
"""One source key or several."""
FieldSources = Annotated[
    Any,
    _Simple(
        read_field_sources,
        (("anyOf", [*_SOURCE_JSON["anyOf"], {"type": "object", "additionalProperties": _SOURCE_JSON}]),),
    ),
]
"""One source key, several, or some for each field."""


@dataclass(frozen=True)
class dated(_Described):
    """A path of dated points within low..high."""

    low: float
    high: float

    def read(self, value: Any, info: core_schema.ValidationInfo) -> Path:
        """Return the path, whose month indices count from the scenario's start."""
        if isinstance(value, Path):
            return value
        return read_path(value, self.low, self.high, _start_of(info))

    def json(self) -> dict[str, Any]:
        """Return the JSON schema: a number or dated points."""
        return _path_json(self.low, self.high)


def _by_domain(value: Mapping[str, Any], one: Callable[[Any], Any]) -> dict[str, Any]:
    """Read a mapping that must name the three domains and nothing else."""
    meant = {nearest(key, DOMAINS) for key in value if key not in DOMAINS}

    def reader(key: str) -> Callable[[], Any]:
        def read() -> Any:
            if key not in DOMAINS:
                raise refusal(f"unknown domain; the domains are {', '.join(DOMAINS)}", nearest(key, DOMAINS))
            if key not in value and key not in meant:
                raise refusal("is missing: name all three domains, or give one value for all", missing=True)
            return one(value[key]) if key in value else None

        return read

    return _collect("domains", {key: reader(key) for key in dict.fromkeys([*value, *DOMAINS])}, value)


@dataclass(frozen=True)
class PerDomainPaths(_Described):
    """A dated path for each domain; one number or one path fills all three."""

    low: float
    high: float

    def read(self, value: Any, info: core_schema.ValidationInfo) -> DomainPaths:
        """Return the three paths."""
        if isinstance(value, DomainPaths):
            return value
        start = _start_of(info)
        if not isinstance(value, Mapping) or not value or looks_dated(value):
            return DomainPaths.filled(read_path(value, self.low, self.high, start))
        found = _by_domain(value, lambda inner: read_path(inner, self.low, self.high, start))
        return DomainPaths(tuple(found[name] for name in DOMAINS))

    def json(self) -> dict[str, Any]:
        """Return the JSON schema: a path, or one for each domain."""
        path = _path_json(self.low, self.high)
        domains = {
            "type": "object",
            "properties": dict.fromkeys(DOMAINS, path),
            "additionalProperties": False,
        }
        return {"anyOf": [*path["anyOf"], domains]}


@dataclass(frozen=True)
class PerDomainNumbers(_Described):
    """A plain number for each domain; one number fills all three."""

    low: float
    high: float

    def read(self, value: Any, info: core_schema.ValidationInfo) -> dict[str, float]:
        """Return domain → number, all three domains present."""
        if not isinstance(value, Mapping):
            return dict.fromkeys(DOMAINS, read_number(value, self.low, self.high))
        if looks_dated(value):
            raise refusal("is one number for the whole run (for all domains or for each), not a dated path")
        found = _by_domain(value, lambda inner: read_number(inner, self.low, self.high))
        return {name: found[name] for name in DOMAINS}

    def json(self) -> dict[str, Any]:
        """Return the JSON schema: a number, or one for each domain."""
        level = {"type": "number", "minimum": self.low, "maximum": self.high}
        domains = {
            "type": "object",
            "properties": dict.fromkeys(DOMAINS, level),
            "additionalProperties": False,
        }
        return {"anyOf": [level, domains]}


@dataclass(frozen=True)
class GroupPaths(_Described):
    """A dated record for each language group; one value fills all groups, a group left out is 0."""

    low: float
    high: float

    def read(self, value: Any, info: core_schema.ValidationInfo) -> dict[str, Path]:
        """Return group → path for all groups of the scenario (the context's `groups`)."""
        groups: tuple[str, ...] = tuple((info.context or {}).get("groups", ()))
        start = _start_of(info)
        if not isinstance(value, Mapping) or looks_dated(value):
            path = read_path(value, self.low, self.high, start)
            return dict.fromkeys(groups, path)

        def reader(inner: Any) -> Callable[[], Path]:
            return lambda: inner if isinstance(inner, Path) else read_path(inner, self.low, self.high, start)

        found = _collect("groups", {group: reader(inner) for group, inner in value.items()}, value)
        return {group: found.get(group, Path.constant(0.0)) for group in dict.fromkeys([*groups, *found])}

    def json(self) -> dict[str, Any]:
        """Return the JSON schema: a path, or one for each group."""
        path = _path_json(self.low, self.high)
        groups = {
            "type": "object",
            "propertyNames": {"pattern": "^[a-z][a-z0-9_]*$"},
            "additionalProperties": {"anyOf": [*path["anyOf"], {"type": "null"}]},
        }
        return {"anyOf": [*path["anyOf"], groups]}
