import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class BreakType(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    BREAK_TYPE_UNSPECIFIED: _ClassVar[BreakType]
    BREAK_TYPE_MISSING_FILL: _ClassVar[BreakType]
    BREAK_TYPE_UNKNOWN_ORDER: _ClassVar[BreakType]
    BREAK_TYPE_QUANTITY_MISMATCH: _ClassVar[BreakType]
    BREAK_TYPE_CASH_MISMATCH: _ClassVar[BreakType]
    BREAK_TYPE_STATUS_DRIFT: _ClassVar[BreakType]
    BREAK_TYPE_DUPLICATE_LIVE_ORDER: _ClassVar[BreakType]
    BREAK_TYPE_UNRESOLVED_ORDER: _ClassVar[BreakType]

class BreakState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    BREAK_STATE_UNSPECIFIED: _ClassVar[BreakState]
    BREAK_STATE_OPEN: _ClassVar[BreakState]
    BREAK_STATE_HEALED: _ClassVar[BreakState]
    BREAK_STATE_RESOLVED: _ClassVar[BreakState]

class BreakResolution(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    BREAK_RESOLUTION_UNSPECIFIED: _ClassVar[BreakResolution]
    BREAK_RESOLUTION_ACCEPT_BROKER: _ClassVar[BreakResolution]
    BREAK_RESOLUTION_NOT_PLACED: _ClassVar[BreakResolution]
    BREAK_RESOLUTION_DISMISS: _ClassVar[BreakResolution]
BREAK_TYPE_UNSPECIFIED: BreakType
BREAK_TYPE_MISSING_FILL: BreakType
BREAK_TYPE_UNKNOWN_ORDER: BreakType
BREAK_TYPE_QUANTITY_MISMATCH: BreakType
BREAK_TYPE_CASH_MISMATCH: BreakType
BREAK_TYPE_STATUS_DRIFT: BreakType
BREAK_TYPE_DUPLICATE_LIVE_ORDER: BreakType
BREAK_TYPE_UNRESOLVED_ORDER: BreakType
BREAK_STATE_UNSPECIFIED: BreakState
BREAK_STATE_OPEN: BreakState
BREAK_STATE_HEALED: BreakState
BREAK_STATE_RESOLVED: BreakState
BREAK_RESOLUTION_UNSPECIFIED: BreakResolution
BREAK_RESOLUTION_ACCEPT_BROKER: BreakResolution
BREAK_RESOLUTION_NOT_PLACED: BreakResolution
BREAK_RESOLUTION_DISMISS: BreakResolution

class Break(_message.Message):
    __slots__ = ("break_id", "account_id", "type", "state", "symbol", "order_id", "expected", "actual", "detail", "open_time", "close_time", "resolution", "resolved_by", "note")
    BREAK_ID_FIELD_NUMBER: _ClassVar[int]
    ACCOUNT_ID_FIELD_NUMBER: _ClassVar[int]
    TYPE_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    SYMBOL_FIELD_NUMBER: _ClassVar[int]
    ORDER_ID_FIELD_NUMBER: _ClassVar[int]
    EXPECTED_FIELD_NUMBER: _ClassVar[int]
    ACTUAL_FIELD_NUMBER: _ClassVar[int]
    DETAIL_FIELD_NUMBER: _ClassVar[int]
    OPEN_TIME_FIELD_NUMBER: _ClassVar[int]
    CLOSE_TIME_FIELD_NUMBER: _ClassVar[int]
    RESOLUTION_FIELD_NUMBER: _ClassVar[int]
    RESOLVED_BY_FIELD_NUMBER: _ClassVar[int]
    NOTE_FIELD_NUMBER: _ClassVar[int]
    break_id: str
    account_id: str
    type: BreakType
    state: BreakState
    symbol: str
    order_id: str
    expected: str
    actual: str
    detail: str
    open_time: _timestamp_pb2.Timestamp
    close_time: _timestamp_pb2.Timestamp
    resolution: BreakResolution
    resolved_by: str
    note: str
    def __init__(self, break_id: _Optional[str] = ..., account_id: _Optional[str] = ..., type: _Optional[_Union[BreakType, str]] = ..., state: _Optional[_Union[BreakState, str]] = ..., symbol: _Optional[str] = ..., order_id: _Optional[str] = ..., expected: _Optional[str] = ..., actual: _Optional[str] = ..., detail: _Optional[str] = ..., open_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., close_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., resolution: _Optional[_Union[BreakResolution, str]] = ..., resolved_by: _Optional[str] = ..., note: _Optional[str] = ...) -> None: ...
