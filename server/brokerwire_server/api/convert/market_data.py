"""Market data as messages."""

from brokerwire.v1 import market_data_pb2
from brokerwire_server.api.convert.enums import CORPORATE_ACTION_TYPE, SESSION
from brokerwire_server.api.convert.instruments import instrument_message
from brokerwire_server.api.convert.values import decimal_text, set_date, set_decimal, set_time
from brokerwire_server.domain.decimals import ZERO
from brokerwire_server.domain.market import Bar, ChainEntry, CorporateAction, Greeks, MarketClock, Quote, TradingDay

_AMOUNTS = (
    ("bid_price", "bid"),
    ("bid_size", "bid_size"),
    ("ask_price", "ask"),
    ("ask_size", "ask_size"),
    ("last_price", "last"),
    ("last_size", "last_size"),
)
_BAR = (
    ("open_price", "open"),
    ("high_price", "high"),
    ("low_price", "low"),
    ("close_price", "close"),
    ("volume", "volume"),
    ("vwap", "vwap"),
)
_GREEKS = ("delta", "gamma", "theta", "vega", "rho")
_DATES = ("ex_date", "record_date", "payable_date", "process_date")


def quote_message(quote: Quote, broker: str) -> market_data_pb2.Quote:
    """Return a quote; a side without one is absent."""
    m = market_data_pb2.Quote(symbol=quote.symbol, broker=broker, currency_code="USD", delayed=quote.delayed)
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


def bar_message(bar: Bar) -> market_data_pb2.Bar:
    """Return a bar."""
    m = market_data_pb2.Bar(trade_count=bar.trade_count)
    set_time(m.start_time, bar.start)
    for name, source in _BAR:
        set_decimal(getattr(m, name), getattr(bar, source))
    return m


def chain_message(entry: ChainEntry, broker: str) -> market_data_pb2.OptionChainEntry:
    """Return one contract of an option chain."""
    m = market_data_pb2.OptionChainEntry(instrument=instrument_message(entry.instrument))
    if entry.quote is not None:
        m.quote.CopyFrom(quote_message(entry.quote, broker))
    if entry.greeks is not None:
        _fill_greeks(m.greeks, entry.greeks)
    set_decimal(m.implied_volatility, entry.implied_volatility)
    set_decimal(m.open_interest, entry.open_interest)
    if entry.open_interest_date:
        set_date(m.open_interest_date, entry.open_interest_date)
    return m


def _fill_greeks(m: market_data_pb2.OptionGreeks, greeks: Greeks) -> None:
    m.SetInParent()
    for name in _GREEKS:
        set_decimal(getattr(m, name), getattr(greeks, name))


def action_message(action: CorporateAction) -> market_data_pb2.CorporateAction:
    """Return a corporate action."""
    m = market_data_pb2.CorporateAction(
        corporate_action_id=action.action_id,
        type=CORPORATE_ACTION_TYPE.to_wire[action.type],
        symbol=action.symbol,
        new_symbol=action.new_symbol,
        broker_type=action.broker_type,
        broker_details=action.details,
    )
    for name in ("new_rate", "old_rate", "cash_rate"):
        set_decimal(getattr(m, name), getattr(action, name))
    for name in _DATES:
        if date := getattr(action, name):
            set_date(getattr(m, name), date)
    return m


def day_message(day: TradingDay) -> market_data_pb2.TradingDay:
    """Return a trading day; extended hours that it does not have are absent."""
    m = market_data_pb2.TradingDay(half_day=day.half_day)
    set_date(m.date, day.date)
    set_time(m.open_time, day.open)
    set_time(m.close_time, day.close)
    if day.pre_open < day.open:
        set_time(m.pre_open_time, day.pre_open)
    if day.post_close > day.close:
        set_time(m.post_close_time, day.post_close)
    return m
