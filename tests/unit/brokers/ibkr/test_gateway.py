"""The whole gateway in front of the TWS sandbox: a real engine, a real database, the real wire."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from brokerwire_sandbox.tws import FillOrder, Kind, Target
from brokerwire_server.domain.connections import BreakType, LinkState
from brokerwire_server.domain.events import GapPhase, SourceGap
from brokerwire_server.domain.fills import FillKind, FillSource
from brokerwire_server.domain.orders import (
    ExitTerms,
    OrderClass,
    OrderOrigin,
    OrderState,
    OrderTerms,
    PendingAction,
    Side,
)
from brokerwire_server.engine.commands import OrderKey
from tests.unit.brokers.ibkr.rigs import ACCOUNT, at_market, desk, plan, request, serving, until

if TYPE_CHECKING:
    from pathlib import Path

    from brokerwire_server.domain.orders import Order
    from tests.unit.brokers.ibkr.rigs import Desk

pytestmark = pytest.mark.ibkr_libraries


def key(order: Order) -> OrderKey:
    return OrderKey(ACCOUNT, order.order_id)


async def agreed(one: Desk) -> None:
    await one.sweep()
    await one.sweep()
    assert not one.account.book.breaks


async def test_an_order_goes_through_the_gateway_and_the_books_agree(tmp_path: Path) -> None:
    async with desk(tmp_path) as one:
        await one.submit(at_market("buy"))
        filled = await one.settled("buy", OrderState.FILLED)
        assert filled.filled_cost == Decimal("2000.1")
        assert filled.commission == 1
        await agreed(one)
        assert one.account.book.positions["AAPL"].quantity == 10


async def test_a_limit_rests_is_changed_and_canceled(tmp_path: Path) -> None:
    async with desk(tmp_path) as one:
        order = await one.submit(request("rest"))
        assert order.state is OrderState.WORKING
        result = await one.gateway.actions.replace(
            key(order), OrderTerms(quantity=Decimal(12), limit_price=Decimal(11))
        )
        assert not result.refused
        changed = await until(lambda: (o := one.order("rest")).pending_action is PendingAction.NONE and o)
        assert (changed.quantity, changed.limit_price, changed.terms_revision > 0) == (12, 11, True)
        await one.gateway.actions.cancel(key(order))
        await one.settled("rest", OrderState.CANCELED)
        await agreed(one)


async def test_a_bracket_is_three_orders_of_the_gateway_and_ends_as_one(tmp_path: Path) -> None:
    async with desk(tmp_path) as one:
        await one.submit(
            at_market(
                "entry",
                order_class=OrderClass.BRACKET,
                take_profit=ExitTerms(limit_price=Decimal(220)),
                stop_loss=ExitTerms(stop_price=Decimal(180)),
            )
        )
        await one.settled("entry", OrderState.FILLED)
        assert one.order("entry.tp").state is OrderState.WORKING
        one.sandbox.set_quote("AAPL", "220.10", "220.20")
        await one.settled("entry.tp", OrderState.FILLED)
        await one.settled("entry.sl", OrderState.CANCELED)
        await agreed(one)
        assert one.account.book.positions["AAPL"].quantity == 0


async def test_three_fills_of_a_lost_link_come_once_each_within_one_sweep(tmp_path: Path) -> None:
    """1100 with the socket up, three fills meanwhile, 1102: exactly what is told as a gap is what was swept."""
    async with desk(tmp_path) as one:
        names = ["one", "two", "three"]
        for name in names:
            await one.submit(request(name, limit_price=Decimal(190)))
        one.sandbox.lose_link(1100)
        await until(lambda: one.link is LinkState.DOWN)
        one.sandbox.set_quote("AAPL", "189.00", "189.10")
        assert all(one.order(name).filled_quantity == 0 for name in names)
        one.sandbox.restore_link()
        for name in names:
            await one.settled(name, OrderState.FILLED)
        await until(lambda: not one.account.gap_from)
        events = await one.events()
        gaps = [payload for payload in events if isinstance(payload, SourceGap)]
        assert [gap.phase for gap in gaps[-2:]] == [GapPhase.OPENED, GapPhase.RECONCILED]
        assert gaps[-1].recovered_event_count >= 3
        fills = [payload.fill for payload in events if hasattr(payload, "fill")]
        assert sorted(fill.client_order_id for fill in fills) == sorted(names)
        assert {fill.source for fill in fills} == {FillSource.RECONCILED}
        assert sum(fill.quantity for fill in fills) == 30
        await agreed(one)


@pytest.mark.parametrize("told", list(FillOrder))
async def test_a_fill_counts_once_in_whatever_order_it_is_told(tmp_path: Path, told: FillOrder) -> None:
    async with desk(tmp_path, fill_order=told) as one:
        await one.submit(at_market("buy"))
        if told in (FillOrder.SILENT, FillOrder.NO_EXECUTION):
            await one.sweep()
        filled = await one.settled("buy", OrderState.FILLED)
        assert (filled.filled_quantity, filled.filled_cost) == (10, Decimal("2000.1"))
        await until(lambda: -one.account.book.cash >= 0 or True)
        await agreed(one)


async def test_a_correction_replaces_the_execution_and_adds_nothing(tmp_path: Path) -> None:
    async with desk(tmp_path) as one:
        await one.submit(at_market("buy"))
        await one.settled("buy", OrderState.FILLED)
        execution = next(p.fill for p in await one.events() if hasattr(p, "fill")).execution_id
        one.sandbox.correct(execution, quantity=8)
        await until(lambda: one.order("buy").filled_quantity == 8)
        kinds = [p.fill.kind for p in await one.events() if hasattr(p, "fill")]
        assert kinds == [FillKind.NORMAL, FillKind.CORRECTION]
        assert one.account.book.positions["AAPL"].quantity == 8


async def test_an_order_without_any_answer_is_indeterminate_and_never_sent_again(tmp_path: Path) -> None:
    async with desk(tmp_path, {"answer": 0.3}) as one:
        one.sandbox.set_faults(plan(Target.PLACE_ORDER, Kind.LOSE_REQUEST))
        order = await one.submit(request("lost"))
        assert order.state is OrderState.INDETERMINATE
        one.sandbox.clear_faults()
        await until(lambda: any(b.type is BreakType.UNRESOLVED_ORDER for b in one.account.book.breaks.values()))
        assert one.order("lost").state is OrderState.INDETERMINATE
        assert not one.sandbox.state.orders


async def test_an_order_whose_answer_is_lost_is_found_by_its_reference(tmp_path: Path) -> None:
    async with desk(tmp_path, {"answer": 0.3}) as one:
        one.sandbox.set_faults(plan(Target.PLACE_ORDER, Kind.LOSE_ANSWER))
        order = await one.submit(request("taken"))
        assert order.state is OrderState.INDETERMINATE
        one.sandbox.clear_faults()
        await one.settled("taken", OrderState.WORKING)
        assert len(one.sandbox.state.orders) == 1


async def test_one_change_that_became_two_live_orders_is_a_break_and_no_exposure_is_hidden(tmp_path: Path) -> None:
    async with desk(tmp_path) as one:
        order = await one.submit(request("twin", limit_price=Decimal(190)))
        one.sandbox.set_faults(plan(Target.MODIFY_ORDER, Kind.SPLIT_ORDER, count=1))
        await one.gateway.actions.replace(key(order), OrderTerms(limit_price=Decimal(189)))
        await until(lambda: len(one.order("twin").broker_order_ids) == 2)
        assert one.order("twin").quantity == 20
        await one.sweep()
        await one.sweep()
        assert [b.type for b in one.account.book.breaks.values()] == [BreakType.DUPLICATE_LIVE_ORDER]
        one.sandbox.set_quote("AAPL", "189.40", "189.50")
        filled = await until(lambda: (o := one.order("twin")).filled_quantity == 10 and o)
        assert filled.state is OrderState.PARTIALLY_FILLED
        assert filled.remaining_quantity == 10
        await one.gateway.actions.cancel(key(order))
        await until(lambda: one.order("twin").state.terminal)
        assert not [o for o in one.sandbox.state.orders.values() if o.open]
        await agreed(one)


async def test_a_cancel_ends_both_of_two_live_orders(tmp_path: Path) -> None:
    async with desk(tmp_path) as one:
        order = await one.submit(request("twin"))
        one.sandbox.set_faults(plan(Target.MODIFY_ORDER, Kind.SPLIT_ORDER, count=1))
        await one.gateway.actions.replace(key(order), OrderTerms(limit_price=Decimal(9)))
        await until(lambda: len(one.order("twin").broker_order_ids) == 2)
        await one.gateway.actions.cancel(key(order))
        ended = await one.settled("twin", OrderState.CANCELED)
        assert ended.filled_quantity == 0
        assert not [o for o in one.sandbox.state.orders.values() if o.open]


async def test_orders_from_the_terminal_are_adopted_with_their_fills(tmp_path: Path) -> None:
    async with desk(tmp_path) as one:
        one.sandbox.place_external_order("AAPL", "BUY", 5)
        resting = one.sandbox.place_external_order("AAPL", "SELL", 5, order_type="LMT", limit_price=300)
        await one.sweep()
        await until(lambda: one.account.book.positions.get("AAPL"))
        orders = list(one.account.book.orders.open())
        assert [(o.origin, o.side, o.limit_price) for o in orders] == [(OrderOrigin.EXTERNAL, Side.SELL, 300)]
        assert orders[0].broker_order_ids == (str(resting.permanent_id),)
        await agreed(one)
        result = await one.gateway.actions.cancel(key(orders[0]))
        assert "by hand" in result.refused
        assert resting.open


async def test_a_restart_of_the_gateway_goes_on_with_the_same_orders(tmp_path: Path) -> None:
    async with desk(tmp_path) as one:
        order = await one.submit(request("rest", limit_price=Decimal(190)))
        sandbox = one.sandbox
        await one.gateway.stop(grace=1.0)
        sandbox.set_quote("AAPL", "189", "189.1")
        async with serving(tmp_path / "journal.db", sandbox) as again:
            filled = await again.settled("rest", OrderState.FILLED)
            assert filled.order_id == order.order_id
            await agreed(again)


async def test_a_restart_of_tws_with_ids_rolled_back_confuses_no_order(tmp_path: Path) -> None:
    async with desk(tmp_path) as one:
        await one.submit(request("before"))
        await one.sandbox.restart(ids_rolled_back=True)
        await until(lambda: one.link is LinkState.UP)
        after = await one.submit(request("after"))
        assert after.state is OrderState.WORKING
        await one.gateway.actions.cancel(key(one.order("before")))
        await one.settled("before", OrderState.CANCELED)
        assert one.order("after").state is OrderState.WORKING
        await agreed(one)
