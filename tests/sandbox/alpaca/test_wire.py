"""REST as it is on the wire: keys, limits, faults, order of answer and events, restart, control."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest

from brokerwire_sandbox.alpaca import (
    AlpacaSandbox,
    EventOrder,
    FaultPlan,
    FaultRule,
    Kind,
    Target,
    Unauthorized,
)
from tests.sandbox.alpaca.conftest import ORDER

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from tests.sandbox.alpaca.conftest import Wire


def plan(target: Target, kind: Kind, **more: Any) -> FaultPlan:
    return FaultPlan(rules=(FaultRule(target=target, kind=kind, **more),))


async def test_every_answer_names_its_request_and_the_limit(wire: Wire) -> None:
    _, _, headers = await wire.call("GET", "/v2/account")
    assert headers["X-Request-ID"] == wire.sandbox.requests()[0].request_id
    assert all(headers[f"X-Ratelimit-{name}"].isdigit() for name in ("Limit", "Remaining", "Reset"))


async def test_a_used_up_limit_refuses_with_429_and_does_nothing(serve: Callable[..., Awaitable[Wire]]) -> None:
    wire = await serve(rate_limit=2)
    statuses = [(await wire.call("POST", "/v2/orders", {**ORDER, "symbol": s}))[0] for s in ("KO", "T", "F")]
    assert statuses == [200, 200, 429]
    assert len(wire.sandbox.orders()) == 2
    _, body, headers = await wire.call("GET", "/v2/account")
    assert body == {"code": 42910000, "message": "rate limit exceeded"}
    assert headers["X-Ratelimit-Remaining"] == "0"


@pytest.mark.parametrize(
    ("how", "status", "content"),
    [
        (Unauthorized.JSON, 401, "application/json"),
        (Unauthorized.HTML, 401, "text/html"),
        (Unauthorized.FORBIDDEN, 403, "application/json"),
    ],
)
async def test_wrong_keys_are_refused_in_three_ways(
    serve: Callable[..., Awaitable[Wire]], how: Unauthorized, status: int, content: str
) -> None:
    wire = await serve(unauthorized=how)
    wire.sandbox.revoke_keys()
    answered, body, headers = await wire.call("GET", "/v2/account")
    assert (answered, headers["Content-Type"].partition(";")[0]) == (status, content)
    if how is Unauthorized.FORBIDDEN:
        assert body == {"message": "forbidden."}
    wire.sandbox.restore_keys()
    assert (await wire.call("GET", "/v2/account"))[0] == 200


@pytest.mark.parametrize(
    ("kind", "status"),
    [(Kind.ANSWER_504, 504), (Kind.ANSWER_500, 500), (Kind.ANSWER_502_HTML, 502), (Kind.ANSWER_HTML, 200)],
)
async def test_an_answer_can_be_lost_after_the_order_was_taken(wire: Wire, kind: Kind, status: int) -> None:
    wire.sandbox.set_faults(plan(Target.POST_ORDERS, kind, count=1))
    answered, body, _ = await wire.call("POST", "/v2/orders", {**ORDER, "client_order_id": "lost"})
    assert answered == status
    assert "lost" not in str(body)
    _, found, _ = await wire.call("GET", "/v2/orders:by_client_order_id", client_order_id="lost")
    assert found["status"] == "filled"


@pytest.mark.parametrize(
    "kind", [Kind.ANSWER_RESET, Kind.ANSWER_TRUNCATED, Kind.REQUEST_RESET, Kind.ANSWER_HANG, Kind.REQUEST_HANG]
)
async def test_a_connection_can_break_before_or_after_the_order_is_taken(wire: Wire, kind: Kind) -> None:
    wire.sandbox.set_faults(plan(Target.POST_ORDERS, kind, count=1, delay=0.05))
    with pytest.raises(aiohttp.ClientError):
        await wire.call("POST", "/v2/orders", ORDER)
    assert len(wire.sandbox.orders()) == (1 if kind.startswith("answer") else 0)
    assert wire.sandbox.requests()[-1].fault == kind
    await wire.order(symbol="KO")


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        (Kind.REQUEST_429, 429),
        (Kind.REQUEST_500, 500),
        (Kind.REQUEST_504, 504),
        (Kind.REQUEST_502_HTML, 502),
        (Kind.REQUEST_REDIRECT, 302),
        (Kind.REQUEST_401, 401),
        (Kind.REQUEST_403, 403),
    ],
)
async def test_a_request_can_be_refused_without_being_carried_out(wire: Wire, kind: Kind, status: int) -> None:
    wire.sandbox.set_faults(plan(Target.POST_ORDERS, kind))
    assert (await wire.call("POST", "/v2/orders", ORDER))[0] == status
    assert wire.sandbox.orders() == []


async def test_an_answer_can_be_slow_or_spoilt(wire: Wire) -> None:
    wire.sandbox.set_faults(plan(Target.GET_ACCOUNT, Kind.ANSWER_SLOW, delay=0.05))
    assert (await wire.call("GET", "/v2/account"))[1]["cash"] == "100000"
    wire.sandbox.set_faults(plan(Target.GET_ACCOUNT, Kind.ANSWER_DELAY, delay=0.01))
    assert (await wire.call("GET", "/v2/account"))[1]["cash"] == "100000"
    wire.sandbox.set_faults(plan(Target.GET_ACCOUNT, Kind.ANSWER_BROKEN_JSON))
    with pytest.raises(ValueError, match=r"delimiter|Unterminated|Expecting"):
        await wire.call("GET", "/v2/account")
    await wire.order()
    wire.sandbox.set_faults(plan(Target.GET_ORDERS, Kind.ANSWER_UNKNOWN_VALUES))
    _, (order,), _ = await wire.call("GET", "/v2/orders", status="all")
    assert order["status"] == "pending_review_of_tomorrow"
    assert order["a_field_of_tomorrow"]


@pytest.mark.parametrize("order", list(EventOrder))
async def test_events_come_before_after_or_around_the_answer(
    serve: Callable[..., Awaitable[Wire]], order: EventOrder
) -> None:
    wire = await serve(event_order=order, event_gap=0.05)
    stream = await wire.stream()
    heard: list[str] = []

    async def listen() -> None:
        for _ in range(3):
            heard.extend(await stream.events(1))

    listening = asyncio.create_task(listen())
    await wire.order()
    heard.append("answer")
    await listening
    before = heard.index("answer")
    assert [name for name in heard if name != "answer"] == ["pending_new", "new", "fill"]
    if order is EventOrder.EVENTS_FIRST:
        assert before == 3
    elif order is EventOrder.INTERLEAVED:
        assert heard[:2] == ["pending_new", "new"]
        assert before >= 2
    # After the answer, who is first at the reader is the scheduler's choice: only the bytes were sent in that order.


async def test_a_lost_answer_does_not_hold_the_events_back(wire: Wire) -> None:
    stream = await wire.stream()
    wire.sandbox.set_faults(plan(Target.POST_ORDERS, Kind.ANSWER_HANG, delay=30))
    lost = asyncio.create_task(wire.call("POST", "/v2/orders", ORDER))
    assert await stream.events(3) == ["pending_new", "new", "fill"]
    lost.cancel()


async def test_reads_by_client_order_id_can_lag_for_a_while_or_for_some_reads(
    serve: Callable[..., Awaitable[Wire]],
) -> None:
    wire = await serve(start_time=1_800_000_000_000_000_000, clock_speed=0.0)
    wire.sandbox.set_lookup_lag(reads=2)
    await wire.order(client_order_id="a")
    statuses = [(await wire.call("GET", "/v2/orders:by_client_order_id", client_order_id="a"))[0] for _ in range(3)]
    assert statuses == [404, 404, 200]
    wire.sandbox.set_lookup_lag(seconds=5)
    await wire.order(client_order_id="b", symbol="KO")
    assert (await wire.call("GET", "/v2/orders:by_client_order_id", client_order_id="b"))[0] == 404
    wire.sandbox.advance(6)
    assert (await wire.call("GET", "/v2/orders:by_client_order_id", client_order_id="b"))[0] == 200


async def test_a_restart_keeps_address_and_state(wire: Wire) -> None:
    url = wire.sandbox.url
    order = await wire.order(type="limit", limit_price="50")
    await wire.sandbox.restart()
    assert wire.sandbox.url == url
    assert (await wire.call("GET", f"/v2/orders/{order['id']}"))[1]["status"] == "new"
    stream = await wire.stream()
    await wire.call("DELETE", f"/v2/orders/{order['id']}")
    assert await stream.events(1) == ["canceled"]


async def test_the_log_has_every_request_with_its_body(wire: Wire) -> None:
    await wire.order(client_order_id="logged")
    await wire.call("GET", "/v2/orders:by_client_order_id", client_order_id="logged")
    posted, looked_up = wire.sandbox.requests()
    assert (posted.method, posted.path, posted.client_order_id, posted.status) == ("POST", "/v2/orders", "logged", 200)
    assert '"client_order_id": "logged"' in posted.body
    assert (looked_up.client_order_id, looked_up.number) == ("logged", 2)


async def test_external_orders_are_orders_like_any_other(wire: Wire) -> None:
    stream = await wire.stream()
    placed = wire.sandbox.place_external_order(**ORDER)
    assert await stream.events(3) == ["pending_new", "new", "fill"]
    assert [order["external"] for order in wire.sandbox.orders()] == [True]
    assert (await wire.call("GET", f"/v2/orders/{placed['id']}"))[1]["status"] == "filled"


async def test_the_control_api_does_what_the_object_does(wire: Wire) -> None:
    async def control(verb: str, **body: Any) -> Any:
        status, answer, _ = await wire.call("POST", f"/sandbox/{verb}", body)
        assert status == 200, answer
        return answer["result"]

    await control("set_quote", symbol="AAPL", bid="10", ask="11", ask_size="4")
    order = await wire.order(type="limit", limit_price="11")
    _, fills, _ = await wire.call("GET", "/sandbox/fills")
    assert [fill["qty"] for fill in fills["result"]] == ["4"]
    await control("bust", execution_id=fills["result"][0]["execution_id"])
    await control("cancel_order", order_id=order["id"])
    await control("set_faults", rules=[{"target": "POST orders", "kind": "request_500", "probability": "1"}])
    assert (await wire.call("POST", "/v2/orders", ORDER))[0] == 500
    _, counts, _ = await wire.call("GET", "/sandbox/fault_counts")
    assert counts["result"] == [{"matched": 1, "struck": 1}]
    await control("clear_faults")
    assert len((await wire.call("GET", "/sandbox/requests"))[1]["result"]) == 2
    key, secret = await control("rotate_keys")
    assert (wire.sandbox.key, wire.sandbox.secret) == (key, secret)
    assert (await wire.call("GET", "/sandbox/info"))[1]["result"]["url"] == wire.sandbox.url


@pytest.mark.parametrize(
    ("verb", "body", "status"),
    [
        ("advance", {"hours": 1}, 400),
        ("set_quote", {"symbol": "NOSUCH", "bid": "1", "ask": "2"}, 404),
        ("set_quote", {"symbol": "AAPL", "bid": "x", "ask": "2"}, 400),
        ("set_faults", {"rules": [{"target": "the moon", "kind": "request_500"}]}, 400),
        ("bust", {"execution_id": "none"}, 404),
        ("hold", {"stage": "x"}, 422),
    ],
)
async def test_a_wrong_control_request_says_what_is_wrong(
    wire: Wire, verb: str, body: dict[str, Any], status: int
) -> None:
    answered, answer, _ = await wire.call("POST", f"/sandbox/{verb}", body)
    assert answered == status
    assert answer["message"]


async def test_a_sandbox_serves_this_machine_only() -> None:
    with pytest.raises(ValueError, match="not a loopback address"):
        await AlpacaSandbox().start("0.0.0.0")  # noqa: S104 - what it refuses


async def test_a_thousand_submits_with_half_the_answers_lost_make_a_thousand_orders(wire: Wire) -> None:
    wire.sandbox.set_faults(plan(Target.POST_ORDERS, Kind.ANSWER_RESET, probability=Decimal("0.5")))
    lost = 0
    for number in range(1000):
        try:
            await wire.order(client_order_id=str(number), qty="1")
        except aiohttp.ClientError:
            lost += 1
    assert 400 < lost < 600
    assert [order["client_order_id"] for order in wire.sandbox.orders()] == [str(n) for n in range(1000)]
    assert wire.sandbox.fault_counts()[0].struck == lost
