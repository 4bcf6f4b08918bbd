import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class LinkState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    LINK_STATE_UNSPECIFIED: _ClassVar[LinkState]
    LINK_STATE_UP: _ClassVar[LinkState]
    LINK_STATE_DEGRADED: _ClassVar[LinkState]
    LINK_STATE_DOWN: _ClassVar[LinkState]
    LINK_STATE_AUTH_REQUIRED: _ClassVar[LinkState]
    LINK_STATE_MAINTENANCE: _ClassVar[LinkState]

class FeedKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    FEED_KIND_UNSPECIFIED: _ClassVar[FeedKind]
    FEED_KIND_PUSH: _ClassVar[FeedKind]
    FEED_KIND_POLL: _ClassVar[FeedKind]
    FEED_KIND_PUSH_AND_POLL: _ClassVar[FeedKind]

class SortOrder(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SORT_ORDER_UNSPECIFIED: _ClassVar[SortOrder]
    SORT_ORDER_NEWEST_FIRST: _ClassVar[SortOrder]
    SORT_ORDER_OLDEST_FIRST: _ClassVar[SortOrder]
LINK_STATE_UNSPECIFIED: LinkState
LINK_STATE_UP: LinkState
LINK_STATE_DEGRADED: LinkState
LINK_STATE_DOWN: LinkState
LINK_STATE_AUTH_REQUIRED: LinkState
LINK_STATE_MAINTENANCE: LinkState
FEED_KIND_UNSPECIFIED: FeedKind
FEED_KIND_PUSH: FeedKind
FEED_KIND_POLL: FeedKind
FEED_KIND_PUSH_AND_POLL: FeedKind
SORT_ORDER_UNSPECIFIED: SortOrder
SORT_ORDER_NEWEST_FIRST: SortOrder
SORT_ORDER_OLDEST_FIRST: SortOrder

class AccountSequence(_message.Message):
    __slots__ = ("account_id", "sequence")
    ACCOUNT_ID_FIELD_NUMBER: _ClassVar[int]
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    account_id: str
    sequence: int
    def __init__(self, account_id: _Optional[str] = ..., sequence: _Optional[int] = ...) -> None: ...

class AccountSync(_message.Message):
    __slots__ = ("account_id", "link", "feed", "last_upstream_time", "last_verified_time", "unresolved_order_count", "open_break_count", "detail")
    ACCOUNT_ID_FIELD_NUMBER: _ClassVar[int]
    LINK_FIELD_NUMBER: _ClassVar[int]
    FEED_FIELD_NUMBER: _ClassVar[int]
    LAST_UPSTREAM_TIME_FIELD_NUMBER: _ClassVar[int]
    LAST_VERIFIED_TIME_FIELD_NUMBER: _ClassVar[int]
    UNRESOLVED_ORDER_COUNT_FIELD_NUMBER: _ClassVar[int]
    OPEN_BREAK_COUNT_FIELD_NUMBER: _ClassVar[int]
    DETAIL_FIELD_NUMBER: _ClassVar[int]
    account_id: str
    link: LinkState
    feed: FeedKind
    last_upstream_time: _timestamp_pb2.Timestamp
    last_verified_time: _timestamp_pb2.Timestamp
    unresolved_order_count: int
    open_break_count: int
    detail: str
    def __init__(self, account_id: _Optional[str] = ..., link: _Optional[_Union[LinkState, str]] = ..., feed: _Optional[_Union[FeedKind, str]] = ..., last_upstream_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., last_verified_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., unresolved_order_count: _Optional[int] = ..., open_break_count: _Optional[int] = ..., detail: _Optional[str] = ...) -> None: ...

class ReadInfo(_message.Message):
    __slots__ = ("sequences", "as_of_time", "accounts")
    SEQUENCES_FIELD_NUMBER: _ClassVar[int]
    AS_OF_TIME_FIELD_NUMBER: _ClassVar[int]
    ACCOUNTS_FIELD_NUMBER: _ClassVar[int]
    sequences: _containers.RepeatedCompositeFieldContainer[AccountSequence]
    as_of_time: _timestamp_pb2.Timestamp
    accounts: _containers.RepeatedCompositeFieldContainer[AccountSync]
    def __init__(self, sequences: _Optional[_Iterable[_Union[AccountSequence, _Mapping]]] = ..., as_of_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., accounts: _Optional[_Iterable[_Union[AccountSync, _Mapping]]] = ...) -> None: ...
