"""A whole gateway on the paper broker, with both doors open on real ports."""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING, Any

import pytest

from brokerwire.v1 import orders_pb2 as orders
from brokerwire_server.api import Api, Limits
from brokerwire_server.brokers.paper import KIND, PaperBroker, PaperSettings, PriceSource
from brokerwire_server.domain.signing import SigningPolicy
from brokerwire_server.engine.access import AccessOptions
from brokerwire_server.engine.gateway import Gateway
from brokerwire_server.engine.seams import system_seams
from brokerwire_server.store.access import SqliteAccess
from brokerwire_server.store.keys import FileKeys
from brokerwire_server.store.signing_keys import SqliteSigningKeys
from brokerwire_server.store.sqlite import SqliteStore
from brokerwire_server.store.vault import SqliteVault
from brokerwire_server.transport.grpc_door import GrpcDoor
from brokerwire_server.transport.http_door import HttpDoor
from tests.e2e.doors import Door, GrpcClient, HttpClient, methods_of
from tests.support.remote_broker import Kinds, World

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from brokerwire_server.brokers.base import BrokerAdapter
    from brokerwire_server.transport.tls import Tls

ORIGIN = "https://desk.example"
LIMITS = Limits(calls=50, streams=20, message_bytes=256 * 1024)


class Served:
    """A gateway with both doors."""

    def __init__(
        self,
        path: Path,
        *others: BrokerAdapter,
        local: bool = True,
        tls: Tls | None = None,
        signing: SigningPolicy = SigningPolicy.OFF,
    ) -> None:
        seams = system_seams()
        vault = SqliteVault(path / "test.db", FileKeys(path / "vault.key"))
        broker = PaperBroker(settings=PaperSettings(source=PriceSource.MANUAL), clock=seams.now, sleep=seams.sleep)
        self.observed: list[tuple[str, str, str]] = []
        self.world = World()
        self.gateway = Gateway(
            SqliteStore(path / "test.db", new_epoch=lambda: 7),
            [broker, *others],
            seams=seams,
            kinds=Kinds(KIND, self.world.kind),
            vault=vault,
            access=AccessOptions(store=SqliteAccess(path / "test.db", vault), random=os.urandom, local=local),
            signing=signing,
            signing_keys=SqliteSigningKeys(path / "test.db"),
        )
        self.api = Api(self.gateway, version="1.2.3", instance_id="this", observer=self, limits=LIMITS)
        self.grpc_door = GrpcDoor(self.api, "127.0.0.1:0", tls=tls)
        self.http_door = HttpDoor(
            self.api, "localhost:0", tls=tls, metrics=lambda: b"brokerwire_test 1\n", allowed_origins=[ORIGIN]
        )
        self.grpc_address = self.http_address = ""

    async def start(self) -> None:
        await self.gateway.start()
        self.grpc_address = await self.grpc_door.start()
        self.http_address = await self.http_door.start()

    async def stop(self) -> None:
        self.gateway.drain.begin("test over")
        await self.gateway.drain.drained(2)
        await asyncio.gather(self.grpc_door.stop(0.2), self.http_door.stop(1))
        await self.gateway.stop(1)

    @property
    def head(self) -> int:
        return self.gateway.accounts.get("paper").book.sequence

    def call_started(self, method: str, door: str) -> None:
        pass

    def call_ended(self, method: str, door: str, code: str, seconds: float) -> None:
        assert seconds >= 0
        self.observed.append((method, door, code))


@pytest.fixture
async def served(tmp_path: Path) -> AsyncIterator[Served]:
    running = Served(tmp_path)
    await running.start()
    yield running
    await running.stop()


@pytest.fixture(params=["grpc", "http"])
async def door(request: pytest.FixtureRequest, served: Served) -> AsyncIterator[Door]:
    methods = methods_of(served.api)
    client: Any
    if request.param == "grpc":
        client = GrpcClient(methods, served.grpc_address)
    else:
        client = HttpClient(methods, served.http_address)
    yield client
    await client.close()


def limit_order(client_order_id: str = "one", **changes: Any) -> orders.OrderRequest:
    """Return a limit order far below the market."""
    order = orders.OrderRequest(
        account_id="paper",
        client_order_id=client_order_id,
        side=orders.SIDE_BUY,
        type=orders.ORDER_TYPE_LIMIT,
        time_in_force=orders.TIME_IN_FORCE_DAY,
    )
    order.instrument.symbol = "AAPL"
    order.quantity.value = "10"
    order.limit_price.value = "100.50"
    for name, value in changes.items():
        if name in ("quantity", "limit_price", "stop_price", "trail_amount"):
            getattr(order, name).value = value
        else:
            setattr(order, name, value)
    return order
