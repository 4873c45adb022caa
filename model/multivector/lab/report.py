"""What a report says, gathered from a run or study folder: no layout here.

A folder of `multivector run` or of any study command is read; nothing is run again. Sentences are those that the
analyses made from the numbers.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from multivector.lab.batch import is_batch
from multivector.lab.errors import StoreError
from multivector.lab.findings import read_findings
from multivector.lab.kinds import KINDS
from multivector.lab.store import FIGURES, ROOT, StoredRun, is_run, open_run, shown_path

if TYPE_CHECKING:
    import pandas as pd

    from multivector.lab.results import Batch

__all__ = ["Content", "Picture", "Sheet", "report_of"]

_ROWS, _COLUMNS = 25, 11
"""Rows and columns of a table on the page; the zip has all."""
CITE = (
    "The multivector developers. multivector: a scenario simulation of a middle power between giants, version "
    "{version}. "
    "CITATION.cff of the package."
)


@dataclass(frozen=True)
class Picture:
    """A figure of the folder, with the title and sentence that its file carries."""

    path: Path
    title: str
    sentence: str


@dataclass(frozen=True)
class Sheet:
    """A table on the page: what it holds, its head, its rows as texts, and how many rows there are in all."""

    name: str
    caption: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    total: int


@dataclass(frozen=True)
class Content:
    """Everything that a report says.

    Attributes
    ----------
    question : the title of the study or run; `summary` what it varies.
    scenarios : name → (title, summary).
    facts : label → value: provenance.
    reproduce : lines of a shell that make it again.
    study : the study file's text, or empty.
    tables : name → how its rows come, a frame at a time, for the zip.
    """

    folder: Path
    title: str
    summary: str
    scenarios: dict[str, tuple[str, str]]
    sentences: tuple[str, ...]
    figures: tuple[Picture, ...]
    sheets: tuple[Sheet, ...]
    limits: tuple[str, ...]
    facts: dict[str, str]
    reproduce: tuple[str, ...]
    cite: str
    study: str = ""
    tables: dict[str, Callable[[], Iterator[pd.DataFrame]]] = field(default_factory=dict)


def report_of(reference: str) -> Content:
    """Read a folder.

    Parameters
    ----------
    reference : its path, or its name under `runs/`.

    Raises
    ------
    StoreError : nothing there, neither a run nor a study, unfinished, or damaged.
    """
    folder = Path(reference)
    if not folder.is_dir() and (ROOT / reference).is_dir():
        folder = ROOT / reference
    if folder.is_dir() and is_batch(folder):
        from multivector.lab.results import open_batch

        return _of_batch(open_batch(str(folder)))
    if folder.is_dir() and not is_run(folder):
        shown = shown_path(folder)
        raise StoreError(
            f"{shown} is neither a run nor a study folder",
            file=shown,
            key="DIR",
            suggestion="name a folder that `multivector run` or a study command has written",
        )
    return _of_run(open_run(reference))


def _of_batch(batch: Batch) -> Content:
    about, folder = batch.about, batch.folder
    counts = batch.counts
    if counts["finished"] == 0:
        raise StoreError(f"{shown_path(folder)} has no finished world yet", suggestion="give the study's command again")
    study = (folder / "study.yaml").read_text(encoding="utf-8")
    told = _yaml(study)
    found = read_findings(folder)
    sentences = tuple(found["sentences"]) if found else tuple(_batch_sentences(batch))
    limits = [*(found["limits"] if found else [])]
    if not found:
        limits.append(
            f"{batch.size} worlds per run: bands and intervals hold chance only; parameters are where the study "
            f"puts them."
        )
    if counts["finished"] < counts["worlds"]:
        limits.append(
            f"Not complete: {counts['finished']:,} of {counts['worlds']:,} worlds are here, "
            f"{counts['failed']:,} failed."
        )
    captions = dict(found["tables"]) if found else _BATCH_CAPTIONS
    sheets = [_sheet(folder / "tables" / f"{name}.csv", name, text) for name, text in captions.items()]
    return Content(
        folder=folder,
        title=str(about["title"]),
        summary=str(told.get("summary") or ""),
        scenarios={name: _scenario(folder / "scenarios", name, title) for name, title in about["titles"].items()},
        sentences=sentences,
        figures=_figures(folder),
        sheets=tuple(sheet for sheet in sheets if sheet is not None),
        limits=(*limits, *_ALWAYS),
        facts={
            **_facts(about),
            "study": (
                f"{about['kind']}, {len(batch.ids):,} runs × {batch.size:,} worlds, seeds {_listed(about['seeds'])}"
            ),
        },
        reproduce=_again(about, "study.yaml", KINDS[str(about["kind"])].command),
        cite=CITE.format(version=about["version"]),
        study=study,
        tables={
            "design": lambda: iter([batch.design]),
            "outcomes": batch.runs,
            **{name: partial(_csv_frames, folder / "tables" / f"{name}.csv") for name in captions},
        },
    )


_BATCH_CAPTIONS = {
    "summary": "one row per run and outcome: quantiles and mean over worlds",
    "comparison": "one row per run and outcome: mean difference from the baseline, paired by world; 90 % interval",
    "split": "one row per run, outcome and part: what the change did by itself, what decisions made of it",
}
_ALWAYS = (
    "It is a model and no forecast. Many of its numbers are assumptions, which their records say; "
    "docs/validation.md says which claims of the literature it reproduces and which it does not.",
)


def _batch_sentences(batch: Batch) -> list[str]:
    """What a plain study shows: the clearest differences from the baseline, else the widest spread between runs."""
    from multivector.lab.measures import OUTCOMES

    comparison = next(iter(_csv_frames(batch.folder / "tables" / "comparison.csv")), None)
    lines: list[str] = []
    if comparison is not None and len(comparison):
        shown = [name for name in (batch.about["outcomes"] or _SHOWN) if (comparison["outcome"] == name).any()]
        rows = {str(row["run"]): row for row in batch.design.to_dict("records")}
        several = batch.design["scenario"].nunique() > 1
        for outcome in shown:
            mine = comparison[(comparison["outcome"] == outcome) & (comparison["when"] == "end")]
            clear = mine[(mine["low"] > 0) | (mine["high"] < 0)]
            name = OUTCOMES.get(outcome, outcome)
            if not len(clear):
                lines.append(f"{name[:1].upper()}{name[1:]}: no run differs from its baseline beyond chance.")
                continue
            row = clear.iloc[int(clear["difference"].abs().to_numpy().argmax())]
            what = batch.label(rows[row["run"]]) if batch.factors else ""
            who = str(batch.about["titles"].get(row["scenario"], row["scenario"])) if several or not what else ""
            lines.append(
                f"{name[:1].upper()}{name[1:]} differs most with {'; '.join(one for one in (who, what) if one)}: "
                f"{row['base']:.3g} → {row['changed']:.3g} (difference {row['difference']:+.3g}, 90 % interval "
                f"{row['low']:+.2g} to {row['high']:+.2g}); {len(clear)} of {len(mine)} runs differ beyond chance."
            )
    split = next(iter(_csv_frames(batch.folder / "tables" / "split.csv")), None)
    if split is not None and len(split):
        lines += batch.split_lines(split)
    return lines or [f"{len(batch.ids):,} runs of {batch.size:,} worlds; see the tables and figures."]


_SHOWN = ("total_engagement", "openness", "dependence", "autonomy", "hazard_annual")


def _of_run(run: StoredRun) -> Content:
    about, summary, folder = run.provenance, run.summary, run.folder
    worlds = about["worlds"]
    scenario = (folder / "scenario.yaml").read_text(encoding="utf-8")
    told = _yaml(scenario)
    limits = [
        f"{len(worlds)} worlds: spread over worlds is chance; parameters are at the scenario's values.",
        *(["The run was interrupted: whole blocks of worlds are here."] if about.get("interrupted") else []),
        *_ALWAYS,
    ]
    outcomes = Sheet(
        "outcomes",
        "in the last month: quantiles over worlds",
        ("outcome", "p5", "median", "p95"),
        tuple(
            (name, *(_cell(values[key]) for key in ("p5", "median", "p95")))
            for name, values in summary["outcomes"].items()
        ),
        len(summary["outcomes"]),
    )
    return Content(
        folder=folder,
        title=str(summary["title"]),
        summary=str(told.get("summary") or ""),
        scenarios={str(about["scenario"]): (str(summary["title"]), str(told.get("summary") or ""))},
        sentences=tuple(summary["sentences"]),
        figures=_figures(folder),
        sheets=(outcomes, _decisions(summary["decisions"])),
        limits=tuple(limits),
        facts={
            **_facts(about),
            "scenario": f"{about['scenario']}, sha256 {about['scenario_hash'][:16]}…",
            "run": f"{len(worlds):,} worlds × {about['months']} months × {summary['citizens']:,} citizens, "
            f"seed {about['seed']}",
        },
        reproduce=_again(about, "scenario.yaml", "run"),
        cite=CITE.format(version=about["version"]),
        study=scenario,
        tables={
            path.stem: partial(_parquet_frames, path)
            for path in sorted(folder.glob("*.parquet"))
            if not path.name.startswith(".")
        },
    )


def _decisions(decisions: list[dict[str, Any]]) -> Sheet:
    rows = []
    for one in decisions:
        choices = sorted(one["choices"].items(), key=lambda pair: -pair[1])
        told = "; ".join(f"{name} {share:.0%}" for name, share in choices if share >= 0.005)
        rows.append((str(one["date"] or ""), str(one["title"] or one["id"]), f"{one['arose']:.0%}", told))
    return Sheet(
        "decisions", "shares of the worlds in which the decision arose", ("date", "decision", "arose", "choices"),
        tuple(rows[:_ROWS]), len(rows),
    )  # fmt: skip


def _scenario(folder: Path, name: str, title: str) -> tuple[str, str]:
    from multivector.lab.store import folder_slug

    path = folder / f"{folder_slug(name)}.yaml"
    told = _yaml(path.read_text(encoding="utf-8")) if path.is_file() else {}
    return title, str(told.get("summary") or "")


def _yaml(text: str) -> dict[str, Any]:
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    try:
        found = YAML(typ="safe", pure=True).load(text)
    except YAMLError:
        return {}
    return found if isinstance(found, dict) else {}


def _figures(folder: Path) -> tuple[Picture, ...]:
    """The folder's figures in the order in which they were drawn, with the texts that their files carry."""
    from PIL import Image

    found = []
    for path in sorted((folder / FIGURES).glob("[!.]*.png"), key=lambda one: (_ORDER.get(one.stem, 99), one.name)):
        with Image.open(path) as image:
            texts = dict(getattr(image, "text", {}))
        found.append(Picture(path, texts.get("Title", path.stem), texts.get("Description", "")))
    return tuple(found)


_ORDER = {
    name: place
    for place, name in enumerate(
        ("fan", "rows", "emblem", "regime", "trade-off", "why", "listening", "tension", "regret", "tornado", "effects",
         "boxes-1", "boxes-2", "maps", "tips", "split", "comparison", "lines", "fans", "heat-map")
    )
}  # fmt: skip


def _facts(about: dict[str, Any]) -> dict[str, str]:
    """Versions, hashes and times, as label → value."""
    git = about.get("git") or {}
    libraries = ", ".join(f"{name} {version}" for name, version in dict(about.get("libraries") or {}).items())
    return {
        "version": str(about["version"])
        + (f", commit {str(git['commit'])[:12]}{' with changes' if git.get('modified') else ''}" if git else ""),
        "code": f"sha256 {str(about['code_hash'])[:16]}…",
        "Python and libraries": f"{about['python']}; {libraries}",
        "made": f"{str(about.get('started', ''))[:16].replace('T', ' ')} UTC, {float(about.get('seconds') or 0):.0f} s",
        "command": str(about.get("command") or "–"),
    }


def _again(about: dict[str, Any], file: str, command: str) -> tuple[str, ...]:
    """The exact commands that make it again, from nothing."""
    lines = [f"pip install 'multivector[lab]=={about['version']}'"]
    git = about.get("git") or {}
    if git.get("commit"):
        lines.append(f"# or, in a clone: git checkout {git['commit']} && pip install -e '.[lab]'")
    if command == "run":
        count, seed = len(about["worlds"]), about["seed"]
        lines.append(f"multivector run {file} --worlds {count} --seed {seed} --months {about['months']}")
    else:
        lines.append(f"multivector {command} {file}")
    lines.append(f"# {file} is in the zip beside this page, and at the end of it")
    return tuple(lines)


def _sheet(path: Path, name: str, caption: str) -> Sheet | None:
    """The head of a table for people; columns of ids are left out."""
    frame = next(iter(_csv_frames(path)), None)
    if frame is None or not len(frame):
        return None
    shown = frame.drop(columns=[one for one in ("run", "base_run") if one in frame])
    same = [one for one in ("scenario", "base_scenario", "seed") if one in shown and shown[one].nunique() <= 1]
    shown = shown[[one for one in shown if shown[one].notna().any() and one not in same]].iloc[:, :_COLUMNS]
    rows = tuple(tuple(_cell(value) for value in row) for row in shown.head(_ROWS).itertuples(index=False))
    return Sheet(name, caption, tuple(str(one) for one in shown.columns), rows, len(frame))


def _csv_frames(path: Path) -> Iterator[pd.DataFrame]:
    import pandas as pd

    if path.is_file():
        try:
            yield pd.read_csv(path, encoding="utf-8")
        except (OSError, ValueError) as error:
            shown = shown_path(path)
            raise StoreError(f"{shown} is damaged: {error}", suggestion="give the study's command again") from error


def _parquet_frames(path: Path) -> Iterator[pd.DataFrame]:
    import pandas as pd

    yield pd.read_parquet(path)


def _cell(value: Any) -> str:
    if value is None or value != value:
        return "–"
    if isinstance(value, float):
        return f"{value:.3g}" if abs(value) < 1000 else f"{value:,.0f}"
    if isinstance(value, (dict, list)):
        return json.dumps(value, ensure_ascii=False)
    return str(value)


def _listed(values: Any) -> str:
    return ", ".join(str(value) for value in values)
