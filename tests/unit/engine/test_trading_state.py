from __future__ import annotations

import asyncio
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from brokerwire_server.brokers.base import CommandError, ask_last
from brokerwire_server.domain.errors import (
    BrokerwireError,
    ConflictError,
    InvalidRequestError,
    NotFoundError,
    PreconditionError,
    UnavailableError,
)
from brokerwire_server.domain.events import AuditOutcome
from brokerwire_server.domain.orders import OrderState, OrderTerms, OrderType, Side, StateReason
from brokerwire_server.domain.trading import EVERYTHING, Scope, ScopeKind, TradingState
from brokerwire_server.engine.acting import acting_as
from brokerwire_server.engine.commands import OrderKey
from brokerwire_server.store.base import StoreError
from tests.support.builders import request
from tests.support.scripted_broker import NOT_SENT, ScriptedBroker
from tests.unit.engine.conftest import crash, start_gateway, until
from tests.unit.engine.trading import (
    ACCOUNT,
    NARROW,
    OFFICER,
    READER,
    TRADER,
    WITHOUT_CODE,
    audits,
    holding,
    set_state,
)

if TYPE_CHECKING:
    from pathlib import Path

    from brokerwire_server.domain.orders import Order
    from brokerwire_server.engine.gateway import Gateway

ACTIVE, REDUCE_ONLY = TradingState.ACTIVE, TradingState.REDUCE_ONLY
CANCEL_ONLY, HALTED = TradingState.CANCEL_ONLY, TradingState.HALTED
KEY = OrderKey("paper", client_order_id="one")


async def submitted(gateway: Gateway, **changes: Any) -> Order:
    return (await gateway.desk.submit(request(**changes))).order


def halt_now(gateway: Gateway) -> None:
    gateway.switchboard.engage(EVERYTHING, HALTED, "now")


async def refused(gateway: Gateway, **changes: Any) -> PreconditionError:
    with pytest.raises(PreconditionError) as caught:
        await gateway.desk.submit(request(**changes))
    assert caught.value.reason == "TRADING_HALTED"
    return caught.value


# --- scopes ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "scope",
    [
        EVERYTHING,
        Scope(ScopeKind.BROKER, "scripted"),
        ACCOUNT,
        Scope(ScopeKind.PRINCIPAL, "trader"),
        Scope(ScopeKind.SYMBOL, "AAPL"),
    ],
    ids=str,
)
async def test_a_halt_of_any_scope_that_an_order_is_in_stops_it(
    gateway: Gateway, broker: ScriptedBroker, scope: Scope
) -> None:
    await set_state(gateway, HALTED, scope)
    with acting_as(TRADER):
        error = await refused(gateway)
    assert error.metadata == {"account_id": "paper", "trading_state": "HALTED", "scope": str(scope)}
    assert broker.sent == []
    assert gateway.accounts.get("paper").book.orders.open() == []


@pytest.mark.parametrize(
    "scope", [Scope(ScopeKind.PRINCIPAL, "somebody-else"), Scope(ScopeKind.SYMBOL, "MSFT")], ids=str
)
async def test_a_halt_of_another_scope_stops_nothing(gateway: Gateway, scope: Scope) -> None:
    await set_state(gateway, HALTED, scope)
    with acting_as(TRADER):
        assert (await submitted(gateway)).state is OrderState.ACCEPTED


async def test_the_most_restrictive_scope_counts(gateway: Gateway) -> None:
    await set_state(gateway, CANCEL_ONLY, ACCOUNT)
    await set_state(gateway, REDUCE_ONLY)
    assert (await refused(gateway)).metadata["scope"] == "ACCOUNT:paper"
    await set_state(gateway, HALTED)
    assert (await refused(gateway)).metadata["scope"] == "GLOBAL"


# --- what each state lets pass ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", [REDUCE_ONLY, CANCEL_ONLY, HALTED])
async def test_a_cancel_always_passes(gateway: Gateway, broker: ScriptedBroker, state: TradingState) -> None:
    await submitted(gateway)
    await set_state(gateway, state)
    assert not (await gateway.actions.cancel(KEY)).refused
    assert len(broker.cancels) == 1


async def test_reduce_only_lets_pass_what_brings_a_position_nearer_to_zero(
    gateway: Gateway, broker: ScriptedBroker
) -> None:
    await holding(gateway, broker, 10)
    await set_state(gateway, REDUCE_ONLY)
    assert (
        await submitted(gateway, client_order_id="a", side=Side.SELL, quantity=Decimal(6))
    ).state.value == "ACCEPTED"
    assert (
        await submitted(gateway, client_order_id="b", side=Side.SELL, quantity=Decimal(4))
    ).state.value == "ACCEPTED"
    await refused(gateway, client_order_id="c", side=Side.SELL, quantity=Decimal("0.001"))
    await refused(gateway, client_order_id="d", side=Side.BUY, quantity=Decimal("0.001"))
    await refused(
        gateway, client_order_id="e", side=Side.SELL, instrument=request().instrument.__class__(symbol="MSFT")
    )


async def test_two_reducing_orders_at_once_can_not_together_pass_zero(gateway: Gateway, broker: ScriptedBroker) -> None:
    await holding(gateway, broker, -10)
    await set_state(gateway, REDUCE_ONLY)
    wanted = [
        request(
            client_order_id=name, side=Side.BUY_TO_COVER, quantity=Decimal(6), type=OrderType.MARKET, limit_price=None
        )
        for name in "ab"
    ]
    answers = await gateway.desk.submit_batch(wanted)
    assert sorted(isinstance(answer, PreconditionError) for answer in answers) == [False, True]
    assert len(broker.sent) == 2  # the entry, and one of them


async def test_replaces_by_state(gateway: Gateway, broker: ScriptedBroker) -> None:
    await holding(gateway, broker, 10)
    await submitted(gateway, client_order_id="opening", quantity=Decimal(5))
    await submitted(gateway, client_order_id="closing", side=Side.SELL, quantity=Decimal(5))

    async def passes(name: str, **terms: Any) -> bool:
        try:
            await gateway.actions.replace(OrderKey("paper", client_order_id=name), OrderTerms(**terms))
        except PreconditionError as error:
            assert error.reason == "TRADING_HALTED"  # noqa: PT017 - any other reason is a failure
            return False
        return True

    await set_state(gateway, REDUCE_ONLY)
    assert not await passes("opening", quantity=Decimal(6))
    assert not await passes("opening", limit_price=Decimal(101))
    assert await passes("opening", quantity=Decimal(4))
    assert await passes("closing", limit_price=Decimal(99))
    assert not await passes("closing", quantity=Decimal(11))
    await set_state(gateway, CANCEL_ONLY)
    assert await passes("opening", quantity=Decimal(3))
    assert not await passes("closing", limit_price=Decimal(98))
    await set_state(gateway, HALTED)
    assert not await passes("opening", quantity=Decimal(2))


# --- at once ---------------------------------------------------------------------------------------------------------


async def test_an_order_whose_intent_is_durable_and_that_was_not_sent_is_rejected_by_the_gateway(
    gateway: Gateway, broker: ScriptedBroker
) -> None:
    durable = gateway.commands.durable

    async def then_the_kill_comes(account: Any, **options: Any) -> None:
        await durable(account, **options)
        gateway.commands.durable = durable  # type: ignore[method-assign]
        await set_state(gateway, HALTED)

    gateway.commands.durable = then_the_kill_comes  # type: ignore[method-assign]
    order = await submitted(gateway)
    assert (order.state, order.state_reason) == (OrderState.REJECTED, StateReason.GATEWAY)
    assert "HALTED" in order.broker_message
    assert broker.sent == []


async def test_a_retry_of_what_was_not_sent_is_stopped(gateway: Gateway, broker: ScriptedBroker) -> None:
    broker.answers = [NOT_SENT, NOT_SENT, NOT_SENT]
    broker.before_answer = lambda _: halt_now(gateway)
    order = await submitted(gateway)
    assert (order.state, order.state_reason, len(broker.sent)) == (OrderState.REJECTED, StateReason.GATEWAY, 1)


async def test_an_order_that_waits_within_the_adapter_is_stopped_by_its_last_question(
    gateway: Gateway, broker: ScriptedBroker
) -> None:
    async def waits_for_its_rate_budget() -> None:
        gateway.switchboard.engage(EVERYTHING, HALTED, "now")
        await asyncio.sleep(0)
        ask_last()
        raise AssertionError("it would have been sent")

    broker.before_answer = lambda _: waits_for_its_rate_budget()
    order = await submitted(gateway)
    assert (order.state, order.state_reason, len(broker.sent)) == (OrderState.REJECTED, StateReason.GATEWAY, 1)


async def test_a_replace_that_was_not_sent_is_stopped_and_the_order_stays(
    gateway: Gateway, broker: ScriptedBroker
) -> None:
    await submitted(gateway)
    durable = gateway.commands.durable

    async def then_the_kill_comes(account: Any, **options: Any) -> None:
        await durable(account, **options)
        gateway.commands.durable = durable  # type: ignore[method-assign]
        gateway.switchboard.engage(EVERYTHING, HALTED, "now")

    gateway.commands.durable = then_the_kill_comes  # type: ignore[method-assign]
    with pytest.raises(PreconditionError, match="HALTED"):
        await gateway.actions.replace(KEY, OrderTerms(quantity=Decimal(20)))
    order = gateway.accounts.get("paper").book.orders.by_client_id("one")
    assert order is not None
    assert (order.quantity, order.pending_action.value, broker.replaces) == (Decimal(10), "NONE", [])


async def test_a_repeated_submit_of_an_order_that_was_placed_before_the_halt_returns_it(gateway: Gateway) -> None:
    before = await submitted(gateway)
    await set_state(gateway, HALTED)
    again = await gateway.desk.submit(request())
    assert again.deduplicated
    assert again.order.order_id == before.order_id


async def test_outside_a_command_nothing_asks_to_be_stopped() -> None:
    ask_last()


# --- durable ---------------------------------------------------------------------------------------------------------


async def test_a_halt_survives_a_crash_and_nothing_leaves_before_it_is_restored(
    database: Path, broker: ScriptedBroker
) -> None:
    gateway = await start_gateway(database, broker)
    await set_state(gateway, HALTED, ACCOUNT, reason="fat finger")
    await crash(gateway)
    again = await start_gateway(database, ScriptedBroker())
    (record,) = again.switchboard.records()
    assert (record.scope, record.state, record.principal, record.reason) == (ACCOUNT, HALTED, "trader", "fat finger")
    await refused(again)
    await again.stop(grace=1.0)


async def test_a_halt_that_can_not_be_made_durable_holds_all_the_same_and_says_so(
    gateway: Gateway, broker: ScriptedBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(_: object) -> None:
        raise StoreError("the disk is gone")

    monkeypatch.setattr(gateway.store.trading, "put_state", fail)
    await submitted(gateway)
    with pytest.raises(UnavailableError, match="holds until this process ends"):
        await set_state(gateway, HALTED, cancel=True)
    await refused(gateway, client_order_id="two")
    assert len(broker.cancels) == 1


async def test_a_release_that_can_not_be_made_durable_releases_nothing(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(_: object) -> None:
        raise StoreError("the disk is gone")

    await set_state(gateway, HALTED)
    monkeypatch.setattr(gateway.store.trading, "put_state", fail)
    with pytest.raises(UnavailableError, match="nothing was released"):
        await set_state(gateway, ACTIVE, by=OFFICER)
    await refused(gateway)


async def test_a_halt_that_comes_while_a_release_is_written_stays(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    await set_state(gateway, REDUCE_ONLY)
    put, trading = gateway.store.trading.put_state, gateway.store.trading

    async def halted_meanwhile(record: Any) -> None:
        monkeypatch.setattr(trading, "put_state", put)
        await put(record)
        gateway.switchboard.engage(EVERYTHING, HALTED, "once more")

    monkeypatch.setattr(trading, "put_state", halted_meanwhile)
    with pytest.raises(ConflictError):
        await set_state(gateway, ACTIVE, by=OFFICER)
    await refused(gateway)
    await gateway.switchboard.keep(EVERYTHING)
    assert [record.state for record in await trading.states()] == [HALTED]


# --- who may ---------------------------------------------------------------------------------------------------------


async def test_whoever_trades_may_halt_and_role_risk_with_a_second_factor_may_release(gateway: Gateway) -> None:
    await set_state(gateway, HALTED, ACCOUNT, by=TRADER)
    await set_state(gateway, ACTIVE, ACCOUNT, by=OFFICER)
    assert (await submitted(gateway)).state is OrderState.ACCEPTED


@pytest.mark.parametrize(
    ("principal", "state", "reason"),
    [
        (TRADER, ACTIVE, "PERMISSION_DENIED"),
        (TRADER, REDUCE_ONLY, "PERMISSION_DENIED"),
        (WITHOUT_CODE, ACTIVE, "SECOND_FACTOR_REQUIRED"),
        (READER, HALTED, "PERMISSION_DENIED"),
        (NARROW, HALTED, "ACCOUNT_NOT_FOUND"),
        (NARROW, ACTIVE, "ACCOUNT_NOT_FOUND"),
    ],
    ids=["role", "role to loosen in part", "second factor", "reader", "reach", "reach to loosen"],
)
async def test_who_may_not_is_refused_and_nothing_changes(
    gateway: Gateway, principal: Any, state: TradingState, reason: str
) -> None:
    await set_state(gateway, HALTED, ACCOUNT)
    before = gateway.switchboard.records()
    with pytest.raises(BrokerwireError) as caught:
        await set_state(gateway, state, ACCOUNT, by=principal)
    assert caught.value.reason == reason
    await refused(gateway)
    assert gateway.switchboard.records() == before
    # The call's refusal is in the gateway's journal, by whoever carried the call out.
    assert [record.outcome for record in await audits(gateway)] == [AuditOutcome.DONE]


async def test_a_release_needs_a_reason(gateway: Gateway) -> None:
    await set_state(gateway, HALTED)
    with pytest.raises(InvalidRequestError, match="reason"):
        await set_state(gateway, ACTIVE, by=OFFICER, reason="")


async def test_what_names_nothing_is_refused(gateway: Gateway) -> None:
    with pytest.raises(NotFoundError):
        await set_state(gateway, HALTED, Scope(ScopeKind.ACCOUNT, "nope"))
    with pytest.raises(NotFoundError):
        await set_state(gateway, HALTED, Scope(ScopeKind.BROKER, "nope"))
    with pytest.raises(InvalidRequestError):
        await set_state(gateway, ACTIVE, cancel=True)
    with pytest.raises(InvalidRequestError):
        await set_state(gateway, HALTED, Scope(ScopeKind.PRINCIPAL, "trader"), flatten=True)


# --- cancel and flatten ----------------------------------------------------------------------------------------------


async def test_cancel_takes_the_gateways_orders_of_the_scope_and_external_ones_on_request(
    gateway: Gateway, broker: ScriptedBroker
) -> None:
    mine = await submitted(gateway, client_order_id="mine")
    broker.sink(
        broker.working(
            mine, broker_client_order_id="", broker_order_id="X-1", terms=request(client_order_id=""), time=1
        )
    )
    book = gateway.accounts.get("paper").book
    await until(lambda: book.orders.open_count == 2)
    changed = await set_state(gateway, HALTED, cancel=True)
    assert (changed.cleared.cancels, changed.cleared.failed, changed.unfinished) == (1, 0, False)
    assert [order.client_order_id for order in broker.cancels] == ["mine"]
    await set_state(gateway, HALTED, cancel_external=True)
    assert [order.origin.value for order in broker.cancels] == ["GATEWAY", "EXTERNAL"]


async def test_cancel_of_a_principals_scope_takes_only_its_orders(gateway: Gateway, broker: ScriptedBroker) -> None:
    for principal in (TRADER, OFFICER):
        with acting_as(principal):
            await submitted(gateway, client_order_id=principal.name)
    await set_state(gateway, HALTED, Scope(ScopeKind.PRINCIPAL, "trader"), cancel=True)
    assert [order.client_order_id for order in broker.cancels] == ["trader"]


async def test_an_order_that_is_on_its_way_when_the_kill_comes_is_canceled_when_the_broker_has_it(
    gateway: Gateway, broker: ScriptedBroker
) -> None:
    go_on = asyncio.Event()
    broker.before_answer = lambda _: go_on.wait()
    submission = asyncio.create_task(gateway.desk.submit(request()))
    await until(lambda: broker.sent)
    halt = asyncio.create_task(set_state(gateway, HALTED, cancel=True))
    await until(lambda: gateway.switchboard.state_of(EVERYTHING) is HALTED)
    assert broker.cancels == []
    go_on.set()
    await asyncio.gather(submission, halt)
    assert len(broker.cancels) == 1
    assert not halt.result().unfinished


async def test_a_flatten_cancels_everything_then_closes_what_is_held_although_trading_is_halted(
    gateway: Gateway, broker: ScriptedBroker
) -> None:
    entry = await holding(gateway, broker, 10)
    working = await submitted(gateway, client_order_id="closing", side=Side.SELL, quantity=Decimal(10))
    order_of = gateway.accounts.get("paper").book.orders.by_id
    halt = asyncio.create_task(set_state(gateway, HALTED, flatten=True))
    await until(lambda: broker.cancels)
    assert len(broker.sent) == 2, "nothing is closed while an order works that would close it too"
    broker.sink(broker.working(working, state=OrderState.CANCELED, time=order_of[working.order_id].update_time + 10))
    changed = await halt
    assert changed.cleared.problems == []
    (closing,) = broker.sent[2]
    assert (closing.side, closing.quantity, closing.type) == (Side.SELL, Decimal(10), OrderType.MARKET)
    assert changed.cleared.flatten_order_ids == [closing.order_id]
    assert entry.quantity == closing.quantity
    await refused(gateway, client_order_id="again", side=Side.SELL)


async def test_a_cancel_that_fails_is_told(gateway: Gateway, broker: ScriptedBroker) -> None:
    await submitted(gateway)
    broker.answers = [CommandError("connection refused", written=False)]
    changed = await set_state(gateway, HALTED, cancel=True)
    assert (changed.cleared.cancels, changed.cleared.failed) == (1, 1)
    assert "connection refused" in changed.cleared.problems[0]


async def test_while_trading_is_halted_a_submission_asks_the_broker_for_nothing(
    gateway: Gateway, broker: ScriptedBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def unreachable(*_: object) -> None:
        raise AssertionError("the broker was asked")

    monkeypatch.setattr(broker, "instrument", unreachable)
    await set_state(gateway, HALTED)
    await refused(gateway)


async def test_a_cancel_that_breaks_in_the_gateway_itself_is_told_and_keeps_no_other_from_being_asked_for(
    gateway: Gateway, broker: ScriptedBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    await submitted(gateway)
    await submitted(gateway, client_order_id="two")
    cancel = gateway.actions.cancel

    async def broken_once(key: OrderKey, request_id: str = "") -> Any:
        monkeypatch.setattr(gateway.actions, "cancel", cancel)
        raise RuntimeError("a defect")

    monkeypatch.setattr(gateway.actions, "cancel", broken_once)
    changed = await set_state(gateway, HALTED, cancel=True)
    assert (changed.cleared.cancels, changed.cleared.failed, len(broker.cancels)) == (2, 1, 1)
    assert "log says why" in changed.cleared.problems[0]
