import datetime

from brokerwire.v1 import accounts_pb2 as _accounts_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Listener(_message.Message):
    __slots__ = ("protocol", "address", "tls")
    PROTOCOL_FIELD_NUMBER: _ClassVar[int]
    ADDRESS_FIELD_NUMBER: _ClassVar[int]
    TLS_FIELD_NUMBER: _ClassVar[int]
    protocol: str
    address: str
    tls: bool
    def __init__(self, protocol: _Optional[str] = ..., address: _Optional[str] = ..., tls: bool = ...) -> None: ...

class ServerInfo(_message.Message):
    __slots__ = ("version", "api_revision", "instance_id", "start_time", "journal_epoch", "features", "environment", "banner", "listeners", "runtime_versions")
    class RuntimeVersionsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    VERSION_FIELD_NUMBER: _ClassVar[int]
    API_REVISION_FIELD_NUMBER: _ClassVar[int]
    INSTANCE_ID_FIELD_NUMBER: _ClassVar[int]
    START_TIME_FIELD_NUMBER: _ClassVar[int]
    JOURNAL_EPOCH_FIELD_NUMBER: _ClassVar[int]
    FEATURES_FIELD_NUMBER: _ClassVar[int]
    ENVIRONMENT_FIELD_NUMBER: _ClassVar[int]
    BANNER_FIELD_NUMBER: _ClassVar[int]
    LISTENERS_FIELD_NUMBER: _ClassVar[int]
    RUNTIME_VERSIONS_FIELD_NUMBER: _ClassVar[int]
    version: str
    api_revision: int
    instance_id: str
    start_time: _timestamp_pb2.Timestamp
    journal_epoch: str
    features: _containers.RepeatedScalarFieldContainer[str]
    environment: _accounts_pb2.Environment
    banner: str
    listeners: _containers.RepeatedCompositeFieldContainer[Listener]
    runtime_versions: _containers.ScalarMap[str, str]
    def __init__(self, version: _Optional[str] = ..., api_revision: _Optional[int] = ..., instance_id: _Optional[str] = ..., start_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., journal_epoch: _Optional[str] = ..., features: _Optional[_Iterable[str]] = ..., environment: _Optional[_Union[_accounts_pb2.Environment, str]] = ..., banner: _Optional[str] = ..., listeners: _Optional[_Iterable[_Union[Listener, _Mapping]]] = ..., runtime_versions: _Optional[_Mapping[str, str]] = ...) -> None: ...
