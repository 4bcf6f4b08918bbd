from __future__ import annotations

import random
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace

from brokerwire_server.brokers.base import Reply, Verdict
from brokerwire_server.domain.accounts import Activity, ActivityType
from brokerwire_server.domain.errors import BrokerwireError
from brokerwire_server.domain.events import FillRecorded, OrderChanged
from brokerwire_server.domain.fills import FillKind
from brokerwire_server.domain.orders import OrderState, OrderTerms, Side
from brokerwire_server.domain.reducer import Ignored, reduce
from brokerwire_server.domain.reports import CashReport
from brokerwire_server.engine.commands import OrderKey
from brokerwire_server.engine.gateway import Gateway
from tests.support.builders import fill_report, request, status_report
from tests.support.scripted_broker import NO_ANSWER, NOT_SENT, ScriptedBroker
from tests.unit.engine.conftest import crash, start_gateway

if TYPE_CHECKING:
    from pathlib import Path

    from brokerwire_server.domain.orders import Order
    from brokerwire_server.engine.book import Book


ANSWERS: list[Any] = [NO_ANSWER, NOT_SENT, Reply(verdict=Verdict.REFUSED, message="no"), ValueError("garbage")]


class Day:
    """A random trading day: commands by us, and a broker that says what it likes, twice or late."""

    def __init__(self, gateway: Gateway, broker: ScriptedBroker, seed: int) -> None:
        self.gateway = gateway
        self.broker = broker
        self.rng = random.Random(seed)
        self.orders: list[Order] = []
        self.said: list[Any] = []
        self.number = 0

    async def run(self, steps: int) -> None:
        for _ in range(steps):
            action = self.rng.choice(
                [self.submit, self.submit, self.cancel, self.replace, self.say, self.say, self.repeat]
            )
            if self.rng.random() < 0.2:
                self.broker.answers = [self.rng.choice(ANSWERS)]
            try:
                await action()
            except BrokerwireError:
                continue

    async def submit(self) -> None:
        self.number += 1
        side = self.rng.choice([Side.BUY, Side.SELL])
        wanted = request(client_order_id=f"order-{self.number}", side=side)
        self.orders.append((await self.gateway.desk.submit(wanted)).order)

    def key(self) -> OrderKey:
        return OrderKey("paper", client_order_id=f"order-{self.rng.randint(1, max(self.number, 1))}")

    async def cancel(self) -> None:
        await self.gateway.actions.cancel(self.key())

    async def replace(self) -> None:
        await self.gateway.actions.replace(self.key(), OrderTerms(quantity=Decimal(self.rng.randint(5, 30))))

    async def say(self) -> None:
        if not self.orders:
            return
        order = self.rng.choice(self.orders)
        time = 10**18 + self.rng.randint(0, 10**6)
        if self.rng.random() < 0.5:
            state = self.rng.choice([OrderState.WORKING, OrderState.SUSPENDED, OrderState.CANCELED, OrderState.EXPIRED])
            report: Any = status_report(state, broker_client_order_id=order.broker_client_order_id, time=time)
        else:
            report = self.fill(order, time)
        self.said.append(report)
        self.broker.sink(report)

    def fill(self, order: Order, time: int) -> Any:
        earlier = [r for r in self.said if hasattr(r, "execution_id") and r.kind is FillKind.NORMAL]
        number = len(self.said)
        if earlier and self.rng.random() < 0.2:
            amended = self.rng.choice(earlier)
            kind = self.rng.choice([FillKind.BUST, FillKind.CORRECTION])
            return replace(
                amended,
                execution_id=f"x-{number}",
                kind=kind,
                refers_to_execution_id=amended.execution_id,
                price=amended.price if kind is FillKind.BUST else amended.price - 1,
                time=time,
            )
        return fill_report(
            broker_client_order_id=order.broker_client_order_id,
            execution_id=f"x-{number}",
            side=order.side,
            quantity=Decimal(self.rng.randint(1, 5)),
            price=Decimal(self.rng.randint(90, 110)),
            commission=Decimal("0.35"),
            time=time,
        )

    async def repeat(self) -> None:
        if self.said:
            self.broker.sink(self.rng.choice(self.said))


def picture(book: Book) -> dict[str, Any]:
    """Return what must be the same before and after: money, positions, open orders, what was seen."""
    positions = {s: (p.quantity, p.average_cost, p.realized_profit_loss) for s, p in book.positions.items()}
    return {
        "cash": book.cash,
        "positions": positions,
        "open": {o.order_id: o for o in book.orders.open()},
        "sequence": book.sequence,
    }


@pytest.mark.parametrize("seed", range(8))
async def test_what_a_crash_leaves_in_the_journal_is_the_state_before_it(
    database: Path, broker: ScriptedBroker, seed: int
) -> None:
    gateway = await start_gateway(database, broker)
    deposit = Activity(activity_id="d-1", account_id="paper", type=ActivityType.DEPOSIT, amount=Decimal(50_000))
    broker.sink(CashReport(activity=deposit))
    await Day(gateway, broker, seed).run(120)
    await gateway.tasks.finish(0.0)
    await gateway.settled("paper")
    book = gateway.accounts.get("paper").book
    before = picture(book)
    events = await gateway.store.read("paper", 0, 100_000)
    check_orders_replay(events)
    check_fills_add_up(events, book)
    assert (await gateway.store.verify("paper")).ok
    await crash(gateway)

    store = gateway.store
    await store.open()
    engine = Gateway(store, [], seams=gateway.seams)
    await engine._restore()
    assert picture(engine.accounts.get("paper").book) == before
    await store.close()


def check_orders_replay(events: Any) -> None:
    """Fold every journaled report again: the reducer must say what it said then."""
    orders: dict[str, Order] = {}
    for event in events:
        payload = event.payload
        if isinstance(payload, OrderChanged):
            before = orders.get(payload.order.order_id)
            if before is not None and payload.report is not None:
                after = reduce(before, payload.report)
                assert not isinstance(after, Ignored)
                stamped = replace(
                    after,
                    version=payload.order.version,
                    sequence=payload.order.sequence,
                    update_time=payload.order.update_time,
                    close_time=payload.order.close_time,
                )
                assert stamped == payload.order
        if isinstance(payload, OrderChanged | FillRecorded):
            before = orders.get(payload.order.order_id)
            assert payload.order.version == (before.version if before else 0) + 1
            orders[payload.order.order_id] = payload.order


def check_fills_add_up(events: Any, book: Book) -> None:
    """Sum the live version of every execution: it is what the orders and the position say is filled."""
    live: dict[str, Any] = {}
    root: dict[str, str] = {}
    for event in events:
        if not isinstance(event.payload, FillRecorded):
            continue
        fill = event.payload.fill
        assert fill.fill_id not in root
        first = root[fill.fill_id] = root.get(fill.refers_to_fill_id, fill.fill_id)
        known = live.get(first, fill)
        newer = (fill.execution_time, fill.fill_id) >= (known.execution_time, known.fill_id)
        live[first] = fill if newer or known.kind is FillKind.NORMAL else known
    total = Decimal(0)
    by_order: dict[str, Decimal] = {}
    for fill in live.values():
        if fill.kind is not FillKind.BUST:
            by_order[fill.order_id] = by_order.get(fill.order_id, Decimal(0)) + fill.quantity
            total += fill.signed_quantity
    for order_id, quantity in by_order.items():
        order = book.orders.by_id[order_id]
        assert order.filled_quantity == quantity
    assert book.positions.get("AAPL") is None or book.positions["AAPL"].quantity == total
