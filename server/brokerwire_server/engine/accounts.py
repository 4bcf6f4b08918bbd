"""The accounts that the gateway serves, each with its book, its broker and how fresh its picture is."""

import asyncio
from collections.abc import Iterable, Iterator
from typing import Protocol

from brokerwire_server.brokers.base import BrokerAdapter
from brokerwire_server.domain.accounts import AccountStatus
from brokerwire_server.domain.connections import AccountSync, Connection
from brokerwire_server.domain.errors import NotFoundError, PreconditionError, UnavailableError
from brokerwire_server.domain.secrets import Secret
from brokerwire_server.engine.acting import acting
from brokerwire_server.engine.book import Book
from brokerwire_server.engine.chain import Chain
from brokerwire_server.engine.own_journal import OwnJournal


class Link:
    """A connection as it stands: its adapter, its state, and the credential that must not show.

    While it is `retiring`, its adapter is about to be stopped and takes no new orders.
    """

    __slots__ = ("adapter", "connection", "retiring", "secrets")

    def __init__(self, adapter: BrokerAdapter, connection: Connection, secrets: Iterable[Secret] = ()) -> None:
        """Join an adapter with its connection's state."""
        self.adapter = adapter
        self.connection = connection
        self.secrets = tuple(secrets)
        self.retiring = False


class Journaled(Protocol):
    """Whatever has a journal: an account, or the gateway itself."""

    @property
    def account_id(self) -> str:
        """Whose journal it is."""

    @property
    def book(self) -> Chain:
        """The journal's writing end."""

    def sync(self) -> AccountSync:
        """Return how fresh it is."""


class ManagedAccount:
    """One account: book, link and freshness."""

    __slots__ = ("balances_time", "book", "gap_from", "last_upstream_time", "last_verified_time", "link", "swept_time")

    def __init__(self, book: Book, link: Link) -> None:
        """Start with nothing verified yet."""
        self.book = book
        self.link = link
        self.last_upstream_time = 0
        self.last_verified_time = 0
        self.swept_time = 0
        self.gap_from = 0
        self.balances_time = 0

    def balances_read(self, since: int) -> None:
        """Note that the book has balances which the broker stated after `since`, and which cover its orders so far."""
        self.balances_time = max(self.balances_time, since)
        self.book.exposure.settle(since)

    @property
    def account_id(self) -> str:
        """The account's id."""
        return self.book.account.account_id

    @property
    def adapter(self) -> BrokerAdapter:
        """The broker's adapter."""
        return self.link.adapter

    @property
    def unopened(self) -> bool:
        """Whether what the account held before the gateway knew it is still to be taken over."""
        return not self.adapter.embedded and self.book.state is None

    def sync(self) -> AccountSync:
        """Return how fresh the picture of the account is."""
        connection = self.link.connection
        return AccountSync(
            account_id=self.account_id,
            link=connection.link,
            feed=connection.feed,
            last_upstream_time=self.last_upstream_time,
            last_verified_time=self.last_verified_time,
            unresolved_order_count=len(self.book.orders.doubtful()),
            open_break_count=len(self.book.breaks),
            detail=connection.detail,
        )


class Accounts:
    """All accounts by id."""

    def __init__(self, own: OwnJournal) -> None:
        """Start empty; `own` is the gateway's own journal, which is no account."""
        self.own = own
        self._by_id: dict[str, ManagedAccount] = {}
        self._watchers: set[asyncio.Event] = set()

    def add(self, account: ManagedAccount) -> None:
        """Serve an account from now on."""
        self._by_id[account.account_id] = account
        for waiter in self._watchers:
            waiter.set()

    def watch(self, waiter: asyncio.Event) -> None:
        """Set `waiter` when an account is added."""
        self._watchers.add(waiter)

    def unwatch(self, waiter: asyncio.Event) -> None:
        """Forget `waiter`."""
        self._watchers.discard(waiter)

    def find(self, account_id: str) -> ManagedAccount | None:
        """Return an account, or `None`."""
        return self._by_id.get(account_id)

    def get(self, account_id: str) -> ManagedAccount:
        """Return an account that the acting principal reaches. Raises `NotFoundError` naming those there are.

        One that it does not reach does not exist for it: the error is the same, so that nobody learns of it.
        """
        account = self._by_id.get(account_id)
        if account is None or not acting().reaches(account_id):
            known = ", ".join(sorted(a.account_id for a in self.reached())) or "none"
            text = f"no account {account_id!r}; accounts here: {known}" if account_id else f"name an account: {known}"
            raise NotFoundError("ACCOUNT_NOT_FOUND", text, metadata={"account_id": account_id})
        return account

    def select(self, account_ids: Iterable[str]) -> list[ManagedAccount]:
        """Return the named accounts, or all that the acting principal reaches where none is named."""
        wanted = list(dict.fromkeys(account_ids))
        return [self.get(account_id) for account_id in wanted] if wanted else self.reached()

    def reached(self) -> list[ManagedAccount]:
        """Return the accounts that the acting principal reaches."""
        principal = acting()
        return [account for account in self if principal.reaches(account.account_id)]

    def scope(self, account_ids: Iterable[str]) -> tuple[str, ...]:
        """Return the ids that a query must name so that it finds nothing else than what `select` returns.

        None, which finds everything, only where none is named and the acting principal reaches all.
        """
        named = tuple(account_ids)
        return named or tuple(sorted(acting().accounts))

    def journal(self, account_id: str) -> Journaled:
        """Return a journal by the id of its account, or the gateway's own where the acting principal oversees it.

        Raises as `get` does.
        """
        if account_id == self.own.account_id and acting().oversees:
            return self.own
        return self.get(account_id)

    def every_journal(self) -> list[str]:
        """Return the ids of all journals that the acting principal may read, the gateway's own last."""
        own = [self.own.account_id] if acting().oversees else []
        return [*(account.account_id for account in self.reached()), *own]

    def journals(self, account_ids: Iterable[str]) -> list[Journaled]:
        """Return the named journals, or those of all accounts where none is named."""
        wanted = list(dict.fromkeys(account_ids))
        return [self.journal(account_id) for account_id in wanted] if wanted else [*self.reached()]

    def tradable(self, account_id: str) -> ManagedAccount:
        """Return an account that may take new orders. Raises where it is closed, restricted or not writable."""
        account = self.get(account_id)
        metadata = {"account_id": account_id}
        match account.book.account.status:
            case AccountStatus.CLOSED:
                raise PreconditionError("ACCOUNT_CLOSED", f"account {account_id} is closed", metadata=metadata)
            case AccountStatus.RESTRICTED:
                raise PreconditionError("ACCOUNT_RESTRICTED", f"account {account_id} is restricted", metadata=metadata)
        if account.link.retiring:
            text = f"connection {account.link.connection.connection_id} is being changed: try again in a moment"
            metadata["broker"] = account.adapter.broker
            metadata["link"] = account.link.connection.link.value
            raise UnavailableError("BROKER_UNAVAILABLE", text, metadata=metadata)
        self.writable(account)
        return account

    def writable(self, account: ManagedAccount) -> None:
        """Raise `UnavailableError` where the account's journal can't be written."""
        if account.book.failed:
            text = (
                "the journal can't be written; nothing was sent. Free disk space or repair it, then restart the gateway"
            )
            raise UnavailableError("JOURNAL_UNAVAILABLE", text, metadata={"account_id": account.account_id})

    def __iter__(self) -> Iterator[ManagedAccount]:
        """Iterate over all accounts."""
        return iter(list(self._by_id.values()))

    def __len__(self) -> int:
        """Count the accounts."""
        return len(self._by_id)
