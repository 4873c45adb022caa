"""A real browser for the tests of pages: Debian's Chromium, asking for nothing by itself."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

__all__ = ["browser", "launched", "needs_chromium", "new_page", "until"]

_CHROMIUM = os.environ.get("MULTIVECTOR_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
_FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--no-first-run",
]  # fmt: skip
needs_chromium = pytest.mark.skipif(_CHROMIUM is None, reason="chromium is not installed (apt-get install chromium)")


@contextmanager
def launched() -> Iterator[Any]:
    """Chromium, running."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        found = play.chromium.launch(executable_path=_CHROMIUM, args=_FLAGS)
        yield found
        found.close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    pytest.importorskip("playwright.sync_api")
    with launched() as found:
        yield found


def until(page: Any, expression: str, seconds: float = 30.0) -> None:
    """Wait until a JavaScript expression is true on a page.

    Playwright's own `wait_for_function` evaluates from within the page, which the pages' policy forbids.
    """
    ends = time.monotonic() + seconds
    while not page.evaluate(expression):
        assert time.monotonic() < ends, f"not within {seconds:g} s: {expression}"
        time.sleep(0.02)


def new_page(browser: Any, home: str, wrong: list[str], **options: Any) -> Any:
    """A page in a context of its own (`page.context`), which may ask for nothing but what begins with `home`.

    Requests elsewhere are stopped and, like errors of the page's script, put on the list `wrong`.
    """
    context = browser.new_context(**{"viewport": {"width": 1280, "height": 900}, **options})

    def gate(route: Any) -> None:
        if route.request.url.startswith(home):
            route.continue_()
        else:
            wrong.append(route.request.url)
            route.abort()

    context.route("**/*", gate)
    page = context.new_page()
    page.on("pageerror", lambda error: wrong.append(str(error)))
    return page
