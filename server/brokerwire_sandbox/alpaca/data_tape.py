"""The prices that were seen, kept by the minute, and the bars that they make."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from msgspec import Struct

from brokerwire_server.domain.decimals import ZERO
from brokerwire_server.domain.market import Quote

_NEW_YORK = ZoneInfo("America/New_York")
_SECOND = 1_000_000_000
_MINUTE = 60 * _SECOND


class Bar(Struct, kw_only=True):
    """One bar; `amount` is the sum of price times size, or of prices where no size was ever told."""

    start: int
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    volume: Decimal
    trades: int
    amount: Decimal

    def take(self, other: "Bar") -> None:
        """Join a later bar on."""
        self.high, self.low = max(self.high, other.high), min(self.low, other.low)
        self.close = other.close
        self.volume += other.volume
        self.trades += other.trades
        self.amount += other.amount

    @property
    def average(self) -> Decimal:
        """The volume-weighted price; the plain average where there was no volume."""
        return self.amount / (self.volume or self.trades)


class Tape:
    """Minute bars by symbol. A quote with a last price is a trade of its last size; others count at their middle."""

    def __init__(self, on_minute: Callable[[str, Bar], None] = lambda _symbol, _bar: None) -> None:
        """Hand every minute that is over to `on_minute`."""
        self._minutes: dict[str, dict[int, Bar]] = {}
        self._current: dict[str, Bar] = {}
        self._on_minute = on_minute

    def note(self, quote: Quote) -> None:
        """Take a quote in."""
        price = quote.mark
        if price is None:
            return
        start = quote.time - quote.time % _MINUTE
        size = quote.last_size if quote.last else ZERO
        seen = Bar(
            start=start,
            open=price,
            high=price,
            low=price,
            close=price,
            volume=size,
            trades=1,
            amount=price * size if size else price,
        )
        minutes = self._minutes.setdefault(quote.symbol, {})
        known = minutes.get(start)
        if known is not None:
            known.take(seen)
            return
        minutes[start] = seen
        last = self._current.get(quote.symbol)
        self._current[quote.symbol] = seen
        if last is not None:
            self._on_minute(quote.symbol, last)

    def latest(self, symbol: str) -> Bar | None:
        """Return the present minute's bar."""
        return self._current.get(symbol)

    def bars(self, symbol: str, bucket: Callable[[int], int]) -> list[Bar]:
        """Return all bars of a symbol, oldest first; `bucket` says where the bar of a time begins."""
        made: dict[int, Bar] = {}
        for start, minute in sorted(self._minutes.get(symbol, {}).items()):
            begin = bucket(start)
            if begin in made:
                made[begin].take(minute)
            else:
                made[begin] = Bar(
                    start=begin,
                    open=minute.open,
                    high=minute.high,
                    low=minute.low,
                    close=minute.close,
                    volume=minute.volume,
                    trades=minute.trades,
                    amount=minute.amount,
                )
        return list(made.values())


def bucket_of(timeframe: str) -> Callable[[int], int]:
    """Return what finds the beginning of a bar, in nanoseconds: "5Min", "1Hour", "1Day", "1Week", "3Month".

    Raises:
        ValueError: there is no such timeframe.
    """
    digits = "".join(c for c in timeframe if c.isdigit())
    unit, count = timeframe.removeprefix(digits), int(digits or 0)
    allowed = _ALLOWED.get(unit, ())
    if count not in allowed:
        raise ValueError(f"invalid timeframe: {timeframe}")
    if unit in ("Min", "T", "Hour", "H"):
        seconds = count * (60 if unit in ("Min", "T") else 3600)
        return lambda time: _within_day(time, seconds)
    return lambda time: _nanos(_FLOORS[unit[0]](_wall(time), count))


_ALLOWED: dict[str, Iterable[int]] = {
    **dict.fromkeys(("Min", "T"), range(1, 60)),
    **dict.fromkeys(("Hour", "H"), range(1, 24)),
    **dict.fromkeys(("Day", "D", "Week", "W"), (1,)),
    **dict.fromkeys(("Month", "M"), (1, 2, 3, 4, 6, 12)),
}


def _wall(time: int) -> datetime:
    return datetime.fromtimestamp(time // _SECOND, _NEW_YORK)


def _nanos(moment: datetime) -> int:
    return int(moment.astimezone(UTC).timestamp()) * _SECOND


def _midnight(moment: datetime) -> datetime:
    return datetime(moment.year, moment.month, moment.day, tzinfo=_NEW_YORK)


def _within_day(time: int, seconds: int) -> int:
    start = _nanos(_midnight(_wall(time)))
    return start + (time - start) // (seconds * _SECOND) * seconds * _SECOND


def _week(moment: datetime) -> datetime:
    day = moment.date() - timedelta(days=moment.weekday())
    return datetime(day.year, day.month, day.day, tzinfo=_NEW_YORK)


def _months(moment: datetime, count: int) -> datetime:
    return datetime(moment.year, (moment.month - 1) // count * count + 1, 1, tzinfo=_NEW_YORK)


_FLOORS: dict[str, Callable[[datetime, int], datetime]] = {
    "D": lambda moment, _: _midnight(moment),
    "W": lambda moment, _: _week(moment),
    "M": _months,
}
