import datetime

from brokerwire.v1 import access_pb2 as _access_pb2
from brokerwire.v1 import accounts_pb2 as _accounts_pb2
from brokerwire.v1 import breaks_pb2 as _breaks_pb2
from brokerwire.v1 import brokers_pb2 as _brokers_pb2
from brokerwire.v1 import orders_pb2 as _orders_pb2
from brokerwire.v1 import read_info_pb2 as _read_info_pb2
from brokerwire.v1 import streams_pb2 as _streams_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ListBrokersRequest(_message.Message):
    __slots__ = ("page_size", "page_token")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListBrokersResponse(_message.Message):
    __slots__ = ("brokers", "next_page_token", "read_info")
    BROKERS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    READ_INFO_FIELD_NUMBER: _ClassVar[int]
    brokers: _containers.RepeatedCompositeFieldContainer[_brokers_pb2.Broker]
    next_page_token: str
    read_info: _read_info_pb2.ReadInfo
    def __init__(self, brokers: _Optional[_Iterable[_Union[_brokers_pb2.Broker, _Mapping]]] = ..., next_page_token: _Optional[str] = ..., read_info: _Optional[_Union[_read_info_pb2.ReadInfo, _Mapping]] = ...) -> None: ...

class GetCapabilitiesRequest(_message.Message):
    __slots__ = ("account_id", "broker")
    ACCOUNT_ID_FIELD_NUMBER: _ClassVar[int]
    BROKER_FIELD_NUMBER: _ClassVar[int]
    account_id: str
    broker: str
    def __init__(self, account_id: _Optional[str] = ..., broker: _Optional[str] = ...) -> None: ...

class GetCapabilitiesResponse(_message.Message):
    __slots__ = ("capabilities", "read_info")
    CAPABILITIES_FIELD_NUMBER: _ClassVar[int]
    READ_INFO_FIELD_NUMBER: _ClassVar[int]
    capabilities: _brokers_pb2.Capabilities
    read_info: _read_info_pb2.ReadInfo
    def __init__(self, capabilities: _Optional[_Union[_brokers_pb2.Capabilities, _Mapping]] = ..., read_info: _Optional[_Union[_read_info_pb2.ReadInfo, _Mapping]] = ...) -> None: ...

class ListConnectionsRequest(_message.Message):
    __slots__ = ("broker", "environment", "page_size", "page_token")
    BROKER_FIELD_NUMBER: _ClassVar[int]
    ENVIRONMENT_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    broker: str
    environment: _accounts_pb2.Environment
    page_size: int
    page_token: str
    def __init__(self, broker: _Optional[str] = ..., environment: _Optional[_Union[_accounts_pb2.Environment, str]] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListConnectionsResponse(_message.Message):
    __slots__ = ("connections", "next_page_token", "read_info")
    CONNECTIONS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    READ_INFO_FIELD_NUMBER: _ClassVar[int]
    connections: _containers.RepeatedCompositeFieldContainer[_brokers_pb2.Connection]
    next_page_token: str
    read_info: _read_info_pb2.ReadInfo
    def __init__(self, connections: _Optional[_Iterable[_Union[_brokers_pb2.Connection, _Mapping]]] = ..., next_page_token: _Optional[str] = ..., read_info: _Optional[_Union[_read_info_pb2.ReadInfo, _Mapping]] = ...) -> None: ...

class GetConnectionRequest(_message.Message):
    __slots__ = ("connection_id",)
    CONNECTION_ID_FIELD_NUMBER: _ClassVar[int]
    connection_id: str
    def __init__(self, connection_id: _Optional[str] = ...) -> None: ...

class GetConnectionResponse(_message.Message):
    __slots__ = ("connection", "read_info")
    CONNECTION_FIELD_NUMBER: _ClassVar[int]
    READ_INFO_FIELD_NUMBER: _ClassVar[int]
    connection: _brokers_pb2.Connection
    read_info: _read_info_pb2.ReadInfo
    def __init__(self, connection: _Optional[_Union[_brokers_pb2.Connection, _Mapping]] = ..., read_info: _Optional[_Union[_read_info_pb2.ReadInfo, _Mapping]] = ...) -> None: ...

class StreamConnectionsRequest(_message.Message):
    __slots__ = ("options", "connection_ids")
    OPTIONS_FIELD_NUMBER: _ClassVar[int]
    CONNECTION_IDS_FIELD_NUMBER: _ClassVar[int]
    options: _streams_pb2.StreamOptions
    connection_ids: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, options: _Optional[_Union[_streams_pb2.StreamOptions, _Mapping]] = ..., connection_ids: _Optional[_Iterable[str]] = ...) -> None: ...

class StreamConnectionsItem(_message.Message):
    __slots__ = ("event", "snapshot", "control")
    EVENT_FIELD_NUMBER: _ClassVar[int]
    SNAPSHOT_FIELD_NUMBER: _ClassVar[int]
    CONTROL_FIELD_NUMBER: _ClassVar[int]
    event: _brokers_pb2.ConnectionEvent
    snapshot: _brokers_pb2.Connection
    control: _streams_pb2.StreamControl
    def __init__(self, event: _Optional[_Union[_brokers_pb2.ConnectionEvent, _Mapping]] = ..., snapshot: _Optional[_Union[_brokers_pb2.Connection, _Mapping]] = ..., control: _Optional[_Union[_streams_pb2.StreamControl, _Mapping]] = ...) -> None: ...

class StreamConnectionsResponse(_message.Message):
    __slots__ = ("items", "resume_token", "publish_time")
    ITEMS_FIELD_NUMBER: _ClassVar[int]
    RESUME_TOKEN_FIELD_NUMBER: _ClassVar[int]
    PUBLISH_TIME_FIELD_NUMBER: _ClassVar[int]
    items: _containers.RepeatedCompositeFieldContainer[StreamConnectionsItem]
    resume_token: str
    publish_time: _timestamp_pb2.Timestamp
    def __init__(self, items: _Optional[_Iterable[_Union[StreamConnectionsItem, _Mapping]]] = ..., resume_token: _Optional[str] = ..., publish_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class CreateConnectionRequest(_message.Message):
    __slots__ = ("connection_id", "broker", "environment", "display_name", "settings", "credentials", "allow_unverified", "allow_withdrawals")
    class SettingsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    class CredentialsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    CONNECTION_ID_FIELD_NUMBER: _ClassVar[int]
    BROKER_FIELD_NUMBER: _ClassVar[int]
    ENVIRONMENT_FIELD_NUMBER: _ClassVar[int]
    DISPLAY_NAME_FIELD_NUMBER: _ClassVar[int]
    SETTINGS_FIELD_NUMBER: _ClassVar[int]
    CREDENTIALS_FIELD_NUMBER: _ClassVar[int]
    ALLOW_UNVERIFIED_FIELD_NUMBER: _ClassVar[int]
    ALLOW_WITHDRAWALS_FIELD_NUMBER: _ClassVar[int]
    connection_id: str
    broker: str
    environment: _accounts_pb2.Environment
    display_name: str
    settings: _containers.ScalarMap[str, str]
    credentials: _containers.ScalarMap[str, str]
    allow_unverified: bool
    allow_withdrawals: bool
    def __init__(self, connection_id: _Optional[str] = ..., broker: _Optional[str] = ..., environment: _Optional[_Union[_accounts_pb2.Environment, str]] = ..., display_name: _Optional[str] = ..., settings: _Optional[_Mapping[str, str]] = ..., credentials: _Optional[_Mapping[str, str]] = ..., allow_unverified: bool = ..., allow_withdrawals: bool = ...) -> None: ...

class CreateConnectionResponse(_message.Message):
    __slots__ = ("connection", "accounts", "deduplicated", "read_info")
    CONNECTION_FIELD_NUMBER: _ClassVar[int]
    ACCOUNTS_FIELD_NUMBER: _ClassVar[int]
    DEDUPLICATED_FIELD_NUMBER: _ClassVar[int]
    READ_INFO_FIELD_NUMBER: _ClassVar[int]
    connection: _brokers_pb2.Connection
    accounts: _containers.RepeatedCompositeFieldContainer[_accounts_pb2.Account]
    deduplicated: bool
    read_info: _read_info_pb2.ReadInfo
    def __init__(self, connection: _Optional[_Union[_brokers_pb2.Connection, _Mapping]] = ..., accounts: _Optional[_Iterable[_Union[_accounts_pb2.Account, _Mapping]]] = ..., deduplicated: bool = ..., read_info: _Optional[_Union[_read_info_pb2.ReadInfo, _Mapping]] = ...) -> None: ...

class DeleteConnectionRequest(_message.Message):
    __slots__ = ("connection_id", "force")
    CONNECTION_ID_FIELD_NUMBER: _ClassVar[int]
    FORCE_FIELD_NUMBER: _ClassVar[int]
    connection_id: str
    force: bool
    def __init__(self, connection_id: _Optional[str] = ..., force: bool = ...) -> None: ...

class DeleteConnectionResponse(_message.Message):
    __slots__ = ("connection", "accounts", "read_info")
    CONNECTION_FIELD_NUMBER: _ClassVar[int]
    ACCOUNTS_FIELD_NUMBER: _ClassVar[int]
    READ_INFO_FIELD_NUMBER: _ClassVar[int]
    connection: _brokers_pb2.Connection
    accounts: _containers.RepeatedCompositeFieldContainer[_accounts_pb2.Account]
    read_info: _read_info_pb2.ReadInfo
    def __init__(self, connection: _Optional[_Union[_brokers_pb2.Connection, _Mapping]] = ..., accounts: _Optional[_Iterable[_Union[_accounts_pb2.Account, _Mapping]]] = ..., read_info: _Optional[_Union[_read_info_pb2.ReadInfo, _Mapping]] = ...) -> None: ...

class RotateCredentialsRequest(_message.Message):
    __slots__ = ("connection_id", "credentials", "allow_withdrawals")
    class CredentialsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    CONNECTION_ID_FIELD_NUMBER: _ClassVar[int]
    CREDENTIALS_FIELD_NUMBER: _ClassVar[int]
    ALLOW_WITHDRAWALS_FIELD_NUMBER: _ClassVar[int]
    connection_id: str
    credentials: _containers.ScalarMap[str, str]
    allow_withdrawals: bool
    def __init__(self, connection_id: _Optional[str] = ..., credentials: _Optional[_Mapping[str, str]] = ..., allow_withdrawals: bool = ...) -> None: ...

class RotateCredentialsResponse(_message.Message):
    __slots__ = ("connection", "read_info")
    CONNECTION_FIELD_NUMBER: _ClassVar[int]
    READ_INFO_FIELD_NUMBER: _ClassVar[int]
    connection: _brokers_pb2.Connection
    read_info: _read_info_pb2.ReadInfo
    def __init__(self, connection: _Optional[_Union[_brokers_pb2.Connection, _Mapping]] = ..., read_info: _Optional[_Union[_read_info_pb2.ReadInfo, _Mapping]] = ...) -> None: ...

class CheckConnectionRequest(_message.Message):
    __slots__ = ("connection_id",)
    CONNECTION_ID_FIELD_NUMBER: _ClassVar[int]
    connection_id: str
    def __init__(self, connection_id: _Optional[str] = ...) -> None: ...

class CheckConnectionResponse(_message.Message):
    __slots__ = ("checks", "ok", "connection", "read_info")
    CHECKS_FIELD_NUMBER: _ClassVar[int]
    OK_FIELD_NUMBER: _ClassVar[int]
    CONNECTION_FIELD_NUMBER: _ClassVar[int]
    READ_INFO_FIELD_NUMBER: _ClassVar[int]
    checks: _containers.RepeatedCompositeFieldContainer[_brokers_pb2.ConnectionCheck]
    ok: bool
    connection: _brokers_pb2.Connection
    read_info: _read_info_pb2.ReadInfo
    def __init__(self, checks: _Optional[_Iterable[_Union[_brokers_pb2.ConnectionCheck, _Mapping]]] = ..., ok: bool = ..., connection: _Optional[_Union[_brokers_pb2.Connection, _Mapping]] = ..., read_info: _Optional[_Union[_read_info_pb2.ReadInfo, _Mapping]] = ...) -> None: ...

class ReconcileRequest(_message.Message):
    __slots__ = ("account_id", "connection_id")
    ACCOUNT_ID_FIELD_NUMBER: _ClassVar[int]
    CONNECTION_ID_FIELD_NUMBER: _ClassVar[int]
    account_id: str
    connection_id: str
    def __init__(self, account_id: _Optional[str] = ..., connection_id: _Optional[str] = ...) -> None: ...

class Reconciliation(_message.Message):
    __slots__ = ("account_id", "ok", "detail", "event_count", "breaks")
    ACCOUNT_ID_FIELD_NUMBER: _ClassVar[int]
    OK_FIELD_NUMBER: _ClassVar[int]
    DETAIL_FIELD_NUMBER: _ClassVar[int]
    EVENT_COUNT_FIELD_NUMBER: _ClassVar[int]
    BREAKS_FIELD_NUMBER: _ClassVar[int]
    account_id: str
    ok: bool
    detail: str
    event_count: int
    breaks: _containers.RepeatedCompositeFieldContainer[_breaks_pb2.Break]
    def __init__(self, account_id: _Optional[str] = ..., ok: bool = ..., detail: _Optional[str] = ..., event_count: _Optional[int] = ..., breaks: _Optional[_Iterable[_Union[_breaks_pb2.Break, _Mapping]]] = ...) -> None: ...

class ReconcileResponse(_message.Message):
    __slots__ = ("reconciliations", "read_info")
    RECONCILIATIONS_FIELD_NUMBER: _ClassVar[int]
    READ_INFO_FIELD_NUMBER: _ClassVar[int]
    reconciliations: _containers.RepeatedCompositeFieldContainer[Reconciliation]
    read_info: _read_info_pb2.ReadInfo
    def __init__(self, reconciliations: _Optional[_Iterable[_Union[Reconciliation, _Mapping]]] = ..., read_info: _Optional[_Union[_read_info_pb2.ReadInfo, _Mapping]] = ...) -> None: ...

class ListBreaksRequest(_message.Message):
    __slots__ = ("account_ids", "types", "states", "page_size", "page_token")
    ACCOUNT_IDS_FIELD_NUMBER: _ClassVar[int]
    TYPES_FIELD_NUMBER: _ClassVar[int]
    STATES_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    account_ids: _containers.RepeatedScalarFieldContainer[str]
    types: _containers.RepeatedScalarFieldContainer[_breaks_pb2.BreakType]
    states: _containers.RepeatedScalarFieldContainer[_breaks_pb2.BreakState]
    page_size: int
    page_token: str
    def __init__(self, account_ids: _Optional[_Iterable[str]] = ..., types: _Optional[_Iterable[_Union[_breaks_pb2.BreakType, str]]] = ..., states: _Optional[_Iterable[_Union[_breaks_pb2.BreakState, str]]] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListBreaksResponse(_message.Message):
    __slots__ = ("breaks", "next_page_token", "read_info")
    BREAKS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    READ_INFO_FIELD_NUMBER: _ClassVar[int]
    breaks: _containers.RepeatedCompositeFieldContainer[_breaks_pb2.Break]
    next_page_token: str
    read_info: _read_info_pb2.ReadInfo
    def __init__(self, breaks: _Optional[_Iterable[_Union[_breaks_pb2.Break, _Mapping]]] = ..., next_page_token: _Optional[str] = ..., read_info: _Optional[_Union[_read_info_pb2.ReadInfo, _Mapping]] = ...) -> None: ...

class ResolveBreakRequest(_message.Message):
    __slots__ = ("account_id", "break_id", "resolution", "order_state", "resolved_by", "note")
    ACCOUNT_ID_FIELD_NUMBER: _ClassVar[int]
    BREAK_ID_FIELD_NUMBER: _ClassVar[int]
    RESOLUTION_FIELD_NUMBER: _ClassVar[int]
    ORDER_STATE_FIELD_NUMBER: _ClassVar[int]
    RESOLVED_BY_FIELD_NUMBER: _ClassVar[int]
    NOTE_FIELD_NUMBER: _ClassVar[int]
    account_id: str
    break_id: str
    resolution: _breaks_pb2.BreakResolution
    order_state: _orders_pb2.OrderState
    resolved_by: str
    note: str
    def __init__(self, account_id: _Optional[str] = ..., break_id: _Optional[str] = ..., resolution: _Optional[_Union[_breaks_pb2.BreakResolution, str]] = ..., order_state: _Optional[_Union[_orders_pb2.OrderState, str]] = ..., resolved_by: _Optional[str] = ..., note: _Optional[str] = ...) -> None: ...

class ResolveBreakResponse(_message.Message):
    __slots__ = ("break_record", "read_info")
    BREAK_RECORD_FIELD_NUMBER: _ClassVar[int]
    READ_INFO_FIELD_NUMBER: _ClassVar[int]
    break_record: _breaks_pb2.Break
    read_info: _read_info_pb2.ReadInfo
    def __init__(self, break_record: _Optional[_Union[_breaks_pb2.Break, _Mapping]] = ..., read_info: _Optional[_Union[_read_info_pb2.ReadInfo, _Mapping]] = ...) -> None: ...
