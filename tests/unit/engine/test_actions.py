from __future__ import annotations

import asyncio
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from brokerwire_server.brokers.base import Reply, Verdict
from brokerwire_server.domain.errors import (
    ConflictError,
    InvalidRequestError,
    NotFoundError,
    PreconditionError,
    UnavailableError,
    VersionMismatchError,
)
from brokerwire_server.domain.instruments import AssetClass, Instrument
from brokerwire_server.domain.orders import OrderState, OrderTerms, PendingAction, Side, TimeInForce
from brokerwire_server.engine.commands import OrderKey
from tests.support.builders import fill_report, request, status_report
from tests.support.scripted_broker import NO_ANSWER, NOT_SENT
from tests.unit.engine.conftest import until

if TYPE_CHECKING:
    from brokerwire_server.domain.orders import Order
    from brokerwire_server.engine.gateway import Gateway
    from tests.support.scripted_broker import ScriptedBroker

REFUSE = Reply(verdict=Verdict.REFUSED, message="too late")
KEY = OrderKey("paper", client_order_id="one")


async def submitted(gateway: Gateway, **changes: object) -> Order:
    return (await gateway.desk.submit(request(**changes))).order


def canceled(order: Order) -> object:
    return status_report(
        OrderState.CANCELED, broker_client_order_id=order.broker_client_order_id, time=order.update_time + 10
    )


async def test_a_cancel_is_pending_until_the_broker_confirms_it(gateway: Gateway, broker: ScriptedBroker) -> None:
    order = await submitted(gateway)
    result = await gateway.actions.cancel(KEY)
    assert (result.order.state, result.order.pending_action) == (OrderState.ACCEPTED, PendingAction.CANCEL)
    broker.sink(canceled(order))  # type: ignore[arg-type]
    book = gateway.accounts.get("paper").book
    await until(lambda: book.committed.by_id[order.order_id].state is OrderState.CANCELED)
    assert book.committed.by_id[order.order_id].pending_action is PendingAction.NONE


async def test_a_cancel_that_is_on_its_way_is_not_sent_again(gateway: Gateway, broker: ScriptedBroker) -> None:
    await submitted(gateway)
    await gateway.actions.cancel(KEY)
    await gateway.actions.cancel(KEY)
    assert len(broker.cancels) == 1


async def test_a_refused_cancel_leaves_the_order_as_it_was(gateway: Gateway, broker: ScriptedBroker) -> None:
    await submitted(gateway)
    broker.answers = [REFUSE]
    result = await gateway.actions.cancel(KEY)
    assert result.refused == "too late"
    assert (result.order.state, result.order.pending_action) == (OrderState.ACCEPTED, PendingAction.NONE)


async def test_a_cancel_that_was_not_sent_is_an_error_and_can_be_repeated(
    gateway: Gateway, broker: ScriptedBroker
) -> None:
    await submitted(gateway)
    broker.answers = [NOT_SENT]
    with pytest.raises(UnavailableError) as caught:
        await gateway.actions.cancel(KEY)
    assert caught.value.metadata["sent"] == "NO"
    assert (await gateway.actions.cancel(KEY)).order.pending_action is PendingAction.CANCEL


async def test_a_cancel_without_answer_is_in_doubt_until_the_broker_shows_what_became_of_it(
    gateway: Gateway, broker: ScriptedBroker
) -> None:
    order = await submitted(gateway)
    broker.answers = [NO_ANSWER]
    result = await gateway.actions.cancel(KEY)
    assert result.order.pending_in_doubt
    assert not result.order.terminal
    broker.findings[order.broker_client_order_id] = [canceled(order)]  # type: ignore[list-item]
    book = gateway.accounts.get("paper").book
    await until(lambda: book.committed.by_id[order.order_id].state is OrderState.CANCELED)


async def test_a_cancel_in_doubt_ends_when_the_order_is_seen_working_again_and_again(
    gateway: Gateway, broker: ScriptedBroker
) -> None:
    order = await submitted(gateway)
    broker.answers = [NO_ANSWER]
    await gateway.actions.cancel(KEY)
    broker.findings[order.broker_client_order_id] = [broker.working(order)]
    book = gateway.accounts.get("paper").book
    await until(lambda: book.committed.by_id[order.order_id].pending_action is PendingAction.NONE)
    assert book.committed.by_id[order.order_id].state is OrderState.WORKING


async def test_a_cancel_that_was_taken_and_never_confirmed_is_looked_into(
    gateway: Gateway, broker: ScriptedBroker
) -> None:
    order = await submitted(gateway)
    broker.findings[order.broker_client_order_id] = [canceled(order)]  # type: ignore[list-item]
    result = await gateway.actions.cancel(KEY)
    assert not result.order.pending_in_doubt
    book = gateway.accounts.get("paper").book
    await until(lambda: book.committed.by_id[order.order_id].state is OrderState.CANCELED)


async def test_a_cancel_that_the_broker_works_on_for_ever_stays_pending_and_is_shown_to_a_person(
    gateway: Gateway, broker: ScriptedBroker
) -> None:
    order = await submitted(gateway)
    broker.answers = [NO_ANSWER]
    broker.findings[order.broker_client_order_id] = [broker.working(order, pending=PendingAction.CANCEL)]
    await gateway.actions.cancel(KEY)
    book = gateway.accounts.get("paper").book
    await until(lambda: book.breaks)
    assert book.orders.by_id[order.order_id].pending_action is PendingAction.CANCEL
    broker.findings[order.broker_client_order_id] = [canceled(order)]  # type: ignore[list-item]
    await until(lambda: book.orders.by_id[order.order_id].state is OrderState.CANCELED)
    await until(lambda: not book.breaks)


async def test_an_ended_order_can_be_neither_canceled_nor_replaced(gateway: Gateway, broker: ScriptedBroker) -> None:
    order = await submitted(gateway)
    broker.sink(canceled(order))  # type: ignore[arg-type]
    with pytest.raises(PreconditionError) as cancel:
        await gateway.actions.cancel(KEY)
    assert cancel.value.reason == "ORDER_NOT_CANCELABLE"
    with pytest.raises(PreconditionError) as replace:
        await gateway.actions.replace(KEY, OrderTerms(quantity=Decimal(20)))
    assert replace.value.reason == "ORDER_NOT_REPLACEABLE"


async def test_an_unknown_order_is_not_found(gateway: Gateway) -> None:
    with pytest.raises(NotFoundError) as caught:
        await gateway.actions.cancel(OrderKey("paper", client_order_id="other"))
    assert caught.value.reason == "ORDER_NOT_FOUND"


async def test_a_replace_brings_new_terms_and_keeps_the_order(gateway: Gateway, broker: ScriptedBroker) -> None:
    order = await submitted(gateway)
    terms = OrderTerms(quantity=Decimal(20), limit_price=Decimal(101))
    result = await gateway.actions.replace(KEY, terms, expected_version=order.version)
    assert result.order.order_id == order.order_id
    assert (result.order.quantity, result.order.limit_price) == (Decimal(20), Decimal(101))
    assert result.order.pending_action is PendingAction.NONE


async def test_a_replace_of_another_version_is_refused_before_anything_is_sent(
    gateway: Gateway, broker: ScriptedBroker
) -> None:
    order = await submitted(gateway)
    with pytest.raises(VersionMismatchError):
        await gateway.actions.replace(KEY, OrderTerms(quantity=Decimal(20)), expected_version=order.version + 1)
    assert broker.replaces == []


async def test_a_replace_waits_while_an_earlier_command_is_in_doubt(gateway: Gateway, broker: ScriptedBroker) -> None:
    await submitted(gateway)
    broker.answers = [NO_ANSWER]
    await gateway.actions.cancel(KEY)
    with pytest.raises(PreconditionError) as caught:
        await gateway.actions.replace(KEY, OrderTerms(quantity=Decimal(20)))
    assert caught.value.reason == "ORDER_OUTCOME_PENDING"


async def test_a_replace_below_what_is_filled_is_refused(gateway: Gateway, broker: ScriptedBroker) -> None:
    order = await submitted(gateway)
    broker.sink(fill_report(broker_client_order_id=order.broker_client_order_id, quantity=Decimal(4), time=10**18))
    with pytest.raises(InvalidRequestError):
        await gateway.actions.replace(KEY, OrderTerms(quantity=Decimal(4)))
    assert broker.replaces == []


async def test_a_fill_during_a_replace_is_counted_against_the_new_total(
    gateway: Gateway, broker: ScriptedBroker
) -> None:
    order = await submitted(gateway)
    work = asyncio.create_task(gateway.actions.replace(KEY, OrderTerms(quantity=Decimal(12))))
    await until(lambda: broker.replaces)
    broker.sink(fill_report(broker_client_order_id=order.broker_client_order_id, quantity=Decimal(10), time=10**18))
    await work
    after = gateway.accounts.get("paper").book.orders.by_id[order.order_id]
    assert (after.state, after.quantity, after.filled_quantity) == (OrderState.PARTIALLY_FILLED, 12, 10)


async def test_a_replace_repeated_under_its_request_id_is_carried_out_once(
    gateway: Gateway, broker: ScriptedBroker
) -> None:
    await submitted(gateway)
    for _ in range(2):
        await gateway.actions.replace(KEY, OrderTerms(quantity=Decimal(20)), request_id="r-1")
    assert len(broker.replaces) == 1


async def test_cancel_all_reaches_what_is_in_its_scope(gateway: Gateway, broker: ScriptedBroker) -> None:
    await submitted(gateway)
    await submitted(gateway, client_order_id="two", side=Side.SELL)
    results = await gateway.actions.cancel_all(["paper"], side=Side.SELL)
    assert [order.client_order_id for order, _ in results] == ["two"]
    assert len(await gateway.actions.cancel_all([])) == 2
    assert sorted(order.client_order_id for order in broker.cancels) == ["one", "two"]


async def test_closing_a_position_sells_what_is_held(gateway: Gateway, broker: ScriptedBroker) -> None:
    order = await submitted(gateway)
    broker.sink(fill_report(broker_client_order_id=order.broker_client_order_id, quantity=Decimal(10), time=10**18))
    half = await gateway.desk.close_position("paper", "AAPL", client_order_id="close", percent=Decimal(50))
    assert (half.order.side, half.order.quantity) == (Side.SELL, Decimal(5))
    again = await gateway.desk.close_position("paper", "AAPL", client_order_id="close", percent=Decimal(50))
    assert again.deduplicated
    assert len(broker.sent) == 2
    with pytest.raises(ConflictError):
        await gateway.desk.close_position("paper", "AAPL", client_order_id="close")
    with pytest.raises(NotFoundError):
        await gateway.desk.close_position("paper", "MSFT", client_order_id="close-2")


async def test_closing_crypto_takes_a_time_in_force_that_is_offered_and_leaves_no_dust(
    gateway: Gateway, broker: ScriptedBroker
) -> None:
    coin = Instrument(symbol="BTC/USD", asset_class=AssetClass.CRYPTO)
    order = await submitted(gateway, instrument=coin, quantity=Decimal(1), time_in_force=TimeInForce.GTC)
    bought = {"broker_client_order_id": order.broker_client_order_id, "instrument": coin, "time": 10**18}
    broker.sink(fill_report(quantity=Decimal("0.123456789"), **bought))
    half = await gateway.desk.close_position("paper", "BTC/USD", client_order_id="half", percent=Decimal(50))
    rest = await gateway.desk.close_position("paper", "BTC/USD", client_order_id="rest", percent=Decimal(100))
    assert half.order.time_in_force is TimeInForce.GTC
    assert (half.order.quantity, rest.order.quantity) == (Decimal("0.061728394"), Decimal("0.123456789"))
