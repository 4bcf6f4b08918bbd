"""Market orders one by one, and how late each way learns of the fill: a bare websocket, alpaca-py, the gateway."""

import asyncio
import contextlib
import threading
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import asdict
from datetime import datetime
from typing import Any

import aiohttp
import grpc
import msgspec
from alpaca.trading.stream import TradingStream

from bench.children import SANDBOX_KEYS
from bench.figures import percentile
from bench.load import alpaca, bodies
from bench.machine import Meter
from brokerwire.v1 import order_service_pb2 as pb
from brokerwire.v1 import order_service_pb2_grpc, orders_pb2

WARM_UP = 20
TIMEOUT = 10.0


class _Way:
    """One way to the broker: `submit` sends a market order; fills arrive at `filled`."""

    def __init__(self) -> None:
        self.submit: Callable[[str], Any] = lambda _: None
        self._waiting: dict[str, asyncio.Future[tuple[int, int]]] = {}

    def expect(self, name: str) -> "asyncio.Future[tuple[int, int]]":
        """Return what becomes the times of execution and of arrival, in nanoseconds."""
        return self._waiting.setdefault(name, asyncio.get_running_loop().create_future())

    def filled(self, name: str, executed: int, arrived: int) -> None:
        """Take a fill."""
        waiting = self._waiting.pop(name, None)
        if waiting is not None and not waiting.done():
            waiting.set_result((executed, arrived))


async def broker_fills(
    *, meter: Meter, kind: str, url: str, stream: str, grpc_address: str, account: str, orders: int, run: str
) -> dict[str, Any]:
    """Return how late fills are known, from the execution and from the call on, in ms."""
    ids = bodies.ids(run)
    ways = {"aiohttp": _direct(url, stream), "alpaca-py": _sdk(url, stream), "gateway": _gateway(grpc_address, account)}
    late: list[float] = []
    whole: list[float] = []
    async with ways[kind] as way:
        for number in range(WARM_UP + orders):
            if number == WARM_UP:
                meter.start()
                late.clear()
                whole.clear()
            name = next(ids).decode()
            filled = way.expect(name)
            begun = time.time_ns()
            await way.submit(name)
            executed, arrived = await asyncio.wait_for(filled, TIMEOUT)
            late.append((arrived - executed) / 1e6)
            whole.append((arrived - begun) / 1e6)
        usage = meter.stop()
    return {
        "late_p50": percentile(late, 0.5),
        "late_p99": percentile(late, 0.99),
        "whole_p50": percentile(whole, 0.5),
        "whole_p99": percentile(whole, 0.99),
        "cores": asdict(usage),
    }


@contextlib.asynccontextmanager
async def _direct(url: str, stream: str) -> AsyncIterator[_Way]:
    way = _Way()
    async with aiohttp.ClientSession(headers=alpaca.HEADERS) as session, session.ws_connect(stream) as socket:
        key, secret = SANDBOX_KEYS
        await socket.send_json({"action": "auth", "key": key, "secret": secret})
        await socket.receive()
        await socket.send_json({"action": "listen", "data": {"streams": ["trade_updates"]}})
        await socket.receive()

        async def submit(name: str) -> None:
            async with session.post(f"{url}/v2/orders", json=alpaca.order_body(name, None)) as answer:
                await answer.read()

        async def read() -> None:
            async for message in socket:
                arrived = time.time_ns()
                data = msgspec.json.decode(message.data)["data"]
                if data.get("event") == "fill":
                    way.filled(data["order"]["client_order_id"], _nanos(data["timestamp"]), arrived)

        way.submit = submit
        reading = asyncio.create_task(read())
        yield way
        reading.cancel()


@contextlib.asynccontextmanager
async def _sdk(url: str, stream: str) -> AsyncIterator[_Way]:
    way, loop = _Way(), asyncio.get_running_loop()
    client, updates = alpaca.trading_client(url), TradingStream(*SANDBOX_KEYS, url_override=stream)
    begun = threading.Event()

    async def on_update(update: Any) -> None:
        arrived = time.time_ns()
        begun.set()
        if update.event == "fill":
            executed = int(update.timestamp.timestamp() * 1e6) * 1_000
            loop.call_soon_threadsafe(way.filled, update.order.client_order_id, executed, arrived)

    async def submit(name: str) -> None:
        await asyncio.to_thread(client.submit_order, alpaca.order_request(name, None))

    updates.subscribe_trade_updates(on_update)
    running = threading.Thread(target=updates.run, daemon=True)
    running.start()
    way.submit = submit
    for number in range(100):
        # It says nowhere when it listens: orders are sent until one of them is heard of.
        await submit(f"hello-{time.time_ns()}-{number}")
        if await asyncio.to_thread(begun.wait, 0.1):
            break
    yield way
    await asyncio.to_thread(updates.stop)
    await asyncio.to_thread(running.join, TIMEOUT)


@contextlib.asynccontextmanager
async def _gateway(address: str, account: str) -> AsyncIterator[_Way]:
    way = _Way()
    async with grpc.aio.insecure_channel(address) as channel:
        stub: Any = order_service_pb2_grpc.OrderServiceStub(channel)
        stream = stub.StreamOrders(pb.StreamOrdersRequest(account_ids=[account], options={"skip_snapshot": True}))
        await stream.read()

        async def submit(name: str) -> None:
            order = bodies.order_message(name, account=account)
            order.type = orders_pb2.ORDER_TYPE_MARKET
            order.time_in_force = orders_pb2.TIME_IN_FORCE_DAY
            order.ClearField("limit_price")
            await stub.SubmitOrder(pb.SubmitOrderRequest(order=order), timeout=TIMEOUT)

        async def read() -> None:
            async for response in stream:
                arrived = time.time_ns()
                for item in response.items:
                    if item.event.HasField("fill"):
                        fill = item.event.fill
                        way.filled(fill.client_order_id, fill.execution_time.ToNanoseconds(), arrived)

        way.submit = submit
        reading = asyncio.create_task(read())
        yield way
        reading.cancel()


def _nanos(text: str) -> int:
    whole, _, fraction = text.rstrip("Z").partition(".")
    seconds = int(datetime.fromisoformat(f"{whole}+00:00").timestamp())
    return seconds * 1_000_000_000 + int(fraction.ljust(9, "0") or 0)
