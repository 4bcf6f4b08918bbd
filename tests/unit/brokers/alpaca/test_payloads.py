"""Payloads in the shapes that were recorded decode and map without loss, whatever is added to them."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from brokerwire_server.brokers.alpaca import wire
from brokerwire_server.brokers.alpaca.errors import ApiError, Fault
from brokerwire_server.brokers.http import Answer
from tests.unit.brokers.alpaca.reading import items, lost, use

OWN = Path(__file__).parent / "payloads"
GIVEN = os.environ.get("ALPACA_FIXTURES", "")
FILES = sorted([*OWN.glob("*.json"), *(Path(GIVEN).glob("*.json") if GIVEN else ())])
ANSWERS = [path for path in FILES if not path.name.startswith("error_") and not path.name.endswith("_req.json")]
ERRORS = [path for path in FILES if path.name.startswith("error_")]
REQUESTS = [path for path in FILES if path.name.endswith("_req.json")]

_OPEN_TEXTS = ("status", "asset_class", "class", "time_in_force", "type", "order_type", "side", "order_class")


def by_name(path: Path) -> str:
    return path.stem


def test_recorded_payloads_are_read_where_they_are_given() -> None:
    if not GIVEN:
        pytest.skip("set ALPACA_FIXTURES to a directory of recorded payloads to read them too")
    assert list(Path(GIVEN).glob("*.json"))


@pytest.mark.parametrize("path", ANSWERS, ids=by_name)
def test_an_answer_decodes_without_loss_and_maps(path: Path) -> None:
    for found, kind in items(path, json.loads(path.read_bytes())):
        value = wire.decode(kind, json.dumps(found).encode())
        assert lost(found, value) == []
        use(value)


@pytest.mark.parametrize("path", ANSWERS, ids=by_name)
def test_unknown_values_and_fields_change_nothing_else(path: Path) -> None:
    for found, kind in items(path, json.loads(path.read_bytes())):
        strange = estranged(found)
        value = wire.decode(kind, json.dumps(strange).encode())
        assert lost(strange, value) == []
        use(value)


def estranged(value: Any) -> Any:
    """Give every enumeration a value that nobody has heard of, and every object a field."""
    if isinstance(value, list):
        return [estranged(one) for one in value]
    if not isinstance(value, dict):
        return value
    changed = {
        name: "never_heard_of" if name in _OPEN_TEXTS and isinstance(one, str) and one else estranged(one)
        for name, one in value.items()
    }
    return {**changed, "a_new_field": {"with": ["more"]}}


@pytest.mark.parametrize("path", ERRORS, ids=by_name)
def test_an_error_is_what_its_status_and_body_prove(path: Path) -> None:
    found = json.loads(path.read_bytes())
    body = found["body_text"].encode() if "body_text" in found else json.dumps(found["body"]).encode()
    headers = {name.lower(): value for name, value in found.get("headers", {}).items()}
    error = ApiError(Answer(found["http_status"], headers, body))
    expected = {401: Fault.DENIED, 404: Fault.NOT_FOUND, 429: Fault.LIMITED, 500: Fault.UNPROVEN, 504: Fault.UNPROVEN}
    duplicate = "client_order_id" in error.words
    refused = Fault.DUPLICATE_ID if duplicate else Fault.REFUSED
    assert error.fault is expected.get(found["http_status"], refused)
    assert body.decode()[:100] in error.message


@pytest.mark.parametrize("path", REQUESTS, ids=by_name)
def test_a_documented_request_has_no_part_that_we_could_not_send(path: Path) -> None:
    sent = {"client_order_id", "type", "time_in_force", "qty", "notional", "limit_price", "stop_price"}
    sent |= {"trail_price", "trail_percent", "extended_hours", "order_class", "legs", "symbol", "side"}
    sent |= {"position_intent", "take_profit", "stop_loss"}
    assert json.loads(path.read_bytes()).keys() <= sent
