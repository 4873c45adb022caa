"""`multivector validate`: table, JSON, pages, and what it says to wrong input."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from multivector.cli.app import run_command_line

QUICK = ["--worlds", "4", "--citizens", "20", "--workers", "1"]
KEYS = {
    "id",
    "claim",
    "observable",
    "value",
    "interval",
    "threshold",
    "passed",
    "mechanism",
    "value_off",
    "passed_off",
    "counts",
}

Call = Callable[..., tuple[int, str, str]]


@pytest.fixture
def cli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Call:
    monkeypatch.chdir(tmp_path)

    def call(*arguments: str) -> tuple[int, str, str]:
        capsys.readouterr()
        code = run_command_line(["validate", *arguments])
        said = capsys.readouterr()
        assert "Traceback" not in said.out + said.err
        return code, said.out, said.err

    return call


def test_one_json_document(cli: Call) -> None:
    code, out, _ = cli("--claim", "S9", "-c", "l4", *QUICK, "--json", "--out", "here")
    document = json.loads(out)
    assert code == 0 and document["total"] == 2 and document["schema"] == 1
    assert document["counted"] == sum(row["counts"] for row in document["patterns"])
    for row in document["patterns"]:
        assert set(row) >= KEYS
        assert row["counts"] == (row["passed"] and not row["passed_off"])
        assert len(row["interval"]) == 2 and row["interval"][0] <= row["value"] <= row["interval"][1]
    stored = json.loads(Path("here/validation.json").read_text(encoding="utf-8"))
    assert stored["patterns"] == document["patterns"]


def test_a_table_and_pages_for_people(cli: Call) -> None:
    code, out, err = cli("--claim", "S9", *QUICK, "--docs", "pages")
    assert code == 0
    assert "S9" in out and "of 1 patterns count" in out and "world-months (100%)" in err
    (folder,) = Path("runs").iterdir()
    html = (folder / "validation.html").read_text(encoding="utf-8")
    assert "<svg" in html and "Doubt about statehood" in html and "http" not in html.replace("http-equiv", "")
    page = Path("pages/validation.md").read_text(encoding="utf-8")
    assert "- **SF59** " in page and "<dt>SF59</dt>" in html and "Carried by N7: " in page
    assert "| S9 |" in page and "validation-s.png" in page and Path("pages/validation-s.png").stat().st_size > 1000


@pytest.mark.parametrize(
    ("arguments", "key", "suggestion"),
    [
        (["--claim", "N99"], "--claim", "N9"),
        (["--claim", "SF1"], "--claim", "SF01"),
        (["--claim", "SF12"], "--claim", "N12"),
        (["--claim", ""], "--claim", "N1"),
        (["--claim", ",", "--robustness", "1"], "--claim", "N1"),
        (["--claim", "S9", "--docs", "a-file"], "--docs", None),
        (["--claim", "S9", "--out", "mine"], "--out", None),
        (["--claim", "S9", "--robustness", "1", "--out", "mine"], "--out", None),
        (["--worlds", "0"], "--worlds", None),
        (["--workers", "0"], "--workers", None),
        (["--robustness", "0"], "--robustness", None),
        (["--robustness", "2", "--docs", "x"], "--docs", None),
        (["--robustness", "2", "--spread", "0"], "--spread", None),
        (["--robustness", "2", "--spread", "1.5"], "--spread", None),
        (["--spread", "0.5"], "--spread", None),
    ],
)
def test_wrong_input(cli: Call, arguments: list[str], key: str, suggestion: str | None) -> None:
    Path("a-file").touch()
    Path("mine").mkdir()
    Path("mine/thesis.txt").touch()
    code, out, err = cli(*arguments, "--json")
    assert "world-months" not in err and [path.name for path in Path("mine").iterdir()] == ["thesis.txt"]
    (problem,) = json.loads(out)["errors"]
    assert code == 2 and problem["key"] == key
    if suggestion is not None:
        assert problem["suggestion"] == suggestion


def test_robustness(cli: Call) -> None:
    code, out, _ = cli("--claim", "S9", *QUICK, "--robustness", "2", "--json", "--out", "sturdy")
    document = json.loads(out)
    assert code == 0 and document["sets"] == 2 and document["total"] == 1 and not document["interrupted"]
    assert Path("sturdy/robustness.json").is_file()
    assert cli("--claim", "S9", *QUICK, "--out", "sturdy", "--docs", "docs")[0] == 0
    alone = ["--claim", "S9", *QUICK, "--robustness", "1", "--spread", "0.25", "--out", "narrow"]
    assert cli(*alone)[0] == 0 and cli("--claim", "S9", *QUICK, "--out", "narrow", "--docs", "docs")[0] == 0
    assert "1 sets drawn from 25% of the ranges" in Path("docs/validation.md").read_text(encoding="utf-8")
    Path("narrow/robustness-thesis.json").touch()
    assert cli(*alone)[0] == 2  # what is not ours is left as it is
    code, out, _ = cli("--claim", "S9", *QUICK, "--robustness", "3", "--spread", "0.5", "--json", "--out", "sturdy")
    assert code == 0 and json.loads(out)["spread"] == 0.5 and Path("sturdy/robustness-0.5.json").is_file()
    assert cli("--claim", "S9", *QUICK, "--out", "sturdy", "--docs", "docs")[0] == 0
    page = Path("docs/validation.md").read_text(encoding="utf-8")
    assert "Drawn from 50% of every range, around the default (3 sets)" in page
    assert "2 sets drawn from the ranges" in page and "| S9 |" in page.split("hangs on |")[1]


def test_an_interrupted_robustness_says_so_and_goes_on(cli: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    from multivector.lab.validation import robust

    judged, calls = robust._judged, []

    def interrupted(task: robust._Task) -> robust.Judged:
        calls.append(task)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return judged(task)

    monkeypatch.setattr(robust, "_judged", interrupted)
    asked = ["--claim", "S9", *QUICK, "--robustness", "2", "--out", "sturdy"]
    code, out, err = cli(*asked, "--json")
    assert code == 130 and json.loads(out)["interrupted"] and "1 of 2 parameter sets are judged and kept" in err
    code, out, err = cli(*asked, "--json")
    assert code == 0 and not json.loads(out)["interrupted"] and len(calls) == 3
    assert "1 of 2 parameter sets (50%)" in err and "2 of 2" in err
