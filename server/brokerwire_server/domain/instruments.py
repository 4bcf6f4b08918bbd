"""What can be traded: equities, options, crypto, forex, futures."""

import re
from decimal import Decimal
from enum import StrEnum

from msgspec import Struct
from msgspec.structs import replace

from brokerwire_server.domain.decimals import ONE, ZERO

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


class FutureContract(Struct, frozen=True, kw_only=True):
    """The terms of a future. `expiration` is the ISO date of its last trading day, `multiplier` money per point."""

    root: str
    expiration: str
    multiplier: Decimal


class Instrument(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What an order names. `symbol` is the broker-neutral symbol; an option's is its OCC symbol without padding.

    A pair of currencies, or of crypto, is BASE/QUOTE, and its `currency` is the quote's. A future's symbol is its
    exchange's, with month and year: ESZ6.
    """

    symbol: str
    asset_class: AssetClass = AssetClass.EQUITY
    exchange: str = ""
    currency: str = "USD"
    option: OptionContract | None = None
    future: FutureContract | None = None

    @property
    def multiplier(self) -> Decimal:
        """Units of value per unit of quantity: 100 for a standard option, 50 for an E-mini future, else 1 as a rule."""
        terms = self.option or self.future
        return terms.multiplier if terms else ONE

    @property
    def base_currency(self) -> str:
        """What a pair is counted in, EUR of EUR/USD; empty for anything else."""
        base, slash, _ = self.symbol.partition("/")
        return base if slash and self.asset_class in (AssetClass.FOREX, AssetClass.CRYPTO) else ""

    @property
    def paid_for(self) -> bool:
        """Whether a trade moves its value in cash. A future's does not: gains and losses are paid as they arise."""
        return self.asset_class is not AssetClass.FUTURE

    def completed(self, known: "Instrument") -> "Instrument":
        """Return this instrument with the terms that the broker states for it: they decide what a unit is worth."""
        return replace(
            self, currency=known.currency, option=known.option or self.option, future=known.future or self.future
        )


class PriceTick(Struct, frozen=True):
    """Prices at and above `from_price` move in steps of `size`, up to the next rule's."""

    from_price: Decimal
    size: Decimal


EQUITY_TICKS = (PriceTick(ZERO, Decimal("0.0001")), PriceTick(ONE, Decimal("0.01")))
"""US equities quote finer below one dollar (Regulation NMS, rule 612)."""


class InstrumentDetails(Struct, frozen=True, kw_only=True):
    """Reference data of one instrument: trading rules for validation and for display.

    `ticks` are ordered by price; the first one starts at 0.
    """

    instrument: Instrument
    name: str = ""
    ticks: tuple[PriceTick, ...] = EQUITY_TICKS
    quantity_increment: Decimal = Decimal("0.001")
    minimum_quantity: Decimal = Decimal("0.001")
    tradable: bool = True
    shortable: bool = True
    fractionable: bool = True
    marginable: bool = True

    def tick_at(self, price: Decimal) -> Decimal:
        """Return the price increment at `price`."""
        return next((tick.size for tick in reversed(self.ticks) if price >= tick.from_price), self.ticks[0].size)


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
