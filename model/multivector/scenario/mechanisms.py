"""The mechanisms of the model that a scenario can switch off, each in one line."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

__all__ = ["MECHANISMS", "MECHANISM_CLAIMS", "MECHANISM_NOTES"]

MECHANISM_NOTES: Final = MappingProxyType(
    {
        "abstention_habit": "In the assembly of states we abstain where the powers that we are tied to divide.",
        "advisers": "Advisers find side deals that narrow the gap between formal and informal actors.",
        "awakening": "Past mobilisation makes the public care more about foreign questions.",
        "balance_preference": "A fan that narrows to one power makes the public uneasy.",
        "balance_taste": "An uneven record of favours is disliked in itself.",
        "cascade": "Citizens join a protest when enough of those whom they see have joined.",
        "clout": "Domestic actors weigh by their clout; without it all weigh alike.",
        "coercion": "Powers that press answer divergence by withholding engagement and trade.",
        "compensation": "After a tilt the president counts how other vectors would lower a power's leverage.",
        "competitiveness": "Political competition makes the same public anger more dangerous.",
        "concealment": "Citizens hide opinions that they fear to show, so that the public signal misleads.",
        "concession": "The president can answer anger with a concession to the public.",
        "council_of_investors": "Once a year the council of foreign investors carries partners' economic offers in.",
        "credibility": "Offers without long-term backing sustain weaker ties.",
        "delay": "The president can leave a dossier open for another month while it is not yet due.",
        "deliberation": (
            "The president weighs costs; without it every open course is as likely as any other (rationality 0)."
        ),
        "dismissal": "Who holds office at the president's pleasure can be dismissed, and menaces him less.",
        "domain_speeds": "Political ties move fast and economic ones slowly; without it all move alike.",
        "domestic_dossiers": "Routine domestic questions arise out of grievance.",
        "domain_supply": "Each power supplies by domain; without it it supplies alike in all domains.",
        "economic_coupling": "A partner's economic trouble is felt in our income.",
        "economic_need": (
            "When income is short, options that bring trade promise relief to the public and revenue to the elite."
        ),
        "elder_veto": "A former president who holds a veto must consent.",
        "elections": "Elections are held: votes follow grievance, platforms, incumbency and manipulation.",
        "envoy": "An elder travels beside the president, so that two vectors are tended at once.",
        "exclusion": "Those whose candidate is kept off the ballot carry their demands to the street.",
        "exit_costs": "Bloc, border and kin make it dearer to turn away from a power.",
        "expiry": "A settlement with an end lapses, and the question opens again.",
        "foreign_links": "Powers press through the informal elites that are linked to them.",
        "forums": "A step taken through a multilateral forum offends each power less.",
        "grudges": "Powers remember refusals and favours; without it every month starts from the usual divergence.",
        "hardship": "Income lost is felt as grievance.",
        "hazard_draws": "Office can be lost: the hazards are drawn each month.",
        "issue_attitudes": "Citizens read a question through their attitudes to the powers behind it.",
        "jealousy": "A power engages less when we draw closer to its rival.",
        "kinship": "Where the public feels kinship, ties outlive the leader who made them.",
        "leverage": "A power can hurt in proportion to what runs through it; without it all powers can hurt alike.",
        "listening": "An announced doctrine of listening opens channels and makes deafness dearer.",
        "lobbying": "Actors spend effort to move a decision toward their wish.",
        "lock_in": "Bloc obligations, a common border and kin across it deepen ties by themselves.",
        "manipulation": "Those in office add to their candidate's vote, and it is seen.",
        "media": "Media of a power, in proportion to exposure, pull a language group's attitudes.",
        "mediation": "Good ties with both sides make a mediator credible, and mediation raises standing with both.",
        "misreading": "Powers that distrust us misread innocent moves as signals, and threaten.",
        "moods": "Powers stray from their paths: what they offer is not known exactly.",
        "nationalism": "The public turns against whichever power dominates a field.",
        "network_influence": "Citizens' opinions move toward those of their neighbours.",
        "obligations": (
            "Help received in a crisis makes divergence from the helper dearer, until it is repaid or forgotten."
        ),
        "overlap": "Informal elites who hold a formal post weigh in both.",
        "partner_engagement": (
            "A tie follows what the partner supplies; without it the partner's supply stays as at the start."
        ),
        "personal_ties": "Part of a political tie belongs to the leader who made it.",
        "polarisation": "A war moves groups of the public apart by the media they follow.",
        "probability_weighting": (
            "The president feels only a share of how far a hazard's odds stand above their usual rate."
        ),
        "public_voice": "The public can be heard at all: its anger and protest reach the president.",
        "purge_recovery": "The clout of purged elites recovers with time.",
        "reactance": "Open threats turn the public and elites against the power that threatens.",
        "reciprocal_steps": "A power that promises a step in return delivers it when its wish is met.",
        "reciprocity": "Engagement follows ties: it takes two.",
        "reform_response": "Powers that care about values answer reform with engagement.",
        "reopening": "Street protest above a size opens a settled question again.",
        "repression": "The president can answer protest with repression.",
        "repression_response": "Powers that care about values answer repression with coolness.",
        "routine_dossiers": "Routine foreign questions arise out of the powers' demands.",
        "settlement": (
            "A group settles on a position on the table more often than between; without it at the weighted mean wish."
        ),
        "shelter": "Rivals of a power that are engaged with us weaken its grip.",
        "side_payment": "The president can buy consent with a side payment.",
        "sovereignty_cost": "Handing control away is costly in itself.",
        "succession_doubt": "Doubt about succession and statehood invites pressure.",
        "survival_rule": (
            "The president compares hazards of losing office; without it he takes the salience-weighted mean wish."
        ),
        "transit": "Trade with one power runs through another, which can stop it.",
        "transport_capacity": "Closed borders cut trade.",
        "trial_balloon": "The president can announce an option to learn how it is received.",
        "uncertainty": "The president counts the spread of what may be believed, not only the mean.",
        "visits": "Visits sustain political ties; where the president goes first follows from dependence.",
    }
)
"""Name of each switch → what the mechanism does. Everything is on unless the scenario says `false`."""

MECHANISMS: Final[tuple[str, ...]] = tuple(MECHANISM_NOTES)
"""The names of the switches, in order."""

MECHANISM_CLAIMS: Final = MappingProxyType(
    {
        "advisers": ("N5", "SF04"),
        "awakening": ("K8",),
        "balance_preference": ("N14",),
        "cascade": ("SF41",),
        "clout": ("N1", "N2"),
        "balance_taste": ("S3", "S4"),
        "compensation": ("S3", "S4"),
        "competitiveness": ("K7",),
        "concealment": ("N9",),
        "concession": ("N17", "K4"),
        "council_of_investors": ("N4", "N13"),
        "credibility": ("S8",),
        "deliberation": ("N6", "N7", "S5", "L1", "SF23", "SF37"),
        "dismissal": ("N7", "N2"),
        "domain_speeds": ("L4", "SF18"),
        "domestic_dossiers": ("N8",),
        "domain_supply": ("S1", "SF27", "SF25"),
        "economic_coupling": ("L3",),
        "grudges": ("S3",),
        "hardship": ("N14",),
        "economic_need": ("N13",),
        "elder_veto": ("B2",),
        "elections": ("K1", "K7", "SF14"),
        "envoy": ("K6",),
        "exclusion": ("K2",),
        "exit_costs": ("B4", "SF23"),
        "expiry": ("K4",),
        "foreign_links": ("N3", "N12", "SF11"),
        "forums": ("L9",),
        "issue_attitudes": ("N15", "SF16"),
        "jealousy": ("B4", "SF22"),
        "kinship": ("B7",),
        "leverage": ("B4",),
        "listening": ("N8",),
        "lobbying": ("N2",),
        "lock_in": ("B9",),
        "manipulation": ("K1", "K3"),
        "media": ("K5",),
        "mediation": ("L5",),
        "misreading": ("L8",),
        "nationalism": ("K8",),
        "obligations": ("B3", "L1", "SF24"),
        "overlap": ("N16",),
        "partner_engagement": ("S1", "S2", "S6", "B1", "SF29", "SF33"),
        "personal_ties": ("B7",),
        "polarisation": ("L7",),
        "public_voice": ("N9", "N10"),
        "purge_recovery": ("N12",),
        "reactance": ("L2", "SF19"),
        "reciprocal_steps": ("S8",),
        "reciprocity": ("S2",),
        "reform_response": ("L6",),
        "reopening": ("K4", "SF08"),
        "repression": ("N17",),
        "repression_response": ("B5", "K3"),
        "settlement": ("N2",),
        "shelter": ("S5", "S6"),
        "side_payment": ("N17",),
        "sovereignty_cost": ("L1",),
        "succession_doubt": ("S9",),
        "survival_rule": ("N6", "N7", "S5", "L1", "SF23", "SF37"),
        "transit": ("L3", "SF43"),
        "transport_capacity": ("B6",),
        "trial_balloon": ("N11",),
        "uncertainty": ("N9", "N11"),
        "visits": ("K6",),
    }
)
"""Name of a switch → the claims of the sources that it carries (docs/validation.md has them in words)."""
