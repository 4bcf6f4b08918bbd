"""The seam to market data: what the adapter asks of it, and what is known without it."""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Protocol

from brokerwire_server.brokers.alpaca import wire
from brokerwire_server.brokers.alpaca.mapping import exact
from brokerwire_server.brokers.alpaca.symbols import instrument_of
from brokerwire_server.domain.connections import Check
from brokerwire_server.domain.market import Quote


class MarketSource(Protocol):
    """Quotes, from wherever they come. None of it is on the way of an order."""

    async def start(self) -> None:
        """Begin; does no waiting for the network."""

    async def stop(self) -> None:
        """End every stream."""

    async def quotes(self, symbols: Sequence[str]) -> Mapping[str, Quote]:
        """Return the latest quote of each symbol that has one."""

    def last_quote(self, symbol: str) -> Quote | None:
        """Return the latest quote at hand."""

    def stream_quotes(self, symbols: Sequence[str]) -> AsyncIterator[Sequence[Quote]]:
        """Yield quotes as they change, the latest per symbol."""

    async def check(self) -> Check:
        """Say whether market data can be read."""


class HeldPrices:
    """The prices at which Alpaca values the account's positions: what is known without market data."""

    def __init__(self) -> None:
        """Start with none."""
        self.quantities: dict[str, Decimal] = {}
        """Signed quantities by symbol."""
        self._quotes: dict[str, Quote] = {}

    def take(self, held: Iterable[wire.Position], time: int) -> None:
        """Take over all positions, with their prices."""
        by_symbol = {instrument_of(one.symbol, one.asset_class).symbol: one for one in held}
        self.quantities = {symbol: exact(one.qty) for symbol, one in by_symbol.items()}
        self._quotes = {
            symbol: Quote(symbol=symbol, last=exact(one.current_price), time=time)
            for symbol, one in by_symbol.items()
            if one.current_price is not None
        }

    async def start(self) -> None:
        """Nothing to begin."""

    async def stop(self) -> None:
        """Nothing to end."""

    async def quotes(self, symbols: Sequence[str]) -> Mapping[str, Quote]:
        """Return the prices of what is held."""
        return {symbol: self._quotes[symbol] for symbol in symbols if symbol in self._quotes}

    def last_quote(self, symbol: str) -> Quote | None:
        """Return the price of what is held."""
        return self._quotes.get(symbol)

    async def stream_quotes(self, symbols: Sequence[str]) -> AsyncIterator[Sequence[Quote]]:
        """Yield what is known, and end."""
        yield list((await self.quotes(symbols)).values())

    async def check(self) -> Check:
        """Say that there is no market data."""
        return Check(
            name="market data", ok=False, detail="no market data is connected: prices come from positions only"
        )
