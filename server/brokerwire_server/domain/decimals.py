"""Decimals at the edge: one strict grammar, checked before any `Decimal` is built.

`Decimal` itself accepts `NaN`, `1_000`, full-width digits and `1E+3000000` (whose integer form takes minutes to
compute), so text from outside goes through `parse_decimal` and nothing else.
"""

import re
from decimal import Context, Decimal, DefaultContext, setcontext

from brokerwire_server.domain.errors import InvalidDecimalError

MAX_DIGITS = 38
MAX_SCALE = 18
MAX_LENGTH = 1 + 1 + MAX_DIGITS + MAX_SCALE

ZERO = Decimal(0)
ONE = Decimal(1)
HUNDRED = Decimal(100)

_GRAMMAR = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?", re.ASCII)
PRECISION = 100
"""Digits that arithmetic keeps: the product of any two numbers of the contract, summed a billion times, is exact."""

_SMALLEST = Decimal(1).scaleb(-MAX_SCALE)
_CONTEXT = Context(prec=PRECISION)

# Python's own default keeps 28 digits and rounds the rest away, silently. Money must not depend on who remembered to
# ask for more, so the whole process computes with PRECISION: this thread and its tasks, and every thread made later.
DefaultContext.prec = PRECISION
setcontext(_CONTEXT.copy())


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
    """Return the canonical text of a finite value: plain notation, no exponent, no trailing zeros, no `-0`.

    A computed value with more than 18 decimals is rounded to them, half-even; nothing that came in has more.
    """
    text = format(value, "f")
    if len(text) - text.find(".") > MAX_SCALE + 1 and "." in text:
        text = format(_CONTEXT.quantize(value, _SMALLEST), "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def divide(numerator: Decimal, denominator: Decimal) -> Decimal:
    """Divide, and round half-even to 18 decimals: the precision the contract can carry."""
    return _CONTEXT.quantize(_CONTEXT.divide(numerator, denominator), _SMALLEST)


def is_multiple(value: Decimal, step: Decimal) -> bool:
    """Tell whether `value` is a whole number of `step` (a tick or a quantity increment)."""
    return not _CONTEXT.remainder(value, step)
