"""Words of the page in three languages; the translations into Russian and Kazakh want a native reader."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files
from typing import Any

from multivector.scenario.tree import parse

__all__ = ["places", "texts"]


@cache
def texts(language: str) -> dict[str, str]:
    """Key → text of a language. Raises FileNotFoundError for one that is not there."""
    file = files(__package__).joinpath(f"{language}.yaml")
    tree, problems = parse(file.read_text(encoding="utf-8"), f"{language}.yaml")
    if problems or tree is None:
        raise ValueError(f"the words of `{language}` cannot be read: {problems[0] if problems else 'empty'}")
    plain: dict[str, Any] = tree.plain()
    return {key: "" if value is None else str(value) for key, value in plain.items()}


def places(text: str) -> set[str]:
    """Names of the places in a text that numbers and names go into."""
    return set(re.findall(r"\{(\w+)\}", text))
