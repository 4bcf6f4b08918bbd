"""Market data, calendar and account history of one Alpaca connection: alpaca-py in threads of its own, and the stream.

None of this is on the way of an order. Calls of the trading host (contracts, calendar, clock, account history) count
against the account's rate limit there, which the order client notices in its next answer.
"""

import logging
import threading
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from datetime import date
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from msgspec import Struct
from msgspec.structs import replace

from brokerwire_server.brokers.alpaca import market_mapping as mapping
from brokerwire_server.brokers.alpaca.market_errors import invalid, reported
from brokerwire_server.brokers.alpaca.market_stream import QuoteStream, StreamHosts
from brokerwire_server.brokers.alpaca.market_workers import Workers
from brokerwire_server.brokers.base import Tools
from brokerwire_server.domain.accounts import PortfolioPoint
from brokerwire_server.domain.errors import InvalidRequestError
from brokerwire_server.domain.market import (
    ActionQuery,
    Bar,
    BarQuery,
    ChainEntry,
    ChainQuery,
    CorporateAction,
    MarketClock,
    Quote,
    Session,
    TradingDay,
)
from brokerwire_server.domain.secrets import Secret

if TYPE_CHECKING:
    from brokerwire_server.brokers.alpaca.market_clients import Clients

T = TypeVar("T")

_THREADS = 2
_STOCKS_PER_CALL = 200
_OPTIONS_PER_CALL = 100
_FRESH_SECONDS = 60.0
_FAR = date(2099, 12, 31)
"""The end of what is announced: Alpaca's own default is today."""

_log = logging.getLogger(__name__)


class MarketSettings(Struct, frozen=True, kw_only=True):
    """Where the data is: hosts without a path, and which feed of stock prices, `iex` or `sip`."""

    base_url: str
    data_url: str
    data_feed: str = "iex"

    @property
    def options_feed(self) -> str:
        """Whoever pays for `sip` has `opra` with it; else options are `indicative`, that is delayed."""
        return "opra" if self.data_feed == "sip" else "indicative"


class MarketData:
    """What an adapter needs of Alpaca besides orders. Its threads and connections begin with the first call."""

    def __init__(self, settings: MarketSettings, api_key: Secret, secret_key: Secret, tools: Tools) -> None:
        """Reach the hosts of `settings`, which the caller has checked."""
        self._settings = settings
        self._keys = (api_key, secret_key)
        self._tools = tools
        self._local = threading.local()
        self._workers = Workers(_THREADS, "alpaca-data", at_end=self._close_clients)
        self._latest: dict[str, Quote] = {}
        self._read_at: dict[str, float] = {}
        self._days: dict[str, TradingDay | None] = {}
        self._stream = QuoteStream(
            StreamHosts.of(settings.data_url, settings.data_feed),
            self._keys,
            tools,
            latest=self._latest,
            poll=self.quotes,
        )

    async def stop(self) -> None:
        """End the stream, and let go of the threads; a call that hangs in one holds nothing up."""
        await self._stream.stop()
        self._workers.close()

    # --- quotes ---

    async def quotes(self, symbols: Sequence[str]) -> Mapping[str, Quote]:
        """Return the latest quote of each symbol that has one; symbols that Alpaca does not know are left out."""
        found: dict[str, Quote] = {}
        for kind in (mapping.STOCK, mapping.CRYPTO, mapping.OPTION):
            wanted = [symbol for symbol in dict.fromkeys(symbols) if mapping.kind_of(symbol) == kind]
            size = _OPTIONS_PER_CALL if kind == mapping.OPTION else _STOCKS_PER_CALL
            for begin in range(0, len(wanted), size):
                found.update(await self._snapshots(kind, wanted[begin : begin + size]))
        now = self._tools.monotonic()
        for symbol, quote in found.items():
            self._read_at[symbol] = now
            known = self._latest.get(symbol)
            # The stream may have been faster than the answer: of the same time, what was pushed stays.
            newer = known is None or quote.time > known.time
            if newer or (known is not None and quote.time == known.time and not self._stream.pushes(symbol)):
                self._latest[symbol] = quote
        return found

    def last_quote(self, symbol: str) -> Quote | None:
        """Return the latest quote at hand, as long as it is pushed or was read within a minute: no older one."""
        age = self._tools.monotonic() - self._read_at.get(symbol, -_FRESH_SECONDS)
        return self._latest.get(symbol) if age < _FRESH_SECONDS or self._stream.pushes(symbol) else None

    def stream_quotes(self, symbols: Sequence[str]) -> AsyncIterator[Sequence[Quote]]:
        """Yield quotes as they change, the latest per symbol where the reader is slow; starts with what is known."""
        return self._stream.read(symbols)

    def stream_problems(self) -> Mapping[str, str]:
        """Return, by endpoint, why its quotes are polled instead of pushed; empty while all is well."""
        return self._stream.problems()

    async def _snapshots(self, kind: str, symbols: list[str]) -> Mapping[str, Quote]:
        feed = self._settings.options_feed if kind == mapping.OPTION else self._settings.data_feed
        while symbols:
            try:
                raw = await self._ask(partial(_snapshots_of, kind, tuple(symbols), feed))
            except InvalidRequestError as error:
                # One symbol that it does not know fails Alpaca's whole answer, which names it.
                unknown = [symbol for symbol in symbols if symbol in error.message.split()]
                if not unknown:
                    raise
                symbols = [symbol for symbol in symbols if symbol not in unknown]
                continue
            return self._mapped("quotes", partial(mapping.quotes_of, raw, delayed=feed == "indicative"))
        return {}

    # --- history ---

    async def bars(self, query: BarQuery) -> Sequence[Bar]:
        """Return bars. Raises `InvalidRequestError` for a length that Alpaca does not have."""
        word, counts = mapping.UNITS[query.unit]
        if query.count not in counts:
            supported = [str(n) for n in sorted(counts)]
            raise invalid("timeframe.count", f"Alpaca has no bars of {query.count} {query.unit.lower()}s", supported)
        kind = mapping.kind_of(query.symbol)
        raw = await self._ask(lambda c: c.bars(kind, word, query, self._settings.data_feed))
        return self._mapped("bars", lambda: [mapping.bar_of(bar) for bar in raw.get(query.symbol, ())])

    async def option_chain(self, query: ChainQuery) -> Sequence[ChainEntry]:
        """Return the contracts that are active and match."""
        today = mapping.new_york_date(self._tools.now())
        wanted = replace(query, first_expiration=max(query.first_expiration, today))
        feed = self._settings.options_feed
        contracts, snapshots = await self._ask(lambda c: c.chain(wanted, feed))
        delayed = feed == "indicative"
        return self._mapped(
            "option chain",
            lambda: [mapping.chain_entry(c, snapshots.get(c["symbol"]), delayed=delayed) for c in contracts],
        )

    async def corporate_actions(self, query: ActionQuery) -> Sequence[CorporateAction]:
        """Return the corporate actions that match."""
        last = date.fromisoformat(query.last_date) if query.last_date else _FAR
        raw = await self._ask(lambda c: c.corporate_actions(query, last))
        found = self._mapped(
            "corporate actions", lambda: [mapping.action_of(k, a) for k, some in raw.items() for a in some]
        )
        return [action for action in found if not query.types or action.type in query.types]

    async def portfolio_history(self, start: int, end: int, step: int) -> Sequence[PortfolioPoint]:
        """Return what Alpaca says the account was worth from `start` to before `end` (nanoseconds)."""
        timeframe = mapping.history_timeframe(start, end, step)
        raw = await self._ask(lambda c: c.portfolio_history(start, end, timeframe))
        points = self._mapped("portfolio history", lambda: mapping.history_points(raw))
        return [point for point in points if start <= point.time < end]

    # --- market hours ---

    async def trading_days(self, first_date: str, last_date: str) -> Sequence[TradingDay]:
        """Return the trading days from one ISO date to another, both included."""
        first, last = date.fromisoformat(first_date), date.fromisoformat(last_date)
        raw = await self._ask(lambda c: c.calendar(first, last))
        days = self._mapped("calendar", lambda: [mapping.trading_day(day) for day in raw])
        return [day for day in days if first_date <= day.date <= last_date]

    async def clock(self) -> MarketClock:
        """Return the market's clock, extended hours included."""
        raw = await self._ask(lambda c: c.clock())
        time, is_open, next_open, next_close = self._mapped("clock", lambda: mapping.clock_of(raw))
        session = Session.REGULAR
        if not is_open:
            day = await self._day(mapping.new_york_date(time))
            session = day.session_at(time) if day else Session.CLOSED
            session = Session.CLOSED if session is Session.REGULAR else session
        return MarketClock(time=time, session=session, next_open=next_open, next_close=next_close)

    async def _day(self, iso_date: str) -> TradingDay | None:
        if iso_date not in self._days:
            days = await self.trading_days(iso_date, iso_date)
            self._days = {iso_date: days[0] if days else None}
        return self._days[iso_date]

    # --- inside ---

    async def _ask(self, call: "Callable[[Clients], T]") -> T:
        try:
            return await self._workers.run(lambda: call(self._clients()))
        except Exception as error:
            raise reported(error, self._settings.data_feed, self._tools.now) from error

    def _clients(self) -> "Clients":
        """Return the clients of this thread; the first call imports alpaca-py, which takes its time."""
        found: Clients | None = getattr(self._local, "clients", None)
        if found is None:
            from brokerwire_server.brokers.alpaca import market_clients  # noqa: PLC0415 - pandas, 0.6 s

            found = self._local.clients = market_clients.Clients(
                *self._keys,
                base_url=self._settings.base_url,
                data_url=self._settings.data_url,
                monotonic=self._tools.monotonic,
                wall=self._tools.now,
            )
        return found

    def _close_clients(self) -> None:
        clients: Clients | None = getattr(self._local, "clients", None)
        if clients is not None:
            clients.close()

    def _mapped(self, what: str, convert: Callable[[], T]) -> T:
        """Return what `convert` makes of an answer."""
        try:
            return convert()
        except (AttributeError, IndexError, KeyError, TypeError, ValueError, ArithmeticError) as error:
            _log.warning("Alpaca's %s could not be read", what, exc_info=error)
            raise reported(error, self._settings.data_feed, self._tools.now) from error


def _snapshots_of(kind: str, symbols: Sequence[str], feed: str, clients: "Clients") -> Mapping[str, Any]:
    return clients.snapshots(kind, symbols, feed)
