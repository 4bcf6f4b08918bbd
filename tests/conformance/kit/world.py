"""The world of a case: a real gateway on a real database, the adapter behind it, and the broker in the rig's hands."""

from __future__ import annotations

import asyncio
import functools
import random
import time
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from brokerwire_server.domain.connections import LinkState
from brokerwire_server.domain.instruments import Instrument
from brokerwire_server.domain.orders import (
    ExitTerms,
    OrderClass,
    OrderRequest,
    OrderTerms,
    OrderType,
    Side,
    TimeInForce,
)
from brokerwire_server.engine.commands import OrderKey
from brokerwire_server.engine.gateway import Gateway
from brokerwire_server.engine.reconciler import SweepTimes
from brokerwire_server.engine.seams import Seams
from brokerwire_server.store.sqlite import SqliteStore
from tests.conformance.kit.reader import Reader
from tests.support.policies import unlimited

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection
    from pathlib import Path

    from brokerwire_server.brokers.base import BrokerAdapter
    from brokerwire_server.domain.connections import Break, BreakType
    from brokerwire_server.domain.orders import Order, OrderState
    from brokerwire_server.engine.accounts import ManagedAccount
    from brokerwire_server.engine.actions import ActionResult
    from brokerwire_server.engine.book import Book
    from brokerwire_server.engine.desk import Submission
    from tests.conformance.kit.rig import Rig

SPEED = 50
"""How many seconds of the engine's and the adapter's waiting pass in one real one."""

PATIENCE = 15.0
"""Real seconds within which what must come has come. Nothing waits that long unless it never comes."""

SYMBOL = "AAPL"
BID, ASK = "100", "100.02"
BELOW, ABOVE = "99", "101"
"""Prices at which orders rest in the market that a case begins with."""

NEVER = SweepTimes(working=1e9, idle=1e9)


def seams(now: Callable[[], int] = time.time_ns) -> Seams:
    """Return real time with waiting sped up, and seeded randomness."""

    async def sleep(seconds: float) -> None:
        await asyncio.sleep(seconds / SPEED)

    return Seams(now=now, monotonic=lambda: time.monotonic() * SPEED, sleep=sleep, rng=random.Random(1))


class World:
    """What a case acts in. Its checks after the case are in `promises`.

    A case says what it leaves in doubt: `doubtful` (client order ids) and `breaks` (kinds that may stay open).
    `neighbours` are further connections of the same gateway, from its next start on.
    """

    def __init__(self, rig: Rig, directory: Path, *, sweeping: bool = True) -> None:
        self.rig = rig
        self.path = directory / "brokerwire.db"
        self.sweeps = SweepTimes() if sweeping else NEVER
        self.reader = Reader(rig.account_id)
        self.doubtful: set[str] = set()
        self.breaks: set[BreakType] = set()
        self.gateway: Gateway
        self.running = False
        self.neighbours: list[Callable[[], BrokerAdapter]] = []

    # --- life ---

    async def start(self, *, up: bool = True) -> None:
        """Start a gateway on the database, and wait until its link is up unless it can't be."""
        store = SqliteStore(self.path, new_epoch=lambda: 42)
        adapters = [self.rig.adapter(), *(make() for make in self.neighbours)]
        # What a broker refuses is what is tried here, so the gateway's own limits must not come before it.
        self.gateway = Gateway(
            store, adapters, seams=seams(self.rig.our_time), sweeps=self.sweeps, policies=[unlimited()]
        )
        await self.gateway.start()
        self.running = True
        await until(lambda: self.gateway.accounts.find(self.rig.account_id))
        self.reader.follow(self.gateway)
        if up:
            await until(lambda: self.account.link.connection.link is LinkState.UP)

    async def stop(self) -> None:
        """Stop the gateway in good order."""
        self.running = False
        self.gateway.drain.begin("the case stops the gateway")
        await self.reader.leave()
        await self.gateway.stop(grace=1.0)

    async def crash(self) -> None:
        """Stop the gateway as abruptly as one can within a process: no goodbye, nothing settled."""
        self.running = False
        await self.reader.leave()
        await self.gateway.tasks.finish(0.0)
        await self.gateway.store.close()
        for link in self.gateway.connections.links():
            await link.adapter.stop()

    async def close(self) -> None:
        """Leave nothing behind, however the case ended."""
        if self.running:
            await self.rig.calm()
            await self.stop()

    # --- what a client does ---

    async def submit(self, client_order_id: str = "one", **changes: Any) -> Order:
        """Submit an order, by default one that rests: buy 10 at 99."""
        return (await self.submission(client_order_id, **changes)).order

    async def submission(self, client_order_id: str = "one", **changes: Any) -> Submission:
        """Submit an order and return the whole answer."""
        return await self.gateway.desk.submit(self.request(client_order_id, **changes))

    def submitting(self, client_order_id: str = "one", **changes: Any) -> asyncio.Task[Submission]:
        """Submit an order without waiting for the answer."""
        return asyncio.get_running_loop().create_task(self.submission(client_order_id, **changes))

    def request(self, client_order_id: str = "one", **changes: Any) -> OrderRequest:
        """Return a request; numbers may be given as text."""
        fields: dict[str, Any] = {
            "account_id": self.rig.account_id,
            "client_order_id": client_order_id,
            "instrument": Instrument(symbol=SYMBOL),
            "side": Side.BUY,
            "type": OrderType.LIMIT,
            "time_in_force": TimeInForce.DAY,
            "quantity": "10",
            "limit_price": BELOW,
        }
        return OrderRequest(**{name: _number(value) for name, value in {**fields, **changes}.items()})

    async def cancel(self, client_order_id: str = "one") -> ActionResult:
        """Cancel an order."""
        return await self.gateway.actions.cancel(self.key(client_order_id))

    async def replace(self, client_order_id: str = "one", **terms: str) -> ActionResult:
        """Replace an order's terms."""
        numbers: dict[str, Any] = {name: Decimal(value) for name, value in terms.items()}
        wanted = OrderTerms(**numbers)
        return await self.gateway.actions.replace(self.key(client_order_id), wanted)

    def key(self, client_order_id: str) -> OrderKey:
        """Return what names an order."""
        return OrderKey(self.rig.account_id, client_order_id=client_order_id)

    async def hold(self, quantity: str = "10", client_order_id: str = "holding") -> None:
        """Buy shares, so that there is something to sell."""
        await self.submit(client_order_id, type=OrderType.MARKET, limit_price=None, quantity=quantity)
        await self.filled(client_order_id, quantity)

    # --- what a client sees ---

    @property
    def account(self) -> ManagedAccount:
        """The account as the gateway serves it."""
        return self.gateway.accounts.get(self.rig.account_id)

    @property
    def book(self) -> Book:
        """The account's live state."""
        return self.account.book

    def order(self, client_order_id: str = "one") -> Order:
        """Return an order as it stands; one that ended in an earlier run, as the stream told it."""
        order = self.book.orders.by_client_id(client_order_id) or self.reader.orders.get(client_order_id)
        assert order is not None, f"the gateway has no order {client_order_id}"
        return order

    def broker_id(self, client_order_id: str = "one") -> str:
        """Return the id that the broker got for an order."""
        return self.order(client_order_id).broker_client_order_id

    def held(self, symbol: str = SYMBOL) -> Decimal:
        """Return the position in a symbol."""
        position = self.book.positions.get(symbol)
        return Decimal(0) if position is None else position.quantity

    def open_breaks(self) -> list[Break]:
        """Return the open breaks."""
        return list(self.book.breaks.values())

    async def is_in(self, state: OrderState, client_order_id: str = "one") -> Order:
        """Wait until an order is in a state."""
        await until(
            lambda: self.order(client_order_id).state is state,
            lambda: f"{client_order_id} is {self.order(client_order_id).state}, not {state}",
        )
        return self.order(client_order_id)

    async def filled(self, client_order_id: str, quantity: str) -> Order:
        """Wait until so much of an order is filled."""
        wanted = Decimal(quantity)
        await until(
            lambda: self.order(client_order_id).filled_quantity == wanted,
            lambda: f"{self.order(client_order_id).filled_quantity} of {client_order_id} is filled, not {wanted}",
        )
        return self.order(client_order_id)

    # --- what happens ---

    async def trade(self, price: str = BELOW, quantity: str = "10") -> None:
        """Have so many units meet the resting orders at a price."""
        await self.rig.trade(SYMBOL, price, quantity)

    async def sweep(self) -> None:
        """Compare with the broker now."""
        await self.gateway.reconciler.sweep(self.account)

    async def all_in(self, states: Collection[OrderState], *client_order_ids: str) -> None:
        """Wait until each of these orders is in one of the states."""
        for name in client_order_ids:
            await until(
                functools.partial(self._is_one_of, name, states),
                functools.partial("{} is {}".format, name, self.order(name).state),
            )

    def _is_one_of(self, client_order_id: str, states: Collection[OrderState]) -> bool:
        return self.order(client_order_id).state in states

    async def restart(self, *, crash: bool = False, meanwhile: Callable[[], Awaitable[Any]] | None = None) -> None:
        """Stop or crash the gateway, let something happen, and start it again."""
        await (self.crash() if crash else self.stop())
        if meanwhile is not None:
            await meanwhile()
        await self.start()

    def bracket(self, client_order_id: str = "one", **changes: Any) -> OrderRequest:
        """Return a bracket: buy 10 at 99, take profit at 101, stop at 95."""
        fields: dict[str, Any] = {
            "order_class": OrderClass.BRACKET,
            "time_in_force": TimeInForce.GTC,
            "take_profit": ExitTerms(limit_price=Decimal(ABOVE)),
            "stop_loss": ExitTerms(stop_price=Decimal(95)),
        }
        return self.request(client_order_id, **{**fields, **changes})


def _number(value: Any) -> Any:
    return Decimal(value) if type(value) is str and value[:1].isdigit() else value


async def until(condition: Callable[[], Any], text: Callable[[], str] | None = None) -> None:
    """Wait until a condition holds; where it never does, say what was instead."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError("never came: " + (text() if text else "what the case waits for"))
        await asyncio.sleep(0.005)
