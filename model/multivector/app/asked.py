"""What a browser may ask to be run, read and checked before the model sees it.

A client's YAML is stricter than a file's: 64 KiB, few levels, no aliases, no tags, and `extends` names a packaged
scenario and never a path. What is refused is told in the client's own words: no file of this machine is named.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from multivector.app.limits import Limits
from multivector.scenario.catalogue import is_packaged, list_scenarios
from multivector.scenario.errors import Problem, ScenarioErrors, nearest

if TYPE_CHECKING:
    from multivector.scenario import Scenario

__all__ = ["OWN", "Asked", "Refusal", "guard_yaml", "read_asked", "resolve"]

OWN = "your scenario"
"""Name of a client's YAML in every message about it."""
_KEYS = ("scenario", "yaml", "sets", "seed", "worlds", "citizens")


class Refusal(Exception):
    """A request that is not taken; `problems` are plain data for the page."""

    def __init__(self, problems: list[dict[str, Any]]) -> None:
        super().__init__(problems)
        self.problems = problems

    @classmethod
    def of(cls, message: str, key: str = "", line: int | None = None, suggestion: str = "") -> Refusal:
        """One problem."""
        return cls([Problem(OWN, line, key, message, suggestion).as_dict()])


@dataclass(frozen=True)
class Asked:
    """One run as a browser asks for it: a packaged scenario or its own YAML, and changes on top.

    `sets` are `--set` expressions; `citizens` is None for the scenario's own number.
    """

    scenario: str
    yaml: str
    sets: tuple[str, ...]
    seed: int
    worlds: int
    citizens: int | None

    @property
    def digest(self) -> str:
        """What tells two requests apart before they are resolved."""
        said = [self.scenario, self.yaml, self.sets, self.seed, self.worlds, self.citizens]
        return hashlib.sha256(json.dumps(said, ensure_ascii=False).encode()).hexdigest()


def read_asked(data: Any, limits: Limits) -> Asked:
    """Read a request's JSON. Raises Refusal; nothing is resolved yet."""
    if not isinstance(data, dict):
        raise Refusal.of("a request is a JSON object")
    for key in data:
        if key not in _KEYS:
            raise Refusal.of("unknown key", str(key)[:40], None, nearest(str(key)[:40], _KEYS))
    name, text = data.get("scenario", ""), data.get("yaml", "")
    if not isinstance(name, str) or not isinstance(text, str) or bool(name) == bool(text):
        raise Refusal.of("name a scenario or give YAML, one of the two", "scenario")
    if name and not is_packaged(name):
        known = [one.name for one in list_scenarios()]
        raise Refusal.of("there is no such packaged scenario", "scenario", None, nearest(name[:80], known))
    if len(text.encode("utf-8", "replace")) > limits.yaml_bytes:
        raise Refusal.of(f"the YAML is larger than {limits.yaml_bytes // 1024} KiB", "yaml")
    sets = data.get("sets", [])
    if not isinstance(sets, list) or len(sets) > limits.sets:
        raise Refusal.of(f"sets are a list of at most {limits.sets}", "sets")
    if any(not isinstance(one, str) or len(one) > limits.set_length or "\n" in one for one in sets):
        raise Refusal.of(f"each of sets is one line of at most {limits.set_length} letters", "sets")
    seed = _whole(data, "seed", 7, 0, 2**31 - 1)
    worlds = _whole(data, "worlds", 100, 1, limits.worlds)
    citizens = None if data.get("citizens") is None else _whole(data, "citizens", 1000, 1, limits.citizens)
    return Asked(name, text, tuple(sets), seed, worlds, citizens)


def _whole(data: dict[str, Any], key: str, default: int, low: int, high: int) -> int:
    value = data.get(key, default)
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise Refusal.of(f"must be a whole number from {low:,} to {high:,}", key)
    return value


def guard_yaml(text: str, limits: Limits) -> None:
    """Refuse what a client's YAML may not hold, by its events alone: nothing is built. Raises Refusal."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    if len(text.encode("utf-8", "replace")) > limits.yaml_bytes:
        raise Refusal.of(f"the YAML is larger than {limits.yaml_bytes // 1024} KiB", "yaml")
    depth = 0
    try:
        for event in YAML(typ="safe", pure=True).parse(text):
            kind, line = type(event).__name__, event.start_mark.line + 1
            if kind == "AliasEvent" or getattr(event, "anchor", None):
                raise Refusal.of("aliases and anchors are not taken here; write the values out", line=line)
            if getattr(event, "tag", None):
                raise Refusal.of("YAML tags are not taken here", line=line)
            if kind in ("MappingStartEvent", "SequenceStartEvent"):
                depth += 1
                if depth > limits.yaml_depth:
                    raise Refusal.of(f"nested more than {limits.yaml_depth} levels deep", line=line)
            elif kind in ("MappingEndEvent", "SequenceEndEvent"):
                depth -= 1
    except YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        said = " ".join(str(getattr(error, "problem", "") or "cannot be read").split())[:200]
        raise Refusal.of(f"this is not valid YAML: {said}", line=None if mark is None else mark.line + 1) from None
    except (RecursionError, ValueError) as error:
        raise Refusal.of(f"this is not valid YAML: {type(error).__name__}") from None


def resolve(asked: Asked, limits: Limits) -> Scenario:
    """The resolved scenario of a request, within every cap. Raises Refusal."""
    from multivector.scenario import load_scenario

    try:
        if asked.scenario:
            found = load_scenario(asked.scenario, sets=asked.sets, citizens=asked.citizens)
        else:
            found = _own(asked, limits)
    except ScenarioErrors as errors:
        raise Refusal([_told(one) for one in errors.problems[:20]]) from None
    _check_caps(found, asked, limits)
    return found


def _own(asked: Asked, limits: Limits) -> Scenario:
    """A client's own YAML. Only packaged names may be extended, so that no file here is opened by request."""
    from multivector.scenario import scenario_from_dict
    from multivector.scenario.tree import parse

    guard_yaml(asked.yaml, limits)
    tree, problems = parse(asked.yaml, OWN)
    if problems:
        raise ScenarioErrors(problems)
    if tree is None or not isinstance(tree.value, dict):
        raise Refusal.of("a scenario is a mapping (key: value) at its top level", line=1)
    data = tree.plain()
    parent = data.get("extends")
    if parent is not None and (not isinstance(parent, str) or not is_packaged(parent)):
        known = [one.name for one in list_scenarios()]
        hint = nearest(str(parent)[:80], known)
        raise Refusal.of("extends takes the name of a packaged scenario here", "extends", _line(tree, "extends"), hint)
    sets = [*asked.sets, *([] if asked.citizens is None else [f"citizens={asked.citizens}"])]
    try:
        return scenario_from_dict(data, name=OWN, sets=sets)
    except ScenarioErrors as errors:
        # plain data has no lines: the client's own text has
        raise ScenarioErrors(
            [
                Problem(OWN, one.line or _place(tree, one.key), one.key, one.message, one.suggestion)
                for one in errors.problems
            ]
        ) from None


def _line(tree: Any, key: str) -> int | None:
    node = tree.get(key)
    return None if node is None else node.key_line


def _place(tree: Any, dotted: str) -> int | None:
    """Line of the longest part of a dotted key that the client's text has."""
    node, line = tree, None
    for part in dotted.split("."):
        child = node.mapping.get(part)
        if child is None and node.items:
            child = next(
                (one for one in node.items if (said := one.get("id")) is not None and said.value == part), None
            )
        if child is None:
            break
        node, line = child, child.key_line or child.line or line
    return line


def _told(one: Problem) -> dict[str, Any]:
    """A problem without the name of any file but the client's own."""
    file = one.file if one.file in ("--set", OWN) else OWN
    line = one.line if one.file == OWN else None
    return Problem(file, line, one.key, one.message, one.suggestion).as_dict()


def _check_caps(found: Scenario, asked: Asked, limits: Limits) -> None:
    from multivector.scenario.schema import Dossier

    dossiers = sum(isinstance(entry, Dossier) for entry in found.timeline)
    for key, count, most in (
        ("citizens", found.citizens, limits.citizens),
        ("end", found.months, limits.months),
        ("powers", len(found.powers), limits.powers),
        ("timeline", dossiers, limits.dossiers),
        ("timeline", len(found.timeline) - dossiers, limits.events),
        ("worlds", asked.worlds * found.months, limits.world_months),
    ):
        if count > most:
            what = {"end": "months", "worlds": "worlds × months", "timeline": "entries on the timeline"}.get(key, key)
            raise Refusal.of(f"{count:,} {what} are more than the {most:,} that this server allows", key)
