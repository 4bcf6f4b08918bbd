from google.protobuf import descriptor_pb2 as _descriptor_pb2
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Role(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ROLE_UNSPECIFIED: _ClassVar[Role]
    ROLE_READ: _ClassVar[Role]
    ROLE_TRADE: _ClassVar[Role]
    ROLE_RISK: _ClassVar[Role]
    ROLE_ADMIN: _ClassVar[Role]

class Action(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ACTION_UNSPECIFIED: _ClassVar[Action]
    ACTION_SUBMIT: _ClassVar[Action]
    ACTION_REPLACE: _ClassVar[Action]
    ACTION_CANCEL: _ClassVar[Action]
ROLE_UNSPECIFIED: Role
ROLE_READ: Role
ROLE_TRADE: Role
ROLE_RISK: Role
ROLE_ADMIN: Role
ACTION_UNSPECIFIED: Action
ACTION_SUBMIT: Action
ACTION_REPLACE: Action
ACTION_CANCEL: Action
POLICY_FIELD_NUMBER: _ClassVar[int]
policy: _descriptor.FieldDescriptor

class MethodPolicy(_message.Message):
    __slots__ = ("role", "second_factor", "whole_gateway")
    ROLE_FIELD_NUMBER: _ClassVar[int]
    SECOND_FACTOR_FIELD_NUMBER: _ClassVar[int]
    WHOLE_GATEWAY_FIELD_NUMBER: _ClassVar[int]
    role: Role
    second_factor: bool
    whole_gateway: bool
    def __init__(self, role: _Optional[_Union[Role, str]] = ..., second_factor: bool = ..., whole_gateway: bool = ...) -> None: ...
