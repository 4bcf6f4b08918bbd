"""What can be traded: equities, options, crypto, forex, futures."""

import re
from decimal import Decimal
from enum import StrEnum

from msgspec import Struct

from brokerwire_server.domain.decimals import ONE

_OCC = re.compile(r"([A-Z]{1,6})(\d{2})(\d{2})(\d{2})([CP])(\d{8})", re.ASCII)


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


def occ_symbol(option: OptionContract) -> str:
    """Return the OCC symbol of an option, without padding."""
    year, month, day = option.expiration.split("-")
    strike = int(option.strike * 1000)
    return f"{option.underlying}{year[2:]}{month}{day}{option.type.value[0]}{strike:08d}"


def option_of(symbol: str) -> OptionContract | None:
    """Return the terms that an OCC symbol states, `None` where it is not one."""
    match = _OCC.fullmatch(symbol)
    if match is None:
        return None
    underlying, year, month, day, right, strike = match.groups()
    return OptionContract(
        underlying=underlying,
        type=OptionType.CALL if right == "C" else OptionType.PUT,
        strike=Decimal(int(strike)) / 1000,
        expiration=f"20{year}-{month}-{day}",
    )
