from datetime import date
from decimal import Decimal
from typing import Any

import pytest

import brokerwire
from brokerwire import Leg, Money, OptionContract, OptionType, StopLoss
from brokerwire._calls.drafts import draft
from brokerwire.v1 import orders_pb2 as pb


@pytest.mark.parametrize(
    ("prices", "expected"),
    [
        ({}, pb.ORDER_TYPE_MARKET),
        ({"limit_price": "1"}, pb.ORDER_TYPE_LIMIT),
        ({"stop_price": "1"}, pb.ORDER_TYPE_STOP),
        ({"stop_price": "1", "limit_price": "2"}, pb.ORDER_TYPE_STOP_LIMIT),
        ({"trail_amount": "1"}, pb.ORDER_TYPE_TRAILING_STOP),
        ({"trail_percent": "1"}, pb.ORDER_TYPE_TRAILING_STOP),
        ({"limit_price": "1", "type": "market"}, pb.ORDER_TYPE_MARKET),
    ],
)
def test_the_type_follows_from_the_prices_unless_it_is_said(prices: Any, expected: Any) -> None:
    assert draft("AAPL", "buy", 1, **prices).type == expected


@pytest.mark.parametrize(
    ("exits", "expected"),
    [
        ({}, pb.ORDER_CLASS_SIMPLE),
        ({"take_profit": 2}, pb.ORDER_CLASS_OTO),
        ({"stop_loss": 1}, pb.ORDER_CLASS_OTO),
        ({"take_profit": 2, "stop_loss": 1}, pb.ORDER_CLASS_BRACKET),
        ({"stop_loss": 1, "order_class": "oco"}, pb.ORDER_CLASS_OCO),
    ],
)
def test_the_class_follows_from_the_exits_unless_it_is_said(exits: Any, expected: Any) -> None:
    assert draft("AAPL", "buy", 1, **exits).order_class == expected


def test_exits_carry_their_prices() -> None:
    request = draft("AAPL", "buy", 1, take_profit="3", stop_loss=StopLoss(trail_percent=Decimal("1.5")))
    assert request.take_profit.limit_price.value == "3"
    assert request.stop_loss.trail_percent.value == "1.5"
    assert not request.stop_loss.HasField("stop_price")


def test_what_is_not_given_is_absent() -> None:
    request = draft("AAPL", "sell", 1)
    assert {field.name for field, _ in request.ListFields()} == {
        "client_order_id",
        "instrument",
        "side",
        "type",
        "time_in_force",
        "quantity",
        "order_class",
    }


def test_money_has_its_own_currency_or_the_given_one() -> None:
    assert draft("AAPL", "buy", notional=500).notional.currency_code == "USD"
    assert draft("AAPL", "buy", notional=500, currency="EUR").notional.currency_code == "EUR"
    assert draft("AAPL", "buy", notional=Money(Decimal(5), "BTC")).notional.currency_code == "BTC"


def test_an_option_is_named_by_its_terms() -> None:
    terms = OptionContract(
        underlying_symbol="AAPL",
        type=OptionType.CALL,
        strike_price=Decimal(150),
        expiration_date=date(2027, 1, 15),
    )
    option = draft(side="buy", quantity=1, option=terms).instrument.option
    assert (option.underlying_symbol, option.type, option.strike_price.value) == ("AAPL", 1, "150")
    assert (option.expiration_date.year, option.expiration_date.month, option.expiration_date.day) == (2027, 1, 15)


def test_a_multi_leg_order_has_legs_and_no_instrument() -> None:
    legs = [Leg(instrument="A", side="buy"), Leg(instrument="B", side="sell", ratio=2, effect="close")]
    request = draft(quantity=1, limit_price="-0.5", legs=legs)
    assert request.order_class == pb.ORDER_CLASS_MULTI_LEG
    assert not request.HasField("instrument")
    assert request.side == pb.SIDE_UNSPECIFIED
    assert [leg.ratio_quantity.value for leg in request.legs] == ["1", "2"]
    assert request.legs[1].position_effect == pb.POSITION_EFFECT_CLOSE


def test_an_error_names_the_path_and_the_key() -> None:
    with pytest.raises(brokerwire.InvalidRequest) as caught:
        draft("AAPL", "buy", 1, stop_loss="x", client_order_id="mine")
    assert caught.value.violations[0].field == "order.stop_loss.stop_price"
    assert caught.value.client_order_id == "mine"


def test_every_order_has_a_key_of_its_own_unless_it_is_given() -> None:
    assert draft("AAPL", "buy", 1).client_order_id != draft("AAPL", "buy", 1).client_order_id
    assert draft("AAPL", "buy", 1, client_order_id="mine").client_order_id == "mine"
