import datetime

from brokerwire.v1 import accounts_pb2 as _accounts_pb2
from brokerwire.v1 import brokers_pb2 as _brokers_pb2
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
