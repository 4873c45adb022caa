"""Mesa, imported without the parts of it that the model never touches.

`import mesa` also imports networkx, and scipy's spatial package for continuous spaces: together a third of what
starting costs. Here they are put off to their first use, for everyone in the process alike; nothing of Mesa is missing.
Mesa 3.3 (Python 3.11) then starts without them; Mesa 3.5 uses a name of both as it starts, and gains nothing.
`importlib.util.LazyLoader` will not do: `inspect.stack`, which Mesa and numba call, reads `__file__` of every module,
and that wakes its modules.
"""

from __future__ import annotations

import sys
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from importlib.util import spec_from_loader
from types import ModuleType
from typing import Any

__all__ = ["mesa"]


class _Sleeping(Loader):
    """Executes a module when a name of it is first read that is not one of the import system's own."""

    def __init__(self, loader: Loader) -> None:
        self._loader = loader

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        """The module as its own loader would make it."""
        return self._loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        """Leave the module asleep."""

        def wake(name: str) -> Any:
            if name.startswith("__"):
                raise AttributeError(f"module {module.__name__!r} has no attribute {name!r}")
            _wake(module.__name__)
            return getattr(module, name)

        _asleep[module.__name__] = self._loader
        module.__dict__["__getattr__"] = wake


class _There(Loader):
    """Hands out a module that waking its parent has imported."""

    def __init__(self, module: ModuleType) -> None:
        self._module, self._spec = module, module.__spec__

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        """The module as it is."""
        return self._module

    def exec_module(self, module: ModuleType) -> None:
        """Nothing is left to do."""
        module.__spec__ = self._spec


class _Finder(MetaPathFinder):
    """Puts off chosen modules, and wakes one before anything below it is imported by its own name."""

    def __init__(self, *names: str) -> None:
        self._put_off = set(names)

    def find_spec(self, fullname: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        """A spec that puts the module off, or None for the ordinary way."""
        if fullname in self._put_off:
            self._put_off.discard(fullname)
            spec = PathFinder.find_spec(fullname, path)
            if spec is not None and spec.loader is not None:
                spec.loader = _Sleeping(spec.loader)
            return spec
        for name in [name for name in _asleep if fullname.startswith(f"{name}.")]:
            _wake(name)
            if fullname in sys.modules:
                return spec_from_loader(fullname, _There(sys.modules[fullname]))
        return None


def _wake(name: str) -> None:
    loader = _asleep.pop(name, None)
    if loader is not None:
        module = sys.modules[name]
        module.__dict__.pop("__getattr__", None)
        loader.exec_module(module)


_asleep: dict[str, Loader] = {}
_finder = _Finder("networkx", "mesa.experimental")
sys.meta_path.insert(0, _finder)
import mesa  # noqa: E402 - the finder must be in its place

_finder._put_off.clear()
