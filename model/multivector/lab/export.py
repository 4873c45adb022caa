"""A batch as CSV files in one zip, for people without Python, and how to read it with it."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from multivector.lab.errors import StoreError
from multivector.lab.results import Batch
from multivector.lab.store import explained, shown_path
from multivector.lab.tasks import FAILURES, OUTCOMES_TABLE

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["export_zip", "recipes"]

_WHEN = (1980, 1, 1, 0, 0, 0)
"""The time stamp of every file inside, so that the same batch gives the same bytes."""

_README = """\
{title}

This archive holds the results of a batch of simulated worlds, made with multivector {version}.
Every file but this one is a table: text in UTF-8, a comma between columns, a full stop in numbers, first line = names.
Excel: Data > From Text/CSV, and choose 65001 (UTF-8). R: read.csv(). Stata: import delimited.

design.csv      one row per run: what was varied ({factors})
outcomes.csv    one row per run and world: what came out in the last month, NAME_mean = mean over the months
summary.csv     one row per run and outcome: median, quantiles and mean over worlds
{more}
Join the tables by the column `run`. Compare runs world by world: world 7 has the same luck in every run of one seed.
{finished:,} of {worlds:,} worlds are here; {failed:,} failed.

Hazards are probabilities per month (hazard_annual: per year). Ties, pressure and shares are 0 to 1.
An empty cell means: no such value. provenance.json says which version and inputs made this; study.yaml makes it again:
multivector batch study.yaml
"""


def export_zip(batch: Batch, target: Path) -> Path:
    """Write the batch's tables as CSV into one zip, with a README; full tables that were kept are in it too.

    Rows are written a run at a time, so that memory stays flat. Raises StoreError for a target that cannot be written.
    """
    shown = shown_path(target)
    if target.is_dir():
        raise StoreError(
            f"{shown} is a folder; name a file", file=shown, key="--csv", suggestion=f"{shown}/results.zip"
        )
    part = target.with_name(f".{target.name}.part")
    with explained(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            with zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED) as archive:
                _fill(archive, batch)
            part.replace(target)
        finally:
            part.unlink(missing_ok=True)
    return target


def _fill(archive: zipfile.ZipFile, batch: Batch) -> None:
    from multivector.lab.summary import plain

    tables: dict[str, Callable[[], Iterable[pd.DataFrame]]] = {
        "design": lambda: [batch.design],
        "outcomes": lambda: batch.runs(OUTCOMES_TABLE),
        "summary": lambda: [batch.summary()],
    }
    more = []
    for name, frame, words in (
        ("comparison", batch.compared(), "one row per run, outcome and when: its difference from the baseline"),
        ("split", batch.split(), "one row per run, outcome and part: what the change did, what decisions did"),
    ):
        if len(frame):
            tables[name] = partial(list, [frame])
            more.append(f"{name + '.csv':<16}{words}")
    if batch.counts["failed"]:
        tables["failures"] = partial(batch.runs, FAILURES)
        more.append(f"{'failures.csv':<16}one row per world that failed, with the reason")
    for name in batch.about["keep"]:
        tables[str(name)] = partial(batch.runs, str(name))
        more.append(f"{name + '.csv':<16}the full table, one block of rows per run")
    readme = _README.format(
        title=batch.about["title"],
        version=batch.about["version"],
        factors=", ".join(batch.factors) or "the scenarios",
        more="".join(f"{line}\n" for line in more),
        **batch.counts,
    )
    _text(archive, "README.txt", readme)
    _text(archive, "study.yaml", (batch.folder / "study.yaml").read_text(encoding="utf-8"))
    _text(archive, "provenance.json", json.dumps(plain(batch.about), indent=2, ensure_ascii=False) + "\n")
    for name, frames in tables.items():
        _csv(archive, f"{name}.csv", frames)


def _text(archive: zipfile.ZipFile, name: str, text: str) -> None:
    archive.writestr(_entry(name), text.replace("\n", "\r\n").encode("utf-8"))


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, date_time=_WHEN)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.external_attr = 0o644 << 16
    return entry


def _csv(archive: zipfile.ZipFile, name: str, frames: Callable[[], Iterable[pd.DataFrame]]) -> None:
    """Frames below one another; a column that only some have is empty in the others."""
    # scenarios may have other powers, hence other ties
    columns = list(dict.fromkeys(column for frame in frames() for column in frame.columns))
    with archive.open(_entry(name), "w", force_zip64=True) as raw, io.TextIOWrapper(raw, "utf-8", newline="") as stream:
        for number, frame in enumerate(frames()):
            frame.reindex(columns=columns).to_csv(stream, index=False, header=number == 0, lineterminator="\r\n")


def recipes(batch: Batch) -> dict[str, str]:
    """One line each for pandas and DuckDB: the outcomes joined with the design."""
    folder = shown_path(batch.folder)
    whole = (batch.folder / "outcomes.parquet").is_file()
    for_pandas = f"{folder}/outcomes.parquet" if whole else f"{folder}/parts/outcomes"
    for_duckdb = for_pandas if whole else f"{for_pandas}/*.parquet"
    design = f"{folder}/design.parquet"
    return {
        "pandas": (
            "import pandas as pd; "
            f"t = pd.read_parquet('{for_pandas}').merge(pd.read_parquet('{design}').drop_duplicates('run'), on='run')"
        ),
        "duckdb": f"SELECT * FROM '{for_duckdb}' JOIN '{design}' USING (run) LIMIT 10",
    }
