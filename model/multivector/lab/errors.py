"""What can go wrong around a run, said so that a reader can act on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["CompareError", "ExplainError", "LabError", "RunFailed", "StoreError"]


class LabError(Exception):
    """A failure with a message for people, and the fields of the command line's error document.

    Parameters
    ----------
    message : one or two sentences; no traceback is shown with it.
    file : the file or folder concerned, if any.
    key : the option or key concerned, if any.
    suggestion : the nearest valid thing, or what to do about it.
    code : exit code of the command line: 2 bad input, 1 failed.
    """

    def __init__(
        self,
        message: str,
        *,
        file: str | None = None,
        key: str | None = None,
        suggestion: str | None = None,
        code: int = 2,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.file = file
        self.key = key
        self.suggestion = suggestion
        self.code = code


class StoreError(LabError):
    """A run folder that cannot be written, read or replaced."""


class CompareError(LabError):
    """Runs that cannot be compared world by world."""


class ExplainError(LabError):
    """A decision or world that is not in the run."""


class RunFailed(LabError):
    """No world of a run came through; `failures` is the table of what happened to each."""

    def __init__(self, message: str, failures: pd.DataFrame, *, file: str | None = None) -> None:
        super().__init__(message, file=file, code=1)
        self.failures = failures
