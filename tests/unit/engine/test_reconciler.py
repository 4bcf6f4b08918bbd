from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from brokerwire_server.domain.connections import BreakType, LinkState
from brokerwire_server.domain.events import EventType, GapPhase, SourceGap
from brokerwire_server.domain.fills import FillKind, FillSource
from brokerwire_server.domain.orders import OrderOrigin, OrderState
from brokerwire_server.domain.positions import Position
from brokerwire_server.domain.reports import LinkReport
from tests.support.builders import AAPL, fill_report, request, status_report
from tests.support.scripted_broker import ScriptedBroker
from tests.unit.engine.conftest import start_gateway, until

if TYPE_CHECKING:
    from pathlib import Path

    from brokerwire_server.domain.orders import Order
    from brokerwire_server.engine.accounts import ManagedAccount
    from brokerwire_server.engine.gateway import Gateway


@pytest.fixture
def account(gateway: Gateway) -> ManagedAccount:
    return gateway.accounts.get("paper")


async def working(gateway: Gateway, broker: ScriptedBroker) -> Order:
    order = (await gateway.desk.submit(request())).order
    broker.open_orders = [broker.working(order)]
    broker.sink(broker.open_orders[0])
    return order


def holds(broker: ScriptedBroker, quantity: int) -> None:
    broker.positions = [Position(account_id="paper", instrument=AAPL, quantity=Decimal(quantity))]
    broker.cash = Decimal(-100 * quantity)


def filled(order: Order, number: int = 1, **changes: object) -> object:
    fields = {
        "broker_client_order_id": order.broker_client_order_id,
        "execution_id": f"x-{number}",
        "quantity": Decimal(4),
        "time": 10**18 + number,
    }
    return fill_report(**{**fields, **changes})


async def fills(gateway: Gateway) -> list[object]:
    from brokerwire_server.store.base import FillFilter

    await gateway.settled("paper")
    found, _ = await gateway.store.list_fills(FillFilter(), "", 100)
    return list(found)


async def test_a_fill_that_the_stream_lost_comes_by_sweep_once(
    gateway: Gateway, broker: ScriptedBroker, account: ManagedAccount
) -> None:
    order = await working(gateway, broker)
    broker.fills = [filled(order)]  # type: ignore[list-item]
    holds(broker, 4)
    await gateway.reconciler.sweep(account)
    await gateway.reconciler.sweep(account)
    broker.sink(filled(order))  # type: ignore[arg-type]
    found = await fills(gateway)
    assert [f.source for f in found] == [FillSource.RECONCILED]  # type: ignore[attr-defined]
    assert account.book.orders.by_id[order.order_id].filled_quantity == 4
    assert account.last_verified_time > 0


async def test_an_order_that_ended_unseen_is_looked_up(
    gateway: Gateway, broker: ScriptedBroker, account: ManagedAccount
) -> None:
    order = await working(gateway, broker)
    broker.open_orders = []
    broker.findings[order.broker_client_order_id] = [
        status_report(OrderState.CANCELED, broker_client_order_id=order.broker_client_order_id, time=10**19)
    ]
    await gateway.reconciler.sweep(account)
    assert account.book.orders.by_id[order.order_id].state is OrderState.CANCELED


async def test_an_order_that_the_broker_no_longer_shows_is_a_break_and_stays_open(
    gateway: Gateway, broker: ScriptedBroker, account: ManagedAccount
) -> None:
    order = await working(gateway, broker)
    broker.open_orders = []
    for _ in range(2):
        await gateway.reconciler.sweep(account)
    assert [b.type for b in account.book.breaks.values()] == [BreakType.STATUS_DRIFT]
    assert account.book.orders.by_id[order.order_id].state is OrderState.WORKING


async def test_an_order_from_outside_is_adopted_with_its_fills(
    gateway: Gateway, broker: ScriptedBroker, account: ManagedAccount
) -> None:
    terms = request(client_order_id="")
    outside = status_report(
        OrderState.WORKING, broker_client_order_id="", broker_order_id="B-77", terms=terms, time=10**18
    )
    broker.sink(fill_report(broker_client_order_id="", broker_order_id="B-77", quantity=Decimal(10), time=10**18))
    broker.open_orders = [outside]
    await until(lambda: account.book.orders.by_broker_ids("", "B-77"))
    order = account.book.orders.by_broker_ids("", "B-77")
    assert order is not None
    assert order.origin is OrderOrigin.EXTERNAL
    await until(lambda: account.book.orders.by_id[order.order_id].state is OrderState.FILLED)


@pytest.mark.parametrize(
    ("theirs", "cash", "kind"),
    [(5, Decimal(0), BreakType.QUANTITY_MISMATCH), (0, Decimal(7), BreakType.CASH_MISMATCH)],
)
async def test_a_difference_that_stays_is_an_open_break_and_heals_when_it_goes(
    gateway: Gateway,
    broker: ScriptedBroker,
    account: ManagedAccount,
    theirs: int,
    cash: Decimal,
    kind: BreakType,
) -> None:
    holds(broker, theirs)
    broker.cash = cash
    await gateway.reconciler.sweep(account)
    assert account.book.breaks == {}
    await gateway.reconciler.sweep(account)
    assert [b.type for b in account.book.breaks.values()] == [kind]
    assert account.sync().open_break_count == 1
    holds(broker, 0)
    broker.cash = Decimal(0)
    await gateway.reconciler.sweep(account)
    assert account.book.breaks == {}


async def test_two_live_orders_for_one_of_ours_are_reported(
    gateway: Gateway, broker: ScriptedBroker, account: ManagedAccount
) -> None:
    order = await working(gateway, broker)
    broker.open_orders = [broker.working(order), broker.working(order, broker_order_id="B-twin")]
    for _ in range(2):
        await gateway.reconciler.sweep(account)
    assert [b.type for b in account.book.breaks.values()] == [BreakType.DUPLICATE_LIVE_ORDER]


async def test_a_failed_query_is_not_an_empty_account(
    gateway: Gateway, broker: ScriptedBroker, account: ManagedAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = await working(gateway, broker)

    async def fail(*_: object) -> object:
        raise TimeoutError

    monkeypatch.setattr(broker, "snapshot", fail)
    verified = account.last_verified_time
    for _ in range(3):
        await gateway.reconciler.sweep(account)
    assert account.book.orders.by_id[order.order_id].state is OrderState.WORKING
    assert account.book.breaks == {}
    assert account.last_verified_time == verified


async def test_a_lost_link_opens_a_gap_that_the_next_sweep_closes(
    gateway: Gateway, broker: ScriptedBroker, account: ManagedAccount
) -> None:
    order = await working(gateway, broker)
    broker.sink(LinkReport(connection_id="scripted", state=LinkState.DOWN))
    broker.fills = [filled(order, n) for n in (1, 2)]  # type: ignore[misc]
    holds(broker, 8)
    broker.sink(LinkReport(connection_id="scripted", state=LinkState.UP))
    await until(lambda: not account.gap_from)
    await gateway.settled("paper")
    events = await gateway.store.read("paper", 0, 100)
    gaps = [e.payload for e in events if e.type is EventType.SOURCE_GAP]
    assert [g.phase for g in gaps if isinstance(g, SourceGap)] == [GapPhase.OPENED, GapPhase.RECONCILED]
    assert gaps[1].recovered_event_count == 2  # type: ignore[union-attr]


async def test_a_late_fill_on_a_canceled_order_moves_the_position(
    gateway: Gateway, broker: ScriptedBroker, account: ManagedAccount
) -> None:
    order = await working(gateway, broker)
    broker.sink(status_report(OrderState.CANCELED, broker_client_order_id=order.broker_client_order_id, time=10**19))
    broker.sink(filled(order))  # type: ignore[arg-type]
    after = account.book.orders.by_id[order.order_id]
    assert (after.state, after.filled_quantity) == (OrderState.CANCELED, Decimal(4))
    assert account.book.positions["AAPL"].quantity == 4
    assert [f.late for f in await fills(gateway)] == [True]  # type: ignore[attr-defined]


async def test_a_bust_after_a_restart_takes_back_the_fill_it_names(database: Path, broker: ScriptedBroker) -> None:
    gateway = await start_gateway(database, broker)
    order = await working(gateway, broker)
    broker.sink(filled(order))  # type: ignore[arg-type]
    await gateway.settled("paper")
    await gateway.stop(grace=1.0)

    later = ScriptedBroker()
    holds(later, 4)
    restarted = await start_gateway(database, later)
    book = restarted.accounts.get("paper").book
    assert book.positions["AAPL"].quantity == 4
    assert book.cash == Decimal(-400)
    later.sink(
        filled(order, 2, kind=FillKind.BUST, refers_to_execution_id="x-1")  # type: ignore[arg-type]
    )
    assert book.positions["AAPL"].quantity == 0
    assert book.cash == 0
    assert book.orders.by_id[order.order_id].filled_quantity == 0
    await restarted.stop(grace=1.0)


async def test_a_fill_seen_before_a_restart_is_not_counted_again_after_it(
    database: Path, broker: ScriptedBroker
) -> None:
    gateway = await start_gateway(database, broker)
    order = await working(gateway, broker)
    broker.sink(filled(order))  # type: ignore[arg-type]
    await gateway.stop(grace=1.0)
    later = ScriptedBroker()
    later.fills = [filled(order)]  # type: ignore[list-item]
    later.open_orders = [later.working(order)]
    holds(later, 4)
    restarted = await start_gateway(database, later)
    assert len(await fills(restarted)) == 1
    assert restarted.accounts.get("paper").book.orders.by_id[order.order_id].filled_quantity == 4
    await restarted.stop(grace=1.0)
