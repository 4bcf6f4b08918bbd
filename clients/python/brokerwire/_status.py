"""Turns a failed call into the exception that says what to do."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any, TypeVar

import grpc
from google.protobuf.message import DecodeError
from google.rpc import error_details_pb2, status_pb2

from brokerwire import errors
from brokerwire._reasons import ErrorReason, reason_name
from brokerwire.types.risk import RiskVerdict
from brokerwire.v1 import errors_pb2, risk_pb2

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from google.protobuf.message import Message

M = TypeVar("M", bound="Message")

DOMAIN = "brokerwire.dev"
DETAILS_KEY = "grpc-status-details-bin"
Code = grpc.StatusCode

BY_CODE: dict[grpc.StatusCode, type[errors.BrokerwireError]] = {
    Code.INVALID_ARGUMENT: errors.InvalidRequest,
    Code.OUT_OF_RANGE: errors.InvalidRequest,
    Code.NOT_FOUND: errors.NotFound,
    Code.ALREADY_EXISTS: errors.Conflict,
    Code.ABORTED: errors.Conflict,
    Code.FAILED_PRECONDITION: errors.Precondition,
    Code.UNIMPLEMENTED: errors.Unsupported,
    Code.UNAUTHENTICATED: errors.Unauthenticated,
    Code.PERMISSION_DENIED: errors.PermissionDenied,
    Code.RESOURCE_EXHAUSTED: errors.Overloaded,
    Code.UNAVAILABLE: errors.Unavailable,
    Code.CANCELLED: errors.Unavailable,
    Code.DEADLINE_EXCEEDED: errors.DeadlineExceeded,
}
# Both are OUT_OF_RANGE, and a caller does different things about them.
BY_REASON: dict[str, type[errors.BrokerwireError]] = {
    ErrorReason.RESUME_TOKEN_EXPIRED: errors.StreamGap,
    ErrorReason.SEQUENCE_NOT_YET_AVAILABLE: errors.Unavailable,
}
# Without the gateway's word: these codes are given before a call reaches the method, the others need not be.
REFUSED_UNSEEN = {
    Code.INVALID_ARGUMENT,
    Code.NOT_FOUND,
    Code.UNIMPLEMENTED,
    Code.UNAUTHENTICATED,
    Code.PERMISSION_DENIED,
}
CODES = {int(code.value[0]): code for code in Code}


def from_rpc_error(
    error: grpc.RpcError, *, mutation: bool = False, client_order_id: str = "", target: str = ""
) -> errors.BrokerwireError:
    """The exception for a call that failed, of the sync or the asyncio channel.

    Args:
        error: What grpc raised: a call's outcome, with code, details and trailing metadata.
        mutation: Whether the method changes something, so that `sent` matters.
        client_order_id: Idempotency key of the request.
        target: Where the channel leads, for the message.
    """
    code = error.code()
    text = error.details() or ""
    status = _details(error.trailing_metadata() or ())
    info = _find(status, error_details_pb2.ErrorInfo())
    known = info is not None and info.domain == DOMAIN
    reason = info.reason if info else ""
    metadata = dict(info.metadata) if info else {}
    if not known and code is Code.UNAVAILABLE:
        text = f"cannot reach the gateway at {target}: {text}" if target else text
    return _class(code, reason)(
        text,
        code=code,
        reason=reason,
        metadata=metadata,
        violations=_violations(status),
        retry_after=_retry_after(status),
        sent=_sent(code, metadata, known=known) if mutation else "no",
        client_order_id=client_order_id,
        risk=_risk(status),
    )


def from_command_error(error: errors_pb2.CommandError, client_order_id: str = "") -> errors.BrokerwireError:
    """The exception for one command of a batch."""
    code = CODES.get(error.code, Code.UNKNOWN)
    reason = reason_name(error.reason)
    violations = (errors.FieldViolation(error.field, error.message),) if error.field else ()
    return _class(code, reason)(
        error.message,
        code=code,
        reason=reason,
        metadata=dict(error.metadata),
        violations=violations,
        retry_after=_seconds(error.metadata),
        sent="no" if error.sent == errors_pb2.SENT_NO else "unknown",
        client_order_id=client_order_id,
    )


def _class(code: grpc.StatusCode, reason: str) -> type[errors.BrokerwireError]:
    return BY_REASON.get(reason) or BY_CODE.get(code, errors.Internal)


def _sent(code: grpc.StatusCode, metadata: Mapping[str, str], *, known: bool) -> errors.Sent:
    if known:
        return "no" if metadata.get("sent", "NO") == "NO" else "unknown"
    return "no" if code in REFUSED_UNSEEN else "unknown"


def _details(trailers: Iterable[Any]) -> status_pb2.Status:
    status = status_pb2.Status()
    for key, value in trailers:
        if key == DETAILS_KEY and isinstance(value, bytes):
            with contextlib.suppress(DecodeError):  # a proxy's, perhaps; the code still says enough
                status.ParseFromString(value)
    return status


def _find(status: status_pb2.Status, kind: M) -> M | None:
    return next((kind for detail in status.details if detail.Unpack(kind)), None)


def _violations(status: status_pb2.Status) -> tuple[errors.FieldViolation, ...]:
    bad = _find(status, error_details_pb2.BadRequest())
    return tuple(errors.FieldViolation(v.field, v.description) for v in bad.field_violations) if bad else ()


def _risk(status: status_pb2.Status) -> RiskVerdict | None:
    verdict = _find(status, risk_pb2.RiskVerdict())
    return RiskVerdict.from_proto(verdict) if verdict else None


def _retry_after(status: status_pb2.Status) -> float | None:
    retry = _find(status, error_details_pb2.RetryInfo())
    return retry.retry_delay.ToTimedelta().total_seconds() if retry else None


def _seconds(metadata: Mapping[str, str]) -> float | None:
    try:
        return float(metadata["retry_after"])
    except (KeyError, ValueError):
        return None
