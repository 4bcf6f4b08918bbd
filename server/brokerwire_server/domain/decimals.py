"""Decimals at the edge: one strict grammar, checked before any `Decimal` is built.

`Decimal` itself accepts `NaN`, `1_000`, full-width digits and `1E+3000000` (whose integer form takes minutes to
compute), so text from outside goes through `parse_decimal` and nothing else.
"""

import re
from decimal import Context, Decimal, localcontext

from brokerwire_server.domain.errors import InvalidDecimalError

MAX_DIGITS = 38
MAX_SCALE = 18
MAX_LENGTH = 1 + 1 + MAX_DIGITS + MAX_SCALE

ZERO = Decimal(0)
ONE = Decimal(1)
HUNDRED = Decimal(100)

_GRAMMAR = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?", re.ASCII)
_CONTEXT = Context(prec=60)


def parse_decimal(text: str, field: str) -> Decimal:
    """Return the exact value of `text`, without trailing zeros: equal numbers have one form, `1.50` and `1.5` alike.

    Args:
        text: ASCII `-?(0|[1-9][0-9]*)([.][0-9]+)?`, at most 38 digits of which at most 18 are decimals.
        field: the request field, for the error.

    Raises:
        InvalidDecimalError: the text is not in the grammar (`DECIMAL_INVALID`) or too large (`DECIMAL_OUT_OF_RANGE`).
    """
    if len(text) > MAX_LENGTH:
        raise InvalidDecimalError(field, text[:24] + "...", out_of_range=True)
    if _GRAMMAR.fullmatch(text) is None:
        raise InvalidDecimalError(field, text, out_of_range=False)
    whole, _, fraction = text.lstrip("-").partition(".")
    if len(fraction) > MAX_SCALE or len(whole) + len(fraction) > MAX_DIGITS:
        raise InvalidDecimalError(field, text, out_of_range=True)
    if fraction.endswith("0"):
        text = text.rstrip("0").rstrip(".")
    return ZERO if text == "-0" else Decimal(text)


def format_decimal(value: Decimal) -> str:
    """Return the canonical text of a finite value: plain notation, no exponent, no trailing zeros, no `-0`."""
    text = format(value, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def divide(numerator: Decimal, denominator: Decimal) -> Decimal:
    """Divide with 60 digits, then round half-even to 18 decimals: the precision the contract can carry."""
    with localcontext(_CONTEXT):
        return round(numerator / denominator, MAX_SCALE)


def is_multiple(value: Decimal, step: Decimal) -> bool:
    """Tell whether `value` is a whole number of `step` (a tick or a quantity increment)."""
    with localcontext(_CONTEXT):
        return value % step == ZERO
