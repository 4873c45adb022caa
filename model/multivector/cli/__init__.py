"""The command line. `main` is the entry point; everything heavy is imported inside the commands."""

from __future__ import annotations

__all__ = ["main"]


def main() -> None:
    """Run the command line and leave with its exit code."""
    import gc
    import signal
    import sys

    # what starts up stays: searching it for rubbish every 700 objects was a twelfth of a short run
    gc.set_threshold(50_000, 20, 20)

    try:
        from multivector.cli.app import run_command_line

        code = run_command_line(sys.argv[1:])
    except KeyboardInterrupt:  # while the first modules load
        code = 130
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a second Ctrl-C must not break the way out
    sys.exit(code)
