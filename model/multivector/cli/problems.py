"""From an exception to a message, an error document and an exit code."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec

__all__ = [
    "BAD_INPUT",
    "DONE",
    "FAILED",
    "INTERRUPTED",
    "Interrupted",
    "Refused",
    "from_scenario",
    "interruptible",
    "problem",
    "report",
]

DONE, FAILED, BAD_INPUT, INTERRUPTED = 0, 1, 2, 130

Problem = dict[str, Any]

_P = ParamSpec("_P")


class Interrupted(Exception):
    """Ctrl-C on its way out; typer would turn a KeyboardInterrupt into a bare exit code."""


def interruptible(command: Callable[_P, int]) -> Callable[_P, int]:
    """Make a command's Ctrl-C an `Interrupted`."""

    @wraps(command)
    def call(*args: _P.args, **kwargs: _P.kwargs) -> int:
        try:
            return command(*args, **kwargs)
        except KeyboardInterrupt as error:
            raise Interrupted from error

    return call


class Refused(Exception):
    """Bad input that the command line itself finds.

    Parameters
    ----------
    message : what is wrong.
    key : the option or argument.
    suggestion : the nearest valid thing.
    """

    def __init__(self, message: str, *, key: str | None = None, suggestion: str | None = None) -> None:
        super().__init__(message)
        self.problems = [problem(message, key=key, suggestion=suggestion)]


def problem(
    message: str,
    *,
    file: str | None = None,
    line: int | None = None,
    key: str | None = None,
    suggestion: str | None = None,
) -> Problem:
    """One entry of the error document."""
    return {
        "file": file or None,
        "line": line,
        "key": key or None,
        "message": message,
        "suggestion": suggestion or None,
    }


def _found(error: BaseException) -> tuple[list[Problem], int] | None:
    """The problems that an exception carries and its exit code; None for one that nobody foresaw."""
    from multivector.lab.errors import LabError

    if isinstance(error, Refused):
        return error.problems, BAD_INPUT
    if isinstance(error, LabError):
        one = problem(error.message, file=error.file, key=error.key, suggestion=error.suggestion)
        return [one], error.code
    listed = getattr(error, "problems", None)
    if isinstance(listed, list):  # ScenarioErrors, whose import would cost the schema
        return [from_scenario(one) for one in listed], BAD_INPUT
    if isinstance(error, OSError) and error.filename is not None:  # such as a name that is too long
        return [problem(f"{_short(str(error.filename))}: {error.strerror}")], FAILED
    return None


def _short(name: str, most: int = 80) -> str:
    return name if len(name) <= most else f"{name[: most - 3]}..."


def from_scenario(one: Any) -> Problem:
    """A `scenario.Problem` as an entry of the error document: what says nothing is null."""
    return problem(str(one.message), file=one.file, line=one.line, key=one.key, suggestion=one.suggestion)


def usage(error: Any) -> Problem:
    """A usage error of typer as a problem: what was typed, and the nearest command or option."""
    from difflib import get_close_matches

    message = str(error.format_message()).replace(
        "Input should be a valid integer, unable to parse string as an integer", "a whole number is needed"
    )
    suggestion = None
    key = None
    context = getattr(error, "ctx", None)
    if message.startswith("No such command"):
        message = message.split(". Did you mean")[0].split(" Did you mean")[0].rstrip(".?")
        typed = message.split("'")[1] if message.count("'") >= 2 else ""
        known = [name for name, one in context.command.commands.items() if not one.hidden] if context else []
        near = get_close_matches(typed, known, n=1, cutoff=0.5)
        key, suggestion = "COMMAND", (near[0] if near else None)
    elif getattr(error, "option_name", None):
        key = str(error.option_name)
        if message.startswith("No such option"):
            message = f"No such option {key}"
            known = [name for one in context.command.params for name in one.opts] if context else []
            near = get_close_matches(key, [name for name in known if name.startswith("-")], n=1, cutoff=0.5)
            suggestion = near[0] if near else None
    elif getattr(error, "param", None) is not None:
        names = [name for name in error.param.opts if name.startswith("-")]
        key = max(names, key=len) if names else str(error.param.metavar or error.param.name).rstrip(".")
    if suggestion is None and context is not None:
        suggestion = f"{context.command_path} --help"
    return problem(message, key=key, suggestion=suggestion)


def report(problems: list[Problem], *, json: bool, code: int) -> int:
    """Say what is wrong: words on stderr, with --json the error document on stdout; returns the exit code."""
    if json:
        import json as json_module

        document = {"errors": problems}
        sys.stdout.write(json_module.dumps(document, ensure_ascii=False, allow_nan=False, indent=2) + "\n")
        sys.stdout.flush()
        return code
    from rich.console import Console
    from rich.markup import escape

    console = Console(stderr=True, highlight=False, soft_wrap=True)
    for one in problems:
        where = f"{one['file']}:{one['line']}: " if one["file"] and one["line"] else ""
        if not where and one["file"] and one["file"] not in one["message"]:
            where = f"{one['file']}: "
        named = f"{one['key']}: " if one["key"] and one["key"] not in one["message"] else ""
        console.print(f"[bold red]error:[/] {escape(where + named + one['message'])}")
        if one["suggestion"]:
            console.print(f"       [dim]try:[/] {escape(str(one['suggestion']))}")
    return code


def report_exception(error: Exception, *, json: bool, debug: bool) -> int:
    """Report any exception; with `debug` its traceback goes to stderr as well."""
    if debug:
        traceback.print_exception(error, file=sys.stderr)
    found = _found(error)
    if found is not None:
        return report(found[0], json=json, code=found[1])
    name = type(error).__name__
    hint = (
        None if debug else "set MULTIVECTOR_DEBUG=1 to see where; if the input was right, this is a bug in multivector"
    )
    text = f"{name}: {error}" if str(error) else name
    return report([problem(f"the command failed with {text}", suggestion=hint)], json=json, code=FAILED)
