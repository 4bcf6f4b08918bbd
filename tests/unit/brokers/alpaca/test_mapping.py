"""Alpaca's words become ours as the tables say, and what is not in a table ends nothing."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from brokerwire_server.brokers.alpaca import mapping, wire
from brokerwire_server.brokers.alpaca.accounts import account_of, account_state, activity_of, position_of
from brokerwire_server.brokers.alpaca.feed import Feed
from brokerwire_server.brokers.alpaca.reference import details_of, details_of_contract
from brokerwire_server.brokers.alpaca.requests import replace_body, same_content, submit_body, unsendable
from brokerwire_server.brokers.alpaca.symbols import crypto_pair, instrument_of, occ
from brokerwire_server.domain.accounts import AccountStatus, AccountType, ActivityType
from brokerwire_server.domain.fills import FillKind
from brokerwire_server.domain.instruments import AssetClass, Instrument, OptionType
from brokerwire_server.domain.orders import (
    LegRole,
    OrderClass,
    OrderLeg,
    OrderState,
    OrderTerms,
    OrderType,
    Side,
    StateReason,
    TimeInForce,
)
from brokerwire_server.domain.reports import (
    CancelRejectedReport,
    FillReport,
    ReplacedReport,
    ReplaceRejectedReport,
    StatusReport,
)
from tests.unit.brokers.alpaca.reading import SPEC
from tests.unit.brokers.alpaca.rigs import order

PAYLOADS = Path(__file__).parent / "payloads"
OURS = order(10)
"""The order whose id the payloads carry."""


def payload(name: str) -> Any:
    return json.loads((PAYLOADS / f"{name}.json").read_bytes())


def update(name: str, **changes: Any) -> wire.TradeUpdate:
    return wire.decode(wire.TradeUpdate, json.dumps({**payload(name)["data"], **changes}).encode())


def an_order(name: str, **changes: Any) -> wire.Order:
    return wire.decode(wire.Order, json.dumps({**payload(name), **changes}).encode())


@pytest.fixture
def feed() -> Feed:
    feed = Feed("alpaca-paper")
    feed.index.learn([OURS])
    return feed


# --- states -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", ["done_for_day", "calculated", "stopped", "held", "suspended", "pending_cancel"])
def test_only_final_statuses_end_an_order(status: str) -> None:
    assert not mapping.STATES[status].terminal


def test_a_status_that_nobody_knows_ends_nothing_and_is_kept(feed: Feed) -> None:
    (report,) = feed.take(update("ws_tu_pending_new", order={**payload("rest_order_crypto"), "status": "melted"}))
    assert isinstance(report, StatusReport)
    assert (report.state, report.broker_status) == (OrderState.ACCEPTED, "melted")


@pytest.mark.parametrize("status", sorted(mapping.STATES))
def test_no_status_claims_a_fill(status: str) -> None:
    assert mapping.STATES[status] not in (OrderState.FILLED, OrderState.PARTIALLY_FILLED, OrderState.REPLACED)


@pytest.mark.parametrize(
    ("name", "state", "reason"),
    [
        ("ws_tu_new_offset_time", OrderState.WORKING, StateReason.NONE),
        ("ws_tu_pending_new", OrderState.ACCEPTED, StateReason.NONE),
        ("ws_tu_canceled", OrderState.CANCELED, StateReason.CLIENT),
        ("ws_tu_rejected", OrderState.REJECTED, StateReason.INSTRUMENT_NOT_TRADABLE),
        ("ws_tu_expired", OrderState.EXPIRED, StateReason.TIME_IN_FORCE_EXPIRED),
        ("ws_tu_done_for_day", OrderState.ACCEPTED, StateReason.NONE),
    ],
)
def test_an_event_says_where_the_order_stands(feed: Feed, name: str, state: OrderState, reason: StateReason) -> None:
    (report,) = feed.take(update(name))
    assert isinstance(report, StatusReport)
    assert (report.state, report.reason) == (state, reason)
    assert report.broker_client_order_id == OURS.broker_client_order_id
    assert report.time == 1_772_463_845_123_456_789
    assert report.terms is None


# --- executions ---------------------------------------------------------------------------------------------------


def test_a_partial_fill_is_this_execution_and_the_total_is_a_check(feed: Feed) -> None:
    fill, status = feed.take(update("ws_tu_partial_fill"))
    assert isinstance(fill, FillReport)
    assert isinstance(status, StatusReport)
    assert (fill.quantity, fill.price, fill.execution_id) == (Decimal(3), Decimal("412.4501"), "e1")
    assert (status.state, status.cumulative_quantity) == (OrderState.WORKING, Decimal(3))


def test_a_total_ahead_of_the_executions_is_noticed(feed: Feed) -> None:
    short: list[wire.Order] = []
    feed.on_short = short.append
    feed.take(update("ws_tu_partial_fill"))
    assert not short
    data = payload("ws_tu_partial_fill")["data"]
    ahead = {**data["order"], "filled_qty": "6"}
    feed.take(update("ws_tu_partial_fill", execution_id="e2", qty="1", event_id="other", order=ahead))
    assert [one.filled_qty for one in short] == [Decimal(6)]


def test_an_event_that_comes_twice_says_nothing_the_second_time(feed: Feed) -> None:
    assert feed.take(update("ws_tu_partial_fill"))
    assert feed.take(update("ws_tu_partial_fill")) == []


def test_busts_and_corrections_name_the_execution_with_a_positive_quantity(feed: Feed) -> None:
    feed.take(update("ws_tu_partial_fill"))
    bust = feed.take(update("ws_tu_bust", event_id="b"))[0]
    correction = feed.take(update("ws_tu_correct", event_id="c"))[0]
    assert isinstance(bust, FillReport)
    assert isinstance(correction, FillReport)
    assert (bust.kind, bust.quantity, bust.refers_to_execution_id) == (FillKind.BUST, Decimal(3), "e1")
    assert (correction.kind, correction.price, correction.refers_to_execution_id) == (
        FillKind.CORRECTION,
        Decimal("412.44"),
        "e1",
    )


def test_a_multi_leg_fill_is_one_execution_per_leg_with_its_instrument_and_side(feed: Feed) -> None:
    found = feed.take(wire.decode(wire.TradeUpdate, json.dumps(payload("sse_mleg_fill")).encode()))
    fills = [one for one in found if isinstance(one, FillReport)]
    assert [(f.execution_id, f.instrument.symbol, f.side, f.price) for f in fills] == [
        ("m1", "MSFT260320C00400000", Side.BUY, Decimal("3.1")),
        ("m2", "MSFT260320C00420000", Side.SELL_SHORT, Decimal("2.05")),
    ]
    assert all(f.broker_client_order_id == OURS.broker_client_order_id for f in fills)


@pytest.mark.parametrize("text", ["NaN", "Infinity", "1E+3000000"])
def test_a_number_that_is_none_is_refused(feed: Feed, text: str) -> None:
    with pytest.raises(wire.UndecodableError):
        feed.take(update("ws_tu_partial_fill", price=text))


# --- replacing ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("first", ["ws_tu_replaced", "ws_tu_replacement_new"])
def test_a_replace_is_new_terms_of_the_same_order_in_either_order_of_events(feed: Feed, first: str) -> None:
    events = ["ws_tu_replaced", "ws_tu_replacement_new"]
    found = [report for name in sorted(events, key=first.__ne__) for report in feed.take(update(name, event_id=name))]
    replaced = [one for one in found if isinstance(one, ReplacedReport)]
    assert {(r.terms.limit_price, r.revision, r.broker_client_order_id) for r in replaced} == {
        (Decimal("411.75"), 1_772_463_846_500_000_000, OURS.broker_client_order_id)
    }
    assert not any(one.state.terminal for one in found if isinstance(one, StatusReport))


def test_a_replacement_that_was_only_taken_in_changes_nothing(feed: Feed) -> None:
    data = payload("ws_tu_replacement_new")["data"]
    asked = update("ws_tu_replacement_new", event="pending_new", order={**data["order"], "status": "pending_new"})
    assert feed.take(asked) == []


def test_a_rejected_replacement_leaves_the_order_as_it_is(feed: Feed) -> None:
    data = payload("ws_tu_replacement_new")["data"]
    found = feed.take(update("ws_tu_replacement_new", event="rejected", order={**data["order"], "status": "rejected"}))
    assert [type(one) for one in found] == [ReplaceRejectedReport]


def test_rejected_actions_are_reported_as_such(feed: Feed) -> None:
    replace, _ = feed.take(update("ws_tu_replace_rejected", event_id="r"))
    cancel, _ = feed.take(update("ws_tu_cancel_rejected", event_id="c"))
    assert isinstance(replace, ReplaceRejectedReport)
    assert isinstance(cancel, CancelRejectedReport)
    assert (replace.message, cancel.message) == ("too late", "order is filled")


def test_a_late_fill_on_the_old_generation_belongs_to_the_order(feed: Feed) -> None:
    feed.take(update("ws_tu_replaced", event_id="a"))
    feed.take(update("ws_tu_replacement_new", event_id="b"))
    fill = feed.take(update("ws_tu_partial_fill", event_id="c"))[0]
    assert isinstance(fill, FillReport)
    assert fill.broker_client_order_id == OURS.broker_client_order_id


# --- groups and orders of others ----------------------------------------------------------------------------------


def test_an_event_of_an_unknown_leg_waits_until_its_parent_was_read(feed: Feed) -> None:
    parent = an_order("rest_order_bracket")
    profit = order(11, role=LegRole.TAKE_PROFIT, parent_order_id=OURS.order_id)
    feed.index.learn([OURS, profit])
    leg = payload("rest_order_bracket")["legs"][0]
    assert feed.take(update("ws_tu_canceled", order={**leg, "status": "canceled"})) == []
    feed.of_orders([parent])
    (report,) = feed.release()
    assert isinstance(report, StatusReport)
    assert report.broker_client_order_id == profit.broker_client_order_id
    assert report.terms is None


def test_an_order_of_another_client_is_described_for_adoption() -> None:
    feed = Feed("alpaca-paper")
    strange = {**payload("ws_tu_pending_new")["data"]["order"], "client_order_id": "their-own"}
    (report,) = feed.take(update("ws_tu_pending_new", order=strange))
    assert isinstance(report, StatusReport)
    assert report.terms is not None
    assert (report.terms.client_order_id, report.terms.quantity) == ("their-own", Decimal(7))


def test_a_notional_order_is_sized_by_what_was_filled(feed: Feed) -> None:
    ((_, reports),) = feed.of_orders([an_order("rest_order_notional_filled")])
    assert [r.quantity for r in reports if isinstance(r, StatusReport)] == [Decimal("0.060606061")]


# --- accounts, history, reference ---------------------------------------------------------------------------------


def test_an_account_becomes_ours() -> None:
    found = wire.decode(wire.Account, json.dumps(payload("rest_account_margin")).encode())
    account = account_of(found, SPEC)
    assert (account.broker_account_id, account.type, account.status) == (
        "PA1TEST00001",
        AccountType.MARGIN,
        AccountStatus.ACTIVE,
    )
    balances = account_state(found, account, 5).balances
    assert (balances.cash, balances.short_market_value, balances.day_profit_loss) == (
        Decimal("25000.17"),
        Decimal(-200),
        Decimal("100.17"),
    )


@pytest.mark.parametrize("flag", ["trading_blocked", "account_blocked", "trade_suspended_by_user"])
def test_a_blocked_account_is_restricted(flag: str) -> None:
    found = wire.decode(wire.Account, json.dumps({**payload("rest_account_margin"), flag: True}).encode())
    assert account_of(found, SPEC).status is AccountStatus.RESTRICTED


def test_positions_are_signed_and_crypto_has_its_slash() -> None:
    raw = json.dumps(payload("rest_positions_short_and_crypto")).encode()
    short, coin = (position_of(one, "a") for one in wire.decode(tuple[wire.Position, ...], raw))
    assert (short.quantity, short.average_cost) == (Decimal(-4), Decimal("410.25"))
    assert (coin.instrument.symbol, coin.instrument.asset_class) == ("ETH/USD", AssetClass.CRYPTO)


def test_history_is_movements_of_cash_and_no_fills() -> None:
    raw = json.dumps(payload("rest_activities_mixed")).encode()
    found = [activity_of(one, "a") for one in wire.decode(tuple[wire.Activity, ...], raw)]
    assert [one and (one.type, one.amount) for one in found] == [
        None,
        (ActivityType.DIVIDEND, Decimal("2.28")),
        (ActivityType.FEE, Decimal("-0.02")),
        (ActivityType.WITHDRAWAL, Decimal(-10)),
        None,
    ]


def test_reference_data_has_the_rules_of_each_class() -> None:
    raw = json.dumps(payload("rest_assets_three")).encode()
    share, coin, gone = (details_of(one) for one in wire.decode(tuple[wire.Asset, ...], raw))
    assert share is not None
    assert coin is not None
    assert gone is not None
    assert (share.tick_at(Decimal(1)), share.quantity_increment) == (Decimal("0.01"), Decimal("0.000000001"))
    assert (coin.tick_at(Decimal(1)), coin.minimum_quantity) == (Decimal("0.1"), Decimal("0.001"))
    assert not gone.tradable
    page = wire.decode(wire.Contracts, json.dumps(payload("rest_option_contracts_page")).encode())
    contract = details_of_contract(page.option_contracts[0]).instrument.option
    assert contract is not None
    assert (contract.type, contract.strike, contract.multiplier) == (OptionType.CALL, Decimal(400), Decimal(100))


@pytest.mark.parametrize(
    ("text", "pair"),
    [("BTCUSD", "BTC/USD"), ("ETHUSDT", "ETH/USDT"), ("USDCUSD", "USDC/USD"), ("ETHBTC", "ETH/BTC"), ("A/B", "A/B")],
)
def test_crypto_positions_get_their_slash(text: str, pair: str) -> None:
    assert crypto_pair(text) == pair


def test_an_occ_symbol_tells_its_terms() -> None:
    contract = occ("MSFT260320P00412500")
    assert contract is not None
    assert (contract.underlying, contract.strike, contract.expiration) == ("MSFT", Decimal("412.5"), "2026-03-20")
    assert instrument_of("MSFT").asset_class is AssetClass.EQUITY


# --- times --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-03-02T15:04:05.123456789Z", 1_772_463_845_123_456_789),
        ("2026-03-02T10:04:05.123456789-05:00", 1_772_463_845_123_456_789),
        ("2026-03-02T15:04:05.123Z", 1_772_463_845_123_000_000),
        ("2026-03-02T15:04:05Z", 1_772_463_845_000_000_000),
        ("2026-03-02", 1_772_409_600_000_000_000),
        ("not a time", 0),
        ("2026-13-40T00:00:00Z", 0),
        (None, 0),
    ],
)
def test_times_of_any_precision_and_offset_are_exact(text: str | None, expected: int) -> None:
    assert wire.nanos(text) == expected


def test_a_time_survives_the_way_out_and_back() -> None:
    assert wire.nanos(wire.rfc3339(1_772_463_845_000_000_001)) == 1_772_463_845_000_000_001


# --- requests -----------------------------------------------------------------------------------------------------


def numbers(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return [found for one in value.values() for found in numbers(one)]
    if isinstance(value, list):
        return [found for one in value for found in numbers(one)]
    return [value] if isinstance(value, int | float | Decimal) and not isinstance(value, bool) else []


def test_no_number_goes_out_as_a_json_number() -> None:
    spread = order(
        5,
        order_class=OrderClass.MULTI_LEG,
        instrument=Instrument(symbol="MSFT", asset_class=AssetClass.OPTION),
        legs=(
            OrderLeg(instrument=instrument_of("MSFT260320C00400000"), side=Side.BUY),
            OrderLeg(instrument=instrument_of("MSFT260320C00420000"), side=Side.SELL_SHORT, ratio=Decimal(2)),
        ),
    )
    bodies = [
        submit_body([order(quantity=Decimal("1E+3"), limit_price=Decimal("0.000000001"))]),
        submit_body([order(quantity=None, notional=Decimal("10.50"))]),
        submit_body([spread]),
        replace_body(order(), OrderTerms(quantity=Decimal(100), trail_percent=Decimal("1.5")), "x"),
    ]
    assert [numbers(body) for body in bodies] == [[], [], [], []]
    assert bodies[0]["qty"] == "1000"
    assert bodies[0]["limit_price"] == "0.000000001"
    assert bodies[2]["legs"] == [
        {"symbol": "MSFT260320C00400000", "ratio_qty": "1", "side": "buy", "position_intent": "buy_to_open"},
        {"symbol": "MSFT260320C00420000", "ratio_qty": "2", "side": "sell", "position_intent": "sell_to_open"},
    ]


@pytest.mark.parametrize(
    ("asset_class", "side", "intent"),
    [
        (AssetClass.EQUITY, Side.BUY, None),
        (AssetClass.EQUITY, Side.SELL, "sell_to_close"),
        (AssetClass.EQUITY, Side.SELL_SHORT, "sell_to_open"),
        (AssetClass.EQUITY, Side.BUY_TO_COVER, "buy_to_close"),
        (AssetClass.OPTION, Side.BUY, "buy_to_open"),
        (AssetClass.CRYPTO, Side.SELL, None),
    ],
)
def test_a_sale_says_whether_it_opens_or_closes(asset_class: AssetClass, side: Side, intent: str | None) -> None:
    sent = submit_body([order(side=side, instrument=Instrument(symbol="X", asset_class=asset_class))])
    assert sent.get("position_intent") == intent


def test_a_group_goes_out_as_one_request() -> None:
    entry = order(1, order_class=OrderClass.BRACKET)
    profit = order(2, role=LegRole.TAKE_PROFIT, limit_price=Decimal(12))
    loss = order(3, role=LegRole.STOP_LOSS, type=OrderType.STOP, limit_price=None, stop_price=Decimal(8))
    body = submit_body([entry, profit, loss])
    assert (body["order_class"], body["take_profit"], body["stop_loss"]) == (
        "bracket",
        {"limit_price": "12"},
        {"stop_price": "8"},
    )
    assert unsendable([entry, order(4, type=OrderType.TRAILING_STOP)])


def test_content_is_compared_field_by_field() -> None:
    there = an_order("rest_order_crypto", symbol="AAPL", asset_class="us_equity", qty="10.00")
    mine = order(type=OrderType.MARKET, limit_price=None, time_in_force=TimeInForce.GTC)
    assert same_content(mine, there)
    for change in ({"quantity": Decimal(11)}, {"side": Side.SELL}, {"time_in_force": TimeInForce.DAY}):
        assert not same_content(replace(mine, **change), there)
