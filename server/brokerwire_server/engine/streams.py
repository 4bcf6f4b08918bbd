"""Streams: resumable views of the journal.

A reader is a cursor into each account's log, not a queue: a slow one costs no memory. While it keeps up it reads the
shared end in memory; when it falls behind it reads the journal. It sees every event once, in order, or is told in-band
(`Reset`) that it must start from a snapshot.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from enum import StrEnum
from typing import Any

from msgspec import Struct

from brokerwire_server.domain.connections import AccountSync
from brokerwire_server.domain.errors import InvalidRequestError, OutOfRangeError, Violation
from brokerwire_server.domain.events import Event, EventType, SourceGap
from brokerwire_server.engine.accounts import Accounts, Journaled, ManagedAccount
from brokerwire_server.engine.log import Entry
from brokerwire_server.engine.resume import filter_hash, read_token, write_token
from brokerwire_server.engine.seams import Seams
from brokerwire_server.engine.telemetry import Telemetry
from brokerwire_server.store.base import Store

BATCH_EVENTS = 512
SNAPSHOT_BATCH = 256
SLOW_READER_LAG = 5_000
"""Events behind the head at which a reader is warned."""

MIN_HEARTBEAT, DEFAULT_HEARTBEAT, MAX_HEARTBEAT = 0.2, 15.0, 60.0
RECONNECT_AFTER = 1.0


class OnGap(StrEnum):
    """What to do where a resume token can't be honoured."""

    RESNAPSHOT = "RESNAPSHOT"
    FAIL = "FAIL"


class StartMode(StrEnum):
    """How a stream began."""

    SNAPSHOT = "SNAPSHOT"
    RESUMED = "RESUMED"
    LIVE = "LIVE"


class ResetCause(StrEnum):
    """Why a resume token was not honoured."""

    COMPACTED = "COMPACTED"
    EPOCH_CHANGED = "EPOCH_CHANGED"
    FILTER_CHANGED = "FILTER_CHANGED"


class Opened(Struct, frozen=True, kw_only=True):
    """The stream is open."""

    stream_id: str
    mode: StartMode
    epoch: int
    heartbeat: float
    accounts: tuple[AccountSync, ...]


class SnapshotEnd(Struct, frozen=True):
    """All snapshot items were sent; live events follow."""

    item_count: int


class Heartbeat(Struct, frozen=True):
    """Nothing is pending for this reader; how fresh each account is."""

    accounts: tuple[AccountSync, ...]
    sequences: tuple[tuple[str, int], ...] = ()


class CaughtUp(Struct, frozen=True):
    """The reader is at the head of the journal."""


class FellBehind(Struct, frozen=True):
    """The reader is served from the stored journal until it has caught up."""

    pending_count: int


class SlowWarning(Struct, frozen=True):
    """The reader is far behind."""

    queued_count: int
    limit_count: int


class Reset(Struct, frozen=True):
    """The token could not be honoured; a fresh snapshot follows. Discard what you hold."""

    cause: ResetCause


class Gap(Struct, frozen=True):
    """Events of the broker may have been missed; see `SourceGap`."""

    gap: SourceGap


class Goodbye(Struct, frozen=True):
    """The server ends the stream: reconnect after that many seconds, with the token."""

    reason: str
    reconnect_after: float


Control = Opened | SnapshotEnd | Heartbeat | CaughtUp | FellBehind | SlowWarning | Reset | Gap | Goodbye


class Batch(Struct, frozen=True, kw_only=True):
    """What is sent in one message: controls, or snapshot items, or events; `token` is valid once it is processed."""

    token: str
    controls: tuple[Control, ...] = ()
    snapshot: tuple[Any, ...] = ()
    entries: Sequence[Entry] = ()


class StreamRequest(Struct, frozen=True, kw_only=True):
    """What a reader asks for. `view` names the kind of stream; `filter_key` is what identifies its filter."""

    view: str
    account_ids: tuple[str, ...] = ()
    filter_key: str = ""
    resume_token: str = ""
    skip_snapshot: bool = False
    heartbeat: float = DEFAULT_HEARTBEAT
    on_gap: OnGap = OnGap.RESNAPSHOT
    start: dict[str, int] | None = None
    """For a view without a snapshot: where a fresh start begins; an account not named starts with its oldest event."""
    journals: bool = False
    """Whether `account_ids` may name the gateway's own journal: for a view without a snapshot."""


class Drain:
    """Tells all streams that the server is going away."""

    def __init__(self) -> None:
        """Start undisturbed."""
        self.reason = ""
        self._waiters: set[asyncio.Event] = set()
        self._open = 0
        self._empty = asyncio.Event()
        self._empty.set()

    def begin(self, reason: str) -> None:
        """Have every stream say goodbye."""
        self.reason = reason
        for waiter in self._waiters:
            waiter.set()

    async def drained(self, seconds: float) -> bool:
        """Wait until every stream has ended; false where some have not in time."""
        try:
            async with asyncio.timeout(seconds):
                await self._empty.wait()
        except TimeoutError:
            return False
        return True

    def enter(self, waiter: asyncio.Event) -> None:
        """Count a stream in; `waiter` is set when it shall end."""
        self._waiters.add(waiter)
        self._empty.clear()

    def leave(self, waiter: asyncio.Event) -> None:
        """Count a stream out."""
        self._waiters.discard(waiter)
        if not self._waiters:
            self._empty.set()

    @property
    def streams(self) -> int:
        """How many streams are open."""
        return len(self._waiters)


class Streams:
    """Opens streams."""

    def __init__(self, accounts: Accounts, store: Store, drain: Drain, seams: Seams, telemetry: Telemetry) -> None:
        """Read the logs of `accounts`, and `store` where a reader is further back."""
        self._accounts = accounts
        self._store = store
        self._drain = drain
        self._seams = seams
        self._telemetry = telemetry
        self._count = 0

    def open(
        self,
        request: StreamRequest,
        wants: Callable[[Event], bool],
        snapshot: Callable[[ManagedAccount], Sequence[Any]],
    ) -> AsyncIterator[Batch]:
        """Yield the batches of a stream until the reader stops or the server drains.

        Args:
            request: what is asked for.
            wants: whether an event belongs to this stream; the token moves past those that don't.
            snapshot: the items to begin with; called in one go with reading the heads, so that nothing falls between.

        Raises:
            NotFoundError: no such account.
            InvalidRequestError: the token is not one of ours, or the heartbeat is out of range.
            OutOfRangeError: the token can't be honoured and `on_gap` is FAIL.
        """
        self._count += 1
        reader = _Reader(self, request, wants, snapshot, f"{request.view}-{self._count}")
        return reader.batches()


class _Reader:
    """One stream's cursor and its state."""

    def __init__(
        self,
        streams: Streams,
        request: StreamRequest,
        wants: Callable[[Event], bool],
        snapshot: Callable[[ManagedAccount], Sequence[Any]],
        stream_id: str,
    ) -> None:
        self._store = streams._store
        self._drain = streams._drain
        self._telemetry = streams._telemetry
        self._request = request
        self._wants = wants
        self._snapshot = snapshot
        self._id = stream_id
        self._served = streams._accounts
        select = streams._accounts.journals if request.journals else streams._accounts.select
        self._accounts: list[Journaled] = [*select(request.account_ids)]
        self._known = len(self._served)
        self._cursors = {a.account_id: 0 for a in self._accounts}
        self._filter = filter_hash(request.view, request.filter_key, *sorted(request.account_ids))
        self._epoch = streams._store.epoch
        self._wake = asyncio.Event()
        self._behind = False
        self._warned = False
        self._token = ""
        self._token_for: tuple[int, ...] = ()
        if not MIN_HEARTBEAT <= request.heartbeat <= MAX_HEARTBEAT:
            text = f"between {MIN_HEARTBEAT:g} s and {MAX_HEARTBEAT:g} s"
            raise InvalidRequestError.of(Violation("options.heartbeat_interval", "INVALID_FIELD", text))
        self._resume = read_token(request.resume_token) if request.resume_token else None

    async def batches(self) -> AsyncIterator[Batch]:
        """Yield this stream's batches."""
        self._telemetry.stream_opened(self._request.view)
        self._drain.enter(self._wake)
        self._served.watch(self._wake)
        for account in self._accounts:
            account.book.log.subscribe(self._wake)
        try:
            for batch in await self._begin():
                yield batch
            async for batch in self._live():
                yield batch
        finally:
            self._served.unwatch(self._wake)
            for account in self._accounts:
                account.book.log.unsubscribe(self._wake)
            self._drain.leave(self._wake)
            self._telemetry.stream_closed(self._request.view)

    async def _begin(self) -> list[Batch]:
        """Place the cursors and return the first batches."""
        cause = await self._refused() if self._resume else None
        if cause is not None and self._request.on_gap is OnGap.FAIL:
            text = f"the resume token can't be honoured ({cause.value}): start without one"
            raise OutOfRangeError("RESUME_TOKEN_EXPIRED", text, metadata={"cause": cause.value})
        if self._resume is not None and cause is None:
            self._cursors.update(self._resume.sequences)
            self._behind = self._pending() > 0
            news: tuple[Control, ...] = () if self._behind else (CaughtUp(),)
            return [self._batch(self._opened(StartMode.RESUMED), *news)]
        start = self._request.start
        if start is not None and not self._request.skip_snapshot:
            self._cursors.update({name: start.get(name, 0) for name in self._cursors})
            self._behind = self._pending() > 0
            resets = () if cause is None else (Reset(cause),)
            news = () if self._behind else (CaughtUp(),)
            return [self._batch(self._opened(StartMode.RESUMED), *resets, *news)]
        for account in self._accounts:
            self._cursors[account.account_id] = account.book.log.head
        if self._request.skip_snapshot and cause is None:
            return [self._batch(self._opened(StartMode.LIVE), CaughtUp())]
        items = [i for a in self._accounts if isinstance(a, ManagedAccount) for i in self._snapshot(a)]
        first: list[Control] = [self._opened(StartMode.SNAPSHOT)]
        if cause is not None:
            first.append(Reset(cause))
        # Until SnapshotEnd the token stays empty: a reader that breaks off inside the snapshot must begin it again.
        batches = [Batch(token="", controls=tuple(first))]
        batches += [
            Batch(token="", snapshot=tuple(items[i : i + SNAPSHOT_BATCH])) for i in range(0, len(items), SNAPSHOT_BATCH)
        ]
        return [*batches, self._batch(SnapshotEnd(len(items)), CaughtUp())]

    async def _refused(self) -> ResetCause | None:
        """Tell why the resume token can't be honoured, if so."""
        token = self._resume
        if token is None or token.epoch != self._epoch:
            return ResetCause.EPOCH_CHANGED
        if token.filter != self._filter or set(token.sequences) - set(self._cursors):
            return ResetCause.FILTER_CHANGED
        for account in self._accounts:
            # An account that was opened since the token was given is new to this reader from its first event on.
            sequence = token.sequences.get(account.account_id, 0)
            if sequence > account.book.log.head:
                return ResetCause.EPOCH_CHANGED
            if sequence + 1 < await self._store.first_sequence(account.account_id):
                return ResetCause.COMPACTED
        return None

    async def _live(self) -> AsyncIterator[Batch]:
        while True:
            self._wake.clear()
            self._take_in()
            delivered = False
            for account in self._accounts:
                entries = await self._next(account)
                if entries:
                    delivered = True
                    batch = self._events(entries)
                    if batch is not None:
                        yield batch
            if delivered:
                warning = self._slow()
                if warning is not None:
                    yield self._batch(warning)
                continue
            if self._behind:
                self._behind = self._warned = False
                yield self._batch(CaughtUp())
                continue
            if self._drain.reason:
                yield self._batch(Goodbye(self._drain.reason, RECONNECT_AFTER))
                return
            if not await self._wait():
                yield self._batch(Heartbeat(self._syncs(), tuple(self._cursors.items())))

    def _take_in(self) -> None:
        """Let a stream over all accounts have those that were opened since it began, from their first event on."""
        if self._request.account_ids or len(self._served) == self._known:
            return
        self._known = len(self._served)
        for account in self._served.reached():
            if account.account_id not in self._cursors:
                self._cursors[account.account_id] = 0
                self._accounts.append(account)
                account.book.log.subscribe(self._wake)

    async def _next(self, account: Journaled) -> Sequence[Entry]:
        """Return the next entries of an account and move its cursor past them."""
        log, after = account.book.log, self._cursors[account.account_id]
        entries = log.after(after, BATCH_EVENTS)
        if entries is None:
            entries = [Entry(event) for event in await self._store.read(account.account_id, after, BATCH_EVENTS)]
        if entries:
            self._cursors[account.account_id] = entries[-1].event.sequence
        return entries

    def _events(self, entries: Sequence[Entry]) -> Batch | None:
        wants = self._wants
        wanted = [entry for entry in entries if wants(entry.event)]
        gaps = tuple(
            Gap(entry.event.payload)
            for entry in entries
            if entry.event.type is EventType.SOURCE_GAP and isinstance(entry.event.payload, SourceGap)
        )
        if not wanted and not gaps:
            return None
        return Batch(token=self._current_token(), controls=gaps, entries=wanted)

    def _slow(self) -> Control | None:
        """Say in-band, once each time, that the reader has fallen behind or is far behind."""
        pending = self._pending()
        if pending == 0:
            return None
        self._telemetry.stream_lag(self._request.view, pending)
        if not self._behind and pending > 2 * BATCH_EVENTS:
            self._behind = True
            return FellBehind(pending)
        if not self._warned and pending > SLOW_READER_LAG:
            self._warned = True
            return SlowWarning(pending, SLOW_READER_LAG)
        return None

    def _pending(self) -> int:
        return sum(a.book.log.head - self._cursors[a.account_id] for a in self._accounts)

    async def _wait(self) -> bool:
        """Wait for news; false where the heartbeat is due first."""
        try:
            async with asyncio.timeout(self._request.heartbeat):
                await self._wake.wait()
        except TimeoutError:
            return False
        return True

    def _opened(self, mode: StartMode) -> Opened:
        return Opened(
            stream_id=self._id,
            mode=mode,
            epoch=self._epoch,
            heartbeat=self._request.heartbeat,
            accounts=self._syncs(),
        )

    def _syncs(self) -> tuple[AccountSync, ...]:
        return tuple(account.sync() for account in self._accounts)

    def _batch(self, *controls: Control) -> Batch:
        return Batch(token=self._current_token(), controls=controls)

    def _current_token(self) -> str:
        position = tuple(self._cursors.values())
        if position != self._token_for:
            self._token = write_token(self._epoch, self._filter, self._cursors)
            self._token_for = position
        return self._token
