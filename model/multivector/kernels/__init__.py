"""Compiled kernels: the population of citizens of many worlds, worlds side by side as SIMD lanes.

`network` builds the shared social network, `records` and `public` are the face of the population, `opinions` and
`voices` hold the compiled loops, written in the explicit vectors of `vectors` and `halves` and the draws of `draws`,
`lanes` goes between worlds and lanes, and `twin` is the same step in plain numpy. Nothing is imported here: numba costs
half a second, so callers import what they use.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

__all__ = ["cache_folders", "ensure_cache"]


def ensure_cache() -> None:
    """Give numba a folder for compiled code where it would find none and fail.

    numba keeps it in NUMBA_CACHE_DIR, else beside the source, else in the user's cache folder. Where none of them
    can be written (a read-only installation and home), this names a folder of this user's below the temporary one.
    Called before anything is compiled.
    """
    if any(_writable(folder) for folder in cache_folders()):
        return
    os.environ["NUMBA_CACHE_DIR"] = str(_temporary())
    if "numba" in sys.modules:  # it has read the environment already
        sys.modules["numba"].config.reload_config()


def cache_folders() -> list[Path]:
    """Where numba may keep compiled code, in the order in which it looks."""
    named = os.environ.get("NUMBA_CACHE_DIR")
    beside = Path(__file__).resolve().parent / "__pycache__"
    home = Path(os.path.expanduser("~"))  # noqa: PTH111 - unlike Path.home(), it never raises
    by_system = {"darwin": home / "Library" / "Caches", "win32": Path(os.environ.get("LOCALAPPDATA", home))}
    user = by_system.get(sys.platform, Path(os.environ.get("XDG_CACHE_HOME") or home / ".cache")) / "numba"
    return [*([Path(named)] if named else []), beside, user]


def _writable(folder: Path) -> bool:
    """Whether a folder can be written, or made where it is not there."""
    there = next((place for place in (folder, *folder.parents) if place.exists()), None)
    return there is not None and there.is_dir() and os.access(there, os.W_OK | os.X_OK)


def _temporary() -> Path:
    """A folder that only this user writes: compiled code is run, so nobody else's may be found there."""
    user = os.getuid() if hasattr(os, "getuid") else None
    folder = Path(tempfile.gettempdir()) / ("multivector-cache" if user is None else f"multivector-cache-{user}")
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        seen = folder.lstat()
        ours = user is None or (seen.st_uid == user and not seen.st_mode & 0o022)
    except OSError:
        ours = False
    return folder if ours and not folder.is_symlink() else Path(tempfile.mkdtemp(prefix="multivector-cache-"))
