"""Figures of analysed studies: which there are for a kind, drawn into `figures/` with their titles and sentences."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from matplotlib.figure import Figure

from multivector.lab.store import FIGURES, write_folder
from multivector.show.style import heading_of, save_figure, sentence_of

if TYPE_CHECKING:
    from multivector.lab.results import Batch

__all__ = ["draw_figures"]


def draw_figures(
    batch: Batch,
    drawings: Mapping[str, Callable[[], Figure]],
    progress: Callable[[int, int], None] | None = None,
) -> list[Path]:
    """Draw figures in the place of those that are there; all or none.

    Args:
        batch: whose folder they go into.
        drawings: file name without ending → the function that draws it.
        progress: called with (figures done, in all).
    """
    facts = {"Version": str(batch.about["version"]), "Study": str(batch.about["study"])}
    written = []
    with write_folder(batch.folder / FIGURES) as part:
        for done, (name, draw) in enumerate(drawings.items(), 1):
            figure = draw()
            about = {**facts, "Title": heading_of(figure), "Description": sentence_of(figure)}
            written.append(batch.folder / FIGURES / save_figure(figure, part / f"{name}.png", about).name)
            if progress is not None:
                progress(done, len(drawings))
    return written
