"""Scoring answers before and after a lesson: the class's gain with an interval, and how well its confidence fits.

A line is what the page's questions screen gives: `CODE pre|post WORD ANSWERS CHECK`, where ANSWERS holds a letter and a
digit (the confidence) for each item. Nothing about a person is in it but a word of their own choice.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from multivector.teach.schema import Item

__all__ = ["Sheet", "check_letters", "read_sheets", "score"]

_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_DRAWS, _SEED = 4000, 20
_CONFIDENCE = {1: 0.25, 2: 0.65, 3: 0.95}
"""What a guess, fairly sure and sure stand for, as a chance of being right; an assumption, told in the docs."""


@dataclass(frozen=True)
class Sheet:
    """One person's answers: `turn` pre or post, `word` their code word, (answer, confidence) by item, 0 for none."""

    code: str
    turn: str
    word: str
    answers: tuple[tuple[int, int], ...]


@dataclass
class Reading:
    """Sheets that were read, and the lines that were not with the reason (line number from 1)."""

    sheets: list[Sheet] = field(default_factory=list)
    wrong: list[tuple[int, str]] = field(default_factory=list)


def check_letters(text: str) -> str:
    """The two letters that guard a copied line against slips; the page's script makes the same."""
    total = 7
    for letter in text:
        total = (total * 31 + ord(letter)) % 1021
    return _LETTERS[total >> 5] + _LETTERS[total & 31]


def read_sheets(text: str, items: int) -> Reading:
    """Read lines of answers; a line that is no answer is told with its number and does not stop the others."""
    found = Reading()
    seen: set[tuple[str, str]] = set()
    for number, line in enumerate(text.splitlines(), 1):
        parts = line.strip().strip('"').split()
        if not parts or line.lstrip().startswith("#"):
            continue
        why = _wrong(parts, items, seen)
        if why:
            found.wrong.append((number, why))
            continue
        given = parts[3]
        pairs = tuple(
            ("abcdefghi".find(given[2 * i]) + 1, int(given[2 * i + 1]) if given[2 * i + 1].isdigit() else 0)
            for i in range(items)
        )
        seen.add((parts[1], parts[2]))
        found.sheets.append(Sheet(parts[0], parts[1], parts[2], pairs))
    return found


def _wrong(parts: list[str], items: int, seen: set[tuple[str, str]]) -> str:
    if len(parts) != 5 or parts[1] not in ("pre", "post"):
        return "is not of the form `CODE pre|post WORD ANSWERS CHECK`"
    if parts[4] != check_letters(" ".join(parts[:4])):
        return "the last two letters do not fit; something was copied wrongly"
    if len(parts[3]) != 2 * items:
        return f"holds {len(parts[3]) // 2} answers, and the lesson has {items} items"
    if (parts[1], parts[2]) in seen:
        return f"a second `{parts[1]}` of {parts[2]}"
    return ""


def score(sheets: Sequence[Sheet], items: Sequence[Item]) -> dict[str, Any]:
    """The class's result.

    Returns
    -------
    {people: {pre, post, both}, items: [{item, transfer, pre, post}] shares right, pre, post: mean share right on
    the items that are not transfer, gain: {mean, low, high, people}: paired over people who answered both, with a 90 %
    bootstrap interval over people (None under 2), transfer: the same, calibration: mean of (stated chance - right)^2
    before and after (Brier score, 0 best)}.
    """
    right = {
        (sheet.turn, sheet.word): np.array(
            [given == item.answer for (given, _), item in zip(sheet.answers, items, strict=True)], dtype=float
        )
        for sheet in sheets
    }
    words = sorted({word for turn, word in right if turn == "pre"} & {word for turn, word in right if turn == "post"})
    usual = np.array([not item.transfer for item in items])
    return {
        "people": {
            "pre": sum(turn == "pre" for turn, _ in right),
            "post": sum(turn == "post" for turn, _ in right),
            "both": len(words),
        },
        "items": [
            {"item": item.question, "transfer": item.transfer, **{t: _share(right, t, i) for t in ("pre", "post")}}
            for i, item in enumerate(items)
        ],
        "pre": _mean(right, "pre", usual),
        "post": _mean(right, "post", usual),
        "gain": _gain(right, words, usual),
        "transfer": _gain(right, words, ~usual),
        "calibration": {turn: _brier(sheets, items, turn) for turn in ("pre", "post")},
    }


def _share(right: dict[tuple[str, str], Any], turn: str, item: int) -> float | None:
    values = [one[item] for (when, _), one in right.items() if when == turn]
    return float(np.mean(values)) if values else None


def _mean(right: dict[tuple[str, str], Any], turn: str, kept: Any) -> float | None:
    values = [one[kept].mean() for (when, _), one in right.items() if when == turn and kept.any()]
    return float(np.mean(values)) if values else None


def _gain(right: dict[tuple[str, str], Any], words: list[str], kept: Any) -> dict[str, Any]:
    if not words or not kept.any():
        return {"mean": None, "low": None, "high": None, "people": len(words)}
    gains = np.array([(right["post", word] - right["pre", word])[kept].mean() for word in words])
    low = high = None
    if len(gains) > 1:
        draws = np.random.default_rng(_SEED).integers(len(gains), size=(_DRAWS, len(gains)))
        low, high = (float(v) for v in np.quantile(gains[draws].mean(axis=1), (0.05, 0.95)))
    return {"mean": float(gains.mean()), "low": low, "high": high, "people": len(gains)}


def _brier(sheets: Sequence[Sheet], items: Sequence[Item], turn: str) -> float | None:
    losses = [
        (_CONFIDENCE[sure] - float(given == item.answer)) ** 2
        for sheet in sheets
        if sheet.turn == turn
        for (given, sure), item in zip(sheet.answers, items, strict=True)
        if given and sure in _CONFIDENCE
    ]
    return float(np.mean(losses)) if losses else None
