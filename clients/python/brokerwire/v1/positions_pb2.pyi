import datetime

from brokerwire.v1 import decimal_pb2 as _decimal_pb2
from brokerwire.v1 import instruments_pb2 as _instruments_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class PositionSide(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    POSITION_SIDE_UNSPECIFIED: _ClassVar[PositionSide]
    POSITION_SIDE_LONG: _ClassVar[PositionSide]
    POSITION_SIDE_SHORT: _ClassVar[PositionSide]
    POSITION_SIDE_FLAT: _ClassVar[PositionSide]
POSITION_SIDE_UNSPECIFIED: PositionSide
POSITION_SIDE_LONG: PositionSide
POSITION_SIDE_SHORT: PositionSide
POSITION_SIDE_FLAT: PositionSide

class Position(_message.Message):
    __slots__ = ("account_id", "instrument", "side", "quantity", "available_quantity", "average_cost", "cost_basis", "current_price", "market_value", "unrealized_profit_loss", "unrealized_profit_loss_percent", "realized_profit_loss", "day_profit_loss", "sequence", "closed", "day_profit_loss_percent", "currency_code", "update_time", "price_time", "broker")
    ACCOUNT_ID_FIELD_NUMBER: _ClassVar[int]
    INSTRUMENT_FIELD_NUMBER: _ClassVar[int]
    SIDE_FIELD_NUMBER: _ClassVar[int]
    QUANTITY_FIELD_NUMBER: _ClassVar[int]
    AVAILABLE_QUANTITY_FIELD_NUMBER: _ClassVar[int]
    AVERAGE_COST_FIELD_NUMBER: _ClassVar[int]
    COST_BASIS_FIELD_NUMBER: _ClassVar[int]
    CURRENT_PRICE_FIELD_NUMBER: _ClassVar[int]
    MARKET_VALUE_FIELD_NUMBER: _ClassVar[int]
    UNREALIZED_PROFIT_LOSS_FIELD_NUMBER: _ClassVar[int]
    UNREALIZED_PROFIT_LOSS_PERCENT_FIELD_NUMBER: _ClassVar[int]
    REALIZED_PROFIT_LOSS_FIELD_NUMBER: _ClassVar[int]
    DAY_PROFIT_LOSS_FIELD_NUMBER: _ClassVar[int]
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    CLOSED_FIELD_NUMBER: _ClassVar[int]
    DAY_PROFIT_LOSS_PERCENT_FIELD_NUMBER: _ClassVar[int]
    CURRENCY_CODE_FIELD_NUMBER: _ClassVar[int]
    UPDATE_TIME_FIELD_NUMBER: _ClassVar[int]
    PRICE_TIME_FIELD_NUMBER: _ClassVar[int]
    BROKER_FIELD_NUMBER: _ClassVar[int]
    account_id: str
    instrument: _instruments_pb2.Instrument
    side: PositionSide
    quantity: _decimal_pb2.Decimal
    available_quantity: _decimal_pb2.Decimal
    average_cost: _decimal_pb2.Decimal
    cost_basis: _decimal_pb2.Decimal
    current_price: _decimal_pb2.Decimal
    market_value: _decimal_pb2.Decimal
    unrealized_profit_loss: _decimal_pb2.Decimal
    unrealized_profit_loss_percent: _decimal_pb2.Decimal
    realized_profit_loss: _decimal_pb2.Decimal
    day_profit_loss: _decimal_pb2.Decimal
    sequence: int
    closed: bool
    day_profit_loss_percent: _decimal_pb2.Decimal
    currency_code: str
    update_time: _timestamp_pb2.Timestamp
    price_time: _timestamp_pb2.Timestamp
    broker: str
    def __init__(self, account_id: _Optional[str] = ..., instrument: _Optional[_Union[_instruments_pb2.Instrument, _Mapping]] = ..., side: _Optional[_Union[PositionSide, str]] = ..., quantity: _Optional[_Union[_decimal_pb2.Decimal, _Mapping]] = ..., available_quantity: _Optional[_Union[_decimal_pb2.Decimal, _Mapping]] = ..., average_cost: _Optional[_Union[_decimal_pb2.Decimal, _Mapping]] = ..., cost_basis: _Optional[_Union[_decimal_pb2.Decimal, _Mapping]] = ..., current_price: _Optional[_Union[_decimal_pb2.Decimal, _Mapping]] = ..., market_value: _Optional[_Union[_decimal_pb2.Decimal, _Mapping]] = ..., unrealized_profit_loss: _Optional[_Union[_decimal_pb2.Decimal, _Mapping]] = ..., unrealized_profit_loss_percent: _Optional[_Union[_decimal_pb2.Decimal, _Mapping]] = ..., realized_profit_loss: _Optional[_Union[_decimal_pb2.Decimal, _Mapping]] = ..., day_profit_loss: _Optional[_Union[_decimal_pb2.Decimal, _Mapping]] = ..., sequence: _Optional[int] = ..., closed: bool = ..., day_profit_loss_percent: _Optional[_Union[_decimal_pb2.Decimal, _Mapping]] = ..., currency_code: _Optional[str] = ..., update_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., price_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., broker: _Optional[str] = ...) -> None: ...

class PositionEvent(_message.Message):
    __slots__ = ("account_id", "sequence", "position", "conflated", "time", "fill_id")
    ACCOUNT_ID_FIELD_NUMBER: _ClassVar[int]
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    POSITION_FIELD_NUMBER: _ClassVar[int]
    CONFLATED_FIELD_NUMBER: _ClassVar[int]
    TIME_FIELD_NUMBER: _ClassVar[int]
    FILL_ID_FIELD_NUMBER: _ClassVar[int]
    account_id: str
    sequence: int
    position: Position
    conflated: bool
    time: _timestamp_pb2.Timestamp
    fill_id: str
    def __init__(self, account_id: _Optional[str] = ..., sequence: _Optional[int] = ..., position: _Optional[_Union[Position, _Mapping]] = ..., conflated: bool = ..., time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., fill_id: _Optional[str] = ...) -> None: ...
