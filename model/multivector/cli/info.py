"""`multivector info`: versions, and where things are."""

from __future__ import annotations

import os
import platform
from pathlib import Path
from typing import Any

from multivector import __version__
from multivector.cli import options
from multivector.cli.talk import Talk

__all__ = ["announce_compiling", "compiled_cache", "facts", "info"]


def info(
    json: options.Json = False,
    verbose: options.Verbose = 0,
    quiet: options.Quiet = False,
) -> int:
    """Show versions and where things are."""
    talk = Talk(json, options.verbosity(verbose, quiet))
    found = facts()
    if json:
        talk.document(found)
        return 0
    from rich.table import Table

    table = Table(show_header=False, box=None, pad_edge=False)
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    for key, value in found.items():
        if key == "schema":
            continue
        if isinstance(value, dict):
            value = ", ".join(f"{name} {one}" for name, one in value.items())
        elif isinstance(value, bool):
            value = "yes" if value else "no"
        table.add_row(key.replace("_", " "), "none" if value is None else str(value))
    talk.show(table)
    return 0


def facts() -> dict[str, Any]:
    """What `info` shows, as a plain document."""
    from multivector.lab.provenance import git_commit, library_versions
    from multivector.lab.store import LATEST, ROOT
    from multivector.scenario.catalogue import shipped_folder

    package = Path(__file__).resolve().parents[1]
    commit = git_commit()
    cached = compiled_cache()
    return {
        "schema": 1,
        "multivector": __version__,
        "commit": None if commit is None else commit["commit"] + (" (modified)" if commit["modified"] else ""),
        "python": platform.python_version(),
        "platform": f"{platform.system()} {platform.machine()}",
        "cores": os.cpu_count(),
        "libraries": library_versions(),
        "package": str(package),
        "scenarios": str(shipped_folder()),
        "runs": str(ROOT.resolve()),
        "latest": (ROOT / LATEST).read_text(encoding="utf-8").strip() if (ROOT / LATEST).is_file() else None,
        "compiled_cache": None if cached is None else str(cached),
        "compiled": cached is not None,
    }


def announce_compiling(talk: Talk) -> bool:
    """Say that the first run compiles the model, where it has not been compiled; returns whether that is so."""
    if compiled_cache() is not None:
        return False
    talk.note("the first run compiles the model, half a minute of work; later ones do not")
    return True


def compiled_cache() -> Path | None:
    """The folder in which the compiled kernels are kept, or None before the first run."""
    from multivector.kernels import cache_folders

    for folder in cache_folders():
        if (found := next(folder.rglob("lanes.*.nbi"), None)) is not None:
            return found.parent
    return None
