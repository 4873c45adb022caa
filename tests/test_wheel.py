"""The wheel alone, in an empty environment of each interpreter that is here, does what a user needs."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from tests.teach.lessons import SMALL

ROOT = Path(__file__).resolve().parents[1]
LOCK = ROOT / "requirements.lock"
FEW = ("--worlds", "2", "--months", "3", "--citizens", "30")
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


def interpreters() -> dict[str, str]:
    """Version → an interpreter of it that starts: this one, and those on the path from 3.11 on."""
    found = {}
    for path in (sys.executable, *(shutil.which(f"python3.{minor}") for minor in (11, 12, 13))):
        asked = "import sys; print('%d.%d' % sys.version_info[:2])"
        done = subprocess.run([path, "-c", asked], capture_output=True, text=True, check=False) if path else None
        if path and done and done.returncode == 0:
            found.setdefault(done.stdout.strip(), path)
    return found


def run(*words: str | Path, cwd: Path, code: int = 0) -> str:
    alone = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    done = subprocess.run(
        [str(word) for word in words],
        cwd=cwd, env=alone, capture_output=True, text=True, encoding="utf-8", check=False,
    )  # fmt: skip
    assert done.returncode == code, f"{words}\n{done.stdout[-1500:]}\n{done.stderr[-3000:]}"
    return done.stdout + done.stderr


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, made from the source distribution, as an index would get them."""
    folder = tmp_path_factory.mktemp("dist")
    build = "from hatchling.build import build_sdist; print(build_sdist('.'))"
    run(sys.executable, "-m", "venv", folder / "env", cwd=folder)
    python = folder / "env" / ("Scripts" if sys.platform == "win32" else "bin") / "python"
    run(python, "-m", "pip", "install", "-q", "hatchling>=1.26", cwd=folder)
    clone = folder / "clone"
    shutil.copytree(
        ROOT, clone, ignore=shutil.ignore_patterns(".*venv", ".git", "runs", "site", "__pycache__", ".*cache")
    )
    run(python, "-c", build, cwd=clone)
    (source,) = (clone / "dist").glob("*.tar.gz") if (clone / "dist").is_dir() else clone.glob("*.tar.gz")
    with tarfile.open(source) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert {"mkdocs.yml", "tests/test_wheel.py", "scenarios/kazakhstan.yaml", "requirements.lock"} <= names
    assert not [name for name in names if name.startswith((".venv", "runs", "site", "dist"))]
    run(sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "-w", folder, source, cwd=folder)
    (made,) = folder.glob("*.whl")
    return made


@pytest.mark.pythons
@pytest.mark.parametrize("version", interpreters())
def test_the_wheel_alone_runs(version: str, wheel: Path, tmp_path: Path) -> None:
    run(interpreters()[version], "-m", "venv", tmp_path / "env", cwd=tmp_path)
    tools = tmp_path / "env" / ("Scripts" if sys.platform == "win32" else "bin")
    python, say = tools / "python", tools / "multivector"
    run(python, "-m", "pip", "install", "-q", "-c", LOCK, wheel, cwd=tmp_path)
    run(say, "run", "baseline-2019", *FEW, "--out", "a-run", cwd=tmp_path)
    assert (tmp_path / "a-run" / "figures" / "fan.png").is_file()
    (tmp_path / "study.yaml").write_text(STUDY, encoding="utf-8", newline="\n")
    found = json.loads(run(say, "batch", "study.yaml", "--workers", "1", "--no-plots", "--json", "-q", cwd=tmp_path))
    assert found["finished"] == 4 and found["failed"] == 0
    assert "when-the-street-speaks" in run(say, "lesson", cwd=tmp_path)
    (tmp_path / "small.yaml").write_text(SMALL, encoding="utf-8", newline="\n")
    # what only some need is an extra, and its lack is said with the command that mends it
    assert "multivector[app]" in run(say, "lesson", "small.yaml", cwd=tmp_path, code=2)
    for kind, extra in (("sensitivity", "lab"), ("serve", "app")):
        words = ["serve"] if kind == "serve" else [kind, "new.yaml"]
        if kind != "serve":
            run(say, kind, "new.yaml", "--new", cwd=tmp_path)
        assert f"multivector[{extra}]" in run(say, *words, cwd=tmp_path, code=2)
    run(python, "-m", "pip", "install", "-q", "-c", LOCK, f"{wheel}[app]", cwd=tmp_path)
    run(say, "lesson", "small.yaml", cwd=tmp_path)
    assert "<html" in (tmp_path / "small.html").read_text(encoding="utf-8")
    assert (tmp_path / "small-kit.html").is_file()
    typed = next((tmp_path / "env").rglob("multivector/py.typed"))
    assert not (typed.parent / "tests").exists()
