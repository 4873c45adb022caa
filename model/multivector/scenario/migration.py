"""Scenario files of older schemas, brought to today's.

Schema 0 was the first draft. It said `great_powers` for `powers`, `months` (the number of months, the first
one included) for `end`, and `type` for an event's `event`. Migration edits the text at these places only, so
that comments and line numbers stay.
"""

from __future__ import annotations

import re

from multivector.scenario.errors import Problem, ScenarioErrors
from multivector.scenario.paths import month_number, month_text
from multivector.scenario.tree import Node, parse

__all__ = ["CURRENT", "migrate", "schema_number"]

CURRENT = 1
"""The number of the schema that this version reads and writes."""


class _Edits:
    """Replacements in a text, each at the place of a key."""

    def __init__(self, text: str, file: str) -> None:
        self.lines = text.splitlines(keepends=True)
        self.file = file
        self.problems: list[Problem] = []
        self.queue: list[tuple[int, int, str, str]] = []

    def plan(self, node: Node, pattern: str, new: str, key: str) -> None:
        """Replace what `pattern` matches at the place of the node's key by `new`."""
        self.queue.append(((node.key_line or 1) - 1, node.column or 0, pattern, new))
        line = self.lines[self.queue[-1][0]] if self.queue[-1][0] < len(self.lines) else ""
        if re.compile(pattern).match(line, self.queue[-1][1]) is None:
            self.queue.pop()
            message = "this way of writing cannot be migrated by itself; put key and value plainly on one line"
            self.problems.append(Problem(self.file, node.key_line, key, message))

    def done(self) -> str:
        """Return the edited text; the last places come first, so that columns stay right."""
        for row, column, pattern, new in sorted(self.queue, reverse=True):
            line = self.lines[row]
            match = re.compile(pattern).match(line, column)
            if match is not None:
                self.lines[row] = line[:column] + new + line[match.end() :]
        return "".join(self.lines)


def schema_number(tree: Node) -> int | None:
    """Return the number under `schema`, or None when there is none that is a whole number."""
    node = tree.get("schema")
    value = node.value if node is not None else None
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def migrate(text: str, file: str = "scenario") -> str:
    """Return a scenario's text in today's schema; unchanged when it is that already.

    Raises ScenarioErrors when the text is no YAML mapping, has no `schema`, has a newer one, or cannot be
    migrated.
    """
    tree, problems = parse(text, file)
    if tree is None or not isinstance(tree.value, dict):
        raise ScenarioErrors(list(problems) or [Problem(file, None, "", "holds no scenario")])
    number = schema_number(tree)
    refused = refuse_schema(tree, file)
    if refused is not None:
        raise ScenarioErrors([refused])
    return text if number == CURRENT else _from_zero(text, tree, file)


def refuse_schema(tree: Node, file: str) -> Problem | None:
    """Return what is wrong with a file's `schema`, or None."""
    node = tree.get("schema")
    if node is None:
        message = f"the key `schema` is missing; begin the file with `schema: {CURRENT}`"
        return Problem(file, tree.line, "schema", message)
    number = schema_number(tree)
    if number is None or number < 0:
        return Problem(file, node.place, "schema", f"must be the number of the schema, {CURRENT}", str(CURRENT))
    if number > CURRENT:
        message = f"the file is written in schema {number}, and this version reads up to schema {CURRENT}"
        return Problem(file, node.place, "schema", f"{message}; use a newer multivector")
    return None


def _from_zero(text: str, tree: Node, file: str) -> str:
    edits = _Edits(text, file)
    top = tree.mapping
    edits.plan(top["schema"], r"""['"]?schema['"]?\s*:\s*\+?0\b""", f"schema: {CURRENT}", "schema")
    if "great_powers" in top:
        edits.plan(top["great_powers"], r"""['"]?great_powers['"]?(?=\s*:)""", "powers", "great_powers")
    if "months" in top:
        end = _end_of(tree)
        if end is None:
            message = "schema 0 counts `months` from `start`: both must stand in this file, as a number and a date"
            edits.problems.append(Problem(file, top["months"].place, "months", message))
        else:
            edits.plan(top["months"], r"""['"]?months['"]?\s*:\s*\+?\d+\b""", f"end: {end}", "months")
    entries = tree.get("timeline")
    for entry in entries.items if entries is not None else ():
        if "type" in entry.mapping:
            edits.plan(entry.mapping["type"], r"""['"]?type['"]?(?=\s*:)""", "event", "timeline.type")
    if edits.problems:
        raise ScenarioErrors(edits.problems)
    return edits.done()


def _end_of(tree: Node) -> str | None:
    start, months = tree.get("start"), tree.get("months")
    count = months.value if months is not None else None
    if start is None or not isinstance(start.value, str) or not isinstance(count, int) or isinstance(count, bool):
        return None
    try:
        first = month_number(start.value)
    except ValueError:
        return None
    return month_text(first + count - 1) if 1 <= count <= 12_000 else None
