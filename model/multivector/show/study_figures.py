"""Figures of analysed studies: which there are for a kind, drawn into `figures/` with their titles and sentences."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from matplotlib.figure import Figure

from multivector.lab.store import FIGURES, write_folder
from multivector.show.style import heading_of, save_figure, sentence_of
from multivector.show.words import plural

if TYPE_CHECKING:
    from multivector.lab.findings import Findings
    from multivector.lab.plan import Plan
    from multivector.lab.pressure.study import PressureMapStudy
    from multivector.lab.results import Batch

__all__ = ["draw_figures", "drawings_of"]

Drawings = dict[str, Callable[[], Figure]]
"""File name without ending → the function that draws it."""


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


def drawings_of(plan: Plan, batch: Batch, found: Findings) -> Drawings:
    """File name → how it is drawn, for what a study's analysis found; none for a kind without figures."""
    of = _DRAWINGS.get(found.kind)
    return {} if of is None else of(plan, batch, found, plural(int(found.facts["worlds"]), "world"))


def _sensitivity(plan: Plan, batch: Batch, found: Findings, worlds: str) -> Drawings:
    from multivector.show.sensitivity import sensitivity_figures

    note = f"{worlds} at each of {found.facts['runs']:,} points: parameters vary, luck is the same"
    return sensitivity_figures(found.tables, str(found.facts["method"]), note, str(plan.document.title))


def _discovery(plan: Plan, batch: Batch, found: Findings, worlds: str) -> Drawings:
    from multivector.show.discovery import discovery_figures

    note = f"{worlds} in each of {found.facts['futures']:,} futures"
    return discovery_figures(found.tables, batch.factor_name, note, str(plan.document.title))


def _robust(plan: Plan, batch: Batch, found: Findings, worlds: str) -> Drawings:
    from multivector.show.robust import robust_figures

    note = f"{worlds} in each of {found.facts['futures']:,} futures, the same for every doctrine"
    return robust_figures(found.tables, note, str(plan.document.title))


def _map(plan: Plan, batch: Batch, found: Findings, worlds: str) -> Drawings:
    from multivector.lab.cube import cubes_of
    from multivector.lab.pressure.analysis import lines_of, needed
    from multivector.show.pressure_map import plot_maps, plot_tips

    study: PressureMapStudy = plan.document  # type: ignore[assignment]
    note, title = f"{worlds} at each point of the grid: chance only", str(plan.document.title)
    drawings: Drawings = {}
    cubes = cubes_of(batch, needed(study))
    maps, label = found.tables["maps"], batch.factor_name
    for cube in cubes:
        end, where = (f"-{cube.scenario}", f", {cube.title}") if len(cubes) > 1 else ("", "")
        mine = maps[maps["scenario"] == cube.scenario]
        drawings[f"maps{end}"] = partial(plot_maps, mine, study.x, study.y, label, note, f"{title}{where}")
        tips = partial(plot_tips, lines_of(study, cube), study.x, study.y, label, note, f"Where the world tips{where}")
        drawings[f"tips{end}"] = tips
    return drawings


#: Kind of study → its figures.
_DRAWINGS: dict[str, Callable[[Plan, Batch, Findings, str], Drawings]] = {
    "sensitivity": _sensitivity,
    "discovery": _discovery,
    "robust": _robust,
    "pressure-map": _map,
}
