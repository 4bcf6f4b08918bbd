"""The API as doors see it: a table of methods, and two ways to call them."""

from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any

from google.protobuf.message import Message

from brokerwire_server.api.accounts import AccountService
from brokerwire_server.api.brokers import BrokerService
from brokerwire_server.api.dispatch import Dispatcher, Limits
from brokerwire_server.api.events import EventService
from brokerwire_server.api.market_data import MarketDataService
from brokerwire_server.api.methods import Call, Method, Reply, build
from brokerwire_server.api.observer import Observer
from brokerwire_server.api.orders import OrderService
from brokerwire_server.api.positions import PositionService
from brokerwire_server.api.reads import Reads
from brokerwire_server.api.risk import RiskService
from brokerwire_server.api.simulator import SimulatorService
from brokerwire_server.api.system import SystemService
from brokerwire_server.engine.gateway import Gateway

PACKAGE = "brokerwire.v1"


class Api:
    """All services of one gateway. `methods` is the table from which doors make their endpoints."""

    def __init__(
        self,
        gateway: Gateway,
        *,
        version: str,
        instance_id: str,
        observer: Observer | None = None,
        doors: Callable[[], Sequence[str]] | Sequence[str] = (),
        limits: Limits | None = None,
    ) -> None:
        """Serve `gateway`.

        Args:
            gateway: the engine; it may start later.
            version: the program's, for GetServerInfo.
            instance_id: names this process.
            observer: is told of every call.
            doors: further addresses to show in GetServerInfo, as "grpc HOST:PORT" or "http HOST:PORT": a proxy's. The
                doors of this process add their own with `listening`.
            limits: how much is admitted at once.

        Raises:
            MissingMethodError: a method of the contract has no implementation.
        """
        self._gateway = gateway
        self._doors = doors
        self._listeners: list[tuple[str, str]] = []
        reads = Reads(gateway)
        accounts = AccountService(gateway, reads)
        self.methods = build(
            {
                "AccountService": accounts,
                "BrokerService": BrokerService(gateway, reads),
                "EventService": EventService(gateway, reads),
                "MarketDataService": MarketDataService(gateway, reads),
                "OrderService": OrderService(gateway, reads),
                "PositionService": PositionService(gateway, reads),
                "RiskService": RiskService(gateway),
                "SimulatorService": SimulatorService(gateway, reads, accounts),
                "SystemService": SystemService(
                    gateway, reads, program=version, instance_id=instance_id, listeners=self._listening
                ),
            }
        )
        self.limits = limits or Limits()
        self._dispatcher = Dispatcher(gateway.drain, observer, self.limits)

    @property
    def healthy(self) -> bool:
        """Whether new orders can be taken now."""
        return self._gateway.healthy

    @property
    def services(self) -> tuple[str, ...]:
        """The full names of the services."""
        return tuple(dict.fromkeys(method.service for method in self.methods))

    def listening(self, protocol: str, address: str) -> None:
        """Note that a door listens: "grpc" or "http", and its address."""
        self._listeners.append((protocol, address))

    async def unary(self, method: Method, request: Message | bytes, call: Call) -> Message:
        """Carry out a call with one answer. Raises `CallError` with the status to send."""
        return await self._dispatcher.unary(method, request, call)

    def stream(self, method: Method, request: Message | bytes | AsyncIterator[Any], call: Call) -> AsyncIterator[Reply]:
        """Yield the responses of a streaming call. Raises `CallError` with the status to send."""
        return self._dispatcher.stream(method, request, call)

    def _listening(self) -> Sequence[tuple[str, str]]:
        others = self._doors() if callable(self._doors) else self._doors
        return [*self._listeners, *((p, a) for p, _, a in (text.partition(" ") for text in others))]
