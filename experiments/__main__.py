"""Make the studies of this folder again.

    python -m experiments [NAME ...] [--workers N] [--dask ADDRESS] [--check | --trial]

For each: run the study (what is there is not run again), copy figures, tables for people and provenance into its
`results/`, and write what was found, sentences made from the numbers, into its README between two markers. What a
README says outside of the markers is written by hand and holds no number of a run. `--check` changes nothing and says
whether the committed tables are reproduced; `--trial` runs every study in a small form, to see that it runs, and
publishes nothing.
"""

from __future__ import annotations

import argparse
import csv
import json
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

HERE = Path(__file__).parent
BUILD = HERE.parent / "runs" / "experiments"
BEGIN, END = "<!-- found: made by `python -m experiments` -->", "<!-- end of what was found -->"
LARGE = ("summary.csv", "futures.csv")
"""Tables that a zip of the report holds and the repository does not."""
IDS = ("run", "base_run")
"""Columns with ids of runs."""


def names() -> list[str]:
    """The studies, in order: folders with a study, and a README that takes what was found."""
    return sorted(
        path.parent.name
        for path in HERE.glob("*/study.yaml")
        if BEGIN in (path.parent / "README.md").read_text(encoding="utf-8")
    )


def small(name: str) -> Path:
    """A study in a small form: the same question with few worlds, months and points; written beside its runs."""
    from ruamel.yaml import YAML

    yaml = YAML()
    content = yaml.load((HERE / name / "study.yaml").read_text(encoding="utf-8"))
    content["worlds"], content["citizens"] = 4, 30
    content["months"] = min(int(content.get("months", 6)), 6)
    for key, most in (("trajectories", 2), ("points", {"robust": 4, "sensitivity": 4}.get(content["kind"], 32))):
        if key in content and not isinstance(content[key], list):
            content[key] = min(int(content[key]), most)
    for axis in ("x", "y"):
        if axis in content:
            content[axis]["levels"] = 4
    if content.get("vary") == "all":
        content["vary"] = ["decision.*"]
    target = BUILD.with_name("experiments-trial") / name / "study.yaml"
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("w", encoding="utf-8", newline="\n") as stream:
        yaml.dump(content, stream)
    return target


def command_of(study: Path) -> str:
    """The word after `multivector` that runs a study. Raises StudyErrors for a file with mistakes."""
    from multivector.lab.kinds import KINDS
    from multivector.lab.study import load_study

    return KINDS[load_study(study).document.kind].command


def make(name: str, means: Sequence[str], *, trial: bool = False) -> Path:
    """Run a study and return its folder. Raises SystemExit where its command fails."""
    from multivector.cli.app import run_command_line

    study = small(name) if trial else HERE / name / "study.yaml"
    command = command_of(study)
    sys.stderr.write(f"== {name}: multivector {command} experiments/{name}/study.yaml\n")
    folder = study.parent / "results" if trial else BUILD / name
    code = run_command_line([command, str(study), "--out", str(folder), *means])
    if code == 0:
        code = run_command_line(["report", str(folder), "--quiet"])
    if code:
        raise SystemExit(code)
    return folder


def found(folder: Path) -> list[str]:
    """What was found, as lines of Markdown."""
    from multivector.lab.report import report_of

    content = report_of(str(folder))
    about = json.loads((folder / "batch.json").read_text(encoding="utf-8"))
    lines = [f"- {sentence}" for sentence in content.sentences]
    lines += ["", "What bounds it:", "", *(f"- {limit}" for limit in content.limits)]
    git = about.get("git") or {}
    lines += [
        "",
        f"Made with version {about['version']}, code `{about['code_hash'][:12]}`"
        + (f", commit `{str(git['commit'])[:12]}`" if git.get("commit") else "")
        + f": {about['runs']:,} runs × {about['worlds']:,} worlds.",
    ]
    return lines


def publish(name: str, folder: Path) -> None:
    """Copy what is committed, and write what was found into the README."""
    results = HERE / name / "results"
    shutil.rmtree(results, ignore_errors=True)
    for part in ("figures", "tables"):
        for path in sorted((folder / part).glob("[!.]*")):
            if path.name not in LARGE:
                target = results / part / path.name
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path, target)
    shutil.copyfile(folder / "batch.json", results / "batch.json")
    readme = HERE / name / "README.md"
    text = readme.read_text(encoding="utf-8")
    head, _, rest = text.partition(BEGIN)
    _, _, tail = rest.partition(END)
    if not rest:
        raise SystemExit(f"experiments/{name}/README.md lacks the line {BEGIN}")
    block = "\n".join([BEGIN, "", *found(folder), "", END])
    readme.write_text(f"{head}{block}{tail}", encoding="utf-8", newline="\n")


def reproduced(name: str, folder: Path) -> bool:
    """Whether the committed tables are those just made, to the last digit; ids of runs hold a hash of the code."""
    tables = sorted((HERE / name / "results" / "tables").glob("*.csv"))
    others = [path.name for path in tables if not _same(path, folder / "tables" / path.name)]
    for other in others:
        sys.stderr.write(f"{name}: results/tables/{other} is not what the command makes now\n")
    return bool(tables) and not others


def _same(one: Path, other: Path) -> bool:
    return other.is_file() and _cells(one) == _cells(other)


def _cells(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return [{k: v for k, v in row.items() if k not in IDS} for row in csv.DictReader(stream)]


def main(arguments: Sequence[str] | None = None) -> int:
    """Command line; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m experiments", description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"studies; all if left out: {', '.join(names())}")
    parser.add_argument("--workers", metavar="N", help="processes, as for multivector batch")
    parser.add_argument("--dask", metavar="ADDRESS", help="a Dask scheduler, as for multivector batch")
    parser.add_argument("--trial", action="store_true", help="every study in a small form; publishes nothing")
    parser.add_argument("--check", action="store_true", help="change nothing; say whether the tables are reproduced")
    options = parser.parse_args(arguments)
    known = names()
    for name in options.names:
        if name not in known:
            parser.error(f"there is no study {name}; there is {', '.join(known)}")
    means = [
        *(["--workers", options.workers] if options.workers else []),
        *(["--dask", options.dask] if options.dask else []),
    ]
    fine = True
    for name in options.names or known:
        folder = make(name, means, trial=options.trial)
        if options.trial:
            continue
        if options.check:
            fine &= reproduced(name, folder)
        else:
            publish(name, folder)
    return 0 if fine else 1


if __name__ == "__main__":
    sys.exit(main())
