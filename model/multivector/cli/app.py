"""The commands and their options, and what every invocation has in common."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Annotated

import typer

from multivector import __version__
from multivector.cli import (
    backtest,
    batch,
    calibrate,
    compare,
    explain,
    info,
    lesson,
    plot,
    problems,
    report,
    results,
    run,
    scenarios,
    serve,
    studies,
    validate,
)
from multivector.cli.problems import Interrupted, interruptible
from multivector.cli.talk import debugging
from multivector.lab.kinds import ANALYSED, KINDS

__all__ = ["app", "run_command_line"]

app = typer.Typer(
    name="multivector",
    help="A middle power between giants: run a scenario, see the fan of ties, its price, and why.",
    epilog="Start with: multivector run ukraine-war-2022",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(wanted: bool) -> None:
    if wanted:
        sys.stdout.write(f"multivector {__version__}\n")
        raise typer.Exit


@app.callback()
def _common(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version and leave.", callback=_version, is_eager=True)
    ] = False,
) -> None:
    pass


app.command("run")(interruptible(run.run))
app.command("batch")(interruptible(batch.batch))
for _kind in ANALYSED:
    app.command(KINDS[_kind].command)(interruptible(studies.command_of(_kind)))
app.command("report")(interruptible(report.report))
app.command("calibrate")(interruptible(calibrate.calibrate))
app.command("results")(interruptible(results.results))
app.command("compare")(interruptible(compare.compare))
app.command("explain")(interruptible(explain.explain))
app.command("plot")(interruptible(plot.plot))
app.command("lesson")(interruptible(lesson.lesson))
app.command("lesson-score")(interruptible(lesson.lesson_score))
app.command("serve")(interruptible(serve.serve))
app.command("validate")(interruptible(validate.validate))
app.command("info")(interruptible(info.info))
app.add_typer(backtest.app, name="backtest")
app.add_typer(scenarios.app, name="scenarios")

# typer brings its own copy of click in newer versions: the classes are taken from what typer itself exports.
_USAGE_ERROR: type[Exception] = typer.BadParameter.__mro__[1]
_CLICK_ERROR: type[Exception] = typer.BadParameter.__mro__[2]


def run_command_line(arguments: Sequence[str]) -> int:
    """Run one command and return its exit code: 0 done, 1 failed, 2 bad input, 130 interrupted.

    Nothing here shows a traceback unless MULTIVECTOR_DEBUG is set.
    """
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(encoding="utf-8", errors="replace")
    json = "--json" in arguments
    debug = debugging()
    try:
        code = app(list(arguments), prog_name="multivector", standalone_mode=False)
        return code if isinstance(code, int) else problems.DONE
    except BrokenPipeError:
        # The reader went away (`| head`): not an error of ours, but the flush at exit must not complain.
        import os

        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return problems.FAILED
    except (Interrupted, KeyboardInterrupt, typer.Abort) as error:
        said = str(error.__cause__ or error) or "interrupted; nothing of this step is kept"
        return problems.report([problems.problem(said)], json=json, code=problems.INTERRUPTED)
    except Exception as error:
        if isinstance(error, _USAGE_ERROR):
            if type(error).__name__ == "NoArgsIsHelpError":
                error.show()  # type: ignore[attr-defined]
                return problems.BAD_INPUT
            return problems.report([problems.usage(error)], json=json, code=problems.BAD_INPUT)
        if isinstance(error, _CLICK_ERROR):
            return problems.report([problems.problem(str(error))], json=json, code=problems.BAD_INPUT)
        return problems.report_exception(error, json=json, debug=debug)
