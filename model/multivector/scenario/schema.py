"""The scenario's schema: frozen models, unknown keys refused, every field described for its author.

`ScenarioDocument` is what a YAML file says (its JSON Schema helps editors). `Scenario` (in
`multivector.scenario.scenario`) is the resolved whole that the model runs.
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag

from multivector.scenario.events import DOSSIER_DOMAINS, EVENT_KINDS
from multivector.scenario.fields import (
    FieldSources,
    Flag,
    GroupPaths,
    Month,
    PerDomainNumbers,
    PerDomainPaths,
    Source,
    Text,
    dated,
    number,
    one_of,
    whole,
)
from multivector.scenario.mechanisms import MECHANISM_NOTES, MECHANISMS
from multivector.scenario.paths import DOMAINS, DomainPaths, Path, month_number
from multivector.scenario.roles import FORMAL_ROLES

__all__ = ["DOMAINS", "MECHANISMS", "MECHANISM_NOTES", "SCHEMA", "Dossier", "Election", "Event", "ScenarioDocument"]

SCHEMA = 1
"""The number of the schema that this version reads and writes."""

MAX_MONTHS = 1200
"""Longest scenario, in months."""
MAX_OPTIONS = 6
"""Most options of a dossier."""
MAX_CITIZENS = 1_000_000
"""Most simulated citizens."""

Unit = Annotated[float, number(0.0, 1.0)]
Signed = Annotated[float, number(-1.0, 1.0)]
Number = Annotated[float, number(float("-inf"), float("inf"))]
UnitPath = Annotated[Path, dated(0.0, 1.0)]
Shares = dict[str, Unit]
SignedShares = dict[str, Signed]


class Record(BaseModel):
    """What all parts of a scenario share: frozen, and unknown keys are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True, arbitrary_types_allowed=True)


class Sourced(Record):
    """A part that can carry notes and name its sources."""

    notes: Text | None = Field(default=None, description="Remarks for the reader; no effect on results.")
    sources: tuple[Text, ...] = Field(default=(), description="Keys of the top-level `sources` that support this part.")
    source: FieldSources | None = Field(
        default=None, description="One source key, several, or one for each field (`{pressure: L22}`)."
    )


class LanguageGroup(Sourced):
    """Citizens who share a media language."""

    name: Text = Field(description="Display name.")
    share: Unit = Field(description="Share of the citizens, 0..1; the shares of all groups sum to 1.")
    exposure: Shares = Field(default={}, description="Power → how far its media reach this group, 0..1 (others 0).")


class Public(Sourced):
    """The citizens."""

    language_groups: dict[str, LanguageGroup] = Field(description="Groups by media language, in display order.")


class Power(Sourced):
    """A power outside, great or middling, toward which there are ties."""

    name: Text = Field(description="Display name.")
    capability: Annotated[dict[str, float], PerDomainNumbers(0.0, 1.0)] = Field(
        description="What it can bring to bear, 0..1: one number, or one for each domain."
    )
    interest: UnitPath = Field(
        default=Path.constant(1.0), description="How much it cares about this country, 0..1, dated."
    )
    credibility: UnitPath = Field(
        default=Path.constant(1.0), description="Long-term backing behind what it offers, 0..1, dated."
    )
    pressure: Annotated[DomainPaths, PerDomainPaths(0.0, 1.0)] = Field(
        default=DomainPaths.filled(Path.constant(0.0)),
        description="The cost it threatens for divergence, 0..1, by domain, dated.",
    )
    engagement: Annotated[DomainPaths, PerDomainPaths(0.0, 1.0)] = Field(
        description="What it offers, 0..1, by domain, dated."
    )
    ties: Annotated[DomainPaths, PerDomainPaths(0.0, 1.0)] = Field(
        description="Dated records of our ties to it, 0..1, by domain; only the value at `start` is used."
    )
    values: Unit = Field(
        default=0.0, description="How far it answers reform with engagement, repression with coolness, 0..1."
    )
    rivalry: Shares = Field(
        default={}, description="Power → how much it minds our closeness to that power, 0..1 (others 0)."
    )
    transit: Shares = Field(
        default={},
        description="Power → share of our trade with that power that runs through this one, 0..1 (others 0).",
    )
    affinity: Annotated[dict[str, Path], GroupPaths(-1.0, 1.0)] = Field(
        default={},
        validate_default=True,
        description="Dated records of the public's attitude to it, -1..1, by group; the value at `start`.",
    )
    lock_in: Unit = Field(
        default=0.0,
        description="How far bloc obligations, a common border and kin across it deepen ties by themselves, 0..1.",
    )
    assembly: UnitPath | None = Field(
        default=None,
        description="Share of the roll calls of the assembly of states on which it votes yes, 0..1, dated; without it "
        "no agreement in votes is observed for this power.",
    )


class President(Sourced):
    """The one who decides."""

    title: Text = Field(description="Title of the office.")
    name: Text | None = Field(default=None, description="Who holds it, for display.")
    successor_of: Text | None = Field(default=None, description="Who held it before, for display.")


class Elder(Sourced):
    """A former president who still has a say."""

    title: Text = Field(default="Elder", description="Title, for display.")
    name: Text | None = Field(default=None, description="Who it is, for display.")
    veto: Flag = Field(default=True, description="Whether decisions need the elder's consent while in place.")
    envoy: Flag = Field(default=True, description="Whether the elder travels for the president while in place.")
    since: Month | None = Field(
        default=None, alias="from", description="First month in place (default: from the start)."
    )
    until: Month | None = Field(default=None, description="Month in which the elder's part ends (default: never).")
    stakes: SignedShares = Field(
        default={}, description="Power → how much the elder gains (or loses) by the tie to it, -1..1."
    )
    sovereignty: Unit = Field(default=0.0, description="Weight on not handing control away, 0..1.")

    def in_place(self, date: str) -> bool:
        """Whether the elder has a part in the month `date` (`YYYY-MM`); `until` itself no longer counts."""
        month = month_number(date)
        return (self.since is None or month_number(self.since) <= month) and (
            self.until is None or month < month_number(self.until)
        )


class Successor(Sourced):
    """Who takes the president's seat when it changes hands."""

    name: Text | None = Field(default=None, description="Who it is, for display.")
    ties: SignedShares = Field(
        default={}, description="Power → the successor's own ties to it, -1 (estranged) to 1 (close)."
    )


class Offices(Sourced):
    """Who holds which office."""

    president: President = Field(description="The president's office.")
    successor: Successor = Field(default=Successor(), description="Who follows when the seat changes hands.")
    elder: Elder | None = Field(default=None, description="A former president with a veto, if there is one.")


class Adviser(Sourced):
    """A broker between formal and informal actors."""

    name: Text = Field(description="Display name.")
    capacity: Unit = Field(description="How much brokerage the adviser manages, 0..1.")
    lean: Signed = Field(default=0.0, description="-1 leans to formal actors, 1 to the inner circle.")


class Formal(Sourced):
    """A body with a formal part in decisions."""

    name: Text = Field(description="Display name.")
    role: Annotated[str, one_of(tuple(FORMAL_ROLES))] = Field(description="Its part in decisions.")
    clout: UnitPath = Field(description="Weight among the elites, 0..1; a dated record, the value at `start`.")
    loyalty: UnitPath = Field(description="Loyalty to the president, 0..1; a dated record, the value at `start`.")
    stakes: SignedShares = Field(
        default={}, description="Power → how much it gains (or, below 0, loses) by the tie to it, -1..1."
    )
    status_quo: Unit = Field(default=0.0, description="Attachment to things as they are, 0..1.")
    sovereignty: Unit = Field(default=0.0, description="Weight on not handing control away, 0..1.")


class Informal(Sourced):
    """An elite group without (or beside) a formal part."""

    name: Text = Field(description="Display name.")
    clout: UnitPath = Field(description="Weight among the elites, 0..1; a dated record, the value at `start`.")
    loyalty: UnitPath = Field(description="Loyalty to the president, 0..1; a dated record, the value at `start`.")
    stakes: SignedShares = Field(
        default={}, description="Power → how much it gains (or, below 0, loses) by the tie to it, -1..1."
    )
    sector: Text | None = Field(default=None, description="The economic sector it lives on, if any.")
    status_quo: Unit = Field(default=0.0, description="Attachment to things as they are, 0..1.")
    sovereignty: Unit = Field(default=0.0, description="Weight on not handing control away, 0..1.")
    link: Shares = Field(
        default={}, description="Power → strength with which that power works through this group, 0..1."
    )
    holds_post: Text | None = Field(
        default=None, description="The formal actor in which a member holds a post, if any."
    )


class Sector(Sourced):
    """A part of the economy that yields rents."""

    name: Text = Field(description="Display name.")
    partners: Shares = Field(default={}, description="Power → weight of its economy in the sector's rents, 0..1.")


class Economy(Sourced):
    """What rents come from."""

    sectors: dict[str, Sector] = Field(default={}, description="Sectors, in display order.")


class Stocks(Sourced):
    """Where things stand at the start: dated records, of which the value at `start` is used."""

    income: Annotated[Path, dated(0.0, 10.0)] = Field(description="Real income index, 1 = 2019.")
    grievance: UnitPath = Field(description="Mean private grievance, 0..1.")
    repression: UnitPath = Field(description="Level of repression, 0..1.")
    reform: UnitPath = Field(description="Level of political reform, 0..1.")
    competitiveness: UnitPath = Field(description="Competitiveness of elections, 0..1.")
    doubt: UnitPath = Field(description="Doubt about statehood and succession, 0..1.")
    obligation: dict[str, UnitPath] = Field(default={}, description="Power → favours owed to it, 0..1 (others 0).")


class Attention(Record):
    """How much a rise in each hazard of losing office counts in the president's choice; 1 = as much as it is."""

    elite: Annotated[Path, dated(0.0, 3.0)] = Field(
        default=Path.constant(1.0), description="Multiplier of a rise in the hazard of an elite split, 0..3, dated."
    )
    mass: Annotated[Path, dated(0.0, 3.0)] = Field(
        default=Path.constant(1.0), description="Multiplier of a rise in the hazard of mass unrest, 0..3, dated."
    )
    outside: Annotated[Path, dated(0.0, 3.0)] = Field(
        default=Path.constant(1.0), description="Multiplier of a rise in the hazard from outside, 0..3, dated."
    )


class Doctrine(Sourced):
    """The announced line of foreign and domestic policy."""

    balance: Annotated[Path, dated(0.0, 3.0)] = Field(
        default=Path.constant(1.0), description="Multiplier of the taste for balance, 0..3, dated."
    )
    sovereignty: Annotated[Path, dated(0.0, 3.0)] = Field(
        default=Path.constant(1.0), description="Multiplier of the taste for sovereignty, 0..3, dated."
    )
    listening: UnitPath = Field(
        default=Path.constant(0.0), description="The announced listening state, 0 (none) to 1 (full), dated."
    )
    lean: dict[str, Annotated[Path, dated(-2.0, 2.0)]] = Field(
        default={},
        description="Power → favour, on balance, that counts as even for it, -2..2, dated; others 0. "
        "The taste for balance pulls towards it.",
    )
    attention: Attention = Field(
        default=Attention(), description="How much a rise in each hazard counts in the president's choice."
    )


class Entry(Record):
    """What events and dossiers share."""

    id: Text = Field(default="", description="Name by which an extending scenario replaces or removes the entry.")
    date: Month = Field(description="Month in which it happens or opens.")
    title: Text = Field(default="", description="Title, for display.")
    notes: Text | None = Field(default=None, description="Remarks for the reader; no effect on results.")
    source: Source | None = Field(default=None, description="Key(s) of the top-level `sources`.")


class Event(Entry):
    """Something that happens to everybody on a date."""

    event: Annotated[str, one_of(tuple(EVENT_KINDS))] = Field(description="Kind of event.")
    severity: Unit = Field(default=0.5, description="How severe, 0..1.")
    by: Text | None = Field(default=None, description="The power that does it.")
    on: Text | None = Field(default=None, description="The power that it is done to.")
    with_: Text | None = Field(default=None, alias="with", description="The power that it is done with.")
    through: Text | None = Field(default=None, description="The power whose territory it concerns.")
    in_: Text | None = Field(default=None, alias="in", description="The power or country where it happens.")
    actors: tuple[Text, ...] = Field(default=(), description="The formal or informal actors concerned.")
    months: Annotated[int, whole(1, MAX_MONTHS)] | None = Field(
        default=None, description="How long it lasts, in months."
    )
    sign: Annotated[int, whole(-1, 1)] = Field(default=-1, description="-1 for a fall, 1 for a rise.")

    @property
    def subject(self) -> str:
        """Whom or what it is about: the power's id (or the country's name), or an empty text."""
        return self.by or self.on or self.with_ or self.through or self.in_ or ""


class Dossier(Entry):
    """A question that the president must settle: two to six options in order."""

    dossier: Text = Field(description="Name of the question (a slug such as `recognise-republics`).")
    due: Month | None = Field(default=None, description="Last month in which to settle it.")
    domain: Annotated[str, one_of(tuple(DOSSIER_DOMAINS))] = Field(description="What it is about.")
    options: tuple[Text, ...] = Field(description="The options in order, from one end of the question to the other.")
    status_quo: Number | None = Field(
        default=None,
        description="Option number (may lie between two) closest to things as they are; default: middle.",
    )
    wishes: dict[str, Number] = Field(
        default={},
        description="Power, actor, formal, informal, public or elder → the option number it wishes.",
    )
    salience: Shares = Field(default={}, description="The same keys → how much it cares, 0..1.")
    sovereignty: tuple[Unit, ...] | None = Field(
        default=None,
        description="For each option, control over territory, force or decision that it hands away, 0..1.",
    )
    opening: tuple[Signed, ...] | None = Field(
        default=None,
        description="For each option, how far it loosens (+) or tightens (-) the hold on office, -1..1.",
    )
    rents: dict[str, tuple[Signed, ...]] = Field(
        default={}, description="Sector → for each option, the rents that it gains or loses, -1..1."
    )
    offers: Shares = Field(
        default={},
        description="Power → the step that it promises in return for its wish, 0..1; without one it asks and gives "
        "nothing.",
    )
    forum: tuple[Unit, ...] | None = Field(
        default=None, description="For each option, how far it goes through a multilateral forum, 0..1."
    )
    mediation: tuple[Unit, ...] | None = Field(
        default=None, description="For each option, how much good offices it offers to the powers of `between`, 0..1."
    )
    between: tuple[Text, ...] = Field(default=(), description="The two powers between which `mediation` mediates.")
    decided: Annotated[int, whole(1, MAX_OPTIONS)] | None = Field(
        default=None,
        description="Option number that is taken when the dossier opens, whatever it costs; default: the president "
        "weighs. What the street reopens is weighed anew.",
    )
    expires: tuple[Annotated[int, whole(0, MAX_MONTHS)], ...] | None = Field(
        default=None,
        description="For each option, the months after which it lapses and the question opens again (0 = never).",
    )

    @property
    def middle(self) -> float:
        """The option number that counts as the status quo: as stated, else the middle."""
        return (len(self.options) + 1) / 2 if self.status_quo is None else float(self.status_quo)


class Candidate(Record):
    """Somebody who stands, or would stand, for president."""

    name: Text = Field(description="Display name.")
    regime: Flag = Field(default=False, description="Whether this is the candidate of those in office (exactly one).")
    admitted: Flag = Field(default=True, description="false: kept off the ballot.")
    platform: SignedShares = Field(
        default={}, description="Power → closer to it (up to 1) or away from it (down to -1) than now."
    )
    opening: Signed = Field(default=0.0, description="Political opening (+) or closing (-) that is promised, -1..1.")
    following: Unit = Field(
        default=0.1, description="Share of the citizens who would vote for this candidate in a quiet year, 0..1."
    )


class Election(Entry):
    """A presidential election, held in the month `date`."""

    election: Text = Field(description="Name of the election (a slug such as `election-2019`).")
    candidates: dict[str, Candidate] = Field(description="Candidates, in display order; one is the regime's.")
    succession: Flag = Field(
        default=False, description="Whether the regime's candidate takes the seat from somebody else."
    )


def entry_kind(value: Any) -> str:
    """Tell an event, a dossier and an election apart."""
    if isinstance(value, dict):
        if "election" in value or ("event" not in value and "candidates" in value):
            return "election"
        # a misspelt `dossier` is known by its options
        return "dossier" if "dossier" in value or ("event" not in value and "options" in value) else "event"
    if isinstance(value, Election):
        return "election"
    return "dossier" if isinstance(value, Dossier) else "event"


TimelineEntry = Annotated[
    Annotated[Event, Tag("event")] | Annotated[Dossier, Tag("dossier")] | Annotated[Election, Tag("election")],
    Discriminator(entry_kind),
]


class ScenarioDocument(Record):
    """A scenario file."""

    schema_: Annotated[int, whole(SCHEMA, SCHEMA)] = Field(alias="schema", description="Number of the schema.")
    title: Text = Field(description="Title, as a headline.")
    summary: Text | None = Field(default=None, description="One paragraph that a student understands.")
    notes: Text | None = Field(default=None, description="Remarks for the reader; no effect on results.")
    abstract: Flag = Field(default=False, description="true: only there to be extended, cannot be run.")
    extends: Text | None = Field(default=None, description="Name or path of the scenario that this one builds on.")
    start: Month = Field(description="First month, YYYY-MM.")
    end: Month = Field(description="Last month, YYYY-MM.")
    citizens: Annotated[int, whole(1, MAX_CITIZENS)] = Field(description="Number of simulated citizens.")
    public: Public = Field(description="The citizens.")
    powers: dict[str, Power] = Field(description="The powers outside, in display order.")
    offices: Offices = Field(description="Who holds which office.")
    advisers: dict[str, Adviser] = Field(default={}, description="Brokers between formal and informal actors.")
    formal: dict[str, Formal] = Field(default={}, description="Bodies with a formal part in decisions.")
    informal: dict[str, Informal] = Field(default={}, description="Elite groups without (or beside) a formal part.")
    economy: Economy = Field(default=Economy(), description="What rents come from.")
    stocks: Stocks = Field(description="Where things stand at the start.")
    doctrine: Doctrine = Field(default=Doctrine(), description="The announced line of policy.")
    timeline: tuple[TimelineEntry, ...] = Field(default=(), description="Dated events, dossiers and elections.")
    remove: tuple[Text, ...] = Field(default=(), description="Ids of inherited timeline entries to drop.")
    parameters: dict[str, Number] = Field(
        default={}, description="Dotted name of a parameter → value in place of its default."
    )
    mechanisms: dict[str, Flag] = Field(default={}, description="Switches: everything is on unless it says false.")
    sources: dict[str, Text] = Field(default={}, description="Key → full reference; every `source` names such a key.")
