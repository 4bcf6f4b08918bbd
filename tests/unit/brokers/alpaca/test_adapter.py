"""The adapter against the sandbox: what it reports, and what it says of a command that went wrong."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from brokerwire_sandbox.alpaca import AlpacaSandbox, FaultPlan, FaultRule, Kind, SandboxSettings, Target
from brokerwire_server.brokers.base import CommandError, KnownAccount, Verdict
from brokerwire_server.domain.connections import LinkState
from brokerwire_server.domain.instruments import AssetClass
from brokerwire_server.domain.orders import LegRole, OrderClass, OrderState, OrderTerms, OrderType, Side, StateReason
from brokerwire_server.domain.reports import AccountReport, FillReport, ReplacedReport, StatusReport
from tests.support.builders import fill
from tests.unit.brokers.alpaca.rigs import ACCOUNT, Rig, connected, market, order, rig, until


async def test_an_order_that_rests_is_accepted_and_reported_working(alpaca: Rig) -> None:
    reply = await alpaca.submit(order())
    assert reply.verdict is Verdict.ACCEPTED
    await until(lambda: ("WORKING", "new") in alpaca.said.states(order().broker_client_order_id))


async def test_a_fill_comes_once_with_the_exact_numbers_and_balances_follow(alpaca: Rig) -> None:
    alpaca.sandbox.set_quote("AAPL", "100.00", "100.01")
    await alpaca.submit(market())
    await until(lambda: alpaca.said.filled() == 10)
    (fill,) = alpaca.said.fills().values()
    assert (fill.quantity, fill.price, fill.side) == (Decimal(10), Decimal("100.01"), Side.BUY)
    await until(lambda: alpaca.said.of(AccountReport))
    assert alpaca.said.of(AccountReport)[-1].account.balances.cash == Decimal("98999.9")


async def test_a_cancel_is_taken_and_its_end_comes_as_an_event(alpaca: Rig) -> None:
    await alpaca.submit(order())
    reply = await alpaca.broker.cancel(order(), "act")
    assert reply.verdict is Verdict.ACCEPTED
    await until(lambda: ("CANCELED", "canceled") in alpaca.said.states(order().broker_client_order_id))


async def test_a_cancel_of_an_ended_order_is_refused_with_its_state(alpaca: Rig) -> None:
    await alpaca.submit(market())
    await until(lambda: alpaca.said.filled() == 10)
    reply = await alpaca.broker.cancel(market(), "act")
    assert reply.verdict is Verdict.REFUSED
    assert any(isinstance(r, StatusReport) and r.broker_status == "filled" for r in reply.reports)


async def test_a_replace_keeps_the_order_and_reports_the_new_terms_once_they_hold(alpaca: Rig) -> None:
    await alpaca.submit(order())
    client_id = order().broker_client_order_id
    await until(lambda: ("WORKING", "new") in alpaca.said.states(client_id))
    reply = await alpaca.broker.replace(order(), OrderTerms(limit_price=Decimal(11)), "act")
    assert reply.verdict is Verdict.ACCEPTED
    (replaced,) = {r.revision: r for r in await until(lambda: alpaca.said.of(ReplacedReport))}.values()
    assert replaced.broker_client_order_id == client_id
    assert replaced.terms.limit_price == 11
    assert replaced.terms.quantity == 10
    assert "REPLACED" not in {state for state, _ in alpaca.said.states(client_id)}
    await alpaca.broker.cancel(order(), "act-2")
    await until(lambda: ("CANCELED", "canceled") in alpaca.said.states(client_id))


async def test_the_exits_of_a_bracket_are_our_own_orders(alpaca: Rig) -> None:
    parts = bracket()
    alpaca.sandbox.set_quote("AAPL", "100.00", "100.01")
    reply = await alpaca.submit(*parts)
    assert reply.verdict is Verdict.ACCEPTED
    await until(lambda: alpaca.said.filled(parts[0].broker_client_order_id) == 10)
    alpaca.sandbox.set_quote("AAPL", "110.00", "110.01")
    await until(lambda: alpaca.said.filled(parts[1].broker_client_order_id) == 10)
    stopped = parts[2].broker_client_order_id
    await until(lambda: ("CANCELED", "canceled") in alpaca.said.states(stopped))
    assert all(report.terms is None for report in alpaca.said.of(StatusReport)), "none is taken for an order of others"


def bracket() -> list[Any]:
    entry = market(1, order_class=OrderClass.BRACKET, child_order_ids=("o-2", "o-3"))
    exits = {"side": Side.SELL, "order_class": OrderClass.BRACKET, "parent_order_id": "o-1"}
    profit = order(2, limit_price=Decimal(110), role=LegRole.TAKE_PROFIT, **exits)
    loss = order(3, type=OrderType.STOP, limit_price=None, stop_price=Decimal(90), role=LegRole.STOP_LOSS, **exits)
    return [entry, profit, loss]


async def test_an_order_of_another_client_is_described(alpaca: Rig) -> None:
    alpaca.sandbox.place_external_order(
        symbol="AAPL", qty="3", side="buy", type="limit", limit_price="9.5", time_in_force="gtc"
    )
    report = await until(lambda: [r for r in alpaca.said.of(StatusReport) if r.terms is not None])
    assert report[-1].terms.quantity == 3
    assert report[-1].terms.limit_price == Decimal("9.5")


async def test_a_snapshot_has_orders_fills_positions_and_balances(alpaca: Rig) -> None:
    await alpaca.submit(market(1))
    await alpaca.submit(order(2))
    await until(lambda: alpaca.said.filled() == 10)
    found = await alpaca.broker.snapshot(ACCOUNT, 0)
    assert [o.broker_client_order_id for o in found.orders] == [order(2).broker_client_order_id]
    assert [f.execution_id for f in found.fills] == list(alpaca.said.fills())
    assert [(p.instrument.symbol, p.quantity) for p in found.positions] == [("AAPL", Decimal(10))]
    assert not found.cash_complete
    assert any(isinstance(r, StatusReport) and r.broker_status == "filled" for r in found.history)


@pytest.mark.parametrize("same_ids", [True, False])
async def test_fills_that_the_stream_lost_come_by_sweep_and_none_twice(same_ids: bool) -> None:
    async with rig(activity_uuid_is_execution=same_ids) as one:
        rule = FaultRule(target=Target.STREAM, kind=Kind.DROP, probability=Decimal("0.8"), events=("fill",))
        one.sandbox.set_faults(FaultPlan(rules=(rule,), seed=3))
        for number in range(1, 31):
            await one.submit(market(number, quantity=Decimal(number)))
        for fill in (await one.broker.snapshot(ACCOUNT, 0)).fills:
            one.said(fill)
        assert one.said.filled() == sum(range(1, 31))
        assert len(one.said.fills()) == 30


async def test_after_a_restart_no_fill_is_told_under_a_second_id() -> None:
    async with AlpacaSandbox(SandboxSettings()) as sandbox:
        async with connected(sandbox) as one:
            await one.submit(market(1))
            await until(lambda: one.said.filled() == 10)
            (fill,) = one.said.fills().values()
            account = (await one.broker.account_state(ACCOUNT)).account
        known = KnownAccount(
            account=account,
            cash=Decimal(0),
            positions=(),
            open_orders=(),
            activities=(),
            recent_fills=(recorded(fill),),
        )
        async with connected(sandbox, [known]) as again:
            assert [f.execution_id for f in (await again.broker.snapshot(ACCOUNT, 1)).fills] == [fill.execution_id]


def recorded(report: FillReport) -> Any:
    return fill(
        execution_id=report.execution_id,
        broker_order_id=report.broker_order_id,
        instrument=report.instrument,
        quantity=report.quantity,
        price=report.price,
        source=report.source,
        execution_time=report.time,
    )


@pytest.mark.parametrize(
    "kind",
    [
        Kind.ANSWER_504,
        Kind.ANSWER_502_HTML,
        Kind.ANSWER_RESET,
        Kind.ANSWER_TRUNCATED,
        Kind.ANSWER_BROKEN_JSON,
        Kind.ANSWER_HTML,
        Kind.REQUEST_RESET,
        Kind.REQUEST_500,
        Kind.REQUEST_REDIRECT,
        Kind.REQUEST_HTML,
    ],
)
async def test_an_answer_that_proves_nothing_is_told_as_unproven_and_sent_once(alpaca: Rig, kind: Kind) -> None:
    alpaca.sandbox.set_faults(FaultPlan(rules=(FaultRule(target=Target.POST_ORDERS, kind=kind),)))
    with pytest.raises(CommandError) as caught:
        await alpaca.broker.submit([order()])
    assert caught.value.written
    assert len([r for r in alpaca.sandbox.requests() if r.method == "POST"]) == 1


async def test_an_order_whose_answer_was_lost_is_found_by_its_id(alpaca: Rig) -> None:
    rule = FaultRule(target=Target.POST_ORDERS, kind=Kind.ANSWER_RESET)
    alpaca.sandbox.set_faults(FaultPlan(rules=(rule,)))
    with pytest.raises(CommandError):
        await alpaca.broker.submit([order()])
    found = await alpaca.broker.find_order(order())
    assert found is not None
    assert [r.state for r in found if isinstance(r, StatusReport)] == [OrderState.WORKING]
    assert await alpaca.broker.find_order(order(2)) is None


async def test_nothing_listening_means_that_nothing_was_sent() -> None:
    async with rig() as one:
        await one.sandbox.stop()
        with pytest.raises(CommandError) as caught:
            await one.broker.submit([order()])
        assert not caught.value.written


async def test_a_repeated_id_is_read_back_and_other_content_is_a_refusal(alpaca: Rig) -> None:
    await alpaca.submit(order())
    again = await alpaca.broker.submit([order()])
    assert again.verdict is Verdict.DUPLICATE_ID
    assert any(isinstance(r, StatusReport) for r in again.reports)
    other = await alpaca.broker.submit([order(limit_price=Decimal("10.5"))])
    assert other.verdict is Verdict.REFUSED


async def test_a_refusal_keeps_the_reason_and_the_raw_words(alpaca: Rig) -> None:
    reply = await alpaca.broker.submit([order(quantity=Decimal(10_000_000))])
    assert reply.verdict is Verdict.REFUSED
    assert reply.reason is StateReason.INSUFFICIENT_BUYING_POWER
    assert "40310000" in reply.message


@pytest.mark.parametrize("how", ["1011", "abort"])
async def test_a_lost_stream_is_reported_down_and_comes_back(alpaca: Rig, how: str) -> None:
    await alpaca.sandbox.drop_stream(how)
    await until(lambda: alpaca.said.link is LinkState.DOWN)
    await until(lambda: alpaca.said.link is LinkState.UP)


async def test_revoked_keys_say_what_to_do_and_recovery_needs_no_restart(alpaca: Rig) -> None:
    alpaca.sandbox.revoke_keys()
    reply = await alpaca.broker.submit([order()])
    assert reply.verdict is Verdict.REFUSED
    assert reply.reason is StateReason.BROKER_UNAVAILABLE
    await until(lambda: alpaca.said.link is LinkState.AUTH_REQUIRED)
    alpaca.sandbox.restore_keys()
    await until(lambda: alpaca.said.link is LinkState.UP)


async def test_an_account_without_entitlement_does_not_look_healthy() -> None:
    async with AlpacaSandbox(SandboxSettings()) as sandbox:
        sandbox.set_entitled(on=False)
        async with connected(sandbox, up=False) as one:
            await until(lambda: one.said.link is LinkState.AUTH_REQUIRED)


async def test_events_come_by_sse_too_and_resume() -> None:
    async with AlpacaSandbox(SandboxSettings()) as sandbox, connected(sandbox, events="sse") as one:
        await one.submit(market(1))
        await until(lambda: one.said.filled() == 10)


async def test_an_instrument_is_asked_for_once(alpaca: Rig) -> None:
    details = await alpaca.broker.instrument("AAPL", AssetClass.EQUITY)
    assert details is not None
    assert details.instrument.symbol == "AAPL"
    before = len(alpaca.sandbox.requests())
    assert await alpaca.broker.instrument("AAPL", AssetClass.EQUITY) == details
    assert len(alpaca.sandbox.requests()) == before
    assert await alpaca.broker.instrument("NOPE", AssetClass.EQUITY) is None


async def test_every_check_passes(alpaca: Rig) -> None:
    checks = {check.name: check for check in await alpaca.broker.check()}
    assert {name for name, check in checks.items() if not check.ok} == set()
    assert {"account", "environment", "trading", "orders", "events", "market data", "rate limit"} <= checks.keys()
    assert checks["orders"].detail == "0 open"
