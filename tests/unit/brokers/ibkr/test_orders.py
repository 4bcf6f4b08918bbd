"""Our orders in the broker's terms."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from brokerwire_server.brokers.ibkr import library
from brokerwire_server.brokers.ibkr.orders import combination, oca_group_of, order_of
from brokerwire_server.domain.instruments import AssetClass, Instrument
from brokerwire_server.domain.orders import OrderClass, OrderLeg, OrderType, Side, TimeInForce
from tests.unit.brokers.ibkr.rigs import order

pytestmark = pytest.mark.ibkr_libraries


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({}, {"orderType": "LMT", "lmtPrice": 10, "action": "BUY", "tif": "DAY", "totalQuantity": 10}),
        ({"type": OrderType.MARKET, "limit_price": None}, {"orderType": "MKT"}),
        (
            {"type": OrderType.STOP, "limit_price": None, "stop_price": Decimal(9), "side": Side.SELL_SHORT},
            {"orderType": "STP", "auxPrice": 9, "action": "SELL"},
        ),
        (
            {"type": OrderType.STOP_LIMIT, "stop_price": Decimal(9)},
            {"orderType": "STP LMT", "auxPrice": 9, "lmtPrice": 10},
        ),
        (
            {"type": OrderType.TRAILING_STOP, "limit_price": None, "trail_percent": Decimal("1.5")},
            {"orderType": "TRAIL", "trailingPercent": Decimal("1.5")},
        ),
        (
            {"type": OrderType.TRAILING_STOP, "limit_price": None, "trail_amount": Decimal(2)},
            {"orderType": "TRAIL", "auxPrice": 2},
        ),
        ({"time_in_force": TimeInForce.CLS}, {"orderType": "LOC", "tif": "DAY"}),
        ({"type": OrderType.MARKET, "limit_price": None, "time_in_force": TimeInForce.CLS}, {"orderType": "MOC"}),
        ({"time_in_force": TimeInForce.OPG}, {"orderType": "LMT", "tif": "OPG"}),
        ({"side": Side.BUY_TO_COVER, "extended_hours": True}, {"action": "BUY", "outsideRth": True}),
        ({"quantity": None, "notional": Decimal(500)}, {"cashQty": 500, "totalQuantity": 0}),
    ],
)
def test_an_order_in_the_brokers_words(changes: dict[str, Any], fields: dict[str, Any]) -> None:
    made = order_of(order(**changes), "DU1")
    assert {name: getattr(made, name) for name in fields} == fields


def test_what_the_broker_would_fill_in_by_itself_is_always_said() -> None:
    made = order_of(order(), "DU1")
    assert (made.account, made.tif, made.outsideRth, made.transmit, made.orderRef) == (
        "DU1",
        "DAY",
        False,
        True,
        f"{1:024x}",
    )


def test_the_group_of_two_exits_has_a_name_of_its_own() -> None:
    exits = [order(5, order_class=OrderClass.OCO), order(6, order_class=OrderClass.OCO)]
    assert oca_group_of(exits) == f"bw-{5:024x}"
    assert oca_group_of([order()]) == ""
    made = order_of(exits[0], "DU1", oca_group=oca_group_of(exits))
    assert (made.ocaGroup, made.ocaType) == (f"bw-{5:024x}", 2)


def _spread(*ratios: str) -> tuple[Any, list[Any]]:
    instrument = Instrument(symbol="X", asset_class=AssetClass.OPTION)
    sides = (Side.BUY, Side.SELL)
    legs = tuple(
        OrderLeg(instrument=instrument, side=side, ratio=Decimal(ratio))
        for side, ratio in zip(sides, ratios, strict=True)
    )
    contracts = [library.Contract(conId=number, symbol="AAPL", exchange="SMART", currency="USD") for number in (11, 12)]
    return order(legs=legs, order_class=OrderClass.MULTI_LEG, side=Side.SELL, limit_price=Decimal("-0.35")), contracts


def test_a_combination_is_bought_leg_by_leg_at_a_net_price() -> None:
    spread, contracts = _spread("1", "2")
    made = combination(spread, contracts)
    assert (made.secType, made.symbol, made.exchange, made.currency) == ("BAG", "AAPL", "SMART", "USD")
    assert [(leg.conId, leg.ratio, leg.action) for leg in made.comboLegs] == [(11, 1, "BUY"), (12, 2, "SELL")]
    sent = order_of(spread, "DU1")
    assert (sent.action, sent.lmtPrice) == ("BUY", Decimal("-0.35"))


def test_a_ratio_that_is_not_whole_is_refused() -> None:
    spread, contracts = _spread("1", "1.5")
    with pytest.raises(ValueError, match="whole"):
        combination(spread, contracts)
