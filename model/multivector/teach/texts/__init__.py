"""Words of the page in three languages; the translations into Russian and Kazakh want a native reader."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files
from typing import Any

from multivector.scenario.tree import parse

__all__ = ["names", "places", "texts"]

_TRANSLATED = ("ru", "kk")


@cache
def texts(language: str) -> dict[str, str]:
    """Key → text of a language. Raises FileNotFoundError for one that is not there."""
    return {key: "" if value is None else str(value) for key, value in _plain(f"{language}.yaml").items()}


@cache
def names(language: str) -> dict[str, str]:
    """Name as a ready scenario gives it → the same name in a language; empty for English."""
    if language not in _TRANSLATED:
        return {}
    place = _TRANSLATED.index(language)
    return {name: said[place] for name, said in _plain("names.yaml").items()}


def _plain(name: str) -> dict[str, Any]:
    tree, problems = parse(files(__package__).joinpath(name).read_text(encoding="utf-8"), name)
    if problems or tree is None:
        raise ValueError(f"the words of {name} cannot be read: {problems[0] if problems else 'empty'}")
    found: dict[str, Any] = tree.plain()
    return found


def places(text: str) -> set[str]:
    """Names of the places in a text that numbers and names go into."""
    return set(re.findall(r"\{(\w+)\}", text))
