"""Futures, margins and exposure by currency, from a broker to the client and the command line."""

from __future__ import annotations

import asyncio
import json
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

import brokerwire
from brokerwire import aio
from brokerwire_server.cli.root import cli
from brokerwire_server.domain.orders import Side
from tests.e2e.conftest import Served
from tests.support.builders import fill_report
from tests.support.margin_broker import FUTURE, MarginBroker

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

FUTURES = brokerwire.Instrument(symbol="ESZ6", asset_class=brokerwire.AssetClass.FUTURE)


@pytest.fixture
def broker() -> MarginBroker:
    return MarginBroker()


@pytest.fixture
async def served(tmp_path: Path, broker: MarginBroker) -> AsyncIterator[Served]:
    running = Served(tmp_path, broker)
    await running.start()
    yield running
    await running.stop()


def limit(client_order_id: str, price: str = "6050.25") -> dict[str, Any]:
    return {
        "symbol": FUTURES,
        "side": "buy",
        "type": "limit",
        "quantity": 1,
        "limit_price": price,
        "client_order_id": client_order_id,
    }


async def test_an_account_tells_its_margins_and_what_it_has_in_each_currency(served: Served) -> None:
    async with aio.connect(served.grpc_address, account="margins") as bw:
        balances = (await bw.account()).balances
    assert balances is not None
    assert (balances.available_funds, balances.excess_liquidity) == (800, 900)
    assert (balances.cushion, balances.leverage) == (Decimal("0.8182"), Decimal("1.5"))
    euro, dollar = balances.currencies
    assert (euro.currency_code, euro.cash, euro.net_value_converted) == ("EUR", -100, -110)
    assert (dollar.currency_code, dollar.net_value, dollar.market_value) == ("USD", 1_210, None)


async def test_a_preview_tells_what_an_order_does_to_the_margin(served: Served) -> None:
    async with aio.connect(served.grpc_address, account="margins") as bw:
        found = await bw.preview(**limit(""))
    assert found.valid
    impact = found.margin_impact
    assert impact is not None
    assert (impact.initial_margin.before.amount, impact.initial_margin.after.amount) == (300, 15_300)
    assert (impact.maintenance_margin.change.amount, impact.equity_with_loan.change.amount) == (13_000, -2)
    assert found.initial_margin_effect == brokerwire.Money(Decimal(15_000), "USD")
    assert found.estimated_commission == brokerwire.Money(Decimal("2.25"), "EUR")
    assert found.buying_power_before == brokerwire.Money(Decimal(3_200), "USD")
    assert (found.buying_power_after, found.buying_power_effect) == (None, None)


async def test_an_order_has_the_terms_that_the_broker_states_and_the_same_request_stays_the_same(
    served: Served, broker: MarginBroker
) -> None:
    async with aio.connect(served.grpc_address, account="margins") as bw:
        order = await bw.submit(**limit("one"))
        again = await bw.submit(**limit("one"))
        assert order.order_id == again.order_id
        assert len(broker.sent) == 1
        terms = order.instrument.future if order.instrument else None
        assert terms is not None
        assert (terms.root_symbol, terms.expiration_date, terms.multiplier) == ("ES", date(2026, 12, 18), 50)
        with pytest.raises(brokerwire.InvalidRequest) as caught:
            await bw.submit(**limit("two", "6050.3"))
        assert caught.value.reason == "PRICE_NOT_ON_TICK"
        with pytest.raises(brokerwire.InvalidRequest):
            await bw.submit(**limit("three", "10000.25"))


async def test_a_future_moves_no_cash_but_its_gains_count_in_full(served: Served, broker: MarginBroker) -> None:
    async with aio.connect(served.grpc_address, account="margins") as bw:
        await bw.submit(**limit("one"))
        sent = broker.sent[0][0]
        assert sent.instrument.multiplier == 50
        book = served.gateway.accounts.get("margins").book
        before = book.cash
        for number, side, price in ((1, Side.BUY, 6_050), (2, Side.SELL, 6_060)):
            report = fill_report(
                account_id="margins",
                broker_client_order_id=sent.broker_client_order_id,
                instrument=FUTURE,
                execution_id=f"x-{number}",
                side=side,
                price=Decimal(price),
                commission=Decimal(2),
                time=number,
            )
            broker.sink(report)
        async with asyncio.timeout(5):
            while not (position := book.positions.get("ESZ6")) or position.realized_profit_loss == 0:
                await asyncio.sleep(0.01)
        assert position.realized_profit_loss == 500
        assert book.cash - before == -4
        async with asyncio.timeout(5):
            while len(fills := await bw.activities(types=["fill"]).collect()) < 2:
                await asyncio.sleep(0.01)
    assert [fill.amount.amount for fill in fills if fill.amount] == [-2, -2]


async def test_the_command_line_shows_margins_and_currencies(served: Served) -> None:
    def run(*arguments: str) -> Any:
        return CliRunner().invoke(cli, [*arguments, "--address", served.grpc_address, "--account", "margins"])

    shown = await asyncio.to_thread(run, "account")
    assert shown.exit_code == 0, shown.output
    for text in ("excess liquidity", "900", "0.8182", "EXPOSURE", "EUR", "-110"):
        assert text in shown.output
    words = ("orders", "preview", "ESZ6", "buy", "1", "--limit", "6050.25", "--asset-class", "future")
    previewed = await asyncio.to_thread(run, *words)
    assert previewed.exit_code == 0, previewed.output
    assert "300 USD -> 15300 USD" in previewed.output
    document = await asyncio.to_thread(run, "account", "--json")
    balances = json.loads(document.output)["balances"]
    assert [one["currency_code"] for one in balances["currencies"]] == ["EUR", "USD"]
