"""Work for the tests of executors, in a module that a worker imports in no time."""

from __future__ import annotations

import os


def double(number: int) -> int:
    """Twice the number; 13 kills the worker."""
    if number == 13:
        os._exit(1)
    return 2 * number
