"""The studies of `experiments/`: complete, readable, and each still runs in a small form."""

from __future__ import annotations

from pathlib import Path

import pytest

from experiments import __main__ as experiments

NAMES = experiments.names()


def test_there_are_the_studies_that_the_readme_lists() -> None:
    listed = (experiments.HERE / "README.md").read_text(encoding="utf-8")
    assert len(NAMES) >= 6 and all(f"({name}/README.md)" in listed for name in NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_study_is_complete(name: str) -> None:
    folder = experiments.HERE / name
    command = experiments.command_of(folder / "study.yaml")
    text = (folder / "README.md").read_text(encoding="utf-8")
    for part in (
        experiments.BEGIN,
        experiments.END,
        "**Question.**",
        "## What would change the finding",
        f"`multivector {command} experiments/{name}/study.yaml`",
    ):
        assert part in text
    shown = [line.split("](")[1].rstrip(")") for line in text.splitlines() if line.startswith("![")]
    assert shown and all((folder / one).is_file() for one in shown)
    assert list((folder / "results" / "tables").glob("*.csv"))


def test_publishing_replaces_only_what_stands_between_the_markers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(experiments, "HERE", tmp_path)
    monkeypatch.setattr(experiments, "found", lambda folder: ["- One thing."])
    folder = tmp_path / "build"
    (folder / "tables").mkdir(parents=True)
    (folder / "figures").mkdir()
    (folder / "tables/lines.csv").write_text("run,x\na1,1\n", encoding="utf-8")
    (folder / "tables/summary.csv").write_text("large\n", encoding="utf-8")
    (folder / "batch.json").write_text("{}", encoding="utf-8")
    readme = tmp_path / "one/README.md"
    readme.parent.mkdir()
    for _ in range(2):  # the second time over the first
        old = (
            readme.read_text(encoding="utf-8")
            if readme.is_file()
            else f"head\n{experiments.BEGIN}\n{experiments.END}\ntail\n"
        )
        readme.write_text(old, encoding="utf-8")
        experiments.publish("one", folder)
    assert (
        readme.read_text(encoding="utf-8") == f"head\n{experiments.BEGIN}\n\n- One thing.\n\n{experiments.END}\ntail\n"
    )
    assert [path.name for path in (tmp_path / "one/results/tables").iterdir()] == ["lines.csv"]
    (folder / "tables/lines.csv").write_text("run,x\nb2,1\n", encoding="utf-8")  # other code, the same numbers
    assert experiments.reproduced("one", folder)
    (folder / "tables/lines.csv").write_text("run,x\na1,2\n", encoding="utf-8")
    assert not experiments.reproduced("one", folder)


@pytest.mark.slow
def test_every_study_runs_in_a_small_form(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(experiments, "BUILD", tmp_path / "experiments")
    assert experiments.main(["--trial", "--workers", "1"]) == 0
    for name in NAMES:
        assert (tmp_path / "experiments-trial" / name / "results" / "report.html").is_file()
