"""One scenario file laid over another.

The rules, in order of precedence (package defaults < `extends` < the scenario < `--set`):

- Mappings merge key by key; a key that says `null` drops what was inherited, with every inherited reference
  to it.
- A dated path (a number, or `{YYYY-MM: number}`) replaces the parent's whole path at the leaf that it names.
  A mapping over domains replaces only the domains that it names; a number over all of them replaces all.
- The timeline appends; an entry with the same id replaces; `remove: [id]` drops.
- `title`, `summary`, `notes` and `abstract` are each file's own.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from multivector.scenario.errors import Problem, nearest
from multivector.scenario.events import EVENT_KINDS
from multivector.scenario.paths import DOMAINS, looks_dated
from multivector.scenario.references import references
from multivector.scenario.translate import dotted
from multivector.scenario.tree import Node, from_plain

__all__ = ["Fold", "entry_id", "fill_names", "fold", "name_entries", "replaced", "short", "spread", "without"]

Loc = tuple[str | int, ...]

OWN_KEYS = ("title", "summary", "notes", "abstract", "extends", "remove")
"""Keys that an extending file does not inherit."""
_SILENT = ("title", "summary", "notes", "source", "sources")
_DOMAIN_FIELDS = ("capability", "pressure", "engagement", "ties")
_DROPPABLE: dict[Loc, tuple[str, ...]] = {
    ("powers",): ("power", "constituency"),
    ("formal",): ("formal", "actor", "constituency"),
    ("informal",): ("actor", "constituency"),
    ("public", "language_groups"): ("group",),
    ("economy", "sectors"): ("sector",),
    ("offices",): ("constituency",),
}


@dataclass
class Fold:
    """The outcome of laying files (and `--set`) over one another.

    `dropped` holds places with the file that dropped them; `files` are those of the layers, lowest first.
    """

    tree: Node
    changes: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    dropped: list[tuple[Loc, str]] = field(default_factory=list)
    files: list[str] = field(default_factory=list)

    def below(self, file: str, other: str) -> bool:
        """Whether `file` is a lower layer than `other` (the command line is above all files)."""
        rank = {name: index for index, name in enumerate(self.files)}
        return rank.get(file, len(rank)) < rank.get(other, len(rank))

    def drop(self, loc: Loc, file: str) -> None:
        """Note that the entry at `loc` was dropped by `file`."""
        self.dropped.append((loc, file))
        self.changes.append(f"{dotted(self.tree, loc)}: dropped")


def short(value: Any) -> str:
    """Write a value in the style of a scenario file, cut to a readable length."""
    from multivector.scenario.emit import inline

    text = inline(value)
    return text if len(text) <= 120 else text[:117] + "..."


def replaced(tree: Node, loc: Loc, node: Node) -> Node:
    """Return the tree with `node` at `loc`; mappings on the way are made where they are missing."""
    if not loc:
        return node
    head, rest = loc[0], loc[1:]
    if isinstance(head, int):
        items = list(tree.items)
        items[head] = replaced(items[head], rest, node)
        return tree.with_value(items)
    children = dict(tree.mapping)
    children[head] = replaced(children.get(head, Node({}, node.file, node.line)), rest, node)
    return tree.with_value(children)


def without(tree: Node, loc: Loc) -> Node:
    """Return the tree with nothing at `loc`."""
    head, rest = loc[0], loc[1:]
    if isinstance(head, int):
        items = list(tree.items)
        items[head : head + 1] = [without(items[head], rest)] if rest else []
        return tree.with_value(items)
    children = dict(tree.mapping)
    if rest:
        children[head] = without(children[head], rest)
    else:
        children.pop(head, None)
    return tree.with_value(children)


def fill_names(loc: Loc, groups: Iterable[str]) -> tuple[str, ...]:
    """Return the names that a single value at `loc` stands for: the domains, the groups, or nothing."""
    if len(loc) == 3 and loc[0] == "powers":
        if loc[2] in _DOMAIN_FIELDS:
            return DOMAINS
        if loc[2] == "affinity":
            return tuple(groups)
    return ()


def spread(node: Node, names: Iterable[str]) -> Node:
    """Turn one value for all names into a mapping that gives it to each."""
    if isinstance(node.value, dict) and not looks_dated(node.value):
        return node
    return Node(dict.fromkeys(names, node), node.file, node.line, node.key_line, node.column)


def groups_of(tree: Node) -> list[str]:
    """Return the ids of the language groups."""
    holder = tree.get("public", "language_groups")
    return list(holder.mapping) if holder is not None else []


def entry_id(entry: Node) -> str:
    """Return the id of a timeline entry: as written, else made of what it is and its date."""
    said = entry.get("id")
    if said is not None and isinstance(said.value, str):
        return said.value
    date = entry.get("date")
    parts: list[Any] = []
    named, kind = entry.get("dossier") or entry.get("election"), entry.get("event")
    if named is not None:
        parts = [named.value]
    elif kind is not None:
        subject = EVENT_KINDS[str(kind.value)].subject if str(kind.value) in EVENT_KINDS else ""
        about = entry.get(subject) if subject else None
        parts = [kind.value, *([about.value] if about is not None and isinstance(about.value, str) else [])]
    words = [str(part).replace("_", "-") for part in [*parts, date.value if date is not None else ""] if part]
    return "-".join(words)


def name_entries(tree: Node, problems: list[Problem]) -> Node:
    """Give every timeline entry of one file its id; report ids that are written twice."""
    timeline = tree.get("timeline")
    if timeline is None or not isinstance(timeline.value, list):
        return tree
    taken: dict[str, Node] = {}
    entries: list[Node] = []
    for entry in timeline.items:
        if not isinstance(entry.value, dict):
            entries.append(entry)
            continue
        name, written = entry_id(entry), entry.get("id")
        if written is None:
            base, count = name, 1
            while name in taken:
                count += 1
                name = f"{base}-{count}"
            entry = entry.with_value({"id": Node(name, entry.file, entry.line), **entry.value})
        elif isinstance(written.value, str) and name in taken:
            message = f"the id `{name}` is used twice in this timeline{_first(taken[name])}"
            problems.append(Problem(entry.file, written.place, f"timeline.{name}.id", message))
        taken.setdefault(name, entry)
        entries.append(entry)
    return replaced(tree, ("timeline",), timeline.with_value(entries))


def _first(entry: Node) -> str:
    return f" (first on line {entry.line})" if entry.line is not None else ""


def fold(parent: Fold, child: Node) -> Fold:
    """Lay one file's tree (with named entries) over what its ancestors make; both are left as they were."""
    result = Fold(parent.tree, list(parent.changes), list(parent.problems), list(parent.dropped), [*parent.files])
    result.files.append(child.file)
    base = parent.tree.with_value(
        {key: node for key, node in parent.tree.mapping.items() if key not in (*OWN_KEYS, "schema")}
    )
    over = dict(child.mapping)
    timeline = over.pop("timeline", None)
    public = over.get("public")
    known_groups = groups_of(base)
    if public is not None:
        known_groups = list(dict.fromkeys([*known_groups, *groups_of(child)]))
    merged = _merge(base, child.with_value(over), (), result, known_groups)
    children = dict(merged.mapping)
    old = base.mapping.get("timeline")
    new = _merge_timeline(old, timeline, child, result)
    if new is not None:
        children["timeline"] = new
    result.tree = child.with_value(children)
    return result


def _merge(base: Node, over: Node, loc: Loc, result: Fold, groups: list[str]) -> Node:
    names = fill_names(loc, groups)
    over_branches = isinstance(over.value, dict) and not looks_dated(over.value)
    if over_branches and names and over.value and base.value is not None:
        base = spread(base, names)
    base_branches = isinstance(base.value, dict) and not looks_dated(base.value)
    if not (over_branches and base_branches):
        _log(base, over, loc, result)
        return over
    children = dict(base.mapping)
    for key, node in over.mapping.items():
        here = (*loc, key)
        if key not in children:
            children[key] = node
        elif node.value is None:
            del children[key]
            result.drop(here, node.file)
        else:
            children[key] = _merge(children[key], node, here, result, groups)
    return over.with_value(children)


def _log(base: Node, over: Node, loc: Loc, result: Fold) -> None:
    if not loc or any(part in _SILENT for part in loc):
        return
    old, new = base.plain(), over.plain()
    if old != new:
        result.changes.append(f"{dotted(result.tree, loc)}: {short(old)} -> {short(new)}")


def _merge_timeline(old: Node | None, new: Node | None, child: Node, result: Fold) -> Node | None:
    entries = {entry_id(entry): entry for entry in (old.items if old is not None else ())}
    removed = child.get("remove")
    for index, item in enumerate(removed.items if removed is not None else ()):
        if not isinstance(item.value, str):
            continue
        if item.value in entries:
            del entries[item.value]
            result.changes.append(f"timeline.{item.value}: removed")
        else:
            hint = nearest(item.value, entries)
            message = f"no inherited timeline entry has the id `{item.value}`"
            result.problems.append(Problem(item.file, item.place, f"remove[{index + 1}]", message, hint))
    if new is None:
        return old.with_value(list(entries.values())) if old is not None else None
    if not isinstance(new.value, list):
        return new
    odd: list[Node] = []
    for entry in new.items:
        if not isinstance(entry.value, dict):
            odd.append(entry)
            continue
        name = entry_id(entry)
        if name in entries and entries[name].file != entry.file:
            result.changes.append(f"timeline.{name}: replaced")
        entries[name] = entry
    return new.with_value([*entries.values(), *odd])


def prune(result: Fold) -> None:
    """Take out inherited references to what was dropped; an event about a dropped power goes as a whole."""
    gone: dict[tuple[str, str], str] = {}
    for loc, file in result.dropped:
        if result.tree.get(*(str(part) for part in loc)) is None:
            for kind in _DROPPABLE.get(loc[:-1], ()):
                gone[(kind, str(loc[-1]))] = file
    if not gone:
        return
    for reference in reversed(list(references(result.tree))):
        dropper = gone.get((reference.kind, reference.name))
        loc = reference.loc
        node = _node_at(result.tree, loc)
        if dropper is None or node is None or not result.below(node.file, dropper):
            continue
        if loc[0] == "timeline" and not reference.is_key and len(loc) == 3:
            result.changes.append(f"{dotted(result.tree, loc[:2])}: dropped with {reference.name}")
            loc = loc[:2]
        result.tree = without(result.tree, loc)


def _node_at(tree: Node, loc: Loc) -> Node | None:
    node = tree
    for part in loc:
        if isinstance(part, int):
            if part >= len(node.items):
                return None
            node = node.items[part]
        elif part in node.mapping:
            node = node.mapping[part]
        else:
            return None
    return node


def title_entries(tree: Node) -> Node:
    """Give every timeline entry without a title one that says what it is."""
    timeline = tree.get("timeline")
    if timeline is None or not isinstance(timeline.value, list):
        return tree
    entries = []
    for entry in timeline.items:
        title = entry_title(tree, entry) if "title" not in entry.mapping else ""
        if title:
            entry = entry.with_value({**entry.mapping, "title": from_plain(title, entry.file, entry.line)})
        entries.append(entry)
    return replaced(tree, ("timeline",), timeline.with_value(entries))


def entry_title(tree: Node, entry: Node) -> str:
    """Return the title of an entry that has none: `Sanctions on Russia`, `Recognise separatist republics`."""
    named, event = entry.get("dossier") or entry.get("election"), entry.get("event")
    if named is not None and isinstance(named.value, str):
        return named.value.replace("-", " ").capitalize()
    kind = EVENT_KINDS.get(str(event.value)) if event is not None else None
    if kind is None:
        return ""
    about = entry.get(kind.subject) if "{}" in kind.title else None
    name = tree.get("powers", str(about.value), "name") if about is not None else None
    shown = name if name is not None else about
    return kind.title.format(shown.value if shown is not None else "?")
