"""Quote streams: each reader gets the latest quote per symbol, however slow it is."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence

from brokerwire_server.domain.market import Quote


class _Reader:
    __slots__ = ("pending", "woken")

    def __init__(self) -> None:
        self.pending: dict[str, Quote] = {}
        self.woken = asyncio.Event()


class QuoteBoard:
    """Fans quotes out; a reader's backlog is at most one quote per symbol it asked for."""

    def __init__(self, latest: Callable[[str], Quote | None]) -> None:
        """Take `latest` as the source of what is known when a stream begins."""
        self._latest = latest
        self._readers: dict[str, set[_Reader]] = {}

    def publish(self, quote: Quote) -> None:
        """Show a new quote to the readers of its symbol."""
        for reader in self._readers.get(quote.symbol, ()):
            reader.pending[quote.symbol] = quote
            reader.woken.set()

    async def stream(self, symbols: Sequence[str]) -> AsyncGenerator[Sequence[Quote], None]:
        """Yield batches of the latest quotes, at first what is known, until the reader stops."""
        reader = _Reader()
        for symbol in symbols:
            self._readers.setdefault(symbol, set()).add(reader)
            known = self._latest(symbol)
            if known is not None:
                reader.pending[symbol] = known
        try:
            while True:
                if not reader.pending:
                    reader.woken.clear()
                    await reader.woken.wait()
                batch, reader.pending = list(reader.pending.values()), {}
                yield batch
        finally:
            for symbol in symbols:
                readers = self._readers.get(symbol, set())
                readers.discard(reader)
                if not readers:
                    self._readers.pop(symbol, None)
