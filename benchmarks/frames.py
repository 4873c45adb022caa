"""The reference workload in mesa-frames: run by `peers.frames_seconds` in an interpreter that has it.

Usage: python frames.py START.npz STEPS ROUNDS. It knows nothing of multivector: numbers come with the start.
"""

import json
import sys
import time

import numpy as np


def main() -> int:
    try:
        import polars as pl
        from mesa_frames import AgentSetPolars, ModelDF
    except ImportError:
        return 3
    start = np.load(sys.argv[1])
    steps, rounds = int(sys.argv[2]), int(sys.argv[3])
    confidence, influence, media_rate, noise, rate, strain, salience, weight, fear = (
        float(x) for x in start["numbers"]
    )
    media = start["media"].tolist()
    n, width = start["opinions"].shape
    names = [f"x{k}" for k in range(width)]
    me = np.repeat(np.arange(n, dtype=np.int64), np.diff(start["ptr"]))
    ties = pl.DataFrame({"unique_id": me, "other": start["idx"].astype(np.int64)})
    rng = np.random.default_rng(0)

    class Citizens(AgentSetPolars):
        def __init__(self, model):
            super().__init__(model)
            columns = {name: start["opinions"][:, k] for k, name in enumerate(names)}
            people = {"grievance": start["grievance"], "threshold": start["threshold"]}
            self.add(
                pl.DataFrame(
                    {"unique_id": np.arange(n, dtype=np.int64), **columns, **people, "active": np.zeros(n, np.float32)}
                )
            )

        def step(self):
            seen = self.agents.select("unique_id", *names, "active")
            pairs = ties.join(seen.select("unique_id", *names), on="unique_id").join(
                seen, left_on="other", right_on="unique_id", suffix="_other"
            )
            gaps = {name: pl.col(f"{name}_other") - pl.col(name) for name in names}
            near = {name: gap.abs() < confidence for name, gap in gaps.items()}
            around = pairs.group_by("unique_id").agg(
                *[pl.when(near[name]).then(gaps[name]).otherwise(0.0).sum().alias(f"to_{name}") for name in names],
                *[near[name].sum().cast(pl.Float32).alias(f"of_{name}") for name in names],
                pl.col("active").mean().alias("share"),
            )
            news = pl.DataFrame({f"n_{name}": rng.uniform(-noise, noise, n).astype(np.float32) for name in names})
            people = self.agents.join(around, on="unique_id", how="left").sort("unique_id").hstack(news)
            moved = [
                (
                    pl.col(name)
                    + influence * pl.col(f"to_{name}").fill_null(0.0) / pl.max_horizontal(pl.col(f"of_{name}"), 1.0)
                    + media_rate * (message - pl.col(name))
                    + pl.col(f"n_{name}")
                )
                .clip(-1.0, 1.0)
                .cast(pl.Float32)
                for name, message in zip(names, media, strict=True)
            ]
            people = people.with_columns(*moved)
            missing = (1.0 - pl.col(names[0])) / 2.0
            felt = pl.col("grievance") + rate * (strain - pl.col("grievance")) + salience * missing * missing
            people = people.with_columns(felt.clip(0.0, 1.0).cast(pl.Float32).alias("grievance"))
            urge = pl.col("grievance") - fear + weight * pl.col("share").fill_null(0.0)
            people = people.with_columns((urge > pl.col("threshold")).cast(pl.Float32).alias("active"))
            self.agents = people.select("unique_id", *names, "grievance", "threshold", "active")

    class Society(ModelDF):
        def __init__(self):
            super().__init__()
            self.citizens = Citizens(self)
            self.agents += self.citizens

        def step(self):
            self.agents.step()
            (self.means,) = self.agents._agentsets[0].agents.select(*names, "grievance", "active").mean().rows()

    model = Society()
    model.step()
    best, wall = float("inf"), float("inf")
    for _ in range(rounds):
        began, clock = time.process_time(), time.perf_counter()
        for _ in range(steps):
            model.step()
        best = min(best, (time.process_time() - began) / steps)
        wall = min(wall, (time.perf_counter() - clock) / steps)
    *opinions, grievance, protest = model.means
    found = {"cpu": best, "wall": wall, "steps": 1 + steps * rounds}
    print(json.dumps({**found, "opinions": opinions, "grievance": grievance, "protest": protest}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
