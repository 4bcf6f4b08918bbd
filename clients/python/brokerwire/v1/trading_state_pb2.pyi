import datetime

from google.protobuf import duration_pb2 as _duration_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class TradingState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    TRADING_STATE_UNSPECIFIED: _ClassVar[TradingState]
    TRADING_STATE_ACTIVE: _ClassVar[TradingState]
    TRADING_STATE_REDUCE_ONLY: _ClassVar[TradingState]
    TRADING_STATE_CANCEL_ONLY: _ClassVar[TradingState]
    TRADING_STATE_HALTED: _ClassVar[TradingState]

class TradingScopeKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    TRADING_SCOPE_KIND_UNSPECIFIED: _ClassVar[TradingScopeKind]
    TRADING_SCOPE_KIND_GLOBAL: _ClassVar[TradingScopeKind]
    TRADING_SCOPE_KIND_BROKER: _ClassVar[TradingScopeKind]
    TRADING_SCOPE_KIND_ACCOUNT: _ClassVar[TradingScopeKind]
    TRADING_SCOPE_KIND_PRINCIPAL: _ClassVar[TradingScopeKind]
    TRADING_SCOPE_KIND_SYMBOL: _ClassVar[TradingScopeKind]

class GuardLeaseState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    GUARD_LEASE_STATE_UNSPECIFIED: _ClassVar[GuardLeaseState]
    GUARD_LEASE_STATE_ACTIVE: _ClassVar[GuardLeaseState]
    GUARD_LEASE_STATE_FIRED: _ClassVar[GuardLeaseState]
TRADING_STATE_UNSPECIFIED: TradingState
TRADING_STATE_ACTIVE: TradingState
TRADING_STATE_REDUCE_ONLY: TradingState
TRADING_STATE_CANCEL_ONLY: TradingState
TRADING_STATE_HALTED: TradingState
TRADING_SCOPE_KIND_UNSPECIFIED: TradingScopeKind
TRADING_SCOPE_KIND_GLOBAL: TradingScopeKind
TRADING_SCOPE_KIND_BROKER: TradingScopeKind
TRADING_SCOPE_KIND_ACCOUNT: TradingScopeKind
TRADING_SCOPE_KIND_PRINCIPAL: TradingScopeKind
TRADING_SCOPE_KIND_SYMBOL: TradingScopeKind
GUARD_LEASE_STATE_UNSPECIFIED: GuardLeaseState
GUARD_LEASE_STATE_ACTIVE: GuardLeaseState
GUARD_LEASE_STATE_FIRED: GuardLeaseState

class TradingScope(_message.Message):
    __slots__ = ("kind", "name")
    KIND_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    kind: TradingScopeKind
    name: str
    def __init__(self, kind: _Optional[_Union[TradingScopeKind, str]] = ..., name: _Optional[str] = ...) -> None: ...

class TradingStateRecord(_message.Message):
    __slots__ = ("scope", "state", "principal", "reason", "set_time")
    SCOPE_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    PRINCIPAL_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    SET_TIME_FIELD_NUMBER: _ClassVar[int]
    scope: TradingScope
    state: TradingState
    principal: str
    reason: str
    set_time: _timestamp_pb2.Timestamp
    def __init__(self, scope: _Optional[_Union[TradingScope, _Mapping]] = ..., state: _Optional[_Union[TradingState, str]] = ..., principal: _Optional[str] = ..., reason: _Optional[str] = ..., set_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class AccountArming(_message.Message):
    __slots__ = ("account_id", "principal", "armed_time", "armed_until_time")
    ACCOUNT_ID_FIELD_NUMBER: _ClassVar[int]
    PRINCIPAL_FIELD_NUMBER: _ClassVar[int]
    ARMED_TIME_FIELD_NUMBER: _ClassVar[int]
    ARMED_UNTIL_TIME_FIELD_NUMBER: _ClassVar[int]
    account_id: str
    principal: str
    armed_time: _timestamp_pb2.Timestamp
    armed_until_time: _timestamp_pb2.Timestamp
    def __init__(self, account_id: _Optional[str] = ..., principal: _Optional[str] = ..., armed_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., armed_until_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class GuardLease(_message.Message):
    __slots__ = ("lease_id", "scope", "ttl", "cancel_orders", "trading_state", "principal", "reason", "state", "create_time", "expire_time", "fire_time")
    LEASE_ID_FIELD_NUMBER: _ClassVar[int]
    SCOPE_FIELD_NUMBER: _ClassVar[int]
    TTL_FIELD_NUMBER: _ClassVar[int]
    CANCEL_ORDERS_FIELD_NUMBER: _ClassVar[int]
    TRADING_STATE_FIELD_NUMBER: _ClassVar[int]
    PRINCIPAL_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    EXPIRE_TIME_FIELD_NUMBER: _ClassVar[int]
    FIRE_TIME_FIELD_NUMBER: _ClassVar[int]
    lease_id: str
    scope: TradingScope
    ttl: _duration_pb2.Duration
    cancel_orders: bool
    trading_state: TradingState
    principal: str
    reason: str
    state: GuardLeaseState
    create_time: _timestamp_pb2.Timestamp
    expire_time: _timestamp_pb2.Timestamp
    fire_time: _timestamp_pb2.Timestamp
    def __init__(self, lease_id: _Optional[str] = ..., scope: _Optional[_Union[TradingScope, _Mapping]] = ..., ttl: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., cancel_orders: bool = ..., trading_state: _Optional[_Union[TradingState, str]] = ..., principal: _Optional[str] = ..., reason: _Optional[str] = ..., state: _Optional[_Union[GuardLeaseState, str]] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., expire_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., fire_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...
