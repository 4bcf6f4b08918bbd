"""The broker's whole truth about an account, by REST."""

from collections.abc import Sequence

from msgspec import Struct

from brokerwire_server.brokers.alpaca import wire
from brokerwire_server.brokers.alpaca.accounts import activity_of, position_of
from brokerwire_server.brokers.alpaca.client import Client
from brokerwire_server.brokers.alpaca.errors import ApiError, Fault
from brokerwire_server.brokers.alpaca.feed import Feed
from brokerwire_server.brokers.alpaca.mapping import is_open
from brokerwire_server.brokers.budget import Priority
from brokerwire_server.domain.accounts import Activity
from brokerwire_server.domain.positions import Position
from brokerwire_server.domain.reports import FillReport, OrderReport, StatusReport

OVERLAP = 60_000_000_000
"""How far before the asked-for time orders are listed: `submitted_at` moves by some milliseconds between reads."""


class Orders(Struct, frozen=True, kw_only=True):
    """Orders and executions since a time: the open ones, and what else is known."""

    open: tuple[StatusReport, ...]
    history: tuple[OrderReport, ...]
    fills: tuple[FillReport, ...]


async def read_orders(client: Client, feed: Feed, since: int) -> Orders:
    """List orders and executions.

    Legs that wait hide from a list of open orders, even a nested one, so everything since the time is listed; what is
    open from before it comes by a second list.
    """
    tops = {order.id: order for order in await client.orders("open")}
    tops |= {order.id: order for order in await client.orders("all", max(since - OVERLAP, 1))}
    still: dict[str, StatusReport] = {}
    history: list[OrderReport] = []
    # Whole groups first: a list of open orders shows a leg by itself where its parent has ended.
    ordered = sorted(tops.values(), key=lambda top: (not top.legs, top.created_at or ""))
    found = feed.of_orders(ordered)
    for top in ordered:
        if feed.index.home(top.id) is None:
            await locate(client, feed, top.id)
            found += feed.of_orders([top])
    for order, reports in found:
        for report in reports:
            if isinstance(report, StatusReport) and is_open(order):
                still[order.id] = report
            else:
                history.append(report)
    fills = await read_fills(client, feed, since)
    return Orders(open=tuple(still.values()), history=tuple(history), fills=tuple(fills))


async def read_fills(client: Client, feed: Feed, since: int, order_id: str = "") -> Sequence[FillReport]:
    """List executions since a time, or those of one order, and find the orders that they belong to."""
    listed = await client.activities(since, fills=True, order_id=order_id)
    if order_id:
        listed = [activity for activity in listed if activity.order_id == order_id]
    reports, unplaced = feed.of_activities(listed)
    for broker_order_id in dict.fromkeys(activity.order_id or "" for activity in unplaced):
        await locate(client, feed, broker_order_id)
    if unplaced:
        reports += feed.of_activities(unplaced)[0]
    return reports


async def locate(client: Client, feed: Feed, broker_order_id: str) -> None:
    """Find out where an order belongs: by its own client id, by what it replaces, or by the parent it is a leg of."""
    order = await client.order(broker_order_id)
    while feed.index.place(order) is None and order.replaces:
        await locate(client, feed, order.replaces)
        if feed.index.place(order) is None:
            break
    if feed.index.place(order) is not None:
        feed.generations.see(order)
        return
    made = wire.nanos(order.created_at) or wire.nanos(order.submitted_at)
    for top in await client.orders("all", max(made - OVERLAP, 1), symbol=order.symbol or ""):
        feed.index.place_tree(top)
    if feed.index.home(broker_order_id) is None:
        feed.index.place_tree(order, alone=True)


async def read_order(client: Client, feed: Feed, order: wire.Order) -> list[OrderReport]:
    """Return all reports of an order, its legs, its later generations, and its executions."""
    reports: list[OrderReport] = []
    chain = [order]
    while (later := chain[-1].replaced_by) and len(chain) < 100:
        chain.append(await client.order(later))
    for one, found in feed.of_orders(chain):
        reports += found
        if feed.missing(one) > 0:
            since = wire.nanos(one.created_at) - OVERLAP
            # The executions of a multi-leg order are listed under its legs.
            order_id = "" if one.order_class == "mleg" else one.id
            reports = [*await read_fills(client, feed, max(since, 1), order_id), *reports]
    return reports


async def find(client: Client, feed: Feed, client_id: str, broker_order_ids: Sequence[str]) -> list[OrderReport] | None:
    """Look one of our orders up; `None` where Alpaca says it has none, which proves nothing.

    An exit of a group has an id that Alpaca made: until it is known, it is looked for beneath its parent.
    """
    parent = feed.index.parent_client_id(client_id)
    ids = [*broker_order_ids, feed.index.latest(client_id)]
    try:
        if parent:
            tops = [await client.order_by_client_id(parent)]
            order = await client.order(tops[0].id)
        elif any(ids):
            order = await client.order(next(one for one in reversed(ids) if one))
        else:
            order = await client.order((await client.order_by_client_id(client_id)).id)
    except ApiError as error:
        if error.fault is Fault.NOT_FOUND:
            return None
        raise
    return await read_order(client, feed, order)


async def read_positions(client: Client, account_id: str) -> tuple[Sequence[wire.Position], tuple[Position, ...]]:
    """Return the holdings as Alpaca states them, and as ours."""
    held = await client.positions()
    return held, tuple(position_of(one, account_id) for one in held)


async def read_history(client: Client, account_id: str, since: int) -> tuple[Activity, ...]:
    """Return the movements of cash and shares since a time."""
    listed = await client.activities(since, fills=False)
    return tuple(found for one in listed if (found := activity_of(one, account_id)) is not None)


async def read_account(client: Client) -> wire.Account:
    """Return the account, as part of a sweep."""
    return await client.account(Priority.SWEEP)
