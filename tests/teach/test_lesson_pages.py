"""Pages as text: nothing from outside, nothing that can break out, scores that add up, messages for bad input."""

from __future__ import annotations

import builtins
import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from multivector.cli.app import run_command_line
from multivector.teach.document import document_of
from multivector.teach.grid import Grid
from multivector.teach.kit import kit_page
from multivector.teach.page import MAX_BYTES, hashed, lesson_page, write_page
from multivector.teach.schema import LANGUAGES, Item
from multivector.teach.score import check_letters, read_sheets, score
from multivector.teach.slides import slides_document, slides_page

EVIL = "</script><script>alert(1)</script><img src=x onerror=alert(1)>"


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_page_holds_everything_and_points_nowhere(grid: Grid, language: str) -> None:
    page = lesson_page(document_of(grid), language)
    assert len(page.encode()) < MAX_BYTES
    assert f'<html lang="{language}">' in page
    assert "built-in method" not in page  # a word whose key is also a method of the mapping
    outside = re.findall(r"(?:src|href|action)=[\"']?(?!data:,|#)([^\s\"'>]+)", page)
    assert outside == []
    urls = set(re.findall(r"https?://[^\s\"'<)]+", page)) - {"http://www.w3.org/2000/svg"}
    assert not urls


def test_a_text_cannot_end_its_element(grid: Grid) -> None:
    page = lesson_page({**document_of(grid), "title": EVIL, "question": EVIL, "hook": EVIL})
    assert "<img src=x" not in page and "<script>alert" not in page


def test_the_policy_knows_just_the_pages_own_script_and_style(grid: Grid) -> None:
    page = lesson_page(document_of(grid))
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', page)
    assert policy is not None and "unsafe" not in policy[1] and "default-src &#39;none&#39;" in policy[1]
    script = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
    style = re.findall(r"<style>(.*?)</style>", page, re.DOTALL)
    for part in (*script, *style):
        assert hashed(part).replace("'", "&#39;") in policy[1]
    assert " style=" not in page.split("<script>")[0]


def test_the_kit_has_every_sheet(grid: Grid) -> None:
    for language in LANGUAGES:
        kit = kit_page(grid, language)
        assert grid.plan.code in kit and "ban leases" in kit and "<script" not in kit
    assert kit_page(grid).count("<li>") > 10


def test_the_slides_hold_the_baseline_and_each_setting_alone(grid: Grid) -> None:
    slides = slides_document(grid)
    assert slides["leaves"] == ["0:0.0", "0:1.0", "0:0.1"]
    assert [one["stop"] for one in slides["settings"]] == ["ban leases", "promise"]
    assert slides["shape"][0] == 3 and len(slides["values"]) < len(document_of(grid)["values"])
    for language in LANGUAGES:
        page = slides_page(grid, language)
        assert page.count('class="slide') >= 8 and "ban leases" in page and grid.plan.code in page
        policy = re.search(r'Content-Security-Policy" content="([^"]+)"', page)
        assert policy is not None and "unsafe" not in policy[1]
        for part in re.findall(r"<(?:script|style)>(.*?)</(?:script|style)>", page, re.DOTALL):
            assert hashed(part).replace("'", "&#39;") in policy[1]


def test_the_number_word_stands_for_the_numbers(grid: Grid) -> None:
    word = document_of(grid)["word"]
    assert re.fullmatch("[0-9A-Z]{6}", word) and word in kit_page(grid)
    other = replace(grid, values=grid.values + np.linspace(0, 1, grid.values.size).reshape(grid.values.shape))
    assert document_of(other)["word"] != word


def test_the_data_of_a_page_is_json_and_whole(grid: Grid) -> None:
    page = lesson_page(document_of(grid))
    data = re.search(r'<script type="application/json" id="lesson">(.*?)</script>', page, re.DOTALL)
    assert data is not None
    assert json.loads(data[1]) == json.loads(json.dumps(document_of(grid)))


def test_a_page_over_the_size_is_refused(tmp_path: Path) -> None:
    from multivector.lab.errors import LabError

    with pytest.raises(LabError, match="bytes"):
        write_page(tmp_path / "big.html", "x" * (MAX_BYTES + 1))
    assert not list(tmp_path.iterdir())


ITEMS = [
    Item(question="1", options=("a", "b"), answer=1, why="."),
    Item(question="2", options=("a", "b"), answer=2, why="."),
    Item(question="3", options=("a", "b"), answer=2, why=".", transfer=True),
]


def _line(turn: str, word: str, given: str) -> str:
    body = f"ABCDEF {turn} {word} {given}"
    return f"{body} {check_letters(body)}"


def test_scores_are_paired_by_code_word() -> None:
    lines = [_line("pre", "ONE", "b1b1a1"), _line("post", "ONE", "a3b3b3"), _line("pre", "TWO", "a3b3a1"),
             _line("post", "TWO", "a3b3a1"), _line("post", "NEW", "b1a1a1")]  # fmt: skip
    found = score(read_sheets("\n".join(lines), 3).sheets, ITEMS)
    assert found["people"] == {"pre": 2, "post": 3, "both": 2}
    assert found["gain"]["mean"] == pytest.approx(0.25) and found["transfer"]["mean"] == pytest.approx(0.5)
    assert found["gain"]["low"] <= 0.25 <= found["gain"]["high"]
    assert found["pre"] == pytest.approx(0.75)
    # a guess that is right loses (0.25 - 1)^2, one that is wrong 0.25^2; sure and right 0.05^2
    assert found["calibration"]["pre"] == pytest.approx((0.25**2 + 0.75**2 + 0.25**2 + 2 * 0.05**2 + 0.25**2) / 6)


def test_a_line_copied_wrongly_is_told_and_the_others_count() -> None:
    good = _line("pre", "ONE", "b1b1a1")
    reading = read_sheets(f"{good}\n{good.replace('b1b1', 'a1b1')}\nnonsense\n{good}\n", 3)
    assert len(reading.sheets) == 1
    assert [number for number, _ in reading.wrong] == [2, 3, 4]


def _say(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = run_command_line(list(arguments))
    said = capsys.readouterr()
    assert "Traceback" not in said.err + said.out
    return code, said.out, said.err


def test_the_command_lists_the_ready_lessons(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = _say(capsys, "lesson", "--json")
    assert code == 0
    assert {row["name"] for row in json.loads(out)["lessons"]} >= {"who-do-you-disappoint", "when-the-street-speaks"}


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["who-do-you-disapoint"], "who-do-you-disappoint"),
        (["when-the-street-speaks", "-l", "de"], "en, ru, kk"),
        (["./missing.yaml"], "no such file"),
        (["when-the-street-speaks", "--workers", "0"], "--workers"),
        (["when-the-street-speaks", "-o", "."], "is a folder"),
    ],
)
def test_bad_input_is_told_before_anything_runs(
    arguments: list[str], told: str, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    code, _, err = _say(capsys, "lesson", *arguments)
    assert code == 2 and told in err
    assert not list(tmp_path.iterdir())


def test_without_the_extra_the_message_names_what_to_install(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from multivector.teach import page

    real = builtins.__import__

    def without(name: str, *rest: Any, **more: Any) -> Any:
        if name.startswith("jinja2"):
            raise ImportError(name)
        return real(name, *rest, **more)

    page.environment.cache_clear()
    monkeypatch.setattr(builtins, "__import__", without)
    code, _, err = _say(capsys, "lesson", "when-the-street-speaks")
    assert code == 2 and "multivector[app]" in err


def test_a_lesson_and_its_kit_are_written(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tests.teach.lessons import SMALL

    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.yaml").write_text(SMALL.split("belief:")[0], encoding="utf-8")
    code, out, _ = _say(capsys, "lesson", "./mine.yaml", "-o", "out/lesson.html", "--json", "--months", "6")
    document = json.loads(out)
    assert code == 0 and document["paths"] == 4 and document["schema"] == 1
    assert (tmp_path / "out" / "lesson.html").stat().st_size == document["bytes"] < MAX_BYTES
    assert (tmp_path / "out" / "lesson-kit.html").is_file()
    assert (tmp_path / "out" / "lesson-slides.html").is_file()


def test_months_that_end_before_what_the_lesson_changes_are_named(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = _say(capsys, "lesson", "land-protests-2016", "--json", "--months", "3")
    (problem,) = json.loads(out)["errors"]
    assert code == 2 and problem["file"] == "--months" and "the first 3 months" in problem["message"]
