"""Joins connections with the accounts behind them, at the start, when they are made, replaced and taken away.

A book outlives its link: an account keeps its journal, gaps and streams while adapters come and go.
"""

import asyncio
import logging
from collections.abc import Sequence

from msgspec.structs import replace

from brokerwire_server.brokers.base import BrokerAdapter, KnownAccount
from brokerwire_server.domain.accounts import Account, AccountStatus
from brokerwire_server.domain.connections import Connection, ConnectionOrigin, ConnectionSpec, FeedKind, LinkState
from brokerwire_server.domain.errors import BrokerwireError
from brokerwire_server.domain.reports import AccountsReport, AnyReport, LinkReport
from brokerwire_server.domain.secrets import Secret, scrub
from brokerwire_server.engine.accounts import Accounts, Link, ManagedAccount
from brokerwire_server.engine.book import Book
from brokerwire_server.engine.connections import Connections
from brokerwire_server.engine.detached import DetachedBroker
from brokerwire_server.engine.intake import Intake
from brokerwire_server.engine.reconciler import Reconciler
from brokerwire_server.engine.seams import Seams
from brokerwire_server.engine.tasks import Tasks
from brokerwire_server.store.base import Store

START_TIMEOUT = 15.0
"""Seconds that a broker across a network has to start. Its contract is a few; this guards the others against it."""

STOP_TIMEOUT = 10.0
RETRY_DELAY = 10.0
"""Seconds until an adapter that failed to start is started again."""

_log = logging.getLogger(__name__)


class Linker:
    """Starts and stops adapters, and ties each to its accounts."""

    def __init__(
        self,
        accounts: Accounts,
        connections: Connections,
        intake: Intake,
        reconciler: Reconciler,
        store: Store,
        *,
        seams: Seams,
        tasks: Tasks,
    ) -> None:
        """Serve `accounts` through `connections`."""
        self._accounts = accounts
        self._connections = connections
        self._intake = intake
        self._reconciler = reconciler
        self._store = store
        self._seams = seams
        self._tasks = tasks
        self._gates: dict[str, _Gate] = {}
        self._absent: dict[str, Link] = {}

    # --- books ---------------------------------------------------------------------------------------------------

    def adopt(self, book: Book) -> None:
        """Serve a restored account, detached until its connection is made."""
        account = book.account
        link = self._absent.get(account.connection_id)
        if link is None:
            detail = (
                f"connection {account.connection_id} is neither configured nor stored: configure it again, or make it "
                "with CreateConnection"
            )
            link = self._absent[account.connection_id] = _absent(account, detail, self._seams.now())
        self._accounts.add(ManagedAccount(book, link))

    def accounts_of(self, link: Link) -> list[ManagedAccount]:
        """Return the accounts behind a link."""
        return [account for account in self._accounts if account.link is link]

    def show_absent(self) -> None:
        """List the connections that restored accounts miss; those that a person deleted have closed accounts only."""
        for connection_id, link in self._absent.items():
            mine = self.accounts_of(link)
            trades = any(account.book.account.status is not AccountStatus.CLOSED for account in mine)
            if trades and self._connections.find(connection_id) is None:
                _log.warning("accounts have no connection", extra={"connection_id": connection_id, "count": len(mine)})
                self._connections.add(link)
                self._connections.serve(connection_id, [account.account_id for account in mine])
        self._absent.clear()

    # --- life of a link ------------------------------------------------------------------------------------------

    async def connect(
        self,
        adapter: BrokerAdapter,
        *,
        origin: ConnectionOrigin = ConnectionOrigin.BUILT_IN,
        spec: ConnectionSpec | None = None,
        secrets: Sequence[Secret] = (),
        reopen: bool = False,
    ) -> Link:
        """Make a link, give it the accounts that were known under its id, and start its adapter.

        A broker that is not embedded can't fail this: its link says what is wrong, and it is tried again. With
        `reopen`, accounts that were closed with their connection trade again.
        """
        connection = Connection(
            connection_id=adapter.connection_id,
            broker=adapter.broker,
            environment=adapter.environment,
            since=self._seams.now(),
            origin=origin,
            display_name=spec.display_name if spec else "",
            settings=spec.settings if spec else {},
        )
        link = Link(adapter, connection, secrets)
        self._connections.add(link)
        for account in self._accounts:
            known = account.book.account
            if (known.connection_id, known.broker, known.environment) == (
                adapter.connection_id,
                adapter.broker,
                adapter.environment,
            ):
                account.link = link
                if reopen and account.book.account.status is AccountStatus.CLOSED:
                    account.book.stage_status(AccountStatus.ACTIVE)
        await self._start(link)
        return link

    async def replace(self, link: Link, adapter: BrokerAdapter, secrets: Sequence[Secret]) -> None:
        """Put another adapter in a link's place. What happens in between is a gap, and swept up."""
        await self._disconnect(link, "its credential is being replaced")
        link.adapter, link.secrets = adapter, tuple(secrets)
        await self._start(link)

    async def remove(self, link: Link, detail: str) -> list[ManagedAccount]:
        """Take a link away. Its accounts are closed and stay readable; they are returned."""
        await self._disconnect(link, detail)
        mine = self.accounts_of(link)
        for account in mine:
            account.link = _absent(account.book.account, detail, self._seams.now())
            account.book.stage_status(AccountStatus.CLOSED)
        self._connections.remove(link.connection.connection_id)
        return mine

    async def stop(self) -> None:
        """Stop every adapter."""
        links = self._connections.links()
        await asyncio.gather(*(self._stop(link.adapter) for link in links))

    async def _start(self, link: Link) -> None:
        adapter, gate = link.adapter, _Gate(self._intake, link)
        self._gates[adapter.connection_id] = gate
        known = [known_account(account.book) for account in self.accounts_of(link)]
        if adapter.embedded:
            reached = await adapter.start(gate, known)
        else:
            try:
                async with asyncio.timeout(START_TIMEOUT):
                    reached = await adapter.start(gate, known)
            except Exception as error:  # one broker's trouble must not stop the gateway, whatever it is
                self._failed(link, gate, error)
                return
        self._reach(link, reached)
        gate.open()
        link.connection = replace(link.connection, feed=self._feed(adapter, reached))
        if adapter.embedded and link.connection.link is LinkState.DOWN:
            link.connection = replace(link.connection, link=LinkState.UP)

    def _failed(self, link: Link, gate: "_Gate", error: Exception) -> None:
        gate.close()
        _log.warning(
            "a connection could not be started, and is tried again",
            extra={"connection_id": link.connection.connection_id, "reason": type(error).__name__},
        )
        if isinstance(error, BrokerwireError):
            words = scrub(error.message, link.secrets)
        else:
            words = f"its adapter did not start ({type(error).__name__})"
        self._report(link, LinkState.DOWN, f"{words}; the gateway tries again")
        self._tasks.spawn(self._again(link, link.adapter))

    async def _again(self, link: Link, adapter: BrokerAdapter) -> None:
        await self._stop(adapter)
        await self._seams.sleep(RETRY_DELAY)
        if link.adapter is adapter and link in self._connections.links():
            await self._start(link)

    async def _disconnect(self, link: Link, detail: str) -> None:
        await self._stop(link.adapter)
        if gate := self._gates.pop(link.connection.connection_id, None):
            gate.close()
        self._report(link, LinkState.DOWN, detail)

    async def _stop(self, adapter: BrokerAdapter) -> None:
        try:
            async with asyncio.timeout(STOP_TIMEOUT):
                await adapter.stop()
        except Exception as error:  # it is not asked again, whatever it did
            extra = {"connection_id": adapter.connection_id, "reason": type(error).__name__}
            _log.warning("an adapter did not stop in order", extra=extra)

    def _report(self, link: Link, state: LinkState, detail: str) -> None:
        report = LinkReport(connection_id=link.connection.connection_id, state=state, detail=detail)
        self._connections.report(report)

    def _feed(self, adapter: BrokerAdapter, accounts: Sequence[Account]) -> FeedKind:
        return adapter.capabilities(accounts[0].account_id).feed if accounts else FeedKind.PUSH

    # --- accounts ------------------------------------------------------------------------------------------------

    def reached(self, report: AccountsReport) -> None:
        """Serve accounts that a connection reached only after it was made."""
        link = self._connections.get(report.connection_id)
        for managed in self._reach(link, report.accounts):
            self._reconciler.request(managed)

    def _reach(self, link: Link, accounts: Sequence[Account]) -> list[ManagedAccount]:
        served = []
        for account in accounts:
            if problem := self._conflict(account, link):
                self._refuse(link, problem)
                return []
            served.append(self.register(account, link))
        self._connections.serve(link.connection.connection_id, [account.account_id for account in accounts])
        return served

    def _conflict(self, account: Account, link: Link) -> str:
        """Say why an account can't be served through a link: one journal is one account at one broker, for ever."""
        managed = self._accounts.find(account.account_id)
        if managed is None:
            return ""
        known = managed.book.account
        if managed.link is not link:
            return f"account id {account.account_id} is taken by connection {known.connection_id}"
        if identity(known) != identity(account):
            return (
                f"the credential reaches another account at {account.broker} than the journal of {account.account_id} "
                "is about: bring back the former credential, or make a connection with another id"
            )
        return ""

    def _refuse(self, link: Link, problem: str) -> None:
        """Serve nothing through a link that would mix two accounts up."""
        connection = link.connection
        self._tasks.spawn(self._stop(link.adapter))
        if gate := self._gates.pop(connection.connection_id, None):
            gate.close()
        link.adapter = DetachedBroker(
            connection_id=connection.connection_id,
            broker=connection.broker,
            environment=connection.environment,
            detail=problem,
        )
        self._report(link, LinkState.AUTH_REQUIRED, problem)

    def register(self, account: Account, link: Link) -> ManagedAccount:
        """Serve an account that is reached through `link`; journal it where it is new."""
        managed = self._accounts.find(account.account_id)
        if managed is None:
            book = Book(account, self._store, self._seams.now, sequence=0, head=bytes(32))
            managed = ManagedAccount(book, link)
            self._accounts.add(managed)
            book.stage_opened(account)
            self._intake.admit(account.account_id)
        elif managed.book.account != account:
            managed.book.account = account
            managed.book.stage_opened(account)
        return managed


def known_account(book: Book) -> KnownAccount:
    """Return what an adapter is told about an account when it starts."""
    return KnownAccount(
        account=book.account,
        cash=book.cash,
        positions=tuple(book.positions.values()),
        open_orders=tuple(book.orders.open()),
        activities=tuple(book.activities),
        last_execution_time=book.last_execution_time,
        recent_fills=book.recent_fills(),
    )


def identity(account: Account) -> tuple[str, str, str]:
    """Return what tells an account from every other one, over all connections."""
    return account.broker, account.environment.value, account.broker_account_id


def _absent(account: Account, detail: str, now: int) -> Link:
    adapter = DetachedBroker(
        connection_id=account.connection_id,
        broker=account.broker,
        environment=account.environment,
        detail=detail,
    )
    connection = Connection(
        connection_id=account.connection_id,
        broker=account.broker,
        environment=account.environment,
        detail=detail,
        since=now,
        origin=ConnectionOrigin.CONFIGURATION,
    )
    return Link(adapter, connection)


class _Gate:
    """Between an adapter and the intake: holds reports until the accounts that they are about are registered.

    It keeps the credential out of what the adapter says about its link, and is closed for good when it is stopped.
    """

    def __init__(self, intake: Intake, link: Link) -> None:
        self._intake = intake
        self._link = link
        self._held: list[AnyReport] | None = []
        self._closed = False

    def __call__(self, report: AnyReport) -> None:
        if self._closed:
            return
        if isinstance(report, LinkReport):
            report = replace(report, detail=scrub(report.detail, self._link.secrets))
        if self._held is None:
            self._intake(report)
        else:
            self._held.append(report)

    def open(self) -> None:
        held, self._held = self._held or [], None
        for report in held:
            self(report)

    def close(self) -> None:
        self._closed = True
