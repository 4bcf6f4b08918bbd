"""The whole gateway in front of the Alpaca sandbox: a real engine, a real database, the real wire."""

from __future__ import annotations

import asyncio
import random
import time
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest

from brokerwire_sandbox.alpaca import (
    AlpacaSandbox,
    EventOrder,
    FaultPlan,
    FaultRule,
    Kind,
    ReplaceFills,
    SandboxSettings,
    Target,
)
from brokerwire_server.brokers.alpaca.symbols import instrument_of
from brokerwire_server.domain.connections import BreakType, LinkState
from brokerwire_server.domain.instruments import AssetClass, Instrument
from brokerwire_server.domain.orders import (
    ExitTerms,
    OrderClass,
    OrderLeg,
    OrderOrigin,
    OrderRequest,
    OrderState,
    OrderTerms,
    OrderType,
    PendingAction,
    Side,
    StateReason,
    TimeInForce,
)
from brokerwire_server.domain.reports import StatusReport
from brokerwire_server.domain.trading import EVERYTHING, TradingState
from brokerwire_server.engine.commands import OrderKey
from brokerwire_server.engine.gateway import Gateway
from brokerwire_server.engine.reconciler import SweepTimes
from brokerwire_server.engine.seams import Seams
from brokerwire_server.store.sqlite import SqliteStore
from tests.unit.brokers.alpaca.rigs import ACCOUNT, make_broker, until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from brokerwire_server.domain.orders import Order
    from brokerwire_server.engine.accounts import ManagedAccount


def request(name: str, **changes: Any) -> OrderRequest:
    fields: dict[str, Any] = {
        "account_id": ACCOUNT,
        "client_order_id": name,
        "instrument": Instrument(symbol="AAPL"),
        "side": Side.BUY,
        "type": OrderType.LIMIT,
        "time_in_force": TimeInForce.DAY,
        "quantity": Decimal(10),
        "limit_price": Decimal(10),
    }
    return OrderRequest(**{**fields, **changes})


def at_market(name: str, **changes: Any) -> OrderRequest:
    return request(name, type=OrderType.MARKET, limit_price=None, **changes)


class Desk:
    """A running gateway and its sandbox."""

    def __init__(self, gateway: Gateway, sandbox: AlpacaSandbox) -> None:
        self.gateway, self.sandbox = gateway, sandbox

    @property
    def account(self) -> ManagedAccount:
        return self.gateway.accounts.get(ACCOUNT)

    def order(self, name: str) -> Order:
        found = self.account.book.orders.by_client_id(name)
        assert found is not None, name
        return found

    async def submit(self, wanted: OrderRequest) -> Order:
        return (await self.gateway.desk.submit(wanted)).order

    async def settled(self, name: str, *states: OrderState) -> Order:
        await until(lambda: self.order(name).state in states)
        return self.order(name)

    async def sweep(self) -> None:
        await self.gateway.reconciler.sweep(self.account)

    def placed(self) -> list[dict[str, Any]]:
        return self.sandbox.orders()


@asynccontextmanager
async def running(path: Path, sandbox: AlpacaSandbox, *, up: bool = True) -> AsyncIterator[Desk]:
    seams = Seams(now=time.time_ns, monotonic=time.monotonic, sleep=asyncio.sleep, rng=random.Random(5))
    store = SqliteStore(path, new_epoch=lambda: 42)
    gateway = Gateway(store, [make_broker(sandbox)], seams=seams, sweeps=SweepTimes(working=1e9, idle=1e9))
    await gateway.start()
    try:
        if up:
            await until(lambda: gateway.connections.get(ACCOUNT).connection.link is LinkState.UP)
        yield Desk(gateway, sandbox)
    finally:
        await gateway.stop(grace=1.0)


@asynccontextmanager
async def desk(tmp_path: Path, **settings: Any) -> AsyncIterator[Desk]:
    path = tmp_path / "journal.db"
    async with AlpacaSandbox(SandboxSettings(rate_limit=0, **settings)) as sandbox, running(path, sandbox) as one:
        yield one


async def test_an_order_goes_through_the_gateway_and_the_books_agree(tmp_path: Path) -> None:
    async with desk(tmp_path) as one:
        one.sandbox.set_quote("AAPL", "100.00", "100.01")
        await one.submit(at_market("buy"))
        filled = await one.settled("buy", OrderState.FILLED)
        assert filled.filled_cost == Decimal("1000.1")
        await one.sweep()
        await one.sweep()
        assert not one.account.book.breaks
        assert one.account.book.positions["AAPL"].quantity == 10


async def test_a_bracket_is_three_orders_of_the_gateway_and_ends_as_one(tmp_path: Path) -> None:
    async with desk(tmp_path) as one:
        one.sandbox.set_quote("AAPL", "100.00", "100.01")
        await one.submit(
            at_market(
                "b",
                order_class=OrderClass.BRACKET,
                take_profit=ExitTerms(limit_price=Decimal(110)),
                stop_loss=ExitTerms(stop_price=Decimal(90)),
            )
        )
        await one.settled("b", OrderState.FILLED)
        await one.settled("b.tp", OrderState.WORKING)
        one.sandbox.set_quote("AAPL", "110.00", "110.01")
        await one.settled("b.tp", OrderState.FILLED)
        await one.settled("b.sl", OrderState.CANCELED)
        await one.sweep()
        assert {o.origin for o in one.account.book.orders.by_id.values()} == {OrderOrigin.GATEWAY}
        assert len(one.account.book.orders.by_id) == 3


async def test_a_bracket_whose_answer_was_lost_finds_its_legs(tmp_path: Path) -> None:
    async with desk(tmp_path) as one:
        one.sandbox.set_faults(
            FaultPlan(rules=(FaultRule(target=Target.POST_ORDERS, kind=Kind.ANSWER_RESET, count=1),))
        )
        await one.submit(
            request(
                "b",
                order_class=OrderClass.BRACKET,
                take_profit=ExitTerms(limit_price=Decimal(110)),
                stop_loss=ExitTerms(stop_price=Decimal(9)),
            )
        )
        await one.settled("b", OrderState.WORKING)
        await one.settled("b.tp", OrderState.ACCEPTED)
        await one.settled("b.sl", OrderState.ACCEPTED)
        await one.gateway.actions.cancel(OrderKey(ACCOUNT, client_order_id="b"))
        for name in ("b", "b.tp", "b.sl"):
            await one.settled(name, OrderState.CANCELED)
        assert len(one.account.book.orders.by_id) == 3


async def test_a_replace_holds_when_the_broker_says_so(tmp_path: Path) -> None:
    async with desk(tmp_path) as one:
        await one.submit(request("r"))
        await one.settled("r", OrderState.WORKING)
        await one.gateway.actions.replace(
            OrderKey(ACCOUNT, client_order_id="r"), OrderTerms(limit_price=Decimal(11), quantity=Decimal(12))
        )
        await until(lambda: one.order("r").limit_price == 11)
        after = one.order("r")
        assert (after.quantity, after.pending_action, after.state) == (12, PendingAction.NONE, OrderState.WORKING)
        await one.sweep()
        assert len(one.order("r").broker_order_ids) == 2
        assert len(one.account.book.orders.by_id) == 1
        await one.gateway.actions.cancel(OrderKey(ACCOUNT, client_order_id="r"))
        await one.settled("r", OrderState.CANCELED)


async def test_a_replace_that_fails_later_leaves_the_order_as_it_was(tmp_path: Path) -> None:
    async with desk(tmp_path) as one:
        await one.submit(request("r"))
        await one.settled("r", OrderState.WORKING)
        one.sandbox.fail_next("replace")
        await one.gateway.actions.replace(OrderKey(ACCOUNT, client_order_id="r"), OrderTerms(limit_price=Decimal(11)))
        await until(lambda: one.order("r").pending_action is PendingAction.NONE)
        assert (one.order("r").limit_price, one.order("r").state) == (10, OrderState.WORKING)


async def test_a_fill_between_request_and_replace_is_kept(tmp_path: Path) -> None:
    async with desk(tmp_path) as one:
        await one.submit(request("r"))
        await one.settled("r", OrderState.WORKING)
        one.sandbox.hold("replace")
        await one.gateway.actions.replace(OrderKey(ACCOUNT, client_order_id="r"), OrderTerms(quantity=Decimal(20)))
        one.sandbox.set_quote("AAPL", "9.98", "9.99", ask_size=4)
        await until(lambda: one.order("r").filled_quantity == 4)
        one.sandbox.release("replace")
        await until(lambda: one.order("r").quantity == 20)
        one.sandbox.set_quote("AAPL", "9.98", "9.99")
        await one.settled("r", OrderState.FILLED)
        assert one.order("r").filled_quantity == 20


async def test_what_an_account_holds_and_has_filled_before_is_taken_over_without_a_break(tmp_path: Path) -> None:
    before = time.time_ns() - 2 * 3600 * 10**9
    async with AlpacaSandbox(SandboxSettings(rate_limit=0, start_time=before, clock_speed=0.0)) as sandbox:
        sandbox.set_quote("AAPL", "100.00", "100.01")
        bought = {"symbol": "AAPL", "side": "buy", "time_in_force": "gtc"}
        sandbox.place_external_order(**bought, qty="70", type="market")
        sandbox.place_external_order(**bought, qty="10", type="limit", limit_price="50", client_order_id="theirs")
        sandbox.set_quote("AAPL", "49.98", "49.99", ask_size=4)
        sandbox.advance(2 * 3600)
        async with running(tmp_path / "journal.db", sandbox) as one:
            for _ in range(2):
                await one.sweep()
            order = one.order("theirs")
            assert (order.origin, order.filled_quantity) == (OrderOrigin.EXTERNAL, 4)
            assert one.account.book.positions["AAPL"].quantity == 74
            assert not one.account.book.breaks
            sandbox.set_quote("AAPL", "49.98", "49.99")
            await one.settled("theirs", OrderState.FILLED)
            await one.sweep()
            await one.sweep()
            assert one.account.book.positions["AAPL"].quantity == 80
            assert not one.account.book.breaks


async def test_a_cancel_that_alpaca_is_slow_to_carry_out_stays_pending(tmp_path: Path) -> None:
    async with desk(tmp_path) as one:
        await one.submit(request("c"))
        await one.settled("c", OrderState.WORKING)
        one.sandbox.hold("cancel")
        await one.gateway.actions.cancel(OrderKey(ACCOUNT, client_order_id="c"))
        key = one.order("c")
        found = await one.account.adapter.find_order(key)
        assert [r.pending for r in found or () if isinstance(r, StatusReport)] == [PendingAction.CANCEL]
        one.sandbox.release("cancel")
        await one.settled("c", OrderState.CANCELED)


async def test_submits_with_lost_answers_are_placed_once_and_all_resolved(tmp_path: Path) -> None:
    async with desk(tmp_path) as one:
        kinds = (Kind.ANSWER_RESET, Kind.ANSWER_504, Kind.ANSWER_502_HTML, Kind.ANSWER_TRUNCATED, Kind.REQUEST_RESET)
        rules = tuple(
            FaultRule(target=Target.POST_ORDERS, kind=kind, probability=Decimal("0.15")) for kind in kinds[:4]
        )
        one.sandbox.set_faults(FaultPlan(rules=rules, seed=11))
        await asyncio.gather(*(one.submit(request(f"n{number}")) for number in range(60)))
        for number in range(60):
            await one.settled(f"n{number}", OrderState.WORKING)
        ids = [placed["client_order_id"] for placed in one.placed()]
        assert len(ids) == len(set(ids)) == 60


async def test_every_fill_is_known_within_one_sweep_when_the_stream_loses_most(tmp_path: Path) -> None:
    async with desk(tmp_path) as one:
        rule = FaultRule(target=Target.STREAM, kind=Kind.DROP, probability=Decimal("0.8"), events=("fill",))
        one.sandbox.set_faults(FaultPlan(rules=(rule,), seed=2))
        for number in range(40):
            await one.submit(at_market(f"n{number}", quantity=Decimal(1 + number % 3)))
        await one.sweep()
        total = sum(1 + number % 3 for number in range(40))
        assert one.account.book.positions["AAPL"].quantity == total
        assert all(one.order(f"n{number}").state is OrderState.FILLED for number in range(40))
        await one.sweep()
        await one.sweep()
        assert one.account.book.positions["AAPL"].quantity == total
        assert not one.account.book.breaks


async def test_fills_missed_while_the_stream_was_down_come_with_the_connection(tmp_path: Path) -> None:
    async with desk(tmp_path) as one:
        await one.submit(request("r"))
        await one.settled("r", OrderState.WORKING)
        refuse = FaultRule(target=Target.STREAM_CONNECT, kind=Kind.CONNECT_429, count=2)
        one.sandbox.set_faults(FaultPlan(rules=(refuse,)))
        one.sandbox.drop_stream("abort")
        one.sandbox.set_quote("AAPL", "9.98", "9.99")
        await one.settled("r", OrderState.FILLED)


async def test_a_restart_finds_a_working_bracket_and_what_happened_meanwhile(tmp_path: Path) -> None:
    async with AlpacaSandbox(SandboxSettings(rate_limit=0)) as sandbox:
        sandbox.set_quote("AAPL", "100.00", "100.01")
        path = tmp_path / "journal.db"
        async with running(path, sandbox) as one:
            await one.submit(
                at_market(
                    "b",
                    order_class=OrderClass.BRACKET,
                    take_profit=ExitTerms(limit_price=Decimal(110)),
                    stop_loss=ExitTerms(stop_price=Decimal(90)),
                )
            )
            await one.settled("b", OrderState.FILLED)
            await one.settled("b.tp", OrderState.WORKING)
        sandbox.set_quote("AAPL", "110.00", "110.01")
        async with running(path, sandbox) as one:
            await until(lambda: one.account.book.positions["AAPL"].quantity == 0)
            await until(lambda: not one.account.book.orders.open())
            await one.sweep()
            await one.sweep()
            assert not one.account.book.breaks


async def test_a_busted_fill_is_taken_out_of_the_position(tmp_path: Path) -> None:
    async with desk(tmp_path) as one:
        await one.submit(at_market("m"))
        await one.settled("m", OrderState.FILLED)
        (fill,) = one.sandbox.fills()
        one.sandbox.bust(fill["execution_id"])
        await until(lambda: one.account.book.positions["AAPL"].quantity == 0)
        await one.sweep()
        assert one.account.book.positions["AAPL"].quantity == 0


async def test_orders_of_others_are_adopted_once_replaced_or_not(tmp_path: Path) -> None:
    async with desk(tmp_path) as one:
        placed = one.sandbox.place_external_order(
            symbol="AAPL", qty="3", side="buy", type="limit", limit_price="9.5", time_in_force="gtc"
        )
        await until(one.account.book.orders.open)
        await one.sweep()
        (adopted,) = one.account.book.orders.open()
        assert (adopted.origin, adopted.broker_order_ids) == (OrderOrigin.EXTERNAL, (placed["id"],))
        one.sandbox.set_quote("AAPL", "9.40", "9.45")
        await until(lambda: one.account.book.positions.get("AAPL") is not None)
        assert one.account.book.positions["AAPL"].quantity == 3
        assert len(one.account.book.orders.by_id) == 1


async def test_a_mute_stream_is_noticed_by_our_own_order(tmp_path: Path) -> None:
    async with desk(tmp_path) as one:
        one.sandbox.mute_stream()
        await one.submit(at_market("m"))
        await one.settled("m", OrderState.FILLED)
        await until(lambda: one.sandbox.stream.ever == 2)
        assert BreakType.QUANTITY_MISMATCH not in {brk.type for brk in one.account.book.breaks.values()}


async def test_an_unreachable_broker_delays_nothing_and_is_found_later(tmp_path: Path) -> None:
    async with AlpacaSandbox(SandboxSettings(rate_limit=0)) as sandbox:
        port = sandbox.port
        await sandbox.stop()
        async with running(tmp_path / "journal.db", sandbox, up=False) as one:
            assert one.gateway.connections.get(ACCOUNT).connection.link is LinkState.DOWN
            assert "reached" in one.gateway.connections.get(ACCOUNT).connection.detail
            await sandbox.start(port=port)
            await until(lambda: one.gateway.accounts.find(ACCOUNT))
            await until(lambda: one.gateway.connections.get(ACCOUNT).connection.link is LinkState.UP)


def a_bracket(name: str) -> OrderRequest:
    return at_market(
        name,
        order_class=OrderClass.BRACKET,
        take_profit=ExitTerms(limit_price=Decimal(110)),
        stop_loss=ExitTerms(stop_price=Decimal(90)),
    )


@pytest.mark.parametrize("events", list(EventOrder))
async def test_events_may_come_before_the_answer_or_around_it(tmp_path: Path, events: EventOrder) -> None:
    async with desk(tmp_path, event_order=events, event_ids=False, pending_events=True) as one:
        one.sandbox.set_quote("AAPL", "100.00", "100.01")
        await asyncio.gather(*(one.submit(a_bracket(f"b{number}")) for number in range(5)))
        for number in range(5):
            await one.settled(f"b{number}", OrderState.FILLED)
            await one.settled(f"b{number}.tp", OrderState.WORKING)
        one.sandbox.set_quote("AAPL", "110.00", "110.01")
        for number in range(5):
            await one.settled(f"b{number}.sl", OrderState.CANCELED)
        await one.sweep()
        assert len(one.account.book.orders.by_id) == 15
        assert one.account.book.positions["AAPL"].quantity == 0


@pytest.mark.parametrize("fills", list(ReplaceFills))
async def test_a_partly_filled_order_is_replaced_and_no_fill_counts_twice(tmp_path: Path, fills: ReplaceFills) -> None:
    async with desk(tmp_path, replace_fills=fills) as one:
        await one.submit(request("r"))
        await one.settled("r", OrderState.WORKING)
        one.sandbox.set_quote("AAPL", "9.98", "9.99", ask_size=4)
        await until(lambda: one.order("r").filled_quantity == 4)
        await one.gateway.actions.replace(
            OrderKey(ACCOUNT, client_order_id="r"), OrderTerms(limit_price=Decimal("9.5"))
        )
        await until(lambda: one.order("r").limit_price == Decimal("9.5"))
        one.sandbox.set_quote("AAPL", "9.38", "9.39", ask_size=6)
        await until(lambda: one.order("r").filled_quantity == 10)
        await one.sweep()
        assert one.account.book.positions["AAPL"].quantity == 10
        assert len(one.sandbox.fills()) == 2


async def test_a_look_up_that_finds_nothing_yet_proves_nothing(tmp_path: Path) -> None:
    async with desk(tmp_path, lookup_lag_reads=2) as one:
        rule = FaultRule(target=Target.POST_ORDERS, kind=Kind.ANSWER_504)
        mute = FaultRule(target=Target.STREAM, kind=Kind.DROP)
        one.sandbox.set_faults(FaultPlan(rules=(rule, mute)))
        assert (await one.submit(request("late"))).state is OrderState.INDETERMINATE
        await one.settled("late", OrderState.WORKING)


async def test_a_correction_changes_what_was_paid(tmp_path: Path) -> None:
    async with desk(tmp_path) as one:
        one.sandbox.set_quote("AAPL", "100.00", "100.01")
        await one.submit(at_market("m"))
        await one.settled("m", OrderState.FILLED)
        (fill,) = one.sandbox.fills()
        one.sandbox.correct(fill["execution_id"], price="99.5")
        await until(lambda: one.order("m").filled_cost == 995)
        await one.sweep()
        assert one.account.book.positions["AAPL"].quantity == 10


async def test_a_frame_that_cannot_be_read_opens_a_gap_that_a_sweep_closes(tmp_path: Path) -> None:
    async with desk(tmp_path) as one:
        drop = FaultRule(target=Target.STREAM, kind=Kind.DROP, events=("fill",))
        one.sandbox.set_faults(FaultPlan(rules=(drop,)))
        await one.submit(at_market("m"))
        one.sandbox.send_raw_frame('{"stream":"trade_updates","data":{"event":"fi')
        await one.settled("m", OrderState.FILLED)
        assert one.sandbox.stream.ever == 1


async def test_unknown_events_statuses_and_fields_disturb_nothing(tmp_path: Path) -> None:
    async with desk(tmp_path) as one:
        await one.submit(request("r"))
        await one.settled("r", OrderState.WORKING)
        (placed,) = one.placed()
        one.sandbox.send_event("moonwalked", placed["id"], status="levitating", fields={"x": {"y": 1}})
        await until(lambda: one.order("r").broker_status == "levitating")
        assert not one.order("r").state.terminal
        one.sandbox.set_quote("AAPL", "9.98", "9.99")
        await one.settled("r", OrderState.FILLED)


async def test_keys_of_another_account_are_refused_and_nothing_is_sent(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    async with AlpacaSandbox(SandboxSettings(rate_limit=0)) as first, running(path, first) as one:
        account = one.account.book.account
    async with AlpacaSandbox(SandboxSettings(rate_limit=0, seed=99)) as other, running(path, other, up=False) as one:
        assert other.market.state.account_number != account.broker_account_id
        await until(lambda: one.gateway.connections.get(ACCOUNT).connection.link is LinkState.AUTH_REQUIRED)
        assert account.broker_account_id in one.gateway.connections.get(ACCOUNT).connection.detail
        submitted = await one.submit(request("r"))
        assert (submitted.state, submitted.state_reason) == (OrderState.REJECTED, StateReason.NOT_SENT)
        assert not one.placed()


async def test_an_exhausted_rate_limit_says_so_and_cancels_still_go(tmp_path: Path) -> None:
    async with desk(tmp_path) as one:
        one.sandbox.set_rate_limit(200)
        await one.submit(request("r"))
        await one.settled("r", OrderState.WORKING)
        one.sandbox.exhaust_rate_limit()
        refused = await one.submit(request("s"))
        assert (refused.state, refused.state_reason) == (OrderState.REJECTED, StateReason.BROKER_UNAVAILABLE)
        connection = one.gateway.connections.get(ACCOUNT).connection
        assert connection.link is LinkState.DEGRADED
        assert "rate limit" in connection.detail
        again = await one.submit(request("t"))
        assert (again.state, again.state_reason) == (OrderState.REJECTED, StateReason.NOT_SENT)
        assert len(one.placed()) == 1


async def test_a_spread_is_executed_leg_by_leg(tmp_path: Path) -> None:
    async with desk(tmp_path) as one:
        contracts = [c["symbol"] for c in await option_symbols(one)]
        legs = (
            OrderLeg(instrument=instrument_of(contracts[0]), side=Side.BUY),
            OrderLeg(instrument=instrument_of(contracts[1]), side=Side.SELL_SHORT),
        )
        for symbol in contracts[:2]:
            one.sandbox.set_quote(symbol, "1.00", "1.05")
        underlying = Instrument(symbol="AAPL", asset_class=AssetClass.OPTION)
        await one.submit(
            at_market("spread", instrument=underlying, order_class=OrderClass.MULTI_LEG, legs=legs, quantity=Decimal(2))
        )
        await until(lambda: {*contracts[:2]} <= one.account.book.positions.keys())
        held = {symbol: position.quantity for symbol, position in one.account.book.positions.items()}
        assert held == {contracts[0]: 2, contracts[1]: -2}
        await one.sweep()
        await one.sweep()
        assert not one.account.book.breaks


async def option_symbols(one: Desk) -> list[dict[str, Any]]:
    async with aiohttp.ClientSession() as session:
        headers = {"APCA-API-KEY-ID": one.sandbox.key, "APCA-API-SECRET-KEY": one.sandbox.secret}
        url = f"{one.sandbox.url}/v2/options/contracts?underlying_symbols=AAPL"
        async with session.get(url, headers=headers) as answer:
            found: list[dict[str, Any]] = (await answer.json())["option_contracts"]
            return found


async def test_orders_that_wait_for_a_connection_when_trading_is_halted_never_leave(tmp_path: Path) -> None:
    connections, wanted = 16, 40
    async with desk(tmp_path) as one:
        one.sandbox.set_faults(
            FaultPlan(rules=(FaultRule(target=Target.POST_ORDERS, kind=Kind.ANSWER_DELAY, delay=1.0),))
        )
        submissions = [asyncio.create_task(one.submit(request(str(number)))) for number in range(wanted)]
        await until(lambda: len(one.placed()) >= connections // 2)
        one.gateway.switchboard.engage(EVERYTHING, TradingState.HALTED, "now")
        orders = await asyncio.gather(*submissions)
        assert len(one.placed()) <= connections
        stopped = [order for order in orders if order.state is OrderState.REJECTED]
        assert len(stopped) == wanted - len(one.placed())
        assert {order.state_reason for order in stopped} == {StateReason.GATEWAY}
