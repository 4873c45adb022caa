"""The whole set: written safely, legible, and drawn for runs of every shape."""

from __future__ import annotations

import json
import subprocess
import sys
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
from PIL import Image

from multivector.show.figures import FIGURES, draw_all
from multivector.show.rows import plot_rows
from multivector.show.style import heading_of, save_figure, sentence_of
from multivector.show.sweep import plot_compare, plot_split_sweep
from multivector.show.view import View
from synthetic import NAMES, SyntheticRun, synthetic_ensemble

if TYPE_CHECKING:
    from conftest import Eyes

LONG = {
    "eu": "The Union of European States and Associated Territories",
    "us": "$5 & $6 中国",
    "a_b": "Organisation for Something Very Long Indeed",
}
SHAPES: dict[str, dict[str, Any]] = {
    "usual": {},
    "one world": {"worlds": 1},
    "two worlds": {"worlds": 2, "months": 13},
    "one power": {"powers": ("russia",)},
    "two powers": {"powers": ("eu", "india")},
    "twelve powers": {"powers": tuple(NAMES)},
    "one month": {"months": 1, "listening": None},
    "four months": {"months": 4, "listening": 2},
    "twenty years": {"worlds": 4, "months": 240},
    "no decisions": {"decisions": False},
    "no timeline": {"timeline": False},
    "gaps": {"missing": 0.3},
    "long names": {"powers": tuple(LONG), "names": LONG, "title": "A very long title of a scenario " * 6},
}


PARTIAL = {  # what a shape cannot touch is not drawn again
    "one power": ("fan", "rows", "emblem", "why", "tension"),
    "two powers": ("rows", "tension"),
    "twelve powers": ("fan", "rows", "emblem", "why", "tension"),
    "four months": ("fan", "regime", "listening"),
    "twenty years": ("fan", "regime"),
    "no decisions": ("why", "listening", "tension"),
    "no timeline": ("fan", "regime"),
    "long names": ("fan", "rows", "emblem", "why", "tension"),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_every_figure_of_every_shape_is_legible(shape: str, eyes: Eyes) -> None:
    options = {"worlds": 8, **SHAPES[shape]}
    paired = shape not in ("four months", "no decisions", "two worlds")
    view = View(synthetic_ensemble(**options))
    base = View(synthetic_ensemble(**{**options, "shock": 0.0})) if paired else None
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for name in PARTIAL.get(shape, FIGURES):
            figure = FIGURES[name](view, base)
            sentence = sentence_of(figure)
            assert sentence.endswith("."), name
            assert not {"nan", "None", "inf"} & set(sentence.replace(".", " ").split()), sentence
            assert heading_of(figure)
            assert not eyes.faults(figure), name


def test_draw_all_writes_the_set_with_provenance(tmp_path: Path, run: SyntheticRun, baseline: SyntheticRun) -> None:
    seen: list[tuple[int, int]] = []
    infos = draw_all(run, tmp_path / "new" / "figures", baseline, lambda done, total: seen.append((done, total)))
    assert [i.name for i in infos] == list(FIGURES)
    assert sorted(p.name for p in (tmp_path / "new" / "figures").iterdir()) == sorted(f"{n}.png" for n in FIGURES)
    assert seen == [(n + 1, len(FIGURES)) for n in range(len(FIGURES))]
    for info in infos:
        with Image.open(info.path) as image:
            assert image.width > 1000
            assert image.info["Title"] == info.title
            assert image.info["Description"] == info.sentence
            assert image.info["Scenario hash"] == run.scenario.hash
            assert image.info["Seed"] == "7"
            assert image.info["Software"].startswith("multivector ")
            assert not {"Creation Time", "Author"} & set(image.info)


def sentences(run: SyntheticRun | View, baseline: SyntheticRun | None = None) -> list[str]:
    view = run if isinstance(run, View) else View(run)
    base = None if baseline is None else View(baseline)
    return [sentence_of(draw(view, base)) for draw in FIGURES.values()]


def test_a_figure_is_the_same_every_time(tmp_path: Path, run: SyntheticRun) -> None:
    files = [save_figure(plot_rows(run), tmp_path / f"{n}.png", View(run).metadata) for n in range(2)]
    assert files[0].read_bytes() == files[1].read_bytes()


def test_a_run_without_worlds_says_so() -> None:
    run = synthetic_ensemble(2)
    for name in ("worlds", "ties", "decisions", "actions", "wishes"):
        run.tables[name] = run.tables[name].iloc[:0]
    assert all(sentences(run))


def test_failed_worlds_leave_the_others() -> None:
    run = synthetic_ensemble(6)
    for name, table in run.tables.items():
        if "world" in table:
            run.tables[name] = table[table["world"] != 2].reset_index(drop=True)
    view = View(run)
    assert view.count == 5
    assert "5 worlds" in view.note()
    assert all(sentences(view))


def test_categories_are_as_good_as_text() -> None:
    """A real ensemble stores repeated text as categories."""
    run = synthetic_ensemble(6)
    tables = {
        name: table.astype(dict.fromkeys(table.select_dtypes(["object", "string"]).columns, "category"))
        for name, table in run.tables.items()
    }
    assert tables["wishes"]["constituency"].dtype == "category"
    as_category = SyntheticRun(run.scenario, run.seed, run.worlds, tables)
    assert sentences(as_category) == sentences(run)


def test_a_baseline_of_other_powers_months_and_worlds() -> None:
    other = synthetic_ensemble(5, 30, start="2021-01", powers=("russia", "india"), title="Another", id="other")
    told = sentences(synthetic_ensemble(6), other)
    assert "the baseline (“Another”)" in told[0] + told[2]


def test_empty_tables_of_sweeps_and_comparisons() -> None:
    sweep = pd.DataFrame(columns=["factor", "value", "outcome", "part", "median", "p5", "p95"])
    assert sentence_of(plot_split_sweep(sweep)) == "There is nothing to draw."
    compare = pd.DataFrame(columns=["outcome", "scenario", "difference", "low", "high"])
    assert sentence_of(plot_compare(compare)) == "There is nothing to compare."


@pytest.mark.parametrize("count", [1, 3, 8])
def test_sweeps_and_comparisons_are_legible(count: int, eyes: Eyes) -> None:
    powers = list(NAMES)[:count]
    sweep = pd.DataFrame(
        [
            (p, x, o, part, k * x, k * x - 0.01, k * x + 0.01)
            for p in powers
            for x in (0.1, 0.9)
            for o in ("approval", "hazard", f"tie.{p}.economy")
            for part, k in (("total", 0.1), ("direct", 0.2), ("decided", -0.1))
        ],
        columns=["factor", "value", "outcome", "part", "median", "p5", "p95"],
    )
    compare = pd.DataFrame(
        [
            (o, f"scenario-number-{n}", 0.01 * n, 0.0, 0.02 * n, 0.9, 100)
            for n in range(count)
            for o in ("total_engagement", "approval", "hazard", "congruence_informal")
        ],
        columns=["outcome", "scenario", "difference", "low", "high", "noise_removed", "worlds"],
    )
    for figure in (plot_split_sweep(sweep, NAMES), plot_compare(compare)):
        assert not eyes.faults(figure)


def test_no_pyplot_and_no_model_is_imported_for_figures() -> None:
    code = "import sys, json, multivector.show.figures; print(json.dumps(sorted(sys.modules)))"
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    modules = set(json.loads(answer.stdout))
    assert not {"matplotlib.pyplot", "mesa", "numba", "pyarrow.parquet"} & modules
