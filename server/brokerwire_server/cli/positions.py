"""`brokerwire positions`: list, watch and close them."""

from decimal import Decimal

import click

from brokerwire_server.cli.default_group import DefaultGroup
from brokerwire_server.cli.exits import CommandFailure, Exit
from brokerwire_server.cli.remote import Number, Remote, exit_of, remote
from brokerwire_server.cli.views import CLOSES, POSITIONS, order_facts, position_line
from brokerwire_server.cli.watch import follow

_NUMBER = Number()


@click.group(cls=DefaultGroup, default="list")
def positions() -> None:
    """List, watch and close positions. Without a subcommand: list them."""


@positions.command("list")
@click.option("--symbol", "symbols", multiple=True, help="Only this symbol; may be repeated.")
@remote()
def list_(to: Remote, symbols: tuple[str, ...]) -> None:
    """List open positions; of all accounts unless --account names one."""
    with to.client() as client:
        found = list(client.positions(symbols=symbols or None))
    to.out.rows("positions", found, POSITIONS)


@positions.command
@click.option("--symbol", "symbols", multiple=True, help="Only this symbol; may be repeated.")
@click.option("--prices", is_flag=True, help="Also show changes of price alone.")
@click.option("--once", is_flag=True, help="End after the snapshot.")
@remote()
def watch(to: Remote, symbols: tuple[str, ...], *, prices: bool, once: bool) -> None:
    """Show positions as they change: a live table on a terminal, else a line each."""
    with to.streaming() as client:
        follow(
            to.out,
            client.stream_positions(symbols=symbols or None, price_changes=prices or to.out.terminal),
            key=lambda position: (position.account_id, position.symbol),
            state=lambda event: event.position,
            line=lambda event: position_line(event.position),
            columns=POSITIONS,
            once=once,
        )


@positions.command
@click.argument("symbol", required=False)
@click.option("--quantity", type=_NUMBER, help="So many units of it. Default: all.")
@click.option("--percent", type=_NUMBER, help="So much of it: 50 is half.")
@click.option("--all", "everything", is_flag=True, help="Every position of the account.")
@click.option("--cancel-orders", is_flag=True, help="With --all: cancel open orders on the same symbols first.")
@click.option("--id", "client_order_id", metavar="ID", help="Idempotency key. Default: a new one.")
@remote()
def close(
    to: Remote,
    symbol: str | None,
    quantity: Decimal | None,
    percent: Decimal | None,
    client_order_id: str | None,
    *,
    everything: bool,
    cancel_orders: bool,
) -> int:
    """Close a position, or part of it, or with --all every position, at the market."""
    if (symbol is None) != everything:
        raise click.UsageError("give either SYMBOL or --all")
    if everything:
        return _close_all(to, client_order_id, cancel_orders=cancel_orders)
    assert symbol is not None  # noqa: S101 - for the type checker
    with to.client() as client:
        order = client.close_position(symbol, quantity=quantity, percentage=percent, client_order_id=client_order_id)
    to.out.record(order, order_facts(order))
    return exit_of(order)


def _close_all(to: Remote, request_id: str | None, *, cancel_orders: bool) -> int:
    with to.client() as client:
        report = client.close_positions(cancel_orders=cancel_orders, request_id=request_id)
    to.out.rows("results", report.results, CLOSES)
    if report.unreachable:
        raise CommandFailure(f"not reached: {', '.join(report.unreachable)}; positions there are as they were")
    codes = [Exit.FAILED if result.order is None else exit_of(result.order) for result in report.results]
    return max(codes, default=Exit.OK)
