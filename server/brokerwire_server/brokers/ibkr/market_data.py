"""Quotes: read once, or streamed, one subscription per symbol whoever reads it."""

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import aclosing

from brokerwire_server.brokers.base import Tools
from brokerwire_server.brokers.ibkr.asking import FAILURES, available
from brokerwire_server.brokers.ibkr.codes import REQUEST_NOTICES
from brokerwire_server.brokers.ibkr.instruments import Instruments
from brokerwire_server.brokers.ibkr.session import Message, Session, Subscription, TwsError
from brokerwire_server.brokers.ibkr.ticks import Ticker
from brokerwire_server.brokers.quotes import QuoteBoard
from brokerwire_server.domain.errors import UnavailableError, UnsupportedError
from brokerwire_server.domain.market import Quote

DELAYED_WHERE_NOT_LIVE = 3
"""reqMarketDataType: real-time where the account pays for it, else delayed, marked as such."""

_SNAPSHOT_SECONDS = 12.0
"""TWS waits up to 11 seconds for ticks before it ends a snapshot."""

_FRESH_SECONDS = 60.0
_AT_ONCE = 20
_TICKS = ("tickPrice", "tickSize", "tickString", "marketDataType")
_NOT_SUBSCRIBED = (354, 10089, 10090, 10168, 10186)

_log = logging.getLogger(__name__)


class MarketData:
    """The quotes of one connection."""

    def __init__(self, session: Session, instruments: Instruments, tools: Tools) -> None:
        """Ask through `session`."""
        self._session = session
        self._instruments = instruments
        self._tools = tools
        self._latest: dict[str, Quote] = {}
        self._read_at: dict[str, float] = {}
        self._wanted: Counter[str] = Counter()
        self._streams: dict[str, Subscription] = {}
        self._problems: dict[str, str] = {}
        self._board = QuoteBoard(self._latest.get)
        self._few = asyncio.Semaphore(_AT_ONCE)
        session.openers.append(("reqMarketDataType", (DELAYED_WHERE_NOT_LIVE,)))

    async def quotes(self, symbols: Sequence[str]) -> Mapping[str, Quote]:
        """Return the latest quote of each symbol that has one; what the broker does not know is left out.

        Raises `UnsupportedError` where the account has no market data for any of them, `UnavailableError` where the
        broker can't be asked.
        """
        names = list(dict.fromkeys(symbols))
        results = await asyncio.gather(*(self._quote(name) for name in names), return_exceptions=True)
        failures = [result for result in results if isinstance(result, BaseException)]
        found = {q.symbol: q for q in results if isinstance(q, Quote)}
        for failure in failures:
            if not isinstance(failure, TwsError) or not found:
                raise _told(failure)
        return found

    def last_quote(self, symbol: str) -> Quote | None:
        """Return the latest quote at hand, as long as it is streamed or was read within a minute: no older one."""
        age = self._tools.monotonic() - self._read_at.get(symbol, -_FRESH_SECONDS)
        streamed = symbol in self._streams and self._session.up
        return self._latest.get(symbol) if streamed or age < _FRESH_SECONDS else None

    async def stream_quotes(self, symbols: Sequence[str]) -> AsyncIterator[Sequence[Quote]]:
        """Yield quotes as they change, the latest per symbol where the reader is slow; starts with what is known."""
        names = list(dict.fromkeys(symbols))
        self._wanted.update(names)
        try:
            await available(asyncio.gather(*(self._open(name) for name in names)))
            async with aclosing(self._board.stream(names)) as batches:
                async for batch in batches:
                    yield batch
        finally:
            self._wanted.subtract(names)
            for name in names:
                self._close_unwanted(name)

    def stream_problems(self) -> Mapping[str, str]:
        """Return, by symbol, why it has no quotes although somebody reads it; empty while all is well."""
        return {symbol: text for symbol, text in self._problems.items() if self._wanted[symbol] > 0}

    def close(self) -> None:
        """End all streams."""
        for symbol in list(self._streams):
            self._wanted[symbol] = 0
            self._close_unwanted(symbol)

    async def _quote(self, symbol: str) -> Quote | None:
        """Read a quote: from its stream, or as a snapshot."""
        if symbol in self._streams and symbol in self._latest and self._session.up:
            return self._latest[symbol]
        async with self._few:
            known = await self._instruments.find(symbol)
            if known is None:
                return None
            messages = await self._session.ask(
                *("reqMktData", known.contract, "", True, False, []),
                answers=_TICKS,
                end="tickSnapshotEnd",
                timeout=_SNAPSHOT_SECONDS,
            )
        ticker = Ticker(symbol, self._tools.now)
        for message in messages:
            ticker.take(message)
        if ticker.quote is not None and symbol not in self._streams:
            self._latest[symbol] = ticker.quote
            self._read_at[symbol] = self._tools.monotonic()
        return ticker.quote

    async def _open(self, symbol: str) -> None:
        known = await self._instruments.find(symbol)
        if symbol in self._streams or self._wanted[symbol] <= 0:
            return
        if known is None:
            self._problems[symbol] = "Interactive Brokers does not know it"
            return
        ticker = Ticker(symbol, self._tools.now)

        def take(message: Message) -> None:
            if ticker.take(message) and ticker.quote is not None:
                self._problems.pop(symbol, None)
                self._latest[symbol] = ticker.quote
                self._board.publish(ticker.quote)

        def refuse(error: TwsError) -> None:
            if error.code not in REQUEST_NOTICES:
                self._problems[symbol] = error.message
                _log.warning("no quotes of %s: %s", symbol, error)

        self._streams[symbol] = self._session.subscribe(
            *("reqMktData", "cancelMktData", known.contract, "", False, False, []), on=take, on_error=refuse
        )

    def _close_unwanted(self, symbol: str) -> None:
        if self._wanted[symbol] > 0:
            return
        del self._wanted[symbol]
        self._problems.pop(symbol, None)
        stream = self._streams.pop(symbol, None)
        if stream is not None:
            self._read_at[symbol] = self._tools.monotonic()
            stream.cancel()


def _told(failure: BaseException) -> BaseException:
    """Return what a failed question means to whoever asked."""
    if isinstance(failure, TwsError) and failure.code in _NOT_SUBSCRIBED:
        text = f"the account has no market data for this: subscribe to it at Interactive Brokers ({failure.message})"
        return UnsupportedError("UNSUPPORTED_BY_BROKER", text, metadata={"broker": "ibkr"})
    if isinstance(failure, FAILURES):
        what = str(failure) or "no answer in time"
        return UnavailableError("BROKER_UNAVAILABLE", f"Interactive Brokers could not be asked: {what}")
    return failure
