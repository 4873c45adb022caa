"""Pictures of every teaching screen, as the documentation shows them: `python -m tests.screens [FOLDER] [--every]`.

A ready lesson is made (its finished paths are kept under runs/) and a class is served; Chromium walks through both.
By default the pictures of docs/ are written; `--every` also takes each screen in three languages and on a phone.
"""

from __future__ import annotations

import argparse
import json
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from PIL import Image

from tests.browser import launched, until

LESSON = "who-do-you-disappoint"
DESKTOP, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}


def main() -> None:
    """Take them."""
    parser = argparse.ArgumentParser(prog="python -m tests.screens", description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?", default=Path("docs"))
    parser.add_argument("--every", action="store_true")
    parser.add_argument("--lesson", default=LESSON)
    parser.add_argument("--citizens", type=int)
    parser.add_argument("--only", choices=("lesson", "live"))
    asked = parser.parse_args()
    asked.folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as made, launched() as browser:
        if asked.only != "live":
            take_lesson(browser, asked, Path(made))
        if asked.only != "lesson":
            take_live(browser, asked)


class Camera:
    """Opens pages and writes what they show."""

    def __init__(self, browser: Any, folder: Path) -> None:
        self.browser, self.folder = browser, folder

    def open(self, url: str, size: dict[str, int] = DESKTOP) -> Any:
        """A page of its own, ready."""
        page = self.browser.new_context(viewport=size, device_scale_factor=1.25).new_page()
        page.set_default_timeout(120_000)
        page.goto(url)
        return page

    def take(self, page: Any, name: str, *, whole: bool = False, tall: int = 0) -> None:
        """The window, all of the page, or so many pixels from its top."""
        page.wait_for_timeout(200)
        path = str(self.folder / f"{name}.png")
        if tall:
            page.set_viewport_size({"width": page.viewport_size["width"], "height": tall})
            page.wait_for_timeout(100)
        page.screenshot(path=path, full_page=whole)
        with Image.open(path) as picture:  # few colours: the repository keeps these files
            few = picture.convert("RGB").quantize(255, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
            few.save(path, optimize=True)
        print(path)


def take_lesson(browser: Any, asked: argparse.Namespace, made: Path) -> None:
    """The lesson's screens, its sheets and slides."""
    shot = Camera(browser, asked.folder)
    whole = bool(asked.every)
    for language in ("en", "ru", "kk") if asked.every else ("en",):
        file = made / language / "lesson.html"
        command = [sys.executable, "-m", "multivector", "lesson", asked.lesson, "-o", str(file), "-l", language]
        subprocess.run(command + (["--citizens", str(asked.citizens)] if asked.citizens else []), check=True)
        tail = "" if language == "en" else f"-{language}"
        page = shot.open(file.as_uri())
        shot.take(page, f"lesson-briefing{tail}", whole=whole)
        for screen in ("setup", "questions", "info"):
            page.evaluate(f"lesson.goTo('{screen}')")
            shot.take(page, f"lesson-{screen}{tail}", whole=whole)
        play(page, 1)
        shot.take(page, f"lesson-play{tail}", tall=1560)
        play(page, 2)
        for look in ("tradeoff", "time", "why"):
            page.click(f"#look-{look}")
            if whole or look != "tradeoff":  # the round's picture shows it
                shot.take(page, f"lesson-{look}{tail}", whole=whole, tall=0 if whole else 1560)
        page.set_viewport_size(DESKTOP)
        answer = page.input_value("#answer")
        page.click("nav [data-screen=log]")
        shot.take(page, f"lesson-log{tail}", whole=whole)
        page.click("nav [data-screen=board]")
        page.fill("#board-in", answer)
        page.click("#board-go")
        shot.take(page, f"lesson-board{tail}", whole=whole)
        for sheet in ("kit", "slides"):
            other = shot.open(file.with_name(f"lesson-{sheet}.html").as_uri())
            if sheet == "slides":
                other.wait_for_selector("html[data-ready=yes]", state="attached")
                other.evaluate(f"scrollTo({{top: {0 if whole else 3} * innerHeight, behavior: 'instant'}})")
            shot.take(other, f"lesson-{sheet}{tail}", whole=whole)
        phone = shot.open(file.as_uri(), PHONE)
        if asked.every:
            shot.take(phone, f"phone-briefing{tail}", whole=True)
        play(phone, 1)
        phone.evaluate("document.querySelector('#look-tradeoff-part').scrollIntoView()")
        shot.take(phone, f"lesson-phone{tail}")
        if asked.every:
            shot.take(phone, f"phone-play{tail}", whole=True)


def play(page: Any, rounds: int) -> None:
    """Play so many rounds: the last stop that can be paid for, and every prediction."""
    if page.evaluate("lesson.state.done") == 0:
        page.evaluate("lesson.goTo('briefing')")
        page.click("#start-rounds")
    while page.evaluate("lesson.state.done") < rounds:
        done = page.evaluate("lesson.state.done")
        for field in page.locator("#desk > fieldset").all():
            free = field.locator("input:not([disabled])")
            free.nth(free.count() - 1).check()
        for field in page.locator("#desk .calls fieldset").all():
            field.locator("input").nth(done % 3).check()
        page.click("#decide")
        until(page, f"lesson.state.done > {done}")


@contextmanager
def class_served() -> Iterator[dict[str, Any]]:
    """A class on a free port."""
    command = [sys.executable, "-m", "multivector", "serve", "january-2022", "--class", "--port", "0", "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        assert process.stdout is not None
        try:
            yield json.loads("".join(iter(process.stdout.readline, "}\n")) + "}")
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(30)


def take_live(browser: Any, asked: argparse.Namespace) -> None:
    """The live page, play the president, and the teacher's board with three teams."""
    shot = Camera(browser, asked.folder)
    whole = bool(asked.every)
    with class_served() as served:
        home = served["urls"][0]
        for language in ("en", "ru", "kk") if asked.every else ("en",):
            tail = "" if language == "en" else f"-{language}"
            teacher = shot.open(f"{home}teacher?language={language}")
            if language == "en":  # the key may be tried a few times a minute
                teacher.fill("#key-in", served["teacher_key"])
                teacher.press("#key-in", "Enter")
                teacher.wait_for_selector("#board:not([hidden])")
            outside = shot.open(f"{home}?language={language}")
            outside.wait_for_selector("#join:not([hidden])")
            shot.take(outside, f"live-join{tail}")
            pages = [joined(shot, served, language) for _ in range(3 if language == "en" else 1)]
            first = pages[0]
            shot.take(first, f"live-page{tail}", whole=whole)
            for number, page in enumerate(pages):
                hand_in(page, number)
            shot.take(first, f"live-class{tail}")
            if language == "en":
                teacher.wait_for_selector("html[data-answers='3']", state="attached")
                shot.take(teacher, "live-board", whole=True)
            first.evaluate("live.goTo('play')")
            for look in ("time", "why") if asked.every else ():
                first.click(f"#look-{look}")
                shot.take(first, f"live-{look}{tail}", whole=True)
            first.click("[data-screen=open]")
            shot.take(first, f"live-open{tail}")
            first.click("[data-screen=president]")
            first.wait_for_selector("#dossier-head")
            shot.take(first, f"live-dossier{tail}")
            first.check("#option-1")
            first.click("#president-decide")
            first.wait_for_selector("#after-head")
            shot.take(first, f"live-president{tail}", whole=whole)
            if asked.every:
                shot.take(joined(shot, served, language, PHONE), f"phone-live{tail}", whole=True)


def joined(shot: Camera, served: dict[str, Any], language: str, size: dict[str, int] = DESKTOP) -> Any:
    """A student's page."""
    page = shot.open(f"{served['urls'][0]}?language={language}", size)
    page.fill("#join-code", served["join_code"])
    page.press("#join-code", "Enter")
    page.wait_for_selector("html[data-ready=yes]", state="attached")
    return page


def hand_in(page: Any, number: int) -> None:
    """Decide something and give it to the teacher."""
    before = page.get_attribute("html", "data-drawn")
    page.locator("#desk select").nth(number + 1).select_option(index=1 + number % 2)
    page.wait_for_selector(f"html[data-drawn]:not([data-drawn='{before}'])", state="attached")
    page.click("[data-screen=class]")
    page.click("#hand-in")
    page.wait_for_selector("#hand-in-said:not(:empty)")


if __name__ == "__main__":
    main()
