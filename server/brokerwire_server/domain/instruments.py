"""What can be traded: equities, options, crypto, forex, futures."""

from decimal import Decimal
from enum import StrEnum

from msgspec import Struct

from brokerwire_server.domain.decimals import ONE


class AssetClass(StrEnum):
    """The kind of instrument."""

    EQUITY = "EQUITY"
    OPTION = "OPTION"
    CRYPTO = "CRYPTO"
    FOREX = "FOREX"
    FUTURE = "FUTURE"


class OptionType(StrEnum):
    """The right that an option gives."""

    CALL = "CALL"
    PUT = "PUT"


class OptionContract(Struct, frozen=True, kw_only=True):
    """The terms of an option. `expiration` is an ISO date, `multiplier` units of the underlying per contract."""

    underlying: str
    type: OptionType
    strike: Decimal
    expiration: str
    multiplier: Decimal = Decimal(100)


class Instrument(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What an order names. `symbol` is the broker-neutral symbol; an option's is its OCC symbol without padding."""

    symbol: str
    asset_class: AssetClass = AssetClass.EQUITY
    exchange: str = ""
    currency: str = "USD"
    option: OptionContract | None = None

    @property
    def multiplier(self) -> Decimal:
        """Units of value per unit of quantity: 100 for a standard option, else 1."""
        return self.option.multiplier if self.option else ONE


class InstrumentDetails(Struct, frozen=True, kw_only=True):
    """Reference data of one instrument: trading rules for validation and for display."""

    instrument: Instrument
    name: str = ""
    tick_size: Decimal = Decimal("0.01")
    sub_dollar_tick_size: Decimal = Decimal("0.0001")
    quantity_increment: Decimal = Decimal("0.001")
    minimum_quantity: Decimal = Decimal("0.001")
    tradable: bool = True
    shortable: bool = True
    fractionable: bool = True
    marginable: bool = True

    def tick_at(self, price: Decimal) -> Decimal:
        """Return the price increment at `price` (US equities quote finer below one dollar)."""
        return self.sub_dollar_tick_size if price < 1 else self.tick_size
