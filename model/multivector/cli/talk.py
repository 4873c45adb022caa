"""How the command line speaks: results (or one JSON document) on stdout, progress and messages on stderr."""

from __future__ import annotations

import json
import logging
import math
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

__all__ = ["Talk", "debugging"]

_PLAIN_WIDTH = 110
_PLAIN_SECONDS = 5.0
_EARLY = 0.05  # before this share is done, the pace says nothing


class Tick(Protocol):
    """Takes news of how far something is."""

    def __call__(self, done: int, total: int, said: str = "") -> None:
        """`done` of `total`, and a few words on it (`3 failed`)."""
        ...


def debugging() -> bool:
    """Whether MULTIVECTOR_DEBUG asks for tracebacks."""
    return os.environ.get("MULTIVECTOR_DEBUG", "") not in ("", "0")


def _console(*, stderr: bool) -> Console:
    from rich.console import Console

    stream = sys.stderr if stderr else sys.stdout
    width = None if stream.isatty() or os.environ.get("COLUMNS") else _PLAIN_WIDTH
    return Console(stderr=stderr, width=width, highlight=False, soft_wrap=stderr)


@dataclass
class Talk:
    """One invocation's voice.

    Parameters
    ----------
    json : results are one JSON document on stdout.
    verbosity : -1 quiet (errors only), 0 usual, 1 with the log's notes, 2 with its details.
    """

    json: bool = False
    verbosity: int = 0
    printed: bool = field(default=False, init=False)

    def __post_init__(self) -> None:
        root = logging.getLogger("multivector")
        root.setLevel(logging.DEBUG)
        root.propagate = False
        for handler in list(root.handlers):
            root.removeHandler(handler)
        shown = {-1: logging.ERROR, 0: logging.WARNING, 1: logging.INFO}.get(self.verbosity, logging.DEBUG)
        handler = logging.StreamHandler(sys.stderr)
        handler.setLevel(shown)
        handler.setFormatter(logging.Formatter("%(levelname)s: %(message)s"))
        root.addHandler(handler)

    def show(self, *what: RenderableType) -> None:
        """Print results for people; silent with --json."""
        if not self.json:
            console = _console(stderr=False)
            for one in what:
                console.print(one)
            sys.stdout.flush()

    def text(self, text: str) -> None:
        """Print a text as it is, for files and pipes: no line is broken; silent with --json."""
        if not self.json:
            sys.stdout.write(text.rstrip("\n") + "\n")
            sys.stdout.flush()

    def document(self, document: dict[str, Any]) -> None:
        """Print the one JSON document; silent without --json."""
        if self.json and not self.printed:
            self.printed = True
            sys.stdout.write(json.dumps(document, ensure_ascii=False, allow_nan=False, indent=2) + "\n")
            sys.stdout.flush()

    def note(self, text: str) -> None:
        """Say something on stderr, unless quiet."""
        if self.verbosity >= 0:
            _console(stderr=True).print(text, markup=False)

    def warn(self, text: str) -> None:
        """Warn on stderr, unless quiet."""
        if self.verbosity >= 0:
            _console(stderr=True).print(f"[yellow]warning:[/] {_escaped(text)}")

    @contextmanager
    def progress(self, label: str, unit: str = "world-months") -> Iterator[Tick]:
        """A progress callback (done, in all): a bar on a terminal, else plain lines; nothing when quiet."""
        if self.verbosity < 0:
            yield lambda done, total, said="": None
        elif sys.stderr.isatty():
            with _bar(label, unit) as tick:
                yield tick
        else:
            yield _plain(label, unit)

    @contextmanager
    def log_file(self, path: Path) -> Iterator[None]:
        """Log into a file as well, INFO and above (DEBUG with -v)."""
        handler = logging.FileHandler(path, mode="a", encoding="utf-8")
        handler.setLevel(logging.DEBUG if self.verbosity > 0 else logging.INFO)
        formatter = logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s", "%Y-%m-%dT%H:%M:%SZ")
        formatter.converter = time.gmtime
        handler.setFormatter(formatter)
        root = logging.getLogger("multivector")
        root.addHandler(handler)
        try:
            yield
        finally:
            # Closed before the folder is moved: Windows does not move a folder with an open file in it.
            root.removeHandler(handler)
            handler.close()


def _escaped(text: str) -> str:
    from rich.markup import escape

    return escape(text)


@contextmanager
def _bar(label: str, unit: str) -> Iterator[Tick]:
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        SpinnerColumn,
        TextColumn,
        TimeRemainingColumn,
    )

    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn(unit),
        TimeRemainingColumn(elapsed_when_finished=True),
    )
    with Progress(*columns, console=_console(stderr=True), transient=True) as bar:
        task = bar.add_task(label, total=None)

        def tick(done: int, total: int, said: str = "") -> None:
            bar.update(task, completed=done, total=total, description=f"{label}, {said}" if said else label)

        yield tick


def _plain(label: str, unit: str) -> Tick:
    """Lines for logs and pipes: the first news, then one every few seconds, then the end."""
    began = time.monotonic()
    last = -_PLAIN_SECONDS
    first: tuple[float, int] | None = None

    def tick(done: int, total: int, said: str = "") -> None:
        nonlocal last, first
        now = time.monotonic() - began
        first = first or (now, done)
        if last == math.inf or (done < total and now - last < _PLAIN_SECONDS):
            return
        last = now if done < total else math.inf
        # The pace counts from the first news: what comes before it is loading and compiling.
        paced = done > first[1] and _EARLY * total < done < total
        left = f", about {(now - first[0]) / (done - first[1]) * (total - done):.0f} s left" if paced else ""
        share = f" ({done / total:.0%})" if total else ""
        more = f", {said}" if said else ""
        sys.stderr.write(f"{label}: {done:,} of {total:,} {unit}{share}{more}{left}\n")
        sys.stderr.flush()

    return tick
