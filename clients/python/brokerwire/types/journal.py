"""The journal itself: what everything else is computed from."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from brokerwire.types._base import Record
from brokerwire.types._gateway_enums import (
    AuditOutcome,
    BreakResolution,
    BreakState,
    BreakType,
    EventType,
    SourceGapPhase,
)
from brokerwire.types.accounts import Account, Activity
from brokerwire.types.brokers import Connection
from brokerwire.types.orders import OrderEvent
from brokerwire.types.positions import Position

__all__ = [
    "AuditRecord",
    "Break",
    "BrokerPayload",
    "Event",
    "IgnoredMessage",
    "JournalExport",
    "JournalReport",
    "JournalVerification",
    "Reconciliation",
    "SourceGap",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Break(Record):
    """A difference between the gateway's book and the broker's."""

    break_id: str
    account_id: str
    type: BreakType
    state: BreakState
    symbol: str
    order_id: str
    expected: str
    actual: str
    detail: str
    open_time: datetime | None
    close_time: datetime | None
    resolution: BreakResolution
    resolved_by: str
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconciliation(Record):
    """What comparing one account with its broker found."""

    account_id: str
    ok: bool
    """Whether the broker's books could be read."""
    detail: str
    event_count: int
    breaks: tuple[Break, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceGap(Record):
    """A gap in a broker's feed. UNRECOVERABLE: nobody can say what happened in between."""

    account_id: str
    phase: SourceGapPhase
    from_time: datetime | None
    to_time: datetime | None
    recovered_event_count: int
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class IgnoredMessage(Record):
    """A message of the broker that changed nothing."""

    reason: str
    order_id: str
    broker_message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditRecord(Record):
    """Something that was asked of the gateway, and what became of it."""

    principal: str
    action: str
    target: str
    outcome: AuditOutcome
    reason: str
    details: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Event(Record):
    """One entry of an account's journal. Immutable. At most one of the payloads is set."""

    account_id: str
    sequence: int
    type: EventType
    time: datetime | None
    order: OrderEvent | None
    position: Position | None
    activity: Activity | None
    account: Account | None
    connection: Connection | None
    source_gap: SourceGap | None
    break_record: Break | None
    ignored: IgnoredMessage | None
    audit: AuditRecord | None
    epoch: int
    causation: str
    previous_hash: bytes
    hash: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalVerification(Record):
    """What became of one account's journal."""

    account_id: str
    ok: bool
    verified_count: int
    head_sequence: int
    head_hash: bytes
    first_bad_sequence: int
    problem: str


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalReport(Record):
    """The result of checking whole journals."""

    results: tuple[JournalVerification, ...]
    ok: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalExport(Record):
    """A piece of an export: whole lines, UTF-8. `next_page_token` is empty in the last one."""

    lines: bytes
    next_page_token: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokerPayload(Record):
    """Something that a broker sent, without its secrets; `original_length` is that of all of it, in bytes."""

    payload_id: str
    connection_id: str
    about: str
    time: datetime | None
    content: bytes
    original_length: int
