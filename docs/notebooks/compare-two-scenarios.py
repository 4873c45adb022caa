# %% [markdown]
# # Compare two scenarios with common random numbers
#
# World *k* of one scenario and world *k* of another share every random draw, so that their difference is due
# to what differs
# between the scenarios, not to luck. That is worth many worlds.

# %%
import numpy as np

import multivector
from multivector.lab.compare import compare

calm = multivector.simulate("pressure-none", worlds=32, seed=7, months=24, citizens=200)
pressed = multivector.simulate("pressure-russia", worlds=32, seed=7, months=24, citizens=200)

# %% [markdown]
# ## The paired difference
#
# `low` and `high` bound the mean difference at 90 % (bootstrap over worlds). `noise_removed` is the share of
# variance that pairing took away.

# %%
table = compare(calm, pressed)
shown = ["outcome", "base", "changed", "difference", "low", "high", "noise_removed"]
table.query("when == 'end' and outcome in ['autonomy', 'total_engagement', 'openness', 'approval']")[shown].round(3)

# %% [markdown]
# ## The same by hand
#
# Subtract world by world first, then average. With independent draws the standard error would be the larger
# one below.


# %%
def end(run):
    """Autonomy of each world in the last month."""
    worlds = run["worlds"]
    return worlds[worlds["month"] == worlds["month"].max()].set_index("world")["autonomy"]


before, after = end(calm), end(pressed)
paired = (after - before).std(ddof=1) / np.sqrt(len(before))
unpaired = np.sqrt(before.var(ddof=1) / len(before) + after.var(ddof=1) / len(after))
print(f"difference {after.mean() - before.mean():+.4f}; standard error paired {paired:.4f}, unpaired {unpaired:.4f}")
