from brokerwire.v1 import access_pb2 as _access_pb2
from brokerwire.v1 import read_info_pb2 as _read_info_pb2
from brokerwire.v1 import system_pb2 as _system_pb2
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class RotateVaultKeysRequest(_message.Message):
    __slots__ = ("data_keys",)
    DATA_KEYS_FIELD_NUMBER: _ClassVar[int]
    data_keys: bool
    def __init__(self, data_keys: bool = ...) -> None: ...

class RotateVaultKeysResponse(_message.Message):
    __slots__ = ("sealed_count", "key_id", "read_info")
    SEALED_COUNT_FIELD_NUMBER: _ClassVar[int]
    KEY_ID_FIELD_NUMBER: _ClassVar[int]
    READ_INFO_FIELD_NUMBER: _ClassVar[int]
    sealed_count: int
    key_id: str
    read_info: _read_info_pb2.ReadInfo
    def __init__(self, sealed_count: _Optional[int] = ..., key_id: _Optional[str] = ..., read_info: _Optional[_Union[_read_info_pb2.ReadInfo, _Mapping]] = ...) -> None: ...

class GetServerInfoRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class GetServerInfoResponse(_message.Message):
    __slots__ = ("server", "read_info")
    SERVER_FIELD_NUMBER: _ClassVar[int]
    READ_INFO_FIELD_NUMBER: _ClassVar[int]
    server: _system_pb2.ServerInfo
    read_info: _read_info_pb2.ReadInfo
    def __init__(self, server: _Optional[_Union[_system_pb2.ServerInfo, _Mapping]] = ..., read_info: _Optional[_Union[_read_info_pb2.ReadInfo, _Mapping]] = ...) -> None: ...
