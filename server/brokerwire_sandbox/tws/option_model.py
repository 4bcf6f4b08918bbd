"""Black and Scholes without interest, at one volatility: where the quotes and greeks of options come from."""

from decimal import Decimal
from math import erf, exp, log, pi, sqrt

from msgspec import Struct

VOLATILITY = 0.3
_STEP = Decimal("0.05")
_YEAR = 365.0
_FINE = Decimal("0.000001")


class Greeks(Struct, frozen=True):
    """An option's model price, and how it moves: `vega` per point of volatility, `theta` per day."""

    price: Decimal
    delta: Decimal
    gamma: Decimal
    vega: Decimal
    theta: Decimal


def greeks(spot: Decimal, strike: Decimal, right: str, days: int) -> Greeks:
    """Return the model's values `days` before expiry; on the last day it still has one."""
    years, ratio = max(days, 1) / _YEAR, float(spot / strike)
    width = VOLATILITY * sqrt(years)
    first = log(ratio) / width + width / 2
    density = exp(-first * first / 2) / sqrt(2 * pi)
    call = float(spot) * _normal(first) - float(strike) * _normal(first - width)
    put = call - float(spot) + float(strike)
    price = Decimal(str(call if right == "C" else put))
    return Greeks(
        price=max((price / _STEP).to_integral_value() * _STEP, 2 * _STEP),
        delta=_decimal(_normal(first) - (right == "P")),
        gamma=_decimal(density / (float(spot) * width)),
        vega=_decimal(float(spot) * density * sqrt(years) / 100),
        theta=_decimal(-float(spot) * density * VOLATILITY / (2 * sqrt(years)) / _YEAR),
    )


def _normal(value: float) -> float:
    return (1 + erf(value / sqrt(2))) / 2


def _decimal(value: float) -> Decimal:
    return Decimal(str(value)).quantize(_FINE)
