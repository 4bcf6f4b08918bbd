"""Market data as Alpaca writes it: one-letter names, JSON numbers, nanosecond times."""

import math
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import msgspec
from aiohttp import web

from brokerwire_sandbox.alpaca.assets import Asset
from brokerwire_sandbox.alpaca.data_tape import Bar
from brokerwire_sandbox.alpaca.formats import SECOND, rfc3339
from brokerwire_server.domain.instruments import AssetClass, OptionType
from brokerwire_server.domain.market import Quote

_MICRO = Decimal("0.000001")
_VOLATILITY, _RATE = 0.3, 0.04
"""What the made-up greeks assume."""

_encode = msgspec.json.Encoder(decimal_format="number").encode
_pack = msgspec.msgpack.Encoder(decimal_format="number").encode


def answer(body: object) -> web.Response:
    """Return a JSON answer in which decimals are numbers, digit for digit."""
    return web.Response(body=_encode(_written(body)), content_type="application/json", charset="utf-8")


def frame(messages: list[dict[str, Any]], *, packed: bool) -> bytes:
    """Return messages of the stream. In msgpack a time is the timestamp extension, and numbers are binary floats."""
    return _pack(_packed(messages)) if packed else _encode(_written(messages))


def quote_json(asset: Asset, quote: Quote) -> dict[str, Any]:
    """Return a quote; `t` is in nanoseconds until it is written."""
    body: dict[str, Any] = {
        "ap": quote.ask,
        "as": _size(asset, quote.ask_size),
        "bp": quote.bid,
        "bs": _size(asset, quote.bid_size),
        "t": Nanos(quote.time),
    }
    if asset.kind is AssetClass.EQUITY:
        body |= {"ax": "V", "bx": "V", "c": ["R"], "z": "C"}
    elif asset.kind is AssetClass.OPTION:
        body |= {"ax": "N", "bx": "N", "c": "A"}
    return body


def trade_json(asset: Asset, quote: Quote) -> dict[str, Any] | None:
    """Return the last trade, `None` where there was none."""
    if not quote.last:
        return None
    body: dict[str, Any] = {"p": quote.last, "s": _size(asset, quote.last_size), "t": Nanos(quote.time)}
    if asset.kind is AssetClass.EQUITY:
        return body | {"c": ["@"], "i": quote.time // 1000 % 1_000_000, "x": "V", "z": "C"}
    if asset.kind is AssetClass.OPTION:
        return body | {"c": "I", "x": "N"}
    return body | {"i": quote.time // 1000 % 1_000_000, "tks": "B"}


def bar_json(asset: Asset, bar: Bar, factor: Decimal = Decimal(1)) -> dict[str, Any]:
    """Return a bar, its prices times `factor`."""
    volume = bar.volume / factor
    return {
        "o": _plain(bar.open * factor),
        "h": _plain(bar.high * factor),
        "l": _plain(bar.low * factor),
        "c": _plain(bar.close * factor),
        "v": _size(asset, volume),
        "n": bar.trades,
        "vw": _plain((bar.average * factor).quantize(_MICRO)),
        "t": Nanos(bar.start),
    }


def greeks_json(asset: Asset, underlying: Decimal, today: date) -> dict[str, Any]:
    """Return implied volatility and greeks by Black and Scholes: of an assumed volatility, not of the made-up price."""
    contract = asset.contract
    years = max((date.fromisoformat(contract.expiration) - today).days, 1) / 365
    spot, strike, spread = float(underlying), float(contract.strike), _VOLATILITY * math.sqrt(years)
    d1 = (math.log(spot / strike) + (_RATE + _VOLATILITY**2 / 2) * years) / spread
    d2 = d1 - spread
    density, discount = math.exp(-d1 * d1 / 2) / math.sqrt(2 * math.pi), strike * math.exp(-_RATE * years)
    sign = 1 if contract.type is OptionType.CALL else -1
    decay = -spot * density * _VOLATILITY / (2 * math.sqrt(years))
    return {
        "impliedVolatility": _VOLATILITY,
        "greeks": {
            "delta": round(sign * _normal(sign * d1), 4),
            "gamma": round(density / (spot * spread), 4),
            "theta": round((decay - sign * _RATE * discount * _normal(sign * d2)) / 365, 4),
            "vega": round(spot * density * math.sqrt(years) / 100, 4),
            "rho": round(sign * discount * years * _normal(sign * d2) / 100, 4),
        },
    }


class Nanos(int):
    """A time, which JSON and msgpack write differently."""

    __slots__ = ()


def _normal(value: float) -> float:
    return (1 + math.erf(value / math.sqrt(2))) / 2


def _size(asset: Asset, size: Decimal) -> Decimal | int:
    return _plain(size) if asset.kind is AssetClass.CRYPTO else int(size)


def _plain(value: Decimal) -> Decimal:
    return value.normalize() + 0


def _written(value: Any) -> Any:  # noqa: ANN401 - any JSON
    return _changed(value, rfc3339)


def _packed(value: Any) -> Any:  # noqa: ANN401 - any JSON
    return _changed(
        value, lambda time: datetime.fromtimestamp(time // SECOND, UTC).replace(microsecond=time % SECOND // 1000)
    )


def _changed(value: Any, time: Any) -> Any:  # noqa: ANN401 - any JSON
    match value:
        case Nanos():
            return time(value)
        case dict():
            return {key: _changed(item, time) for key, item in value.items()}
        case list():
            return [_changed(item, time) for item in value]
    return value
