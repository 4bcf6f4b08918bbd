"""Market data: quotes and the state of the market's clock."""

from decimal import Decimal
from enum import StrEnum

from msgspec import Struct

from brokerwire_server.domain.decimals import ZERO


class Quote(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Best bid and offer with displayed sizes in units; a side without a quote has price 0. `time` is the quote's."""

    symbol: str
    bid: Decimal = ZERO
    bid_size: Decimal = ZERO
    ask: Decimal = ZERO
    ask_size: Decimal = ZERO
    last: Decimal = ZERO
    last_size: Decimal = ZERO
    time: int = 0

    @property
    def mark(self) -> Decimal | None:
        """The price to value a holding at: the last trade, else the middle, else whichever side is quoted."""
        if self.last > ZERO:
            return self.last
        if self.bid > ZERO and self.ask > ZERO:
            return (self.bid + self.ask) / 2
        return max(self.bid, self.ask) or None


class Session(StrEnum):
    """The part of the trading day."""

    CLOSED = "CLOSED"
    PRE_MARKET = "PRE_MARKET"
    REGULAR = "REGULAR"
    POST_MARKET = "POST_MARKET"


class MarketClock(Struct, frozen=True, kw_only=True):
    """What the market's clock says: `time` is virtual in a simulation; `next_*` are 0 where none is known."""

    time: int
    session: Session
    next_open: int = 0
    next_close: int = 0
    virtual: bool = False

    @property
    def is_open(self) -> bool:
        """Whether the regular session is open."""
        return self.session is Session.REGULAR
