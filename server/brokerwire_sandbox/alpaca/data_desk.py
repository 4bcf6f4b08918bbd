"""The market data side of the sandbox: one tape, the REST paths and the streams."""

from aiohttp import web

from brokerwire_sandbox.alpaca.access import Access
from brokerwire_sandbox.alpaca.data import DataPaths
from brokerwire_sandbox.alpaca.data_stream import DataStream
from brokerwire_sandbox.alpaca.data_tape import Bar, Tape
from brokerwire_sandbox.alpaca.market import Market
from brokerwire_server.domain.market import Quote


class DataDesk:
    """Sees every quote that the market shows, and serves it. `paths` and `stream` have the switches."""

    def __init__(self, market: Market, access: Access) -> None:
        """Begin with the quotes that stand now."""
        self._assets = market.state.assets
        self._tape = Tape(self._on_minute)
        self.paths = DataPaths(market.state, self._tape)
        self.stream = DataStream(access)
        for asset in self._assets.listed:
            quote = market.state.exchange.quote(asset.symbol)
            if quote is not None:
                self._tape.note(quote)
        market.shown.append(self._on_quote)

    def routes(self) -> list[web.RouteDef]:
        """Return the route table."""
        return [*self.stream.routes(), *self.paths.routes()]

    def set_plan(self, *, plus: bool) -> None:
        """Put the account on the paid plan, with its `sip` and `opra` feeds and any number of symbols, or off it."""
        self.paths.plus = self.stream.plus = plus

    async def close(self) -> None:
        """End the streams."""
        await self.stream.close()

    def _on_quote(self, quote: Quote) -> None:
        asset = self._assets.find(quote.symbol)
        if asset is not None:
            self._tape.note(quote)
            self.stream.publish(asset, quote)

    def _on_minute(self, symbol: str, bar: Bar) -> None:
        asset = self._assets.find(symbol)
        if asset is not None:
            self.stream.publish_bar(asset, bar)
