"""Why a path differs from the policy baseline: read off the two runs' own logs, world by world.

Nothing is written in beforehand: a dossier is named where more futures settled it otherwise than under the status
quo, the rule is the part of the cost that spoke most for the new option, and the actors are those whose pull on the
question changed or weighed most. Texts are made of these records on the page.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from multivector.lab.explain import PARTS
from multivector.scenario.mechanisms import MECHANISM_CLAIMS, MECHANISM_NOTES

__all__ = ["MOST", "PART_MECHANISMS", "actors_moved", "reasons", "rules_by_part"]

MOST = 4
"""Decisions told for a path; the rest are counted."""

PART_MECHANISMS = {
    "elite": ("lobbying", "clout", "dismissal", "foreign_links"),
    "mass": ("public_voice", "concealment", "cascade"),
    "outside": ("leverage", "coercion", "obligations", "exit_costs", "shelter"),
    "balance": ("balance_taste",),
    "sovereignty": ("sovereignty_cost",),
    "move": ("side_payment", "concession", "repression"),
}
"""Part of a cost → the switches of the mechanisms behind it; the reference names each with its claim."""


def rules_by_part() -> dict[str, list[dict[str, Any]]]:
    """Part of a cost → its mechanisms as {id, note, claims}, as pages tell them."""
    return {
        part: [
            {"id": name, "note": MECHANISM_NOTES[name], "claims": list(MECHANISM_CLAIMS.get(name, ()))}
            for name in names
        ]
        for part, names in PART_MECHANISMS.items()
    }


def reasons(base: dict[str, Any], path: dict[str, Any], forced: dict[str, int]) -> list[dict[str, Any]]:
    """What was decided otherwise than in the baseline, most futures first.

    Parameters
    ----------
    base, path : facts of the two runs (`facts.facts_of`), the same worlds.
    forced : dossier → option that the path itself decides; such a decision is the class's own.

    Returns
    -------
    A list of {dossier, changed: futures that settled otherwise, of: futures in which it arose in both, was and now:
    [option (0 unsettled), futures] of the commonest option, own: whether the class decided it, rule: part of the cost
    that moved most (None for own decisions), by: how much it moved for the new option against the old one, who:
    [constituency, pull] of up to two whose pull moved most}.
    """
    found = []
    for name, after in path["dossiers"].items():
        before = base["dossiers"].get(name)
        if before is None:
            continue
        pairs = [(a, b) for a, b in zip(before["taken"], after["taken"], strict=True) if a >= 0 and b >= 0]
        changed = [(a, b) for a, b in pairs if a != b]
        if not changed:
            continue
        was, now = (
            Counter(a for a, _ in changed).most_common(1)[0][0],
            Counter(b for _, b in changed).most_common(1)[0][0],
        )
        own = name in forced
        rule, by = (None, 0.0) if own else _rule(before, after, was, now)
        found.append(
            {
                "dossier": name,
                "date": after["date"],
                "changed": len(changed),
                "of": len(pairs),
                "was": [was, sum(a == was for a, _ in pairs)],
                "now": [now, sum(b == now for _, b in pairs)],
                "own": own,
                "rule": rule,
                "by": round(by, 4),
                "who": _who(before, after),
            }
        )
    return sorted(found, key=lambda one: (not one["own"], -one["changed"], one["dossier"]))


def _rule(before: dict[str, Any], after: dict[str, Any], was: int, now: int) -> tuple[str | None, float]:
    """The part of the cost that came to favour the new option most: how far its lead over the old one grew."""
    keys = (was, now)
    if not all(key in facts["parts"] for facts in (before, after) for key in keys):
        return None, 0.0
    lead = [np.subtract(facts["parts"][was], facts["parts"][now]) for facts in (before, after)]
    moved = lead[1] - lead[0]
    index = int(np.argmax(moved))
    if moved[index] <= 1e-6:  # no part moved that way: chance, or the calendar of the run
        return None, 0.0
    return PARTS[index], float(moved[index])


def _who(before: dict[str, Any], after: dict[str, Any]) -> list[list[Any]]:
    """Up to two constituencies whose pull on the question moved most."""
    names = {*before["pulls"], *after["pulls"]}
    moved = {name: after["pulls"].get(name, 0.0) - before["pulls"].get(name, 0.0) for name in names}
    largest = sorted(moved, key=lambda name: (-abs(moved[name]), name))[:2]
    return [[name, round(moved[name], 4)] for name in largest if abs(moved[name]) > 1e-6]


def actors_moved(
    base: NDArray[np.float64], path: NDArray[np.float64], names: list[str], steps: list[int]
) -> list[dict[str, Any]]:
    """Which ties and stocks moved away from the baseline, largest first, in units of the baseline's own spread.

    Parameters
    ----------
    base, path : (series, worlds, steps) of the same worlds.
    names, steps : names of the series; month indices.

    Returns
    -------
    A list of {series, median: paired median change at the end, futures: how many moved that way, since: index of the
    first step at which half of the futures had left the baseline}.
    """
    found = []
    change = path - base
    for index, name in enumerate(names):
        if name == "kept":
            continue
        end = change[index, :, -1]
        middle = float(np.median(end))
        away = (np.abs(change[index]) > 1e-9).mean(axis=0) >= 0.5
        if abs(middle) < 1e-9 or not away.any():
            continue
        scale = float(np.subtract(*np.quantile(base[index, :, -1], (0.95, 0.05)))) or 1.0
        futures = int((np.sign(end) == np.sign(middle)).sum())
        since = int(np.argmax(away))
        found.append((abs(middle) / scale, {"series": name, "median": middle, "futures": futures, "since": since}))
    return [one for _, one in sorted(found, key=lambda pair: -pair[0])]
