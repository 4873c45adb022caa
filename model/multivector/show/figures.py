"""The standard set of figures of a run, written to a folder."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from matplotlib.figure import Figure

from multivector.show.emblem import plot_emblem
from multivector.show.fan import plot_fan
from multivector.show.listening import plot_listening
from multivector.show.regime import plot_regime
from multivector.show.rows import plot_rows
from multivector.show.style import heading_of, look, picture_of, sentence_of, write_picture
from multivector.show.tension import plot_tension
from multivector.show.tradeoff import plot_tradeoff
from multivector.show.view import Source, View, view_of
from multivector.show.why import plot_why


@dataclass(frozen=True)
class FigureInfo:
    """A written figure: name, file, title, and the sentence under it, which is its text alternative too."""

    name: str
    path: Path
    title: str
    sentence: str


FIGURES: dict[str, Callable[[View, View | None], Figure]] = {
    "fan": plot_fan,
    "rows": plot_rows,
    "emblem": lambda run, baseline: plot_emblem(run, baseline=baseline),
    "regime": plot_regime,
    "trade-off": plot_tradeoff,
    "why": lambda run, baseline: plot_why(run),
    "listening": lambda run, baseline: plot_listening(run),
    "tension": lambda run, baseline: plot_tension(run),
}
"""The figures of a run, in the order to read them."""


def draw_all(
    run: Source,
    folder: str | Path,
    baseline: Source | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> list[FigureInfo]:
    """Draw every figure of `FIGURES` into `folder` as `NAME.png`.

    Each file is written under a temporary name and renamed, so that a reader never meets half a picture. Its
    metadata carry title, description, version, scenario hash and seed, and neither time nor user.

    Args:
        run: the ensemble (its arrays are computed once for all figures).
        folder: where to write; made if missing.
        baseline: the ensemble to compare with.
        progress: called with (figures done, figures in all).

    Returns:
        What was written, in the order of `FIGURES`.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    view = view_of(run)
    base = None if baseline is None else view_of(baseline)
    written: list[FigureInfo] = []
    files: list[Future[Path]] = []
    with look(), ThreadPoolExecutor(1) as writer:  # a picture is packed and written while the next is drawn
        for name, draw in FIGURES.items():
            figure = draw(view, base)
            title, sentence = heading_of(figure), sentence_of(figure)
            notes = {**view.metadata, "Title": title, "Description": sentence}
            path = folder / f"{name}.png"
            files.append(writer.submit(write_picture, picture_of(figure, notes), path))
            written.append(FigureInfo(name, path, title, sentence))
            if progress is not None:
                progress(len(written), len(FIGURES))
        for file in files:
            file.result()
    return written
