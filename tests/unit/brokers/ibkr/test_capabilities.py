"""What is offered is what the broker documents, per asset class."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from brokerwire_server.brokers.ibkr.capabilities import ibkr_capabilities
from brokerwire_server.domain.accounts import Account
from brokerwire_server.domain.capabilities import IdempotencyClass, ReplaceMode
from brokerwire_server.domain.connections import Environment
from brokerwire_server.domain.instruments import AssetClass, Instrument, InstrumentDetails
from brokerwire_server.domain.orders import ExitTerms, OrderClass, OrderLeg, OrderType, Side, TimeInForce
from brokerwire_server.domain.validation import check_request
from tests.support.builders import request

MARGIN = ibkr_capabilities(None, 2_400)
CASH = ibkr_capabilities(
    Account(account_id="a", connection_id="c", broker="ibkr", environment=Environment.PAPER, can_short=False), 2_400
)
MARKET, LIMIT = OrderType.MARKET, OrderType.LIMIT
FINE = Decimal("0.00000001")


def problems(asset_class: AssetClass, **changes: Any) -> list[str]:
    instrument = Instrument(symbol="X", asset_class=asset_class)
    fields: dict[str, Any] = {"instrument": instrument, "quantity": Decimal(1), "limit_price": Decimal(10), **changes}
    if fields.get("type") is MARKET:
        fields["limit_price"] = None
    step = next(a.quantity_increment for a in MARGIN.assets if a.asset_class is asset_class)
    details = InstrumentDetails(
        instrument=instrument, quantity_increment=step, minimum_quantity=step, fractionable=step < 1
    )
    return [violation.field for violation in check_request(request(**fields), MARGIN, details)]


@pytest.mark.parametrize("asset_class", [a for a in AssetClass if a is not AssetClass.CRYPTO])
@pytest.mark.parametrize("tif", [TimeInForce.DAY, TimeInForce.GTC])
def test_every_type_goes_with_day_and_gtc(asset_class: AssetClass, tif: TimeInForce) -> None:
    prices: dict[OrderType, dict[str, Any]] = {
        MARKET: {},
        LIMIT: {},
        OrderType.STOP: {"limit_price": None, "stop_price": Decimal(9)},
        OrderType.STOP_LIMIT: {"stop_price": Decimal(9)},
        OrderType.TRAILING_STOP: {"limit_price": None, "trail_percent": Decimal(1)},
    }
    for kind, changes in prices.items():
        assert problems(asset_class, type=kind, time_in_force=tif, **changes) == []


@pytest.mark.parametrize(
    ("asset_class", "changes", "wrong"),
    [
        (AssetClass.EQUITY, {"quantity": Decimal("0.5")}, []),
        (AssetClass.EQUITY, {"quantity": Decimal("0.5"), "time_in_force": TimeInForce.GTC}, ["quantity"]),
        (AssetClass.EQUITY, {"extended_hours": True}, []),
        (AssetClass.EQUITY, {"type": MARKET, "extended_hours": True}, ["extended_hours"]),
        (AssetClass.EQUITY, {"time_in_force": TimeInForce.CLS}, []),
        (AssetClass.EQUITY, {"quantity": None, "notional": Decimal(100)}, ["notional"]),
        (AssetClass.OPTION, {"quantity": Decimal("0.5")}, ["quantity", "quantity"]),
        (AssetClass.OPTION, {"time_in_force": TimeInForce.OPG}, ["time_in_force"]),
        (AssetClass.FUTURE, {"time_in_force": TimeInForce.FOK}, ["time_in_force"]),
        (AssetClass.FUTURE, {"side": Side.SELL_SHORT}, []),
        (AssetClass.FOREX, {"quantity": Decimal("1000.5")}, []),
        (AssetClass.CRYPTO, {"quantity": FINE, "time_in_force": TimeInForce.IOC}, []),
        (AssetClass.CRYPTO, {"time_in_force": TimeInForce.DAY}, ["time_in_force"]),
        (
            AssetClass.CRYPTO,
            {"type": MARKET, "quantity": None, "notional": Decimal(50), "time_in_force": TimeInForce.IOC},
            [],
        ),
        (AssetClass.CRYPTO, {"side": Side.SELL_SHORT, "time_in_force": TimeInForce.IOC}, ["side"]),
    ],
)
def test_what_goes_together_differs_by_class(
    asset_class: AssetClass, changes: dict[str, Any], wrong: list[str]
) -> None:
    assert problems(asset_class, **changes) == wrong


def test_groups_go_with_everything_but_crypto_and_combinations_with_options() -> None:
    exits = {"take_profit": ExitTerms(limit_price=Decimal(12)), "stop_loss": ExitTerms(stop_price=Decimal(8))}
    for asset_class in AssetClass:
        expected = ["order_class"] if asset_class is AssetClass.CRYPTO else []
        tif = TimeInForce.IOC if asset_class is AssetClass.CRYPTO else TimeInForce.GTC
        assert problems(asset_class, order_class=OrderClass.BRACKET, time_in_force=tif, **exits) == expected
    legs = tuple(
        OrderLeg(instrument=Instrument(symbol=name, asset_class=AssetClass.OPTION), side=Side.BUY) for name in "AB"
    )
    assert problems(AssetClass.OPTION, order_class=OrderClass.MULTI_LEG, legs=legs) == []


def test_a_cash_account_sells_no_shares_short_but_may_sell_futures() -> None:
    sides = {asset.asset_class: asset.sides for asset in CASH.assets}
    assert sides[AssetClass.EQUITY] == (Side.BUY, Side.SELL)
    assert Side.SELL_SHORT in sides[AssetClass.FUTURE]


def test_a_repeated_id_is_another_order_and_a_change_happens_in_place() -> None:
    assert (MARGIN.idempotency, MARGIN.replace_mode) == (IdempotencyClass.NONE, ReplaceMode.IN_PLACE)
    assert MARGIN.max_orders_per_minute == 2_400


def test_every_combination_cites_its_source() -> None:
    sources = {combination.source for asset in MARGIN.assets for combination in asset.combinations}
    assert sources <= set(MARGIN.sources)
    assert "" not in sources
