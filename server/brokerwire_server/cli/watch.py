"""Streams on a screen: a live table on a terminal, JSON lines for scripts, plain lines in a pipe."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from rich.console import Group
from rich.live import Live
from rich.text import Text

from brokerwire.types import streams
from brokerwire_server.cli.output import Cell, Column, Output, table

_NOTES = (streams.FellBehind, streams.SlowWarning, streams.SourceGap, streams.Reset, streams.Goodbye)


def follow(
    out: Output,
    stream: Any,  # noqa: ANN401 - a stream of the client, of any kind
    *,
    key: Callable[[Any], object],
    state: Callable[[Any], Any],
    line: Callable[[Any], Cell],
    columns: Sequence[Column],
    newest_last: bool = False,
    once: bool = False,
) -> None:
    """Show a stream until Ctrl-C, or, with `once`, until its snapshot is complete.

    Args:
        out: Where to.
        stream: What to read; it reconnects and resumes by itself.
        key: What tells two things of the snapshot apart.
        state: The thing that an event leaves behind.
        line: An event as a line.
        columns: The columns of a thing.
        newest_last: In a table, move what has changed to the end.
        once: End with the snapshot.
    """
    with stream:
        items = _until_snapshot(stream.items()) if once else stream.items()
        if out.terminal:
            board = _Board(key, state, columns, newest_last=newest_last)
            with Live(
                console=out.console, refresh_per_second=10, get_renderable=lambda: board.show(out.console.height)
            ):
                for item in items:
                    board.take(item)
        else:
            _lines(out, items, line, columns)


def _until_snapshot(items: Iterator[Any]) -> Iterator[Any]:
    for item in items:
        yield item
        if isinstance(item, streams.SnapshotEnd):
            return


def _lines(out: Output, items: Iterator[Any], line: Callable[[Any], Cell], columns: Sequence[Column]) -> None:
    for item in items:
        if out.json:
            if (record := json_line(item)) is not None:
                out.line(record)
        elif isinstance(item, streams.Snapshot):
            cells = (str(read(item.value)) for _, read in columns)
            out.say("now  " + "  ".join(cell for cell in cells if cell))
        elif (text := note(item)) is not None:
            out.say(Text(text, style="yellow"))
        elif not is_control(item):
            out.say(line(item))


class _Board:
    """The things of a stream as they are now, as a table with the stream's state under it."""

    def __init__(
        self,
        key: Callable[[Any], object],
        state: Callable[[Any], Any],
        columns: Sequence[Column],
        *,
        newest_last: bool,
    ) -> None:
        self._key = key
        self._state = state
        self._columns = columns
        self._newest_last = newest_last
        self._things: dict[object, Any] = {}
        self._status = "connecting"

    def take(self, item: Any) -> None:  # noqa: ANN401 - any item
        if isinstance(item, streams.SnapshotBegin):
            self._things = {}
        elif isinstance(item, streams.Snapshot):
            self._put(item.value)
        elif is_control(item):
            self._status = note(item) or _live_status(item) or self._status
        else:
            self._put(self._state(item))

    def show(self, height: int) -> Group:
        newest = list(self._things.values())[-max(height - 4, 5) :]
        return Group(table(newest, self._columns), Text(f"{self._status}; Ctrl-C ends", style="dim"))

    def _put(self, thing: Any) -> None:  # noqa: ANN401 - any thing
        if self._newest_last:
            self._things.pop(self._key(thing), None)
        self._things[self._key(thing)] = thing


def is_control(item: object) -> bool:
    """Tell whether an item is about the stream itself."""
    return isinstance(item, streams.Control)


def json_line(item: Any) -> object:  # noqa: ANN401 - any item
    """Return an item as a script sees it, `None` for what it need not see."""
    if isinstance(item, streams.Snapshot):
        return {"kind": "snapshot", "value": item.value}
    if isinstance(item, streams.Disconnected):
        return {"kind": "disconnected", "error": str(item.error), "retry_in": item.retry_in}
    if isinstance(item, streams.Heartbeat | streams.Opened):
        return None
    if is_control(item):
        return {"kind": _name(item), "value": item}
    return {"kind": "event", "value": item}


def note(item: Any) -> str | None:  # noqa: ANN401 - any item
    """Return what a person should know of a control message, `None` where that is nothing."""
    if isinstance(item, streams.Disconnected):
        return f"disconnected: {item.error.message}; again in {item.retry_in:.1f} s"
    if isinstance(item, _NOTES):
        words = (getattr(item, name, "") for name in ("phase", "cause", "reason", "detail", "pending_count"))
        return " ".join([_name(item).replace("_", " "), *(str(word) for word in words if word)])
    return None


def _live_status(item: object) -> str | None:
    return "live" if isinstance(item, streams.CaughtUp | streams.SnapshotEnd | streams.Heartbeat) else None


def _name(item: object) -> str:
    name = type(item).__name__
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in name).lstrip("_")
