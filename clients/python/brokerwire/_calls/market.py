"""Calls of MarketDataService."""

from __future__ import annotations

from typing import TYPE_CHECKING

from brokerwire._calls.base import Call, Listing, call, feed, listing
from brokerwire._wire import enum, texts
from brokerwire.types.enums import AssetClass
from brokerwire.types.market import MarketClock, Quote
from brokerwire.types.values import InstrumentDetails
from brokerwire.v1 import market_data_service_pb2 as pb

if TYPE_CHECKING:
    from collections.abc import Sequence


def quotes(
    symbols: str | Sequence[str], *, account: str | None = None, broker: str | None = None
) -> Call[dict[str, Quote]]:
    """Reads the latest quotes, by symbol. A symbol that is unknown or has no quote yet is left out.

    Args:
        symbols: One symbol, or up to 500.
        account: Whose broker's feed. Absent: of the client's account, or of the only broker with accounts.
        broker: The feed of a broker instead.
    """
    request = pb.GetQuotesRequest(symbols=texts(symbols))
    blank = feed(request, account, broker)
    return call("GetQuotes", request, _by_symbol, blank)


def _by_symbol(response: pb.GetQuotesResponse) -> dict[str, Quote]:
    return {quote.symbol: Quote.from_proto(quote) for quote in response.quotes}


def search(
    query: str = "",
    *,
    symbols: str | Sequence[str] | None = None,
    asset_classes: Sequence[AssetClass | str] = (),
    account: str | None = None,
    broker: str | None = None,
    page_size: int = 0,
) -> Listing[InstrumentDetails]:
    """Finds instruments and their trading rules, by symbol.

    Args:
        query: Start of the symbol, or part of the name.
        symbols: Exactly these.
        asset_classes: Only these.
        account: Whose broker's instruments. Absent: as for `quotes`.
        broker: Those of a broker instead.
        page_size: Most on a page.
    """
    request = pb.SearchInstrumentsRequest(
        query=query,
        symbols=texts(symbols),
        asset_classes=[enum(AssetClass, kind, "asset_classes") for kind in asset_classes],
        page_size=page_size,
    )
    blank = feed(request, account, broker)
    return listing("SearchInstruments", request, "instruments", InstrumentDetails, blank)


def clock(*, exchange: str = "", account: str | None = None, broker: str | None = None) -> Call[MarketClock]:
    """Reads a market's clock.

    Args:
        exchange: Calendar, as a market identifier code. Empty: the broker's main one.
        account: Whose broker's clock. Absent: as for `quotes`.
        broker: The clock of a broker instead.
    """
    request = pb.GetClockRequest(exchange=exchange)
    blank = feed(request, account, broker)
    return call("GetClock", request, lambda response: MarketClock.from_proto(response.clock), blank)
