"""What can be traded: the simulator's US listings, three coins, and every option on a listing that is well-formed."""

import re
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

from msgspec import Struct

from brokerwire_sandbox.alpaca.formats import number, stable_uuid
from brokerwire_server.domain.decimals import ZERO, format_decimal
from brokerwire_server.domain.instruments import (
    AssetClass,
    Instrument,
    InstrumentDetails,
    OptionContract,
    OptionType,
    PriceTick,
)
from brokerwire_server.simulator import UNIVERSE

_OCC = re.compile(r"([A-Z]{1,6})(\d{6})([CP])(\d{8})")
_NINE = Decimal("0.000000001")
_CENT = Decimal("0.01")
_COINS = (
    ("BTC/USD", "Bitcoin  / US Dollar", "91250"),
    ("ETH/USD", "Ethereum  / US Dollar", "3120"),
    ("SOL/USD", "Solana  / US Dollar", "142.5"),
)
_PLAIN = ("BAC", "F", "T")
_CLASSES = {AssetClass.EQUITY: "us_equity", AssetClass.CRYPTO: "crypto", AssetClass.OPTION: "us_option"}


class Asset(Struct, frozen=True, kw_only=True):
    """One asset. `symbol` is what orders name, `position_symbol` what positions call it (BTC/USD: BTCUSD)."""

    id: str
    details: InstrumentDetails
    price: Decimal
    exchange: str
    attributes: tuple[str, ...] = ()

    @property
    def instrument(self) -> Instrument:
        """The instrument at the simulated exchange."""
        return self.details.instrument

    @property
    def symbol(self) -> str:
        """The symbol in orders."""
        return self.details.instrument.symbol

    @property
    def kind(self) -> AssetClass:
        """Equity, crypto or option."""
        return self.details.instrument.asset_class

    @property
    def asset_class(self) -> str:
        """Alpaca's word for the kind."""
        return _CLASSES[self.kind]

    @property
    def position_symbol(self) -> str:
        """The symbol in positions and activities of positions."""
        return self.symbol.replace("/", "")

    @property
    def contract(self) -> OptionContract:
        """The terms of an option; ask only where `kind` is OPTION."""
        contract = self.details.instrument.option
        assert contract is not None  # noqa: S101 - the caller looked at `kind`
        return contract


def third_friday(year: int, month: int) -> date:
    """Return the day on which standard monthly options expire."""
    first = date(year, month, 1)
    return first + timedelta(days=(4 - first.weekday()) % 7 + 14)


class AssetBook:
    """All assets, by symbol in either form and by id. Options come into being when they are first asked for."""

    def __init__(self) -> None:
        """List the built-in assets."""
        self._by_key: dict[str, Asset] = {}
        self.listed: list[Asset] = []
        for listing in UNIVERSE:
            symbol = listing.details.instrument.symbol
            attributes: tuple[str, ...] = ("has_options", "overnight_tradable")
            if symbol not in _PLAIN:
                attributes = ("fractional_eh_enabled", *attributes)
            details = listing.details
            self._list(_equity(details, listing.price, details.instrument.exchange, attributes))
        for symbol, name, price in _COINS:
            self._list(_coin(symbol, name, Decimal(price)))

    def find(self, key: str) -> Asset | None:
        """Return an asset by its symbol (either form), OCC symbol or id; `None` where there is none."""
        return self._by_key.get(key) or self._by_key.get(key.upper()) or self._option(key.upper())

    def add_equity(self, symbol: str, *, price: Decimal, fractionable: bool = True, shortable: bool = True) -> Asset:
        """List another stock."""
        instrument = Instrument(symbol=symbol, asset_class=AssetClass.EQUITY, exchange="NASDAQ")
        details = InstrumentDetails(instrument=instrument, name=symbol, fractionable=fractionable, shortable=shortable)
        return self._list(_equity(details, price, "NASDAQ", ("has_options",)))

    def chain(self, underlying: str, today: date, price: Decimal | None = None) -> Iterator[Asset]:
        """Yield the listed options on a stock: four months, eleven strikes around `price`, calls and puts."""
        asset = self._by_key.get(underlying)
        if asset is None or asset.kind is not AssetClass.EQUITY:
            return
        centre = asset.price if price is None else price
        step = Decimal(1) if centre < 50 else Decimal(5) if centre < 400 else Decimal(10)
        middle = (centre / step).to_integral_value(ROUND_HALF_EVEN) * step
        for expiry in _expiries(today):
            for offset in range(-5, 6):
                strike = middle + offset * step
                for letter in "CP":
                    option = strike > 0 and self.find(f"{underlying}{expiry:%y%m%d}{letter}{int(strike * 1000):08d}")
                    if option:
                        yield option

    def _option(self, symbol: str) -> Asset | None:
        match = _OCC.fullmatch(symbol)
        underlying = self._by_key.get(match[1]) if match else None
        if match is None or underlying is None:
            return None
        try:
            expiration = date(2000 + int(match[2][:2]), int(match[2][2:4]), int(match[2][4:]))
        except ValueError:
            return None
        contract = OptionContract(
            underlying=match[1],
            type=OptionType.CALL if match[3] == "C" else OptionType.PUT,
            strike=Decimal(int(match[4])) / 1000,
            expiration=expiration.isoformat(),
        )
        instrument = Instrument(symbol=symbol, asset_class=AssetClass.OPTION, option=contract)
        word = "Call" if match[3] == "C" else "Put"
        name = f"{match[1]} {expiration:%b %d %Y} {format_decimal(contract.strike)} {word}"
        details = InstrumentDetails(instrument=instrument, name=name, fractionable=False, marginable=False)
        asset = Asset(id=stable_uuid("asset:" + symbol), details=details, price=Decimal(0), exchange="")
        self._by_key[symbol] = self._by_key[asset.id] = asset
        return asset

    def _list(self, asset: Asset) -> Asset:
        self._by_key[asset.symbol] = self._by_key[asset.position_symbol] = self._by_key[asset.id] = asset
        self.listed = [*(a for a in self.listed if a.symbol != asset.symbol), asset]
        return asset


def _expiries(today: date) -> list[date]:
    found: list[date] = []
    year, month = today.year, today.month
    while len(found) < 4:
        friday = third_friday(year, month)
        if friday >= today:
            found.append(friday)
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)
    return found


def _equity(details: InstrumentDetails, price: Decimal, exchange: str, attributes: tuple[str, ...]) -> Asset:
    symbol = details.instrument.symbol
    return Asset(
        id=stable_uuid("asset:" + symbol), details=details, price=price, exchange=exchange, attributes=attributes
    )


def _coin(symbol: str, name: str, price: Decimal) -> Asset:
    details = InstrumentDetails(
        instrument=Instrument(symbol=symbol, asset_class=AssetClass.CRYPTO, exchange="CRYPTO"),
        name=name,
        ticks=(PriceTick(ZERO, _NINE),),
        quantity_increment=_NINE,
        minimum_quantity=_NINE,
        shortable=False,
        marginable=False,
    )
    return Asset(id=stable_uuid("asset:" + symbol), details=details, price=price, exchange="CRYPTO")


def asset_json(asset: Asset) -> dict[str, Any]:
    """Return an asset as `/v2/assets` shows it."""
    details = asset.details
    margin = "30" if details.marginable else "100"
    body: dict[str, Any] = {
        "id": asset.id,
        "class": asset.asset_class,
        "exchange": asset.exchange,
        "symbol": asset.symbol,
        "name": details.name,
        "status": "active",
        "tradable": details.tradable,
        "marginable": details.marginable,
        "maintenance_margin_requirement": int(margin),
        "margin_requirement_long": margin,
        "margin_requirement_short": margin,
        "shortable": details.shortable,
        "easy_to_borrow": details.shortable,
        "borrow_status": "easy_to_borrow" if details.shortable else "not_borrowable",
        "fractionable": details.fractionable,
        "attributes": list(asset.attributes),
    }
    if asset.kind is AssetClass.CRYPTO:
        body |= {
            "min_order_size": "0.000000001",
            "min_trade_increment": "0.000000001",
            "price_increment": "0.000000001",
        }
    return body


def contract_json(asset: Asset, underlying: Asset, close: Decimal | None, today: date) -> dict[str, Any]:
    """Return an option as `/v2/options/contracts` shows it; `close` is its latest closing price."""
    contract = asset.contract
    yesterday = (today - timedelta(days=1)).isoformat()
    expired = contract.expiration < today.isoformat()
    return {
        "id": asset.id,
        "symbol": asset.symbol,
        "name": asset.details.name,
        "status": "inactive" if expired else "active",
        "tradable": not expired,
        "expiration_date": contract.expiration,
        "root_symbol": contract.underlying,
        "underlying_symbol": contract.underlying,
        "underlying_asset_id": underlying.id,
        "type": contract.type.value.lower(),
        "style": "american",
        "strike_price": number(contract.strike),
        "multiplier": "100",
        "size": "100",
        "open_interest": "100",
        "open_interest_date": yesterday,
        "close_price": number(close),
        "close_price_date": yesterday if close is not None else None,
    }


def option_price(asset: Asset, underlying: Decimal, today: date) -> Decimal:
    """Return a made-up, repeatable price of an option: intrinsic value and a time value that decays to nothing.

    It is monotone in strike and time like a real one, and that is all that is claimed of it.
    """
    contract = asset.contract
    sign = 1 if contract.type is OptionType.CALL else -1
    intrinsic = max(sign * (underlying - contract.strike), Decimal(0))
    days = max((date.fromisoformat(contract.expiration) - today).days, 0)
    distance = abs(underlying - contract.strike) / underlying
    at_the_money = underlying * Decimal("0.012") * Decimal(days).sqrt() / 5
    time_value = at_the_money / (1 + 20 * distance)
    return max((intrinsic + time_value).quantize(_CENT), _CENT * 2)
