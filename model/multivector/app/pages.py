"""The pages as text: the lesson's script and style with the live parts in place of those that need a file."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Any

from multivector import __version__
from multivector.app.work import AIMS
from multivector.scenario.catalogue import list_scenarios
from multivector.scenario.tree import parse
from multivector.teach.page import asset, environment, hashed, page_words

__all__ = ["LANGUAGES", "campaign", "page", "policy"]

LANGUAGES = ("en", "ru", "kk")
_SHARED = ("1-data.js", "2-tools.js", "3-charts.js", "6-results.js", "7-why.js")
"""Parts of the lesson's script that do not care where numbers come from."""


def _own(name: str) -> str:
    return files("multivector.app").joinpath("assets", name).read_text(encoding="utf-8")


@cache
def _script() -> str:
    folder = files("multivector.app").joinpath("assets")
    own = {part.name: _own(part.name) for part in folder.iterdir() if part.name.endswith(".js")}
    parts = {**own, **{name: asset(name) for name in _SHARED}}
    return '"use strict";\n(() => {\n' + "\n".join(parts[name] for name in sorted(parts)) + "})();\n"


@cache
def _style() -> str:
    return asset("page.css") + _own("live.css")


@cache
def policy() -> str:
    """What a page may do: its own script and style by their hashes, and talk to this server; no eval."""
    return (
        f"default-src 'none'; script-src {hashed(_script())}; style-src {hashed(_style())}; connect-src 'self'; "
        "img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )


@cache
def campaign() -> dict[str, Any]:
    """Rounds of "play the president": real dossiers, what was chosen then, and where that is on record."""
    text = files("multivector.app").joinpath("president.yaml").read_text(encoding="utf-8")
    tree, problems = parse(text, "president.yaml")
    if problems or tree is None:
        raise ValueError(f"president.yaml cannot be read: {problems[0] if problems else 'empty'}")
    found: dict[str, Any] = tree.plain()
    return found


def words_of(language: str) -> dict[str, str]:
    """Words of the live pages: those of the lesson, some said otherwise (`live_X` stands in for `X`)."""
    found = page_words(language)
    return {**found, **{key[5:]: text for key, text in found.items() if key.startswith("live_")}}


@cache
def page(kind: str, language: str, scenario: str, *, classroom: bool) -> str:
    """The page `live` or `teacher` as HTML."""
    from markupsafe import Markup

    words = words_of(language)
    about = {
        "page": kind,
        "scenario": scenario,
        "scenarios": [{"id": one.name, "title": one.title} for one in list_scenarios() if not one.abstract],
        "classroom": classroom,
        "campaign": campaign()["rounds"],
        "aims": list(AIMS),
        "version": __version__,
    }
    from jinja2 import ChoiceLoader, PackageLoader

    loaders = [PackageLoader(f"multivector.{one}", "templates") for one in ("app", "teach")]
    env = environment().overlay(loader=ChoiceLoader(loaders))
    text: str = env.get_template(f"{kind}.html.j2").render(
        t=words,
        words=words,
        about=about,
        doc={"belief": None, "title": "multivector"},
        policy="",
        language=language,
        languages=LANGUAGES,
        classroom=classroom,
        version=__version__,
        css=Markup(_style()),
        script=Markup(_script()),
    )
    return text
