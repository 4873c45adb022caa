"""A run in plain English: what the fan did, who was disappointed, when office was lost.

Every sentence counts worlds and says from where to where; none of them explains more than the tables show.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from multivector.lab.measures import CAUSE_WORDS, at_end, at_start, name_of, tie_at

if TYPE_CHECKING:
    import pandas as pd

    from multivector.ensemble import Ensemble

__all__ = ["compared_lines", "disappointment", "in_worlds", "join", "plain_lines", "signed"]

_MOVED = 0.02
"""Smaller median changes on a 0..1 scale count as none: a figure does not show them."""

_ALIKE = 0.1
"""Disappointments closer together than this are told as alike."""

_HEADS = {
    (0, 0): "The fan stayed much as it was",
    (1, 1): "The fan opened",
    (1, 0): "The fan grew",
    (1, -1): "The fan grew more uneven as it grew",
    (0, 1): "The fan evened out",
    (0, -1): "The fan grew more uneven",
    (-1, 1): "The fan shrank but evened out",
    (-1, 0): "The fan shrank",
    (-1, -1): "The fan narrowed",
}
"""How a change of (total engagement, openness) is called: the two are only read together."""

_HOW = {
    "side_payment": "with a side payment to the losers",
    "concession": "with a concession to the public",
    "repression": "with repression",
    "trial_balloon": "put off behind a trial balloon",
    "delay": "put off",
}


def plain_lines(ensemble: Ensemble) -> list[str]:
    """The sentences of the printed summary, in order; none where the run has no months."""
    if not len(ensemble.tables["worlds"]):
        return []
    lines = [
        _fan(ensemble),
        _tilt(ensemble),
        _dependence(ensemble),
        _moves(ensemble),
        *_disappointed(ensemble),
        _office(ensemble),
    ]
    return [line for line in lines if line]


def in_worlds(count: int, worlds: int) -> str:
    """`in 87 of 100 worlds`."""
    return f"in {count} of {worlds} world{'s' if worlds != 1 else ''}"


def signed(value: float, digits: int = 2) -> str:
    """A number with its sign, a true minus included."""
    text = f"{abs(value):.{digits}f}"
    return f"−{text}" if value < 0 and float(text) else f"+{text}"


def join(parts: list[str]) -> str:
    """`a, b and c`."""
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}" if parts else ""


def _fan(ensemble: Ensemble) -> str:
    """Engagement and openness are read together: a world whose ties all halve must not count as open."""
    start, end = at_start(ensemble), at_end(ensemble)
    worlds = len(end)
    moved = []
    for name, word, digits in (("total_engagement", "total engagement", 2), ("openness", "openness", 2)):
        change = (end[name] - start[name]).to_numpy(dtype=float)
        middle = float(np.nanmedian(change))
        scale = max(abs(float(np.nanmedian(start[name]))), 1e-12)
        levels = f"from {np.nanmedian(start[name]):.{digits}f} to {np.nanmedian(end[name]):.{digits}f}"
        if abs(middle) < _MOVED * scale:
            moved.append((0, f"{word} hardly changed ({levels})"))
        else:
            same_way = int((np.sign(change) == np.sign(middle)).sum())
            verb = "rose" if middle > 0 else "fell"
            moved.append((int(np.sign(middle)), f"{word} {verb} {levels} {in_worlds(same_way, worlds)}"))
    head = _HEADS[moved[0][0], moved[1][0]]
    return f"{head}: {moved[0][1]}, {moved[1][1]} (medians)."


def _tilt(ensemble: Ensemble) -> str:
    """Which powers gained and which lost, by the mean of their ties over the domains."""
    change = _mean_ties(ensemble, "end") - _mean_ties(ensemble, "start")
    worlds = len(change)
    gained: list[tuple[float, str, float, int]] = []
    lost: list[tuple[float, str, float, int]] = []
    for power in ensemble.scenario.powers:
        middle = float(change[power].median())
        if abs(middle) < _MOVED:
            continue
        count = int((np.sign(change[power]) == np.sign(middle)).sum())
        (gained if middle > 0 else lost).append((abs(middle), name_of(ensemble, power), middle, count))
    if not gained and not lost:
        return "No power's ties moved by more than a hair."

    def told(moves: list[tuple[float, str, float, int]]) -> str:
        return join([f"{name} ({signed(by)} {in_worlds(n, worlds)})" for _, name, by, n in sorted(moves)[::-1]])

    parts = ([f"towards {told(gained)}"] if gained else []) + ([f"away from {told(lost)}"] if lost else [])
    return f"It tilted {', and '.join(parts)}; mean tie over the domains."


def _mean_ties(ensemble: Ensemble, which: str) -> pd.DataFrame:
    """Mean tie over the domains: index world, one column per power."""
    import pandas as pd

    ties = tie_at(ensemble, which)
    found = {}
    for power in ensemble.scenario.powers:
        domains = [values for (other, _), values in ties.items() if other == power]
        found[power] = pd.concat(domains, axis=1).mean(axis=1)
    return pd.DataFrame(found)


def _dependence(ensemble: Ensemble) -> str:
    table = ensemble.tables["worlds"]
    months = table["month"]

    def largest(month: int) -> tuple[str, int, float]:
        rows = table[months == month]
        counts = rows["dependence_power"].astype(str).value_counts()
        return str(counts.index[0]), int(counts.iloc[0]), float(rows["dependence"].median())

    (before, _, was), (after, count, now) = largest(int(months.min())), largest(int(months.max()))
    worlds = len(ensemble.worlds)
    if before == after:
        return (
            f"The largest dependence stayed with {name_of(ensemble, after)}, from {was:.2f} to {now:.2f} "
            f"(median), {in_worlds(count, worlds)}."
        )
    return (
        f"The largest dependence moved from {name_of(ensemble, before)} ({was:.2f}) to "
        f"{name_of(ensemble, after)} ({now:.2f}) {in_worlds(count, worlds)}."
    )


def disappointment(ensemble: Ensemble) -> pd.DataFrame:
    """How far the settled decisions lay from each constituency's wish.

    Returns
    -------
    A table with one row per constituency: constituency, kind, distance (mean of |option − wish| on the 0..1 axis,
    weighted by salience over all settled decisions and worlds), salience (its mean) and decisions (how many).
    """
    decisions = ensemble.tables["decisions"]
    settled = decisions.loc[decisions["option"] > 0, ["world", "decision", "option", "n_options"]]
    table = ensemble.tables["wishes"].merge(settled, on=["world", "decision"])
    if not len(table):
        return table.reindex(columns=["constituency", "kind", "distance", "salience", "decisions"])
    span = (table["n_options"].astype(float) - 1.0).clip(lower=1.0)
    table = table.assign(
        weighted=((table["option"].astype(float) - table["wish"].astype(float)).abs() / span) * table["salience"],
    )
    groups = table.groupby(["constituency", "kind"], sort=True, observed=True)
    found = groups.agg(weighted=("weighted", "sum"), weight=("salience", "sum"), decisions=("option", "size"))
    found["distance"] = found["weighted"] / found["weight"].where(found["weight"] > 0)
    found["salience"] = found["weight"] / found["decisions"]
    found = found.reset_index().sort_values(["distance", "constituency"], ascending=[False, True])
    return found[["constituency", "kind", "distance", "salience", "decisions"]].reset_index(drop=True)


def _disappointed(ensemble: Ensemble) -> list[str]:
    table = disappointment(ensemble).dropna(subset=["distance"])
    if not len(table):
        return []
    groups = {
        kind: float(np.average(rows["distance"], weights=rows["salience"] * rows["decisions"]))
        for kind, rows in table.groupby("kind", observed=True)
        if float((rows["salience"] * rows["decisions"]).sum()) > 0
    }
    lines = []
    called = {"public": "the public", "informal": "informal elites", "formal": "formal actors"}
    home = sorted(((groups[kind], called[kind]) for kind in called if kind in groups), reverse=True)
    if home:
        first, *others = [f"{name} ({distance:.2f})" for distance, name in home]
        then = f", then {join(others)}" if others else ""
        lines.append(
            f"At home decisions disappointed {first} most{then}: the mean distance from the wish to the "
            "option taken, 0 the wish itself, 1 the other end."
        )
    powers = table[table["kind"] == "power"]
    if len(powers) > 1:
        far = [
            (float(distance), name_of(ensemble, str(who)))
            for distance, who in zip(powers["distance"], powers["constituency"], strict=True)
        ]
        (most, first), (least, last) = far[0], far[-1]
        if most - least < _ALIKE:
            lines.append(f"The powers were disappointed much alike ({least:.2f} to {most:.2f}).")
        else:
            told = f"most disappointed was {first} ({most:.2f}), least {last} ({least:.2f})"
            lines.append(f"Among the powers, {told}.")
    return lines


def _moves(ensemble: Ensemble) -> str:
    """How decisions were made, over all months on the docket."""
    from multivector.lab.summary import move_shares

    shares = move_shares(ensemble)
    if not shares:
        return ""
    used = [(shares.get(move, 0.0), how) for move, how in _HOW.items()]
    ranked = sorted(((share, how) for share, how in used if share > 0), reverse=True)
    plainly = f"{shares.get('settle', 0.0):.0%} were settled plainly"
    told = [f"{share:.0%} {how}" for share, how in ranked]
    return f"Of all decisions {join([plainly, *told])}."


def _office(ensemble: Ensemble) -> str:
    from multivector.lab.summary import first_losses

    first = first_losses(ensemble)
    worlds = len(ensemble.worlds)
    if not len(first):
        return f"The president kept office {in_worlds(worlds, worlds)}."
    counts = first["lost"].astype(str).value_counts()
    causes = join([f"{count} to {CAUSE_WORDS.get(str(cause), str(cause))}" for cause, count in counts.items()])
    when = first.sort_values("month").iloc[(len(first) - 1) // 2]["date"]
    return f"Office was lost {in_worlds(len(first), worlds)}: {causes}; median date {str(when)[:7]}."


_COMPARED = {
    "total_engagement": "total engagement",
    "openness": "openness",
    "dependence": "the largest dependence",
    "autonomy": "autonomy",
    "approval": "approval",
    "protest": "protest",
    "income": "income",
    "elite_loyalty": "the loyalty of elites",
    "congruence_public": "congruence with the public's wishes",
    "congruence_informal": "congruence with informal elites' wishes",
    "congruence_formal": "congruence with formal actors' wishes",
    "hazard": "the monthly hazard of losing office",
    "hazard_annual": "the yearly hazard of losing office",
}
"""The outcomes that a comparison's table shows, and what they are called in a sentence."""

_POINTS = {"protest": 3, "hazard": 3, "hazard_annual": 2}
"""Outcomes whose changes are told in percentage points, and with how many digits."""


def compared_lines(
    differences: pd.DataFrame, parts: pd.DataFrame | None = None, names: Mapping[str, str] | None = None
) -> list[str]:
    """A paired comparison in words: what differs at the end, what may be luck, and who made it so.

    A difference that rounds to nothing is told as one, whatever its interval.

    Parameters
    ----------
    differences : rows of `lab.compare.compare` for one changed scenario, `when` = "end".
    parts : rows of `lab.decompose.decompose` for it, or None.
    names : power id → display name; the ids stand where it is None.
    """
    rows = {str(row["outcome"]): row for row in differences.to_dict("records") if np.isfinite(row["difference"])}
    change = {name: _change(name, float(row["difference"])) for name, row in rows.items()}
    clear = {name for name, row in rows.items() if _leaves_zero_out(row)}
    large = {name for name in clear if change[name] != _change(name, 0.0)}
    open_ = [words for name, words in _COMPARED.items() if name in rows and name not in clear]
    ties = sorted(
        (row for name, row in rows.items() if name.startswith("tie.") and name in large),
        key=lambda row: -abs(float(row["difference"])),
    )
    lines = []
    if told := [f"{words} {change[name]}" for name, words in _COMPARED.items() if name in large]:
        lines.append(f"Different (the 90 % interval leaves zero out): {join(told)}.")
    if told := [f"{_COMPARED[name]} (by less than {_least(name)})" for name in _COMPARED if name in clear - large]:
        lines.append(f"Different, but by next to nothing: {join(told)}.")
    if open_:
        lines.append(f"Not to be told from luck with these worlds: {join(open_)}.")
    if ties:
        told = []
        for row in ties[:3]:
            _, power, domain = str(row["outcome"]).split(".")
            told.append(f"{(names or {}).get(power, power)} in {domain} {signed(float(row['difference']), 3)}")
        lines.append(f"The ties that moved most: {join(told)}.")
    if parts is not None:
        means = {(str(row["outcome"]), str(row["part"])): float(row["mean"]) for row in parts.to_dict("records")}
        for name in ("total_engagement", "openness", "autonomy", "hazard_annual"):
            if (name, "direct") in means:
                lines.append(_split_line(name, *(means[name, part] for part in ("direct", "decided", "total"))))
    return lines


def _split_line(name: str, direct: float, decided: float, total: float) -> str:
    """What a change did by itself, and what the president's new decisions made of it."""
    by_itself, by_decisions = _change(name, direct), _change(name, decided)
    none = _change(name, 0.0)
    if by_decisions == none:
        return f"{_COMPARED[name].capitalize()} moved by {by_itself}, and would have with the old decisions."
    if by_itself == none:
        return (
            f"With the old decisions {_COMPARED[name]} would not have moved; the president's own make {by_decisions}."
        )
    verb = "added to it" if direct * decided > 0 else "worked against it"
    return (
        f"With the old decisions {_COMPARED[name]} would have moved by {by_itself}; the president's own {verb} "
        f"({by_decisions}), which makes {_change(name, total)}."
    )


def _change(name: str, value: float) -> str:
    """A change in words; of a hazard or of protest in percentage points."""
    return f"{signed(100 * value, _POINTS[name])} percentage points" if name in _POINTS else signed(value, 3)


def _least(name: str) -> str:
    """The smallest change that `_change` does not round to nothing."""
    digits = _POINTS.get(name, 3)
    return f"{0.5 * 10**-digits:.{digits + 1}f}{' percentage points' if name in _POINTS else ''}"


def _leaves_zero_out(row: Mapping[Any, Any]) -> bool:
    return bool(float(row["low"]) > 0 or float(row["high"]) < 0)
