"""The first sweep of an account that had a life before the gateway knew it, and how far back later sweeps ask."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from typing import TYPE_CHECKING

from brokerwire_server.domain.accounts import Account, Activity, ActivityType
from brokerwire_server.domain.connections import Environment, LinkState
from brokerwire_server.domain.events import EventType
from brokerwire_server.domain.orders import OrderOrigin, OrderState
from brokerwire_server.domain.positions import Position
from brokerwire_server.domain.reports import AccountsReport, LinkReport
from brokerwire_server.engine.reconciler import DEEP, OVERLAP, SweepTimes
from brokerwire_server.engine.streams import StreamRequest
from tests.support.builders import AAPL, fill_report, request, status_report
from tests.support.scripted_broker import ScriptedBroker
from tests.unit.engine.conftest import start_gateway, until

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from brokerwire_server.engine.gateway import Gateway

T = 10**18


def held(quantity: int) -> Position:
    return Position(account_id="paper", instrument=AAPL, quantity=Decimal(quantity), average_cost=Decimal(90))


async def positions(gateway: Gateway) -> list[Decimal]:
    await gateway.settled("paper")
    return [p.quantity for p in await gateway.store.positions("paper")]


async def test_what_an_account_holds_already_is_taken_over_and_is_no_break(
    database: Path, broker: ScriptedBroker
) -> None:
    broker.positions = [held(70)]
    broker.open_orders = [
        status_report(
            OrderState.WORKING,
            broker_client_order_id="theirs",
            broker_order_id="B-1",
            terms=request(client_order_id="theirs"),
            cumulative_quantity=Decimal(4),
        )
    ]
    broker.fills = [fill_report(broker_client_order_id="theirs", broker_order_id="B-1", quantity=Decimal(4))]
    gateway = await start_gateway(database, broker)
    account = gateway.accounts.get("paper")
    for _ in range(2):
        await gateway.reconciler.sweep(account)
    order = account.book.orders.by_broker_ids("theirs", "")
    assert order is not None
    assert (order.origin, order.state, order.filled_quantity) == (OrderOrigin.EXTERNAL, OrderState.PARTIALLY_FILLED, 4)
    assert await positions(gateway) == [70]
    assert account.book.breaks == {}
    await gateway.stop(grace=1.0)

    broker.positions = [held(75)]
    restarted = await start_gateway(database, broker)
    account = restarted.accounts.get("paper")
    await restarted.reconciler.sweep(account)
    assert await positions(restarted) == [70]
    assert len(account.book.breaks) == 1
    await restarted.stop(grace=1.0)


async def test_a_fill_that_comes_after_the_holdings_were_read_is_not_taken_back(
    database: Path, broker: ScriptedBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    gateway = await start_gateway(database, broker)
    account = gateway.accounts.get("paper")
    order = (await gateway.desk.submit(request())).order
    broker.sink(broker.working(order))
    account.book.state = None

    async def fill_meanwhile(_: object) -> None:
        broker.positions = [held(4)]
        broker.sink(fill_report(broker_client_order_id=order.broker_client_order_id, quantity=Decimal(4), time=T))

    monkeypatch.setattr(broker, "find_order", fill_meanwhile)
    await gateway.reconciler.sweep(account)
    assert await positions(gateway) == [4]
    await gateway.stop(grace=1.0)


async def test_a_fill_that_comes_while_the_opening_is_read_is_counted_once(
    database: Path, broker: ScriptedBroker
) -> None:
    gateway = await start_gateway(database, broker)
    account = gateway.accounts.get("paper")
    order = (await gateway.desk.submit(request())).order
    account.book.state = None
    broker.positions = [held(70)]

    def fill_meanwhile() -> None:
        broker.before_snapshot = lambda: None
        broker.sink(fill_report(broker_client_order_id=order.broker_client_order_id, quantity=Decimal(4)))
        broker.positions = [held(74)]

    broker.before_snapshot = fill_meanwhile
    await gateway.reconciler.sweep(account)
    assert len(broker.snapshots) == 3
    assert await positions(gateway) == [74]
    await gateway.stop(grace=1.0)


async def test_a_sweep_asked_for_while_one_runs_is_made_after_it(gateway: Gateway, broker: ScriptedBroker) -> None:
    account = gateway.accounts.get("paper")
    order = (await gateway.desk.submit(request())).order
    gate = asyncio.Event()
    broker.before_snapshot = gate.wait
    before = len(broker.snapshots)
    first = asyncio.create_task(gateway.reconciler.sweep(account))
    await until(lambda: len(broker.snapshots) > before)
    others = [asyncio.create_task(gateway.reconciler.sweep(account)) for _ in range(3)]
    await asyncio.sleep(0)
    broker.fills = [fill_report(broker_client_order_id=order.broker_client_order_id)]
    gate.set()
    await asyncio.gather(first, *others)
    assert len(broker.snapshots) == before + 2
    assert account.book.fill_count == 1


async def test_a_sweep_asked_for_while_one_fails_or_is_given_up_is_still_made(
    gateway: Gateway, broker: ScriptedBroker
) -> None:
    account = gateway.accounts.get("paper")
    gate = asyncio.Event()

    async def fail() -> None:
        await gate.wait()
        broker.before_snapshot = lambda: None
        raise TimeoutError

    for end in (gate.set, None):
        gate.clear()
        broker.before_snapshot = fail
        before = len(broker.snapshots)
        first = asyncio.create_task(gateway.reconciler.sweep(account))
        await until(lambda: len(broker.snapshots) > before)  # noqa: B023 - awaited within the round
        second = asyncio.create_task(gateway.reconciler.sweep(account))
        await asyncio.sleep(0)
        if end is None:
            broker.before_snapshot = lambda: None
            first.cancel()
        else:
            end()
            assert isinstance(await first, TimeoutError)
        assert await second is None
        assert len(broker.snapshots) == before + 2


async def test_a_report_that_nothing_explains_does_not_sweep_for_ever(gateway: Gateway, broker: ScriptedBroker) -> None:
    before = len(broker.snapshots)
    broker.fills = [fill_report(broker_client_order_id="nobody", broker_order_id="B-404")]
    broker.sink(broker.fills[0])
    await until(lambda: len(broker.snapshots) > before)
    for _ in range(50):
        await asyncio.sleep(0.002)
    assert len(broker.snapshots) <= before + 3


async def test_a_sweep_asks_back_to_the_last_complete_one_by_the_broker_s_clock(
    gateway: Gateway, broker: ScriptedBroker
) -> None:
    account = gateway.accounts.get("paper")
    order = (await gateway.desk.submit(request())).order
    broker.open_orders = [broker.working(order)]
    broker.time = T
    await gateway.reconciler.sweep(account)
    broker.sink(fill_report(broker_client_order_id=order.broker_client_order_id, time=T + DEEP))
    await gateway.reconciler.sweep(account)
    assert broker.snapshots[-1] == T - OVERLAP
    broker.open_orders = [broker.working(order, cumulative_quantity=Decimal(5))]
    await gateway.reconciler.sweep(account)
    await gateway.reconciler.sweep(account)
    assert broker.snapshots[-1] == T - OVERLAP - DEEP


async def test_a_restart_asks_back_to_the_oldest_open_order(database: Path, broker: ScriptedBroker) -> None:
    gateway = await start_gateway(database, broker)
    order = (await gateway.desk.submit(request())).order
    later = (await gateway.desk.submit(request(client_order_id="two"))).order
    broker.open_orders = [broker.working(order)]
    broker.sink(fill_report(broker_client_order_id=later.broker_client_order_id, quantity=Decimal(10), time=T * 5))
    await gateway.stop(grace=1.0)
    restarted = await start_gateway(database, broker)
    assert broker.snapshots[-1] == order.create_time - OVERLAP
    await restarted.stop(grace=1.0)


async def test_an_end_and_a_cash_movement_that_only_a_sweep_shows_are_journaled_once(
    gateway: Gateway, broker: ScriptedBroker
) -> None:
    account = gateway.accounts.get("paper")
    order = (await gateway.desk.submit(request())).order
    broker.history = [
        status_report(OrderState.CANCELED, broker_client_order_id=order.broker_client_order_id, time=T * 5)
    ]
    broker.activities = [Activity(activity_id="d-1", account_id="paper", type=ActivityType.DIVIDEND, amount=Decimal(3))]
    for _ in range(2):
        await gateway.reconciler.sweep(account)
    await gateway.settled("paper")
    assert account.book.orders.by_id[order.order_id].state is OrderState.CANCELED
    events = await gateway.store.read("paper", 0, 100)
    assert [e.type for e in events].count(EventType.CASH) == 1


async def test_a_broker_that_does_not_answer_holds_up_no_other(database: Path) -> None:
    slow, quick = ScriptedBroker(), ScriptedBroker()
    slow.connection_id, slow.served = "slow", _account("slow")
    quick.connection_id, quick.served = "quick", _account("quick")
    gateway = await start_gateway(database, slow, quick, sweeps=SweepTimes(working=1.0, idle=1.0))
    gate = asyncio.Event()
    slow.before_snapshot = gate.wait
    swept = len(slow.snapshots)
    await until(lambda: len(slow.snapshots) > swept)
    swept = len(quick.snapshots)
    await until(lambda: len(quick.snapshots) > swept + 2)
    gate.set()
    await gateway.stop(grace=1.0)


async def test_an_account_that_is_reached_late_is_served_and_joins_streams_over_all_accounts(
    gateway: Gateway, broker: ScriptedBroker
) -> None:
    stream = gateway.streams.open(StreamRequest(view="events"), lambda _: True, lambda _: ())
    seen: set[str] = set()

    async def read() -> None:
        async for batch in stream:
            seen.update(entry.event.account_id for entry in batch.entries)

    reader = asyncio.create_task(read())
    await asyncio.sleep(0)
    late = _account("late", connection_id="scripted")
    broker.sink(AccountsReport(connection_id="scripted", accounts=(late,)))
    broker.sink(LinkReport(connection_id="scripted", state=LinkState.UP))
    await until(lambda: "late" in seen)
    assert gateway.accounts.get("late").book.account == late
    reader.cancel()


def _account(account_id: str, connection_id: str = "") -> Account:
    return Account(
        account_id=account_id,
        connection_id=connection_id or account_id,
        broker="scripted",
        environment=Environment.PAPER,
    )
