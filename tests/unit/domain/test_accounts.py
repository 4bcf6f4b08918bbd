"""What follows from an account's balances where its broker leaves it out."""

from __future__ import annotations

from decimal import Decimal

from brokerwire_server.domain.accounts import Balances, CurrencyBalance

PLAIN = Balances(
    cash=Decimal(400),
    equity=Decimal(1_000),
    long_market_value=Decimal(900),
    short_market_value=Decimal(-300),
    initial_margin=Decimal(700),
    maintenance_margin=Decimal(350),
)


def test_margins_and_equity_tell_funds_excess_cushion_and_leverage() -> None:
    found = PLAIN.derived()
    assert (found.available_funds, found.excess_liquidity) == (300, 650)
    assert (found.cushion, found.leverage) == (Decimal("0.65"), Decimal("1.2"))
    (whole,) = found.currencies
    assert (whole.currency, whole.cash, whole.market_value) == ("USD", 400, 600)
    assert (whole.net_value, whole.exchange_rate) == (1_000, 1)


def test_what_the_broker_states_stands() -> None:
    euro = CurrencyBalance(currency="EUR", cash=Decimal(5))
    stated = Balances(equity=Decimal(9), available_funds=Decimal(1), leverage=Decimal(2), currencies=(euro,)).derived()
    assert (stated.available_funds, stated.leverage, stated.currencies) == (1, 2, (euro,))


def test_without_equity_there_are_no_ratios() -> None:
    found = Balances(equity=Decimal(-5), maintenance_margin=Decimal(10)).derived()
    assert (found.cushion, found.leverage, found.excess_liquidity) == (None, None, -15)
