"""MarketDataService."""

from collections.abc import AsyncIterator, Sequence

from brokerwire.v1 import market_data_service_pb2 as pb
from brokerwire_server.api.convert.enums import ASSET_CLASS
from brokerwire_server.api.convert.instruments import details_message, guess_class
from brokerwire_server.api.convert.market_data import clock_message, quote_message
from brokerwire_server.api.convert.values import invalid, required
from brokerwire_server.api.market_history import CALENDAR, MAX_SYMBOLS, MarketHistory
from brokerwire_server.api.methods import Call
from brokerwire_server.api.paging import Page
from brokerwire_server.api.reads import Reads
from brokerwire_server.api.sources import source_of, unsupported
from brokerwire_server.api.streaming import control_item, event_item, heartbeat_of, paced, response, snapshot_item
from brokerwire_server.brokers.base import BrokerAdapter
from brokerwire_server.domain.errors import NotFoundError
from brokerwire_server.domain.instruments import InstrumentDetails
from brokerwire_server.engine.gateway import Gateway
from brokerwire_server.engine.streams import CaughtUp, Goodbye, Heartbeat, Opened, SnapshotEnd, StartMode

MAX_INSTRUMENTS = 10_000


class MarketDataService(MarketHistory):
    """Quotes, instruments and market hours."""

    def __init__(self, gateway: Gateway, reads: Reads) -> None:
        """Serve the market data of the brokers of `gateway`."""
        super().__init__(gateway, reads)
        self._streams = 0

    async def get_quotes(self, request: pb.GetQuotesRequest, call: Call) -> pb.GetQuotesResponse:
        """Read the latest quotes."""
        symbols = _symbols(request.symbols)
        adapter = source_of(self._gateway, request)
        quotes = await adapter.quotes(symbols)
        result = pb.GetQuotesResponse(
            quotes=[quote_message(quotes[s], adapter.broker) for s in symbols if s in quotes],
            missing_symbols=[s for s in symbols if s not in quotes],
        )
        self._reads.fill(result.read_info)
        return result

    async def stream_quotes(self, request: pb.StreamQuotesRequest, call: Call) -> AsyncIterator[bytes]:
        """Stream quotes: the latest of each symbol, then every change."""
        symbols = _symbols(request.symbols)
        heartbeat = heartbeat_of(request, "")
        adapter = source_of(self._gateway, request)
        if not adapter.capabilities("").streams_quotes:
            raise unsupported(adapter, "StreamQuotes")
        await self._check_known(adapter, symbols)
        now = self._gateway.seams.now
        first = await adapter.quotes(symbols)
        items = [control_item(self._opened(heartbeat))]
        items += [snapshot_item(quote_message(quote, adapter.broker)) for quote in first.values()]
        items += [control_item(SnapshotEnd(len(first))), control_item(CaughtUp())]
        yield response(items, "", now())
        async for part in paced(adapter.stream_quotes(symbols), self._gateway.drain, heartbeat):
            if isinstance(part, Heartbeat | Goodbye):
                yield response([control_item(part)], "", now())
                continue
            # The adapter starts with what is known, which the snapshot has said already.
            fresh = [quote for quote in part if first.get(quote.symbol) != quote]
            first = {}
            if fresh:
                yield response([event_item(quote_message(q, adapter.broker)) for q in fresh], "", now())

    def _opened(self, heartbeat: float) -> Opened:
        self._streams += 1
        return Opened(
            stream_id=f"quotes-{self._streams}",
            mode=StartMode.SNAPSHOT,
            epoch=self._gateway.store.epoch,
            heartbeat=heartbeat,
            accounts=(),
        )

    async def _check_known(self, adapter: BrokerAdapter, symbols: Sequence[str]) -> None:
        for symbol in symbols:
            if await adapter.instrument(symbol, guess_class(symbol)) is None:
                metadata = {"symbol": symbol[:64], "field": "symbols", "broker": adapter.broker}
                text = f"{adapter.broker} does not know {symbol[:64]!r}"
                raise NotFoundError("INSTRUMENT_NOT_FOUND", text, metadata=metadata)

    async def search_instruments(
        self, request: pb.SearchInstrumentsRequest, call: Call
    ) -> pb.SearchInstrumentsResponse:
        """Find instruments and their trading rules, by symbol."""
        page = Page(request)
        adapter = source_of(self._gateway, request)
        if len(request.symbols) > MAX_SYMBOLS:
            raise invalid("symbols", f"at most {MAX_SYMBOLS}")
        classes = {ASSET_CLASS.need(n, f"asset_classes[{i}]") for i, n in enumerate(request.asset_classes)}
        found: Sequence[InstrumentDetails]
        if request.symbols:
            asked = [await adapter.instrument(s, guess_class(s)) for s in dict.fromkeys(request.symbols)]
            query = request.query.casefold()
            found = [d for d in asked if d is not None and (not query or _matches(d, query))]
        else:
            found = await adapter.search_instruments(request.query, MAX_INSTRUMENTS)
        kept = sorted((d for d in found if not classes or d.instrument.asset_class in classes), key=_symbol)
        shown, token = page.cut(kept, _symbol)
        result = pb.SearchInstrumentsResponse(
            instruments=[details_message(d, adapter.broker) for d in shown], next_page_token=token
        )
        self._reads.fill(result.read_info)
        return result

    async def get_clock(self, request: pb.GetClockRequest, call: Call) -> pb.GetClockResponse:
        """Read a market's clock."""
        if request.exchange not in ("", CALENDAR):
            raise invalid("exchange", "no such calendar here", supported=[CALENDAR])
        clock = await source_of(self._gateway, request).market_clock()
        result = pb.GetClockResponse(clock=clock_message(clock, CALENDAR))
        self._reads.fill(result.read_info)
        return result


def _symbols(symbols: Sequence[str]) -> list[str]:
    if not symbols:
        raise required("symbols", "name at least one symbol")
    if len(symbols) > MAX_SYMBOLS:
        raise invalid("symbols", f"at most {MAX_SYMBOLS}")
    return list(dict.fromkeys(symbols))


def _symbol(details: InstrumentDetails) -> str:
    return details.instrument.symbol


def _matches(details: InstrumentDetails, query: str) -> bool:
    return details.instrument.symbol.casefold().startswith(query) or query in details.name.casefold()
