import datetime

from brokerwire.v1 import access_pb2 as _access_pb2
from brokerwire.v1 import accounts_pb2 as _accounts_pb2
from brokerwire.v1 import decimal_pb2 as _decimal_pb2
from brokerwire.v1 import market_data_pb2 as _market_data_pb2
from brokerwire.v1 import read_info_pb2 as _read_info_pb2
from brokerwire.v1 import simulator_pb2 as _simulator_pb2
from google.protobuf import duration_pb2 as _duration_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class OpenAccountRequest(_message.Message):
    __slots__ = ("account_id", "display_name", "cash", "type", "margin_multiplier", "short_selling_disabled")
    ACCOUNT_ID_FIELD_NUMBER: _ClassVar[int]
    DISPLAY_NAME_FIELD_NUMBER: _ClassVar[int]
    CASH_FIELD_NUMBER: _ClassVar[int]
    TYPE_FIELD_NUMBER: _ClassVar[int]
    MARGIN_MULTIPLIER_FIELD_NUMBER: _ClassVar[int]
    SHORT_SELLING_DISABLED_FIELD_NUMBER: _ClassVar[int]
    account_id: str
    display_name: str
    cash: _decimal_pb2.Money
    type: _accounts_pb2.AccountType
    margin_multiplier: _decimal_pb2.Decimal
    short_selling_disabled: bool
    def __init__(self, account_id: _Optional[str] = ..., display_name: _Optional[str] = ..., cash: _Optional[_Union[_decimal_pb2.Money, _Mapping]] = ..., type: _Optional[_Union[_accounts_pb2.AccountType, str]] = ..., margin_multiplier: _Optional[_Union[_decimal_pb2.Decimal, _Mapping]] = ..., short_selling_disabled: bool = ...) -> None: ...

class OpenAccountResponse(_message.Message):
    __slots__ = ("account", "read_info")
    ACCOUNT_FIELD_NUMBER: _ClassVar[int]
    READ_INFO_FIELD_NUMBER: _ClassVar[int]
    account: _accounts_pb2.Account
    read_info: _read_info_pb2.ReadInfo
    def __init__(self, account: _Optional[_Union[_accounts_pb2.Account, _Mapping]] = ..., read_info: _Optional[_Union[_read_info_pb2.ReadInfo, _Mapping]] = ...) -> None: ...

class CloseAccountRequest(_message.Message):
    __slots__ = ("account_id",)
    ACCOUNT_ID_FIELD_NUMBER: _ClassVar[int]
    account_id: str
    def __init__(self, account_id: _Optional[str] = ...) -> None: ...

class CloseAccountResponse(_message.Message):
    __slots__ = ("account", "read_info")
    ACCOUNT_FIELD_NUMBER: _ClassVar[int]
    READ_INFO_FIELD_NUMBER: _ClassVar[int]
    account: _accounts_pb2.Account
    read_info: _read_info_pb2.ReadInfo
    def __init__(self, account: _Optional[_Union[_accounts_pb2.Account, _Mapping]] = ..., read_info: _Optional[_Union[_read_info_pb2.ReadInfo, _Mapping]] = ...) -> None: ...

class FundAccountRequest(_message.Message):
    __slots__ = ("account_id", "amount", "request_id", "description")
    ACCOUNT_ID_FIELD_NUMBER: _ClassVar[int]
    AMOUNT_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    account_id: str
    amount: _decimal_pb2.Money
    request_id: str
    description: str
    def __init__(self, account_id: _Optional[str] = ..., amount: _Optional[_Union[_decimal_pb2.Money, _Mapping]] = ..., request_id: _Optional[str] = ..., description: _Optional[str] = ...) -> None: ...

class FundAccountResponse(_message.Message):
    __slots__ = ("activity", "account", "deduplicated", "read_info")
    ACTIVITY_FIELD_NUMBER: _ClassVar[int]
    ACCOUNT_FIELD_NUMBER: _ClassVar[int]
    DEDUPLICATED_FIELD_NUMBER: _ClassVar[int]
    READ_INFO_FIELD_NUMBER: _ClassVar[int]
    activity: _accounts_pb2.Activity
    account: _accounts_pb2.Account
    deduplicated: bool
    read_info: _read_info_pb2.ReadInfo
    def __init__(self, activity: _Optional[_Union[_accounts_pb2.Activity, _Mapping]] = ..., account: _Optional[_Union[_accounts_pb2.Account, _Mapping]] = ..., deduplicated: bool = ..., read_info: _Optional[_Union[_read_info_pb2.ReadInfo, _Mapping]] = ...) -> None: ...

class ResetAccountRequest(_message.Message):
    __slots__ = ("account_id", "cash")
    ACCOUNT_ID_FIELD_NUMBER: _ClassVar[int]
    CASH_FIELD_NUMBER: _ClassVar[int]
    account_id: str
    cash: _decimal_pb2.Money
    def __init__(self, account_id: _Optional[str] = ..., cash: _Optional[_Union[_decimal_pb2.Money, _Mapping]] = ...) -> None: ...

class ResetAccountResponse(_message.Message):
    __slots__ = ("account", "read_info")
    ACCOUNT_FIELD_NUMBER: _ClassVar[int]
    READ_INFO_FIELD_NUMBER: _ClassVar[int]
    account: _accounts_pb2.Account
    read_info: _read_info_pb2.ReadInfo
    def __init__(self, account: _Optional[_Union[_accounts_pb2.Account, _Mapping]] = ..., read_info: _Optional[_Union[_read_info_pb2.ReadInfo, _Mapping]] = ...) -> None: ...

class SetPriceRequest(_message.Message):
    __slots__ = ("symbol", "bid_price", "bid_size", "ask_price", "ask_size", "last_price", "last_size")
    SYMBOL_FIELD_NUMBER: _ClassVar[int]
    BID_PRICE_FIELD_NUMBER: _ClassVar[int]
    BID_SIZE_FIELD_NUMBER: _ClassVar[int]
    ASK_PRICE_FIELD_NUMBER: _ClassVar[int]
    ASK_SIZE_FIELD_NUMBER: _ClassVar[int]
    LAST_PRICE_FIELD_NUMBER: _ClassVar[int]
    LAST_SIZE_FIELD_NUMBER: _ClassVar[int]
    symbol: str
    bid_price: _decimal_pb2.Decimal
    bid_size: _decimal_pb2.Decimal
    ask_price: _decimal_pb2.Decimal
    ask_size: _decimal_pb2.Decimal
    last_price: _decimal_pb2.Decimal
    last_size: _decimal_pb2.Decimal
    def __init__(self, symbol: _Optional[str] = ..., bid_price: _Optional[_Union[_decimal_pb2.Decimal, _Mapping]] = ..., bid_size: _Optional[_Union[_decimal_pb2.Decimal, _Mapping]] = ..., ask_price: _Optional[_Union[_decimal_pb2.Decimal, _Mapping]] = ..., ask_size: _Optional[_Union[_decimal_pb2.Decimal, _Mapping]] = ..., last_price: _Optional[_Union[_decimal_pb2.Decimal, _Mapping]] = ..., last_size: _Optional[_Union[_decimal_pb2.Decimal, _Mapping]] = ...) -> None: ...

class SetPriceResponse(_message.Message):
    __slots__ = ("quote", "read_info")
    QUOTE_FIELD_NUMBER: _ClassVar[int]
    READ_INFO_FIELD_NUMBER: _ClassVar[int]
    quote: _market_data_pb2.Quote
    read_info: _read_info_pb2.ReadInfo
    def __init__(self, quote: _Optional[_Union[_market_data_pb2.Quote, _Mapping]] = ..., read_info: _Optional[_Union[_read_info_pb2.ReadInfo, _Mapping]] = ...) -> None: ...

class GetSimulationRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class GetSimulationResponse(_message.Message):
    __slots__ = ("simulation", "read_info")
    SIMULATION_FIELD_NUMBER: _ClassVar[int]
    READ_INFO_FIELD_NUMBER: _ClassVar[int]
    simulation: _simulator_pb2.Simulation
    read_info: _read_info_pb2.ReadInfo
    def __init__(self, simulation: _Optional[_Union[_simulator_pb2.Simulation, _Mapping]] = ..., read_info: _Optional[_Union[_read_info_pb2.ReadInfo, _Mapping]] = ...) -> None: ...

class SteerClockRequest(_message.Message):
    __slots__ = ("paused", "speed", "advance_by", "advance_to_time", "advance_quotes")
    PAUSED_FIELD_NUMBER: _ClassVar[int]
    SPEED_FIELD_NUMBER: _ClassVar[int]
    ADVANCE_BY_FIELD_NUMBER: _ClassVar[int]
    ADVANCE_TO_TIME_FIELD_NUMBER: _ClassVar[int]
    ADVANCE_QUOTES_FIELD_NUMBER: _ClassVar[int]
    paused: bool
    speed: _decimal_pb2.Decimal
    advance_by: _duration_pb2.Duration
    advance_to_time: _timestamp_pb2.Timestamp
    advance_quotes: int
    def __init__(self, paused: bool = ..., speed: _Optional[_Union[_decimal_pb2.Decimal, _Mapping]] = ..., advance_by: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., advance_to_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., advance_quotes: _Optional[int] = ...) -> None: ...

class SteerClockResponse(_message.Message):
    __slots__ = ("simulation", "read_info")
    SIMULATION_FIELD_NUMBER: _ClassVar[int]
    READ_INFO_FIELD_NUMBER: _ClassVar[int]
    simulation: _simulator_pb2.Simulation
    read_info: _read_info_pb2.ReadInfo
    def __init__(self, simulation: _Optional[_Union[_simulator_pb2.Simulation, _Mapping]] = ..., read_info: _Optional[_Union[_read_info_pb2.ReadInfo, _Mapping]] = ...) -> None: ...

class SetFaultPlanRequest(_message.Message):
    __slots__ = ("plan",)
    PLAN_FIELD_NUMBER: _ClassVar[int]
    plan: _simulator_pb2.FaultPlan
    def __init__(self, plan: _Optional[_Union[_simulator_pb2.FaultPlan, _Mapping]] = ...) -> None: ...

class SetFaultPlanResponse(_message.Message):
    __slots__ = ("plan", "read_info")
    PLAN_FIELD_NUMBER: _ClassVar[int]
    READ_INFO_FIELD_NUMBER: _ClassVar[int]
    plan: _simulator_pb2.FaultPlan
    read_info: _read_info_pb2.ReadInfo
    def __init__(self, plan: _Optional[_Union[_simulator_pb2.FaultPlan, _Mapping]] = ..., read_info: _Optional[_Union[_read_info_pb2.ReadInfo, _Mapping]] = ...) -> None: ...

class GetFaultPlanRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class GetFaultPlanResponse(_message.Message):
    __slots__ = ("plan", "stats", "read_info")
    PLAN_FIELD_NUMBER: _ClassVar[int]
    STATS_FIELD_NUMBER: _ClassVar[int]
    READ_INFO_FIELD_NUMBER: _ClassVar[int]
    plan: _simulator_pb2.FaultPlan
    stats: _containers.RepeatedCompositeFieldContainer[_simulator_pb2.FaultRuleStats]
    read_info: _read_info_pb2.ReadInfo
    def __init__(self, plan: _Optional[_Union[_simulator_pb2.FaultPlan, _Mapping]] = ..., stats: _Optional[_Iterable[_Union[_simulator_pb2.FaultRuleStats, _Mapping]]] = ..., read_info: _Optional[_Union[_read_info_pb2.ReadInfo, _Mapping]] = ...) -> None: ...

class ClearFaultPlanRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class ClearFaultPlanResponse(_message.Message):
    __slots__ = ("read_info",)
    READ_INFO_FIELD_NUMBER: _ClassVar[int]
    read_info: _read_info_pb2.ReadInfo
    def __init__(self, read_info: _Optional[_Union[_read_info_pb2.ReadInfo, _Mapping]] = ...) -> None: ...
