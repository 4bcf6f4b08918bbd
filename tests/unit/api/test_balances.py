"""Margins and exposure as messages: what is not known is absent, and sums add only what all parts have."""

from __future__ import annotations

from decimal import Decimal

from brokerwire.v1 import accounts_pb2 as pb
from brokerwire_server.api.convert.accounts import fill_balances, sum_balances
from brokerwire_server.domain.accounts import Account, AccountState, AccountType, Balances, CurrencyBalance
from brokerwire_server.domain.connections import Environment

EURO = CurrencyBalance(
    currency="EUR",
    cash=Decimal(100),
    market_value=Decimal(50),
    net_value=Decimal(150),
    exchange_rate=Decimal("1.1"),
)
DOLLAR = CurrencyBalance(currency="USD", cash=Decimal(835), net_value=Decimal(835), exchange_rate=Decimal(1))
BOTH = Balances(
    equity=Decimal(1_000),
    cash=Decimal(945),
    available_funds=Decimal(600),
    excess_liquidity=Decimal(700),
    cushion=Decimal("0.7"),
    leverage=Decimal("0.5"),
    currencies=(DOLLAR, EURO),
)


def message(balances: Balances) -> pb.Balances:
    m = pb.Balances()
    fill_balances(m, balances, 0, AccountType.MARGIN)
    return m


def state(balances: Balances) -> tuple[AccountType, AccountState]:
    account = Account(account_id="a", connection_id="c", broker="b", environment=Environment.PAPER)
    return AccountType.MARGIN, AccountState(account=account, balances=balances)


def test_margins_and_currencies_are_told_by_code_with_the_exposure_in_the_account_s() -> None:
    m = message(BOTH)
    assert (m.available_funds.value, m.excess_liquidity.value) == ("600", "700")
    assert (m.cushion.value, m.leverage.value) == ("0.7", "0.5")
    assert [one.currency_code for one in m.currencies] == ["EUR", "USD"]
    euro = m.currencies[0]
    assert (euro.cash.value, euro.market_value.value, euro.net_value.value) == ("100", "50", "150")
    assert (euro.exchange_rate.value, euro.net_value_converted.value) == ("1.1", "165")


def test_what_the_broker_does_not_say_is_absent_and_not_zero() -> None:
    m = message(Balances())
    for name in ("available_funds", "excess_liquidity", "cushion", "leverage"):
        assert not m.HasField(name)
    assert not m.currencies
    dollar = message(BOTH).currencies[1]
    assert not dollar.HasField("market_value")
    assert not dollar.HasField("unrealized_profit_loss")


def test_a_sum_adds_up_currencies_and_reckons_the_ratios_anew() -> None:
    (total,) = sum_balances([state(BOTH), state(BOTH)])
    assert (total.equity.value, total.available_funds.value, total.excess_liquidity.value) == ("2000", "1200", "1400")
    assert (total.cushion.value, total.leverage.value) == ("0.7", "0.5")
    assert not total.HasField("multiplier")
    euro, dollar = total.currencies
    assert (euro.cash.value, euro.net_value.value, euro.exchange_rate.value) == ("200", "300", "1.1")
    assert dollar.cash.value == "1670"
    assert not dollar.HasField("market_value")


def test_a_sum_lacks_what_one_account_lacks() -> None:
    (total,) = sum_balances([state(BOTH), state(Balances(equity=Decimal(5)))])
    assert total.equity.value == "1005"
    for name in ("available_funds", "excess_liquidity", "cushion", "leverage"):
        assert not total.HasField(name)
    assert [one.cash.value for one in total.currencies] == ["100", "835"]


def test_accounts_that_differ_in_a_rate_have_none_in_their_sum() -> None:
    other = Balances(currencies=(CurrencyBalance(currency="EUR", net_value=Decimal(1), exchange_rate=Decimal("1.2")),))
    (total,) = sum_balances([state(BOTH), state(other)])
    euro = total.currencies[0]
    assert euro.net_value.value == "151"
    assert not euro.HasField("exchange_rate")
    assert not euro.HasField("net_value_converted")
