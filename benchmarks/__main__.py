"""Where the time goes, as figures measured side by side in one run: `python -m benchmarks [--json]`.

Four parts: the public on the reference workload beside other libraries and the machine's limits; the whole model and
its phases; how time grows; how long a command takes from its start. Figures depend on the machine; only the ratios
travel. The default run takes about three minutes and leaves out what would take long (it says what); `--full` leaves
out nothing.
"""

from __future__ import annotations

import argparse
import json
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

PARTS = ("public", "model", "scaling", "start")
FIGURE = Path("runs", "performance.png")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="part", help=f"what to measure: {', '.join(PARTS)} (default: all)")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    parser.add_argument("--full", action="store_true", help="every peer at every size, and larger runs: an hour")
    parser.add_argument(
        "--patience",
        type=_seconds,
        metavar="SECONDS",
        help="leave out a peer where its build and two steps would take longer (default 40; "
        "300 measures most at a million citizens, in some ten minutes)",
    )
    parser.add_argument("--rounds", type=int, default=3, help="runs of the whole model (default 3)")
    parser.add_argument("--sizes", type=_sizes, help="numbers of citizens, such as 1000,10000")
    parser.add_argument("--frames-python", help="an interpreter that has mesa-frames (it needs an old numpy)")
    parser.add_argument(
        "--figure", type=Path, help=f"write the picture of the public here (default {FIGURE.as_posix()})"
    )
    asked = parser.parse_args()
    if unknown := set(asked.parts) - set(PARTS):
        parser.error(f"no such part: {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}")
    if asked.figure and asked.parts and "public" not in asked.parts:
        parser.error("the picture shows the public: add that part")
    found = measure(asked)
    if "public" in found:
        from benchmarks.figure import draw

        figure = asked.figure or FIGURE
        figure.parent.mkdir(parents=True, exist_ok=True)
        draw(found, figure)
        print(f"figure: {figure.as_posix()}", file=sys.stderr)
    print(json.dumps(found, indent=2) if asked.json else report(found))


def _seconds(text: str) -> float:
    """A number of seconds, 0 or more."""
    with suppress(ValueError):
        if (seconds := float(text)) >= 0.0:
            return seconds
    raise argparse.ArgumentTypeError(f"a number of seconds, 0 or more, not {text!r}")


def _sizes(text: str) -> tuple[int, ...]:
    """Numbers of citizens with commas between them."""
    with suppress(ValueError):
        if min(sizes := tuple(int(size) for size in text.split(","))) > 0:
            return sizes
    raise argparse.ArgumentTypeError(f"whole numbers above 0 with commas between them, not {text!r}")


def measure(asked: argparse.Namespace) -> dict[str, Any]:
    """The parts that were asked for."""
    from benchmarks import whole
    from benchmarks.scaling import scaling
    from benchmarks.workload import Settings, measure

    def say(text: str) -> None:
        print(text, file=sys.stderr, flush=True)

    parts = asked.parts or PARTS
    found: dict[str, Any] = {}
    if "public" in parts:
        sizes = {"sizes": asked.sizes} if asked.sizes else {}
        patience: dict[str, float] = {"patience": float("inf"), "seconds": 3.0} if asked.full else {}
        if asked.patience is not None:
            patience["patience"] = asked.patience
        found["public"] = measure(Settings(frames_python=asked.frames_python, say=say, **sizes, **patience))
    if "model" in parts:
        say("the whole model")
        found["model"] = whole.whole_model(asked.rounds)
        found["public_times_faster_than_numpy_twin"] = round(whole.twin_ratio(8), 1)
    if "scaling" in parts:
        say("how time grows")
        found["scaling"] = scaling(asked.full)
    if "start" in parts:
        from benchmarks.start import start

        say("from the start of a process")
        found["start"] = start(asked.rounds)
    return found


def report(found: dict[str, Any]) -> str:
    """What was measured, as text."""
    lines: list[str] = []
    if "public" in found:
        lines += _public(found["public"])
    if "model" in found:
        for model in found["model"]:
            lines.append(f"{_scenario()} x {model['worlds']:,} worlds x {model['months']} months, warm:")
            lines.append(f"  best {model['best_seconds']} s, median {model['median_seconds']} s")
            lines += [f"  {name:24} {share:6.1%}" for name, share in model["phase_shares"].items()]
        ratio = found["public_times_faster_than_numpy_twin"]
        lines += [f"  the compiled public is {ratio} x its numpy twin (CPU time, one thread)", ""]
    if "scaling" in found:
        lines.append("How CPU time grows (slope of the line through logarithms; 1 is proportional):")
        for kind, row in found["scaling"].items():
            points = ", ".join(f"{n:,}: {t:.3g} s" for n, t in zip(row["sizes"], row["seconds"], strict=True))
            from_large = f" ({row['slope_from_10000']:.2f} from 10,000)" if "slope_from_10000" in row else ""
            lines.append(f"  {kind:30} {row['slope']:5.2f}{from_large}")
            lines.append(f"    {points}")
        lines.append("")
    if "start" in found:
        lines.append("From the start of a process (seconds on the clock, of the processor; best of the runs):")
        lines += [f"  {what:40} {row['wall']:6.2f} {row['cpu']:6.2f}" for what, row in found["start"].items()]
    return "\n".join(lines)


def _public(public: dict[str, Any]) -> list[str]:
    from benchmarks.workload import KERNEL

    sizes = list(public)
    names = list(dict.fromkeys(name for size in sizes for name in (*public[size]["rates"], *public[size]["left_out"])))
    lines = [
        "Million citizen-steps per second of CPU time, one core (in brackets: the kernel is so many times faster):"
    ]
    lines.append(f"  {'citizens in a world':32}" + "".join(f"{int(size):>22,}" for size in sizes))
    notes: list[str] = []
    for name in names:
        cells = []
        for size in sizes:
            rates, left_out = public[size]["rates"], public[size]["left_out"]
            if name in rates:
                ratio = rates[KERNEL] / rates[name]
                faster = "" if name.startswith("multivector") else f" ({ratio:,.0f} x)"
                cells.append(f"{_million(rates[name])}{faster}")
            else:
                cells.append("-")
                notes.append(f"  not run: {name} at {int(size):,}: {left_out.get(name, '')}")
        lines.append(f"  {name:32}" + "".join(f"{cell:>22}" for cell in cells))
    limits = [public[size]["machine"] for size in sizes]
    lines.append(
        f"  {'limit of the machine':32}" + "".join(f"{_million(m['limit']) + ' ' + m['least']:>22}" for m in limits)
    )
    shares = [public[size]["rates"][KERNEL] / public[size]["machine"]["limit"] for size in sizes]
    lines.append(f"  {'share of it reached':32}" + "".join(f"{share:>22.0%}" for share in shares))
    need, rates = limits[-1]["counts"], limits[-1]["rates"]
    lines.append(f"A step of one citizen in sixteen worlds needs {need['instructions']:.0f} vector instructions, "
                 f"{need['rows']:.1f} rows of acquaintances and {need['bytes']:.0f} bytes.")  # fmt: skip
    lines.append(f"This core gives {rates['instructions'] / 1e9:.2f} G instructions, {rates['rows'] / 1e6:.0f} M rows "
                 f"and {rates['bytes'] / 1e9:.1f} GB a second (at the largest size).")  # fmt: skip
    return [*lines, *notes, ""]


def _million(rate: float) -> str:
    return f"{rate / 1e6:.3f}" if rate < 1e6 else f"{rate / 1e6:.1f}"


def _scenario() -> str:
    from benchmarks.whole import SCENARIO

    return f"{SCENARIO}, 1,000 citizens"


if __name__ == "__main__":
    main()
