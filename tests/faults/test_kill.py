"""`kill -9` at any moment: what was acked is there, once, and a subscriber misses and repeats nothing."""

from __future__ import annotations

import asyncio
import random
from typing import TYPE_CHECKING, Any

import grpc
import pytest

from brokerwire.v1 import (
    event_service_pb2 as event_api,
)
from brokerwire.v1 import (
    event_service_pb2_grpc,
    events_pb2,
    instruments_pb2,
    order_service_pb2_grpc,
    orders_pb2,
    streams_pb2,
)
from brokerwire.v1 import (
    order_service_pb2 as order_api,
)
from brokerwire.v1.decimal_pb2 import Decimal
from tests.support.processes import RestartableGateway

if TYPE_CHECKING:
    from pathlib import Path

KILLS = 50
CALLERS = 16
RESTARTS = random.Random(20261120)


def wanted(client_order_id: str, price: str) -> order_api.SubmitOrderRequest:
    return order_api.SubmitOrderRequest(
        order=orders_pb2.OrderRequest(
            account_id="paper",
            client_order_id=client_order_id,
            instrument=instruments_pb2.Instrument(symbol="AAPL", asset_class=instruments_pb2.ASSET_CLASS_EQUITY),
            side=orders_pb2.SIDE_BUY,
            type=orders_pb2.ORDER_TYPE_LIMIT,
            time_in_force=orders_pb2.TIME_IN_FORCE_GTC,
            quantity=Decimal(value="0.01"),
            limit_price=Decimal(value=price),
        )
    )


class Load:
    """Callers that submit without pause, and a note of every answer they got."""

    def __init__(self) -> None:
        self.sent: list[str] = []
        self.acked: dict[str, str] = {}

    async def run(self, address: str, round_: int) -> None:
        async with grpc.aio.insecure_channel(address) as channel:
            stub: Any = order_service_pb2_grpc.OrderServiceStub(channel)
            await asyncio.gather(*(self._call(stub, f"r{round_}-c{caller}") for caller in range(CALLERS)))

    async def _call(self, stub: Any, name: str) -> None:
        number = 0
        while True:
            number += 1
            client_order_id = f"{name}-{number}"
            # Every fourth order is marketable: fills are lost as easily as orders.
            request = wanted(client_order_id, "9000" if number % 4 == 0 else "1")
            self.sent.append(client_order_id)
            try:
                answer = await stub.SubmitOrder(request, timeout=10)
            except grpc.aio.AioRpcError:
                return
            self.acked[client_order_id] = answer.order.order_id


class Subscriber:
    """A reader that keeps its token, breaks with every crash, and resumes."""

    def __init__(self) -> None:
        self.token = ""
        self.sequences: list[int] = []
        self.problems: list[str] = []

    async def run(self, address: str) -> None:
        async with grpc.aio.insecure_channel(address) as channel:
            stub: Any = order_service_pb2_grpc.OrderServiceStub(channel)
            options = streams_pb2.StreamOptions(resume_token=self.token, skip_snapshot=True)
            try:
                async for response in stub.StreamOrders(order_api.StreamOrdersRequest(options=options)):
                    for item in response.items:
                        self._take(item)
                    self.token = response.resume_token or self.token
            except grpc.aio.AioRpcError:
                return

    def _take(self, item: order_api.StreamOrdersItem) -> None:
        if item.HasField("event"):
            self.sequences.append(item.event.sequence)
        elif item.control.HasField("reset"):
            self.problems.append(str(item.control))


async def crash_under_load(server: RestartableGateway, load: Load, subscriber: Subscriber, round_: int) -> None:
    work = asyncio.gather(load.run(server.grpc, round_), subscriber.run(server.grpc))
    await asyncio.sleep(RESTARTS.uniform(0.15, 0.5))
    await asyncio.to_thread(server.kill)
    await work


async def journal(address: str) -> list[events_pb2.Event]:
    events: list[events_pb2.Event] = []
    async with grpc.aio.insecure_channel(address, [("grpc.max_receive_message_length", -1)]) as channel:
        stub: Any = event_service_pb2_grpc.EventServiceStub(channel)
        token = ""
        while True:
            request = event_api.ListEventsRequest(account_id="paper", page_size=1000, page_token=token)
            page = await stub.ListEvents(request, timeout=60)
            events += page.events
            token = page.next_page_token
            if not token:
                break
        verified = await stub.VerifyJournal(event_api.VerifyJournalRequest(), timeout=60)
        assert verified.ok, verified
    return sorted(events, key=lambda event: event.sequence)


@pytest.mark.serial
@pytest.mark.slow
@pytest.mark.timeout(900)
async def test_killing_the_server_fifty_times_under_load_loses_and_repeats_nothing(tmp_path: Path) -> None:
    server = RestartableGateway(tmp_path / "data")
    load, subscriber = Load(), Subscriber()
    await asyncio.to_thread(server.start)
    for round_ in range(KILLS):
        await crash_under_load(server, load, subscriber, round_)
        await asyncio.to_thread(server.start)
    try:
        await check(server, load, subscriber)
    finally:
        assert await asyncio.to_thread(server.stop) == 0


async def check(server: RestartableGateway, load: Load, subscriber: Subscriber) -> None:
    assert len(load.acked) > 10 * KILLS, "the load was too light to prove anything"
    events = await journal(server.grpc)
    assert [event.sequence for event in events] == list(range(1, len(events) + 1))

    orders: dict[str, set[str]] = {}
    for event in events:
        if event.HasField("order"):
            order = event.order.order
            orders.setdefault(order.client_order_id, set()).add(order.order_id)
    for client_order_id, order_id in load.acked.items():
        assert orders[client_order_id] == {order_id}, "an acked order is lost, or there twice"
    assert set(orders) <= set(load.sent)

    fills = [event.order.fill.fill_id for event in events if event.order.type == orders_pb2.ORDER_EVENT_TYPE_FILL]
    assert len(fills) == len(set(fills)) > 0

    tail = asyncio.create_task(subscriber.run(server.grpc))
    wanted_sequences = [event.sequence for event in events if event.HasField("order")]
    async with asyncio.timeout(30):
        while not subscriber.sequences or subscriber.sequences[-1] < wanted_sequences[-1]:
            await asyncio.sleep(0.05)
    tail.cancel()
    assert subscriber.problems == []
    first = subscriber.sequences[0]
    assert subscriber.sequences[: len(wanted_sequences)] == [s for s in wanted_sequences if s >= first]
    await check_ids_are_still_taken(server, load)


async def check_ids_are_still_taken(server: RestartableGateway, load: Load) -> None:
    async with grpc.aio.insecure_channel(server.grpc) as channel:
        stub: Any = order_service_pb2_grpc.OrderServiceStub(channel)
        for client_order_id in RESTARTS.sample(sorted(load.acked), 20):
            number = int(client_order_id.rsplit("-", 1)[1])
            again = await stub.SubmitOrder(wanted(client_order_id, "9000" if number % 4 == 0 else "1"), timeout=10)
            assert again.deduplicated
            assert again.order.order_id == load.acked[client_order_id]
