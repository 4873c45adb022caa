"""The page: one HTML file with everything inside, or the same page for a server.

Templates escape by themselves; the data goes in as JSON in which nothing can end the script element. The policy in the
page's head lets only its own script and style run, by their hashes, and nothing be fetched.
"""

from __future__ import annotations

import base64
import hashlib
import json
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from multivector.lab.errors import LabError
from multivector.teach.texts import names, texts

if TYPE_CHECKING:
    from jinja2 import Environment

__all__ = ["MAX_BYTES", "asset", "environment", "fill", "lesson_page", "page_words", "script", "write_page"]

MAX_BYTES = 5_000_000
"""Largest lesson file."""
INSTALL = "pip install 'multivector[app]'"


@cache
def environment() -> Environment:
    """Templates with autoescape. Raises LabError, naming what to install, where jinja2 is missing."""
    try:
        from jinja2 import Environment, PackageLoader, StrictUndefined
        from markupsafe import Markup
    except ImportError:
        raise LabError("a lesson's page needs jinja2, which is not installed", suggestion=INSTALL) from None
    env = Environment(
        loader=PackageLoader("multivector.teach", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    env.filters["json"] = lambda value: Markup(script_json(value))
    env.globals["fill"] = fill
    env.globals["dated"] = dated
    return env


def script_json(value: Any) -> str:
    """JSON that can stand in a script element: no `<`, `>`, `&` and no line separators of JavaScript."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    for letter in "<>&\u2028\u2029":
        text = text.replace(letter, f"\\u{ord(letter):04x}")
    return text


def fill(text: str, **values: object) -> str:
    """A text with its {places} filled, as the page's script does it."""
    for name, value in values.items():
        text = text.replace(f"{{{name}}}", str(value))
    return text


def dated(month: str, words: dict[str, str]) -> str:
    """`2022-02` as `Feb 2022` in the language of some words, as the page's script does it."""
    year, number = month.split("-")
    return f"{words['months'].split()[int(number) - 1]} {year}"


@cache
def asset(name: str) -> str:
    """The text of a file under assets."""
    return files("multivector.teach").joinpath("assets", name).read_text(encoding="utf-8")


@cache
def script() -> str:
    """The page's script: its parts in order, in one scope."""
    folder = files("multivector.teach").joinpath("assets")
    names = sorted(part.name for part in folder.iterdir() if part.name.endswith(".js"))
    return '"use strict";\n(() => {\n' + "\n".join(asset(name) for name in names) + "})();\n"


def hashed(text: str) -> str:
    """The name that a Content-Security-Policy knows an inline element by."""
    digest = base64.b64encode(hashlib.sha256(text.encode("utf-8")).digest()).decode("ascii")
    return f"'sha256-{digest}'"


def page_policy() -> str:
    """What the page may do: run its own script and style, nothing else; no network."""
    return (
        f"default-src 'none'; script-src {hashed(script())}; style-src {hashed(asset('page.css'))}; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )


def page_words(language: str) -> dict[str, str]:
    """Words of a page, and under `name:NAME` what a ready scenario's NAME is called in the language."""
    return {**texts(language), **{f"name:{name}": said for name, said in names(language).items()}}


def lesson_page(document: dict[str, Any], language: str = "en", template: str = "lesson.html.j2") -> str:
    """The lesson as one HTML text.

    Parameters
    ----------
    document : what `document.document_of` returns.
    language : of the page's own words (`texts/`); the lesson's texts stay in theirs.
    template : a template that extends `lesson.html.j2`, for pages on other sources.
    """
    from markupsafe import Markup

    words = page_words(language)
    page = environment().get_template(template)
    html: str = page.render(
        doc=document,
        t=words,
        words=words,
        language=language,
        version=document["version"],
        css=Markup(asset("page.css")),
        script=Markup(script()),
        policy=page_policy(),
    )
    return html


def write_page(path: Path, text: str) -> int:
    """Write a page under a temporary name and rename it; returns its size in bytes. Raises LabError over MAX_BYTES."""
    content = text.encode("utf-8")
    if len(content) > MAX_BYTES:
        said = f"the page would have {len(content):,} bytes, and {MAX_BYTES:,} are allowed"
        raise LabError(said, file=path.as_posix(), suggestion="fewer paths, or a larger `every`", code=1)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(f".{path.name}.part")
        part.write_bytes(content)
        part.replace(path)
    except OSError as error:
        raise LabError(f"cannot be written: {error.strerror or error}", file=path.as_posix(), code=1) from None
    return len(content)
