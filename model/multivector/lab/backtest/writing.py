"""Files that a backtest writes: their place is tried before the work, and nothing half written is left behind."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from multivector.lab.errors import StoreError
from multivector.lab.store import explained, shown_path

__all__ = ["check_place", "replacing"]


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A neighbour to write into; moved into the place of `path` when the block ends well, else removed."""
    part = path.with_name(f".{path.name}.part")
    try:
        yield part
        part.replace(path)
    except BaseException:
        with suppress(OSError):
            part.unlink()
        raise


def check_place(path: Path, key: str) -> None:
    """Raise StoreError where a file cannot be written; `key` is the option that names it."""
    shown = shown_path(path)
    if path.is_dir():
        raise StoreError(f"{shown} cannot be written: it is a folder", file=shown, key=key, suggestion="name a file")
    if not path.parent.is_dir():
        message = f"{shown} cannot be written: there is no folder {shown_path(path.parent)}"
        raise StoreError(message, file=shown, key=key, suggestion="name a file in a folder that is there")
    # a folder's rights do not tell all (a full disk, a system that takes no files), a try does
    part = path.with_name(f".{path.name}.part")
    with explained(path, key):
        part.touch()
        part.unlink()
