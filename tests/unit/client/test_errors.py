from types import SimpleNamespace
from typing import Any

import grpc
import pytest
from google.rpc import error_details_pb2

import brokerwire
from brokerwire import errors
from brokerwire._status import BY_CODE, from_command_error, from_rpc_error
from brokerwire.v1 import errors_pb2
from tests.unit.client.fakes import status

Code = grpc.StatusCode


def rpc_error(code: Code, trailers: Any = ()) -> Any:
    return SimpleNamespace(code=lambda: code, details=lambda: "no", trailing_metadata=lambda: trailers)


def read(code: Code, reason: str = "", *details: Any, mutation: bool = True, **metadata: str) -> Any:
    trailers = status(code, reason, *details, **metadata) if reason else ()
    return from_rpc_error(rpc_error(code, trailers), mutation=mutation, client_order_id="mine", target="here:1")


@pytest.mark.parametrize(
    ("code", "reason", "kind"),
    [
        (Code.INVALID_ARGUMENT, "INVALID_FIELD", errors.InvalidRequest),
        (Code.NOT_FOUND, "ORDER_NOT_FOUND", errors.NotFound),
        (Code.ALREADY_EXISTS, "CLIENT_ORDER_ID_CONFLICT", errors.Conflict),
        (Code.ABORTED, "VERSION_MISMATCH", errors.Conflict),
        (Code.FAILED_PRECONDITION, "MARKET_CLOSED", errors.Precondition),
        (Code.UNIMPLEMENTED, "UNSUPPORTED_ORDER_TYPE", errors.Unsupported),
        (Code.UNAVAILABLE, "BROKER_UNAVAILABLE", errors.Unavailable),
        (Code.RESOURCE_EXHAUSTED, "BROKER_RATE_LIMIT", errors.Overloaded),
        (Code.UNAUTHENTICATED, "", errors.Unauthenticated),
        (Code.PERMISSION_DENIED, "", errors.PermissionDenied),
        (Code.DEADLINE_EXCEEDED, "", errors.DeadlineExceeded),
        (Code.INTERNAL, "INTERNAL", errors.Internal),
        (Code.UNKNOWN, "", errors.Internal),
        (Code.OUT_OF_RANGE, "RESUME_TOKEN_EXPIRED", errors.StreamGap),
        (Code.OUT_OF_RANGE, "SEQUENCE_NOT_YET_AVAILABLE", errors.Unavailable),
    ],
)
def test_the_kind_says_what_to_do(code: Any, reason: str, kind: Any) -> None:
    error = read(code, reason)
    assert type(error) is kind
    assert (error.code, error.reason) == (code, reason)


def test_every_code_but_ok_has_a_kind() -> None:
    assert {type(read(code)) for code in Code if code is not Code.OK} <= {*BY_CODE.values(), errors.Internal}


def test_details_are_taken_apart() -> None:
    bad = error_details_pb2.BadRequest(field_violations=[{"field": "order.side", "description": "unknown"}])
    retry = error_details_pb2.RetryInfo(retry_delay={"seconds": 1, "nanos": 500_000_000})
    error = read(Code.INVALID_ARGUMENT, "INVALID_FIELD", bad, retry, field="order.side", supported="BUY, SELL")
    assert error.violations == (brokerwire.FieldViolation("order.side", "unknown"),)
    assert error.retry_after == 1.5
    assert error.metadata["supported"] == "BUY, SELL"
    assert str(error) == "no [INVALID_FIELD]; order.side: unknown"


@pytest.mark.parametrize(
    ("code", "reason", "metadata", "sent"),
    [
        (Code.UNAVAILABLE, "GATEWAY_DRAINING", {"sent": "UNKNOWN"}, "unknown"),
        (Code.UNAVAILABLE, "GATEWAY_DRAINING", {"sent": "NO"}, "no"),
        (Code.INVALID_ARGUMENT, "INVALID_FIELD", {}, "no"),
        (Code.INTERNAL, "INTERNAL", {"sent": "SOMETHING_NEW"}, "unknown"),
        (Code.UNAVAILABLE, "", {}, "unknown"),
        (Code.DEADLINE_EXCEEDED, "", {}, "unknown"),
        (Code.CANCELLED, "", {}, "unknown"),
        (Code.RESOURCE_EXHAUSTED, "", {}, "unknown"),
        (Code.UNIMPLEMENTED, "", {}, "no"),
        (Code.UNAUTHENTICATED, "", {}, "no"),
    ],
)
def test_without_proof_that_nothing_was_sent_a_mutation_may_have_been(
    code: Any, reason: str, metadata: Any, sent: Any
) -> None:
    error = read(code, reason, **metadata)
    assert (error.sent, error.client_order_id) == (sent, "mine")
    assert ("look up client_order_id mine" in str(error)) == (sent == "unknown")
    assert read(code, mutation=False).sent == "no"


def test_garbage_in_the_details_leaves_the_code() -> None:
    error = from_rpc_error(rpc_error(Code.NOT_FOUND, (("grpc-status-details-bin", b"\xff\xff\xff"),)))
    assert (type(error), error.reason) == (errors.NotFound, "")


def test_a_gateway_that_is_away_is_named() -> None:
    assert "here:1" in str(read(Code.UNAVAILABLE))


def test_a_reason_from_a_newer_gateway_is_passed_on() -> None:
    error = read(Code.FAILED_PRECONDITION, "MOON_PHASE")
    assert (type(error), error.reason) == (errors.Precondition, "MOON_PHASE")
    command = from_command_error(errors_pb2.CommandError(code=9, reason=999, message="no"))  # type: ignore[arg-type]
    assert (type(command), command.reason) == (errors.Precondition, "REASON_999")


@pytest.mark.parametrize(("sent", "expected"), [("SENT_NO", "no"), ("SENT_UNKNOWN", "unknown"), (None, "unknown")])
def test_a_command_error_reads_like_that_of_the_unary_method(sent: Any, expected: Any) -> None:
    message = errors_pb2.CommandError(
        code=8,
        reason="ERROR_REASON_BROKER_RATE_LIMIT",
        message="slow down",
        field="order.quantity",
        metadata={"retry_after": "2.5"},
        sent=sent,
    )
    error = from_command_error(message, "mine")
    assert (type(error), error.sent, error.retry_after) == (errors.Overloaded, expected, 2.5)
    assert error.violations[0].field == "order.quantity"


def test_the_tree_in_the_documentation_is_the_tree() -> None:
    drawn = {word for word in (errors.__doc__ or "").split() if word in errors.__all__}
    assert drawn == set(errors.__all__) - {"FieldViolation", "Sent"}
    kinds = [vars(errors)[name] for name in drawn]
    assert all(issubclass(kind, brokerwire.BrokerwireError) for kind in kinds)
