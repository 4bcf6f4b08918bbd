import datetime

from brokerwire.v1 import decimal_pb2 as _decimal_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
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
MARKET_SESSION_UNSPECIFIED: MarketSession
MARKET_SESSION_CLOSED: MarketSession
MARKET_SESSION_PRE: MarketSession
MARKET_SESSION_REGULAR: MarketSession
MARKET_SESSION_POST: MarketSession

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
