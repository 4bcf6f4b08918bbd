import datetime

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
