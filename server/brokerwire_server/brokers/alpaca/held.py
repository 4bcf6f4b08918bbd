"""The prices at which Alpaca values what the account holds: what is known before any quote."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from brokerwire_server.brokers.alpaca import wire
from brokerwire_server.brokers.alpaca.mapping import exact
from brokerwire_server.brokers.alpaca.symbols import instrument_of
from brokerwire_server.domain.market import Quote

if TYPE_CHECKING:
    from decimal import Decimal


class HeldPrices:
    """Positions as Alpaca last listed them."""

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

    def last_quote(self, symbol: str) -> Quote | None:
        """Return the price of what is held."""
        return self._quotes.get(symbol)
