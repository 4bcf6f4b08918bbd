from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from brokerwire_server.domain.capabilities import AssetCapabilities, Capabilities, Combination
from brokerwire_server.domain.instruments import AssetClass, Instrument, InstrumentDetails
from brokerwire_server.domain.orders import ExitTerms, OrderClass, OrderTerms, OrderType, Side, TimeInForce
from brokerwire_server.domain.validation import check_request, check_terms
from tests.support.builders import AAPL, order, request

REST = (TimeInForce.DAY, TimeInForce.GTC)
CAPABILITIES = Capabilities(
    broker="test",
    replaceable_fields=("quantity", "limit_price"),
    assets=(
        AssetCapabilities(
            asset_class=AssetClass.EQUITY,
            sides=(Side.BUY, Side.SELL),
            minimum_quantity=Decimal("0.001"),
            quantity_increment=Decimal("0.001"),
            maximum_quantity=Decimal(1000),
            combinations=(
                Combination(
                    types=(OrderType.MARKET, OrderType.LIMIT), times_in_force=REST, fractional=True, notional=True
                ),
                Combination(types=(OrderType.LIMIT,), times_in_force=(TimeInForce.DAY,), extended_hours=True),
                Combination(
                    types=(OrderType.LIMIT,),
                    times_in_force=REST,
                    classes=(OrderClass.BRACKET, OrderClass.OTO, OrderClass.OCO),
                ),
                Combination(types=(OrderType.STOP, OrderType.STOP_LIMIT, OrderType.TRAILING_STOP), times_in_force=REST),
            ),
        ),
    ),
)
DETAILS = InstrumentDetails(instrument=AAPL)
BRACKET: dict[str, Any] = {
    "order_class": OrderClass.BRACKET,
    "take_profit": ExitTerms(limit_price=Decimal(110)),
    "stop_loss": ExitTerms(stop_price=Decimal(90)),
}


def found(**changes: Any) -> list[tuple[str, str]]:
    return [(v.field, v.reason) for v in check_request(request(**changes), CAPABILITIES, DETAILS)]


def test_a_good_order_has_no_violations() -> None:
    assert found() == []
    assert found(**BRACKET) == []
    assert found(extended_hours=True) == []
    assert found(quantity=Decimal("0.001")) == []


@pytest.mark.parametrize(
    ("changes", "field", "reason"),
    [
        ({"quantity": None}, "quantity", "FIELD_REQUIRED"),
        ({"notional": Decimal(5)}, "quantity", "FIELD_REQUIRED"),
        ({"quantity": Decimal("0.0005")}, "quantity", "QUANTITY_BELOW_MINIMUM"),
        ({"quantity": Decimal(-1)}, "quantity", "QUANTITY_BELOW_MINIMUM"),
        ({"quantity": Decimal("1.0001")}, "quantity", "QUANTITY_NOT_ON_STEP"),
        ({"quantity": Decimal(1001)}, "quantity", "INVALID_FIELD"),
        ({"limit_price": None}, "limit_price", "FIELD_REQUIRED"),
        ({"limit_price": Decimal("100.001")}, "limit_price", "PRICE_NOT_ON_TICK"),
        ({"limit_price": Decimal(0)}, "limit_price", "INVALID_FIELD"),
        ({"stop_price": Decimal(1)}, "stop_price", "INVALID_FIELD"),
        ({"side": Side.SELL_SHORT}, "side", "UNSUPPORTED_BY_BROKER"),
        ({"time_in_force": TimeInForce.IOC}, "time_in_force", "UNSUPPORTED_TIME_IN_FORCE"),
        ({"time_in_force": TimeInForce.GTC, "extended_hours": True}, "extended_hours", "UNSUPPORTED_COMBINATION"),
        ({"type": OrderType.STOP, "limit_price": None, "stop_price": Decimal(90), "quantity": Decimal("0.5")},
         "quantity", "QUANTITY_NOT_ON_STEP"),
        ({"type": OrderType.TRAILING_STOP, "limit_price": None}, "trail_amount", "FIELD_REQUIRED"),
        ({"client_order_id": ""}, "client_order_id", "INVALID_FIELD"),
        ({"client_order_id": "x" * 65}, "client_order_id", "INVALID_FIELD"),
        ({"client_order_id": "späti"}, "client_order_id", "INVALID_FIELD"),
        ({"instrument": Instrument(symbol="BTC/USD", asset_class=AssetClass.CRYPTO)},
         "instrument.asset_class", "UNSUPPORTED_BY_BROKER"),
        ({"take_profit": ExitTerms(limit_price=Decimal(110))}, "order_class", "INVALID_FIELD"),
        ({**BRACKET, "stop_loss": None}, "take_profit", "FIELD_REQUIRED"),
        ({**BRACKET, "take_profit": ExitTerms(limit_price=Decimal(80))}, "take_profit.limit_price", "INVALID_FIELD"),
        ({**BRACKET, "stop_loss": ExitTerms()}, "stop_loss.stop_price", "FIELD_REQUIRED"),
        ({"order_class": OrderClass.OCO, "type": OrderType.MARKET, "limit_price": None,
          "stop_loss": ExitTerms(stop_price=Decimal(90))}, "type", "UNSUPPORTED_COMBINATION"),
    ],
)  # fmt: skip
def test_a_wrong_order_is_refused_by_field_and_reason(changes: dict[str, Any], field: str, reason: str) -> None:
    assert (field, reason) in found(**changes)


def test_a_refusal_says_what_is_supported() -> None:
    violations = check_request(request(time_in_force=TimeInForce.IOC), CAPABILITIES, DETAILS)
    assert violations[0].supported == ("DAY", "GTC")


def test_all_violations_are_returned_together() -> None:
    assert len(found(quantity=Decimal(-1), limit_price=Decimal("1.001"), client_order_id="")) == 3


def test_ticks_are_finer_below_one_dollar() -> None:
    assert found(limit_price=Decimal("0.1234")) == []
    assert ("limit_price", "PRICE_NOT_ON_TICK") in found(limit_price=Decimal("0.12345"))


@pytest.mark.parametrize(
    ("terms", "field", "reason"),
    [
        (OrderTerms(), "terms", "FIELD_REQUIRED"),
        (OrderTerms(stop_price=Decimal(90)), "stop_price", "UNSUPPORTED_BY_BROKER"),
        (OrderTerms(stop_price=Decimal(90)), "stop_price", "INVALID_FIELD"),
        (OrderTerms(limit_price=Decimal("1.001")), "limit_price", "PRICE_NOT_ON_TICK"),
        (OrderTerms(quantity=Decimal(4)), "quantity", "INVALID_FIELD"),
    ],
)
def test_a_wrong_replace_is_refused_by_field_and_reason(terms: OrderTerms, field: str, reason: str) -> None:
    working = order(filled_quantity=Decimal(4))
    assert (field, reason) in [(v.field, v.reason) for v in check_terms(working, terms, CAPABILITIES, DETAILS)]


def test_a_good_replace_has_no_violations() -> None:
    assert check_terms(order(), OrderTerms(quantity=Decimal(20)), CAPABILITIES, DETAILS) == []
