"""How a batch looks on a terminal and as JSON, and the tables for people that are stored beside it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from multivector.cli.view import LEVELS_SHOWN, figure, table_of, titled
from multivector.lab.results import OFFICE_LOST, Batch
from multivector.lab.store import shown_path
from multivector.lab.summary import JSON_SCHEMA, plain

if TYPE_CHECKING:
    import pandas as pd
    from rich.console import RenderableType

__all__ = [
    "Tables",
    "batch_document",
    "batch_view",
    "failures_view",
    "recipe_lines",
    "results_document",
    "results_view",
    "save_tables",
]

_MOST_RUNS, _MOST_ROWS, _MOST_FAILURES = 40, 12, 20
_USUAL = ("total_engagement", "openness", "dependence", "autonomy", "hazard_annual")
COLUMN_HEADS = {
    "total_engagement": "engage-\nment",
    "openness": "open-\nness",
    "dependence": "depend-\nence",
    "hazard_annual": "hazard\na year",
    "office_lost": "office\nlost",
}


@dataclass(frozen=True)
class Tables:
    """Tables for people: per run and outcome, against the baseline, and its split; empty where not asked for."""

    summary: pd.DataFrame
    comparison: pd.DataFrame
    split: pd.DataFrame


def save_tables(batch: Batch, progress: Callable[[int, int], None] | None = None) -> Tables:
    """Make the tables and write them as `tables/summary.csv`, `comparison.csv` and `split.csv`."""
    from multivector.lab.store import write_table

    tables = Tables(batch.summary(), batch.compared(progress), batch.split())
    for name, table in (("summary", tables.summary), ("comparison", tables.comparison), ("split", tables.split)):
        target = batch.folder / "tables" / f"{name}.csv"
        if len(table):
            write_table(target.parent, target.name, table)
        else:
            target.unlink(missing_ok=True)
    return tables


def shown_outcomes(batch: Batch) -> tuple[str, ...]:
    """The outcomes that people are shown: the study's choice, or the usual ones."""
    return (*(batch.about["outcomes"] or LEVELS_SHOWN), OFFICE_LOST)


def batch_view(batch: Batch, tables: Tables) -> list[RenderableType]:
    """Means at the end by group, and the differences from the baseline."""
    from multivector.cli.view import bullets

    lines = batch.split_lines(tables.split)
    return [
        *_head(batch),
        *_levels(batch, tables.summary),
        *_differences(batch, tables),
        *([bullets(lines)] if lines else []),
    ]


def _head(batch: Batch) -> list[RenderableType]:
    from rich.text import Text

    counts = batch.counts
    failed = f", {counts['failed']:,} failed" if counts["failed"] else ""
    done = f"{counts['finished']:,} of {counts['worlds']:,} worlds{failed}"
    return [Text(f"{batch.about['title']}: {len(batch.ids):,} runs, {done}"), Text("")]


def _levels(batch: Batch, summary: pd.DataFrame) -> list[RenderableType]:
    """Groups as rows, outcomes as columns: means in the last month."""
    columns = _columns(batch)
    table = table_of("", *(COLUMN_HEADS.get(name, name) for name in columns), right=range(1, len(columns) + 1))
    for group in batch.groups[:_MOST_ROWS]:
        mine = summary[summary["run"].isin(group.runs)]
        cells = []
        for outcome in columns:
            rows = mine[mine["outcome"] == outcome]
            weight = rows["worlds"].sum()
            mean = float((rows["mean"] * rows["worlds"]).sum() / weight) if weight else None
            cells.append(f"{mean:.0%}" if outcome == OFFICE_LOST and mean is not None else figure(mean, outcome))
        table.add_row(group.label, *cells)
    return [*titled("Means in the last month", table), *_more(len(batch.groups), "summary")]


def _differences(batch: Batch, tables: Tables) -> list[RenderableType]:
    """Runs as rows, outcomes as columns: mean paired differences, in brackets where the interval holds zero."""
    if not len(tables.comparison):
        return []
    rows = tables.comparison[tables.comparison["when"] == "end"]
    columns = [name for name in _columns(batch) if (rows["outcome"] == name).any()]
    table = table_of("", *(COLUMN_HEADS.get(name, name) for name in columns), right=range(1, len(columns) + 1))
    labels = {str(row["run"]): row for row in batch.design.to_dict("records")}
    several = batch.design["scenario"].nunique() > 1
    runs = list(dict.fromkeys(rows["run"]))
    for run in runs[:_MOST_ROWS]:
        point = batch.label(labels[run]) if batch.factors else ""
        scenario = str(labels[run]["scenario"]) if several or not point else ""
        mine = rows[rows["run"] == run].set_index("outcome")
        cells = []
        for outcome in columns:
            low, high = float(mine.loc[outcome, "low"]), float(mine.loc[outcome, "high"])
            text = figure(mine.loc[outcome, "difference"], outcome, sign=True)
            cells.append(text if low > 0 or high < 0 else f"({text})")
        table.add_row("; ".join(part for part in (scenario, point) if part), *cells)
    title = "Mean difference from the baseline, paired by world (in brackets: the 90 % interval holds zero)"
    return [*titled(title, table), *_more(len(runs), "comparison")]


def _columns(batch: Batch) -> list[str]:
    """The outcomes that fit on a line."""
    return [*(batch.about["outcomes"] or _USUAL)[:5], OFFICE_LOST]


def _more(count: int, name: str) -> list[RenderableType]:
    from rich.text import Text

    return [Text(f"… and {count - _MOST_ROWS} more (tables/{name}.csv)"), Text("")] if count > _MOST_ROWS else []


def results_view(batch: Batch) -> list[RenderableType]:
    """What is there, run by run, and how to read it elsewhere."""
    from rich.text import Text

    several = batch.design["scenario"].nunique() > 1 or not batch.factors
    table = table_of("run", "what", "finished", "failed", right=(2, 3), whole=(0,))
    rows = batch.design.drop_duplicates("run").to_dict("records")
    for row in rows[:_MOST_RUNS]:
        run = str(row["run"])
        label = batch.label(row) if batch.factors else ""
        parts = [str(row["scenario"]) if several else "", label, "" if row["role"] == "run" else str(row["role"])]
        done, failed = batch.count(run)
        what = Text(", ".join(part for part in parts if part))
        table.add_row(run, what, f"{done:,}", f"{failed:,}" if failed else "–")
    found = [*_head(batch), *titled("Runs", table)]
    if len(rows) > _MOST_RUNS:
        found += [Text(f"… and {len(rows) - _MOST_RUNS} more (--json lists all)"), Text("")]
    if batch.counts["finished"] + batch.counts["failed"] < batch.counts["worlds"]:
        found += [Text("not finished: the command that made it goes on"), Text("")]
    return found


def recipe_lines(batch: Batch) -> list[str]:
    """How to read the tables elsewhere: lines to copy, never broken."""
    from multivector.lab.export import recipes

    told = recipes(batch)
    return [
        f"pandas:  {told['pandas']}",
        f"DuckDB:  {told['duckdb']}",
        f"CSV:     multivector results {shown_path(batch.folder)} --csv results.zip",
    ]


def failures_view(table: pd.DataFrame | None) -> list[RenderableType]:
    """What failed: each kind once with how often, and the traceback of its first world."""
    from rich.text import Text

    if table is None or not len(table):
        return [Text("nothing failed")]
    found: list[RenderableType] = []
    for (stage, kind, message), rows in table.groupby(["stage", "type", "message"], sort=False):
        first = rows.iloc[0]
        places = ", ".join(f"{row['run']} world {row['world']}" for row in rows.head(3).to_dict("records"))
        more = f" and {len(rows) - 3:,} more" if len(rows) > 3 else ""
        found += [
            Text(f"{len(rows):,} × {kind} in {stage}: {message}", style="bold"),
            Text(f"run {places}{more} (seed {first['seed']})"),
            Text(str(first["traceback"]).rstrip()),
            Text(""),
        ]
        if len(found) > 4 * _MOST_FAILURES:
            return [*found, Text("… and more kinds (--json lists all)")]
    return found


def batch_document(batch: Batch, tables: Tables) -> dict[str, Any]:
    """What `batch --json` says beyond the counts: the outcomes that people are shown; `tables/` holds all."""
    shown = shown_outcomes(batch)

    def rows(table: pd.DataFrame) -> list[dict[str, Any]]:
        return _records(table[table["outcome"].isin(shown)])

    return {
        "title": batch.about["title"],
        "design": _records(batch.design),
        "summary": rows(tables.summary),
        "comparison": rows(tables.comparison),
        "split": rows(tables.split),
        "sentences": batch.split_lines(tables.split),
    }


def results_document(batch: Batch, failed: pd.DataFrame | None, written: Any) -> dict[str, Any]:
    """`results --json`."""
    from multivector.lab.export import recipes

    runs = []
    for row in _records(batch.design):
        finished, lost = batch.count(row["run"])
        runs.append({**row, "finished": finished, "failed": lost})

    return {
        "schema": JSON_SCHEMA,
        "folder": shown_path(batch.folder),
        "title": batch.about["title"],
        "study": batch.about["study"],
        "version": batch.about["version"],
        **batch.counts,
        "complete": batch.counts["finished"] == batch.counts["worlds"],
        "factors": batch.factors,
        "tables": ["outcomes", *batch.about["keep"]],
        "runs": runs,
        "failures": [] if failed is None else _records(failed),
        "damaged": list(batch.inventory.damaged),
        "csv": None if written is None else shown_path(written),
        "recipes": recipes(batch),
    }


def _records(table: pd.DataFrame) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = plain(table.to_dict("records"))
    return found
