"""What a run shows, as one plain document: the content of summary.json and of `run --json`."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from multivector import __version__
from multivector.lab.measures import OUTCOMES, at_end, at_start, over_run, quantiles, tie_at

if TYPE_CHECKING:
    import pandas as pd

    from multivector.ensemble import Ensemble

__all__ = [
    "CAUSES",
    "JSON_SCHEMA",
    "decision_rows",
    "elections",
    "first_losses",
    "move_shares",
    "office_lost",
    "option_names",
    "plain",
    "summarise",
]

JSON_SCHEMA = 1
CAUSES = ("elite", "mass", "outside")


def summarise(ensemble: Ensemble, *, interrupted: bool = False) -> dict[str, Any]:
    """The summary document of an ensemble (docs/json.md); quantiles are over worlds, None stands for NaN.

    The same ensemble gives the same document: times are added by the command line from the provenance.
    """
    from multivector.lab.words import plain_lines

    scenario = ensemble.scenario
    start, end, mean = at_start(ensemble), at_end(ensemble), over_run(ensemble)
    document = {
        "schema": JSON_SCHEMA,
        "scenario": scenario.id,
        "title": scenario.title,
        "start": str(scenario.start),
        "end": str(scenario.end),
        "version": __version__,
        "seed": int(ensemble.seed),
        "worlds": len(ensemble.worlds),
        "months": int(scenario.months),
        "citizens": int(scenario.citizens),
        "interrupted": interrupted,
        "failures": len(ensemble.failures),
        "names": {power: str(scenario.powers[power].name) for power in scenario.powers},
        "outcomes": {name: quantiles(end[name]) for name in OUTCOMES if name in end},
        "outcomes_start": {name: quantiles(start[name]) for name in OUTCOMES if name in start},
        "outcomes_mean": {name: quantiles(mean[name]) for name in OUTCOMES if name in mean},
        "ties": _ties(ensemble, "end"),
        "ties_start": _ties(ensemble, "start"),
        "dependence_power": _dependence(ensemble),
        "president": office_lost(ensemble),
        "decisions": decision_rows(ensemble),
        "moves": move_shares(ensemble),
        "elections": elections(ensemble),
        "sentences": plain_lines(ensemble),
    }
    return _plain_object(document)


def _ties(ensemble: Ensemble, which: str) -> dict[str, dict[str, dict[str, float | None]]]:
    """Power → domain → quantiles, powers in the scenario's order."""
    found: dict[str, dict[str, dict[str, float | None]]] = {power: {} for power in ensemble.scenario.powers}
    for (power, domain), values in tie_at(ensemble, which).items():
        found[power][domain] = quantiles(values)
    return found


def _dependence(ensemble: Ensemble) -> dict[str, float]:
    """Share of worlds in which each power is the largest dependence at the end."""
    table = ensemble.tables["worlds"]
    last = table.loc[table["month"] == table["month"].max(), "dependence_power"].astype(str)
    counts = last.value_counts(normalize=True)
    return {power: float(counts.get(power, 0.0)) for power in ensemble.scenario.powers}


def first_losses(ensemble: Ensemble) -> pd.DataFrame:
    """The month in which each world first lost its president: columns world, month, date, lost."""
    table = ensemble.tables["worlds"]
    lost = table.loc[table["lost"].astype(str) != "", ["world", "month", "date", "lost"]]
    return lost.sort_values(["world", "month"]).groupby("world", sort=True).head(1)


def office_lost(ensemble: Ensemble) -> dict[str, Any]:
    """Share of worlds in which office was first lost, in all and by cause (the causes sum to the total)."""
    first = first_losses(ensemble)
    worlds = max(len(ensemble.worlds), 1)
    counts = first["lost"].astype(str).value_counts()
    causes = [*CAUSES, *sorted(set(counts.index) - set(CAUSES))]
    months = quantiles(first["month"].to_numpy(dtype=np.float64))
    return {
        "total": len(first) / worlds,
        "by_cause": {cause: int(counts.get(cause, 0)) / worlds for cause in causes},
        "worlds": {cause: int(counts.get(cause, 0)) for cause in causes},
        "month": months,
    }


def elections(ensemble: Ensemble) -> list[dict[str, Any]]:
    """Every election in order of date: of each candidate the share of worlds won and the counted share of the vote."""
    from multivector.scenario.schema import Election

    table, found = ensemble.tables["elections"], []
    for entry in ensemble.scenario.timeline:
        if not isinstance(entry, Election):
            continue
        rows = table[table["election"].astype(str) == entry.election]
        if not len(rows):
            continue
        candidates = {}
        for who, one in entry.candidates.items():
            mine = rows[rows["candidate"].astype(str) == who]
            candidates[who] = {
                "name": one.name,
                "regime": bool(one.regime),
                "admitted": bool(one.admitted),
                "won": float(mine["won"].mean()),
                "counted": quantiles(mine["counted"].to_numpy(dtype=np.float64)),
            }
        title = entry.title or entry.election.replace("-", " ")
        found.append({"election": entry.election, "title": title, "date": str(entry.date), "candidates": candidates})
    return sorted(found, key=lambda one: str(one["date"]))


def decision_rows(ensemble: Ensemble) -> list[dict[str, Any]]:
    """One entry per dossier, by date: how often it arose, what was chosen, which moves were used.

    `choices` sum to 1 together with `unsettled` (still open at the end). `moves` are shares of the worlds in
    which the dossier arose that made the move at least once, so that they need not sum to 1.
    """
    table = ensemble.tables["decisions"]
    if not len(table):
        return []
    worlds = max(len(ensemble.worlds), 1)
    month, world, option = (table[name].to_numpy() for name in ("month", "world", "option"))
    kinds, moves, dossiers = (table[name].astype("category").array for name in ("kind", "move", "dossier"))
    rows = []
    for code, dossier in enumerate(dossiers.categories):
        mine = np.flatnonzero(dossiers.codes == code)
        if not len(mine):
            continue
        at = mine[np.lexsort((world[mine], month[mine]))[0]]
        first = {name: table[name].iloc[at] for name in ("date", "title", "kind", "domain", "initiator")}
        names = _written(ensemble, str(dossier)) or option_names(ensemble, str(dossier), table.take(mine))
        kind = kinds.categories.to_numpy()[kinds.codes[mine]]
        # A scripted dossier comes once in a world; of a routine one each opening is a case. What was
        # reopened later is another case: it does not rewrite the first choice.
        scripted = bool((kind == "scripted").any())
        settled = option[mine[(option[mine] > 0) & (kind == ("scripted" if scripted else first["kind"]))]]
        arose = len(np.unique(world[mine]))
        cases = arose if scripted else max(len(settled), 1)
        shares = {name: int((settled == number).sum()) / cases for number, name in enumerate(names, 1)}
        used = {move: world[mine[moves.codes[mine] == made]] for made, move in enumerate(moves.categories)}
        rows.append(
            {
                "id": str(dossier),
                "date": str(first["date"])[:7],
                "title": str(first["title"]),
                "kind": "scripted" if scripted else str(first["kind"]),
                "domain": str(first["domain"]),
                "initiator": str(first["initiator"]),
                "options": names,
                "arose": arose / worlds,
                "settled": len(settled) / worlds,
                "choices": shares,
                "unsettled": max(0.0, 1.0 - sum(shares.values())) if scripted else 0.0,
                "moves": {str(move): len(np.unique(where)) / arose for move, where in used.items() if len(where)},
                "reopened": len(np.unique(world[mine[kind == "reopened"]])) / arose,
            }
        )
    rows.sort(key=lambda row: (str(row["date"]), str(row["id"])))
    return rows


def move_shares(ensemble: Ensemble) -> dict[str, float]:
    """How often each move was made, as shares of all decisions (months on the docket) of all worlds."""
    shares = ensemble.tables["decisions"]["move"].value_counts(normalize=True)
    return {str(move): float(share) for move, share in shares.items() if share > 0}


def option_names(ensemble: Ensemble, dossier: str, group: pd.DataFrame) -> list[str]:
    """Names of a dossier's options: from the scenario's timeline, else as they were seen, else by number.

    All routine dossiers of one kind have the same options, so what was chosen in one names them for all.
    """
    if written := _written(ensemble, dossier):
        return written
    count = int(group["n_options"].max())
    table = ensemble.tables["decisions"]
    alike = table["dossier"].eq(dossier) | table["kind"].isin(set(group["kind"]) & {"routine", "domestic"})
    settled = (alike & (table["option"] > 0) & (table["n_options"] == count)).to_numpy()
    numbers, kept = np.unique(table["option"].to_numpy()[settled], return_index=True)
    seen = dict(zip(numbers.tolist(), table["option_name"].array[settled].take(kept), strict=True))
    return [str(seen.get(number, f"option {number}")) for number in range(1, count + 1)]


def _written(ensemble: Ensemble, dossier: str) -> list[str]:
    """Names of a dossier's options as the scenario's timeline has them; none for routine ones."""
    for entry in getattr(ensemble.scenario, "timeline", ()):
        options = getattr(entry, "options", None)
        if options and dossier in (getattr(entry, "id", None), getattr(entry, "dossier", None)):
            return [str(name) for name in options]
    return []


def plain(value: Any) -> Any:
    """A JSON value: numpy scalars to Python's, NaN and infinities to None, all the way down."""
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def _plain_object(document: dict[str, Any]) -> dict[str, Any]:
    return {key: plain(value) for key, value in document.items()}
