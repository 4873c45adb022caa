# %% [markdown]
# # Build a scenario in Python
#
# A scenario is data. What a YAML file says can be said as expressions on a packaged scenario, with the same
# checks and messages.

# %%
import multivector
from multivector import load_scenario

harder = load_scenario(
    "baseline-2019",
    sets=["powers.russia.pressure=0.7", "doctrine.listening=0.8", "parameters.decision.rationality*=1.5"],
    months=18,
    citizens=200,
)
harder.changes[-3:]

# %% [markdown]
# A mistake is said with the nearest right key; nothing runs on a guess.

# %%
try:
    load_scenario("baseline-2019", sets=["powers.rusia.pressure=0.7"])
except multivector.ScenarioErrors as errors:
    print(errors.problems[0])

# %% [markdown]
# A file of your own extends another and says only what differs.

# %%
from pathlib import Path

Path("open-hand.yaml").write_text(
    """\
schema: 1
title: An open hand from Washington
summary: The United States cares about the region as its neighbours do.
extends: baseline-2019
powers:
  us:
    interest: 0.9
""",
    encoding="utf-8",
)
offered = load_scenario("open-hand.yaml", months=18, citizens=200)

# %% [markdown]
# Run both and look at the tie that was offered.

# %%
base = load_scenario("baseline-2019", months=18, citizens=200)
for scenario in (base, offered):
    run = multivector.simulate(scenario, worlds=24, seed=7)
    end = run["ties"].query("power == 'us' and domain == 'politics'").groupby("month")["tie"].median().iloc[-1]
    print(f"{scenario.title:40} median political tie to the US after 18 months: {end:.2f}")
