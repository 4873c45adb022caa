"""Plausible made-up ensembles for the tests of everything that reads results.

`synthetic_ensemble` answers with an object that has the tables, the seed and a light scenario of a real
run, drawn from simple random walks: no model runs, so a test of a figure or a report takes milliseconds.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

DOMAINS = ("politics", "economy", "security")
# fmt: off
NAMES = {
    "russia": "Russia", "china": "China", "eu": "European Union", "us": "United States", "turkiye": "Türkiye",
    "india": "India", "japan": "Japan", "gulf": "Gulf states", "iran": "Iran", "korea": "Korea",
    "uzbekistan": "Uzbekistan", "azerbaijan": "Azerbaijan",
}
CAUSES = ("elite", "mass", "outside")
COSTS = (*CAUSES, "balance", "sovereignty", "move")
ACTORS: tuple[tuple[str, str], ...] = (
    *((name, "formal") for name in ("foreign_ministry", "presidents_office", "security_council",
                                    "ruling_party", "parliament", "investors_council")),
    *((name, "informal") for name in ("family", "oil_gas", "mining", "banking", "construction")),
    ("public", "public"),
)
DOSSIERS: tuple[tuple[str, str, str, int, tuple[str, ...]], ...] = (
    ("foreign-troops", "Ask the alliance for troops", "security", 0,
     ("call troops in", "accept advisers", "decline")),
    ("recognise-republics", "Recognise the separatist republics", "politics", 5,
     ("recognise both", "avoid the question", "refuse openly", "condemn Russia")),
    ("sanctions-transit", "Goods that fall under sanctions", "economy", 14,
     ("let them pass", "look the other way", "control on request", "stop them")),
    ("caspian-pipeline", "Move oil across the Caspian", "economy", 26,
     ("stay with the northern pipe", "trial cargoes", "build a new route")),
    ("nuclear-plant", "Who builds the nuclear plant", "economy", 40,
     ("Russian firm", "consortium", "Chinese firm", "postpone for good")),
)
# fmt: on


@dataclass(frozen=True)
class Entry:
    """One line of a timeline."""

    id: str
    date: str
    event: str | None = None
    by: str | None = None
    on: str | None = None
    severity: float = 0.5
    title: str | None = None
    dossier: str | None = None
    options: tuple[str, ...] = ()


@dataclass(frozen=True)
class Power:
    """A power with no more than a name."""

    name: str


@dataclass(frozen=True)
class Steps:
    """A dated path given month by month."""

    monthly: tuple[float, ...]

    def values(self, start: object, months: int) -> np.ndarray:
        """Value of every month, float64 (months,)."""
        padded = list(self.monthly) + [self.monthly[-1]] * months
        return np.asarray(padded[:months], dtype=float)


@dataclass(frozen=True)
class Doctrine:
    """The doctrine's announced listening, nothing else."""

    listening: Steps


@dataclass(frozen=True)
class Actor:
    """An actor with no more than a name."""

    name: str


@dataclass(frozen=True)
class LightScenario:
    """The part of a scenario that readers of results use."""

    id: str
    title: str
    start: str
    end: str
    months: int
    powers: dict[str, Power]
    timeline: tuple[Entry, ...]
    doctrine: Doctrine
    hash: str
    citizens: int = 1000
    formal: dict[str, Actor] = field(default_factory=dict)
    informal: dict[str, Actor] = field(default_factory=dict)


@dataclass(frozen=True)
class SyntheticRun:
    """Looks like an `Ensemble` to everything that only reads."""

    scenario: LightScenario
    seed: int
    worlds: tuple[int, ...]
    tables: dict[str, pd.DataFrame]


def synthetic_scenario(
    months: int = 60,
    *,
    start: str = "2022-01",
    powers: tuple[str, ...] = ("russia", "china", "eu", "us", "turkiye"),
    names: dict[str, str] | None = None,
    title: str = "A war next door",
    id: str = "ukraine-war-2022",
    listening: int | None = 8,
    timeline: bool = True,
) -> LightScenario:
    """A scenario with names, dates and a timeline; `listening` is the month of the doctrine or None."""
    first = np.datetime64(start, "M")
    at = {i: str(first + np.timedelta64(i, "M")) for i in range(max(months, 1))}
    label = {**NAMES, **(names or {})}
    entries = [
        Entry("unrest", at[0], "unrest", severity=0.8, title="January unrest"),
        Entry("war", at.get(1, at[0]), "war", by=powers[0], severity=0.9),
        Entry("sanctions", at.get(2, at[0]), "sanctions", on=powers[0], severity=0.7),
        Entry("summit", at.get(20, at[0]), "summit", by=powers[-1], severity=0.3),
        Entry("terminal", at.get(6, at[0]), "transit_cut", severity=0.6, title="Pipeline terminal shut"),
        Entry("visit", at.get(32, at[0]), "visit", by=powers[-1], severity=0.2),
        Entry("floods", at.get(27, at[0]), "income_shock", severity=0.4, title="Spring floods"),
        Entry("rates", at.get(44, at[0]), "income_shock", severity=0.5),
        *(
            Entry(dossier, at[month], title=title, dossier=dossier, options=options)
            for dossier, title, _, month, options in DOSSIERS
            if month in at
        ),
    ]
    monthly = tuple(0.0 if listening is None or m < listening else 1.0 for m in range(max(months, 1)))
    return LightScenario(
        id=id,
        title=title,
        start=start,
        end=at[max(months, 1) - 1],
        months=months,
        powers={p: Power(label.get(p, p.title())) for p in powers},
        timeline=tuple(sorted(entries, key=lambda e: e.date)) if timeline else (),
        doctrine=Doctrine(Steps(monthly)),
        hash=hashlib.sha256(f"{id}{months}{powers}{listening}".encode()).hexdigest(),
        formal={a: Actor(a.replace("_", " ").capitalize()) for a, k in ACTORS if k == "formal"},
        informal={a: Actor(a.replace("_", " ").capitalize()) for a, k in ACTORS if k == "informal"},
    )


def synthetic_ensemble(
    worlds: int = 60,
    months: int = 60,
    *,
    seed: int = 7,
    shock: float = 1.0,
    scenario: LightScenario | None = None,
    decisions: bool = True,
    missing: float = 0.0,
    **scenario_options: Any,
) -> SyntheticRun:
    """An ensemble of random walks with every table of the contract.

    Args:
        worlds, months: size.
        seed: of the one generator; two calls with the same seed share their noise, so they are paired.
        shock: how strongly the first power's ties fall after month 1 (0: nothing changes).
        scenario: an own light scenario; else one from `scenario_options`.
        decisions: False leaves decisions, actions and wishes empty.
        missing: share of tie and outcome values that become NaN.
    """
    scenario = scenario or synthetic_scenario(months, **scenario_options)
    rng = np.random.default_rng(seed)
    powers = tuple(scenario.powers)
    ids = np.arange(worlds)
    dates = (np.datetime64(scenario.start, "M") + np.arange(months)).astype("datetime64[ns]")
    ties = _ties(rng, worlds, months, len(powers), shock)
    tables = {
        "ties": _tie_table(rng, ties, ids, dates, powers),
        "worlds": _world_table(rng, ties, ids, dates, powers, shock),
    }
    tables["events"] = _event_table(tables["worlds"], scenario, dates)
    tables.update(_decision_tables(rng, ids, dates, powers, shock) if decisions else _no_decisions())
    tables["failures"] = pd.DataFrame(columns=["world", "stage", "type", "message", "traceback", "seed"])
    if missing:
        for name, columns in (("ties", ["tie"]), ("worlds", ["approval", "autonomy", "protest"])):
            for column in columns:
                hole = np.random.default_rng(seed + 1).random(len(tables[name])) < missing
                tables[name].loc[hole, column] = np.nan
    return SyntheticRun(scenario, seed, tuple(int(i) for i in ids), tables)


def _walk(rng: np.random.Generator, shape: tuple[int, ...], step: float, axis: int = 1) -> np.ndarray:
    """Random walks that pull back to zero along `axis`, so that spread grows and then levels off."""
    noise = np.moveaxis(rng.normal(0, step, shape), axis, 0)
    out = np.empty_like(noise)
    now = np.zeros(noise.shape[1:])
    for month in range(len(noise)):
        now = 0.96 * now + noise[month]
        out[month] = now
    return np.moveaxis(out, 0, axis)


def _ties(rng: np.random.Generator, worlds: int, months: int, powers: int, shock: float) -> np.ndarray:
    """Ties (world, month, power, domain) in 0..1."""
    start = np.resize(
        [[0.74, 0.6, 0.86], [0.55, 0.62, 0.34], [0.5, 0.66, 0.2], [0.45, 0.32, 0.25], [0.48, 0.3, 0.24]],
        (powers, 3),
    )
    slope = np.resize(
        [[-0.3, -0.1, -0.2], [0.1, 0.12, 0.05], [0.05, 0.02, 0.0], [-0.06, 0.0, -0.05], [0.14, 0.08, 0.1]],
        (powers, 3),
    )
    curve = 1 - np.exp(-np.maximum(np.arange(months) - 1, 0) / 14)
    luck = rng.normal(1, 0.35, (worlds, 1, 1, 1))
    path = start + shock * luck * slope * curve[None, :, None, None]
    return np.clip(path + _walk(rng, (worlds, months, powers, 3), 0.022), 0, 1)


def _tie_table(
    rng: np.random.Generator, ties: np.ndarray, ids: np.ndarray, dates: np.ndarray, powers: tuple[str, ...]
) -> pd.DataFrame:
    w, t, p, d = (axis.ravel() for axis in np.indices(ties.shape))
    return pd.DataFrame(
        {
            "world": ids[w],
            "month": t,
            "date": dates[t],
            "power": np.asarray(powers, dtype=object)[p],
            "domain": np.asarray(DOMAINS, dtype=object)[d],
            "tie": ties.ravel(),
            "engagement": np.clip(ties.ravel() + rng.normal(0, 0.03, ties.size), 0, 1),
            "pressure": np.where(p == 0, 0.7, 0.2),
        }
    )


def _world_table(
    rng: np.random.Generator,
    ties: np.ndarray,
    ids: np.ndarray,
    dates: np.ndarray,
    powers: tuple[str, ...],
    shock: float,
) -> pd.DataFrame:
    worlds, months = ties.shape[:2]
    shape = (worlds, months)
    mean = ties.mean(axis=3)
    share = mean / mean.sum(axis=2, keepdims=True)
    unrest = np.exp(-np.arange(months) / 5) * shock
    grievance = np.clip(0.38 + 0.08 * unrest + _walk(rng, shape, 0.012), 0, 1)
    shown = np.clip(grievance - 0.12 + _walk(rng, shape, 0.008), 0, 1)
    hazard = {
        "elite": 0.003 * np.exp(0.4 * unrest + _walk(rng, shape, 0.1)),
        "mass": 0.002 * np.exp(2.0 * unrest + _walk(rng, shape, 0.12)),
        "outside": 0.001 * np.exp(0.5 * shock + _walk(rng, shape, 0.08)),
    }
    top = mean.argmax(axis=2)
    order = np.sort(mean, axis=2)
    dependence = order[..., -1]
    lost = np.full(shape, "", dtype=object)
    president = np.zeros(shape, dtype=int)
    for cause in CAUSES:
        lost[rng.random(shape) < hazard[cause]] = cause
    president = np.cumsum(lost != "", axis=1)
    outcomes: dict[str, np.ndarray] = {
        "total_engagement": mean.sum(axis=2),
        "openness": np.exp(-(share * np.log(np.maximum(share, 1e-9))).sum(axis=2)),
        "openness_simpson": 1 / (share**2).sum(axis=2),
        "dependence": dependence,
        "dependence_gap": dependence - order[..., -2] if len(powers) > 1 else dependence,
        "dependence_power": np.asarray(powers, dtype=object)[top],
        "autonomy": np.clip(1 - dependence + 0.2 + _walk(rng, shape, 0.01), 0, 1),
        **{f"hazard_{cause}": value for cause, value in hazard.items()},
        "hazard": 1 - np.prod([1 - value for value in hazard.values()], axis=0),
        "approval": np.clip(
            0.62 - 0.5 * (grievance - 0.38) - 0.08 * unrest + 0.6 * (dependence - 0.7) + _walk(rng, shape, 0.01),
            0,
            1,
        ),
        "grievance": grievance,
        "shown_grievance": shown,
        "speaking": np.clip(shown + 0.1, 0, 1),
        "protest": np.clip(
            0.004 + 0.06 * unrest * rng.gamma(2, 0.5, (worlds, 1)) + rng.exponential(0.002, shape), 0, 1
        ),
        "repression": np.clip(0.3 + _walk(rng, shape, 0.01), 0, 1),
        "reform": np.clip(0.25 + _walk(rng, shape, 0.01), 0, 1),
        "competitiveness": np.clip(0.12 + _walk(rng, shape, 0.005), 0, 1),
        "income": 1.0 + _walk(rng, shape, 0.01),
        "elite_loyalty": np.clip(0.7 + _walk(rng, shape, 0.01), 0, 1),
        "congruence_public": np.clip(0.6 + _walk(rng, shape, 0.02), 0, 1),
        "congruence_informal": np.clip(0.75 + _walk(rng, shape, 0.02), 0, 1),
        "congruence_formal": np.clip(0.68 + _walk(rng, shape, 0.02), 0, 1),
        "president": president,
        "lost": lost,
    }
    for number, domain in enumerate(DOMAINS):
        part = ties[..., number] / np.maximum(ties[..., number].sum(axis=2, keepdims=True), 1e-9)
        outcomes[f"openness_{domain}"] = 1 / (part**2).sum(axis=2)
    w, t = (axis.ravel() for axis in np.indices(shape))
    return pd.DataFrame({"world": ids[w], "month": t, "date": dates[t], **{k: v.ravel() for k, v in outcomes.items()}})


def _event_table(worlds: pd.DataFrame, scenario: LightScenario, dates: np.ndarray) -> pd.DataFrame:
    ended = worlds[worlds["lost"] != ""]
    rows = [
        {
            "world": row.world,
            "month": row.month,
            "date": row.date,
            "kind": "office_lost",
            "subject": row.lost,
            "title": "",
            "severity": 1.0,
        }
        for row in ended.itertuples()
    ]
    first = np.datetime64(scenario.start, "M")
    for entry in scenario.timeline:
        if entry.event:
            month = int((np.datetime64(entry.date, "M") - first).astype(int))
            rows += [
                {
                    "world": int(w),
                    "month": month,
                    "date": dates[month],
                    "kind": entry.event,
                    "subject": entry.by or entry.on or "",
                    "title": entry.title or "",
                    "severity": entry.severity,
                }
                for w in worlds["world"].unique()
            ]
    return pd.DataFrame(rows, columns=["world", "month", "date", "kind", "subject", "title", "severity"])


# fmt: off
DECISION_COLUMNS = [
    "world", "month", "date", "decision", "dossier", "title", "kind", "domain", "initiator", "n_options",
    "option", "option_name", "position", "move", "probability", "months_open", "ballooned", "vetoed",
    "replayed", *(f"hazard_{c}_{when}" for when in ("before", "after") for c in CAUSES),
    "congruence_public", "congruence_informal", "congruence_formal",
]
ACTION_COLUMNS = ["world", "decision", "action", "option", "announced", "move", "probability", "cost",
                  *(f"cost_{c}" for c in COSTS)]
WISH_COLUMNS = ["world", "decision", "constituency", "kind", "wish", "salience", "weight"]
# fmt: on


def _no_decisions() -> dict[str, pd.DataFrame]:
    columns = {"decisions": DECISION_COLUMNS, "actions": ACTION_COLUMNS, "wishes": WISH_COLUMNS}
    return {name: pd.DataFrame(columns=names) for name, names in columns.items()}


def _decision_tables(
    rng: np.random.Generator, ids: np.ndarray, dates: np.ndarray, powers: tuple[str, ...], shock: float
) -> dict[str, pd.DataFrame]:
    decisions: list[dict[str, Any]] = []
    actions: list[dict[str, Any]] = []
    wishes: list[dict[str, Any]] = []
    constituencies = [*ACTORS, *((p, "power") for p in powers), ("elder", "elder")]
    base = np.random.default_rng(3).random((len(DOSSIERS), len(constituencies)))
    base[:, len(ACTORS)] *= 0.15
    base[:, len(ACTORS) + 2 :] = 0.7 + 0.3 * base[:, len(ACTORS) + 2 :]
    weight = np.array(
        [{"formal": 0.05, "informal": 0.14, "public": 0.3, "power": 0.12, "elder": 0.1}[k] for _, k in constituencies]
    ) * (0.5 + np.random.default_rng(5).random(len(constituencies)))
    for world in ids:
        agenda = [(number, "scripted", month) for number, (*_, month, _) in enumerate(DOSSIERS) if month < len(dates)]
        agenda += [
            (-1, kind, int(month))
            for kind, rate in (("routine", 0.25), ("domestic", 0.15))
            for month in np.flatnonzero(rng.random(len(dates)) < rate)
        ]
        for number, kind, month in agenda:
            _decide(
                rng,
                int(world),
                number,
                kind,
                month,
                dates,
                constituencies,
                base,
                weight,
                shock,
                (decisions, actions, wishes),
            )
    return {
        "decisions": pd.DataFrame(decisions, columns=DECISION_COLUMNS),
        "actions": pd.DataFrame(actions, columns=ACTION_COLUMNS),
        "wishes": pd.DataFrame(wishes, columns=WISH_COLUMNS),
    }


def _decide(
    rng: np.random.Generator,
    world: int,
    number: int,
    kind: str,
    month: int,
    dates: np.ndarray,
    constituencies: list[tuple[str, str]],
    base: np.ndarray,
    weight: np.ndarray,
    shock: float,
    out: tuple[list[dict[str, Any]], list[dict[str, Any]], list[dict[str, Any]]],
) -> None:
    """One decision with its wishes and actions: costs are weighted distances plus a little of the rest."""
    if number >= 0:
        dossier, title, domain, _, names = DOSSIERS[number]
        wish01 = np.clip(base[number] + rng.normal(0, 0.05, len(constituencies)), 0, 1)
    else:
        domain = "domestic" if kind == "domestic" else DOMAINS[int(rng.integers(3))]
        dossier, title = f"{kind}-{domain}", f"{kind.capitalize()} question ({domain})"
        names = ("yield", "meet half way", "hold firm")
        wish01 = rng.random(len(constituencies))
    options = len(names)
    decision = f"{dossier}@{str(dates[month])[:7]}"
    axis = np.linspace(0, 1, options)
    loss = np.abs(axis[:, None] - wish01) * weight
    kinds = np.array([k for _, k in constituencies])
    parts = {
        "elite": loss[:, (kinds == "informal") | (kinds == "formal") | (kinds == "elder")].sum(axis=1) - 0.25,
        "mass": loss[:, kinds == "public"].sum(axis=1),
        "outside": loss[:, kinds == "power"].sum(axis=1) * (0.6 + 0.6 * shock) - 0.1,
        "balance": 0.15 * np.abs(axis - 0.5),
        "sovereignty": 0.2 * (1 - axis) ** 2,
    }
    idle = ("delay", "trial_balloon")
    offers = [(o, "settle", 0.0) for o in range(options)]
    offers += [(0, "side_payment", 0.12), (options - 1, "side_payment", 0.1)]
    offers += [(options - 1, "concession", 0.16), (options - 1, "repression", 0.2)]
    offers += [(-1, "delay", 0.1), (options // 2, "trial_balloon", 0.15)]
    rows: list[dict[str, Any]] = []
    for action, (option, move, price) in enumerate(offers):
        put = {c: float(v.mean() if option < 0 else v[option]) for c, v in parts.items()}
        if move in ("side_payment", "concession"):
            put["elite" if move == "side_payment" else "mass"] -= 0.08
        put["move"] = price
        row = {"world": world, "decision": decision, "action": action, "move": move}
        row["option"] = 0 if move in idle else option + 1
        row["announced"] = option + 1 if move == "trial_balloon" else 0
        rows.append({**row, "cost": sum(put.values()), **{f"cost_{c}": put[c] for c in COSTS}})
    cost = np.array([row["cost"] for row in rows])
    weights = np.exp(-9.0 * (cost - cost.min()))
    chance = weights / weights.sum()
    for row, p in zip(rows, chance, strict=True):
        row["probability"] = float(p)
    taken = rows[int(rng.choice(len(rows), p=chance))]
    option = int(taken["option"])
    position = (option - 1) / (options - 1) if option else np.nan
    group = {g: float(np.average(wish01[kinds == g])) for g in ("public", "informal", "formal")}
    heard = 0.15 if month >= 8 and domain != "domestic" else 0.0
    told: dict[str, Any] = {"world": world, "month": month, "date": dates[month], "decision": decision}
    told |= {"dossier": dossier, "title": title, "kind": kind, "domain": domain, "initiator": ""}
    told |= {"n_options": options, "option": option, "option_name": names[option - 1] if option else ""}
    told |= {"position": position, "move": taken["move"], "probability": taken["probability"]}
    told |= {"months_open": 0, "ballooned": taken["move"] == "trial_balloon", "vetoed": False}
    told |= {"replayed": False, **{f"hazard_{c}_{w}": 0.003 for w in ("before", "after") for c in CAUSES}}
    for g, v in group.items():
        told[f"congruence_{g}"] = min(1.0, 1 - abs(position - v) + (heard if g == "public" else 0.0))
    out[0].append(told)
    out[1].extend(rows)
    for (name, which), wish, heft in zip(constituencies, wish01, weight, strict=True):
        voice = {"world": world, "decision": decision, "constituency": name, "kind": which}
        voice |= {"wish": 1 + wish * (options - 1), "salience": float(np.clip(rng.normal(0.5, 0.2), 0, 1))}
        out[2].append({**voice, "weight": float(heft * rng.lognormal(0, 0.15))})
