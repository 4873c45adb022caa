"""Every place in a scenario where one part names another: by power, actor, group, sector, or source."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from multivector.scenario.events import EVENT_KINDS
from multivector.scenario.tree import Node

__all__ = ["VOICES", "Reference", "known_names", "references"]

VOICES = ("formal", "informal", "public", "elder")
"""Constituencies of a dossier that are not a single power or actor."""

Loc = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Reference:
    """`name`, of a certain kind, is used at `loc` (as a key there when `is_key`)."""

    kind: str
    name: str
    loc: Loc
    is_key: bool


def _keys(tree: Node, loc: Loc, kind: str, node: Node | None) -> Iterator[Reference]:
    for name in node.mapping if node is not None else ():
        yield Reference(kind, name, (*loc, name), True)


def _text(loc: Loc, kind: str, node: Node | None) -> Iterator[Reference]:
    if node is not None and isinstance(node.value, str):
        yield Reference(kind, node.value, loc, False)


def _texts(loc: Loc, kind: str, node: Node | None) -> Iterator[Reference]:
    """A text or a list of texts."""
    yield from _text(loc, kind, node)
    for index, item in enumerate(node.items if node is not None else ()):
        yield from _text((*loc, index), kind, item)


def _sourced(loc: Loc, node: Node) -> Iterator[Reference]:
    """The source keys that a part names, in `sources` and in `source`."""
    yield from _texts((*loc, "sources"), "source", node.get("sources"))
    source = node.get("source")
    yield from _texts((*loc, "source"), "source", source)
    for name, inner in source.mapping.items() if source is not None else ():
        yield from _texts((*loc, "source", name), "source", inner)


def _shares(tree: Node, loc: Loc, node: Node, names: Iterable[str]) -> Iterator[Reference]:
    for name in names:
        yield from _keys(tree, (*loc, name), "power", node.get(name))


def _parts(tree: Node, *loc: str) -> Iterator[tuple[Loc, Node]]:
    holder = tree.get(*loc)
    for name, node in holder.mapping.items() if holder is not None else ():
        yield (*loc, name), node


def _timeline(tree: Node) -> Iterator[Reference]:
    entries = tree.get("timeline")
    for index, entry in enumerate(entries.items if entries is not None else ()):
        loc: Loc = ("timeline", index)
        yield from _texts((*loc, "source"), "source", entry.get("source"))
        if "election" in entry.mapping:
            candidates = entry.get("candidates")
            for name, node in candidates.mapping.items() if candidates is not None else ():
                yield from _keys(tree, (*loc, "candidates", name, "platform"), "power", node.get("platform"))
            continue
        if "dossier" in entry.mapping:
            for key in ("wishes", "salience"):
                yield from _keys(tree, (*loc, key), "constituency", entry.get(key))
            yield from _keys(tree, (*loc, "offers"), "power", entry.get("offers"))
            yield from _texts((*loc, "between"), "power", entry.get("between"))
            yield from _keys(tree, (*loc, "rents"), "sector", entry.get("rents"))
            continue
        kind = entry.get("event")
        known = EVENT_KINDS.get(str(kind.value)) if kind is not None else None
        subject = known.subject if known is not None else ""
        if subject == "actors":
            yield from _texts((*loc, subject), "actor", entry.get(subject))
        elif subject:
            yield from _text((*loc, subject), "power", entry.get(subject))


def references(tree: Node) -> Iterator[Reference]:
    """Yield every reference of a scenario's tree; parts of the wrong shape are passed over."""
    for loc, node in _parts(tree, "public", "language_groups"):
        yield from _sourced(loc, node)
        yield from _shares(tree, loc, node, ["exposure"])
    for loc, node in _parts(tree, "powers"):
        yield from _sourced(loc, node)
        yield from _shares(tree, loc, node, ["rivalry", "transit"])
        affinity = node.get("affinity")
        if affinity is not None and not any(key[:1].isdigit() for key in affinity.mapping):
            yield from _keys(tree, (*loc, "affinity"), "group", affinity)
    for loc, node in _parts(tree, "offices"):
        yield from _sourced(loc, node)
        yield from _shares(tree, loc, node, ["stakes", "ties"])
    for loc, node in _parts(tree, "advisers"):
        yield from _sourced(loc, node)
    for loc, node in _parts(tree, "formal"):
        yield from _sourced(loc, node)
        yield from _shares(tree, loc, node, ["stakes"])
    for loc, node in _parts(tree, "informal"):
        yield from _sourced(loc, node)
        yield from _shares(tree, loc, node, ["stakes", "link"])
        yield from _text((*loc, "sector"), "sector", node.get("sector"))
        yield from _text((*loc, "holds_post"), "formal", node.get("holds_post"))
    for loc, node in _parts(tree, "economy", "sectors"):
        yield from _sourced(loc, node)
        yield from _shares(tree, loc, node, ["partners"])
    for name in ("public", "offices", "economy", "stocks", "doctrine"):
        part = tree.get(name)
        if part is not None:
            yield from _sourced((name,), part)
    yield from _keys(tree, ("stocks", "obligation"), "power", tree.get("stocks", "obligation"))
    yield from _keys(tree, ("doctrine", "lean"), "power", tree.get("doctrine", "lean"))
    yield from _timeline(tree)


def known_names(tree: Node) -> dict[str, list[str]]:
    """Return, for each kind of reference, the names that there are."""

    def names(*keys: str) -> list[str]:
        node = tree.get(*keys)
        return [name for name, child in node.mapping.items() if child.value is not None] if node else []

    powers, formal, informal = names("powers"), names("formal"), names("informal")
    elder = tree.get("offices", "elder")
    voices = [voice for voice in VOICES if voice != "elder" or (elder is not None and elder.value is not None)]
    return {
        "power": powers,
        "group": names("public", "language_groups"),
        "formal": formal,
        "actor": [*formal, *informal],
        "sector": names("economy", "sectors"),
        "constituency": [*powers, *formal, *informal, *voices],
        "source": names("sources"),
    }
