"""The figures of the benchmarks: throughput by number of citizens, and how time grows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

__all__ = ["draw"]


def draw(found: dict[str, Any], path: Path) -> None:
    """Write one picture of what was measured (the format by the ending)."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot as plt

    kinds = found.get("scaling", {})
    figure, axes = plt.subplots(1, 2 if kinds else 1, figsize=(12.0 if kinds else 7.0, 5.0), squeeze=False)
    _throughput(axes[0][0], found["public"])
    if kinds:
        _growth(axes[0][1], kinds)
    figure.tight_layout()
    figure.savefig(path, dpi=150, metadata={"Software": None} if path.suffix == ".png" else None)
    plt.close(figure)


def _throughput(axis: Any, public: dict[str, Any]) -> None:
    sizes = [int(size) for size in public]
    axis.plot(sizes, [public[str(n)]["machine"]["limit"] for n in sizes], "k--", lw=1.0, label="limit of the machine")
    names = list(dict.fromkeys(name for n in sizes for name in public[str(n)]["rates"]))
    for name in names:
        points = [(n, public[str(n)]["rates"][name]) for n in sizes if name in public[str(n)]["rates"]]
        ours = name.startswith("multivector")
        axis.plot(*zip(*points, strict=True), marker="o", ms=4, lw=2.2 if ours else 1.2, label=name)
    axis.set(xscale="log", yscale="log", xlabel="citizens in a world", ylabel="citizen-steps per second of CPU time")
    axis.set_title("One core, reference workload")
    axis.grid(True, which="major", alpha=0.3)
    axis.set_ylim(top=1e11)  # room for the legend
    axis.legend(fontsize=8, loc="upper right", ncols=2)


def _growth(axis: Any, kinds: dict[str, Any]) -> None:
    for kind, row in kinds.items():
        relative = [size / row["sizes"][0] for size in row["sizes"]]
        times = [second / row["seconds"][0] for second in row["seconds"]]
        axis.plot(relative, times, marker="o", ms=4, label=f"{kind} from {row['sizes'][0]:,}: slope {row['slope']}")
    top = axis.get_xlim()[1]
    axis.plot([1, top], [1, top], "k:", lw=1.0, label="slope 1")
    axis.set(xscale="log", yscale="log", xlabel="times as many", ylabel="times the CPU time")
    axis.set_title("How time grows")
    axis.grid(True, which="major", alpha=0.3)
    axis.legend(fontsize=8)
