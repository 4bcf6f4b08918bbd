import datetime

from brokerwire.v1 import access_pb2 as _access_pb2
from brokerwire.v1 import risk_pb2 as _risk_pb2
from brokerwire.v1 import trading_state_pb2 as _trading_state_pb2
from google.protobuf import duration_pb2 as _duration_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class GetTradingStateRequest(_message.Message):
    __slots__ = ("account_id",)
    ACCOUNT_ID_FIELD_NUMBER: _ClassVar[int]
    account_id: str
    def __init__(self, account_id: _Optional[str] = ...) -> None: ...

class GetTradingStateResponse(_message.Message):
    __slots__ = ("records", "armings")
    RECORDS_FIELD_NUMBER: _ClassVar[int]
    ARMINGS_FIELD_NUMBER: _ClassVar[int]
    records: _containers.RepeatedCompositeFieldContainer[_trading_state_pb2.TradingStateRecord]
    armings: _containers.RepeatedCompositeFieldContainer[_trading_state_pb2.AccountArming]
    def __init__(self, records: _Optional[_Iterable[_Union[_trading_state_pb2.TradingStateRecord, _Mapping]]] = ..., armings: _Optional[_Iterable[_Union[_trading_state_pb2.AccountArming, _Mapping]]] = ...) -> None: ...

class SetTradingStateRequest(_message.Message):
    __slots__ = ("scope", "state", "reason", "cancel_orders", "cancel_external_orders", "flatten")
    SCOPE_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    CANCEL_ORDERS_FIELD_NUMBER: _ClassVar[int]
    CANCEL_EXTERNAL_ORDERS_FIELD_NUMBER: _ClassVar[int]
    FLATTEN_FIELD_NUMBER: _ClassVar[int]
    scope: _trading_state_pb2.TradingScope
    state: _trading_state_pb2.TradingState
    reason: str
    cancel_orders: bool
    cancel_external_orders: bool
    flatten: bool
    def __init__(self, scope: _Optional[_Union[_trading_state_pb2.TradingScope, _Mapping]] = ..., state: _Optional[_Union[_trading_state_pb2.TradingState, str]] = ..., reason: _Optional[str] = ..., cancel_orders: bool = ..., cancel_external_orders: bool = ..., flatten: bool = ...) -> None: ...

class SetTradingStateResponse(_message.Message):
    __slots__ = ("record", "cancel_count", "cancel_failed_count", "flatten_order_ids", "problems", "unfinished")
    RECORD_FIELD_NUMBER: _ClassVar[int]
    CANCEL_COUNT_FIELD_NUMBER: _ClassVar[int]
    CANCEL_FAILED_COUNT_FIELD_NUMBER: _ClassVar[int]
    FLATTEN_ORDER_IDS_FIELD_NUMBER: _ClassVar[int]
    PROBLEMS_FIELD_NUMBER: _ClassVar[int]
    UNFINISHED_FIELD_NUMBER: _ClassVar[int]
    record: _trading_state_pb2.TradingStateRecord
    cancel_count: int
    cancel_failed_count: int
    flatten_order_ids: _containers.RepeatedScalarFieldContainer[str]
    problems: _containers.RepeatedScalarFieldContainer[str]
    unfinished: bool
    def __init__(self, record: _Optional[_Union[_trading_state_pb2.TradingStateRecord, _Mapping]] = ..., cancel_count: _Optional[int] = ..., cancel_failed_count: _Optional[int] = ..., flatten_order_ids: _Optional[_Iterable[str]] = ..., problems: _Optional[_Iterable[str]] = ..., unfinished: bool = ...) -> None: ...

class ArmAccountRequest(_message.Message):
    __slots__ = ("account_id", "ttl", "reason")
    ACCOUNT_ID_FIELD_NUMBER: _ClassVar[int]
    TTL_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    account_id: str
    ttl: _duration_pb2.Duration
    reason: str
    def __init__(self, account_id: _Optional[str] = ..., ttl: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., reason: _Optional[str] = ...) -> None: ...

class ArmAccountResponse(_message.Message):
    __slots__ = ("arming",)
    ARMING_FIELD_NUMBER: _ClassVar[int]
    arming: _trading_state_pb2.AccountArming
    def __init__(self, arming: _Optional[_Union[_trading_state_pb2.AccountArming, _Mapping]] = ...) -> None: ...

class DisarmAccountRequest(_message.Message):
    __slots__ = ("account_id",)
    ACCOUNT_ID_FIELD_NUMBER: _ClassVar[int]
    account_id: str
    def __init__(self, account_id: _Optional[str] = ...) -> None: ...

class DisarmAccountResponse(_message.Message):
    __slots__ = ("was_armed",)
    WAS_ARMED_FIELD_NUMBER: _ClassVar[int]
    was_armed: bool
    def __init__(self, was_armed: bool = ...) -> None: ...

class AcquireGuardLeaseRequest(_message.Message):
    __slots__ = ("scope", "ttl", "cancel_orders", "trading_state", "reason")
    SCOPE_FIELD_NUMBER: _ClassVar[int]
    TTL_FIELD_NUMBER: _ClassVar[int]
    CANCEL_ORDERS_FIELD_NUMBER: _ClassVar[int]
    TRADING_STATE_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    scope: _trading_state_pb2.TradingScope
    ttl: _duration_pb2.Duration
    cancel_orders: bool
    trading_state: _trading_state_pb2.TradingState
    reason: str
    def __init__(self, scope: _Optional[_Union[_trading_state_pb2.TradingScope, _Mapping]] = ..., ttl: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., cancel_orders: bool = ..., trading_state: _Optional[_Union[_trading_state_pb2.TradingState, str]] = ..., reason: _Optional[str] = ...) -> None: ...

class AcquireGuardLeaseResponse(_message.Message):
    __slots__ = ("lease",)
    LEASE_FIELD_NUMBER: _ClassVar[int]
    lease: _trading_state_pb2.GuardLease
    def __init__(self, lease: _Optional[_Union[_trading_state_pb2.GuardLease, _Mapping]] = ...) -> None: ...

class RenewGuardLeaseRequest(_message.Message):
    __slots__ = ("lease_id",)
    LEASE_ID_FIELD_NUMBER: _ClassVar[int]
    lease_id: str
    def __init__(self, lease_id: _Optional[str] = ...) -> None: ...

class RenewGuardLeaseResponse(_message.Message):
    __slots__ = ("lease",)
    LEASE_FIELD_NUMBER: _ClassVar[int]
    lease: _trading_state_pb2.GuardLease
    def __init__(self, lease: _Optional[_Union[_trading_state_pb2.GuardLease, _Mapping]] = ...) -> None: ...

class ReleaseGuardLeaseRequest(_message.Message):
    __slots__ = ("lease_id",)
    LEASE_ID_FIELD_NUMBER: _ClassVar[int]
    lease_id: str
    def __init__(self, lease_id: _Optional[str] = ...) -> None: ...

class ReleaseGuardLeaseResponse(_message.Message):
    __slots__ = ("lease",)
    LEASE_FIELD_NUMBER: _ClassVar[int]
    lease: _trading_state_pb2.GuardLease
    def __init__(self, lease: _Optional[_Union[_trading_state_pb2.GuardLease, _Mapping]] = ...) -> None: ...

class ListGuardLeasesRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class ListGuardLeasesResponse(_message.Message):
    __slots__ = ("leases",)
    LEASES_FIELD_NUMBER: _ClassVar[int]
    leases: _containers.RepeatedCompositeFieldContainer[_trading_state_pb2.GuardLease]
    def __init__(self, leases: _Optional[_Iterable[_Union[_trading_state_pb2.GuardLease, _Mapping]]] = ...) -> None: ...

class GetRiskPolicyRequest(_message.Message):
    __slots__ = ("account_id", "principal", "symbol")
    ACCOUNT_ID_FIELD_NUMBER: _ClassVar[int]
    PRINCIPAL_FIELD_NUMBER: _ClassVar[int]
    SYMBOL_FIELD_NUMBER: _ClassVar[int]
    account_id: str
    principal: str
    symbol: str
    def __init__(self, account_id: _Optional[str] = ..., principal: _Optional[str] = ..., symbol: _Optional[str] = ...) -> None: ...

class GetRiskPolicyResponse(_message.Message):
    __slots__ = ("effective", "policies")
    EFFECTIVE_FIELD_NUMBER: _ClassVar[int]
    POLICIES_FIELD_NUMBER: _ClassVar[int]
    effective: _containers.RepeatedCompositeFieldContainer[_risk_pb2.RiskLimit]
    policies: _containers.RepeatedCompositeFieldContainer[_risk_pb2.RiskPolicy]
    def __init__(self, effective: _Optional[_Iterable[_Union[_risk_pb2.RiskLimit, _Mapping]]] = ..., policies: _Optional[_Iterable[_Union[_risk_pb2.RiskPolicy, _Mapping]]] = ...) -> None: ...

class UpdateRiskPolicyRequest(_message.Message):
    __slots__ = ("scope", "limits", "expected_version", "reason")
    SCOPE_FIELD_NUMBER: _ClassVar[int]
    LIMITS_FIELD_NUMBER: _ClassVar[int]
    EXPECTED_VERSION_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    scope: _trading_state_pb2.TradingScope
    limits: _containers.RepeatedCompositeFieldContainer[_risk_pb2.RiskLimit]
    expected_version: int
    reason: str
    def __init__(self, scope: _Optional[_Union[_trading_state_pb2.TradingScope, _Mapping]] = ..., limits: _Optional[_Iterable[_Union[_risk_pb2.RiskLimit, _Mapping]]] = ..., expected_version: _Optional[int] = ..., reason: _Optional[str] = ...) -> None: ...

class UpdateRiskPolicyResponse(_message.Message):
    __slots__ = ("policy",)
    POLICY_FIELD_NUMBER: _ClassVar[int]
    policy: _risk_pb2.RiskPolicy
    def __init__(self, policy: _Optional[_Union[_risk_pb2.RiskPolicy, _Mapping]] = ...) -> None: ...

class CreateRiskOverrideRequest(_message.Message):
    __slots__ = ("rule", "scope", "ttl", "reason")
    RULE_FIELD_NUMBER: _ClassVar[int]
    SCOPE_FIELD_NUMBER: _ClassVar[int]
    TTL_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    rule: str
    scope: _trading_state_pb2.TradingScope
    ttl: _duration_pb2.Duration
    reason: str
    def __init__(self, rule: _Optional[str] = ..., scope: _Optional[_Union[_trading_state_pb2.TradingScope, _Mapping]] = ..., ttl: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., reason: _Optional[str] = ...) -> None: ...

class CreateRiskOverrideResponse(_message.Message):
    __slots__ = ("risk_override",)
    RISK_OVERRIDE_FIELD_NUMBER: _ClassVar[int]
    risk_override: _risk_pb2.RiskOverride
    def __init__(self, risk_override: _Optional[_Union[_risk_pb2.RiskOverride, _Mapping]] = ...) -> None: ...

class ListRiskOverridesRequest(_message.Message):
    __slots__ = ("include_ended",)
    INCLUDE_ENDED_FIELD_NUMBER: _ClassVar[int]
    include_ended: bool
    def __init__(self, include_ended: bool = ...) -> None: ...

class ListRiskOverridesResponse(_message.Message):
    __slots__ = ("risk_overrides",)
    RISK_OVERRIDES_FIELD_NUMBER: _ClassVar[int]
    risk_overrides: _containers.RepeatedCompositeFieldContainer[_risk_pb2.RiskOverride]
    def __init__(self, risk_overrides: _Optional[_Iterable[_Union[_risk_pb2.RiskOverride, _Mapping]]] = ...) -> None: ...

class RevokeRiskOverrideRequest(_message.Message):
    __slots__ = ("override_id",)
    OVERRIDE_ID_FIELD_NUMBER: _ClassVar[int]
    override_id: str
    def __init__(self, override_id: _Optional[str] = ...) -> None: ...

class RevokeRiskOverrideResponse(_message.Message):
    __slots__ = ("risk_override",)
    RISK_OVERRIDE_FIELD_NUMBER: _ClassVar[int]
    risk_override: _risk_pb2.RiskOverride
    def __init__(self, risk_override: _Optional[_Union[_risk_pb2.RiskOverride, _Mapping]] = ...) -> None: ...
