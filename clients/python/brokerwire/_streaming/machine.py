"""The rules of a resumable stream, free of any I/O: batches and failures in, items and decisions out."""

from __future__ import annotations

import logging
from collections import deque
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import grpc

from brokerwire._reasons import ErrorReason
from brokerwire._streaming.backoff import Backoff, jittered
from brokerwire.errors import BrokerwireError, StreamGap, Unavailable
from brokerwire.types.enums import SourceGapPhase, StreamMode, StreamResetCause
from brokerwire.types.streams import (
    Control,
    Disconnected,
    Goodbye,
    Opened,
    Reset,
    Snapshot,
    SnapshotBegin,
    SnapshotEnd,
    SourceGap,
    read_control,
)

if TYPE_CHECKING:
    from brokerwire._streaming.spec import Place, Spec

E = TypeVar("E")
S = TypeVar("S")

Item = Any
"""An event, a Snapshot, or a Control."""

DEFAULT_HEARTBEAT = 15.0
PATIENCE = 2.5
"""Heartbeats that may be missing before the connection is given up."""
OPENING = 10.0
"""Seconds for the first message, which the gateway sends at once."""

Code = grpc.StatusCode
TRANSIENT = {Code.UNAVAILABLE, Code.INTERNAL, Code.CANCELLED, Code.UNKNOWN, Code.DEADLINE_EXCEEDED}
RETRIED_REASONS = {ErrorReason.SLOW_CONSUMER, ErrorReason.STREAM_LIMIT, ErrorReason.GATEWAY_OVERLOADED}

log = logging.getLogger("brokerwire")


class Machine(Generic[E, S]):
    """State of one stream over all its connections."""

    def __init__(self, spec: Spec[E, S]) -> None:
        self.spec = spec
        self.ready: deque[Item] = deque()
        """Items received and not taken yet."""
        self.token = ""
        """Where to resume once all that is ready has been taken."""
        self.opened = False
        """Whether the present connection has said hello."""
        self._heartbeat = DEFAULT_HEARTBEAT
        self._goodbye: Goodbye | None = None
        self._backoff = Backoff()
        self._connections = 0
        self._began_snapshot = False
        self._batches = 0
        self._seen: dict[Place, int] = {}

    # Connecting

    def request(self) -> Any:  # noqa: ANN401 - the request of the spec's method
        """The request of the next connection."""
        self.opened = False
        self._goodbye = None
        self._batches = 0
        if self.spec.resumes:
            self.spec.request.options.resume_token = self.token
        return self.spec.request

    @property
    def silence(self) -> float:
        """Seconds without any message after which the connection is dead, whatever the transport says."""
        return PATIENCE * self._heartbeat if self.opened else OPENING

    # Receiving

    def feed(self, batch: Any) -> None:  # noqa: ANN401 - a response of the spec's method
        """Takes one message of the connection."""
        self._batches += 1
        for item in batch.items:
            kind = item.WhichOneof("item")
            if kind == "control":
                self._control(item.control)
            elif kind == "snapshot":
                self._begin_snapshot()
                self.ready.append(Snapshot(self.spec.snapshot(item.snapshot)))
            elif kind == "event":
                self._event(item.event)
        if self.spec.resumes and batch.resume_token:
            self.token = batch.resume_token
        if self._batches > 1:  # a gateway that falls after its first message has not come back
            self._backoff.reset()

    def _event(self, message: Any) -> None:  # noqa: ANN401 - an event of the spec's stream
        at = self.spec.place(message)
        if at is not None:
            place, sequence = at
            last = self._seen.get(place, 0)
            if sequence < last or (sequence == last and not self.spec.repeats):
                return
            self._seen[place] = sequence
        self.ready.append(self.spec.event(message))

    def _control(self, message: Any) -> None:  # noqa: ANN401 - a StreamControl
        control = read_control(message)
        if isinstance(control, Opened):
            self._opened(control)
        elif isinstance(control, Reset):
            self._seen.clear()
            self._began_snapshot = False
            self.ready.append(control)
        elif isinstance(control, SnapshotEnd):
            self._begin_snapshot()
            self.ready.append(control)
        elif control is not None:
            self._note(control)
            self.ready.append(control)

    def _note(self, control: Any) -> None:  # noqa: ANN401 - any control
        if isinstance(control, Goodbye):
            self._goodbye = control
        elif isinstance(control, SourceGap) and control.phase == SourceGapPhase.UNRECOVERABLE:
            log.warning("account %s: events were lost at the broker: %s", control.account_id, control.detail)

    def _opened(self, opened: Opened) -> None:
        if opened.mode != StreamMode.RESUMED:  # otherwise a snapshot that was cut goes on
            self._began_snapshot = False
        if self._connections and not self.token and self.spec.resumes:
            self._seen.clear()
            self.ready.append(Reset(cause=StreamResetCause.UNSPECIFIED))
        self._connections += 1
        self.opened = True
        if opened.heartbeat_interval is not None:
            self._heartbeat = opened.heartbeat_interval.total_seconds() or DEFAULT_HEARTBEAT
        self.ready.append(opened)

    def _begin_snapshot(self) -> None:
        if not self._began_snapshot:
            self._began_snapshot = True
            self.ready.append(SnapshotBegin())

    # Losing the connection

    def muted(self) -> float:
        """The connection was silent for too long. Returns the seconds to wait before the next."""
        return self._lost(Unavailable("the stream went silent", code=Code.UNAVAILABLE))

    def ended(self) -> float:
        """The gateway ended the connection with OK. Returns the seconds to wait before the next."""
        if self._goodbye is None:
            return self._lost(Unavailable("the stream ended without a goodbye", code=Code.UNAVAILABLE))
        wait = self._goodbye.reconnect_after
        return jittered(wait.total_seconds() * 2) if wait else self._backoff.delay()

    def failed(self, error: BrokerwireError) -> float:
        """The connection failed. Returns the seconds to wait before the next.

        Raises:
            BrokerwireError: `error`, when another connection would not help.
        """
        transient = error.code in TRANSIENT and error.reason != ErrorReason.SEQUENCE_NOT_YET_AVAILABLE
        if not transient and not (error.reason in RETRIED_REASONS and self._connections):
            raise error
        return self._lost(error)

    def _lost(self, error: BrokerwireError) -> float:
        delay = max(self._backoff.delay(), error.retry_after or 0)
        log.warning("%s: %s; connecting again in %.1f s", self.spec.method.name, error, delay)
        self.ready.append(Disconnected(error, delay))
        return delay

    # Reading events alone

    def as_event(self, item: Item) -> E | None:
        """The event that an item is, or None.

        Raises:
            StreamGap: the item says that events were lost to this reader.
        """
        if isinstance(item, Reset):
            message = (
                f"{self.spec.method.name} could not go on where it was ({item.cause}): read what you need anew; "
                "the stream goes on, and items() would have delivered a snapshot"
            )
            raise StreamGap(message, code=Code.OUT_OF_RANGE, reason=ErrorReason.RESUME_TOKEN_EXPIRED)
        if isinstance(item, Snapshot):
            return item.value if self.spec.snapshot_is_event else None
        return None if isinstance(item, Control) else item
