"""Numbers, times and durations: the small values that every message is made of."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING

from google.protobuf.duration_pb2 import Duration
from google.protobuf.timestamp_pb2 import Timestamp

from brokerwire.v1 import calendar_date_pb2, decimal_pb2
from brokerwire_server.domain.decimals import ZERO, format_decimal, parse_decimal
from brokerwire_server.domain.errors import InvalidRequestError, Violation

if TYPE_CHECKING:
    from google.protobuf.message import Message

NANOS = 1_000_000_000
MAX_SECONDS = 253_402_300_799
"""The end of the year 9999: what a Timestamp can say."""

decimal_text = lru_cache(maxsize=65_536)(format_decimal)
"""`format_decimal`, remembered: prices and quantities repeat."""


def invalid(field: str, message: str, *, supported: Iterable[str] = ()) -> InvalidRequestError:
    """Return the error for a field with a wrong value."""
    return InvalidRequestError.of(Violation(field, "INVALID_FIELD", message, tuple(supported)))


def required(field: str, message: str) -> InvalidRequestError:
    """Return the error for a field that is missing."""
    return InvalidRequestError.of(Violation(field, "FIELD_REQUIRED", message))


# --- numbers ---------------------------------------------------------------------------------------------------------


def optional_decimal(message: "Message", name: str, path: str) -> Decimal | None:
    """Return the value of a Decimal field, or `None` where it is absent. `path` is what comes before the name."""
    if not message.HasField(name):
        return None
    return parse_decimal(getattr(message, name).value, path + name)


def money_amount(money: decimal_pb2.Money, path: str) -> Decimal:
    """Return the amount of a Money that is present; its amount and currency are both required."""
    if not money.HasField("amount"):
        raise required(f"{path}.amount", "the amount of money")
    if not money.currency_code:
        raise required(f"{path}.currency_code", "the currency, such as USD")
    return parse_decimal(money.amount.value, f"{path}.amount")


def positive(value: Decimal, field: str) -> Decimal:
    """Return a value that must be above zero."""
    if value <= ZERO:
        raise InvalidRequestError.of(Violation(field, "DECIMAL_OUT_OF_RANGE", "must be above 0"))
    return value


def set_decimal(target: decimal_pb2.Decimal, value: Decimal | None) -> None:
    """Write a number where there is one; an absent one stays absent."""
    if value is not None:
        target.value = decimal_text(value)


def set_money(target: decimal_pb2.Money, value: Decimal, currency: str) -> None:
    """Write an amount of money."""
    target.amount.value = decimal_text(value)
    target.currency_code = currency


# --- times -----------------------------------------------------------------------------------------------------------


def set_time(target: Timestamp, nanos: int) -> None:
    """Write nanoseconds since 1970; callers leave a time of 0 absent."""
    target.seconds, target.nanos = divmod(nanos, NANOS)


def optional_time(message: "Message", name: str, path: str = "") -> int:
    """Return a Timestamp field in nanoseconds, 0 where it is absent."""
    if not message.HasField(name):
        return 0
    value: Timestamp = getattr(message, name)
    if not 0 <= value.nanos < NANOS or not 0 < value.seconds <= MAX_SECONDS:
        raise invalid(path + name, "a time between 1970 and 9999")
    return value.seconds * NANOS + value.nanos


def optional_duration(message: "Message", name: str, path: str = "") -> int | None:
    """Return a Duration field in nanoseconds, `None` where it is absent. It can't be negative."""
    if not message.HasField(name):
        return None
    value: Duration = getattr(message, name)
    if value.seconds < 0 or not 0 <= value.nanos < NANOS or value.seconds > MAX_SECONDS:
        raise invalid(path + name, "a duration of 0 or more")
    return value.seconds * NANOS + value.nanos


def set_duration(target: Duration, nanos: int) -> None:
    """Write a duration."""
    target.seconds, target.nanos = divmod(nanos, NANOS)


def optional_date(message: "Message", name: str, path: str = "") -> str:
    """Return a CalendarDate field as an ISO date, empty where it is absent."""
    if not message.HasField(name):
        return ""
    value: calendar_date_pb2.CalendarDate = getattr(message, name)
    try:
        return date(value.year, value.month, value.day).isoformat()
    except ValueError:
        raise invalid(path + name, "there is no such day") from None


def set_date(target: calendar_date_pb2.CalendarDate, iso: str) -> None:
    """Write an ISO date."""
    target.year, target.month, target.day = map(int, iso.split("-"))
