"""Trading calendars: when the market is open, and which trading day a moment belongs to."""

import warnings
from bisect import bisect_right
from collections.abc import Iterator
from datetime import UTC, date, datetime
from functools import cached_property
from typing import Any, Protocol

from brokerwire_server.domain.market import MarketClock, TradingDay

DAY_NANOSECONDS = 86_400_000_000_000
HOUR_NANOSECONDS = 3_600_000_000_000
MINUTE_NANOSECONDS = 60_000_000_000
SECOND_NANOSECONDS = 1_000_000_000


class MarketCalendar(Protocol):
    """A market's trading days. `continuous` says that a day's close is the next day's open."""

    continuous: bool

    def day_at(self, time: int) -> TradingDay:
        """Return the trading day that `time` is in, or the next one when the market is closed for the day.

        Raises:
            ValueError: `time` is outside the calendar.
        """


class AlwaysOpen:
    """A market that never closes: the trading day is the UTC day, with an opening and closing auction at midnight."""

    continuous = True

    def day_at(self, time: int) -> TradingDay:
        """Return the UTC day of `time`."""
        start = time - time % DAY_NANOSECONDS
        end = start + DAY_NANOSECONDS
        date = datetime.fromtimestamp(start // SECOND_NANOSECONDS, UTC).date().isoformat()
        return TradingDay(date=date, pre_open=start, open=start, close=end, post_close=end)


class ExchangeHours:
    """An exchange's real hours with holidays and half days (library `exchange_calendars`, loaded at first use).

    Pre-market begins 04:00 and post-market ends 20:00 New York time, which is 5.5 hours before the regular open and
    4 hours after the regular close; on half days post-market keeps its length and ends at 17:00.
    """

    continuous = False
    _PRE_MARKET = 11 * HOUR_NANOSECONDS // 2
    _REGULAR = 13 * HOUR_NANOSECONDS // 2
    _POST_MARKET = 4 * HOUR_NANOSECONDS

    def __init__(self, name: str = "XNYS", *, first_date: str = "2000-01-01", last_date: str = "2045-12-31") -> None:
        """Take the calendar `name` between two ISO dates; future holidays follow the rules known today."""
        self._name = name
        self._first_date = first_date
        self._last_date = last_date

    def day_at(self, time: int) -> TradingDay:
        """Return the exchange's trading day at `time`."""
        opens, closes = self._schedule
        index = bisect_right(closes, time - self._POST_MARKET)
        if index >= len(closes) or time < opens[0] - self._PRE_MARKET - 7 * DAY_NANOSECONDS:
            moment = datetime.fromtimestamp(time // SECOND_NANOSECONDS, UTC).isoformat()
            bounds = f"{self._first_date} to {self._last_date}"
            raise ValueError(f"{moment} is outside the {self._name} calendar ({bounds})")
        opening, closing = opens[index], closes[index]
        return TradingDay(
            date=datetime.fromtimestamp(opening // SECOND_NANOSECONDS, UTC).date().isoformat(),
            pre_open=opening - self._PRE_MARKET,
            open=opening,
            close=closing,
            post_close=closing + self._POST_MARKET,
            half_day=closing - opening < self._REGULAR,
        )

    @cached_property
    def _schedule(self) -> tuple[list[int], list[int]]:
        import exchange_calendars  # noqa: PLC0415 - it brings pandas, nearly a second

        with warnings.catch_warnings():
            # The library uses parts of pandas that pandas means to change; that is between the two of them.
            warnings.simplefilter("ignore")
            calendar: Any = exchange_calendars.get_calendar(self._name, start=self._first_date, end=self._last_date)
        opens = calendar.opens.to_numpy("datetime64[ns]").astype("int64").tolist()
        closes = calendar.closes.to_numpy("datetime64[ns]").astype("int64").tolist()
        return opens, closes


def trading_days(calendar: MarketCalendar, first_date: str, last_date: str) -> Iterator[TradingDay]:
    """Yield the trading days from one ISO date to another, both included.

    Raises:
        ValueError: one of them is outside the calendar.
    """
    time = _midnight(first_date)
    calendar.day_at(_midnight(last_date))
    while (day := calendar.day_at(time)).date <= last_date:
        if day.date >= first_date:
            yield day
        time = day.post_close


def _midnight(iso_date: str) -> int:
    moment = datetime.combine(date.fromisoformat(iso_date), datetime.min.time(), UTC)
    return int(moment.timestamp()) * SECOND_NANOSECONDS


def market_clock(calendar: MarketCalendar, time: int, *, virtual: bool = False) -> MarketClock:
    """Return what the market's clock says at `time`."""
    day = calendar.day_at(time)
    next_open = day.open if time < day.open else calendar.day_at(day.post_close).open
    next_close = day.close if time < day.close else calendar.day_at(day.post_close).close
    return MarketClock(
        time=time, session=day.session_at(time), next_open=next_open, next_close=next_close, virtual=virtual
    )


def day_order_expiry(calendar: MarketCalendar, day: TradingDay, time: int, *, extended_hours: bool) -> int:
    """Return when a DAY order entered at `time` (within `day`) expires: after the close, it is for the next day."""
    expiry = day.expiry(time, extended_hours=extended_hours)
    if expiry is not None:
        return expiry
    following = calendar.day_at(day.post_close)
    return following.post_close if extended_hours else following.close
