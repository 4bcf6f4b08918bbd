"""Refusals are told apart by their fields, then by their words; what proves nothing is not a refusal."""

from __future__ import annotations

import json
from typing import Any

import pytest

from brokerwire_server.brokers.alpaca.errors import ApiError, Fault
from brokerwire_server.brokers.http import Answer
from brokerwire_server.domain.orders import StateReason


def error(status: int, body: Any, headers: dict[str, str] | None = None) -> ApiError:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return ApiError(Answer(status, headers or {}, raw))


@pytest.mark.parametrize(
    ("extras", "reason"),
    [
        ({"buying_power": "1", "cost_basis": "2"}, StateReason.INSUFFICIENT_BUYING_POWER),
        ({"existing_qty": "1", "held_for_orders": "1", "available": "0"}, StateReason.INSUFFICIENT_POSITION),
        ({"required_qty": "200", "underlying_asset_id": "u"}, StateReason.INSUFFICIENT_POSITION),
        ({"existing_order_id": "o", "reject_reason": "wash"}, StateReason.BROKER),
    ],
)
def test_extra_fields_come_before_words(extras: dict[str, str], reason: StateReason) -> None:
    found = error(403, {"code": 40310000, "message": "qty is not fractionable, sub-penny", **extras})
    assert (found.fault, found.reason) == (Fault.REFUSED, reason)


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ("insufficient buying power", StateReason.INSUFFICIENT_BUYING_POWER),
        ("insufficient balance for USD (requested: 1, available: 0)", StateReason.INSUFFICIENT_BUYING_POWER),
        ("insufficient qty available for order (requested: 1, available: 0)", StateReason.INSUFFICIENT_POSITION),
        (
            "position intent mismatch, inferred: sell_to_open, specified: sell_to_close",
            StateReason.INSUFFICIENT_POSITION,
        ),
        ('asset "X" cannot be sold short', StateReason.NOT_SHORTABLE),
        ("account is not allowed to short", StateReason.NOT_SHORTABLE),
        ("ioc orders are only accepted during market hours", StateReason.MARKET_CLOSED),
        ("invalid limit_price 1.2345. sub-penny increment", StateReason.PRICE_INVALID),
        ('asset "X" is not tradable', StateReason.INSTRUMENT_NOT_TRADABLE),
        ('asset "X" is not fractionable', StateReason.QUANTITY_INVALID),
        ("qty must be integer", StateReason.QUANTITY_INVALID),
        ("order parameters are not changed", StateReason.BROKER),
        ("words that nobody has written yet", StateReason.BROKER),
    ],
)
def test_words_tell_what_the_fields_leave_open(words: str, reason: StateReason) -> None:
    assert error(422, {"code": 42210000, "message": words}).reason is reason


@pytest.mark.parametrize(
    ("status", "body", "fault"),
    [
        (422, {"code": 40010001, "message": "client_order_id must be unique"}, Fault.DUPLICATE_ID),
        (422, {"code": 40010001, "message": "qty or notional is required"}, Fault.REFUSED),
        (404, {"code": 40410000, "message": "order not found"}, Fault.NOT_FOUND),
        (401, b"<html>401</html>", Fault.DENIED),
        (403, {"message": "forbidden."}, Fault.DENIED),
        (403, b"<html>blocked by a proxy</html>", Fault.UNPROVEN),
        (404, b"<html>404</html>", Fault.UNPROVEN),
        (429, {"code": 42910000, "message": "rate limit exceeded"}, Fault.LIMITED),
        (429, b"slow down", Fault.UNPROVEN),
        (408, {"code": 40810000, "message": "timeout"}, Fault.UNPROVEN),
        (500, {"code": 50010000, "message": "internal"}, Fault.UNPROVEN),
        (504, {"code": 50410000, "message": "timed out"}, Fault.UNPROVEN),
        (307, b"", Fault.UNPROVEN),
        (422, b"[1]", Fault.UNPROVEN),
    ],
)
def test_a_status_and_its_body_prove_no_more_than_they_say(status: int, body: Any, fault: Fault) -> None:
    assert error(status, body).fault is fault


def test_the_raw_body_is_kept_and_trimmed() -> None:
    found = error(422, {"code": 1, "message": "no", "more": "x" * 5_000})
    assert '"more"' in found.message
    assert len(found.message) < 500
