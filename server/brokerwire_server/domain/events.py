"""Journal events: the durable, ordered record of an account. State is a fold over them.

An event's `sequence` is dense within its account and starts at 1. `hash` = SHA-256 of the previous hash and the event's
canonical bytes, so that a changed, missing or reordered entry is found.
"""

import hashlib
from collections.abc import Callable
from enum import StrEnum

import msgspec
from msgspec import Struct

from brokerwire_server.domain.accounts import Account, AccountState, AccountStatus, Activity
from brokerwire_server.domain.connections import Break, Connection
from brokerwire_server.domain.fills import Fill
from brokerwire_server.domain.orders import Order
from brokerwire_server.domain.positions import Position
from brokerwire_server.domain.reports import OrderReport
from brokerwire_server.domain.signing import Signature

GENESIS = bytes(32)
"""The previous hash of an account's first event."""

GATEWAY = "@gateway"
"""Whose journal it is that concerns no account. No account can have that id."""


class EventType(StrEnum):
    """The kind of a journal event."""

    ACCOUNT_OPENED = "ACCOUNT_OPENED"
    ACCOUNT_UPDATED = "ACCOUNT_UPDATED"
    ACCOUNT_CLOSED = "ACCOUNT_CLOSED"
    ORDER = "ORDER"
    FILL = "FILL"
    POSITION = "POSITION"
    CASH = "CASH"
    CONNECTION = "CONNECTION"
    SOURCE_GAP = "SOURCE_GAP"
    BREAK = "BREAK"
    IGNORED = "IGNORED"
    AUDIT = "AUDIT"


class OrderEventType(StrEnum):
    """What happened to the order."""

    SUBMITTED = "SUBMITTED"
    STATE_CHANGED = "STATE_CHANGED"
    FILL = "FILL"
    CANCEL_REJECTED = "CANCEL_REJECTED"
    REPLACE_REJECTED = "REPLACE_REJECTED"
    REPLACED = "REPLACED"
    TRIGGERED = "TRIGGERED"
    RESTATED = "RESTATED"


class AuditOutcome(StrEnum):
    """What became of something that was asked."""

    DONE = "DONE"
    REFUSED = "REFUSED"
    FAILED = "FAILED"


class GapPhase(StrEnum):
    """Where a gap in the broker's events stands."""

    OPENED = "OPENED"
    RECONCILED = "RECONCILED"
    UNRECOVERABLE = "UNRECOVERABLE"


class OrderChanged(Struct, frozen=True, kw_only=True, omit_defaults=True, tag="order"):
    """An order was placed or changed. `order` is its whole state after it, `report` the broker's word for it.

    `principal` is who asked for it, where somebody did, and `signature` what proves it, where the request was signed.
    """

    kind: OrderEventType
    order: Order
    reason: str = ""
    report: OrderReport | None = None
    principal: str = ""
    signature: Signature | None = None


class FillRecorded(Struct, frozen=True, kw_only=True, omit_defaults=True, tag="fill"):
    """A fill was recorded, with the order and the position after it."""

    fill: Fill
    order: Order
    position: Position


class PositionChanged(Struct, frozen=True, kw_only=True, omit_defaults=True, tag="position"):
    """A position changed by something other than a fill."""

    position: Position
    reason: str = ""


class CashMoved(Struct, frozen=True, kw_only=True, omit_defaults=True, tag="cash"):
    """Cash moved by something other than a fill."""

    activity: Activity


class AccountOpened(Struct, frozen=True, kw_only=True, omit_defaults=True, tag="account_opened"):
    """The gateway got to know the account."""

    account: Account


class AccountUpdated(Struct, frozen=True, kw_only=True, omit_defaults=True, tag="account_updated"):
    """The broker stated new balances."""

    state: AccountState


class ConnectionChanged(Struct, frozen=True, kw_only=True, omit_defaults=True, tag="connection"):
    """The link to the account's broker changed."""

    connection: Connection


class SourceGap(Struct, frozen=True, kw_only=True, omit_defaults=True, tag="source_gap"):
    """Events of the broker may have been missed between two times, and what a sweep found of them."""

    account_id: str
    phase: GapPhase
    from_time: int
    to_time: int = 0
    recovered_event_count: int = 0
    detail: str = ""


class BreakChanged(Struct, frozen=True, kw_only=True, omit_defaults=True, tag="break"):
    """A break was opened, healed or resolved."""

    brk: Break


class ReportIgnored(Struct, frozen=True, kw_only=True, omit_defaults=True, tag="ignored"):
    """A broker's report that was not applied, and why."""

    reason: str
    report: OrderReport


class AuditRecorded(Struct, frozen=True, kw_only=True, omit_defaults=True, tag="audit"):
    """Something was asked of the gateway by `principal`, and what became of it. `details` never hold a secret."""

    principal: str
    action: str
    outcome: AuditOutcome
    target: str = ""
    reason: str = ""
    details: dict[str, str] = {}


Payload = (
    OrderChanged
    | FillRecorded
    | PositionChanged
    | CashMoved
    | AccountOpened
    | AccountUpdated
    | ConnectionChanged
    | SourceGap
    | BreakChanged
    | ReportIgnored
    | AuditRecorded
)

TYPE_OF: dict[type, EventType] = {
    OrderChanged: EventType.ORDER,
    FillRecorded: EventType.FILL,
    PositionChanged: EventType.POSITION,
    CashMoved: EventType.CASH,
    AccountOpened: EventType.ACCOUNT_OPENED,
    AccountUpdated: EventType.ACCOUNT_UPDATED,
    ConnectionChanged: EventType.CONNECTION,
    SourceGap: EventType.SOURCE_GAP,
    BreakChanged: EventType.BREAK,
    ReportIgnored: EventType.IGNORED,
    AuditRecorded: EventType.AUDIT,
}

_encode = msgspec.json.Encoder(decimal_format="string").encode
_decode: Callable[[bytes], Payload] = msgspec.json.Decoder(Payload).decode


class Event(Struct, frozen=True, kw_only=True):
    """One journal entry. `body` is the payload as canonical JSON: what is stored and hashed."""

    account_id: str
    epoch: int
    sequence: int
    time: int
    type: EventType
    causation: str
    body: bytes
    previous_hash: bytes
    hash: bytes
    payload: Payload


def make_event(
    *,
    account_id: str,
    epoch: int,
    sequence: int,
    time: int,
    causation: str,
    payload: Payload,
    previous_hash: bytes,
) -> Event:
    """Chain a payload to the event before it."""
    body = _encode(payload)
    kind = _type_of(payload)
    return Event(
        account_id=account_id,
        epoch=epoch,
        sequence=sequence,
        time=time,
        type=kind,
        causation=causation,
        body=body,
        previous_hash=previous_hash,
        hash=chain_hash(account_id, epoch, sequence, time, kind, causation, body, previous_hash),
        payload=payload,
    )


def _type_of(payload: Payload) -> EventType:
    if isinstance(payload, AccountUpdated) and payload.state.account.status is AccountStatus.CLOSED:
        return EventType.ACCOUNT_CLOSED
    return TYPE_OF[type(payload)]


def decode_payload(body: bytes) -> Payload:
    """Read a stored payload. Raises `msgspec.ValidationError` where it is not one."""
    return _decode(body)


def chain_hash(  # noqa: PLR0917 - every field of the event, in the order in which they are hashed
    account_id: str,
    epoch: int,
    sequence: int,
    time: int,
    kind: str,
    causation: str,
    body: bytes,
    previous: bytes,
) -> bytes:
    """Return SHA-256 over the previous hash, the header fields (each ended by a newline) and the body."""
    header = f"{account_id}\n{epoch}\n{sequence}\n{time}\n{kind}\n{causation}\n".encode()
    return hashlib.sha256(previous + header + body).digest()
