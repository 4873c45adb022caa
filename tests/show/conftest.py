"""Runs for the tests of figures, and eyes that see overlapping or cut text."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text

sys.path.insert(0, str(Path(__file__).parents[1]))

from synthetic import SyntheticRun, synthetic_ensemble

from multivector.show.style import look
from multivector.show.view import View


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

    def words(self, figure: Figure) -> list[tuple[str, tuple[float, float, float, float]]]:
        """Every visible text with its box in pixels, after drawing."""
        with look():
            figure.canvas.draw()
            renderer = figure.canvas.get_renderer()  # type: ignore[attr-defined]
            found = []
            for text in figure.findobj(Text):
                assert isinstance(text, Text)
                if text.get_visible() and text.get_text().strip() and self._drawn(text):
                    box = text.get_window_extent(renderer)
                    found.append((text.get_text(), (box.x0, box.y0, box.x1, box.y1)))
        return found

    @staticmethod
    def _drawn(text: Text) -> bool:
        """Tick labels beyond the limits exist but are not drawn."""
        axes = text.axes
        if axes is None or not axes.axison:
            return True
        for axis, limits in ((axes.xaxis, axes.get_xlim()), (axes.yaxis, axes.get_ylim())):
            for tick in axis.get_major_ticks():
                if text in (tick.label1, tick.label2):
                    low, high = sorted(limits)
                    pad = 1e-6 * (high - low)
                    return tick.label1 is text and low - pad <= tick.get_loc() <= high + pad
        return text not in (axes.xaxis.offsetText, axes.yaxis.offsetText)

    def cut(self, figure: Figure) -> list[str]:
        """Texts that reach beyond the figure's edges."""
        width, height = figure.get_size_inches() * figure.dpi
        return [t for t, (x0, y0, x1, y1) in self.words(figure)
                if x0 < -1 or y0 < -1 or x1 > width + 1 or y1 > height + 1]

    def collisions(self, figure: Figure, slack: float = 3.0) -> list[tuple[str, str]]:
        """Pairs of texts whose boxes share more than `slack` pixels in both directions."""
        words = self.words(figure)
        return [
            (one, other)
            for i, (one, a) in enumerate(words)
            for other, b in words[i + 1 :]
            if min(a[2], b[2]) - max(a[0], b[0]) > slack and min(a[3], b[3]) - max(a[1], b[1]) > slack
        ]


@pytest.fixture(scope="session")
def eyes() -> Iterator[Eyes]:
    yield Eyes()
