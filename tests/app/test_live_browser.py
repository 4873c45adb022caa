"""The live pages in a real browser on a real server: one class for all tests, every outside address blocked."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.browser import needs_chromium, new_page

pytestmark = [
    pytest.mark.browser,
    pytest.mark.xdist_group("live-browser"),
    needs_chromium,
]
Open = Callable[..., Any]
READY = "html[data-ready=yes]"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    command = [sys.executable, "-m", "multivector", "serve", "january-2022", "--class", "--port", "0", "--json"]
    folder = tmp_path_factory.mktemp("served")
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=folder) as process:
        assert process.stdout is not None and process.stderr is not None
        said = json.loads("".join(iter(process.stdout.readline, "}\n")) + "}")
        yield said
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=30)
        assert process.returncode == 0 and "Traceback" not in errors, errors
        assert "127.0.0.1" not in errors and list(folder.iterdir()) == []  # no addresses told, nothing stored


@pytest.fixture
def visit(browser: Any, served: dict[str, Any]) -> Iterator[Open]:
    """Open a page in a browser of its own; a request elsewhere, or an error of the script, fails the test."""
    wrong: list[str] = []
    contexts = []
    home = served["urls"][0]

    def visit_(path: str = "", *, join: bool = True, **options: Any) -> Any:
        page = new_page(browser, home, wrong, **options)
        contexts.append(page.context)
        page.set_default_timeout(90_000)
        page.goto(home + path)
        if join:
            page.fill("#join-code", served["join_code"])
            page.press("#join-code", "Enter")
            page.wait_for_selector(READY, state="attached")
        return page

    yield visit_
    for context in contexts:
        context.close()
    assert wrong == []


def settled(page: Any, work: Callable[[], Any]) -> None:
    """Do something that runs the model, and wait until its result is drawn."""
    before = page.get_attribute("html", "data-drawn")
    work()
    page.wait_for_selector(f"html[data-drawn]:not([data-drawn='{before}'])", state="attached")


def test_a_class_of_two_and_a_teacher(visit: Open, served: dict[str, Any], tmp_path: Path) -> None:
    teacher = visit("teacher", join=False)
    teacher.fill("#key-in", served["join_code"])
    teacher.press("#key-in", "Enter")
    teacher.wait_for_selector("#key-said:not(:empty)")
    assert not teacher.is_visible("#board")
    teacher.fill("#key-in", served["teacher_key"])
    teacher.press("#key-in", "Enter")
    teacher.wait_for_selector("#board:not([hidden])")
    students = [visit() for _ in range(2)]
    names = [one.inner_text("#team") for one in students]
    assert len(set(names)) == 2 and all(names)
    for number, student in enumerate(students, 1):
        said = student.inner_text("#outcome-said")
        settled(student, lambda page=student, n=number: page.locator("#desk select").nth(2).select_option(index=n))
        assert student.inner_text("#outcome-said") != said
        student.click("[data-screen=class]")
        student.click("#hand-in")
        student.wait_for_selector("#hand-in-said:not(:empty)")
    teacher.wait_for_selector("html[data-answers='2']", state="attached")
    assert teacher.locator("#board-out circle.future").count() == 2
    assert teacher.locator("#board-choices tbody tr").count() == 2
    with teacher.expect_download() as download:
        teacher.click("a[download]")
    text = Path(download.value.path()).read_text(encoding="utf-8-sig")
    assert all(name in text for name in names) and text.count("\n") == 3
    teacher.click("#board-reset")
    teacher.click("#board-reset")
    teacher.wait_for_selector("html[data-answers='0']", state="attached")
    students[0].click("[data-screen=play]")
    file = tmp_path / "page.pdf"
    students[0].pdf(path=str(file), format="A4")
    assert file.stat().st_size > 20_000


def test_another_language_keeps_what_lies_on_the_desk(visit: Open) -> None:
    page = visit()
    settled(page, lambda: page.locator("#desk select").nth(1).select_option(index=2))
    sets, drawn = page.evaluate("live.state.sets"), page.get_attribute("html", "data-drawn")
    page.click(".languages a[lang=ru]")
    page.wait_for_selector(f"html[lang=ru][data-drawn='{drawn}']", state="attached")
    assert page.evaluate("live.state.sets") == sets and len(sets) == 1
    assert page.locator("#desk .lever.moved").count() == 1
    page.reload()  # it goes along once
    page.wait_for_selector("html[data-ready]", state="attached")
    assert page.evaluate("live.state.sets") == {}


def test_by_keyboard_alone_on_a_phone(visit: Open) -> None:
    page = visit("?language=kk", viewport={"width": 390, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.focus("#desk select >> nth=1")
    settled(page, lambda: page.keyboard.press("ArrowDown"))
    assert page.evaluate("document.activeElement.id").startswith("lever-timeline-")
    page.focus("#undo")
    settled(page, lambda: page.keyboard.press("Enter"))
    assert page.evaluate("live.shown.ours.key === live.shown.policy.key")
    for screen in ("president", "open", "class"):
        page.focus(f"[data-screen={screen}]")
        page.keyboard.press("Enter")
        if screen == "president":
            page.wait_for_selector("#dossier-head")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), screen


def test_the_president_and_own_yaml(visit: Open) -> None:
    page = visit()
    page.click("[data-screen=president]")
    page.wait_for_selector("#dossier-head")
    assert page.locator("#dossier tbody tr").count() >= 4
    page.check("#option-1")
    page.click("#president-decide")
    page.wait_for_selector("#after-head")
    assert page.locator(".verdict li").count() == 3 and "{" not in page.inner_text("#after")
    for said in re.findall(r"higher in (\d+), lower in (\d+), unchanged in (\d+) of (\d+)", page.inner_text("#after")):
        higher, lower, unchanged, worlds = map(int, said)
        assert higher + lower + unchanged == worlds > 2 * unchanged
    page.click("#next-round")
    page.wait_for_selector("#option-0")
    page.click("[data-screen=open]")
    page.fill("#yaml", "schema: 1\ntitle: <b>Mine</b>\nextends: january-2022\ndoctrine:\n  listning: 1\n")
    page.click("#yaml-go")
    page.wait_for_selector("#yaml-wrong p")
    assert "5" in page.inner_text("#yaml-wrong") and "listening" in page.inner_text("#yaml-wrong")
    page.fill("#yaml", "schema: 1\ntitle: <b>Mine</b>\nextends: january-2022\nend: 2022-03\n")
    page.click("#yaml-go")
    page.wait_for_selector("#play:not([hidden])")
    assert page.inner_text("#scenario-title") == "<b>Mine</b>"


@pytest.mark.parametrize("language", ["en", "ru", "kk"])
def test_no_fault_of_access_on_any_screen(visit: Open, language: str, served: dict[str, Any]) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    rules = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]}

    def faults(page: Any) -> list[tuple[str, str]]:
        found = axe.run(page, options=rules).response["violations"]
        return [(one["id"], one["nodes"][0]["html"][:200]) for one in found]

    outside = visit(f"?language={language}", join=False)
    outside.wait_for_selector("#join:not([hidden])")
    assert faults(outside) == []
    page = visit(f"?language={language}")
    for group in ("doctrine", "powers", "mechanisms", "parameters"):
        page.click(f"#summary-{group}")
    for look in ("tradeoff", "time", "why"):
        page.click(f"#look-{look}")
        assert faults(page) == [], look
    page.click("[data-screen=president]")
    page.wait_for_selector("#dossier-head")
    page.check("#option-0")
    page.click("#president-decide")
    page.wait_for_selector("#after-head")
    for screen in ("president", "open", "class"):
        page.click(f"[data-screen={screen}]")
        assert faults(page) == [], screen
    teacher = visit(f"teacher?language={language}", join=False)
    assert faults(teacher) == []
    if language == "en":  # the key may be tried a few times a minute
        teacher.fill("#key-in", served["teacher_key"])
        teacher.press("#key-in", "Enter")
        teacher.wait_for_selector("#board:not([hidden])")
        assert faults(teacher) == []
