"""Quotes and market hours."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from brokerwire.types._base import Record
from brokerwire.types._gateway_enums import MarketSession

__all__ = ["MarketClock", "Quote"]


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
