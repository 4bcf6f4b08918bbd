"""A broker across a network that is not there: its accounts, keys and moods are in this module's `World`.

It is a kind like any other, so that connections to it can be made, rotated and deleted.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from msgspec.structs import replace

from brokerwire_server.brokers.base import BrokerKind, BrokerSnapshot, Field
from brokerwire_server.domain.accounts import Account, AccountState, Balances
from brokerwire_server.domain.connections import Check, Environment, LinkState
from brokerwire_server.domain.errors import InvalidRequestError, NotFoundError, Violation
from brokerwire_server.domain.reports import AccountsReport, LinkReport
from tests.support.scripted_broker import CAPABILITIES, ScriptedBroker

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from brokerwire_server.brokers.base import KnownAccount, ReportSink, Tools
    from brokerwire_server.domain.connections import ConnectionSpec
    from brokerwire_server.domain.positions import Position
    from brokerwire_server.domain.secrets import Secret

BROKER = "faraway"


class World:
    """The broker's side. `accounts` gives each good pair of keys the account number that it opens."""

    def __init__(self) -> None:
        self.accounts: dict[tuple[str, str], str] = {}
        self.reachable = True
        self.hangs = False
        self.cash = Decimal(0)
        self.positions: list[Position] = []
        self.started: list[RemoteBroker] = []

    @property
    def kind(self) -> BrokerKind:
        return BrokerKind(
            broker=BROKER,
            display_name="Faraway",
            notes="Nobody trades here.",
            environments=(Environment.PAPER, Environment.LIVE),
            credential=(
                Field(name="api_key", about="the key's name: faraway.example, Settings, Keys"),
                Field(name="secret_key", about="shown once, when the key is made", secret=True),
            ),
            settings=(Field(name="base_url", about="where it listens", default="https://faraway.example"),),
            create=self.create,
            capabilities=CAPABILITIES,
        )

    def create(self, spec: ConnectionSpec, credential: Mapping[str, Secret], tools: Tools) -> RemoteBroker:
        key = credential["api_key"].reveal()
        if key.startswith("LIVE") is not (spec.environment is Environment.LIVE):
            text = f"{key} is not a key for {spec.environment.value.lower()}"
            raise InvalidRequestError.of(Violation("credentials.api_key", "ENVIRONMENT_MISMATCH", text))
        return RemoteBroker(self, spec, credential, tools)


class RemoteBroker(ScriptedBroker):
    """One connection to the world."""

    broker = BROKER

    def __init__(self, world: World, spec: ConnectionSpec, credential: Mapping[str, Secret], tools: Tools) -> None:
        super().__init__()
        self.tools = tools
        self.world = world
        self.connection_id = spec.connection_id
        self.environment = spec.environment
        self.keys = (credential["api_key"].reveal(), credential["secret_key"].reveal())
        self.stopped = False

    async def start(self, sink: ReportSink, known: Sequence[KnownAccount]) -> Sequence[Account]:
        self.sink, self.known = sink, known
        self.world.started.append(self)
        if self.world.hangs:
            await _for_ever()
        if not self.world.reachable:
            self._say(LinkState.DOWN, "connection refused")
            return [each.account for each in known]
        if self.keys not in self.world.accounts:
            self._say(LinkState.AUTH_REQUIRED, f"401: no such key: {self.keys[1]}")
            return [each.account for each in known]
        self._say(LinkState.UP, "")
        return [self.account]

    def arrive(self) -> None:
        """Reach the broker after all."""
        self._say(LinkState.UP, "")
        self.sink(AccountsReport(connection_id=self.connection_id, accounts=(self.account,)))

    @property
    def account(self) -> Account:
        return Account(
            account_id=self.connection_id,
            connection_id=self.connection_id,
            broker=BROKER,
            environment=self.environment,
            broker_account_id=self.world.accounts[self.keys],
        )

    def _say(self, state: LinkState, detail: str) -> None:
        self.sink(LinkReport(connection_id=self.connection_id, state=state, detail=detail))

    async def stop(self) -> None:
        self.stopped = True

    async def snapshot(self, account_id: str, since: int) -> BrokerSnapshot:
        if not self.world.reachable or self.keys not in self.world.accounts:
            raise NotFoundError("BROKER_UNAVAILABLE", "no books today")
        state = AccountState(account=self.account, balances=Balances(cash=self.world.cash))
        return BrokerSnapshot(
            orders=tuple(self.open_orders),
            fills=tuple(self.fills),
            positions=tuple(replace(p, account_id=account_id) for p in self.world.positions),
            account=state,
        )

    async def account_state(self, account_id: str) -> AccountState:
        return AccountState(account=self.account, balances=Balances(cash=self.world.cash))

    async def check(self) -> Sequence[Check]:
        good = self.world.reachable and self.keys in self.world.accounts
        detail = "account readable" if good else f"refused {self.keys[1]}"
        return [Check(name="credentials", ok=good, detail=detail)]


class Kinds:
    """An installation with the kinds that a test gives it."""

    def __init__(self, *kinds: BrokerKind) -> None:
        self._kinds = {kind.broker: kind for kind in kinds}

    def kinds(self) -> Sequence[BrokerKind]:
        return list(self._kinds.values())

    def unavailable(self) -> Mapping[str, str]:
        return {"mainframe": "mainframe needs a package: pip install 'brokerwire[server,mainframe]'"}

    def find(self, broker: str) -> BrokerKind | None:
        return self._kinds.get(broker)

    def get(self, broker: str) -> BrokerKind:
        if broker not in self._kinds:
            raise NotFoundError("BROKER_NOT_FOUND", f"no broker {broker}", metadata={"broker": broker})
        return self._kinds[broker]


async def _for_ever() -> None:
    import asyncio

    await asyncio.Event().wait()
