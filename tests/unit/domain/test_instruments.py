"""What an instrument is worth per unit, and in which steps its price moves."""

from __future__ import annotations

from decimal import Decimal

import pytest

from brokerwire_server.domain.decimals import ZERO
from brokerwire_server.domain.instruments import (
    AssetClass,
    FutureContract,
    Instrument,
    InstrumentDetails,
    OptionContract,
    OptionType,
    PriceTick,
)

MINI = FutureContract(root="ES", expiration="2026-12-18", multiplier=Decimal(50))
CALL = OptionContract(underlying="A", type=OptionType.CALL, strike=Decimal(1), expiration="2026-12-18")
FUTURE = Instrument(symbol="ESZ6", asset_class=AssetClass.FUTURE, future=MINI)


@pytest.mark.parametrize(
    ("price", "step"), [("0", "0.01"), ("2.99", "0.01"), ("3", "0.05"), ("99", "0.05"), ("100", "0.1"), ("5000", "0.1")]
)
def test_a_price_moves_in_the_steps_of_its_tier(price: str, step: str) -> None:
    tiers = ((ZERO, "0.01"), (Decimal(3), "0.05"), (Decimal(100), "0.1"))
    details = InstrumentDetails(instrument=FUTURE, ticks=tuple(PriceTick(low, Decimal(size)) for low, size in tiers))
    assert details.tick_at(Decimal(price)) == Decimal(step)


def test_equities_quote_finer_below_one_dollar_unless_said_otherwise() -> None:
    details = InstrumentDetails(instrument=Instrument(symbol="A"))
    assert [details.tick_at(Decimal(p)) for p in ("0.99", "1")] == [Decimal("0.0001"), Decimal("0.01")]


def test_a_unit_is_worth_what_the_contract_says() -> None:
    assert FUTURE.multiplier == 50
    assert Instrument(symbol="A", asset_class=AssetClass.OPTION, option=CALL).multiplier == 100
    assert Instrument(symbol="A").multiplier == 1


@pytest.mark.parametrize(
    ("symbol", "asset_class", "base"),
    [
        ("EUR/USD", AssetClass.FOREX, "EUR"),
        ("BTC/USD", AssetClass.CRYPTO, "BTC"),
        ("AAPL", AssetClass.EQUITY, ""),
        ("A/B", AssetClass.EQUITY, ""),
    ],
)
def test_a_pair_counts_its_base(symbol: str, asset_class: AssetClass, base: str) -> None:
    assert Instrument(symbol=symbol, asset_class=asset_class).base_currency == base


def test_only_a_future_is_held_without_being_paid_for() -> None:
    unpaid = [kind for kind in AssetClass if not Instrument(symbol="X", asset_class=kind).paid_for]
    assert unpaid == [AssetClass.FUTURE]


def test_what_a_request_left_out_is_what_the_broker_knows_and_its_route_stays() -> None:
    asked = Instrument(symbol="ESZ6", asset_class=AssetClass.FUTURE, exchange="CME")
    known = Instrument(symbol="ESZ6", asset_class=AssetClass.FUTURE, currency="EUR", future=MINI)
    whole = asked.completed(known)
    assert (whole.future, whole.currency, whole.exchange) == (MINI, "EUR", "CME")
    assert Instrument(symbol="A", option=CALL).completed(Instrument(symbol="A")).option == CALL
