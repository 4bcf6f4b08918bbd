"""An adapter, or a whole gateway, against a TWS sandbox, and everything that it says."""

from __future__ import annotations

import asyncio
import random
import time
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import TYPE_CHECKING, Any, TypeVar

from brokerwire_sandbox.tws import FaultPlan, FaultRule, Kind, Target, TwsSandbox, TwsSettings
from brokerwire_server.brokers.base import PassingNotes, Tools
from brokerwire_server.brokers.ibkr import IbkrBroker
from brokerwire_server.brokers.ibkr.commands import Wait
from brokerwire_server.brokers.ibkr.link import Pace
from brokerwire_server.brokers.ibkr.settings import read_settings
from brokerwire_server.brokers.ibkr.sweeps import Patience
from brokerwire_server.domain.connections import ConnectionSpec, Environment, LinkState
from brokerwire_server.domain.instruments import Instrument
from brokerwire_server.domain.orders import Order, OrderRequest, OrderType, Side, TimeInForce
from brokerwire_server.domain.reports import FillReport, LinkReport, StatusReport
from brokerwire_server.engine.gateway import Gateway
from brokerwire_server.engine.reconciler import SweepTimes
from brokerwire_server.engine.seams import Seams
from brokerwire_server.store.sqlite import SqliteStore

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence
    from pathlib import Path

    from brokerwire_server.brokers.base import KnownAccount, Notes
    from brokerwire_server.domain.orders import OrderState
    from brokerwire_server.domain.reports import AnyReport
    from brokerwire_server.engine.accounts import ManagedAccount

CONNECTION = "ib"
NUMBER = "DU1234567"
ACCOUNT = "ib-du1234567"
SEAMS = Seams(now=time.time_ns, monotonic=time.monotonic, sleep=asyncio.sleep, rng=random.Random(5))
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


def plan(target: Target, kind: Kind, **fields: Any) -> FaultPlan:
    return FaultPlan(rules=(FaultRule(target=target, kind=kind, **fields),))


def make_broker(
    port: int,
    *,
    notes: Notes | None = None,
    answer: float = 5.0,
    patience: Patience | None = None,
    environment: Environment = Environment.PAPER,
    **settings: str,
) -> IbkrBroker:
    tools = Tools(
        now=time.time_ns,
        monotonic=time.monotonic,
        sleep=asyncio.sleep,
        random=random.Random(7).random,
        notes=notes or PassingNotes(),
    )
    spec = ConnectionSpec(
        connection_id=CONNECTION, broker="ibkr", environment=environment, settings={"port": str(port), **settings}
    )
    pace = Pace(start=5.0, connect=3.0, denied=0.2, retry=0.1)
    return IbkrBroker(
        spec, read_settings(spec), tools, pace=pace, patience=patience or Patience(), wait=Wait(answer=answer)
    )


class Rig:
    """An adapter and what it reported."""

    def __init__(self, broker: IbkrBroker, sandbox: TwsSandbox) -> None:
        self.broker, self.sandbox = broker, sandbox
        self.reports: list[AnyReport] = []

    def take(self, report: AnyReport) -> None:
        self.reports.append(report)

    def of(self, kind: type[R]) -> list[R]:
        return [report for report in self.reports if isinstance(report, kind)]

    @property
    def fills(self) -> list[FillReport]:
        return self.of(FillReport)

    @property
    def states(self) -> list[OrderState]:
        return [report.state for report in self.of(StatusReport)]

    @property
    def link(self) -> LinkReport:
        return self.of(LinkReport)[-1]

    async def up(self) -> None:
        await until(lambda: self.link.state is LinkState.UP)


@asynccontextmanager
async def connected(sandbox: TwsSandbox, known: Sequence[KnownAccount] = (), **options: Any) -> AsyncIterator[Rig]:
    rig = Rig(make_broker(sandbox.port, **options), sandbox)
    await rig.broker.start(rig.take, known)
    try:
        yield rig
    finally:
        await rig.broker.stop()


@asynccontextmanager
async def rig(options: dict[str, Any] | None = None, **settings: Any) -> AsyncIterator[Rig]:
    async with TwsSandbox(TwsSettings(**settings)) as sandbox:
        sandbox.set_quote("AAPL", "199.99", "200.01")
        async with connected(sandbox, **(options or {})) as made:
            await made.up()
            yield made


# --- the whole gateway ---


def request(name: str, **changes: Any) -> OrderRequest:
    fields: dict[str, Any] = {
        "account_id": ACCOUNT,
        "client_order_id": name,
        "instrument": Instrument(symbol="AAPL"),
        "side": Side.BUY,
        "type": OrderType.LIMIT,
        "time_in_force": TimeInForce.DAY,
        "quantity": Decimal(10),
        "limit_price": Decimal(10),
    }
    return OrderRequest(**{**fields, **changes})


def at_market(name: str, **changes: Any) -> OrderRequest:
    return request(name, **{"type": OrderType.MARKET, "limit_price": None, **changes})


class Desk:
    """A running gateway and its sandbox."""

    def __init__(self, gateway: Gateway, sandbox: TwsSandbox) -> None:
        self.gateway, self.sandbox = gateway, sandbox

    @property
    def account(self) -> ManagedAccount:
        return self.gateway.accounts.get(ACCOUNT)

    @property
    def link(self) -> LinkState:
        return self.gateway.connections.get(CONNECTION).connection.link

    def order(self, name: str) -> Order:
        found = self.account.book.orders.by_client_id(name)
        assert found is not None, name
        return found

    async def submit(self, wanted: OrderRequest) -> Order:
        return (await self.gateway.desk.submit(wanted)).order

    async def settled(self, name: str, *states: OrderState) -> Order:
        await until(lambda: self.order(name).state in states)
        return self.order(name)

    async def sweep(self) -> None:
        error = await self.gateway.reconciler.sweep(self.account)
        assert error is None, error

    async def events(self) -> list[Any]:
        await self.account.book.durable()
        return [event.payload for event in await self.gateway.store.read(ACCOUNT, 0, 10_000)]


@asynccontextmanager
async def serving(path: Path, sandbox: TwsSandbox, **options: Any) -> AsyncIterator[Desk]:
    store = SqliteStore(path, new_epoch=lambda: 42)
    broker = make_broker(sandbox.port, **options)
    gateway = Gateway(store, [broker], seams=SEAMS, sweeps=SweepTimes(working=1e9, idle=1e9))
    await gateway.start()
    try:
        one = Desk(gateway, sandbox)
        await until(lambda: one.link is LinkState.UP)
        yield one
    finally:
        await gateway.stop(grace=1.0)


@asynccontextmanager
async def desk(tmp_path: Path, options: dict[str, Any] | None = None, **settings: Any) -> AsyncIterator[Desk]:
    async with TwsSandbox(TwsSettings(**settings)) as sandbox:
        sandbox.set_quote("AAPL", "199.99", "200.01")
        async with serving(tmp_path / "journal.db", sandbox, **(options or {})) as one:
            yield one
