"""`multivector serve`: the live page for one browser, or for a class on the local network."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

import typer

from multivector.cli import options
from multivector.cli.problems import DONE, Refused
from multivector.cli.talk import Talk

__all__ = ["serve"]

_DEFAULT = "ukraine-war-2022"


def serve(
    scenario: Annotated[
        str,
        typer.Argument(
            metavar="SCENARIO", help="The packaged scenario that opens first.", autocompletion=options.scenario_names
        ),
    ] = _DEFAULT,
    classroom: Annotated[
        bool, typer.Option("--class", help="Hold a class: students join with a code, the teacher sees a board.")
    ] = False,
    host: Annotated[
        str, typer.Option("--host", help="Address to listen at; others than this machine's loop need --class.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", help="Port; 0 takes a free one.", metavar="N")] = 8765,
    name: Annotated[
        list[str] | None,
        typer.Option("--name", help="A host name that the page may be called by, too.", metavar="HOST"),
    ] = None,
    workers: Annotated[int, typer.Option("--workers", help="Processes that run the model.", metavar="N")] = 2,
    idle: Annotated[float, typer.Option("--idle", help="Stop after so many idle minutes.", metavar="MIN")] = 60,
    hours: Annotated[float, typer.Option("--hours", help="Stop after so many hours in any case.", metavar="H")] = 6,
    json: options.Json = False,
    verbose: options.Verbose = 0,
    quiet: options.Quiet = False,
) -> int:
    """Serve the live page: every lever, every packaged scenario, your own YAML, and "play the president".

    Plain HTTP, for this machine or a trusted local network. Nothing is stored: answers are gone when it stops.
    """
    talk = Talk(json, options.verbosity(verbose, quiet))
    _check(port, workers, idle, hours)
    from multivector.app.run import INSTALL, bound, check_host, serve, urls
    from multivector.scenario.catalogue import find_scenario, glance, is_path

    try:
        import jinja2  # noqa: F401
        import starlette  # noqa: F401
        import uvicorn  # noqa: F401
    except ImportError as error:
        raise Refused(f"the live page needs {error.name}, which is not installed", suggestion=INSTALL) from None
    check_host(host, classroom=classroom)
    if is_path(scenario):
        said = f"{scenario}: the page opens with a packaged scenario"
        raise Refused(said, key="SCENARIO", suggestion="start it without one, and give your YAML on the page")
    if glance(find_scenario(scenario, or_file=False)).abstract:
        raise Refused(f"{scenario} is abstract: it is only there to be extended", key="SCENARIO")
    from multivector.app.limits import Limits
    from multivector.app.web import Server

    limits = replace(Limits(), workers=workers, idle_seconds=60 * idle, hard_seconds=3600 * hours)
    listener = bound(host, port)
    server = Server(limits, classroom=classroom, scenario=scenario)
    found = urls(host, listener.getsockname()[1])
    room = server.room

    def started() -> None:
        talk.text("\n".join([*found, "Plain HTTP, not encrypted: for this machine or a network that you trust."]))
        if room is not None:
            talk.text(f"Join code for students:  {room.join_code}")
            talk.text(f"Teacher's page:          {found[0]}teacher")
            talk.text(f"Teacher's key (only here, keep it): {room.key}")
        talk.document(
            {
                "schema": 1,
                "urls": found,
                "encrypted": False,
                "join_code": room.join_code if room else None,
                "teacher_key": room.key if room else None,
            }
        )
        talk.note("Ctrl-C stops it; nothing is stored.")

    why = serve(server, listener, tuple(name or ()), started)
    talk.note({"idle": "stopped: nobody came for a while", "time": "stopped: the time is over"}.get(why, "stopped"))
    return DONE


def _check(port: int, workers: int, idle: float, hours: float) -> None:
    for key, value, low, high in (
        ("--port", port, 0, 65535),
        ("--workers", workers, 1, 64),
        ("--idle", idle, 0.01, 1440),
        ("--hours", hours, 0.001, 48),
    ):
        if not low <= value <= high:
            raise Refused(f"{key} must be from {low:g} to {high:g}, not {value:g}", key=key)
