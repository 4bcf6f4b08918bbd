"""Margins, exposure by currency and gains are the broker's own figures."""

from __future__ import annotations

from decimal import Decimal

import pytest

from brokerwire_server.brokers.ibkr.accounts import ProfitLoss, account_of, balances_of, rows_of
from brokerwire_server.domain.accounts import AccountType, Balances
from brokerwire_server.domain.connections import ConnectionSpec, Environment
from brokerwire_server.domain.errors import UnavailableError
from tests.unit.brokers.ibkr import payloads
from tests.unit.brokers.ibkr.frames import decode, needs_recorded, recorded

pytestmark = pytest.mark.ibkr_libraries

SPEC = ConnectionSpec(connection_id="ibkr-paper", broker="ibkr", environment=Environment.PAPER)


def read(text: str = payloads.ACCOUNT_ROWS, gains: ProfitLoss | None = None) -> Balances:
    return balances_of(rows_of(decode(*payloads.account_rows(text))), gains)


def test_totals_and_margins_are_in_the_account_s_currency() -> None:
    balances = read()
    assert balances.currency == "EUR"
    assert (balances.equity, balances.cash, balances.settled_cash) == (Decimal("120500.25"), Decimal("40000.5"), 39000)
    assert (balances.initial_margin, balances.maintenance_margin) == (40500, 36450)
    assert (balances.available_funds, balances.excess_liquidity) == (80000, Decimal("84050.25"))
    assert (balances.cushion, balances.leverage) == (Decimal("0.6975"), Decimal("0.83"))
    assert (balances.buying_power, balances.multiplier) == (320000, 4)


def test_long_and_short_value_follow_from_gross_and_net() -> None:
    balances = read()
    assert (balances.long_market_value, balances.short_market_value) == (80000, -20500)


def test_exposure_is_told_by_currency_with_its_rate() -> None:
    euro, dollar = read().currencies
    assert (euro.currency, euro.cash, euro.net_value, euro.exchange_rate) == (
        "EUR", Decimal("30000.5"), Decimal("30000.5"), 1,
    )  # fmt: skip
    assert (dollar.currency, dollar.cash, dollar.market_value) == ("USD", 12500, 74685)
    assert (dollar.net_value, dollar.exchange_rate) == (87185, Decimal("0.8"))
    assert (dollar.unrealized_profit_loss, dollar.realized_profit_loss) == (Decimal("1543.125"), None)


def test_streamed_gains_go_before_those_of_the_ledger() -> None:
    balances = read()
    assert (balances.unrealized_profit_loss, balances.realized_profit_loss) == (Decimal("1234.5"), -20)
    assert balances.day_profit_loss == 0
    streamed = read(gains=ProfitLoss(Decimal(5), Decimal(6), Decimal(7)))
    assert (streamed.day_profit_loss, streamed.unrealized_profit_loss) == (5, 6)
    assert streamed.realized_profit_loss == 7


@pytest.mark.parametrize("key", ["NetLiquidation", "TotalCashValue", "InitMarginReq", "MaintMarginReq", "BuyingPower"])
def test_a_total_that_lacks_is_not_taken_as_nothing(key: str) -> None:
    text = "\n".join(line for line in payloads.ACCOUNT_ROWS.split() if not line.startswith(f"{key}|"))
    with pytest.raises(UnavailableError, match=key):
        read(text)


def test_an_account_that_is_not_ready_is_not_read() -> None:
    with pytest.raises(UnavailableError, match="not ready"):
        read(payloads.ACCOUNT_ROWS.replace("AccountReady|true", "AccountReady|false"))


@pytest.mark.parametrize(
    ("rows", "kind", "short"),
    [
        ("AccountType|INDIVIDUAL|", AccountType.MARGIN, True),
        ("AccountType|IRA-ROLLOVER|", AccountType.IRA, False),
        ("TradingType-S|STKCASH|", AccountType.CASH, False),
    ],
)
def test_what_an_account_is_shows_in_its_values(rows: str, kind: AccountType, short: bool) -> None:
    found = rows_of(decode(*payloads.account_rows(f"{rows}\nNetLiquidation|1|USD")))
    account = account_of("DU7654321", "ibkr-paper-du7654321", found, SPEC)
    assert (account.type, account.can_short, account.currency) == (kind, short, "USD")
    assert (account.broker_account_id, account.account_id) == ("DU7654321", "ibkr-paper-du7654321")


@needs_recorded
def test_recorded_values_are_rows() -> None:
    frames = recorded("account-and-positions.txt", "73")
    rows = rows_of(decode(*(frame.removesuffix("|") for frame in frames)))
    assert rows["CashBalance", "USD"] == "94629.71"
    assert rows["StockMarketValue", "BASE"] == "0.00"
