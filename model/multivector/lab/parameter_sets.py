"""Named parameter sets: values for many parameters at once, and draws of them where they come from a calibration.

A set is a YAML file: shipped ones lie in `parameters/sets`, others are named by their path. `values` says what a run
uses; `draws` holds what parameter uncertainty is left: a column a parameter, all draws alike in weight.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np

from multivector.lab.errors import LabError
from multivector.parameters import load_records

__all__ = [
    "ParameterSet",
    "defaults_fitted_until",
    "draws_from",
    "find_set",
    "list_sets",
    "set_expressions",
    "write_set",
]

_KEYS = ("schema", "title", "provenance", "values", "draws")


@dataclass(frozen=True)
class ParameterSet:
    """A named set.

    Attributes
    ----------
    name, title : how it is called, and what it is.
    values : parameter path → value.
    draws : joint draws, each path → value; empty where the set is one point.
    provenance : where it comes from.
    """

    name: str
    title: str
    values: Mapping[str, float]
    draws: Sequence[Mapping[str, float]]
    provenance: Mapping[str, Any]


def _folder() -> Any:
    return resources.files("multivector.parameters") / "sets"


def list_sets() -> list[str]:
    """Names of the shipped sets."""
    folder = _folder()
    if not folder.is_dir():
        return []
    return sorted(one.name.removesuffix(".yaml") for one in folder.iterdir() if one.name.endswith(".yaml"))


def defaults_fitted_until() -> str | None:
    """Last month (YYYY-MM) of the data that the records' defaults were fitted to; None where they were fitted to none.

    A record whose `source` names a shipped set has its default from there; the set says in `provenance.fitted_until` up
    to when its data reach.
    """
    sources = [record.source or "" for record in load_records().values()]
    used = [name for name in list_sets() if any(name in source for source in sources)]
    found = [find_set(name).provenance.get("fitted_until") for name in used]
    return max((str(one) for one in found if one), default=None)


def find_set(name: str) -> ParameterSet:
    """A shipped set by its name, or a file by its path (with `/` or `.yaml`).

    Raises LabError, with the nearest name, for a set that is not there or that breaks a rule.
    """
    import difflib

    if "/" in name or "\\" in name or name.endswith((".yaml", ".yml")):
        try:
            text = Path(name).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise LabError(f"the parameter set {name} cannot be read: {error}", file=name, key="--parameters") from None
        return _read(text, name)
    known = list_sets()
    if name not in known:
        near = difflib.get_close_matches(name, known, n=1, cutoff=0.4)
        there = f"; there is {', '.join(known)}" if known else ""
        raise LabError(
            f"there is no parameter set `{name}`{there}. A file is given by its path, such as ./{name}.yaml",
            key="--parameters",
            suggestion=near[0] if near else None,
        )
    return _read((_folder() / f"{name}.yaml").read_text(encoding="utf-8"), f"{name}.yaml")


def _read(text: str, file: str) -> ParameterSet:
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    try:
        content = YAML(typ="safe", pure=True).load(text)
    except YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f"{file}:{mark.line + 1}" if mark else file
        raise LabError(f"{place}: this is not YAML: {getattr(error, 'problem', error)}", key="--parameters") from None
    if not isinstance(content, dict) or not isinstance(content.get("values"), dict) or not content["values"]:
        raise LabError(f"{file}: a parameter set is a mapping with `values: {{path: number}}`", key="values")
    strange = [str(key) for key in content if key not in _KEYS]
    if strange:
        raise LabError(f"{file}: unknown key `{strange[0]}`; there is {', '.join(_KEYS)}", key=strange[0])
    draws = content.get("draws") or {}
    values = _values(content["values"], file)
    columns = {path: list(column) for path, column in draws.items()} if isinstance(draws, dict) else {}
    if len({len(column) for column in columns.values()}) > 1:
        raise LabError(f"{file}: the columns of `draws` differ in length", key="draws")
    rows = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    checked = [_values(row, file) for row in rows]
    name = Path(file).name.removesuffix(".yaml").removesuffix(".yml")
    return ParameterSet(name, str(content.get("title", name)), values, checked, content.get("provenance") or {})


def _values(raw: Mapping[Any, Any], file: str) -> dict[str, float]:
    from multivector.scenario.errors import nearest

    records = load_records()
    found = {}
    for path, value in raw.items():
        if path not in records:
            hint = nearest(str(path), records)
            raise LabError(f"{file}: there is no parameter `{path}`", key=str(path), suggestion=hint or None)
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not np.isfinite(value):
            raise LabError(f"{file}: {path} must be a number, not {value!r}", key=str(path))
        found[str(path)] = float(value)
    return found


def set_expressions(name: str) -> list[str]:
    """The `--set` expressions that a set stands for, in order of path."""
    return [f"parameters.{path}={_plain(value)}" for path, value in sorted(find_set(name).values.items())]


def _plain(value: float) -> str:
    """A number that YAML reads as one."""
    text = repr(float(value))
    mantissa, e, exponent = text.partition("e")
    return text if not e else f"{mantissa if '.' in mantissa else mantissa + '.0'}e{exponent}"


def draws_from(one: ParameterSet, number: int, seed: int) -> list[dict[str, float]]:
    """`number` of a set's draws, without repetition where there are enough; its values where it has no draws."""
    if not one.draws:
        return [dict(one.values)] * number
    generator = np.random.default_rng(seed)
    rows = generator.choice(len(one.draws), size=number, replace=number > len(one.draws))
    return [{**one.values, **one.draws[int(row)]} for row in rows]


def write_set(
    path: Path,
    title: str,
    values: Mapping[str, float],
    draws: Mapping[str, Sequence[float]],
    provenance: Mapping[str, Any],
) -> None:
    """Write a set as YAML, whole or not at all."""
    import io
    import os

    from ruamel.yaml import YAML

    yaml = YAML()
    yaml.default_flow_style = None
    yaml.width = 120
    stream = io.StringIO()
    content = {
        "schema": 1,
        "title": title,
        "provenance": dict(provenance),
        "values": {key: float(f"{value:.6g}") for key, value in values.items()},
        "draws": {key: [float(f"{value:.5g}") for value in column] for key, column in draws.items()},
    }
    yaml.dump(content, stream)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    temporary.write_text(stream.getvalue(), encoding="utf-8", newline="\n")
    temporary.replace(path)
