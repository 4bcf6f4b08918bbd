"""Ticks put together to quotes. Numbers of the tick types: TWS API documentation, Available Tick Types."""

from collections.abc import Callable, Mapping
from decimal import Decimal

from msgspec.structs import replace

from brokerwire_server.brokers.ibkr.session import Message
from brokerwire_server.domain.decimals import ZERO
from brokerwire_server.domain.market import Quote

_PRICES: Mapping[int, tuple[str, str]] = {
    1: ("bid", "bid_size"),
    2: ("ask", "ask_size"),
    4: ("last", "last_size"),
    66: ("bid", "bid_size"),
    67: ("ask", "ask_size"),
    68: ("last", "last_size"),
}
"""By type of a price: what it is of a quote, and what its size is. From 66 on it is delayed."""

_SIZES: Mapping[int, str] = {
    0: "bid_size",
    3: "ask_size",
    5: "last_size",
    69: "bid_size",
    70: "ask_size",
    71: "last_size",
}
_TIMES = (45, 88)
"""The time of the last trade in seconds, and when a delayed value was of."""

_LIVE = (1, 2)
"""Kinds of market data: real-time and frozen; the others (3, 4) are delayed."""

_SECOND = 1_000_000_000


class Ticker:
    """The quote of one symbol, as its ticks come."""

    def __init__(self, symbol: str, now: Callable[[], int]) -> None:
        """Start with nothing known."""
        self._quote = Quote(symbol=symbol)
        self._now = now
        self._delayed_time = 0

    @property
    def quote(self) -> Quote | None:
        """The quote, `None` before any price is known."""
        quote = self._quote
        return quote if quote.bid or quote.ask or quote.last else None

    def take(self, message: Message) -> bool:
        """Take a message in; true where the quote has changed.

        The time of a quote is that of its arrival, for the broker states only that of a trade; a delayed one's is the
        trade's, as long as it is known.
        """
        changes = self._changes(message)
        if changes is None:
            return False
        before = self._quote
        after = replace(before, **changes)
        if after == before:
            return False
        time = self._delayed_time if after.delayed else 0
        self._quote = replace(after, time=time or self._now())
        return True

    def _changes(self, message: Message) -> dict[str, object] | None:
        if message.name == "marketDataType":
            return {"delayed": message.arguments[1] not in _LIVE}
        kind = message.arguments[1] if len(message.arguments) > 2 else None
        if not isinstance(kind, int):
            return None
        value = message.arguments[2]
        if message.name == "tickPrice" and kind in _PRICES:
            price, size = _PRICES[kind]
            known = isinstance(value, Decimal) and value > ZERO
            changes: dict[str, object] = {price: value if known else ZERO}
            amount = message.arguments[3]
            if isinstance(amount, Decimal) and (amount or not known):
                changes[size] = amount if known else ZERO
            return changes | ({"delayed": True} if kind >= 66 else {})
        if message.name == "tickSize" and kind in _SIZES and isinstance(value, Decimal):
            return {_SIZES[kind]: value}
        if message.name == "tickString" and kind in _TIMES and str(value).isdecimal():
            self._delayed_time = int(str(value)) * _SECOND
        return None
