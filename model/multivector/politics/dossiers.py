"""Dossiers: how questions open, stay open, and come before the president as cases.

Scripted dossiers come from the scenario's timeline and open in every world. Routine ones arise by chance: a power
asks for closer ties, or grievance puts a domestic question on the table. One routine question of each kind can be
open in a world at a time.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from multivector.agents.cast import DOMAINS, DOMESTIC, Cast
from multivector.numerics import Floats
from multivector.politics.cases import Case
from multivector.politics.hazards import mean_pressure
from multivector.politics.state import State
from multivector.scenario.paths import months_between
from multivector.scenario.schema import Dossier

if TYPE_CHECKING:
    from multivector.scenario import Scenario

__all__ = ["Agenda", "ScriptedDossier"]

NOT_YET, OPEN, SETTLED = range(3)
_DEMAND_OPTIONS = ("refuse", "meet halfway", "accept")
_DOMESTIC_OPTIONS = ("tighten", "stand firm", "yield")
_DEMAND_SCALE = np.linspace(0.0, 1.0, len(_DEMAND_OPTIONS))
_DOMESTIC_SCALE = np.linspace(-1.0, 1.0, len(_DOMESTIC_OPTIONS))
_DOMESTIC_TITLES = (
    "Prisoners and assembly: tighten or yield",
    "Rules of elections and parties: tighten or yield",
    "Prices and wages: stand firm or yield",
)


@dataclass(frozen=True)
class ScriptedDossier:
    """A dossier of the timeline, with its interests as arrays (A actors, P powers, S sectors, O options)."""

    index: int
    name: str
    key: str  # the timeline id: the key of its random draws
    title: str
    opens: int
    due: int
    options: tuple[str, ...]
    domain: int
    reference: float
    power_wish: Floats  # (P,)
    power_salience: Floats  # (P,)
    stated_wish: Floats  # (A,)
    stated_exactly: NDArray[np.bool_]  # (A,)
    stated_salience: Floats  # (A,)
    public_wish: float
    public_salience: float
    sovereignty: Floats  # (O,)
    opening: Floats  # (O,)
    rents: Floats  # (S, O)
    offers: Floats  # (P,) steps promised in return
    forum: Floats  # (O,)
    mediation: Floats  # (O,)
    between: NDArray[np.int64]  # (2,) powers between which it mediates, or empty
    expires: NDArray[np.int64]  # (O,) months after which a settlement lapses, 0 = never
    decided: int  # the option that the scenario takes, -1 where the president weighs

    @classmethod
    def read(cls, index: int, entry: Dossier, name: str, scenario: Scenario, cast: Cast, p: Any) -> ScriptedDossier:
        """Turn a timeline entry's option numbers into positions on the axis 0..1."""
        options = len(entry.options)

        def axis(number: float) -> float:
            return (float(number) - 1.0) / (options - 1.0)

        wish = np.array([axis(entry.wishes[pid]) if pid in entry.wishes else 0.5 for pid in cast.powers])
        care = np.array(
            [entry.salience.get(pid, p.dossiers.power_salience) if pid in entry.wishes else 0.0 for pid in cast.powers]
        )
        body = ("formal", "informal", "elder")
        stated, salience = np.full(len(cast.actors), np.nan), np.full(len(cast.actors), np.nan)
        exactly = np.zeros(len(cast.actors), dtype=bool)
        for i, actor in enumerate(cast.actors):
            group = body[cast.kind[i]]
            exactly[i] = actor in entry.wishes
            if actor in entry.wishes or group in entry.wishes:
                stated[i] = axis(entry.wishes.get(actor, entry.wishes.get(group, np.nan)))
            if actor in entry.salience or group in entry.salience:
                salience[i] = entry.salience.get(actor, entry.salience.get(group, np.nan))
        opens = months_between(scenario.start, entry.date)
        due = months_between(scenario.start, entry.due) if entry.due else opens + int(p.dossiers.due_months)
        rents = np.zeros((len(cast.sectors), options))
        for sector, values in entry.rents.items():
            rents[cast.sectors.index(sector)] = values
        return cls(
            index=index,
            name=name,
            key=entry.id,
            title=entry.title or entry.dossier.replace("-", " "),
            opens=opens,
            due=due,
            options=tuple(entry.options),
            domain=(*DOMAINS, "domestic").index(entry.domain),
            reference=axis(entry.middle),
            power_wish=wish,
            power_salience=care,
            stated_wish=stated,
            stated_exactly=exactly,
            stated_salience=salience,
            public_wish=axis(entry.wishes["public"]) if "public" in entry.wishes else float("nan"),
            public_salience=entry.salience.get("public", p.dossiers.public_salience),
            sovereignty=np.array(entry.sovereignty or [0.0] * options, dtype=np.float64),
            opening=np.array(entry.opening or [0.0] * options, dtype=np.float64),
            rents=rents,
            offers=np.array([entry.offers.get(pid, 0.0) for pid in cast.powers]),
            forum=np.array(entry.forum or [0.0] * options, dtype=np.float64),
            mediation=np.array(entry.mediation or [0.0] * options, dtype=np.float64),
            between=np.array([cast.powers.index(pid) for pid in entry.between if pid in cast.powers], dtype=np.int64),
            expires=np.array(entry.expires or [0] * options, dtype=np.int64),
            decided=-1 if entry.decided is None else entry.decided - 1,
        )


def _numbered(names: list[str], index: int) -> str:
    earlier = names[:index].count(names[index])
    return names[index] if earlier == 0 else f"{names[index]}-{earlier + 1}"


class Agenda:
    """Which dossiers are open in which worlds.

    Arrays: `status`, `ballooned`, `opened`, `due`, `reopenings`, `renewals`, `lapses` (the month, -1 for never),
    `settled_at` (W, number of scripted dossiers);
    `demand_*` and `domestic_*` (W,) for the one routine question of each kind.
    """

    def __init__(self, scenario: Scenario, cast: Cast, worlds: int, p: Any, on: Callable[[str], bool]) -> None:
        entries = [e for e in scenario.timeline if isinstance(e, Dossier)]
        names = [entry.dossier for entry in entries]
        self.scripted = [
            # a name used twice gets a number, so that each has random streams and ids of its own
            ScriptedDossier.read(i, e, _numbered(names, i), scenario, cast, p)
            for i, e in enumerate(entries)
        ]
        self.passing = [dossier for dossier in self.scripted if dossier.expires.any()]
        self.cast, self.p, self.on = cast, p, on
        count = len(self.scripted)
        self.status = np.zeros((worlds, count), dtype=np.int64)
        self.ballooned = np.zeros((worlds, count), dtype=bool)
        self.opened = np.zeros((worlds, count), dtype=np.int64)
        self.due = np.zeros((worlds, count), dtype=np.int64)
        self.reopenings = np.zeros((worlds, count), dtype=np.int64)
        self.renewals = np.zeros((worlds, count), dtype=np.int64)
        self.lapses = np.full((worlds, count), -1, dtype=np.int64)
        self.settled_at = np.zeros((worlds, count))
        self.demand_power = np.full(worlds, -1, dtype=np.int64)
        self.demand_domain = np.zeros(worlds, dtype=np.int64)
        self.demand_opened = np.zeros(worlds, dtype=np.int64)
        self.domestic = np.full(worlds, -1, dtype=np.int64)
        self.domestic_opened = np.zeros(worlds, dtype=np.int64)
        actors = len(cast.actors)
        #: what is left open in a routine question: the same arrays in every case, not to be written to
        self._unstated: dict[str, Any] = {
            "stated_wish": np.full(actors, np.nan),
            "stated_exactly": np.zeros(actors, dtype=bool),
            "stated_salience": np.full(actors, np.nan),
            "offers": np.zeros(len(cast.powers)),
            "between": np.empty(0, dtype=np.int64),
        }

        #: (name, title) of everything that can come before the president; a case's `entry` indexes it
        self.catalogue: list[tuple[str, str]] = [(d.name, d.title) for d in self.scripted]
        for pid, name in zip(cast.powers, cast.power_names, strict=True):
            for domain in DOMAINS:
                title = f"{name} asks for closer ties in {domain}"
                self.catalogue.append((f"demand-{pid.replace('_', '-')}-{domain}", title))
        self.catalogue += [(f"domestic-{i + 1}", title) for i, title in enumerate(_DOMESTIC_TITLES)]

    # --- opening ----------------------------------------------------------------------------------------------
    def open_scripted(self, month: int) -> None:
        """Open the scripted dossiers of this month in every world."""
        for dossier in self.scripted:
            if dossier.opens == month:
                self.status[:, dossier.index] = OPEN
                self.opened[:, dossier.index] = month
                self.due[:, dossier.index] = max(dossier.due, month)

    def lapse(self, month: int) -> list[tuple[ScriptedDossier, NDArray[np.intp]]]:
        """Settlements with an end run out this month, and their questions open again (K4)."""
        if not self.on("expiry"):
            return []
        found = []
        for dossier in self.passing:
            ends = (self.lapses[:, dossier.index] == month) & (self.status[:, dossier.index] == SETTLED)
            rows = np.flatnonzero(ends)
            if rows.size:
                self._open_again(dossier, rows, month)
                self.renewals[rows, dossier.index] += 1
                self.ballooned[rows, dossier.index] = False
                found.append((dossier, rows))
        return found

    def _open_again(self, dossier: ScriptedDossier, rows: NDArray[np.intp], month: int) -> None:
        self.status[rows, dossier.index] = OPEN
        self.opened[rows, dossier.index] = month
        self.due[rows, dossier.index] = month + int(self.p.dossiers.due_months)

    def open_routine(self, state: State, interest: Floats, month: int, draw: Floats) -> None:
        """Powers ask for closer ties: at most one new demand a world. interest (P,); draw (W, 3) uniform."""
        if not self.on("routine_dossiers"):
            return
        press = mean_pressure(state, self.p)
        rate = self.p.dossiers.demand_rate * interest * (self.p.dossiers.demand_floor + press)  # (W, P)
        edges = np.cumsum(rate, axis=1)
        asked = (draw[:, 0] < np.minimum(edges[:, -1], 1.0)) & (self.demand_power < 0)
        who = np.minimum((edges < (draw[:, 1] * edges[:, -1])[:, None]).sum(axis=1), edges.shape[1] - 1)
        supply = (state.engagement * self.cast.capability)[np.arange(len(who)), who]
        span = np.cumsum(supply, axis=1)
        where = np.minimum((span < (draw[:, 2] * span[:, -1])[:, None]).sum(axis=1), len(DOMAINS) - 1)
        self.demand_power = np.where(asked, who, self.demand_power)
        self.demand_domain = np.where(asked, where, self.demand_domain)
        self.demand_opened = np.where(asked, month, self.demand_opened)

    def open_domestic(self, state: State, month: int, draw: Floats) -> None:
        """Grievance puts domestic questions on the table. draw (W, 2) uniform."""
        if not self.on("domestic_dossiers"):
            return
        chance = self.p.dossiers.domestic_rate * state.grievance
        asked = (draw[:, 0] < chance) & (self.domestic < 0)
        kind = np.minimum((draw[:, 1] * len(_DOMESTIC_TITLES)).astype(np.int64), len(_DOMESTIC_TITLES) - 1)
        self.domestic = np.where(asked, kind, self.domestic)
        self.domestic_opened = np.where(asked, month, self.domestic_opened)

    def reopen(self, state: State, month: int) -> list[tuple[ScriptedDossier, NDArray[np.intp]]]:
        """The street reopens a settled dossier: protest above a size, and that issue the loudest of the settled ones.

        It must be at least half as loud as whatever else is in the air.
        """
        if not self.on("reopening") or not self.scripted:
            return []
        hot = state.protest > self.p.unrest.reopen_share
        found: list[tuple[ScriptedDossier, NDArray[np.intp]]] = []
        if not hot.any():
            return found
        row = np.arange(len(hot))
        index = state.issue_dossier
        asked = np.maximum(index, 0)
        may = (index >= 0) & (self.status[row[:, None], asked] == SETTLED)
        may &= self.reopenings[row[:, None], asked] < self.p.dossiers.reopenings
        loud = np.where(may, state.issue_salience, -1.0)
        slot = np.argmax(loud, axis=1)
        heard = 2.0 * loud[row, slot] >= state.issue_salience.max(axis=1)
        loudest = np.where(hot & heard, index[row, slot], -1)
        for number in np.unique(loudest[loudest >= 0]):
            dossier, rows = self.scripted[number], (loudest == number).nonzero()[0]
            self._open_again(dossier, rows, month)
            self.reopenings[rows, dossier.index] += 1
            self.ballooned[rows, dossier.index] = True  # the street has answered already
            found.append((dossier, rows))
        return found

    # --- before the president ---------------------------------------------------------------------------------
    def cases(self, state: State, month: int) -> list[Case]:
        """The cases of this month, in the order in which they come before the president."""
        waiting = (self.status == OPEN).any(axis=0)
        found = [
            case for dossier in self.scripted if waiting[dossier.index] for case in self._scripted_cases(dossier, month)
        ]
        found += self._demand_cases(month)
        found += self._domestic_cases(state, month)
        return found

    def _scripted_cases(self, dossier: ScriptedDossier, month: int) -> list[Case]:
        open_here = self.status[:, dossier.index] == OPEN
        again = self.reopenings[:, dossier.index] + self.renewals[:, dossier.index] > 0
        cases = []
        for kind, mask in (("scripted", open_here & ~again), ("reopened", open_here & again)):
            rows = mask.nonzero()[0]
            if rows.size == 0:
                continue
            early = self.due[rows, dossier.index] > month
            ballooned = self.ballooned[rows, dossier.index]
            batch = rows.size
            cases.append(
                Case(
                    name=dossier.name,
                    stream=f"dossier:{dossier.key}",
                    kind=kind,
                    index=dossier.index,
                    entry=np.full(batch, dossier.index),
                    option_names=dossier.options,
                    rows=rows,
                    domain=np.full(batch, dossier.domain),
                    initiator=np.full(batch, -1),
                    reference=np.where(again[rows], self.settled_at[rows, dossier.index], dossier.reference),
                    power_wish=np.full((batch, len(dossier.power_wish)), dossier.power_wish),
                    power_salience=np.full((batch, len(dossier.power_wish)), dossier.power_salience),
                    stated_wish=dossier.stated_wish,
                    stated_exactly=dossier.stated_exactly,
                    stated_salience=dossier.stated_salience,
                    public_wish=dossier.public_wish,
                    public_salience=np.full(batch, dossier.public_salience),
                    sovereignty=dossier.sovereignty,
                    opening=dossier.opening,
                    rents=dossier.rents,
                    offers=dossier.offers,
                    forum=dossier.forum,
                    mediation=dossier.mediation,
                    between=dossier.between,
                    may_delay=early,
                    may_announce=early & ~ballooned,
                    ballooned=ballooned,
                    months_open=month - self.opened[rows, dossier.index],
                    decided=dossier.decided if kind == "scripted" else -1,
                )
            )
        return cases

    def _demand_cases(self, month: int) -> list[Case]:
        cast, p = self.cast, self.p
        rows = (self.demand_power >= 0).nonzero()[0]
        if rows.size == 0:
            return []
        power, domain = self.demand_power[rows], self.demand_domain[rows]
        batch = np.arange(rows.size)
        wish = np.zeros((rows.size, len(cast.powers)))
        wish[batch, power] = 1.0
        care = p.dossiers.rival_salience * cast.rivalry.T[power]  # who minds our closeness to the asker
        care[batch, power] = p.dossiers.demand_salience
        return [
            self._routine(
                kind="routine",
                entry=len(self.scripted) + power * len(DOMAINS) + domain,
                options=_DEMAND_OPTIONS,
                rows=rows,
                domain=domain,
                initiator=power,
                reference=0.0,
                wish=wish,
                care=care,
                public_wish=float("nan"),
                public_salience=np.full(rows.size, p.dossiers.routine_public_salience),
                sovereignty=p.dossiers.demand_sovereignty * _DEMAND_SCALE,
                opening=np.zeros(len(_DEMAND_OPTIONS)),
                opened=self.demand_opened[rows],
                month=month,
            )
        ]

    def _domestic_cases(self, state: State, month: int) -> list[Case]:
        cast, p = self.cast, self.p
        rows = (self.domestic >= 0).nonzero()[0]
        if rows.size == 0:
            return []
        return [
            self._routine(
                kind="domestic",
                entry=len(self.scripted) + len(cast.powers) * len(DOMAINS) + self.domestic[rows],
                options=_DOMESTIC_OPTIONS,
                rows=rows,
                domain=np.full(rows.size, DOMESTIC),
                initiator=np.full(rows.size, -1),
                reference=0.5,
                wish=np.ones((rows.size, len(cast.powers))),
                care=np.full((rows.size, len(cast.powers)), p.dossiers.values_salience * cast.values),
                public_wish=1.0,
                public_salience=np.minimum(p.dossiers.domestic_salience * state.grievance[rows], 1.0),
                sovereignty=np.zeros(len(_DOMESTIC_OPTIONS)),
                opening=p.dossiers.domestic_opening * _DOMESTIC_SCALE,
                opened=self.domestic_opened[rows],
                month=month,
            )
        ]

    def _routine(
        self,
        *,
        kind: str,
        entry: NDArray[np.int64],
        options: tuple[str, ...],
        rows: NDArray[np.intp],
        domain: NDArray[np.int64],
        initiator: NDArray[np.int64],
        reference: float,
        wish: Floats,
        care: Floats,
        public_wish: float,
        public_salience: Floats,
        sovereignty: Floats,
        opening: Floats,
        opened: NDArray[np.int64],
        month: int,
    ) -> Case:
        batch = rows.size
        return Case(
            name=kind,
            stream=kind,
            kind=kind,
            index=-1,
            entry=entry,
            option_names=options,
            rows=rows,
            domain=domain,
            initiator=initiator,
            reference=np.full(batch, reference),
            power_wish=wish,
            power_salience=care,
            **self._unstated,
            public_wish=public_wish,
            public_salience=public_salience,
            sovereignty=sovereignty,
            opening=opening,
            rents=np.zeros((len(self.cast.sectors), len(options))),
            forum=np.zeros(len(options)),
            mediation=np.zeros(len(options)),
            may_delay=month - opened < int(self.p.dossiers.routine_months),
            may_announce=np.zeros(batch, dtype=bool),
            ballooned=np.zeros(batch, dtype=bool),
            months_open=month - opened,
        )

    # --- after the decision -----------------------------------------------------------------------------------
    def close(self, case: Case, rows: NDArray[np.intp], position: Floats, month: int) -> None:
        """Mark a case as settled in these worlds, at these positions (both of the same length)."""
        if case.index >= 0:
            self.status[rows, case.index] = SETTLED
            lasts = self.scripted[case.index].expires[np.rint(position * (case.options - 1)).astype(np.int64)]
            self.lapses[rows, case.index] = np.where(lasts > 0, month + lasts, -1)
            self.settled_at[rows, case.index] = position
        elif case.kind == "domestic":
            self.domestic[rows] = -1
        else:
            self.demand_power[rows] = -1

    def announce(self, case: Case, rows: NDArray[np.intp]) -> None:
        """Mark that a trial balloon is up."""
        self.ballooned[rows, case.index] = True
