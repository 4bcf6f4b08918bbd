"""Guards what goes out: a NUL in a text would end a field and shift all that follow, and a float has no exact text."""

from copy import copy
from dataclasses import fields as dataclass_fields
from dataclasses import is_dataclass
from decimal import Decimal
from math import isfinite
from typing import Any

from brokerwire_server.domain.decimals import format_decimal

_LIMIT = 2**31 - 1


class UnsendableError(ValueError):
    """A value that the broker's protocol has no safe text for. Nothing was sent."""


def clean(value: Any) -> Any:  # noqa: ANN401, PLR0911
    """Return a value as it may be given to the library, records of the library copied. Raises `UnsendableError`."""
    match value:
        case bool() | None:
            return value
        case str():
            return _text(value)
        case Decimal():
            if not value.is_finite():
                raise UnsendableError("a number that is not finite")
            return format_decimal(value)
        case int():
            if not -_LIMIT <= value <= _LIMIT:
                raise UnsendableError(f"{value} does not fit into 32 bits")
            return value
        case float():
            # Only the library's own defaults are floats.
            if not isfinite(value):
                raise UnsendableError("a number that is not finite")
            return value
        case list() | tuple():
            return [clean(one) for one in value]
    if is_dataclass(value) and not isinstance(value, type):
        return _record(value)
    raise UnsendableError(f"a value of type {type(value).__name__}")


def _text(value: str) -> str:
    if not value.isascii() or not value.isprintable():
        raise UnsendableError("a text with a control character, or one outside ASCII")
    return value


def _record(value: Any) -> Any:  # noqa: ANN401
    cleaned = copy(value)
    for field in dataclass_fields(value):
        before = getattr(value, field.name)
        if (after := clean(before)) is not before:
            setattr(cleaned, field.name, after)
    return cleaned
