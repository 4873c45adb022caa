"""Slides for the projector: one file with the lesson's words and the figures of its page, drawn from the same runs."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from multivector import __version__
from multivector.teach.document import document_of
from multivector.teach.grid import Grid
from multivector.teach.notes import alone
from multivector.teach.pack import pack
from multivector.teach.page import asset, environment, hashed, page_words

__all__ = ["slides_document", "slides_page"]

_SHARED = ("1-data.js", "2-tools.js", "3-charts.js")
_KEPT = (
    "version", "code", "contentLanguage", "title", "question", "hook", "briefing", "dates", "powers", "aims", "capital",
    "levers", "rounds", "debrief", "info", "futures",
)  # fmt: skip


def slides_document(grid: Grid) -> dict[str, Any]:
    """The lesson's document cut down to the baseline and each setting alone; `settings` names the latter in order."""
    whole = document_of(grid)
    single = [one for one in alone(grid) if one.round > 0]
    leaves = [grid.plan.policy_baseline(grid.plan.leaves[0]), *(one.leaf for one in single)]
    packed = pack(grid.values[np.array([grid.at(leaf) for leaf in leaves])])
    series = [
        {**one, "low": low, "high": high}
        for one, low, high in zip(whole["series"], packed.low, packed.high, strict=True)
    ]
    return {
        **{key: whole[key] for key in _KEPT},
        "series": series,
        "leaves": [leaf.key for leaf in leaves],
        "shape": list(packed.shape),
        "values": packed.text,
        "reasons": [{"n": 0, "d": []} for _ in leaves],
        "tension": [None for _ in leaves],
        "lost": [None for _ in leaves],
        "settings": [{"lever": one.lever, "stop": one.stop} for one in single],
    }


@cache
def _script() -> str:
    parts = [asset(name) for name in (*_SHARED, "slides/slides.js")]
    return '"use strict";\n(() => {\n' + "\n".join(parts) + "})();\n"


def slides_page(grid: Grid, language: str = "en") -> str:
    """The slides as one HTML text: arrow keys turn them, and each prints on a page of its own."""
    from markupsafe import Markup

    words = page_words(language)
    css = asset("page.css") + asset("slides/slides.css")
    html: str = (
        environment()
        .get_template("slides.html.j2")
        .render(
            doc=slides_document(grid),
            t=words,
            words=words,
            language=language,
            version=__version__,
            css=Markup(css),
            script=Markup(_script()),
            policy=(
                f"default-src 'none'; script-src {hashed(_script())}; style-src {hashed(css)}; img-src data:; "
                "base-uri 'none'; form-action 'none'"
            ),
        )
    )
    return html
