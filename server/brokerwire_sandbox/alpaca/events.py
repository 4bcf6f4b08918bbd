"""Trade events: one log in the order in which things happened, and gates that let an HTTP answer go first."""

from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import msgspec
from msgspec import Struct

LIFECYCLE = frozenset({"pending_new", "accepted", "new", "pending_replace", "pending_cancel"})


class TradeEvent(Struct, frozen=True, kw_only=True):
    """One event. `id` is its ULID, `time` nanoseconds, `body` the `data` of the stream's frame.

    `order_id` is empty for a non-trade activity, of which the trading stream says nothing.
    """

    id: str
    name: str
    time: int
    body: dict[str, Any]
    order_id: str = ""

    def frame(self) -> dict[str, Any]:
        """Return the stream's frame."""
        return {"stream": "trade_updates", "data": self.body}


class Gate:
    """Holds back events until it is opened. With `lifecycle_passes`, the order's first events don't wait."""

    __slots__ = ("closed", "lifecycle_passes")

    def __init__(self, *, closed: bool, lifecycle_passes: bool = False) -> None:
        """Begin open or closed."""
        self.closed = closed
        self.lifecycle_passes = lifecycle_passes

    def stops(self, event: TradeEvent) -> bool:
        """Tell whether `event` has to wait."""
        return self.closed and not (self.lifecycle_passes and event.name in LIFECYCLE)


_OPEN = Gate(closed=False)


class EventLog:
    """Keeps the latest events and hands each to its listeners, strictly first in, first out.

    An event behind a closed gate makes the later ones wait too: the order of events never changes here.
    """

    def __init__(self, retention: int) -> None:
        """Keep at most `retention` events for those who resume."""
        self.kept: deque[TradeEvent] = deque(maxlen=retention)
        self.listeners: list[Callable[[TradeEvent], None]] = []
        self._waiting: deque[tuple[TradeEvent, Gate]] = deque()
        self._gate = _OPEN

    def append(self, event: TradeEvent) -> None:
        """Take an event, behind the gate of the request at work."""
        self._waiting.append((event, self._gate))
        self._drain()

    @contextmanager
    def behind(self, gate: Gate) -> Iterator[None]:
        """Put every event that happens inside (no `await` there) behind `gate`."""
        before, self._gate = self._gate, gate
        try:
            yield
        finally:
            self._gate = before

    def open(self, gate: Gate) -> None:
        """Let go what waited for the gate."""
        gate.closed = False
        self._drain()

    def _drain(self) -> None:
        waiting = self._waiting
        while waiting and not waiting[0][1].stops(waiting[0][0]):
            event, _ = waiting.popleft()
            self.kept.append(event)
            for listener in list(self.listeners):
                listener(event)


def encode(message: dict[str, Any]) -> bytes:
    """Return a message as JSON."""
    return msgspec.json.encode(message)
