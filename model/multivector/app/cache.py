"""Finished runs, bounded in bytes: keyed by what was resolved and by the code that ran it."""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass
from typing import Any

__all__ = ["Cache", "Kept"]


@dataclass(frozen=True)
class Kept:
    """A finished run: the page's document as JSON bytes, and its facts for "why did it change"."""

    body: bytes
    facts: dict[str, Any]
    medians: dict[str, float]
    group: str

    @property
    def size(self) -> int:
        """Bytes, about: facts weigh a few times their share of the body."""
        return 3 * len(self.body) + 4096


class Cache:
    """Least recently used goes first; a request's digest leads to the key of what it resolved to."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.size = 0
        self._lock = threading.Lock()
        self._kept: OrderedDict[str, Kept] = OrderedDict()
        self._keys: OrderedDict[str, str] = OrderedDict()

    def key_of(self, digest: str) -> str | None:
        """The key that a request resolved to before, if its run is still here."""
        with self._lock:
            key = self._keys.get(digest)
            return key if key in self._kept else None

    def get(self, key: str) -> Kept | None:
        """A finished run, now the most recent."""
        with self._lock:
            found = self._kept.get(key)
            if found is not None:
                self._kept.move_to_end(key)
            return found

    def put(self, key: str, kept: Kept) -> None:
        """Keep a run, and let go of the oldest beyond the bound."""
        with self._lock:
            if key in self._kept:
                self.size -= self._kept.pop(key).size
            self._kept[key] = kept
            self.size += kept.size
            while self.size > self.most and len(self._kept) > 1:
                _, old = self._kept.popitem(last=False)
                self.size -= old.size

    def link(self, digest: str, key: str) -> None:
        """Remember what a request resolved to."""
        with self._lock:
            self._keys[digest] = key
            while len(self._keys) > 4096:
                self._keys.popitem(last=False)

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._kept.clear()
            self._keys.clear()
            self.size = 0
