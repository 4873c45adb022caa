"""The cast: who takes part, as constant arrays read once from a scenario.

Axes: P powers, D domains, G language groups, A domestic actors (formal first, then informal, the elder last),
S sectors. Nothing here changes during a run; what changes is in `politics.state`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from multivector.numerics import Floats
from multivector.scenario.roles import FORMAL_ROLES
from multivector.scenario.schema import Formal, Informal

if TYPE_CHECKING:
    from multivector.scenario import Scenario

__all__ = ["DOMAINS", "DOMESTIC", "ECONOMY", "ELDER", "FORMAL", "INFORMAL", "POLITICS", "SECURITY", "Cast"]

DOMAINS = ("politics", "economy", "security")
POLITICS, ECONOMY, SECURITY, DOMESTIC = range(4)
FORMAL, INFORMAL, ELDER = range(3)


@dataclass(frozen=True)
class Cast:
    """Constant arrays of everyone who takes part (axes in the module's docstring)."""

    powers: tuple[str, ...]
    power_names: tuple[str, ...]
    capability: Floats  # (P, D) 0..1
    values: Floats  # (P,) 0..1
    rivalry: Floats  # (P, P) 0..1: row minds our closeness to column
    transit: Floats  # (P, P) 0..1: share of our trade with column that runs through row
    lock_in: Floats  # (P,) 0..1: bloc, border and kin that deepen ties by themselves
    votes: NDArray[np.bool_]  # (P,) whose votes in the assembly of states are on record
    tie0: Floats  # (P, D) dated record at start
    groups: tuple[str, ...]
    group_share: Floats  # (G,) sums to 1
    exposure: Floats  # (G, P) 0..1
    affinity: Floats  # (G, P) -1..1 dated record at start
    actors: tuple[str, ...]
    actor_names: tuple[str, ...]
    kind: NDArray[np.int64]  # (A,) FORMAL | INFORMAL | ELDER
    role: tuple[str, ...]  # (A,) formal role, "" for others
    clout0: Floats  # (A,) 0..1 dated record at start
    loyalty0: Floats  # (A,) 0..1 dated record at start
    stake: Floats  # (A, P) -1..1
    inertia: Floats  # (A,) 0..1 weight of the status quo
    sovereignty: Floats  # (A,) 0..1 weight of sovereignty
    sector: NDArray[np.int64]  # (A,) index into sectors, -1 for none
    link: Floats  # (A, P) 0..1
    holder: NDArray[np.int64]  # (A,) index of the informal actor who holds this formal post, -1 for none
    sectors: tuple[str, ...]
    partner: Floats  # (S, P) 0..1
    brokerage: float  # joint capacity of the advisers, 0..1
    lean: float  # -1 (formal) .. 1 (inner circle), capacity-weighted
    elder: bool

    @cached_property
    def formal(self) -> NDArray[np.bool_]:
        """Mask (A,) of formal actors."""
        return np.asarray(self.kind == FORMAL)

    @cached_property
    def informal(self) -> NDArray[np.bool_]:
        """Mask (A,) of informal actors."""
        return np.asarray(self.kind == INFORMAL)

    @cached_property
    def dismissible(self) -> NDArray[np.bool_]:
        """Mask (A,) of those who hold office at the president's pleasure: by their role, see `scenario.roles`."""
        return np.array([role in FORMAL_ROLES and FORMAL_ROLES[role].dismissible for role in self.role], dtype=bool)

    def with_role(self, role: str) -> NDArray[np.bool_]:
        """Mask (A,) of the formal actors with one role."""
        if role not in self._masks:
            self._masks[role] = np.array([r == role for r in self.role], dtype=bool)
        return self._masks[role]

    @cached_property
    def _masks(self) -> dict[str, NDArray[np.bool_]]:
        return {}

    @classmethod
    def from_scenario(cls, scenario: Scenario) -> Cast:
        """Read a resolved scenario. Powers, actors and sectors keep the scenario's order."""
        start = scenario.start
        powers = scenario.powers
        ids = tuple(powers)
        formal, informal = scenario.formal, scenario.informal
        elder = scenario.offices.elder
        actors = (*formal, *informal, "elder")
        count = len(actors)
        groups = scenario.public.language_groups
        sectors = scenario.economy.sectors

        def per_power(values: dict[str, float] | None) -> list[float]:
            return [float((values or {}).get(pid, 0.0)) for pid in ids]

        stake = np.zeros((count, len(ids)))
        link = np.zeros((count, len(ids)))
        clout, loyalty, inertia, sovereignty = (np.zeros(count) for _ in range(4))
        sector = np.full(count, -1, dtype=np.int64)
        holder = np.full(count, -1, dtype=np.int64)
        kind = np.array([FORMAL] * len(formal) + [INFORMAL] * len(informal) + [ELDER], dtype=np.int64)
        names, roles = [], []
        everyone: list[Formal | Informal] = [*formal.values(), *informal.values()]
        for index, actor in enumerate(everyone):
            names.append(actor.name)
            roles.append(actor.role if isinstance(actor, Formal) else "")
            clout[index] = actor.clout.at(start)
            loyalty[index] = actor.loyalty.at(start)
            inertia[index] = actor.status_quo
            sovereignty[index] = actor.sovereignty
            stake[index] = per_power(actor.stakes)
            if isinstance(actor, Formal):
                continue
            link[index] = per_power(actor.link)
            if actor.sector:
                sector[index] = list(sectors).index(actor.sector)
            if actor.holds_post:
                holder[list(formal).index(actor.holds_post)] = index
        names.append(elder.title if elder else "Elder")
        roles.append("")
        loyalty[-1] = 1.0
        if elder:
            stake[-1] = per_power(elder.stakes)
            sovereignty[-1] = elder.sovereignty
        if not scenario.mechanisms.get("clout", True):
            clout[:-1] = clout[:-1].mean() if count > 1 else 0.0
        capacity = np.array([a.capacity for a in scenario.advisers.values()], dtype=np.float64)
        leans = np.array([a.lean for a in scenario.advisers.values()], dtype=np.float64)
        weight = float(np.add.reduce(capacity)) if capacity.size else 0.0
        return cls(
            powers=ids,
            power_names=tuple(power.name for power in powers.values()),
            capability=np.array([[p.capability[d] for d in DOMAINS] for p in powers.values()]),
            values=np.array([p.values for p in powers.values()]),
            rivalry=np.array([per_power(p.rivalry) for p in powers.values()]),
            transit=np.array([per_power(p.transit) for p in powers.values()]),
            lock_in=np.array([p.lock_in for p in powers.values()]),
            votes=np.array([p.assembly is not None for p in powers.values()], dtype=bool),
            tie0=np.array([[p.ties.domain(d).at(start) for d in DOMAINS] for p in powers.values()]),
            groups=tuple(groups),
            group_share=np.array([g.share for g in groups.values()]),
            exposure=np.array([per_power(g.exposure) for g in groups.values()]),
            affinity=np.array([[p.affinity[g].at(start) for p in powers.values()] for g in groups]),
            actors=actors,
            actor_names=tuple(names),
            kind=kind,
            role=tuple(roles),
            clout0=clout,
            loyalty0=loyalty,
            stake=stake,
            inertia=inertia,
            sovereignty=sovereignty,
            sector=sector,
            link=link,
            holder=holder,
            sectors=tuple(sectors),
            partner=np.array([per_power(s.partners) for s in sectors.values()]).reshape(len(sectors), len(ids)),
            brokerage=float(1.0 - np.multiply.reduce(1.0 - capacity)) if capacity.size else 0.0,
            lean=float(np.add.reduce(capacity * leans) / weight) if weight > 0 else 0.0,
            elder=elder is not None,
        )
