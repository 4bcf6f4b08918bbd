"""The command itself: finds its subcommands when they are needed, and turns failures into lines and exit codes."""

import logging
import os
import sys
from collections.abc import Sequence
from importlib import import_module

import click

from brokerwire_server.cli.exits import HELP, CommandFailure, Exit

_COMMANDS = {
    "serve": "serve:serve",
    "demo": "demo:demo",
    "sandbox": "sandbox:sandbox",
    "orders": "orders:orders",
    "positions": "positions:positions",
    "account": "accounts:account",
    "accounts": "accounts:accounts",
    "portfolio": "accounts:portfolio",
    "history": "accounts:history",
    "brokers": "brokers:brokers",
    "capabilities": "brokers:capabilities",
    "connections": "connections:connections",
    "breaks": "breaks:breaks",
    "reconcile": "breaks:reconcile",
    "halt": "trading:halt",
    "resume": "trading:resume",
    "trading-state": "trading:trading_state",
    "arm": "trading:arm",
    "disarm": "trading:disarm",
    "risk": "risk:risk",
    "quotes": "market:quotes",
    "search": "market:search",
    "clock": "market:clock",
    "market": "market_history:market",
    "events": "events:events",
    "journal": "journal:journal",
    "sim": "sim:sim",
    "principals": "principals:principals",
    "signing-keys": "signing_keys:signing_keys",
    "tokens": "tokens:tokens",
    "second-factor": "second_factor:second_factor",
    "certificates": "certificates:certificates",
    "vault": "vault:vault",
    "health": "system:health",
    "config": "settings:config",
    "completion": "completion:completion",
    "version": "system:version",
}


class _Commands(click.Group):
    """Loads a subcommand's module when it is called, so that `brokerwire health` does not import the rest."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names, in the order of the help text."""
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a subcommand."""
        if cmd_name not in _COMMANDS:
            return None
        module, _, name = _COMMANDS[cmd_name].partition(":")
        found: click.Command = getattr(import_module(f"brokerwire_server.cli.{module}"), name)
        return found

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the subcommand, or name the nearest one."""
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            from difflib import get_close_matches  # noqa: PLC0415 - for mistakes only

            near = get_close_matches(args[0], _COMMANDS, n=1)
            hint = f" Did you mean {near[0]}?" if near else ""
            raise click.UsageError(error.message + hint, ctx) from None


@click.group(
    cls=_Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
    epilog=HELP + "\n\nShell completion: see brokerwire completion --help.",
)
def cli() -> None:
    """One typed gRPC API in front of many brokers.

    Start a paper gateway with `brokerwire serve`, or see everything at work with `brokerwire demo`. The other
    commands talk to a running gateway: at --address, or BROKERWIRE_ADDRESS, or 127.0.0.1:50051.
    """


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command line (default: the process's) and return the exit code."""
    # grpc's own log lines go to standard error past our logging, and tell nothing that an error does not.
    os.environ.setdefault("GRPC_VERBOSITY", "NONE")
    # What the client logs about reconnecting, a stream shows by itself.
    logging.getLogger("brokerwire").addHandler(logging.NullHandler())
    try:
        code = cli.main(list(arguments) if arguments is not None else None, "brokerwire", standalone_mode=False)
        sys.stdout.flush()
    except CommandFailure as failure:
        _complain(str(failure), failure.hint)
        return failure.code
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        sys.stderr.write("\n")
        return 130
    except BrokenPipeError:
        return _reader_left()
    return code if isinstance(code, int) else Exit.OK


def _complain(what: str, hint: str) -> None:
    click.echo(f"{click.style('error:', fg='red', bold=True)} {what}", err=True)
    if hint:
        click.echo(f"  {hint}", err=True)


def _reader_left() -> int:
    """End quietly where the reader of a pipe (`| head`) has gone."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return Exit.OK
