"""Alpaca's ways of writing times and numbers, and of making ids."""

import hashlib
import uuid
from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from brokerwire_server.domain.decimals import format_decimal
from brokerwire_server.simulator.prng import Stream

NEW_YORK = ZoneInfo("America/New_York")
SECOND = 1_000_000_000
_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_NANO = Decimal("0.000000001")


def rfc3339(time: int) -> str:
    """Return nanoseconds as RFC 3339 in UTC, without trailing zeros in the fraction."""
    seconds, fraction = divmod(time, SECOND)
    moment = datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    return f"{moment}.{fraction:09d}".rstrip("0").rstrip(".") + "Z"


def rfc3339_micro(time: int) -> str:
    """Return nanoseconds as RFC 3339 in UTC, cut to microseconds."""
    return rfc3339(time - time % 1000)


def optional_time(time: int) -> str | None:
    """Return a time, `None` for 0."""
    return rfc3339(time) if time else None


def new_york(time: int) -> datetime:
    """Return nanoseconds as New York wall time, to the microsecond."""
    seconds, fraction = divmod(time, SECOND)
    return datetime.fromtimestamp(seconds, NEW_YORK).replace(microsecond=fraction // 1000)


def offset_time(time: int) -> str:
    """Return a time with New York's offset, as the clock writes it."""
    return new_york(time).isoformat()


def activity_prefix(time: int) -> str:
    """Return the first part of an activity's id: New York's wall time to the millisecond, digits only."""
    moment = new_york(time)
    return f"{moment:%Y%m%d%H%M%S}{moment.microsecond // 1000:03d}"


def parse_time(text: str) -> int:
    """Return RFC 3339 or an ISO date (midnight UTC) as nanoseconds.

    Raises:
        ValueError: the text is neither.
    """
    text = text.strip().replace(" ", "+").replace("Z", "+00:00").replace("z", "+00:00")
    head, dot, rest = text.partition(".")
    nanos = 0
    if dot:
        digits = rest[: next((i for i, c in enumerate(rest) if not c.isdigit()), len(rest))]
        nanos = int(digits[:9].ljust(9, "0"))
        head += rest[len(digits) :]
    moment = datetime.fromisoformat(head)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return int(moment.timestamp()) * SECOND + nanos


def number(value: Decimal | None) -> str | None:
    """Return a decimal as Alpaca's string, `None` stays."""
    return None if value is None else format_decimal(value)


def nine(value: Decimal) -> str:
    """Return a decimal with at most nine decimals."""
    return format_decimal(value.quantize(_NANO) if -value.as_tuple().exponent > 9 else value)  # type: ignore[operator]


def stable_uuid(name: str) -> str:
    """Return the same version-4-shaped UUID for the same name, on every machine."""
    return str(uuid.UUID(bytes=hashlib.sha256(name.encode()).digest()[:16], version=4))


class Ids:
    """Repeatable ids: random-looking UUIDs, and ULIDs that only go up."""

    def __init__(self, seed: int) -> None:
        """Begin the sequence of this seed."""
        self._below = Stream(f"ids:{seed}").below
        self._last = 0

    def uuid(self) -> str:
        """Return the next UUID."""
        high, low = self._below(1 << 32), self._below(1 << 32)
        more, most = self._below(1 << 32), self._below(1 << 32)
        return str(uuid.UUID(int=(high << 96) | (low << 64) | (more << 32) | most, version=4))

    def ulid(self, time: int) -> str:
        """Return the next ULID at `time` (nanoseconds): greater than all before."""
        value = ((time // 1_000_000) << 80) | (self._below(1 << 40) << 40) | self._below(1 << 40)
        self._last = value = max(value, self._last + 1)
        return "".join(_CROCKFORD[(value >> shift) & 31] for shift in range(125, -1, -5))
