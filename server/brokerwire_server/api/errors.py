"""Errors on the wire: every failure as a google.rpc.Status with exactly one ErrorInfo, whatever the door.

`CODES` is the one table from a reason to its status code; a test compares it with the contract.
"""

import logging
from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from google.rpc import code_pb2, error_details_pb2, status_pb2
from msgspec import Struct

from brokerwire.v1 import errors_pb2
from brokerwire_server.api.convert.risk import verdict_message
from brokerwire_server.domain.errors import (
    BrokerwireError,
    Code,
    InvalidRequestError,
    OverloadedError,
    UnauthenticatedError,
    UnavailableError,
    Violation,
)
from brokerwire_server.risk.verdict import RiskVerdict

DOMAIN = "brokerwire.dev"

_log = logging.getLogger(__name__)


def _table(**reasons: str) -> dict[str, Code]:
    return {reason: Code(code) for code, names in reasons.items() for reason in names.split()}


CODES = _table(
    INVALID_ARGUMENT="""INVALID_FIELD FIELD_REQUIRED DECIMAL_INVALID DECIMAL_OUT_OF_RANGE PRICE_NOT_ON_TICK
        QUANTITY_NOT_ON_STEP QUANTITY_BELOW_MINIMUM NOTIONAL_OUT_OF_RANGE INVALID_PAGE_TOKEN INVALID_RESUME_TOKEN
        ENVIRONMENT_MISMATCH""",
    NOT_FOUND="""ACCOUNT_NOT_FOUND ORDER_NOT_FOUND POSITION_NOT_FOUND INSTRUMENT_NOT_FOUND BROKER_NOT_FOUND
        CONNECTION_NOT_FOUND BREAK_NOT_FOUND LEASE_NOT_FOUND PRINCIPAL_NOT_FOUND TOKEN_NOT_FOUND
        PAYLOAD_NOT_FOUND SIGNING_KEY_NOT_FOUND OVERRIDE_NOT_FOUND""",
    ALREADY_EXISTS="CLIENT_ORDER_ID_CONFLICT ACCOUNT_EXISTS CONNECTION_EXISTS ACCOUNT_CONNECTED PRINCIPAL_EXISTS",
    FAILED_PRECONDITION="""ORDER_NOT_CANCELABLE ORDER_NOT_REPLACEABLE ORDER_OUTCOME_PENDING
        INSUFFICIENT_BUYING_POWER INSUFFICIENT_POSITION MARKET_CLOSED ACCOUNT_CLOSED ACCOUNT_RESTRICTED
        NOT_A_PAPER_ACCOUNT NOT_SHORTABLE INSTRUMENT_NOT_TRADABLE PRICE_UNAVAILABLE CLOCK_NOT_STEERABLE
        CREDENTIALS_REFUSED CREDENTIALS_OF_OTHER_ACCOUNT CONNECTION_IN_USE CONNECTION_NOT_STORED BREAK_CLOSED
        BREAK_CHANGED RISK_REJECTED TRADING_HALTED ACCOUNT_NOT_ARMED WITHDRAWALS_ALLOWED""",
    UNAUTHENTICATED="UNAUTHENTICATED",
    PERMISSION_DENIED="PERMISSION_DENIED SECOND_FACTOR_REQUIRED SIGNATURE_REQUIRED",
    UNIMPLEMENTED="""UNSUPPORTED_BY_BROKER UNSUPPORTED_ORDER_TYPE UNSUPPORTED_TIME_IN_FORCE
        UNSUPPORTED_COMBINATION METHOD_NOT_FOUND""",
    ABORTED="VERSION_MISMATCH",
    OUT_OF_RANGE="RESUME_TOKEN_EXPIRED SEQUENCE_NOT_YET_AVAILABLE",
    UNAVAILABLE="BROKER_UNAVAILABLE JOURNAL_UNAVAILABLE GATEWAY_DRAINING VAULT_UNAVAILABLE",
    INTERNAL="BROKER_PROTOCOL_ERROR INTERNAL",
    RESOURCE_EXHAUSTED="""BROKER_RATE_LIMIT GATEWAY_OVERLOADED STREAM_LIMIT SLOW_CONSUMER MESSAGE_TOO_LARGE
        PRINCIPAL_LIMIT""",
)
"""The status code of every reason."""

RETRY_AFTER = {"BROKER_RATE_LIMIT": 1.0, "GATEWAY_DRAINING": 1.0, "GATEWAY_OVERLOADED": 0.1}
"""Seconds to wait where the error itself does not say."""

_SUPPORTED_KEY = {
    "PRICE_NOT_ON_TICK": "tick_size",
    "QUANTITY_NOT_ON_STEP": "quantity_increment",
    "QUANTITY_BELOW_MINIMUM": "min_quantity",
}
"""Reasons whose only supported value has a metadata key of its own."""


class CallError(Exception):
    """A call's failure, ready for the wire. Doors send `status` as it is."""

    def __init__(self, described: "Described") -> None:
        """Carry a described error."""
        super().__init__(described.reason)
        self.described = described
        self.code = described.code
        self.status = described.status()


class Described(Struct, frozen=True):
    """An error in the contract's words."""

    code: Code
    reason: str
    message: str
    metadata: Mapping[str, str]
    violations: tuple[Violation, ...] = ()
    retry_after: float | None = None
    verdict: RiskVerdict | None = None

    def status(self) -> status_pb2.Status:
        """Return the error with its typed details."""
        status = status_pb2.Status(code=code_pb2.Code.Value(self.code.value), message=self.message)
        info = error_details_pb2.ErrorInfo(reason=self.reason, domain=DOMAIN, metadata=self.metadata)
        status.details.add().Pack(info)
        if self.violations:
            request = error_details_pb2.BadRequest()
            for violation in self.violations:
                request.field_violations.add(
                    field=violation.field, description=violation.message, reason=violation.reason
                )
            status.details.add().Pack(request)
        if self.verdict is not None:
            status.details.add().Pack(verdict_message(self.verdict))
        if self.retry_after is not None:
            retry = error_details_pb2.RetryInfo()
            retry.retry_delay.FromNanoseconds(int(self.retry_after * 1e9))
            status.details.add().Pack(retry)
        return status

    def command_error(self) -> errors_pb2.CommandError:
        """Return the error as the result of one command in a batch."""
        sent = errors_pb2.SENT_UNKNOWN if self.metadata.get("sent") == "UNKNOWN" else errors_pb2.SENT_NO
        return errors_pb2.CommandError(
            code=code_pb2.Code.Value(self.code.value),
            reason=reason_number(self.reason),
            message=self.message,
            field=self.metadata.get("field", ""),
            metadata=self.metadata,
            sent=sent,
        )


def reason_number(reason: str) -> Any:  # noqa: ANN401 - the stubs' own type of enum
    """Return the enum's value of a reason's stem, UNSPECIFIED where the contract has none."""
    return _REASONS.get(reason, errors_pb2.ERROR_REASON_UNSPECIFIED)


_REASONS: dict[str, Any] = {
    name.removeprefix("ERROR_REASON_"): number for name, number in errors_pb2.ErrorReason.items()
}


def describe(error: BaseException, *, mutates: bool) -> Described:
    """Return any exception in the contract's words.

    What the contract does not know is a fault of ours: its text stays in the log, under an id that the caller gets.
    """
    if not isinstance(error, BrokerwireError):
        return _internal(error, mutates=mutates)
    metadata = dict(error.metadata)
    if error.violations:
        first = error.violations[0]
        metadata["field"] = first.field
        if first.supported:
            metadata["supported"] = ", ".join(first.supported)
            if (key := _SUPPORTED_KEY.get(first.reason)) is not None:
                metadata.setdefault(key, first.supported[0])
    if mutates:
        metadata.setdefault("sent", "NO")
    retry_after = RETRY_AFTER.get(error.reason) if error.retry_after is None else error.retry_after
    code = CODES.get(error.reason, error.code)
    # An argument named "" is a key that the engine did not know; the contract has keys where they are known.
    known = {key: value for key, value in metadata.items() if value}
    verdict = error.verdict if isinstance(error.verdict, RiskVerdict) else None
    return Described(code, error.reason, error.message, known, error.violations, retry_after, verdict)


def _internal(error: BaseException, *, mutates: bool) -> Described:
    error_id = uuid4().hex
    _log.error("a call failed unexpectedly", exc_info=error, extra={"error_id": error_id})
    metadata = {"error_id": error_id}
    if mutates:
        metadata["sent"] = "UNKNOWN"
    return Described(
        Code.INTERNAL, "INTERNAL", f"a fault of the gateway; its log has the details under {error_id}", metadata
    )


def within(error: BrokerwireError, path: str, **context: str) -> BrokerwireError:
    """Return an error of the engine as the caller sees it: fields below `path`, and what is known about the call.

    The error itself is left alone: callers of one submission share it.
    """
    metadata = {**context, **error.metadata}
    if not error.violations:
        copy = _copy(error, metadata)
    else:
        violations = tuple(Violation(path + v.field, v.reason, v.message, v.supported) for v in error.violations)
        copy = InvalidRequestError.of(*violations)
        copy.metadata = {**metadata, **copy.metadata}
    copy.__cause__ = error
    return copy


def _copy(error: BrokerwireError, metadata: Mapping[str, str]) -> BrokerwireError:
    copy = BrokerwireError(
        error.reason, error.message, metadata=metadata, retry_after=error.retry_after, verdict=error.verdict
    )
    copy.code = error.code
    return copy


def overloaded(limit: int) -> OverloadedError:
    """Return the error for one call too many."""
    text = f"{limit} calls are under way, which is the limit: slow down, or batch orders in an OrderSession"
    return OverloadedError("GATEWAY_OVERLOADED", text, metadata={"limit": str(limit)})


def too_many_streams(limit: int) -> OverloadedError:
    """Return the error for one stream too many."""
    text = f"{limit} streams are open, which is the limit: close some, or follow more accounts in one"
    return OverloadedError("STREAM_LIMIT", text, metadata={"limit": str(limit)})


def too_large(limit: int, what: str = "the message") -> OverloadedError:
    """Return the error for a message or batch that is too large."""
    return OverloadedError("MESSAGE_TOO_LARGE", f"{what} is over the limit of {limit}", metadata={"limit": str(limit)})


def draining(reason: str, *, sent: str = "NO") -> UnavailableError:
    """Return the error for a call to a server that is going away."""
    return UnavailableError("GATEWAY_DRAINING", reason, metadata={"sent": sent})


def ended(*, mutates: bool) -> UnauthenticatedError:
    """Return the error for a stream whose credential ended, or was given other rights, while it was open."""
    text = "the credential of this stream has ended or was changed: connect again with one that is valid"
    # What a session had under way goes on; whether it was sent, is not known here.
    return UnauthenticatedError("UNAUTHENTICATED", text, metadata={"sent": "UNKNOWN"} if mutates else None)


def malformed(message: str, field: str = "request") -> InvalidRequestError:
    """Return the error for bytes that are not the request's message."""
    return InvalidRequestError.of(Violation(field, "INVALID_FIELD", message))


def no_method(name: str) -> BrokerwireError:
    """Return the error for a method that the contract does not have."""
    error = BrokerwireError("METHOD_NOT_FOUND", "this server has no such method", metadata={"method": name})
    error.code = Code.UNIMPLEMENTED
    return error
