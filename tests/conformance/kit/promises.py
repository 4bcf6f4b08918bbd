"""What must hold after every case, whatever it did: the promises, checked against the broker's own truth."""

from __future__ import annotations

import asyncio
import time
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from brokerwire_server.domain.events import FillRecorded, OrderChanged
from brokerwire_server.domain.fills import FillKind
from brokerwire_server.domain.orders import OrderOrigin, OrderState
from brokerwire_server.domain.reducer import Ignored, reduce
from brokerwire_server.engine.gateway import Gateway
from tests.conformance.kit import world as worlds

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from brokerwire_server.domain.events import Event
    from brokerwire_server.domain.fills import Fill
    from brokerwire_server.domain.orders import Order
    from brokerwire_server.engine.book import Book
    from tests.conformance.kit.rig import BrokerOrder, Truth
    from tests.conformance.kit.world import World

Executions = tuple[tuple[Decimal, Decimal], ...]


async def keep(world: World) -> None:
    """End all faults, wait until gateway and broker agree, and check every promise; then once more from the disk."""
    await world.rig.calm()
    if not world.running:
        await world.start()
    deadline = time.monotonic() + worlds.PATIENCE
    while True:
        try:
            await agree(world)
            break
        except AssertionError:
            if time.monotonic() > deadline:
                raise
            await asyncio.sleep(0.05)
    await world.stop()
    before = picture(world.book)
    assert await restored(world) == before, "what the journal restores is not what was live"


async def agree(world: World) -> None:
    """Check what must hold while the gateway runs."""
    account_id = world.rig.account_id
    truth = await world.rig.truth()
    await world.gateway.settled(account_id)
    events = await world.gateway.store.read(account_id, 0, 1_000_000)
    verification = await world.gateway.store.verify(account_id)
    assert verification.ok, f"the hash chain is broken: {verification.problem}"
    orders = reduced(events)
    for order in orders.values():
        live = world.book.orders.by_id.get(order.order_id)
        assert live is None or live == order, f"live {live} is not the journal's {order}"
    executions = live_executions(events)
    match_orders(world, orders.values(), truth, executions)
    match_positions(world.book, truth)
    breaks = [brk for brk in world.open_breaks() if brk.type not in world.breaks]
    assert not breaks, f"breaks are open: {breaks}"
    doubtful = {order.client_order_id for order in world.book.orders.doubtful()}
    assert doubtful <= world.doubtful, f"still in doubt: {doubtful - world.doubtful}"
    seen = [event.sequence for event in world.reader.events]
    assert seen == list(range(1, len(events) + 1)), "the resumed stream did not show every event once, in order"
    assert not world.reader.resets, "a resume token was not honoured"


def reduced(events: Sequence[Event]) -> dict[str, Order]:
    """Fold every journaled report again: the reducer must say what it said then. Return the orders at the end."""
    orders: dict[str, Order] = {}
    for event in events:
        payload = event.payload
        if not isinstance(payload, OrderChanged | FillRecorded):
            continue
        order = payload.order
        before = orders.get(order.order_id)
        assert order.version == (before.version if before else 0) + 1, "a version is missing or came twice"
        if isinstance(payload, OrderChanged) and before is not None and payload.report is not None:
            after = reduce(before, payload.report)
            assert not isinstance(after, Ignored), f"{payload.report} was journaled and changes nothing"
            stamps = {name: getattr(order, name) for name in ("version", "sequence", "update_time", "close_time")}
            assert replace(after, **stamps) == order, "the reducer says something else than the journal"
        orders[order.order_id] = order
    return orders


def live_executions(events: Sequence[Event]) -> dict[str, Executions]:
    """Return, for each order, quantity and price of its executions, after busts and corrections."""
    roots: dict[str, str] = {}
    live: dict[str, Fill] = {}
    for event in events:
        if not isinstance(event.payload, FillRecorded):
            continue
        fill = event.payload.fill
        assert fill.fill_id not in roots, f"the fill {fill.fill_id} was journaled twice"
        root = roots[fill.fill_id] = roots.get(fill.refers_to_fill_id, fill.refers_to_fill_id or fill.fill_id)
        known = live.get(root)
        if known is None or fill.kind is not FillKind.NORMAL:
            live[root] = fill
    found: dict[str, list[tuple[Decimal, Decimal]]] = {}
    for fill in live.values():
        if fill.kind is not FillKind.BUST:
            found.setdefault(fill.order_id, []).append((fill.quantity, fill.price))
    return {order_id: tuple(sorted(pairs)) for order_id, pairs in found.items()}


def match_orders(world: World, orders: Iterable[Order], truth: Truth, executions: dict[str, Executions]) -> None:
    """Pair the broker's orders with ours: none placed twice, none unknown, all alike."""
    ours = Ours(orders)
    taken: dict[str, BrokerOrder] = {}
    for theirs in truth.orders:
        mine = ours.of(theirs)
        if theirs.before and not mine:
            continue
        assert len(mine) == 1, f"the broker's order {theirs} is {len(mine)} orders here"
        order = mine[0]
        assert order.order_id not in taken, f"{order.client_order_id} was placed twice: {theirs}"
        taken[order.order_id] = theirs
        _alike(world, order, theirs, executions.get(order.order_id, ()))
    for order in ours.orders:
        if order.order_id not in taken and order.client_order_id not in world.doubtful:
            assert order.state is OrderState.REJECTED, f"{order.client_order_id} is {order.state}, not at the broker"
            assert not executions.get(order.order_id), f"{order.client_order_id} has fills that the broker has not"


class Ours:
    """Our orders, by what the broker may call them."""

    def __init__(self, orders: Iterable[Order]) -> None:
        self.orders = list(orders)
        self._by_broker_id: dict[str, list[Order]] = {}
        self._by_client_id: dict[str, list[Order]] = {}
        for order in self.orders:
            self._by_client_id.setdefault(order.broker_client_order_id, []).append(order)
            for broker_id in order.broker_order_ids:
                self._by_broker_id.setdefault(broker_id, []).append(order)

    def of(self, theirs: BrokerOrder) -> list[Order]:
        """Return the orders that stand for one of the broker's: by its own ids, else by the id that it got from us."""
        named = [order for broker_id in theirs.broker_ids for order in self._by_broker_id.get(broker_id, ())]
        known = list({order.order_id: order for order in named}.values())
        return known or self._by_client_id.get(theirs.client_id, [])


def _alike(world: World, order: Order, theirs: BrokerOrder, executions: Executions) -> None:
    name = order.client_order_id
    origin = OrderOrigin.EXTERNAL if theirs.outside else OrderOrigin.GATEWAY
    assert order.origin is origin, f"{name} is of origin {order.origin}, not {origin}"
    assert executions == theirs.executions, f"{name} has executions {executions}, the broker {theirs.executions}"
    filled = sum((quantity for quantity, _ in executions), Decimal(0))
    assert order.filled_quantity == filled, f"{name} says {order.filled_quantity} filled, its fills say {filled}"
    if name in world.doubtful:
        return
    assert order.terminal is not theirs.open, f"{name} is {order.state}, and at the broker open={theirs.open}"
    if theirs.open:
        mine = (order.quantity, order.limit_price)
        assert mine == (theirs.quantity, theirs.limit_price), f"{name} has terms {mine}, the broker's are {theirs}"


def match_positions(book: Book, truth: Truth) -> None:
    """Compare holdings, symbol by symbol."""
    ours = {symbol: position.quantity for symbol, position in book.positions.items() if not position.closed}
    theirs = {symbol: quantity for symbol, quantity in truth.positions.items() if quantity}
    assert ours == theirs, f"we hold {ours}, the broker says {theirs}"


def picture(book: Book) -> dict[str, Any]:
    """Return what must be the same before and after a restart: money, positions, open orders, the journal's end."""
    return {
        "cash": book.cash,
        "positions": {s: (p.quantity, p.average_cost, p.realized_profit_loss) for s, p in book.positions.items()},
        "open": {order.order_id: order for order in book.orders.open()},
        "breaks": book.breaks,
        "sequence": book.sequence,
    }


async def restored(world: World) -> dict[str, Any]:
    """Return the picture that a new gateway makes of the database, before it asks any broker."""
    store = world.gateway.store
    await store.open()
    try:
        gateway = Gateway(store, [], seams=worlds.seams())
        heads = {head.account.account_id: head for head in await store.heads()}
        return picture(await gateway._restore_book(heads[world.rig.account_id]))
    finally:
        await store.close()
