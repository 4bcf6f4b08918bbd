from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Sent(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SENT_UNSPECIFIED: _ClassVar[Sent]
    SENT_NO: _ClassVar[Sent]
    SENT_UNKNOWN: _ClassVar[Sent]

class ErrorReason(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ERROR_REASON_UNSPECIFIED: _ClassVar[ErrorReason]
    ERROR_REASON_INVALID_FIELD: _ClassVar[ErrorReason]
    ERROR_REASON_FIELD_REQUIRED: _ClassVar[ErrorReason]
    ERROR_REASON_DECIMAL_INVALID: _ClassVar[ErrorReason]
    ERROR_REASON_DECIMAL_OUT_OF_RANGE: _ClassVar[ErrorReason]
    ERROR_REASON_PRICE_NOT_ON_TICK: _ClassVar[ErrorReason]
    ERROR_REASON_QUANTITY_NOT_ON_STEP: _ClassVar[ErrorReason]
    ERROR_REASON_QUANTITY_BELOW_MINIMUM: _ClassVar[ErrorReason]
    ERROR_REASON_NOTIONAL_OUT_OF_RANGE: _ClassVar[ErrorReason]
    ERROR_REASON_INVALID_PAGE_TOKEN: _ClassVar[ErrorReason]
    ERROR_REASON_INVALID_RESUME_TOKEN: _ClassVar[ErrorReason]
    ERROR_REASON_ACCOUNT_NOT_FOUND: _ClassVar[ErrorReason]
    ERROR_REASON_ORDER_NOT_FOUND: _ClassVar[ErrorReason]
    ERROR_REASON_POSITION_NOT_FOUND: _ClassVar[ErrorReason]
    ERROR_REASON_INSTRUMENT_NOT_FOUND: _ClassVar[ErrorReason]
    ERROR_REASON_BROKER_NOT_FOUND: _ClassVar[ErrorReason]
    ERROR_REASON_CONNECTION_NOT_FOUND: _ClassVar[ErrorReason]
    ERROR_REASON_CLIENT_ORDER_ID_CONFLICT: _ClassVar[ErrorReason]
    ERROR_REASON_ACCOUNT_EXISTS: _ClassVar[ErrorReason]
    ERROR_REASON_ORDER_NOT_CANCELABLE: _ClassVar[ErrorReason]
    ERROR_REASON_ORDER_NOT_REPLACEABLE: _ClassVar[ErrorReason]
    ERROR_REASON_ORDER_OUTCOME_PENDING: _ClassVar[ErrorReason]
    ERROR_REASON_INSUFFICIENT_BUYING_POWER: _ClassVar[ErrorReason]
    ERROR_REASON_INSUFFICIENT_POSITION: _ClassVar[ErrorReason]
    ERROR_REASON_MARKET_CLOSED: _ClassVar[ErrorReason]
    ERROR_REASON_ACCOUNT_CLOSED: _ClassVar[ErrorReason]
    ERROR_REASON_ACCOUNT_RESTRICTED: _ClassVar[ErrorReason]
    ERROR_REASON_NOT_A_PAPER_ACCOUNT: _ClassVar[ErrorReason]
    ERROR_REASON_NOT_SHORTABLE: _ClassVar[ErrorReason]
    ERROR_REASON_INSTRUMENT_NOT_TRADABLE: _ClassVar[ErrorReason]
    ERROR_REASON_PRICE_UNAVAILABLE: _ClassVar[ErrorReason]
    ERROR_REASON_CLOCK_NOT_STEERABLE: _ClassVar[ErrorReason]
    ERROR_REASON_UNSUPPORTED_BY_BROKER: _ClassVar[ErrorReason]
    ERROR_REASON_UNSUPPORTED_ORDER_TYPE: _ClassVar[ErrorReason]
    ERROR_REASON_UNSUPPORTED_TIME_IN_FORCE: _ClassVar[ErrorReason]
    ERROR_REASON_UNSUPPORTED_COMBINATION: _ClassVar[ErrorReason]
    ERROR_REASON_METHOD_NOT_FOUND: _ClassVar[ErrorReason]
    ERROR_REASON_VERSION_MISMATCH: _ClassVar[ErrorReason]
    ERROR_REASON_RESUME_TOKEN_EXPIRED: _ClassVar[ErrorReason]
    ERROR_REASON_SEQUENCE_NOT_YET_AVAILABLE: _ClassVar[ErrorReason]
    ERROR_REASON_BROKER_UNAVAILABLE: _ClassVar[ErrorReason]
    ERROR_REASON_BROKER_PROTOCOL_ERROR: _ClassVar[ErrorReason]
    ERROR_REASON_BROKER_RATE_LIMIT: _ClassVar[ErrorReason]
    ERROR_REASON_JOURNAL_UNAVAILABLE: _ClassVar[ErrorReason]
    ERROR_REASON_GATEWAY_DRAINING: _ClassVar[ErrorReason]
    ERROR_REASON_GATEWAY_OVERLOADED: _ClassVar[ErrorReason]
    ERROR_REASON_STREAM_LIMIT: _ClassVar[ErrorReason]
    ERROR_REASON_SLOW_CONSUMER: _ClassVar[ErrorReason]
    ERROR_REASON_MESSAGE_TOO_LARGE: _ClassVar[ErrorReason]
    ERROR_REASON_INTERNAL: _ClassVar[ErrorReason]
    ERROR_REASON_CONNECTION_EXISTS: _ClassVar[ErrorReason]
    ERROR_REASON_ACCOUNT_CONNECTED: _ClassVar[ErrorReason]
    ERROR_REASON_CREDENTIALS_REFUSED: _ClassVar[ErrorReason]
    ERROR_REASON_CREDENTIALS_OF_OTHER_ACCOUNT: _ClassVar[ErrorReason]
    ERROR_REASON_ENVIRONMENT_MISMATCH: _ClassVar[ErrorReason]
    ERROR_REASON_CONNECTION_IN_USE: _ClassVar[ErrorReason]
    ERROR_REASON_CONNECTION_NOT_STORED: _ClassVar[ErrorReason]
    ERROR_REASON_VAULT_UNAVAILABLE: _ClassVar[ErrorReason]
    ERROR_REASON_BREAK_NOT_FOUND: _ClassVar[ErrorReason]
    ERROR_REASON_BREAK_CLOSED: _ClassVar[ErrorReason]
    ERROR_REASON_BREAK_CHANGED: _ClassVar[ErrorReason]
    ERROR_REASON_UNAUTHENTICATED: _ClassVar[ErrorReason]
    ERROR_REASON_PERMISSION_DENIED: _ClassVar[ErrorReason]
    ERROR_REASON_SECOND_FACTOR_REQUIRED: _ClassVar[ErrorReason]
    ERROR_REASON_PRINCIPAL_LIMIT: _ClassVar[ErrorReason]
    ERROR_REASON_RISK_REJECTED: _ClassVar[ErrorReason]
    ERROR_REASON_TRADING_HALTED: _ClassVar[ErrorReason]
    ERROR_REASON_ACCOUNT_NOT_ARMED: _ClassVar[ErrorReason]
    ERROR_REASON_SIGNATURE_REQUIRED: _ClassVar[ErrorReason]
    ERROR_REASON_LEASE_NOT_FOUND: _ClassVar[ErrorReason]
    ERROR_REASON_PRINCIPAL_NOT_FOUND: _ClassVar[ErrorReason]
    ERROR_REASON_TOKEN_NOT_FOUND: _ClassVar[ErrorReason]
    ERROR_REASON_PRINCIPAL_EXISTS: _ClassVar[ErrorReason]
    ERROR_REASON_OVERRIDE_NOT_FOUND: _ClassVar[ErrorReason]
SENT_UNSPECIFIED: Sent
SENT_NO: Sent
SENT_UNKNOWN: Sent
ERROR_REASON_UNSPECIFIED: ErrorReason
ERROR_REASON_INVALID_FIELD: ErrorReason
ERROR_REASON_FIELD_REQUIRED: ErrorReason
ERROR_REASON_DECIMAL_INVALID: ErrorReason
ERROR_REASON_DECIMAL_OUT_OF_RANGE: ErrorReason
ERROR_REASON_PRICE_NOT_ON_TICK: ErrorReason
ERROR_REASON_QUANTITY_NOT_ON_STEP: ErrorReason
ERROR_REASON_QUANTITY_BELOW_MINIMUM: ErrorReason
ERROR_REASON_NOTIONAL_OUT_OF_RANGE: ErrorReason
ERROR_REASON_INVALID_PAGE_TOKEN: ErrorReason
ERROR_REASON_INVALID_RESUME_TOKEN: ErrorReason
ERROR_REASON_ACCOUNT_NOT_FOUND: ErrorReason
ERROR_REASON_ORDER_NOT_FOUND: ErrorReason
ERROR_REASON_POSITION_NOT_FOUND: ErrorReason
ERROR_REASON_INSTRUMENT_NOT_FOUND: ErrorReason
ERROR_REASON_BROKER_NOT_FOUND: ErrorReason
ERROR_REASON_CONNECTION_NOT_FOUND: ErrorReason
ERROR_REASON_CLIENT_ORDER_ID_CONFLICT: ErrorReason
ERROR_REASON_ACCOUNT_EXISTS: ErrorReason
ERROR_REASON_ORDER_NOT_CANCELABLE: ErrorReason
ERROR_REASON_ORDER_NOT_REPLACEABLE: ErrorReason
ERROR_REASON_ORDER_OUTCOME_PENDING: ErrorReason
ERROR_REASON_INSUFFICIENT_BUYING_POWER: ErrorReason
ERROR_REASON_INSUFFICIENT_POSITION: ErrorReason
ERROR_REASON_MARKET_CLOSED: ErrorReason
ERROR_REASON_ACCOUNT_CLOSED: ErrorReason
ERROR_REASON_ACCOUNT_RESTRICTED: ErrorReason
ERROR_REASON_NOT_A_PAPER_ACCOUNT: ErrorReason
ERROR_REASON_NOT_SHORTABLE: ErrorReason
ERROR_REASON_INSTRUMENT_NOT_TRADABLE: ErrorReason
ERROR_REASON_PRICE_UNAVAILABLE: ErrorReason
ERROR_REASON_CLOCK_NOT_STEERABLE: ErrorReason
ERROR_REASON_UNSUPPORTED_BY_BROKER: ErrorReason
ERROR_REASON_UNSUPPORTED_ORDER_TYPE: ErrorReason
ERROR_REASON_UNSUPPORTED_TIME_IN_FORCE: ErrorReason
ERROR_REASON_UNSUPPORTED_COMBINATION: ErrorReason
ERROR_REASON_METHOD_NOT_FOUND: ErrorReason
ERROR_REASON_VERSION_MISMATCH: ErrorReason
ERROR_REASON_RESUME_TOKEN_EXPIRED: ErrorReason
ERROR_REASON_SEQUENCE_NOT_YET_AVAILABLE: ErrorReason
ERROR_REASON_BROKER_UNAVAILABLE: ErrorReason
ERROR_REASON_BROKER_PROTOCOL_ERROR: ErrorReason
ERROR_REASON_BROKER_RATE_LIMIT: ErrorReason
ERROR_REASON_JOURNAL_UNAVAILABLE: ErrorReason
ERROR_REASON_GATEWAY_DRAINING: ErrorReason
ERROR_REASON_GATEWAY_OVERLOADED: ErrorReason
ERROR_REASON_STREAM_LIMIT: ErrorReason
ERROR_REASON_SLOW_CONSUMER: ErrorReason
ERROR_REASON_MESSAGE_TOO_LARGE: ErrorReason
ERROR_REASON_INTERNAL: ErrorReason
ERROR_REASON_CONNECTION_EXISTS: ErrorReason
ERROR_REASON_ACCOUNT_CONNECTED: ErrorReason
ERROR_REASON_CREDENTIALS_REFUSED: ErrorReason
ERROR_REASON_CREDENTIALS_OF_OTHER_ACCOUNT: ErrorReason
ERROR_REASON_ENVIRONMENT_MISMATCH: ErrorReason
ERROR_REASON_CONNECTION_IN_USE: ErrorReason
ERROR_REASON_CONNECTION_NOT_STORED: ErrorReason
ERROR_REASON_VAULT_UNAVAILABLE: ErrorReason
ERROR_REASON_BREAK_NOT_FOUND: ErrorReason
ERROR_REASON_BREAK_CLOSED: ErrorReason
ERROR_REASON_BREAK_CHANGED: ErrorReason
ERROR_REASON_UNAUTHENTICATED: ErrorReason
ERROR_REASON_PERMISSION_DENIED: ErrorReason
ERROR_REASON_SECOND_FACTOR_REQUIRED: ErrorReason
ERROR_REASON_PRINCIPAL_LIMIT: ErrorReason
ERROR_REASON_RISK_REJECTED: ErrorReason
ERROR_REASON_TRADING_HALTED: ErrorReason
ERROR_REASON_ACCOUNT_NOT_ARMED: ErrorReason
ERROR_REASON_SIGNATURE_REQUIRED: ErrorReason
ERROR_REASON_LEASE_NOT_FOUND: ErrorReason
ERROR_REASON_PRINCIPAL_NOT_FOUND: ErrorReason
ERROR_REASON_TOKEN_NOT_FOUND: ErrorReason
ERROR_REASON_PRINCIPAL_EXISTS: ErrorReason
ERROR_REASON_OVERRIDE_NOT_FOUND: ErrorReason

class CommandError(_message.Message):
    __slots__ = ("code", "reason", "message", "field", "metadata", "sent")
    class MetadataEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    CODE_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    FIELD_FIELD_NUMBER: _ClassVar[int]
    METADATA_FIELD_NUMBER: _ClassVar[int]
    SENT_FIELD_NUMBER: _ClassVar[int]
    code: int
    reason: ErrorReason
    message: str
    field: str
    metadata: _containers.ScalarMap[str, str]
    sent: Sent
    def __init__(self, code: _Optional[int] = ..., reason: _Optional[_Union[ErrorReason, str]] = ..., message: _Optional[str] = ..., field: _Optional[str] = ..., metadata: _Optional[_Mapping[str, str]] = ..., sent: _Optional[_Union[Sent, str]] = ...) -> None: ...
