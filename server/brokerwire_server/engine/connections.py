"""Connections: the state of each link to a broker, and who watches it."""

import asyncio
from collections.abc import Callable, Iterable

from msgspec.structs import replace

from brokerwire_server.domain.access import Principal
from brokerwire_server.domain.connections import Connection, LinkState
from brokerwire_server.domain.errors import NotFoundError
from brokerwire_server.domain.events import ConnectionChanged, GapPhase, SourceGap
from brokerwire_server.domain.reports import LinkReport
from brokerwire_server.engine.access.permits import denied
from brokerwire_server.engine.accounts import Accounts, Link, ManagedAccount
from brokerwire_server.engine.acting import acting
from brokerwire_server.engine.seams import Seams
from brokerwire_server.engine.telemetry import Telemetry


class Connections:
    """All links by connection id. A change is journaled in each account of the connection."""

    def __init__(self, accounts: Accounts, seams: Seams, telemetry: Telemetry) -> None:
        """Start empty."""
        self._accounts = accounts
        self._seams = seams
        self._telemetry = telemetry
        self._links: dict[str, Link] = {}
        self._watchers: set[asyncio.Event] = set()
        self.revision = 0
        self.on_up: Callable[[ManagedAccount], None] = lambda _: None

    def add(self, link: Link) -> None:
        """Know a link from now on."""
        self._links[link.connection.connection_id] = link
        self._changed()

    def remove(self, connection_id: str) -> None:
        """Know a link no longer."""
        del self._links[connection_id]
        self._changed()

    def find(self, connection_id: str) -> Link | None:
        """Return a link, or `None`."""
        return self._links.get(connection_id)

    def links(self) -> list[Link]:
        """Return all links."""
        return list(self._links.values())

    def get(self, connection_id: str) -> Link:
        """Return a link. Raises `NotFoundError` naming the connections there are."""
        link = self._links.get(connection_id)
        if link is None:
            raise _not_found(connection_id, self._links)
        return link

    def reached(self) -> list[Link]:
        """Return the links to an account that the acting principal reaches; all, where it reaches all."""
        principal = acting()
        return [link for link in self.links() if not principal.accounts or _touches(link, principal)]

    def visible(self, connection_id: str) -> Link:
        """Return a link as `get` does, if it is among those that `reached` returns."""
        links = {link.connection.connection_id: link for link in self.reached()}
        if connection_id not in links:
            raise _not_found(connection_id, links)
        return links[connection_id]

    def owned(self, connection_id: str) -> Link:
        """Return a link whose accounts the acting principal reaches, all of them. Raises `DeniedError` besides."""
        link, principal = self.visible(connection_id), acting()
        if principal.accounts and not principal.accounts.issuperset(link.connection.account_ids):
            raise denied(principal, "account:*", "does not reach all accounts of this connection")
        return link

    def serve(self, connection_id: str, account_ids: Iterable[str]) -> None:
        """Note which accounts a connection reaches."""
        link = self._links[connection_id]
        link.connection = replace(link.connection, account_ids=tuple(account_ids))
        self._changed()

    def report(self, report: LinkReport) -> None:
        """Take a new state of a link: a DOWN opens a gap in each account, an UP after it has the accounts swept."""
        link = self._links.get(report.connection_id)
        if link is None:
            return
        before = link.connection.link
        now = self._seams.now()
        link.connection = replace(
            link.connection, link=report.state, detail=report.detail, since=now, last_upstream_time=now
        )
        self._telemetry.link_changed(report.connection_id, report.state.value)
        self._changed()
        for account in self._accounts:
            if account.link is link:
                self._tell(account, link.connection, before)

    def _tell(self, account: ManagedAccount, connection: Connection, before: LinkState) -> None:
        if connection.link is not before:
            account.book.stage(ConnectionChanged(connection=connection))
        if connection.link is LinkState.UP:
            if account.gap_from or before is not LinkState.UP:
                self.on_up(account)
        elif connection.link is not LinkState.DEGRADED and not account.gap_from:
            account.gap_from = connection.since
            gap = SourceGap(account_id=account.account_id, phase=GapPhase.OPENED, from_time=connection.since)
            account.book.stage(gap)

    def watch(self, waiter: asyncio.Event) -> None:
        """Set `waiter` at each change."""
        self._watchers.add(waiter)

    def unwatch(self, waiter: asyncio.Event) -> None:
        """Forget `waiter`."""
        self._watchers.discard(waiter)

    def _changed(self) -> None:
        self.revision += 1
        for waiter in self._watchers:
            waiter.set()


def _touches(link: Link, principal: Principal) -> bool:
    return not principal.accounts.isdisjoint(link.connection.account_ids)


def _not_found(connection_id: str, known: Iterable[str]) -> NotFoundError:
    names = ", ".join(sorted(known)) or "none"
    text = f"no connection {connection_id!r}; connections here: {names}"
    return NotFoundError("CONNECTION_NOT_FOUND", text, metadata={"connection_id": connection_id})
