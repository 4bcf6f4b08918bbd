"""The adapter against the TWS sandbox: commands and what they prove, the link, and the login."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from brokerwire_sandbox.tws import Kind, Target, TwsSandbox, TwsSettings
from brokerwire_server.brokers.base import CommandError, KnownAccount, PassingNotes, Verdict
from brokerwire_server.brokers.ibkr.sweeps import Patience
from brokerwire_server.domain.accounts import AccountStatus
from brokerwire_server.domain.connections import Environment, LinkState, SupportLevel
from brokerwire_server.domain.instruments import AssetClass, Instrument
from brokerwire_server.domain.orders import (
    ExitTerms,
    Order,
    OrderClass,
    OrderLeg,
    OrderState,
    OrderTerms,
    OrderType,
    Side,
    StateReason,
    TimeInForce,
)
from brokerwire_server.domain.reports import AccountsReport, LinkReport, ReplacedReport, StatusReport
from brokerwire_server.engine.drafts import draft
from brokerwire_server.engine.seams import Ids
from tests.unit.brokers.ibkr.rigs import (
    ACCOUNT,
    SEAMS,
    Rig,
    connected,
    make_broker,
    market,
    order,
    plan,
    request,
    rig,
    until,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

pytestmark = pytest.mark.ibkr_libraries


@pytest.fixture
async def one() -> AsyncIterator[Rig]:
    async with rig() as made:
        yield made


def group(name: str, **changes: Any) -> list[Order]:
    return draft(request(name, **changes), Ids(SEAMS), 1, "content")


async def refused(work: Any, *, written: bool) -> str:
    with pytest.raises(CommandError) as caught:
        await work
    assert caught.value.written is written
    return caught.value.message


# --- commands ---


async def test_an_order_is_accepted_when_the_broker_shows_it(one: Rig) -> None:
    reply = await one.broker.submit([order()])
    assert reply.verdict is Verdict.ACCEPTED
    (placed,) = one.sandbox.state.orders.values()
    assert placed.ticket.text("orderRef") == order().broker_client_order_id
    assert (placed.ticket.text("tif"), placed.account) == ("DAY", "DU1234567")


async def test_a_refused_order_says_why(one: Rig) -> None:
    reply = await one.broker.submit([order(quantity=Decimal(10_000_000), limit_price=Decimal(199))])
    assert (reply.verdict, reply.reason) == (Verdict.REFUSED, StateReason.INSUFFICIENT_BUYING_POWER)
    assert reply.broker_status == "201"


async def test_an_unknown_symbol_is_refused_before_anything_is_sent(one: Rig) -> None:
    reply = await one.broker.submit([order(instrument=Instrument(symbol="NOSUCH"))])
    assert (reply.verdict, reply.reason) == (Verdict.REFUSED, StateReason.INSTRUMENT_NOT_TRADABLE)
    assert not one.sandbox.state.orders


async def test_silence_proves_nothing() -> None:
    async with rig({"answer": 0.2}) as one:
        one.sandbox.set_faults(plan(Target.PLACE_ORDER, Kind.LOSE_REQUEST))
        await refused(one.broker.submit([order()]), written=True)


async def test_a_link_that_ends_before_the_answer_proves_nothing(one: Rig) -> None:
    one.sandbox.set_faults(plan(Target.PLACE_ORDER, Kind.ABORT_AFTER, count=1))
    await refused(one.broker.submit([order()]), written=True)
    await until(lambda: one.of(StatusReport))
    assert one.states[-1] is OrderState.WORKING


async def test_without_a_link_nothing_is_sent(one: Rig) -> None:
    await one.sandbox.stop()
    await until(lambda: one.link.state is LinkState.DOWN)
    await refused(one.broker.submit([order()]), written=False)
    await refused(one.broker.cancel(order(broker_order_ids=("1",)), "a"), written=False)


@pytest.mark.parametrize("code", [1100, 2110])
async def test_while_tws_has_lost_the_broker_nothing_is_placed_or_changed(one: Rig, code: int) -> None:
    await one.broker.submit([order()])
    one.sandbox.lose_link(code)
    await until(lambda: one.link.state is LinkState.DOWN)
    assert str(code) in one.link.detail
    await refused(one.broker.submit([order(2)]), written=False)
    words = await refused(one.broker.replace(order(), OrderTerms(limit_price=Decimal(9)), "a"), written=False)
    assert "two live orders" in words
    assert len(one.sandbox.state.orders) == 1


@pytest.mark.parametrize("data_lost", [False, True])
async def test_the_end_of_that_is_an_up_which_the_engine_sweeps_after(one: Rig, data_lost: bool) -> None:
    one.sandbox.lose_link()
    await until(lambda: one.link.state is LinkState.DOWN)
    one.sandbox.restore_link(data_lost=data_lost)
    await one.up()
    assert [report.state for report in one.of(LinkReport)][-2:] == [LinkState.DOWN, LinkState.UP]


async def test_a_change_is_a_report_and_the_order_keeps_its_id(one: Rig) -> None:
    await one.broker.submit([order()])
    terms = OrderTerms(quantity=Decimal(12), limit_price=Decimal("11.5"))
    reply = await one.broker.replace(order(), terms, "change-1")
    assert reply.verdict is Verdict.ACCEPTED
    (replaced,) = one.of(ReplacedReport)
    assert (replaced.action_id, replaced.terms.quantity) == ("change-1", 12)
    (placed,) = one.sandbox.state.orders.values()
    assert placed.quantity == 12


@pytest.mark.parametrize("code", [104, 105, 110, 201, 329, 462])
async def test_a_refused_change_leaves_the_order_as_it_is(one: Rig, code: int) -> None:
    await one.broker.submit([order()])
    one.sandbox.set_faults(plan(Target.MODIFY_ORDER, Kind.REFUSE, code=code, text="no"))
    reply = await one.broker.replace(order(), OrderTerms(limit_price=Decimal(9)), "a")
    assert (reply.verdict, reply.message) == (Verdict.REFUSED, f"{code}: no")
    assert one.states == [OrderState.WORKING]
    assert not one.of(ReplacedReport)


async def test_no_change_goes_out_while_another_is_in_doubt() -> None:
    async with rig({"answer": 0.2}) as one:
        await one.broker.submit([order()])
        one.sandbox.set_faults(plan(Target.MODIFY_ORDER, Kind.LOSE_REQUEST))
        await refused(one.broker.replace(order(), OrderTerms(limit_price=Decimal(9)), "a"), written=True)
        one.sandbox.clear_faults()
        reply = await one.broker.replace(order(), OrderTerms(limit_price=Decimal(8)), "b")
        assert reply.verdict is Verdict.REFUSED
        for _ in range(3):
            await one.broker.find_order(order())
        assert (await one.broker.replace(order(), OrderTerms(limit_price=Decimal(8)), "c")).verdict is Verdict.ACCEPTED


async def test_a_cancel_of_a_filled_order_is_refused_with_its_state(one: Rig) -> None:
    await one.broker.submit([market()])
    await until(lambda: one.fills)
    reply = await one.broker.cancel(market(), "a")
    assert reply.verdict is Verdict.REFUSED
    assert "161" in reply.message or "10148" in reply.message
    assert one.fills[0].quantity == 10


async def test_a_lost_cancel_proves_nothing() -> None:
    async with rig({"answer": 0.2}) as one:
        await one.broker.submit([order()])
        one.sandbox.set_faults(plan(Target.CANCEL_ORDER, Kind.LOSE_REQUEST))
        await refused(one.broker.cancel(order(), "a"), written=True)


async def test_an_order_of_another_client_is_not_canceled_by_a_number_that_may_be_ours(one: Rig) -> None:
    async with connected(one.sandbox, client_id="5") as other:
        await other.up()
        await other.broker.submit([order(9)])
        theirs = await other.broker.snapshot(ACCOUNT, 0)
    snapshot = await one.broker.snapshot(ACCOUNT, 0)
    assert [s.broker_order_id for s in snapshot.orders] == [s.broker_order_id for s in theirs.orders]
    reply = await one.broker.cancel(order(9, broker_order_ids=(snapshot.orders[0].broker_order_id,)), "a")
    assert reply.verdict is Verdict.REFUSED
    assert "client 5" in reply.message


# --- groups and combinations ---


async def test_a_bracket_goes_out_as_one_and_its_exits_wait(one: Rig) -> None:
    orders = group(
        "b",
        order_class=OrderClass.BRACKET,
        take_profit=ExitTerms(limit_price=Decimal(20)),
        stop_loss=ExitTerms(stop_price=Decimal(5)),
    )
    assert (await one.broker.submit(orders)).verdict is Verdict.ACCEPTED
    entry, target, stop = one.sandbox.state.orders.values()
    assert (target.parent, stop.parent) == (entry, entry)
    await one.broker.replace(orders[1], OrderTerms(limit_price=Decimal(21)), "a")
    assert target.ticket.text("lmtPrice") == "21"
    assert target.parent is entry


async def test_a_refused_exit_takes_the_whole_group_back(one: Rig) -> None:
    orders = group(
        "b",
        order_class=OrderClass.BRACKET,
        take_profit=ExitTerms(limit_price=Decimal(20)),
        stop_loss=ExitTerms(stop_price=Decimal(5)),
    )
    stop = orders[2].broker_client_order_id
    one.sandbox.set_faults(plan(Target.PLACE_ORDER, Kind.REFUSE, code=201, text="no", order_ref=stop))
    reply = await one.broker.submit(orders)
    assert reply.verdict is Verdict.REFUSED
    assert not [placed for placed in one.sandbox.state.orders.values() if placed.open]


async def test_of_two_exits_the_one_that_fills_takes_the_other_along(one: Rig) -> None:
    await one.broker.submit([market(50)])
    orders = group(
        "o",
        side=Side.SELL,
        order_class=OrderClass.OCO,
        limit_price=Decimal(220),
        take_profit=None,
        stop_loss=ExitTerms(stop_price=Decimal(180)),
    )
    assert (await one.broker.submit(orders)).verdict is Verdict.ACCEPTED
    one.sandbox.set_quote("AAPL", "221", "221.1")
    await until(lambda: OrderState.CANCELED in one.states)
    ended = [r for r in one.of(StatusReport) if r.state is OrderState.CANCELED]
    assert {r.broker_client_order_id for r in ended} == {orders[1].broker_client_order_id}
    assert ended[-1].reason is StateReason.GROUP_CANCELED


async def test_a_spread_of_options_fills_leg_by_leg(one: Rig) -> None:
    chain = [c for c in one.sandbox.state.contracts if c.security == "OPT" and c.right == "C"][:2]
    symbols = ["".join(c.local_symbol.split()) for c in chain]
    for contract in chain:
        one.sandbox.set_quote(contract.local_symbol, "5.00", "5.10")
    legs = tuple(
        OrderLeg(instrument=Instrument(symbol=symbol, asset_class=AssetClass.OPTION), side=side)
        for symbol, side in zip(symbols, (Side.BUY, Side.SELL), strict=True)
    )
    spread = order(
        3,
        instrument=legs[0].instrument,
        order_class=OrderClass.MULTI_LEG,
        legs=legs,
        limit_price=Decimal("0.50"),
        quantity=Decimal(2),
    )
    assert (await one.broker.submit([spread])).verdict is Verdict.ACCEPTED
    await until(lambda: len(one.fills) == 2)
    assert sorted((f.instrument.symbol, f.side, f.quantity) for f in one.fills) == sorted(
        zip(symbols, (Side.BUY, Side.SELL), (2, 2), strict=True)
    )


@pytest.mark.parametrize("tif", [TimeInForce.IOC, TimeInForce.FOK])
async def test_an_immediate_order_ends_by_itself(one: Rig, tif: TimeInForce) -> None:
    await one.broker.submit([order(time_in_force=tif)])
    await until(lambda: OrderState.CANCELED in one.states)


async def test_a_stop_that_triggers_is_told(one: Rig) -> None:
    await one.broker.submit([market(2)])
    await one.broker.submit([order(type=OrderType.STOP, side=Side.SELL, limit_price=None, stop_price=Decimal(190))])
    one.sandbox.set_quote("AAPL", "189", "189.1")
    await until(lambda: len(one.fills) == 2)


# --- the link ---


async def test_a_tws_that_is_not_there_is_named_with_what_to_do() -> None:
    async with TwsSandbox() as sandbox:
        port = sandbox.port
    one = Rig(make_broker(port), sandbox)
    assert await one.broker.start(one.take, ()) == []
    assert one.link.state is LinkState.DOWN
    assert f"127.0.0.1:{port}" in one.link.detail
    assert "start it" in one.link.detail
    await one.broker.stop()


async def test_a_client_id_in_use_is_explained_and_tried_again(one: Rig) -> None:
    async with connected(one.sandbox) as second:
        await until(lambda: "client id 17" in second.link.detail)
        assert second.link.state is LinkState.DOWN
        assert "another" in second.link.detail
        await one.broker.stop()
        await second.up()


async def test_a_lost_socket_is_opened_again_and_orders_go_on(one: Rig) -> None:
    await one.broker.submit([order()])
    one.sandbox.drop_stream()
    await until(lambda: one.link.state is LinkState.DOWN)
    await one.up()
    assert (await one.broker.cancel(order(), "a")).verdict is Verdict.ACCEPTED


async def test_the_ids_go_on_above_all_that_were_used_whatever_tws_says() -> None:
    notes = PassingNotes()
    async with TwsSandbox() as sandbox:
        for number in (1, 2):
            async with connected(sandbox, notes=notes) as one:
                await one.up()
                assert (await one.broker.submit([order(number)])).verdict is Verdict.ACCEPTED
            await sandbox.restart(ids_rolled_back=True)
        ids = [placed.order_id for placed in sandbox.state.orders.values()]
        assert ids[1] > ids[0] + 100


async def test_an_answer_without_an_end_is_taken_as_far_as_it_goes() -> None:
    async with rig({"patience": Patience(completed=0.2, executions=0.2, impatient=0.05)}) as one:
        await one.broker.submit([market()])
        await until(lambda: one.fills)
        one.sandbox.set_faults(plan(Target.EXEC_DETAILS_END, Kind.DROP))
        snapshot = await one.broker.snapshot(ACCOUNT, 0)
        assert [fill.quantity for fill in snapshot.fills] == [10]
        assert one.link.state is LinkState.UP
        assert "executions" in one.link.detail
        one.sandbox.clear_faults()
        await one.broker.snapshot(ACCOUNT, 0)
        assert one.link.detail == ""


async def test_open_orders_without_an_end_are_no_answer() -> None:
    async with rig({"patience": Patience(open_orders=0.2)}) as one:
        one.sandbox.set_faults(plan(Target.OPEN_ORDER_END, Kind.DROP))
        with pytest.raises(TimeoutError):
            await one.broker.snapshot(ACCOUNT, 0)


async def test_the_pace_is_kept_and_a_cancel_overtakes_what_waits() -> None:
    async with rig({"messages_per_second": "20", "answer": 20.0}) as one:
        await one.broker.submit([order(1)])
        work = [asyncio.create_task(one.broker.submit([order(number)])) for number in range(2, 62)]
        await asyncio.sleep(0.05)
        await one.broker.cancel(order(1), "a")
        assert sum(task.done() for task in work) < 40
        replies = await asyncio.gather(*work)
        assert {reply.verdict for reply in replies} == {Verdict.ACCEPTED}
        ids = [placed.order_id for placed in one.sandbox.state.orders.values()]
        assert ids == sorted(ids)
        checks = {check.name: check for check in await one.broker.check()}
        assert "at most 20 messages" in checks["pace"].detail


# --- the login ---


@pytest.mark.parametrize(("account", "environment"), [("U1234567", Environment.PAPER), ("DU1234567", Environment.LIVE)])
async def test_a_login_of_the_other_environment_trades_nothing(account: str, environment: Environment) -> None:
    settings = TwsSettings(accounts=(account,))
    async with TwsSandbox(settings) as sandbox, connected(sandbox, environment=environment) as one:
        assert one.link.state is LinkState.AUTH_REQUIRED
        assert account in one.link.detail
        assert not one.of(AccountsReport)
        await refused(one.broker.submit([order()]), written=False)
        assert not sandbox.state.orders


async def test_a_read_only_tws_is_told_and_its_accounts_are_restricted() -> None:
    async with TwsSandbox(TwsSettings(read_only=True)) as sandbox, connected(sandbox) as one:
        await one.up()
        assert "Read-Only API" in one.link.detail
        assert one.broker.capabilities(ACCOUNT).support_level is SupportLevel.READ_ONLY
        reply = await one.broker.submit([order()])
        assert (reply.verdict, reply.reason) == (Verdict.REFUSED, StateReason.BROKER_UNAVAILABLE)
        snapshot = await one.broker.snapshot(ACCOUNT, 0)
        assert snapshot.account.account.status is AccountStatus.RESTRICTED
        assert snapshot.account.balances.cash == 1_000_000


async def test_a_login_with_several_accounts_serves_them_all_or_the_one_that_is_named() -> None:
    async with TwsSandbox(TwsSettings(accounts=("DU1234567", "DU7654321"))) as sandbox:
        async with connected(sandbox) as one:
            await one.up()
            await one.broker.submit(
                [
                    order(1),
                ]
            )
            await one.broker.submit([order(2, account_id="ib-du7654321")])
            placed = [known.account for known in sandbox.state.orders.values()]
            assert placed == ["DU1234567", "DU7654321"]
            snapshot = await one.broker.snapshot("ib-du7654321", 0)
            assert [s.broker_client_order_id for s in snapshot.orders] == [order(2).broker_client_order_id]
        async with connected(sandbox, account="DU7654321") as one:
            await one.up()
            snapshot = await one.broker.snapshot("ib-du7654321", 0)
            assert len(snapshot.orders) == 1
            assert not [r for r in one.of(StatusReport) if r.account_id == ACCOUNT]


async def test_another_login_than_before_is_refused() -> None:
    async with TwsSandbox() as sandbox, connected(sandbox) as one:
        await one.up()
        state = await one.broker.account_state(ACCOUNT)
    known = KnownAccount(account=state.account, cash=Decimal(0), positions=(), open_orders=(), activities=())
    async with TwsSandbox(TwsSettings(accounts=("DU7654321",))) as sandbox, connected(sandbox, [known]) as one:
        assert one.link.state is LinkState.AUTH_REQUIRED
        assert "former user" in one.link.detail


async def test_connections_test_says_what_works(one: Rig) -> None:
    checks = {check.name: check for check in await one.broker.check()}
    assert all(check.ok for check in checks.values())
    assert set(checks) == {"link", "login", "trading", "orders", "pace"}
    await one.sandbox.stop()
    await until(lambda: one.link.state is LinkState.DOWN)
    (link,) = await one.broker.check()
    assert not link.ok


def test_it_runs_on_uvloop_too() -> None:
    uvloop = pytest.importorskip("uvloop")

    async def trade() -> None:
        async with rig() as one:
            await one.broker.submit([market()])
            await until(lambda: one.fills)
            one.sandbox.drop_stream()
            await until(lambda: one.link.state is LinkState.DOWN)
            await one.up()

    uvloop.run(trade())
