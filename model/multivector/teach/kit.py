"""The teacher's kit: every sheet of a lesson from its YAML and its runs, to be printed on A4."""

from __future__ import annotations

from typing import Any

from multivector import __version__
from multivector.teach.grid import Grid
from multivector.teach.notes import answer_notes
from multivector.teach.pack import pack
from multivector.teach.page import asset, environment, hashed
from multivector.teach.texts import texts

__all__ = ["kit_page"]


def kit_page(grid: Grid, language: str = "en") -> str:
    """The kit as one HTML text without scripts: script by the minute, cards, sheets, key, answer notes."""
    from markupsafe import Markup

    plan = grid.plan
    lesson = plan.file.lesson
    css = asset("kit.css")
    page = environment().get_template("kit.html.j2")
    html: str = page.render(
        doc={"title": lesson.title},
        lesson=lesson,
        shocks=plan.shocks,
        notes=answer_notes(grid),
        signed=_signed,
        name=plan.file.name,
        code=plan.code,
        word=pack(grid.values).word,
        t=texts(language),
        language=language,
        version=__version__,
        css=Markup(css),
        policy=f"default-src 'none'; style-src {hashed(css)}; img-src data:; base-uri 'none'; form-action 'none'",
    )
    return html


def _signed(value: Any, digits: int = 3) -> str:
    text = f"{abs(float(value)):.{digits}f}"
    if not float(text):
        return f"{0:.{digits}f}"
    return f"−{text}" if value < 0 else f"+{text}"
