"""The lesson in a real browser, opened as a file, with every outside address blocked."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from multivector.teach.document import document_of
from multivector.teach.grid import Grid, run_lesson
from multivector.teach.kit import kit_page
from multivector.teach.page import lesson_page, write_page
from multivector.teach.paths import plan_lesson
from multivector.teach.schema import LANGUAGES
from multivector.teach.score import read_sheets
from multivector.teach.slides import slides_page
from tests.browser import needs_chromium, new_page, until
from tests.teach.lessons import small

pytestmark = needs_chromium
SCREENS = ("briefing", "play", "log", "board", "questions", "info")
Open = Callable[..., Any]


@pytest.fixture
def open_page(browser: Any, grid: Grid, tmp_path: Path) -> Iterator[Open]:
    """Open the lesson (or another text) by file://; a request for anything else, or an error, fails the test."""
    wrong: list[str] = []
    contexts = []

    def open_(text: str | None = None, *, language: str = "en", **options: Any) -> Any:
        file = tmp_path / f"lesson-{len(contexts)}.html"
        write_page(file, text or lesson_page(document_of(grid), language))
        page = new_page(browser, "file://", wrong, **options)
        contexts.append(page.context)
        page.on("console", lambda message: wrong.append(message.text) if message.type == "error" else None)
        page.goto(file.as_uri())
        if text is None:
            until(page, "document.documentElement.dataset.ready === 'yes'")
        return page

    yield open_
    for context in contexts:
        context.close()
    assert wrong == []


def predict(page: Any, way: int = 0) -> None:
    fields = page.locator("#desk .calls fieldset")
    for index in range(fields.count()):
        fields.nth(index).locator("input").nth(way).check()


def decide(page: Any, done: int) -> None:
    page.click("#decide")
    until(page, f"lesson.state.done === {done}")


def play(page: Any) -> None:
    """Ban the leases, promise to listen."""
    page.click("#start-rounds")
    page.check("#lever-0-0-1")
    predict(page)
    decide(page, 1)
    page.check("#lever-1-0-1")
    predict(page)
    decide(page, 2)


def test_a_walk_through_every_screen(open_page: Open, grid: Grid) -> None:
    """Prediction first, two rounds, the numbers of the run, the log, the board, the questions, the info page."""
    page = open_page()
    page.click("#start-rounds")
    assert page.is_disabled("#decide")
    page.check("#lever-0-0-1")
    assert "2 of 6" in page.inner_text(".capital")
    predict(page)
    decide(page, 1)
    assert page.locator("#call-check tbody tr").count() == 2
    page.check("#lever-1-0-1")
    predict(page)
    decide(page, 2)
    assert page.evaluate("lesson.lastMove") < 1000  # a stuck page, not a slow machine
    shown = page.evaluate("(async () => (await lesson.leafOf('0:1.1')).at('approval', 7))()")
    index = grid.names.index("approval")
    span = float(grid.values[:, index].max() - grid.values[:, index].min())
    leaf = next(i for i, leaf in enumerate(grid.plan.leaves) if leaf.key == "0:1.1")
    assert max(abs(a - b) for a, b in zip(shown, grid.values[leaf, index, :, 7], strict=True)) <= span / 510 + 1e-6
    page.click("#look-why")
    assert "ban leases" in page.inner_text("#why") or "Lease" in page.inner_text("#why")
    page.click("nav [data-screen=log]")
    assert "ban leases" in page.inner_text("#log-list")
    answer = page.input_value("#answer")
    assert answer.startswith(f"{grid.plan.code} 0:1.1 uu.uu ")
    page.click("nav [data-screen=board]")
    page.fill("#board-in", f"{answer}\n{answer[:-1]}\n")
    page.click("#board-go")
    page.wait_for_selector("#board-out svg")
    assert "Line 2" in page.inner_text("#board-wrong")
    page.click("nav [data-screen=questions]")
    page.fill("#code-word", "fox")
    page.check("#item-0-0")
    page.check("#sure-0-2")
    reading = read_sheets(page.input_value("#items-out"), 2)
    assert reading.wrong == [] and reading.sheets[0].answers == ((1, 3), (0, 0)) and reading.sheets[0].word == "FOX"
    page.click("nav [data-screen=info]")
    assert grid.plan.code in page.inner_text("#info")


@pytest.mark.browser
def test_undo_redo_reset_and_one_future(open_page: Open) -> None:
    page = open_page()
    play(page)
    page.click("#undo")
    until(page, "lesson.state.done === 1")
    page.click("#redo")
    until(page, "lesson.state.done === 2")
    page.click("#future-next")
    assert page.inner_text("#future-name") == "Future 1 of 20"
    assert page.locator("#tradeoff .held").count() == 1
    page.click("#look-time")
    page.check("#view-change")
    assert page.locator("#fans svg .zero").count() >= 5
    page.click("#replay")
    until(page, "lesson.view.step !== null")
    page.click("#replay")
    page.click("#reset")
    until(page, "lesson.state.done === 0")
    assert page.is_disabled("#undo")


@pytest.mark.browser
def test_two_baselines(open_page: Open) -> None:
    page = open_page()
    play(page)
    page.click("summary:has-text('Doubt')")
    page.check("#belief-1")
    until(page, "lesson.state.belief === 1")
    ours = page.inner_text("#outcome-said")
    page.check("#against-belief")
    assert page.inner_text("#outcome-said") != ours
    assert "default assumption" in page.inner_text("#outcome-said")


@pytest.mark.browser
def test_free_play_needs_no_prediction_and_keeps_the_capital(open_page: Open) -> None:
    page = open_page(lesson_page(document_of(run_lesson(plan_lesson(small(a="capital: 6 => capital: 5"))))))
    until(page, "document.documentElement.dataset.ready === 'yes'")
    page.click("#start-free")
    page.check("#lever-0-0-1")
    until(page, "lesson.state.choices[0][0] === 1")
    assert page.is_disabled("#lever-1-0-1") and page.locator("#decide").count() == 0


@pytest.mark.browser
def test_with_the_keyboard_alone(open_page: Open) -> None:
    page = open_page()
    page.focus("#start-rounds")
    page.keyboard.press("Enter")
    page.focus("#lever-0-0-0")
    page.keyboard.press("ArrowDown")
    until(page, "lesson.state.choices[0][0] === 1")
    assert page.evaluate("document.activeElement.id") == "lever-0-0-1"
    for aim in ("approval", "elite_loyalty"):
        page.focus(f"#call-0-{aim}-0")
        page.keyboard.press("Space")
    page.focus("#decide")
    page.keyboard.press("Enter")
    until(page, "lesson.state.done === 1")
    assert page.evaluate("document.activeElement.id") == "outcome"
    seen = set()
    for _ in range(60):
        page.keyboard.press("Tab")
        seen.add(page.evaluate("document.activeElement.id"))
    assert {"time", "replay", "look-why", "future-next"} <= seen


@pytest.mark.browser
def test_on_a_phone_nothing_runs_out_of_the_screen(open_page: Open) -> None:
    page = open_page(viewport={"width": 390, "height": 844})
    play(page)
    for name in ("tradeoff", "time", "why"):
        page.click(f"#look-{name}")
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
    for screen in SCREENS:
        page.click(f"nav [data-screen={screen}]")
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, screen


@pytest.mark.browser
def test_it_prints(open_page: Open, grid: Grid) -> None:
    page = open_page()
    play(page)
    assert page.pdf(format="A4")[:4] == b"%PDF"
    page.emulate_media(media="print")
    assert not page.is_visible("nav")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.is_visible("#fans svg") and page.is_visible("#why")
    assert open_page(kit_page(grid)).pdf(format="A4")[:4] == b"%PDF"


@pytest.mark.browser
def test_with_reduced_motion_replay_moves_by_the_press(open_page: Open) -> None:
    page = open_page(reduced_motion="reduce")
    play(page)
    page.click("#replay")
    first = page.evaluate("lesson.view.step")
    page.click("#replay")
    assert page.evaluate("lesson.view.step") == first + 1 and page.evaluate("lesson.view.playing") is None


@pytest.mark.browser
def test_why_tells_another_story_of_another_mechanism(open_page: Open, grid: Grid) -> None:
    other = run_lesson(plan_lesson(small(a="every: 1 => every: 1\nset: [mechanisms.survival_rule=false]")))
    said = []
    for one in (grid, other):
        page = open_page(lesson_page(document_of(one)))
        until(page, "document.documentElement.dataset.ready === 'yes'")
        play(page)
        page.click("#look-why")
        said.append(page.inner_text("#why"))
    assert said[0] != said[1] and all("20" in text for text in said)


@pytest.mark.browser
def test_a_hostile_title_stays_a_text(open_page: Open, grid: Grid) -> None:
    evil = "<img src=x onerror=\"document.title='caught'\">"
    document = document_of(grid)
    document["title"] = document["rounds"][0]["title"] = document["aims"][0]["name"] = evil
    document["levers"]["land"]["title"] = evil
    page = open_page(lesson_page(document))
    until(page, "document.documentElement.dataset.ready === 'yes'")
    play(page)
    assert page.title() == evil and page.locator("img").count() == 0


@pytest.mark.browser
def test_the_set_up_check_tells_a_whole_file_from_a_changed_one(open_page: Open, grid: Grid) -> None:
    document = document_of(grid)
    for word, marks in ((document["word"], 0), ("000000", 1)):
        page = open_page(lesson_page({**document, "word": word}))
        until(page, "document.documentElement.dataset.ready === 'yes'")
        page.click("footer [data-screen=setup]")
        assert document["word"] in page.inner_text("#setup-list li:nth-child(2)")
        assert page.locator("#setup-list li:nth-child(2).bad").count() == marks


@pytest.mark.browser
def test_slides_turn_by_arrow_keys_and_print(open_page: Open, grid: Grid) -> None:
    page = open_page(slides_page(grid), reduced_motion="reduce")
    page.wait_for_selector("html[data-ready=yes]", state="attached")
    count = page.locator(".slide").count()
    assert page.inner_text("#at") == f"1 / {count}"
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    until(page, f"document.getElementById('at').textContent === '3 / {count}'")
    assert page.locator("#fans svg").count() == 5 and page.locator(".settings svg").count() == 2
    assert page.pdf(format="A4", landscape=True)[:4] == b"%PDF"
    phone = open_page(slides_page(grid), viewport={"width": 390, "height": 844})
    phone.wait_for_selector("html[data-ready=yes]", state="attached")
    assert phone.evaluate("document.documentElement.scrollWidth") <= 390


@pytest.mark.browser
@pytest.mark.parametrize("language", LANGUAGES)
def test_no_fault_of_access_on_any_screen(open_page: Open, grid: Grid, language: str) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    page = open_page(language=language)
    wanted = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}}

    def faults(where: str) -> list[str]:
        found = axe.run(page, options=wanted).response["violations"]
        return [f"{where}: {one['id']}: {one['nodes'][0]['html'][:160]}" for one in found]

    found = faults("briefing")
    play(page)
    for name in ("tradeoff", "time", "why"):
        page.click(f"#look-{name}")
        found += faults(name)
    for screen in SCREENS[2:]:
        page.click(f"nav [data-screen={screen}]")
        if screen == "board":
            page.fill("#board-in", page.evaluate("lesson.answer()"))
            page.click("#board-go")
            page.wait_for_selector("#board-out svg")
        found += faults(screen)
    page.click("footer [data-screen=setup]")
    found += faults("setup")
    page = open_page(kit_page(grid, language))
    found += faults("kit")
    page = open_page(slides_page(grid, language))
    page.wait_for_selector("html[data-ready=yes]", state="attached")
    found += faults("slides")
    assert found == []
