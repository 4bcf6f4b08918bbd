"""Bars, by historical data requests as long as the broker allows for a bar's length."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from msgspec import Struct

from brokerwire_server.brokers.ibkr.asking import available
from brokerwire_server.brokers.ibkr.instruments import Instruments
from brokerwire_server.brokers.ibkr.session import Session, TwsError
from brokerwire_server.domain.decimals import ZERO
from brokerwire_server.domain.errors import InvalidRequestError, NotFoundError, Violation
from brokerwire_server.domain.instruments import AssetClass
from brokerwire_server.domain.market import Adjustment, Bar, BarQuery, BarUnit

_NEW_YORK = ZoneInfo("America/New_York")
_SECOND = 1_000_000_000
_DAY = 86_400 * _SECOND
_MOST_REQUESTS = 30
"""Requests for one answer: the broker slows down whoever asks for more (TWS API documentation, pacing of history)."""

_NO_DATA = 162
"""Message code: historical market data service error, mostly that there is none."""

_PATIENCE = 30.0


class Size(Struct, frozen=True):
    """A bar size that the broker has, and how much one request may bring (TWS API documentation, valid bar sizes)."""

    words: str
    duration: str
    span: int


_D1, _W1, _M1, _Y1 = ("1 D", _DAY), ("1 W", 7 * _DAY), ("1 M", 28 * _DAY), ("1 Y", 365 * _DAY)

SIZES: Mapping[tuple[BarUnit, int], Size] = {
    (BarUnit.MINUTE, 1): Size("1 min", *_D1),
    (BarUnit.MINUTE, 2): Size("2 mins", *_D1),
    (BarUnit.MINUTE, 3): Size("3 mins", *_W1),
    (BarUnit.MINUTE, 5): Size("5 mins", *_W1),
    (BarUnit.MINUTE, 10): Size("10 mins", *_W1),
    (BarUnit.MINUTE, 15): Size("15 mins", *_W1),
    (BarUnit.MINUTE, 20): Size("20 mins", *_W1),
    (BarUnit.MINUTE, 30): Size("30 mins", *_M1),
    (BarUnit.HOUR, 1): Size("1 hour", *_M1),
    (BarUnit.HOUR, 2): Size("2 hours", *_M1),
    (BarUnit.HOUR, 3): Size("3 hours", *_M1),
    (BarUnit.HOUR, 4): Size("4 hours", *_M1),
    (BarUnit.HOUR, 8): Size("8 hours", *_M1),
    (BarUnit.DAY, 1): Size("1 day", *_Y1),
    (BarUnit.WEEK, 1): Size("1 week", *_Y1),
    (BarUnit.MONTH, 1): Size("1 month", *_Y1),
}

_SHOWN: Mapping[AssetClass, str] = {AssetClass.FOREX: "MIDPOINT", AssetClass.CRYPTO: "AGGTRADES"}
"""What bars are made of; of the other classes, TRADES."""


class History:
    """Reads bars."""

    def __init__(self, session: Session, instruments: Instruments) -> None:
        """Ask through `session`."""
        self._session = session
        self._instruments = instruments

    async def bars(self, query: BarQuery) -> Sequence[Bar]:
        """Return the bars of one instrument, those outside the regular session included.

        A pair's are of the middle of bid and ask, and have no volume. Raises `InvalidRequestError` for a length that
        the broker does not have, for prices of shares that are not corrected for splits, and for too long a time.
        """
        size = _size(query)
        known = await available(self._instruments.find(query.symbol))
        if known is None:
            text = f"Interactive Brokers does not know {query.symbol[:40]!r}"
            raise NotFoundError("INSTRUMENT_NOT_FOUND", text, metadata={"field": "symbol", "broker": "ibkr"})
        _check_adjustment(query, known.instrument.asset_class)
        shown = _SHOWN.get(known.instrument.asset_class, "TRADES")
        found: dict[int, Bar] = {}
        for end in _ends(query, size):
            for bar in await available(self._read(known.contract, end, size, shown)):
                if query.start <= bar.start < query.end:
                    found[bar.start] = bar
            if len(found) >= query.limit:
                break
        ordered = [found[start] for start in sorted(found, reverse=query.newest_first)]
        return ordered[: query.limit]

    async def _read(self, contract: Any, end: int, size: Size, shown: str) -> Sequence[Bar]:  # noqa: ANN401
        stamp = datetime.fromtimestamp(end // _SECOND, UTC).strftime("%Y%m%d-%H:%M:%S")
        try:
            answers = await self._session.ask(
                *("reqHistoricalData", contract, stamp, size.duration, size.words, shown, False, 2, False, []),
                answers=["historicalData"],
                end="historicalDataEnd",
                timeout=_PATIENCE,
            )
        except TwsError as error:
            if error.code == _NO_DATA and "no data" in error.message.lower():
                return ()
            raise
        return [bar_of(answer.arguments[1]) for answer in answers]


def _size(query: BarQuery) -> Size:
    size = SIZES.get((query.unit, query.count))
    if size is None:
        supported = tuple(str(count) for unit, count in SIZES if unit is query.unit)
        text = f"Interactive Brokers has no bars of {query.count} {query.unit.lower()}s"
        raise InvalidRequestError.of(Violation("timeframe.count", "INVALID_FIELD", text, supported))
    return size


def _check_adjustment(query: BarQuery, asset_class: AssetClass) -> None:
    """Refuse what the broker does not have: its trades of shares are corrected for splits, always, and nothing else."""
    fits = Adjustment.SPLIT if asset_class is AssetClass.EQUITY else Adjustment.RAW
    if query.adjustment not in (fits, Adjustment.SPLIT):
        text = "Interactive Brokers corrects past prices of shares for splits, and for nothing else"
        raise InvalidRequestError.of(Violation("adjustment", "UNSUPPORTED_BY_BROKER", text, (fits.value,)))


def _ends(query: BarQuery, size: Size) -> Iterator[int]:
    """Yield the ends of the requests that cover a query, in the order in which its bars are wanted."""
    count = -(-(query.end - query.start) // size.span)
    if count > _MOST_REQUESTS:
        longest = _MOST_REQUESTS * size.span // _DAY
        text = f"too long for bars of {size.words}: at most {longest} days at once"
        raise InvalidRequestError.of(Violation("start_time", "INVALID_FIELD", text))
    for index in range(count):
        yield (
            query.end - index * size.span
            if query.newest_first
            else min(query.start + (index + 1) * size.span, query.end)
        )


def bar_of(row: Any) -> Bar:  # noqa: ANN401
    """Return a historical bar. One of a day or longer begins at midnight in New York."""
    volume, average, count = (_stated(value) for value in (row.volume, row.average, row.barCount))
    return Bar(
        start=_start(str(row.date)),
        open=_price(row.open),
        high=_price(row.high),
        low=_price(row.low),
        close=_price(row.close),
        volume=volume or ZERO,
        vwap=average or None,
        trade_count=None if count is None else int(count),
    )


def _start(text: str) -> int:
    """Return when a bar begins, in nanoseconds: a day is YYYYMMDD, anything else seconds since 1970."""
    if len(text) == 8:
        day = datetime.strptime(text, "%Y%m%d").replace(tzinfo=_NEW_YORK)
        return int(day.timestamp()) * _SECOND
    return int(text) * _SECOND


def _price(value: Decimal | None) -> Decimal:
    if value is None:
        raise ValueError("a bar without a price")
    return value


def _stated(value: Decimal | int | None) -> Decimal | None:
    """Return a number of a bar; the broker writes -1 where it has none."""
    return None if value is None or value < 0 else Decimal(value)
