import datetime

from brokerwire.v1 import access_pb2 as _access_pb2
from brokerwire.v1 import accounts_pb2 as _accounts_pb2
from brokerwire.v1 import decimal_pb2 as _decimal_pb2
from brokerwire.v1 import read_info_pb2 as _read_info_pb2
from brokerwire.v1 import streams_pb2 as _streams_pb2
from google.protobuf import duration_pb2 as _duration_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class PortfolioPointSource(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    PORTFOLIO_POINT_SOURCE_UNSPECIFIED: _ClassVar[PortfolioPointSource]
    PORTFOLIO_POINT_SOURCE_JOURNAL: _ClassVar[PortfolioPointSource]
    PORTFOLIO_POINT_SOURCE_BROKER: _ClassVar[PortfolioPointSource]
PORTFOLIO_POINT_SOURCE_UNSPECIFIED: PortfolioPointSource
PORTFOLIO_POINT_SOURCE_JOURNAL: PortfolioPointSource
PORTFOLIO_POINT_SOURCE_BROKER: PortfolioPointSource

class ListAccountsRequest(_message.Message):
    __slots__ = ("broker", "connection_id", "page_size", "page_token", "min_sequences")
    BROKER_FIELD_NUMBER: _ClassVar[int]
    CONNECTION_ID_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    MIN_SEQUENCES_FIELD_NUMBER: _ClassVar[int]
    broker: str
    connection_id: str
    page_size: int
    page_token: str
    min_sequences: _containers.RepeatedCompositeFieldContainer[_read_info_pb2.AccountSequence]
    def __init__(self, broker: _Optional[str] = ..., connection_id: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., min_sequences: _Optional[_Iterable[_Union[_read_info_pb2.AccountSequence, _Mapping]]] = ...) -> None: ...

class ListAccountsResponse(_message.Message):
    __slots__ = ("accounts", "next_page_token", "unreachable", "read_info")
    ACCOUNTS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    UNREACHABLE_FIELD_NUMBER: _ClassVar[int]
    READ_INFO_FIELD_NUMBER: _ClassVar[int]
    accounts: _containers.RepeatedCompositeFieldContainer[_accounts_pb2.Account]
    next_page_token: str
    unreachable: _containers.RepeatedScalarFieldContainer[str]
    read_info: _read_info_pb2.ReadInfo
    def __init__(self, accounts: _Optional[_Iterable[_Union[_accounts_pb2.Account, _Mapping]]] = ..., next_page_token: _Optional[str] = ..., unreachable: _Optional[_Iterable[str]] = ..., read_info: _Optional[_Union[_read_info_pb2.ReadInfo, _Mapping]] = ...) -> None: ...

class GetAccountRequest(_message.Message):
    __slots__ = ("account_id", "min_sequence")
    ACCOUNT_ID_FIELD_NUMBER: _ClassVar[int]
    MIN_SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    account_id: str
    min_sequence: int
    def __init__(self, account_id: _Optional[str] = ..., min_sequence: _Optional[int] = ...) -> None: ...

class GetAccountResponse(_message.Message):
    __slots__ = ("account", "read_info")
    ACCOUNT_FIELD_NUMBER: _ClassVar[int]
    READ_INFO_FIELD_NUMBER: _ClassVar[int]
    account: _accounts_pb2.Account
    read_info: _read_info_pb2.ReadInfo
    def __init__(self, account: _Optional[_Union[_accounts_pb2.Account, _Mapping]] = ..., read_info: _Optional[_Union[_read_info_pb2.ReadInfo, _Mapping]] = ...) -> None: ...

class GetPortfolioRequest(_message.Message):
    __slots__ = ("account_ids", "environment", "min_sequences")
    ACCOUNT_IDS_FIELD_NUMBER: _ClassVar[int]
    ENVIRONMENT_FIELD_NUMBER: _ClassVar[int]
    MIN_SEQUENCES_FIELD_NUMBER: _ClassVar[int]
    account_ids: _containers.RepeatedScalarFieldContainer[str]
    environment: _accounts_pb2.Environment
    min_sequences: _containers.RepeatedCompositeFieldContainer[_read_info_pb2.AccountSequence]
    def __init__(self, account_ids: _Optional[_Iterable[str]] = ..., environment: _Optional[_Union[_accounts_pb2.Environment, str]] = ..., min_sequences: _Optional[_Iterable[_Union[_read_info_pb2.AccountSequence, _Mapping]]] = ...) -> None: ...

class GetPortfolioResponse(_message.Message):
    __slots__ = ("totals", "accounts", "position_count", "unreachable", "read_info")
    TOTALS_FIELD_NUMBER: _ClassVar[int]
    ACCOUNTS_FIELD_NUMBER: _ClassVar[int]
    POSITION_COUNT_FIELD_NUMBER: _ClassVar[int]
    UNREACHABLE_FIELD_NUMBER: _ClassVar[int]
    READ_INFO_FIELD_NUMBER: _ClassVar[int]
    totals: _containers.RepeatedCompositeFieldContainer[_accounts_pb2.Balances]
    accounts: _containers.RepeatedCompositeFieldContainer[_accounts_pb2.Account]
    position_count: int
    unreachable: _containers.RepeatedScalarFieldContainer[str]
    read_info: _read_info_pb2.ReadInfo
    def __init__(self, totals: _Optional[_Iterable[_Union[_accounts_pb2.Balances, _Mapping]]] = ..., accounts: _Optional[_Iterable[_Union[_accounts_pb2.Account, _Mapping]]] = ..., position_count: _Optional[int] = ..., unreachable: _Optional[_Iterable[str]] = ..., read_info: _Optional[_Union[_read_info_pb2.ReadInfo, _Mapping]] = ...) -> None: ...

class GetPortfolioHistoryRequest(_message.Message):
    __slots__ = ("account_id", "start_time", "end_time", "period", "timeframe", "min_sequence")
    ACCOUNT_ID_FIELD_NUMBER: _ClassVar[int]
    START_TIME_FIELD_NUMBER: _ClassVar[int]
    END_TIME_FIELD_NUMBER: _ClassVar[int]
    PERIOD_FIELD_NUMBER: _ClassVar[int]
    TIMEFRAME_FIELD_NUMBER: _ClassVar[int]
    MIN_SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    account_id: str
    start_time: _timestamp_pb2.Timestamp
    end_time: _timestamp_pb2.Timestamp
    period: _duration_pb2.Duration
    timeframe: _duration_pb2.Duration
    min_sequence: int
    def __init__(self, account_id: _Optional[str] = ..., start_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., end_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., period: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., timeframe: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., min_sequence: _Optional[int] = ...) -> None: ...

class PortfolioPoint(_message.Message):
    __slots__ = ("time", "equity", "profit_loss", "profit_loss_percent", "cash", "source")
    TIME_FIELD_NUMBER: _ClassVar[int]
    EQUITY_FIELD_NUMBER: _ClassVar[int]
    PROFIT_LOSS_FIELD_NUMBER: _ClassVar[int]
    PROFIT_LOSS_PERCENT_FIELD_NUMBER: _ClassVar[int]
    CASH_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    time: _timestamp_pb2.Timestamp
    equity: _decimal_pb2.Decimal
    profit_loss: _decimal_pb2.Decimal
    profit_loss_percent: _decimal_pb2.Decimal
    cash: _decimal_pb2.Decimal
    source: PortfolioPointSource
    def __init__(self, time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., equity: _Optional[_Union[_decimal_pb2.Decimal, _Mapping]] = ..., profit_loss: _Optional[_Union[_decimal_pb2.Decimal, _Mapping]] = ..., profit_loss_percent: _Optional[_Union[_decimal_pb2.Decimal, _Mapping]] = ..., cash: _Optional[_Union[_decimal_pb2.Decimal, _Mapping]] = ..., source: _Optional[_Union[PortfolioPointSource, str]] = ...) -> None: ...

class GetPortfolioHistoryResponse(_message.Message):
    __slots__ = ("points", "base_value", "base_time", "currency_code", "timeframe", "unreachable", "read_info")
    POINTS_FIELD_NUMBER: _ClassVar[int]
    BASE_VALUE_FIELD_NUMBER: _ClassVar[int]
    BASE_TIME_FIELD_NUMBER: _ClassVar[int]
    CURRENCY_CODE_FIELD_NUMBER: _ClassVar[int]
    TIMEFRAME_FIELD_NUMBER: _ClassVar[int]
    UNREACHABLE_FIELD_NUMBER: _ClassVar[int]
    READ_INFO_FIELD_NUMBER: _ClassVar[int]
    points: _containers.RepeatedCompositeFieldContainer[PortfolioPoint]
    base_value: _decimal_pb2.Decimal
    base_time: _timestamp_pb2.Timestamp
    currency_code: str
    timeframe: _duration_pb2.Duration
    unreachable: _containers.RepeatedScalarFieldContainer[str]
    read_info: _read_info_pb2.ReadInfo
    def __init__(self, points: _Optional[_Iterable[_Union[PortfolioPoint, _Mapping]]] = ..., base_value: _Optional[_Union[_decimal_pb2.Decimal, _Mapping]] = ..., base_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., currency_code: _Optional[str] = ..., timeframe: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., unreachable: _Optional[_Iterable[str]] = ..., read_info: _Optional[_Union[_read_info_pb2.ReadInfo, _Mapping]] = ...) -> None: ...

class ListActivitiesRequest(_message.Message):
    __slots__ = ("account_ids", "types", "after_time", "before_time", "sort_order", "page_size", "page_token", "min_sequences")
    ACCOUNT_IDS_FIELD_NUMBER: _ClassVar[int]
    TYPES_FIELD_NUMBER: _ClassVar[int]
    AFTER_TIME_FIELD_NUMBER: _ClassVar[int]
    BEFORE_TIME_FIELD_NUMBER: _ClassVar[int]
    SORT_ORDER_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    MIN_SEQUENCES_FIELD_NUMBER: _ClassVar[int]
    account_ids: _containers.RepeatedScalarFieldContainer[str]
    types: _containers.RepeatedScalarFieldContainer[_accounts_pb2.ActivityType]
    after_time: _timestamp_pb2.Timestamp
    before_time: _timestamp_pb2.Timestamp
    sort_order: _read_info_pb2.SortOrder
    page_size: int
    page_token: str
    min_sequences: _containers.RepeatedCompositeFieldContainer[_read_info_pb2.AccountSequence]
    def __init__(self, account_ids: _Optional[_Iterable[str]] = ..., types: _Optional[_Iterable[_Union[_accounts_pb2.ActivityType, str]]] = ..., after_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., before_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., sort_order: _Optional[_Union[_read_info_pb2.SortOrder, str]] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., min_sequences: _Optional[_Iterable[_Union[_read_info_pb2.AccountSequence, _Mapping]]] = ...) -> None: ...

class ListActivitiesResponse(_message.Message):
    __slots__ = ("activities", "next_page_token", "unreachable", "read_info")
    ACTIVITIES_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    UNREACHABLE_FIELD_NUMBER: _ClassVar[int]
    READ_INFO_FIELD_NUMBER: _ClassVar[int]
    activities: _containers.RepeatedCompositeFieldContainer[_accounts_pb2.Activity]
    next_page_token: str
    unreachable: _containers.RepeatedScalarFieldContainer[str]
    read_info: _read_info_pb2.ReadInfo
    def __init__(self, activities: _Optional[_Iterable[_Union[_accounts_pb2.Activity, _Mapping]]] = ..., next_page_token: _Optional[str] = ..., unreachable: _Optional[_Iterable[str]] = ..., read_info: _Optional[_Union[_read_info_pb2.ReadInfo, _Mapping]] = ...) -> None: ...

class StreamAccountsRequest(_message.Message):
    __slots__ = ("options", "account_ids", "include_price_changes")
    OPTIONS_FIELD_NUMBER: _ClassVar[int]
    ACCOUNT_IDS_FIELD_NUMBER: _ClassVar[int]
    INCLUDE_PRICE_CHANGES_FIELD_NUMBER: _ClassVar[int]
    options: _streams_pb2.StreamOptions
    account_ids: _containers.RepeatedScalarFieldContainer[str]
    include_price_changes: bool
    def __init__(self, options: _Optional[_Union[_streams_pb2.StreamOptions, _Mapping]] = ..., account_ids: _Optional[_Iterable[str]] = ..., include_price_changes: bool = ...) -> None: ...

class StreamAccountsItem(_message.Message):
    __slots__ = ("event", "snapshot", "control")
    EVENT_FIELD_NUMBER: _ClassVar[int]
    SNAPSHOT_FIELD_NUMBER: _ClassVar[int]
    CONTROL_FIELD_NUMBER: _ClassVar[int]
    event: _accounts_pb2.AccountEvent
    snapshot: _accounts_pb2.Account
    control: _streams_pb2.StreamControl
    def __init__(self, event: _Optional[_Union[_accounts_pb2.AccountEvent, _Mapping]] = ..., snapshot: _Optional[_Union[_accounts_pb2.Account, _Mapping]] = ..., control: _Optional[_Union[_streams_pb2.StreamControl, _Mapping]] = ...) -> None: ...

class StreamAccountsResponse(_message.Message):
    __slots__ = ("items", "resume_token", "publish_time")
    ITEMS_FIELD_NUMBER: _ClassVar[int]
    RESUME_TOKEN_FIELD_NUMBER: _ClassVar[int]
    PUBLISH_TIME_FIELD_NUMBER: _ClassVar[int]
    items: _containers.RepeatedCompositeFieldContainer[StreamAccountsItem]
    resume_token: str
    publish_time: _timestamp_pb2.Timestamp
    def __init__(self, items: _Optional[_Iterable[_Union[StreamAccountsItem, _Mapping]]] = ..., resume_token: _Optional[str] = ..., publish_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...
