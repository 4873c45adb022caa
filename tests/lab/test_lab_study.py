"""Study files: everything that is wrong is said at once, with its line and the nearest right key."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from multivector.lab.plan import plan_of
from multivector.lab.study import StudyErrors, StudyFile, load_study
from multivector.lab.study_template import new_study_text
from multivector.parameters import load_records

HEAD = "schema: 1\nkind: batch\ntitle: T\nscenarios: [baseline-2019]\nworlds: 2\nmonths: 2\ncitizens: 20\n"


def study(folder: Path, text: str) -> StudyFile:
    path = folder / "s.yaml"
    path.write_text(text, encoding="utf-8")
    return load_study(path)


def problems(folder: Path, text: str) -> list[tuple[int | None, str, str, str]]:
    with pytest.raises(StudyErrors) as caught:
        study(folder, text)
    assert all(one.file.endswith("s.yaml") for one in caught.value.problems)
    return [(one.line, one.key, one.message, one.suggestion) for one in caught.value.problems]


def test_everything_is_said_at_once(tmp_path: Path) -> None:
    text = (
        "schema: 1\nkind: batch\ntitel: T\nscenarios: [baseline-2091, ukraine-war-2022]\nworlds: many\n"
        "design:\n  kind: factorial\n  factors:\n    powers.rusia.pressure: [0.1, 0.9]\n"
        "    powers.china.pressure: [0.1, 1.9]\n    parameters.decision.rationality: {low: 5, high: 2}\n  points: 4\n"
        "baseline: {powers.china.presure: 0.1}\nkeep: [world]\n"
    )
    found = {(line, key): (message, hint) for line, key, message, hint in problems(tmp_path, text)}
    assert found[3, "titel"] == ("unknown key", "title")
    assert found[1, "title"][0] == "the key `title` is missing"
    assert found[4, "scenarios[1]"][1] == "baseline-2019"
    assert "whole number" in found[5, "worlds"][0]
    assert found[9, "design.factors.powers.rusia.pressure"][1] == "russia"
    assert "from 0 to 1" in found[10, "design.factors.powers.china.pressure"][0]
    assert "must be below high" in found[11, "design.factors.parameters.decision.rationality"][0]
    assert "has no `points`" in found[12, "design.points"][0]
    assert found[13, "baseline.powers.china.presure"][1] == "powers.china.pressure"
    assert found[14, "keep[1]"][1] == "worlds"
    assert len(found) == 10


@pytest.mark.parametrize(
    ("text", "line", "said", "hint"),
    [
        ("schema: 2\nkind: batch\n", 1, "outside the range", ""),
        ("kind: batsch\n", 1, "no kind of study", "batch"),
        ("title: x\n", 1, "`kind` is missing", ""),
        ("- a\n", 1, "a study is a mapping", ""),
        ("", 1, "the file is empty", ""),
        ("a: [1\n", 2, "not valid YAML", ""),
        (HEAD + "split: true\n", 8, "needs a `baseline`", ""),
        (HEAD + "design: {kind: sobol, factors: {powers.us.interest: {low: 0, high: 1}}}\n", 8, "needs `points`", ""),
        (HEAD + "design: {kind: factorial, factors: {powers.us.interest: {low: 0, high: 1}}}\n", 8, "needs levels", ""),
        (HEAD + "design: {kind: sobol, points: 4, factors: {powers.us.interest: range}}\n", 8, "no parameter rec", ""),
        (HEAD + "design: {kind: sobol, points: 4, factors: {powers.us.interest: {lo: 0}}}\n", 8, "unknown key", "low"),
        (HEAD + "design: {kind: draws, file: drawz.csv}\n", 8, "there is no file", "draws.csv"),
        (HEAD + "design: {kind: draws, file: draws.csv, weight: w8}\n", 8, "no column", "w"),
        (HEAD + "design: {kind: list, points: 4}\n", 8, "list of points", ""),
        (HEAD + "design: {kind: list, points: [{mechanisms.trial_balon: false}]}\n", 8, "", "trial_balloon"),
        (HEAD + "design: {kind: lathin-hypercube}\n", 8, "not known", "latin-hypercube"),
        (HEAD + "baseline: baseline-2O19\n", 8, "no packaged scenario", "baseline-2019"),
        (HEAD + 'set: ["powers.us.interest=9"]\n', 8, "outside the range", ""),
    ],
)  # fmt: skip
def test_messages(text: str, line: int, said: str, hint: str, tmp_path: Path) -> None:
    (tmp_path / "draws.csv").write_text("decision.rationality,w\n5,1\n", encoding="utf-8")
    found = problems(tmp_path, text)
    assert any(one[0] == line and said in one[2] and (not hint or one[3] == hint) for one in found), found


def test_a_missing_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(StudyErrors, match="no such file"):
        load_study(tmp_path / "none.yaml")


def test_a_range_is_the_parameter_records(tmp_path: Path) -> None:
    record = load_records()["decision.rationality"]
    text = HEAD + "design: {kind: latin-hypercube, points: 16, factors: {parameters.decision.rationality: range}}\n"
    made = plan_of(study(tmp_path, text))
    values = [float(run.values["parameters.decision.rationality"]) for run in made.runs]  # type: ignore[arg-type]
    assert len(values) == 16 and record.low <= min(values) and max(values) <= record.high
    assert max(values) - min(values) > 0.8 * (record.high - record.low)
    resolved = made.task(made.runs[0], [0]).resolve()
    assert resolved.parameter_values["decision.rationality"] == pytest.approx(values[0])


def test_draws_bring_their_weights_or_are_resampled(tmp_path: Path) -> None:
    table = pd.DataFrame({"decision.rationality": [2.0, 4.0, 8.0], "weight": [0.0, 1.0, 3.0]})
    table.to_parquet(tmp_path / "posterior.parquet")
    table.to_csv(tmp_path / "posterior.csv", index=False)
    for name in ("posterior.parquet", "posterior.csv"):
        design = f"design: {{kind: draws, file: {name}, weight: weight}}\n"
        made = plan_of(study(tmp_path, HEAD + design))
        assert [run.weight for run in made.runs] == [0.0, 1.0, 3.0]
        assert [run.values["parameters.decision.rationality"] for run in made.runs] == [2.0, 4.0, 8.0]
        drawn = plan_of(study(tmp_path, HEAD + design.replace("}", ", points: 8}")))
        values = [run.values["parameters.decision.rationality"] for run in drawn.runs]
        assert (values.count(2.0), values.count(4.0), values.count(8.0)) == (0, 2, 6)
        assert len(drawn.ids) == 2 and "made once" in drawn.notes[0]


def test_the_same_input_is_the_same_run_whatever_it_is_called(tmp_path: Path) -> None:
    one = plan_of(study(tmp_path, HEAD + "design: {kind: list, points: [{powers.us.interest: 0.5}]}\n"))
    two = plan_of(study(tmp_path, HEAD + 'set: ["powers.us.interest=0.5"]\n'))
    three = plan_of(study(tmp_path, HEAD.replace("title: T", "title: Other") + "seeds: 8\n"))
    assert one.ids == two.ids and one.ids != three.ids


def test_the_template_is_a_study(tmp_path: Path) -> None:
    made = plan_of(study(tmp_path, new_study_text("s.yaml")))
    assert len(made.ids) == 6 and made.worlds == 192


def test_shipped_studies_are_sound() -> None:
    folder = Path(__file__).resolve().parents[2] / "experiments"
    found = sorted(folder.glob("*/study.yaml"))
    assert found
    for path in found:
        study = load_study(path)
        if study.document.kind == "calibrate":
            with pytest.raises(StudyErrors, match="is no batch"):
                plan_of(study)
            continue
        # resolving the thousands of runs of a screen takes minutes: its points are tried by `load_study`
        assert study.document.kind != "batch" or plan_of(study).worlds > 0
