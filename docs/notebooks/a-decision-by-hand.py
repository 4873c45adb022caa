# %% [markdown]
# # A decision worked by hand
#
# The president takes the action that raises the hazard of losing office least. This page takes one decision
# of one world apart
# and works it out again with nothing but school arithmetic: June 2022, shall the separatist republics in
# Ukraine be recognised?
# Advisers, dismissals and foreign links are switched off to keep the sums short; everything else is as
# shipped. Every result
# is compared with
# what the model stored, and the page cannot be built if one of them differs.

# %%
import math

import pandas as pd

from multivector import MultivectorModel, load_scenario

setting = load_scenario(
    "ukraine-war-2022",
    sets=[f"mechanisms.{name}=false" for name in ("advisers", "dismissal", "foreign_links")],
    months=8,
    citizens=200,
)

# %% [markdown]
# A month is a list of phases. We stop before the president decides, in the first world in which this is the
# first question on the table (others would have moved loyalties before it), and write down what the elite is
# like at that moment.

# %%
question = "recognise-separatist-republics"
for seed in range(7, 100):
    model = MultivectorModel(setting, worlds=1, rng=seed)
    while model.setting.date_at(model.month) < "2022-06":
        model.step()
    for phase in ("world_turns", "powers_act", "dossiers_open", "actors_take_positions", "public_speaks"):
        getattr(model, phase)()
    if model.docket[0][0].name == question:
        break
clout, loyalty = model.state.clout[0].copy(), model.state.loyalty[0].copy()
for phase in ("president_decides", "consequences_follow", "record"):
    getattr(model, phase)()

run = model.ensemble()
here = f"{question}@2022-06"
wishes = run["wishes"].query("decision == @here").set_index("constituency")
actions = run["actions"].query("decision == @here").reset_index(drop=True)
options = ["recognise them", "keep silent", "refuse by a general rule", "condemn the annexation"]

# %% [markdown]
# ## Who wants what
#
# Options are numbered from 1; a wish is a place on that axis. Salience is how much it matters to them, weight
# how much their loss
# raises the president's cost *in the present state*. Nobody has a constant weight.

# %%
wishes[["kind", "wish", "salience", "weight"]].round(3)

# %% [markdown]
# ## The elite's part
#
# Loss of an actor at option *o* = salience × ((wish − o)² − (wish − status quo)²) on an axis from 0 to 1. The
# status quo here is option 3.

# %%
p, quo = model.p, (3 - 1) / 3
actors = list(model.cast.actors)
share = {actor: clout[i] / clout.sum() for i, actor in enumerate(actors)}


def loss(actor, option):
    """The loss of one actor, negative for a gain."""
    wish = (wishes.loc[actor, "wish"] - 1) / 3
    at = (option - 1) / 3
    return wishes.loc[actor, "salience"] * ((wish - at) ** 2 - (wish - quo) ** 2)


pd.DataFrame({options[o - 1]: [loss(actor, o) for actor in actors] for o in (1, 2, 3, 4)}, index=actors).astype(
    float
).round(3)

# %% [markdown]
# Losses are felt `elite.loss_aversion` times as much as gains, and an actor counts by the share of clout.
# What is felt lowers loyalty;
# disloyalty moves the hazard that the elite defects, on a logistic curve. Odds above (or below) the usual
# ones are felt only by a share, `decision.odds_sensitivity`. The cost is the rise in −log(1 − felt hazard),
# over the months for which it lasts.


# %%
def felt(option):
    """Clout-weighted loss as it is felt."""
    found = 0.0
    for actor in actors:
        value = loss(actor, option)
        found += share[actor] * value * (p.elite.loss_aversion if value > 0 else 1.0)
    return found


disloyalty = sum(share[actor] * (1 - loyalty[i]) for i, actor in enumerate(actors))
usual = math.log(p.elite.base_hazard / (1 - p.elite.base_hazard))
logit_now = usual + p.elite.slope * (disloyalty - p.elite.reference)
keep = 1 - p.elite.recovery
months = (1 - keep**p.decision.horizon) / (1 - keep)


def survival_loss(logit):
    """−log(1 − hazard), the hazard's odds felt by a share."""
    return math.log1p(math.exp(usual + p.decision.odds_sensitivity * (logit - usual)))


def elite_cost(option):
    """Months × rise of −log(1 − felt hazard)."""
    logit_after = logit_now + p.elite.slope * p.elite.loyalty_step * felt(option)
    return months * (survival_loss(logit_after) - survival_loss(logit_now))


stored = actions[actions["move"] == "settle"].set_index("option")["cost_elite"]
for option in (1, 2, 3, 4):
    print(f"option {option}: by hand {elite_cost(option):+.6f}, stored {stored[option]:+.6f}")
    assert abs(elite_cost(option) - stored[option]) < 1e-9

# %% [markdown]
# ## The sum of the parts
#
# The public's part and the powers' part are made in the same way from other hazards; doctrine and the price
# of the move are added.
# The parts add up to the cost.

# %%
parts = [name for name in actions.columns if name.startswith("cost_")]
assert (abs(actions[parts].sum(axis=1) - actions["cost"]) < 1e-9).all()
actions[["option", "move", "cost", *parts]].round(4)

# %% [markdown]
# ## From cost to choice
#
# A president who errs a little: P(action) ∝ exp(−λ × cost), λ = `decision.rationality`.

# %%
weight = [math.exp(-p.decision.rationality * (cost - actions["cost"].min())) for cost in actions["cost"]]
by_hand = [w / sum(weight) for w in weight]
assert max(abs(a - b) for a, b in zip(by_hand, actions["probability"], strict=True)) < 1e-9
actions.assign(by_hand=by_hand)[["option", "move", "probability", "by_hand"]].round(4)
