"""A chain of journal entries: events are staged, written as one unit per tick, and visible when they are durable."""

import asyncio
from collections.abc import Callable, Sequence

from brokerwire_server.domain.events import Event, Payload, make_event
from brokerwire_server.engine.log import AccountLog
from brokerwire_server.store.base import Store, StoreError


class Chain:
    """The writing end of one journal. Only the engine's event loop touches it."""

    def __init__(
        self, account_id: str, store: Store, now: Callable[[], int], *, sequence: int = 0, head: bytes = bytes(32)
    ) -> None:
        """Start from the end of the journal."""
        self.log = AccountLog(account_id, sequence, head)
        self.first_time = 0
        self.failed = False
        self._store = store
        self._now = now
        self._sequence = sequence
        self._head = head
        self._staged: list[Event] = []
        self._waiting: list[asyncio.Future[None]] = []
        self._writing: list[asyncio.Future[None]] | None = None
        self._last_time = 0

    @property
    def sequence(self) -> int:
        """The last sequence given out, durable or not."""
        return self._sequence

    def stage(self, payload: Payload, causation: str = "") -> Event:
        """Chain an event to the journal; it is written when this tick of the event loop ends."""
        event = make_event(
            account_id=self.log.account_id,
            epoch=self._store.epoch,
            sequence=self._sequence + 1,
            time=self._tick(),
            causation=causation,
            payload=payload,
            previous_hash=self._head,
        )
        self._sequence += 1
        self._head = event.hash
        self.first_time = self.first_time or event.time
        if not self._staged:
            asyncio.get_running_loop().call_soon(self.flush)
        self._staged.append(event)
        return event

    async def durable(self) -> None:
        """Wait until all that is staged so far is durable and visible. Raises `StoreError` where it can't be.

        Many wait for the same commit; one that gives up disturbs no other.
        """
        waiting = self._waiting if self._staged else self._writing
        if waiting is not None:
            waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            waiting.append(waiter)
            await waiter
        elif self.failed:
            raise StoreError("the journal can't be written")

    def flush(self) -> None:
        """Hand what is staged to the store, in one unit. Comes by itself when the tick that staged it ends."""
        if not self._staged:
            return
        events, self._staged = self._staged, []
        waiting, self._waiting = self._waiting, []
        self._writing = waiting
        self._store.write(events, lambda error: self._written(error, events, waiting))

    def _written(
        self, error: StoreError | None, events: Sequence[Event], waiting: "list[asyncio.Future[None]]"
    ) -> None:
        if error is None:
            self._visible(events)
            self.log.publish(events)
        else:
            self.failed = True
        if self._writing is waiting:
            self._writing = None
        for waiter in waiting:
            if waiter.done():
                continue
            if error is None:
                waiter.set_result(None)
            else:
                waiter.set_exception(error)

    def _visible(self, events: Sequence[Event]) -> None:
        """Take note of events that have become durable, before their readers do."""

    def _tick(self) -> int:
        """Return the time of the next event: never before the last one's, whatever the wall clock does."""
        self._last_time = max(self._now(), self._last_time)
        return self._last_time
