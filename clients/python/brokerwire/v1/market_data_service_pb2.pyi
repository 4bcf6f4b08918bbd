import datetime

from brokerwire.v1 import access_pb2 as _access_pb2
from brokerwire.v1 import calendar_date_pb2 as _calendar_date_pb2
from brokerwire.v1 import decimal_pb2 as _decimal_pb2
from brokerwire.v1 import instruments_pb2 as _instruments_pb2
from brokerwire.v1 import market_data_pb2 as _market_data_pb2
from brokerwire.v1 import read_info_pb2 as _read_info_pb2
from brokerwire.v1 import streams_pb2 as _streams_pb2
from google.protobuf import duration_pb2 as _duration_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class GetQuotesRequest(_message.Message):
    __slots__ = ("symbols", "account_id", "broker")
    SYMBOLS_FIELD_NUMBER: _ClassVar[int]
    ACCOUNT_ID_FIELD_NUMBER: _ClassVar[int]
    BROKER_FIELD_NUMBER: _ClassVar[int]
    symbols: _containers.RepeatedScalarFieldContainer[str]
    account_id: str
    broker: str
    def __init__(self, symbols: _Optional[_Iterable[str]] = ..., account_id: _Optional[str] = ..., broker: _Optional[str] = ...) -> None: ...

class GetQuotesResponse(_message.Message):
    __slots__ = ("quotes", "missing_symbols", "read_info")
    QUOTES_FIELD_NUMBER: _ClassVar[int]
    MISSING_SYMBOLS_FIELD_NUMBER: _ClassVar[int]
    READ_INFO_FIELD_NUMBER: _ClassVar[int]
    quotes: _containers.RepeatedCompositeFieldContainer[_market_data_pb2.Quote]
    missing_symbols: _containers.RepeatedScalarFieldContainer[str]
    read_info: _read_info_pb2.ReadInfo
    def __init__(self, quotes: _Optional[_Iterable[_Union[_market_data_pb2.Quote, _Mapping]]] = ..., missing_symbols: _Optional[_Iterable[str]] = ..., read_info: _Optional[_Union[_read_info_pb2.ReadInfo, _Mapping]] = ...) -> None: ...

class StreamQuotesRequest(_message.Message):
    __slots__ = ("symbols", "account_id", "broker", "heartbeat_interval")
    SYMBOLS_FIELD_NUMBER: _ClassVar[int]
    ACCOUNT_ID_FIELD_NUMBER: _ClassVar[int]
    BROKER_FIELD_NUMBER: _ClassVar[int]
    HEARTBEAT_INTERVAL_FIELD_NUMBER: _ClassVar[int]
    symbols: _containers.RepeatedScalarFieldContainer[str]
    account_id: str
    broker: str
    heartbeat_interval: _duration_pb2.Duration
    def __init__(self, symbols: _Optional[_Iterable[str]] = ..., account_id: _Optional[str] = ..., broker: _Optional[str] = ..., heartbeat_interval: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ...) -> None: ...

class StreamQuotesItem(_message.Message):
    __slots__ = ("event", "snapshot", "control")
    EVENT_FIELD_NUMBER: _ClassVar[int]
    SNAPSHOT_FIELD_NUMBER: _ClassVar[int]
    CONTROL_FIELD_NUMBER: _ClassVar[int]
    event: _market_data_pb2.Quote
    snapshot: _market_data_pb2.Quote
    control: _streams_pb2.StreamControl
    def __init__(self, event: _Optional[_Union[_market_data_pb2.Quote, _Mapping]] = ..., snapshot: _Optional[_Union[_market_data_pb2.Quote, _Mapping]] = ..., control: _Optional[_Union[_streams_pb2.StreamControl, _Mapping]] = ...) -> None: ...

class StreamQuotesResponse(_message.Message):
    __slots__ = ("items", "publish_time")
    ITEMS_FIELD_NUMBER: _ClassVar[int]
    PUBLISH_TIME_FIELD_NUMBER: _ClassVar[int]
    items: _containers.RepeatedCompositeFieldContainer[StreamQuotesItem]
    publish_time: _timestamp_pb2.Timestamp
    def __init__(self, items: _Optional[_Iterable[_Union[StreamQuotesItem, _Mapping]]] = ..., publish_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class SearchInstrumentsRequest(_message.Message):
    __slots__ = ("query", "symbols", "asset_classes", "account_id", "broker", "page_size", "page_token")
    QUERY_FIELD_NUMBER: _ClassVar[int]
    SYMBOLS_FIELD_NUMBER: _ClassVar[int]
    ASSET_CLASSES_FIELD_NUMBER: _ClassVar[int]
    ACCOUNT_ID_FIELD_NUMBER: _ClassVar[int]
    BROKER_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    query: str
    symbols: _containers.RepeatedScalarFieldContainer[str]
    asset_classes: _containers.RepeatedScalarFieldContainer[_instruments_pb2.AssetClass]
    account_id: str
    broker: str
    page_size: int
    page_token: str
    def __init__(self, query: _Optional[str] = ..., symbols: _Optional[_Iterable[str]] = ..., asset_classes: _Optional[_Iterable[_Union[_instruments_pb2.AssetClass, str]]] = ..., account_id: _Optional[str] = ..., broker: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class SearchInstrumentsResponse(_message.Message):
    __slots__ = ("instruments", "next_page_token", "read_info")
    INSTRUMENTS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    READ_INFO_FIELD_NUMBER: _ClassVar[int]
    instruments: _containers.RepeatedCompositeFieldContainer[_instruments_pb2.InstrumentDetails]
    next_page_token: str
    read_info: _read_info_pb2.ReadInfo
    def __init__(self, instruments: _Optional[_Iterable[_Union[_instruments_pb2.InstrumentDetails, _Mapping]]] = ..., next_page_token: _Optional[str] = ..., read_info: _Optional[_Union[_read_info_pb2.ReadInfo, _Mapping]] = ...) -> None: ...

class GetClockRequest(_message.Message):
    __slots__ = ("account_id", "broker", "exchange")
    ACCOUNT_ID_FIELD_NUMBER: _ClassVar[int]
    BROKER_FIELD_NUMBER: _ClassVar[int]
    EXCHANGE_FIELD_NUMBER: _ClassVar[int]
    account_id: str
    broker: str
    exchange: str
    def __init__(self, account_id: _Optional[str] = ..., broker: _Optional[str] = ..., exchange: _Optional[str] = ...) -> None: ...

class GetClockResponse(_message.Message):
    __slots__ = ("clock", "read_info")
    CLOCK_FIELD_NUMBER: _ClassVar[int]
    READ_INFO_FIELD_NUMBER: _ClassVar[int]
    clock: _market_data_pb2.MarketClock
    read_info: _read_info_pb2.ReadInfo
    def __init__(self, clock: _Optional[_Union[_market_data_pb2.MarketClock, _Mapping]] = ..., read_info: _Optional[_Union[_read_info_pb2.ReadInfo, _Mapping]] = ...) -> None: ...

class ListBarsRequest(_message.Message):
    __slots__ = ("symbol", "timeframe", "start_time", "end_time", "adjustment", "sort_order", "account_id", "broker", "page_size", "page_token")
    SYMBOL_FIELD_NUMBER: _ClassVar[int]
    TIMEFRAME_FIELD_NUMBER: _ClassVar[int]
    START_TIME_FIELD_NUMBER: _ClassVar[int]
    END_TIME_FIELD_NUMBER: _ClassVar[int]
    ADJUSTMENT_FIELD_NUMBER: _ClassVar[int]
    SORT_ORDER_FIELD_NUMBER: _ClassVar[int]
    ACCOUNT_ID_FIELD_NUMBER: _ClassVar[int]
    BROKER_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    symbol: str
    timeframe: _market_data_pb2.Timeframe
    start_time: _timestamp_pb2.Timestamp
    end_time: _timestamp_pb2.Timestamp
    adjustment: _market_data_pb2.PriceAdjustment
    sort_order: _read_info_pb2.SortOrder
    account_id: str
    broker: str
    page_size: int
    page_token: str
    def __init__(self, symbol: _Optional[str] = ..., timeframe: _Optional[_Union[_market_data_pb2.Timeframe, _Mapping]] = ..., start_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., end_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., adjustment: _Optional[_Union[_market_data_pb2.PriceAdjustment, str]] = ..., sort_order: _Optional[_Union[_read_info_pb2.SortOrder, str]] = ..., account_id: _Optional[str] = ..., broker: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListBarsResponse(_message.Message):
    __slots__ = ("bars", "currency_code", "broker", "next_page_token", "read_info")
    BARS_FIELD_NUMBER: _ClassVar[int]
    CURRENCY_CODE_FIELD_NUMBER: _ClassVar[int]
    BROKER_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    READ_INFO_FIELD_NUMBER: _ClassVar[int]
    bars: _containers.RepeatedCompositeFieldContainer[_market_data_pb2.Bar]
    currency_code: str
    broker: str
    next_page_token: str
    read_info: _read_info_pb2.ReadInfo
    def __init__(self, bars: _Optional[_Iterable[_Union[_market_data_pb2.Bar, _Mapping]]] = ..., currency_code: _Optional[str] = ..., broker: _Optional[str] = ..., next_page_token: _Optional[str] = ..., read_info: _Optional[_Union[_read_info_pb2.ReadInfo, _Mapping]] = ...) -> None: ...

class GetOptionChainRequest(_message.Message):
    __slots__ = ("underlying_symbol", "type", "start_expiration_date", "end_expiration_date", "min_strike_price", "max_strike_price", "account_id", "broker", "page_size", "page_token")
    UNDERLYING_SYMBOL_FIELD_NUMBER: _ClassVar[int]
    TYPE_FIELD_NUMBER: _ClassVar[int]
    START_EXPIRATION_DATE_FIELD_NUMBER: _ClassVar[int]
    END_EXPIRATION_DATE_FIELD_NUMBER: _ClassVar[int]
    MIN_STRIKE_PRICE_FIELD_NUMBER: _ClassVar[int]
    MAX_STRIKE_PRICE_FIELD_NUMBER: _ClassVar[int]
    ACCOUNT_ID_FIELD_NUMBER: _ClassVar[int]
    BROKER_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    underlying_symbol: str
    type: _instruments_pb2.OptionType
    start_expiration_date: _calendar_date_pb2.CalendarDate
    end_expiration_date: _calendar_date_pb2.CalendarDate
    min_strike_price: _decimal_pb2.Decimal
    max_strike_price: _decimal_pb2.Decimal
    account_id: str
    broker: str
    page_size: int
    page_token: str
    def __init__(self, underlying_symbol: _Optional[str] = ..., type: _Optional[_Union[_instruments_pb2.OptionType, str]] = ..., start_expiration_date: _Optional[_Union[_calendar_date_pb2.CalendarDate, _Mapping]] = ..., end_expiration_date: _Optional[_Union[_calendar_date_pb2.CalendarDate, _Mapping]] = ..., min_strike_price: _Optional[_Union[_decimal_pb2.Decimal, _Mapping]] = ..., max_strike_price: _Optional[_Union[_decimal_pb2.Decimal, _Mapping]] = ..., account_id: _Optional[str] = ..., broker: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class GetOptionChainResponse(_message.Message):
    __slots__ = ("contracts", "next_page_token", "read_info")
    CONTRACTS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    READ_INFO_FIELD_NUMBER: _ClassVar[int]
    contracts: _containers.RepeatedCompositeFieldContainer[_market_data_pb2.OptionChainEntry]
    next_page_token: str
    read_info: _read_info_pb2.ReadInfo
    def __init__(self, contracts: _Optional[_Iterable[_Union[_market_data_pb2.OptionChainEntry, _Mapping]]] = ..., next_page_token: _Optional[str] = ..., read_info: _Optional[_Union[_read_info_pb2.ReadInfo, _Mapping]] = ...) -> None: ...

class ListCorporateActionsRequest(_message.Message):
    __slots__ = ("symbols", "types", "start_date", "end_date", "account_id", "broker", "page_size", "page_token")
    SYMBOLS_FIELD_NUMBER: _ClassVar[int]
    TYPES_FIELD_NUMBER: _ClassVar[int]
    START_DATE_FIELD_NUMBER: _ClassVar[int]
    END_DATE_FIELD_NUMBER: _ClassVar[int]
    ACCOUNT_ID_FIELD_NUMBER: _ClassVar[int]
    BROKER_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    symbols: _containers.RepeatedScalarFieldContainer[str]
    types: _containers.RepeatedScalarFieldContainer[_market_data_pb2.CorporateActionType]
    start_date: _calendar_date_pb2.CalendarDate
    end_date: _calendar_date_pb2.CalendarDate
    account_id: str
    broker: str
    page_size: int
    page_token: str
    def __init__(self, symbols: _Optional[_Iterable[str]] = ..., types: _Optional[_Iterable[_Union[_market_data_pb2.CorporateActionType, str]]] = ..., start_date: _Optional[_Union[_calendar_date_pb2.CalendarDate, _Mapping]] = ..., end_date: _Optional[_Union[_calendar_date_pb2.CalendarDate, _Mapping]] = ..., account_id: _Optional[str] = ..., broker: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListCorporateActionsResponse(_message.Message):
    __slots__ = ("corporate_actions", "next_page_token", "read_info")
    CORPORATE_ACTIONS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    READ_INFO_FIELD_NUMBER: _ClassVar[int]
    corporate_actions: _containers.RepeatedCompositeFieldContainer[_market_data_pb2.CorporateAction]
    next_page_token: str
    read_info: _read_info_pb2.ReadInfo
    def __init__(self, corporate_actions: _Optional[_Iterable[_Union[_market_data_pb2.CorporateAction, _Mapping]]] = ..., next_page_token: _Optional[str] = ..., read_info: _Optional[_Union[_read_info_pb2.ReadInfo, _Mapping]] = ...) -> None: ...

class ListTradingDaysRequest(_message.Message):
    __slots__ = ("start_date", "end_date", "exchange", "account_id", "broker", "page_size", "page_token")
    START_DATE_FIELD_NUMBER: _ClassVar[int]
    END_DATE_FIELD_NUMBER: _ClassVar[int]
    EXCHANGE_FIELD_NUMBER: _ClassVar[int]
    ACCOUNT_ID_FIELD_NUMBER: _ClassVar[int]
    BROKER_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    start_date: _calendar_date_pb2.CalendarDate
    end_date: _calendar_date_pb2.CalendarDate
    exchange: str
    account_id: str
    broker: str
    page_size: int
    page_token: str
    def __init__(self, start_date: _Optional[_Union[_calendar_date_pb2.CalendarDate, _Mapping]] = ..., end_date: _Optional[_Union[_calendar_date_pb2.CalendarDate, _Mapping]] = ..., exchange: _Optional[str] = ..., account_id: _Optional[str] = ..., broker: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListTradingDaysResponse(_message.Message):
    __slots__ = ("trading_days", "exchange", "next_page_token", "read_info")
    TRADING_DAYS_FIELD_NUMBER: _ClassVar[int]
    EXCHANGE_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    READ_INFO_FIELD_NUMBER: _ClassVar[int]
    trading_days: _containers.RepeatedCompositeFieldContainer[_market_data_pb2.TradingDay]
    exchange: str
    next_page_token: str
    read_info: _read_info_pb2.ReadInfo
    def __init__(self, trading_days: _Optional[_Iterable[_Union[_market_data_pb2.TradingDay, _Mapping]]] = ..., exchange: _Optional[str] = ..., next_page_token: _Optional[str] = ..., read_info: _Optional[_Union[_read_info_pb2.ReadInfo, _Mapping]] = ...) -> None: ...
