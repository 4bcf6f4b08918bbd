"""A journal as a busy account leaves it, made by the engine's own book and written by the real store.

Two in three events are an order's way to the market, one is its fill; a few orders are still open at the end.
"""

import asyncio
import hashlib
import shutil
import sys
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from bench.children import ROOT
from bench.result import OUT
from brokerwire_server.app import DATABASE
from brokerwire_server.domain.accounts import Account, Activity, ActivityType
from brokerwire_server.domain.connections import Connection, Environment
from brokerwire_server.domain.events import OrderEventType
from brokerwire_server.domain.fills import Liquidity
from brokerwire_server.domain.instruments import AssetClass, Instrument
from brokerwire_server.domain.orders import OrderRequest, OrderState, OrderType, Side, TimeInForce
from brokerwire_server.domain.reports import FillReport, StatusReport
from brokerwire_server.engine.accounts import Accounts, Link, ManagedAccount
from brokerwire_server.engine.book import Book
from brokerwire_server.engine.drafts import draft, fingerprint
from brokerwire_server.engine.intake import Intake
from brokerwire_server.engine.seams import Ids, Seams, system_seams
from brokerwire_server.engine.tasks import Tasks
from brokerwire_server.engine.telemetry import Telemetry
from brokerwire_server.store.sqlite import SqliteStore

OPEN_ORDERS = 100
FLUSH_EVENTS = 3_000
SPACING = 2_000_000_000
"""Nanoseconds between two orders: 1,000,000 events are a week."""

_SYMBOLS = ("AAPL", "MSFT", "AMZN", "NVDA", "META", "GOOGL", "TSLA", "SPY")
_MADE_FROM = ("bench/journal.py", "server/brokerwire_server/domain", "server/brokerwire_server/store/migrations")


def cached(events: int) -> Path:
    """Return a folder with a journal of `events` events; it is made where it is missing, which takes a while."""
    folder = OUT / f"journal-{events}-{_digest()}"
    if not (folder / "complete").exists():
        for old in OUT.glob(f"journal-{events}-*"):
            shutil.rmtree(old)
        folder.mkdir(parents=True)
        asyncio.run(_build(folder, events))
        (folder / "complete").touch()
    return folder


def _digest() -> str:
    digest = hashlib.sha256()
    for name in _MADE_FROM:
        path = ROOT / name
        for file in sorted(path.rglob("*.py")) if path.is_dir() else [path]:
            digest.update(file.read_bytes())
    return digest.hexdigest()[:12]


class _Trading:
    """An account that trades, in simulated time."""

    def __init__(self, store: SqliteStore, orders: int) -> None:
        self.time = system_seams().now() - orders * SPACING
        real = system_seams()
        seams = Seams(now=lambda: self.time, monotonic=real.monotonic, sleep=real.sleep, rng=real.rng)
        self._ids = Ids(seams)
        account = Account(
            account_id="paper",
            connection_id="paper",
            broker="paper",
            environment=Environment.PAPER,
            name="Paper account",
            broker_account_id="paper",
            open_time=self.time,
        )
        self.book = Book(account, store, seams.now, sequence=0, head=bytes(32))
        connection = Connection(connection_id="paper", broker="paper", environment=Environment.PAPER)
        adapter: Any = SimpleNamespace(broker="paper")
        self._account = ManagedAccount(self.book, Link(adapter, connection))
        accounts = Accounts()
        accounts.add(self._account)
        tools: dict[str, Any] = {"seams": seams, "ids": self._ids, "tasks": Tasks(), "telemetry": Telemetry()}
        self._intake = Intake(accounts, store, **tools)

    def open(self) -> None:
        """Open the account with a deposit."""
        self.book.stage_opened(self.book.account)
        deposit = Activity(
            activity_id="deposit",
            account_id="paper",
            type=ActivityType.DEPOSIT,
            amount=Decimal(1_000_000_000),
            time=self.time,
        )
        self.book.stage_activity(deposit)

    def order(self, number: int, *, filled: bool) -> None:
        """Submit an order: buys and sells in turn, so that positions come and go."""
        self.time += SPACING
        buying = number // len(_SYMBOLS) % 2 == 0 or not filled
        price = Decimal(100 if filled else 1) + Decimal(number % 100) / 100
        request = OrderRequest(
            account_id="paper",
            client_order_id=f"history-{number:010d}",
            instrument=Instrument(symbol=_SYMBOLS[number % len(_SYMBOLS)], asset_class=AssetClass.EQUITY),
            side=Side.BUY if buying else Side.SELL,
            type=OrderType.LIMIT,
            time_in_force=TimeInForce.GTC,
            quantity=Decimal(10),
            limit_price=price,
            tags={"strategy": "mean-reversion-17"},
        )
        (drafted,) = draft(request, self._ids, self.time, fingerprint(request))
        order = self.book.stage_order(drafted, OrderEventType.SUBMITTED)
        about: dict[str, Any] = {
            "account_id": "paper",
            "broker_client_order_id": order.broker_client_order_id,
            "broker_order_id": f"sim-{order.broker_client_order_id}",
        }
        self.time += 1_000_000
        working = StatusReport(**about, state=OrderState.WORKING, broker_status="working", time=self.time)
        self._intake.order_report(self._account, working)
        if not filled:
            return
        self.time += 1_000_000
        fill = FillReport(
            **about,
            execution_id=f"history-{number:010d}",
            instrument=order.instrument,
            side=order.side,
            quantity=Decimal(10),
            price=price,
            liquidity=Liquidity.MAKER,
            venue="SIMULATOR",
            time=self.time,
        )
        self._intake.order_report(self._account, fill)


async def _build(folder: Path, events: int) -> None:
    store = SqliteStore(folder / DATABASE, new_epoch=lambda: 1)
    await store.open()
    orders = (events - 2 - 2 * OPEN_ORDERS) // 3
    trading = _Trading(store, orders)
    trading.open()
    for number in range(orders + OPEN_ORDERS):
        trading.order(number, filled=number < orders)
        if trading.book.sequence % FLUSH_EVENTS < 3:
            await trading.book.durable()
    await trading.book.durable()
    await store.close()


if __name__ == "__main__":
    print(cached(int(sys.argv[1])))
