import datetime

from brokerwire.v1 import accounts_pb2 as _accounts_pb2
from brokerwire.v1 import decimal_pb2 as _decimal_pb2
from brokerwire.v1 import instruments_pb2 as _instruments_pb2
from brokerwire.v1 import orders_pb2 as _orders_pb2
from brokerwire.v1 import read_info_pb2 as _read_info_pb2
from google.protobuf import duration_pb2 as _duration_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class SupportLevel(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SUPPORT_LEVEL_UNSPECIFIED: _ClassVar[SupportLevel]
    SUPPORT_LEVEL_TRADING: _ClassVar[SupportLevel]
    SUPPORT_LEVEL_READ_ONLY: _ClassVar[SupportLevel]

class IdempotencyClass(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    IDEMPOTENCY_CLASS_UNSPECIFIED: _ClassVar[IdempotencyClass]
    IDEMPOTENCY_CLASS_FOREVER: _ClassVar[IdempotencyClass]
    IDEMPOTENCY_CLASS_WINDOW: _ClassVar[IdempotencyClass]
    IDEMPOTENCY_CLASS_OPEN_ORDERS: _ClassVar[IdempotencyClass]
    IDEMPOTENCY_CLASS_NONE: _ClassVar[IdempotencyClass]

class ReplaceMode(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    REPLACE_MODE_UNSPECIFIED: _ClassVar[ReplaceMode]
    REPLACE_MODE_IN_PLACE: _ClassVar[ReplaceMode]
    REPLACE_MODE_CANCEL_REPLACE: _ClassVar[ReplaceMode]
    REPLACE_MODE_NONE: _ClassVar[ReplaceMode]

class FillGranularity(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    FILL_GRANULARITY_UNSPECIFIED: _ClassVar[FillGranularity]
    FILL_GRANULARITY_PER_FILL: _ClassVar[FillGranularity]
    FILL_GRANULARITY_CUMULATIVE: _ClassVar[FillGranularity]

class ConnectionOrigin(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CONNECTION_ORIGIN_UNSPECIFIED: _ClassVar[ConnectionOrigin]
    CONNECTION_ORIGIN_BUILT_IN: _ClassVar[ConnectionOrigin]
    CONNECTION_ORIGIN_CONFIGURATION: _ClassVar[ConnectionOrigin]
    CONNECTION_ORIGIN_STORED: _ClassVar[ConnectionOrigin]
SUPPORT_LEVEL_UNSPECIFIED: SupportLevel
SUPPORT_LEVEL_TRADING: SupportLevel
SUPPORT_LEVEL_READ_ONLY: SupportLevel
IDEMPOTENCY_CLASS_UNSPECIFIED: IdempotencyClass
IDEMPOTENCY_CLASS_FOREVER: IdempotencyClass
IDEMPOTENCY_CLASS_WINDOW: IdempotencyClass
IDEMPOTENCY_CLASS_OPEN_ORDERS: IdempotencyClass
IDEMPOTENCY_CLASS_NONE: IdempotencyClass
REPLACE_MODE_UNSPECIFIED: ReplaceMode
REPLACE_MODE_IN_PLACE: ReplaceMode
REPLACE_MODE_CANCEL_REPLACE: ReplaceMode
REPLACE_MODE_NONE: ReplaceMode
FILL_GRANULARITY_UNSPECIFIED: FillGranularity
FILL_GRANULARITY_PER_FILL: FillGranularity
FILL_GRANULARITY_CUMULATIVE: FillGranularity
CONNECTION_ORIGIN_UNSPECIFIED: ConnectionOrigin
CONNECTION_ORIGIN_BUILT_IN: ConnectionOrigin
CONNECTION_ORIGIN_CONFIGURATION: ConnectionOrigin
CONNECTION_ORIGIN_STORED: ConnectionOrigin

class ConnectionField(_message.Message):
    __slots__ = ("name", "about", "secret", "default_value")
    NAME_FIELD_NUMBER: _ClassVar[int]
    ABOUT_FIELD_NUMBER: _ClassVar[int]
    SECRET_FIELD_NUMBER: _ClassVar[int]
    DEFAULT_VALUE_FIELD_NUMBER: _ClassVar[int]
    name: str
    about: str
    secret: bool
    default_value: str
    def __init__(self, name: _Optional[str] = ..., about: _Optional[str] = ..., secret: bool = ..., default_value: _Optional[str] = ...) -> None: ...

class Broker(_message.Message):
    __slots__ = ("broker", "display_name", "support_level", "environments", "asset_classes", "notes", "credential_fields", "setting_fields", "built_in", "unavailable")
    BROKER_FIELD_NUMBER: _ClassVar[int]
    DISPLAY_NAME_FIELD_NUMBER: _ClassVar[int]
    SUPPORT_LEVEL_FIELD_NUMBER: _ClassVar[int]
    ENVIRONMENTS_FIELD_NUMBER: _ClassVar[int]
    ASSET_CLASSES_FIELD_NUMBER: _ClassVar[int]
    NOTES_FIELD_NUMBER: _ClassVar[int]
    CREDENTIAL_FIELDS_FIELD_NUMBER: _ClassVar[int]
    SETTING_FIELDS_FIELD_NUMBER: _ClassVar[int]
    BUILT_IN_FIELD_NUMBER: _ClassVar[int]
    UNAVAILABLE_FIELD_NUMBER: _ClassVar[int]
    broker: str
    display_name: str
    support_level: SupportLevel
    environments: _containers.RepeatedScalarFieldContainer[_accounts_pb2.Environment]
    asset_classes: _containers.RepeatedScalarFieldContainer[_instruments_pb2.AssetClass]
    notes: str
    credential_fields: _containers.RepeatedCompositeFieldContainer[ConnectionField]
    setting_fields: _containers.RepeatedCompositeFieldContainer[ConnectionField]
    built_in: bool
    unavailable: str
    def __init__(self, broker: _Optional[str] = ..., display_name: _Optional[str] = ..., support_level: _Optional[_Union[SupportLevel, str]] = ..., environments: _Optional[_Iterable[_Union[_accounts_pb2.Environment, str]]] = ..., asset_classes: _Optional[_Iterable[_Union[_instruments_pb2.AssetClass, str]]] = ..., notes: _Optional[str] = ..., credential_fields: _Optional[_Iterable[_Union[ConnectionField, _Mapping]]] = ..., setting_fields: _Optional[_Iterable[_Union[ConnectionField, _Mapping]]] = ..., built_in: bool = ..., unavailable: _Optional[str] = ...) -> None: ...

class Connection(_message.Message):
    __slots__ = ("connection_id", "broker", "environment", "link", "feed", "account_ids", "detail", "display_name", "connect_time", "last_upstream_time", "last_verified_time", "reconnect_count", "support_level", "update_time", "origin", "settings")
    class SettingsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    CONNECTION_ID_FIELD_NUMBER: _ClassVar[int]
    BROKER_FIELD_NUMBER: _ClassVar[int]
    ENVIRONMENT_FIELD_NUMBER: _ClassVar[int]
    LINK_FIELD_NUMBER: _ClassVar[int]
    FEED_FIELD_NUMBER: _ClassVar[int]
    ACCOUNT_IDS_FIELD_NUMBER: _ClassVar[int]
    DETAIL_FIELD_NUMBER: _ClassVar[int]
    DISPLAY_NAME_FIELD_NUMBER: _ClassVar[int]
    CONNECT_TIME_FIELD_NUMBER: _ClassVar[int]
    LAST_UPSTREAM_TIME_FIELD_NUMBER: _ClassVar[int]
    LAST_VERIFIED_TIME_FIELD_NUMBER: _ClassVar[int]
    RECONNECT_COUNT_FIELD_NUMBER: _ClassVar[int]
    SUPPORT_LEVEL_FIELD_NUMBER: _ClassVar[int]
    UPDATE_TIME_FIELD_NUMBER: _ClassVar[int]
    ORIGIN_FIELD_NUMBER: _ClassVar[int]
    SETTINGS_FIELD_NUMBER: _ClassVar[int]
    connection_id: str
    broker: str
    environment: _accounts_pb2.Environment
    link: _read_info_pb2.LinkState
    feed: _read_info_pb2.FeedKind
    account_ids: _containers.RepeatedScalarFieldContainer[str]
    detail: str
    display_name: str
    connect_time: _timestamp_pb2.Timestamp
    last_upstream_time: _timestamp_pb2.Timestamp
    last_verified_time: _timestamp_pb2.Timestamp
    reconnect_count: int
    support_level: SupportLevel
    update_time: _timestamp_pb2.Timestamp
    origin: ConnectionOrigin
    settings: _containers.ScalarMap[str, str]
    def __init__(self, connection_id: _Optional[str] = ..., broker: _Optional[str] = ..., environment: _Optional[_Union[_accounts_pb2.Environment, str]] = ..., link: _Optional[_Union[_read_info_pb2.LinkState, str]] = ..., feed: _Optional[_Union[_read_info_pb2.FeedKind, str]] = ..., account_ids: _Optional[_Iterable[str]] = ..., detail: _Optional[str] = ..., display_name: _Optional[str] = ..., connect_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., last_upstream_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., last_verified_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., reconnect_count: _Optional[int] = ..., support_level: _Optional[_Union[SupportLevel, str]] = ..., update_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., origin: _Optional[_Union[ConnectionOrigin, str]] = ..., settings: _Optional[_Mapping[str, str]] = ...) -> None: ...

class ConnectionCheck(_message.Message):
    __slots__ = ("name", "ok", "detail")
    NAME_FIELD_NUMBER: _ClassVar[int]
    OK_FIELD_NUMBER: _ClassVar[int]
    DETAIL_FIELD_NUMBER: _ClassVar[int]
    name: str
    ok: bool
    detail: str
    def __init__(self, name: _Optional[str] = ..., ok: bool = ..., detail: _Optional[str] = ...) -> None: ...

class ConnectionEvent(_message.Message):
    __slots__ = ("connection", "previous_link", "conflated", "time", "deleted")
    CONNECTION_FIELD_NUMBER: _ClassVar[int]
    PREVIOUS_LINK_FIELD_NUMBER: _ClassVar[int]
    CONFLATED_FIELD_NUMBER: _ClassVar[int]
    TIME_FIELD_NUMBER: _ClassVar[int]
    DELETED_FIELD_NUMBER: _ClassVar[int]
    connection: Connection
    previous_link: _read_info_pb2.LinkState
    conflated: bool
    time: _timestamp_pb2.Timestamp
    deleted: bool
    def __init__(self, connection: _Optional[_Union[Connection, _Mapping]] = ..., previous_link: _Optional[_Union[_read_info_pb2.LinkState, str]] = ..., conflated: bool = ..., time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., deleted: bool = ...) -> None: ...

class OrderCombination(_message.Message):
    __slots__ = ("types", "times_in_force", "order_classes", "fractional", "notional", "extended_hours")
    TYPES_FIELD_NUMBER: _ClassVar[int]
    TIMES_IN_FORCE_FIELD_NUMBER: _ClassVar[int]
    ORDER_CLASSES_FIELD_NUMBER: _ClassVar[int]
    FRACTIONAL_FIELD_NUMBER: _ClassVar[int]
    NOTIONAL_FIELD_NUMBER: _ClassVar[int]
    EXTENDED_HOURS_FIELD_NUMBER: _ClassVar[int]
    types: _containers.RepeatedScalarFieldContainer[_orders_pb2.OrderType]
    times_in_force: _containers.RepeatedScalarFieldContainer[_orders_pb2.TimeInForce]
    order_classes: _containers.RepeatedScalarFieldContainer[_orders_pb2.OrderClass]
    fractional: bool
    notional: bool
    extended_hours: bool
    def __init__(self, types: _Optional[_Iterable[_Union[_orders_pb2.OrderType, str]]] = ..., times_in_force: _Optional[_Iterable[_Union[_orders_pb2.TimeInForce, str]]] = ..., order_classes: _Optional[_Iterable[_Union[_orders_pb2.OrderClass, str]]] = ..., fractional: bool = ..., notional: bool = ..., extended_hours: bool = ...) -> None: ...

class AssetCapabilities(_message.Message):
    __slots__ = ("asset_class", "combinations", "sides", "min_quantity", "quantity_increment", "min_notional", "max_leg_count", "native_groups")
    ASSET_CLASS_FIELD_NUMBER: _ClassVar[int]
    COMBINATIONS_FIELD_NUMBER: _ClassVar[int]
    SIDES_FIELD_NUMBER: _ClassVar[int]
    MIN_QUANTITY_FIELD_NUMBER: _ClassVar[int]
    QUANTITY_INCREMENT_FIELD_NUMBER: _ClassVar[int]
    MIN_NOTIONAL_FIELD_NUMBER: _ClassVar[int]
    MAX_LEG_COUNT_FIELD_NUMBER: _ClassVar[int]
    NATIVE_GROUPS_FIELD_NUMBER: _ClassVar[int]
    asset_class: _instruments_pb2.AssetClass
    combinations: _containers.RepeatedCompositeFieldContainer[OrderCombination]
    sides: _containers.RepeatedScalarFieldContainer[_orders_pb2.Side]
    min_quantity: _decimal_pb2.Decimal
    quantity_increment: _decimal_pb2.Decimal
    min_notional: _decimal_pb2.Decimal
    max_leg_count: int
    native_groups: bool
    def __init__(self, asset_class: _Optional[_Union[_instruments_pb2.AssetClass, str]] = ..., combinations: _Optional[_Iterable[_Union[OrderCombination, _Mapping]]] = ..., sides: _Optional[_Iterable[_Union[_orders_pb2.Side, str]]] = ..., min_quantity: _Optional[_Union[_decimal_pb2.Decimal, _Mapping]] = ..., quantity_increment: _Optional[_Union[_decimal_pb2.Decimal, _Mapping]] = ..., min_notional: _Optional[_Union[_decimal_pb2.Decimal, _Mapping]] = ..., max_leg_count: _Optional[int] = ..., native_groups: bool = ...) -> None: ...

class RateLimit(_message.Message):
    __slots__ = ("scope", "call_count", "period")
    SCOPE_FIELD_NUMBER: _ClassVar[int]
    CALL_COUNT_FIELD_NUMBER: _ClassVar[int]
    PERIOD_FIELD_NUMBER: _ClassVar[int]
    scope: str
    call_count: int
    period: _duration_pb2.Duration
    def __init__(self, scope: _Optional[str] = ..., call_count: _Optional[int] = ..., period: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ...) -> None: ...

class Capabilities(_message.Message):
    __slots__ = ("broker", "support_level", "assets", "replace_mode", "idempotency_class", "idempotency_window", "fill_granularity", "order_feed", "max_order_update_delay", "quote_streaming", "history_depth", "rate_limits", "sources")
    BROKER_FIELD_NUMBER: _ClassVar[int]
    SUPPORT_LEVEL_FIELD_NUMBER: _ClassVar[int]
    ASSETS_FIELD_NUMBER: _ClassVar[int]
    REPLACE_MODE_FIELD_NUMBER: _ClassVar[int]
    IDEMPOTENCY_CLASS_FIELD_NUMBER: _ClassVar[int]
    IDEMPOTENCY_WINDOW_FIELD_NUMBER: _ClassVar[int]
    FILL_GRANULARITY_FIELD_NUMBER: _ClassVar[int]
    ORDER_FEED_FIELD_NUMBER: _ClassVar[int]
    MAX_ORDER_UPDATE_DELAY_FIELD_NUMBER: _ClassVar[int]
    QUOTE_STREAMING_FIELD_NUMBER: _ClassVar[int]
    HISTORY_DEPTH_FIELD_NUMBER: _ClassVar[int]
    RATE_LIMITS_FIELD_NUMBER: _ClassVar[int]
    SOURCES_FIELD_NUMBER: _ClassVar[int]
    broker: str
    support_level: SupportLevel
    assets: _containers.RepeatedCompositeFieldContainer[AssetCapabilities]
    replace_mode: ReplaceMode
    idempotency_class: IdempotencyClass
    idempotency_window: _duration_pb2.Duration
    fill_granularity: FillGranularity
    order_feed: _read_info_pb2.FeedKind
    max_order_update_delay: _duration_pb2.Duration
    quote_streaming: bool
    history_depth: _duration_pb2.Duration
    rate_limits: _containers.RepeatedCompositeFieldContainer[RateLimit]
    sources: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, broker: _Optional[str] = ..., support_level: _Optional[_Union[SupportLevel, str]] = ..., assets: _Optional[_Iterable[_Union[AssetCapabilities, _Mapping]]] = ..., replace_mode: _Optional[_Union[ReplaceMode, str]] = ..., idempotency_class: _Optional[_Union[IdempotencyClass, str]] = ..., idempotency_window: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., fill_granularity: _Optional[_Union[FillGranularity, str]] = ..., order_feed: _Optional[_Union[_read_info_pb2.FeedKind, str]] = ..., max_order_update_delay: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., quote_streaming: bool = ..., history_depth: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., rate_limits: _Optional[_Iterable[_Union[RateLimit, _Mapping]]] = ..., sources: _Optional[_Iterable[str]] = ...) -> None: ...
