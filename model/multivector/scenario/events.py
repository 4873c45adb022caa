"""The kinds of event that a timeline can hold, and the keys that each one needs."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

__all__ = ["COMMON_KEYS", "DOSSIER_DOMAINS", "EVENT_KINDS", "EventKind"]

COMMON_KEYS: Final = ("id", "date", "event", "severity", "title", "source", "notes")
"""Keys that every event takes."""

DOSSIER_DOMAINS: Final = ("politics", "economy", "security", "domestic")
"""What a dossier can be about."""


@dataclass(frozen=True, slots=True)
class EventKind:
    """One kind of event: what it is, the key that names its subject, further keys, and how it is titled."""

    note: str
    title: str
    subject: str = ""
    optional: tuple[str, ...] = ()

    @property
    def required(self) -> tuple[str, ...]:
        """The keys that must be there beside `date` and `event`."""
        return (self.subject,) if self.subject else ()


EVENT_KINDS: Final = MappingProxyType(
    {
        "war": EventKind("A power goes to war in the neighbourhood.", "War by {}", "by"),
        "sanctions": EventKind("A power is put under sanctions by others.", "Sanctions on {}", "on", ("months",)),
        "threat": EventKind("A power threatens us.", "Threat by {}", "by"),
        "rescue": EventKind("A power helps the president to keep office.", "Rescue by {}", "by"),
        "aid": EventKind("A power gives aid.", "Aid by {}", "by"),
        "border_closure": EventKind("The border with a power closes.", "Border with {} closed", "with", ("months",)),
        "transit_cut": EventKind("Transit through a power stops.", "Transit through {} cut", "through", ("months",)),
        "route_opened": EventKind("A route that leads round the others opens.", "Route with {} opened", "with"),
        "unrest": EventKind("Unrest breaks out at home.", "Unrest"),
        "visit": EventKind("A visit lends a tie warmth.", "Visit: {}", "with"),
        "summit": EventKind("A summit lends a tie weight.", "Summit with {}", "with"),
        "income_shock": EventKind("Income falls (or, with sign: 1, rises).", "Income shock", "", ("months", "sign")),
        "purge": EventKind("The named actors lose standing.", "Purge", "actors"),
        "quake": EventKind("An earthquake moves the public to sympathy.", "Earthquake in {}", "in"),
        "doubt": EventKind("Doubt about succession or statehood rises.", "Doubt about the succession"),
        "reform": EventKind("A step of political reform.", "Reform"),
        "repression": EventKind("A wave of repression.", "Repression"),
        "succession": EventKind("The president's seat passes to the named successor.", "Succession"),
        "withdrawal": EventKind("A power's interest falls.", "Withdrawal by {}", "by", ("months",)),
    }
)
"""Name of each kind of event → what it is and which keys it takes."""
