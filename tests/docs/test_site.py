"""The notebooks run from top to bottom, and the site builds without a warning and asks for nothing outside."""

from __future__ import annotations

import re
import runpy
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOKS = sorted((ROOT / "docs" / "notebooks").glob("*.py"))


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs(notebook: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("Agg")
    monkeypatch.chdir(tmp_path)
    runpy.run_path(str(notebook))


def test_every_page_of_the_navigation_is_there() -> None:
    text = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    made = ("reference/", "notebooks/")
    for page in re.findall(r": ([\w/.-]+\.md)$", text, re.MULTILINE):
        assert page.startswith(made) or (ROOT / "docs" / page).is_file(), page
    for notebook in NOTEBOOKS:
        assert f"notebooks/{notebook.stem}.md" in text


@pytest.mark.slow
def test_the_site_builds_and_asks_for_nothing_outside(tmp_path: Path) -> None:
    pytest.importorskip("mkdocs", reason="the site needs: pip install -e '.[docs]'")
    built = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "-q", "-d", str(tmp_path / "site")],
        cwd=ROOT, capture_output=True, text=True, encoding="utf-8", check=False,
    )  # fmt: skip
    assert built.returncode == 0, built.stderr
    for page in (tmp_path / "site").rglob("*.html"):
        fetched = re.findall(r'<(?:script|img|link)[^>]+(?:src|href)="(https?://[^"]+)"', page.read_text("utf-8"))
        assert not fetched, (page.name, fetched)
