"""A figure of patterns: each value in multiples of its threshold, with its mechanism on and off."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from matplotlib.figure import Figure

from multivector.show.style import (
    BLUE,
    FAINT,
    GREEN,
    INK,
    MUTED,
    TINY,
    VERMILION,
    figure_sentence,
    fit,
    headline,
    inch_axes,
    look,
    mix,
    new_figure,
    quiet,
)

__all__ = ["plot_patterns"]

_WIDTH, _NAMES, _ROW, _TAIL = 9.4, 4.3, 0.34, 1.65
_LEAST, _MOST = -1.5, 4.0


def _scaled(value: float | None, unit: float) -> float | None:
    return None if value is None else min(max(value / unit, _LEAST), _MOST)


def plot_patterns(rows: Sequence[dict[str, Any]], title: str, note: str = "") -> Figure:
    """Dots and 90 % intervals of patterns (rows of the validation document), 1 being the threshold.

    A filled dot has everything on, a hollow one the mechanism off; beyond the edge a dot sits on it.
    """
    with look():
        figure = new_figure(_WIDTH, 1.6 + _ROW * len(rows))
        top = headline(figure, title, note or "Value in multiples of its threshold; ends of lines: 90 % interval.")
        tall = _ROW * len(rows)
        axes = inch_axes(figure, _NAMES, top, _WIDTH - _NAMES - _TAIL, tall)
        axes.set_xlim(_LEAST - 0.1, _MOST + 0.1)
        axes.set_ylim(len(rows) - 0.5, -0.5)
        axes.set_yticks(range(len(rows)))
        axes.set_yticklabels([f"{fit(row['claim'], _NAMES - 0.75, TINY)}  {row['id']}" for row in rows], fontsize=TINY)
        axes.set_xticks([-1, 0, 1, 2, 3, 4])
        axes.set_xticklabels(["−1", "0", "threshold", "2×", "3×", "4×"])
        quiet(axes, size=TINY)
        axes.axvline(0.0, color=FAINT, linewidth=1.0)
        for place, row in enumerate(rows):
            _draw(axes, place, row)
            tone = GREEN if row["counts"] else VERMILION
            axes.text(
                _MOST + 0.25, place, row["word"], va="center", fontsize=TINY, color=mix(tone, 0.8, INK), clip_on=False
            )
        figure_sentence(figure, _sum(rows), used=top + tall + 0.35)
    return figure


def _sum(rows: Sequence[dict[str, Any]]) -> str:
    """How many count, and how many of them only by taste."""
    counted, taste = sum(bool(row["counts"]) for row in rows), sum(bool(row.get("taste")) for row in rows)
    count = f"{counted} of {len(rows)} count" + (f" ({taste} of them by taste only)" if taste else "")
    return f"{count}: the filled dot with its line lies in the shade, the hollow one does not."


def _draw(axes: Any, place: int, row: dict[str, Any]) -> None:
    above, below = row["threshold"]["above"], row["threshold"]["below"]
    unit = above if above else below
    first = _LEAST - 0.1 if above is None else 1.0
    last = _MOST + 0.1 if below is None else min(below / unit, _MOST + 0.1)
    axes.barh(place, last - first, left=first, height=0.82, color=mix(GREEN, 0.13), linewidth=0, zorder=0)
    for shift, value, interval, filled in (
        (-0.14, row["value"], row["interval"], True),
        (0.18, row["value_off"], row["interval_off"], False),
    ):
        middle, low, high = (_scaled(one, unit) for one in (value, *interval))
        if middle is None:
            continue
        if low is not None and high is not None:
            axes.plot([low, high], [place + shift] * 2, color=BLUE if filled else MUTED, linewidth=1.4)
        axes.plot(
            middle,
            place + shift,
            marker="o",
            markersize=5.0 if filled else 4.5,
            color=BLUE if filled else "white",
            markeredgecolor=BLUE if filled else MUTED,
        )
