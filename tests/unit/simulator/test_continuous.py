"""What trades at any time, and what the broker sets by its own word."""

from decimal import Decimal

import pytest
from msgspec.structs import replace

from brokerwire_server.domain.instruments import AssetClass, Instrument, InstrumentDetails
from brokerwire_server.domain.orders import Side, TimeInForce
from brokerwire_server.domain.positions import Position
from tests.unit.simulator.market import Market, make_order
from tests.unit.simulator.test_sessions import XNYS, at

COIN = Instrument(symbol="BTC/USD", asset_class=AssetClass.CRYPTO)
SUNDAY = at("2014-06-08T15:00:00")


def sunday_market() -> Market:
    market = Market(calendar=XNYS, start=SUNDAY)
    market.exchange.list_instrument(InstrumentDetails(instrument=COIN))
    market.quote(99, 100, symbol="BTC/USD")
    return market


@pytest.mark.parametrize("tif", [TimeInForce.GTC, TimeInForce.IOC, TimeInForce.FOK])
def test_a_coin_is_bought_while_the_stock_market_is_closed(tif: TimeInForce) -> None:
    market = sunday_market()
    order = replace(make_order("coin", Side.BUY, 2, time_in_force=tif), instrument=COIN)
    assert market.exchange.submit([order]) is None
    assert market.fills("coin") == [(Decimal(2), Decimal(100))]


def test_a_coin_s_stop_triggers_while_the_stock_market_is_closed() -> None:
    market = sunday_market()
    entry = replace(make_order("coin", Side.BUY, 2, time_in_force=TimeInForce.GTC), instrument=COIN)
    stop = replace(make_order("stop", Side.SELL, 2, stop_price=95, time_in_force=TimeInForce.GTC), instrument=COIN)
    assert market.exchange.submit([entry]) is None
    assert market.exchange.submit([stop]) is None
    market.quote(94, 95, symbol="BTC/USD")
    assert market.fills("stop") == [(Decimal(2), Decimal(94))]


def test_a_stock_beside_it_still_waits_for_the_open() -> None:
    market = sunday_market()
    market.quote(99, 100)
    order = market.buy(2)
    assert market.fills(order) == []


def test_a_position_set_by_the_broker_s_word_counts_in_value_and_cash() -> None:
    market = Market()
    market.quote(99, 101, last=100)
    position = Position(
        account_id="paper", instrument=Instrument(symbol="XYZ"), quantity=Decimal(5), average_cost=Decimal(90)
    )
    market.exchange.adjust(position, Decimal(-450))
    assert (market.balances.cash, market.balances.equity) == (99_550, 100_050)
    assert market.balances.unrealized_profit_loss == 50
    assert market.reports == []
