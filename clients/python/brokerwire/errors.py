"""Everything that a call can raise, split by what a caller can do about it.

BrokerwireError
  x InvalidRequest      mend the request; asking again as it is will fail again
  x NotFound            no such account, order, position, instrument: look at what there is
  x Conflict            somebody or something else came first: read, then decide
  x Precondition        right request, wrong moment: wait, or bring about what it needs
  x Unsupported         this broker cannot do it; `metadata["supported"]` may say what it can
  x Unauthenticated     give a token, or a better one
    + PermissionDenied  the token is good and does not allow this
  x Overloaded          slow down, then try again after `retry_after`
  x Unavailable         the gateway or the broker is away: try again
    + SessionClosed     the order session is over: open another
  x DeadlineExceeded    took too long
    + WaitTimeout       the order did not get there in time; it goes on
  x StreamGap           events were lost to this reader: read the snapshot, then go on
  x Internal            a fault of the gateway, to be reported with `metadata["error_id"]`

Before a mutation is tried again, look at `sent`. "no": nothing reached the broker. "unknown": it may have, so
look the order up by `client_order_id`, or submit the same content again with the same `client_order_id`.
"""
# ruff: noqa: N818 - they read as what happened: `except brokerwire.NotFound`

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal

import grpc

if TYPE_CHECKING:
    from collections.abc import Mapping

    from brokerwire.types.orders import Order
    from brokerwire.types.risk import RiskVerdict

__all__ = [
    "BrokerwireError",
    "Conflict",
    "DeadlineExceeded",
    "FieldViolation",
    "Internal",
    "InvalidRequest",
    "NotFound",
    "Overloaded",
    "PermissionDenied",
    "Precondition",
    "Sent",
    "SessionClosed",
    "StreamGap",
    "Unauthenticated",
    "Unavailable",
    "Unsupported",
    "WaitTimeout",
]

Sent = Literal["no", "unknown"]


@dataclass(frozen=True, slots=True)
class FieldViolation:
    """What is wrong with one field of a request."""

    field: str
    """Path within the request: "order.limit_price"."""
    description: str


class BrokerwireError(Exception):
    """Base of all errors of this package.

    Attributes:
        message: One sentence for people. Never decide by it.
        code: The gRPC status code.
        reason: Name of an ErrorReason; empty if the answer did not come from a gateway (a broken connection).
        metadata: The reason's keys, as brokerwire/v1/errors.proto documents them.
        violations: The fields that are wrong.
        retry_after: Seconds to wait before trying again, where the gateway says so.
        sent: Whether anything may have reached the broker.
        client_order_id: The idempotency key of the order concerned; empty where there is none.
        risk: What all risk rules say, where the reason is RISK_REJECTED; None for a command of a session.
    """

    def __init__(
        self,
        message: str,
        *,
        code: grpc.StatusCode = grpc.StatusCode.UNKNOWN,
        reason: str = "",
        metadata: Mapping[str, str] | None = None,
        violations: tuple[FieldViolation, ...] = (),
        retry_after: float | None = None,
        sent: Sent = "no",
        client_order_id: str = "",
        risk: RiskVerdict | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.reason = reason
        self.metadata: Mapping[str, str] = MappingProxyType(dict(metadata or {}))
        self.violations = violations
        self.retry_after = retry_after
        self.sent: Sent = sent
        self.risk = risk
        self.client_order_id = client_order_id or self.metadata.get("client_order_id", "")

    def __str__(self) -> str:
        parts = [f"{self.message} [{self.reason or self.code.name}]"]
        parts += [f"{v.field}: {v.description}" for v in self.violations if v.description not in self.message]
        if self.sent == "unknown" and self.client_order_id:
            parts.append(f"it may have been sent: look up client_order_id {self.client_order_id}")
        return "; ".join(parts)


class InvalidRequest(BrokerwireError):
    """The request is malformed; `violations` names the fields."""


class NotFound(BrokerwireError):
    """There is no such thing."""


class Conflict(BrokerwireError):
    """An id is taken with other content, or the order has changed meanwhile. Nothing was changed."""


class Precondition(BrokerwireError):
    """The state of the order, the account or the market does not allow it."""


class Unsupported(BrokerwireError):
    """The broker, or this server, cannot do it at all."""


class Unauthenticated(BrokerwireError):
    """The token is missing, wrong or expired."""


class PermissionDenied(Unauthenticated):
    """The token is good and does not allow this."""


class Overloaded(BrokerwireError):
    """A limit was hit: of the broker, the gateway, or the size of a message."""


class Unavailable(BrokerwireError):
    """The gateway, or the broker behind it, cannot be reached now."""


class SessionClosed(Unavailable):
    """The order session ended before this command had a result."""


class DeadlineExceeded(BrokerwireError, TimeoutError):
    """No answer within the client's timeout. A mutation goes on nevertheless: see `sent`."""


class WaitTimeout(DeadlineExceeded):
    """The order did not reach the state waited for. It goes on; `order` is its last known state."""

    def __init__(self, message: str, order: Order) -> None:
        super().__init__(message, code=grpc.StatusCode.DEADLINE_EXCEEDED, client_order_id=order.client_order_id)
        self.order = order


class StreamGap(BrokerwireError):
    """The stream could not go on where it was: discard derived state, read a snapshot, then go on.

    A stream read by its events alone raises it once and then goes on; one read by `items()` yields Reset
    and a snapshot instead.
    """


class Internal(BrokerwireError):
    """A fault of the gateway, or an answer that the contract does not allow."""
