"""One decision out of the tables: who wished what, how likely every action was, what each would cost."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from multivector.show.style import BLACK, CAUSES, GREEN, printable
from multivector.show.view import Array, View, field_of, table

MOVES: dict[str, tuple[str, str, str]] = {
    "settle": ("settle plainly", "#5b6b78", ""),
    "side_payment": ("with a side payment", "#8b9aa6", "////"),
    "concession": ("with a concession", "#b9c5ce", "...."),
    "repression": ("with repression", BLACK, ""),
    "delay": ("delay", "#d4dadf", ""),
    "trial_balloon": ("trial balloon", "#b9c5ce", "xxxx"),
}
"""Every move: its name, colour (slates, since colours here mean kinds and causes) and hatch."""


PARTS: dict[str, tuple[str, str, str]] = {
    "cost_elite": ("elite", CAUSES["elite"].color, ""),
    "cost_mass": ("mass", CAUSES["mass"].color, ""),
    "cost_outside": ("outside", CAUSES["outside"].color, ""),
    "cost_balance": ("taste for balance", "#8c6d1f", "////"),
    "cost_sovereignty": ("sovereignty", GREEN, "...."),
    "cost_move": ("price of the move", "#b0b0b0", ""),
}
"""The parts of a cost: name, colour and hatch. The first three are losses of log survival by cause."""


KIND_NAMES = {
    "public": "public",
    "informal": "informal",
    "formal": "formal",
    "power": "great power",
    "elder": "elder",
}


@dataclass(frozen=True)
class Case:
    """One dossier as it first arose in each world (or one dated decision), with its actions and wishes."""

    title: str
    decisions: pd.DataFrame
    actions: pd.DataFrame
    wishes: pd.DataFrame
    options: tuple[str, ...]

    @property
    def arose(self) -> int:
        """Worlds in which it arose."""
        return int(self.decisions["world"].nunique())


def find_case(view: View, dossier: str | None = None, decision: str | None = None) -> Case | None:
    """The rows of one decision. By default the dossier whose settled options differ most between worlds.

    A dossier counts as it first came up in each world, so that every world speaks once. Scripted dossiers
    that arose in at least half of the worlds are preferred: others are not the same question everywhere.

    Returns:
        None if the run has no decisions.

    Raises:
        ValueError: if the dossier or decision asked for never arose.
    """
    decisions = table(view.run, "decisions")
    if not len(decisions):
        if dossier or decision:
            raise ValueError(f"{decision or dossier} never arose: this run has no decisions")
        return None
    if decision is not None:
        mine = decisions[decisions["decision"] == decision]
    else:
        first = decisions.sort_values(["month", "decision"], kind="stable").drop_duplicates(["world", "dossier"])
        mine = first[first["dossier"] == (dossier or _most_spread(first, view.count))]
    if not len(mine):
        asked = decision or dossier
        known = ", ".join(sorted(decisions["dossier"].astype(str).unique())[:12])
        raise ValueError(f"{asked} never arose; dossiers that did: {known}")
    size = int(mine["n_options"].mode().iloc[0])
    mine = mine[mine["n_options"] == size]
    keys = mine[["world", "decision"]]
    actions, wishes = (
        part[part["decision"].isin(keys["decision"].unique())].merge(keys, on=["world", "decision"])
        for part in (table(view.run, "actions"), table(view.run, "wishes"))
    )
    title = printable(mine["title"].iloc[0] or mine["dossier"].iloc[0])
    return Case(title, mine, actions, wishes, _option_names(view, mine, size))


def _most_spread(first: pd.DataFrame, count: int) -> str:
    settled = first[first["option"] > 0]
    shares = pd.crosstab(settled["dossier"].astype(str), settled["option"])
    groups = first.groupby(first["dossier"].astype(str))
    arose = groups["world"].nunique()
    scripted = groups["kind"].first() == "scripted"
    if shares.empty:
        return str(first["dossier"].iloc[0])
    share = shares.div(shares.sum(axis=1), axis=0)
    spread = (1 - (share**2).sum(axis=1)).reindex(arose.index, fill_value=0.0)
    rank = pd.DataFrame({"good": scripted & (arose >= count / 2), "spread": spread, "arose": arose})
    return str(rank.sort_values(["good", "spread", "arose"], ascending=False, kind="stable").index[0])


def _option_names(view: View, decisions: pd.DataFrame, size: int) -> tuple[str, ...]:
    dossier = str(decisions["dossier"].iloc[0])
    for entry in field_of(view.scenario, "timeline", ()) or ():
        options = field_of(entry, "options", ())
        if dossier in (str(field_of(entry, "dossier", "")), str(field_of(entry, "id", ""))) and len(options) == size:
            return tuple(printable(o) for o in options)
    known = table(view.run, "decisions")
    kinds = {str(kind) for kind in decisions["kind"]} & {"routine", "domestic"}  # these have the same options each
    alike = (known["dossier"] == dossier) | known["kind"].isin(kinds)
    known = known[alike & (known["option"] > 0) & (known["n_options"] == size)]
    names = {int(o): printable(n) for o, n in zip(known["option"], known["option_name"], strict=True)}
    return tuple(names.get(o) or f"option {o}" for o in range(1, size + 1))


def constituencies(case: Case) -> pd.DataFrame:
    """One row per constituency with a wish, the heaviest first: means of wish (low, high), salience, weight.

    Who has no wish on this dossier (NaN) or does not care about it (salience 0) is not part of its balance.
    """
    voiced = case.wishes[case.wishes["wish"].notna() & (case.wishes["salience"] > 0)]
    groups = voiced.groupby(voiced["constituency"].astype(str))
    out = pd.DataFrame(
        {
            "kind": groups["kind"].first().astype(str),
            "wish": groups["wish"].mean(),
            "low": groups["wish"].quantile(0.05),
            "high": groups["wish"].quantile(0.95),
            "salience": groups["salience"].mean(),
            "weight": groups["weight"].mean(),
        }
    )
    return out.sort_values("weight", ascending=False, kind="stable")


_PUT_OFF = ("delay", "trial_balloon")


def action_rows(case: Case) -> tuple[list[str], dict[str, Array]]:
    """Probability of every action: row names (options, then delay and trial balloon) and, per move, (rows,).

    Mean over the worlds where the decision arose; the whole sums to 1.
    """
    size = len(case.options)
    present = [m for m in _PUT_OFF if (case.actions["move"] == m).any()]
    rows = [*case.options, *(MOVES[m][0].capitalize() for m in present)]
    chance = {move: np.zeros(len(rows)) for move in MOVES}
    total = case.actions.groupby(["move", "option"], observed=True)["probability"].sum() / max(case.arose, 1)
    for (move, option), value in zip(total.index.tolist(), total.tolist(), strict=True):
        if move in present:
            chance[move][size + present.index(move)] += value
        elif move in chance and 1 <= option <= size:
            chance[move][option - 1] += value
    return rows, chance


def cost_rows(case: Case) -> npt.NDArray[np.float64]:
    """Parts of the cost, (rows, 6): plain settlement of every option, then the mean delay and balloon."""
    size = len(case.options)
    present = [m for m in _PUT_OFF if (case.actions["move"] == m).any()]
    out = np.full((size + len(present), len(PARTS)), np.nan)
    columns = list(PARTS)
    plain = case.actions[case.actions["move"] == "settle"].groupby("option")[columns].mean()
    for option in range(1, size + 1):
        if option in plain.index:
            out[option - 1] = plain.loc[option].to_numpy(dtype=float)
    for place, move in enumerate(present):
        mine = case.actions[case.actions["move"] == move]
        out[size + place] = mine[columns].mean().to_numpy(dtype=float)
    return out
