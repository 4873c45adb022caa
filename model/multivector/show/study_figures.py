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


def drawings_of(plan: Plan, batch: Batch, found: Findings) -> dict[str, Callable[[], Figure]]:
    """File name → how it is drawn, for what a study's analysis found."""
    kind, title = found.kind, str(plan.document.title)
    worlds = plural(int(found.facts["worlds"]), "world")
    if kind == "sensitivity":
        from multivector.show.sensitivity import sensitivity_figures

        note = f"{worlds} at each of {found.facts['runs']:,} points: parameters vary, luck is the same"
        return sensitivity_figures(found.tables, str(found.facts["method"]), note, title)
    if kind == "discovery":
        from multivector.show.discovery import discovery_figures

        note = f"{worlds} in each of {found.facts['futures']:,} futures"
        return discovery_figures(found.tables, batch.factor_name, note, title)
    if kind == "robust":
        from multivector.show.robust import robust_figures

        note = f"{worlds} in each of {found.facts['futures']:,} futures, the same for every doctrine"
        return robust_figures(found.tables, note, title)
    return _map_drawings(plan, batch, found, f"{worlds} at each point of the grid: chance only", title)


def _map_drawings(plan: Plan, batch: Batch, found: Findings, note: str, title: str) -> dict[str, Callable[[], Figure]]:
    from multivector.lab.cube import cubes_of
    from multivector.lab.pressure.analysis import lines_of, needed
    from multivector.show.pressure_map import plot_maps, plot_tips

    study: PressureMapStudy = plan.document  # type: ignore[assignment]
    drawings: dict[str, Callable[[], Figure]] = {}
    cubes = cubes_of(batch, needed(study))
    maps, label = found.tables["maps"], batch.factor_name
    for cube in cubes:
        end, where = (f"-{cube.scenario}", f", {cube.title}") if len(cubes) > 1 else ("", "")
        mine = maps[maps["scenario"] == cube.scenario]
        drawings[f"maps{end}"] = partial(plot_maps, mine, study.x, study.y, label, note, f"{title}{where}")
        tips = partial(plot_tips, lines_of(study, cube), study.x, study.y, label, note, f"Where the world tips{where}")
        drawings[f"tips{end}"] = tips
    return drawings
