from brokerwire.v1 import calendar_date_pb2 as _calendar_date_pb2
from brokerwire.v1 import decimal_pb2 as _decimal_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class AssetClass(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ASSET_CLASS_UNSPECIFIED: _ClassVar[AssetClass]
    ASSET_CLASS_EQUITY: _ClassVar[AssetClass]
    ASSET_CLASS_OPTION: _ClassVar[AssetClass]
    ASSET_CLASS_CRYPTO: _ClassVar[AssetClass]
    ASSET_CLASS_FOREX: _ClassVar[AssetClass]
    ASSET_CLASS_FUTURE: _ClassVar[AssetClass]

class OptionType(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    OPTION_TYPE_UNSPECIFIED: _ClassVar[OptionType]
    OPTION_TYPE_CALL: _ClassVar[OptionType]
    OPTION_TYPE_PUT: _ClassVar[OptionType]
ASSET_CLASS_UNSPECIFIED: AssetClass
ASSET_CLASS_EQUITY: AssetClass
ASSET_CLASS_OPTION: AssetClass
ASSET_CLASS_CRYPTO: AssetClass
ASSET_CLASS_FOREX: AssetClass
ASSET_CLASS_FUTURE: AssetClass
OPTION_TYPE_UNSPECIFIED: OptionType
OPTION_TYPE_CALL: OptionType
OPTION_TYPE_PUT: OptionType

class Instrument(_message.Message):
    __slots__ = ("symbol", "asset_class", "exchange", "currency_code", "option", "future", "base_currency_code")
    SYMBOL_FIELD_NUMBER: _ClassVar[int]
    ASSET_CLASS_FIELD_NUMBER: _ClassVar[int]
    EXCHANGE_FIELD_NUMBER: _ClassVar[int]
    CURRENCY_CODE_FIELD_NUMBER: _ClassVar[int]
    OPTION_FIELD_NUMBER: _ClassVar[int]
    FUTURE_FIELD_NUMBER: _ClassVar[int]
    BASE_CURRENCY_CODE_FIELD_NUMBER: _ClassVar[int]
    symbol: str
    asset_class: AssetClass
    exchange: str
    currency_code: str
    option: OptionContract
    future: FutureContract
    base_currency_code: str
    def __init__(self, symbol: _Optional[str] = ..., asset_class: _Optional[_Union[AssetClass, str]] = ..., exchange: _Optional[str] = ..., currency_code: _Optional[str] = ..., option: _Optional[_Union[OptionContract, _Mapping]] = ..., future: _Optional[_Union[FutureContract, _Mapping]] = ..., base_currency_code: _Optional[str] = ...) -> None: ...

class OptionContract(_message.Message):
    __slots__ = ("underlying_symbol", "type", "strike_price", "expiration_date", "multiplier")
    UNDERLYING_SYMBOL_FIELD_NUMBER: _ClassVar[int]
    TYPE_FIELD_NUMBER: _ClassVar[int]
    STRIKE_PRICE_FIELD_NUMBER: _ClassVar[int]
    EXPIRATION_DATE_FIELD_NUMBER: _ClassVar[int]
    MULTIPLIER_FIELD_NUMBER: _ClassVar[int]
    underlying_symbol: str
    type: OptionType
    strike_price: _decimal_pb2.Decimal
    expiration_date: _calendar_date_pb2.CalendarDate
    multiplier: _decimal_pb2.Decimal
    def __init__(self, underlying_symbol: _Optional[str] = ..., type: _Optional[_Union[OptionType, str]] = ..., strike_price: _Optional[_Union[_decimal_pb2.Decimal, _Mapping]] = ..., expiration_date: _Optional[_Union[_calendar_date_pb2.CalendarDate, _Mapping]] = ..., multiplier: _Optional[_Union[_decimal_pb2.Decimal, _Mapping]] = ...) -> None: ...

class FutureContract(_message.Message):
    __slots__ = ("root_symbol", "expiration_date", "multiplier")
    ROOT_SYMBOL_FIELD_NUMBER: _ClassVar[int]
    EXPIRATION_DATE_FIELD_NUMBER: _ClassVar[int]
    MULTIPLIER_FIELD_NUMBER: _ClassVar[int]
    root_symbol: str
    expiration_date: _calendar_date_pb2.CalendarDate
    multiplier: _decimal_pb2.Decimal
    def __init__(self, root_symbol: _Optional[str] = ..., expiration_date: _Optional[_Union[_calendar_date_pb2.CalendarDate, _Mapping]] = ..., multiplier: _Optional[_Union[_decimal_pb2.Decimal, _Mapping]] = ...) -> None: ...

class PriceTick(_message.Message):
    __slots__ = ("from_price", "tick_size")
    FROM_PRICE_FIELD_NUMBER: _ClassVar[int]
    TICK_SIZE_FIELD_NUMBER: _ClassVar[int]
    from_price: _decimal_pb2.Decimal
    tick_size: _decimal_pb2.Decimal
    def __init__(self, from_price: _Optional[_Union[_decimal_pb2.Decimal, _Mapping]] = ..., tick_size: _Optional[_Union[_decimal_pb2.Decimal, _Mapping]] = ...) -> None: ...

class InstrumentDetails(_message.Message):
    __slots__ = ("instrument", "name", "tradable", "shortable", "fractionable", "marginable", "extended_hours", "price_ticks", "min_quantity", "quantity_increment", "lot_size", "min_notional", "maintenance_margin_rate", "broker", "easy_to_borrow")
    INSTRUMENT_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    TRADABLE_FIELD_NUMBER: _ClassVar[int]
    SHORTABLE_FIELD_NUMBER: _ClassVar[int]
    FRACTIONABLE_FIELD_NUMBER: _ClassVar[int]
    MARGINABLE_FIELD_NUMBER: _ClassVar[int]
    EXTENDED_HOURS_FIELD_NUMBER: _ClassVar[int]
    PRICE_TICKS_FIELD_NUMBER: _ClassVar[int]
    MIN_QUANTITY_FIELD_NUMBER: _ClassVar[int]
    QUANTITY_INCREMENT_FIELD_NUMBER: _ClassVar[int]
    LOT_SIZE_FIELD_NUMBER: _ClassVar[int]
    MIN_NOTIONAL_FIELD_NUMBER: _ClassVar[int]
    MAINTENANCE_MARGIN_RATE_FIELD_NUMBER: _ClassVar[int]
    BROKER_FIELD_NUMBER: _ClassVar[int]
    EASY_TO_BORROW_FIELD_NUMBER: _ClassVar[int]
    instrument: Instrument
    name: str
    tradable: bool
    shortable: bool
    fractionable: bool
    marginable: bool
    extended_hours: bool
    price_ticks: _containers.RepeatedCompositeFieldContainer[PriceTick]
    min_quantity: _decimal_pb2.Decimal
    quantity_increment: _decimal_pb2.Decimal
    lot_size: _decimal_pb2.Decimal
    min_notional: _decimal_pb2.Decimal
    maintenance_margin_rate: _decimal_pb2.Decimal
    broker: str
    easy_to_borrow: bool
    def __init__(self, instrument: _Optional[_Union[Instrument, _Mapping]] = ..., name: _Optional[str] = ..., tradable: bool = ..., shortable: bool = ..., fractionable: bool = ..., marginable: bool = ..., extended_hours: bool = ..., price_ticks: _Optional[_Iterable[_Union[PriceTick, _Mapping]]] = ..., min_quantity: _Optional[_Union[_decimal_pb2.Decimal, _Mapping]] = ..., quantity_increment: _Optional[_Union[_decimal_pb2.Decimal, _Mapping]] = ..., lot_size: _Optional[_Union[_decimal_pb2.Decimal, _Mapping]] = ..., min_notional: _Optional[_Union[_decimal_pb2.Decimal, _Mapping]] = ..., maintenance_margin_rate: _Optional[_Union[_decimal_pb2.Decimal, _Mapping]] = ..., broker: _Optional[str] = ..., easy_to_borrow: bool = ...) -> None: ...
