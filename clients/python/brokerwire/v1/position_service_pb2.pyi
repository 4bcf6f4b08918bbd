import datetime

from brokerwire.v1 import access_pb2 as _access_pb2
from brokerwire.v1 import decimal_pb2 as _decimal_pb2
from brokerwire.v1 import errors_pb2 as _errors_pb2
from brokerwire.v1 import orders_pb2 as _orders_pb2
from brokerwire.v1 import positions_pb2 as _positions_pb2
from brokerwire.v1 import read_info_pb2 as _read_info_pb2
from brokerwire.v1 import streams_pb2 as _streams_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ListPositionsRequest(_message.Message):
    __slots__ = ("account_ids", "symbols", "page_size", "page_token", "min_sequences")
    ACCOUNT_IDS_FIELD_NUMBER: _ClassVar[int]
    SYMBOLS_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    MIN_SEQUENCES_FIELD_NUMBER: _ClassVar[int]
    account_ids: _containers.RepeatedScalarFieldContainer[str]
    symbols: _containers.RepeatedScalarFieldContainer[str]
    page_size: int
    page_token: str
    min_sequences: _containers.RepeatedCompositeFieldContainer[_read_info_pb2.AccountSequence]
    def __init__(self, account_ids: _Optional[_Iterable[str]] = ..., symbols: _Optional[_Iterable[str]] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., min_sequences: _Optional[_Iterable[_Union[_read_info_pb2.AccountSequence, _Mapping]]] = ...) -> None: ...

class ListPositionsResponse(_message.Message):
    __slots__ = ("positions", "next_page_token", "unreachable", "read_info")
    POSITIONS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    UNREACHABLE_FIELD_NUMBER: _ClassVar[int]
    READ_INFO_FIELD_NUMBER: _ClassVar[int]
    positions: _containers.RepeatedCompositeFieldContainer[_positions_pb2.Position]
    next_page_token: str
    unreachable: _containers.RepeatedScalarFieldContainer[str]
    read_info: _read_info_pb2.ReadInfo
    def __init__(self, positions: _Optional[_Iterable[_Union[_positions_pb2.Position, _Mapping]]] = ..., next_page_token: _Optional[str] = ..., unreachable: _Optional[_Iterable[str]] = ..., read_info: _Optional[_Union[_read_info_pb2.ReadInfo, _Mapping]] = ...) -> None: ...

class GetPositionRequest(_message.Message):
    __slots__ = ("account_id", "symbol", "min_sequence")
    ACCOUNT_ID_FIELD_NUMBER: _ClassVar[int]
    SYMBOL_FIELD_NUMBER: _ClassVar[int]
    MIN_SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    account_id: str
    symbol: str
    min_sequence: int
    def __init__(self, account_id: _Optional[str] = ..., symbol: _Optional[str] = ..., min_sequence: _Optional[int] = ...) -> None: ...

class GetPositionResponse(_message.Message):
    __slots__ = ("position", "read_info")
    POSITION_FIELD_NUMBER: _ClassVar[int]
    READ_INFO_FIELD_NUMBER: _ClassVar[int]
    position: _positions_pb2.Position
    read_info: _read_info_pb2.ReadInfo
    def __init__(self, position: _Optional[_Union[_positions_pb2.Position, _Mapping]] = ..., read_info: _Optional[_Union[_read_info_pb2.ReadInfo, _Mapping]] = ...) -> None: ...

class ClosePositionRequest(_message.Message):
    __slots__ = ("account_id", "symbol", "quantity", "percentage", "client_order_id", "tags", "signature")
    class TagsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    ACCOUNT_ID_FIELD_NUMBER: _ClassVar[int]
    SYMBOL_FIELD_NUMBER: _ClassVar[int]
    QUANTITY_FIELD_NUMBER: _ClassVar[int]
    PERCENTAGE_FIELD_NUMBER: _ClassVar[int]
    CLIENT_ORDER_ID_FIELD_NUMBER: _ClassVar[int]
    TAGS_FIELD_NUMBER: _ClassVar[int]
    SIGNATURE_FIELD_NUMBER: _ClassVar[int]
    account_id: str
    symbol: str
    quantity: _decimal_pb2.Decimal
    percentage: _decimal_pb2.Decimal
    client_order_id: str
    tags: _containers.ScalarMap[str, str]
    signature: _orders_pb2.OrderSignature
    def __init__(self, account_id: _Optional[str] = ..., symbol: _Optional[str] = ..., quantity: _Optional[_Union[_decimal_pb2.Decimal, _Mapping]] = ..., percentage: _Optional[_Union[_decimal_pb2.Decimal, _Mapping]] = ..., client_order_id: _Optional[str] = ..., tags: _Optional[_Mapping[str, str]] = ..., signature: _Optional[_Union[_orders_pb2.OrderSignature, _Mapping]] = ...) -> None: ...

class ClosePositionResponse(_message.Message):
    __slots__ = ("order", "deduplicated", "read_info")
    ORDER_FIELD_NUMBER: _ClassVar[int]
    DEDUPLICATED_FIELD_NUMBER: _ClassVar[int]
    READ_INFO_FIELD_NUMBER: _ClassVar[int]
    order: _orders_pb2.Order
    deduplicated: bool
    read_info: _read_info_pb2.ReadInfo
    def __init__(self, order: _Optional[_Union[_orders_pb2.Order, _Mapping]] = ..., deduplicated: bool = ..., read_info: _Optional[_Union[_read_info_pb2.ReadInfo, _Mapping]] = ...) -> None: ...

class ClosePositionsRequest(_message.Message):
    __slots__ = ("account_ids", "symbols", "cancel_orders", "request_id", "signature")
    ACCOUNT_IDS_FIELD_NUMBER: _ClassVar[int]
    SYMBOLS_FIELD_NUMBER: _ClassVar[int]
    CANCEL_ORDERS_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    SIGNATURE_FIELD_NUMBER: _ClassVar[int]
    account_ids: _containers.RepeatedScalarFieldContainer[str]
    symbols: _containers.RepeatedScalarFieldContainer[str]
    cancel_orders: bool
    request_id: str
    signature: _orders_pb2.OrderSignature
    def __init__(self, account_ids: _Optional[_Iterable[str]] = ..., symbols: _Optional[_Iterable[str]] = ..., cancel_orders: bool = ..., request_id: _Optional[str] = ..., signature: _Optional[_Union[_orders_pb2.OrderSignature, _Mapping]] = ...) -> None: ...

class ClosePositionsResult(_message.Message):
    __slots__ = ("account_id", "symbol", "order", "error")
    ACCOUNT_ID_FIELD_NUMBER: _ClassVar[int]
    SYMBOL_FIELD_NUMBER: _ClassVar[int]
    ORDER_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    account_id: str
    symbol: str
    order: _orders_pb2.Order
    error: _errors_pb2.CommandError
    def __init__(self, account_id: _Optional[str] = ..., symbol: _Optional[str] = ..., order: _Optional[_Union[_orders_pb2.Order, _Mapping]] = ..., error: _Optional[_Union[_errors_pb2.CommandError, _Mapping]] = ...) -> None: ...

class ClosePositionsResponse(_message.Message):
    __slots__ = ("results", "unreachable", "read_info")
    RESULTS_FIELD_NUMBER: _ClassVar[int]
    UNREACHABLE_FIELD_NUMBER: _ClassVar[int]
    READ_INFO_FIELD_NUMBER: _ClassVar[int]
    results: _containers.RepeatedCompositeFieldContainer[ClosePositionsResult]
    unreachable: _containers.RepeatedScalarFieldContainer[str]
    read_info: _read_info_pb2.ReadInfo
    def __init__(self, results: _Optional[_Iterable[_Union[ClosePositionsResult, _Mapping]]] = ..., unreachable: _Optional[_Iterable[str]] = ..., read_info: _Optional[_Union[_read_info_pb2.ReadInfo, _Mapping]] = ...) -> None: ...

class StreamPositionsRequest(_message.Message):
    __slots__ = ("options", "account_ids", "symbols", "include_price_changes")
    OPTIONS_FIELD_NUMBER: _ClassVar[int]
    ACCOUNT_IDS_FIELD_NUMBER: _ClassVar[int]
    SYMBOLS_FIELD_NUMBER: _ClassVar[int]
    INCLUDE_PRICE_CHANGES_FIELD_NUMBER: _ClassVar[int]
    options: _streams_pb2.StreamOptions
    account_ids: _containers.RepeatedScalarFieldContainer[str]
    symbols: _containers.RepeatedScalarFieldContainer[str]
    include_price_changes: bool
    def __init__(self, options: _Optional[_Union[_streams_pb2.StreamOptions, _Mapping]] = ..., account_ids: _Optional[_Iterable[str]] = ..., symbols: _Optional[_Iterable[str]] = ..., include_price_changes: bool = ...) -> None: ...

class StreamPositionsItem(_message.Message):
    __slots__ = ("event", "snapshot", "control")
    EVENT_FIELD_NUMBER: _ClassVar[int]
    SNAPSHOT_FIELD_NUMBER: _ClassVar[int]
    CONTROL_FIELD_NUMBER: _ClassVar[int]
    event: _positions_pb2.PositionEvent
    snapshot: _positions_pb2.Position
    control: _streams_pb2.StreamControl
    def __init__(self, event: _Optional[_Union[_positions_pb2.PositionEvent, _Mapping]] = ..., snapshot: _Optional[_Union[_positions_pb2.Position, _Mapping]] = ..., control: _Optional[_Union[_streams_pb2.StreamControl, _Mapping]] = ...) -> None: ...

class StreamPositionsResponse(_message.Message):
    __slots__ = ("items", "resume_token", "publish_time")
    ITEMS_FIELD_NUMBER: _ClassVar[int]
    RESUME_TOKEN_FIELD_NUMBER: _ClassVar[int]
    PUBLISH_TIME_FIELD_NUMBER: _ClassVar[int]
    items: _containers.RepeatedCompositeFieldContainer[StreamPositionsItem]
    resume_token: str
    publish_time: _timestamp_pb2.Timestamp
    def __init__(self, items: _Optional[_Iterable[_Union[StreamPositionsItem, _Mapping]]] = ..., resume_token: _Optional[str] = ..., publish_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...
