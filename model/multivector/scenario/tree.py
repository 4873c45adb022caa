"""YAML read into a tree that remembers where everything stands.

Only what every YAML reader understands alike is taken as a number or a flag: `NO`, `010`, `1e3`, `10:30` and
`2022-01-15` stay texts, so that the schema can refuse them by name where something else is due. Duplicate
keys, tags and merge keys are refused; aliases are allowed within a limit on the size of the whole.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from multivector.scenario.errors import Problem

__all__ = ["MAX_BYTES", "Node", "Scalar", "from_plain", "parse"]

Scalar = None | bool | int | float | str

MAX_BYTES = 1_000_000
"""Largest scenario file, in bytes: a safeguard, hundreds of times the size of a shipped one."""
_MAX_NODES = 100_000
_MAX_DEPTH = 32

_INT = re.compile(r"[-+]?(?:0|[1-9][0-9]{0,17})")
_FLOAT = re.compile(r"[-+]?(?:(?:0|[1-9][0-9]{0,17})\.[0-9]*|\.[0-9]+)(?:[eE][-+][0-9]{1,3})?")
_WORDS: dict[str, Scalar] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf"), float("inf")),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), float("-inf")),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), float("nan")),
}


@dataclass(frozen=True, slots=True)
class Node:
    """A value with its place. Never changed in place: overlays and `--set` build new nodes.

    `value` is a scalar, a dict of nodes or a list of nodes; `line` is where the value begins, `key_line`
    where its key stands (None for list items and the root); `column` is that of the key, from 0.
    """

    value: Scalar | dict[str, Node] | list[Node]
    file: str
    line: int | None = None
    key_line: int | None = None
    column: int | None = None

    @property
    def mapping(self) -> dict[str, Node]:
        """The children by key; empty when this is no mapping."""
        return self.value if isinstance(self.value, dict) else {}

    @property
    def items(self) -> list[Node]:
        """The children in order; empty when this is no list."""
        return self.value if isinstance(self.value, list) else []

    @property
    def place(self) -> int | None:
        """The line to name in a message about this value."""
        # an empty value is found where the next thing begins, which may be lines below its key
        if isinstance(self.value, (dict, list, type(None))) and self.key_line is not None:
            return self.key_line
        return self.line

    def get(self, *keys: str) -> Node | None:
        """Return the node below `keys`, or None."""
        node: Node | None = self
        for key in keys:
            if node is None:
                return None
            node = node.mapping.get(key)
        return node

    def plain(self) -> Any:
        """Return the same content without places: scalars, dicts and lists."""
        if isinstance(self.value, dict):
            return {key: child.plain() for key, child in self.value.items()}
        if isinstance(self.value, list):
            return [child.plain() for child in self.value]
        return self.value

    def with_value(self, value: Scalar | dict[str, Node] | list[Node]) -> Node:
        """Return this node with another value at the same place."""
        return replace(self, value=value)


def from_plain(data: Any, file: str, line: int | None = None) -> Node:
    """Build a tree from plain data (the opposite of `Node.plain`); keys become texts."""
    if isinstance(data, dict):
        return Node({str(key): from_plain(value, file, line) for key, value in data.items()}, file, line)
    if isinstance(data, (list, tuple)):
        return Node([from_plain(value, file, line) for value in data], file, line)
    if data is None or isinstance(data, (bool, int, float, str)):
        return Node(data, file, line)
    return Node(str(data), file, line)


def scalar(text: str) -> Scalar:
    """Return the value of an unquoted YAML scalar, as far as all YAML versions agree about it."""
    if text in _WORDS:
        return _WORDS[text]
    if _INT.fullmatch(text):
        return int(text)
    if _FLOAT.fullmatch(text):
        return float(text)
    return text


class _Stop(Exception):
    """Reading cannot go on; the last problem says why."""


@dataclass(slots=True)
class _Open:
    """A mapping or list that is being read."""

    node: Node
    anchor: str | None
    size: int = 1
    key: str | None = None
    key_line: int | None = None
    column: int | None = None
    skip: bool = False


class _Builder:
    """Turns the parser's events into nodes, without recursion."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.problems: list[Problem] = []
        self.stack: list[_Open] = []
        self.anchors: dict[str, tuple[Node, int]] = {}
        self.root: Node | None = None
        self.documents = 0
        self.total = 0

    def problem(self, line: int | None, message: str, key: str = "", suggestion: str = "") -> None:
        self.problems.append(Problem(self.file, line, key, message, suggestion))

    def stop(self, line: int | None, message: str) -> None:
        self.problem(line, message)
        raise _Stop

    def where(self) -> str:
        return ".".join(frame.key for frame in self.stack if frame.key is not None)

    def feed(self, event: Any) -> None:
        kind = type(event).__name__
        line = event.start_mark.line + 1
        if kind == "DocumentStartEvent":
            self.documents += 1
            if self.documents > 1:
                self.stop(line, "a second YAML document begins here (`---`); a scenario is one document")
        elif kind == "ScalarEvent":
            self.tag(event, line)
            value: Scalar = event.value if event.style else scalar(event.value)
            if self.awaits_key():
                self.take_key(str(event.value), line, event.start_mark.column)
            else:
                self.add(Node(value, self.file, line), 1, event.anchor)
        elif kind == "AliasEvent":
            if event.anchor not in self.anchors:
                self.stop(line, f"the alias `*{event.anchor}` stands for nothing that is complete before it")
            if self.awaits_key():
                self.stop(line, "an alias cannot be a key")
            node, size = self.anchors[event.anchor]
            self.add(node, size, None)
        elif kind in ("MappingStartEvent", "SequenceStartEvent"):
            self.tag(event, line)
            if self.awaits_key():
                self.stop(line, "a key must be a plain word, not a list or a mapping")
            if len(self.stack) >= _MAX_DEPTH:
                self.stop(line, f"nested too deeply (more than {_MAX_DEPTH} levels)")
            empty: dict[str, Node] | list[Node] = {} if kind == "MappingStartEvent" else []
            self.stack.append(_Open(Node(empty, self.file, line), event.anchor))
        elif kind in ("MappingEndEvent", "SequenceEndEvent"):
            frame = self.stack.pop()
            self.add(frame.node, frame.size, frame.anchor)

    def tag(self, event: Any, line: int) -> None:
        tag = getattr(event, "tag", None)
        if tag:
            self.problem(line, f"YAML tags such as `{tag}` are not used in scenarios; take it out", self.where())

    def awaits_key(self) -> bool:
        return bool(self.stack) and isinstance(self.stack[-1].node.value, dict) and self.stack[-1].key is None

    def take_key(self, key: str, line: int, column: int) -> None:
        frame = self.stack[-1]
        path = ".".join([part for part in (self.where(), key) if part])
        frame.key, frame.key_line, frame.column, frame.skip = key, line, column, False
        if key == "<<":
            self.problem(line, "merge keys are not used in scenarios; use `extends`", path)
            frame.skip = True
        elif key in frame.node.mapping:
            first = frame.node.mapping[key].key_line
            self.problem(line, f"the key `{key}` is written twice (first on line {first})", path)
            frame.skip = True

    def add(self, node: Node, size: int, anchor: str | None) -> None:
        self.total += 1
        if anchor is not None:
            self.anchors[anchor] = (node, size)
        if not self.stack:
            self.root = node
            return
        frame = self.stack[-1]
        frame.size += size
        if frame.size > _MAX_NODES or self.total > _MAX_NODES:
            self.stop(node.line, f"aliases and lists grow to more than {_MAX_NODES:,} values; this is no scenario")
        holder = frame.node.value
        if isinstance(holder, list):
            holder.append(node)
        elif isinstance(holder, dict) and frame.key is not None:
            if not frame.skip:
                holder[frame.key] = replace(node, key_line=frame.key_line, column=frame.column)
            frame.key = None


def _events(text: str) -> Iterable[Any]:
    """The parser's events: of libyaml, ten times as fast, unless it stumbles; then the Python parser has the word."""
    from ruamel.yaml import YAML  # imported when a file is read: --help must not pay for it

    try:
        return list(YAML(typ="safe").parse(text))
    except Exception:
        slow: Iterable[Any] = YAML(typ="safe", pure=True).parse(text)
        return slow


@lru_cache(maxsize=64)
def parse(text: str, file: str) -> tuple[Node | None, tuple[Problem, ...]]:
    """Read YAML text into a tree.

    Returns the root (None when the text is empty or cannot be read to its end) and the problems found.
    Nothing is raised. Results are kept, since many runs read the same parents.
    """
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    builder = _Builder(file)
    try:
        for event in _events(text):
            builder.feed(event)
    except _Stop:
        return None, tuple(builder.problems)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        said = " ".join(str(error.problem or error.context or "cannot be read").split())
        builder.problem(mark.line + 1 if mark is not None else None, f"this is not valid YAML: {said}")
        return None, tuple(builder.problems)
    except YAMLError as error:
        position = getattr(error, "position", None)
        line = text.count("\n", 0, position) + 1 if isinstance(position, int) else None
        said = str(getattr(error, "reason", "") or error).splitlines()[0]
        builder.problem(line, f"this is not valid YAML: {said}")
        return None, tuple(builder.problems)
    except Exception as error:  # a defect of the YAML reader on odd input must still be a message, not a crash
        builder.problem(None, f"this cannot be read as YAML ({type(error).__name__}: {error})")
        return None, tuple(builder.problems)
    return builder.root, tuple(builder.problems)
