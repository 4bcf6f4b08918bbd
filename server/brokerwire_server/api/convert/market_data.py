"""Quotes and market clocks as messages."""

from brokerwire.v1 import market_data_pb2
from brokerwire_server.api.convert.enums import SESSION
from brokerwire_server.api.convert.values import decimal_text, set_time
from brokerwire_server.domain.decimals import ZERO
from brokerwire_server.domain.market import MarketClock, Quote

_AMOUNTS = (
    ("bid_price", "bid"),
    ("bid_size", "bid_size"),
    ("ask_price", "ask"),
    ("ask_size", "ask_size"),
    ("last_price", "last"),
    ("last_size", "last_size"),
)


def quote_message(quote: Quote, broker: str) -> market_data_pb2.Quote:
    """Return a quote; a side without one is absent."""
    m = market_data_pb2.Quote(symbol=quote.symbol, broker=broker, currency_code="USD")
    for name, source in _AMOUNTS:
        value = getattr(quote, source)
        if value != ZERO:
            getattr(m, name).value = decimal_text(value)
    if quote.time:
        set_time(m.quote_time, quote.time)
    return m


def clock_message(clock: MarketClock, exchange: str) -> market_data_pb2.MarketClock:
    """Return what a market's clock says."""
    m = market_data_pb2.MarketClock(
        is_open=clock.is_open,
        session=SESSION.to_wire[clock.session],
        simulated=clock.virtual,
        exchange=exchange,
    )
    set_time(m.time, clock.time)
    if clock.next_open:
        set_time(m.next_open_time, clock.next_open)
    if clock.next_close:
        set_time(m.next_close_time, clock.next_close)
    return m
