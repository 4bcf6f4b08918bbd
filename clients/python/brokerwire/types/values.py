"""Money and instruments."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Self

from google.protobuf.message import Message

from brokerwire.types._base import Record
from brokerwire.types._trading_enums import AssetClass, OptionType
from brokerwire.v1 import decimal_pb2

__all__ = ["FutureContract", "Instrument", "InstrumentDetails", "Money", "OptionContract", "PriceTick"]


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in one currency."""

    amount: Decimal
    currency: str
    """ISO 4217 code, or the code of a crypto asset."""

    @classmethod
    def from_proto(cls, message: Message) -> Self:
        """Reads a brokerwire.v1.Money."""
        assert isinstance(message, decimal_pb2.Money)  # noqa: S101 - for the type checker
        return cls(Decimal(message.amount.value), message.currency_code)

    def __str__(self) -> str:
        return f"{self.amount} {self.currency}"


@dataclass(frozen=True, slots=True, kw_only=True)
class OptionContract(Record):
    """Terms of a listed option."""

    underlying_symbol: str
    type: OptionType
    strike_price: Decimal
    expiration_date: date
    multiplier: Decimal | None = None
    """Units of the underlying per contract. Set by the gateway."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FutureContract(Record):
    """Terms of a future."""

    root_symbol: str
    expiration_date: date
    """Last day on which it trades."""
    multiplier: Decimal
    """Value of one point of the price per contract."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Instrument(Record):
    """A tradable thing."""

    symbol: str
    asset_class: AssetClass = AssetClass.UNSPECIFIED
    exchange: str = ""
    """Market identifier code (ISO 10383)."""
    currency_code: str = ""
    option: OptionContract | None = None
    future: FutureContract | None = None
    """Terms of a future. Set by the gateway."""
    base_currency_code: str = ""
    """What a pair is counted in: EUR of EUR/USD. Set by the gateway."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceTick(Record):
    """Prices at and above `from_price` move in steps of `tick_size`."""

    from_price: Decimal
    tick_size: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class InstrumentDetails(Record):
    """An instrument and its trading rules at one broker."""

    instrument: Instrument
    name: str
    tradable: bool
    shortable: bool
    fractionable: bool
    marginable: bool
    extended_hours: bool
    easy_to_borrow: bool
    price_ticks: tuple[PriceTick, ...]
    min_quantity: Decimal | None
    quantity_increment: Decimal | None
    lot_size: Decimal | None
    min_notional: Decimal | None
    maintenance_margin_rate: Decimal | None
    """Fraction of the market value: 0.25 means 25 %."""
    broker: str

    @property
    def symbol(self) -> str:
        """The gateway symbol."""
        return self.instrument.symbol
