"""The command line: one file per command, imported when it is called. Data to stdout, everything else to stderr."""

from __future__ import annotations

import importlib
import os
import signal
import sys
import threading

import click

from allocator import __version__
from allocator.cli.settings import SETTINGS
from allocator.errors import AllocatorError, InputError, VerificationError

__all__ = ["main"]

COMMANDS = {
    "run": "Solve a scenario and write a verified plan.",
    "check": "Report every finding in a city or a scenario, without solving.",
    "verify": "Recount every rule of a run from the input files.",
    "explain": "Say why, and what would house more.",
    "pin": "Decide that a household lives in a unit.",
    "move": "Decide that a household moves to a unit.",
    "forbid": "Decide where a household does not live.",
    "withdraw": "Take a decision back; it stays in the log.",
    "decisions": "List the decisions and check their chain.",
    "replan": "Plan again with what was decided; all else stays if it can.",
    "place": "Rank the free units for one household tonight.",
    "sweep": "Solve many scenarios from one design, into one table.",
    "frontier": "Trace the trade-off between two goals.",
    "price": "Show what a rule costs at each value of its limit.",
    "map": "Draw the map of a run again.",
    "report": "Write the report of a run again.",
    "publish": "Write what may be public of a run.",
    "compare": "Put plans beside each other: maps, tables, differences.",
    "rules": "Show rules, goals and profiles with formula and source.",
    "columns": "Show the columns of every table.",
    "indicators": "Show what each indicator means, and its formula.",
    "data": "Bring in a city, or make a model city.",
    "schema": "Print the JSON schema of result.json.",
    "doctor": "Say what is installed and whether it works.",
}
"""Every command and what it does; the module `allocator.cli.<name>` holds it."""


class _Lazy(click.Group):
    """Imports a command's module only when that command is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"allocator.cli.{cmd_name}")
        return getattr(module, cmd_name, None) or getattr(module, f"{cmd_name}_command")

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        from allocator.errors import did_you_mean

        if args and not args[0].startswith("-") and args[0] not in COMMANDS:
            ctx.fail(f"no command '{args[0]}': {did_you_mean(args[0], COMMANDS)}")
        return super().resolve_command(ctx, args)


@click.group(cls=_Lazy, context_settings=SETTINGS)
@click.version_option(__version__, prog_name="allocator")
def cli() -> None:
    """Decide where refugee households live: a spatial allocation planner for decentralised housing.

    \b
    Example:
      allocator run scenarios/model-city.yaml
    """  # noqa: D301 - \b keeps the lines of the examples apart


class _Ended(BaseException):
    """Ctrl-C, or another program asks this one to end: everything half written is taken back on the way out."""

    def __init__(self, signum: int) -> None:
        self.status = 128 + signum


def _end(signum: int, _: object) -> None:
    raise _Ended(signum)


def main() -> None:
    """Run the command line; every error of this package ends in its own exit status and without a traceback.

    Besides the statuses of the contract, as shells know them: 130 after Ctrl-C, 143 when told to end. 1 is also the
    status where nobody reads the output any more.
    """
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")
    before = {}
    try:
        if threading.current_thread() is threading.main_thread():
            before = {signum: signal.signal(signum, _end) for signum in (signal.SIGINT, signal.SIGTERM)}
        status = _called()
        sys.stdout.flush()
    except (click.Abort, KeyboardInterrupt, _Ended) as end:
        click.echo("\ninterrupted" if sys.stderr.isatty() else "interrupted", err=True)
        status = getattr(end, "status", 130)
        if any(thread.name == "solver" for thread in threading.enumerate()):
            sys.stdout.flush()
            os._exit(status)  # Python would wait for a solver that nobody waits for, or take it apart at work
    except BrokenPipeError:
        # What waits to be written would be complained about when Python ends.
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123 - open until the end
        status = 1
    finally:
        for signum, handler in before.items():
            signal.signal(signum, handler)
    sys.exit(status)


def _called() -> int:
    """The status of the command that was called; its errors are told."""
    try:
        if any("\0" in word for word in sys.argv[1:]):
            raise click.UsageError("a NUL stands in what was typed; no file and no name can hold one")
        return cli.main(prog_name="allocator", standalone_mode=False) or 0
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 0
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (InputError, VerificationError) as error:
        for finding in error.findings:
            click.echo(str(finding), err=True)
        kind = "verification failed" if isinstance(error, VerificationError) else "nothing was written"
        count = sum(finding.severity == "error" for finding in error.findings)
        click.echo(f"{count} finding(s) to mend; {kind}", err=True)
        return error.exit_status
    except AllocatorError as error:
        click.echo(f"error: {error}", err=True)
        return error.exit_status
    except BrokenPipeError:
        raise
    except OSError as error:
        click.echo(f"error: {error.strerror or error}: {error.filename or ''}".rstrip(": "), err=True)
        return 1
