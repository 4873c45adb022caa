"""What the schema cannot see: whether the parts of a scenario fit together.

The checks read the tree, not the validated models, so that they report in the same pass as the schema. Parts
of the wrong shape are the schema's business and are passed over here.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator

from pydantic_core import PydanticCustomError

from multivector.scenario.errors import Problem, nearest
from multivector.scenario.events import COMMON_KEYS, EVENT_KINDS
from multivector.scenario.fields import read_month
from multivector.scenario.mechanisms import MECHANISMS
from multivector.scenario.overlays import entry_id, without
from multivector.scenario.paths import month_number
from multivector.scenario.records import parameter_records
from multivector.scenario.references import VOICES, known_names, references
from multivector.scenario.schema import MAX_OPTIONS, ScenarioDocument
from multivector.scenario.translate import misspelt, problem_at
from multivector.scenario.tree import Node

__all__ = ["check_tree", "doubtful_values"]

_ID = re.compile(r"[a-z][a-z0-9_]*", re.ASCII)
_SLUG = re.compile(r"[a-z0-9][a-z0-9-]*", re.ASCII)
_SHARE_SLACK = 1e-6
MAX_MONTHS = 1200
_MIN_OPTIONS = 2

_ID_PARTS = (
    ("public", "language_groups"),
    ("powers",),
    ("advisers",),
    ("formal",),
    ("informal",),
    ("economy", "sectors"),
)
_KIND_NAMES = {
    "power": "power",
    "group": "language group",
    "formal": "formal actor",
    "actor": "formal or informal actor",
    "sector": "sector",
    "constituency": "power, actor or constituency (formal, informal, public, elder)",
    "source": "key of `sources`",
}


def check_tree(tree: Node, *, whole: bool) -> Iterator[Problem]:
    """Yield everything in a resolved tree that does not fit together.

    `whole` is False for an abstract scenario, or one whose parent is missing: what it lacks is then no error.
    """
    yield from _dates(tree)
    yield from _ids(tree)
    yield from _groups(tree)
    if whole:
        yield from _references(tree)
    yield from _self_references(tree)
    yield from _parameters(tree)
    yield from _mechanisms(tree)
    entries = tree.get("timeline")
    seen: dict[str, int] = {}
    for index, entry in enumerate(entries.items if entries is not None else ()):
        if "election" in entry.mapping:
            yield from _election(tree, index, entry)
        elif "dossier" in entry.mapping:
            yield from _dossier(tree, index, entry, seen)
        elif "event" in entry.mapping:
            yield from _event(tree, index, entry)
        elif isinstance(entry.value, dict):
            said = "needs the key `event` (something that happens), `dossier` (a question to settle) or `election`"
            yield problem_at(tree, ("timeline", index), said)


def month_of(node: Node | None) -> int | None:
    """Return the month number of a node, or None when it is no month."""
    try:
        return month_number(read_month(node.value)) if node is not None else None
    except (ValueError, PydanticCustomError):
        return None


def number_of(node: Node | None) -> float | None:
    """Return the number in a node, or None when it holds none."""
    value = node.value if node is not None else None
    return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else None


def _dates(tree: Node) -> Iterator[Problem]:
    start, end = month_of(tree.get("start")), month_of(tree.get("end"))
    if start is not None and end is not None:
        if end < start:
            yield problem_at(tree, ("end",), f"the end lies before the start ({_said(tree, 'start')})")
        elif end - start >= MAX_MONTHS:
            yield problem_at(tree, ("end",), f"{end - start + 1:,} months are more than the {MAX_MONTHS:,} allowed")
    elder = tree.get("offices", "elder") or Node({}, "")
    since, until = month_of(elder.get("from")), month_of(elder.get("until"))
    if since is not None and until is not None and until < since:
        yield problem_at(tree, ("offices", "elder", "until"), "the elder's end lies before the beginning (`from`)")


def _said(tree: Node, key: str) -> str:
    node = tree.get(key)
    return str(node.value) if node is not None else ""


def _ids(tree: Node) -> Iterator[Problem]:
    taken: dict[str, str] = {voice: "the constituency" for voice in VOICES}
    for part in _ID_PARTS:
        holder = tree.get(*part)
        for name in holder.mapping if holder is not None else ():
            loc = (*part, name)
            if not _ID.fullmatch(name):
                meant = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")
                hint = meant if _ID.fullmatch(meant) else ""
                message = "ids are small letters a-z, digits and _, and begin with a letter"
                yield problem_at(tree, loc, message, hint, at_key=True)
            if part[0] in ("powers", "formal", "informal"):
                if name in taken:
                    message = f"the id `{name}` is already that of {taken[name]}; ids are used once"
                    yield problem_at(tree, loc, message, at_key=True)
                taken.setdefault(name, f"`{'.'.join(loc)}`")
    for part in (("powers",), ("public", "language_groups")):
        holder = tree.get(*part)
        if holder is not None and isinstance(holder.value, dict) and not holder.value:
            yield problem_at(tree, part, "needs at least one entry")


def _groups(tree: Node) -> Iterator[Problem]:
    groups = tree.get("public", "language_groups")
    shares = [number_of(group.get("share")) for group in (groups.mapping.values() if groups else ())]
    known = [share for share in shares if share is not None]
    if known and len(known) == len(shares):
        total = math.fsum(known)
        if abs(total - 1.0) > _SHARE_SLACK:
            message = f"the shares of the language groups must sum to 1; they sum to {total:.6g}"
            yield problem_at(tree, ("public", "language_groups"), message)


def _references(tree: Node) -> Iterator[Problem]:
    slips = {loc[-1] for loc in misspelt(ScenarioDocument, tree)}
    known = known_names(tree)
    for reference in references(tree):
        names = [name for name in known[reference.kind] if name not in slips]
        if reference.name not in names:
            hint = nearest(reference.name, names)
            message = f"unknown {_KIND_NAMES[reference.kind]} `{reference.name}`"
            if not hint and names:
                message += f"; there is {', '.join(names[:12])}{', ...' if len(names) > 12 else ''}"
            yield problem_at(tree, reference.loc, message, hint, at_key=reference.is_key)


def _self_references(tree: Node) -> Iterator[Problem]:
    powers = tree.get("powers")
    for name, power in powers.mapping.items() if powers is not None else ():
        for key in ("rivalry", "transit"):
            if power.get(key, name) is not None:
                yield problem_at(tree, ("powers", name, key, name), "a power cannot stand here for itself", at_key=True)


def _given_parameters(tree: Node) -> Iterator[tuple[str, Node]]:
    holder = tree.get("parameters")
    yield from holder.mapping.items() if holder is not None else ()


def doubtful_values(tree: Node) -> Iterator[Problem]:
    """Yield a warning for every parameter's value that may be set but lies outside the range of its record."""
    for name, node in _given_parameters(tree):
        record, value = parameter_records().get(name), number_of(node)
        if record is None or value is None or not record.allowed[0] <= value <= record.allowed[1]:
            continue
        if not record.low <= value <= record.high:
            message = f"{value:g} is outside the range of {record.name}, {record.low:g} to {record.high:g}"
            message += f" ({record.range_source})" if record.range_source else "; no study draws it"
            yield problem_at(tree, ("parameters", name), message)


def _parameters(tree: Node) -> Iterator[Problem]:
    records = parameter_records()
    for name, node in _given_parameters(tree):
        loc = ("parameters", name)
        record = records.get(name)
        if record is None:
            same_end = [path for path in records if path.split(".", 1)[-1] == name.split(".")[-1]]
            hint = same_end[0] if len(same_end) == 1 else nearest(name, records)
            yield problem_at(tree, loc, "unknown parameter", hint, at_key=True)
            continue
        value = number_of(node)
        if value is None or not math.isfinite(value):
            continue
        low, high = record.allowed
        if not low <= value <= high:
            message = f"{value:g} is outside the range of {record.name} ({low:g} to {high:g})"
            yield problem_at(tree, loc, message)
        elif record.integer and value != math.floor(value):
            yield problem_at(tree, loc, f"{record.name} is a whole number, not {value:g}")


def _mechanisms(tree: Node) -> Iterator[Problem]:
    holder = tree.get("mechanisms")
    for name in holder.mapping if holder is not None else ():
        if name not in MECHANISMS:
            hint = nearest(name, MECHANISMS)
            message = "unknown mechanism" + ("" if hint else f"; the mechanisms are {', '.join(MECHANISMS)}")
            yield problem_at(tree, ("mechanisms", name), message, hint, at_key=True)


def _slug(tree: Node, index: int, key: str, entry: Node) -> Iterator[Problem]:
    node = entry.get(key)
    if key == "id" and node is not None and node.value == entry_id(without(entry, ("id",))):
        return  # made of the entry's other keys, which are checked themselves
    if node is not None and isinstance(node.value, str) and not _SLUG.fullmatch(node.value):
        meant = re.sub(r"[^a-z0-9]+", "-", node.value.lower()).strip("-")
        hint = meant if _SLUG.fullmatch(meant) else ""
        yield problem_at(tree, ("timeline", index, key), "is written in small letters a-z, digits and -", hint)


def _event(tree: Node, index: int, entry: Node) -> Iterator[Problem]:
    yield from _slug(tree, index, "id", entry)
    kind = EVENT_KINDS.get(str(entry.mapping["event"].value))
    if kind is None:
        return
    name = entry.mapping["event"].value
    for key in kind.required:
        node = entry.get(key)
        if node is None:
            yield problem_at(tree, ("timeline", index), f"`{name}` needs the key `{key}`")
        elif key == "actors" and isinstance(node.value, list) and not node.value:
            yield problem_at(tree, ("timeline", index, key), "names nobody")
    allowed = (*COMMON_KEYS, *kind.required, *kind.optional)
    all_keys = {other for known in EVENT_KINDS.values() for other in (*known.required, *known.optional)}
    for key in entry.mapping:
        if key in all_keys and key not in allowed:
            hint = next((want for want in kind.required if want not in entry.mapping), "")
            yield problem_at(tree, ("timeline", index, key), f"`{name}` takes no `{key}`", hint, at_key=True)
    if number_of(entry.get("sign")) == 0:
        yield problem_at(tree, ("timeline", index, "sign"), "must be -1 (a fall) or 1 (a rise)")


def _dossier(tree: Node, index: int, entry: Node, seen: dict[str, int]) -> Iterator[Problem]:
    loc = ("timeline", index)
    yield from _slug(tree, index, "id", entry)
    yield from _slug(tree, index, "dossier", entry)
    if "event" in entry.mapping:
        yield problem_at(tree, (*loc, "event"), "an entry is an event or a dossier, not both", at_key=True)
    date, due = month_of(entry.get("date")), month_of(entry.get("due"))
    if date is not None and due is not None and due < date:
        yield problem_at(tree, (*loc, "due"), "the dossier would be due before it opens (`date`)")
    name = entry.mapping["dossier"].value
    if date is not None and isinstance(name, str):
        if f"{name}@{date}" in seen:
            message = f"the dossier `{name}` opens twice in that month"
            yield problem_at(tree, (*loc, "dossier"), message)
        seen[f"{name}@{date}"] = index
    options = entry.get("options")
    if options is None or not isinstance(options.value, list):
        return
    count = len(options.items)
    if not _MIN_OPTIONS <= count <= MAX_OPTIONS:
        message = f"a dossier has {_MIN_OPTIONS} to {MAX_OPTIONS} options, not {count}"
        yield problem_at(tree, (*loc, "options"), message)
    texts = [option.value for option in options.items]
    if len(set(map(str, texts))) < count:
        yield problem_at(tree, (*loc, "options"), "two options have the same text")
    yield from _option_numbers(tree, index, entry, count)
    for key in ("sovereignty", "opening", "forum", "mediation", "expires"):
        yield from _per_option(tree, (*loc, key), entry.get(key), count)
    between = entry.get("between")
    if entry.get("mediation") is not None and (between is None or len({item.value for item in between.items}) != 2):
        yield problem_at(tree, (*loc, "mediation"), "needs `between: [power, power]`: the two that are mediated")
    wishes = entry.get("wishes")
    offers = entry.get("offers")
    for who in offers.mapping if offers is not None else ():
        if wishes is None or who not in wishes.mapping:
            message = f"`{who}` offers something here but has no wish (`wishes`) that could be met"
            yield problem_at(tree, (*loc, "offers", who), message, at_key=True)
    rents = entry.get("rents")
    for sector, node in rents.mapping.items() if rents is not None else ():
        yield from _per_option(tree, (*loc, "rents", sector), node, count)


def _election(tree: Node, index: int, entry: Node) -> Iterator[Problem]:
    loc = ("timeline", index)
    yield from _slug(tree, index, "id", entry)
    yield from _slug(tree, index, "election", entry)
    for other in ("event", "dossier"):
        if other in entry.mapping:
            message = f"an entry is an election or {'an event' if other == 'event' else 'a dossier'}, not both"
            yield problem_at(tree, (*loc, other), message, at_key=True)
    holder = entry.get("candidates")
    if holder is None or not isinstance(holder.value, dict):
        return
    regime = [name for name, node in holder.mapping.items() if _is_true(node.get("regime"))]
    if len(regime) != 1:
        message = f"an election needs one candidate with `regime: true`; there are {len(regime)}"
        yield problem_at(tree, (*loc, "candidates"), message)
    for name, node in holder.mapping.items():
        if not _ID.fullmatch(name):
            message = "ids are small letters a-z, digits and _, and begin with a letter"
            yield problem_at(tree, (*loc, "candidates", name), message, at_key=True)
        admitted = node.get("admitted")
        if name in regime and admitted is not None and admitted.value is False:
            yield problem_at(tree, (*loc, "candidates", name, "admitted"), "the regime admits its own candidate")


def _is_true(node: Node | None) -> bool:
    return node is not None and node.value is True


def _option_numbers(tree: Node, index: int, entry: Node, count: int) -> Iterator[Problem]:
    wishes = entry.get("wishes")
    places: list[tuple[tuple[str | int, ...], Node | None]] = [
        (("timeline", index, "wishes", who), node) for who, node in (wishes.mapping.items() if wishes else ())
    ]
    places += [(("timeline", index, key), entry.get(key)) for key in ("status_quo", "decided")]
    for loc, node in places:
        value = number_of(node)
        if value is not None and math.isfinite(value) and not 1 <= value <= count:
            yield problem_at(tree, loc, f"{value:g} is outside the option numbers 1 to {count}")


def _per_option(tree: Node, loc: tuple[str | int, ...], node: Node | None, count: int) -> Iterator[Problem]:
    if node is not None and isinstance(node.value, list) and len(node.items) != count:
        message = f"needs one value for each of the {count} options, not {len(node.items)}"
        yield problem_at(tree, loc, message)
