import datetime

from brokerwire.v1 import decimal_pb2 as _decimal_pb2
from brokerwire.v1 import instruments_pb2 as _instruments_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Side(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SIDE_UNSPECIFIED: _ClassVar[Side]
    SIDE_BUY: _ClassVar[Side]
    SIDE_SELL: _ClassVar[Side]
    SIDE_SELL_SHORT: _ClassVar[Side]
    SIDE_BUY_TO_COVER: _ClassVar[Side]

class OrderType(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ORDER_TYPE_UNSPECIFIED: _ClassVar[OrderType]
    ORDER_TYPE_MARKET: _ClassVar[OrderType]
    ORDER_TYPE_LIMIT: _ClassVar[OrderType]
    ORDER_TYPE_STOP: _ClassVar[OrderType]
    ORDER_TYPE_STOP_LIMIT: _ClassVar[OrderType]
    ORDER_TYPE_TRAILING_STOP: _ClassVar[OrderType]

class TimeInForce(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    TIME_IN_FORCE_UNSPECIFIED: _ClassVar[TimeInForce]
    TIME_IN_FORCE_DAY: _ClassVar[TimeInForce]
    TIME_IN_FORCE_GTC: _ClassVar[TimeInForce]
    TIME_IN_FORCE_OPG: _ClassVar[TimeInForce]
    TIME_IN_FORCE_CLS: _ClassVar[TimeInForce]
    TIME_IN_FORCE_IOC: _ClassVar[TimeInForce]
    TIME_IN_FORCE_FOK: _ClassVar[TimeInForce]

class OrderClass(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ORDER_CLASS_UNSPECIFIED: _ClassVar[OrderClass]
    ORDER_CLASS_SIMPLE: _ClassVar[OrderClass]
    ORDER_CLASS_BRACKET: _ClassVar[OrderClass]
    ORDER_CLASS_OTO: _ClassVar[OrderClass]
    ORDER_CLASS_OCO: _ClassVar[OrderClass]
    ORDER_CLASS_MULTI_LEG: _ClassVar[OrderClass]

class PositionEffect(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    POSITION_EFFECT_UNSPECIFIED: _ClassVar[PositionEffect]
    POSITION_EFFECT_OPEN: _ClassVar[PositionEffect]
    POSITION_EFFECT_CLOSE: _ClassVar[PositionEffect]

class OrderState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ORDER_STATE_UNSPECIFIED: _ClassVar[OrderState]
    ORDER_STATE_PENDING_SUBMIT: _ClassVar[OrderState]
    ORDER_STATE_SUBMITTED: _ClassVar[OrderState]
    ORDER_STATE_ACCEPTED: _ClassVar[OrderState]
    ORDER_STATE_WORKING: _ClassVar[OrderState]
    ORDER_STATE_PARTIALLY_FILLED: _ClassVar[OrderState]
    ORDER_STATE_FILLED: _ClassVar[OrderState]
    ORDER_STATE_CANCELED: _ClassVar[OrderState]
    ORDER_STATE_REJECTED: _ClassVar[OrderState]
    ORDER_STATE_EXPIRED: _ClassVar[OrderState]
    ORDER_STATE_REPLACED: _ClassVar[OrderState]
    ORDER_STATE_SUSPENDED: _ClassVar[OrderState]
    ORDER_STATE_INDETERMINATE: _ClassVar[OrderState]

class PendingAction(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    PENDING_ACTION_UNSPECIFIED: _ClassVar[PendingAction]
    PENDING_ACTION_NONE: _ClassVar[PendingAction]
    PENDING_ACTION_CANCEL: _ClassVar[PendingAction]
    PENDING_ACTION_REPLACE: _ClassVar[PendingAction]

class SyncState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SYNC_STATE_UNSPECIFIED: _ClassVar[SyncState]
    SYNC_STATE_CONFIRMED: _ClassVar[SyncState]
    SYNC_STATE_STALE: _ClassVar[SyncState]
    SYNC_STATE_RECONCILING: _ClassVar[SyncState]

class StateReason(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    STATE_REASON_UNSPECIFIED: _ClassVar[StateReason]
    STATE_REASON_CLIENT: _ClassVar[StateReason]
    STATE_REASON_GATEWAY: _ClassVar[StateReason]
    STATE_REASON_BROKER: _ClassVar[StateReason]
    STATE_REASON_EXCHANGE: _ClassVar[StateReason]
    STATE_REASON_INSUFFICIENT_BUYING_POWER: _ClassVar[StateReason]
    STATE_REASON_INSUFFICIENT_POSITION: _ClassVar[StateReason]
    STATE_REASON_NOT_SHORTABLE: _ClassVar[StateReason]
    STATE_REASON_MARKET_CLOSED: _ClassVar[StateReason]
    STATE_REASON_IOC_REMAINDER: _ClassVar[StateReason]
    STATE_REASON_FOK_UNFILLED: _ClassVar[StateReason]
    STATE_REASON_TIME_IN_FORCE_EXPIRED: _ClassVar[StateReason]
    STATE_REASON_GROUP_CANCELED: _ClassVar[StateReason]
    STATE_REASON_PARENT_NOT_FILLED: _ClassVar[StateReason]
    STATE_REASON_REPLACED: _ClassVar[StateReason]
    STATE_REASON_OUTCOME_UNKNOWN: _ClassVar[StateReason]
    STATE_REASON_RECONCILED: _ClassVar[StateReason]
    STATE_REASON_CORPORATE_ACTION: _ClassVar[StateReason]
    STATE_REASON_INSTRUMENT_NOT_TRADABLE: _ClassVar[StateReason]
    STATE_REASON_PRICE_INVALID: _ClassVar[StateReason]
    STATE_REASON_QUANTITY_INVALID: _ClassVar[StateReason]
    STATE_REASON_BROKER_UNAVAILABLE: _ClassVar[StateReason]
    STATE_REASON_NOT_SENT: _ClassVar[StateReason]

class OrderOrigin(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ORDER_ORIGIN_UNSPECIFIED: _ClassVar[OrderOrigin]
    ORDER_ORIGIN_GATEWAY: _ClassVar[OrderOrigin]
    ORDER_ORIGIN_EXTERNAL: _ClassVar[OrderOrigin]
    ORDER_ORIGIN_BROKER: _ClassVar[OrderOrigin]

class FillKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    FILL_KIND_UNSPECIFIED: _ClassVar[FillKind]
    FILL_KIND_NORMAL: _ClassVar[FillKind]
    FILL_KIND_BUST: _ClassVar[FillKind]
    FILL_KIND_CORRECTION: _ClassVar[FillKind]

class FillSource(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    FILL_SOURCE_UNSPECIFIED: _ClassVar[FillSource]
    FILL_SOURCE_PUSH: _ClassVar[FillSource]
    FILL_SOURCE_POLL: _ClassVar[FillSource]
    FILL_SOURCE_RECONCILED: _ClassVar[FillSource]
    FILL_SOURCE_DERIVED: _ClassVar[FillSource]

class Liquidity(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    LIQUIDITY_UNSPECIFIED: _ClassVar[Liquidity]
    LIQUIDITY_MAKER: _ClassVar[Liquidity]
    LIQUIDITY_TAKER: _ClassVar[Liquidity]
    LIQUIDITY_AUCTION: _ClassVar[Liquidity]

class OrderEventType(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ORDER_EVENT_TYPE_UNSPECIFIED: _ClassVar[OrderEventType]
    ORDER_EVENT_TYPE_SUBMITTED: _ClassVar[OrderEventType]
    ORDER_EVENT_TYPE_STATE_CHANGED: _ClassVar[OrderEventType]
    ORDER_EVENT_TYPE_FILL: _ClassVar[OrderEventType]
    ORDER_EVENT_TYPE_CANCEL_REJECTED: _ClassVar[OrderEventType]
    ORDER_EVENT_TYPE_REPLACE_REJECTED: _ClassVar[OrderEventType]
    ORDER_EVENT_TYPE_REPLACED: _ClassVar[OrderEventType]
    ORDER_EVENT_TYPE_TRIGGERED: _ClassVar[OrderEventType]
    ORDER_EVENT_TYPE_RESTATED: _ClassVar[OrderEventType]
SIDE_UNSPECIFIED: Side
SIDE_BUY: Side
SIDE_SELL: Side
SIDE_SELL_SHORT: Side
SIDE_BUY_TO_COVER: Side
ORDER_TYPE_UNSPECIFIED: OrderType
ORDER_TYPE_MARKET: OrderType
ORDER_TYPE_LIMIT: OrderType
ORDER_TYPE_STOP: OrderType
ORDER_TYPE_STOP_LIMIT: OrderType
ORDER_TYPE_TRAILING_STOP: OrderType
TIME_IN_FORCE_UNSPECIFIED: TimeInForce
TIME_IN_FORCE_DAY: TimeInForce
TIME_IN_FORCE_GTC: TimeInForce
TIME_IN_FORCE_OPG: TimeInForce
TIME_IN_FORCE_CLS: TimeInForce
TIME_IN_FORCE_IOC: TimeInForce
TIME_IN_FORCE_FOK: TimeInForce
ORDER_CLASS_UNSPECIFIED: OrderClass
ORDER_CLASS_SIMPLE: OrderClass
ORDER_CLASS_BRACKET: OrderClass
ORDER_CLASS_OTO: OrderClass
ORDER_CLASS_OCO: OrderClass
ORDER_CLASS_MULTI_LEG: OrderClass
POSITION_EFFECT_UNSPECIFIED: PositionEffect
POSITION_EFFECT_OPEN: PositionEffect
POSITION_EFFECT_CLOSE: PositionEffect
ORDER_STATE_UNSPECIFIED: OrderState
ORDER_STATE_PENDING_SUBMIT: OrderState
ORDER_STATE_SUBMITTED: OrderState
ORDER_STATE_ACCEPTED: OrderState
ORDER_STATE_WORKING: OrderState
ORDER_STATE_PARTIALLY_FILLED: OrderState
ORDER_STATE_FILLED: OrderState
ORDER_STATE_CANCELED: OrderState
ORDER_STATE_REJECTED: OrderState
ORDER_STATE_EXPIRED: OrderState
ORDER_STATE_REPLACED: OrderState
ORDER_STATE_SUSPENDED: OrderState
ORDER_STATE_INDETERMINATE: OrderState
PENDING_ACTION_UNSPECIFIED: PendingAction
PENDING_ACTION_NONE: PendingAction
PENDING_ACTION_CANCEL: PendingAction
PENDING_ACTION_REPLACE: PendingAction
SYNC_STATE_UNSPECIFIED: SyncState
SYNC_STATE_CONFIRMED: SyncState
SYNC_STATE_STALE: SyncState
SYNC_STATE_RECONCILING: SyncState
STATE_REASON_UNSPECIFIED: StateReason
STATE_REASON_CLIENT: StateReason
STATE_REASON_GATEWAY: StateReason
STATE_REASON_BROKER: StateReason
STATE_REASON_EXCHANGE: StateReason
STATE_REASON_INSUFFICIENT_BUYING_POWER: StateReason
STATE_REASON_INSUFFICIENT_POSITION: StateReason
STATE_REASON_NOT_SHORTABLE: StateReason
STATE_REASON_MARKET_CLOSED: StateReason
STATE_REASON_IOC_REMAINDER: StateReason
STATE_REASON_FOK_UNFILLED: StateReason
STATE_REASON_TIME_IN_FORCE_EXPIRED: StateReason
STATE_REASON_GROUP_CANCELED: StateReason
STATE_REASON_PARENT_NOT_FILLED: StateReason
STATE_REASON_REPLACED: StateReason
STATE_REASON_OUTCOME_UNKNOWN: StateReason
STATE_REASON_RECONCILED: StateReason
STATE_REASON_CORPORATE_ACTION: StateReason
STATE_REASON_INSTRUMENT_NOT_TRADABLE: StateReason
STATE_REASON_PRICE_INVALID: StateReason
STATE_REASON_QUANTITY_INVALID: StateReason
STATE_REASON_BROKER_UNAVAILABLE: StateReason
STATE_REASON_NOT_SENT: StateReason
ORDER_ORIGIN_UNSPECIFIED: OrderOrigin
ORDER_ORIGIN_GATEWAY: OrderOrigin
ORDER_ORIGIN_EXTERNAL: OrderOrigin
ORDER_ORIGIN_BROKER: OrderOrigin
FILL_KIND_UNSPECIFIED: FillKind
FILL_KIND_NORMAL: FillKind
FILL_KIND_BUST: FillKind
FILL_KIND_CORRECTION: FillKind
FILL_SOURCE_UNSPECIFIED: FillSource
FILL_SOURCE_PUSH: FillSource
FILL_SOURCE_POLL: FillSource
FILL_SOURCE_RECONCILED: FillSource
FILL_SOURCE_DERIVED: FillSource
LIQUIDITY_UNSPECIFIED: Liquidity
LIQUIDITY_MAKER: Liquidity
LIQUIDITY_TAKER: Liquidity
LIQUIDITY_AUCTION: Liquidity
ORDER_EVENT_TYPE_UNSPECIFIED: OrderEventType
ORDER_EVENT_TYPE_SUBMITTED: OrderEventType
ORDER_EVENT_TYPE_STATE_CHANGED: OrderEventType
ORDER_EVENT_TYPE_FILL: OrderEventType
ORDER_EVENT_TYPE_CANCEL_REJECTED: OrderEventType
ORDER_EVENT_TYPE_REPLACE_REJECTED: OrderEventType
ORDER_EVENT_TYPE_REPLACED: OrderEventType
ORDER_EVENT_TYPE_TRIGGERED: OrderEventType
ORDER_EVENT_TYPE_RESTATED: OrderEventType

class OrderRequest(_message.Message):
    __slots__ = ("account_id", "client_order_id", "instrument", "side", "type", "time_in_force", "quantity", "notional", "limit_price", "stop_price", "trail_amount", "trail_percent", "extended_hours", "order_class", "tags", "legs", "take_profit", "stop_loss", "signature")
    class TagsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    ACCOUNT_ID_FIELD_NUMBER: _ClassVar[int]
    CLIENT_ORDER_ID_FIELD_NUMBER: _ClassVar[int]
    INSTRUMENT_FIELD_NUMBER: _ClassVar[int]
    SIDE_FIELD_NUMBER: _ClassVar[int]
    TYPE_FIELD_NUMBER: _ClassVar[int]
    TIME_IN_FORCE_FIELD_NUMBER: _ClassVar[int]
    QUANTITY_FIELD_NUMBER: _ClassVar[int]
    NOTIONAL_FIELD_NUMBER: _ClassVar[int]
    LIMIT_PRICE_FIELD_NUMBER: _ClassVar[int]
    STOP_PRICE_FIELD_NUMBER: _ClassVar[int]
    TRAIL_AMOUNT_FIELD_NUMBER: _ClassVar[int]
    TRAIL_PERCENT_FIELD_NUMBER: _ClassVar[int]
    EXTENDED_HOURS_FIELD_NUMBER: _ClassVar[int]
    ORDER_CLASS_FIELD_NUMBER: _ClassVar[int]
    TAGS_FIELD_NUMBER: _ClassVar[int]
    LEGS_FIELD_NUMBER: _ClassVar[int]
    TAKE_PROFIT_FIELD_NUMBER: _ClassVar[int]
    STOP_LOSS_FIELD_NUMBER: _ClassVar[int]
    SIGNATURE_FIELD_NUMBER: _ClassVar[int]
    account_id: str
    client_order_id: str
    instrument: _instruments_pb2.Instrument
    side: Side
    type: OrderType
    time_in_force: TimeInForce
    quantity: _decimal_pb2.Decimal
    notional: _decimal_pb2.Money
    limit_price: _decimal_pb2.Decimal
    stop_price: _decimal_pb2.Decimal
    trail_amount: _decimal_pb2.Decimal
    trail_percent: _decimal_pb2.Decimal
    extended_hours: bool
    order_class: OrderClass
    tags: _containers.ScalarMap[str, str]
    legs: _containers.RepeatedCompositeFieldContainer[OrderLeg]
    take_profit: TakeProfit
    stop_loss: StopLoss
    signature: OrderSignature
    def __init__(self, account_id: _Optional[str] = ..., client_order_id: _Optional[str] = ..., instrument: _Optional[_Union[_instruments_pb2.Instrument, _Mapping]] = ..., side: _Optional[_Union[Side, str]] = ..., type: _Optional[_Union[OrderType, str]] = ..., time_in_force: _Optional[_Union[TimeInForce, str]] = ..., quantity: _Optional[_Union[_decimal_pb2.Decimal, _Mapping]] = ..., notional: _Optional[_Union[_decimal_pb2.Money, _Mapping]] = ..., limit_price: _Optional[_Union[_decimal_pb2.Decimal, _Mapping]] = ..., stop_price: _Optional[_Union[_decimal_pb2.Decimal, _Mapping]] = ..., trail_amount: _Optional[_Union[_decimal_pb2.Decimal, _Mapping]] = ..., trail_percent: _Optional[_Union[_decimal_pb2.Decimal, _Mapping]] = ..., extended_hours: bool = ..., order_class: _Optional[_Union[OrderClass, str]] = ..., tags: _Optional[_Mapping[str, str]] = ..., legs: _Optional[_Iterable[_Union[OrderLeg, _Mapping]]] = ..., take_profit: _Optional[_Union[TakeProfit, _Mapping]] = ..., stop_loss: _Optional[_Union[StopLoss, _Mapping]] = ..., signature: _Optional[_Union[OrderSignature, _Mapping]] = ...) -> None: ...

class OrderSignature(_message.Message):
    __slots__ = ("key_id", "signature", "expire_time")
    KEY_ID_FIELD_NUMBER: _ClassVar[int]
    SIGNATURE_FIELD_NUMBER: _ClassVar[int]
    EXPIRE_TIME_FIELD_NUMBER: _ClassVar[int]
    key_id: str
    signature: bytes
    expire_time: _timestamp_pb2.Timestamp
    def __init__(self, key_id: _Optional[str] = ..., signature: _Optional[bytes] = ..., expire_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class OrderLeg(_message.Message):
    __slots__ = ("instrument", "side", "ratio_quantity", "position_effect", "filled_quantity", "average_fill_price")
    INSTRUMENT_FIELD_NUMBER: _ClassVar[int]
    SIDE_FIELD_NUMBER: _ClassVar[int]
    RATIO_QUANTITY_FIELD_NUMBER: _ClassVar[int]
    POSITION_EFFECT_FIELD_NUMBER: _ClassVar[int]
    FILLED_QUANTITY_FIELD_NUMBER: _ClassVar[int]
    AVERAGE_FILL_PRICE_FIELD_NUMBER: _ClassVar[int]
    instrument: _instruments_pb2.Instrument
    side: Side
    ratio_quantity: _decimal_pb2.Decimal
    position_effect: PositionEffect
    filled_quantity: _decimal_pb2.Decimal
    average_fill_price: _decimal_pb2.Decimal
    def __init__(self, instrument: _Optional[_Union[_instruments_pb2.Instrument, _Mapping]] = ..., side: _Optional[_Union[Side, str]] = ..., ratio_quantity: _Optional[_Union[_decimal_pb2.Decimal, _Mapping]] = ..., position_effect: _Optional[_Union[PositionEffect, str]] = ..., filled_quantity: _Optional[_Union[_decimal_pb2.Decimal, _Mapping]] = ..., average_fill_price: _Optional[_Union[_decimal_pb2.Decimal, _Mapping]] = ...) -> None: ...

class TakeProfit(_message.Message):
    __slots__ = ("limit_price",)
    LIMIT_PRICE_FIELD_NUMBER: _ClassVar[int]
    limit_price: _decimal_pb2.Decimal
    def __init__(self, limit_price: _Optional[_Union[_decimal_pb2.Decimal, _Mapping]] = ...) -> None: ...

class StopLoss(_message.Message):
    __slots__ = ("stop_price", "limit_price", "trail_amount", "trail_percent")
    STOP_PRICE_FIELD_NUMBER: _ClassVar[int]
    LIMIT_PRICE_FIELD_NUMBER: _ClassVar[int]
    TRAIL_AMOUNT_FIELD_NUMBER: _ClassVar[int]
    TRAIL_PERCENT_FIELD_NUMBER: _ClassVar[int]
    stop_price: _decimal_pb2.Decimal
    limit_price: _decimal_pb2.Decimal
    trail_amount: _decimal_pb2.Decimal
    trail_percent: _decimal_pb2.Decimal
    def __init__(self, stop_price: _Optional[_Union[_decimal_pb2.Decimal, _Mapping]] = ..., limit_price: _Optional[_Union[_decimal_pb2.Decimal, _Mapping]] = ..., trail_amount: _Optional[_Union[_decimal_pb2.Decimal, _Mapping]] = ..., trail_percent: _Optional[_Union[_decimal_pb2.Decimal, _Mapping]] = ...) -> None: ...

class Order(_message.Message):
    __slots__ = ("order_id", "account_id", "client_order_id", "version", "sequence", "state", "terminal", "instrument", "side", "type", "quantity", "filled_quantity", "average_fill_price", "limit_price", "update_time", "time_in_force", "remaining_quantity", "notional", "stop_price", "trail_amount", "trail_percent", "trail_reference_price", "triggered", "extended_hours", "order_class", "legs", "pending_action", "sync_state", "state_reason", "broker_status", "broker_message", "origin", "broker_order_ids", "parent_order_id", "child_order_ids", "replaces_order_id", "replaced_by_order_id", "commission", "tags", "create_time", "submit_time", "broker_time", "terminal_time", "principal")
    class TagsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    ORDER_ID_FIELD_NUMBER: _ClassVar[int]
    ACCOUNT_ID_FIELD_NUMBER: _ClassVar[int]
    CLIENT_ORDER_ID_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    TERMINAL_FIELD_NUMBER: _ClassVar[int]
    INSTRUMENT_FIELD_NUMBER: _ClassVar[int]
    SIDE_FIELD_NUMBER: _ClassVar[int]
    TYPE_FIELD_NUMBER: _ClassVar[int]
    QUANTITY_FIELD_NUMBER: _ClassVar[int]
    FILLED_QUANTITY_FIELD_NUMBER: _ClassVar[int]
    AVERAGE_FILL_PRICE_FIELD_NUMBER: _ClassVar[int]
    LIMIT_PRICE_FIELD_NUMBER: _ClassVar[int]
    UPDATE_TIME_FIELD_NUMBER: _ClassVar[int]
    TIME_IN_FORCE_FIELD_NUMBER: _ClassVar[int]
    REMAINING_QUANTITY_FIELD_NUMBER: _ClassVar[int]
    NOTIONAL_FIELD_NUMBER: _ClassVar[int]
    STOP_PRICE_FIELD_NUMBER: _ClassVar[int]
    TRAIL_AMOUNT_FIELD_NUMBER: _ClassVar[int]
    TRAIL_PERCENT_FIELD_NUMBER: _ClassVar[int]
    TRAIL_REFERENCE_PRICE_FIELD_NUMBER: _ClassVar[int]
    TRIGGERED_FIELD_NUMBER: _ClassVar[int]
    EXTENDED_HOURS_FIELD_NUMBER: _ClassVar[int]
    ORDER_CLASS_FIELD_NUMBER: _ClassVar[int]
    LEGS_FIELD_NUMBER: _ClassVar[int]
    PENDING_ACTION_FIELD_NUMBER: _ClassVar[int]
    SYNC_STATE_FIELD_NUMBER: _ClassVar[int]
    STATE_REASON_FIELD_NUMBER: _ClassVar[int]
    BROKER_STATUS_FIELD_NUMBER: _ClassVar[int]
    BROKER_MESSAGE_FIELD_NUMBER: _ClassVar[int]
    ORIGIN_FIELD_NUMBER: _ClassVar[int]
    BROKER_ORDER_IDS_FIELD_NUMBER: _ClassVar[int]
    PARENT_ORDER_ID_FIELD_NUMBER: _ClassVar[int]
    CHILD_ORDER_IDS_FIELD_NUMBER: _ClassVar[int]
    REPLACES_ORDER_ID_FIELD_NUMBER: _ClassVar[int]
    REPLACED_BY_ORDER_ID_FIELD_NUMBER: _ClassVar[int]
    COMMISSION_FIELD_NUMBER: _ClassVar[int]
    TAGS_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    SUBMIT_TIME_FIELD_NUMBER: _ClassVar[int]
    BROKER_TIME_FIELD_NUMBER: _ClassVar[int]
    TERMINAL_TIME_FIELD_NUMBER: _ClassVar[int]
    PRINCIPAL_FIELD_NUMBER: _ClassVar[int]
    order_id: str
    account_id: str
    client_order_id: str
    version: int
    sequence: int
    state: OrderState
    terminal: bool
    instrument: _instruments_pb2.Instrument
    side: Side
    type: OrderType
    quantity: _decimal_pb2.Decimal
    filled_quantity: _decimal_pb2.Decimal
    average_fill_price: _decimal_pb2.Decimal
    limit_price: _decimal_pb2.Decimal
    update_time: _timestamp_pb2.Timestamp
    time_in_force: TimeInForce
    remaining_quantity: _decimal_pb2.Decimal
    notional: _decimal_pb2.Money
    stop_price: _decimal_pb2.Decimal
    trail_amount: _decimal_pb2.Decimal
    trail_percent: _decimal_pb2.Decimal
    trail_reference_price: _decimal_pb2.Decimal
    triggered: bool
    extended_hours: bool
    order_class: OrderClass
    legs: _containers.RepeatedCompositeFieldContainer[OrderLeg]
    pending_action: PendingAction
    sync_state: SyncState
    state_reason: StateReason
    broker_status: str
    broker_message: str
    origin: OrderOrigin
    broker_order_ids: _containers.RepeatedScalarFieldContainer[str]
    parent_order_id: str
    child_order_ids: _containers.RepeatedScalarFieldContainer[str]
    replaces_order_id: str
    replaced_by_order_id: str
    commission: _decimal_pb2.Money
    tags: _containers.ScalarMap[str, str]
    create_time: _timestamp_pb2.Timestamp
    submit_time: _timestamp_pb2.Timestamp
    broker_time: _timestamp_pb2.Timestamp
    terminal_time: _timestamp_pb2.Timestamp
    principal: str
    def __init__(self, order_id: _Optional[str] = ..., account_id: _Optional[str] = ..., client_order_id: _Optional[str] = ..., version: _Optional[int] = ..., sequence: _Optional[int] = ..., state: _Optional[_Union[OrderState, str]] = ..., terminal: bool = ..., instrument: _Optional[_Union[_instruments_pb2.Instrument, _Mapping]] = ..., side: _Optional[_Union[Side, str]] = ..., type: _Optional[_Union[OrderType, str]] = ..., quantity: _Optional[_Union[_decimal_pb2.Decimal, _Mapping]] = ..., filled_quantity: _Optional[_Union[_decimal_pb2.Decimal, _Mapping]] = ..., average_fill_price: _Optional[_Union[_decimal_pb2.Decimal, _Mapping]] = ..., limit_price: _Optional[_Union[_decimal_pb2.Decimal, _Mapping]] = ..., update_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., time_in_force: _Optional[_Union[TimeInForce, str]] = ..., remaining_quantity: _Optional[_Union[_decimal_pb2.Decimal, _Mapping]] = ..., notional: _Optional[_Union[_decimal_pb2.Money, _Mapping]] = ..., stop_price: _Optional[_Union[_decimal_pb2.Decimal, _Mapping]] = ..., trail_amount: _Optional[_Union[_decimal_pb2.Decimal, _Mapping]] = ..., trail_percent: _Optional[_Union[_decimal_pb2.Decimal, _Mapping]] = ..., trail_reference_price: _Optional[_Union[_decimal_pb2.Decimal, _Mapping]] = ..., triggered: bool = ..., extended_hours: bool = ..., order_class: _Optional[_Union[OrderClass, str]] = ..., legs: _Optional[_Iterable[_Union[OrderLeg, _Mapping]]] = ..., pending_action: _Optional[_Union[PendingAction, str]] = ..., sync_state: _Optional[_Union[SyncState, str]] = ..., state_reason: _Optional[_Union[StateReason, str]] = ..., broker_status: _Optional[str] = ..., broker_message: _Optional[str] = ..., origin: _Optional[_Union[OrderOrigin, str]] = ..., broker_order_ids: _Optional[_Iterable[str]] = ..., parent_order_id: _Optional[str] = ..., child_order_ids: _Optional[_Iterable[str]] = ..., replaces_order_id: _Optional[str] = ..., replaced_by_order_id: _Optional[str] = ..., commission: _Optional[_Union[_decimal_pb2.Money, _Mapping]] = ..., tags: _Optional[_Mapping[str, str]] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., submit_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., broker_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., terminal_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., principal: _Optional[str] = ...) -> None: ...

class Fill(_message.Message):
    __slots__ = ("fill_id", "account_id", "order_id", "client_order_id", "instrument", "side", "quantity", "price", "kind", "source", "refers_to_fill_id", "sequence", "execution_time", "commission", "record_time", "broker_execution_id", "broker_order_id", "revision", "liquidity", "exchange", "leg_index")
    FILL_ID_FIELD_NUMBER: _ClassVar[int]
    ACCOUNT_ID_FIELD_NUMBER: _ClassVar[int]
    ORDER_ID_FIELD_NUMBER: _ClassVar[int]
    CLIENT_ORDER_ID_FIELD_NUMBER: _ClassVar[int]
    INSTRUMENT_FIELD_NUMBER: _ClassVar[int]
    SIDE_FIELD_NUMBER: _ClassVar[int]
    QUANTITY_FIELD_NUMBER: _ClassVar[int]
    PRICE_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    REFERS_TO_FILL_ID_FIELD_NUMBER: _ClassVar[int]
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    EXECUTION_TIME_FIELD_NUMBER: _ClassVar[int]
    COMMISSION_FIELD_NUMBER: _ClassVar[int]
    RECORD_TIME_FIELD_NUMBER: _ClassVar[int]
    BROKER_EXECUTION_ID_FIELD_NUMBER: _ClassVar[int]
    BROKER_ORDER_ID_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    LIQUIDITY_FIELD_NUMBER: _ClassVar[int]
    EXCHANGE_FIELD_NUMBER: _ClassVar[int]
    LEG_INDEX_FIELD_NUMBER: _ClassVar[int]
    fill_id: str
    account_id: str
    order_id: str
    client_order_id: str
    instrument: _instruments_pb2.Instrument
    side: Side
    quantity: _decimal_pb2.Decimal
    price: _decimal_pb2.Decimal
    kind: FillKind
    source: FillSource
    refers_to_fill_id: str
    sequence: int
    execution_time: _timestamp_pb2.Timestamp
    commission: _decimal_pb2.Money
    record_time: _timestamp_pb2.Timestamp
    broker_execution_id: str
    broker_order_id: str
    revision: int
    liquidity: Liquidity
    exchange: str
    leg_index: int
    def __init__(self, fill_id: _Optional[str] = ..., account_id: _Optional[str] = ..., order_id: _Optional[str] = ..., client_order_id: _Optional[str] = ..., instrument: _Optional[_Union[_instruments_pb2.Instrument, _Mapping]] = ..., side: _Optional[_Union[Side, str]] = ..., quantity: _Optional[_Union[_decimal_pb2.Decimal, _Mapping]] = ..., price: _Optional[_Union[_decimal_pb2.Decimal, _Mapping]] = ..., kind: _Optional[_Union[FillKind, str]] = ..., source: _Optional[_Union[FillSource, str]] = ..., refers_to_fill_id: _Optional[str] = ..., sequence: _Optional[int] = ..., execution_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., commission: _Optional[_Union[_decimal_pb2.Money, _Mapping]] = ..., record_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., broker_execution_id: _Optional[str] = ..., broker_order_id: _Optional[str] = ..., revision: _Optional[int] = ..., liquidity: _Optional[_Union[Liquidity, str]] = ..., exchange: _Optional[str] = ..., leg_index: _Optional[int] = ...) -> None: ...

class OrderEvent(_message.Message):
    __slots__ = ("account_id", "sequence", "type", "order", "fill", "time", "broker_time", "reason", "principal")
    ACCOUNT_ID_FIELD_NUMBER: _ClassVar[int]
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    TYPE_FIELD_NUMBER: _ClassVar[int]
    ORDER_FIELD_NUMBER: _ClassVar[int]
    FILL_FIELD_NUMBER: _ClassVar[int]
    TIME_FIELD_NUMBER: _ClassVar[int]
    BROKER_TIME_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    PRINCIPAL_FIELD_NUMBER: _ClassVar[int]
    account_id: str
    sequence: int
    type: OrderEventType
    order: Order
    fill: Fill
    time: _timestamp_pb2.Timestamp
    broker_time: _timestamp_pb2.Timestamp
    reason: str
    principal: str
    def __init__(self, account_id: _Optional[str] = ..., sequence: _Optional[int] = ..., type: _Optional[_Union[OrderEventType, str]] = ..., order: _Optional[_Union[Order, _Mapping]] = ..., fill: _Optional[_Union[Fill, _Mapping]] = ..., time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., broker_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., reason: _Optional[str] = ..., principal: _Optional[str] = ...) -> None: ...
