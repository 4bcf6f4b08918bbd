"""All that one scenario plays on: a real gateway, what is put between, and a driver."""

from __future__ import annotations

import sqlite3
import warnings
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, Self

import brokerwire
from tests.clients.driver import DriverProcess
from tests.clients.proxy import FaultProxy
from tests.clients.relay import Relay
from tests.support.processes import GatewayProcess, wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.clients.languages import Language

FLAGS = ("--market-hours", "always", "--log-level", "warning", "--set", "server.grace=2")
CASH = 10_000_000


class Gateway:
    """A gateway process that may be stopped, killed and started again, on its data or on none."""

    def __init__(self, folder: Path) -> None:
        """Start it."""
        self._folder = folder
        self._fresh = 0
        self._running: GatewayProcess | None = None
        self.start()

    @property
    def address(self) -> str:
        """Where it listens; another after each start."""
        assert self._running is not None
        return self._running.grpc

    def _data(self) -> Path:
        return self._folder / f"data-{self._fresh}"

    def start(self) -> None:
        """Start it on the data that there is."""
        self._running = GatewayProcess(self._data(), *FLAGS)

    def stop(self) -> None:
        """Ask it to end, as an operator does, and wait until it has."""
        assert self._running is not None
        with self._running as running:
            assert running.stop() == 0
        self._running = None

    def kill(self) -> None:
        """End it as a crash does."""
        assert self._running is not None
        with self._running as running:
            running.process.kill()
        self._running = None

    def fresh(self) -> None:
        """Take another data directory, as after the loss of a disk. It must not be running."""
        self._fresh += 1

    def compact(self, account: str) -> None:
        """Move the start of an account's journal to its end, as a compaction leaves it. It must not be running."""
        with sqlite3.connect(next(self._data().glob("*.db"))) as database:
            moved = "UPDATE accounts SET first_sequence = head_sequence WHERE account_id = ?"
            assert database.execute(moved, (account,)).rowcount == 1
        database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._running is not None:
            self._running.__exit__()


class Stage:
    """One scenario's surroundings. The account is its own, so that a gateway can be shared."""

    def __init__(self, gateway: Gateway, language: Language, account: str, folder: Path, relay: dict[str, Any]) -> None:
        """Put everything up."""
        self.gateway = gateway
        self.account = account
        self._closing = ExitStack()
        self.operator = self._operator()
        self.open_account()
        front = gateway.address
        self.relay = self._closing.enter_context(Relay(front, **relay)) if relay else None
        self.proxy = self._closing.enter_context(FaultProxy(self.relay.address if self.relay else front))
        self.driver = self._closing.enter_context(DriverProcess(language, folder / "driver.log"))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.close()
        self.operator.close()

    def _operator(self) -> brokerwire.Client:
        return brokerwire.connect(self.gateway.address, account=self.account, timeout=30)

    def open_account(self) -> None:
        """Open the scenario's account."""
        self.operator.simulator.open_account(self.account, cash=CASH)

    def change_gateway(self, *actions: str) -> None:
        """Stop, kill, compact, or start the gateway anew, in the order given; clients wait outside meanwhile."""
        self.proxy.refuse(refusing=True)
        self.operator.close()
        for action in actions:
            if action == "start":
                self.gateway.start()
                self.operator = self._operator()
            elif action == "compact":
                self.gateway.compact(self.account)
            else:
                {"stop": self.gateway.stop, "kill": self.gateway.kill, "fresh": self.gateway.fresh}[action]()
        if "fresh" in actions:
            self.open_account()
        self.proxy.upstream = self.gateway.address
        self.proxy.refuse(refusing=False)

    def place(self, count: int, order: dict[str, Any]) -> None:
        """Submit that many orders past the client under test, and wait until the gateway has them."""
        with self.operator.session() as session:
            for future in [session.submit(**order) for _ in range(count)]:
                future.result(60)

    def await_order(self, client_order_id: str) -> None:
        """Wait until the gateway has taken note of an order."""

        def known() -> bool:
            try:
                return bool(self.operator.get_order(client_order_id=client_order_id))
            except brokerwire.NotFound:
                return False

        wait_until(known)

    def order_events(self) -> Iterator[int]:
        """Give the sequences of the account's order events, oldest first."""
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            for event in self.operator.events(page_size=1000):
                if event.type in {"order", "fill"}:
                    yield event.sequence
