"""Breaks in a person's hands."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from brokerwire_server.domain.accounts import ActivityType
from brokerwire_server.domain.connections import Break, BreakResolution, BreakState, BreakType
from brokerwire_server.domain.errors import BrokerwireError
from brokerwire_server.domain.events import BreakChanged, CashMoved, PositionChanged
from brokerwire_server.domain.orders import OrderState, StateReason
from brokerwire_server.domain.positions import Position
from brokerwire_server.engine.breaks import Decision
from brokerwire_server.engine.gateway import Gateway
from brokerwire_server.store.base import BreakFilter
from tests.support.builders import AAPL, request
from tests.support.scripted_broker import NO_ANSWER, ScriptedBroker
from tests.unit.engine.conftest import start_gateway, until

if TYPE_CHECKING:
    from pathlib import Path

    from brokerwire_server.engine.accounts import ManagedAccount


def account_of(gateway: Gateway) -> ManagedAccount:
    return gateway.accounts.get("paper")


def decision(brk: Break, resolution: BreakResolution = BreakResolution.ACCEPT_BROKER, **changes: Any) -> Decision:
    fields: dict[str, Any] = {"account_id": "paper", "break_id": brk.break_id, "resolution": resolution}
    return Decision(**{**fields, "resolved_by": "Ada", "note": "seen at the broker", **changes})


def hold(broker: ScriptedBroker, quantity: int, cost: int = 50) -> None:
    broker.positions = [
        Position(account_id="paper", instrument=AAPL, quantity=Decimal(quantity), average_cost=Decimal(cost))
    ]


async def opened(gateway: Gateway, kind: BreakType) -> Break:
    """Compare, and return the one break of a type that is open then."""
    await gateway.breaks.reconcile(account_of(gateway))
    (brk,) = [brk for brk in account_of(gateway).book.breaks.values() if brk.type is kind]
    return brk


async def payloads(gateway: Gateway, kind: type) -> list[Any]:
    await gateway.settled("paper")
    events = await gateway.store.read("paper", 0, 1000)
    return [event.payload for event in events if isinstance(event.payload, kind)]


async def refused(gateway: Gateway, made: Decision, reason: str) -> BrokerwireError:
    with pytest.raises(BrokerwireError) as caught:
        await gateway.breaks.resolve(made)
    assert caught.value.reason == reason
    return caught.value


async def test_a_comparison_on_request_finds_a_difference_at_once(gateway: Gateway, broker: ScriptedBroker) -> None:
    agreed = await gateway.breaks.reconcile(account_of(gateway))
    assert (agreed.ok, agreed.detail) == (True, "both sides agree")
    hold(broker, 7)
    found = await gateway.breaks.reconcile(account_of(gateway))
    assert (found.ok, found.detail) == (True, "1 breaks are open")
    assert found.event_count == 1


async def test_a_comparison_that_fails_says_so(gateway: Gateway, broker: ScriptedBroker) -> None:
    async def fails(account_id: str, since: int) -> Any:
        raise OSError("proxy password hunter2")

    broker.snapshot = fails  # type: ignore[method-assign]
    found = await gateway.breaks.reconcile(account_of(gateway))
    assert not found.ok
    assert found.detail == "the broker's books could not be read; the server's log has the details"


async def test_the_brokers_position_is_taken_over_with_who_and_why(gateway: Gateway, broker: ScriptedBroker) -> None:
    hold(broker, 7)
    brk = await opened(gateway, BreakType.QUANTITY_MISMATCH)
    settled = await gateway.breaks.resolve(decision(brk))
    assert (settled.state, settled.resolved_by, settled.note) == (BreakState.RESOLVED, "Ada", "seen at the broker")
    position = account_of(gateway).book.positions["AAPL"]
    assert (position.quantity, position.average_cost) == (Decimal(7), Decimal(50))
    (change,) = await payloads(gateway, PositionChanged)
    assert change.reason == f"break {brk.break_id} resolved by Ada: seen at the broker"
    assert (await payloads(gateway, BreakChanged))[-1].brk == settled
    assert (await gateway.breaks.reconcile(account_of(gateway))).detail == "both sides agree"


async def test_a_position_that_the_broker_does_not_have_is_closed(gateway: Gateway, broker: ScriptedBroker) -> None:
    hold(broker, 7)
    await gateway.breaks.resolve(decision(await opened(gateway, BreakType.QUANTITY_MISMATCH)))
    broker.positions = []
    await gateway.breaks.resolve(decision(await opened(gateway, BreakType.QUANTITY_MISMATCH)))
    assert account_of(gateway).book.positions["AAPL"].closed


async def test_the_brokers_cash_is_taken_over_as_an_adjustment(gateway: Gateway, broker: ScriptedBroker) -> None:
    broker.cash = Decimal("12.34")
    brk = await opened(gateway, BreakType.CASH_MISMATCH)
    await gateway.breaks.resolve(decision(brk))
    assert account_of(gateway).book.cash == Decimal("12.34")
    (moved,) = await payloads(gateway, CashMoved)
    assert (moved.activity.type, moved.activity.amount) == (ActivityType.ADJUSTMENT, Decimal("12.34"))
    assert "Ada" in moved.activity.description


async def test_what_survives_a_restart_is_the_resolution(
    database: Path, gateway: Gateway, broker: ScriptedBroker
) -> None:
    broker.cash = Decimal(5)
    hold(broker, 3)
    for kind in (BreakType.CASH_MISMATCH, BreakType.QUANTITY_MISMATCH):
        await gateway.breaks.resolve(decision(await opened(gateway, kind)))
    await gateway.stop(1.0)
    again = await start_gateway(database, broker)
    assert account_of(again).book.cash == Decimal(5)
    assert account_of(again).book.positions["AAPL"].quantity == Decimal(3)
    assert account_of(again).book.breaks == {}
    await again.stop(1.0)


async def test_a_difference_that_has_changed_is_not_settled_blindly(gateway: Gateway, broker: ScriptedBroker) -> None:
    hold(broker, 7)
    brk = await opened(gateway, BreakType.QUANTITY_MISMATCH)
    hold(broker, 8)
    error = await refused(gateway, decision(brk), "BREAK_CHANGED")
    assert (error.metadata["expected"], error.metadata["actual"]) == ("0", "8")
    assert "AAPL" not in account_of(gateway).book.positions
    renewed = await opened(gateway, BreakType.QUANTITY_MISMATCH)
    assert (renewed.break_id, renewed.theirs) == (brk.break_id, "8")
    await gateway.breaks.resolve(decision(renewed))
    assert account_of(gateway).book.positions["AAPL"].quantity == Decimal(8)


async def test_an_order_that_the_broker_no_longer_has_ends_as_the_person_says(
    gateway: Gateway, broker: ScriptedBroker
) -> None:
    order = (await gateway.desk.submit(request())).order
    brk = await opened(gateway, BreakType.STATUS_DRIFT)
    error = await refused(gateway, decision(brk), "FIELD_REQUIRED")
    assert error.metadata["field"] == "order_state"
    await refused(gateway, decision(brk, order_state=OrderState.FILLED), "INVALID_FIELD")
    await gateway.breaks.resolve(decision(brk, order_state=OrderState.CANCELED))
    ended = account_of(gateway).book.orders.by_id[order.order_id]
    assert (ended.state, ended.state_reason) == (OrderState.CANCELED, StateReason.RECONCILED)
    assert "Ada" in ended.broker_message


async def test_an_order_that_was_never_placed_is_rejected_on_a_persons_word(
    gateway: Gateway, broker: ScriptedBroker
) -> None:
    broker.answers = [NO_ANSWER]
    order = (await gateway.desk.submit(request())).order
    assert order.state is OrderState.INDETERMINATE
    await until(lambda: account_of(gateway).book.breaks)
    (brk,) = account_of(gateway).book.breaks.values()
    await refused(gateway, decision(brk), "INVALID_FIELD")
    await gateway.breaks.resolve(decision(brk, BreakResolution.NOT_PLACED))
    ended = account_of(gateway).book.orders.by_id[order.order_id]
    assert (ended.state, ended.terminal) == (OrderState.REJECTED, True)
    assert ended.broker_message == f"break {brk.break_id} resolved by Ada: seen at the broker"


async def test_not_placed_does_not_end_an_order_that_came_to_light(gateway: Gateway, broker: ScriptedBroker) -> None:
    broker.answers = [NO_ANSWER]
    order = (await gateway.desk.submit(request())).order
    await until(lambda: account_of(gateway).book.breaks)
    (brk,) = account_of(gateway).book.breaks.values()
    broker.sink(broker.working(order))
    await refused(gateway, decision(brk, BreakResolution.NOT_PLACED), "BREAK_CHANGED")
    assert account_of(gateway).book.orders.by_id[order.order_id].state is OrderState.WORKING


async def test_a_dismissed_difference_stays_closed_while_it_is_the_same(
    database: Path, gateway: Gateway, broker: ScriptedBroker
) -> None:
    hold(broker, 7)
    brk = await opened(gateway, BreakType.QUANTITY_MISMATCH)
    await gateway.breaks.resolve(decision(brk, BreakResolution.DISMISS))
    assert (await gateway.breaks.reconcile(account_of(gateway))).detail == "both sides agree"
    await gateway.stop(1.0)
    again = await start_gateway(database, broker)
    await again.breaks.reconcile(account_of(again))
    assert account_of(again).book.breaks == {}
    hold(broker, 8)
    other = await opened(again, BreakType.QUANTITY_MISMATCH)
    assert other.break_id != brk.break_id
    await again.stop(1.0)


async def test_a_dismissal_ends_with_its_difference(gateway: Gateway, broker: ScriptedBroker) -> None:
    hold(broker, 7)
    brk = await opened(gateway, BreakType.QUANTITY_MISMATCH)
    await gateway.breaks.resolve(decision(brk, BreakResolution.DISMISS))
    broker.positions = []
    await gateway.breaks.reconcile(account_of(gateway))
    last = (await payloads(gateway, BreakChanged))[-1].brk
    assert (last.state, last.resolution) == (BreakState.HEALED, BreakResolution.DISMISS)
    hold(broker, 7)
    assert (await opened(gateway, BreakType.QUANTITY_MISMATCH)).break_id != brk.break_id


async def test_the_same_decision_again_is_the_same_break_and_another_one_is_refused(
    gateway: Gateway, broker: ScriptedBroker
) -> None:
    hold(broker, 7)
    brk = await opened(gateway, BreakType.QUANTITY_MISMATCH)
    settled = await gateway.breaks.resolve(decision(brk))
    assert await gateway.breaks.resolve(decision(brk)) == settled
    await refused(gateway, decision(brk, BreakResolution.DISMISS), "BREAK_CLOSED")
    await refused(gateway, decision(brk, break_id="nothing"), "BREAK_NOT_FOUND")
    assert len(await payloads(gateway, PositionChanged)) == 1


async def test_breaks_are_listed_by_page_with_a_filter(gateway: Gateway, broker: ScriptedBroker) -> None:
    broker.cash = Decimal(5)
    hold(broker, 3)
    await gateway.breaks.reconcile(account_of(gateway))
    await gateway.settled("paper")
    everything, cursor = await gateway.breaks.list(BreakFilter(), "", 1)
    rest, end = await gateway.breaks.list(BreakFilter(), cursor, 1)
    assert {brk.type for brk in (*everything, *rest)} == {BreakType.CASH_MISMATCH, BreakType.QUANTITY_MISMATCH}
    assert end == ""
    cash = BreakFilter(types=(BreakType.CASH_MISMATCH,), states=(BreakState.OPEN,))
    (brk,), _ = await gateway.breaks.list(cash, "", 10)
    await gateway.breaks.resolve(decision(brk))
    assert await gateway.breaks.list(cash, "", 10) == ([], "")
    resolved, _ = await gateway.breaks.list(BreakFilter(states=(BreakState.RESOLVED,)), "", 10)
    assert [found.break_id for found in resolved] == [brk.break_id]
