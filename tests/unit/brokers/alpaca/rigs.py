"""An adapter against the sandbox, and everything that it says."""

from __future__ import annotations

import asyncio
import random
import time
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import TYPE_CHECKING, Any, TypeVar

from brokerwire_sandbox.alpaca import AlpacaSandbox, SandboxSettings
from brokerwire_server.brokers.alpaca import AlpacaBroker
from brokerwire_server.brokers.alpaca.link import Pace
from brokerwire_server.brokers.alpaca.settings import read_settings
from brokerwire_server.brokers.base import Tools
from brokerwire_server.domain.connections import ConnectionSpec, Environment, LinkState
from brokerwire_server.domain.fills import FillKind
from brokerwire_server.domain.instruments import Instrument
from brokerwire_server.domain.orders import Order, OrderType, Side, TimeInForce
from brokerwire_server.domain.reports import FillReport, LinkReport, StatusReport
from brokerwire_server.domain.secrets import Secret

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence

    from brokerwire_server.brokers.base import KnownAccount
    from brokerwire_server.domain.reports import AnyReport

ACCOUNT = "alpaca-paper"
TOOLS = Tools(now=time.time_ns, monotonic=time.monotonic, sleep=asyncio.sleep, random=random.Random(7).random)
R = TypeVar("R")


async def until(condition: Callable[[], Any], *, seconds: float = 15.0) -> Any:
    async with asyncio.timeout(seconds):
        while not (found := condition()):
            await asyncio.sleep(0.005)
    return found


def order(number: int = 1, **changes: Any) -> Order:
    fields: dict[str, Any] = {
        "order_id": f"o-{number}",
        "account_id": ACCOUNT,
        "client_order_id": f"mine-{number}",
        "broker_client_order_id": f"{number:024x}",
        "instrument": Instrument(symbol="AAPL"),
        "side": Side.BUY,
        "type": OrderType.LIMIT,
        "time_in_force": TimeInForce.DAY,
        "quantity": Decimal(10),
        "limit_price": Decimal(10),
    }
    return Order(**{**fields, **changes})


def market(number: int = 1, **changes: Any) -> Order:
    return order(number, **{"type": OrderType.MARKET, "limit_price": None, **changes})


class Recorder:
    """A sink that keeps what it is told, and counts fills as the engine does: once per id."""

    def __init__(self) -> None:
        self.reports: list[AnyReport] = []

    def __call__(self, report: AnyReport) -> None:
        self.reports.append(report)

    def of(self, kind: type[R]) -> list[R]:
        return [report for report in self.reports if isinstance(report, kind)]

    @property
    def link(self) -> LinkState:
        found = self.of(LinkReport)
        return found[-1].state if found else LinkState.DOWN

    def states(self, client_id: str) -> list[tuple[str, str]]:
        found = [s for s in self.of(StatusReport) if s.broker_client_order_id == client_id]
        return [(s.state.value, s.broker_status) for s in found]

    def fills(self, client_id: str = "") -> dict[str, FillReport]:
        return {
            fill.execution_id: fill
            for fill in self.of(FillReport)
            if fill.kind is FillKind.NORMAL and client_id in ("", fill.broker_client_order_id)
        }

    def filled(self, client_id: str = "") -> Decimal:
        return sum((fill.quantity for fill in self.fills(client_id).values()), Decimal(0))


class Rig:
    """A sandbox, an adapter connected to it, and what the adapter says."""

    def __init__(self, sandbox: AlpacaSandbox, broker: AlpacaBroker, said: Recorder) -> None:
        self.sandbox, self.broker, self.said = sandbox, broker, said

    async def submit(self, *orders: Order) -> Any:
        reply = await self.broker.submit(orders)
        for report in reply.reports:
            self.said(report)
        return reply


def make_broker(sandbox: AlpacaSandbox, **settings: str) -> AlpacaBroker:
    spec = ConnectionSpec(
        connection_id=ACCOUNT,
        broker="alpaca",
        environment=Environment.PAPER,
        settings={"base_url": sandbox.url, "data_url": sandbox.url, **settings},
    )
    credential = {"api_key": Secret(sandbox.key), "secret_key": Secret(sandbox.secret)}
    return AlpacaBroker(spec, read_settings(spec, credential), credential, TOOLS, pace=Pace(denied=0.05))


@asynccontextmanager
async def connected(
    sandbox: AlpacaSandbox, known: Sequence[KnownAccount] = (), *, up: bool = True, **settings: str
) -> AsyncIterator[Rig]:
    broker, said = make_broker(sandbox, **settings), Recorder()
    await broker.start(said, known)
    try:
        if up:
            await until(lambda: said.link is LinkState.UP)
        yield Rig(sandbox, broker, said)
    finally:
        await broker.stop()


@asynccontextmanager
async def rig(**settings: Any) -> AsyncIterator[Rig]:
    async with AlpacaSandbox(SandboxSettings(**settings)) as sandbox, connected(sandbox) as one:
        yield one
