"""Account values as the service lists them: totals in the base currency, a ledger per currency, and BASE."""

from collections.abc import Iterable
from decimal import Decimal

from msgspec import Struct

from brokerwire_sandbox.tws.books import LEVERAGE, Books, Totals
from brokerwire_server.domain.decimals import ONE, ZERO, divide

_CENT = Decimal("0.01")
_FINE = Decimal("0.0001")
_BASE = "BASE"
LEDGER = "$LEDGER"


class Value(Struct, frozen=True):
    """One value of an account; `currency` is empty where it is no money."""

    tag: str
    text: str
    currency: str


def totals_of(book: Books) -> list[Value]:
    """Return the values of an account as a whole."""
    totals, base = book.totals(), book.base
    plain = [
        Value("AccountCode", book.account, ""),
        Value("AccountReady", "true", ""),
        Value("AccountType", "INDIVIDUAL", ""),
        Value("Cushion", _ratio(totals.excess, totals.liquidation, ONE), ""),
        Value("DayTradesRemaining", "-1", ""),
        Value("HighestSeverity", "0", ""),
        Value("Leverage", _ratio(totals.gross, totals.liquidation, ZERO), ""),
        Value("LookAheadNextChange", "0", ""),
    ]
    return plain + [Value(tag, _money(amount), base) for tag, amount in _amounts(totals)]


def ledger_of(book: Books) -> list[Value]:
    """Return cash and holdings by currency, and their sum as BASE."""
    currencies = sorted({*book.cash, *(h.contract.currency for h in book.open())})
    rows = [row for name in currencies for row in _rows(name, _ledger_amounts(book, name), book.rate(name))]
    sums: dict[str, Decimal] = {}
    for currency in currencies:
        for tag, amount in _ledger_amounts(book, currency):
            sums[tag] = sums.get(tag, ZERO) + amount * book.rate(currency)
    return rows + _rows(_BASE, sums.items(), ONE)


def summary(book: Books, tags: str) -> list[Value]:
    """Return what a summary request asks for; an unknown tag brings nothing."""
    wanted = [tag.strip() for tag in tags.split(",")]
    found = [value for value in totals_of(book) if value.tag in wanted]
    for tag in wanted:
        name, _, currency = tag.partition(":")
        if name == LEDGER:
            shown = currency or _BASE
            found += [v for v in ledger_of(book) if shown in ("ALL", v.currency)]
    return found


def _amounts(totals: Totals) -> list[tuple[str, Decimal]]:
    margins = []
    for prefix in ("", "Full", "LookAhead"):
        margins += [
            (f"{prefix}InitMarginReq", totals.initial),
            (f"{prefix}MaintMarginReq", totals.maintenance),
            (f"{prefix}AvailableFunds", totals.available),
            (f"{prefix}ExcessLiquidity", totals.excess),
        ]
    return [
        ("NetLiquidation", totals.liquidation),
        ("TotalCashValue", totals.cash),
        ("SettledCash", totals.cash),
        ("AccruedCash", ZERO),
        ("BuyingPower", max(totals.available, ZERO) * LEVERAGE),
        ("EquityWithLoanValue", totals.equity),
        ("PreviousDayEquityWithLoanValue", totals.equity),
        ("GrossPositionValue", totals.gross),
        ("RegTEquity", totals.equity),
        ("RegTMargin", totals.gross / 2),
        ("SMA", totals.equity - totals.gross / 2),
        *margins,
    ]


def _ledger_amounts(book: Books, currency: str) -> list[tuple[str, Decimal]]:
    held = [h for h in book.open() if h.contract.currency == currency]
    value = {
        kind: sum((book.value(h) for h in held if h.contract.security == kind), ZERO)
        for kind in ("STK", "OPT", "CRYPTO")
    }
    futures = sum((book.value(h) - h.quantity * h.paid for h in held if h.contract.security == "FUT"), ZERO)
    unrealized = sum((book.unrealized(h) for h in held), ZERO)
    realized = sum((h.realized for h in book.holdings.values() if h.contract.currency == currency), ZERO)
    cash = book.cash.get(currency, ZERO)
    return [
        ("CashBalance", cash),
        ("TotalCashBalance", cash),
        ("AccruedCash", ZERO),
        ("StockMarketValue", value["STK"]),
        ("OptionMarketValue", value["OPT"]),
        ("FutureOptionValue", ZERO),
        ("FuturesPNL", futures),
        ("Cryptocurrency", value["CRYPTO"]),
        ("NetLiquidationByCurrency", cash + sum(value.values(), ZERO) + futures),
        ("UnrealizedPnL", unrealized),
        ("RealizedPnL", realized),
        ("NetDividend", ZERO),
    ]


def _rows(currency: str, amounts: Iterable[tuple[str, Decimal]], rate: Decimal) -> list[Value]:
    rows = [Value("Currency", currency, currency), Value("RealCurrency", currency, currency)]
    rows += [Value(tag, _money(amount), currency) for tag, amount in amounts]
    return [*rows, Value("ExchangeRate", str(rate.quantize(Decimal("0.0000001"))), currency)]


def _money(amount: Decimal) -> str:
    return str(amount.quantize(_CENT))


def _ratio(amount: Decimal, whole: Decimal, default: Decimal) -> str:
    return str((divide(amount, whole) if whole > 0 else default).quantize(_FINE))
