"""Alpaca's market data in our terms. Pure, driven by tables; sources are Alpaca's data and trading API specifications.

Numbers come as `Decimal` with the digits that were sent, or as `int`; text where the trading API writes it so.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time
from decimal import Decimal, InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo

from brokerwire_server.domain.accounts import PortfolioPoint
from brokerwire_server.domain.decimals import ZERO
from brokerwire_server.domain.instruments import AssetClass, Instrument, OptionContract, OptionType
from brokerwire_server.domain.market import (
    Adjustment,
    Bar,
    BarUnit,
    ChainEntry,
    CorporateAction,
    CorporateActionType,
    Greeks,
    Quote,
    TradingDay,
)

NEW_YORK = ZoneInfo("America/New_York")
SECOND = 1_000_000_000
_REGULAR = 390 * 60 * SECOND
_MAX_EXPONENT = 30
"""No price or size is near ten to that power; a number beyond could take minutes to write out."""

UNITS: Mapping[BarUnit, tuple[str, frozenset[int]]] = {
    # Data API, parameter `timeframe`; 4 months are in the specification, but alpaca-py 0.44 refuses them.
    BarUnit.MINUTE: ("Min", frozenset(range(1, 60))),
    BarUnit.HOUR: ("Hour", frozenset(range(1, 24))),
    BarUnit.DAY: ("Day", frozenset({1})),
    BarUnit.WEEK: ("Week", frozenset({1})),
    BarUnit.MONTH: ("Month", frozenset({1, 2, 3, 6, 12})),
}

ADJUSTMENTS = {
    Adjustment.RAW: "raw",
    Adjustment.SPLIT: "split",
    Adjustment.DIVIDEND: "dividend",
    Adjustment.ALL: "all",
}

ACTION_TYPES = {
    # Data API, schema `corporate_actions`: the keys of the answer. Those not named here are OTHER.
    "forward_splits": CorporateActionType.FORWARD_SPLIT,
    "reverse_splits": CorporateActionType.REVERSE_SPLIT,
    "unit_splits": CorporateActionType.UNIT_SPLIT,
    "cash_dividends": CorporateActionType.CASH_DIVIDEND,
    "stock_dividends": CorporateActionType.STOCK_DIVIDEND,
    "spin_offs": CorporateActionType.SPIN_OFF,
    "cash_mergers": CorporateActionType.CASH_MERGER,
    "stock_mergers": CorporateActionType.STOCK_MERGER,
    "stock_and_cash_mergers": CorporateActionType.STOCK_AND_CASH_MERGER,
    "redemptions": CorporateActionType.REDEMPTION,
    "name_changes": CorporateActionType.NAME_CHANGE,
    "worthless_removals": CorporateActionType.WORTHLESS_REMOVAL,
    "rights_distributions": CorporateActionType.RIGHTS_DISTRIBUTION,
}

_SYMBOLS = ("symbol", "old_symbol", "source_symbol", "acquiree_symbol")
_NEW_SYMBOLS = ("new_symbol", "acquirer_symbol")
_NEW_RATES = ("new_rate", "acquirer_rate")
_OLD_RATES = ("old_rate", "source_rate", "acquiree_rate")
_RATE_IS_CASH = frozenset(
    {CorporateActionType.CASH_DIVIDEND, CorporateActionType.CASH_MERGER, CorporateActionType.REDEMPTION}
)
_RATE_IS_UNITS = frozenset({CorporateActionType.STOCK_DIVIDEND, CorporateActionType.RIGHTS_DISTRIBUTION})
"""Types whose `rate` is new units per one old."""
_DATES = ("ex_date", "record_date", "payable_date", "process_date")
_TAKEN = frozenset((*_SYMBOLS, *_NEW_SYMBOLS, *_NEW_RATES, *_OLD_RATES, *_DATES, "id", "rate", "cash_rate"))

_DEPOSITS = frozenset({"CSD", "CSW", "JNLC", "TRANS"})
"""Activity types that move money in and out of an account, and are no gain."""


STOCK, CRYPTO, OPTION = "stock", "crypto", "option"
_OCC = re.compile(r"[A-Z]{1,5}\d?\d{6}[CP]\d{8}", re.ASCII)
"""The root of an adjusted contract ends in a digit."""


def kind_of(symbol: str) -> str:
    """Return which of Alpaca's data endpoints a symbol belongs to, by its form."""
    if "/" in symbol:
        return CRYPTO
    return OPTION if _OCC.fullmatch(symbol) else STOCK


# --- numbers and times -----------------------------------------------------------------------------------------------


def exact(text: str | float | Decimal) -> Decimal:
    """Return a number as it was written; this is msgspec's float hook, which passes the text.

    Raises:
        ValueError: it is no number, or beyond all reason.
    """
    try:
        value = Decimal(str(text))
    except InvalidOperation:
        raise ValueError(f"{str(text)[:24]!r} is not a number") from None
    if not value.is_finite() or abs(value.adjusted()) > _MAX_EXPONENT or len(str(text)) > 2 * _MAX_EXPONENT:
        raise ValueError(f"{str(text)[:24]!r} is out of range")
    return value


def number(value: Any) -> Decimal:  # noqa: ANN401 - decoded JSON
    """Return a number of an answer, 0 where there is none."""
    return ZERO if value is None else exact(value)


def optional(value: Any) -> Decimal | None:  # noqa: ANN401 - decoded JSON
    """Return a number of an answer, `None` where there is none."""
    return None if value is None or value == "" else exact(value)


def nanos(text: str) -> int:
    """Return RFC 3339 text of any precision as nanoseconds.

    Raises:
        ValueError: it is not RFC 3339.
    """
    head, point, rest = text.partition(".")
    digits = rest[: next((i for i, c in enumerate(rest) if not c.isdigit()), len(rest))]
    zone = rest[len(digits) :] if point else ""
    moment = datetime.fromisoformat(head + zone)
    if moment.tzinfo is None:
        raise ValueError(f"{text[:40]!r} has no time zone")
    return int(moment.timestamp()) * SECOND + int(digits[:9].ljust(9, "0") if point else 0)


def moment_before(nanoseconds: int) -> datetime:
    """Return the last microsecond before a time: Alpaca's intervals include their end."""
    return _moment((nanoseconds - 1) // 1000)


def moment_from(nanoseconds: int) -> datetime:
    """Return the first microsecond at or after a time."""
    return _moment(-(-nanoseconds // 1000))


def _moment(microseconds: int) -> datetime:
    seconds, rest = divmod(microseconds, 1_000_000)
    return datetime.fromtimestamp(seconds, UTC).replace(microsecond=rest)


def new_york_date(nanoseconds: int) -> str:
    """Return the day in New York."""
    return datetime.fromtimestamp(nanoseconds // SECOND, NEW_YORK).date().isoformat()


def _wall(day: str, clock: str) -> int:
    """Return New York wall time, "09:30" or "0930", as nanoseconds."""
    digits = clock.replace(":", "")
    moment = datetime.combine(date.fromisoformat(day), time(int(digits[:2]), int(digits[2:4])), NEW_YORK)
    return int(moment.timestamp()) * SECOND


# --- prices ----------------------------------------------------------------------------------------------------------


def quote_of(symbol: str, snapshot: Mapping[str, Any], *, delayed: bool = False) -> Quote | None:
    """Return the quote and last trade of a snapshot, `None` where it has neither.

    Sizes are in units: shares since 3 November 2025, round lots before.
    """
    quote, trade = snapshot.get("latestQuote") or {}, snapshot.get("latestTrade") or {}
    if not quote and not trade:
        return None
    when = quote.get("t") or trade.get("t")
    return Quote(
        symbol=symbol,
        bid=number(quote.get("bp")),
        bid_size=number(quote.get("bs")),
        ask=number(quote.get("ap")),
        ask_size=number(quote.get("as")),
        last=number(trade.get("p")),
        last_size=number(trade.get("s")),
        time=nanos(when) if when else 0,
        delayed=delayed,
    )


def quotes_of(snapshots: Mapping[str, Any], *, delayed: bool) -> dict[str, Quote]:
    """Return the quotes of the snapshots that have any."""
    found = ((symbol, quote_of(symbol, snapshot or {}, delayed=delayed)) for symbol, snapshot in snapshots.items())
    return {symbol: quote for symbol, quote in found if quote is not None}


def bar_of(raw: Mapping[str, Any]) -> Bar:
    """Return a bar."""
    return Bar(
        start=nanos(raw["t"]),
        open=exact(raw["o"]),
        high=exact(raw["h"]),
        low=exact(raw["l"]),
        close=exact(raw["c"]),
        volume=number(raw.get("v")),
        vwap=optional(raw.get("vw")),
        trade_count=raw.get("n"),
    )


# --- options ---------------------------------------------------------------------------------------------------------


def chain_entry(contract: Mapping[str, Any], snapshot: Mapping[str, Any] | None, *, delayed: bool) -> ChainEntry:
    """Return one contract of a chain: its terms from the trading API, what it trades at from the data API."""
    symbol = contract["symbol"]
    terms = OptionContract(
        underlying=contract["underlying_symbol"],
        type=OptionType(contract["type"].upper()),
        strike=exact(contract["strike_price"]),
        expiration=contract["expiration_date"],
        # Units per contract. An adjusted contract may deliver another number, or other things besides.
        multiplier=optional(contract.get("size")) or Decimal(100),
    )
    data = snapshot or {}
    return ChainEntry(
        instrument=Instrument(symbol=symbol, asset_class=AssetClass.OPTION, option=terms),
        quote=quote_of(symbol, data, delayed=delayed),
        greeks=_greeks(data.get("greeks")),
        implied_volatility=optional(data.get("impliedVolatility")),
        open_interest=optional(contract.get("open_interest")),
        open_interest_date=contract.get("open_interest_date") or "",
    )


def _greeks(raw: Mapping[str, Any] | None) -> Greeks | None:
    if not raw:
        return None
    return Greeks(**{name: optional(raw.get(name)) for name in ("delta", "gamma", "theta", "vega", "rho")})


# --- corporate actions -----------------------------------------------------------------------------------------------


def action_of(kind: str, raw: Mapping[str, Any]) -> CorporateAction:
    """Return a corporate action; `kind` is the key that it stands under."""
    type_ = ACTION_TYPES.get(kind, CorporateActionType.OTHER)
    new_rate, old_rate = optional(_first(raw, _NEW_RATES)), optional(_first(raw, _OLD_RATES))
    rate, cash_rate = optional(raw.get("rate")), optional(raw.get("cash_rate"))
    if type_ in _RATE_IS_CASH:
        cash_rate = rate
    elif type_ in _RATE_IS_UNITS and rate is not None:
        new_rate, old_rate = rate, Decimal(1)
    dates = {name: raw.get(name) or "" for name in _DATES}
    return CorporateAction(
        action_id=raw["id"],
        type=type_,
        symbol=_first(raw, _SYMBOLS) or "",
        new_symbol=_first(raw, _NEW_SYMBOLS) or "",
        new_rate=new_rate,
        old_rate=old_rate,
        cash_rate=cash_rate,
        broker_type=kind,
        details={key: _text(value) for key, value in raw.items() if key not in _TAKEN and value not in (None, "")},
        **dates,
    )


def _first(raw: Mapping[str, Any], names: Sequence[str]) -> Any:  # noqa: ANN401 - decoded JSON
    return next((raw[name] for name in names if raw.get(name) not in (None, "")), None)


def _text(value: Any) -> str:  # noqa: ANN401 - decoded JSON
    return str(value).lower() if isinstance(value, bool) else str(value)


# --- calendar and account --------------------------------------------------------------------------------------------


def trading_day(raw: Mapping[str, Any]) -> TradingDay:
    """Return a day of the calendar. Its times are New York's; days of long ago lack the extended hours."""
    day = raw["date"]
    opens, closes = _wall(day, raw["open"]), _wall(day, raw["close"])
    early, late = raw.get("session_open"), raw.get("session_close")
    return TradingDay(
        date=day,
        pre_open=_wall(day, early) if early else opens,
        open=opens,
        close=closes,
        post_close=_wall(day, late) if late else closes,
        half_day=closes - opens < _REGULAR,
    )


def clock_of(raw: Mapping[str, Any]) -> tuple[int, bool, int, int]:
    """Return time, whether the regular session is on, its next start and its next end."""
    return nanos(raw["timestamp"]), bool(raw["is_open"]), nanos(raw["next_open"]), nanos(raw["next_close"])


_TIMEFRAMES = (("1Min", 60), ("5Min", 300), ("15Min", 900), ("1H", 3600), ("1D", 86_400))
"""What portfolio history comes in (trading API, parameter `timeframe`)."""


def history_timeframe(start: int, end: int, step: int) -> str:
    """Return the coarsest timeframe that is no longer than `step`, or finer ones than Alpaca has for so long a time.

    1Min is for less than 7 days, the others below a day for less than 30.
    """
    days = (end - start) / (86_400 * SECOND)
    shortest = 60 if days < 7 else 300 if days < 30 else 86_400
    fitting = [name for name, seconds in _TIMEFRAMES if shortest <= seconds <= max(step // SECOND, shortest)]
    return fitting[-1]


def history_points(raw: Mapping[str, Any]) -> list[PortfolioPoint]:
    """Return an account's past values, oldest first; gains leave deposits and withdrawals out.

    The answer's own `profit_loss` begins anew each day at some timeframes and not at others, so it is not used.
    """
    times, equities = raw.get("timestamp") or (), raw.get("equity") or ()
    flows: Mapping[str, Sequence[Any]] = raw.get("cashflow") or {}
    moved, points, first = ZERO, list[PortfolioPoint](), None
    for index, (seconds, equity) in enumerate(zip(times, equities, strict=True)):
        moved += sum((number(flow[index]) for name, flow in flows.items() if name in _DEPOSITS), ZERO)
        if equity is None:
            continue
        value = exact(equity)
        first = value - moved if first is None else first
        points.append(PortfolioPoint(time=int(seconds) * SECOND, equity=value, profit_loss=value - moved - first))
    return points
