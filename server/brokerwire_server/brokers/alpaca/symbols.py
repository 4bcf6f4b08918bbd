"""Alpaca's symbols and ours: an option's is its OCC symbol; crypto has a slash in orders and none in positions."""

import re
from decimal import Decimal

from brokerwire_server.domain.instruments import AssetClass, Instrument, OptionContract, OptionType

CLASSES = {
    # Trading API specification, AssetClass; `ipo` and the rest trade like shares or not at all.
    "us_equity": AssetClass.EQUITY,
    "us_option": AssetClass.OPTION,
    "crypto": AssetClass.CRYPTO,
    "crypto_perp": AssetClass.CRYPTO,
}
NAMES = {AssetClass.EQUITY: "us_equity", AssetClass.OPTION: "us_option", AssetClass.CRYPTO: "crypto"}

_OCC = re.compile(r"([A-Z]{1,6})(\d{2})(\d{2})(\d{2})([CP])(\d{8})", re.ASCII)
_QUOTED_IN = ("USDT", "USDC", "USD", "BTC")
"""What crypto is quoted in at Alpaca (docs, crypto trading), longest first where one ends another."""


def occ(symbol: str) -> OptionContract | None:
    """Return the terms that an OCC symbol names, or `None`."""
    match = _OCC.fullmatch(symbol)
    if match is None:
        return None
    underlying, year, month, day, kind, strike = match.groups()
    return OptionContract(
        underlying=underlying,
        type=OptionType.CALL if kind == "C" else OptionType.PUT,
        strike=Decimal(strike).scaleb(-3).normalize() + 0,
        expiration=f"20{year}-{month}-{day}",
    )


def crypto_pair(symbol: str) -> str:
    """Return a pair with its slash: BTCUSD is BTC/USD."""
    if "/" in symbol:
        return symbol
    for quoted in _QUOTED_IN:
        if symbol.endswith(quoted) and symbol != quoted:
            return f"{symbol.removesuffix(quoted)}/{quoted}"
    return symbol


def instrument_of(symbol: str, asset_class: str | None = None) -> Instrument:
    """Return the instrument of a symbol; where the class is not told, the symbol's form tells it."""
    contract = occ(symbol)
    known = CLASSES.get(asset_class or "")
    if known is AssetClass.CRYPTO or (known is None and "/" in symbol):
        pair = crypto_pair(symbol)
        return Instrument(symbol=pair, asset_class=AssetClass.CRYPTO, currency=pair.partition("/")[2] or "USD")
    if contract is not None and known is not AssetClass.EQUITY:
        return Instrument(symbol=symbol, asset_class=AssetClass.OPTION, option=contract)
    return Instrument(symbol=symbol, asset_class=known or AssetClass.EQUITY)
