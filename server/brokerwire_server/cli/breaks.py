"""`brokerwire breaks` and `brokerwire reconcile`: what differs from the broker's books, and what a person decides."""

import getpass
from typing import Any

import click

from brokerwire import Client
from brokerwire.types import Break, Reconciliation
from brokerwire.types.enums import BreakResolution, BreakState, BreakType
from brokerwire_server.cli.default_group import DefaultGroup
from brokerwire_server.cli.exits import CommandFailure, Exit
from brokerwire_server.cli.output import Column, attribute
from brokerwire_server.cli.remote import Remote, Words, remote
from brokerwire_server.cli.views import facts

_BREAKS: tuple[Column, ...] = (
    ("BREAK", attribute("break_id")),
    ("ACCOUNT", attribute("account_id")),
    ("TYPE", attribute("type")),
    ("STATE", attribute("state")),
    ("SYMBOL", attribute("symbol")),
    ("ORDER", attribute("order_id")),
    ("OURS", attribute("expected")),
    ("THEIRS", attribute("actual")),
    ("OPENED", attribute("open_time")),
    ("DETAIL", lambda brk: brk.note or brk.detail),
)
_RESULTS: tuple[Column, ...] = (
    ("ACCOUNT", attribute("account_id")),
    ("READ", attribute("ok")),
    ("EVENTS", attribute("event_count")),
    ("BREAKS", lambda result: str(len(result.breaks))),
    ("FOUND", attribute("detail")),
)
_ENDS = ("canceled", "expired", "rejected")


@click.group(cls=DefaultGroup, default="list")
def breaks() -> None:
    """List and resolve differences from the brokers' books. Without a subcommand: list the open ones."""


@breaks.command("list")
@click.option("--type", "types", type=Words("type", BreakType.choices()), multiple=True, help="May be repeated.")
@click.option("--state", "states", type=Words("state", BreakState.choices()), multiple=True, help="Default: open.")
@remote()
def list_(to: Remote, types: tuple[str, ...], states: tuple[str, ...]) -> int:
    """List breaks, oldest first. Exit code 1 where one is open."""
    with to.client() as client:
        found = list(client.breaks(types=types, states=states))
    to.out.rows("breaks", found, _BREAKS)
    return Exit.FAILED if any(brk.state is BreakState.OPEN for brk in found) else Exit.OK


@breaks.command
@click.argument("break_id")
@click.argument("resolution", type=Words("resolution", BreakResolution.choices()))
@click.option("--note", required=True, help="Why. It is journaled.")
@click.option("--by", metavar="NAME", help="Who decides. It is journaled. Default: your user name.")
@click.option("--order-state", type=Words("state", _ENDS), help="How the order of a status_drift ended.")
@remote()
def resolve(to: Remote, break_id: str, resolution: str, *, by: str | None, **decision: Any) -> None:  # noqa: ANN401
    """Settle a break as you decide.

    accept_broker: the broker is right about a position, the cash, or the end of an order (--order-state). not_placed:
    an order in doubt never reached the broker. dismiss: leave the difference; it is not opened again while it stays
    exactly the same.
    """
    with to.client() as client:
        found = _find(client, break_id) if to.account is None else break_id
        settled = client.resolve_break(found, resolution, by=by or getpass.getuser(), **decision)
    to.out.record(settled, facts(settled, "break_id", "type", "state", "resolution", "resolved_by", "note"))


@click.command
@click.option("--connection", "connection_id", metavar="ID", help="All accounts of a connection.")
@remote()
def reconcile(to: Remote, connection_id: str | None) -> int:
    """Compare an account with its broker now. Exit code 1 where something differs, or could not be compared."""
    with to.client() as client:
        found = client.reconcile(connection_id=connection_id)
    to.out.rows("reconciliations", found, _RESULTS)
    if not to.out.json and (open_ := [brk for result in found for brk in result.breaks]):
        to.out.rows("breaks", open_, _BREAKS)
    return Exit.OK if all(map(_agrees, found)) else Exit.FAILED


def _agrees(result: Reconciliation) -> bool:
    return result.ok and not result.breaks


def _find(client: Client, break_id: str) -> Break:
    """Return a break by its id, or by the beginning of one that is open."""
    states = [state for state in BreakState if state.number > 0]
    found = [brk for brk in client.breaks(states=states) if brk.break_id == break_id]
    found = found or [brk for brk in client.breaks() if brk.break_id.startswith(break_id)]
    if len(found) != 1:
        what = "no break" if not found else "more than one open break"
        raise CommandFailure(f"{what} {break_id!r}", "the open breaks are: brokerwire breaks")
    return found[0]
