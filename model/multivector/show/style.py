"""One look for every figure: colours, line styles, type, captions, provenance.

Colours are the Okabe-Ito set (Okabe and Ito 2008, "Color Universal Design"), safe for colour-blind readers;
line style and marker are a second channel, so that nothing is lost in grey. Sizes are inches and points,
chosen so that a figure printed at half its width is still readable.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal, NamedTuple

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, findfont, get_font
from matplotlib.lines import Line2D
from matplotlib.text import Text
from numpy.typing import NDArray
from PIL.PngImagePlugin import PngInfo  # comes with matplotlib

from multivector.show.png import png_bytes

INK = "#222222"
"""Text and medians that belong to no power."""
MUTED = "#5f5f5f"
"""Secondary text and ticks."""
FAINT = "#d9d9d9"
"""Grid and guide lines."""
GHOST = "#8a8a8a"
"""The baseline."""

BLACK, ORANGE, SKY, GREEN = "#000000", "#E69F00", "#56B4E9", "#009E73"
YELLOW, BLUE, VERMILION, PURPLE = "#F0E442", "#0072B2", "#D55E00", "#CC79A7"

TITLE, BODY, SMALL, TINY = 16.0, 12.0, 10.5, 9.5
"""Type sizes in points: title, names and sentences, ticks and notes, dense labels."""

DPI = 150
_FAMILY = "DejaVu Sans"  # comes with matplotlib, so that a figure is the same on every machine
_SENTENCE = "sentence"
_HEADING = "heading"

_RC: dict[str, Any] = {
    "font.family": [_FAMILY],
    "font.size": SMALL,
    "text.parse_math": False,  # a "$" in a title is a dollar
    "text.usetex": False,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.spines.left": False,
    "axes.spines.bottom": False,
    "axes.facecolor": "none",
    "axes.unicode_minus": True,
    "figure.facecolor": "white",
    "path.sketch": None,
    "path.effects": [],
    "lines.solid_capstyle": "butt",
    "lines.dash_capstyle": "butt",
    "hatch.linewidth": 0.7,
    "savefig.dpi": "figure",
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "text.color": INK,
}


_inside: ContextVar[bool] = ContextVar("inside look()", default=False)


@contextmanager
def look() -> Iterator[None]:
    """Matplotlib's defaults plus our settings, whatever the user's own configuration says."""
    if _inside.get():  # changing every setting is dear
        yield
        return
    with mpl.rc_context():
        # not the backend: setting it imports pyplot, which we do not use
        settings: dict[Any, Any] = {k: v for k, v in mpl.rcParamsDefault.items() if k != "backend"}
        mpl.rcParams.update(settings | _RC)
        token = _inside.set(True)
        try:
            yield
        finally:
            _inside.reset(token)


Dash = Literal["-"] | tuple[float, tuple[float, ...]]


@dataclass(frozen=True)
class Look:
    """How one power, cause or kind is drawn everywhere."""

    color: str
    dash: Dash
    marker: str


_FIXED: dict[str, Look] = {
    "russia": Look(VERMILION, "-", "o"),
    "china": Look(ORANGE, (0, (6, 1.6)), "s"),
    "eu": Look(BLUE, (0, (1.2, 1.2)), "D"),
    "us": Look(SKY, (0, (6, 1.6, 1.2, 1.6)), "^"),
    "turkiye": Look(PURPLE, (0, (3, 1.2)), "v"),
}
_SPARE_COLORS = (GREEN, BLACK, "#8c6d1f", "#7a7a7a", "#5b3a8c", "#00566b", "#a04000")
_SPARE_DASHES: tuple[Dash, ...] = (
    (0, (9, 2)),
    (0, (2, 2)),
    (0, (9, 2, 2, 2)),
    "-",
    (0, (4, 2, 1, 2, 1, 2)),
    (0, (1, 2.4)),
    (0, (5, 3)),
)
_SPARE_MARKERS = ("P", "X", "h", "p", "<", ">", "d", "8", "*")


def power_looks(powers: Sequence[str]) -> dict[str, Look]:
    """Colour, line style and marker of every power, in the scenario's order.

    The five powers of the shipped scenarios always look the same; others take the rest in turn. No two
    powers share colour and line style and marker, up to 7 x 9 = 63 spare ones.
    """
    looks: dict[str, Look] = {}
    spare = 0
    for power in powers:
        if power in _FIXED:
            looks[power] = _FIXED[power]
            continue
        looks[power] = Look(
            _SPARE_COLORS[spare % len(_SPARE_COLORS)],
            _SPARE_DASHES[(spare + spare // len(_SPARE_COLORS)) % len(_SPARE_DASHES)],
            _SPARE_MARKERS[spare % len(_SPARE_MARKERS)],
        )
        spare += 1
    return looks


CAUSES: dict[str, Look] = {
    "elite": Look(ORANGE, (0, (6, 1.6)), "s"),
    "mass": Look(BLUE, "-", "o"),
    "outside": Look(PURPLE, (0, (1.2, 1.2)), "D"),
}
"""How the three hazards of losing office are drawn."""

KINDS: dict[str, Look] = {
    "public": Look(BLUE, "-", "o"),
    "informal": Look(ORANGE, "-", "s"),
    "formal": Look(SKY, "-", "D"),
    "power": Look(PURPLE, "-", "^"),
    "elder": Look(BLACK, "-", "P"),
}
"""How the kinds of constituency are drawn: public, elites and powers share the colour of their hazard."""


def mix(color: str, share: float, other: str = "#ffffff") -> str:
    """`share` of `color` and the rest of `other`, as a hex colour (opaque tints print alike everywhere)."""
    a, b = (np.array(mpl.colors.to_rgb(c)) for c in (color, other))
    red, green, blue = (float(v) for v in share * a + (1 - share) * b)
    return mpl.colors.to_hex((red, green, blue))


# -- text -------------------------------------------------------------------------------------------------


@lru_cache(maxsize=8)
def _font(weight: str) -> Any:
    return get_font(findfont(FontProperties(family=[_FAMILY], weight=weight)))


def printable(text: object) -> str:
    """`text` on one line, with every character that the font cannot draw replaced by a question mark."""
    font = _font("normal")
    line = " ".join(str(text).split())
    return "".join(c if c == " " or font.get_char_index(ord(c)) else "?" for c in line)


@lru_cache(maxsize=4096)
def _advance(character: str, weight: str) -> float:
    """Width of a character in units of the type size."""
    font = _font(weight)
    font.set_size(100, 72)
    return float(font.load_char(ord(character)).linearHoriAdvance) / 65536 / 100


def text_width(text: str, size: float = SMALL, weight: str = "normal") -> float:
    """Width of one line of text in inches (sum of advances: kerning is left out, it only narrows)."""
    return sum(_advance(c, weight) for c in text) * size / 72


def fit(text: object, width: float, size: float = SMALL, weight: str = "normal") -> str:
    """`text` cut with an ellipsis so that it is at most `width` inches wide."""
    whole = printable(text)
    if text_width(whole, size, weight) <= width:
        return whole
    low, high = 0, len(whole)
    while low < high:
        middle = (low + high + 1) // 2
        if text_width(whole[:middle].rstrip() + "…", size, weight) <= width:
            low = middle
        else:
            high = middle - 1
    return whole[:low].rstrip() + "…"


def fitting_size(texts: Sequence[str], width: float, weight: str = "normal") -> float:
    """The largest of our sizes, up to BODY, at which all texts fit into `width` inches; else the smallest."""
    sizes = (BODY, BODY - 0.75, SMALL, TINY)
    return next((s for s in sizes if all(text_width(t, s, weight) <= width for t in texts)), TINY)


def wrap(text: object, width: float, size: float = SMALL, weight: str = "normal", lines: int = 99) -> list[str]:
    """`text` broken into at most `lines` lines of at most `width` inches; the rest is cut off."""
    words = re.split(r" (?!%)", printable(text))  # "90 %" stays together
    rows: list[str] = []
    while words:
        if len(rows) == lines - 1:
            rows.append(fit(" ".join(words), width, size, weight))
            break
        row = words.pop(0)
        while words and text_width(f"{row} {words[0]}", size, weight) <= width:
            row = f"{row} {words.pop(0)}"
        rows.append(fit(row, width, size, weight))
    return rows


# -- figures ----------------------------------------------------------------------------------------------


def new_figure(width: float, height: float) -> Figure:
    """An empty figure of `width` x `height` inches with its own Agg canvas."""
    figure = Figure(figsize=(width, height), dpi=DPI)
    FigureCanvasAgg(figure)
    return figure


def inch_axes(figure: Figure, left: float, top: float, width: float, height: float) -> Axes:
    """Axes placed in inches from the figure's left and top edges."""
    w, h = figure.get_size_inches()
    return figure.add_axes((left / w, 1 - (top + height) / h, width / w, height / h))


def inch_text(figure: Figure, left: float, top: float, text: str, **options: Any) -> Text:
    """Text placed in inches from the figure's left and top edges (its own top by default)."""
    w, h = figure.get_size_inches()
    options = {"va": "top", "ha": "left", "fontsize": SMALL, **options}
    return figure.text(left / w, 1 - top / h, text, **options)


def inch_marker(figure: Figure, left: float, top: float, look: Look, size: float = 7.0) -> None:
    """A power's marker placed in inches from the figure's left and top edges."""
    w, h = figure.get_size_inches()
    line = Line2D([left / w], [1 - top / h], marker=look.marker, color=look.color, markersize=size, linestyle="")
    line.set_transform(figure.transFigure)
    figure.add_artist(line)


def empty_figure(title: str, note: str, sentence: str = "There is nothing to draw.") -> Figure:
    """A figure that says why there is no picture."""
    figure = new_figure(7.6, 3.0)
    figure_sentence(figure, sentence, used=headline(figure, title, note))
    return figure


def headline(figure: Figure, title: str, note: str, left: float = 0.15) -> float:
    """Title and a note of what varies, in the figure's top left; returns the inches they take."""
    width = float(figure.get_size_inches()[0]) - 2 * left
    top = 0.13
    for row in wrap(title, width, TITLE, "bold", lines=2):
        inch_text(figure, left, top, row, fontsize=TITLE, fontweight="bold", gid=_HEADING)
        top += TITLE * 1.3 / 72
    for row in wrap(note, width, SMALL, lines=4):
        inch_text(figure, left, top + 0.03, row, color=MUTED)
        top += SMALL * 1.4 / 72
    return top + 0.12


def figure_sentence(figure: Figure, text: str, left: float = 0.15, used: float | None = None) -> None:
    """Put `text` under a figure, wrapped; the figure becomes as tall as it needs, nothing else changes size.

    Args:
        figure: the finished figure.
        text: one or two sentences; give each figure one. `sentence_of` reads it back.
        left: inches of margin.
        used: inches from the top that the drawing takes; the whole height if None. What is below is cut off.
    """
    width, height = (float(v) for v in figure.get_size_inches())
    used = height if used is None else used
    rows = wrap(text, width - 2 * left, BODY)
    tall = used + 0.12 + len(rows) * BODY * 1.36 / 72 + 0.12
    scale = height / tall  # places keep their distance in inches from the top edge
    for axes in figure.axes:
        box = axes.get_position()
        axes.set_position((box.x0, 1 - (1 - box.y0) * scale, box.width, box.height * scale))
    for line in figure.artists:  # what `inch_marker` put there
        if isinstance(line, Line2D):
            line.set_ydata(1 - (1 - np.asarray(line.get_ydata(), dtype=float)) * scale)
    for label in figure.texts:
        label.set_y(1 - (1 - label.get_position()[1]) * scale)
    figure.set_size_inches(width, tall)
    figure.text(
        left / width,
        1 - (used + 0.12) / tall,
        "\n".join(rows),
        fontsize=BODY,
        va="top",
        ha="left",
        linespacing=1.3,
        gid=_SENTENCE,
    )


def sentence_of(figure: Figure) -> str:
    """The sentence under a figure, on one line; empty if it has none."""
    return next((t.get_text().replace("\n", " ") for t in figure.texts if t.get_gid() == _SENTENCE), "")


def heading_of(figure: Figure) -> str:
    """The title of a figure, on one line; empty if it has none."""
    return " ".join(t.get_text() for t in figure.texts if t.get_gid() == _HEADING)


def quiet(axes: Axes, *, grid: str = "", size: float = SMALL) -> None:
    """No frame, no tick marks, ticks in muted ink, faint grid lines along `grid` ("x", "y" or "both")."""
    axes.tick_params(length=0, labelsize=size, pad=3)
    axes.set_axisbelow(True)
    if grid:
        axes.grid(visible=True, axis=grid, color=FAINT, linewidth=0.6)  # type: ignore[arg-type]


class Picture(NamedTuple):
    """A drawn figure: pixels (height, width, 4), pixels for each inch, and the PNG's text chunks."""

    pixels: NDArray[np.uint8]
    dpi: float
    notes: PngInfo


def picture_of(figure: Figure, metadata: dict[str, str] | None = None) -> Picture:
    """Draw a figure; `metadata` goes into the PNG's text chunks."""
    notes = PngInfo()
    for key, value in (metadata or {}).items():
        notes.add_text(key, value)
    with look():
        # savefig would draw every figure twice, to look for a layout engine that we do not use
        canvas: Any = FigureCanvasAgg(figure)  # its methods have no types
        canvas.draw()
    return Picture(np.asarray(canvas.buffer_rgba()), figure.dpi, notes)


def write_picture(picture: Picture, path: Path) -> Path:
    """Write a PNG under a temporary name, then rename it."""
    path = Path(path)
    temporary = path.with_name(f".{path.name}.part")
    try:
        temporary.write_bytes(png_bytes(*picture))
        temporary.replace(path)  # os.replace: readers see the old file or the whole new one
    finally:
        temporary.unlink(missing_ok=True)
    return path


def save_figure(figure: Figure, path: Path, metadata: dict[str, str] | None = None) -> Path:
    """Draw a figure and write it as a PNG, see `picture_of` and `write_picture`."""
    return write_picture(picture_of(figure, metadata), path)
