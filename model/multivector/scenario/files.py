"""Reading YAML files: their text, and how they are named in messages."""

from __future__ import annotations

from pathlib import Path

from multivector.scenario.errors import Problem, ScenarioErrors, nearest
from multivector.scenario.tree import MAX_BYTES

__all__ = ["shown", "text_of"]


def shown(path: Path) -> str:
    """Return a path as it is shortest to read: relative to the current folder when it lies below it."""
    try:
        return path.resolve().relative_to(Path.cwd().resolve()).as_posix()
    except (ValueError, OSError):
        return path.as_posix()


def text_of(path: Path, file: str, errors: type[ScenarioErrors] = ScenarioErrors, what: str = "") -> str:
    """Return a YAML file's text, or raise `errors` with the one reason why it cannot be had.

    `file` is its name in the message, `what` the kind of thing that the file should be: that of `errors` if left out.
    """
    what = what or errors.thing

    def wrong(message: str, line: int | None = None, suggestion: str = "") -> ScenarioErrors:
        return errors([Problem(file, line, "", message, suggestion)])

    try:
        if path.is_dir():
            raise wrong(f"this is a folder; a {what} is a YAML file")
        with path.open("rb") as stream:
            content = stream.read(MAX_BYTES + 1)
    except FileNotFoundError:
        beside = [other.name for other in path.parent.glob("*.y*ml")] if path.parent.is_dir() else []
        raise wrong("there is no such file", None, nearest(path.name, beside)) from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise wrong(f"the file cannot be read: {reason}") from None
    if len(content) > MAX_BYTES:
        raise wrong(f"the file is larger than {MAX_BYTES // 1000:,} kB; this is no {what}")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise wrong("the file is not written in UTF-8; save it as UTF-8", line) from None
