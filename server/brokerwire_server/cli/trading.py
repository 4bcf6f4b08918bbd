"""`brokerwire halt`, `resume`, `trading-state`, `arm` and `disarm`: whether trading is allowed."""

import re
from datetime import timedelta
from typing import Any

import click

from brokerwire.types import GuardLease, TradingStateChange, TradingStates
from brokerwire_server.cli.exits import CommandFailure, Exit
from brokerwire_server.cli.output import Column, attribute
from brokerwire_server.cli.remote import Remote, Words, remote
from brokerwire_server.cli.views import facts

_RECORDS: tuple[Column, ...] = (
    ("SCOPE", attribute("scope")),
    ("STATE", attribute("state")),
    ("SINCE", attribute("set_time")),
    ("BY", attribute("principal")),
    ("WHY", attribute("reason")),
)
_ARMINGS: tuple[Column, ...] = (
    ("ACCOUNT", attribute("account_id")),
    ("ARMED BY", attribute("principal")),
    ("UNTIL", attribute("armed_until_time")),
)
_LEASES: tuple[Column, ...] = (
    ("LEASE", attribute("lease_id")),
    ("SCOPE", attribute("scope")),
    ("STATE", attribute("state")),
    ("HOLDER", attribute("principal")),
    ("FIRES", attribute("expire_time")),
    ("FIRED", attribute("fire_time")),
    ("WHAT FOR", attribute("reason")),
)
_RESTRICTED = ("halted", "cancel_only", "reduce_only")
_OTHER_WAYS = "on its machine: kill -USR1 PID, or put a file HALT into its data directory; then trading-state"
_UNITS = {"s": 1, "m": 60, "h": 3600}

_scopes = (
    click.option("--broker", metavar="ID", help="All accounts at a broker."),
    click.option("--principal", metavar="NAME", help="All orders of a principal."),
    click.option("--symbol", metavar="SYMBOL", help="All orders in an instrument."),
)


def scoped(command: Any) -> Any:  # noqa: ANN401 - click's decorators
    """Give a command the options that name a scope; see `scope_of`."""
    for option in reversed(_scopes):
        command = option(command)
    return command


@click.command
@scoped
@click.option("--state", type=Words("state", _RESTRICTED), default="halted", show_default=True)
@click.option("--cancel", is_flag=True, help="Cancel the working orders that were placed through the gateway.")
@click.option("--cancel-external", is_flag=True, help="Cancel those placed elsewhere too.")
@click.option("--flatten", is_flag=True, help="Cancel all of them, then close the positions by market orders.")
@click.option("--reason", default="", help="Why. It is journaled.")
@remote()
def halt(
    to: Remote,
    *,
    broker: str | None,
    principal: str | None,
    symbol: str | None,
    state: str,
    cancel: bool,
    cancel_external: bool,
    flatten: bool,
    reason: str,
) -> int:
    """Stop trading at once: everything, or one --account, --broker, --principal or --symbol.

    Cancels always pass. It holds across restarts, until somebody with role risk and a second factor calls `resume`.
    Where the gateway can't be reached: `kill -USR1 PID`, or put a file HALT into its data directory.
    """
    scope = scope_of(to.account, broker, principal, symbol)
    wanted: dict[str, Any] = {"cancel_orders": cancel, "cancel_external_orders": cancel_external, "flatten": flatten}
    try:
        with to.client() as client:
            return _show(to, client.set_trading_state(state, scope, reason=reason, **wanted))
    except CommandFailure as failure:
        if failure.code in {Exit.UNREACHABLE, Exit.INDETERMINATE}:
            raise CommandFailure(str(failure), _OTHER_WAYS, failure.code) from None
        raise


@click.command
@scoped
@click.option("--state", type=Words("state", ("active", *_RESTRICTED)), default="active", show_default=True)
@click.option("--reason", required=True, help="Why trading may go on. It is journaled.")
@remote()
def resume(
    to: Remote,
    *,
    broker: str | None,
    principal: str | None,
    symbol: str | None,
    state: str,
    reason: str,
) -> int:
    """Let trading go on: everything, or one --account, --broker, --principal or --symbol. See `trading-state`.

    It takes role risk and a second factor. Each scope is released by itself.
    """
    scope = scope_of(to.account, broker, principal, symbol)
    with to.client() as client:
        return _show(to, client.set_trading_state(state, scope, reason=reason, otp=code_of(to)))


@click.command("trading-state")
@click.option("--leases", is_flag=True, help="List the guard leases too.")
@remote()
def trading_state(to: Remote, *, leases: bool) -> int:
    """Say what is halted, by whom, when and why, and which live accounts are armed. Exit code 1: something is."""
    with to.client() as client:
        found = client.trading_state(account=to.account)
        waiting = client.guard_leases() if leases else ()
    _show_states(to, found, waiting)
    return Exit.FAILED if any(record.state != "active" for record in found.records) else Exit.OK


@click.command
@click.option("--for", "ttl", metavar="TIME", default="12h", show_default=True, help="Such as 30m or 8h; at most 24h.")
@click.option("--reason", default="", help="Why. It is journaled.")
@remote()
def arm(to: Remote, *, ttl: str, reason: str) -> None:
    """Let a live account trade for a time. It takes role risk and a second factor, and ends with the gateway."""
    seconds = seconds_of(ttl)
    account = _named(to)
    with to.client() as client:
        armed = client.arm_account(account, ttl=seconds, reason=reason, otp=code_of(to))
    to.out.record(armed, facts(armed, "account_id", "armed_until_time", "principal"))


@click.command
@remote()
def disarm(to: Remote) -> None:
    """Stop a live account from trading. Its working orders stay; cancels always pass."""
    account = _named(to)
    with to.client() as client:
        was_armed = client.disarm_account(account)
    to.out.record({"account_id": account, "was_armed": was_armed}, [("was armed", "yes" if was_armed else "no")])


def _show(to: Remote, change: TradingStateChange) -> int:
    record = change.record
    if to.out.json:
        to.out.document(change)
    else:
        to.out.rows("records", [record], _RECORDS)
        counts = f"{change.cancel_count} cancels asked for, {change.cancel_failed_count} failed"
        if change.cancel_count or change.flatten_order_ids:
            click.echo(f"{counts}; {len(change.flatten_order_ids)} closing orders")
        if change.unfinished:
            click.echo("cancels or closing orders are still under way: look at the orders")
        for problem in change.problems:
            click.echo(f"not done: {problem}", err=True)
    return Exit.FAILED if change.problems else Exit.OK


def _show_states(to: Remote, found: TradingStates, leases: tuple[GuardLease, ...]) -> None:
    if to.out.json:
        to.out.document({"states": found, "leases": leases} if leases else found)
        return
    to.out.rows("records", list(found.records), _RECORDS)
    if found.armings:
        to.out.rows("armings", list(found.armings), _ARMINGS)
    if leases:
        to.out.rows("leases", list(leases), _LEASES)


def scope_of(account: str | None, broker: str | None, principal: str | None, symbol: str | None) -> str:
    """Return the scope that the options name; all trading where they name none."""
    given = {"account": account, "broker": broker, "principal": principal, "symbol": symbol}
    named = [f"{kind}:{name}" for kind, name in given.items() if name]
    if len(named) > 1:
        raise click.UsageError(f"name one of them: {', '.join(named)}")
    return named[0] if named else "global"


def _named(to: Remote) -> str:
    if not to.account:
        raise click.UsageError("name the account: --account ID")
    return to.account


def code_of(to: Remote) -> str | None:
    """Ask for a code where the connection brings none; without echo, so that it stays out of the shell's history."""
    return None if to.entry.otp else str(click.prompt("code of your second factor", hide_input=True, err=True))


def seconds_of(text: str) -> timedelta:
    """Return a time such as 30m or 8h."""
    match = re.fullmatch(r"(\d+)([smh])", text.strip().lower())
    if match is None:
        raise click.UsageError(f"--for takes a time such as 30m or 8h, not {text!r}")
    return timedelta(seconds=int(match[1]) * _UNITS[match[2]])
