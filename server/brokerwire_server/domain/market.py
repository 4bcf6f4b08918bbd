"""Market data: quotes, bars, option chains, corporate actions, and when the market trades."""

from collections.abc import Mapping
from decimal import Decimal
from enum import StrEnum

from msgspec import Struct

from brokerwire_server.domain.decimals import ZERO
from brokerwire_server.domain.instruments import Instrument, OptionType


class Quote(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Best bid and offer with displayed sizes in units; a side without a quote has price 0. `time` is the quote's.

    `delayed` says that the source holds its quotes back.
    """

    symbol: str
    bid: Decimal = ZERO
    bid_size: Decimal = ZERO
    ask: Decimal = ZERO
    ask_size: Decimal = ZERO
    last: Decimal = ZERO
    last_size: Decimal = ZERO
    time: int = 0
    delayed: bool = False

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


class TradingDay(Struct, frozen=True, kw_only=True):
    """One trading day: `date` is ISO; the rest are nanoseconds, each interval closed at its start, open at its end."""

    date: str
    pre_open: int
    open: int
    close: int
    post_close: int
    half_day: bool = False

    def session_at(self, time: int) -> Session:
        """Return the part of this day that `time` falls in (CLOSED outside it)."""
        if self.open <= time < self.close:
            return Session.REGULAR
        if self.pre_open <= time < self.open:
            return Session.PRE_MARKET
        if self.close <= time < self.post_close:
            return Session.POST_MARKET
        return Session.CLOSED

    def boundary_after(self, time: int) -> int:
        """Return the next moment after `time` at which the session changes; `time` is before `post_close`."""
        return next(t for t in (self.pre_open, self.open, self.close, self.post_close) if t > time)

    def expiry(self, time: int, *, extended_hours: bool) -> int | None:
        """Return when a DAY order entered at `time` ends on this day, `None` where it is too late for this day."""
        end = self.post_close if extended_hours else self.close
        return end if time < end else None


class BarUnit(StrEnum):
    """Unit of a bar's length."""

    MINUTE = "MINUTE"
    HOUR = "HOUR"
    DAY = "DAY"
    WEEK = "WEEK"
    MONTH = "MONTH"


class Adjustment(StrEnum):
    """What past prices are corrected for."""

    RAW = "RAW"
    SPLIT = "SPLIT"
    DIVIDEND = "DIVIDEND"
    ALL = "ALL"


class BarQuery(Struct, frozen=True, kw_only=True):
    """Which bars: those of `count` units that start from `start` (inclusive) to `end` (exclusive), in nanoseconds.

    At most `limit`, the oldest ones unless `newest_first`, in that order.
    """

    symbol: str
    unit: BarUnit
    count: int
    start: int
    end: int
    limit: int
    adjustment: Adjustment = Adjustment.RAW
    newest_first: bool = False


class Bar(Struct, frozen=True, kw_only=True):
    """Trading within one stretch of time, which begins at `start`; `None` where the source does not say."""

    start: int
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    volume: Decimal
    vwap: Decimal | None = None
    trade_count: int | None = None


class ChainQuery(Struct, frozen=True, kw_only=True):
    """Which contracts of an underlying: ISO dates and strikes, both ends included; empty or `None` for no bound."""

    underlying: str
    type: OptionType | None = None
    first_expiration: str = ""
    last_expiration: str = ""
    min_strike: Decimal | None = None
    max_strike: Decimal | None = None


class Greeks(Struct, frozen=True, kw_only=True):
    """Sensitivities of an option's price, by the source's model; `None` where it does not say."""

    delta: Decimal | None = None
    gamma: Decimal | None = None
    theta: Decimal | None = None
    vega: Decimal | None = None
    rho: Decimal | None = None


class ChainEntry(Struct, frozen=True, kw_only=True):
    """One contract of an option chain. `instrument.option` has its terms; `open_interest_date` is ISO, or empty."""

    instrument: Instrument
    quote: Quote | None = None
    greeks: Greeks | None = None
    implied_volatility: Decimal | None = None
    open_interest: Decimal | None = None
    open_interest_date: str = ""


class CorporateActionType(StrEnum):
    """What a company did to its shares."""

    OTHER = "OTHER"
    FORWARD_SPLIT = "FORWARD_SPLIT"
    REVERSE_SPLIT = "REVERSE_SPLIT"
    UNIT_SPLIT = "UNIT_SPLIT"
    CASH_DIVIDEND = "CASH_DIVIDEND"
    STOCK_DIVIDEND = "STOCK_DIVIDEND"
    SPIN_OFF = "SPIN_OFF"
    CASH_MERGER = "CASH_MERGER"
    STOCK_MERGER = "STOCK_MERGER"
    STOCK_AND_CASH_MERGER = "STOCK_AND_CASH_MERGER"
    REDEMPTION = "REDEMPTION"
    NAME_CHANGE = "NAME_CHANGE"
    WORTHLESS_REMOVAL = "WORTHLESS_REMOVAL"
    RIGHTS_DISTRIBUTION = "RIGHTS_DISTRIBUTION"


class ActionQuery(Struct, frozen=True, kw_only=True):
    """Which corporate actions: processed from `first_date` to `last_date` (ISO, both included; no end if empty)."""

    first_date: str
    last_date: str = ""
    symbols: tuple[str, ...] = ()
    types: tuple[CorporateActionType, ...] = ()


class CorporateAction(Struct, frozen=True, kw_only=True):
    """An event in a company's life, as far as it touches its shares.

    Holders get `new_rate` units of `new_symbol` (of `symbol` where that is empty) for `old_rate` units of `symbol`, and
    `cash_rate` per unit of `symbol`. Dates are ISO. `broker_type` and `details` are the source's own words.
    """

    action_id: str
    type: CorporateActionType
    symbol: str
    new_symbol: str = ""
    new_rate: Decimal | None = None
    old_rate: Decimal | None = None
    cash_rate: Decimal | None = None
    ex_date: str = ""
    record_date: str = ""
    payable_date: str = ""
    process_date: str = ""
    broker_type: str = ""
    details: Mapping[str, str] = {}
