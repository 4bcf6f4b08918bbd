"""The paper broker behind the adapter interface."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from brokerwire_server.brokers.base import BrokerAdapter, CommandError, KnownAccount, SimulationControl, Verdict
from brokerwire_server.brokers.paper import MarketHours, PaperBroker, PaperSettings, PriceSource, create
from brokerwire_server.domain.accounts import AccountType, ActivityType
from brokerwire_server.domain.connections import LinkState
from brokerwire_server.domain.errors import BrokerwireError, InvalidRequestError, UnsupportedError
from brokerwire_server.domain.faults import FaultKind, FaultPlan, FaultRule, FaultTarget
from brokerwire_server.domain.instruments import AssetClass, Instrument
from brokerwire_server.domain.market import BarQuery, BarUnit, Quote
from brokerwire_server.domain.orders import (
    LegRole,
    Order,
    OrderClass,
    OrderState,
    OrderTerms,
    OrderType,
    Side,
    StateReason,
    TimeInForce,
)
from brokerwire_server.domain.reports import (
    AccountReport,
    AnyReport,
    CashReport,
    FillReport,
    LinkReport,
    ReplacedReport,
    StatusReport,
)
from brokerwire_server.simulator import Commission, ReplayError
from tests.support.builders import fill

SECOND = 1_000_000_000
NOW = 1_700_000_000 * SECOND


class World:
    """Real time that moves only as the broker sleeps."""

    def __init__(self) -> None:
        self.now = NOW
        self.reports: list[AnyReport] = []

    def clock(self) -> int:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.now += int(seconds * SECOND)
        await asyncio.sleep(0)

    def take(self, report: AnyReport) -> None:
        self.reports.append(report)

    def of(self, kind: type) -> list[Any]:
        return [r for r in self.reports if isinstance(r, kind)]


class RealWorld(World):
    """Time as it is."""

    def clock(self) -> int:
        return time.time_ns()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


def order(order_id: str, side: Side, quantity: object, limit: object = None, **terms: Any) -> Order:
    return Order(
        order_id="order-" + order_id,
        account_id="paper",
        client_order_id=order_id,
        broker_client_order_id=order_id,
        instrument=Instrument(symbol=terms.pop("symbol", "AAPL")),
        side=side,
        type=terms.pop("type", OrderType.LIMIT if limit else OrderType.MARKET),
        time_in_force=terms.pop("time_in_force", TimeInForce.DAY),
        quantity=Decimal(str(quantity)),
        limit_price=None if limit is None else Decimal(str(limit)),
        **terms,
    )


@asynccontextmanager
async def paper(world: World, known: Sequence[KnownAccount] = (), **settings: Any) -> AsyncIterator[PaperBroker]:
    values = {"source": PriceSource.MANUAL, **settings}
    broker = PaperBroker(settings=PaperSettings(**values), clock=world.clock, sleep=world.sleep)
    await broker.start(world.take, known)
    try:
        yield broker
    finally:
        await broker.stop()


async def price(broker: PaperBroker, bid: object, ask: object, size: object = 0) -> None:
    shown = Decimal(str(size))
    quote = Quote(symbol="AAPL", bid=Decimal(str(bid)), bid_size=shown, ask=Decimal(str(ask)), ask_size=shown)
    await broker.set_price(quote)


async def until(condition: Callable[[], bool], turns: int = 5000) -> None:
    for _ in range(turns):
        if condition():
            return
        await asyncio.sleep(0)
    raise AssertionError("it did not come to pass")


def fault(target: FaultTarget, kind: FaultKind, **values: Any) -> FaultPlan:
    return FaultPlan(rules=(FaultRule(target=target, kind=kind, **values),))


def test_it_keeps_to_the_interfaces() -> None:
    world = World()
    broker = create(clock=world.clock, sleep=world.sleep)
    adapter: BrokerAdapter = broker
    control: SimulationControl = broker
    assert adapter.embedded
    assert control.fault_plan() == FaultPlan()


async def test_the_first_start_opens_an_account_with_its_deposit() -> None:
    world = World()
    async with paper(world, initial_cash=Decimal(5000)) as broker:
        (deposit,) = world.of(CashReport)
        assert (deposit.activity.type, deposit.activity.amount) == (ActivityType.DEPOSIT, 5000)
        state = await broker.account_state("paper")
        assert (state.account.account_id, state.balances.cash) == ("paper", 5000)


async def test_fills_and_statuses_reach_the_sink_before_the_answer() -> None:
    world = World()
    async with paper(world) as broker:
        await price(broker, 99, 100)
        reply = await broker.submit([order("a", Side.BUY, 10)])
        assert reply.verdict is Verdict.ACCEPTED
        assert [r.state for r in world.of(StatusReport)] == [OrderState.WORKING]
        (fill,) = world.of(FillReport)
        assert (fill.broker_client_order_id, fill.quantity, fill.price) == ("a", 10, 100)


async def test_a_refusal_says_why_and_an_id_is_taken_once() -> None:
    world = World()
    async with paper(world) as broker:
        await price(broker, 99, 100)
        reply = await broker.submit([order("a", Side.SELL, 10)])
        assert (reply.verdict, reply.reason) == (Verdict.REFUSED, StateReason.INSUFFICIENT_POSITION)
        assert (await broker.submit([order("a", Side.BUY, 10)])).verdict is Verdict.ACCEPTED
        again = await broker.submit([order("a", Side.BUY, 10)])
        assert again.verdict is Verdict.DUPLICATE_ID
        assert len(world.of(FillReport)) == 1


async def test_cancel_and_replace_answer_and_report() -> None:
    world = World()
    async with paper(world) as broker:
        await price(broker, 99, 100)
        resting = order("a", Side.BUY, 10, 95)
        await broker.submit([resting])
        reply = await broker.replace(resting, OrderTerms(quantity=Decimal(20)), "act-1")
        assert reply.verdict is Verdict.ACCEPTED
        (replaced,) = world.of(ReplacedReport)
        assert (replaced.action_id, replaced.terms.quantity) == ("act-1", 20)
        assert (await broker.cancel(resting, "act-2")).verdict is Verdict.ACCEPTED
        refused = await broker.cancel(resting, "act-3")
        assert refused.verdict is Verdict.REFUSED
        assert [r.state for r in refused.reports if isinstance(r, StatusReport)] == [OrderState.CANCELED]


async def test_the_snapshot_is_the_truth_though_events_are_dropped() -> None:
    world = World()
    async with paper(world) as broker:
        await price(broker, 99, 100, 5)
        broker.set_fault_plan(fault(FaultTarget.EVENTS, FaultKind.DROP))
        await broker.submit([order("a", Side.BUY, 10)])
        assert not world.of(FillReport)
        snapshot = await broker.snapshot("paper", 0)
        assert [(f.broker_client_order_id, f.quantity) for f in snapshot.fills] == [("a", 5)]
        assert [(p.instrument.symbol, p.quantity) for p in snapshot.positions] == [("AAPL", 5)]
        (status,) = snapshot.orders
        assert status.cumulative_quantity == 5
        assert status.terms is not None
        assert status.terms.client_order_id == "a"
        assert snapshot.account.balances.cash == 99_500
        found = await broker.find_order(order("a", Side.BUY, 10))
        assert found is not None
        assert [type(r) for r in found] == [StatusReport, FillReport]
        assert await broker.find_order(order("b", Side.BUY, 10)) is None


async def test_a_lost_answer_was_carried_out_and_a_lost_request_was_not() -> None:
    world = World()
    async with paper(world) as broker:
        await price(broker, 99, 100)
        for kind, there in ((FaultKind.LOSE_ANSWER, True), (FaultKind.LOSE_REQUEST, False)):
            broker.set_fault_plan(fault(FaultTarget.SUBMIT, kind, count=1))
            with pytest.raises(CommandError) as caught:
                await broker.submit([order(kind.value, Side.BUY, 1, 90)])
            assert caught.value.written
            assert (await broker.find_order(order(kind.value, Side.BUY, 1)) is not None) is there


async def test_a_refused_connection_sent_nothing() -> None:
    world = World()
    async with paper(world) as broker:
        await price(broker, 99, 100)
        broker.set_fault_plan(fault(FaultTarget.SUBMIT, FaultKind.REFUSE_CONNECTION))
        with pytest.raises(CommandError) as caught:
            await broker.submit([order("a", Side.BUY, 1, 90)])
        assert not caught.value.written
        assert await broker.find_order(order("a", Side.BUY, 1)) is None


async def test_a_delay_answers_late() -> None:
    world = World()
    async with paper(world) as broker:
        await price(broker, 99, 100)
        broker.set_fault_plan(fault(FaultTarget.CANCEL, FaultKind.DELAY, delay=3.0))
        resting = order("a", Side.BUY, 1, 90)
        await broker.submit([resting])
        before = world.now
        assert (await broker.cancel(resting, "x")).verdict is Verdict.ACCEPTED
        assert world.now - before >= 3 * SECOND


async def test_events_are_duplicated_reordered_and_muted() -> None:
    world = World()
    async with paper(world) as broker:
        await price(broker, 99, 100)
        broker.set_fault_plan(fault(FaultTarget.EVENTS, FaultKind.DUPLICATE))
        await broker.submit([order("a", Side.BUY, 1)])
        assert [type(r) for r in world.reports[-4:]] == [StatusReport, StatusReport, FillReport, FillReport]
        broker.set_fault_plan(fault(FaultTarget.EVENTS, FaultKind.REORDER, count=1))
        await broker.submit([order("b", Side.BUY, 1)])
        assert [type(r) for r in world.reports[-2:]] == [FillReport, StatusReport]
        broker.set_fault_plan(fault(FaultTarget.EVENTS, FaultKind.MUTE, count=1))
        seen = len(world.of(FillReport)) + len(world.of(StatusReport))
        await broker.submit([order("c", Side.BUY, 1)])
        await broker.submit([order("d", Side.BUY, 1)])
        assert len(world.of(FillReport)) + len(world.of(StatusReport)) == seen
        broker.set_fault_plan(FaultPlan())
        await broker.submit([order("e", Side.BUY, 1)])
        assert len(world.of(FillReport)) + len(world.of(StatusReport)) == seen + 2


async def test_a_reordered_report_without_a_follower_arrives_all_the_same() -> None:
    world = World()
    async with paper(world) as broker:
        await price(broker, 99, 100)
        broker.set_fault_plan(fault(FaultTarget.EVENTS, FaultKind.REORDER, count=1))
        await broker.submit([order("a", Side.BUY, 1, 90)])
        assert not world.of(StatusReport)
        await until(lambda: bool(world.of(StatusReport)))


async def test_a_broken_link_loses_events_and_says_when_it_is_back() -> None:
    world = World()
    async with paper(world) as broker:
        await price(broker, 99, 100)
        resting = order("a", Side.BUY, 1, 95)
        await broker.submit([resting])
        gate = asyncio.Event()
        world.sleep = lambda _seconds: gate.wait()  # type: ignore[method-assign, assignment, return-value]
        broker._delivery._sleep = world.sleep
        broker.set_fault_plan(fault(FaultTarget.LINK, FaultKind.DISCONNECT, count=1, delay=5.0))
        assert [r.state for r in world.of(LinkReport)] == [LinkState.DOWN]
        await price(broker, 94, 95)
        with pytest.raises(CommandError) as caught:
            await broker.submit([order("b", Side.BUY, 1, 90)])
        assert not caught.value.written
        with pytest.raises(CommandError):
            await broker.snapshot("paper", 0)
        gate.set()
        await until(lambda: [r.state for r in world.of(LinkReport)] == [LinkState.DOWN, LinkState.UP])
        assert not world.of(FillReport)
        assert len((await broker.snapshot("paper", 0)).fills) == 1


async def test_a_restart_leaves_the_command_in_flight_unanswered() -> None:
    world = World()
    async with paper(world) as broker:
        await price(broker, 99, 100)
        broker.set_fault_plan(fault(FaultTarget.LINK, FaultKind.RESTART, count=1))
        with pytest.raises(CommandError) as caught:
            await broker.submit([order("a", Side.BUY, 1, 90)])
        assert caught.value.written
        await until(lambda: len(world.of(LinkReport)) == 2)
        assert await broker.find_order(order("a", Side.BUY, 1)) is not None


async def test_balances_are_reported_once_after_many_fills() -> None:
    world = World()
    async with paper(world) as broker:
        await price(broker, 99, 100)
        world.reports.clear()
        for number in range(20):
            await broker.submit([order(f"o{number}", Side.BUY, 1)])
        await until(lambda: bool(world.of(AccountReport)))
        assert len(world.of(AccountReport)) == 1
        assert world.of(AccountReport)[0].account.balances.cash == 98_000


async def test_accounts_are_opened_funded_and_reset() -> None:
    world = World()
    async with paper(world) as broker:
        account = await broker.open_account("two", "Second", Decimal(100), AccountType.CASH, {})
        assert not account.can_short
        assert Side.SELL_SHORT not in broker.capabilities("two").assets[0].sides
        activity = await broker.fund("two", Decimal(50), "More")
        assert (activity.type, activity.amount, activity.description) == (ActivityType.DEPOSIT, 50, "More")
        for wrong in (
            broker.open_account("two", "", Decimal(1), AccountType.CASH, {}),
            broker.fund("two", Decimal(-151), ""),
            broker.fund("none", Decimal(1), ""),
            broker.reset("none", None),
            broker.account_state("none"),
        ):
            with pytest.raises(BrokerwireError):
                await wrong
        await price(broker, 99, 100)
        await broker.submit([order("a", Side.BUY, 1), *()])
        await broker.reset("paper", None)
        last = world.of(CashReport)[-1].activity
        assert (last.type, last.amount) == (ActivityType.RESET, 100_000)


async def test_a_price_is_completed_and_a_wrong_one_refused() -> None:
    world = World()
    async with paper(world) as broker:
        shown = await broker.set_price(Quote(symbol="NEW", last=Decimal(7)))
        assert (shown.bid, shown.ask, shown.bid_size, shown.ask_size) == (7, 7, 1000, 1000)
        assert await broker.instrument("NEW", AssetClass.EQUITY) is not None
        assert await broker.instrument("NEW", AssetClass.CRYPTO) is None
        assert await broker.instrument("NOPE", AssetClass.EQUITY) is None
        for wrong in (
            Quote(symbol="NEW", bid=Decimal("NaN")),
            Quote(symbol="NEW", bid=Decimal(-1)),
            Quote(symbol="NEW", bid=Decimal(2), ask=Decimal(1)),
            Quote(symbol="", bid=Decimal(1)),
        ):
            with pytest.raises(BrokerwireError):
                await broker.set_price(wrong)


async def test_instruments_are_found_by_symbol_and_name() -> None:
    world = World()
    async with paper(world) as broker:
        assert [d.instrument.symbol for d in await broker.search_instruments("aap", 5)] == ["AAPL"]
        assert "MSFT" in [d.instrument.symbol for d in await broker.search_instruments("microsoft", 5)]
        assert len(await broker.search_instruments("", 3)) == 3


async def test_a_preview_estimates_and_sends_nothing() -> None:
    world = World()
    async with paper(world, commission=Commission(per_order=Decimal(1))) as broker:
        await price(broker, 99, 100, 50)
        preview = await broker.preview([order("a", Side.BUY, 100)])
        assert (preview.price, preview.cost, preview.commission) == (100, 10_000, 1)
        assert (preview.buying_power_before, preview.buying_power_effect) == (200_000, -10_201)
        assert "50 are displayed" in preview.warnings[0]
        too_much = await broker.preview([order("b", Side.BUY, 10_000, 100)])
        assert too_much.refusal is StateReason.INSUFFICIENT_BUYING_POWER
        sale = await broker.preview([order("c", Side.SELL, 1)])
        assert (sale.cost, sale.buying_power_effect, sale.refusal) == (-99, 0, StateReason.INSUFFICIENT_POSITION)
        unknown = await broker.preview([order("d", Side.BUY, 1, symbol="NOPE")])
        assert unknown.refusal is StateReason.INSTRUMENT_NOT_TRADABLE
        assert await broker.find_order(order("a", Side.BUY, 1)) is None


async def test_a_quote_stream_starts_with_what_is_known_and_conflates() -> None:
    world = World()
    async with paper(world) as broker:
        await price(broker, 1, 2)
        stream = broker.stream_quotes(["AAPL"])
        assert [q.bid for q in await anext(stream)] == [1]
        for bid in (3, 4, 5):
            await price(broker, bid, 6)
        assert [q.bid for q in await anext(stream)] == [5]
        await stream.aclose()  # type: ignore[attr-defined]
        assert broker._board._readers == {}


async def test_the_random_walk_runs_by_itself_and_the_same_for_a_seed() -> None:
    async def walk() -> list[Quote | None]:
        world = World()
        async with paper(world, source=PriceSource.RANDOM_WALK, seed=3) as broker:
            assert broker.last_quote("AAPL") is not None
            assert not broker.simulation().virtual
            await until(lambda: broker.simulation().quote_count >= 33 * 20)
            await broker.steer(paused=True)
            await broker.steer(advance_to=NOW + 60 * SECOND)
            return [broker.last_quote(s) for s in ("AAPL", "SPY")]

    assert await walk() == await walk()


async def test_a_price_set_by_hand_stays_though_its_source_goes_on() -> None:
    world = World()
    async with paper(world, source=PriceSource.RANDOM_WALK) as broker:
        await price(broker, 1, 2)
        await broker.steer(advance_by=10 * SECOND)
        quote = broker.last_quote("AAPL")
        assert quote is not None
        assert quote.bid == 1


def restart(world: World, broker: PaperBroker, orders: Sequence[Order]) -> KnownAccount:
    ledger = broker._exchange.ledger("paper")
    assert ledger is not None
    fills = world.of(FillReport)
    return KnownAccount(
        account=ledger.account,
        cash=ledger.cash,
        positions=tuple(ledger.positions.values()),
        open_orders=tuple(orders),
        activities=tuple(r.activity for r in world.of(CashReport)),
        last_execution_time=max((f.time for f in fills), default=0),
        recent_fills=tuple(fill(execution_id=f.execution_id) for f in fills[-1:]),
    )


async def test_after_a_restart_orders_work_on_and_execution_ids_never_repeat() -> None:
    world = World()
    resting = order("b", Side.SELL, 4, 105, state=OrderState.WORKING)
    async with paper(world) as broker:
        await price(broker, 99, 100)
        await broker.submit([order("a", Side.BUY, 10)])
        await broker.submit([resting])
        known = restart(world, broker, [resting])
    async with paper(world, [known]) as broker:
        assert len(world.of(CashReport)) == 1
        await price(broker, 105, 106)
        fills = world.of(FillReport)
        assert [f.broker_client_order_id for f in fills] == ["a", "b"]
        assert len({f.execution_id for f in fills}) == 2
        assert sorted(f.execution_id for f in fills) == [f.execution_id for f in fills]
        state = await broker.account_state("paper")
        assert state.balances.cash == 100_000 - 1000 + 420


CSV = "time,symbol,bid,bid_size,ask,ask_size,last,open,high,low,volume\n" + "".join(
    f"2014-06-06T{13 + m // 60}:{m % 60:02}:00Z,XYZ,{100 + m}.00,100,{100 + m}.10,100,{100 + m}.05,,,,\n"
    for m in range(30, 90)
)


def replay_settings(tmp_path: Path, **values: Any) -> dict[str, Any]:
    path = tmp_path / "xyz.csv"
    path.write_text(CSV)
    return {"source": PriceSource.REPLAY, "replay_files": (str(path),), "market_hours": MarketHours.XNYS, **values}


async def test_a_replay_at_full_speed_waits_until_no_more_orders_come(tmp_path: Path) -> None:
    world = RealWorld()
    async with paper(world, **replay_settings(tmp_path, speed=0, replay_grace=0.3)) as broker:
        for name in ("a", "b", "c"):
            await broker.submit([order(name, Side.BUY, 10, 1, symbol="XYZ")])
            await asyncio.sleep(0.1)
            assert broker.simulation().quote_count == 1, "each order starts the wait anew"
        async with asyncio.timeout(10):
            while not broker.simulation().finished:
                await asyncio.sleep(0.01)


async def test_a_replay_at_full_speed_waits_for_the_first_order_then_runs_to_its_end(tmp_path: Path) -> None:
    world = World()
    async with paper(world, **replay_settings(tmp_path, speed=0)) as broker:
        await asyncio.sleep(0)
        state = broker.simulation()
        assert (state.quote_count, state.paused, state.virtual, state.finished) == (1, True, True, False)
        assert [d.instrument.symbol for d in await broker.search_instruments("", 9)] == ["XYZ"]
        await broker.submit([order("a", Side.BUY, 250, symbol="XYZ")])
        await until(lambda: broker.simulation().finished)
        assert [(f.quantity, f.price) for f in world.of(FillReport)] == [
            (100, Decimal("130.10")),
            (100, Decimal("131.10")),
            (50, Decimal("132.10")),
        ]
        assert broker.simulation().quote_count == 60
        minutes = {r.account.time // (60 * SECOND) for r in world.of(AccountReport)}
        assert len(minutes) >= 55


async def test_a_replay_is_stepped_in_lock_step(tmp_path: Path) -> None:
    world = World()
    async with paper(world, **replay_settings(tmp_path, speed=0)) as broker:
        await broker.steer(steps=2)
        assert broker.simulation().quote_count == 3
        await broker.submit([order("a", Side.BUY, 1, "130.50", symbol="XYZ")])
        for _ in range(20):
            await asyncio.sleep(0)
        assert broker.simulation().quote_count == 3
        start = broker.simulation().time
        state = await broker.steer(advance_by=10 * 60 * SECOND)
        assert (state.quote_count, state.time - start) == (13, 600 * SECOND)
        state = await broker.steer(advance_to=start + 24 * 3600 * SECOND)
        assert state.finished
        assert world.of(StatusReport)[-1].state is OrderState.EXPIRED
        clock = await broker.market_clock()
        assert clock.virtual
        with pytest.raises(BrokerwireError):
            await broker.steer(steps=-1)
        with pytest.raises(BrokerwireError):
            await broker.steer(speed=-1.0)


async def test_a_replay_keeps_pace_with_its_speed(tmp_path: Path) -> None:
    world = World()
    async with paper(world, **replay_settings(tmp_path, speed=60.0)) as broker:
        await until(lambda: world.now - NOW > 10 * SECOND)
        assert 9 <= broker.simulation().quote_count <= 13
        await broker.steer(paused=True)
        count = broker.simulation().quote_count
        for _ in range(50):
            await asyncio.sleep(0)
        assert broker.simulation().quote_count == count
        await broker.steer(paused=False)
        await until(lambda: broker.simulation().finished)


async def test_a_replay_that_starts_paused_is_not_woken_by_orders(tmp_path: Path) -> None:
    world = World()
    async with paper(world, **replay_settings(tmp_path, speed=0, paused=True)) as broker:
        await broker.submit([order("a", Side.BUY, 1, 1, symbol="XYZ")])
        for _ in range(20):
            await asyncio.sleep(0)
        assert broker.simulation().quote_count == 1
        await broker.steer(paused=False)
        await until(lambda: broker.simulation().finished)


def test_a_wrong_replay_file_stops_the_start(tmp_path: Path) -> None:
    world = World()
    path = tmp_path / "x.csv"
    path.write_text("nonsense\n")
    settings = PaperSettings(source=PriceSource.REPLAY, replay_files=(str(path),))
    with pytest.raises(ReplayError, match=r"x\.csv:1"):
        PaperBroker(settings=settings, clock=world.clock, sleep=world.sleep)


async def test_a_replay_that_breaks_late_ends_there_and_says_where(tmp_path: Path) -> None:
    world = World()
    path = tmp_path / "late.csv"
    row = "2014-06-06T13:30:00Z,XYZ,99,100,100,100,,,,,\n"
    path.write_text(CSV.splitlines(keepends=True)[0] + row * 20_100 + row.replace("99", "x"))
    settings: dict[str, Any] = {"source": PriceSource.REPLAY, "replay_files": (str(path),), "speed": 0}
    async with paper(world, **settings) as broker:
        await broker.steer(steps=30_000)
        (link,) = world.of(LinkReport)
        assert link.state is LinkState.DEGRADED
        assert "late.csv:20102: column bid" in link.detail
        assert broker.simulation().finished


def test_a_replay_outside_the_calendar_stops_the_start(tmp_path: Path) -> None:
    world = World()
    path = tmp_path / "old.csv"
    path.write_text(CSV.replace("2014-", "1914-"))
    settings = PaperSettings(source=PriceSource.REPLAY, replay_files=(str(path),), market_hours=MarketHours.XNYS)
    with pytest.raises(ReplayError, match="calendar"):
        PaperBroker(settings=settings, clock=world.clock, sleep=world.sleep)


async def test_after_a_reset_old_executions_are_not_in_the_snapshot_but_ended_orders_are_known() -> None:
    world = World()
    async with paper(world) as broker:
        await price(broker, 99, 100)
        await broker.submit([order("a", Side.BUY, 1)])
        await broker.submit([order("b", Side.BUY, 1, 90)])
        await broker.reset("paper", Decimal(7))
        snapshot = await broker.snapshot("paper", 0)
        assert (snapshot.orders, snapshot.fills, snapshot.positions) == ((), (), ())
        assert snapshot.account.balances.cash == 7
        found = await broker.find_order(order("b", Side.BUY, 1))
        assert found is not None
        assert [r.state for r in found if isinstance(r, StatusReport)] == [OrderState.CANCELED]


async def test_a_bracket_goes_through_as_one() -> None:
    world = World()
    async with paper(world) as broker:
        await price(broker, 99, 100)
        kind = OrderClass.BRACKET
        group = [
            order("e", Side.BUY, 10, order_class=kind, role=LegRole.ENTRY),
            order("t", Side.SELL, 10, 110, order_class=kind, role=LegRole.TAKE_PROFIT),
            order(
                "s",
                Side.SELL,
                10,
                type=OrderType.STOP,
                stop_price=Decimal(90),
                order_class=kind,
                role=LegRole.STOP_LOSS,
            ),
        ]
        assert (await broker.submit(group)).verdict is Verdict.ACCEPTED
        await price(broker, 110, 111)
        assert [f.broker_client_order_id for f in world.of(FillReport)] == ["e", "t"]


async def test_the_calendar_of_the_paper_market_is_the_exchange_s() -> None:
    async with paper(World(), market_hours=MarketHours.XNYS) as broker:
        days = await broker.trading_days("2013-11-28", "2013-12-02")
        assert [(day.date, day.half_day) for day in days] == [("2013-11-29", True), ("2013-12-02", False)]
        with pytest.raises(InvalidRequestError, match="outside the XNYS calendar"):
            await broker.trading_days("1980-01-01", "1980-02-01")


async def test_it_has_no_history_and_says_so() -> None:
    async with paper(World()) as broker:
        query = BarQuery(symbol="AAPL", unit=BarUnit.DAY, count=1, start=1, end=NOW, limit=10)
        with pytest.raises(UnsupportedError, match="keeps no history") as refused:
            await broker.bars(query)
        assert refused.value.metadata == {"broker": "paper", "method": "ListBars"}
