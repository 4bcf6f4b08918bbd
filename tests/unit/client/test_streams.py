"""Both kinds of stream against a real server on a real port: what a cut, a silence or a reset does to a reader."""

import asyncio
import itertools
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import grpc
import pytest

import brokerwire
from brokerwire import aio
from brokerwire._streaming import backoff
from brokerwire.v1 import market_data_service_pb2, position_service_pb2, streams_pb2
from tests.unit.client.fakes import (
    FakeGateway,
    batch,
    control,
    event,
    fail,
    opened,
    own_tasks,
    proxied,
    snapshot,
    until_hung_up,
)

Read = Callable[..., list[Any]]

UNAVAILABLE = grpc.StatusCode.UNAVAILABLE


def read_blocking(
    address: str, count: int, *, events: bool = False, stream: str = "stream_orders", **options: Any
) -> Any:
    args = options.pop("args", ())
    with brokerwire.connect(address) as client, getattr(client, stream)(*args, **options) as opened_stream:
        return list(itertools.islice(opened_stream if events else opened_stream.items(), count))


def read_aio(address: str, count: int, *, events: bool = False, stream: str = "stream_orders", **options: Any) -> Any:
    async def run() -> list[Any]:
        taken: list[Any] = []
        args = options.pop("args", ())
        async with aio.connect(address) as client, getattr(client, stream)(*args, **options) as opened_stream:
            async for item in opened_stream if events else opened_stream.items():
                taken.append(item)
                if len(taken) == count:
                    break
        return taken

    return asyncio.run(asyncio.wait_for(run(), 30))


@pytest.fixture(params=[read_blocking, read_aio], ids=["threads", "asyncio"])
def read(request: Any) -> Read:
    chosen: Read = request.param
    return chosen


@pytest.fixture(autouse=True)
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backoff, "FIRST", 0.01)


def kinds(items: list[Any]) -> list[str]:
    return [type(item).__name__ for item in items]


def sequences(items: list[Any]) -> list[int]:
    return [item.sequence for item in items if isinstance(item, brokerwire.OrderEvent)]


def script(*batches: Any, end: Callable[[grpc.ServicerContext], Any] | None = until_hung_up) -> Any:
    """A connection that says these batches, and then nothing, or `end`."""

    def handler(_request: object, context: grpc.ServicerContext) -> Iterator[Any]:
        yield from batches
        if end is not None:
            yield from end(context) or ()

    return handler


def cut(context: grpc.ServicerContext) -> None:
    fail(context, UNAVAILABLE)


def tokens(gateway: FakeGateway) -> list[str]:
    return [request.options.resume_token for request in gateway.requests["StreamOrders"]]


def test_a_snapshot_then_what_happens(read: Read) -> None:
    batches = (
        batch(opened("SNAPSHOT"), snapshot("x"), control(snapshot_end={"item_count": 1}), token="t1"),
        batch(control(caught_up={}), event(5), token="t2"),
    )
    with FakeGateway(StreamOrders=script(*batches)) as gateway:
        items = read(gateway.address, 6)
    assert kinds(items) == ["Opened", "SnapshotBegin", "Snapshot", "SnapshotEnd", "CaughtUp", "OrderEvent"]
    assert items[2].value.client_order_id == "x"
    assert items[5].raw.order.order_id == "id-c-1"


def test_events_alone_leave_the_rest_out(read: Read) -> None:
    batches = (batch(opened("SNAPSHOT"), snapshot(), control(heartbeat={}), event(5), event(6), token="t"),)
    with FakeGateway(StreamOrders=script(*batches)) as gateway:
        assert sequences(read(gateway.address, 2, events=True)) == [5, 6]


def test_an_empty_snapshot_still_begins(read: Read) -> None:
    batches = (batch(opened("SNAPSHOT"), control(snapshot_end={}), token="t"),)
    with FakeGateway(StreamOrders=script(*batches)) as gateway:
        assert kinds(read(gateway.address, 3)) == ["Opened", "SnapshotBegin", "SnapshotEnd"]


@pytest.mark.parametrize("code", ["UNAVAILABLE", "INTERNAL", "UNKNOWN", "CANCELLED"])
def test_after_a_cut_it_resumes_and_no_event_comes_twice_or_is_missing(read: Read, code: Any) -> None:
    connections = [
        script(
            batch(opened("SNAPSHOT"), event(1), token="t1"),
            batch(event(2), event(3), token="t3"),
            end=lambda context: fail(context, grpc.StatusCode[code]),
        ),
        script(batch(opened(), event(2), event(3), event(4), token="t4"), batch(event(5), token="t5")),
    ]
    with FakeGateway(StreamOrders=connections) as gateway:
        items = read(gateway.address, 8)
    assert sequences(items) == [1, 2, 3, 4, 5]
    assert kinds(items)[4:6] == ["Disconnected", "Opened"]
    assert tokens(gateway) == ["", "t3"]


def test_a_gateway_that_restarts_is_come_back_to(read: Read) -> None:
    first = FakeGateway(StreamOrders=script(batch(opened("SNAPSHOT"), event(1), token="t1")))
    later: list[FakeGateway] = []

    def restart() -> None:
        time.sleep(0.3)
        first.stop()
        time.sleep(0.3)
        second = script(batch(opened(), event(2), token="t2"))
        later.append(FakeGateway(first.address, StreamOrders=second))

    thread = threading.Thread(target=restart)
    thread.start()
    try:
        assert sequences(read(first.address, 2, events=True)) == [1, 2]
        assert tokens(later[0]) == ["t1"]
    finally:
        thread.join()
        later[0].stop()


def test_a_connection_that_ends_without_a_word_is_made_again(read: Read) -> None:
    connections = [
        script(batch(opened("SNAPSHOT"), event(1), token="t1"), end=None),
        script(batch(opened(), event(2), token="t2")),
    ]
    with FakeGateway(StreamOrders=connections) as gateway:
        assert sequences(read(gateway.address, 2, events=True)) == [1, 2]


def test_a_goodbye_says_when_to_come_back(read: Read) -> None:
    times: list[float] = []

    def first(_request: object, _context: object) -> Iterator[Any]:
        yield batch(opened("SNAPSHOT"), event(1), token="t1")
        yield batch(control(goodbye={"reason": "bye", "reconnect_after": {"nanos": 400_000_000}}), token="t2")
        times.append(time.monotonic())

    def second(_request: object, context: grpc.ServicerContext) -> Iterator[Any]:
        times.append(time.monotonic())
        yield batch(opened(), event(2), token="t3")
        yield from until_hung_up(context)

    with FakeGateway(StreamOrders=[first, second]) as gateway:
        items = read(gateway.address, 5)
    assert kinds(items) == ["Opened", "OrderEvent", "Goodbye", "Opened", "OrderEvent"]
    assert 0.4 <= times[1] - times[0] < 2
    assert tokens(gateway) == ["", "t2"]


def test_a_silent_connection_is_given_up(read: Read) -> None:
    connections = [
        script(batch(opened("SNAPSHOT", heartbeat=0.2), event(1), token="t1")),
        script(batch(opened(), event(2), token="t2")),
    ]
    with FakeGateway(StreamOrders=connections) as gateway:
        began = time.monotonic()
        assert sequences(read(gateway.address, 2, events=True)) == [1, 2]
    assert 0.45 < time.monotonic() - began < 5
    assert tokens(gateway) == ["", "t1"]


def test_heartbeats_keep_a_connection(read: Read) -> None:
    def handler(_request: object, _context: object) -> Iterator[Any]:
        yield batch(opened("SNAPSHOT", heartbeat=0.2), token="t1")
        for _ in range(8):
            time.sleep(0.15)
            yield batch(control(heartbeat={}), token="t1")
        yield batch(event(1), token="t2")

    with FakeGateway(StreamOrders=handler) as gateway:
        assert sequences(read(gateway.address, 1, events=True)) == [1]
        assert len(gateway.requests["StreamOrders"]) == 1


def test_a_route_that_swallows_everything_is_left_for_a_new_connection(read: Read) -> None:
    def quiet(_request: object, context: grpc.ServicerContext) -> Iterator[Any]:
        yield batch(opened("SNAPSHOT", heartbeat=0.2), token="t1")
        proxy.go_silent()
        yield from until_hung_up(context)

    connections = [quiet, script(batch(opened(), event(1), token="t2"))]
    with FakeGateway(StreamOrders=connections) as gateway, proxied(gateway) as proxy:
        assert sequences(read(proxy.address, 1, events=True)) == [1]
        assert proxy.connections == 2  # the same channel would have used the dead one again


def test_a_reset_comes_before_the_snapshot_that_replaces_everything(read: Read) -> None:
    connections = [
        script(batch(opened("SNAPSHOT"), event(7), token="t7"), end=cut),
        script(
            batch(opened("SNAPSHOT"), control(reset={"cause": "STREAM_RESET_CAUSE_EPOCH_CHANGED"})),
            batch(snapshot("new"), control(snapshot_end={"item_count": 1}), event(2), token="u2"),
        ),
    ]
    with FakeGateway(StreamOrders=connections) as gateway:
        items = read(gateway.address, 9)
    assert kinds(items)[3:] == ["Opened", "Reset", "SnapshotBegin", "Snapshot", "SnapshotEnd", "OrderEvent"]
    assert items[4].cause == "epoch_changed"
    assert sequences(items) == [7, 2]  # sequences of another journal are not compared


RESET = script(batch(opened("SNAPSHOT"), control(reset={"cause": 1}), snapshot("new"), event(9), token="u"))


def test_a_reader_of_events_is_told_of_a_reset_and_can_go_on() -> None:
    connections = [script(batch(opened("SNAPSHOT"), event(7), token="t7"), end=cut), RESET]
    with FakeGateway(StreamOrders=connections) as gateway, brokerwire.connect(gateway.address) as client:
        stream = client.stream_orders()
        assert next(stream).sequence == 7
        with pytest.raises(brokerwire.StreamGap, match="compacted"):
            next(stream)
        assert next(stream).sequence == 9


async def test_a_reader_of_events_in_a_coroutine_is_told_too() -> None:
    connections = [script(batch(opened("SNAPSHOT"), event(7), token="t7"), end=cut), RESET]
    with FakeGateway(StreamOrders=connections) as gateway:
        async with aio.connect(gateway.address) as client:
            stream = client.stream_orders()
            assert (await anext(stream)).sequence == 7
            with pytest.raises(brokerwire.StreamGap):
                await anext(stream)
            assert (await anext(stream)).sequence == 9


def test_a_cut_before_there_was_a_token_is_no_silent_gap(read: Read) -> None:
    connections = [
        script(batch(opened("LIVE"), event(1)), end=cut),
        script(batch(opened("LIVE"), event(3), token="t")),
    ]
    with FakeGateway(StreamOrders=connections) as gateway:
        items = read(gateway.address, 6, snapshot=False)
    assert kinds(items) == ["Opened", "OrderEvent", "Disconnected", "Reset", "Opened", "OrderEvent"]


def test_a_snapshot_that_was_cut_and_goes_on_does_not_begin_again(read: Read) -> None:
    connections = [
        script(batch(opened("SNAPSHOT"), snapshot("1"), token="half"), end=cut),
        script(batch(opened("RESUMED"), snapshot("2"), control(snapshot_end={"item_count": 2}), token="t")),
    ]
    with FakeGateway(StreamOrders=connections) as gateway:
        items = read(gateway.address, 7)
    assert kinds(items).count("SnapshotBegin") == 1


def test_a_snapshot_that_was_cut_and_starts_over_begins_again(read: Read) -> None:
    connections = [
        script(batch(opened("SNAPSHOT"), snapshot("1")), end=cut),
        script(batch(opened("SNAPSHOT"), snapshot("1"), control(snapshot_end={"item_count": 1}), token="t")),
    ]
    with FakeGateway(StreamOrders=connections) as gateway:
        items = read(gateway.address, 9)
    assert kinds(items) == [
        "Opened",
        "SnapshotBegin",
        "Snapshot",
        "Disconnected",
        "Reset",
        "Opened",
        "SnapshotBegin",
        "Snapshot",
        "SnapshotEnd",
    ]


def test_what_a_newer_gateway_says_is_passed_over(read: Read) -> None:
    unknown_control = streams_pb2.StreamControl.FromString(b"\xfa\x06\x02\x08\x01")  # field 111
    unknown_item = type(event(1)).FromString(b"\xfa\x06\x02\x08\x01")
    known = control(heartbeat={})
    known.control.CopyFrom(unknown_control)
    batches = (batch(opened("SNAPSHOT"), known, unknown_item, event(1, state=77), token="t"),)
    with FakeGateway(StreamOrders=script(*batches)) as gateway:
        items = read(gateway.address, 2)
    assert kinds(items) == ["Opened", "OrderEvent"]
    assert (items[1].order.state, items[1].order.state.number) == ("unknown", 77)


def test_gaps_and_slowness_are_said(read: Read) -> None:
    gap = {"account_id": "a", "phase": "SOURCE_GAP_PHASE_UNRECOVERABLE", "detail": "why"}
    controls = (
        control(source_gap=gap),
        control(fell_behind={"pending_count": 5}),
        control(slow_warning={"queued_count": 8, "limit_count": 10}),
    )
    with FakeGateway(StreamOrders=script(batch(opened("SNAPSHOT"), *controls, token="t"))) as gateway:
        items = read(gateway.address, 4)
    assert kinds(items) == ["Opened", "SourceGap", "FellBehind", "SlowWarning"]
    assert (items[1].phase, items[2].pending_count, items[3].limit_count) == ("unrecoverable", 5, 10)


@pytest.mark.parametrize(
    ("code", "reason", "kind"),
    [
        ("INVALID_ARGUMENT", "INVALID_RESUME_TOKEN", brokerwire.InvalidRequest),
        ("NOT_FOUND", "ACCOUNT_NOT_FOUND", brokerwire.NotFound),
        ("OUT_OF_RANGE", "RESUME_TOKEN_EXPIRED", brokerwire.StreamGap),
        ("OUT_OF_RANGE", "SEQUENCE_NOT_YET_AVAILABLE", brokerwire.Unavailable),
        ("UNAUTHENTICATED", "", brokerwire.Unauthenticated),
        ("UNIMPLEMENTED", "", brokerwire.Unsupported),
        ("RESOURCE_EXHAUSTED", "", brokerwire.Overloaded),
        ("RESOURCE_EXHAUSTED", "STREAM_LIMIT", brokerwire.Overloaded),
    ],
)
def test_what_another_connection_would_not_mend_is_raised(read: Read, code: Any, reason: str, kind: Any) -> None:
    def refuse(_request: object, context: grpc.ServicerContext) -> None:
        fail(context, grpc.StatusCode[code], reason)

    with FakeGateway(StreamOrders=refuse) as gateway:
        with pytest.raises(kind):
            read(gateway.address, 1)
        assert len(gateway.requests["StreamOrders"]) == 1


def test_a_reader_that_was_dropped_for_slowness_resumes(read: Read) -> None:
    connections = [
        script(
            batch(opened("SNAPSHOT"), event(1), token="t1"),
            end=lambda context: fail(context, grpc.StatusCode.RESOURCE_EXHAUSTED, "SLOW_CONSUMER"),
        ),
        script(batch(opened(), event(2), token="t2")),
    ]
    with FakeGateway(StreamOrders=connections) as gateway:
        assert sequences(read(gateway.address, 2, events=True)) == [1, 2]


def test_an_event_that_breaks_the_contract_ends_the_stream_rather_than_leave_a_gap() -> None:
    broken = event(2)
    broken.event.order.ClearField("filled_quantity")
    batches = (batch(opened("SNAPSHOT"), event(1), token="t1"), batch(broken, token="t2"), batch(event(3)))
    with FakeGateway(StreamOrders=script(*batches)) as gateway, brokerwire.connect(gateway.address) as client:
        stream = client.stream_orders()
        assert next(stream).sequence == 1
        for _ in range(2):
            with pytest.raises(brokerwire.Internal, match="filled_quantity"):
                next(stream)
        assert stream.token == "t1"


def test_sequences_of_two_accounts_are_two_counts(read: Read) -> None:
    connections = [
        script(batch(opened("SNAPSHOT"), event(5), event(1, account="b"), token="t"), end=cut),
        script(batch(opened(), event(5), event(1, account="b"), event(2, account="b"), token="u")),
    ]
    with FakeGateway(StreamOrders=connections) as gateway:
        events = read(gateway.address, 3, events=True)
    assert [(e.account_id, e.sequence) for e in events] == [("a", 5), ("b", 1), ("b", 2)]


def test_a_position_valued_anew_under_one_sequence_is_news(read: Read) -> None:
    def position(sequence: int, price: str) -> Any:
        instrument = {"symbol": "AAPL"}
        held = {"instrument": instrument, "quantity": {"value": "1"}, "current_price": {"value": price}}
        changed = {"account_id": "a", "sequence": sequence, "position": held}
        return position_service_pb2.StreamPositionsItem(event=changed)

    items = [position(5, "10"), position(5, "11"), position(4, "9"), position(6, "12")]
    hello = position_service_pb2.StreamPositionsItem(control=opened("SNAPSHOT").control)
    batches = position_service_pb2.StreamPositionsResponse(items=[hello, *items], resume_token="t")
    with FakeGateway(StreamPositions=script(batches)) as gateway:
        events = read(gateway.address, 3, events=True, stream="stream_positions", price_changes=True)
    assert [str(e.position.current_price) for e in events] == ["10", "11", "12"]


def test_quotes_are_quotes_from_the_first_and_after_a_cut(read: Read) -> None:
    def quotes(price: str) -> Any:
        quote = {"symbol": "AAPL", "last_price": {"value": price}}
        hello = market_data_service_pb2.StreamQuotesItem(control=opened("SNAPSHOT").control)
        first = market_data_service_pb2.StreamQuotesItem(snapshot=quote)
        return market_data_service_pb2.StreamQuotesResponse(items=[hello, first])

    connections = [script(quotes("1"), end=cut), script(quotes("2"))]
    with FakeGateway(StreamQuotes=connections) as gateway:
        options = {"args": ("AAPL",), "broker": "paper", "stream": "stream_quotes"}
        assert [str(q.last_price) for q in read(gateway.address, 2, events=True, **options)] == ["1", "2"]


def test_a_context_is_entered_when_the_gateway_has_opened_the_stream() -> None:
    order: list[str] = []

    def handler(_request: object, context: grpc.ServicerContext) -> Iterator[Any]:
        time.sleep(0.2)
        order.append("opened")
        yield batch(opened("LIVE"), token="t")
        yield from until_hung_up(context)

    with FakeGateway(StreamOrders=handler) as gateway, brokerwire.connect(gateway.address) as client:
        with client.stream_orders(snapshot=False):
            order.append("entered")
        assert gateway.requests["StreamOrders"][0].options.skip_snapshot
    assert order == ["opened", "entered"]


def test_another_thread_can_close_a_stream_that_waits() -> None:
    with (
        FakeGateway(StreamOrders=script(batch(opened("SNAPSHOT"), token="t"))) as gateway,
        brokerwire.connect(gateway.address) as client,
        client.stream_orders() as stream,
    ):
        timer = threading.Timer(0.2, stream.close)
        timer.start()
        began = time.monotonic()
        assert list(stream) == []
        assert time.monotonic() - began < 3
        timer.join()


def test_a_stream_that_waits_to_connect_can_be_closed() -> None:
    with brokerwire.connect("127.0.0.1:1") as client:
        stream = client.stream_orders()
        timer = threading.Timer(0.3, client.close)
        timer.start()
        assert list(stream) == []
        timer.join()


def test_no_thread_is_left_behind() -> None:
    with FakeGateway(StreamOrders=script(batch(opened("SNAPSHOT"), event(1), token="t"))) as gateway:
        with brokerwire.connect(gateway.address) as client, client.stream_orders() as stream:
            next(stream)
        wait_until(lambda: not any(t.name == "brokerwire-stream" for t in threading.enumerate()))


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 5
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_an_item_is_waited_for_with_a_limit_and_silence_is_still_noticed() -> None:
    connections = [
        script(batch(opened("SNAPSHOT", heartbeat=0.2), token="t1")),
        script(batch(opened(), event(1), token="t2")),
    ]
    with FakeGateway(StreamOrders=connections) as gateway, brokerwire.connect(gateway.address) as client:
        stream = client.stream_orders()
        items = []
        for _ in range(100):
            try:
                items.append(stream.next_item(timeout=0.05))
            except TimeoutError:
                continue
            if isinstance(items[-1], brokerwire.OrderEvent):
                break
        assert kinds(items) == ["Opened", "Disconnected", "Opened", "OrderEvent"]


async def test_a_canceled_wait_loses_nothing_and_silence_is_still_noticed() -> None:
    connections = [
        script(batch(opened("SNAPSHOT", heartbeat=0.4), token="t1"), batch(event(1), token="t2")),
        script(batch(opened(), event(2), token="t3")),
    ]
    with FakeGateway(StreamOrders=connections) as gateway:
        async with aio.connect(gateway.address) as client, client.stream_orders() as stream:
            seen: list[int] = []
            for _ in range(100):
                try:
                    async with asyncio.timeout(0.3):
                        seen.append((await anext(stream)).sequence)
                except TimeoutError:
                    continue
                if seen[-1] == 2:
                    break
    assert seen == [1, 2]
    assert tokens(gateway) == ["", "t2"]


async def test_another_task_can_close_a_stream_that_waits() -> None:
    with FakeGateway(StreamOrders=script(batch(opened("SNAPSHOT"), token="t"))) as gateway:
        async with aio.connect(gateway.address) as client, client.stream_orders() as stream:
            asyncio.get_running_loop().call_later(0.1, lambda: closing.append(asyncio.ensure_future(stream.close())))
            closing: list[asyncio.Task[None]] = []
            async with asyncio.timeout(3):
                assert [e async for e in stream] == []
            await closing[0]


async def test_closing_leaves_no_task_behind() -> None:
    with FakeGateway(StreamOrders=script(batch(opened("SNAPSHOT"), event(1), token="t"))) as gateway:
        async with aio.connect(gateway.address) as client:
            stream = client.stream_orders()
            await anext(stream)
            waiting = asyncio.create_task(anext(stream))
            await asyncio.sleep(0.1)
            waiting.cancel()
            await asyncio.wait({waiting})
        assert own_tasks() == []
