import datetime

from brokerwire.v1 import access_pb2 as _access_pb2
from brokerwire.v1 import brokers_pb2 as _brokers_pb2
from brokerwire.v1 import decimal_pb2 as _decimal_pb2
from brokerwire.v1 import errors_pb2 as _errors_pb2
from brokerwire.v1 import orders_pb2 as _orders_pb2
from brokerwire.v1 import read_info_pb2 as _read_info_pb2
from brokerwire.v1 import risk_pb2 as _risk_pb2
from brokerwire.v1 import streams_pb2 as _streams_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ActionOutcome(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ACTION_OUTCOME_UNSPECIFIED: _ClassVar[ActionOutcome]
    ACTION_OUTCOME_DONE: _ClassVar[ActionOutcome]
    ACTION_OUTCOME_PENDING: _ClassVar[ActionOutcome]
    ACTION_OUTCOME_REFUSED: _ClassVar[ActionOutcome]
    ACTION_OUTCOME_UNKNOWN: _ClassVar[ActionOutcome]
ACTION_OUTCOME_UNSPECIFIED: ActionOutcome
ACTION_OUTCOME_DONE: ActionOutcome
ACTION_OUTCOME_PENDING: ActionOutcome
ACTION_OUTCOME_REFUSED: ActionOutcome
ACTION_OUTCOME_UNKNOWN: ActionOutcome

class SubmitOrderRequest(_message.Message):
    __slots__ = ("order",)
    ORDER_FIELD_NUMBER: _ClassVar[int]
    order: _orders_pb2.OrderRequest
    def __init__(self, order: _Optional[_Union[_orders_pb2.OrderRequest, _Mapping]] = ...) -> None: ...

class SubmitOrderResponse(_message.Message):
    __slots__ = ("order", "deduplicated", "children", "read_info")
    ORDER_FIELD_NUMBER: _ClassVar[int]
    DEDUPLICATED_FIELD_NUMBER: _ClassVar[int]
    CHILDREN_FIELD_NUMBER: _ClassVar[int]
    READ_INFO_FIELD_NUMBER: _ClassVar[int]
    order: _orders_pb2.Order
    deduplicated: bool
    children: _containers.RepeatedCompositeFieldContainer[_orders_pb2.Order]
    read_info: _read_info_pb2.ReadInfo
    def __init__(self, order: _Optional[_Union[_orders_pb2.Order, _Mapping]] = ..., deduplicated: bool = ..., children: _Optional[_Iterable[_Union[_orders_pb2.Order, _Mapping]]] = ..., read_info: _Optional[_Union[_read_info_pb2.ReadInfo, _Mapping]] = ...) -> None: ...

class PreviewOrderRequest(_message.Message):
    __slots__ = ("order", "min_sequence")
    ORDER_FIELD_NUMBER: _ClassVar[int]
    MIN_SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    order: _orders_pb2.OrderRequest
    min_sequence: int
    def __init__(self, order: _Optional[_Union[_orders_pb2.OrderRequest, _Mapping]] = ..., min_sequence: _Optional[int] = ...) -> None: ...

class OrderIssue(_message.Message):
    __slots__ = ("field", "reason", "message", "supported")
    FIELD_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    SUPPORTED_FIELD_NUMBER: _ClassVar[int]
    field: str
    reason: _errors_pb2.ErrorReason
    message: str
    supported: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, field: _Optional[str] = ..., reason: _Optional[_Union[_errors_pb2.ErrorReason, str]] = ..., message: _Optional[str] = ..., supported: _Optional[_Iterable[str]] = ...) -> None: ...

class PreviewOrderResponse(_message.Message):
    __slots__ = ("valid", "estimated_price", "estimated_quantity", "estimated_cost", "estimated_commission", "buying_power_before", "buying_power_after", "buying_power_effect", "initial_margin_effect", "violations", "warnings", "quote_time", "margin_impact", "risk", "read_info")
    VALID_FIELD_NUMBER: _ClassVar[int]
    ESTIMATED_PRICE_FIELD_NUMBER: _ClassVar[int]
    ESTIMATED_QUANTITY_FIELD_NUMBER: _ClassVar[int]
    ESTIMATED_COST_FIELD_NUMBER: _ClassVar[int]
    ESTIMATED_COMMISSION_FIELD_NUMBER: _ClassVar[int]
    BUYING_POWER_BEFORE_FIELD_NUMBER: _ClassVar[int]
    BUYING_POWER_AFTER_FIELD_NUMBER: _ClassVar[int]
    BUYING_POWER_EFFECT_FIELD_NUMBER: _ClassVar[int]
    INITIAL_MARGIN_EFFECT_FIELD_NUMBER: _ClassVar[int]
    VIOLATIONS_FIELD_NUMBER: _ClassVar[int]
    WARNINGS_FIELD_NUMBER: _ClassVar[int]
    QUOTE_TIME_FIELD_NUMBER: _ClassVar[int]
    MARGIN_IMPACT_FIELD_NUMBER: _ClassVar[int]
    RISK_FIELD_NUMBER: _ClassVar[int]
    READ_INFO_FIELD_NUMBER: _ClassVar[int]
    valid: bool
    estimated_price: _decimal_pb2.Decimal
    estimated_quantity: _decimal_pb2.Decimal
    estimated_cost: _decimal_pb2.Money
    estimated_commission: _decimal_pb2.Money
    buying_power_before: _decimal_pb2.Money
    buying_power_after: _decimal_pb2.Money
    buying_power_effect: _decimal_pb2.Money
    initial_margin_effect: _decimal_pb2.Money
    violations: _containers.RepeatedCompositeFieldContainer[OrderIssue]
    warnings: _containers.RepeatedCompositeFieldContainer[OrderIssue]
    quote_time: _timestamp_pb2.Timestamp
    margin_impact: MarginImpact
    risk: _risk_pb2.RiskVerdict
    read_info: _read_info_pb2.ReadInfo
    def __init__(self, valid: bool = ..., estimated_price: _Optional[_Union[_decimal_pb2.Decimal, _Mapping]] = ..., estimated_quantity: _Optional[_Union[_decimal_pb2.Decimal, _Mapping]] = ..., estimated_cost: _Optional[_Union[_decimal_pb2.Money, _Mapping]] = ..., estimated_commission: _Optional[_Union[_decimal_pb2.Money, _Mapping]] = ..., buying_power_before: _Optional[_Union[_decimal_pb2.Money, _Mapping]] = ..., buying_power_after: _Optional[_Union[_decimal_pb2.Money, _Mapping]] = ..., buying_power_effect: _Optional[_Union[_decimal_pb2.Money, _Mapping]] = ..., initial_margin_effect: _Optional[_Union[_decimal_pb2.Money, _Mapping]] = ..., violations: _Optional[_Iterable[_Union[OrderIssue, _Mapping]]] = ..., warnings: _Optional[_Iterable[_Union[OrderIssue, _Mapping]]] = ..., quote_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., margin_impact: _Optional[_Union[MarginImpact, _Mapping]] = ..., risk: _Optional[_Union[_risk_pb2.RiskVerdict, _Mapping]] = ..., read_info: _Optional[_Union[_read_info_pb2.ReadInfo, _Mapping]] = ...) -> None: ...

class MarginImpact(_message.Message):
    __slots__ = ("initial_margin", "maintenance_margin", "equity_with_loan")
    INITIAL_MARGIN_FIELD_NUMBER: _ClassVar[int]
    MAINTENANCE_MARGIN_FIELD_NUMBER: _ClassVar[int]
    EQUITY_WITH_LOAN_FIELD_NUMBER: _ClassVar[int]
    initial_margin: MoneyChange
    maintenance_margin: MoneyChange
    equity_with_loan: MoneyChange
    def __init__(self, initial_margin: _Optional[_Union[MoneyChange, _Mapping]] = ..., maintenance_margin: _Optional[_Union[MoneyChange, _Mapping]] = ..., equity_with_loan: _Optional[_Union[MoneyChange, _Mapping]] = ...) -> None: ...

class MoneyChange(_message.Message):
    __slots__ = ("before", "change", "after")
    BEFORE_FIELD_NUMBER: _ClassVar[int]
    CHANGE_FIELD_NUMBER: _ClassVar[int]
    AFTER_FIELD_NUMBER: _ClassVar[int]
    before: _decimal_pb2.Money
    change: _decimal_pb2.Money
    after: _decimal_pb2.Money
    def __init__(self, before: _Optional[_Union[_decimal_pb2.Money, _Mapping]] = ..., change: _Optional[_Union[_decimal_pb2.Money, _Mapping]] = ..., after: _Optional[_Union[_decimal_pb2.Money, _Mapping]] = ...) -> None: ...

class ReplaceOrderRequest(_message.Message):
    __slots__ = ("account_id", "order_id", "client_order_id", "new_client_order_id", "expected_version", "quantity", "limit_price", "stop_price", "trail_amount", "trail_percent", "time_in_force", "signature")
    ACCOUNT_ID_FIELD_NUMBER: _ClassVar[int]
    ORDER_ID_FIELD_NUMBER: _ClassVar[int]
    CLIENT_ORDER_ID_FIELD_NUMBER: _ClassVar[int]
    NEW_CLIENT_ORDER_ID_FIELD_NUMBER: _ClassVar[int]
    EXPECTED_VERSION_FIELD_NUMBER: _ClassVar[int]
    QUANTITY_FIELD_NUMBER: _ClassVar[int]
    LIMIT_PRICE_FIELD_NUMBER: _ClassVar[int]
    STOP_PRICE_FIELD_NUMBER: _ClassVar[int]
    TRAIL_AMOUNT_FIELD_NUMBER: _ClassVar[int]
    TRAIL_PERCENT_FIELD_NUMBER: _ClassVar[int]
    TIME_IN_FORCE_FIELD_NUMBER: _ClassVar[int]
    SIGNATURE_FIELD_NUMBER: _ClassVar[int]
    account_id: str
    order_id: str
    client_order_id: str
    new_client_order_id: str
    expected_version: int
    quantity: _decimal_pb2.Decimal
    limit_price: _decimal_pb2.Decimal
    stop_price: _decimal_pb2.Decimal
    trail_amount: _decimal_pb2.Decimal
    trail_percent: _decimal_pb2.Decimal
    time_in_force: _orders_pb2.TimeInForce
    signature: _orders_pb2.OrderSignature
    def __init__(self, account_id: _Optional[str] = ..., order_id: _Optional[str] = ..., client_order_id: _Optional[str] = ..., new_client_order_id: _Optional[str] = ..., expected_version: _Optional[int] = ..., quantity: _Optional[_Union[_decimal_pb2.Decimal, _Mapping]] = ..., limit_price: _Optional[_Union[_decimal_pb2.Decimal, _Mapping]] = ..., stop_price: _Optional[_Union[_decimal_pb2.Decimal, _Mapping]] = ..., trail_amount: _Optional[_Union[_decimal_pb2.Decimal, _Mapping]] = ..., trail_percent: _Optional[_Union[_decimal_pb2.Decimal, _Mapping]] = ..., time_in_force: _Optional[_Union[_orders_pb2.TimeInForce, str]] = ..., signature: _Optional[_Union[_orders_pb2.OrderSignature, _Mapping]] = ...) -> None: ...

class ReplaceOrderResponse(_message.Message):
    __slots__ = ("order", "previous", "mode", "outcome", "deduplicated", "read_info")
    ORDER_FIELD_NUMBER: _ClassVar[int]
    PREVIOUS_FIELD_NUMBER: _ClassVar[int]
    MODE_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    DEDUPLICATED_FIELD_NUMBER: _ClassVar[int]
    READ_INFO_FIELD_NUMBER: _ClassVar[int]
    order: _orders_pb2.Order
    previous: _orders_pb2.Order
    mode: _brokers_pb2.ReplaceMode
    outcome: ActionOutcome
    deduplicated: bool
    read_info: _read_info_pb2.ReadInfo
    def __init__(self, order: _Optional[_Union[_orders_pb2.Order, _Mapping]] = ..., previous: _Optional[_Union[_orders_pb2.Order, _Mapping]] = ..., mode: _Optional[_Union[_brokers_pb2.ReplaceMode, str]] = ..., outcome: _Optional[_Union[ActionOutcome, str]] = ..., deduplicated: bool = ..., read_info: _Optional[_Union[_read_info_pb2.ReadInfo, _Mapping]] = ...) -> None: ...

class CancelOrderRequest(_message.Message):
    __slots__ = ("account_id", "order_id", "client_order_id")
    ACCOUNT_ID_FIELD_NUMBER: _ClassVar[int]
    ORDER_ID_FIELD_NUMBER: _ClassVar[int]
    CLIENT_ORDER_ID_FIELD_NUMBER: _ClassVar[int]
    account_id: str
    order_id: str
    client_order_id: str
    def __init__(self, account_id: _Optional[str] = ..., order_id: _Optional[str] = ..., client_order_id: _Optional[str] = ...) -> None: ...

class CancelOrderResponse(_message.Message):
    __slots__ = ("order", "outcome", "read_info")
    ORDER_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    READ_INFO_FIELD_NUMBER: _ClassVar[int]
    order: _orders_pb2.Order
    outcome: ActionOutcome
    read_info: _read_info_pb2.ReadInfo
    def __init__(self, order: _Optional[_Union[_orders_pb2.Order, _Mapping]] = ..., outcome: _Optional[_Union[ActionOutcome, str]] = ..., read_info: _Optional[_Union[_read_info_pb2.ReadInfo, _Mapping]] = ...) -> None: ...

class CancelOrdersRequest(_message.Message):
    __slots__ = ("account_ids", "symbol", "side")
    ACCOUNT_IDS_FIELD_NUMBER: _ClassVar[int]
    SYMBOL_FIELD_NUMBER: _ClassVar[int]
    SIDE_FIELD_NUMBER: _ClassVar[int]
    account_ids: _containers.RepeatedScalarFieldContainer[str]
    symbol: str
    side: _orders_pb2.Side
    def __init__(self, account_ids: _Optional[_Iterable[str]] = ..., symbol: _Optional[str] = ..., side: _Optional[_Union[_orders_pb2.Side, str]] = ...) -> None: ...

class CancelOrdersResult(_message.Message):
    __slots__ = ("order", "outcome", "error")
    ORDER_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    order: _orders_pb2.Order
    outcome: ActionOutcome
    error: _errors_pb2.CommandError
    def __init__(self, order: _Optional[_Union[_orders_pb2.Order, _Mapping]] = ..., outcome: _Optional[_Union[ActionOutcome, str]] = ..., error: _Optional[_Union[_errors_pb2.CommandError, _Mapping]] = ...) -> None: ...

class CancelOrdersResponse(_message.Message):
    __slots__ = ("results", "unreachable", "read_info")
    RESULTS_FIELD_NUMBER: _ClassVar[int]
    UNREACHABLE_FIELD_NUMBER: _ClassVar[int]
    READ_INFO_FIELD_NUMBER: _ClassVar[int]
    results: _containers.RepeatedCompositeFieldContainer[CancelOrdersResult]
    unreachable: _containers.RepeatedScalarFieldContainer[str]
    read_info: _read_info_pb2.ReadInfo
    def __init__(self, results: _Optional[_Iterable[_Union[CancelOrdersResult, _Mapping]]] = ..., unreachable: _Optional[_Iterable[str]] = ..., read_info: _Optional[_Union[_read_info_pb2.ReadInfo, _Mapping]] = ...) -> None: ...

class GetOrderRequest(_message.Message):
    __slots__ = ("account_id", "order_id", "client_order_id", "min_sequence")
    ACCOUNT_ID_FIELD_NUMBER: _ClassVar[int]
    ORDER_ID_FIELD_NUMBER: _ClassVar[int]
    CLIENT_ORDER_ID_FIELD_NUMBER: _ClassVar[int]
    MIN_SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    account_id: str
    order_id: str
    client_order_id: str
    min_sequence: int
    def __init__(self, account_id: _Optional[str] = ..., order_id: _Optional[str] = ..., client_order_id: _Optional[str] = ..., min_sequence: _Optional[int] = ...) -> None: ...

class GetOrderResponse(_message.Message):
    __slots__ = ("order", "read_info")
    ORDER_FIELD_NUMBER: _ClassVar[int]
    READ_INFO_FIELD_NUMBER: _ClassVar[int]
    order: _orders_pb2.Order
    read_info: _read_info_pb2.ReadInfo
    def __init__(self, order: _Optional[_Union[_orders_pb2.Order, _Mapping]] = ..., read_info: _Optional[_Union[_read_info_pb2.ReadInfo, _Mapping]] = ...) -> None: ...

class ListOrdersRequest(_message.Message):
    __slots__ = ("account_ids", "states", "open_only", "symbols", "client_order_ids", "parent_order_id", "created_after_time", "created_before_time", "sort_order", "page_size", "page_token", "min_sequences")
    ACCOUNT_IDS_FIELD_NUMBER: _ClassVar[int]
    STATES_FIELD_NUMBER: _ClassVar[int]
    OPEN_ONLY_FIELD_NUMBER: _ClassVar[int]
    SYMBOLS_FIELD_NUMBER: _ClassVar[int]
    CLIENT_ORDER_IDS_FIELD_NUMBER: _ClassVar[int]
    PARENT_ORDER_ID_FIELD_NUMBER: _ClassVar[int]
    CREATED_AFTER_TIME_FIELD_NUMBER: _ClassVar[int]
    CREATED_BEFORE_TIME_FIELD_NUMBER: _ClassVar[int]
    SORT_ORDER_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    MIN_SEQUENCES_FIELD_NUMBER: _ClassVar[int]
    account_ids: _containers.RepeatedScalarFieldContainer[str]
    states: _containers.RepeatedScalarFieldContainer[_orders_pb2.OrderState]
    open_only: bool
    symbols: _containers.RepeatedScalarFieldContainer[str]
    client_order_ids: _containers.RepeatedScalarFieldContainer[str]
    parent_order_id: str
    created_after_time: _timestamp_pb2.Timestamp
    created_before_time: _timestamp_pb2.Timestamp
    sort_order: _read_info_pb2.SortOrder
    page_size: int
    page_token: str
    min_sequences: _containers.RepeatedCompositeFieldContainer[_read_info_pb2.AccountSequence]
    def __init__(self, account_ids: _Optional[_Iterable[str]] = ..., states: _Optional[_Iterable[_Union[_orders_pb2.OrderState, str]]] = ..., open_only: bool = ..., symbols: _Optional[_Iterable[str]] = ..., client_order_ids: _Optional[_Iterable[str]] = ..., parent_order_id: _Optional[str] = ..., created_after_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., created_before_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., sort_order: _Optional[_Union[_read_info_pb2.SortOrder, str]] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., min_sequences: _Optional[_Iterable[_Union[_read_info_pb2.AccountSequence, _Mapping]]] = ...) -> None: ...

class ListOrdersResponse(_message.Message):
    __slots__ = ("orders", "next_page_token", "unreachable", "read_info")
    ORDERS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    UNREACHABLE_FIELD_NUMBER: _ClassVar[int]
    READ_INFO_FIELD_NUMBER: _ClassVar[int]
    orders: _containers.RepeatedCompositeFieldContainer[_orders_pb2.Order]
    next_page_token: str
    unreachable: _containers.RepeatedScalarFieldContainer[str]
    read_info: _read_info_pb2.ReadInfo
    def __init__(self, orders: _Optional[_Iterable[_Union[_orders_pb2.Order, _Mapping]]] = ..., next_page_token: _Optional[str] = ..., unreachable: _Optional[_Iterable[str]] = ..., read_info: _Optional[_Union[_read_info_pb2.ReadInfo, _Mapping]] = ...) -> None: ...

class ListFillsRequest(_message.Message):
    __slots__ = ("account_ids", "order_id", "symbols", "executed_after_time", "executed_before_time", "sort_order", "page_size", "page_token", "min_sequences")
    ACCOUNT_IDS_FIELD_NUMBER: _ClassVar[int]
    ORDER_ID_FIELD_NUMBER: _ClassVar[int]
    SYMBOLS_FIELD_NUMBER: _ClassVar[int]
    EXECUTED_AFTER_TIME_FIELD_NUMBER: _ClassVar[int]
    EXECUTED_BEFORE_TIME_FIELD_NUMBER: _ClassVar[int]
    SORT_ORDER_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    MIN_SEQUENCES_FIELD_NUMBER: _ClassVar[int]
    account_ids: _containers.RepeatedScalarFieldContainer[str]
    order_id: str
    symbols: _containers.RepeatedScalarFieldContainer[str]
    executed_after_time: _timestamp_pb2.Timestamp
    executed_before_time: _timestamp_pb2.Timestamp
    sort_order: _read_info_pb2.SortOrder
    page_size: int
    page_token: str
    min_sequences: _containers.RepeatedCompositeFieldContainer[_read_info_pb2.AccountSequence]
    def __init__(self, account_ids: _Optional[_Iterable[str]] = ..., order_id: _Optional[str] = ..., symbols: _Optional[_Iterable[str]] = ..., executed_after_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., executed_before_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., sort_order: _Optional[_Union[_read_info_pb2.SortOrder, str]] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., min_sequences: _Optional[_Iterable[_Union[_read_info_pb2.AccountSequence, _Mapping]]] = ...) -> None: ...

class ListFillsResponse(_message.Message):
    __slots__ = ("fills", "next_page_token", "unreachable", "read_info")
    FILLS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    UNREACHABLE_FIELD_NUMBER: _ClassVar[int]
    READ_INFO_FIELD_NUMBER: _ClassVar[int]
    fills: _containers.RepeatedCompositeFieldContainer[_orders_pb2.Fill]
    next_page_token: str
    unreachable: _containers.RepeatedScalarFieldContainer[str]
    read_info: _read_info_pb2.ReadInfo
    def __init__(self, fills: _Optional[_Iterable[_Union[_orders_pb2.Fill, _Mapping]]] = ..., next_page_token: _Optional[str] = ..., unreachable: _Optional[_Iterable[str]] = ..., read_info: _Optional[_Union[_read_info_pb2.ReadInfo, _Mapping]] = ...) -> None: ...

class StreamOrdersRequest(_message.Message):
    __slots__ = ("options", "account_ids", "symbols", "fills_only", "client_order_ids")
    OPTIONS_FIELD_NUMBER: _ClassVar[int]
    ACCOUNT_IDS_FIELD_NUMBER: _ClassVar[int]
    SYMBOLS_FIELD_NUMBER: _ClassVar[int]
    FILLS_ONLY_FIELD_NUMBER: _ClassVar[int]
    CLIENT_ORDER_IDS_FIELD_NUMBER: _ClassVar[int]
    options: _streams_pb2.StreamOptions
    account_ids: _containers.RepeatedScalarFieldContainer[str]
    symbols: _containers.RepeatedScalarFieldContainer[str]
    fills_only: bool
    client_order_ids: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, options: _Optional[_Union[_streams_pb2.StreamOptions, _Mapping]] = ..., account_ids: _Optional[_Iterable[str]] = ..., symbols: _Optional[_Iterable[str]] = ..., fills_only: bool = ..., client_order_ids: _Optional[_Iterable[str]] = ...) -> None: ...

class StreamOrdersItem(_message.Message):
    __slots__ = ("event", "snapshot", "control")
    EVENT_FIELD_NUMBER: _ClassVar[int]
    SNAPSHOT_FIELD_NUMBER: _ClassVar[int]
    CONTROL_FIELD_NUMBER: _ClassVar[int]
    event: _orders_pb2.OrderEvent
    snapshot: _orders_pb2.Order
    control: _streams_pb2.StreamControl
    def __init__(self, event: _Optional[_Union[_orders_pb2.OrderEvent, _Mapping]] = ..., snapshot: _Optional[_Union[_orders_pb2.Order, _Mapping]] = ..., control: _Optional[_Union[_streams_pb2.StreamControl, _Mapping]] = ...) -> None: ...

class StreamOrdersResponse(_message.Message):
    __slots__ = ("items", "resume_token", "publish_time")
    ITEMS_FIELD_NUMBER: _ClassVar[int]
    RESUME_TOKEN_FIELD_NUMBER: _ClassVar[int]
    PUBLISH_TIME_FIELD_NUMBER: _ClassVar[int]
    items: _containers.RepeatedCompositeFieldContainer[StreamOrdersItem]
    resume_token: str
    publish_time: _timestamp_pb2.Timestamp
    def __init__(self, items: _Optional[_Iterable[_Union[StreamOrdersItem, _Mapping]]] = ..., resume_token: _Optional[str] = ..., publish_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class OrderCommand(_message.Message):
    __slots__ = ("command_id", "submit", "replace", "cancel")
    COMMAND_ID_FIELD_NUMBER: _ClassVar[int]
    SUBMIT_FIELD_NUMBER: _ClassVar[int]
    REPLACE_FIELD_NUMBER: _ClassVar[int]
    CANCEL_FIELD_NUMBER: _ClassVar[int]
    command_id: int
    submit: _orders_pb2.OrderRequest
    replace: ReplaceOrderRequest
    cancel: CancelOrderRequest
    def __init__(self, command_id: _Optional[int] = ..., submit: _Optional[_Union[_orders_pb2.OrderRequest, _Mapping]] = ..., replace: _Optional[_Union[ReplaceOrderRequest, _Mapping]] = ..., cancel: _Optional[_Union[CancelOrderRequest, _Mapping]] = ...) -> None: ...

class OrderSessionRequest(_message.Message):
    __slots__ = ("commands",)
    COMMANDS_FIELD_NUMBER: _ClassVar[int]
    commands: _containers.RepeatedCompositeFieldContainer[OrderCommand]
    def __init__(self, commands: _Optional[_Iterable[_Union[OrderCommand, _Mapping]]] = ...) -> None: ...

class OrderResult(_message.Message):
    __slots__ = ("command_id", "submit", "replace", "cancel", "error")
    COMMAND_ID_FIELD_NUMBER: _ClassVar[int]
    SUBMIT_FIELD_NUMBER: _ClassVar[int]
    REPLACE_FIELD_NUMBER: _ClassVar[int]
    CANCEL_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    command_id: int
    submit: SubmitOrderResponse
    replace: ReplaceOrderResponse
    cancel: CancelOrderResponse
    error: _errors_pb2.CommandError
    def __init__(self, command_id: _Optional[int] = ..., submit: _Optional[_Union[SubmitOrderResponse, _Mapping]] = ..., replace: _Optional[_Union[ReplaceOrderResponse, _Mapping]] = ..., cancel: _Optional[_Union[CancelOrderResponse, _Mapping]] = ..., error: _Optional[_Union[_errors_pb2.CommandError, _Mapping]] = ...) -> None: ...

class OrderSessionResponse(_message.Message):
    __slots__ = ("results", "control")
    RESULTS_FIELD_NUMBER: _ClassVar[int]
    CONTROL_FIELD_NUMBER: _ClassVar[int]
    results: _containers.RepeatedCompositeFieldContainer[OrderResult]
    control: _streams_pb2.StreamControl
    def __init__(self, results: _Optional[_Iterable[_Union[OrderResult, _Mapping]]] = ..., control: _Optional[_Union[_streams_pb2.StreamControl, _Mapping]] = ...) -> None: ...
