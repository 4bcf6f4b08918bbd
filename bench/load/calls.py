"""Unary calls in a closed loop: so many callers, each with one call under way."""

import asyncio
from collections.abc import Iterator
from dataclasses import asdict
from time import perf_counter_ns
from typing import Any

from bench.figures import percentile
from bench.load import bodies
from bench.load.h1 import H1, connect
from bench.load.h2 import H2
from bench.load.samples import Latencies, until, window
from bench.machine import Meter

STREAMS_PER_CONNECTION = 16
DEADLINE = "10S"
END_TIMEOUT = 30.0


class _Callers:
    """What all callers share: the orders to send, the latencies, and when to stop."""

    def __init__(self, orders: Iterator[bytes]) -> None:
        self.orders = orders
        self.latencies = Latencies()
        self.stopped = False
        self.under_way = 0
        self.failure = ""
        self.sample = b""


class _GrpcCaller:
    """One caller on a connection that it shares with others."""

    __slots__ = ("_all", "_begun", "_connection", "_got")

    def __init__(self, callers: _Callers, connection: H2) -> None:
        self._all = callers
        self._connection = connection
        self._got = b""
        self._begun = 0

    def call(self) -> None:
        if self._all.stopped:
            return
        self._all.under_way += 1
        self._got = b""
        body = next(self._all.orders)
        self._begun = perf_counter_ns()
        self._connection.call(body, self)

    def on_data(self, data: bytes, end: bool) -> None:
        self._got += data

    def on_end(self, clean: bool) -> None:
        everyone = self._all
        everyone.under_way -= 1
        if not clean or not self._got:
            # An error of gRPC comes without a message.
            everyone.stopped = True
            everyone.failure = self._connection.failure or "a call failed"
            return
        everyone.latencies.add(self._begun)
        everyone.sample = self._got
        self.call()


class _HttpCaller:
    """One caller with a connection of its own."""

    def __init__(self, callers: _Callers) -> None:
        self._all = callers
        self.connection: H1 | None = None
        self._begun = 0
        self._got = b""

    def call(self) -> None:
        if self._all.stopped:
            return
        self._all.under_way += 1
        self._got = b""
        assert self.connection is not None
        body = next(self._all.orders)
        self._begun = perf_counter_ns()
        self.connection.request(body)

    def on_body(self, data: bytes) -> None:
        self._got += data

    def on_end(self, clean: bool) -> None:
        everyone = self._all
        everyone.under_way -= 1
        if not clean:
            if not everyone.failure:
                everyone.stopped = True
                everyone.failure = self.connection.failure if self.connection else "a call failed"
            return
        everyone.latencies.add(self._begun)
        everyone.sample = self._got
        self.call()


async def calls(
    *,
    meter: Meter,
    door: str,
    address: str,
    path: str,
    callers: int,
    seconds: float,
    run: str,
    account: str = bodies.ACCOUNT,
) -> dict[str, Any]:
    """Call `path` for a while; `door` is grpc, http (Connect with protobuf) or json (the REST service)."""
    everyone = _Callers(bodies.json_orders(run) if door == "json" else bodies.submits(run, account))
    connections = await _connect(everyone, door, address, path, callers)
    latencies = everyone.latencies
    usage = await window(
        meter,
        seconds,
        lambda: setattr(latencies, "open", True),
        lambda: setattr(latencies, "open", False),
    )
    everyone.stopped = True
    await until(lambda: everyone.under_way == 0 or bool(everyone.failure), END_TIMEOUT, "the last calls")
    if everyone.failure:
        raise RuntimeError(everyone.failure)
    for connection in connections:
        connection.close()
    times = latencies.milliseconds()
    return {
        "rate": len(times) / usage.seconds,
        "p50": percentile(times, 0.5),
        "p99": percentile(times, 0.99),
        "cpu": usage.server * usage.seconds / max(len(times), 1) * 1e6,
        "answer": len(everyone.sample),
        "cores": asdict(usage),
    }


async def _connect(everyone: _Callers, door: str, address: str, path: str, count: int) -> list[H2 | H1]:
    host, _, port = address.rpartition(":")
    loop = asyncio.get_running_loop()
    connections: list[H2 | H1] = []
    everybody: list[_GrpcCaller | _HttpCaller] = []
    if door == "grpc":
        for at in range(0, count, STREAMS_PER_CONNECTION):
            _, grpc = await loop.create_connection(lambda: H2(path, address, DEADLINE), host, int(port))
            connections.append(grpc)
            everybody += [_GrpcCaller(everyone, grpc) for _ in range(min(STREAMS_PER_CONNECTION, count - at))]
    else:
        kind, *extra = ("application/json",) if door == "json" else _CONNECT
        for _ in range(count):
            caller = _HttpCaller(everyone)
            made = await connect(H1(path, address, kind, caller, *extra), host, port)
            caller.connection = made
            connections.append(made)
            everybody.append(caller)
    for one in everybody:
        one.call()
    return connections


_CONNECT = ("application/proto", "connect-protocol-version: 1", "connect-timeout-ms: 10000")
