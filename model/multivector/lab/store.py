"""Run folders: written beside their place and moved into it, found again by their input, never overwritten.

A run folder is `runs/NAME-HASH8`; the hash is of the resolved scenario, the seed, the worlds, the version and
the model's code, so the same input finds the finished folder and another one gets another. It holds

    worlds.parquet, ties.parquet, ...   the tables of the ensemble (`Ensemble.load(folder)` reads them)
    scenario.yaml                       the resolved scenario
    summary.json                        what the run shows, without times
    provenance.json                     versions, hashes, seed, command, times
    run.log                             what was logged
    baseline/                           the tables of the same worlds with nothing changing
    figures/                            the pictures

`runs/latest.txt` names the last run.
"""

from __future__ import annotations

import errno
import json
import logging
import os
import re
import shutil
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from multivector import __version__
from multivector.lab.errors import StoreError
from multivector.lab.provenance import code_hash, hash_of

if TYPE_CHECKING:
    import pandas as pd

    from multivector.ensemble import Ensemble
    from multivector.lab.run import Run
    from multivector.scenario import Scenario

__all__ = [
    "BASELINE",
    "FIGURES",
    "LATEST",
    "LOG",
    "ROOT",
    "StoredRun",
    "check_place",
    "check_target",
    "default_folder",
    "explained",
    "folder_name",
    "folder_slug",
    "is_run",
    "open_run",
    "point_latest",
    "read_json",
    "replacing",
    "run_key",
    "save_failures",
    "save_run",
    "shown_path",
    "write_folder",
    "write_json",
    "write_table",
]

ROOT = Path("runs")
LATEST = "latest.txt"
LOG, FIGURES, BASELINE = "run.log", "figures", "baseline"
_STALE_SECONDS = 24 * 3600
_DISK_FULL = {errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)}
_WINDOWS_DISK_FULL = {39, 112}
_RESERVED = {"con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(1, 10))}

_log = logging.getLogger("multivector.store")


@dataclass(frozen=True)
class StoredRun:
    """A finished run on disk. The tables are read when they are asked for."""

    folder: Path
    provenance: dict[str, Any]
    summary: dict[str, Any]

    @property
    def key(self) -> str:
        """The hash of what was put in, see `run_key`."""
        return str(self.provenance["key"])

    @property
    def interrupted(self) -> bool:
        """Whether Ctrl-C cut the run short."""
        return bool(self.provenance.get("interrupted"))

    def ensemble(self) -> Ensemble:
        """Read the tables. Raises StoreError where one is missing or corrupt."""
        return _load(self.folder)

    def baseline(self) -> Ensemble | None:
        """The stored baseline, or None where the run has none."""
        folder = self.folder / BASELINE
        return _load(folder) if folder.is_dir() else None


def run_key(scenario: Scenario, seed: int, worlds: Sequence[int]) -> str:
    """sha256 (hex) of all that decides the tables: resolved scenario, seed, worlds, version and code."""
    return hash_of(
        {
            "scenario": scenario.hash,
            "seed": int(seed),
            "worlds": sorted(int(world) for world in worlds),
            "version": __version__,
            "code": code_hash(),
        }
    )


def folder_slug(name: str) -> str:
    """A name as a part of a folder's name, legal on Linux, macOS and Windows whatever the file is called."""
    return re.sub(r"[^a-z0-9_-]+", "-", name.lower()).strip("-_")[:60].strip("-_") or "scenario"


def folder_name(name: str, key: str) -> str:
    """`NAME-HASH8`."""
    return f"{folder_slug(name)}-{key[:8]}"


def default_folder(scenario: Scenario, key: str, root: Path = ROOT) -> Path:
    """The folder that a run gets when none is named."""
    return root / folder_name(scenario.id, key)


def is_run(folder: Path) -> bool:
    """Whether a folder was written by us."""
    return (folder / "provenance.json").is_file()


def check_target(target: Path, key: str, *, force: bool = False) -> StoredRun | None:
    """What stands where a run is to be written: None = write it; a StoredRun = it is there, finished.

    Raises
    ------
    StoreError : a file, a foreign folder, or another run that `force` does not allow to be replaced.
    """
    if target.name in ("", ".."):
        shown = shown_path(target)
        raise StoreError(f"{shown} cannot be replaced by a run folder", key="--out", suggestion="name a new folder")
    name = target.name.split(".")[0].lower()
    if name in _RESERVED or target.name != target.name.rstrip(". ") or re.search(r'[<>:"|?*]', target.name):
        raise StoreError(f"'{target.name}' is not a folder name on every system; choose another", key="--out")
    if not target.exists():
        return None
    shown = shown_path(target)
    if not target.is_dir():
        raise StoreError(f"{shown} is a file, not a folder", file=shown, key="--out", suggestion="name a new folder")
    if not is_run(target):
        if not any(target.iterdir()):
            return None
        # Not even --force deletes what we did not write.
        raise StoreError(
            f"{shown} exists and is not a run folder; it is left as it is",
            file=shown,
            key="--out",
            suggestion="name a new or empty folder",
        )
    if force:
        return None
    there = open_run(target)
    if there.key != key:
        raise StoreError(
            f"{shown} holds another run ({there.provenance['scenario']}, seed {there.provenance['seed']}, "
            f"{_count(len(there.provenance['worlds']))}); it is not overwritten",
            file=shown,
            key="--out",
            suggestion="name another folder, or give --force to replace it",
        )
    return None if there.interrupted else there


@contextmanager
def write_folder(target: Path) -> Iterator[Path]:
    """A temporary folder beside `target`; moved into its place when the block ends well, else removed.

    The caller has asked `check_target` before. Raises StoreError for an unwritable place or a full disk.
    """
    part = target.parent / f".{target.name}.part-{os.getpid()}"
    with explained(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        _sweep(target)
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir()
    try:
        with explained(target):
            yield part
            _move(part, target)
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        raise


def _move(part: Path, target: Path) -> None:
    """Put `part` in the place of `target`; what stood there is moved aside first and goes only afterwards."""
    aside = None
    if target.exists():
        aside = target.parent / f".{target.name}.old-{os.getpid()}"
        shutil.rmtree(aside, ignore_errors=True)
        target.replace(aside)
    try:
        part.replace(target)
    except OSError:
        if aside is not None and not target.exists():
            aside.replace(target)
        raise
    if aside is not None:
        shutil.rmtree(aside, ignore_errors=True)


def _sweep(target: Path) -> None:
    """Remove what runs that were killed have left beside the target, once it is a day old."""
    for left in target.parent.glob(f".{target.name}.*-*"):
        if time.time() - left.stat().st_mtime > _STALE_SECONDS:
            shutil.rmtree(left, ignore_errors=True)


@contextmanager
def explained(target: Path, key: str = "--out") -> Iterator[None]:
    """Turn the errors of the file system into words; `key` is the option that names the target."""
    shown = shown_path(target)
    try:
        yield
    except OSError as error:
        full = error.errno in _DISK_FULL or getattr(error, "winerror", None) in _WINDOWS_DISK_FULL
        if full:
            message, hint = (
                f"the disk is full: {shown} could not be written",
                "make room, or name a folder elsewhere",
            )
        elif isinstance(error, PermissionError) or error.errno in (errno.EROFS, errno.EACCES, errno.EPERM):
            message, hint = f"no permission to write {shown}", f"name a place you may write in with {key}"
        elif isinstance(error, (NotADirectoryError, FileExistsError)):
            message, hint = f"{shown} cannot be a folder: a part of the path is a file", "name another folder"
        else:
            message, hint = f"{shown} could not be written: {error.strerror or error}", None
        bad_input = isinstance(error, (NotADirectoryError, FileExistsError))
        raise StoreError(message, file=shown, key=key, suggestion=hint, code=2 if bad_input else 1) from error


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


def write_json(path: Path, document: Mapping[str, Any]) -> None:
    """Write a JSON document through a neighbour and os.replace, so that no reader sees half of it."""
    with replacing(path) as part:
        part.write_text(
            json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False) + "\n",
            encoding="utf-8",
            newline="\n",
        )


def write_table(folder: Path, name: str, table: pd.DataFrame) -> Path:
    """Write a table as CSV into a folder, made if missing, through a neighbour and a rename."""
    with explained(folder):
        folder.mkdir(parents=True, exist_ok=True)
        with replacing(folder / name) as part:
            table.to_csv(part, index=False, encoding="utf-8", lineterminator="\n")
    return folder / name


def read_json(path: Path) -> dict[str, Any]:
    """Read a JSON object. Raises StoreError where the file is missing or damaged."""
    shown = shown_path(path)
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise StoreError(f"{shown} is missing", file=shown, suggestion="make the run again with --force") from error
    except (OSError, ValueError) as error:
        raise StoreError(
            f"{shown} is damaged: {error}", file=shown, suggestion="make the run again with --force"
        ) from error
    if not isinstance(document, dict):
        raise StoreError(f"{shown} is damaged: not a JSON object", file=shown)
    return document


def save_run(folder: Path, run: Run, key: str, command: str | None = None) -> None:
    """Write a run into a folder: tables, resolved scenario, summary and, last of all, the provenance.

    The provenance lists the tables with their sizes, so that a damaged copy is recognised when it is opened.
    """
    from multivector.lab.summary import summarise

    run.ensemble.save(folder)
    write_json(folder / "summary.json", summarise(run.ensemble, interrupted=run.interrupted))
    parts = {path.name: path.stat().st_size for path in sorted(folder.glob("*.parquet"))}
    write_json(folder / "provenance.json", {**run.provenance(command), "key": key, "parts": parts})


def save_failures(target: Path, failures: pd.DataFrame) -> str:
    """Keep the failures when no world came through, beside the folder not written; returns the file."""
    path = target.with_name(f"{target.name}.failed.json")
    with explained(target):
        write_json(path, {"schema": 1, "failures": failures.to_dict("records")})
    return shown_path(path)


def open_run(reference: str | Path, root: Path = ROOT) -> StoredRun:
    """Open a run folder by its path, by `latest`, or by its name under `runs/`.

    Raises
    ------
    StoreError : nothing there, not a run folder, or a part of it is missing or damaged.
    """
    folder = _resolve(reference, root)
    shown = shown_path(folder)
    if not folder.exists():
        raise StoreError(f"there is no run {shown}", file=shown, key="RUN", suggestion=_nearest(folder, root))
    if not folder.is_dir() or not is_run(folder):
        raise StoreError(
            f"{shown} is not a run folder (it has no provenance.json)",
            file=shown,
            key="RUN",
            suggestion=_nearest(folder, root),
        )
    provenance = read_json(folder / "provenance.json")
    for field in ("key", "scenario", "seed", "worlds", "parts"):
        if field not in provenance:
            raise StoreError(f"{shown}/provenance.json is damaged: it lacks '{field}'", file=shown)
    for part, size in provenance["parts"].items():
        path = folder / part
        if not path.is_file() or path.stat().st_size != size:
            what = "is damaged" if path.is_file() else "is missing"
            raise StoreError(
                f"{shown}/{part} {what}", file=f"{shown}/{part}", suggestion="make the run again with --force"
            )
    return StoredRun(folder, provenance, read_json(folder / "summary.json"))


def _resolve(reference: str | Path, root: Path) -> Path:
    if str(reference) == "latest":
        pointer = root / LATEST
        try:
            name = pointer.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise StoreError(
                f"there is no latest run under {shown_path(root)}",
                file=shown_path(pointer),
                key="RUN",
                suggestion="make one with `multivector run SCENARIO`, or give a run folder",
            ) from error
        return root / name
    path = Path(reference)
    if not path.exists() and len(path.parts) == 1 and (root / path).exists():
        return root / path
    return path


def _nearest(folder: Path, root: Path) -> str | None:
    from difflib import get_close_matches

    if not root.is_dir():
        return None
    runs = sorted(path.name for path in root.iterdir() if path.is_dir() and is_run(path))
    near = get_close_matches(folder.name, runs, n=1)
    return f"{root.as_posix()}/{near[0]}" if near else None


def point_latest(folder: Path, root: Path = ROOT) -> None:
    """Let `latest` mean this run. A pointer that cannot be written is no reason to fail a finished run."""
    try:
        root.mkdir(parents=True, exist_ok=True)
        try:
            text = Path(os.path.relpath(folder, root)).as_posix()
        except ValueError:  # another drive on Windows
            text = str(folder.resolve())
        part = root / f".{LATEST}.part-{os.getpid()}"
        part.write_text(text + "\n", encoding="utf-8", newline="\n")
        part.replace(root / LATEST)
    except OSError as error:
        _log.warning("the pointer to the latest run could not be written: %s", error.strerror)


def shown_path(path: Path) -> str:
    """A path as people and scripts are shown it: forward slashes, relative where it was given so."""
    return path.as_posix()


def _count(worlds: int) -> str:
    return f"{worlds} world" if worlds == 1 else f"{worlds} worlds"


def _load(folder: Path) -> Ensemble:
    from multivector.ensemble import Ensemble

    try:
        return Ensemble.load(folder)
    except (OSError, ValueError, KeyError) as error:  # pyarrow's errors are ValueErrors and OSErrors
        shown = shown_path(folder)
        raise StoreError(
            f"the tables in {shown} cannot be read: {error}",
            file=shown,
            suggestion="make the run again with --force",
        ) from error
