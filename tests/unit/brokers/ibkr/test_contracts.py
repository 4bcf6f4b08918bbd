"""The broker's contracts are ours and back, and their rules are stated truly."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from brokerwire_server.brokers.ibkr import contracts
from brokerwire_server.domain.instruments import AssetClass, OptionType
from tests.unit.brokers.ibkr import payloads
from tests.unit.brokers.ibkr.frames import decode, needs_recorded, recorded

pytestmark = pytest.mark.ibkr_libraries

SHARE, OPTION, FUTURE = AssetClass.EQUITY, AssetClass.OPTION, AssetClass.FUTURE
FOREX, CRYPTO = AssetClass.FOREX, AssetClass.CRYPTO


def read(frame: str, version: int = 176) -> Any:
    return decode(frame, version=version)[0].arguments[1]


def details_of(frame: str, rule: tuple[tuple[Decimal, Decimal], ...] = ()) -> Any:
    found = read(frame)
    return contracts.details_of(found, contracts.symbol_of(found.contract, found.contractMonth), rule)


@pytest.mark.parametrize(
    ("frame", "symbol", "asset_class", "currency", "exchange", "multiplier"),
    [
        (payloads.AAPL, "AAPL", SHARE, "USD", "", "1"),
        (payloads.BERKSHIRE, "BRK.B", SHARE, "USD", "", "1"),
        (payloads.SAP, "SAP@IBIS", SHARE, "EUR", "", "1"),
        (payloads.CALL, "AAPL261218C00150000", OPTION, "USD", "", "100"),
        (payloads.ES, "ESZ6", FUTURE, "USD", "CME", "50"),
        (payloads.WHEAT, "XWZ6", FUTURE, "USD", "CBOT", "10"),
        (payloads.EURO, "EUR/USD", FOREX, "USD", "IDEALPRO", "1"),
        (payloads.BITCOIN, "BTC/USD", CRYPTO, "USD", "PAXOS", "1"),
    ],
)
def test_each_kind_of_contract_has_one_symbol_and_what_a_unit_is_worth(
    frame: str, symbol: str, asset_class: AssetClass, currency: str, exchange: str, multiplier: str
) -> None:
    instrument = details_of(frame).instrument
    assert (instrument.symbol, instrument.asset_class, instrument.currency) == (symbol, asset_class, currency)
    assert (instrument.exchange, instrument.multiplier) == (exchange, Decimal(multiplier))


def test_the_terms_of_derivatives_are_the_contracts() -> None:
    option = details_of(payloads.CALL).instrument.option
    assert (option.underlying, option.type, option.strike) == ("AAPL", OptionType.CALL, Decimal(150))
    assert option.expiration == "2026-12-18"
    future = details_of(payloads.ES).instrument.future
    assert (future.root, future.expiration, future.multiplier) == ("ES", "2026-12-18", Decimal(50))
    assert details_of(payloads.EURO).instrument.base_currency == "EUR"


@pytest.mark.parametrize(
    ("symbol", "asset_class", "kind", "fields"),
    [
        ("BRK.B", SHARE, "STK", {"symbol": "BRK B", "exchange": "SMART", "currency": "USD"}),
        ("SAP@IBIS", SHARE, "STK", {"symbol": "SAP", "primaryExchange": "IBIS", "currency": ""}),
        ("AAPL261218P00150500", OPTION, "OPT", {"strike": Decimal("150.5"), "right": "P", "symbol": "AAPL"}),
        ("ESZ6", FUTURE, "FUT", {"localSymbol": "ESZ6", "symbol": ""}),
        ("EUR/USD", FOREX, "CASH", {"symbol": "EUR", "currency": "USD", "exchange": "IDEALPRO"}),
        ("BTC/USD", CRYPTO, "CRYPTO", {"symbol": "BTC", "currency": "USD", "exchange": "PAXOS"}),
    ],
)
def test_a_symbol_is_asked_for_as_the_broker_names_it(
    symbol: str, asset_class: AssetClass, kind: str, fields: dict[str, object]
) -> None:
    question = next(contracts.questions(symbol, asset_class, 2026))
    assert question.secType == kind
    assert {name: getattr(question, name) for name in fields} == fields


def test_an_option_whose_root_is_no_symbol_is_asked_for_by_its_padded_symbol() -> None:
    *_, last = contracts.questions("SPXW261218C05000000", OPTION, 2026)
    assert (last.symbol, last.localSymbol) == ("", "SPXW  261218C05000000")


def test_a_future_s_year_is_the_next_one_that_ends_in_its_digit() -> None:
    assert [q.lastTradeDateOrContractMonth for q in contracts.questions("ESH6", FUTURE, 2027)] == ["", "203603"]
    assert [q.lastTradeDateOrContractMonth for q in contracts.questions("CLF27", FUTURE, 2026)] == ["", "202701"]


@pytest.mark.parametrize("symbol", ["", "EURUSD", "/USD", "EUR/"])
def test_a_pair_without_two_sides_is_nothing_to_ask_for(symbol: str) -> None:
    assert not list(contracts.questions(symbol, FOREX, 2026))


def test_prices_move_by_the_market_rule_and_not_by_the_least_tick() -> None:
    rule: Any = decode(payloads.RULE)[0].arguments[1]
    assert contracts.rule_of(read(payloads.CALL), "SMART") == 109
    assert contracts.rule_of(read(payloads.CALL), "CBOE") == 32
    details = details_of(payloads.CALL, rule)
    assert [details.tick_at(Decimal(p)) for p in ("0.5", "2.99", "3", "40")] == [
        *[Decimal("0.01")] * 2,
        *[Decimal("0.05")] * 2,
    ]
    assert details_of(payloads.CALL).tick_at(Decimal(40)) == Decimal("0.01")


@pytest.mark.parametrize(
    ("frame", "least", "step", "fractions"),
    [
        (payloads.AAPL, "0.0001", "0.0001", True),
        (payloads.ES, "1", "1", False),
        (payloads.EURO, "0.01", "0.01", True),
        (payloads.BITCOIN, "0.00000001", "0.00000001", True),
    ],
)
def test_sizes_are_the_contract_s(frame: str, least: str, step: str, fractions: bool) -> None:
    details = details_of(frame)
    assert (details.minimum_quantity, details.quantity_increment) == (Decimal(least), Decimal(step))
    assert details.fractionable is fractions


def test_what_is_no_share_option_future_or_pair_is_refused() -> None:
    with pytest.raises(ValueError, match="BOND"):
        contracts.instrument_of(read(payloads.details(19, "T", "BOND")).contract)


@needs_recorded
def test_recorded_contracts_are_read() -> None:
    frames = [f for f in recorded("sv173-contract-details.txt", "10") if len(f) > 100]
    found = [read(frame, version=173) for frame in frames]
    symbols = [contracts.symbol_of(one.contract, one.contractMonth) for one in found]
    assert symbols == ["TSLA", "TSLA", "ESM5"]
    future = contracts.details_of(found[2], symbols[2], ())
    assert (future.instrument.multiplier, future.tick_at(Decimal(5000))) == (Decimal(50), Decimal("0.25"))
    assert contracts.rule_of(found[2], "CME") == 67
