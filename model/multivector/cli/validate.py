"""`multivector validate`: every claim's pattern, with its mechanism on and off."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from multivector.cli import options
from multivector.cli.problems import Refused
from multivector.cli.talk import Talk

if TYPE_CHECKING:
    from rich.table import Table

    from multivector.lab.validation.patterns import Pattern

__all__ = ["DEFAULT_WORLDS", "validate"]

DEFAULT_WORLDS = 192
#: What stands in the folder of a validation and of robustness runs.
_FILES = ("validation.json", "validation.html", "robustness.json", "robustness-[0-9]*.json", "sets", ".*")


def validate(
    claim: Annotated[
        list[str] | None,
        typer.Option("--claim", "-c", help="Only this pattern (N9, or N9,N10); may be repeated.", metavar="ID"),
    ] = None,
    worlds: Annotated[
        int | None,
        typer.Option(
            "--worlds", "-w", help=f"Worlds of every run ({DEFAULT_WORLDS}).", metavar="N", show_default=False
        ),
    ] = None,
    seed: options.Seed = options.DEFAULT_SEED,
    citizens: options.Citizens = None,
    workers: Annotated[
        int | None, typer.Option("--workers", help="Processes (default: as many as cores).", metavar="N")
    ] = None,
    robustness: Annotated[
        int | None,
        typer.Option("--robustness", help="Judge under N parameter sets drawn from the ranges instead.", metavar="N"),
    ] = None,
    spread: Annotated[
        float,
        typer.Option(
            "--spread", help="How much of each range --robustness draws from, around the default.", metavar="X"
        ),
    ] = 1.0,
    parameters: options.ParameterSet = None,
    docs: Annotated[
        Path | None, typer.Option("--docs", help="Write the page validation.md and its figures there.", metavar="DIR")
    ] = None,
    out: options.Out = None,
    json: options.Json = False,
    verbose: options.Verbose = 0,
    quiet: options.Quiet = False,
) -> int:
    """Run the patterns that the sources claim, with their mechanism on and off, and judge them."""
    talk = Talk(json, options.verbosity(verbose, quiet))
    options.check_counts(worlds=worlds, seed=seed, citizens=citizens)
    for value, key, most in ((workers, "--workers", 1024), (robustness, "--robustness", 100_000)):
        if value is not None and not 1 <= value <= most:
            raise Refused(f"{key} must be 1 to {most:,}, not {value}", key=key)
    options.check_folder(out)
    options.check_folder(docs, "--docs")
    from multivector.lab.execution import cores
    from multivector.lab.validation.patterns import chosen_patterns

    patterns = chosen_patterns(claim)
    if not 0.0 < spread <= 1.0:
        raise Refused(f"--spread must be above 0 and at most 1, not {spread:g}", key="--spread")
    if spread != 1.0 and robustness is None:
        raise Refused("--spread says what --robustness draws from; give both", key="--spread")
    if parameters is not None and robustness is not None:
        raise Refused("--robustness draws its own parameter sets; leave --parameters out", key="--parameters")
    processes = workers or cores()
    if robustness is not None:
        return _robustness(patterns, robustness, spread, worlds, citizens, seed, processes, docs, out, talk)
    return _validate(patterns, worlds or DEFAULT_WORLDS, citizens, seed, processes, docs, out, talk, parameters)


def _folder(out: Path | None, name: str, about: dict[str, Any], patterns: list[Pattern]) -> Path:
    """The folder of the result, made before the work. Raises StoreError where it holds other things or is not ours."""
    from multivector.lab import store
    from multivector.lab.errors import StoreError
    from multivector.lab.provenance import code_hash, hash_of

    key = hash_of([{**about, "code": code_hash()}, [pattern.id for pattern in patterns]])
    folder = out or store.ROOT / store.folder_name(name, key)
    shown = store.shown_path(folder)
    with store.explained(folder):
        folder.mkdir(parents=True, exist_ok=True)
        if not all(any(map(path.match, _FILES)) for path in folder.iterdir()):
            raise StoreError(
                f"{shown} holds other things; it is left as it is",
                file=shown, key="--out", suggestion="name a new or empty folder",
            )  # fmt: skip
    store.check_place(folder / f"{name}.json", "--out")
    return folder


def _validate(
    patterns: list[Pattern],
    worlds: int,
    citizens: int | None,
    seed: int,
    workers: int,
    docs: Path | None,
    out: Path | None,
    talk: Talk,
    parameters: str | None = None,
) -> int:
    import time

    from rich.text import Text

    from multivector.lab import store
    from multivector.lab.parameter_sets import find_set
    from multivector.lab.validation.bench import Bench
    from multivector.lab.validation.report import document, load_remarks, sentences
    from multivector.show.validation_html import html_page

    values = None if parameters is None else dict(find_set(parameters).values)
    about: dict[str, Any] = {"worlds": worlds, "citizens": citizens, "seed": seed}
    if values is not None:
        about["parameters"] = {"name": parameters, "values": values}
    folder = _folder(out, "validation", about, patterns)
    began = time.perf_counter()
    with talk.progress(f"validate {len(patterns)} patterns") as tick:
        bench = Bench(worlds, seed, citizens, min(workers, 2 * len(patterns)), parameters=values, progress=tick)
        judged = bench.judge(patterns)
    whole = document(judged, **about, runs=bench.runs, seconds=round(time.perf_counter() - began, 1))
    with store.explained(folder):
        store.write_json(folder / "validation.json", whole)
        with store.replacing(folder / "validation.html") as part:
            part.write_text(html_page(whole, load_remarks()[0]), encoding="utf-8", newline="\n")
    talk.show(_table(whole), *(Text(line) for line in sentences(whole)))
    talk.document({**whole, "folder": folder.as_posix()})
    if docs is not None:
        _write_docs(docs, whole, folder, talk)
    talk.note(f"validation: {(folder / 'validation.html').as_posix()}")
    return 0


def _write_docs(docs: Path, whole: dict[str, Any], folder: Path, talk: Talk) -> None:
    from multivector.lab import store
    from multivector.show.validation_page import write_page

    sturdy = [store.read_json(beside) for beside in sorted(folder.glob("robustness*.json"))]
    with store.explained(docs, "--docs"):
        docs.mkdir(parents=True, exist_ok=True)
        page = write_page(docs, whole, sturdy)
    talk.note(f"page: {page.as_posix()}")


def _table(whole: dict[str, Any]) -> Table:
    """The table for the terminal."""
    from rich import box
    from rich.table import Table

    from multivector.lab.validation.report import between, number, threshold_words

    colours = {"counts": "green", "proves nothing": "magenta", "undecided": "yellow", "taste, not emergence": "cyan"}
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, expand=True)
    for name, options_ in (
        ("claim", {"no_wrap": True, "min_width": 5}),
        ("observable", {"ratio": 1, "no_wrap": True, "overflow": "ellipsis"}),
        ("value [90 %]", {"no_wrap": True}),
        ("threshold", {"no_wrap": True, "min_width": 9}),
        ("off", {"justify": "right", "no_wrap": True, "min_width": 6}),
        ("verdict", {"no_wrap": True, "min_width": 14}),
    ):
        table.add_column(name, **options_)
    for row in whole["patterns"]:
        word = row["word"]
        table.add_row(
            row["id"],
            row["observable"],
            between(row["value"], row["interval"]),
            threshold_words(row["threshold"]),
            number(row["value_off"]),
            f"[{colours.get(word, 'red')}]{word}[/]",
        )
    return table


def _robustness(
    patterns: list[Pattern],
    count: int,
    spread: float,
    worlds: int | None,
    citizens: int | None,
    seed: int,
    workers: int,
    docs: Path | None,
    out: Path | None,
    talk: Talk,
) -> int:
    from rich.text import Text

    from multivector.lab import store
    from multivector.lab.validation.report import driver_words
    from multivector.lab.validation.robust import (
        AGAIN,
        CHEAP_CITIZENS,
        CHEAP_WORLDS,
        hypercube,
        robustness,
        robustness_document,
    )

    if docs is not None:
        raise Refused("--docs takes its page from a validation; --robustness adds to its folder", key="--docs")
    about: dict[str, Any] = {
        "worlds": worlds or CHEAP_WORLDS,
        "citizens": citizens or CHEAP_CITIZENS,
        "seed": seed,
        "spread": spread,
        "again": AGAIN,
    }
    folder = _folder(out, "robustness", {**about, "sets": count}, patterns)
    target = folder / ("robustness.json" if spread == 1.0 else f"robustness-{spread:g}.json")
    with talk.progress(f"robustness of {len(patterns)} patterns", "parameter sets") as tick:
        workers = min(workers, count)
        results = robustness(patterns, count, **about, workers=workers, folder=folder / "sets", progress=tick)
    whole = robustness_document(
        results, hypercube(count, seed, spread), **about, asked=count, interrupted=len(results) < count
    )
    with store.explained(folder):
        store.write_json(target, whole)
    lines = [
        f"{row['id']:5s} counts in {row['share_counts']:4.0%} of sets; it hangs on {driver_words(row['drivers'])}"
        for row in whole["patterns"]
    ]
    kept = whole["street"]
    for said, some in ((f"{len(results)} sets", whole), (f"{kept['sets']} with the street", kept)):
        if some["median"] is not None:
            lines.append(f"{said}: median {some['median']:.0%}; {some['under_half']} count in under half")
    talk.show(*(Text(line) for line in lines))
    talk.document({**whole, "folder": folder.as_posix()})
    if len(results) < count:
        left = f"{len(results)} of {count} parameter sets are judged and kept"
        talk.warn(f"{left}; the same command goes on from there")
    talk.note(f"robustness: {target.as_posix()}")
    return 0 if len(results) == count else 130
