"""Calls of MarketDataService about what was, and what is announced."""

from __future__ import annotations

from typing import TYPE_CHECKING

from brokerwire._calls.base import Listing, feed, listing
from brokerwire._calls.orders import sort
from brokerwire._wire import DecimalLike, calendar_date, decimal, enum, texts, timestamp
from brokerwire.types.enums import BarUnit, CorporateActionType, OptionType, PriceAdjustment
from brokerwire.types.market import Bar, CorporateAction, OptionChainEntry, TradingDay
from brokerwire.v1 import market_data_pb2
from brokerwire.v1 import market_data_service_pb2 as pb

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime


def bars(
    symbol: str,
    unit: BarUnit | str,
    count: int = 1,
    *,
    start: datetime,
    end: datetime | None = None,
    adjustment: PriceAdjustment | str | None = None,
    newest_first: bool = False,
    page_size: int = 0,
    account: str | None = None,
    broker: str | None = None,
) -> Listing[Bar]:
    """Lists the bars of one instrument, oldest first, reading pages as they are needed.

    Args:
        symbol: The instrument: "AAPL", "BTC/USD", or an option's OCC symbol.
        unit: "minute", "hour", "day", "week" or "month".
        count: Length of a bar in units: `"minute", 5`. What there is depends on the broker.
        start: Bars that start at or after, aware.
        end: Bars that start before. Absent: now.
        adjustment: What past prices are corrected for: "raw" (if absent), "split", "dividend" or "all".
        newest_first: Latest first.
        page_size: Most on a page.
        account: Whose broker's data. Absent: of the client's account, or of the only broker with accounts.
        broker: The data of a broker instead.
    """
    request = pb.ListBarsRequest(
        symbol=symbol,
        timeframe=market_data_pb2.Timeframe(unit=enum(BarUnit, unit, "unit"), count=count),
        start_time=timestamp(start, "start"),
        end_time=timestamp(end, "end"),
        adjustment=enum(PriceAdjustment, adjustment, "adjustment"),
        sort_order=sort(oldest_first=not newest_first),
        page_size=page_size,
    )
    return listing("ListBars", request, "bars", Bar, feed(request, account, broker))


def option_chain(
    underlying: str,
    *,
    type: OptionType | str | None = None,  # noqa: A002 - the contract's word
    first_expiration: date | None = None,
    last_expiration: date | None = None,
    min_strike: DecimalLike | None = None,
    max_strike: DecimalLike | None = None,
    page_size: int = 0,
    account: str | None = None,
    broker: str | None = None,
) -> Listing[OptionChainEntry]:
    """Lists the options on an underlying with what they trade at, by expiration and symbol.

    Args:
        underlying: What the options are on: "AAPL".
        type: "call" or "put"; both if absent.
        first_expiration: Expirations on or after. Absent: today.
        last_expiration: Expirations on or before.
        min_strike: Strikes at or above.
        max_strike: Strikes at or below.
        page_size: Most on a page.
        account: Whose broker's data. Absent: as for `bars`.
        broker: The data of a broker instead.
    """
    request = pb.GetOptionChainRequest(
        underlying_symbol=underlying,
        type=enum(OptionType, type, "type"),
        start_expiration_date=calendar_date(first_expiration, "first_expiration"),
        end_expiration_date=calendar_date(last_expiration, "last_expiration"),
        min_strike_price=decimal(min_strike, "min_strike"),
        max_strike_price=decimal(max_strike, "max_strike"),
        page_size=page_size,
    )
    return listing("GetOptionChain", request, "contracts", OptionChainEntry, feed(request, account, broker))


def corporate_actions(
    symbols: str | Sequence[str] | None = None,
    *,
    start: date,
    end: date | None = None,
    types: Sequence[CorporateActionType | str] = (),
    page_size: int = 0,
    account: str | None = None,
    broker: str | None = None,
) -> Listing[CorporateAction]:
    """Lists dividends, splits, mergers and their like, in the order in which they are processed.

    Args:
        symbols: Only these; up to 500.
        start: Processed on or after.
        end: Processed on or before. Absent: whatever is announced.
        types: Only these.
        page_size: Most on a page.
        account: Whose broker's data. Absent: as for `bars`.
        broker: The data of a broker instead.
    """
    request = pb.ListCorporateActionsRequest(
        symbols=texts(symbols),
        types=[enum(CorporateActionType, kind, "types") for kind in types],
        start_date=calendar_date(start, "start"),
        end_date=calendar_date(end, "end"),
        page_size=page_size,
    )
    blank = feed(request, account, broker)
    return listing("ListCorporateActions", request, "corporate_actions", CorporateAction, blank)


def trading_days(
    start: date,
    end: date,
    *,
    exchange: str = "",
    page_size: int = 0,
    account: str | None = None,
    broker: str | None = None,
) -> Listing[TradingDay]:
    """Lists the days on which a market trades, with the hours of each.

    Args:
        start: First day.
        end: Last day, included.
        exchange: Calendar, as a market identifier code. Empty: the broker's main one.
        page_size: Most on a page.
        account: Whose broker's calendar. Absent: as for `bars`.
        broker: The calendar of a broker instead.
    """
    request = pb.ListTradingDaysRequest(
        start_date=calendar_date(start, "start"),
        end_date=calendar_date(end, "end"),
        exchange=exchange,
        page_size=page_size,
    )
    return listing("ListTradingDays", request, "trading_days", TradingDay, feed(request, account, broker))
