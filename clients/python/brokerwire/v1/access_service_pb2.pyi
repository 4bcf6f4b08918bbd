import datetime

from brokerwire.v1 import access_pb2 as _access_pb2
from brokerwire.v1 import decimal_pb2 as _decimal_pb2
from brokerwire.v1 import instruments_pb2 as _instruments_pb2
from brokerwire.v1 import read_info_pb2 as _read_info_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Principal(_message.Message):
    __slots__ = ("name", "roles", "account_ids", "actions", "asset_classes", "maximum_notional", "quota", "disabled", "second_factor_enrolled", "create_time", "update_time")
    NAME_FIELD_NUMBER: _ClassVar[int]
    ROLES_FIELD_NUMBER: _ClassVar[int]
    ACCOUNT_IDS_FIELD_NUMBER: _ClassVar[int]
    ACTIONS_FIELD_NUMBER: _ClassVar[int]
    ASSET_CLASSES_FIELD_NUMBER: _ClassVar[int]
    MAXIMUM_NOTIONAL_FIELD_NUMBER: _ClassVar[int]
    QUOTA_FIELD_NUMBER: _ClassVar[int]
    DISABLED_FIELD_NUMBER: _ClassVar[int]
    SECOND_FACTOR_ENROLLED_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    UPDATE_TIME_FIELD_NUMBER: _ClassVar[int]
    name: str
    roles: _containers.RepeatedScalarFieldContainer[_access_pb2.Role]
    account_ids: _containers.RepeatedScalarFieldContainer[str]
    actions: _containers.RepeatedScalarFieldContainer[_access_pb2.Action]
    asset_classes: _containers.RepeatedScalarFieldContainer[_instruments_pb2.AssetClass]
    maximum_notional: _decimal_pb2.Decimal
    quota: PrincipalQuota
    disabled: bool
    second_factor_enrolled: bool
    create_time: _timestamp_pb2.Timestamp
    update_time: _timestamp_pb2.Timestamp
    def __init__(self, name: _Optional[str] = ..., roles: _Optional[_Iterable[_Union[_access_pb2.Role, str]]] = ..., account_ids: _Optional[_Iterable[str]] = ..., actions: _Optional[_Iterable[_Union[_access_pb2.Action, str]]] = ..., asset_classes: _Optional[_Iterable[_Union[_instruments_pb2.AssetClass, str]]] = ..., maximum_notional: _Optional[_Union[_decimal_pb2.Decimal, _Mapping]] = ..., quota: _Optional[_Union[PrincipalQuota, _Mapping]] = ..., disabled: bool = ..., second_factor_enrolled: bool = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., update_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class PrincipalQuota(_message.Message):
    __slots__ = ("calls_per_second", "orders_per_second", "cancels_per_second", "streams")
    CALLS_PER_SECOND_FIELD_NUMBER: _ClassVar[int]
    ORDERS_PER_SECOND_FIELD_NUMBER: _ClassVar[int]
    CANCELS_PER_SECOND_FIELD_NUMBER: _ClassVar[int]
    STREAMS_FIELD_NUMBER: _ClassVar[int]
    calls_per_second: int
    orders_per_second: int
    cancels_per_second: int
    streams: int
    def __init__(self, calls_per_second: _Optional[int] = ..., orders_per_second: _Optional[int] = ..., cancels_per_second: _Optional[int] = ..., streams: _Optional[int] = ...) -> None: ...

class Token(_message.Message):
    __slots__ = ("token_id", "principal", "description", "allowed_addresses", "create_time", "expire_time", "revoke_time", "created_by")
    TOKEN_ID_FIELD_NUMBER: _ClassVar[int]
    PRINCIPAL_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    ALLOWED_ADDRESSES_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    EXPIRE_TIME_FIELD_NUMBER: _ClassVar[int]
    REVOKE_TIME_FIELD_NUMBER: _ClassVar[int]
    CREATED_BY_FIELD_NUMBER: _ClassVar[int]
    token_id: str
    principal: str
    description: str
    allowed_addresses: _containers.RepeatedScalarFieldContainer[str]
    create_time: _timestamp_pb2.Timestamp
    expire_time: _timestamp_pb2.Timestamp
    revoke_time: _timestamp_pb2.Timestamp
    created_by: str
    def __init__(self, token_id: _Optional[str] = ..., principal: _Optional[str] = ..., description: _Optional[str] = ..., allowed_addresses: _Optional[_Iterable[str]] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., expire_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., revoke_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., created_by: _Optional[str] = ...) -> None: ...

class WhoAmIRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class WhoAmIResponse(_message.Message):
    __slots__ = ("principal", "read_info")
    PRINCIPAL_FIELD_NUMBER: _ClassVar[int]
    READ_INFO_FIELD_NUMBER: _ClassVar[int]
    principal: Principal
    read_info: _read_info_pb2.ReadInfo
    def __init__(self, principal: _Optional[_Union[Principal, _Mapping]] = ..., read_info: _Optional[_Union[_read_info_pb2.ReadInfo, _Mapping]] = ...) -> None: ...

class ListPrincipalsRequest(_message.Message):
    __slots__ = ("page_size", "page_token")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListPrincipalsResponse(_message.Message):
    __slots__ = ("principals", "next_page_token", "read_info")
    PRINCIPALS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    READ_INFO_FIELD_NUMBER: _ClassVar[int]
    principals: _containers.RepeatedCompositeFieldContainer[Principal]
    next_page_token: str
    read_info: _read_info_pb2.ReadInfo
    def __init__(self, principals: _Optional[_Iterable[_Union[Principal, _Mapping]]] = ..., next_page_token: _Optional[str] = ..., read_info: _Optional[_Union[_read_info_pb2.ReadInfo, _Mapping]] = ...) -> None: ...

class CreatePrincipalRequest(_message.Message):
    __slots__ = ("principal",)
    PRINCIPAL_FIELD_NUMBER: _ClassVar[int]
    principal: Principal
    def __init__(self, principal: _Optional[_Union[Principal, _Mapping]] = ...) -> None: ...

class CreatePrincipalResponse(_message.Message):
    __slots__ = ("principal", "read_info")
    PRINCIPAL_FIELD_NUMBER: _ClassVar[int]
    READ_INFO_FIELD_NUMBER: _ClassVar[int]
    principal: Principal
    read_info: _read_info_pb2.ReadInfo
    def __init__(self, principal: _Optional[_Union[Principal, _Mapping]] = ..., read_info: _Optional[_Union[_read_info_pb2.ReadInfo, _Mapping]] = ...) -> None: ...

class UpdatePrincipalRequest(_message.Message):
    __slots__ = ("principal",)
    PRINCIPAL_FIELD_NUMBER: _ClassVar[int]
    principal: Principal
    def __init__(self, principal: _Optional[_Union[Principal, _Mapping]] = ...) -> None: ...

class UpdatePrincipalResponse(_message.Message):
    __slots__ = ("principal", "read_info")
    PRINCIPAL_FIELD_NUMBER: _ClassVar[int]
    READ_INFO_FIELD_NUMBER: _ClassVar[int]
    principal: Principal
    read_info: _read_info_pb2.ReadInfo
    def __init__(self, principal: _Optional[_Union[Principal, _Mapping]] = ..., read_info: _Optional[_Union[_read_info_pb2.ReadInfo, _Mapping]] = ...) -> None: ...

class DeletePrincipalRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class DeletePrincipalResponse(_message.Message):
    __slots__ = ("read_info",)
    READ_INFO_FIELD_NUMBER: _ClassVar[int]
    read_info: _read_info_pb2.ReadInfo
    def __init__(self, read_info: _Optional[_Union[_read_info_pb2.ReadInfo, _Mapping]] = ...) -> None: ...

class ListTokensRequest(_message.Message):
    __slots__ = ("principal", "include_ended", "page_size", "page_token")
    PRINCIPAL_FIELD_NUMBER: _ClassVar[int]
    INCLUDE_ENDED_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    principal: str
    include_ended: bool
    page_size: int
    page_token: str
    def __init__(self, principal: _Optional[str] = ..., include_ended: bool = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListTokensResponse(_message.Message):
    __slots__ = ("tokens", "next_page_token", "read_info")
    TOKENS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    READ_INFO_FIELD_NUMBER: _ClassVar[int]
    tokens: _containers.RepeatedCompositeFieldContainer[Token]
    next_page_token: str
    read_info: _read_info_pb2.ReadInfo
    def __init__(self, tokens: _Optional[_Iterable[_Union[Token, _Mapping]]] = ..., next_page_token: _Optional[str] = ..., read_info: _Optional[_Union[_read_info_pb2.ReadInfo, _Mapping]] = ...) -> None: ...

class CreateTokenRequest(_message.Message):
    __slots__ = ("principal", "description", "expire_time", "allowed_addresses")
    PRINCIPAL_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    EXPIRE_TIME_FIELD_NUMBER: _ClassVar[int]
    ALLOWED_ADDRESSES_FIELD_NUMBER: _ClassVar[int]
    principal: str
    description: str
    expire_time: _timestamp_pb2.Timestamp
    allowed_addresses: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, principal: _Optional[str] = ..., description: _Optional[str] = ..., expire_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., allowed_addresses: _Optional[_Iterable[str]] = ...) -> None: ...

class CreateTokenResponse(_message.Message):
    __slots__ = ("token", "bearer_token", "read_info")
    TOKEN_FIELD_NUMBER: _ClassVar[int]
    BEARER_TOKEN_FIELD_NUMBER: _ClassVar[int]
    READ_INFO_FIELD_NUMBER: _ClassVar[int]
    token: Token
    bearer_token: str
    read_info: _read_info_pb2.ReadInfo
    def __init__(self, token: _Optional[_Union[Token, _Mapping]] = ..., bearer_token: _Optional[str] = ..., read_info: _Optional[_Union[_read_info_pb2.ReadInfo, _Mapping]] = ...) -> None: ...

class RevokeTokenRequest(_message.Message):
    __slots__ = ("token_id",)
    TOKEN_ID_FIELD_NUMBER: _ClassVar[int]
    token_id: str
    def __init__(self, token_id: _Optional[str] = ...) -> None: ...

class RevokeTokenResponse(_message.Message):
    __slots__ = ("token", "read_info")
    TOKEN_FIELD_NUMBER: _ClassVar[int]
    READ_INFO_FIELD_NUMBER: _ClassVar[int]
    token: Token
    read_info: _read_info_pb2.ReadInfo
    def __init__(self, token: _Optional[_Union[Token, _Mapping]] = ..., read_info: _Optional[_Union[_read_info_pb2.ReadInfo, _Mapping]] = ...) -> None: ...

class EnrolSecondFactorRequest(_message.Message):
    __slots__ = ("principal",)
    PRINCIPAL_FIELD_NUMBER: _ClassVar[int]
    principal: str
    def __init__(self, principal: _Optional[str] = ...) -> None: ...

class EnrolSecondFactorResponse(_message.Message):
    __slots__ = ("provisioning_uri", "read_info")
    PROVISIONING_URI_FIELD_NUMBER: _ClassVar[int]
    READ_INFO_FIELD_NUMBER: _ClassVar[int]
    provisioning_uri: str
    read_info: _read_info_pb2.ReadInfo
    def __init__(self, provisioning_uri: _Optional[str] = ..., read_info: _Optional[_Union[_read_info_pb2.ReadInfo, _Mapping]] = ...) -> None: ...

class ConfirmSecondFactorRequest(_message.Message):
    __slots__ = ("principal", "code")
    PRINCIPAL_FIELD_NUMBER: _ClassVar[int]
    CODE_FIELD_NUMBER: _ClassVar[int]
    principal: str
    code: str
    def __init__(self, principal: _Optional[str] = ..., code: _Optional[str] = ...) -> None: ...

class ConfirmSecondFactorResponse(_message.Message):
    __slots__ = ("principal", "read_info")
    PRINCIPAL_FIELD_NUMBER: _ClassVar[int]
    READ_INFO_FIELD_NUMBER: _ClassVar[int]
    principal: Principal
    read_info: _read_info_pb2.ReadInfo
    def __init__(self, principal: _Optional[_Union[Principal, _Mapping]] = ..., read_info: _Optional[_Union[_read_info_pb2.ReadInfo, _Mapping]] = ...) -> None: ...

class RemoveSecondFactorRequest(_message.Message):
    __slots__ = ("principal",)
    PRINCIPAL_FIELD_NUMBER: _ClassVar[int]
    principal: str
    def __init__(self, principal: _Optional[str] = ...) -> None: ...

class RemoveSecondFactorResponse(_message.Message):
    __slots__ = ("principal", "read_info")
    PRINCIPAL_FIELD_NUMBER: _ClassVar[int]
    READ_INFO_FIELD_NUMBER: _ClassVar[int]
    principal: Principal
    read_info: _read_info_pb2.ReadInfo
    def __init__(self, principal: _Optional[_Union[Principal, _Mapping]] = ..., read_info: _Optional[_Union[_read_info_pb2.ReadInfo, _Mapping]] = ...) -> None: ...

class SigningKey(_message.Message):
    __slots__ = ("key_id", "principal", "public_key", "description", "create_time", "revoke_time")
    KEY_ID_FIELD_NUMBER: _ClassVar[int]
    PRINCIPAL_FIELD_NUMBER: _ClassVar[int]
    PUBLIC_KEY_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    REVOKE_TIME_FIELD_NUMBER: _ClassVar[int]
    key_id: str
    principal: str
    public_key: bytes
    description: str
    create_time: _timestamp_pb2.Timestamp
    revoke_time: _timestamp_pb2.Timestamp
    def __init__(self, key_id: _Optional[str] = ..., principal: _Optional[str] = ..., public_key: _Optional[bytes] = ..., description: _Optional[str] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., revoke_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class ListSigningKeysRequest(_message.Message):
    __slots__ = ("principal", "include_ended", "page_size", "page_token")
    PRINCIPAL_FIELD_NUMBER: _ClassVar[int]
    INCLUDE_ENDED_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    principal: str
    include_ended: bool
    page_size: int
    page_token: str
    def __init__(self, principal: _Optional[str] = ..., include_ended: bool = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListSigningKeysResponse(_message.Message):
    __slots__ = ("signing_keys", "next_page_token", "read_info")
    SIGNING_KEYS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    READ_INFO_FIELD_NUMBER: _ClassVar[int]
    signing_keys: _containers.RepeatedCompositeFieldContainer[SigningKey]
    next_page_token: str
    read_info: _read_info_pb2.ReadInfo
    def __init__(self, signing_keys: _Optional[_Iterable[_Union[SigningKey, _Mapping]]] = ..., next_page_token: _Optional[str] = ..., read_info: _Optional[_Union[_read_info_pb2.ReadInfo, _Mapping]] = ...) -> None: ...

class AddSigningKeyRequest(_message.Message):
    __slots__ = ("principal", "public_key", "description")
    PRINCIPAL_FIELD_NUMBER: _ClassVar[int]
    PUBLIC_KEY_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    principal: str
    public_key: bytes
    description: str
    def __init__(self, principal: _Optional[str] = ..., public_key: _Optional[bytes] = ..., description: _Optional[str] = ...) -> None: ...

class AddSigningKeyResponse(_message.Message):
    __slots__ = ("signing_key", "read_info")
    SIGNING_KEY_FIELD_NUMBER: _ClassVar[int]
    READ_INFO_FIELD_NUMBER: _ClassVar[int]
    signing_key: SigningKey
    read_info: _read_info_pb2.ReadInfo
    def __init__(self, signing_key: _Optional[_Union[SigningKey, _Mapping]] = ..., read_info: _Optional[_Union[_read_info_pb2.ReadInfo, _Mapping]] = ...) -> None: ...

class RevokeSigningKeyRequest(_message.Message):
    __slots__ = ("key_id",)
    KEY_ID_FIELD_NUMBER: _ClassVar[int]
    key_id: str
    def __init__(self, key_id: _Optional[str] = ...) -> None: ...

class RevokeSigningKeyResponse(_message.Message):
    __slots__ = ("signing_key", "read_info")
    SIGNING_KEY_FIELD_NUMBER: _ClassVar[int]
    READ_INFO_FIELD_NUMBER: _ClassVar[int]
    signing_key: SigningKey
    read_info: _read_info_pb2.ReadInfo
    def __init__(self, signing_key: _Optional[_Union[SigningKey, _Mapping]] = ..., read_info: _Optional[_Union[_read_info_pb2.ReadInfo, _Mapping]] = ...) -> None: ...
