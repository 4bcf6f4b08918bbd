"""Subscribers of StreamOrders that cost little: they count events unparsed, and read a sample for latency."""

import asyncio
from typing import TYPE_CHECKING, Any

from bench.load import bodies
from bench.load.h1 import H1, connect
from bench.load.h2 import H2, Messages
from brokerwire.v1 import order_service_pb2

if TYPE_CHECKING:
    from collections.abc import Callable

PATH = "/brokerwire.v1.OrderService/StreamOrders"
READ_ONE_IN = 16
"""With many subscribers one message in so many is parsed, and all its events give latencies; with few, each is."""

FEW = 10
TAIL = 64
"""Bytes at the end of a message that hold token and time: random enough to look like anything."""

_CONNECT = ("application/connect+proto", "connect-protocol-version: 1")


class Subscriber:
    """One stream. `events` counts, `token` is the last resume token that was read."""

    def __init__(self, number: int, read_one_in: int) -> None:
        self._messages = Messages()
        # Not all of them read the same message, and none only the first.
        self._turn = number % read_one_in
        self._read_one_in = read_one_in
        self.connection: H2 | H1 | None = None
        self._last = 0
        self.events = 0
        self.messages = 0
        self.size = 0
        self.token = ""
        self.caught_up = False
        self.latencies: list[int] | None = None
        self.failure = ""
        self.on_events: Callable[[], None] = _nothing

    def on_data(self, data: bytes, end: bool = False) -> None:
        for message in self._messages.feed(data):
            self.messages += 1
            self.size += len(message)
            count = message.count(bodies.MARK, 0, -TAIL)
            if self.caught_up:
                self.events += count
                self._turn += 1
                if self._turn >= self._read_one_in:
                    self._turn = 0
                    self._read(message, count)
            else:
                self._open(message)
        self.on_events()

    on_body = on_data

    def on_end(self, clean: bool) -> None:
        self.failure = (self.connection and self.connection.failure) or "the stream ended"

    def _open(self, message: bytes) -> None:
        response = order_service_pb2.StreamOrdersResponse.FromString(message)
        self.token = response.resume_token or self.token
        for item in response.items:
            kind = item.control.WhichOneof("control") if item.HasField("control") else ""
            if kind == "caught_up":
                self.caught_up = True
            elif item.HasField("event"):
                self.events += 1

    def _read(self, message: bytes, count: int) -> None:
        if self.latencies is None or self.connection is None:
            return
        now = self.connection.arrived
        items = order_service_pb2.StreamOrdersResponse.FromString(message).items
        events = [item.event for item in items if item.HasField("event")]
        if len(events) != count:
            self.failure = f"a message with {len(events)} events was counted as {count}"
        for event in events:
            if event.sequence <= self._last:
                self.failure = f"event {event.sequence} came after event {self._last}"
            self._last = event.sequence
            self.latencies.append(now - event.time.seconds * 1_000_000_000 - event.time.nanos)


def _nothing() -> None:
    return


async def subscribe(door: str, address: str, count: int, per_connection: int, **options: Any) -> list[Subscriber]:
    """Open `count` streams with these stream options, so many on each connection (HTTP/1.1: one)."""
    host, _, port = address.rpartition(":")
    loop = asyncio.get_running_loop()
    request = order_service_pb2.StreamOrdersRequest(options=options, account_ids=[bodies.ACCOUNT])
    message = request.SerializeToString()
    everyone = [Subscriber(number, 1 if count <= FEW else READ_ONE_IN) for number in range(count)]
    connection: H2 | None = None
    for number, one in enumerate(everyone):
        if door == "http":
            made = await connect(H1(PATH, address, _CONNECT[0], one, *_CONNECT[1:]), host, port)
            one.connection = made
            made.request(b"\x00" + len(message).to_bytes(4, "big") + message)
            continue
        if connection is None or number % per_connection == 0:
            _, connection = await loop.create_connection(lambda: H2(PATH, address), host, int(port))
        one.connection = connection
        connection.call(message, one)
    return everyone


def close(subscribers: list[Subscriber]) -> None:
    """Close all connections."""
    for one in subscribers:
        if one.connection is not None:
            one.connection.close()


def check(subscribers: list[Subscriber]) -> None:
    """Raise where a stream has failed."""
    for one in subscribers:
        if one.failure:
            raise RuntimeError(one.failure)
