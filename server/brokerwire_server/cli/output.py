"""How results are shown: JSON for scripts, tables on a terminal, plain aligned lines in a pipe."""

import json
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import Enum
from typing import Any, Literal

from rich.console import Console
from rich.table import Table
from rich.text import Text

Cell = str | Text
Column = tuple[str, Callable[[Any], Cell]]

_STATE_STYLES = {
    "filled": "green",
    "partially_filled": "yellow",
    "working": "cyan",
    "accepted": "cyan",
    "rejected": "bold red",
    "indeterminate": "bold white on red",
    "canceled": "dim",
    "expired": "dim",
    "replaced": "dim",
    "up": "green",
    "down": "bold red",
    "degraded": "yellow",
    "paper": "green",
    "live": "bold white on red",
}
_RIGHT = frozenset({"QTY", "FILLED", "AVG", "LIMIT", "STOP", "PRICE", "COST", "VALUE", "P&L", "SEQ", "CASH", "EQUITY"})


_WHOLE = _RIGHT | {"SIDE", "STATE", "SYMBOL", "TIF"}
"""Columns that a narrow terminal does not break into two lines."""


def _record_fields(value: Any) -> dict[str, Any]:  # noqa: ANN401 - any dataclass
    # What a record hides from its repr (the message that it was read from) is not for scripts either.
    return {field.name: getattr(value, field.name) for field in fields(value) if field.repr}


_JSON: tuple[tuple[Any, Callable[[Any], object]], ...] = (
    (datetime, lambda value: value.astimezone(UTC).isoformat().replace("+00:00", "Z")),
    (date, str),
    (timedelta, lambda value: str(value.total_seconds())),
    (Decimal, str),
    (bytes, bytes.hex),
    (Mapping, dict),
)

_TEXT: tuple[tuple[Any, Callable[[Any], Cell]], ...] = (
    (Enum, lambda value: Text(value.value.upper(), style=_STATE_STYLES.get(value.value, ""))),
    (bool, lambda value: "yes" if value else "no"),
    (datetime, lambda value: value.astimezone().strftime("%Y-%m-%d %H:%M:%S")),
    (bytes, lambda value: value.hex()),
    (Mapping, lambda value: ", ".join(f"{key}={text_of(item)}" for key, item in value.items())),
    (list, lambda value: ", ".join(str(text_of(item)) for item in value)),
    (tuple, lambda value: ", ".join(str(text_of(item)) for item in value)),
)


def to_json(value: object, *, indent: int | None = None) -> str:
    """Return JSON: decimals as text, times in UTC with `Z`, durations in seconds as text, bytes as hex."""
    return json.dumps(value, default=_plain, indent=indent, separators=(",", ": " if indent else ":"))


def _plain(value: object) -> object:
    if is_dataclass(value):
        return _record_fields(value)
    if isinstance(value, Exception):
        return {"message": str(value), "reason": getattr(value, "reason", "")}
    for kind, convert in _JSON:
        if isinstance(value, kind):
            return convert(value)
    raise TypeError(f"no JSON for {type(value).__name__}")


def text_of(value: object) -> Cell:
    """Return a value for people; nothing is empty text."""
    for kind, convert in _TEXT:
        if isinstance(value, kind):
            return convert(value)
    return "" if value is None else str(value)


def attribute(name: str) -> Callable[[Any], Cell]:
    """Return a reader of an attribute, dotted names included, as text."""
    parts = name.split(".")

    def read(item: Any) -> Cell:  # noqa: ANN401 - any record
        for part in parts:
            item = None if item is None else getattr(item, part)
        return text_of(item)

    return read


class Output:
    """Writes to standard output in the way that the caller can use."""

    def __init__(self, *, json_wanted: bool) -> None:
        """Write JSON if `json_wanted`; else what fits a terminal or a pipe."""
        self.json = json_wanted
        self.console = Console(highlight=False, soft_wrap=True)
        self.terminal = self.console.is_terminal and not json_wanted

    def document(self, value: object) -> None:
        """Write one JSON document."""
        sys.stdout.write(to_json(value, indent=2 if sys.stdout.isatty() else None) + "\n")

    def line(self, value: object) -> None:
        """Write one JSON line, at once."""
        sys.stdout.write(to_json(value) + "\n")
        sys.stdout.flush()

    def say(self, text: Cell) -> None:
        """Write a line for a person, at once."""
        self.console.print(text)
        sys.stdout.flush()

    def rows(self, name: str, items: Sequence[object], columns: Sequence[Column]) -> None:
        """Write a list: `{name: [...]}` as JSON, else a table."""
        if self.json:
            self.document({name: items})
        elif self.terminal:
            self.console.print(table(items, columns))
            if not items:
                self.console.print(Text(f"no {name.replace('_', ' ')}", style="dim"))
        else:
            for text in aligned(items, columns):
                print(text)

    def record(self, value: object, pairs: Iterable[tuple[str, Cell]]) -> None:
        """Write one thing: itself as JSON, else names and values, one per line; empty values are left out."""
        if self.json:
            self.document(value)
            return
        shown = [(name, cell) for name, cell in pairs if str(cell)]
        width = max((len(name) for name, _ in shown), default=0)
        for name, cell in shown:
            self.console.print(Text.assemble((f"{name:<{width}}  ", "dim"), cell))


def table(items: Iterable[object], columns: Sequence[Column]) -> Table:
    """Return a table for a terminal."""
    made = Table(box=None, header_style="bold", pad_edge=False)
    for name, _ in columns:
        justify: Literal["left", "right"] = "right" if name in _RIGHT else "left"
        made.add_column(name, justify=justify, overflow="fold", no_wrap=name in _WHOLE)
    for item in items:
        made.add_row(*(read(item) for _, read in columns))
    return made


def aligned(items: Sequence[object], columns: Sequence[Column]) -> Iterator[str]:
    """Yield a header and one line per item, in columns; an empty cell is `-`, so that a script can count them."""
    grid = [[name for name, _ in columns]]
    grid += [[str(read(item)) or "-" for _, read in columns] for item in items]
    widths = [max(map(len, column)) for column in zip(*grid, strict=True)]
    for cells in grid:
        yield "  ".join(f"{cell:<{width}}" for cell, width in zip(cells, widths, strict=True)).rstrip()
