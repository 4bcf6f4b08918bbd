import datetime

from brokerwire.v1 import accounts_pb2 as _accounts_pb2
from brokerwire.v1 import breaks_pb2 as _breaks_pb2
from brokerwire.v1 import brokers_pb2 as _brokers_pb2
from brokerwire.v1 import orders_pb2 as _orders_pb2
from brokerwire.v1 import positions_pb2 as _positions_pb2
from brokerwire.v1 import streams_pb2 as _streams_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class EventType(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    EVENT_TYPE_UNSPECIFIED: _ClassVar[EventType]
    EVENT_TYPE_ACCOUNT_OPENED: _ClassVar[EventType]
    EVENT_TYPE_ACCOUNT_UPDATED: _ClassVar[EventType]
    EVENT_TYPE_ACCOUNT_CLOSED: _ClassVar[EventType]
    EVENT_TYPE_ORDER: _ClassVar[EventType]
    EVENT_TYPE_FILL: _ClassVar[EventType]
    EVENT_TYPE_POSITION: _ClassVar[EventType]
    EVENT_TYPE_CASH: _ClassVar[EventType]
    EVENT_TYPE_CONNECTION: _ClassVar[EventType]
    EVENT_TYPE_SOURCE_GAP: _ClassVar[EventType]
    EVENT_TYPE_BREAK: _ClassVar[EventType]
    EVENT_TYPE_IGNORED: _ClassVar[EventType]
    EVENT_TYPE_AUDIT: _ClassVar[EventType]

class AuditOutcome(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    AUDIT_OUTCOME_UNSPECIFIED: _ClassVar[AuditOutcome]
    AUDIT_OUTCOME_DONE: _ClassVar[AuditOutcome]
    AUDIT_OUTCOME_REFUSED: _ClassVar[AuditOutcome]
    AUDIT_OUTCOME_FAILED: _ClassVar[AuditOutcome]
EVENT_TYPE_UNSPECIFIED: EventType
EVENT_TYPE_ACCOUNT_OPENED: EventType
EVENT_TYPE_ACCOUNT_UPDATED: EventType
EVENT_TYPE_ACCOUNT_CLOSED: EventType
EVENT_TYPE_ORDER: EventType
EVENT_TYPE_FILL: EventType
EVENT_TYPE_POSITION: EventType
EVENT_TYPE_CASH: EventType
EVENT_TYPE_CONNECTION: EventType
EVENT_TYPE_SOURCE_GAP: EventType
EVENT_TYPE_BREAK: EventType
EVENT_TYPE_IGNORED: EventType
EVENT_TYPE_AUDIT: EventType
AUDIT_OUTCOME_UNSPECIFIED: AuditOutcome
AUDIT_OUTCOME_DONE: AuditOutcome
AUDIT_OUTCOME_REFUSED: AuditOutcome
AUDIT_OUTCOME_FAILED: AuditOutcome

class IgnoredMessage(_message.Message):
    __slots__ = ("reason", "order_id", "broker_message")
    REASON_FIELD_NUMBER: _ClassVar[int]
    ORDER_ID_FIELD_NUMBER: _ClassVar[int]
    BROKER_MESSAGE_FIELD_NUMBER: _ClassVar[int]
    reason: str
    order_id: str
    broker_message: str
    def __init__(self, reason: _Optional[str] = ..., order_id: _Optional[str] = ..., broker_message: _Optional[str] = ...) -> None: ...

class AuditRecord(_message.Message):
    __slots__ = ("principal", "action", "target", "outcome", "reason", "details")
    class DetailsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    PRINCIPAL_FIELD_NUMBER: _ClassVar[int]
    ACTION_FIELD_NUMBER: _ClassVar[int]
    TARGET_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    DETAILS_FIELD_NUMBER: _ClassVar[int]
    principal: str
    action: str
    target: str
    outcome: AuditOutcome
    reason: str
    details: _containers.ScalarMap[str, str]
    def __init__(self, principal: _Optional[str] = ..., action: _Optional[str] = ..., target: _Optional[str] = ..., outcome: _Optional[_Union[AuditOutcome, str]] = ..., reason: _Optional[str] = ..., details: _Optional[_Mapping[str, str]] = ...) -> None: ...

class Event(_message.Message):
    __slots__ = ("account_id", "sequence", "type", "time", "order", "position", "activity", "account", "connection", "source_gap", "break_record", "ignored", "audit", "epoch", "causation", "previous_hash", "hash")
    ACCOUNT_ID_FIELD_NUMBER: _ClassVar[int]
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    TYPE_FIELD_NUMBER: _ClassVar[int]
    TIME_FIELD_NUMBER: _ClassVar[int]
    ORDER_FIELD_NUMBER: _ClassVar[int]
    POSITION_FIELD_NUMBER: _ClassVar[int]
    ACTIVITY_FIELD_NUMBER: _ClassVar[int]
    ACCOUNT_FIELD_NUMBER: _ClassVar[int]
    CONNECTION_FIELD_NUMBER: _ClassVar[int]
    SOURCE_GAP_FIELD_NUMBER: _ClassVar[int]
    BREAK_RECORD_FIELD_NUMBER: _ClassVar[int]
    IGNORED_FIELD_NUMBER: _ClassVar[int]
    AUDIT_FIELD_NUMBER: _ClassVar[int]
    EPOCH_FIELD_NUMBER: _ClassVar[int]
    CAUSATION_FIELD_NUMBER: _ClassVar[int]
    PREVIOUS_HASH_FIELD_NUMBER: _ClassVar[int]
    HASH_FIELD_NUMBER: _ClassVar[int]
    account_id: str
    sequence: int
    type: EventType
    time: _timestamp_pb2.Timestamp
    order: _orders_pb2.OrderEvent
    position: _positions_pb2.Position
    activity: _accounts_pb2.Activity
    account: _accounts_pb2.Account
    connection: _brokers_pb2.Connection
    source_gap: _streams_pb2.SourceGap
    break_record: _breaks_pb2.Break
    ignored: IgnoredMessage
    audit: AuditRecord
    epoch: int
    causation: str
    previous_hash: bytes
    hash: bytes
    def __init__(self, account_id: _Optional[str] = ..., sequence: _Optional[int] = ..., type: _Optional[_Union[EventType, str]] = ..., time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., order: _Optional[_Union[_orders_pb2.OrderEvent, _Mapping]] = ..., position: _Optional[_Union[_positions_pb2.Position, _Mapping]] = ..., activity: _Optional[_Union[_accounts_pb2.Activity, _Mapping]] = ..., account: _Optional[_Union[_accounts_pb2.Account, _Mapping]] = ..., connection: _Optional[_Union[_brokers_pb2.Connection, _Mapping]] = ..., source_gap: _Optional[_Union[_streams_pb2.SourceGap, _Mapping]] = ..., break_record: _Optional[_Union[_breaks_pb2.Break, _Mapping]] = ..., ignored: _Optional[_Union[IgnoredMessage, _Mapping]] = ..., audit: _Optional[_Union[AuditRecord, _Mapping]] = ..., epoch: _Optional[int] = ..., causation: _Optional[str] = ..., previous_hash: _Optional[bytes] = ..., hash: _Optional[bytes] = ...) -> None: ...
