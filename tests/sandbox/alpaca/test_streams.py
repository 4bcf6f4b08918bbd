"""The trading stream and the server-sent events as they are on the wire."""

from __future__ import annotations

import asyncio
import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import aiohttp
import msgspec
import pytest

from brokerwire_sandbox.alpaca import EarlyListen, FaultPlan, FaultRule, Kind, StreamPolicy, Target

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from tests.sandbox.alpaca.conftest import Wire

    Serve = Callable[..., Awaitable[Wire]]


def dropping(kind: Kind, **more: Any) -> FaultPlan:
    return FaultPlan(rules=(FaultRule(target=Target.STREAM, kind=kind, **more),))


@pytest.mark.parametrize(
    "message",
    [
        {"action": "auth", "key": "{key}", "secret": "{secret}"},
        {"action": "authenticate", "data": {"key_id": "{key}", "secret_key": "{secret}"}},
        {"action": "authenticate", "data": {"oauth_token": "{secret}"}},
    ],
)
async def test_all_forms_of_authentication_are_taken(wire: Wire, message: dict[str, Any]) -> None:
    stream = await wire.connect()
    text = json.dumps(message).replace("{key}", wire.sandbox.key).replace("{secret}", wire.sandbox.secret)
    await stream.say(json.loads(text))
    assert await stream.hear() == {
        "stream": "authorization",
        "data": {"action": "authenticate", "status": "authorized"},
    }


async def test_wrong_keys_are_answered_and_the_connection_stays(wire: Wire) -> None:
    stream = await wire.connect()
    reply = await stream.authorize("PKWRONG", "wrong")
    assert (reply["stream"], reply["data"]["status"]) == ("authorization", "unauthorized")
    assert (await stream.authorize(wire.sandbox.key, wire.sandbox.secret))["data"]["status"] == "authorized"


async def test_a_listen_before_authorization_is_refused_or_passed_over(serve: Serve) -> None:
    wire = await serve()
    stream = await wire.connect()
    assert await stream.listen() == {
        "stream": "authorization",
        "data": {"status": "unauthorized", "action": "listen"},
    }
    silent = await serve(early_listen=EarlyListen.SILENT)
    stream = await silent.connect()
    await stream.say({"action": "listen", "data": {"streams": ["trade_updates"]}})
    assert (await stream.authorize(silent.sandbox.key, silent.sandbox.secret))["stream"] == "authorization"


async def test_listening_names_the_whole_effective_list(wire: Wire) -> None:
    stream = await wire.stream()
    assert (await stream.listen("trade_updates", "nonsense"))["data"] == {"streams": ["trade_updates"]}
    await stream.say({"action": "listen", "data": {"streams": []}})
    assert (await stream.hear())["data"] == {"streams": []}
    await wire.order()
    assert await stream.silent(), "the empty list replaced the first one"
    wire.sandbox.set_entitled(on=False)
    assert (await stream.listen())["data"] == {"streams": []}


async def test_frames_are_binary_json_unless_asked_otherwise(serve: Serve) -> None:
    wire = await serve()
    stream = await wire.stream()
    assert {frame.type for frame in stream.frames} == {aiohttp.WSMsgType.BINARY}

    packed = await wire.connect(headers={"Content-Type": "application/msgpack"})
    login = {"action": "auth", "key": wire.sandbox.key, "secret": wire.sandbox.secret}
    await packed.socket.send_bytes(msgspec.msgpack.encode(login))
    assert (await packed.hear_packed())["data"]["status"] == "authorized"

    text = await (await serve(text_frames=True)).stream()
    assert {frame.type for frame in text.frames} == {aiohttp.WSMsgType.TEXT}


async def test_nonsense_is_answered_with_an_error_frame(wire: Wire) -> None:
    stream = await wire.connect()
    await stream.socket.send_str("{nonsense")
    assert await stream.hear() == {"action": "error", "data": {"error_message": "invalid syntax"}}
    await stream.say({"action": "dance"})
    assert (await stream.hear())["data"] == {"error_message": "invalid action"}


async def test_a_second_connection_is_one_of_many_or_kicks_the_first_or_is_refused(serve: Serve) -> None:
    many = await serve()
    both = [await many.stream(), await many.stream()]
    assert not any(stream.socket.closed for stream in both)
    assert many.sandbox.stream.listening == 2

    kicking = await serve(stream_policy=StreamPolicy.KICK_OLD)
    first = await kicking.stream()
    second = await kicking.stream()
    assert not second.socket.closed
    assert await first.hear() == {"closed": 1001}

    refusing = await serve(stream_policy=StreamPolicy.REFUSE_NEW)
    only = await refusing.stream()
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        await refusing.stream()
    assert refused.value.status == 429
    assert not only.socket.closed


@pytest.mark.parametrize(("kind", "status"), [(Kind.CONNECT_429, 429), (Kind.CONNECT_401, 401)])
async def test_an_upgrade_can_be_refused(wire: Wire, kind: Kind, status: int) -> None:
    wire.sandbox.set_faults(FaultPlan(rules=(FaultRule(target=Target.STREAM_CONNECT, kind=kind, count=1),)))
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        await wire.connect()
    assert refused.value.status == status
    await wire.stream()


@pytest.mark.parametrize(("how", "code"), [("1001", 1001), ("1011", 1011), ("abort", 1006)])
async def test_a_drop_ends_the_connection_and_nothing_is_replayed(wire: Wire, how: str, code: int) -> None:
    stream = await wire.stream()
    assert wire.sandbox.drop_stream(how) == 1
    assert await stream.hear() == {"closed": code}
    await wire.order()
    again = await wire.stream()
    assert await again.silent()


async def test_a_mute_stream_looks_healthy_and_loses_events(wire: Wire) -> None:
    stream = await wire.stream()
    wire.sandbox.mute_stream()
    await wire.order()
    assert await stream.silent()
    wire.sandbox.mute_stream(on=False)
    await wire.order(symbol="KO")
    assert await stream.events(3) == ["pending_new", "new", "fill"]


async def test_a_stalled_socket_answers_no_ping_and_goes_on_later(wire: Wire) -> None:
    stream = await wire.connect(heartbeat=0.2)
    await stream.authorize(wire.sandbox.key, wire.sandbox.secret)
    wire.sandbox.stall_stream()
    assert (await stream.hear())["closed"] is not None, "the client's heartbeat gave up"

    patient = await wire.connect()
    wire.sandbox.stall_stream(on=False)
    await patient.authorize(wire.sandbox.key, wire.sandbox.secret)
    await patient.listen()
    wire.sandbox.stall_stream()
    await wire.order()
    wire.sandbox.stall_stream(on=False)
    assert await patient.events(3) == ["pending_new", "new", "fill"]


async def test_pongs_can_be_withheld_while_events_flow(wire: Wire) -> None:
    stream = await wire.connect(heartbeat=0.4)
    await stream.authorize(wire.sandbox.key, wire.sandbox.secret)
    wire.sandbox.withhold_pongs()
    assert (await stream.hear())["closed"] is not None


async def test_fills_alone_can_be_dropped(wire: Wire) -> None:
    stream = await wire.stream()
    wire.sandbox.set_faults(dropping(Kind.DROP, events=("fill", "partial_fill"), probability=Decimal("0.8")))
    for number in range(50):
        await wire.order(qty="1", client_order_id=str(number))
    dropped = wire.sandbox.fault_counts()[0]
    assert (dropped.matched, 25 < dropped.struck < 50) == (50, True)
    heard = await stream.events(150 - dropped.struck)
    assert heard.count("fill") == 50 - dropped.struck
    assert heard.count("new") == 50


@pytest.mark.parametrize(
    ("kind", "more", "heard"),
    [
        (Kind.DUPLICATE, {"events": ("fill",)}, ["pending_new", "new", "fill", "fill"]),
        (Kind.REORDER, {"count": 1, "after": 1}, ["pending_new", "fill", "new"]),
        (Kind.DELAY, {"events": ("new",), "delay": 0.1}, ["pending_new", "fill", "new"]),
        (Kind.DROP, {"count": 1}, ["new", "fill"]),
        (Kind.MUTE, {"after": 1}, ["pending_new"]),
    ],
)
async def test_events_can_be_repeated_reordered_delayed_and_lost(
    wire: Wire, kind: Kind, more: dict[str, Any], heard: list[str]
) -> None:
    stream = await wire.stream()
    wire.sandbox.set_faults(dropping(kind, **more))
    await wire.order()
    assert await stream.events(len(heard)) == heard


async def test_an_event_can_break_the_connection(wire: Wire) -> None:
    stream = await wire.stream()
    wire.sandbox.set_faults(dropping(Kind.CLOSE, events=("fill",), status=1001))
    await wire.order()
    assert await stream.events(2) == ["pending_new", "new"]
    assert await stream.hear() == {"closed": 1001}


async def test_what_a_newer_service_might_say_can_be_said_today(wire: Wire) -> None:
    stream = await wire.stream()
    order = await wire.order(type="limit", limit_price="50")
    assert await stream.events(2) == ["pending_new", "new"]
    wire.sandbox.send_event("teleported", order["id"], status="teleporting", fields={"warp": 9})
    frame = (await stream.hear())["data"]
    assert (frame["event"], frame["order"]["status"], frame["warp"]) == ("teleported", "teleporting", 9)
    assert (await wire.call("GET", f"/v2/orders/{order['id']}"))[1]["status"] == "new"
    wire.sandbox.send_raw_frame("{broken")
    with pytest.raises(json.JSONDecodeError):
        await stream.hear()


# --- server-sent events ---


class Events:
    """One open SSE request."""

    def __init__(self, response: aiohttp.ClientResponse) -> None:
        self.response = response

    async def line(self) -> str:
        while True:
            raw = await asyncio.wait_for(self.response.content.readline(), 5)
            if raw.strip() or not raw:
                return raw.decode().strip()

    async def next(self) -> tuple[str, dict[str, Any]]:
        head = await self.line()
        while head.startswith(":"):
            head = await self.line()
        body = await self.line()
        return head.removeprefix("id: "), json.loads(body.removeprefix("data: "))


async def read(wire: Wire, path: str = "/v2/events/trades", **query: str) -> Events:
    headers = {"APCA-API-KEY-ID": wire.sandbox.key, "APCA-API-SECRET-KEY": wire.sandbox.secret}
    response = await wire.session.get(wire.sandbox.url + path, params=query, headers=headers)
    assert response.status == 200
    return Events(response)


async def test_events_are_streamed_with_their_ids(wire: Wire) -> None:
    events = await read(wire)
    assert await events.line() == ": welcome"
    order = await wire.order()
    names = []
    for _ in range(3):
        event_id, body = await events.next()
        assert body["event_id"] == event_id
        assert body["account_id"] == wire.sandbox.market.state.account_id
        assert body["order"]["id"] == order["id"]
        names.append(body["event"])
    assert names == ["pending_new", "new", "fill"]


@pytest.mark.parametrize("inclusive", [False, True])
async def test_a_reader_resumes_after_or_with_the_event_it_names(serve: Serve, inclusive: bool) -> None:
    wire = await serve(since_id_inclusive=inclusive)
    await wire.order()
    log = [event.id for event in wire.sandbox.market.state.log.kept]
    events = await read(wire, since_id=log[0])
    assert (await events.next())[0] == log[0 if inclusive else 1]
    await wire.order(symbol="KO")
    rest = [(await events.next())[0] for _ in range(5 if inclusive else 4)]
    assert rest == [event.id for event in wire.sandbox.market.state.log.kept][-len(rest) :]


async def test_a_bounded_request_ends(wire: Wire) -> None:
    await wire.order()
    log = [event.id for event in wire.sandbox.market.state.log.kept]
    events = await read(wire, since="2020-01-01", until_id=log[1])
    assert [(await events.next())[0] for _ in range(2)] == log[:2]
    assert await events.line() == ""


async def test_the_past_is_kept_for_so_many_events_only(serve: Serve) -> None:
    wire = await serve(sse_retention=2)
    await wire.order()
    events = await read(wire, since="2020-01-01", until="2100-01-01")
    assert [(await events.next())[1]["event"] for _ in range(2)] == ["new", "fill"]
    assert await events.line() == ""


async def test_a_quiet_stream_has_a_heartbeat(serve: Serve) -> None:
    wire = await serve(sse_heartbeat=0.05)
    events = await read(wire)
    assert [await events.line() for _ in range(2)] == [": welcome", ": heartbeat"]


async def test_activities_have_executions_and_cash_and_no_lifecycle(wire: Wire) -> None:
    events = await read(wire, "/v2beta1/events/activities")
    await wire.order()
    wire.sandbox.bust(wire.sandbox.fills()[0]["execution_id"])
    wire.sandbox.add_activity("DIV", "1.5", symbol="T")
    kinds = []
    for _ in range(3):
        _, body = await events.next()
        assert "order" not in body
        kinds.append((body["activity_type"], body.get("type")))
    assert kinds == [("FILL", "fill"), ("FILL", "trade_bust"), ("DIV", None)]


async def test_events_need_keys(wire: Wire) -> None:
    wire.sandbox.revoke_keys()
    assert (await wire.call("GET", "/v2/events/trades"))[0] == 401
    assert (await wire.call("GET", "/v2beta1/events/activities"))[0] == 401
