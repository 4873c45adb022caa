"""Plain data written as YAML that our own reader takes back unchanged, in the style of the shipped files."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from typing import Any

from multivector.scenario.tree import scalar

__all__ = ["inline", "to_yaml"]

_PLAIN = re.compile(r"[^\W\d_][\w ()/'.%–—-]*|\d{4}-\d{2}|[a-z0-9][a-z0-9-]*")
_WIDTH = 110


def _text(value: str) -> str:
    """Write a text plainly where every YAML reader takes it as that text, else in double quotes."""
    risky = value.lower() in ("no", "yes", "on", "off", "y", "n", "true", "false", "null")
    if _PLAIN.fullmatch(value) and not risky and scalar(value) == value and not value.endswith(" "):
        return value
    quoted = json.dumps(value, ensure_ascii=False)
    return "".join(char if char.isprintable() or ord(char) > 0xFFFF else f"\\u{ord(char):04x}" for char in quoted)


def _number(value: float) -> str:
    """Write a number so that YAML 1.1 and 1.2 agree about it and nothing is lost."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if not math.isfinite(value):
        return ".nan" if value != value else (".inf" if value > 0 else "-.inf")
    text = repr(value)
    mantissa, _, exponent = text.partition("e")
    if not exponent:
        return text
    mantissa = mantissa if "." in mantissa else f"{mantissa}.0"
    return f"{mantissa}e{exponent if exponent[0] in '+-' else '+' + exponent}"


def inline(value: Any) -> str:
    """Write a value on one line (YAML flow style)."""
    if value is None:
        return "null"
    if isinstance(value, (bool, int, float)):
        return _number(value)
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_text(str(key))}: {inline(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(inline(inner) for inner in value) + "]"
    return _text(str(value))


def _is_leaf(value: Any, room: int) -> bool:
    """Whether a value is short and flat enough to stand on its key's line."""
    if isinstance(value, Mapping):
        if any(isinstance(inner, (Mapping, list, tuple)) for inner in value.values()) or not value:
            return not value
    elif not isinstance(value, (list, tuple)) or any(isinstance(inner, (Mapping, list)) for inner in value):
        return not isinstance(value, (list, tuple))
    return len(inline(value)) <= room


def _lines(data: Mapping[str, Any], indent: int) -> list[str]:
    pad = " " * indent
    lines: list[str] = []
    for key, value in data.items():
        head = f"{pad}{_text(str(key))}:"
        if _is_leaf(value, _WIDTH - len(head)):
            lines.append(f"{head} {inline(value)}")
        elif isinstance(value, Mapping):
            lines.append(head)
            lines.extend(_lines(value, indent + 2))
        else:
            lines.append(head)
            for item in value:
                if isinstance(item, Mapping) and item:
                    inner = _lines(item, indent + 4)
                    lines.append(f"{pad}  - {inner[0].lstrip()}")
                    lines.extend(inner[1:])
                else:
                    lines.append(f"{pad}  - {inline(item)}")
    return lines


def to_yaml(data: Mapping[str, Any]) -> str:
    """Return a mapping as YAML text, ending in a newline."""
    return "\n".join(_lines(data, 0)) + "\n"
