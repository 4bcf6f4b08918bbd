"""Streams that idle and streams that never read cost little, and disturb nobody."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import grpc
import pytest

from brokerwire.v1 import event_service_pb2 as event_api
from brokerwire.v1 import event_service_pb2_grpc, order_service_pb2_grpc
from brokerwire.v1 import order_service_pb2 as order_api
from tests.faults.test_kill import wanted
from tests.support.processes import RestartableGateway

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

IDLE = 1_000
STUCK = 50
ORDERS = 1_500
CHANNELS = 10
MEMORY = 200 * 1024 * 1024
"""Far below what fifty queues of everything would take, far above noise."""

SMALL_WINDOW = [
    ("grpc.http2.lookahead_bytes", 65536),
    ("grpc.http2.bdp_probe", 0),
    ("grpc.use_local_subchannel_pool", 1),
]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RestartableGateway]:
    running = RestartableGateway(tmp_path / "data")
    running.start()
    yield running
    assert running.stop() == 0


async def opened(call: Any) -> Any:
    """Read the first message, so that the stream is known to be open, and nothing after it."""
    await call.read()
    return call


@pytest.mark.serial
@pytest.mark.slow
@pytest.mark.timeout(300)
async def test_idle_and_stuck_readers_leave_memory_bounded_and_others_undisturbed(server: RestartableGateway) -> None:
    channels = [
        grpc.aio.insecure_channel(server.grpc, [*SMALL_WINDOW, ("grpc.channel_id", number)])
        for number in range(CHANNELS)
    ]
    try:
        before = server.resident_bytes()
        idle = [
            await opened(
                order_service_pb2_grpc.OrderServiceStub(channels[n % CHANNELS]).StreamOrders(
                    order_api.StreamOrdersRequest(symbols=["MSFT"])
                )
            )
            for n in range(IDLE)
        ]
        stuck = [
            await opened(
                event_service_pb2_grpc.EventServiceStub(channels[n % CHANNELS]).StreamEvents(
                    event_api.StreamEventsRequest()
                )
            )
            for n in range(STUCK)
        ]
        async with grpc.aio.insecure_channel(server.grpc) as channel:
            await read_while_others_do_not(channel)
        assert server.resident_bytes() - before < MEMORY
        assert not any(call.done() for call in idle + stuck)
        for call in idle + stuck:
            call.cancel()
    finally:
        for channel in channels:
            await channel.close()


async def read_while_others_do_not(channel: grpc.aio.Channel) -> None:
    """Submit orders and read them back from a stream; nobody else's trouble may hold this up."""
    stub: Any = order_service_pb2_grpc.OrderServiceStub(channel)
    stream = await opened(stub.StreamOrders(order_api.StreamOrdersRequest(symbols=["AAPL"])))
    reading = asyncio.create_task(read_orders(stream))
    for start in range(0, ORDERS, 50):
        work = [stub.SubmitOrder(wanted(f"o-{n}", "1"), timeout=30) for n in range(start, start + 50)]
        await asyncio.gather(*work)
    async with asyncio.timeout(60):
        seen = await reading
    assert seen == {f"o-{n}" for n in range(ORDERS)}
    stream.cancel()


async def read_orders(stream: Any) -> set[str]:
    seen: set[str] = set()
    while len(seen) < ORDERS:
        response = await stream.read()
        seen |= {item.event.order.client_order_id for item in response.items if item.HasField("event")}
    return seen
