"""One process at a time in a folder: a lock that the system lets go of when its process ends, however it ends."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from multivector.lab.errors import StoreError
from multivector.lab.store import explained, shown_path

__all__ = ["locked"]

_NAME = ".lock"


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold the folder's lock. Raises StoreError where another process holds it, or the folder cannot be written."""
    with explained(folder):
        stream = (folder / _NAME).open("a+", encoding="ascii")
    try:
        if not _taken(stream):
            stream.seek(0)
            holder = stream.read().strip()
            who = f" (process {holder})" if holder.isdigit() else ""
            shown = shown_path(folder)
            raise StoreError(
                f"another process{who} is writing to {shown}; what it has finished is safe",
                file=shown,
                key="--out",
                suggestion="wait for it to end, or name another folder with --out",
                code=1,
            )
        with explained(folder):
            stream.seek(0)
            stream.truncate()
            stream.write(f"{os.getpid()}\n")
            stream.flush()
        yield
    finally:
        stream.close()  # closing lets go


if sys.platform == "win32":
    import msvcrt

    _FAR = 1 << 30
    """The locked byte lies beyond the text, which others may then read."""

    def _taken(stream: IO[str]) -> bool:
        stream.seek(_FAR)
        try:
            msvcrt.locking(stream.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:
    import fcntl

    def _taken(stream: IO[str]) -> bool:
        try:
            fcntl.flock(stream.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
