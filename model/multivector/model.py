"""The model: W worlds of a president between giants, advanced together month by month."""

from __future__ import annotations

from collections.abc import Callable, MutableMapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from multivector.agents.adviser import Adviser
from multivector.agents.cast import DOMAINS, FORMAL, INFORMAL, POLITICS, Cast
from multivector.agents.elites import Elder, FormalActor, InformalActor
from multivector.agents.power import Power
from multivector.agents.president import President
from multivector.agents.public import Public
from multivector.lean import mesa
from multivector.numerics import Floats, total
from multivector.outcomes import WORLD_MEASURES, Recorder
from multivector.parameters import Parameters
from multivector.politics import assembly, consequences, elections, ties, visits
from multivector.politics.cases import Case
from multivector.politics.dossiers import Agenda
from multivector.politics.events import compile_events
from multivector.politics.hazards import Hazards, dependence_shares
from multivector.politics.influence import GROUPS, InfluenceMeter
from multivector.politics.positions import Positions, take_positions
from multivector.politics.replay import Replay
from multivector.politics.state import CAUSES, State
from multivector.politics.succession import hand_over
from multivector.scenario import Scenario, load_scenario
from multivector.scenario.paths import Path, months_between
from multivector.scenario.schema import Event
from multivector.streams import Streams

if TYPE_CHECKING:
    import pandas as pd

    from multivector.ensemble import Ensemble

__all__ = ["PHASES", "MultivectorModel", "simulate_block"]

#: The phases of a month, in order: (method, what happens).
PHASES: tuple[tuple[str, str], ...] = (
    ("world_turns", "timeline events and the paths of the outside"),
    ("powers_act", "powers set pressure and engagement"),
    ("dossiers_open", "scripted, routine and reopened dossiers open"),
    ("actors_take_positions", "formal and informal actors take positions and lobby"),
    ("public_speaks", "the public forms opinion, hides or shows it, protests"),
    ("president_decides", "the president appraises each case and chooses"),
    ("consequences_follow", "ties, income, loyalties and debts move; office may be lost"),
    ("record", "measures are taken"),
)


class MultivectorModel(mesa.Model):  # type: ignore[misc]
    """W parallel worlds of one scenario; one `step()` is one month in all of them.

    Parameters
    ----------
    scenario : a resolved Scenario, or the name or path of one.
    worlds : number of worlds, or their global ids. World k is the same alone and in a batch.
    rng : master seed (an int).
    replay : decisions to repeat where the same dossier is open (see `politics.replay`).
    threads : threads of the public's kernel; results do not depend on it.
    collect : whether to fill `datacollector` with the world means of every measure.
    influence : whether to measure influence on every decision (table `influence`), or of whom (`politics.influence`).

    The arrays of all worlds are in `state`; agents own their rows and columns of it.
    """

    def __init__(
        self,
        scenario: Scenario | str = "baseline-2019",
        *,
        worlds: int | Sequence[int] = 1,
        rng: int = 7,
        replay: Replay | None = None,
        threads: int | None = None,
        collect: bool = True,
        influence: bool | Sequence[str] = False,
    ) -> None:
        seed = int(rng)
        super().__init__(rng=seed & 0x7FFFFFFF)
        # `scenario` is a property of mesa.Model from 3.5 on, hence `setting`
        self.setting = load_scenario(scenario) if isinstance(scenario, str) else scenario
        ids = range(worlds) if isinstance(worlds, int) else worlds
        self.worlds: NDArray[np.int64] = np.array(list(ids), dtype=np.int64)
        self.p: Any = Parameters(self.setting.parameter_values)
        self.months = self.setting.months
        self.streams = Streams(seed, self.worlds)
        self.cast = Cast.from_scenario(self.setting)
        self.replay = replay
        self.month = 0
        self._read_paths()
        self._start_stocks()
        self.exogenous = compile_events(self.setting, self.cast, self.p)
        self.routes = ties.Routes.read(self.cast, self.exogenous, self.on)
        self._timeline: dict[int, list[Event]] = {}
        for entry in self.setting.timeline:
            if isinstance(entry, Event):
                self._timeline.setdefault(self.month_index(entry.date, 0), []).append(entry)
        self._purged: NDArray[np.bool_] = np.any(self.exogenous.purge > 0, axis=0)
        self.ballots = elections.ballots(self.setting, self.cast)
        own = self.setting.offices.successor.ties
        self.heir = self.p.successor.own_ties * np.array([own.get(pid, 0.0) for pid in self.cast.powers])
        self.agenda = Agenda(self.setting, self.cast, len(self.worlds), self.p, self.on)
        self.recorder = Recorder(self.worlds, self.months, self.cast, self.agenda.catalogue)
        self.influence = self._meter(influence)
        self.docket: list[tuple[Case, Positions]] = []
        #: powers (W, P) that have seen something settled this month which did not concern them
        self.settled_without = np.zeros((len(self.worlds), len(self.cast.powers)), dtype=bool)
        self.measures: dict[str, Floats] = {}
        self._people_the_stage(threads)
        # Mesa 3.3 keeps every model alive through this registry (fixed in 3.4)
        getattr(mesa.Agent, "_ids", {}).pop(self, None)
        self.datacollector = mesa.DataCollector(
            model_reporters={name: partial(_world_mean, name=name) for name in WORLD_MEASURES}
        )
        self._collect = collect
        self.running = True

    def on(self, mechanism: str) -> bool:
        """Whether a mechanism is switched on in this scenario."""
        return bool(self.setting.mechanisms.get(mechanism, True))

    def month_index(self, date: str | None, otherwise: int) -> int:
        """Months from the start to a date `YYYY-MM`; `otherwise` for None."""
        return otherwise if date is None else months_between(self.setting.start, date)

    # --- building ---------------------------------------------------------------------------------------------
    def _read_paths(self) -> None:
        s, m = self.setting, self.months
        powers = list(s.powers.values())

        def by_domain(name: str) -> Floats:
            return np.stack(
                [
                    np.stack([getattr(power, name).domain(d).values(s.start, m) for d in DOMAINS], axis=1)
                    for power in powers
                ],
                axis=1,
            )

        self.paths = ties.Paths(
            pressure=by_domain("pressure"),
            engagement=by_domain("engagement"),
            interest=np.stack([power.interest.values(s.start, m) for power in powers], axis=1),
            credibility=np.stack([power.credibility.values(s.start, m) for power in powers], axis=1),
        )
        none = np.zeros(m)
        voted = [none if power.assembly is None else power.assembly.values(s.start, m) for power in powers]
        self.assembly = np.stack(voted, axis=1)  # (M, P): share of yes votes
        self.doctrine_balance = s.doctrine.balance.values(s.start, m)
        self.doctrine_sovereignty = s.doctrine.sovereignty.values(s.start, m)
        self.doctrine_listening = s.doctrine.listening.values(s.start, m)
        lean = [s.doctrine.lean.get(name, Path.constant(0.0)).values(s.start, m) for name in self.cast.powers]
        self.doctrine_lean = np.stack(lean, axis=1)  # (months, P)
        attention = [getattr(s.doctrine.attention, cause).values(s.start, m) for cause in CAUSES]
        self.doctrine_attention = np.stack(attention, axis=1)  # (months, 3)

    def _start_stocks(self) -> None:
        s, cast, p = self.setting, self.cast, self.p
        names = ("income", "grievance", "repression", "reform", "competitiveness", "doubt")
        stocks = {name: float(getattr(s.stocks, name).at(s.start)) for name in names}
        stocks |= {"tenure": p.visits.tenure_start, "since_visit": p.visits.half_life}
        owed = s.stocks.obligation
        obligation = np.array([owed[pid].at(s.start) if pid in owed else 0.0 for pid in cast.powers])
        self.state = State.start(
            len(self.worlds),
            cast,
            divergence=p.outside.divergence_start,
            obligation=obligation,
            stocks=stocks,
        )
        share = dependence_shares(cast.tie0, cast, p)
        economy = cast.tie0[:, 1]
        self.start = ties.Start(
            income=stocks["income"],
            repression=stocks["repression"],
            reform=stocks["reform"],
            doubt=stocks["doubt"],
            grievance=stocks["grievance"],
            dependence=float(total(share * share)),
            rent=total(cast.partner * economy),
            trade=float(np.add.reduce(cast.capability[:, 1] * economy)),
        )

    def _meter(self, wanted: bool | Sequence[str]) -> InfluenceMeter | None:
        if not wanted:
            return None
        return InfluenceMeter(GROUPS if wanted is True else wanted, self.cast, self._purged)

    def _people_the_stage(self, threads: int | None) -> None:
        self.president = President(self)
        self.elder = Elder(self, len(self.cast.actors) - 1) if self.cast.elder else None
        for key in self.setting.advisers:
            Adviser(self, key)
        for column, kind in enumerate(self.cast.kind):
            if kind == FORMAL:
                FormalActor(self, column)
            elif kind == INFORMAL:
                InformalActor(self, column)
        for row in range(len(self.cast.powers)):
            Power(self, row)
        self.public = Public(self, threads)

    # --- a month ----------------------------------------------------------------------------------------------
    def step(self) -> None:
        """One month in every world."""
        self.world_turns()
        self.powers_act()
        self.dossiers_open()
        self.actors_take_positions()
        self.public_speaks()
        self.president_decides()
        self.consequences_follow()
        self.record()

    def world_turns(self) -> None:
        """Timeline events strike; offices change hands by date."""
        state, exo, t = self.state, self.exogenous, self.month
        self.recorder.begin(t)
        state.threat = state.threat + exo.threat[t]
        state.obligation = np.minimum(state.obligation + exo.obligation[t], 1.0)
        for name, impulse in (
            ("doubt", exo.doubt[t]),
            ("reform", exo.reform[t]),
            ("repression", exo.repression[t]),
        ):
            setattr(state, name, np.clip(getattr(state, name) + impulse, 0.0, 1.0))
        state.clout = state.clout * (1.0 - exo.purge[t])
        veto = self.elder is not None and self.on("elder_veto") and self.elder.holds_veto(t)
        state.elder_veto = np.full(len(self.worlds), veto) & ~state.broken
        state.clout[:, -1] = self.p.elder.clout * state.elder_veto  # while he can refuse, he counts (B2)
        self._announce_events()
        self._pass_the_seat()
        self.settled_without[:] = False
        state.lost[:] = -1

    def _pass_the_seat(self) -> None:
        """Named successions and elections of this month."""
        state, p, t = self.state, self.p, self.month
        everyone = np.ones(len(self.worlds), dtype=bool)
        if self.exogenous.succession[t]:
            self._hand_over(everyone & ~state.broken, self.heir, orderly=True)
        if not self.on("elections"):
            return
        for ballot in self.ballots:
            if ballot.month != t:
                continue
            people = len(ballot.candidates)
            draw = self.streams.normal(f"election:{ballot.name}", t, 0, people + people % 2)[:, :people]
            count = elections.hold(ballot, state, draw, p, self.on)
            elections.react(ballot, count, state, p, self.on)
            self.recorder.election(ballot, count)
            won = count.winner == ballot.regime
            if ballot.succession:
                self._hand_over(won & ~state.broken, self.heir, orderly=True)
            mandate = p.elections.mandate * ballot.platform[count.winner]
            self._hand_over(~won, mandate, orderly=False)

    def _hand_over(self, passes: NDArray[np.bool_], bond: Floats, *, orderly: bool) -> None:
        start = self.p.outside.divergence_start
        hand_over(self.state, self.cast, passes, bond, start, self.p, self.on, orderly=orderly)
        self.recorder.event(np.flatnonzero(passes), "succession" if orderly else "turnover")

    def _announce_events(self) -> None:
        """Enter this month's timeline events in the table of events of every world."""
        everyone = np.arange(len(self.worlds))
        for entry in self._timeline.get(self.month, ()):
            self.recorder.event(everyone, entry.event, entry.subject, entry.title, entry.severity)

    def powers_act(self) -> None:
        """Powers set this month's pressure and engagement; investors bring offers once a year."""
        if self.on("moods"):
            # keyed by power: another power leaves the moods of the rest as they were
            moods = tuple(f"mood:{pid}" for pid in self.cast.powers)
            draws = self.streams.normals(moods, self.month, 0, len(DOMAINS))
            ties.stray(self.state, draws, self.p)
        ties.act_powers(self.state, self.cast, self.paths, self.exogenous, self.start, self.month, self.p, self.on)
        if self.on("lock_in"):
            ties.deepen(self.state, self.cast, self.p)
        if self.on("visits"):
            self._travel()
        if self.on("council_of_investors"):
            ties.hold_council(self.state, self.cast, self.start, self.month_of_year, self.p)

    def _travel(self) -> None:
        t = self.month
        self.state.since_visit = self.state.since_visit + 1.0
        if not visits.due(self.state, t, self.p).any():
            return
        elder = self.setting.offices.elder
        draw = self.streams.uniform("visits", t, 0, 2)
        envoy = elder is not None and elder.envoy
        for rows, power in visits.travel(self.state, self.cast, self.interest, t, envoy, draw, self.p, self.on):
            self.recorder.event(rows, "visit", self.cast.powers[power])

    def dossiers_open(self) -> None:
        """Scripted dossiers open by date, routine ones by chance, settled ones again under street pressure."""
        agenda, streams, t = self.agenda, self.streams, self.month
        agenda.open_scripted(t)
        for dossier, rows in agenda.lapse(t):
            self.recorder.event(rows, "lapsed", dossier.name, dossier.title)
        agenda.open_routine(self.state, self.interest, t, streams.uniform("demand", t, 0, 3))
        agenda.open_domestic(self.state, t, streams.uniform("domestic", t, 0, 2))
        for dossier, rows in agenda.reopen(self.state, t):
            self.recorder.event(rows, "reopened", dossier.name, dossier.title)

    def actors_take_positions(self) -> None:
        """Everyone at home takes a position in every case on the docket."""
        self.docket = [
            (case, take_positions(case, self.cast, self.state, self.p, self.on))
            for case in self.agenda.cases(self.state, self.month)
        ]

    def public_speaks(self) -> None:
        """The public lives through a month of four weeks."""
        self.public.live()
        wave = self.state.protest > self.p.unrest.reopen_share
        self.recorder.event(np.flatnonzero(wave), "protest_wave")

    def president_decides(self) -> None:
        """The docket, case by case."""
        for case, positions in self.docket:
            self.president.decide(case, positions)

    def consequences_follow(self) -> None:
        """Misreadings, ties, income, memory; then the hazards are drawn."""
        state, cast, p, exo, t = self.state, self.cast, self.p, self.exogenous, self.month
        if self.on("misreading"):
            draws = self.streams.uniforms(tuple(f"misreading:{pid}" for pid in cast.powers), t)[:, :, 0]
            seen = ties.misread(state, self.settled_without, draws, p)
            for row in np.flatnonzero(seen.any(axis=0)):
                self.recorder.event(
                    np.flatnonzero(seen[:, row]), "threat", cast.powers[row], "An innocent move misread"
                )
        ties.move_ties(state, self.credibility, self.routes, exo, t, p, self.on)
        ties.move_income(state, cast, self.routes, exo, self.start, t, p, self.on)
        rents = ties.sector_rents(state, cast, self.routes, exo, t)
        consequences.drift(state, cast, rents, self.start, self._purged, p, self.on)
        state.hazard = Hazards(p, self.on).realised(state, cast)
        if self.on("hazard_draws"):
            self._draw_hazards()

    def _draw_hazards(self) -> None:
        state, t = self.state, self.month
        draw = self.streams.uniform("office", t, 0, len(CAUSES))
        struck = draw < state.hazard
        lost: NDArray[np.bool_] = np.any(struck, axis=1)
        if not lost.any():
            state.lost = np.full(len(lost), -1)
            return
        # where two causes strike at once, the one that had more to spare is named
        cause = np.argmax(np.where(struck, state.hazard / draw, 0.0), axis=1)
        state.lost = np.where(lost, cause, -1)
        start = self.p.outside.divergence_start
        hand_over(state, self.cast, lost, self.heir, start, self.p, self.on, orderly=False)
        for index, name in enumerate(CAUSES):
            self.recorder.event((lost & (cause == index)).nonzero()[0], "office_lost", name)

    def record(self) -> None:
        """Take the month's measures and turn the page."""
        flow = ties.trade_flow(self.state, self.cast, self.routes, self.exogenous, self.month)
        stand = self.assembly[self.month]
        votes = assembly.agreement(self.state.tie[:, :, POLITICS], stand, self.cast, self.p, self.on)
        self.measures = self.recorder.record(self.state, flow, votes, self.p)
        if self._collect:
            self.datacollector.collect(self)
        self.state.tenure += 1
        self.month += 1
        self.running = self.month < self.months

    @property
    def interest(self) -> Floats:
        """How much each power cares this month, (P,), 0..1."""
        here: Floats = self.paths.interest[self.month] * (1.0 - self.exogenous.absence[self.month])
        return here

    @property
    def credibility(self) -> Floats:
        """Long-term backing behind what each power promises this month, (P,), 0..1."""
        return self.paths.credibility[self.month] if self.on("credibility") else np.ones(len(self.cast.powers))

    @property
    def month_of_year(self) -> int:
        """1 (January) .. 12 of the current month."""
        first = int(self.setting.start[5:7])
        return (first - 1 + self.month) % 12 + 1

    # --- results ----------------------------------------------------------------------------------------------
    def ensemble(self) -> Ensemble:
        """What has been recorded so far, as tables."""
        from multivector.ensemble import Ensemble

        return Ensemble(
            scenario=self.setting,
            seed=self.streams.seed,
            worlds=tuple(int(w) for w in self.worlds),
            tables=self._tables(),
        )

    def _tables(self) -> MutableMapping[str, pd.DataFrame]:
        tables = self.recorder.tables(self.setting.start)
        if self.influence is not None:
            import pandas as pd

            dates = pd.date_range(f"{self.setting.start}-01", periods=self.months, freq="MS")
            names = [name for name, _ in self.agenda.catalogue]
            tables["influence"] = self.influence.table(self.worlds, names, dates)
        return tables


def _world_mean(model: MultivectorModel, name: str) -> float:
    """Mean of a measure over worlds (the value itself for one world); NaN before the first month."""
    values = model.measures.get(name)
    return float(np.mean(values)) if values is not None else float("nan")


def simulate_block(
    scenario: Scenario,
    *,
    worlds: Sequence[int],
    seed: int,
    progress: Callable[[int], None] | None = None,
    replay: Replay | None = None,
    threads: int | None = None,
    influence: bool | Sequence[str] = False,
    watch: Callable[[MultivectorModel], None] | None = None,
) -> Ensemble:
    """Run one block of worlds to the end of the scenario.

    `progress` is called with the months done, `watch` with the model before its first month.
    """
    model = MultivectorModel(
        scenario, worlds=list(worlds), rng=seed, replay=replay, threads=threads, collect=False, influence=influence
    )
    if watch is not None:
        watch(model)
    while model.month < model.months:
        model.step()
        if progress is not None:
            progress(model.month)
    return model.ensemble()
