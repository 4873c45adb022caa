"""`multivector run --profile`: where the time goes, by phase."""

import json
from pathlib import Path

import pytest

from multivector.cli.app import run_command_line
from multivector.lab.profiling import AROUND, Profile
from multivector.lab.run import execute
from multivector.model import PHASES
from multivector.scenario import load_scenario

SMALL = ["--worlds", "4", "--months", "3", "--citizens", "40"]


def test_the_phases_are_in_the_document_and_add_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run_command_line(["run", "january-2022", *SMALL, "--profile", "--json", "--no-plots"]) == 0
    rows = json.loads(capsys.readouterr().out)["profile"]
    names = [row["phase"] for row in rows]
    assert set(names) == {name for name, _ in PHASES} | {name for name, _ in AROUND} - {"baseline", "figures"}
    assert names.index("build") < names.index("world_turns") < names.index("tables")
    assert all(row["seconds"] >= 0 and row["what"] for row in rows)
    assert sum(row["share"] for row in rows) == pytest.approx(1.0, abs=0.002)


def test_the_table_in_the_terminal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run_command_line(["run", "january-2022", *SMALL, "--profile", "--no-plots"]) == 0
    said = capsys.readouterr().out
    assert "Where the time went" in said and "president decides" in said
    assert run_command_line(["run", "january-2022", *SMALL, "--no-plots", "--force"]) == 0
    assert "Where the time went" not in capsys.readouterr().out


def test_several_scenarios_have_no_profile(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command_line(["run", "january-2022", "baseline-2019", "--profile"]) == 2
    assert "--profile takes one scenario" in capsys.readouterr().err


def test_a_profile_changes_nothing() -> None:
    scenario = load_scenario("january-2022", months=2, citizens=40)
    watched = execute(scenario, 2, 7, profile=Profile()).ensemble
    plain = execute(scenario, 2, 7).ensemble
    for name in plain.tables:
        assert plain.tables[name].equals(watched.tables[name]), name


def test_a_phase_counts_without_what_lies_within_it(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter(range(100))
    monkeypatch.setattr("time.perf_counter", lambda: float(next(clock)))
    profile = Profile()
    with profile.phase("build"):
        with profile.phase("record"):
            pass
        with profile.phase("record"):
            pass
    assert {row["phase"]: row["seconds"] for row in profile.rows()} == {"build": 3.0, "record": 2.0}
