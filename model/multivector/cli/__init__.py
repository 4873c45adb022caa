"""The command line. `main` is the entry point; everything heavy is imported inside the commands."""

from __future__ import annotations

__all__ = ["main"]


def main() -> None:
    """Run the command line and leave with its exit code."""
    import sys

    from multivector.cli.app import run_command_line

    sys.exit(run_command_line(sys.argv[1:]))
