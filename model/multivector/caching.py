"""Compiled code that goes stale with everything it was compiled from, and compiles the same way everywhere.

numba's cache looks at the one file of a function. A function also holds what it calls and the constants it reads, so
whoever changed one of those in another file got yesterday's code. Here the stamp of a function covers its file, the
files of the compiled functions and intrinsics that its module imports (and theirs), and the values of constants.
Import this module before decorating: `from multivector import caching  # noqa: F401`. Where numba keeps its files stays
numba's business (see `kernels.cache_folders`).
"""

from __future__ import annotations

import hashlib
import sys
from functools import cache
from importlib.abc import ResourceLoader
from types import ModuleType
from typing import Any

import numpy as np
from numba.core import caching as _numba
from numba.core.dispatcher import Dispatcher

__all__ = ["is_fresh", "sources_of", "stamp_of"]

_PACKAGE = __name__.partition(".")[0]
_PLAIN = (bool, int, float, complex, str, bytes, type(None))


def _constant(value: Any) -> bytes | None:
    """A constant's value as bytes, None for what is no constant."""
    if isinstance(value, np.ndarray):
        return f"{value.dtype.str}{value.shape}".encode() + bytes(value.tobytes())
    if isinstance(value, (*_PLAIN, np.generic)):
        return repr(value).encode()
    if isinstance(value, tuple):
        parts = [_constant(part) for part in value]
        return None if None in parts else b"(" + b",".join(part for part in parts if part is not None) + b")"
    return None


def _compiled_in(module: ModuleType) -> set[str]:
    """Names of the modules of this package whose compiled functions or intrinsics a module uses."""
    found = set()
    for value in vars(module).values():
        home = getattr(value.py_func if isinstance(value, Dispatcher) else value, "__module__", None)
        compiled = isinstance(value, Dispatcher) or type(value).__module__.startswith("numba.")
        if isinstance(value, ModuleType) and value.__name__.startswith(f"{_PACKAGE}.kernels."):
            home, compiled = value.__name__, True
        if compiled and isinstance(home, str) and home.partition(".")[0] == _PACKAGE and home != module.__name__:
            found.add(home)
    return found


def sources_of(module: str) -> list[str]:
    """Names of the modules that a module's compiled functions are made from, itself among them, sorted."""
    found: set[str] = set()
    left = {module}
    while left:
        name = left.pop()
        found.add(name)
        if name in sys.modules:
            left |= _compiled_in(sys.modules[name]) - found
    return sorted(found)


@cache
def _text_of(module: str) -> bytes:
    """A module's source as its loader has it, from a folder or from a zip file."""
    there = sys.modules[module]
    loader = there.__spec__.loader if there.__spec__ is not None else None
    if not isinstance(loader, ResourceLoader) or there.__file__ is None:
        return b""
    return loader.get_data(there.__file__)


def stamp_of(module: str) -> str:
    """A digest of a module's compiled code: the files it is made from, and the constants that they read."""
    digest = hashlib.sha256()
    for name in sources_of(module):
        there = sys.modules[name]
        digest.update(name.encode() + _text_of(name))
        for key, value in sorted(vars(there).items()):
            if key.isidentifier() and not key.startswith("__") and (said := _constant(value)) is not None:
                digest.update(b"\0" + key.encode() + b"=" + said)
    return digest.hexdigest()


def _stamped(locator: type[Any]) -> type[Any]:
    """A locator like one of numba's that serves this package only, with the stamp from here."""

    class Stamped(locator):  # type: ignore[misc]
        def __init__(self, py_func: Any, py_file: str) -> None:
            super().__init__(py_func, py_file)
            self._module = py_func.__module__

        def get_source_stamp(self) -> str:
            return stamp_of(self._module)

        @classmethod
        def from_function(cls, py_func: Any, py_file: str) -> Any:
            if str(py_func.__module__).partition(".")[0] != _PACKAGE:
                return None
            return super().from_function(py_func, py_file)

    return Stamped


def _register() -> None:
    """Put the locators before numba's own, where this numba has them in the known form; else numba's own do."""
    known = getattr(_numba.CacheImpl, "_locator_classes", None)
    if isinstance(known, list):
        mine = [_stamped(locator) for locator in known if hasattr(locator, "get_source_stamp")]
        known[:0] = mine


_register()


def is_fresh(function: Any) -> bool:
    """Whether the cache holds compiled code of a function that its sources still stamp; True where it cannot be told.

    Any signature and processor count: a wrong True only costs the head start of `lab.warmup`.
    """
    try:
        return bool(function._cache._cache_file._load_index())
    except (AttributeError, OSError):
        return True
