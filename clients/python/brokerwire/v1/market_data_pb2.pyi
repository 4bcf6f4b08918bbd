import datetime

from brokerwire.v1 import calendar_date_pb2 as _calendar_date_pb2
from brokerwire.v1 import decimal_pb2 as _decimal_pb2
from brokerwire.v1 import instruments_pb2 as _instruments_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class MarketSession(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    MARKET_SESSION_UNSPECIFIED: _ClassVar[MarketSession]
    MARKET_SESSION_CLOSED: _ClassVar[MarketSession]
    MARKET_SESSION_PRE: _ClassVar[MarketSession]
    MARKET_SESSION_REGULAR: _ClassVar[MarketSession]
    MARKET_SESSION_POST: _ClassVar[MarketSession]

class BarUnit(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    BAR_UNIT_UNSPECIFIED: _ClassVar[BarUnit]
    BAR_UNIT_MINUTE: _ClassVar[BarUnit]
    BAR_UNIT_HOUR: _ClassVar[BarUnit]
    BAR_UNIT_DAY: _ClassVar[BarUnit]
    BAR_UNIT_WEEK: _ClassVar[BarUnit]
    BAR_UNIT_MONTH: _ClassVar[BarUnit]

class PriceAdjustment(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    PRICE_ADJUSTMENT_UNSPECIFIED: _ClassVar[PriceAdjustment]
    PRICE_ADJUSTMENT_RAW: _ClassVar[PriceAdjustment]
    PRICE_ADJUSTMENT_SPLIT: _ClassVar[PriceAdjustment]
    PRICE_ADJUSTMENT_DIVIDEND: _ClassVar[PriceAdjustment]
    PRICE_ADJUSTMENT_ALL: _ClassVar[PriceAdjustment]

class CorporateActionType(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CORPORATE_ACTION_TYPE_UNSPECIFIED: _ClassVar[CorporateActionType]
    CORPORATE_ACTION_TYPE_FORWARD_SPLIT: _ClassVar[CorporateActionType]
    CORPORATE_ACTION_TYPE_REVERSE_SPLIT: _ClassVar[CorporateActionType]
    CORPORATE_ACTION_TYPE_UNIT_SPLIT: _ClassVar[CorporateActionType]
    CORPORATE_ACTION_TYPE_CASH_DIVIDEND: _ClassVar[CorporateActionType]
    CORPORATE_ACTION_TYPE_STOCK_DIVIDEND: _ClassVar[CorporateActionType]
    CORPORATE_ACTION_TYPE_SPIN_OFF: _ClassVar[CorporateActionType]
    CORPORATE_ACTION_TYPE_CASH_MERGER: _ClassVar[CorporateActionType]
    CORPORATE_ACTION_TYPE_STOCK_MERGER: _ClassVar[CorporateActionType]
    CORPORATE_ACTION_TYPE_STOCK_AND_CASH_MERGER: _ClassVar[CorporateActionType]
    CORPORATE_ACTION_TYPE_REDEMPTION: _ClassVar[CorporateActionType]
    CORPORATE_ACTION_TYPE_NAME_CHANGE: _ClassVar[CorporateActionType]
    CORPORATE_ACTION_TYPE_WORTHLESS_REMOVAL: _ClassVar[CorporateActionType]
    CORPORATE_ACTION_TYPE_RIGHTS_DISTRIBUTION: _ClassVar[CorporateActionType]
MARKET_SESSION_UNSPECIFIED: MarketSession
MARKET_SESSION_CLOSED: MarketSession
MARKET_SESSION_PRE: MarketSession
MARKET_SESSION_REGULAR: MarketSession
MARKET_SESSION_POST: MarketSession
BAR_UNIT_UNSPECIFIED: BarUnit
BAR_UNIT_MINUTE: BarUnit
BAR_UNIT_HOUR: BarUnit
BAR_UNIT_DAY: BarUnit
BAR_UNIT_WEEK: BarUnit
BAR_UNIT_MONTH: BarUnit
PRICE_ADJUSTMENT_UNSPECIFIED: PriceAdjustment
PRICE_ADJUSTMENT_RAW: PriceAdjustment
PRICE_ADJUSTMENT_SPLIT: PriceAdjustment
PRICE_ADJUSTMENT_DIVIDEND: PriceAdjustment
PRICE_ADJUSTMENT_ALL: PriceAdjustment
CORPORATE_ACTION_TYPE_UNSPECIFIED: CorporateActionType
CORPORATE_ACTION_TYPE_FORWARD_SPLIT: CorporateActionType
CORPORATE_ACTION_TYPE_REVERSE_SPLIT: CorporateActionType
CORPORATE_ACTION_TYPE_UNIT_SPLIT: CorporateActionType
CORPORATE_ACTION_TYPE_CASH_DIVIDEND: CorporateActionType
CORPORATE_ACTION_TYPE_STOCK_DIVIDEND: CorporateActionType
CORPORATE_ACTION_TYPE_SPIN_OFF: CorporateActionType
CORPORATE_ACTION_TYPE_CASH_MERGER: CorporateActionType
CORPORATE_ACTION_TYPE_STOCK_MERGER: CorporateActionType
CORPORATE_ACTION_TYPE_STOCK_AND_CASH_MERGER: CorporateActionType
CORPORATE_ACTION_TYPE_REDEMPTION: CorporateActionType
CORPORATE_ACTION_TYPE_NAME_CHANGE: CorporateActionType
CORPORATE_ACTION_TYPE_WORTHLESS_REMOVAL: CorporateActionType
CORPORATE_ACTION_TYPE_RIGHTS_DISTRIBUTION: CorporateActionType

class Quote(_message.Message):
    __slots__ = ("symbol", "bid_price", "bid_size", "ask_price", "ask_size", "last_price", "last_size", "quote_time", "conflated", "broker", "currency_code", "delayed")
    SYMBOL_FIELD_NUMBER: _ClassVar[int]
    BID_PRICE_FIELD_NUMBER: _ClassVar[int]
    BID_SIZE_FIELD_NUMBER: _ClassVar[int]
    ASK_PRICE_FIELD_NUMBER: _ClassVar[int]
    ASK_SIZE_FIELD_NUMBER: _ClassVar[int]
    LAST_PRICE_FIELD_NUMBER: _ClassVar[int]
    LAST_SIZE_FIELD_NUMBER: _ClassVar[int]
    QUOTE_TIME_FIELD_NUMBER: _ClassVar[int]
    CONFLATED_FIELD_NUMBER: _ClassVar[int]
    BROKER_FIELD_NUMBER: _ClassVar[int]
    CURRENCY_CODE_FIELD_NUMBER: _ClassVar[int]
    DELAYED_FIELD_NUMBER: _ClassVar[int]
    symbol: str
    bid_price: _decimal_pb2.Decimal
    bid_size: _decimal_pb2.Decimal
    ask_price: _decimal_pb2.Decimal
    ask_size: _decimal_pb2.Decimal
    last_price: _decimal_pb2.Decimal
    last_size: _decimal_pb2.Decimal
    quote_time: _timestamp_pb2.Timestamp
    conflated: bool
    broker: str
    currency_code: str
    delayed: bool
    def __init__(self, symbol: _Optional[str] = ..., bid_price: _Optional[_Union[_decimal_pb2.Decimal, _Mapping]] = ..., bid_size: _Optional[_Union[_decimal_pb2.Decimal, _Mapping]] = ..., ask_price: _Optional[_Union[_decimal_pb2.Decimal, _Mapping]] = ..., ask_size: _Optional[_Union[_decimal_pb2.Decimal, _Mapping]] = ..., last_price: _Optional[_Union[_decimal_pb2.Decimal, _Mapping]] = ..., last_size: _Optional[_Union[_decimal_pb2.Decimal, _Mapping]] = ..., quote_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., conflated: bool = ..., broker: _Optional[str] = ..., currency_code: _Optional[str] = ..., delayed: bool = ...) -> None: ...

class MarketClock(_message.Message):
    __slots__ = ("time", "is_open", "session", "next_open_time", "next_close_time", "simulated", "exchange")
    TIME_FIELD_NUMBER: _ClassVar[int]
    IS_OPEN_FIELD_NUMBER: _ClassVar[int]
    SESSION_FIELD_NUMBER: _ClassVar[int]
    NEXT_OPEN_TIME_FIELD_NUMBER: _ClassVar[int]
    NEXT_CLOSE_TIME_FIELD_NUMBER: _ClassVar[int]
    SIMULATED_FIELD_NUMBER: _ClassVar[int]
    EXCHANGE_FIELD_NUMBER: _ClassVar[int]
    time: _timestamp_pb2.Timestamp
    is_open: bool
    session: MarketSession
    next_open_time: _timestamp_pb2.Timestamp
    next_close_time: _timestamp_pb2.Timestamp
    simulated: bool
    exchange: str
    def __init__(self, time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., is_open: bool = ..., session: _Optional[_Union[MarketSession, str]] = ..., next_open_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., next_close_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., simulated: bool = ..., exchange: _Optional[str] = ...) -> None: ...

class Timeframe(_message.Message):
    __slots__ = ("unit", "count")
    UNIT_FIELD_NUMBER: _ClassVar[int]
    COUNT_FIELD_NUMBER: _ClassVar[int]
    unit: BarUnit
    count: int
    def __init__(self, unit: _Optional[_Union[BarUnit, str]] = ..., count: _Optional[int] = ...) -> None: ...

class Bar(_message.Message):
    __slots__ = ("start_time", "open_price", "high_price", "low_price", "close_price", "volume", "vwap", "trade_count")
    START_TIME_FIELD_NUMBER: _ClassVar[int]
    OPEN_PRICE_FIELD_NUMBER: _ClassVar[int]
    HIGH_PRICE_FIELD_NUMBER: _ClassVar[int]
    LOW_PRICE_FIELD_NUMBER: _ClassVar[int]
    CLOSE_PRICE_FIELD_NUMBER: _ClassVar[int]
    VOLUME_FIELD_NUMBER: _ClassVar[int]
    VWAP_FIELD_NUMBER: _ClassVar[int]
    TRADE_COUNT_FIELD_NUMBER: _ClassVar[int]
    start_time: _timestamp_pb2.Timestamp
    open_price: _decimal_pb2.Decimal
    high_price: _decimal_pb2.Decimal
    low_price: _decimal_pb2.Decimal
    close_price: _decimal_pb2.Decimal
    volume: _decimal_pb2.Decimal
    vwap: _decimal_pb2.Decimal
    trade_count: int
    def __init__(self, start_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., open_price: _Optional[_Union[_decimal_pb2.Decimal, _Mapping]] = ..., high_price: _Optional[_Union[_decimal_pb2.Decimal, _Mapping]] = ..., low_price: _Optional[_Union[_decimal_pb2.Decimal, _Mapping]] = ..., close_price: _Optional[_Union[_decimal_pb2.Decimal, _Mapping]] = ..., volume: _Optional[_Union[_decimal_pb2.Decimal, _Mapping]] = ..., vwap: _Optional[_Union[_decimal_pb2.Decimal, _Mapping]] = ..., trade_count: _Optional[int] = ...) -> None: ...

class OptionGreeks(_message.Message):
    __slots__ = ("delta", "gamma", "theta", "vega", "rho")
    DELTA_FIELD_NUMBER: _ClassVar[int]
    GAMMA_FIELD_NUMBER: _ClassVar[int]
    THETA_FIELD_NUMBER: _ClassVar[int]
    VEGA_FIELD_NUMBER: _ClassVar[int]
    RHO_FIELD_NUMBER: _ClassVar[int]
    delta: _decimal_pb2.Decimal
    gamma: _decimal_pb2.Decimal
    theta: _decimal_pb2.Decimal
    vega: _decimal_pb2.Decimal
    rho: _decimal_pb2.Decimal
    def __init__(self, delta: _Optional[_Union[_decimal_pb2.Decimal, _Mapping]] = ..., gamma: _Optional[_Union[_decimal_pb2.Decimal, _Mapping]] = ..., theta: _Optional[_Union[_decimal_pb2.Decimal, _Mapping]] = ..., vega: _Optional[_Union[_decimal_pb2.Decimal, _Mapping]] = ..., rho: _Optional[_Union[_decimal_pb2.Decimal, _Mapping]] = ...) -> None: ...

class OptionChainEntry(_message.Message):
    __slots__ = ("instrument", "quote", "greeks", "implied_volatility", "open_interest", "open_interest_date")
    INSTRUMENT_FIELD_NUMBER: _ClassVar[int]
    QUOTE_FIELD_NUMBER: _ClassVar[int]
    GREEKS_FIELD_NUMBER: _ClassVar[int]
    IMPLIED_VOLATILITY_FIELD_NUMBER: _ClassVar[int]
    OPEN_INTEREST_FIELD_NUMBER: _ClassVar[int]
    OPEN_INTEREST_DATE_FIELD_NUMBER: _ClassVar[int]
    instrument: _instruments_pb2.Instrument
    quote: Quote
    greeks: OptionGreeks
    implied_volatility: _decimal_pb2.Decimal
    open_interest: _decimal_pb2.Decimal
    open_interest_date: _calendar_date_pb2.CalendarDate
    def __init__(self, instrument: _Optional[_Union[_instruments_pb2.Instrument, _Mapping]] = ..., quote: _Optional[_Union[Quote, _Mapping]] = ..., greeks: _Optional[_Union[OptionGreeks, _Mapping]] = ..., implied_volatility: _Optional[_Union[_decimal_pb2.Decimal, _Mapping]] = ..., open_interest: _Optional[_Union[_decimal_pb2.Decimal, _Mapping]] = ..., open_interest_date: _Optional[_Union[_calendar_date_pb2.CalendarDate, _Mapping]] = ...) -> None: ...

class CorporateAction(_message.Message):
    __slots__ = ("corporate_action_id", "type", "symbol", "new_symbol", "new_rate", "old_rate", "cash_rate", "ex_date", "record_date", "payable_date", "process_date", "broker_type", "broker_details")
    class BrokerDetailsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    CORPORATE_ACTION_ID_FIELD_NUMBER: _ClassVar[int]
    TYPE_FIELD_NUMBER: _ClassVar[int]
    SYMBOL_FIELD_NUMBER: _ClassVar[int]
    NEW_SYMBOL_FIELD_NUMBER: _ClassVar[int]
    NEW_RATE_FIELD_NUMBER: _ClassVar[int]
    OLD_RATE_FIELD_NUMBER: _ClassVar[int]
    CASH_RATE_FIELD_NUMBER: _ClassVar[int]
    EX_DATE_FIELD_NUMBER: _ClassVar[int]
    RECORD_DATE_FIELD_NUMBER: _ClassVar[int]
    PAYABLE_DATE_FIELD_NUMBER: _ClassVar[int]
    PROCESS_DATE_FIELD_NUMBER: _ClassVar[int]
    BROKER_TYPE_FIELD_NUMBER: _ClassVar[int]
    BROKER_DETAILS_FIELD_NUMBER: _ClassVar[int]
    corporate_action_id: str
    type: CorporateActionType
    symbol: str
    new_symbol: str
    new_rate: _decimal_pb2.Decimal
    old_rate: _decimal_pb2.Decimal
    cash_rate: _decimal_pb2.Decimal
    ex_date: _calendar_date_pb2.CalendarDate
    record_date: _calendar_date_pb2.CalendarDate
    payable_date: _calendar_date_pb2.CalendarDate
    process_date: _calendar_date_pb2.CalendarDate
    broker_type: str
    broker_details: _containers.ScalarMap[str, str]
    def __init__(self, corporate_action_id: _Optional[str] = ..., type: _Optional[_Union[CorporateActionType, str]] = ..., symbol: _Optional[str] = ..., new_symbol: _Optional[str] = ..., new_rate: _Optional[_Union[_decimal_pb2.Decimal, _Mapping]] = ..., old_rate: _Optional[_Union[_decimal_pb2.Decimal, _Mapping]] = ..., cash_rate: _Optional[_Union[_decimal_pb2.Decimal, _Mapping]] = ..., ex_date: _Optional[_Union[_calendar_date_pb2.CalendarDate, _Mapping]] = ..., record_date: _Optional[_Union[_calendar_date_pb2.CalendarDate, _Mapping]] = ..., payable_date: _Optional[_Union[_calendar_date_pb2.CalendarDate, _Mapping]] = ..., process_date: _Optional[_Union[_calendar_date_pb2.CalendarDate, _Mapping]] = ..., broker_type: _Optional[str] = ..., broker_details: _Optional[_Mapping[str, str]] = ...) -> None: ...

class TradingDay(_message.Message):
    __slots__ = ("date", "pre_open_time", "open_time", "close_time", "post_close_time", "half_day")
    DATE_FIELD_NUMBER: _ClassVar[int]
    PRE_OPEN_TIME_FIELD_NUMBER: _ClassVar[int]
    OPEN_TIME_FIELD_NUMBER: _ClassVar[int]
    CLOSE_TIME_FIELD_NUMBER: _ClassVar[int]
    POST_CLOSE_TIME_FIELD_NUMBER: _ClassVar[int]
    HALF_DAY_FIELD_NUMBER: _ClassVar[int]
    date: _calendar_date_pb2.CalendarDate
    pre_open_time: _timestamp_pb2.Timestamp
    open_time: _timestamp_pb2.Timestamp
    close_time: _timestamp_pb2.Timestamp
    post_close_time: _timestamp_pb2.Timestamp
    half_day: bool
    def __init__(self, date: _Optional[_Union[_calendar_date_pb2.CalendarDate, _Mapping]] = ..., pre_open_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., open_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., close_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., post_close_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., half_day: bool = ...) -> None: ...
