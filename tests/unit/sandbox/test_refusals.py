"""Every row of the error catalogue: status, code, message and extra fields."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from brokerwire_sandbox.alpaca import errors
from brokerwire_sandbox.alpaca.errors import ApiError
from brokerwire_sandbox.alpaca.requests import read_body, read_order
from tests.unit.sandbox.desk import Desk


def refusal(desk: Desk, **body: Any) -> ApiError:
    events = len(desk.events)
    with pytest.raises(ApiError) as refused:
        desk.submit(**body)
    assert len(desk.events) == events, "a refused order leaves no trace"
    return refused.value


LIMIT = {"type": "limit"}


@pytest.mark.parametrize(
    ("body", "status", "code", "message"),
    [
        ({"qty": None}, 422, 40010001, "qty or notional is required"),
        ({"qty": "1", "notional": "5"}, 422, 40010001, "only one of qty or notional is accepted"),
        ({"qty": "-1"}, 422, 40010001, "qty must be > 0"),
        ({"qty": "ten"}, 422, 40010001, "qty is invalid"),
        ({"qty": "1e99"}, 422, 40010001, "qty is invalid"),
        ({"qty": "0.0000000001"}, 422, 40010001, "qty must be limited to 9 decimal places"),
        ({"symbol": "NOSUCH"}, 422, 40010001, 'asset "NOSUCH" not found'),
        ({"side": "up"}, 422, 40010001, "invalid side"),
        ({"time_in_force": "gtd"}, 422, 40010001, "invalid time_in_force"),
        ({"client_order_id": "x" * 129}, 422, 40010001, "client_order_id must be no more than 128 characters"),
        ({**LIMIT}, 422, 40010001, "limit orders require limit price"),
        ({"limit_price": "5"}, 422, 40010001, "market orders require no limit price"),
        ({"type": "stop"}, 422, 40010001, "stop orders require stop price"),
        ({"type": "trailing_stop"}, 422, 40010001, "one of trail_price or trail_percent"),
        (
            {**LIMIT, "limit_price": "290.123"},
            422,
            42210000,
            "invalid limit_price 290.123. sub-penny increment does not fulfill minimum pricing criteria",
        ),
        ({**LIMIT, "limit_price": "0.12345"}, 422, 42210000, "sub-penny"),
        ({"qty": "1.5", "time_in_force": "gtc"}, 422, 42210000, "fractional orders must be DAY orders"),
        ({"order_class": "bracket"}, 422, 42210000, "bracket orders require take_profit.limit_price"),
        (
            {"qty": "1.5", "order_class": "oto", "stop_loss": {"stop_price": "9"}},
            422,
            42210000,
            "fractional orders must be simple orders",
        ),
        ({"symbol": "BTC/USD"}, 422, 42210000, "invalid crypto time_in_force"),
        ({"symbol": "AAPL260717C00230000", "qty": "1.5"}, 422, 42210000, "options orders must have whole qty"),
        ({"symbol": "AAPL260717C00230000", "time_in_force": "gtc"}, 422, 42210000, "must be day for options"),
        ({"symbol": "AAPL260102C00230000"}, 422, 42210000, "is expired"),
        ({"order_class": "mleg", "legs": []}, 422, 40010001, "mleg orders require 2 to 4 legs"),
    ],
)
def test_an_order_is_refused_in_the_service_s_words(body: dict[str, Any], status: int, code: int, message: str) -> None:
    if body.get("qty") and body.get("notional"):
        with pytest.raises(ApiError, match=message):
            read_order({"symbol": "AAPL", "side": "buy", "type": "market", "time_in_force": "day", **body})
        return
    error = refusal(Desk(), **body)
    assert (error.status, error.code) == (status, code)
    assert message in error.body["message"]


def test_an_id_of_128_characters_is_taken() -> None:
    assert Desk().submit(client_order_id="x" * 128)["client_order_id"] == "x" * 128


def test_buying_power_is_named_with_the_cost() -> None:
    error = refusal(Desk(), qty="100000")
    assert (error.status, error.code) == (403, 40310000)
    assert error.body == {
        "code": 40310000,
        "message": "insufficient buying power",
        "buying_power": "400000",
        "cost_basis": "22851000",
    }


def test_what_is_not_held_can_not_be_sold_twice() -> None:
    desk = Desk()
    desk.submit(qty="10")
    resting = desk.limit("300", side="sell", qty="6")
    error = refusal(desk, type="limit", limit_price="300", side="sell", qty="5")
    assert error.status == 403
    assert error.body == {
        "code": 40310000,
        "message": "insufficient qty available for order (requested: 5, available: 4)",
        "available": "4",
        "existing_qty": "10",
        "held_for_orders": "6",
        "symbol": "AAPL",
        "related_orders": [resting["id"]],
    }


def test_the_opposite_side_of_a_resting_order_is_a_wash_trade() -> None:
    desk = Desk()
    desk.submit(qty="10")
    resting = desk.limit("300", side="sell", qty="5")
    error = refusal(desk, qty="1")
    assert error.body["existing_order_id"] == resting["id"]
    assert error.body["reject_reason"]
    desk.limit("200", qty="1")


def test_long_and_short_orders_do_not_stand_side_by_side() -> None:
    desk = Desk()
    desk.limit("300", side="sell", qty="5")
    error = refusal(desk, type="limit", limit_price="100")
    assert error.body["message"] == "cannot open a long buy while a short sell order is open"
    assert error.body["code"] == 40310000


def test_an_asset_without_fractions_says_so() -> None:
    desk = Desk()
    desk.market.state.configuration["fractional_trading"] = False
    assert refusal(desk, qty="1.5").body["message"] == 'asset "AAPL" is not fractionable'


@pytest.mark.parametrize(
    ("configuration", "body", "message"),
    [
        ({"no_shorting": True}, {"side": "sell"}, "account is not allowed to short"),
        ({"suspend_trade": True}, {}, "new orders are rejected by user request"),
    ],
)
def test_the_account_s_configuration_is_obeyed(
    configuration: dict[str, bool], body: dict[str, str], message: str
) -> None:
    desk = Desk()
    desk.market.state.configuration.update(configuration)
    assert refusal(desk, **body).body["message"] == message


def test_a_bracket_must_open_and_an_oco_must_close() -> None:
    desk = Desk()
    exits = {"take_profit": {"limit_price": "300"}, "stop_loss": {"stop_price": "100"}}
    error = refusal(desk, order_class="oco", side="sell", type="limit", **exits)
    assert error.body["message"] == "oco orders must be exit orders"
    desk.submit(side="sell", qty="10")
    error = refusal(desk, order_class="bracket", **exits)
    assert error.body["message"] == "bracket orders must be entry orders"


def test_a_naked_call_is_not_written() -> None:
    desk = Desk()
    error = refusal(desk, symbol="AAPL260717C00230000", side="sell", qty="2")
    assert error.body["required_qty"] == "200"
    assert error.body["available_qty"] == "0"
    assert error.body["underlying_asset_id"]
    desk.submit(qty="100")
    desk.submit(symbol="AAPL260717C00230000", side="sell", qty="1")
    assert desk.held("AAPL260717C00230000") == -1
    assert refusal(desk, symbol="AAPL260717C00235000", side="sell", qty="1").body["available_qty"] == "0"


def test_coins_are_not_sold_short() -> None:
    error = refusal(Desk(), symbol="BTC/USD", side="sell", qty="1", time_in_force="gtc")
    assert error.body["message"] == "insufficient balance for BTC (requested: 1, available: 0)"
    assert (error.status, error.code) == (403, 40310000)


@pytest.mark.parametrize("raw", [b"{", b"[]", b'"text"', b"\xff"])
def test_a_body_that_is_no_object_is_malformed(raw: bytes) -> None:
    with pytest.raises(ApiError) as refused:
        read_body(raw)
    assert (refused.value.status, refused.value.code) == (400, 40010000)


def test_floats_are_read_exactly_as_they_are_written() -> None:
    terms = read_order(
        read_body(b'{"symbol":"AAPL","side":"buy","type":"limit","time_in_force":"day","qty":1e-09,"limit_price":5.10}')
    ).terms
    assert (terms.quantity, terms.limit_price) == (Decimal("0.000000001"), Decimal("5.1"))


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (errors.unauthorized(), 401, 40110000),
        (errors.wrong_host(), 403, 0),
        (errors.too_many_requests(), 429, 42910000),
        (errors.server_error(), 500, 50010000),
        (errors.timed_out(), 504, 50410000),
        (errors.not_found("x"), 404, 40410000),
    ],
)
def test_status_and_code_go_in_pairs(error: ApiError, status: int, code: int) -> None:
    assert (error.status, error.code) == (status, code)
    assert ("code" in error.body) is bool(code)
