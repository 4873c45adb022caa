"""Where a run came from: versions, hashes, seed, command. The only place of time and host facts."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import subprocess
import sys
import traceback
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from importlib import metadata
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any

from multivector import __version__

if TYPE_CHECKING:
    from multivector.scenario import Scenario

__all__ = [
    "LIBRARIES",
    "code_hash",
    "command_line",
    "environment",
    "git_commit",
    "hash_of",
    "library_versions",
    "parameter_hash",
    "provenance",
    "scrubbed_traceback",
]

LIBRARIES = (
    "mesa",
    "numpy",
    "numba",
    "pandas",
    "pyarrow",
    "pydantic",
    "matplotlib",
    "networkx",
    "scipy",
    "typer",
    "rich",
)
_RESULTS_DEPEND_ON = ("numpy", "numba", "mesa", "pandas", "scipy")


def hash_of(document: object) -> str:
    """sha256 (hex) of a plain document: keys sorted, so that the order of a mapping does not count."""
    text = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def parameter_hash(values: Mapping[str, float]) -> str:
    """sha256 (hex) of a full set of parameter values, {path: value}."""
    return hash_of({key: float(value) for key, value in values.items()})


def library_versions(names: Sequence[str] = LIBRARIES) -> dict[str, str]:
    """Installed versions without importing anything; "not installed" where there is none."""
    found = {}
    for name in names:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            found[name] = "not installed"
    return found


@cache
def git_commit(package: Path | None = None) -> dict[str, Any] | None:
    """Commit of the repository that the package's source lies in, {"commit", "modified"}, or None.

    Only a checkout of multivector itself counts: an environment inside somebody else's repository must not
    lend us its commit.
    """
    folder = package or Path(__file__).resolve().parents[1]
    root = folder.parents[1]
    if folder.parent.name != "model" or not (root / ".git").exists():
        return None

    def git(*arguments: str) -> str:
        done = subprocess.run(
            ["git", "-C", str(root), *arguments],
            check=True,
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=5,
            stdin=subprocess.DEVNULL,
        )
        return done.stdout.strip()

    try:
        commit = git("rev-parse", "HEAD")
        modified = bool(git("status", "--porcelain", "--untracked-files=no", "--", "model", "scenarios"))
    except (OSError, subprocess.SubprocessError):
        return None
    return {"commit": commit, "modified": modified}


@cache
def code_hash() -> str:
    """sha256 (hex) of the source that results depend on: everything below the lab.

    A version number does not tell a developer's edit from the code before it; this does.
    """
    package = Path(__file__).resolve().parents[1]
    above = {"lab", "show", "teach", "app", "cli"}
    digest = hashlib.sha256()
    for path in sorted(package.rglob("*.py")):
        place = path.relative_to(package)
        if place.parts[0] not in above:
            digest.update(place.as_posix().encode("utf-8"))
            digest.update(path.read_text(encoding="utf-8").encode("utf-8"))  # line ends alike on all systems
    return digest.hexdigest()


def _scrub(argument: str) -> str:
    """An argument without the absolute paths that name a user or a machine."""
    option, equals, value = argument.partition("=")
    if equals and option.startswith("--"):
        return f"{option}={_scrub(value)}"
    path = PurePath(argument)
    if not path.is_absolute():
        return argument
    try:
        return path.relative_to(Path.cwd()).as_posix()
    except (ValueError, OSError):
        return f".../{path.name}"


def command_line(arguments: Sequence[str] | None = None) -> str:
    """The command as typed; absolute paths are cut to what is under the working folder, or the last part."""
    given = sys.argv[1:] if arguments is None else list(arguments)
    return " ".join(["multivector", *(_scrub(argument) for argument in given)])


def scrubbed_traceback(error: BaseException) -> str:
    """The traceback as text with the folders of this machine cut off."""
    text = "".join(traceback.format_exception(error))
    folders = {
        str(Path(__file__).resolve().parents[2]): "",
        sys.prefix: "",
        sys.base_prefix: "",
        str(Path.home()): "~",
    }
    for folder in sorted(folders, key=len, reverse=True):
        if len(folder) > 1:
            text = text.replace(folder + os.sep, f"{folders[folder]}{'/' if folders[folder] else ''}")
    return text


def environment() -> dict[str, Any]:
    """What the tables depend on besides the input: package, code, Python, libraries, platform."""
    return {
        "package": "multivector",
        "version": __version__,
        "git": git_commit(),
        "code_hash": code_hash(),
        "python": platform.python_version(),
        "libraries": library_versions(_RESULTS_DEPEND_ON),
        "platform": {
            "system": platform.system(),
            "machine": platform.machine(),
            "implementation": platform.python_implementation(),
            "cores": os.cpu_count(),
        },
    }


def provenance(
    scenario: Scenario,
    *,
    seed: int,
    worlds: Sequence[int],
    started: datetime | None = None,
    seconds: float | None = None,
    command: str | None = None,
) -> dict[str, Any]:
    """All that is needed to make the same tables again, as a plain JSON document.

    No user names, host names or absolute paths are in it.
    """
    return {
        "schema": 1,
        **environment(),
        "scenario": scenario.id,
        "scenario_hash": scenario.hash,
        "parameter_hash": parameter_hash(scenario.parameter_values),
        "seed": int(seed),
        "worlds": [int(world) for world in worlds],
        "months": int(scenario.months),
        "command": command,
        "started": (started or datetime.now(UTC)).astimezone(UTC).isoformat(timespec="seconds"),
        "seconds": None if seconds is None else round(seconds, 3),
    }
