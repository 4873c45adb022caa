"""`multivector batch` and `results`: what is printed and written, and how they end."""

from __future__ import annotations

import csv
import io
import json
import os
import random
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

from multivector import model
from multivector.cli.app import run_command_line

if TYPE_CHECKING:
    from conftest import Cli

ENVIRONMENT = {**os.environ, "PYTHONUTF8": "1", "NO_COLOR": "1"}
STUDY = """\
schema: 1
kind: batch
title: Türkiye and the others
scenarios: [baseline-2019]
worlds: 20
months: 3
citizens: 20
design:
  kind: one-at-a-time
  factors:
    powers.russia.pressure: [0.1, 0.9]
    powers.turkiye.pressure: [0.1, 0.9]
baseline: {powers.russia.pressure: 0.1, powers.turkiye.pressure: 0.1}
split: true
keep: [events]
"""

# A process that kills itself: in the middle of the N-th part's write, or between the files of the N-th chunk.
KILLED = """
import os, signal, sys
from multivector.lab import parts
moment, number = sys.argv[1], int(sys.argv[2])
real, count = parts.write_bytes, 0
def write(path, content):
    global count
    if path.parent.name == ("events" if moment == "write" else "outcomes"):
        count += 1
        if count == number:
            if moment == "write":
                path.with_name(f".{path.name}.part").write_bytes(content[: len(content) // 2])
            os.kill(os.getpid(), signal.SIGKILL)
    real(path, content)
parts.write_bytes = write
from multivector.cli.app import run_command_line
sys.exit(run_command_line(sys.argv[3:]))
"""


@pytest.fixture
def study(tmp_path: Path) -> Path:
    path = tmp_path / "small.yaml"
    path.write_text(STUDY, encoding="utf-8")
    return path


def files(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_batch_makes_tables_and_figures_and_results_reads_them(cli: Cli, study: Path, tmp_path: Path) -> None:
    said = cli("batch", "small.yaml", "--workers", "1")
    assert said.code == 0
    assert "Türkiye and the others: 6 runs, 120 of 120 worlds" in said.out
    assert "Türkiye, pressure 0.9" in said.out and "by decisions" in said.out
    assert "small: 120 of 120 worlds (100%)" in said.err
    folder = tmp_path / "runs" / "batch-small"
    assert {f"figures/{name}.png" for name in ("fans", "heat-map", "lines", "comparison", "split")} <= files(folder)
    assert {f"tables/{name}.csv" for name in ("summary", "comparison", "split")} <= files(folder)
    assert {"design.parquet", "outcomes.parquet", "batch.json", "batch.log", "study.yaml"} <= files(folder)
    assert not any(name.endswith(".part") for name in files(folder))

    again = cli("batch", "small.yaml", "--json", "--no-plots").json
    assert (again["reused"], again["to_run"], again["finished"], again["failed"]) == (120, 0, 120, 0)
    assert {row["part"] for row in again["split"]} == {"total", "direct", "decided"}
    assert again["sentences"][0].startswith("Russia, pressure 0.9: total engagement")
    assert all(row["low"] <= row["difference"] <= row["high"] for row in again["comparison"])

    found = cli("results", "small", "--json").json
    assert (found["worlds"], found["finished"], found["complete"]) == (120, 120, True)
    assert found["tables"] == ["outcomes", "events"] and len(found["runs"]) == 6
    text = cli("results", "runs/batch-small").out
    assert f"pandas:  {found['recipes']['pandas']}" in text.splitlines()
    scope: dict[str, Any] = {}
    exec(found["recipes"]["pandas"], scope)
    assert len(scope["t"]) == 120 and "powers.russia.pressure" in scope["t"]


def test_the_csv_zip_is_for_people_without_python(cli: Cli, study: Path, tmp_path: Path) -> None:
    cli("batch", "small.yaml", "--workers", "1", "--no-plots")
    said = cli("results", "small", "--csv", "out/r.zip", "--json")
    assert said.json["csv"] == "out/r.zip"
    with zipfile.ZipFile(tmp_path / "out" / "r.zip") as archive:
        names = set(archive.namelist())
        assert {"README.txt", "design.csv", "outcomes.csv", "summary.csv", "comparison.csv", "split.csv"} <= names
        readme = archive.read("README.txt").decode("utf-8")
        rows = list(csv.DictReader(io.StringIO(archive.read("outcomes.csv").decode("utf-8"))))
        assert archive.read("study.yaml").decode("utf-8").replace("\r\n", "\n") == STUDY
    assert "Türkiye and the others" in readme and "120 of 120 worlds" in readme and "events.csv" in readme
    whole = pd.read_parquet(tmp_path / "runs" / "batch-small" / "outcomes.parquet")
    assert [row["run"] for row in rows] == whole["run"].tolist()
    assert [float(row["autonomy"]) for row in rows] == whole["autonomy"].tolist()
    first = (tmp_path / "out" / "r.zip").read_bytes()
    cli("results", "small", "--csv", "out/r.zip")
    assert (tmp_path / "out" / "r.zip").read_bytes() == first
    assert cli("results", "small", "--csv", "out/r.csv", "--json").json["errors"][0]["suggestion"] == "--csv r.zip"


def test_failures_are_shown_and_the_batch_ends_well(
    cli: Cli, study: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    real = model.simulate_block

    def fails(scenario: Any, *, worlds: list[int], **rest: Any) -> Any:
        if 3 in worlds:
            raise ZeroDivisionError("out of luck")
        return real(scenario, worlds=worlds, **rest)

    monkeypatch.setattr(model, "simulate_block", fails)
    said = cli("batch", "small.yaml", "--workers", "1", "--no-plots", "--json")
    assert said.code == 0 and (said.json["finished"], said.json["failed"]) == (114, 6)
    assert "6 failed" in said.err and "ERROR" not in said.err
    capsys.readouterr()
    assert run_command_line(["results", "small", "--failures"]) == 0
    shown = capsys.readouterr().out
    assert "6 × ZeroDivisionError" in shown and "out of luck" in shown and "seed 7" in shown
    assert run_command_line(["results", "small", "--json"]) == 0
    listed = json.loads(capsys.readouterr().out)["failures"]
    assert len(listed) == 6 and set(listed[0]) >= {"run", "world", "stage", "type", "message", "traceback", "seed"}

    def always(*_: Any, **__: Any) -> Any:
        raise ZeroDivisionError("out of luck")

    monkeypatch.setattr(model, "simulate_block", always)
    said = cli("batch", "small.yaml", "--workers", "1", "--out", "none", "--json")
    assert said.code == 1 and (said.json["finished"], said.json["failed"]) == (0, 120)


def test_dry_run_changes_nothing_and_new_writes_a_study(cli: Cli, study: Path, tmp_path: Path) -> None:
    found = cli("batch", "small.yaml", "--dry-run", "--json").json
    assert (found["runs"], found["worlds"], found["to_run"]) == (6, 120, 120)
    assert not (tmp_path / "runs").exists()
    assert cli("batch", "my/new.yaml", "--new").code == 0
    assert "192 worlds" in cli("batch", "my/new.yaml", "--dry-run").out
    assert "left as it is" in cli("batch", "my/new.yaml", "--new", "--json").json["errors"][0]["message"]


def test_bad_input_is_said_with_its_line(cli: Cli, study: Path) -> None:
    study.write_text(STUDY.replace("worlds: 20", "wordls: 20"), encoding="utf-8")
    said = cli("batch", "small.yaml", "--json")
    assert said.code == 2
    (error,) = said.json["errors"]
    assert (error["file"], error["line"], error["suggestion"]) == ("small.yaml", 5, "worlds")
    for arguments, message in (
        (["batch", "none.yaml"], "no such file"),
        (["batch", "small.yaml", "--workers", "0"], "--workers"),
        (["batch", "small.yaml", "--block", "10"], "multiple of 16"),
        (["results", "nowhere"], "no batch nowhere"),
        (["results", "."], "not a batch folder"),
    ):
        said = cli(*arguments, "--json")
        assert said.code == 2 and message in said.json["errors"][0]["message"]


def test_every_key_is_documented(cli: Cli, study: Path) -> None:
    text = (Path(__file__).resolve().parents[2] / "docs" / "json.md").read_text(encoding="utf-8")
    batch = cli("batch", "small.yaml", "--workers", "1", "--no-plots", "--json").json
    found = cli("results", "small", "--json").json
    for key in (*batch, *batch["split"][0], *batch["comparison"][0], *batch["summary"][0], *found, *found["recipes"]):
        assert f"`{key}`" in text or f'"{key}"' in text, key
    for key in found["runs"][0]:
        assert "." in key or f"`{key}`" in text, key


# -- processes that are stopped ---------------------------------------------------------------------------------

posix = pytest.mark.skipif(sys.platform == "win32", reason="signals are sent another way on Windows")
ARGUMENTS = ["batch", "small.yaml", "--block", "16", "--no-plots", "-q"]


def begun(folder: Path, *command: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, *command],
        cwd=folder,
        env=ENVIRONMENT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
        text=True,
        encoding="utf-8",
        start_new_session=True,
        # A shell that started the tests in the background may have switched SIGINT off for its children.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler) and None,
    )


def parts_there(folder: Path) -> int:
    return len(list((folder / "runs" / "batch-small" / "parts" / "outcomes").glob("[!.]*.parquet")))


def wait_for_parts(process: subprocess.Popen[str], folder: Path, count: int, seconds: float = 240) -> None:
    """Wait until there are so many parts, or the process has ended."""
    until = time.monotonic() + seconds
    while process.poll() is None and parts_there(folder) < count and time.monotonic() < until:
        time.sleep(0.02)


def undisturbed(cli: Cli, folder: Path) -> bytes:
    assert cli(*ARGUMENTS, "--workers", "1", "--out", "whole").code == 0
    return (folder / "whole" / "outcomes.parquet").read_bytes()


@posix
def test_kill_9_at_three_moments_changes_no_table(cli: Cli, study: Path, tmp_path: Path) -> None:
    expected = undisturbed(cli, tmp_path)
    kept = [0]
    for moment, number in (("write", 2), ("between", 2)):
        process = begun(tmp_path, "-c", KILLED, moment, str(number), *ARGUMENTS, "--workers", "1")
        process.communicate(timeout=300)
        assert process.returncode == -signal.SIGKILL
        kept.append(parts_there(tmp_path))
    process = begun(tmp_path, "-m", "multivector", *ARGUMENTS, "--workers", "1")
    wait_for_parts(process, tmp_path, kept[-1] + 1)
    process.kill()
    process.communicate(timeout=60)
    kept.append(parts_there(tmp_path))
    assert kept == sorted(kept) and kept[1] == 1 and kept[2] == 2
    said = cli(*ARGUMENTS, "--workers", "1", "--json")
    assert said.json["reused"] >= 2 * 16 and said.json["finished"] == 120
    folder = tmp_path / "runs" / "batch-small"
    assert (folder / "outcomes.parquet").read_bytes() == expected
    assert not [name for name in files(folder) if ".part" in Path(name).suffix]


@posix
@pytest.mark.slow
def test_kill_9_at_ten_random_moments_changes_no_table(cli: Cli, study: Path, tmp_path: Path) -> None:
    study.write_text(STUDY.replace("worlds: 20", "worlds: 320"), encoding="utf-8")
    expected = undisturbed(cli, tmp_path)
    luck = random.Random(11)
    for number in range(10):
        if number % 3 == 2:
            moment = luck.choice(["write", "between"])
            process = begun(tmp_path, "-c", KILLED, moment, str(luck.randint(1, 8)), *ARGUMENTS, "--workers", "2")
            process.wait(timeout=600)
        else:
            process = begun(tmp_path, "-m", "multivector", *ARGUMENTS, "--workers", "2")
            wait_for_parts(process, tmp_path, parts_there(tmp_path) + luck.randint(0, 6))
            time.sleep(luck.random() * 0.3)
            process.kill()
            process.wait(timeout=60)
    assert parts_there(tmp_path) > 5
    assert cli(*ARGUMENTS, "--workers", "2").code == 0
    assert (tmp_path / "runs" / "batch-small" / "outcomes.parquet").read_bytes() == expected


@posix
def test_ctrl_c_keeps_blocks_stops_the_workers_and_goes_on(cli: Cli, study: Path, tmp_path: Path) -> None:
    study.write_text(STUDY.replace("worlds: 20", "worlds: 640"), encoding="utf-8")
    process = begun(tmp_path, "-m", "multivector", *ARGUMENTS, "--workers", "2", "--json")
    wait_for_parts(process, tmp_path, 1)
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does: to the workers as well
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130 and "Traceback" not in err, err
    found = json.loads(out)
    assert found["interrupted"] is True and 16 <= found["finished"] < found["worlds"]
    study.write_text(STUDY, encoding="utf-8")
    again = cli(*ARGUMENTS, "--workers", "1", "--json").json
    assert again["changed"] is True and again["reused"] >= 1 and again["finished"] == 120


@posix
def test_workers_end_when_their_parent_is_killed(study: Path, tmp_path: Path) -> None:
    study.write_text(STUDY.replace("worlds: 20", "worlds: 640"), encoding="utf-8")
    process = begun(tmp_path, "-m", "multivector", *ARGUMENTS, "--workers", "2")
    wait_for_parts(process, tmp_path, 1)
    process.kill()
    process.wait(timeout=60)
    until = time.monotonic() + 30
    while time.monotonic() < until:
        try:
            os.killpg(process.pid, 0)  # any of the group left?
        except ProcessLookupError:
            return
        time.sleep(0.1)
    pytest.fail("a worker outlived its parent")
