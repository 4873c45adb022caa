"""Parts: the files in which a batch's rows arrive, and what is in them.

    parts/TABLE/NAME.parquet     rows of one chunk
    set-aside/                   damaged parts, kept for whoever wants to look

A part is written under a temporary name, forced to the disk and renamed: it is there whole or not at all. Of a
chunk's files, `outcomes` comes last: a world counts as finished when its row there can be read and the full tables
that are wanted stand beside it. Whatever kills the process, a chunk is there or will be run again.
"""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from multivector.lab.errors import StoreError
from multivector.lab.store import explained, shown_path
from multivector.lab.tasks import FAILURES, OUTCOMES_TABLE, ChunkResult

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["PARTS", "SET_ASIDE", "Inventory", "Parts", "write_bytes"]

PARTS, SET_ASIDE = "parts", "set-aside"
_SUFFIX = ".parquet"

_log = logging.getLogger("multivector.parts")


def write_bytes(path: Path, content: bytes) -> None:
    """Write a file so that it is there whole, on the disk, or not at all. Raises OSError."""
    part = path.with_name(f".{path.name}.part")
    try:
        with part.open("wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        part.replace(path)
    except OSError:
        part.unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    """Force a rename to the disk; Windows does so by itself and cannot open folders."""
    if sys.platform != "win32":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


@dataclass
class Inventory:
    """Which worlds the parts hold, by run.

    Attributes
    ----------
    finished : run → world id → name of the part that holds it.
    failed : run → world id → name of the part, of worlds that are not finished.
    damaged : parts that could not be read and were set aside (or would be).
    """

    finished: dict[str, dict[int, str]] = field(default_factory=dict)
    failed: dict[str, dict[int, str]] = field(default_factory=dict)
    damaged: list[str] = field(default_factory=list)

    def count(self, runs: Iterable[str]) -> tuple[int, int]:
        """(finished, failed) worlds of some runs."""
        wanted = list(runs)
        return (
            sum(len(self.finished.get(run, ())) for run in wanted),
            sum(len(self.failed.get(run, ())) for run in wanted),
        )

    def add(self, result: ChunkResult) -> None:
        """Enter what a chunk has brought."""
        for run, worlds in result.finished.items():
            self.finished.setdefault(run, {}).update(dict.fromkeys(worlds, result.name))
            for world in worlds:
                self.failed.get(run, {}).pop(world, None)
        for run, worlds in result.failed.items():
            self.failed.setdefault(run, {}).update(dict.fromkeys(worlds, result.name))


class Parts:
    """The parts of one batch folder.

    Parameters
    ----------
    folder : the batch's folder; it need not be there to read.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def write(self, result: ChunkResult) -> None:
        """Store a chunk's files, `outcomes` last. Raises StoreError for a full disk or an unwritable folder."""
        with explained(self.folder):
            for table in sorted(result.files, key=lambda name: (name == OUTCOMES_TABLE, name)):
                target = self._path(table, result.name)
                target.parent.mkdir(parents=True, exist_ok=True)
                write_bytes(target, result.files[table])

    def clean(self) -> None:
        """Remove what a killed process left half written."""
        with explained(self.folder):
            for left in (self.folder / PARTS).glob("*/.*.part"):
                left.unlink(missing_ok=True)

    def inventory(self, tables: Sequence[str] = (), *, set_aside: bool = False) -> Inventory:
        """Find out which worlds are there.

        Every outcomes and failures part is read to its end (their pages carry checksums); of full tables the
        footer. A part that cannot be read counts as not there.

        Parameters
        ----------
        tables : full tables that a world must have to count as finished.
        set_aside : move damaged parts out of the way, into `set-aside/`.
        """
        found = Inventory()
        for table, places in ((OUTCOMES_TABLE, found.finished), (FAILURES, found.failed)):
            for path in self._files(table):
                try:
                    kept, keys = _whole(path)
                    if table == OUTCOMES_TABLE:
                        if not set(tables) <= set(kept):
                            continue  # finished, but without a table that is wanted now
                        for name in tables:
                            _footer(self._path(name, path.stem))
                except (OSError, ValueError) as error:
                    found.damaged.append(shown_path(path))
                    _log.warning("%s is damaged, its worlds run again (%s)", shown_path(path), error)
                    self._aside(path.stem, set_aside)
                    continue
                for run, world in keys:
                    places.setdefault(run, {})[world] = path.stem
        for run, worlds in found.failed.items():
            for world in set(worlds) & set(found.finished.get(run, ())):
                del worlds[world]
        return found

    def read(self, table: str, name: str) -> pd.DataFrame:
        """Read one part's table. Raises StoreError where it cannot be read."""
        path = self._path(table, name)
        try:
            frame: pd.DataFrame = _parquet(path).to_pandas()
        except (OSError, ValueError) as error:
            shown = shown_path(path)
            raise StoreError(
                f"{shown} is damaged: {error}", file=shown, suggestion="give the batch command again: it mends the part"
            ) from error
        return frame

    def rows(
        self, table: str, inventory: Mapping[str, Mapping[int, str]], runs: Sequence[str]
    ) -> Iterator[pd.DataFrame]:
        """A table's rows run by run, in the order of `runs`, then of worlds: one run in memory at a time.

        A world counts once, from the part that the inventory names, however often it was run.
        """
        import pandas as pd

        kept: dict[str, pd.DataFrame] = {}
        for run in runs:
            places = inventory.get(run, {})
            names = list(dict.fromkeys(places[world] for world in sorted(places)))
            kept = {
                name: kept[name] if name in kept else self.read(table, name) for name in names if self.has(table, name)
            }
            frames = []
            for name, frame in kept.items():
                worlds = {world for world, part in places.items() if part == name}
                frames.append(frame[(frame["run"] == run) & frame["world"].isin(worlds)])
            if frames:
                joined = pd.concat(frames, ignore_index=True) if len(frames) > 1 else frames[0]
                yield joined.sort_values("world", kind="stable", ignore_index=True)

    def has(self, table: str, name: str) -> bool:
        """Whether a part has rows of a table."""
        return self._path(table, name).is_file()

    def tables(self) -> list[str]:
        """Tables of which there are parts."""
        holder = self.folder / PARTS
        return sorted(path.name for path in holder.iterdir() if path.is_dir()) if holder.is_dir() else []

    def _path(self, table: str, name: str) -> Path:
        return self.folder / PARTS / table / f"{name}{_SUFFIX}"

    def _files(self, table: str) -> list[Path]:
        return sorted((self.folder / PARTS / table).glob(f"[!.]*{_SUFFIX}"))

    def _aside(self, name: str, move: bool) -> None:
        """Put a damaged part out of the way with all that belongs to it."""
        if not move:
            return
        with explained(self.folder):
            target = self.folder / SET_ASIDE
            target.mkdir(exist_ok=True)
            for table in self.tables():
                if self.has(table, name):
                    self._path(table, name).replace(target / f"{table}-{name}{_SUFFIX}")


def _footer(path: Path) -> list[str]:
    """The full tables that were kept beside a part, as its footer says. Raises OSError or ValueError."""
    import pyarrow.parquet as pq

    names = (pq.read_metadata(path).metadata or {}).get(b"multivector", b"")
    return [name for name in names.decode("ascii").split(",") if name]


def _whole(path: Path) -> tuple[list[str], list[tuple[str, int]]]:
    """(kept tables, [(run, world)]) of a part that is read to its end. Raises OSError or ValueError."""
    kept = _footer(path)
    table = _parquet(path)
    return kept, list(zip(table["run"].to_pylist(), table["world"].to_pylist(), strict=True))


def _parquet(path: Path) -> Any:
    """A part as an Arrow table, its pages checked. Raises OSError or ValueError."""
    import pyarrow.parquet as pq

    with pq.ParquetFile(path, page_checksum_verification=True) as file:
        return file.read()
