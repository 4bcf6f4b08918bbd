"""The text protocol's frames and the forms of its fields.

A frame is a 4-byte big-endian length and a body; the body is fields, each *ended* by NUL.
"""

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal

UNSET_DOUBLE = "1.7976931348623157E308"
UNSET_INTEGER = "2147483647"
UNSET_LONG = "9223372036854775807"
MAX_INTEGER = 2_147_483_647
MAX_FRAME = 0xFFFFFF
ABSENT = ""

_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?", re.ASCII)
_INTEGER = re.compile(r"[+-]?[0-9]{1,10}", re.ASCII)
_LARGE, _SMALL = Decimal(10_000_000), Decimal("0.001")
_UNSET = Decimal("1E308")


class Malformed(Exception):  # noqa: N818 - what it is, not that it is one
    """A message that can't be read. The text is what error 320 says."""

    def __init__(self, cause: str) -> None:
        """Say the cause in the service's own form."""
        super().__init__(f"Error reading request. {cause}")

    @classmethod
    def number(cls, text: str) -> "Malformed":
        """Return the error for a field that is no number."""
        return cls(f'Unable to parse data. java.lang.NumberFormatException: For input string: "{text}"')


def frame(fields: Sequence[str]) -> bytes:
    """Return fields as one frame."""
    body = "".join(field + "\0" for field in fields).encode()
    return len(body).to_bytes(4, "big") + body


class Inbox:
    """Bytes in, messages out."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self._data = bytearray()

    def feed(self, data: bytes) -> None:
        """Take what was received."""
        self._data += data

    def frames(self) -> Iterator[bytes]:
        """Yield the bodies that are whole, and take them out.

        Raises:
            Malformed: the length is beyond what the service takes: the stream is no protocol of ours.
        """
        while len(self._data) >= 4:
            length = int.from_bytes(self._data[:4], "big")
            if length > MAX_FRAME:
                raise Malformed(f"Message length {length} exceeds the maximum of {MAX_FRAME}.")
            if len(self._data) < 4 + length:
                return
            body = bytes(self._data[4 : 4 + length])
            del self._data[: 4 + length]
            yield body

    def skip(self, prefix: bytes) -> bool | None:
        """Take `prefix` off the front; `None` while too little is there, `False` where something else stands there."""
        if len(self._data) < len(prefix):
            return None if prefix.startswith(bytes(self._data)) else False
        if not self._data.startswith(prefix):
            return False
        del self._data[: len(prefix)]
        return True


def split(body: bytes) -> list[str]:
    """Return the fields of a body.

    Raises:
        Malformed: it is no text, or its last field has no end.
    """
    try:
        text = body.decode()
    except UnicodeDecodeError:
        raise Malformed("The message is not valid UTF-8.") from None
    if not text.endswith("\0"):
        raise Malformed("The last field is not terminated.")
    return text[:-1].split("\0")


def read_number(text: str) -> Decimal | None:
    """Return the value of a number field, `None` where it is empty or unset.

    Raises:
        Malformed: it is no number ("nan" is none, nor is "Infinite").
    """
    if not text:
        return None
    if _NUMBER.fullmatch(text) is None:
        raise Malformed.number(text)
    value = Decimal(text)
    return None if value >= _UNSET else value


def read_integer(text: str) -> int:
    """Return the value of a 32-bit field, 0 where it is empty.

    Raises:
        Malformed: it is no integer, or too large for 32 bits.
    """
    if not text:
        return 0
    if _INTEGER.fullmatch(text) is None or not -MAX_INTEGER - 1 <= int(text) <= MAX_INTEGER:
        raise Malformed.number(text)
    return int(text)


def read_flag(text: str) -> bool:
    """Return the value of a yes-or-no field.

    Raises:
        Malformed: it is neither empty, nor 0, nor 1.
    """
    if text not in ("", "0", "1", "true", "false"):
        raise Malformed(f'Unable to parse data. For input string: "{text}"')
    return text in ("1", "true")


def flag(*, value: bool) -> str:
    """Return a yes-or-no field."""
    return "1" if value else "0"


def number(value: Decimal | None) -> str:
    """Return a decimal as quantities, fills and most values are written: plain, without trailing zeros."""
    if value is None:
        return UNSET_DOUBLE
    text = format(value, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in ("", "-0") else text


def double(value: Decimal | None) -> str:
    """Return a decimal as the order fields are written: a Java double ("1.0", "1.2E7", "5.0E-4")."""
    if value is None:
        return UNSET_DOUBLE
    if not value:
        return "0.0"
    if _SMALL <= abs(value) < _LARGE:
        text = number(value)
        return text if "." in text else text + ".0"
    sign, digits, exponent = value.normalize().as_tuple()
    if not isinstance(exponent, int):
        raise ValueError("only finite numbers are written")
    shown = "".join(map(str, digits))
    power = exponent + len(shown) - 1
    return f"{'-' if sign else ''}{shown[0]}.{shown[1:] or '0'}E{power}"
