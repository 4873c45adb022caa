"""Votes in the assembly of states: an observation of the state of the world, from which nothing follows.

Roll calls lie on one scale, from those that nearly all support to those that few support: a power that votes yes on a
share s does so on the easiest ones (a cumulative scale, Guttman 1944; that one dimension orders most roll calls is the
finding of Bailey, Strezhnev & Voeten 2017, Journal of Conflict Resolution 61).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from multivector.agents.cast import POLITICS, Cast
from multivector.numerics import Floats, total

__all__ = ["agreement", "division", "support"]


def support(weight: Floats, stand: Floats, p: Any) -> Floats:
    """Share of roll calls that we would support, (W,): the majority's side, pulled to the powers that we are tied to.

    weight (W, P): pull of each power; stand (P,): its share of yes votes. The majority carries the texts.
    """
    majority = p.assembly.majority_weight
    return np.asarray((majority + total(weight * stand)) / (majority + total(weight)))


def division(weight: Floats, stand: Floats) -> Floats:
    """Divergence of the powers that pull us, (W,) 0..1: roll calls on which two of them, drawn by pull, differ."""
    whole = total(weight)
    share = weight / np.where(whole > 0, whole, 1.0)[:, None]
    apart = np.abs(stand[:, None] - stand[None, :])
    return np.asarray(np.einsum("wp,pq,wq->w", share, apart, share))


def agreement(tie: Floats, stand: Floats, cast: Cast, p: Any, on: Callable[[str], bool]) -> Floats:
    """Share of roll calls on which we vote as each power does (yes, abstain or no), (W, P) 0..1.

    tie (W, P): political ties; stand (P,): share of yes votes of each power. Zero for powers without a record.
    Both say yes on the easier of the two shares; beyond the harder one both hold back, in the same way by chance.
    The farther a power, the more of its votes and ours have reasons of their own and do not meet.
    """
    weight = cast.capability[:, POLITICS] * tie * cast.votes
    ours = support(weight, stand, p)
    if on("abstention_habit"):
        ours = ours * (1.0 - p.assembly.abstention * division(weight, stand))
    alike = p.assembly.abstaining * p.assembly.abstaining_power
    alike = alike + (1.0 - p.assembly.abstaining) * (1.0 - p.assembly.abstaining_power)
    lower, higher = np.minimum(ours[:, None], stand), np.maximum(ours[:, None], stand)
    shared = 1.0 - p.assembly.own_reasons * (1.0 - tie)
    return np.asarray((lower + (1.0 - higher) * alike) * shared * cast.votes)
