from __future__ import annotations

from decimal import Decimal
from itertools import permutations
from typing import TYPE_CHECKING, Any

import pytest

from brokerwire_server.domain.capabilities import AssetCapabilities, Capabilities, Combination
from brokerwire_server.domain.fills import FillKind
from brokerwire_server.domain.instruments import AssetClass, Instrument, InstrumentDetails, option_of
from brokerwire_server.domain.orders import OrderClass, OrderLeg, OrderState, OrderType, Side, TimeInForce
from brokerwire_server.domain.reducer import add_fill
from brokerwire_server.domain.validation import check_request
from tests.support.builders import fill, order, request

if TYPE_CHECKING:
    from brokerwire_server.domain.fills import Fill


def option(strike: int) -> Instrument:
    symbol = f"AAPL270115C{strike * 1000:08d}"
    return Instrument(symbol=symbol, asset_class=AssetClass.OPTION, option=option_of(symbol))


LONG, SHORT = option(200), option(210)
SPREAD: dict[str, Any] = {
    "instrument": LONG,
    "order_class": OrderClass.MULTI_LEG,
    "quantity": Decimal(2),
    "limit_price": Decimal("3.05"),
    "legs": (
        OrderLeg(instrument=LONG, side=Side.BUY),
        OrderLeg(instrument=SHORT, side=Side.SELL_SHORT, ratio=Decimal(2)),
    ),
}
CAPABILITIES = Capabilities(
    broker="test",
    assets=(
        AssetCapabilities(
            asset_class=AssetClass.OPTION,
            sides=tuple(Side),
            minimum_quantity=Decimal(1),
            quantity_increment=Decimal(1),
            maximum_quantity=Decimal(100),
            maximum_legs=2,
            combinations=(
                Combination(
                    types=(OrderType.LIMIT,), times_in_force=(TimeInForce.DAY,), classes=(OrderClass.MULTI_LEG,)
                ),
            ),
        ),
    ),
)
DETAILS = InstrumentDetails(instrument=LONG, quantity_increment=Decimal(1), minimum_quantity=Decimal(1))


def found(**changes: Any) -> list[tuple[str, str]]:
    asked = request(**{**SPREAD, **changes})
    return [(v.field, v.reason) for v in check_request(asked, CAPABILITIES, DETAILS)]


def leg_fills() -> list[Fill]:
    bought = {"instrument": LONG, "side": Side.BUY}
    sold = {"instrument": SHORT, "side": Side.SELL_SHORT}
    return [
        fill(fill_id="a", quantity=Decimal(1), price=Decimal(5), **bought),
        fill(fill_id="b", quantity=Decimal(1), price=Decimal(6), **bought),
        fill(fill_id="c", quantity=Decimal(4), price=Decimal(1), **sold),
    ]


def test_a_combination_is_filled_when_all_its_legs_are_whatever_their_order() -> None:
    for fills in permutations(leg_fills()):
        after = order(**SPREAD, base_state=OrderState.WORKING, state=OrderState.WORKING)
        for one in fills[:-1]:
            after = add_fill(after, one)
            assert after.state is not OrderState.FILLED
        after = add_fill(after, fills[-1])
        assert (after.state, after.filled_quantity) == (OrderState.FILLED, Decimal(2))
        assert after.average_fill_price == Decimal("3.5")
        assert [leg.average_fill_price for leg in after.legs] == [Decimal("5.5"), Decimal(1)]


def test_a_bust_of_a_leg_takes_its_combinations_back() -> None:
    after = order(**SPREAD, base_state=OrderState.WORKING, state=OrderState.WORKING)
    for one in leg_fills():
        after = add_fill(after, one)
    busted = leg_fills()[0]
    after = add_fill(after, fill(fill_id="a2", kind=FillKind.BUST, instrument=LONG), busted)
    assert (after.state, after.filled_quantity) == (OrderState.PARTIALLY_FILLED, Decimal(1))


@pytest.mark.parametrize("price", ["3.05", "0", "-1.2"])
def test_a_net_price_may_be_paid_received_or_nothing(price: str) -> None:
    assert found(limit_price=Decimal(price)) == []


@pytest.mark.parametrize(
    ("changes", "violation"),
    [
        ({"limit_price": Decimal("3.001")}, ("limit_price", "PRICE_NOT_ON_TICK")),
        ({"legs": (*SPREAD["legs"], OrderLeg(instrument=option(220), side=Side.BUY))}, ("legs", "INVALID_FIELD")),
        ({"legs": (SPREAD["legs"][0], SPREAD["legs"][0])}, ("legs", "INVALID_FIELD")),
        (
            {"legs": (SPREAD["legs"][0], OrderLeg(instrument=Instrument(symbol="AAPL"), side=Side.SELL))},
            ("legs[1].instrument.asset_class", "UNSUPPORTED_COMBINATION"),
        ),
        (
            {"legs": (SPREAD["legs"][0], OrderLeg(instrument=SHORT, side=Side.SELL, ratio=Decimal("1.5")))},
            ("legs[1].ratio_quantity", "QUANTITY_NOT_ON_STEP"),
        ),
    ],
)
def test_what_is_wrong_with_the_legs_is_named(changes: dict[str, Any], violation: tuple[str, str]) -> None:
    assert found(**changes) == [violation]
