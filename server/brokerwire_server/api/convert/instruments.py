"""Instruments: symbols, option terms and trading rules."""

import re
from functools import lru_cache

from brokerwire.v1 import calendar_date_pb2, instruments_pb2
from brokerwire_server.api.convert.enums import ASSET_CLASS, OPTION_TYPE
from brokerwire_server.api.convert.values import invalid, optional_decimal, required, set_date, set_decimal
from brokerwire_server.domain.decimals import ZERO
from brokerwire_server.domain.instruments import (
    AssetClass,
    Instrument,
    InstrumentDetails,
    OptionContract,
    occ_symbol,
    option_of,
)

_SYMBOL = re.compile(r"[!-~]{1,64}", re.ASCII)
_CURRENCIES = frozenset(
    {"USD", "EUR", "GBP", "JPY", "CHF", "AUD", "NZD", "CAD", "SEK", "NOK", "DKK", "SGD", "HKD", "MXN"}
)


def instrument_from(message: instruments_pb2.Instrument, path: str) -> Instrument:
    """Return what a request names, by symbol or by option terms."""
    symbol, option = message.symbol, None
    if message.HasField("option"):
        option = _option_from(message.option, f"{path}.option")
        named = occ_symbol(option)
        if symbol and symbol != named:
            raise invalid(f"{path}.symbol", f"is not the symbol of the option ({named}): leave it out")
        symbol = named
    elif not symbol:
        raise required(f"{path}.symbol", "name the instrument, such as AAPL")
    if _SYMBOL.fullmatch(symbol) is None:
        raise invalid(f"{path}.symbol", "1 to 64 printable ASCII characters without space")
    asset_class = ASSET_CLASS.optional(message.asset_class, f"{path}.asset_class") or guess_class(symbol)
    if option is None and asset_class is AssetClass.OPTION:
        option = option_of(symbol)
    return Instrument(
        symbol=symbol,
        asset_class=asset_class,
        exchange=message.exchange,
        currency=message.currency_code or _quote_currency(symbol, asset_class),
        option=option,
    )


def guess_class(symbol: str) -> AssetClass:
    """Return the asset class that a symbol's form speaks for."""
    if "/" in symbol:
        return AssetClass.FOREX if _CURRENCIES.issuperset(symbol.split("/")) else AssetClass.CRYPTO
    return AssetClass.OPTION if option_of(symbol) else AssetClass.EQUITY


def _quote_currency(symbol: str, asset_class: AssetClass) -> str:
    """Return the currency of a symbol's prices, as far as the symbol says."""
    pair = asset_class in (AssetClass.FOREX, AssetClass.CRYPTO)
    return (symbol.partition("/")[2] if pair else "") or "USD"


def _option_from(message: instruments_pb2.OptionContract, path: str) -> OptionContract:
    if not message.underlying_symbol:
        raise required(f"{path}.underlying_symbol", "what the option is on")
    if not message.HasField("expiration_date"):
        raise required(f"{path}.expiration_date", "the last day of the option")
    strike = optional_decimal(message, "strike_price", f"{path}.")
    if strike is None:
        raise required(f"{path}.strike_price", "the strike")
    if strike <= ZERO or strike * 1000 != int(strike * 1000) or strike >= 100_000:
        raise invalid(f"{path}.strike_price", "above 0, below 100000, in steps of 0.001")
    return OptionContract(
        underlying=message.underlying_symbol,
        type=OPTION_TYPE.need(message.type, f"{path}.type"),
        strike=strike,
        expiration=_date_from(message.expiration_date, f"{path}.expiration_date"),
    )


def _date_from(message: calendar_date_pb2.CalendarDate, path: str) -> str:
    if not (2000 <= message.year <= 2099 and 1 <= message.month <= 12 and 1 <= message.day <= 31):
        raise invalid(path, "a day between 2000 and 2099")
    return f"{message.year:04d}-{message.month:02d}-{message.day:02d}"


@lru_cache(maxsize=8_192)
def instrument_message(instrument: Instrument) -> instruments_pb2.Instrument:
    """Return an instrument as a message. It is shared: copy it, never change it."""
    message = instruments_pb2.Instrument(
        symbol=instrument.symbol,
        asset_class=ASSET_CLASS.to_wire[instrument.asset_class],
        exchange=instrument.exchange,
        currency_code=instrument.currency,
        base_currency_code=instrument.base_currency,
    )
    option = instrument.option
    if option is not None:
        terms = message.option
        terms.underlying_symbol = option.underlying
        terms.type = OPTION_TYPE.to_wire[option.type]
        set_decimal(terms.strike_price, option.strike)
        set_date(terms.expiration_date, option.expiration)
        set_decimal(terms.multiplier, option.multiplier)
    future = instrument.future
    if future is not None:
        message.future.root_symbol = future.root
        set_date(message.future.expiration_date, future.expiration)
        set_decimal(message.future.multiplier, future.multiplier)
    return message


def details_message(details: InstrumentDetails, broker: str) -> instruments_pb2.InstrumentDetails:
    """Return an instrument's trading rules."""
    message = instruments_pb2.InstrumentDetails(
        instrument=instrument_message(details.instrument),
        name=details.name,
        tradable=details.tradable,
        shortable=details.shortable,
        fractionable=details.fractionable,
        marginable=details.marginable,
        extended_hours=details.instrument.asset_class is AssetClass.EQUITY,
        broker=broker,
        easy_to_borrow=details.shortable,
    )
    for tick in details.ticks:
        rule = message.price_ticks.add()
        set_decimal(rule.from_price, tick.from_price)
        set_decimal(rule.tick_size, tick.size)
    set_decimal(message.min_quantity, details.minimum_quantity)
    set_decimal(message.quantity_increment, details.quantity_increment)
    return message
