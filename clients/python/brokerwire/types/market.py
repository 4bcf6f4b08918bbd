"""Quotes, bars, option chains, corporate actions and market hours."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from brokerwire.types._base import Record
from brokerwire.types._gateway_enums import CorporateActionType, MarketSession
from brokerwire.types.values import Instrument

__all__ = ["Bar", "CorporateAction", "MarketClock", "OptionChainEntry", "OptionGreeks", "Quote", "TradingDay"]

Date = date
"""The type, where a field has its name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote(Record):
    """The best bid and offer, and the last trade. None: there is none."""

    symbol: str
    bid_price: Decimal | None
    bid_size: Decimal | None
    ask_price: Decimal | None
    ask_size: Decimal | None
    last_price: Decimal | None
    last_size: Decimal | None
    quote_time: datetime | None
    conflated: bool
    broker: str
    currency_code: str
    delayed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketClock(Record):
    """Time and session of a market."""

    time: datetime | None
    is_open: bool
    session: MarketSession
    next_open_time: datetime | None
    next_close_time: datetime | None
    simulated: bool
    exchange: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TradingDay(Record):
    """One day on a market's calendar. Each session starts at its first time and ends before the next."""

    date: Date
    pre_open_time: datetime | None
    open_time: datetime
    close_time: datetime
    post_close_time: datetime | None
    half_day: bool
    """True if the regular session ends early."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar(Record):
    """Trading within one stretch of time."""

    start_time: datetime
    open_price: Decimal
    high_price: Decimal
    low_price: Decimal
    close_price: Decimal
    volume: Decimal
    vwap: Decimal | None
    """Average price, weighted by volume."""
    trade_count: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OptionGreeks(Record):
    """Sensitivities of an option's price, by the broker's model."""

    delta: Decimal | None
    gamma: Decimal | None
    theta: Decimal | None
    vega: Decimal | None
    rho: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OptionChainEntry(Record):
    """One contract of an option chain."""

    instrument: Instrument
    """With the contract's terms in `option`."""
    quote: Quote | None
    greeks: OptionGreeks | None
    implied_volatility: Decimal | None
    """Per year: 0.25 means 25 %."""
    open_interest: Decimal | None
    open_interest_date: date | None

    @property
    def symbol(self) -> str:
        """The contract's OCC symbol."""
        return self.instrument.symbol


@dataclass(frozen=True, slots=True, kw_only=True)
class CorporateAction(Record):
    """An event in a company's life, as far as it touches its shares.

    Holders get `new_rate` units of `new_symbol` (of `symbol` where that is empty) for `old_rate` units of `symbol`,
    and `cash_rate` per unit of `symbol`.
    """

    corporate_action_id: str
    type: CorporateActionType
    symbol: str
    new_symbol: str
    new_rate: Decimal | None
    old_rate: Decimal | None
    cash_rate: Decimal | None
    ex_date: date | None
    record_date: date | None
    payable_date: date | None
    process_date: date | None
    broker_type: str
    """The broker's word for the type."""
    broker_details: Mapping[str, str] = field(hash=False)
    """What else the broker says, in its words."""
