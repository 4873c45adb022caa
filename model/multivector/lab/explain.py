"""Why a decision was taken: the options, their costs by cause, who wished what, and what it weighed.

Everything is read from the stored tables; nothing is simulated again. The parts of a cost add up to it and
the costs give the probabilities by P ∝ exp(−rationality × cost); `check` holds how well the stored figures do
so.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from multivector.lab.errors import ExplainError
from multivector.lab.measures import CAUSE_WORDS, kind_of, name_of
from multivector.lab.summary import JSON_SCHEMA, decision_rows, option_names, plain
from multivector.lab.words import join

if TYPE_CHECKING:
    import pandas as pd

    from multivector.ensemble import Ensemble

__all__ = ["ADDED", "PARTS", "PART_WORDS", "TOLERANCE", "action_label", "explain_decision", "list_decisions"]

PARTS = ("elite", "mass", "outside", "balance", "sovereignty", "move")
PART_WORDS = {
    "elite": f"the risk of {CAUSE_WORDS['elite']}",
    "mass": f"the risk of {CAUSE_WORDS['mass']}",
    "outside": CAUSE_WORDS["outside"],
    "balance": "the taste for balance",
    "sovereignty": "sovereignty",
    "move": "the price of the move itself",
}
ADDED = {
    "side_payment": "with a side payment",
    "concession": "with a concession",
    "repression": "with repression",
}
"""Moves that come with an option, in words."""
TOLERANCE = 1e-9
"""How closely parts must add up to a cost, and costs reproduce a probability."""

_HAZARDS = ("elite", "mass", "outside")
_ACTION = ["option", "announced", "move"]


def list_decisions(ensemble: Ensemble, *, world: int | None = None) -> list[dict[str, Any]]:
    """The decisions of a run (`summary.decision_rows`); with `world`, those of that world, step by step."""
    if world is None:
        return [plain(row) for row in decision_rows(ensemble)]
    _known_world(ensemble, world)
    table = ensemble.tables["decisions"]
    rows = table[table["world"] == world].sort_values(["month", "decision"])
    return [plain(_step(row)) for row in rows.to_dict("records")]


def explain_decision(ensemble: Ensemble, decision: str, *, world: int | None = None) -> dict[str, Any]:
    """Explain one decision, in one world or on average over the worlds in which it arose.

    Parameters
    ----------
    decision : a dossier's id or its timeline entry's (its first month in each world is explained), or `ID@YYYY-MM`
        for one month's step.
    world : the id of one world; None averages. An average is taken over the worlds in which the thing exists: an
        action's cost over the worlds in which it was open to the president, its probability over all of them.

    Returns
    -------
    The document described in docs/json.md under `explain`.

    Raises
    ------
    ExplainError : no such decision or world, or stored figures that do not add up.
    """
    rows, steps = _rows_of(ensemble, decision, world)
    keys = rows[["world", "decision"]]
    actions = ensemble.tables["actions"].merge(keys, on=["world", "decision"])
    actions = actions[np.isfinite(actions["cost"].to_numpy(dtype=np.float64))]
    wishes = ensemble.tables["wishes"].merge(keys, on=["world", "decision"])
    rationality = float(ensemble.scenario.parameter_values["decision.rationality"])
    check = _check(actions, rationality)
    first = rows.iloc[0]
    names = option_names(ensemble, str(first["dossier"]), rows)
    listed = _actions(actions, rows, names)
    people = _constituencies(ensemble, wishes, names)
    document = {
        "schema": JSON_SCHEMA,
        "scenario": ensemble.scenario.id,
        "seed": int(ensemble.seed),
        "decision": str(first["dossier"]),
        "title": str(first["title"]),
        "kind": str(first["kind"]),
        "domain": str(first["domain"]),
        "initiator": str(first["initiator"]),
        "world": world,
        "worlds": len(rows),
        "of_worlds": len(ensemble.worlds),
        "months": sorted({str(date)[:7] for date in rows["date"]}),
        "rationality": rationality,
        "options": names,
        "actions": listed,
        "constituencies": people,
        "hazards": _hazards(rows),
        "steps": [plain(_step(row)) for row in steps.to_dict("records")] if world is not None else [],
        "check": check,
        "why": _why(listed, people, actions, names),
    }
    found: dict[str, Any] = plain(document)
    return found


def action_label(action: dict[str, Any], names: list[str]) -> str:
    """An action in words: `avoid the question, with a side payment`."""
    move = str(action["move"])
    if move == "delay":
        return "delay"
    if move == "trial_balloon":
        announced = int(action["announced"])
        return f"trial balloon for “{names[announced - 1]}”" if 0 < announced <= len(names) else "trial balloon"
    option = names[int(action["option"]) - 1]
    return f"{option}, {ADDED[move]}" if move in ADDED else option


def _known_world(ensemble: Ensemble, world: int) -> None:
    if world not in ensemble.worlds:
        low, high = min(ensemble.worlds), max(ensemble.worlds)
        raise ExplainError(
            f"world {world} is not in this run", key="--world", suggestion=f"worlds run from {low} to {high}"
        )


def _rows_of(ensemble: Ensemble, decision: str, world: int | None) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The step that is explained in each world, and all steps of those worlds."""
    from difflib import get_close_matches

    table = ensemble.tables["decisions"]
    by_id = {getattr(entry, "id", ""): getattr(entry, "dossier", "") for entry in ensemble.scenario.timeline}
    name, at, month = decision.partition("@")
    decision = f"{by_id.get(name) or name}{at}{month}"  # the id of a timeline entry means its dossier
    rows = table[table["decision"].eq(decision) | table["dossier"].eq(decision)]
    if not len(rows):
        known = list(dict.fromkeys(table["dossier"].astype(str)))
        near = get_close_matches(decision.split("@")[0], known, n=1, cutoff=0.4)
        months = sorted({str(d) for d in table.loc[table["dossier"].eq(decision.split("@")[0]), "decision"]})
        hint = months[0] if months and "@" in decision else (near[0] if near else None)
        raise ExplainError(f"no decision '{decision}' arose in this run", key="--decision", suggestion=hint)
    if world is not None:
        _known_world(ensemble, world)
        arose = sorted(set(rows["world"].tolist()))
        rows = rows[rows["world"] == world]
        if not len(rows):
            raise ExplainError(
                f"'{decision}' did not arise in world {world}",
                key="--world",
                suggestion=f"it arose in {len(arose)} worlds, the first is {arose[0]}",
            )
    steps = rows.sort_values(["world", "month"])
    return steps.groupby("world", sort=True).head(1), steps


def _step(row: Mapping[Any, Any]) -> dict[str, Any]:
    """One row of the decisions table as a step of a story."""
    return {
        "decision": str(row["decision"]),
        "dossier": str(row["dossier"]),
        "date": str(row["date"])[:7],
        "title": str(row["title"]),
        "kind": str(row["kind"]),
        "option": int(row["option"]),
        "option_name": str(row["option_name"]),
        "move": str(row["move"]),
        "probability": float(row["probability"]),
        "vetoed": bool(row["vetoed"]),
        "replayed": bool(row["replayed"]),
    }


def _check(actions: pd.DataFrame, rationality: float) -> dict[str, float]:
    """Largest misfit of parts to cost and of costs to probabilities; refuses what does not add up."""
    parts = actions[[f"cost_{part}" for part in PARTS]].to_numpy(dtype=np.float64).sum(axis=1)
    cost = actions["cost"].to_numpy(dtype=np.float64)
    off_cost = float(np.abs(parts - cost).max(initial=0.0))
    off_probability = 0.0
    for _, group in actions.groupby(["world", "decision"], sort=False, observed=True):
        value = -rationality * group["cost"].to_numpy(dtype=np.float64)
        odds = np.exp(value - value.max())
        off = np.abs(odds / odds.sum() - group["probability"].to_numpy(dtype=np.float64)).max()
        off_probability = max(off_probability, float(off))
    # Costs can be large where an option is next to impossible: the same relative precision holds there.
    scale = max(1.0, float(np.abs(cost).max(initial=0.0)))
    if off_cost > TOLERANCE * scale or off_probability > TOLERANCE:
        raise ExplainError(
            f"the stored figures do not add up (cost off by {off_cost:.2g}, probability by "
            f"{off_probability:.2g}); the run folder was changed or written by another version",
            suggestion="make the run again with --force",
            code=1,
        )
    return {"cost": off_cost, "probability": off_probability}


def _actions(actions: pd.DataFrame, rows: pd.DataFrame, names: list[str]) -> list[dict[str, Any]]:
    """Every action that was open in some world, likeliest first."""
    worlds = len(rows)
    taken = rows.groupby(_ACTION, observed=True).size()
    listed = []
    for key, group in actions.groupby(_ACTION, sort=True, observed=True):
        first = group.iloc[0]
        action = {
            "option": int(first["option"]),
            "announced": int(first["announced"]),
            "move": str(first["move"]),
            "open": len(group) / worlds,
            "probability": float(group["probability"].sum()) / worlds,
            "chosen": int(taken.get(key, 0)) / worlds,
            "cost": float(group["cost"].mean()),
            "parts": {part: float(group[f"cost_{part}"].mean()) for part in PARTS},
        }
        listed.append({"label": action_label(action, names), **action})
    return sorted(listed, key=lambda action: (-float(action["probability"]), str(action["label"])))


def _constituencies(ensemble: Ensemble, wishes: pd.DataFrame, names: list[str]) -> list[dict[str, Any]]:
    """Every constituency's wish, salience and weight (means over worlds); who pulls hardest comes first."""
    found = []
    for who, group in wishes.groupby("constituency", sort=True, observed=True):
        wish = float(group["wish"].mean())
        nearest = int(np.clip(round(wish), 1, len(names))) if np.isfinite(wish) else 0
        found.append(
            {
                "id": str(who),
                "name": name_of(ensemble, str(who)),
                "kind": str(group["kind"].iloc[0]) or kind_of(ensemble, str(who)),
                "wish": wish,
                "wish_name": names[nearest - 1] if nearest else "",
                "salience": float(group["salience"].mean()),
                "weight": float(group["weight"].mean()),
            }
        )

    def pull(one: dict[str, Any]) -> float:
        heavy = float(one["weight"]) * float(one["salience"])
        return heavy if np.isfinite(heavy) and np.isfinite(one["wish"]) else 0.0

    return sorted(found, key=lambda one: (-pull(one), one["id"]))


def _hazards(rows: pd.DataFrame) -> dict[str, dict[str, float]]:
    """Monthly hazards before and after the step, means over worlds, and their total."""
    found = {}
    for when in ("before", "after"):
        parts = {cause: rows[f"hazard_{cause}_{when}"].to_numpy(dtype=np.float64) for cause in _HAZARDS}
        every = 1.0 - np.prod([1.0 - values for values in parts.values()], axis=0)
        found[when] = {
            **{cause: float(values.mean()) for cause, values in parts.items()},
            "total": float(every.mean()),
        }
    return found


def _why(listed: list[dict[str, Any]], people: list[dict[str, Any]], actions: pd.DataFrame, names: list[str]) -> str:
    """One sentence or two: why the likeliest course beat the second."""
    if not listed:
        return "No action is stored for this decision."
    best = listed[0]
    head = f"{_quoted(best['label'])} was the likeliest course ({best['probability']:.0%})"
    if len(listed) == 1:
        return f"{head}: nothing else was open."
    second = listed[1]
    gap = _gap(actions, best, second)
    text = f"{head}, ahead of {_quoted(second['label'])} ({second['probability']:.0%})"
    if gap is None:
        return f"{text}; the two were never open in the same world."
    total = sum(gap.values())
    spared = sorted(((value, part) for part, value in gap.items() if value > 1e-12), reverse=True)
    against = sorted(((-value, part) for part, value in gap.items() if value < -1e-12), reverse=True)

    def told(parts: list[tuple[float, str]]) -> str:
        return join([f"{PART_WORDS[part]} ({value:.2g})" for value, part in parts[:2]])

    if total >= 0:
        text += f": it costs {total:.2g} less"
        text += f", thanks to {told(spared)}" if spared else ""
        text += f", though {told(against)} spoke against it" if against else ""
    else:
        text += f": it costs {-total:.2g} more on average, yet in most worlds it was the cheaper one"
    return f"{text}.{_who(best, second, people, len(names))}"


def _quoted(label: str) -> str:
    """A label in quotes; quotes inside it become single ones."""
    return f"“{label.replace('“', '‘').replace('”', '’')}”"


def _gap(actions: pd.DataFrame, best: dict[str, Any], second: dict[str, Any]) -> dict[str, float] | None:
    """What the second course costs more, by part, in the worlds in which both were open."""
    columns = [f"cost_{part}" for part in PARTS]

    def of(action: dict[str, Any]) -> pd.DataFrame:
        rows = actions
        for name in _ACTION:
            rows = rows[rows[name] == action[name]]
        return rows.set_index("world")[columns]

    difference = (of(second) - of(best)).dropna()
    if not len(difference):
        return None
    return {part: float(difference[f"cost_{part}"].mean()) for part in PARTS}


def _who(best: dict[str, Any], second: dict[str, Any], people: list[dict[str, Any]], options: int) -> str:
    """Which of the heavy constituencies stood nearer to the one, which to the other."""
    one, other = int(best["option"]), int(second["option"])
    if not one or not other or one == other or options < 2:
        return ""
    pulls = []
    for person in people:
        if not (np.isfinite(person["wish"]) and np.isfinite(person["weight"])):
            continue
        nearer = (abs(person["wish"] - other) - abs(person["wish"] - one)) / (options - 1)
        pulls.append((nearer * person["weight"] * person["salience"], person["name"]))
    towards = [name for pull, name in sorted(pulls, reverse=True)[:3] if pull > 0]
    away = [name for pull, name in sorted(pulls)[:2] if pull < 0]
    text = f" It lay nearer to the wishes of {join(towards)}" if towards else ""
    if away:
        text += f"; {join(away)} wished for the other" if text else f" {join(away)} wished for the other"
    return f"{text}." if text else ""
