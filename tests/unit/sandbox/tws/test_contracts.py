from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from brokerwire_sandbox.tws.contracts import ContractBook, ContractQuery
from brokerwire_sandbox.tws.listing import increment_at, listings, third_friday
from tests.unit.sandbox.tws.building import BOOK


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ({"con_id": 265598}, 1),
        ({"con_id": 265598, "exchange": "NYSE"}, 1),
        ({"con_id": 265598, "exchange": "CME"}, 0),
        ({"symbol": "AAPL", "security": "STK", "exchange": "SMART", "currency": "USD"}, 1),
        ({"symbol": "AAPL", "security": "STK", "exchange": "SMART", "currency": "EUR"}, 0),
        ({"symbol": "IBKR0", "security": "STK", "exchange": "SMART"}, 2),
        ({"symbol": "IBKR0", "security": "STK", "exchange": "SMART", "primary_exchange": "ARCA"}, 1),
        ({"symbol": "ES", "security": "FUT", "exchange": "CME"}, 2),
        ({"symbol": "ES", "security": "FUT", "exchange": "CME", "expiry": "202506"}, 1),
        ({"local_symbol": "ESM5", "security": "FUT", "exchange": "CME"}, 1),
        ({"symbol": "AAPL", "security": "OPT", "exchange": "SMART", "strike": Decimal(230), "right": "C"}, 3),
        ({"symbol": "EUR", "security": "CASH", "exchange": "IDEALPRO", "currency": "USD"}, 1),
        ({"sec_id_type": "ISIN", "sec_id": "US0378331005", "exchange": "SMART"}, 1),
        ({"security": "STK", "exchange": "SMART"}, 0),
        ({}, 0),
    ],
)
def test_a_look_up_finds_what_fits(query: dict[str, Any], count: int) -> None:
    assert len(BOOK.find(ContractQuery(**query))) == count


def test_without_an_exchange_a_contract_has_a_row_for_each() -> None:
    found = BOOK.find(ContractQuery(symbol="AAPL", security="STK", currency="USD"))
    assert [c.exchange for c in found][:2] == ["SMART", "AMEX"]
    assert len({c.con_id for c in found}) == 1


@pytest.mark.parametrize(
    "name", ["AAPL", "ESM5", "EUR.USD", "BTC", "AAPL  250516C00230000", "AAPL250516C00230000", "265598"]
)
def test_contracts_have_names(name: str) -> None:
    assert BOOK.named(name).con_id


def test_an_unknown_name_is_explained() -> None:
    with pytest.raises(ValueError, match="no contract NOPE"):
        BOOK.named("NOPE")


@pytest.mark.parametrize("today", [date(2025, 1, 1), date(2025, 12, 31), date(2026, 3, 20), date(2028, 2, 29)])
def test_whatever_the_day_all_that_expires_lies_ahead_and_no_id_is_double(today: date) -> None:
    found = listings(today)
    assert len({listing.contract.con_id for listing in found}) == len(found)
    expiries = {c.expiry for c in ContractBook(listing.contract for listing in found) if c.expiry}
    assert all(expiry > f"{today:%Y%m%d}" for expiry in expiries)
    assert len({listing.contract.expiry for listing in found if listing.contract.security == "OPT"}) == 3
    assert all(Decimal(0) < listing.bid < listing.ask for listing in found)


def test_quotes_are_on_the_tick() -> None:
    for listing in listings(date(2025, 4, 1)):
        step = increment_at(listing.contract.market_rule, listing.bid)
        assert listing.bid % step == 0 or listing.contract.security == "OPT"


def test_standard_contracts_expire_on_the_third_friday() -> None:
    assert third_friday(2025, 6) == date(2025, 6, 20)
    assert third_friday(2026, 8) == date(2026, 8, 21)
