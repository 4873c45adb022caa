"""The figures of a batch, drawn from its tables into `figures/`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from multivector.lab.measures import weighted_quantiles
from multivector.lab.results import OFFICE_LOST, Batch
from multivector.lab.store import FIGURES, write_folder
from multivector.show.multiples import BANDS, Line, plot_fans, plot_heat_map, plot_lines
from multivector.show.style import heading_of, save_figure, sentence_of
from multivector.show.sweep import plot_compare, plot_split_sweep
from multivector.show.words import plural

__all__ = ["draw_batch"]

USUAL = ("total_engagement", "openness", "dependence", "autonomy", "approval", "hazard_annual", "protest")
_MOST_PANELS, _MOST_COLUMNS, _MOST_FACTORS, _BINS = 12, 6, 6, 8


def draw_batch(
    batch: Batch,
    comparison: pd.DataFrame,
    split: pd.DataFrame,
    progress: Callable[[int, int], None] | None = None,
) -> list[Path]:
    """Draw what the batch has to show; a figure that would be empty is left out.

    Args:
        batch: an opened batch.
        comparison: `Batch.compared()`.
        split: `Batch.split()`.
        progress: called with (figures done, in all).

    Returns:
        The files: fans, heat-map, lines, comparison, split (those that there are).
    """
    shown = tuple(batch.about["outcomes"]) or USUAL
    pooled = _pooled(batch, shown)
    told = _note(batch)
    drawings: dict[str, Callable[[], Figure | None]] = {
        "fans": lambda: _fans(batch, pooled, told),
        "heat-map": lambda: _heat_map(batch, pooled, shown, told),
        "lines": lambda: _lines(batch, pooled, shown, told),
        "comparison": lambda: _comparison(batch, comparison, told),
        "split": lambda: _split(batch, split, shown, told),
    }
    written: list[Path] = []
    facts = {"Version": str(batch.about["version"]), "Study": str(batch.about["study"])}
    with write_folder(batch.folder / FIGURES) as part:
        for done, (name, draw) in enumerate(drawings.items(), 1):
            figure = draw()
            if figure is not None:
                about = {**facts, "Title": heading_of(figure), "Description": sentence_of(figure)}
                written.append(batch.folder / FIGURES / save_figure(figure, part / f"{name}.png", about).name)
            if progress is not None:
                progress(done, len(drawings))
    return written


def _pooled(batch: Batch, shown: tuple[str, ...]) -> pd.DataFrame:
    """Outcomes and ties of all runs but replays, with each run's weight."""
    asked = batch.design[batch.design["role"] != "replay"]
    weights = asked.assign(weight=asked["weight"].where(asked["role"] == "run", 1.0)).groupby("run")["weight"].sum()
    frames = []
    for frame in batch.runs(ids=list(dict.fromkeys(asked["run"]))):
        columns = ["run", *(name for name in frame.columns if name in (*shown, OFFICE_LOST) or name.startswith("tie."))]
        frames.append(frame[columns].assign(weight=float(weights[frame["run"].iloc[0]])))
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=["run", "weight"])


def _note(batch: Batch) -> str:
    """How many worlds, and what varies among them."""
    what = "chance" if batch.about["design"] == "scenarios" else "chance, and the design where runs are pooled"
    return f"{plural(batch.size, 'world')} per run, {plural(len(batch.ids), 'run')}: {what}"


def _fans(batch: Batch, pooled: pd.DataFrame, note: str) -> Figure | None:
    groups = {group.label: pooled[pooled["run"].isin(group.runs)] for group in batch.groups[:_MOST_PANELS]}
    groups = {label: table for label, table in groups.items() if len(table)}
    return plot_fans(groups, batch.names, note, f"The fan at the end: {batch.about['title']}") if groups else None


def _heat_map(batch: Batch, pooled: pd.DataFrame, shown: tuple[str, ...], note: str) -> Figure | None:
    rows = [name for name in (*shown, OFFICE_LOST) if name in pooled]
    means, spreads = {}, {}
    for group in batch.groups[:_MOST_PANELS]:
        mine = pooled[pooled["run"].isin(group.runs)]
        if len(mine):
            weight = mine["weight"].to_numpy(dtype=np.float64)
            means[group.label] = [_mean(mine[name].to_numpy(dtype=np.float64), weight) for name in rows]
            spreads[group.label] = [float(mine[name].std(ddof=0)) for name in rows]
    if not means:
        return None
    middle, spread = (pd.DataFrame(found, index=pd.Index(rows, name="outcome")) for found in (means, spreads))
    return plot_heat_map(middle, spread, names=batch.names, note=note, title=f"Outcomes: {batch.about['title']}")


def _mean(values: Any, weights: Any) -> float:
    found = np.isfinite(values) & (weights > 0)
    return float(np.average(values[found], weights=weights[found])) if found.any() else float("nan")


def _lines(batch: Batch, pooled: pd.DataFrame, shown: tuple[str, ...], note: str) -> Figure | None:
    runs = batch.design[batch.design["role"] == "run"]
    lines = []
    for factor in _numeric(batch)[:_MOST_FACTORS]:
        for scenario, rows in runs[runs[factor].notna()].groupby("scenario", sort=False):
            values = rows.drop_duplicates("run").set_index("run")[factor].astype("float64")
            mine = pooled[pooled["run"].isin(values.index)]
            if len(mine):
                title = str(batch.about["titles"].get(scenario, scenario))
                lines.append(_line(title, batch.factor_name(factor), mine, mine["run"].map(values), shown))
    if not any(len(line.values) > 1 for line in lines):
        return None
    kept = [name for name in shown if name in pooled][:6]
    return plot_lines(lines, kept, batch.names, note, f"What the levels do: {batch.about['title']}")


def _numeric(batch: Batch) -> list[str]:
    """Factors with numbers, two at least."""
    table = batch.design
    return [
        name
        for name in batch.factors
        if pd.api.types.is_numeric_dtype(table[name])
        and not pd.api.types.is_bool_dtype(table[name])
        and table[name].nunique() > 1
    ]


def _line(label: str, factor: str, table: pd.DataFrame, values: Any, shown: tuple[str, ...]) -> Line:
    """Bands by level, or by equal slices of the values where there are many."""
    place = values
    if values.nunique() > _MOST_PANELS:
        cut = pd.qcut(values, _BINS, duplicates="drop")
        place = values.groupby(cut, observed=True).transform("median")
    levels = np.sort(place.unique())
    bands = {}
    for outcome in (name for name in shown if name in table):
        columns = []
        for level in levels:
            mine = table[(place == level).to_numpy()]
            weight = mine["weight"].to_numpy(dtype=np.float64)
            columns.append(weighted_quantiles(mine[outcome].to_numpy(dtype=np.float64), weight, BANDS))
        bands[outcome] = np.stack(columns, axis=1)
    return Line(label, factor, levels.astype(np.float64), bands)


def _comparison(batch: Batch, comparison: pd.DataFrame, note: str) -> Figure | None:
    """The runs against their baseline, the first few."""
    if not len(comparison):
        return None
    there = list(dict.fromkeys(comparison["run"]))
    grouped = {run for group in batch.groups for run in group.runs}
    runs = [run for run in there if len(there) <= _MOST_COLUMNS or run in grouped][:_MOST_COLUMNS]
    rows = {row["run"]: row for row in batch.design.to_dict("records")}
    several = comparison["scenario"].nunique() > 1
    called = {}
    for run in runs:
        point = batch.label(rows[run]) if batch.factors else ""
        if several and len(batch.factors) > 1:  # not all would fit over a column: what the baseline fixes is left out
            fixed = batch.about["baseline"] if isinstance(batch.about["baseline"], dict) else {}
            point = batch.label(rows[run], [name for name in batch.factors if name not in fixed])
        name = str(batch.about["titles"].get(rows[run]["scenario"], rows[run]["scenario"]))
        called[run] = ", ".join(part for part in (name if several or not point else "", point) if part)
    mine = comparison[comparison["run"].isin(runs)]
    base_name = "the base values"
    if isinstance(batch.about["baseline"], str):
        named = str(mine["base_scenario"].iloc[0])
        base_name = str(batch.about["titles"].get(named, named))
    table = mine.assign(scenario=mine["run"].map(called), base_scenario=base_name)
    chosen = [name for name in batch.about["outcomes"] if (table["outcome"] == name).any()] or None
    return plot_compare(table, chosen, batch.names, f"{note}; worlds are paired by random numbers")


def _split(batch: Batch, split: pd.DataFrame, shown: tuple[str, ...], note: str) -> Figure | None:
    """Shifts in parts over a factor's levels, where one factor is varied at a time."""
    if not len(split) or batch.about["design"] != "one-at-a-time" or split["scenario"].nunique() > 1:
        return None
    values = batch.design.drop_duplicates("run").set_index("run")
    tables = []
    for factor in _numeric(batch):
        mine = split[split["run"].map(values[factor]).notna() & split["outcome"].isin(shown)]
        if not len(mine):
            continue
        power = factor.split(".")[1] if factor.startswith("powers.") else ""
        places = mine["run"].map(values[factor]).astype("float64")
        table = mine.assign(factor=power or batch.factor_name(factor), value=places)
        base = batch.about["baseline"][factor] if isinstance(batch.about["baseline"], dict) else None
        if base is not None:  # where nothing is changed, nothing has shifted
            zero = table.drop_duplicates(["factor", "outcome", "part"]).assign(value=float(base))
            tables.append(zero.assign(median=0.0, p5=0.0, p95=0.0))
        tables.append(table)
    if not tables:
        return None
    order = {name: place for place, name in enumerate(shown)}
    table = pd.concat(tables, ignore_index=True)
    table = table.sort_values("outcome", key=lambda column: column.map(order), kind="stable")
    pressed = all(name.startswith("powers.") and name.endswith(".pressure") for name in _numeric(batch))
    title = "What pressure does" if pressed else f"Directly, and by decisions: {batch.about['title']}"
    axis = "pressure (0 to 1)" if pressed else "value of what is varied"
    return plot_split_sweep(table, batch.names, f"{batch.size} worlds: chance only", title, axis)
