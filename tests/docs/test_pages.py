"""What the pages tell a reader to type is typed: files are written, commands run, Python executed."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from multivector.cli.app import run_command_line

ROOT = Path(__file__).resolve().parents[2]
PAGES = [
    "docs/tutorials/first-run.md",
    "docs/tutorials/write-a-scenario.md",
    "docs/extending.md",
    pytest.param("docs/tutorials/run-a-study.md", marks=pytest.mark.slow),
    pytest.param("README.md", marks=pytest.mark.slow),
]
BLOCK = re.compile(r"^```(\w+)(?:[^\n]*title=\"([^\"]+)\")?[^\n]*\n(.*?)^```$", re.MULTILINE | re.DOTALL)
#: Enough to see that a command works; the pages speak of hundreds of worlds.
SMALL = {"--worlds": "4", "--months": "24", "--citizens": "60"}


def blocks(page: str) -> Iterator[tuple[str, str, str]]:
    """(language, title, text) of each block of a page."""
    yield from BLOCK.findall((ROOT / page).read_text(encoding="utf-8"))


def commands(text: str) -> Iterator[list[str]]:
    """The multivector commands of a shell block, without set-up lines and remarks."""
    for line in text.splitlines():
        words = shlex.split(line, comments=True)
        if words[:1] == ["multivector"]:
            yield words[1:]


def small(words: list[str]) -> list[str]:
    """The same command over few worlds, months and citizens."""
    if words[0] not in ("run", "compare"):
        return words
    kept = [w for i, w in enumerate(words) if w not in SMALL and words[i - 1] not in SMALL]
    return [*kept, *(part for pair in SMALL.items() for part in pair), "--no-plots"]


def shrink(text: str) -> str:
    """A study over few worlds, months and citizens."""
    for key, value in (("worlds", 4), ("months", 24), ("citizens", 60)):
        text = re.sub(rf"^{key}: \d+", f"{key}: {value}", text, flags=re.MULTILINE)
    return text


@pytest.mark.parametrize("page", ["CONTRIBUTING.md", "docs/extending.md", "docs/model.md"])
def test_files_that_a_page_names_are_there(page: str) -> None:
    named = re.findall(r"`((?:[\w-]+/)+[\w*.-]+\.(?:py|yaml|md))`", (ROOT / page).read_text(encoding="utf-8"))
    missing = [
        name
        for name in named
        if re.search("[A-Z]{3}", name) is None  # GROUP, KIND, NEW: the reader's own
        and not any(list(folder.glob(name)) for folder in (ROOT, ROOT / "model" / "multivector"))
    ]
    assert named and not missing


@pytest.mark.parametrize("page", PAGES)
def test_what_a_page_tells_to_type_works(page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    ran = 0
    if "first-run" in page or page == "README.md":  # `latest` is the run of the command that also installs
        assert run_command_line(small(["run", "ukraine-war-2022"])) == 0
    for language, title, text in blocks(page):
        if language == "yaml" and title:
            Path(title).write_text(shrink(text), encoding="utf-8", newline="\n")
            if "kind:" not in text:
                assert run_command_line(["scenarios", "check", title]) == 0, title
        for words in commands(text) if language == "sh" else ():
            assert run_command_line(small(words)) == 0, f"{page}: multivector {' '.join(words)}"
            ran += 1
    assert ran or page == "docs/extending.md"
