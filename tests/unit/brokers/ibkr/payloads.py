"""Frames in the broker's shape, made up for the tests: server version 176."""

from __future__ import annotations


def details(
    number: int,
    symbol: str,
    kind: str = "STK",
    *,
    expiry: str = "",
    strike: str = "0",
    right: str = "",
    exchange: str = "SMART",
    currency: str = "USD",
    local: str = "",
    trading_class: str = "",
    tick: str = "0.01",
    multiplier: str = "",
    exchanges: str = "SMART,NYSE,ARCA",
    magnifier: str = "1",
    underlying: str = "0",
    name: str = "",
    primary: str = "NYSE",
    month: str = "",
    rules: str = "26,27,26",
    sizes: str = "1|1|100",
    request: int = 7,
) -> str:
    """Return a contractDetails frame."""
    fields = [
        *("10", str(request), symbol, kind, expiry, strike, right, exchange, currency, local or symbol, symbol),
        *(trading_class or symbol, str(number), tick, multiplier, "LMT,MKT,STP", exchanges, magnifier, underlying),
        *(name or f"{symbol} Works", primary, month, "", "", "", "US/Eastern", "", "", "", "", "0", "1", "", ""),
        *(rules, expiry, "COMMON", sizes),
    ]
    return "|".join(fields) + "|"


AAPL = details(
    11, "AAPL", name="Apple", primary="NASDAQ", exchanges="SMART,ISLAND", rules="26,26", sizes="0.0001|0.0001|100"
)
CALL = details(
    12, "AAPL", "OPT", expiry="20261218", strike="150", right="C", local="AAPL  261218C00150000", multiplier="100",
    exchanges="SMART,CBOE", rules="109,32", underlying="11", primary="", month="202612",
)  # fmt: skip
ES = details(
    13, "ES", "FUT", expiry="20261218 08:30:00 US/Central", exchange="CME", local="ESZ6", tick="0.25", multiplier="50",
    exchanges="CME,QBALGO", rules="67,67", primary="", month="202612", underlying="5",
)  # fmt: skip
WHEAT = details(
    14, "YW", "FUT", expiry="20261214", exchange="CBOT", local="XWZ6", trading_class="XW", tick="0.125",
    multiplier="1000", exchanges="CBOT", magnifier="100", rules="50", primary="", month="202612",
)  # fmt: skip
EURO = details(
    15, "EUR", "CASH", exchange="IDEALPRO", local="EUR.USD", trading_class="EUR.USD", tick="0.00005",
    exchanges="IDEALPRO", rules="239", primary="", sizes="0.01|0.01|0.01",
)  # fmt: skip
BITCOIN = details(
    16, "BTC", "CRYPTO", exchange="PAXOS", local="BTC.USD", tick="0.25", exchanges="PAXOS", rules="1", primary="",
    sizes="0.00000001|0.00000001|0.00000001",
)  # fmt: skip
SAP = details(17, "SAP", currency="EUR", primary="IBIS", exchanges="SMART,IBIS", rules="1707,1707")
BERKSHIRE = details(18, "BRK B")
RULE = "93|109|2|0|0.01|3|0.05|"

ACCOUNT_ROWS = """
AccountType|INDIVIDUAL|
AccountReady|true|
NetLiquidation|120500.25|EUR
TotalCashValue|40000.50|EUR
SettledCash|39000|EUR
BuyingPower|320000|EUR
InitMarginReq|40500|EUR
MaintMarginReq|36450|EUR
AvailableFunds|80000|EUR
ExcessLiquidity|84050.25|EUR
GrossPositionValue|100500|EUR
Cushion|0.6975|
Leverage-S|0.83|
TotalCashBalance|40000.50|BASE
StockMarketValue|60000|BASE
OptionMarketValue|-500|BASE
UnrealizedPnL|1234.5|BASE
RealizedPnL|-20|BASE
ExchangeRate|1.00|BASE
CashBalance|30000.50|EUR
TotalCashBalance|30000.50|EUR
StockMarketValue|0.00|EUR
NetLiquidationByCurrency|30000.50|EUR
ExchangeRate|1.00|EUR
CashBalance|12500|USD
TotalCashBalance|12500|USD
StockMarketValue|75000|USD
OptionMarketValue|-625|USD
FuturesPNL|310|USD
NetLiquidationByCurrency|87185|USD
UnrealizedPnL|1543.125|USD
RealizedPnL|1.7976931348623157E308|USD
ExchangeRate|0.80|USD
"""


def account_rows(text: str = ACCOUNT_ROWS, account: str = "DU7654321") -> list[str]:
    """Return accountUpdateMulti frames, one per line of key, value and currency."""
    return [f"73|1|9|{account}||{line}|" for line in text.split()]


def position(
    number: int, symbol: str, quantity: str, cost: str, kind: str = "STK", *, account: str = "DU7654321",
    expiry: str = "", strike: str = "0.0", right: str = "", multiplier: str = "", exchange: str = "NASDAQ",
    local: str = "",
) -> str:  # fmt: skip
    """Return a position frame."""
    named = f"{number}|{symbol}|{kind}|{expiry}|{strike}|{right}|{multiplier}|{exchange}|USD|{local or symbol}|{symbol}"
    return f"61|3|{account}|{named}|{quantity}|{cost}|"
