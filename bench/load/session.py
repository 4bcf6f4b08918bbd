"""One OrderSession: batches of submits with a bounded number of orders under way."""

import asyncio
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import asdict
from time import perf_counter_ns
from typing import Any

from bench.figures import percentile
from bench.load import bodies
from bench.load.h2 import H2, Messages
from bench.load.samples import Latencies, until, window
from bench.machine import Meter
from brokerwire.v1 import order_service_pb2, orders_pb2

PATH = "/brokerwire.v1.OrderService/OrderSession"
END_TIMEOUT = 30.0
_AS_WANTED = (orders_pb2.ORDER_STATE_WORKING, orders_pb2.ORDER_STATE_ACCEPTED, orders_pb2.ORDER_STATE_CANCELED)


class Session:
    """An open session. Batches go out with `send`; results are counted, and a sample of them is read."""

    def __init__(self, connection: H2, batches: Iterator[bytes], size: int) -> None:
        self._connection = connection
        self._batches = batches
        self._size = size
        self._messages = Messages()
        self._stream = 0
        self._begun: deque[int] = deque()
        self._owed = 0
        self.latencies = Latencies()
        self.sent = 0
        self.answered = 0
        self.failure = ""
        self.on_results: Callable[[], None] = lambda: None

    @classmethod
    async def open(cls, address: str, run: str, size: int, *, resting: bool) -> "Session":
        """Connect and begin, with batches of `size` orders that rest, or else end at once."""
        host, _, port = address.rpartition(":")
        loop = asyncio.get_running_loop()
        _, connection = await loop.create_connection(lambda: H2(PATH, address), host, int(port))
        return cls(connection, bodies.session_batches(run, size, resting=resting), size)

    def send(self) -> None:
        """Send the next batch."""
        message = next(self._batches)
        self.sent += self._size
        self._begun.append(perf_counter_ns())
        if self._stream:
            self._connection.send(self._stream, message)
        else:
            self._stream = self._connection.call(message, self, end=False)

    @property
    def under_way(self) -> int:
        """Orders without a result."""
        return self.sent - self.answered

    def on_data(self, data: bytes, end: bool) -> None:
        for message in self._messages.feed(data):
            count = message.count(bodies.MARK)
            if not self.answered:
                self._check(message)
            self.answered += count
            # The time of a batch runs until as many results as it had orders have come.
            self._owed += count
            while self._owed >= self._size:
                self._owed -= self._size
                self.latencies.add(self._begun.popleft())
        self.on_results()

    def on_end(self, clean: bool) -> None:
        self.failure = self.failure or self._connection.failure or "the session ended"

    def _check(self, message: bytes) -> None:
        for result in order_service_pb2.OrderSessionResponse.FromString(message).results:
            if result.submit.order.state not in _AS_WANTED:
                self.failure = f"an order was not accepted: {result}"[:500]

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()


async def session(*, meter: Meter, address: str, size: int, limit: int, seconds: float, run: str) -> dict[str, Any]:
    """Submit orders in batches of `size`, with at most `limit` orders under way."""
    one = await Session.open(address, run, size, resting=True)
    stopped = False

    def fill() -> None:
        while not stopped and not one.failure and one.under_way + size <= limit:
            one.send()

    one.on_results = fill
    fill()
    counts: list[int] = []

    def opened() -> None:
        counts.append(one.answered)
        one.latencies.open = True

    def closed() -> None:
        counts.append(one.answered)
        one.latencies.open = False

    usage = await window(meter, seconds, opened, closed)
    stopped = True
    await until(lambda: one.under_way == 0 or bool(one.failure), END_TIMEOUT, "the last results")
    if one.failure:
        raise RuntimeError(one.failure)
    one.close()
    done = counts[1] - counts[0]
    times = one.latencies.milliseconds()
    return {
        "rate": done / usage.seconds,
        "p50": percentile(times, 0.5),
        "p99": percentile(times, 0.99),
        "cpu": usage.server * usage.seconds / max(done, 1) * 1e6,
        "cores": asdict(usage),
    }
