"""What a stream says about itself, and the snapshot that it begins with."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Generic, TypeVar

from google.protobuf.message import Message

from brokerwire.errors import BrokerwireError
from brokerwire.types._base import Record
from brokerwire.types._gateway_enums import StreamMode, StreamResetCause
from brokerwire.types.brokers import AccountSync
from brokerwire.types.journal import SourceGap

__all__ = [
    "CaughtUp",
    "Control",
    "Disconnected",
    "FellBehind",
    "Goodbye",
    "Heartbeat",
    "Opened",
    "Reset",
    "SlowWarning",
    "Snapshot",
    "SnapshotBegin",
    "SnapshotEnd",
    "SourceGap",
]

S = TypeVar("S")


@dataclass(frozen=True, slots=True)
class Snapshot(Generic[S]):
    """The state of one thing; between SnapshotBegin and SnapshotEnd."""

    value: S


@dataclass(frozen=True, slots=True, kw_only=True)
class SnapshotBegin:
    """A snapshot follows. Collect it beside what you hold; an earlier one that was cut off is void."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SnapshotEnd(Record):
    """The snapshot is complete: swap what you hold for it now."""

    item_count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened(Record):
    """A connection of the stream is up, the first or a later one."""

    stream_id: str
    journal_epoch: str
    mode: StreamMode
    heartbeat_interval: timedelta | None
    accounts: tuple[AccountSync, ...]
    unreachable: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Heartbeat(Record):
    """Nothing happened; so fresh is the gateway's picture."""

    accounts: tuple[AccountSync, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CaughtUp(Record):
    """Everything so far has been delivered; live from here on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FellBehind(Record):
    """This reader is slow. Nothing is lost; CaughtUp ends it."""

    pending_count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SlowWarning(Record):
    """This reader is close to its limit: read faster or filter more."""

    queued_count: int
    limit_count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Reset(Record):
    """The stream starts over: discard what you hold, a snapshot follows.

    Cause UNSPECIFIED with no `raw`: the connection broke before the stream had a token to resume by.
    """

    cause: StreamResetCause


@dataclass(frozen=True, slots=True, kw_only=True)
class Goodbye(Record):
    """The gateway ended the connection in good order; the stream connects again by itself."""

    reason: str
    reconnect_after: timedelta | None


@dataclass(frozen=True, slots=True)
class Disconnected:
    """The connection is gone; the stream connects again by itself when the next item is asked for."""

    error: BrokerwireError
    retry_in: float
    """Seconds."""


Control = (
    Opened
    | SnapshotBegin
    | SnapshotEnd
    | Heartbeat
    | CaughtUp
    | FellBehind
    | SourceGap
    | Reset
    | SlowWarning
    | Goodbye
    | Disconnected
)

BY_KIND: dict[str, type[Record]] = {
    "opened": Opened,
    "snapshot_end": SnapshotEnd,
    "heartbeat": Heartbeat,
    "caught_up": CaughtUp,
    "fell_behind": FellBehind,
    "source_gap": SourceGap,
    "reset": Reset,
    "slow_warning": SlowWarning,
    "goodbye": Goodbye,
}


def read_control(message: Message) -> Record | None:
    """Reads a brokerwire.v1.StreamControl. None: of a kind that this version does not know."""
    kind = message.WhichOneof("control")
    return BY_KIND[kind].from_proto(getattr(message, kind)) if kind else None
