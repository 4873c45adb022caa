"""The mechanisms of the model that a scenario can switch off, each in one line."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

__all__ = ["MECHANISMS", "MECHANISM_NOTES"]

MECHANISM_NOTES: Final = MappingProxyType(
    {
        "advisers": "Advisers find side deals that narrow the gap between formal and informal actors.",
        "cascade": "Citizens join a protest when enough of those whom they see have joined.",
        "coercion": "Powers that press answer divergence by withholding engagement and trade.",
        "compensation": "After a tilt the president counts how other vectors would lower a power's leverage.",
        "competitiveness": "Political competition makes the same public anger more dangerous.",
        "concealment": "Citizens hide opinions that they fear to show, so that the public signal misleads.",
        "concession": "The president can answer anger with a concession to the public.",
        "council_of_investors": ("Once a year the council of foreign investors carries partners' economic offers in."),
        "delay": "The president can leave a dossier open for another month while it is not yet due.",
        "domestic_dossiers": "Routine domestic questions arise out of grievance.",
        "elder_veto": "A former president who holds a veto must consent.",
        "foreign_links": "Powers press through the informal elites that are linked to them.",
        "hazard_draws": "Office can be lost: the hazards are drawn each month.",
        "jealousy": "A power engages less when we draw closer to its rival.",
        "listening": "An announced doctrine of listening opens channels and makes deafness dearer.",
        "lobbying": "Actors spend effort to move a decision toward their wish.",
        "media": "Media of a power, in proportion to exposure, pull a language group's attitudes.",
        "misreading": "Powers that distrust us misread innocent moves as signals, and threaten.",
        "moods": "Powers stray from their paths: what they offer is not known exactly.",
        "network_influence": "Citizens' opinions move toward those of their neighbours.",
        "obligations": (
            "Help received in a crisis makes divergence from the helper dearer, until it is repaid or forgotten."
        ),
        "overlap": "Informal elites who hold a formal post weigh in both.",
        "purge_recovery": "The clout of purged elites recovers with time.",
        "public_voice": "The public can be heard at all: its anger and protest reach the president.",
        "reactance": "Open threats turn the public and elites against the power that threatens.",
        "reciprocity": "Engagement follows ties: it takes two.",
        "reform_response": "Powers that care about values answer reform with engagement.",
        "reopening": "Street protest above a size opens a settled question again.",
        "repression": "The president can answer protest with repression.",
        "repression_response": "Powers that care about values answer repression with coolness.",
        "routine_dossiers": "Routine foreign questions arise out of the powers' demands.",
        "side_payment": "The president can buy consent with a side payment.",
        "succession_doubt": "Doubt about succession and statehood invites pressure.",
        "transit": "Trade with one power runs through another, which can stop it.",
        "trial_balloon": "The president can announce an option to learn how it is received.",
        "uncertainty": "The president counts the spread of what may be believed, not only the mean.",
    }
)
"""Name of each switch → what the mechanism does. Everything is on unless the scenario says `false`."""

MECHANISMS: Final[tuple[str, ...]] = tuple(MECHANISM_NOTES)
"""The names of the switches, in order."""
