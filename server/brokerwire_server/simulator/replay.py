"""Recorded quotes from CSV files, row by row.

Columns, in any order: `time` (ISO 8601 with `Z` or `+00:00`), `symbol`, `bid`, `bid_size`, `ask`, `ask_size`, and
optionally `last`, `open`, `high`, `low`, `volume`. Cells other than time and symbol may be empty. Rows are in order of
time within a file. The bar columns are checked but not used: stops trigger on `last`, or on the quote.
"""

import csv
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from heapq import merge
from itertools import islice
from pathlib import Path

from brokerwire_server.domain.decimals import ZERO, parse_decimal
from brokerwire_server.domain.errors import InvalidDecimalError
from brokerwire_server.domain.market import Quote

_REQUIRED = ("time", "symbol", "bid", "bid_size", "ask", "ask_size")
_OPTIONAL = ("last", "open", "high", "low", "volume")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_NUMBER_LIMIT = Decimal(1_000_000_000_000)


class ReplayError(ValueError):
    """A replay file can't be read; the message names the file, and where it can the line and the column."""


def read_quotes(path: str | Path) -> Iterator[Quote]:
    """Yield the quotes of one file as they are read.

    Raises:
        ReplayError: at the first header, row or cell that is wrong.
    """
    try:
        with Path(path).open(encoding="utf-8", newline="") as file:
            yield from _read(str(path), csv.reader(file, strict=True))
    except OSError as error:
        raise ReplayError(f"{path}: can't be read ({error.strerror})") from error
    except UnicodeDecodeError as error:
        raise ReplayError(f"{path}: is not UTF-8 text") from error
    except csv.Error as error:
        raise ReplayError(f"{path}: {error}") from error


def replay(paths: Sequence[str | Path]) -> Iterator[Quote]:
    """Yield the quotes of several files merged by time; at equal times the earlier file goes first."""
    return merge(*(read_quotes(path) for path in paths), key=lambda quote: quote.time)


def symbols_in(paths: Iterable[str | Path], rows: int = 20_000) -> tuple[str, ...]:
    """Return the symbols in the first `rows` rows of each file, sorted: also an early check of the files.

    Raises:
        ReplayError: a file is wrong there, or has no rows.
    """
    found: set[str] = set()
    for path in paths:
        here = {quote.symbol for quote in islice(read_quotes(path), rows)}
        if not here:
            raise ReplayError(f"{path}: has no rows")
        found |= here
    return tuple(sorted(found))


def _read(name: str, rows: Iterator[list[str]]) -> Iterator[Quote]:
    columns = _header(name, next(rows, None))
    previous = -(1 << 63)
    for line, cells in enumerate(rows, start=2):
        if not cells:
            continue
        row = _Row(f"{name}:{line}", columns, cells)
        quote = row.quote()
        if quote.time < previous:
            raise ReplayError(f"{name}:{line}: column time: is earlier than the row before")
        previous = quote.time
        yield quote


def _header(name: str, header: list[str] | None) -> dict[str, int]:
    if header is None:
        raise ReplayError(f"{name}:1: the file is empty; expected the header {','.join(_REQUIRED + _OPTIONAL)}")
    names = [cell.strip().lstrip("\ufeff") for cell in header]
    if missing := [column for column in _REQUIRED if column not in names]:
        raise ReplayError(f"{name}:1: the header lacks column {', '.join(missing)}")
    if unknown := [column for column in names if column not in _REQUIRED + _OPTIONAL]:
        raise ReplayError(f"{name}:1: the header has unknown column {', '.join(map(repr, unknown))}")
    if len(set(names)) != len(names):
        raise ReplayError(f"{name}:1: the header names a column twice")
    return {column: index for index, column in enumerate(names)}


class _Row:
    __slots__ = ("_cells", "_columns", "_place")

    def __init__(self, place: str, columns: dict[str, int], cells: list[str]) -> None:
        if len(cells) != len(columns):
            raise ReplayError(f"{place}: has {len(cells)} cells, the header has {len(columns)}")
        self._place, self._columns, self._cells = place, columns, cells

    def quote(self) -> Quote:
        symbol = self._cells[self._columns["symbol"]].strip()
        if not symbol:
            raise ReplayError(f"{self._place}: column symbol: is empty")
        for column in ("open", "high", "low", "volume"):
            self._number(column)
        return Quote(
            symbol=symbol,
            bid=self._number("bid"),
            bid_size=self._number("bid_size"),
            ask=self._number("ask"),
            ask_size=self._number("ask_size"),
            last=self._number("last"),
            time=self._time(),
        )

    def _number(self, column: str) -> Decimal:
        index = self._columns.get(column)
        text = "" if index is None else self._cells[index].strip()
        if not text:
            return ZERO
        try:
            value = parse_decimal(text, column)
        except InvalidDecimalError as error:
            raise ReplayError(f"{self._place}: column {column}: {text[:24]!r} is not a decimal number") from error
        if not ZERO <= value <= _NUMBER_LIMIT:
            raise ReplayError(f"{self._place}: column {column}: {text[:24]} is outside 0 to {_NUMBER_LIMIT}")
        return value

    def _time(self) -> int:
        text = self._cells[self._columns["time"]].strip()
        try:
            return parse_time(text)
        except ValueError as error:
            message = f"{self._place}: column time: {text[:40]!r} is not a UTC time such as 2014-06-06T13:30:00Z"
            raise ReplayError(message) from error


def parse_time(text: str) -> int:
    """Return nanoseconds of an ISO 8601 UTC time with up to nine decimals of a second.

    Raises:
        ValueError: it is not one.
    """
    body = text.removesuffix("Z").removesuffix("+00:00")
    if body == text:
        raise ValueError("not marked as UTC")
    whole, _, fraction = body.partition(".")
    moment = datetime.fromisoformat(whole)
    if moment.tzinfo is not None or len(fraction) > 9 or (fraction and not fraction.isdecimal()):
        raise ValueError("not a plain UTC time")
    return (moment.replace(tzinfo=UTC) - _EPOCH) // _MICROSECOND * 1000 + int(fraction.ljust(9, "0"))
