"""Accounts, positions and what-if orders, read from a sandbox."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from typing import Any

import pytest

from brokerwire_sandbox.tws import FaultPlan, FaultRule, Kind, Target
from brokerwire_server.brokers.ibkr.session import LinkDownError
from brokerwire_server.domain.accounts import Balances
from brokerwire_server.domain.errors import InvalidRequestError, UnavailableError
from brokerwire_server.domain.instruments import AssetClass, Instrument
from brokerwire_server.domain.market import Quote
from brokerwire_server.domain.orders import Order, OrderType, Side, StateReason, TimeInForce
from tests.unit.brokers.ibkr.readers import ACCOUNT, ACCOUNT_ID, Readers, readers

pytestmark = pytest.mark.ibkr_libraries

BALANCES = Balances(buying_power=Decimal(4_000_000))


async def until(condition: Any, seconds: float = 10.0) -> None:
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.01)


def order(symbol: str = "AAPL", asset_class: AssetClass = AssetClass.EQUITY, **changes: Any) -> Order:
    fields: dict[str, Any] = {
        "order_id": "o-1",
        "account_id": ACCOUNT_ID,
        "client_order_id": "mine-1",
        "broker_client_order_id": "b-1",
        "instrument": Instrument(symbol=symbol, asset_class=asset_class),
        "side": Side.BUY,
        "type": OrderType.LIMIT,
        "time_in_force": TimeInForce.DAY,
        "quantity": Decimal(100),
        "limit_price": Decimal(228),
    }
    return Order(**{**fields, **changes})


async def hold(at: Readers, symbol: str, quantity: int, side: str = "BUY", account: str = ACCOUNT) -> None:
    at.sandbox.place_external_order(symbol, side, quantity, account=account)
    await until(lambda: abs(at.sandbox.position(symbol, account)) == quantity)


async def test_positions_of_all_asset_classes_are_read_at_their_cost() -> None:
    async with readers() as at:
        future = at.contracts.named("ES").local_symbol
        call = next(c for c in at.contracts if c.security == "OPT" and c.right == "C")
        await hold(at, "AAPL", 10)
        await hold(at, future, 1, "SELL")
        await hold(at, call.local_symbol, 2)
        positions = {p.instrument.symbol: p for p in await at.positions.read(ACCOUNT, ACCOUNT_ID)}
        assert set(positions) == {"AAPL", future, call.local_symbol.replace(" ", "")}
        share, short = positions["AAPL"], positions[future]
        assert (share.quantity, short.quantity, short.instrument.multiplier) == (10, -1, 50)
        assert abs(share.average_cost - Decimal("228.51")) < 1
        assert abs(short.average_cost - 6050) < 1


async def test_what_was_closed_is_no_position() -> None:
    async with readers() as at:
        await hold(at, "AAPL", 10)
        at.sandbox.place_external_order("AAPL", "SELL", 10)
        await until(lambda: not at.sandbox.position("AAPL"))
        assert await at.positions.read(ACCOUNT, ACCOUNT_ID) == ()


async def test_each_account_of_a_login_has_its_own_balances_and_positions() -> None:
    async with readers(accounts=(ACCOUNT, "DU7654321")) as at:
        await hold(at, "AAPL", 10)
        await hold(at, "MSFT", 5, account="DU7654321")
        other = at.accounts.account_id("DU7654321")
        states = [await at.accounts.state(account_id, 5) for account_id in (ACCOUNT_ID, other)]
        assert [state.account.broker_account_id for state in states] == [ACCOUNT, "DU7654321"]
        assert [state.time for state in states] == [5, 5]
        assert states[0].balances.initial_margin != states[1].balances.initial_margin
        held = [await at.positions.read(ACCOUNT, ACCOUNT_ID), await at.positions.read("DU7654321", other)]
        assert [[p.instrument.symbol for p in one] for one in held] == [["AAPL"], ["MSFT"]]
        assert {p.account_id for one in held for p in one} == {ACCOUNT_ID, other}
        with pytest.raises(UnavailableError, match="does not have"):
            await at.accounts.state("ibkr-paper-du0000000", 0)


async def test_balances_tell_margins_and_exposure_by_currency() -> None:
    async with readers() as at:
        await hold(at, "AAPL", 100)
        await hold(at, "EUR.USD", 20_000)
        balances = (await at.accounts.state(ACCOUNT_ID, 0)).balances
        assert balances.currency == "USD"
        assert balances.initial_margin >= balances.maintenance_margin > 0
        assert balances.available_funds == balances.equity - balances.initial_margin
        assert balances.excess_liquidity == balances.equity - balances.maintenance_margin
        assert balances.cushion is not None
        assert balances.leverage is not None
        by_code = {one.currency: one for one in balances.currencies}
        assert set(by_code) == {"EUR", "USD"}
        euro, dollar = by_code["EUR"], by_code["USD"]
        assert (euro.cash, euro.net_value, dollar.exchange_rate) == (20_000, 20_000, 1)
        assert euro.exchange_rate is not None
        assert 1 < euro.exchange_rate < Decimal("1.1")
        assert dollar.market_value is not None
        assert abs(dollar.market_value - 22_850) < 100
        converted = sum((one.net_value or 0) * (one.exchange_rate or 0) for one in balances.currencies)
        assert abs(converted - balances.equity) < 1


async def test_the_day_s_gain_is_streamed_and_in_the_balances() -> None:
    async with readers() as at:
        await hold(at, "AAPL", 100)
        await at.accounts.state(ACCOUNT_ID, 0)
        at.sandbox.set_quote("AAPL", Decimal(240), Decimal("240.02"))
        async with asyncio.timeout(15):
            while (await at.accounts.state(ACCOUNT_ID, 0)).balances.day_profit_loss < 1_000:
                await asyncio.sleep(0.1)


async def test_an_account_that_can_not_be_asked_has_no_balances() -> None:
    async with readers() as at:
        at.session.disconnect("gone")
        with pytest.raises((LinkDownError, TimeoutError, UnavailableError)):
            await at.accounts.state(ACCOUNT_ID, 0)


async def test_a_position_is_valued_at_the_broker_s_price_where_no_market_data_is() -> None:
    async with readers() as at:
        await hold(at, "AAPL", 10)
        assert at.marks.last_quote("AAPL") is None
        await at.positions.read(ACCOUNT, ACCOUNT_ID)
        quote = at.marks.last_quote("AAPL")
        assert quote is not None
        assert abs((quote.mark or 0) - Decimal("228.5")) < 1


async def test_a_valuation_that_does_not_come_holds_nothing_up() -> None:
    async with readers() as at:
        await hold(at, "AAPL", 10)
        at.sandbox.set_faults(FaultPlan(rules=(FaultRule(target=Target.REQ_ACCOUNT_UPDATES, kind=Kind.LOSE_REQUEST),)))
        await at.marks.follow(ACCOUNT)
        assert at.marks.last_quote("AAPL") is None
        at.sandbox.clear_faults()
        await at.marks.follow(ACCOUNT)
        assert at.marks.last_quote("AAPL") is not None


async def test_a_preview_tells_margins_commission_and_cost_and_places_nothing() -> None:
    async with readers() as at:
        found = await at.previews.preview([order()], ACCOUNT, BALANCES, None)
        assert found.refusal is StateReason.NONE
        assert found.margin is not None
        assert found.margin.currency == "USD"
        assert found.margin.initial.change > 0
        for change in (found.margin.initial, found.margin.maintenance, found.margin.equity_with_loan):
            assert abs(change.before + change.change - change.after) < Decimal("0.05")
        assert found.commission > 0
        assert (found.price, found.cost) == (228, 22_800)
        assert (found.buying_power_before, found.buying_power_effect) == (4_000_000, None)
        assert at.sandbox.orders() == []


async def test_a_future_costs_margin_and_no_cash() -> None:
    async with readers() as at:
        symbol = at.contracts.named("ES").local_symbol
        known = await at.instruments.find(symbol, AssetClass.FUTURE)
        assert known is not None
        wanted = order(quantity=Decimal(1), type=OrderType.MARKET, limit_price=None, instrument=known.instrument)
        quote = Quote(symbol=symbol, bid=Decimal(6050), ask=Decimal("6050.5"))
        found = await at.previews.preview([wanted], ACCOUNT, BALANCES, quote)
        assert (found.price, found.cost) == (Decimal("6050.5"), 0)
        assert found.margin is not None
        assert found.margin.initial.change > 0


async def test_an_order_beyond_the_margin_is_shown_as_refused_although_it_is_reckoned() -> None:
    async with readers(cash=Decimal(1_000)) as at:
        found = await at.previews.preview([order(quantity=Decimal(1_000))], ACCOUNT, BALANCES, None)
        assert found.refusal is StateReason.INSUFFICIENT_BUYING_POWER
        assert "initial margin" in found.refusal_message
        assert found.margin is not None
        assert found.margin.initial.after > found.margin.equity_with_loan.after


async def test_a_preview_of_what_the_broker_does_not_know_is_refused_before_anything_is_sent() -> None:
    async with readers() as at:
        with pytest.raises(InvalidRequestError):
            await at.previews.preview([order("NOPE")], ACCOUNT, BALANCES, None)
        assert at.asked("whatIf") == 0


async def test_a_preview_without_an_answer_ends_in_an_error_and_leaves_nothing_behind() -> None:
    async with readers() as at:
        at.sandbox.set_faults(FaultPlan(rules=(FaultRule(target=Target.PLACE_ORDER, kind=Kind.LOSE_REQUEST),)))
        with pytest.raises(UnavailableError, match="within 1 s"):
            await at.previews.preview([order()], ACCOUNT, BALANCES, None)
        at.sandbox.clear_faults()
        assert (await at.previews.preview([order()], ACCOUNT, BALANCES, None)).margin is not None
