"""Ensembles without a model: the tables of `tests/synthetic.py` in the shape that the lab reads."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
