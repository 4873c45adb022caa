# %% [markdown]
# # Explore an ensemble in pandas
#
# One call runs many parallel worlds of a scenario. What comes back is a set of tidy tables: no object to
# learn, only rows.

# %%
import matplotlib.pyplot as plt

import multivector

run = multivector.simulate("ukraine-war-2022", worlds=32, seed=7, months=18, citizens=200)
list(run.tables)

# %% [markdown]
# ## Where do the worlds end?
#
# `quantiles` summarises one outcome over the worlds in a month, the last unless said otherwise. Half of the
# worlds lie between
# the 25th and the 75th percentile.

# %%
run.quantiles("autonomy")

# %% [markdown]
# The table `ties` has a row for each world, month, power and domain. The fan of ties, at the start and at the
# end:

# %%
ties = run["ties"]
fan = ties[ties["month"].isin([0, ties["month"].max()])]
fan.groupby(["power", "domain", "month"], observed=True)["tie"].median().unstack("month").round(2)

# %% [markdown]
# ## Single futures beside the band
#
# A band is not a path: it says where the middle of the worlds is in each month. A few worlds, drawn as they
# went:

# %%
economy = ties.query("domain == 'economy' and power == 'russia'").pivot(index="date", columns="world", values="tie")
figure, axis = plt.subplots(figsize=(7, 3))
axis.fill_between(
    economy.index,
    economy.quantile(0.05, axis=1),
    economy.quantile(0.95, axis=1),
    color="0.85",
    label="nine worlds in ten",
)
axis.plot(economy.index, economy[[0, 1, 2]], color="#0072b2", linewidth=1)
axis.set(ylabel="economic tie to Russia (0 to 1)", ylim=(0, 1))
axis.legend(frameon=False)
plt.show()

# %% [markdown]
# ## What was decided?
#
# `decisions` has one row for each month in which a question lay on the president's desk.

# %%
settled = run["decisions"].query("kind == 'scripted' and option_name.notna()")
settled.groupby("title", observed=True)["option_name"].value_counts(normalize=True).round(2).groupby(level=0).head(2)

# %% [markdown]
# Who got what they wished? `congruence_*` is 1 where the settled position is exactly the constituency's wish.

# %%
run["decisions"][["congruence_public", "congruence_informal", "congruence_formal"]].mean().round(2)
