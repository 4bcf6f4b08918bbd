"""What only the HTTP door has: strict JSON, plain pages, and the fence against web pages."""

from __future__ import annotations

import asyncio
import base64
import json
import struct
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from brokerwire.v1 import order_service_pb2 as pb
from brokerwire_server.transport.http_door import HttpDoor
from tests.e2e.conftest import LIMITS, ORIGIN, limit_order

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from tests.e2e.conftest import Served

SUBMIT = "/brokerwire.v1.OrderService/SubmitOrder"
INFO = "/brokerwire.v1.SystemService/GetServerInfo"
ORDER: dict[str, Any] = {
    "accountId": "paper",
    "clientOrderId": "json",
    "instrument": {"symbol": "AAPL"},
    "side": "SIDE_BUY",
    "type": "ORDER_TYPE_LIMIT",
    "timeInForce": "TIME_IN_FORCE_DAY",
    "quantity": {"value": "1"},
    "limitPrice": {"value": "100"},
}


@pytest.fixture
async def http(served: Served) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=f"http://{served.http_address}", timeout=10) as client:
        yield client


def reason_of(answer: httpx.Response) -> tuple[str, str, str]:
    error = answer.json()
    info = next(d["debug"] for d in error["details"] if d["type"] == "google.rpc.ErrorInfo")
    return error["code"], info["reason"], info["metadata"].get("field", "")


async def test_an_order_is_submitted_with_plain_json(http: httpx.AsyncClient) -> None:
    answer = await http.post(SUBMIT, json={"order": ORDER})
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    assert answer.json()["order"]["state"] == "ORDER_STATE_WORKING"
    assert answer.json()["order"]["limitPrice"] == {"value": "100"}


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"quantty": {"value": "1"}}, "order.quantty"),
        ({"takeProfit": {"limitPrize": {"value": "1"}}}, "order.take_profit.limitPrize"),
        ({"side": "SIDE_BUUY"}, "order.side"),
        ({"limitPrice": {"value": 1}}, "order.limit_price.value"),
        ({"extendedHours": "yes"}, "order.extended_hours"),
    ],
    ids=lambda v: v if isinstance(v, str) else "",
)
async def test_a_misspelt_field_or_value_is_an_error_that_names_it(
    http: httpx.AsyncClient, served: Served, change: dict[str, Any], field: str
) -> None:
    head = served.head
    answer = await http.post(SUBMIT, json={"order": {**ORDER, **change}})
    assert answer.status_code == 400
    assert reason_of(answer) == ("invalid_argument", "INVALID_FIELD", field)
    assert served.head == head


@pytest.mark.parametrize(
    "body", [b"{oops", b"[]", b'"text"', b"\xff\xfe", b'{"order": {"side": 1, "side": 2}}', b"[" * 9000]
)
async def test_what_is_not_a_json_object_is_refused(http: httpx.AsyncClient, body: bytes) -> None:
    answer = await http.post(SUBMIT, content=body, headers={"content-type": "application/json"})
    assert answer.status_code == 400
    assert reason_of(answer)[:2] == ("invalid_argument", "INVALID_FIELD")


async def test_a_large_body_is_refused_with_the_limit(http: httpx.AsyncClient) -> None:
    answer = await http.post(SUBMIT, json={"order": {**ORDER, "tags": {"x": "y" * LIMITS.message_bytes}}})
    assert answer.status_code == 429
    assert reason_of(answer)[:2] == ("resource_exhausted", "MESSAGE_TOO_LARGE")


async def test_an_unknown_method_has_its_reason(http: httpx.AsyncClient) -> None:
    answer = await http.post("/brokerwire.v1.OrderService/Nothing", json={})
    assert answer.status_code == 501
    assert reason_of(answer)[:2] == ("unimplemented", "METHOD_NOT_FOUND")


async def test_reads_work_with_get_and_orders_do_not(http: httpx.AsyncClient) -> None:
    read = await http.get(INFO, params={"encoding": "json", "message": "{}"})
    assert read.status_code == 200
    assert read.json()["server"]["version"] == "1.2.3"
    assert (await http.get(SUBMIT, params={"encoding": "json", "message": "{}"})).status_code == 405


async def test_grpc_web_answers_with_trailers_in_the_body(http: httpx.AsyncClient) -> None:
    data = pb.SubmitOrderRequest(order=limit_order("web")).SerializeToString()
    answer = await http.post(
        SUBMIT, content=struct.pack(">BI", 0, len(data)) + data, headers={"content-type": "application/grpc-web+proto"}
    )
    size = int.from_bytes(answer.content[1:5], "big")
    message = pb.SubmitOrderResponse.FromString(answer.content[5 : 5 + size])
    assert message.order.client_order_id == "web"
    assert b"grpc-status: 0" in answer.content[5 + size :]


async def test_a_json_stream_is_made_of_json_batches(http: httpx.AsyncClient) -> None:
    body, first = b'{"accountIds": ["paper"]}', {}
    async with http.stream(
        "POST",
        "/brokerwire.v1.OrderService/StreamOrders",
        content=struct.pack(">BI", 0, len(body)) + body,
        headers={"content-type": "application/connect+json"},
    ) as answer:
        async for chunk in answer.aiter_bytes():
            first = json.loads(chunk[5 : 5 + int.from_bytes(chunk[1:5], "big")])
            break
    assert first["items"][0]["control"]["opened"]["journalEpoch"] == "7"


async def test_health_and_metrics_are_plain_pages(http: httpx.AsyncClient, served: Served) -> None:
    healthy, metrics, index = await http.get("/healthz"), await http.get("/metrics"), await http.get("/")
    assert (healthy.status_code, metrics.text) == (200, "brokerwire_test 1\n")
    assert SUBMIT in index.text
    assert (await http.get("/nothing")).status_code == 404
    served.gateway.drain.begin("shutting down")
    assert (await http.get("/healthz")).status_code == 503


@pytest.mark.parametrize("host", ["evil.example", "evil.example:80", "10.0.0.1", "localhost.evil.example", ""])
async def test_a_request_under_a_foreign_name_is_refused(http: httpx.AsyncClient, served: Served, host: str) -> None:
    answer = await http.post(INFO, json={}, headers={"host": host})
    assert answer.status_code in (400, 421)
    assert not [call for call in served.observed if call[0].endswith("GetServerInfo")]


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1:9", "[::1]:80", "LOCALHOST"])
async def test_names_of_this_machine_are_its_own(http: httpx.AsyncClient, host: str) -> None:
    assert (await http.post(INFO, json={}, headers={"host": host})).status_code == 200


async def test_only_pages_of_allowed_origins_may_call(http: httpx.AsyncClient) -> None:
    allowed = await http.post(INFO, json={}, headers={"origin": ORIGIN})
    foreign = await http.post(INFO, json={}, headers={"origin": "https://evil.example"})
    null = await http.post(INFO, json={}, headers={"origin": "null"})
    own = await http.post(INFO, json={}, headers={"origin": str(http.base_url).rstrip("/")})
    assert allowed.headers["access-control-allow-origin"] == ORIGIN
    assert "grpc-status-details-bin" in allowed.headers["access-control-expose-headers"]
    assert (foreign.status_code, null.status_code, own.status_code) == (403, 403, 200)
    assert "access-control-allow-origin" not in own.headers


async def test_a_preflight_is_answered_for_allowed_origins_only(http: httpx.AsyncClient) -> None:
    headers = {"access-control-request-method": "POST", "access-control-request-headers": "content-type"}
    good = await http.options(SUBMIT, headers={**headers, "origin": ORIGIN})
    bad = await http.options(SUBMIT, headers={**headers, "origin": "https://evil.example"})
    assert (good.status_code, bad.status_code) == (204, 403)
    assert "content-type" in good.headers["access-control-allow-headers"]


async def test_an_error_is_readable_by_people_and_by_programs(http: httpx.AsyncClient) -> None:
    answer = await http.post(SUBMIT, json={"order": {**ORDER, "quantity": {"value": "NaN"}}})
    detail = answer.json()["details"][0]
    assert detail["debug"]["reason"] == "DECIMAL_INVALID"
    assert b"DECIMAL_INVALID" in base64.b64decode(detail["value"] + "===")


async def test_it_serves_on_a_unix_socket(served: Served, tmp_path: Path) -> None:
    door = HttpDoor(served.api, f"unix:{tmp_path}/http.sock")
    await door.start()
    transport = httpx.AsyncHTTPTransport(uds=f"{tmp_path}/http.sock")
    async with httpx.AsyncClient(transport=transport, base_url="http://brokerwire") as client:
        assert (await client.post(INFO, json={})).status_code == 200
        assert (await client.get("/metrics")).status_code == 404
    await door.stop(0.5)
    assert not (tmp_path / "http.sock").exists()


async def test_a_door_with_open_streams_stops_when_they_said_goodbye(served: Served) -> None:
    door = HttpDoor(served.api, "127.0.0.1:0")
    address = await door.start()
    body = struct.pack(">BI", 0, 0)
    async with httpx.AsyncClient(base_url=f"http://{address}") as client:

        async def follow() -> bytes:
            headers = {"content-type": "application/connect+proto"}
            answer = await client.post("/brokerwire.v1.OrderService/StreamOrders", content=body, headers=headers)
            return answer.content

        stream = asyncio.create_task(follow())
        while not served.gateway.drain.streams:
            await asyncio.sleep(0.01)
        served.gateway.drain.begin("shutting down")
        async with asyncio.timeout(3):
            await door.stop(2)
            assert b"shutting down" in await stream
