"""The roles of formal actors: what each does in a decision beyond wishing and weighing."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

__all__ = ["FORMAL_ROLES", "Role"]


@dataclass(frozen=True, slots=True)
class Role:
    """One role.

    Attributes
    ----------
    note : what a body with it does, for people.
    dismissible : whether it holds office at the president's pleasure, so that it can be dismissed before it defects.
    """

    note: str
    dismissible: bool = True


FORMAL_ROLES: Final = MappingProxyType(
    {
        "diplomacy": Role("Softens the offence that an unwelcome choice gives to powers (`outside.diplomacy`)."),
        "office": Role("Wishes and weighs, no more."),
        "security_council": Role("Wishes and weighs, no more."),
        "security_services": Role(
            "Make force felt and feared (`unrest.services_gain`), are strained by it where disloyal, and keep their "
            "arms when their head is dismissed.",
            dismissible=False,
        ),
        "party": Role("Wishes and weighs, no more."),
        "parliament": Role("Wishes and weighs, no more: it legitimises afterwards (N1)."),
        "expertise": Role("Sharpens the president's reading of the public (`public.expertise_gain`)."),
        "investors_council": Role(
            "Carries partners' economic offers in once a year (`council.gain`), with money from abroad that no "
            "dismissal takes.",
            dismissible=False,
        ),
    }
)
"""Name of each role → what it does."""
