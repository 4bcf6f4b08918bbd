"""Options, spreads of them, coins; and the trailing stop."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from brokerwire_sandbox.alpaca.assets import AssetBook, asset_json, third_friday
from brokerwire_sandbox.alpaca.errors import ApiError
from brokerwire_sandbox.alpaca.settings import Hours
from tests.unit.sandbox import desk as shapes
from tests.unit.sandbox.desk import Desk

CALL, HIGHER = "AAPL260717C00230000", "AAPL260717C00240000"


def spread(desk: Desk, **body: Any) -> dict[str, Any]:
    legs = [
        {"symbol": CALL, "ratio_qty": "2", "side": "buy", "position_intent": "buy_to_open"},
        {"symbol": HIGHER, "ratio_qty": "1", "side": "sell", "position_intent": "sell_to_open"},
    ]
    terms = {"qty": "3", "order_class": "mleg", "legs": legs, "symbol": None, "side": None, **body}
    return desk.submit(**terms)


def test_an_asset_is_found_by_either_symbol_and_by_id() -> None:
    book = AssetBook()
    coin = book.find("BTC/USD")
    assert coin is not None
    assert book.find("BTCUSD") is coin
    assert book.find(coin.id) is coin
    assert coin.position_symbol == "BTCUSD"
    aapl = book.find("AAPL")
    assert aapl is not None
    assert set(asset_json(aapl)) == shapes.ASSET
    assert set(asset_json(coin)) - shapes.ASSET == {"min_order_size", "min_trade_increment", "price_increment"}


@pytest.mark.parametrize("symbol", ["NOPE260717C00230000", "AAPL260732C00230000", "AAPL260717X00230000", "AAPL2607"])
def test_an_option_needs_a_listed_stock_and_a_day_that_exists(symbol: str) -> None:
    assert AssetBook().find(symbol) is None


def test_standard_options_expire_on_the_third_friday() -> None:
    assert [third_friday(2026, m).isoformat() for m in (7, 8, 12)] == ["2026-07-17", "2026-08-21", "2026-12-18"]


def test_an_option_costs_a_hundred_times_its_price() -> None:
    desk = Desk()
    desk.quote(CALL, "5.00", "5.10")
    desk.submit(symbol=CALL, qty="2")
    position = desk.market.views.positions()[0]
    assert (position["symbol"], position["asset_class"], position["qty"]) == (CALL, "us_option", "2")
    assert (position["cost_basis"], position["avg_entry_price"]) == ("1020", "5.1")
    assert desk.market.views.account()["cash"] == "98980"


def test_an_option_without_a_quote_gets_one_from_its_underlying() -> None:
    desk = Desk()
    near, far = desk.market.state.assets.find(CALL), desk.market.state.assets.find("AAPL261218C00230000")
    assert near is not None
    assert far is not None
    first, second = desk.market.state.mark(near), desk.market.state.mark(far)
    assert first is not None
    assert second is not None
    assert second > first > 0


def test_exercise_turns_calls_into_shares_at_the_strike() -> None:
    desk = Desk()
    desk.quote(CALL, "5.00", "5.10")
    desk.submit(symbol=CALL, qty="1")
    asset = desk.market.held_asset(CALL)
    desk.market.script.exercise(asset)
    assert (desk.held(CALL), desk.held("AAPL")) == (0, 100)
    assert desk.market.views.account()["cash"] == str(100_000 - 510 - 23_000)
    assert [entry.kind for entry in desk.market.activities.others] == ["OPEXC", "OPTRD"]


def test_a_short_option_is_not_exercised() -> None:
    desk = Desk()
    desk.submit(symbol="AAPL260717P00200000", side="sell", qty="1")
    with pytest.raises(ApiError) as refused:
        desk.market.script.exercise(desk.market.held_asset("AAPL260717P00200000"))
    assert (refused.value.status, refused.value.code) == (403, 40310001)


def test_a_spread_is_filled_at_its_net_price_in_one_event() -> None:
    desk = Desk()
    desk.quote(CALL, "5.00", "5.10")
    desk.quote(HIGHER, "2.00", "2.10")
    answer = spread(desk, type="limit", limit_price="8.00")
    assert (answer["symbol"], answer["side"], answer["asset_id"], answer["asset_class"]) == ("", "", "", "")
    assert "position_intent" not in answer
    assert [(leg["qty"], leg["ratio_qty"], leg["type"], leg["side"]) for leg in answer["legs"]] == [
        ("6", "2", "", "buy"),
        ("3", "1", "", "sell"),
    ]
    assert desk.told() == ["pending_new", "new"], "the legs ask for 8.20"

    desk.quote(CALL, "4.90", "5.00")
    assert desk.told() == ["pending_new", "new", "fill"]
    fill = desk.last("fill")
    assert "execution_id" not in fill
    assert "position_qty" not in fill
    assert fill["position_qtys"] == {CALL: "6", HIGHER: "-3"}
    assert (fill["qty"], fill["price"]) == ("3", "8")
    assert [set(leg) for leg in fill["legs"]] == [
        {"execution_id", "order_id", "price", "qty", "symbol", "timestamp"}
    ] * 2
    assert [leg["order_id"] for leg in fill["legs"]] == [leg["id"] for leg in answer["legs"]]
    assert desk.market.views.account()["cash"] == str(100_000 - 6 * 500 + 3 * 200)
    assert desk.order(answer["id"]).rest_json()["filled_avg_price"] == "8"


def test_a_credit_is_a_negative_limit() -> None:
    desk = Desk()
    desk.quote(CALL, "5.00", "5.10")
    desk.quote(HIGHER, "2.00", "2.10")
    legs = [
        {"symbol": CALL, "ratio_qty": "1", "side": "sell", "position_intent": "sell_to_open"},
        {"symbol": HIGHER, "ratio_qty": "1", "side": "buy", "position_intent": "buy_to_open"},
    ]
    order_id = spread(desk, type="limit", limit_price="-2.95", qty="1", legs=legs)["id"]
    assert desk.order(order_id).status == "new"
    desk.quote(CALL, "5.05", "5.15")
    assert desk.order(order_id).status == "filled"
    assert desk.last("fill")["price"] == "-2.95"


def test_a_spread_is_canceled_and_expires_with_its_legs() -> None:
    desk = Desk(hours=Hours.XNYS)
    desk.quote(CALL, "5.00", "5.10")
    desk.quote(HIGHER, "2.00", "2.10")
    first = spread(desk, type="limit", limit_price="1")
    second = spread(desk, type="limit", limit_price="1")
    desk.market.cancel(first["id"])
    desk.advance_to("2026-07-06T20:00:00")
    assert {desk.order(leg["id"]).status for leg in first["legs"]} == {"canceled"}
    assert {desk.order(leg["id"]).status for leg in second["legs"]} == {"expired"}
    assert desk.told(second["id"])[-1] == "expired"


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"type": "stop", "stop_price": "5"}, "mleg orders must be market or limit orders"),
        ({"qty": "100000"}, "insufficient buying power"),
        ({"legs": [{"symbol": CALL, "ratio_qty": "1", "side": "buy"}] * 2}, "unique leg symbols"),
        (
            {"legs": [{"symbol": s, "ratio_qty": "1", "side": "buy"} for s in (CALL, "AAPL")]},
            'asset "AAPL" not found',
        ),
        (
            {
                "legs": [
                    {"symbol": CALL, "ratio_qty": "1", "side": "buy"},
                    {"symbol": HIGHER, "ratio_qty": "1", "side": "sell", "position_intent": "sell_to_close"},
                ]
            },
            "insufficient qty available",
        ),
    ],
)
def test_a_spread_is_checked_before_it_is_taken(body: dict[str, Any], message: str) -> None:
    desk = Desk()
    with pytest.raises(ApiError, match=message):
        spread(desk, **body)
    assert desk.events == []


def test_coins_trade_at_any_hour_and_are_called_otherwise_in_positions() -> None:
    desk = Desk(hours=Hours.XNYS, start_time=shapes.at("2026-07-05T03:00:00"))
    answer = desk.submit(symbol="BTC/USD", qty="0.000000123", time_in_force="gtc")
    assert (answer["status"], answer["symbol"]) == ("pending_new", "BTC/USD")
    assert desk.told() == ["pending_new", "new", "fill"]
    assert desk.market.views.positions()[0]["symbol"] == "BTCUSD"
    desk.market.close_position("BTCUSD")
    assert desk.market.views.positions() == []
    assert desk.last("fill")["order"]["time_in_force"] == "gtc"


def test_a_trailing_stop_follows_the_high_and_shows_it() -> None:
    desk = Desk()
    desk.submit(qty="10")
    order_id = desk.submit(side="sell", type="trailing_stop", trail_percent="10", qty="10")["id"]
    desk.quote("AAPL", "240", "240.1")
    desk.quote("AAPL", "235", "235.1")
    shown = desk.order(order_id).rest_json()
    assert (shown["hwm"], shown["stop_price"], shown["trail_percent"], shown["status"]) == ("240", "216", "10", "new")
    desk.quote("AAPL", "216", "216.1")
    assert desk.order(order_id).status == "filled"


def test_a_short_sale_is_negative_and_its_cover_brings_it_to_nothing() -> None:
    desk = Desk()
    assert desk.submit(side="sell", qty="10")["position_intent"] == "sell_to_open"
    position = desk.market.views.positions()[0]
    assert (position["qty"], position["side"], position["qty_available"]) == ("-10", "short", "-10")
    assert desk.market.activities.page(_everything())[0]["side"] == "sell_short"
    with pytest.raises(ApiError, match="insufficient qty available"):
        desk.submit(qty="11")
    assert desk.submit(qty="10")["position_intent"] == "buy_to_close"
    assert desk.held("AAPL") == Decimal(0)


def _everything():  # noqa: ANN202
    from brokerwire_sandbox.alpaca.activities import Query

    return Query()
