"""From the `design` of a study to factors and points, checked against the study's scenarios."""

from __future__ import annotations

import itertools
import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError
from pydantic_core import PydanticCustomError

from multivector.lab.designs import (
    DESIGNS,
    Factor,
    Point,
    Value,
    factorial,
    latin_hypercube,
    one_at_a_time,
    resample,
    sobol,
)
from multivector.lab.study import MAX_POINTS, Design, FactorForm, Points, load_member, read_factor
from multivector.scenario import Problem, Scenario, ScenarioErrors
from multivector.scenario.errors import nearest
from multivector.scenario.records import parameter_records
from multivector.scenario.translate import problem_at
from multivector.scenario.tree import Node

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "Points",
    "base_point",
    "check_design",
    "expand",
    "expressions",
    "made_factor",
    "tried_factors",
]

_LEVELLED = ("factorial", "one-at-a-time")
_SAMPLED = ("latin-hypercube", "sobol")
_NEEDS: dict[str, tuple[str, ...]] = {
    "scenarios": (),
    "factorial": ("factors",),
    "one-at-a-time": ("factors",),
    "latin-hypercube": ("factors", "points"),
    "sobol": ("factors", "points"),
    "list": ("points",),
    "draws": ("file",),
}
_MAY: dict[str, tuple[str, ...]] = {
    "latin-hypercube": ("seed",),
    "sobol": ("seed",),
    "draws": ("points", "seed", "weight"),
}
_MOST_SOBOL = 21201
"""Dimensions of scipy's Sobol' sequence."""


def expressions(factors: Sequence[Factor], point: Point) -> tuple[str, ...]:
    """The `--set` expressions that make a point out of a scenario, in the factors' order."""
    found = []
    for factor in factors:
        if factor.name in point:
            for path in factor.paths:
                key, operator = (path[:-1], f"{path[-1]}=") if path[-1] in "*+" else (path, "=")
                found.append(f"{key}{operator}{_yaml(point[factor.name])}")
    return tuple(found)


def _yaml(value: Value) -> str:
    """A value as YAML on one line, numbers as every reader takes them (`1.0e-05`)."""
    if isinstance(value, bool) or value is None:
        return json.dumps(value)
    if isinstance(value, float):
        mantissa, e, exponent = repr(value).partition("e")
        if not e:
            return mantissa
        sign = "" if exponent[0] in "+-" else "+"
        return f"{mantissa if '.' in mantissa else mantissa + '.0'}e{sign}{exponent}"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(str(key))}: {_yaml(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_yaml(inner) for inner in value) + "]"
    return json.dumps(value, ensure_ascii=False)


def base_point(point: Point, base: Mapping[str, Value]) -> Point:
    """The point that a point is compared with: each factor that it sets and `base` names, at `base`'s value."""
    return {name: base.get(name, value) for name, value in point.items()}


def expand(design: Design, folder: Path) -> Points:
    """Factors, points and weights of a checked design.

    Parameters
    ----------
    folder : where the design's file is looked for.
    """
    if design.kind == "draws":
        return _draws(design, folder)
    if design.kind == "list":
        return _list(design.points)
    factors = [made_factor(name, form) for name, form in design.factors.items()]
    if design.kind == "factorial":
        points = factorial(factors)
    elif design.kind == "one-at-a-time":
        points = one_at_a_time(factors)
    elif design.kind == "latin-hypercube":
        points = latin_hypercube(factors, int(design.points), design.seed)
    elif design.kind == "sobol":
        points = sobol(factors, int(design.points), design.seed)
    else:
        points = [{}]
    return factors, points, [1.0] * len(points)


def made_factor(name: str, form: FactorForm) -> Factor:
    """A factor of its form; raises ValueError(message, suggestion) where the form means nothing."""
    paths = form.paths or (name,)
    for path in paths:
        if not path.rstrip("*+") or len(path) - len(path.rstrip("*+")) > 1:
            raise ValueError(f"`{path}` is no path; one `*` or `+` at its end makes it a transform", path.rstrip("*+"))
    records = parameter_records()
    record = next(
        (records[path[11:]] for path in paths if path.startswith("parameters.") and path[11:] in records), None
    )
    integer = record is not None and record.integer
    if form.levels:
        if form.low is not None or form.high is not None:
            raise ValueError("has levels and a range: give one of them", "")
        return Factor(name, paths, form.levels)
    low, high = form.low, form.high
    if record is not None and not any(path[-1] in "*+" for path in paths):
        low, high = (record.low if low is None else low), (record.high if high is None else high)
    if low is None or high is None:
        raise ValueError("has no parameter record to take a range from: give levels, or low and high", "")
    if not low < high:
        raise ValueError(f"low ({low:g}) must be below high ({high:g})", "")
    if form.scale == "log" and low <= 0:
        raise ValueError(f"a log scale begins above 0, not at {low:g}", "")
    return Factor(name, paths, (), low, high, form.scale == "log", integer)


def _list(points: Sequence[Point]) -> Points:
    """The columns of listed points as factors, each with the values that occur."""
    names = list(dict.fromkeys(name for point in points for name in point))
    factors = [Factor(name, (name,), tuple(point[name] for point in points if name in point)) for name in names]
    return factors, list(points), [1.0] * len(points)


def _draws(design: Design, folder: Path) -> Points:
    table = _table(folder / str(design.file))
    weights = [1.0] * len(table) if design.weight is None else [float(value) for value in table[design.weight]]
    rows = list(range(len(table)))
    if design.points is not None:
        rows = resample(weights, int(design.points), design.seed)
        weights = [1.0] * len(table)
    names = [name for name in table.columns if name != design.weight]
    paths = {name: f"parameters.{name}" if name in parameter_records() else name for name in names}
    values = {path: table[name].tolist() for name, path in paths.items()}
    points: list[Point] = [{path: column[row] for path, column in values.items()} for row in rows]
    factors = [Factor(path, (path,), tuple(column)) for path, column in values.items()]
    return factors, points, [weights[row] for row in rows]


def _table(path: Path) -> pd.DataFrame:
    """A file of draws. Raises OSError or ValueError."""
    import pandas as pd

    if path.suffix.lower() in (".parquet", ".pq"):
        return pd.read_parquet(path)
    return pd.read_csv(path, encoding="utf-8-sig", comment="#")


# -- checks ---------------------------------------------------------------------------------------------------


def check_design(tree: Node, scenarios: Mapping[str, Scenario], folder: Path) -> list[Problem]:
    """Everything about the design, its points and the baseline that the scenarios or the kind of design refuse."""
    problems: list[Problem] = []
    node = tree.get("design")
    plain = node.plain() if node is not None and isinstance(node.value, dict) else {}
    kind = plain.get("kind", "scenarios")
    if kind not in DESIGNS:
        return problems  # the schema says so
    _check_keys(tree, kind, plain, problems)
    try:
        factors, points = _understood(tree, kind, plain, folder, problems)
    except _Unread as error:
        problems.append(problem_at(tree, ("design", error.key), error.message, error.suggestion))
        factors, points = [], []
    known = [factor.name for factor in factors]
    trials = _trials(kind, factors, points)
    # a value that one scenario refuses is most often refused by all: it is said once
    said: set[tuple[str, str]] = set()
    for name, scenario in scenarios.items():
        for trial in trials:
            _try(tree, scenario, name, factors, trial, kind, said, problems)
    _check_baseline(tree, kind, known, factors, scenarios, folder, problems)
    return problems


def tried_factors(
    tree: Node, factors: Sequence[Factor], scenarios: Mapping[str, Scenario], key: str = "factors"
) -> list[Problem]:
    """What the scenarios refuse of both ends of every factor, for studies that name factors outside of `design`.

    A problem stands at the factor's own line, or at the key under which its kind is named.
    """
    problems: list[Problem] = []
    said: set[tuple[str, str]] = set()
    for called, scenario in scenarios.items():
        for trial in _trials("sobol", factors, []):
            try:
                scenario.with_sets(expressions(factors, trial))
            except ScenarioErrors as errors:
                for one in errors.problems:
                    _, name = _place(one.key, factors, "sobol")
                    if (name, one.message) in said:
                        continue
                    said.add((name, one.message))
                    node = tree.get(key, name)
                    root = {"parameters": "vary", "mechanisms": "switches"}.get(name.split(".")[0], key)
                    place = (key, name) if node is not None else (root,)
                    what = "" if one.key == name else f"{one.key}: "
                    problems.append(problem_at(tree, place, f"{what}{one.message} (scenario {called})", one.suggestion))
    return problems


class _Unread(Exception):
    """A file or a value of the design that cannot be used."""

    def __init__(self, key: str, message: str, suggestion: str = "") -> None:
        super().__init__(message)
        self.key, self.message, self.suggestion = key, message, suggestion


def _check_keys(tree: Node, kind: str, plain: Mapping[str, Any], problems: list[Problem]) -> None:
    needed, allowed = _NEEDS[kind], (*_NEEDS[kind], *_MAY.get(kind, ()))
    for key in needed:
        if not plain.get(key):
            message = f"a design of kind {kind} needs `{key}`: {DESIGNS[kind]}"
            problems.append(problem_at(tree, ("design",), message))
    for key in plain:
        if key in Design.model_fields and key != "kind" and key not in allowed:
            message = f"a design of kind {kind} has no `{key}`: {DESIGNS[kind]}"
            problems.append(problem_at(tree, ("design", key), message, at_key=True))
    points = plain.get("points")
    if points is not None and kind in (*_SAMPLED, "draws") and isinstance(points, list):
        problems.append(
            problem_at(tree, ("design", "points"), f"a design of kind {kind} takes a number of points here")
        )
    if points is not None and kind == "list" and not isinstance(points, list):
        problems.append(problem_at(tree, ("design", "points"), "a list of points [{path: value}, ..] is due here"))


def _understood(
    tree: Node, kind: str, plain: Mapping[str, Any], folder: Path, problems: list[Problem]
) -> tuple[list[Factor], list[Point]]:
    """Factors and, where they are given, points: as far as they can be read."""
    if kind == "draws":
        return _read_draws(plain, folder)
    if kind == "list":
        points = plain.get("points")
        if not isinstance(points, list) or not all(isinstance(point, dict) and point for point in points):
            return [], []
        return _list(points)[:2]
    factors = []
    forms = plain.get("factors")
    for name, value in forms.items() if isinstance(forms, dict) and kind in (*_LEVELLED, *_SAMPLED) else ():
        try:
            factor = made_factor(name, FactorForm.model_validate(read_factor(value)))
        except (ValidationError, PydanticCustomError):
            continue  # the schema says so
        except ValueError as error:
            message, suggestion = error.args
            problems.append(problem_at(tree, ("design", "factors", name), message, suggestion))
            continue
        if kind in _LEVELLED and not factor.levels:
            message = f"a design of kind {kind} needs levels: a list of values"
            problems.append(problem_at(tree, ("design", "factors", name), message))
            continue
        factors.append(factor)
    if kind == "factorial" and (size := math.prod(len(factor.levels) for factor in factors)) > MAX_POINTS:
        raise _Unread("factors", f"these levels make {size:,} combinations; at most {MAX_POINTS:,} are run")
    if kind == "sobol" and len(factors) > _MOST_SOBOL:
        raise _Unread("factors", f"a Sobol' sequence has at most {_MOST_SOBOL:,} factors")
    return factors, []


def _read_draws(plain: Mapping[str, Any], folder: Path) -> tuple[list[Factor], list[Point]]:
    name = plain.get("file")
    if not isinstance(name, str) or not name.strip():
        return [], []
    path = folder / name
    try:
        table = _table(path)
    except FileNotFoundError:
        beside = [other.name for other in path.parent.iterdir()] if path.parent.is_dir() else []
        raise _Unread("file", f"there is no file `{name}` beside the study", nearest(path.name, beside)) from None
    except (OSError, ValueError) as error:
        said = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise _Unread("file", f"`{name}` cannot be read: {said}") from None
    if not len(table):
        raise _Unread("file", f"`{name}` has no rows")
    gaps = [str(column) for column in table.columns if table[column].isna().any()]
    if gaps:
        raise _Unread("file", f"`{name}` has empty values in {', '.join(gaps)}")
    weight = plain.get("weight")
    if isinstance(weight, str):
        if weight not in table.columns:
            columns = [str(column) for column in table.columns]
            raise _Unread("weight", f"`{name}` has no column `{weight}`", nearest(weight, columns))
        numbers = table[weight]
        if numbers.dtype.kind not in "iuf" or not (numbers >= 0).all() or not 0 < float(numbers.sum()) < math.inf:
            raise _Unread("weight", f"the weights in `{weight}` must be numbers of 0 or more, not all 0")
    form = Design(kind="draws", file=name, weight=weight if isinstance(weight, str) else None)
    factors, points, _ = _draws(form, folder)
    return factors, points


def _trials(kind: str, factors: Sequence[Factor], points: Sequence[Point]) -> list[Point]:
    """Points that touch every level and both ends of every factor."""
    if kind == "draws":  # the least and the most of every column
        columns = {factor.name: sorted(factor.levels, key=_order) for factor in factors}
        return [{name: values[end] for name, values in columns.items()} for end in (0, -1)] if factors else []
    if kind == "list":
        return list(points)
    touched: list[list[Point]] = [
        [{factor.name: value} for value in (factor.levels or factor.ends)] for factor in factors
    ]
    if kind == "one-at-a-time":
        return [one for column in touched for one in column]
    return [
        {name: value for one in row if one is not None for name, value in one.items()}
        for row in itertools.zip_longest(*touched)
    ]


def _order(value: Value) -> tuple[str, Any]:
    return type(value).__name__, value


def _try(
    tree: Node,
    scenario: Scenario,
    called: str,
    factors: Sequence[Factor],
    trial: Point,
    kind: str,
    said: set[tuple[str, str]],
    problems: list[Problem],
) -> None:
    """Apply a point to a scenario, and put what it refuses at the factor's line."""
    try:
        scenario.with_sets(expressions(factors, trial))
    except ScenarioErrors as errors:
        for one in errors.problems:
            place, name = _place(one.key, factors, kind)
            key = (name, one.message)
            if key not in said:
                said.add(key)
                what = "" if one.key == name else f"{one.key}: "
                problems.append(problem_at(tree, place, f"{what}{one.message} (scenario {called})", one.suggestion))
    except (TypeError, ValueError) as error:  # columns of a file that hold no plain values
        problems.append(problem_at(tree, ("design",), str(error)))


def _place(key: str, factors: Sequence[Factor], kind: str) -> tuple[tuple[str, ...], str]:
    """Where in the study the factor stands that a scenario's key belongs to, and the factor's name."""

    def alike(path: str) -> int:
        own, other = path.rstrip("*+").split("."), key.split(".")
        return sum(1 for _ in itertools.takewhile(lambda pair: pair[0] == pair[1], zip(own, other, strict=False)))

    best = max(factors, key=lambda factor: max(alike(path) for path in factor.paths), default=None)
    if best is None or not any(alike(path) for path in best.paths):
        return ("design",), ""
    if kind in ("list", "draws"):
        return ("design", "points" if kind == "list" else "file"), best.name
    return ("design", "factors", best.name), best.name


def _check_baseline(
    tree: Node,
    kind: str,
    known: Sequence[str],
    factors: Sequence[Factor],
    scenarios: Mapping[str, Scenario],
    folder: Path,
    problems: list[Problem],
) -> None:
    node = tree.get("baseline")
    if node is None:
        split = tree.get("split")
        if split is not None and split.value is True:
            problems.append(problem_at(tree, ("split",), "a split needs a `baseline` to split the shifts from"))
        return
    if isinstance(node.value, str):
        if node.value not in scenarios:
            scenario = load_member(tree, ("baseline",), node.value, folder, problems)
            if scenario is not None:
                for trial in _trials(kind, factors, []):
                    _try(tree, scenario, node.value, factors, trial, kind, set(), problems)
        return
    for name in node.mapping:
        if name not in known:
            message = f"`{name}` is no factor of the design"
            problems.append(problem_at(tree, ("baseline", name), message, nearest(name, known), at_key=True))
            continue
    base = {name: child.plain() for name, child in node.mapping.items() if name in known}
    for name, scenario in scenarios.items():
        said: set[tuple[str, str]] = set()
        for factor, value in base.items():
            try:
                scenario.with_sets(expressions(factors, {factor: value}))
            except ScenarioErrors as errors:
                for one in errors.problems:
                    if (factor, one.message) not in said:
                        said.add((factor, one.message))
                        message = f"{one.message} (scenario {name})"
                        problems.append(problem_at(tree, ("baseline", factor), message, one.suggestion))
