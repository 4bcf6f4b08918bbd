import asyncio
import time
from collections.abc import Callable, Iterator
from typing import Any

import grpc
import pytest

import brokerwire
from brokerwire import Order, aio
from brokerwire.v1 import order_service_pb2
from tests.unit.client.fakes import FakeGateway, batch, control, event, opened, order, snapshot, until_hung_up
from tests.unit.client.test_streams import cut, hurry, script

__all__ = ["hurry"]  # a fixture, for this module too

Waits = Callable[..., Order]

WORKING = Order.from_proto(order(version=1, sequence=4, create_time={"seconds": 9}))
DONE: dict[str, Any] = {"state": "ORDER_STATE_FILLED", "terminal": True}
END = control(snapshot_end={"item_count": 1})


@pytest.fixture(params=["threads", "asyncio"])
def wait(request: Any) -> Waits:
    def blocking(address: str, *args: Any, **kwargs: Any) -> Order:
        with brokerwire.connect(address) as client:
            return client.wait(*args, **kwargs)

    def asynchronous(address: str, *args: Any, **kwargs: Any) -> Order:
        async def run() -> Order:
            async with aio.connect(address) as client:
                return await client.wait(*args, **kwargs)

        return asyncio.run(run())

    return blocking if request.param == "threads" else asynchronous


def test_it_watches_the_order_until_it_is_over(wait: Waits) -> None:
    batches = (
        batch(opened("SNAPSHOT"), snapshot(version=2), END, token="t"),
        batch(event(5, state="ORDER_STATE_INDETERMINATE"), token="t2"),
        batch(event(6, **DONE), token="t3"),
    )
    with FakeGateway(StreamOrders=script(*batches)) as gateway:
        assert wait(gateway.address, WORKING, timeout=5).state == "filled"
        [request] = gateway.requests["StreamOrders"]
    assert list(request.client_order_ids) == ["c-1"]
    assert list(request.account_ids) == ["a"]
    assert request.options.min_sequences[0].sequence == 4
    assert request.options.include_terminal_since_time.seconds == 9


def test_an_order_that_ended_before_the_stream_began_is_in_the_snapshot(wait: Waits) -> None:
    batches = (batch(opened("SNAPSHOT"), snapshot(version=3, **DONE), END, token="t"),)
    with FakeGateway(StreamOrders=script(*batches)) as gateway:
        assert wait(gateway.address, WORKING, timeout=5).terminal


def test_an_order_that_the_snapshot_lacks_is_looked_up_once(wait: Waits) -> None:
    def look_up(_request: object, _context: object) -> Any:
        return order_service_pb2.GetOrderResponse(order=order(version=3, **DONE))

    batches = (batch(opened("SNAPSHOT"), END, token="t"),)
    with FakeGateway(StreamOrders=script(*batches), GetOrder=look_up) as gateway:
        assert wait(gateway.address, WORKING, timeout=5).terminal
        assert len(gateway.requests["GetOrder"]) == 1


def test_it_outlives_its_connection(wait: Waits) -> None:
    connections = [
        script(batch(opened("SNAPSHOT"), snapshot(version=2), END, token="t"), end=cut),
        script(batch(opened(), event(6, **DONE), token="t2")),
    ]
    with FakeGateway(StreamOrders=connections) as gateway:
        assert wait(gateway.address, WORKING, timeout=5).terminal


def test_it_gives_up_in_time_and_says_how_far_the_order_is(wait: Waits) -> None:
    batches = (batch(opened("SNAPSHOT"), snapshot(version=2, filled_quantity={"value": "3"}), END, token="t"),)
    with FakeGateway(StreamOrders=script(*batches)) as gateway:
        began = time.monotonic()
        with pytest.raises(brokerwire.WaitTimeout, match=r"working after 0.3 s \(3 filled\)") as caught:
            wait(gateway.address, WORKING, timeout=0.3)
    assert time.monotonic() - began < 3
    assert isinstance(caught.value, TimeoutError)
    assert (caught.value.order.version, caught.value.client_order_id) == (2, "c-1")


def test_it_gives_up_in_time_when_the_gateway_is_away(wait: Waits) -> None:
    began = time.monotonic()
    with pytest.raises(brokerwire.WaitTimeout):
        wait("127.0.0.1:1", WORKING, timeout=0.3)
    assert time.monotonic() - began < 3


def test_it_can_wait_for_less_than_the_end(wait: Waits) -> None:
    batches = (
        batch(opened("SNAPSHOT"), snapshot(version=2), END, token="t"),
        batch(event(5, filled_quantity={"value": "1"}), token="t2"),
    )
    with FakeGateway(StreamOrders=script(*batches)) as gateway:
        order_ = wait(gateway.address, WORKING, timeout=5, until=lambda o: o.filled_quantity > 0)
    assert order_.filled_quantity == 1


def test_an_order_that_is_over_is_not_watched(wait: Waits) -> None:
    over = Order.from_proto(order(**DONE))
    assert wait("127.0.0.1:1", over) is over


def test_an_older_state_does_not_come_back(wait: Waits) -> None:
    def handler(_request: object, context: grpc.ServicerContext) -> Iterator[Any]:
        newer = snapshot(version=5, filled_quantity={"value": "2"})
        yield batch(opened("SNAPSHOT"), newer, END, token="t")
        yield batch(event(3, filled_quantity={"value": "1"}), token="t2")
        yield from until_hung_up(context)

    with FakeGateway(StreamOrders=handler) as gateway, pytest.raises(brokerwire.WaitTimeout, match="2 filled"):
        wait(gateway.address, WORKING, timeout=0.4)
