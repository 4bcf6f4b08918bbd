import datetime

from brokerwire.v1 import calendar_date_pb2 as _calendar_date_pb2
from brokerwire.v1 import decimal_pb2 as _decimal_pb2
from brokerwire.v1 import trading_state_pb2 as _trading_state_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Environment(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ENVIRONMENT_UNSPECIFIED: _ClassVar[Environment]
    ENVIRONMENT_PAPER: _ClassVar[Environment]
    ENVIRONMENT_LIVE: _ClassVar[Environment]

class AccountStatus(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ACCOUNT_STATUS_UNSPECIFIED: _ClassVar[AccountStatus]
    ACCOUNT_STATUS_ACTIVE: _ClassVar[AccountStatus]
    ACCOUNT_STATUS_RESTRICTED: _ClassVar[AccountStatus]
    ACCOUNT_STATUS_CLOSED: _ClassVar[AccountStatus]

class AccountType(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ACCOUNT_TYPE_UNSPECIFIED: _ClassVar[AccountType]
    ACCOUNT_TYPE_CASH: _ClassVar[AccountType]
    ACCOUNT_TYPE_MARGIN: _ClassVar[AccountType]
    ACCOUNT_TYPE_IRA: _ClassVar[AccountType]
    ACCOUNT_TYPE_OTHER: _ClassVar[AccountType]

class ActivityType(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ACTIVITY_TYPE_UNSPECIFIED: _ClassVar[ActivityType]
    ACTIVITY_TYPE_FILL: _ClassVar[ActivityType]
    ACTIVITY_TYPE_DEPOSIT: _ClassVar[ActivityType]
    ACTIVITY_TYPE_WITHDRAWAL: _ClassVar[ActivityType]
    ACTIVITY_TYPE_FEE: _ClassVar[ActivityType]
    ACTIVITY_TYPE_DIVIDEND: _ClassVar[ActivityType]
    ACTIVITY_TYPE_INTEREST: _ClassVar[ActivityType]
    ACTIVITY_TYPE_CORPORATE_ACTION: _ClassVar[ActivityType]
    ACTIVITY_TYPE_RESET: _ClassVar[ActivityType]
    ACTIVITY_TYPE_ADJUSTMENT: _ClassVar[ActivityType]
ENVIRONMENT_UNSPECIFIED: Environment
ENVIRONMENT_PAPER: Environment
ENVIRONMENT_LIVE: Environment
ACCOUNT_STATUS_UNSPECIFIED: AccountStatus
ACCOUNT_STATUS_ACTIVE: AccountStatus
ACCOUNT_STATUS_RESTRICTED: AccountStatus
ACCOUNT_STATUS_CLOSED: AccountStatus
ACCOUNT_TYPE_UNSPECIFIED: AccountType
ACCOUNT_TYPE_CASH: AccountType
ACCOUNT_TYPE_MARGIN: AccountType
ACCOUNT_TYPE_IRA: AccountType
ACCOUNT_TYPE_OTHER: AccountType
ACTIVITY_TYPE_UNSPECIFIED: ActivityType
ACTIVITY_TYPE_FILL: ActivityType
ACTIVITY_TYPE_DEPOSIT: ActivityType
ACTIVITY_TYPE_WITHDRAWAL: ActivityType
ACTIVITY_TYPE_FEE: ActivityType
ACTIVITY_TYPE_DIVIDEND: ActivityType
ACTIVITY_TYPE_INTEREST: ActivityType
ACTIVITY_TYPE_CORPORATE_ACTION: ActivityType
ACTIVITY_TYPE_RESET: ActivityType
ACTIVITY_TYPE_ADJUSTMENT: ActivityType

class Account(_message.Message):
    __slots__ = ("account_id", "connection_id", "broker", "environment", "status", "type", "balances", "sequence", "display_name", "can_trade_equities", "can_trade_options", "can_trade_crypto", "can_trade_margin", "can_short", "last_sync_time", "opened_date", "broker_account_number", "trading_state", "armed_until_time")
    ACCOUNT_ID_FIELD_NUMBER: _ClassVar[int]
    CONNECTION_ID_FIELD_NUMBER: _ClassVar[int]
    BROKER_FIELD_NUMBER: _ClassVar[int]
    ENVIRONMENT_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    TYPE_FIELD_NUMBER: _ClassVar[int]
    BALANCES_FIELD_NUMBER: _ClassVar[int]
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    DISPLAY_NAME_FIELD_NUMBER: _ClassVar[int]
    CAN_TRADE_EQUITIES_FIELD_NUMBER: _ClassVar[int]
    CAN_TRADE_OPTIONS_FIELD_NUMBER: _ClassVar[int]
    CAN_TRADE_CRYPTO_FIELD_NUMBER: _ClassVar[int]
    CAN_TRADE_MARGIN_FIELD_NUMBER: _ClassVar[int]
    CAN_SHORT_FIELD_NUMBER: _ClassVar[int]
    LAST_SYNC_TIME_FIELD_NUMBER: _ClassVar[int]
    OPENED_DATE_FIELD_NUMBER: _ClassVar[int]
    BROKER_ACCOUNT_NUMBER_FIELD_NUMBER: _ClassVar[int]
    TRADING_STATE_FIELD_NUMBER: _ClassVar[int]
    ARMED_UNTIL_TIME_FIELD_NUMBER: _ClassVar[int]
    account_id: str
    connection_id: str
    broker: str
    environment: Environment
    status: AccountStatus
    type: AccountType
    balances: Balances
    sequence: int
    display_name: str
    can_trade_equities: bool
    can_trade_options: bool
    can_trade_crypto: bool
    can_trade_margin: bool
    can_short: bool
    last_sync_time: _timestamp_pb2.Timestamp
    opened_date: _calendar_date_pb2.CalendarDate
    broker_account_number: str
    trading_state: _trading_state_pb2.TradingState
    armed_until_time: _timestamp_pb2.Timestamp
    def __init__(self, account_id: _Optional[str] = ..., connection_id: _Optional[str] = ..., broker: _Optional[str] = ..., environment: _Optional[_Union[Environment, str]] = ..., status: _Optional[_Union[AccountStatus, str]] = ..., type: _Optional[_Union[AccountType, str]] = ..., balances: _Optional[_Union[Balances, _Mapping]] = ..., sequence: _Optional[int] = ..., display_name: _Optional[str] = ..., can_trade_equities: bool = ..., can_trade_options: bool = ..., can_trade_crypto: bool = ..., can_trade_margin: bool = ..., can_short: bool = ..., last_sync_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., opened_date: _Optional[_Union[_calendar_date_pb2.CalendarDate, _Mapping]] = ..., broker_account_number: _Optional[str] = ..., trading_state: _Optional[_Union[_trading_state_pb2.TradingState, str]] = ..., armed_until_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class Balances(_message.Message):
    __slots__ = ("currency_code", "cash", "settled_cash", "available_cash", "withdrawable_cash", "reserved_cash", "buying_power", "day_trading_buying_power", "equity", "market_value", "long_market_value", "short_market_value", "day_profit_loss", "total_profit_loss", "update_time", "margin_balance", "margin_buying_power", "initial_margin", "maintenance_margin", "multiplier", "realized_profit_loss", "unrealized_profit_loss")
    CURRENCY_CODE_FIELD_NUMBER: _ClassVar[int]
    CASH_FIELD_NUMBER: _ClassVar[int]
    SETTLED_CASH_FIELD_NUMBER: _ClassVar[int]
    AVAILABLE_CASH_FIELD_NUMBER: _ClassVar[int]
    WITHDRAWABLE_CASH_FIELD_NUMBER: _ClassVar[int]
    RESERVED_CASH_FIELD_NUMBER: _ClassVar[int]
    BUYING_POWER_FIELD_NUMBER: _ClassVar[int]
    DAY_TRADING_BUYING_POWER_FIELD_NUMBER: _ClassVar[int]
    EQUITY_FIELD_NUMBER: _ClassVar[int]
    MARKET_VALUE_FIELD_NUMBER: _ClassVar[int]
    LONG_MARKET_VALUE_FIELD_NUMBER: _ClassVar[int]
    SHORT_MARKET_VALUE_FIELD_NUMBER: _ClassVar[int]
    DAY_PROFIT_LOSS_FIELD_NUMBER: _ClassVar[int]
    TOTAL_PROFIT_LOSS_FIELD_NUMBER: _ClassVar[int]
    UPDATE_TIME_FIELD_NUMBER: _ClassVar[int]
    MARGIN_BALANCE_FIELD_NUMBER: _ClassVar[int]
    MARGIN_BUYING_POWER_FIELD_NUMBER: _ClassVar[int]
    INITIAL_MARGIN_FIELD_NUMBER: _ClassVar[int]
    MAINTENANCE_MARGIN_FIELD_NUMBER: _ClassVar[int]
    MULTIPLIER_FIELD_NUMBER: _ClassVar[int]
    REALIZED_PROFIT_LOSS_FIELD_NUMBER: _ClassVar[int]
    UNREALIZED_PROFIT_LOSS_FIELD_NUMBER: _ClassVar[int]
    currency_code: str
    cash: _decimal_pb2.Decimal
    settled_cash: _decimal_pb2.Decimal
    available_cash: _decimal_pb2.Decimal
    withdrawable_cash: _decimal_pb2.Decimal
    reserved_cash: _decimal_pb2.Decimal
    buying_power: _decimal_pb2.Decimal
    day_trading_buying_power: _decimal_pb2.Decimal
    equity: _decimal_pb2.Decimal
    market_value: _decimal_pb2.Decimal
    long_market_value: _decimal_pb2.Decimal
    short_market_value: _decimal_pb2.Decimal
    day_profit_loss: _decimal_pb2.Decimal
    total_profit_loss: _decimal_pb2.Decimal
    update_time: _timestamp_pb2.Timestamp
    margin_balance: _decimal_pb2.Decimal
    margin_buying_power: _decimal_pb2.Decimal
    initial_margin: _decimal_pb2.Decimal
    maintenance_margin: _decimal_pb2.Decimal
    multiplier: _decimal_pb2.Decimal
    realized_profit_loss: _decimal_pb2.Decimal
    unrealized_profit_loss: _decimal_pb2.Decimal
    def __init__(self, currency_code: _Optional[str] = ..., cash: _Optional[_Union[_decimal_pb2.Decimal, _Mapping]] = ..., settled_cash: _Optional[_Union[_decimal_pb2.Decimal, _Mapping]] = ..., available_cash: _Optional[_Union[_decimal_pb2.Decimal, _Mapping]] = ..., withdrawable_cash: _Optional[_Union[_decimal_pb2.Decimal, _Mapping]] = ..., reserved_cash: _Optional[_Union[_decimal_pb2.Decimal, _Mapping]] = ..., buying_power: _Optional[_Union[_decimal_pb2.Decimal, _Mapping]] = ..., day_trading_buying_power: _Optional[_Union[_decimal_pb2.Decimal, _Mapping]] = ..., equity: _Optional[_Union[_decimal_pb2.Decimal, _Mapping]] = ..., market_value: _Optional[_Union[_decimal_pb2.Decimal, _Mapping]] = ..., long_market_value: _Optional[_Union[_decimal_pb2.Decimal, _Mapping]] = ..., short_market_value: _Optional[_Union[_decimal_pb2.Decimal, _Mapping]] = ..., day_profit_loss: _Optional[_Union[_decimal_pb2.Decimal, _Mapping]] = ..., total_profit_loss: _Optional[_Union[_decimal_pb2.Decimal, _Mapping]] = ..., update_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., margin_balance: _Optional[_Union[_decimal_pb2.Decimal, _Mapping]] = ..., margin_buying_power: _Optional[_Union[_decimal_pb2.Decimal, _Mapping]] = ..., initial_margin: _Optional[_Union[_decimal_pb2.Decimal, _Mapping]] = ..., maintenance_margin: _Optional[_Union[_decimal_pb2.Decimal, _Mapping]] = ..., multiplier: _Optional[_Union[_decimal_pb2.Decimal, _Mapping]] = ..., realized_profit_loss: _Optional[_Union[_decimal_pb2.Decimal, _Mapping]] = ..., unrealized_profit_loss: _Optional[_Union[_decimal_pb2.Decimal, _Mapping]] = ...) -> None: ...

class Activity(_message.Message):
    __slots__ = ("activity_id", "account_id", "type", "amount", "sequence", "time", "symbol", "quantity", "price", "order_id", "fill_id", "description", "broker_activity_id", "cash_after")
    ACTIVITY_ID_FIELD_NUMBER: _ClassVar[int]
    ACCOUNT_ID_FIELD_NUMBER: _ClassVar[int]
    TYPE_FIELD_NUMBER: _ClassVar[int]
    AMOUNT_FIELD_NUMBER: _ClassVar[int]
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    TIME_FIELD_NUMBER: _ClassVar[int]
    SYMBOL_FIELD_NUMBER: _ClassVar[int]
    QUANTITY_FIELD_NUMBER: _ClassVar[int]
    PRICE_FIELD_NUMBER: _ClassVar[int]
    ORDER_ID_FIELD_NUMBER: _ClassVar[int]
    FILL_ID_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    BROKER_ACTIVITY_ID_FIELD_NUMBER: _ClassVar[int]
    CASH_AFTER_FIELD_NUMBER: _ClassVar[int]
    activity_id: str
    account_id: str
    type: ActivityType
    amount: _decimal_pb2.Money
    sequence: int
    time: _timestamp_pb2.Timestamp
    symbol: str
    quantity: _decimal_pb2.Decimal
    price: _decimal_pb2.Decimal
    order_id: str
    fill_id: str
    description: str
    broker_activity_id: str
    cash_after: _decimal_pb2.Money
    def __init__(self, activity_id: _Optional[str] = ..., account_id: _Optional[str] = ..., type: _Optional[_Union[ActivityType, str]] = ..., amount: _Optional[_Union[_decimal_pb2.Money, _Mapping]] = ..., sequence: _Optional[int] = ..., time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., symbol: _Optional[str] = ..., quantity: _Optional[_Union[_decimal_pb2.Decimal, _Mapping]] = ..., price: _Optional[_Union[_decimal_pb2.Decimal, _Mapping]] = ..., order_id: _Optional[str] = ..., fill_id: _Optional[str] = ..., description: _Optional[str] = ..., broker_activity_id: _Optional[str] = ..., cash_after: _Optional[_Union[_decimal_pb2.Money, _Mapping]] = ...) -> None: ...

class AccountEvent(_message.Message):
    __slots__ = ("account_id", "sequence", "account", "conflated", "time", "activity")
    ACCOUNT_ID_FIELD_NUMBER: _ClassVar[int]
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    ACCOUNT_FIELD_NUMBER: _ClassVar[int]
    CONFLATED_FIELD_NUMBER: _ClassVar[int]
    TIME_FIELD_NUMBER: _ClassVar[int]
    ACTIVITY_FIELD_NUMBER: _ClassVar[int]
    account_id: str
    sequence: int
    account: Account
    conflated: bool
    time: _timestamp_pb2.Timestamp
    activity: Activity
    def __init__(self, account_id: _Optional[str] = ..., sequence: _Optional[int] = ..., account: _Optional[_Union[Account, _Mapping]] = ..., conflated: bool = ..., time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., activity: _Optional[_Union[Activity, _Mapping]] = ...) -> None: ...
