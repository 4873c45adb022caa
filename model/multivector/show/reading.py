"""What the fan shows, in words and counts: sample worlds picked by rule, and sentences from the data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from multivector.show.view import ADJECTIVES, DOMAINS, Pair, View
from multivector.show.words import month_name, number, of_worlds, the


def sample_worlds(view: View) -> dict[str, int]:
    """Rows of the worlds shown one by one, picked by rule and never by hand.

    typical: its ties lie nearest to the median ties (root mean square over months, powers and domains);
    most open and most closed: highest and lowest mean total engagement over the last 12 months (and not the
    effective number of vectors, which hardly moves and calls a world whose ties all halve as open as before);
    most different: its ties lie farthest from the median. No world is picked twice; one world gives none.
    """
    if view.count < 2 or not len(view.months):
        return {}
    gap = view.ties - view.tie_bands[2]
    count = np.maximum(np.isfinite(gap).sum(axis=(1, 2, 3)), 1)
    distance = np.sqrt(np.nansum(gap**2, axis=(1, 2, 3)) / count)
    total = view.column("total_engagement")[:, -12:]
    if not np.isfinite(total).any():
        total = np.nansum(view.ties[:, -12:], axis=(2, 3))
    known = np.isfinite(total).sum(axis=1)
    level = np.where(known > 0, np.nansum(total, axis=1) / np.maximum(known, 1), np.nan)  # NaN sorts last
    picks: dict[str, int] = {}
    for name, order in (
        ("typical", np.argsort(distance, kind="stable")),
        ("most open", np.argsort(-level, kind="stable")),
        ("most closed", np.argsort(level, kind="stable")),
        ("most different", np.argsort(-distance, kind="stable")),
    ):
        free = [int(k) for k in order if int(k) not in picks.values()]
        if free:
            picks[name] = free[0]
    return picks


PLACE = {"politics": "politics", "economy": "the economy", "security": "security"}


@dataclass(frozen=True)
class Move:
    """The largest shift of a median tie away from its reference at a month."""

    power: int
    domain: int
    start: float
    before: float
    after: float
    lower: int
    higher: int
    counted: int


def largest_move(pair: Pair, month: int, domains: Sequence[int]) -> Move | None:
    """The tie whose median is farthest from the baseline at `month`, and in how many worlds it is lower."""
    gap = pair.run.tie_bands[2][month] - pair.ties[month]
    gap = gap[:, list(domains)]
    if not np.isfinite(gap).any():
        return None
    power, column = np.unravel_index(int(np.nanargmax(np.abs(gap))), gap.shape)
    p, d = int(power), domains[int(column)]
    shift = pair.shift(month, p, d)
    known = shift[np.isfinite(shift)]
    return Move(
        p,
        d,
        float(pair.run.tie_bands[2, 0, p, d]),
        float(pair.ties[month, p, d]),
        float(pair.run.tie_bands[2][month, p, d]),
        int((known < 0).sum()),
        int((known > 0).sum()),
        len(known),
    )


def fan_sentence(pair: Pair, month: int, domains: Sequence[int]) -> str:
    """What the fan shows, from the data: the largest move, and in how many worlds it goes that way."""
    run = pair.run
    move = largest_move(pair, month, domains) if run.count else None
    if move is None:
        return "There is no tie to show."
    what = f"the {ADJECTIVES[DOMAINS[move.domain]]} tie with {the(run.names[run.powers[move.power]])}"
    date = month_name(run.x[month])
    if abs(move.after - move.before) < 0.005:
        return f"No tie has moved by {date}: every median is within 0.005 of {pair.name}."
    verb = _verb(move.start, move.after)
    values = f"{verb} from {number(move.start)} to {number(move.after)}" if verb else f"stays at {number(move.after)}"
    text = f"Largest move: {'the median of ' if run.count > 1 else ''}{what} {values} by {date}"
    side = "below" if move.after < move.before else "above"
    if pair.baseline is not None:
        text += f", {number(abs(move.after - move.before))} {side} {pair.name}"
    if run.count == 1:
        return f"{text}."
    hits = move.lower if side == "below" else move.higher
    against = "the same world of the baseline" if pair.paired else "it" if pair.baseline else "its start"
    known = "" if move.counted == run.count else " with a value"
    return f"{text}; in {of_worlds(hits, move.counted)}{known} it ends {side} {against}."


def _verb(before: float, after: float) -> str:
    if abs(after - before) < 0.005:
        return ""
    return "falls" if after < before else "rises"
