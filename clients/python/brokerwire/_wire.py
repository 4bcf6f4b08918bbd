"""Values of a caller into the contract's, refused here where they cannot be meant."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, TypeVar

import grpc
from google.protobuf.duration_pb2 import Duration
from google.protobuf.timestamp_pb2 import Timestamp

from brokerwire._reasons import ErrorReason
from brokerwire.errors import FieldViolation, InvalidRequest
from brokerwire.types._base import WireEnum
from brokerwire.types.values import Money
from brokerwire.v1 import calendar_date_pb2, decimal_pb2

if TYPE_CHECKING:
    from collections.abc import Sequence

DecimalLike = Decimal | int | str
Seconds = timedelta | float

E = TypeVar("E", bound=WireEnum)

MAX_DIGITS = 38
MAX_PLACES = 18
GRAMMAR = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?", re.ASCII)


def invalid(field: str, problem: str, reason: str = ErrorReason.INVALID_FIELD) -> InvalidRequest:
    """The error that the gateway would have given, before anything is sent."""
    return InvalidRequest(
        f"{field} {problem}",
        code=grpc.StatusCode.INVALID_ARGUMENT,
        reason=reason,
        metadata={"field": field},
        violations=(FieldViolation(field, problem),),
    )


def decimal(value: DecimalLike | None, field: str) -> decimal_pb2.Decimal | None:
    """A Decimal of the contract; None stays None.

    Raises:
        TypeError: `value` is a float, or no number at all.
        InvalidRequest: it is outside the contract's grammar or limits.
    """
    return None if value is None else decimal_pb2.Decimal(value=_text(value, field))


def _text(value: DecimalLike, field: str) -> str:
    if isinstance(value, bool) or not isinstance(value, Decimal | int | str):
        hint = f'; write Decimal("{value}") or "{value}": a float is not exact' if _floating(value) else ""
        problem = f"{field} must be a Decimal, an int or a str, not {type(value).__name__}{hint}"
        raise TypeError(problem)
    text = value if isinstance(value, str) else _plain(Decimal(value), field)
    if not GRAMMAR.fullmatch(text):
        raise invalid(field, f"is not a decimal number: {text[:50]!r}", ErrorReason.DECIMAL_INVALID)
    whole, _, places = text.removeprefix("-").partition(".")
    if len(whole) + len(places) > MAX_DIGITS or len(places) > MAX_PLACES:
        raise invalid(field, "has more than 38 digits, or more than 18 places", ErrorReason.DECIMAL_OUT_OF_RANGE)
    return text


def _floating(value: object) -> bool:
    return isinstance(value, float)


def _plain(value: Decimal, field: str) -> str:
    exponent = value.as_tuple().exponent
    if not isinstance(exponent, int):
        raise invalid(field, f"is not a finite number: {value}", ErrorReason.DECIMAL_INVALID)
    if value.adjusted() > MAX_DIGITS or exponent < -MAX_DIGITS:  # its digits would not fit in memory, perhaps
        raise invalid(field, f"is out of range: {value:.3E}", ErrorReason.DECIMAL_OUT_OF_RANGE)
    return f"{value:f}"


def money(value: DecimalLike | Money | None, field: str, currency: str) -> decimal_pb2.Money | None:
    """A Money of the contract, in `currency` unless the value says another; None stays None."""
    if value is None:
        return None
    if isinstance(value, Money):
        return decimal_pb2.Money(amount=decimal(value.amount, field), currency_code=value.currency)
    return decimal_pb2.Money(amount=decimal(value, field), currency_code=currency)


def enum(kind: type[E], value: E | str | None, field: str) -> Any:  # noqa: ANN401 - the stubs want their own enum
    """The contract's number of an enum value, given as a member or as its name in any case; None stays None.

    Raises:
        InvalidRequest: no such value; the message lists those that there are.
    """
    if value is None:
        return None
    if isinstance(value, kind):
        return value.number
    if not isinstance(value, str):
        problem = f"{field} must be a {kind.__name__} or a str, not {type(value).__name__}"
        raise TypeError(problem)
    member = {str(m): m for m in kind}.get(value.strip().lower().replace("-", "_").replace(" ", "_"))
    if member is None or member.number < 1:
        raise invalid(field, f"must be one of {', '.join(kind.choices())}, not {value!r}")
    return member.number


def timestamp(value: datetime | None, field: str) -> Timestamp | None:
    """A Timestamp of an aware datetime; None stays None.

    Raises:
        InvalidRequest: the datetime is naive.
    """
    if value is None:
        return None
    if value.tzinfo is None:
        raise invalid(field, "needs a time zone: datetime(..., tzinfo=UTC)")
    result = Timestamp()
    result.FromDatetime(value)
    return result


def calendar_date(value: date | None, field: str) -> calendar_date_pb2.CalendarDate | None:
    """A CalendarDate of a date; None stays None.

    Raises:
        TypeError: `value` is a datetime, whose day depends on a time zone, or no date at all.
    """
    if value is None:
        return None
    if isinstance(value, datetime) or not isinstance(value, date):
        problem = f"{field} must be a date, not {type(value).__name__}"
        raise TypeError(problem)
    return calendar_date_pb2.CalendarDate(year=value.year, month=value.month, day=value.day)


def duration(value: Seconds | None) -> Duration | None:
    """A Duration of a timedelta or a number of seconds; None stays None."""
    if value is None:
        return None
    result = Duration()
    result.FromTimedelta(value if isinstance(value, timedelta) else timedelta(seconds=value))
    return result


def texts(value: str | Sequence[str] | None) -> list[str]:
    """One text, or several, as a list."""
    if value is None:
        return []
    return [value] if isinstance(value, str) else list(value)
