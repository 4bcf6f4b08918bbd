"""Fields of a message: text in, exact values out. What can't be read raises; nothing is guessed."""

import re
from collections.abc import Sequence
from decimal import Decimal

from brokerwire_server.domain.decimals import format_decimal

UNSET_INTEGER = "2147483647"
_UNSET = frozenset(
    {
        "",
        UNSET_INTEGER,
        "1.7976931348623157E308",
        "9223372036854775807",
        "-9223372036854775808",
        "170141183460469231731687303715884105727",
    }
)
"""How the broker says that a number is not there."""

_NUMBER = re.compile(r"-?\d+(\.\d*)?(E[+-]?\d{1,3})?", re.ASCII)
# Digits of the wire are few; this bounds what a broken peer can make us store.
_LONGEST_NUMBER = 40
_LARGEST = 30


def number(text: str) -> Decimal | None:
    """Return a number exactly as it is written, `None` where it is unset. Raises `ValueError`."""
    if text in _UNSET:
        return None
    if len(text) > _LONGEST_NUMBER:
        raise ValueError(f"a number of {len(text)} characters")
    if _NUMBER.fullmatch(text) is None:
        raise ValueError(f"not a number: {text!r}")
    value = Decimal(text)
    # Java writes 1.0E7; and what no account could ever hold is the broker's largest number, its other "unset".
    return None if value.adjusted() > _LARGEST else Decimal(format_decimal(value))


def whole(text: str) -> int:
    """Return an integer, 0 where the field is empty. Raises `ValueError`."""
    return int(text) if text else 0


class Fields:
    """Reads the fields of one message in their order."""

    __slots__ = ("_at", "_fields")

    def __init__(self, fields: Sequence[str], at: int = 0) -> None:
        """Begin at a field."""
        self._fields = fields
        self._at = at

    @property
    def left(self) -> int:
        """How many fields are left."""
        return len(self._fields) - self._at

    def skip(self, count: int) -> None:
        """Leave fields out. Raises `ValueError` where there are not as many."""
        if count > self.left:
            raise ValueError(f"the message has {len(self._fields)} fields, and ends too early")
        self._at += count

    def text(self) -> str:
        """Return the next field. Raises `ValueError` where there is none."""
        self.skip(1)
        return self._fields[self._at - 1]

    def whole(self) -> int:
        """Return the next field as an integer, 0 where it is empty."""
        return whole(self.text())

    def number(self) -> Decimal | None:
        """Return the next field as a number, `None` where it is unset."""
        return number(self.text())

    def amount(self) -> Decimal:
        """Return the next field as a number that must be there. Raises `ValueError`."""
        value = self.number()
        if value is None:
            raise ValueError(f"field {self._at - 1} has no number")
        return value

    def flag(self) -> bool:
        """Return the next field as a boolean."""
        return self.text() not in ("", "0")
