"""Journal entries as lines of text, for auditors.

The columns are a contract: they stay, and new ones come at the end.
"""

import csv
import io
from collections.abc import Callable
from datetime import UTC, datetime

import msgspec
from msgspec import Raw, Struct

from brokerwire_server.domain.events import Event

COLUMNS = (
    "account_id",
    "sequence",
    "epoch",
    "time",
    "type",
    "causation",
    "payload",
    "previous_hash",
    "hash",
)
"""`time` is RFC 3339 in UTC with nanoseconds; `payload` the JSON that was hashed; the hashes are hexadecimal."""

_NANOS = 1_000_000_000


class _Line(Struct, frozen=True, kw_only=True):
    account_id: str
    sequence: int
    epoch: int
    time: str
    type: str
    causation: str
    payload: Raw
    previous_hash: str
    hash: str


def json_line(entry: Event) -> str:
    """Return an entry as one line of JSON; its payload keeps the bytes that were hashed."""
    line = _Line(
        account_id=entry.account_id,
        sequence=entry.sequence,
        epoch=entry.epoch,
        time=_text(entry.time),
        type=str(entry.type),
        causation=entry.causation,
        payload=Raw(entry.body),
        previous_hash=entry.previous_hash.hex(),
        hash=entry.hash.hex(),
    )
    return msgspec.json.encode(line).decode() + "\n"


def csv_line(entry: Event) -> str:
    """Return an entry as a line of CSV (RFC 4180)."""
    return _row(
        entry.account_id,
        str(entry.sequence),
        str(entry.epoch),
        _text(entry.time),
        str(entry.type),
        entry.causation,
        entry.body.decode(),
        entry.previous_hash.hex(),
        entry.hash.hex(),
    )


def csv_header() -> str:
    """Return the line of names."""
    return _row(*COLUMNS)


def _row(*cells: str) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerow(cells)
    return text.getvalue()


def _text(time: int) -> str:
    seconds, nanos = divmod(time, _NANOS)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{nanos:09d}Z"


Format = tuple[str, Callable[[Event], str]]
"""What stands before all lines, and what makes a line of an entry."""

JSON_LINES: Format = ("", json_line)
CSV: Format = (csv_header(), csv_line)
