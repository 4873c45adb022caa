"""The wheel alone, in an empty environment of each interpreter that is here, does what a user needs."""

from __future__ import annotations

import shutil
import subprocess
import sys
import venv
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
STUDY = """\
schema: 1
kind: batch
title: Two levels
scenarios: [baseline-2019]
worlds: 2
months: 3
citizens: 30
design:
  kind: factorial
  factors: {powers.russia.pressure: [0.1, 0.7]}
"""


def interpreters() -> list[str]:
    """Interpreters from 3.11 on that start, this one first."""
    found = [sys.executable]
    for name in ("python3.11", "python3.12", "python3.13"):
        path = shutil.which(name)
        if path and subprocess.run([path, "-c", ""], capture_output=True, check=False).returncode == 0:
            found.append(path)
    return found


def run(*words: str | Path, cwd: Path) -> str:
    done = subprocess.run(
        [str(word) for word in words], cwd=cwd, capture_output=True, text=True, encoding="utf-8", check=False
    )
    assert done.returncode == 0, f"{words}\n{done.stdout[-1500:]}\n{done.stderr[-3000:]}"
    return done.stdout


@pytest.mark.pythons
@pytest.mark.parametrize("python", interpreters())
def test_the_wheel_alone_runs(python: str, tmp_path: Path) -> None:
    run(sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "-w", tmp_path, ROOT, cwd=tmp_path)
    (wheel,) = tmp_path.glob("*.whl")
    here = tmp_path / "env"
    if Path(python) == Path(sys.executable):
        venv.create(here, with_pip=True)
    else:
        run(python, "-m", "venv", here, cwd=tmp_path)
    tools = here / ("Scripts" if sys.platform == "win32" else "bin")
    lock = ROOT / "requirements.lock"
    run(tools / "python", "-m", "pip", "install", "-q", "-c", lock, f"{wheel}[app]", cwd=tmp_path)
    say = tools / "multivector"
    few = ("--worlds", "2", "--months", "3", "--citizens", "30")
    run(say, "run", "baseline-2019", *few, "--out", "a-run", cwd=tmp_path)
    assert (tmp_path / "a-run" / "figures" / "fan.png").is_file()
    (tmp_path / "study.yaml").write_text(STUDY, encoding="utf-8", newline="\n")
    run(say, "batch", "study.yaml", "--workers", "1", "--no-plots", cwd=tmp_path)
    assert "when-the-street-speaks" in run(say, "lesson", cwd=tmp_path)
