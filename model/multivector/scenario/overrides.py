"""`--set path=value`, `path*=v`, `path+=v`: one scenario changed from the command line.

`=` replaces the whole path at the key, `*=` and `+=` transform every number below it. The value is YAML. The
result is checked like a file, with `--set` named in place of the file, and old → new is logged.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import Any

from multivector.scenario.errors import Problem, nearest
from multivector.scenario.overlays import Fold, fill_names, groups_of, replaced, short, spread, without
from multivector.scenario.paths import looks_dated
from multivector.scenario.records import parameter_records
from multivector.scenario.schema import ScenarioDocument
from multivector.scenario.translate import default_of, keys_of
from multivector.scenario.tree import Node, from_plain, parse

__all__ = ["SET_FILE", "apply_arguments", "apply_sets"]

SET_FILE = "--set"
_FORM = re.compile(r"\s*([^=\s]+?)\s*(\*=|\+=|=)(.*)", re.DOTALL)
_FIXED = ("schema", "extends", "abstract", "remove")
_ROUND = 12
"""Decimals kept by `*=` and `+=`, so that 0.7 + 0.1 reads 0.8."""

Loc = tuple[str | int, ...]


class _Refused(Exception):
    """One `--set` expression cannot be applied."""

    def __init__(self, message: str, suggestion: str = "") -> None:
        super().__init__(message)
        self.message, self.suggestion = message, suggestion


def apply_sets(result: Fold, sets: Sequence[str]) -> None:
    """Apply the expressions in order; what is wrong with one is noted, and the others still apply."""
    for expression in sets:
        match = _FORM.fullmatch(expression)
        if match is None:
            message = f"`{expression}` is not of the form path=value, path*=number or path+=number"
            result.problems.append(Problem(SET_FILE, None, "", message))
            continue
        key, operator, text = match[1], match[2], match[3]
        try:
            value = _value(text)
            _apply(result, key, operator, value)
        except _Refused as refused:
            result.problems.append(Problem(SET_FILE, None, key, refused.message, refused.suggestion))


def apply_arguments(
    result: Fold, *, start: str | None, end: str | None, months: int | None, citizens: int | None
) -> None:
    """Apply the arguments of `load_scenario` that have options of their own on the command line."""
    if end is not None and months is not None:
        result.problems.append(Problem("--months", None, "end", "give the end or the number of months, not both"))
        return
    for key, value in (("start", start), ("end", end), ("citizens", citizens)):
        if value is not None:
            _put(result, (key,), from_plain(value, f"--{key}"), key)
    if months is None:
        return
    from multivector.scenario.checks import MAX_MONTHS, month_of
    from multivector.scenario.paths import month_text

    first = month_of(result.tree.get("start"))
    if isinstance(months, bool) or not isinstance(months, int) or not 1 <= months <= MAX_MONTHS:
        message = f"must be a whole number from 1 to {MAX_MONTHS:,}, not {months}"
        result.problems.append(Problem("--months", None, "months", message))
    elif first is not None:
        _put(result, ("end",), from_plain(month_text(first + months - 1), "--months"), "end")


def _value(text: str) -> Node:
    root, problems = parse(text, SET_FILE)
    if problems:
        raise _Refused(problems[0].message)
    if root is None:
        raise _Refused("has no value; to drop something inherited, say null")
    return from_plain(root.plain(), SET_FILE)


def _apply(result: Fold, key: str, operator: str, value: Node) -> None:
    parts = key.split(".")
    if parts[0] == "parameters" and len(parts) > 2:
        parts = ["parameters", ".".join(parts[1:])]
    if parts[0] in _FIXED:
        raise _Refused(f"`{parts[0]}` belongs to the file and cannot be set")
    tree, loc = _walk(result.tree, parts)
    old = _old(tree, loc)
    if operator != "=":
        value = _transformed(tree, loc, old, operator, value)
    elif value.value is None:
        if _node(tree, loc) is None:
            raise _Refused("there is nothing here to drop", nearest(parts[-1], _known(tree, loc[:-1])))
        result.tree = without(tree, loc)
        result.drop(loc, SET_FILE)
        return
    else:
        _refuse_unknown(tree, loc, value)
    result.tree = tree
    _put(result, loc, value, key)


def _put(result: Fold, loc: Loc, value: Node, key: str) -> None:
    old = _old(result.tree, loc)
    kept = _node(result.tree, loc)
    if kept is not None:
        value = Node(value.value, value.file, value.line, kept.key_line, kept.column)
    result.tree = replaced(result.tree, loc, value)
    shown = "(not set)" if old is None else short(old)
    result.changes.append(f"{key}: {shown} -> {short(value.plain())}")


def _node(tree: Node, loc: Loc) -> Node | None:
    node: Node | None = tree
    for part in loc:
        if node is None:
            return None
        node = node.items[part] if isinstance(part, int) else node.mapping.get(part)
    return node


def _old(tree: Node, loc: Loc) -> Any:
    """Return what a key says now: in the scenario, else by default."""
    node = _node(tree, loc)
    if node is not None:
        return node.plain()
    if loc[0] == "parameters" and len(loc) == 2:
        record = parameter_records().get(str(loc[1]))
        return record.default if record is not None else None
    if loc[0] == "mechanisms" and len(loc) == 2:
        return True
    default = default_of(ScenarioDocument, tree, loc)
    return default if isinstance(default, (bool, int, float, str)) else None


def _known(tree: Node, loc: Loc) -> list[str]:
    """Return the keys that may stand at a place, as far as they are known."""
    node = _node(tree, loc)
    present = list(node.mapping) if node is not None else []
    by_record = list(parameter_records()) if loc == ("parameters",) else []
    return list(dict.fromkeys([*present, *keys_of(ScenarioDocument, tree, loc), *by_record]))


def _walk(tree: Node, parts: list[str]) -> tuple[Node, Loc]:
    """Return the place that the dotted parts name, and the tree with single values spread out on the way."""
    loc: Loc = ()
    for depth, part in enumerate(parts):
        node = _node(tree, loc)
        where = ".".join(parts[:depth])
        if not part:
            raise _Refused("has an empty part between two dots")
        if node is None:
            node = _open(tree, loc, part)
            tree = replaced(tree, loc, node)
        names = fill_names(loc, groups_of(tree))
        if names and (not isinstance(node.value, dict) or (looks_dated(node.value) and not part[:1].isdigit())):
            if part not in names:
                raise _Refused(f"unknown part of `{where}`; there is {', '.join(names)}", nearest(part, names))
            node = spread(node, names)
            tree = replaced(tree, loc, node)
        if isinstance(node.value, list):
            loc = (*loc, _entry(node, part, loc))
        elif isinstance(node.value, dict):
            if part not in node.value and depth < len(parts) - 1:
                _refuse_missing(tree, loc, part)
            loc = (*loc, part)
        else:
            raise _Refused(f"`{where}` is a single value and has no part `{part}`")
    return tree, loc


def _open(tree: Node, loc: Loc, part: str) -> Node:
    """Make the mapping that a key goes into where the scenario leaves it to the default."""
    default = _old(tree, loc)
    if default is not None and fill_names(loc, groups_of(tree)):
        return from_plain(default, SET_FILE)
    return Node({}, SET_FILE)


def _refuse_missing(tree: Node, loc: Loc, part: str) -> None:
    """Refuse a step through a key that is neither there nor known to the schema."""
    if part in keys_of(ScenarioDocument, tree, loc):
        return
    known = _known(tree, loc)
    hint = nearest(part, known)
    if not loc and not hint and any(path.startswith(f"{part}.") for path in parameter_records()):
        hint = f"parameters.{part}"
    raise _Refused(f"there is no `{'.'.join(str(step) for step in (*loc, part))}`", hint)


def _refuse_unknown(tree: Node, loc: Loc, value: Node) -> None:
    """Refuse a new key that cannot be meant: unknown to the schema, or a part made out of a single value."""
    if _node(tree, loc) is not None:
        return
    part = str(loc[-1])
    allowed = keys_of(ScenarioDocument, tree, loc[:-1])
    if allowed and part not in allowed:
        raise _Refused("unknown key", nearest(part, allowed))
    if not isinstance(value.value, dict) and keys_of(ScenarioDocument, tree, loc):
        hint = nearest(part, _known(tree, loc[:-1]))
        raise _Refused(f"there is no `{'.'.join(map(str, loc))}`, and a new one needs a mapping {{key: value}}", hint)


def _entry(node: Node, part: str, loc: Loc) -> int:
    """Return the number of a timeline entry by its id, or of a list item by its number from 1."""
    if loc == ("timeline",):
        ids = [str(entry.mapping["id"].value) if "id" in entry.mapping else "" for entry in node.items]
        if part in ids:
            return ids.index(part)
        raise _Refused(f"no timeline entry has the id `{part}`", nearest(part, ids))
    if part.isdigit() and 1 <= int(part) <= len(node.items):
        return int(part) - 1
    raise _Refused(f"a list has items 1 to {len(node.items)}, not `{part}`")


def _transformed(tree: Node, loc: Loc, old: Any, operator: str, value: Node) -> Node:
    amount = value.value
    if isinstance(amount, bool) or not isinstance(amount, (int, float)) or not math.isfinite(amount):
        raise _Refused(f"`{operator}` needs a number, not {short(value.plain())}")
    if old is None:
        hint = nearest(str(loc[-1]), _known(tree, loc[:-1]))
        raise _Refused(f"there is no number here for `{operator}` to transform", hint)

    def change(inner: Any) -> Any:
        if isinstance(inner, dict):
            return {key: change(each) for key, each in inner.items()}
        if isinstance(inner, list):
            return [change(each) for each in inner]
        if isinstance(inner, bool) or not isinstance(inner, (int, float)):
            raise _Refused(f"`{operator}` transforms numbers, and {short(inner)} is none")
        new = inner * amount if operator == "*=" else inner + amount
        if not math.isfinite(new):
            raise _Refused(f"`{operator}` gives no finite number")
        return round(new) if isinstance(inner, int) and new == round(new) else round(float(new), _ROUND)

    return from_plain(change(old), SET_FILE)
