"""`brokerwire orders`: submit, preview, replace, cancel, look at orders and watch them."""

from itertools import islice
from typing import Any

import click

from brokerwire import Client, Instrument, NotFound, StopLoss
from brokerwire.types import Order
from brokerwire.types.enums import AssetClass, OrderState, OrderType, Side, TimeInForce
from brokerwire_server.cli.exits import CommandFailure, Exit
from brokerwire_server.cli.output import attribute
from brokerwire_server.cli.remote import Number, Remote, Words, exit_of, outcome_exit, remote, tags_of
from brokerwire_server.cli.views import CANCELS, ORDERS, order_facts, order_line, preview_facts
from brokerwire_server.cli.watch import follow

_SIDES = Words("side", Side.choices())
_CLASSES = Words("asset class", AssetClass.choices())
_TYPES = Words("type", OrderType.choices())
_TIMES = Words("time in force", TimeInForce.choices())
_STATES = Words("state", OrderState.choices())
_NUMBER = Number()

_TERMS = (
    click.argument("symbol"),
    click.argument("side", type=_SIDES),
    click.argument("quantity", type=_NUMBER, required=False),
    click.option("--asset-class", type=_CLASSES, help="Where the symbol does not tell, as with a future."),
    click.option("--notional", type=_NUMBER, metavar="AMOUNT", help="Size in money, in place of QUANTITY."),
    click.option("--type", type=_TYPES, help="Default: what the prices given make it, else market."),
    click.option("--limit", "limit_price", type=_NUMBER, metavar="PRICE", help="Limit price."),
    click.option("--stop", "stop_price", type=_NUMBER, metavar="PRICE", help="Stop price."),
    click.option("--trail", "trail_amount", type=_NUMBER, metavar="AMOUNT", help="Trailing distance, as an amount."),
    click.option("--trail-percent", type=_NUMBER, metavar="PERCENT", help="Trailing distance: 1.5 is 1.5 %."),
    click.option("--tif", "time_in_force", type=_TIMES, default="day", show_default=True, help="Time in force."),
    click.option("--extended-hours", is_flag=True, help="May trade outside the regular session."),
    click.option("--take-profit", type=_NUMBER, metavar="PRICE", help="Limit price of the exit at a profit."),
    click.option("--stop-loss", type=_NUMBER, metavar="PRICE", help="Trigger of the exit at a loss."),
    click.option("--stop-loss-limit", type=_NUMBER, metavar="PRICE", help="Limit of the exit at a loss."),
    click.option("--oco", is_flag=True, help="Two exits of what is held: --limit and --stop-loss."),
    click.option("--id", "client_order_id", metavar="ID", help="Your id, the idempotency key. Default: a new one."),
    click.option("--tag", "tags", multiple=True, metavar="KEY=VALUE", help="A label; may be repeated."),
)


def _terms(command: Any) -> Any:  # noqa: ANN401 - click's decorators
    for option in reversed(_TERMS):
        command = option(command)
    return command


@click.group
def orders() -> None:
    """Submit, change, cancel, list and watch orders."""


@orders.command
@_terms
@remote()
def submit(to: Remote, **terms: Any) -> int:  # noqa: ANN401
    """Submit an order: brokerwire orders submit AAPL buy 10 --limit 225.50.

    With --take-profit and --stop-loss it is a bracket, with one of them an OTO. The same --id with the same content
    returns the same order and sends nothing. Exit code 1 if the order is REJECTED, 4 if it is INDETERMINATE.
    """
    request = _request(terms)
    with to.client() as client:
        order = client.submit(**request)
    known = [("note", "known already: nothing was sent")] if order.deduplicated else []
    to.out.record(order, [*known, *order_facts(order)])
    return exit_of(order)


@orders.command
@_terms
@remote()
def preview(to: Remote, **terms: Any) -> int:  # noqa: ANN401
    """Say what an order would cost and whether it would be accepted. Sends nothing. Exit code 1 if it would not."""
    request = _request(terms)
    with to.client() as client:
        answer = client.preview(**request)
    to.out.record(answer, preview_facts(answer))
    return Exit.OK if answer.valid else Exit.FAILED


@orders.command
@click.argument("id_", metavar="ID")
@click.option("--quantity", type=_NUMBER, help="New total, what has filled included.")
@click.option("--limit", "limit_price", type=_NUMBER, metavar="PRICE", help="New limit price.")
@click.option("--stop", "stop_price", type=_NUMBER, metavar="PRICE", help="New stop price.")
@click.option("--trail", "trail_amount", type=_NUMBER, metavar="AMOUNT", help="New trailing distance.")
@click.option("--trail-percent", type=_NUMBER, metavar="PERCENT", help="New trailing distance.")
@click.option("--tif", "time_in_force", type=_TIMES, help="New time in force.")
@click.option("--expect-version", "expected_version", type=int, help="Only while the order's version is this.")
@click.option("--new-id", "new_client_order_id", help="Idempotency key of the replace. Default: a new one.")
@remote()
def replace(to: Remote, id_: str, **changes: Any) -> int:  # noqa: ANN401
    """Change an open order, named by either of its ids. What is not given stays as it is."""
    with to.client() as client:
        answer = client.replace(find(client, id_), **changes)
    to.out.record(answer, [("outcome", attribute("outcome")(answer)), *order_facts(answer.order)])
    return outcome_exit(answer.outcome)


@orders.command
@click.argument("id_", metavar="ID")
@remote()
def cancel(to: Remote, id_: str) -> int:
    """Cancel an open order, named by either of its ids."""
    with to.client() as client:
        answer = client.cancel(find(client, id_))
    to.out.record(answer, [("outcome", attribute("outcome")(answer)), *order_facts(answer.order)])
    return outcome_exit(answer.outcome)


@orders.command("cancel-all")
@click.option("--symbol", default="", help="Only orders of this symbol.")
@click.option("--side", type=_SIDES, help="Only orders of this side.")
@remote()
def cancel_all(to: Remote, symbol: str, side: str | None) -> int:
    """Cancel all open orders of an account. Exit code 1 if one could not be canceled."""
    with to.client() as client:
        report = client.cancel_all(symbol=symbol, side=side)
    to.out.rows("results", report.results, CANCELS)
    if report.unreachable:
        raise CommandFailure(
            f"not reached: {', '.join(report.unreachable)}; orders there may still be live", "brokerwire connections"
        )
    return max((outcome_exit(r.outcome) if r.error is None else Exit.FAILED for r in report.results), default=Exit.OK)


@orders.command
@click.argument("id_", metavar="ID")
@remote()
def get(to: Remote, id_: str) -> None:
    """Show one order, named by either of its ids."""
    with to.client() as client:
        order = find(client, id_)
    to.out.record(order, order_facts(order))


@orders.command("list")
@click.option("--open", "open_only", is_flag=True, help="Only orders that are not over.")
@click.option("--state", "states", type=_STATES, multiple=True, help="Only this state; may be repeated.")
@click.option("--symbol", "symbols", multiple=True, help="Only this symbol; may be repeated.")
@click.option("--limit", default=100, show_default=True, help="At most so many.")
@remote()
def list_(to: Remote, limit: int, symbols: tuple[str, ...], **filters: Any) -> None:  # noqa: ANN401
    """List orders, newest first; of all accounts unless --account names one."""
    with to.client() as client:
        found = list(islice(client.orders(symbols=symbols or None, page_size=min(limit, 1000), **filters), limit))
    to.out.rows("orders", found, ORDERS)


@orders.command
@click.option("--symbol", "symbols", multiple=True, help="Only this symbol; may be repeated.")
@click.option("--once", is_flag=True, help="End after the snapshot of what is open.")
@remote()
def watch(to: Remote, symbols: tuple[str, ...], *, once: bool) -> None:
    """Show every change of orders as it happens: a live table on a terminal, else a line each."""
    with to.streaming() as client:
        follow(
            to.out,
            client.stream_orders(symbols=symbols or None),
            key=lambda order: order.order_id,
            state=lambda event: event.order,
            line=order_line,
            columns=ORDERS,
            newest_last=True,
            once=once,
        )


def find(client: Client, id_: str) -> Order:
    """Return the order with that client order id, or else with that order id.

    Raises:
        NotFound: there is neither.
    """
    try:
        return client.get_order(client_order_id=id_)
    except NotFound as error:
        if error.reason != "ORDER_NOT_FOUND" or len(id_) != 36:
            raise
        return client.get_order(id_)


def _request(terms: dict[str, Any]) -> dict[str, Any]:
    request = {name: value for name, value in terms.items() if value is not None}
    request["tags"] = tags_of(request.pop("tags"))
    asset_class = request.pop("asset_class", None)
    if asset_class is not None:
        request["symbol"] = Instrument(symbol=request["symbol"], asset_class=AssetClass[asset_class.upper()])
    limit = request.pop("stop_loss_limit", None)
    if limit is not None:
        if "stop_loss" not in request:
            raise click.UsageError("--stop-loss-limit needs --stop-loss")
        request["stop_loss"] = StopLoss(stop_price=request["stop_loss"], limit_price=limit)
    if request.pop("oco"):
        request["order_class"] = "oco"
    if ("quantity" in request) == ("notional" in request):
        raise click.UsageError("give either QUANTITY or --notional")
    return request
