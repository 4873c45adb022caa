"""Runs for the tests of figures, and eyes that see overlapping or cut text."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.transforms import Bbox

sys.path.insert(0, str(Path(__file__).parents[1]))

from multivector.show.style import look
from multivector.show.view import View
from synthetic import SyntheticRun, synthetic_ensemble


@pytest.fixture(scope="session")
def run() -> SyntheticRun:
    return synthetic_ensemble(24)


@pytest.fixture(scope="session")
def baseline() -> SyntheticRun:
    return synthetic_ensemble(24, shock=0.0)


@pytest.fixture(scope="session")
def view(run: SyntheticRun) -> View:
    return View(run)


@pytest.fixture(scope="session")
def base(baseline: SyntheticRun) -> View:
    return View(baseline)


class Eyes:
    """Finds what a reader would see as a fault: text that is cut off or lies on other text."""

    def faults(self, figure: Figure, slack: float = 3.0) -> list[str]:
        """Texts beyond the figure's edges, and pairs that share more than `slack` pixels both ways."""
        width, height = figure.get_size_inches() * figure.dpi
        words = self._words(figure)
        found = [
            f"cut: {text!r}"
            for text, _, box in words
            if box.x0 < -1 or box.y0 < -1 or box.x1 > width + 1 or box.y1 > height + 1
        ]
        level = [(text, box) for text, slant, box in words if not slant]  # a slanted text's box says nothing
        for i, (one, a) in enumerate(level):
            for other, b in level[i + 1 :]:
                if min(a.x1, b.x1) - max(a.x0, b.x0) > slack and min(a.y1, b.y1) - max(a.y0, b.y0) > slack:
                    found.append(f"overlap: {one!r} and {other!r}")
        return found

    def _words(self, figure: Figure) -> list[tuple[str, float, Bbox]]:
        """Every drawn text with its slant and its box in pixels."""
        with look():
            figure.draw_without_rendering()
            hidden = self._tick_labels_outside(figure)
            return [
                (text.get_text(), float(text.get_rotation()), text.get_window_extent())
                for text in figure.findobj(Text)
                if isinstance(text, Text) and text.get_visible() and text.get_text().strip() and id(text) not in hidden
            ]

    @staticmethod
    def _tick_labels_outside(figure: Figure) -> set[int]:
        """Tick labels beyond the limits, of axes without axes, and of the far side: made, but not drawn."""
        hidden: set[int] = set()
        for axes in figure.axes:
            for axis, limits in ((axes.xaxis, axes.get_xlim()), (axes.yaxis, axes.get_ylim())):
                low, high = sorted(limits)
                pad = 1e-6 * (high - low)
                hidden.add(id(axis.offsetText))
                for tick in axis.get_major_ticks():
                    hidden.add(id(tick.label2))
                    if not axes.axison or not low - pad <= tick.get_loc() <= high + pad:
                        hidden.add(id(tick.label1))
        return hidden


@pytest.fixture(scope="session")
def eyes() -> Iterator[Eyes]:
    yield Eyes()
