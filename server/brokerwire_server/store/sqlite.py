"""The store on SQLite: one file, one writing thread, a few reading ones."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from brokerwire_server.domain.accounts import AccountState, Activity, PortfolioPoint
from brokerwire_server.domain.connections import Break
from brokerwire_server.domain.events import GENESIS, Event
from brokerwire_server.domain.fills import Fill
from brokerwire_server.domain.orders import Order
from brokerwire_server.domain.positions import Position
from brokerwire_server.store import files, queries
from brokerwire_server.store.base import (
    AccountHead,
    BreakFilter,
    FillFilter,
    OrderFilter,
    PolicyStore,
    StoreError,
    TradingStore,
    Verification,
)
from brokerwire_server.store.connections import connect_writer, reserve_log
from brokerwire_server.store.lock import DatabaseLock
from brokerwire_server.store.policies import SqlitePolicyStore
from brokerwire_server.store.readers import Readers
from brokerwire_server.store.trading import SqliteTradingStore
from brokerwire_server.store.verify import Verifier, check_heads
from brokerwire_server.store.writer import Done, Writer

BATCH = 5_000
"""Events per batch of `events`."""

Ends = dict[str, tuple[int, bytes]]


class SqliteStore:
    """Journal and projections in one SQLite file. Implements `store.base.Store`, which states the methods' contracts.

    The file belongs to this process while the store is open (`<file>.lock`). A write that fails makes the store
    unhealthy: whether the failed appends are in the journal is open until `reopen` has read it back.
    """

    def __init__(
        self,
        path: Path,
        *,
        new_epoch: Callable[[], int],
        on_unhealthy: Callable[[StoreError], None] | None = None,
        on_commit: Callable[[float, int], None] | None = None,
    ) -> None:
        """Name the file.

        Args:
            path: the database; it and its folder are made where missing.
            new_epoch: gives the identity of a new database's history, a positive integer below 2**63 that no other
                database has: random bits or the time of creation.
            on_unhealthy: called on the event loop when the journal can't be written any more.
            on_commit: told the seconds and the number of events of every commit, in the writer's thread.
        """
        self.epoch = 0
        self.policies: PolicyStore = SqlitePolicyStore(path)
        self.trading: TradingStore = SqliteTradingStore(path)
        self._path = path
        self._new_epoch = new_epoch
        self._on_unhealthy = on_unhealthy
        self._on_commit = on_commit
        self._lock: DatabaseLock | None = None
        self._writer: Writer | None = None
        self._readers: Readers | None = None
        self._ends: Ends = {}

    @property
    def healthy(self) -> bool:
        """Whether the journal can be written."""
        return self._writer is not None and self._writer.failure is None

    @property
    def commits(self) -> int:
        """How many transactions were committed since the store was opened: one or more appends each."""
        return self._writer.commits if self._writer else 0

    # --- life ----------------------------------------------------------------------------------------------------

    async def open(self, *, check_heads: bool = True, renew_epoch: bool = False) -> None:
        """Migrate, check the end of every journal, and start to write.

        Args:
            check_heads: refuse a damaged journal. Leave it out only to look at one, for `verify`.
            renew_epoch: begin a new history, so that no resume token of the old one is honoured: after a restore.

        Raises:
            DatabaseInUseError: another process has the database.
            DatabaseTooNewError: a newer program wrote it.
            JournalCorruptError: the last event of an account is not what was written.
            StoreError: the file can't be opened, or is not ours.
        """
        if self._readers is not None:
            raise StoreError("the store is open already")
        connection = await asyncio.to_thread(self._open_files, check_heads, renew_epoch)
        self._readers = Readers(self._path)
        await self._start(connection)

    async def reopen(self) -> None:
        """Try to write again after a failure, on a new connection. Does nothing where the store is healthy.

        What the failed commit left in the write-ahead log is settled first: it is either in the journal for good, or
        gone. Whoever appends must therefore start again from `heads`.

        Raises:
            JournalCorruptError: a journal does not end as it was written.
            StoreError: the disk still refuses. In both cases the store stays unhealthy.
        """
        if self._readers is None:
            raise StoreError("the store is closed")
        if self.healthy:
            return
        writer, self._writer = self._writer, None
        if writer is not None:
            await asyncio.to_thread(writer.stop)
        connection = await asyncio.to_thread(_settle, self._path)
        try:
            await self._read().run(check_heads)
        except StoreError:
            await asyncio.to_thread(connection.close)
            raise
        await self._start(connection)

    async def close(self) -> None:
        """Write out what is queued, and give the file back. A closed store can be opened again."""
        readers, self._readers = self._readers, None
        writer, self._writer = self._writer, None
        if readers is not None:
            # Before the writer: the last connection to close puts the log into the database.
            await asyncio.to_thread(readers.close)
        if writer is not None:
            await asyncio.to_thread(writer.stop)
        self._release()

    def _open_files(self, check_heads: bool, renew_epoch: bool) -> sqlite3.Connection:
        try:
            files.create_file(self._path)
            self._lock = DatabaseLock(self._path)
            self.epoch = files.prepare(self._path, self._new_epoch, check_heads=check_heads, renew_epoch=renew_epoch)
            return reserve_log(connect_writer(self._path))
        except StoreError:
            self._release()
            raise
        except (sqlite3.Error, SQLAlchemyError, OSError) as error:
            self._release()
            raise StoreError(f"the database {self._path} can't be opened ({error})") from error

    def _release(self) -> None:
        if self._lock is not None:
            self._lock.release()
            self._lock = None

    async def _start(self, connection: sqlite3.Connection) -> None:
        self._ends = await self._read().run(queries.ends)
        self._writer = Writer(connection, asyncio.get_running_loop(), self._failed, self._on_commit)

    def _failed(self, error: StoreError) -> None:
        if self._on_unhealthy is not None:
            self._on_unhealthy(error)

    # --- writing -------------------------------------------------------------------------------------------------

    def append(self, events: Sequence[Event]) -> "asyncio.Future[None]":
        """Queue events. Events that don't continue the account's journal fail alone and leave the store healthy."""
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.write(events, partial(_settle_future, future))
        return future

    def write(self, events: Sequence[Event], done: Done) -> None:
        """Queue events; `done` is called on the event loop, at once where they can't be queued."""
        if self._writer is None:
            done(StoreError("the store is closed, or about to be reopened"))
        elif self._writer.failure is not None:
            done(StoreError(str(self._writer.failure)))
        elif not events:
            done(None)
        elif problem := self._discontinuity(events):
            done(StoreError(problem))
        else:
            self._ends[events[-1].account_id] = (events[-1].sequence, events[-1].hash)
            self._writer.submit(events, done)

    def _discontinuity(self, events: Sequence[Event]) -> str:
        account_id = events[0].account_id
        sequence, digest = self._ends.get(account_id, (0, GENESIS))
        for event in events:
            sequence += 1
            if event.account_id != account_id:
                return f"an append has events of two accounts, {account_id} and {event.account_id}"
            if event.sequence != sequence:
                return f"the next event of account {account_id} is {sequence}, not {event.sequence}"
            if event.previous_hash != digest:
                return f"event {sequence} of account {account_id} does not follow the one before it"
            digest = event.hash
        return ""

    # --- reading -------------------------------------------------------------------------------------------------

    async def heads(self) -> Sequence[AccountHead]:
        """Return every account with the end of its journal."""
        return await self._read().run(queries.heads)

    async def end(self, account_id: str) -> tuple[int, bytes]:
        """Return the last sequence and hash of a journal."""
        return (await self._read().run(queries.ends)).get(account_id, (0, GENESIS))

    async def read(self, account_id: str, after_sequence: int, limit: int) -> Sequence[Event]:
        """Return up to `limit` events after a sequence, in order."""
        return await self._read().run(lambda c: queries.read(c, account_id, after_sequence, limit))

    async def first_sequence(self, account_id: str) -> int:
        """Return the first sequence still stored (1 unless compacted)."""
        return await self._read().run(lambda c: queries.first_sequence(c, account_id))

    async def events(self, account_id: str) -> AsyncIterator[Sequence[Event]]:
        """Yield the account's whole journal in batches, in order."""
        after = 0
        while batch := await self.read(account_id, after, BATCH):
            yield batch
            after = batch[-1].sequence

    async def open_orders(self, account_id: str) -> Sequence[Order]:
        """Return the orders that have not ended, oldest first."""
        return await self._read().run(lambda c: queries.open_orders(c, account_id))

    async def client_order_ids(self, account_id: str) -> Sequence[str]:
        """Return every client order id ever used in the account."""
        return await self._read().run(lambda c: queries.client_order_ids(c, account_id))

    async def get_order(self, account_id: str, order_id: str) -> Order | None:
        """Return an order by the gateway's id."""
        return await self._read().run(lambda c: queries.get_order(c, account_id, order_id))

    async def find_order(self, account_id: str, client_order_id: str) -> Order | None:
        """Return an order by the caller's id."""
        return await self._read().run(lambda c: queries.find_order(c, account_id, client_order_id))

    async def find_broker_order(
        self, account_id: str, broker_client_order_id: str, broker_order_id: str
    ) -> Order | None:
        """Return an order by either of the broker-side ids; an empty id matches nothing."""
        return await self._read().run(
            lambda c: queries.find_broker_order(c, account_id, broker_client_order_id, broker_order_id)
        )

    async def list_orders(self, where: OrderFilter, after: str, limit: int) -> tuple[Sequence[Order], str]:
        """Return a page, newest first. Raises `InvalidRequestError` where `after` is not a cursor of ours."""
        accounts = self._accounts(where.account_ids)
        return await self._read().run(lambda c: queries.list_orders(c, where, accounts, after, limit))

    async def list_fills(self, where: FillFilter, after: str, limit: int) -> tuple[Sequence[Fill], str]:
        """Return a page, newest first. Raises `InvalidRequestError` where `after` is not a cursor of ours."""
        accounts = self._accounts(where.account_ids)
        return await self._read().run(lambda c: queries.list_fills(c, where, accounts, after, limit))

    async def list_activities(
        self, account_ids: Sequence[str], types: Sequence[str], after: str, limit: int
    ) -> tuple[Sequence[Activity], str]:
        """Return a page, newest first. Raises `InvalidRequestError` where `after` is not a cursor of ours."""
        accounts = self._accounts(account_ids)
        return await self._read().run(lambda c: queries.list_activities(c, accounts, types, after, limit))

    async def positions(self, account_id: str) -> Sequence[Position]:
        """Return the account's positions as last journaled, closed ones left out."""
        return await self._read().run(lambda c: queries.positions(c, account_id))

    async def ledger(self, account_id: str) -> AsyncIterator[Sequence[Fill | Activity | Position]]:
        """Yield, in the order of the journal and in batches, all that moved cash or positions."""
        after = 0
        while True:
            batch, after = await self._ledger_after(account_id, after)
            if not batch:
                return
            yield batch

    async def get_fill(self, account_id: str, fill_id: str) -> Fill | None:
        """Return a fill by its id."""
        return await self._read().run(lambda c: queries.get_fill(c, account_id, fill_id))

    async def account_state(self, account_id: str) -> AccountState | None:
        """Return the balances as last journaled."""
        return await self._read().run(lambda c: queries.account_state(c, account_id))

    async def open_breaks(self, account_id: str) -> Sequence[Break]:
        """Return the account's open breaks, and the dismissed ones whose difference stands."""
        return await self._read().run(lambda c: queries.open_breaks(c, account_id))

    async def get_break(self, account_id: str, break_id: str) -> Break | None:
        """Return a break by its id, as last journaled."""
        return await self._read().run(lambda c: queries.get_break(c, account_id, break_id))

    async def list_breaks(self, where: BreakFilter, after: str, limit: int) -> tuple[Sequence[Break], str]:
        """Return a page, oldest first. Raises `InvalidRequestError` where `after` is not a cursor of ours."""
        accounts = self._accounts(where.account_ids)
        return await self._read().run(lambda c: queries.list_breaks(c, where, accounts, after, limit))

    async def portfolio_history(self, account_id: str, from_time: int, to_time: int) -> Sequence[PortfolioPoint]:
        """Return the points from `from_time` to before `to_time` (0: no end), oldest first."""
        return await self._read().run(lambda c: queries.portfolio_history(c, account_id, from_time, to_time))

    async def verify(self, account_id: str, marks: Mapping[int, bytes] | None = None) -> Verification:
        """Check the account's hash chain up to its present end."""
        readers = self._read()
        verifier = await readers.run(lambda c: Verifier(c, account_id, marks))
        while (result := await readers.run(verifier.step)) is None:
            pass
        return result

    async def _ledger_after(self, account_id: str, after: int) -> tuple[Sequence[Fill | Activity | Position], int]:
        return await self._read().run(lambda c: queries.ledger(c, account_id, after, BATCH))

    def _accounts(self, given: Sequence[str]) -> Sequence[str]:
        return tuple(given) or tuple(self._ends)

    def _read(self) -> Readers:
        if self._readers is None:
            raise StoreError("the store is closed")
        return self._readers


def _settle_future(future: "asyncio.Future[None]", error: StoreError | None) -> None:
    if future.done():
        return
    if error is None:
        future.set_result(None)
    else:
        future.set_exception(error)


def _settle(path: Path) -> sqlite3.Connection:
    try:
        return files.recover(path)
    except sqlite3.Error as error:
        raise StoreError(f"the database still can't be written ({error})") from error
