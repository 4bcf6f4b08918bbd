"""Alpaca's market data in our terms: the tables, row by row."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from brokerwire_server.brokers.alpaca import market_mapping as mapping
from brokerwire_server.domain.decimals import format_decimal
from brokerwire_server.domain.market import BarUnit, CorporateActionType
from tests.unit.brokers.alpaca.market import NOON, SECOND, at

DAY = 86_400 * SECOND


@pytest.mark.parametrize(
    ("kind", "fields", "expected"),
    [
        ("forward_splits", {"symbol": "A", "new_rate": 4, "old_rate": 1}, ("A", "", "4", "1", None)),
        (
            "reverse_splits",
            {"symbol": "A", "new_rate": 1, "old_rate": 50, "new_symbol": "AX"},
            ("A", "AX", "1", "50", None),
        ),
        (
            "unit_splits",
            {"old_symbol": "AU", "old_rate": 1, "new_symbol": "A", "new_rate": 1, "alternate_symbol": "AW"},
            ("AU", "A", "1", "1", None),
        ),
        ("cash_dividends", {"symbol": "A", "rate": 0.125}, ("A", "", None, None, "0.125")),
        ("stock_dividends", {"symbol": "A", "rate": 0.05}, ("A", "", "0.05", "1", None)),
        (
            "spin_offs",
            {"source_symbol": "A", "source_rate": 19.35, "new_symbol": "B", "new_rate": 1},
            ("A", "B", "1", "19.35", None),
        ),
        ("cash_mergers", {"acquiree_symbol": "A", "rate": 5.37}, ("A", "", None, None, "5.37")),
        (
            "stock_mergers",
            {"acquirer_symbol": "B", "acquirer_rate": 0.895, "acquiree_symbol": "A", "acquiree_rate": 1},
            ("A", "B", "0.895", "1", None),
        ),
        (
            "stock_and_cash_mergers",
            {"acquirer_symbol": "B", "acquirer_rate": 2, "acquiree_symbol": "A", "acquiree_rate": 1, "cash_rate": 7.8},
            ("A", "B", "2", "1", "7.8"),
        ),
        ("redemptions", {"symbol": "A", "rate": 0.141134}, ("A", "", None, None, "0.141134")),
        ("name_changes", {"old_symbol": "A", "new_symbol": "B"}, ("A", "B", None, None, None)),
        ("worthless_removals", {"symbol": "A"}, ("A", "", None, None, None)),
        (
            "rights_distributions",
            {"source_symbol": "A", "new_symbol": "A.RT", "rate": 1},
            ("A", "A.RT", "1", "1", None),
        ),
    ],
)
def test_every_kind_of_corporate_action_says_who_gets_what(
    kind: str, fields: dict[str, Any], expected: tuple[str | None, ...]
) -> None:
    raw = {"id": "x", "process_date": "2026-03-04", "cusip": "037833100", **fields}
    action = mapping.action_of(kind, raw)
    rates = (action.new_rate, action.old_rate, action.cash_rate)
    told = tuple(None if rate is None else format_decimal(rate) for rate in rates)
    assert (action.symbol, action.new_symbol, *told) == expected
    assert action.type is CorporateActionType(kind.removesuffix("s").upper())
    assert (action.process_date, action.details["cusip"]) == ("2026-03-04", "037833100")


def test_the_table_of_corporate_actions_is_whole() -> None:
    assert set(mapping.ACTION_TYPES.values()) == set(CorporateActionType) - {CorporateActionType.OTHER}


@pytest.mark.parametrize("text", ["NaN", "Infinity", "1e999999999", "1e-999", "", "12,5", "1" * 70])
def test_what_is_no_number_within_reason_is_an_error(text: str) -> None:
    with pytest.raises(ValueError, match=r"is not a number|is out of range"):
        mapping.exact(text)


def test_a_number_keeps_its_digits() -> None:
    assert mapping.exact("0.1000000000000000055511151231257827") == Decimal("0.1000000000000000055511151231257827")
    assert mapping.exact("1.5e-37") == Decimal("1.5e-37")  # a gamma far out of the money
    assert mapping.exact("-1.25e-3") == Decimal("-0.00125")
    assert (mapping.number(None), mapping.optional(None), mapping.optional("")) == (0, None, None)


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("2026-03-04T17:00:00Z", NOON),
        ("2026-03-04T17:00:00.123456789Z", NOON + 123_456_789),
        ("2026-03-04T12:00:00.5-05:00", NOON + 500_000_000),
        ("2026-03-04T12:00:00-05:00", NOON),
    ],
)
def test_times_of_any_precision_and_zone_are_nanoseconds(text: str, time: int) -> None:
    assert mapping.nanos(text) == time


def test_a_time_without_zone_is_an_error() -> None:
    with pytest.raises(ValueError, match="no time zone"):
        mapping.nanos("2026-03-04T17:00:00")


@pytest.mark.parametrize(
    ("days", "step", "timeframe"),
    [
        (1, 60, "1Min"),
        (1, 299, "1Min"),
        (1, 3600, "1H"),
        (1, 200_000, "1D"),
        (10, 60, "5Min"),
        (10, 1000, "15Min"),
        (60, 60, "1D"),
    ],
)
def test_history_comes_in_what_alpaca_has_for_so_long_a_time(days: int, step: int, timeframe: str) -> None:
    assert mapping.history_timeframe(NOON - days * DAY, NOON, step * SECOND) == timeframe


def test_a_day_of_the_calendar_is_in_new_york_s_time() -> None:
    raw = {"date": "2026-11-27", "open": "09:30", "close": "13:00", "session_open": "0400", "session_close": "1700"}
    day = mapping.trading_day(raw)
    assert (day.pre_open, day.open) == (at("2026-11-27T09:00:00"), at("2026-11-27T14:30:00"))
    assert (day.close, day.post_close) == (at("2026-11-27T18:00:00"), at("2026-11-27T22:00:00"))
    assert day.half_day
    bare = mapping.trading_day({"date": "1975-03-04", "open": "09:30", "close": "16:00"})
    assert (bare.pre_open == bare.open, bare.post_close == bare.close, bare.half_day) == (True, True, False)


def test_gains_leave_deposits_out_and_values_that_are_missing_are_skipped() -> None:
    raw = {
        "timestamp": [100, 200, 300, 400],
        "equity": [1000, None, 1150, Decimal("1155.5")],
        "profit_loss": [0, None, 50, Decimal("5.5")],
        "cashflow": {"CSD": [0, 100, 0, 0], "DIV": [0, 0, 0, 5]},
    }
    points = mapping.history_points(raw)
    assert [(p.time // SECOND, p.equity, p.profit_loss) for p in points] == [
        (100, 1000, 0),
        (300, 1150, 50),
        (400, Decimal("1155.5"), Decimal("55.5")),
    ]


def test_an_adjusted_contract_has_its_own_units_and_is_still_an_option() -> None:
    contract = {
        "symbol": "AAPL1260320C00190000",
        "underlying_symbol": "AAPL",
        "type": "call",
        "strike_price": "190.5",
        "expiration_date": "2026-03-20",
        "size": "150",
        "open_interest": None,
    }
    entry = mapping.chain_entry(contract, None, delayed=True)
    assert entry.instrument.option is not None
    assert (entry.instrument.option.multiplier, entry.instrument.option.strike) == (150, Decimal("190.5"))
    assert (entry.quote, entry.greeks, entry.open_interest) == (None, None, None)
    assert mapping.kind_of(entry.instrument.symbol) == mapping.OPTION


@pytest.mark.parametrize(
    ("symbol", "kind"),
    [("AAPL", "stock"), ("BRK.B", "stock"), ("BTC/USD", "crypto"), ("AAPL260320C00190000", "option")],
)
def test_a_symbol_s_form_says_where_its_data_is(symbol: str, kind: str) -> None:
    assert mapping.kind_of(symbol) == kind


def test_every_unit_has_a_length_of_one() -> None:
    assert set(mapping.UNITS) == set(BarUnit)
    assert all(1 in counts for _, counts in mapping.UNITS.values())
