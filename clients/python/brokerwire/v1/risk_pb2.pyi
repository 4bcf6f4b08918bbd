import datetime

from brokerwire.v1 import trading_state_pb2 as _trading_state_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class RiskSeverity(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    RISK_SEVERITY_UNSPECIFIED: _ClassVar[RiskSeverity]
    RISK_SEVERITY_HARD: _ClassVar[RiskSeverity]
    RISK_SEVERITY_SOFT: _ClassVar[RiskSeverity]
    RISK_SEVERITY_WARNING: _ClassVar[RiskSeverity]

class RiskPolicyOrigin(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    RISK_POLICY_ORIGIN_UNSPECIFIED: _ClassVar[RiskPolicyOrigin]
    RISK_POLICY_ORIGIN_DEFAULT: _ClassVar[RiskPolicyOrigin]
    RISK_POLICY_ORIGIN_CONFIGURATION: _ClassVar[RiskPolicyOrigin]
    RISK_POLICY_ORIGIN_STORED: _ClassVar[RiskPolicyOrigin]
RISK_SEVERITY_UNSPECIFIED: RiskSeverity
RISK_SEVERITY_HARD: RiskSeverity
RISK_SEVERITY_SOFT: RiskSeverity
RISK_SEVERITY_WARNING: RiskSeverity
RISK_POLICY_ORIGIN_UNSPECIFIED: RiskPolicyOrigin
RISK_POLICY_ORIGIN_DEFAULT: RiskPolicyOrigin
RISK_POLICY_ORIGIN_CONFIGURATION: RiskPolicyOrigin
RISK_POLICY_ORIGIN_STORED: RiskPolicyOrigin

class RiskFinding(_message.Message):
    __slots__ = ("code", "rule", "severity", "message", "limit", "value", "symbol", "missing_data", "override_id")
    CODE_FIELD_NUMBER: _ClassVar[int]
    RULE_FIELD_NUMBER: _ClassVar[int]
    SEVERITY_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    LIMIT_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    SYMBOL_FIELD_NUMBER: _ClassVar[int]
    MISSING_DATA_FIELD_NUMBER: _ClassVar[int]
    OVERRIDE_ID_FIELD_NUMBER: _ClassVar[int]
    code: str
    rule: str
    severity: RiskSeverity
    message: str
    limit: str
    value: str
    symbol: str
    missing_data: bool
    override_id: str
    def __init__(self, code: _Optional[str] = ..., rule: _Optional[str] = ..., severity: _Optional[_Union[RiskSeverity, str]] = ..., message: _Optional[str] = ..., limit: _Optional[str] = ..., value: _Optional[str] = ..., symbol: _Optional[str] = ..., missing_data: bool = ..., override_id: _Optional[str] = ...) -> None: ...

class RiskVerdict(_message.Message):
    __slots__ = ("accepted", "findings", "policy_version")
    ACCEPTED_FIELD_NUMBER: _ClassVar[int]
    FINDINGS_FIELD_NUMBER: _ClassVar[int]
    POLICY_VERSION_FIELD_NUMBER: _ClassVar[int]
    accepted: bool
    findings: _containers.RepeatedCompositeFieldContainer[RiskFinding]
    policy_version: int
    def __init__(self, accepted: bool = ..., findings: _Optional[_Iterable[_Union[RiskFinding, _Mapping]]] = ..., policy_version: _Optional[int] = ...) -> None: ...

class RiskLimit(_message.Message):
    __slots__ = ("name", "value", "code", "severity", "description", "origin", "scope")
    NAME_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    CODE_FIELD_NUMBER: _ClassVar[int]
    SEVERITY_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    ORIGIN_FIELD_NUMBER: _ClassVar[int]
    SCOPE_FIELD_NUMBER: _ClassVar[int]
    name: str
    value: str
    code: str
    severity: RiskSeverity
    description: str
    origin: RiskPolicyOrigin
    scope: _trading_state_pb2.TradingScope
    def __init__(self, name: _Optional[str] = ..., value: _Optional[str] = ..., code: _Optional[str] = ..., severity: _Optional[_Union[RiskSeverity, str]] = ..., description: _Optional[str] = ..., origin: _Optional[_Union[RiskPolicyOrigin, str]] = ..., scope: _Optional[_Union[_trading_state_pb2.TradingScope, _Mapping]] = ...) -> None: ...

class RiskPolicy(_message.Message):
    __slots__ = ("scope", "limits", "version", "origin", "update_time", "updated_by", "reason")
    SCOPE_FIELD_NUMBER: _ClassVar[int]
    LIMITS_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    ORIGIN_FIELD_NUMBER: _ClassVar[int]
    UPDATE_TIME_FIELD_NUMBER: _ClassVar[int]
    UPDATED_BY_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    scope: _trading_state_pb2.TradingScope
    limits: _containers.RepeatedCompositeFieldContainer[RiskLimit]
    version: int
    origin: RiskPolicyOrigin
    update_time: _timestamp_pb2.Timestamp
    updated_by: str
    reason: str
    def __init__(self, scope: _Optional[_Union[_trading_state_pb2.TradingScope, _Mapping]] = ..., limits: _Optional[_Iterable[_Union[RiskLimit, _Mapping]]] = ..., version: _Optional[int] = ..., origin: _Optional[_Union[RiskPolicyOrigin, str]] = ..., update_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., updated_by: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...

class RiskOverride(_message.Message):
    __slots__ = ("override_id", "rule", "scope", "reason", "created_by", "create_time", "expire_time", "revoke_time", "revoked_by", "active")
    OVERRIDE_ID_FIELD_NUMBER: _ClassVar[int]
    RULE_FIELD_NUMBER: _ClassVar[int]
    SCOPE_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    CREATED_BY_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    EXPIRE_TIME_FIELD_NUMBER: _ClassVar[int]
    REVOKE_TIME_FIELD_NUMBER: _ClassVar[int]
    REVOKED_BY_FIELD_NUMBER: _ClassVar[int]
    ACTIVE_FIELD_NUMBER: _ClassVar[int]
    override_id: str
    rule: str
    scope: _trading_state_pb2.TradingScope
    reason: str
    created_by: str
    create_time: _timestamp_pb2.Timestamp
    expire_time: _timestamp_pb2.Timestamp
    revoke_time: _timestamp_pb2.Timestamp
    revoked_by: str
    active: bool
    def __init__(self, override_id: _Optional[str] = ..., rule: _Optional[str] = ..., scope: _Optional[_Union[_trading_state_pb2.TradingScope, _Mapping]] = ..., reason: _Optional[str] = ..., created_by: _Optional[str] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., expire_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., revoke_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., revoked_by: _Optional[str] = ..., active: bool = ...) -> None: ...
