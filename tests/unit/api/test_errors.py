"""Errors on the wire say what the contract says."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from google.rpc import error_details_pb2

from brokerwire.v1 import errors_pb2
from brokerwire_server.api.errors import CODES, CallError, describe, within
from brokerwire_server.domain.errors import (
    Code,
    ConflictError,
    InvalidRequestError,
    OverloadedError,
    UnavailableError,
    Violation,
)

if TYPE_CHECKING:
    import pytest

CONTRACT = Path(__file__).resolve().parents[3] / "proto" / "brokerwire" / "v1" / "errors.proto"


def documented() -> dict[str, str]:
    """Return the code that the contract's comments give each reason."""
    found: dict[str, str] = {}
    comment: list[str] = []
    for line in CONTRACT.read_text(encoding="utf-8").splitlines():
        text = line.strip()
        if text.startswith("//"):
            comment.append(text.removeprefix("//").strip())
            continue
        match = re.match(r"ERROR_REASON_(\w+) = \d+;", text)
        if match and match.group(1) != "UNSPECIFIED":
            found[match.group(1)] = comment[0].split(".")[0]
        comment = []
    return found


def test_every_reason_has_the_code_that_the_contract_documents() -> None:
    assert {reason: code.value for reason, code in CODES.items()} == documented()


def test_the_contract_has_every_reason_of_the_table() -> None:
    names = {name.removeprefix("ERROR_REASON_") for name in errors_pb2.ErrorReason.DESCRIPTOR.values_by_name}
    assert set(CODES) == names - {"UNSPECIFIED"}


def test_the_code_follows_the_reason_and_not_the_class() -> None:
    error = InvalidRequestError.of(Violation("type", "UNSUPPORTED_ORDER_TYPE", "not offered", ("LIMIT", "MARKET")))
    described = describe(error, mutates=True)
    assert described.code is Code.UNIMPLEMENTED
    assert described.metadata == {"field": "type", "supported": "LIMIT, MARKET", "sent": "NO"}


def test_a_status_has_one_error_info_and_what_else_fits() -> None:
    error = OverloadedError("BROKER_RATE_LIMIT", "slow down", retry_after=2.5)
    status = CallError(describe(error, mutates=False)).status
    info, retry = error_details_pb2.ErrorInfo(), error_details_pb2.RetryInfo()
    assert status.details[0].Unpack(info)
    assert status.details[1].Unpack(retry)
    assert (info.domain, info.reason, len(status.details)) == ("brokerwire.dev", "BROKER_RATE_LIMIT", 2)
    assert retry.retry_delay.ToMilliseconds() == 2500
    assert "sent" not in info.metadata


def test_an_error_that_says_unknown_keeps_it() -> None:
    error = UnavailableError("JOURNAL_UNAVAILABLE", "failed", metadata={"sent": "UNKNOWN"})
    assert describe(error, mutates=True).metadata["sent"] == "UNKNOWN"
    assert describe(error, mutates=True).command_error().sent == errors_pb2.SENT_UNKNOWN


def test_an_unexpected_exception_shows_nothing_but_an_id(caplog: pytest.LogCaptureFixture) -> None:
    described = describe(ValueError("password=hunter2"), mutates=True)
    assert described.code is Code.INTERNAL
    assert "hunter2" not in str(described.status())
    assert described.metadata["sent"] == "UNKNOWN"
    assert caplog.records[0].error_id == described.metadata["error_id"]  # type: ignore[attr-defined]


def test_a_quantity_below_the_minimum_says_the_minimum() -> None:
    violation = Violation("quantity", "QUANTITY_BELOW_MINIMUM", "at least 1", ("1",))
    assert describe(InvalidRequestError.of(violation), mutates=False).metadata["min_quantity"] == "1"


def test_errors_of_the_engine_get_the_callers_paths_and_stay_as_they_are() -> None:
    error = InvalidRequestError.of(Violation("quantity", "INVALID_FIELD", "wrong"))
    outer = within(error, "order.", account_id="paper")
    assert outer.metadata == {"field": "order.quantity", "account_id": "paper"}
    assert error.metadata == {"field": "quantity"}
    conflict = within(ConflictError("ACCOUNT_EXISTS", "taken", metadata={"account_id": "x"}), "", account_id="y")
    assert (conflict.code, conflict.metadata["account_id"]) == (Code.ALREADY_EXISTS, "x")
