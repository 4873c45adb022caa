"""The command line as a process of its own: exit codes, clean stdout, Ctrl-C, and what `--help` imports."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from multivector.ensemble import Ensemble

ENVIRONMENT = {**os.environ, "PYTHONUTF8": "1", "NO_COLOR": "1"}
HEAVY = ("mesa", "numba", "numpy", "pandas", "matplotlib", "pyarrow", "scipy", "networkx", "ruamel")

# The second block of worlds says that it has begun, and waits for the signal.
WAITING = """
import sys, time
from multivector import model
real = model.simulate_block
def block(scenario, *, worlds, **rest):
    if 128 in worlds:
        sys.stderr.write("second block\\n")
        sys.stderr.flush()
        time.sleep(60)
    return real(scenario, worlds=worlds, **rest)
model.simulate_block = block
from multivector.cli import main
main()
"""


def run(*arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "multivector", *arguments],
        cwd=folder,
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        encoding="utf-8",
        stdin=subprocess.DEVNULL,
        timeout=300,
    )


def test_json_stands_alone_on_stdout(tmp_path: Path) -> None:
    small = ["--months", "3", "--citizens", "20", "--worlds", "2", "--no-plots", "--json", "-v"]
    done = run("run", "ukraine-war-2022", *small, folder=tmp_path)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["worlds"] == 2
    assert "world-months" in done.stderr and "\x1b" not in done.stdout + done.stderr


def test_bad_input_ends_with_2_and_one_error_document(tmp_path: Path) -> None:
    done = run("run", "ukraine-war-2022", "--set", "powers.russia.pressure=7", "--json", folder=tmp_path)
    assert done.returncode == 2
    assert set(json.loads(done.stdout)["errors"][0]) == {"file", "line", "key", "message", "suggestion"}
    assert "Traceback" not in done.stderr and not (tmp_path / "runs").exists()


def test_help_and_version_import_nothing_heavy(tmp_path: Path) -> None:
    code = (
        "import sys\n"
        "from multivector.cli.app import run_command_line\n"
        "for words in (['--help'], ['--version'], ['run', '--help'], ['rnu']):\n"
        "    run_command_line(words)\n"
        f"print('HEAVY', [name for name in {HEAVY!r} if name in sys.modules])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        encoding="utf-8",
    )
    assert done.stdout.strip().endswith("HEAVY []"), done.stdout[-300:]


@pytest.mark.skipif(sys.platform == "win32", reason="signals are sent another way on Windows")
def test_ctrl_c_keeps_whole_blocks(tmp_path: Path) -> None:
    arguments = ["run", "ukraine-war-2022", "--months", "2", "--citizens", "10", "--worlds", "150", "--json"]
    process = subprocess.Popen(
        [sys.executable, "-c", WAITING, *arguments],
        cwd=tmp_path,
        env=ENVIRONMENT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
        text=True,
        encoding="utf-8",
        # A shell that started the tests in the background may have switched SIGINT off for its children.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler) and None,
    )
    assert process.stderr is not None
    for line in process.stderr:
        if line == "second block\n":
            break
    time.sleep(0.2)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=120)
    assert process.returncode == 130, err
    found = json.loads(out)
    assert found["interrupted"] is True and found["worlds"] == 128
    assert "128 of 150 worlds are kept" in err
    kept = Ensemble.load(tmp_path / found["folder"])
    assert kept.worlds == tuple(range(128))
    assert [path.name for path in (tmp_path / "runs").iterdir() if path.name.startswith(".")] == []
