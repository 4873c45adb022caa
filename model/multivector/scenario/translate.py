"""Validation by the schema, with each refusal put at its line and in plain English."""

from __future__ import annotations

import types
from collections.abc import Sequence
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError

from multivector.scenario.errors import Problem, nearest
from multivector.scenario.fields import described
from multivector.scenario.schema import Dossier, Election, Event, Shares, SignedShares, entry_kind
from multivector.scenario.tree import Node

__all__ = ["child_type", "default_of", "dotted", "keys_of", "locate", "misspelt", "problem_at", "problems_of"]

Loc = Sequence[str | int]

_NAMED = {
    ("powers",): "power",
    ("formal",): "formal actor",
    ("informal",): "informal elite",
    ("advisers",): "adviser",
    ("public", "language_groups"): "language group",
    ("economy", "sectors"): "sector",
}
"""Mappings whose keys are names that authors choose."""


def locate(tree: Node, loc: Loc) -> Node:
    """Return the node at `loc`, or the deepest one on the way to it."""
    node = tree
    for part in loc:
        value = node.value
        if isinstance(value, dict) and part in value:
            node = value[str(part)]
        elif isinstance(value, list) and isinstance(part, int) and part < len(value):
            node = value[part]
        else:
            break
    return node


def dotted(tree: Node, loc: Loc) -> str:
    """Write a place as a dotted key; timeline entries go by their id, other list items by their number."""
    parts: list[str] = []
    for depth, part in enumerate(loc):
        if isinstance(part, int):
            entry_id = locate(tree, loc[: depth + 1]).mapping.get("id")
            named = depth == 1 and entry_id is not None and isinstance(entry_id.value, str)
            if named and entry_id is not None:
                parts.append(str(entry_id.value))
            else:
                parts[-1:] = [f"{parts[-1] if parts else ''}[{part + 1}]"]
        else:
            parts.append(part)
    return ".".join(parts)


def problem_at(tree: Node, loc: Loc, message: str, suggestion: str = "", *, at_key: bool = False) -> Problem:
    """Return a problem placed at `loc`: at the line of its value, or of its key."""
    node = locate(tree, loc)
    line = node.key_line if at_key and node.key_line is not None else node.place
    return Problem(node.file, line, dotted(tree, loc), message, suggestion)


def strip(annotation: Any) -> Any:
    """Take `Annotated` and `| None` off an annotation."""
    while True:
        origin = get_origin(annotation)
        if origin is Annotated:
            annotation = get_args(annotation)[0]
        elif origin in (Union, types.UnionType):
            inner = [arg for arg in get_args(annotation) if arg is not type(None)]
            if len(inner) != 1:
                return annotation
            annotation = inner[0]
        else:
            return annotation


def _fields(model: type[BaseModel]) -> dict[str, Any]:
    return {info.alias or name: info for name, info in model.model_fields.items()}


def child_type(annotation: Any, part: str | int, value: Any = None) -> Any:
    """Return the annotation of what stands at `part` inside something annotated; None when unknown.

    `value` is the plain content there, by which an event is told from a dossier.
    """
    annotation = strip(annotation)
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        info = _fields(annotation).get(str(part))
        return None if info is None else info.annotation
    origin, args = get_origin(annotation), get_args(annotation)
    if origin is dict:
        return strip(args[1])
    if origin is tuple:
        inner = strip(args[0])
        if get_origin(inner) in (Union, types.UnionType):
            return {"dossier": Dossier, "election": Election}.get(entry_kind(value), Event)
        return inner
    return None


def _type_at(root: type[BaseModel], tree: Node, loc: Loc) -> Any:
    annotation: Any = root
    for depth, part in enumerate(loc):
        annotation = child_type(annotation, part, locate(tree, loc[: depth + 1]).plain())
        if annotation is None:
            return None
    return strip(annotation)


def keys_of(root: type[BaseModel], tree: Node, loc: Loc) -> list[str]:
    """Return the keys that the schema knows at a place; empty where keys are free."""
    annotation = _type_at(root, tree, loc)
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return list(_fields(annotation))
    return []


def default_of(root: type[BaseModel], tree: Node, loc: Loc) -> Any:
    """Return the schema's default for a key, as a scenario file would write it; None where there is none."""
    holder = _type_at(root, tree, loc[:-1])
    if holder in (Shares, SignedShares):
        return 0.0
    if not (isinstance(holder, type) and issubclass(holder, BaseModel)):
        return None
    info = _fields(holder).get(str(loc[-1]))
    if info is None or info.is_required():
        return None
    value = info.get_default(call_default_factory=True)
    return value.plain() if hasattr(value, "plain") else value


def _clean(loc: tuple[str | int, ...]) -> tuple[str | int, ...]:
    """Drop from pydantic's place what is not in the file: the tag of a timeline entry, names of unions."""
    if len(loc) > 2 and loc[0] == "timeline" and loc[2] in ("event", "dossier"):
        loc = loc[:2] + loc[3:]
    for depth, part in enumerate(loc):
        if isinstance(part, str) and (part.startswith(("tuple[", "dict[")) or part in ("[key]", "function-plain")):
            return loc[:depth]
    return loc


def misspelt(root: type[BaseModel], tree: Node) -> dict[tuple[str, ...], Problem]:
    """Return the entries that look like a slip in an inherited name: near another one, and not complete.

    An overlay that says `powers: {rusia: ...}` means the power that is there, not a new one.
    """
    found: dict[tuple[str, ...], Problem] = {}
    for part, what in _NAMED.items():
        holder = tree.get(*part)
        entries = holder.mapping if holder is not None else {}
        for name, node in entries.items():
            loc = (*part, name)
            kind = _type_at(root, tree, loc)
            if not isinstance(node.value, dict) or not (isinstance(kind, type) and issubclass(kind, BaseModel)):
                continue
            lacks = [key for key, info in _fields(kind).items() if info.is_required() and key not in node.mapping]
            meant = nearest(name, [other for other in entries if other != name]) if lacks else ""
            if meant:
                message = f"unknown {what} `{name}`; a new one needs {', '.join(lacks)}"
                found[loc] = problem_at(tree, loc, message, meant, at_key=True)
    return found


def problems_of(error: ValidationError, root: type[BaseModel], tree: Node, *, whole: bool) -> list[Problem]:
    """Say every refusal of the schema in plain English, each at its line.

    With `whole` False, what is missing is no problem.
    """
    found: dict[tuple[tuple[str | int, ...], str], Problem] = {}
    slips = misspelt(root, tree) if whole else {}
    found.update(((loc, "slip"), problem) for loc, problem in slips.items())
    for line in error.errors(include_url=False):
        loc = _clean(line["loc"])
        kind, value = line["type"], line["input"]
        message, suggestion, at_key = "", "", False
        missing = kind == "missing" or line.get("ctx", {}).get("missing", False)
        kindless = loc[0] == "timeline" and len(loc) == 3 and loc[2] in ("event", "dossier")
        if missing and (kindless or not whole or loc[:-1] in slips):
            continue  # an entry of neither kind is told so once, by the checks
        if kind == "multivector":
            message, suggestion = line["ctx"]["message"], line["ctx"]["suggestion"]
        elif kind == "missing":
            message = f"the key `{loc[-1]}` is missing"
        elif kind == "extra_forbidden":
            known = keys_of(root, tree, loc[:-1])
            message, suggestion, at_key = "unknown key", nearest(str(loc[-1]), known), True
            if not suggestion:
                message = f"unknown key; the keys here are {', '.join(known)}"
        elif value is None:
            message = "is empty"
        elif kind in ("model_type", "model_attributes_type", "dict_type"):
            message = f"must be a mapping (key: value), not {described(value)}"
        elif kind in ("tuple_type", "list_type"):
            message = f"must be a list, not {described(value)}"
        else:
            message = f"{line['msg']}"
        if value is None and not missing and len(loc) > 1:
            siblings = [key for key in locate(tree, loc[:-1]).mapping if key != loc[-1]]
            message = "is empty (null drops something inherited, and nothing of this name is)"
            suggestion = suggestion or nearest(str(loc[-1]), siblings)
        if missing:
            holder = locate(tree, loc[:-1])
            problem = Problem(holder.file, holder.place, dotted(tree, loc), message)
        else:
            problem = problem_at(tree, loc, message, suggestion, at_key=at_key)
        # one message for each place is enough
        found.setdefault((loc, kind if missing else ""), problem)
    return list(found.values())
