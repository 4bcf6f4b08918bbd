"""Learning of a change: subscribers of a stream against callers that ask for their order once a second."""

import asyncio
import random
import time
from dataclasses import asdict
from typing import Any

import grpc

from bench.figures import percentile
from bench.load import bodies
from bench.machine import Meter
from brokerwire.v1 import order_service_pb2 as pb
from brokerwire.v1 import order_service_pb2_grpc

POLL_SECONDS = 1.0


async def watch(*, meter: Meter, address: str, orders: int, seconds: float, run: str) -> dict[str, Any]:
    """Cancel `orders` at random moments within `seconds`; return how late a stream and pollers learn of it, in ms."""
    async with grpc.aio.insecure_channel(address) as channel:
        stub = order_service_pb2_grpc.OrderServiceStub(channel)
        ids = bodies.ids(run)
        names = [next(ids).decode() for _ in range(orders)]
        pushed: list[float] = []
        subscribed = asyncio.Event()
        streaming = asyncio.create_task(_stream(stub, pushed, subscribed))
        await subscribed.wait()
        await asyncio.gather(*(stub.SubmitOrder(_submit(name), timeout=10) for name in names))
        meter.start()
        chance = random.Random(run)
        polls = [_poll(stub, name, chance.random() * POLL_SECONDS) for name in names]
        cancels = [_cancel(stub, name, chance.uniform(0.5, seconds)) for name in names]
        polling = asyncio.gather(*polls)
        await asyncio.gather(*cancels)
        polled = await polling
        usage = meter.stop()
        streaming.cancel()
        await asyncio.gather(streaming, return_exceptions=True)
    if len(pushed) != orders:
        raise RuntimeError(f"the stream showed {len(pushed)} cancels of {orders}")
    return {
        "stream_p50": percentile(pushed, 0.5),
        "stream_p99": percentile(pushed, 0.99),
        "poll_p50": percentile(polled, 0.5),
        "poll_p99": percentile(polled, 0.99),
        "cores": asdict(usage),
    }


def _submit(name: str) -> pb.SubmitOrderRequest:
    return pb.SubmitOrderRequest(order=bodies.order_message(name))


async def _stream(stub: Any, late: list[float], subscribed: asyncio.Event) -> None:
    request = pb.StreamOrdersRequest(account_ids=[bodies.ACCOUNT], options={"skip_snapshot": True})
    async for response in stub.StreamOrders(request):
        now = time.time_ns()
        subscribed.set()
        late += [
            (now - item.event.time.ToNanoseconds()) / 1e6
            for item in response.items
            if item.HasField("event") and item.event.order.terminal
        ]


async def _poll(stub: Any, name: str, phase: float) -> float:
    await asyncio.sleep(phase)
    while True:
        response = await stub.GetOrder(pb.GetOrderRequest(account_id=bodies.ACCOUNT, client_order_id=name), timeout=10)
        if response.order.terminal:
            changed: int = response.order.update_time.ToNanoseconds()
            return (time.time_ns() - changed) / 1e6
        await asyncio.sleep(POLL_SECONDS)


async def _cancel(stub: Any, name: str, after: float) -> None:
    await asyncio.sleep(after)
    await stub.CancelOrder(pb.CancelOrderRequest(account_id=bodies.ACCOUNT, client_order_id=name), timeout=10)
