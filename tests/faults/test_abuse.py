"""Whatever a peer does to the gateway, those who behave are served as before, and what it took is given back.

The peers that mean no good (`tests/support/abuse.py`) have processes of their own at the lowest priority, for in the
world they compute elsewhere. An honest client makes calls in rounds, before, under and after an attack.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Self

import grpc
import pytest

from brokerwire.v1 import order_service_pb2 as pb
from brokerwire.v1 import order_service_pb2_grpc
from brokerwire.v1 import orders_pb2 as orders
from tests.support.abuse import ATTACKS
from tests.support.processes import RestartableGateway, environment, wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

ROUNDS, CALLS = 5, 100
TIMES = 3
"""How much slower the honest client's p99 may get: the median of its rounds, for one stall of the machine hits one."""

STALL = 0.01
"""Seconds that a machine which runs other tests besides takes from one call in a hundred, of anybody: a shorter p99 is
counted as this. Without its defences the gateway keeps honest callers waiting for seconds."""

KEPT = 48 << 20
"""Memory that an attack may leave behind: what allocators keep of a peak. A leak shows with every round of it."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RestartableGateway]:
    running = RestartableGateway(tmp_path_factory.mktemp("abuse") / "data")
    running.start()
    yield running
    assert running.stop() == 0


class Honest:
    """A client that asks what an order would cost: a call that goes all the way to the broker, and leaves nothing."""

    def __init__(self, address: str) -> None:
        self._channel = grpc.insecure_channel(address)
        self._stub = order_service_pb2_grpc.OrderServiceStub(self._channel)
        self._order = orders.OrderRequest(account_id="paper", side=orders.SIDE_BUY, type=orders.ORDER_TYPE_LIMIT)
        self._order.time_in_force = orders.TIME_IN_FORCE_DAY
        self._order.instrument.symbol = "AAPL"
        self._order.quantity.value, self._order.limit_price.value = "10", "100.50"

    def p99(self) -> float:
        """The p99 of a round of calls, each of which must succeed."""
        times = []
        for _ in range(CALLS):
            started = time.perf_counter()
            assert self._stub.PreviewOrder(pb.PreviewOrderRequest(order=self._order), timeout=10).valid
            times.append(time.perf_counter() - started)
        return statistics.quantiles(times, n=100)[-1]

    def close(self) -> None:
        self._channel.close()


@pytest.fixture(scope="module")
def honest(server: RestartableGateway) -> Iterator[Honest]:
    client = Honest(server.grpc)
    for _ in range(3):
        client.p99()
    yield client
    client.close()


class Attack:
    """A process that attacks until it is ended."""

    def __init__(self, kind: str, server: RestartableGateway) -> None:
        command = [sys.executable, "-m", "tests.support.abuse", kind, server.grpc, server.http]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, env=environment())

    def __enter__(self) -> Self:
        try:
            self.round()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.communicate(timeout=10)

    def round(self) -> None:
        """Wait until the attack has got on: one that has stopped proves nothing."""
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == b"round\n", "the attack broke off"


@pytest.mark.serial
@pytest.mark.slow
@pytest.mark.timeout(120)
@pytest.mark.parametrize("kind", ATTACKS)
def test_an_attack_disturbs_nobody_and_leaves_nothing_behind(
    kind: str, server: RestartableGateway, honest: Honest
) -> None:
    before = server.resident_bytes()
    calm = [honest.p99() for _ in range(ROUNDS)]
    with Attack(kind, server) as attack:
        attacked = [honest.p99() for _ in range(2 * ROUNDS)]
        attack.round()
    calm += [honest.p99() for _ in range(ROUNDS)]
    assert statistics.median(attacked) < TIMES * max(statistics.median(calm), STALL)
    wait_until(lambda: server.resident_bytes() - before < KEPT, timeout=15)
