"""`multivector sweep`: each power's pressure in steps, with the shift of the fan split in two."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from multivector.cli import options
from multivector.cli.problems import Refused
from multivector.cli.talk import Talk

__all__ = ["sweep"]

_FIGURE = ("total_engagement", "openness", "dependence", "autonomy", "hazard_annual")


def sweep(
    name: options.Name,
    power: Annotated[
        list[str] | None, typer.Option("--power", help="Only this power; may be repeated.", metavar="ID")
    ] = None,
    levels: Annotated[
        str, typer.Option("--levels", help="Pressures, 0 to 1, with commas between.", metavar="A,B,...")
    ] = "0.1,0.3,0.5,0.7,0.9",
    worlds: options.Worlds = 100,
    seed: options.Seed = options.DEFAULT_SEED,
    months: options.Months = None,
    citizens: options.Citizens = None,
    sets: options.Sets = None,
    out: options.Out = None,
    no_plots: options.NoPlots = False,
    threads: options.Threads = None,
    json: options.Json = False,
    verbose: options.Verbose = 0,
    quiet: options.Quiet = False,
) -> int:
    """Vary each power's pressure in steps and split what it does: directly, and through decisions."""
    from rich.text import Text

    from multivector.cli.run import guarded, load
    from multivector.lab import store
    from multivector.lab.provenance import hash_of
    from multivector.lab.summary import plain
    from multivector.lab.sweep import pressure_sweep, sweep_lines

    talk = Talk(json, options.verbosity(verbose, quiet))
    options.check_counts(worlds=worlds, seed=seed, months=months, citizens=citizens, threads=threads)
    options.check_folder(out)
    steps = _levels(levels)
    scenario = load([name], sets or [], months, citizens, talk)[0]
    with talk.progress(f"sweep of {scenario.id}") as tick:
        table = pressure_sweep(
            scenario, powers=power, levels=steps, worlds=worlds, seed=seed, threads=threads, progress=tick
        )
    key = hash_of([store.run_key(scenario, seed, range(worlds)), steps, power])
    folder = out or store.ROOT / store.folder_name(f"sweep-{scenario.id}", key)
    about: dict[str, Any] = {
        "schema": 1,
        "scenario": scenario.id,
        "worlds": worlds,
        "seed": seed,
        "months": int(scenario.months),
        "levels": steps,
        "powers": list(dict.fromkeys(table["power"])),
        "sentences": sweep_lines(table, scenario),
    }
    store.write_table(folder, "sweep.csv", table)
    store.write_json(folder / "sweep.json", about)
    talk.show(*(Text(line) for line in about["sentences"]))
    talk.document({**about, "folder": folder.as_posix(), "rows": plain(table.to_dict("records"))})

    def draw() -> None:
        from multivector.show.style import save_figure
        from multivector.show.sweep import plot_pressure_sweep

        names = {power: one.name for power, one in scenario.powers.items()}
        shown = table[table["outcome"].isin(_FIGURE)]
        figure = plot_pressure_sweep(shown, names, note=f"{scenario.title}, {worlds} worlds: chance only")
        save_figure(figure, folder / "pressure-sweep.png", {"Title": "What pressure does"})

    code = 0 if no_plots else guarded(draw, talk)
    talk.note(f"sweep: {folder.as_posix()}")
    return code


def _levels(text: str) -> list[float]:
    try:
        steps = [float(part) for part in text.split(",")]
    except ValueError:
        raise Refused(f"--levels are numbers with commas between, not '{text}'", key="--levels") from None
    if not all(0.0 <= step <= 1.0 for step in steps):
        raise Refused(f"--levels must be 0 to 1, not '{text}'", key="--levels")
    return steps
