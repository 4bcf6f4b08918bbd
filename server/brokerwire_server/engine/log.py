"""The published end of an account's journal: what is durable, and who waits for more."""

import asyncio
from collections import deque
from collections.abc import Sequence
from itertools import islice

from brokerwire_server.domain.events import Event

EAGER_READERS = 16
LINGER_PER_READER = 0.000_02
"""Up to so many readers are woken at once; a crowd is woken after this many seconds for each, and reads more then.

Waking a reader costs the event loop about that long, so a crowd that was woken for each commit would leave no time for
anything else. A hundred readers wait 2 ms, a thousand 20 ms.
"""

TAIL_EVENTS = 20_000
"""How many of the latest events of an account stay in memory; readers further back read the journal."""


class Entry:
    """A durable event, with the encoded forms that doors make of it once for all their readers."""

    __slots__ = ("event", "wire")

    def __init__(self, event: Event) -> None:
        """Wrap `event`."""
        self.event = event
        self.wire: dict[str, object] = {}


class AccountLog:
    """Durable events of one account in order, the latest in memory. Holds only what may be shown to anyone."""

    __slots__ = ("_tail", "_waiters", "_waking", "account_id", "head", "head_hash")

    def __init__(self, account_id: str, head: int, head_hash: bytes = bytes(32)) -> None:
        """Start after sequence `head`, whose event has `head_hash`."""
        self.account_id = account_id
        self.head = head
        self.head_hash = head_hash
        self._tail: deque[Entry] = deque(maxlen=TAIL_EVENTS)
        self._waiters: set[asyncio.Event] = set()
        self._waking = False

    @property
    def tail_start(self) -> int:
        """The first sequence in memory (`head + 1` where nothing is)."""
        return self.head - len(self._tail) + 1

    def publish(self, events: Sequence[Event]) -> None:
        """Make durable events visible and wake their readers."""
        self._tail.extend(map(Entry, events))
        self.head = events[-1].sequence
        self.head_hash = events[-1].hash
        if len(self._waiters) <= EAGER_READERS:
            self._wake()
        elif not self._waking:
            self._waking = True
            asyncio.get_running_loop().call_later(len(self._waiters) * LINGER_PER_READER, self._wake)

    def _wake(self) -> None:
        self._waking = False
        for waiter in self._waiters:
            waiter.set()

    def after(self, sequence: int, limit: int) -> list[Entry] | None:
        """Return up to `limit` entries after `sequence`, or `None` where they are no longer in memory."""
        if sequence >= self.head:
            return []
        start = sequence + 1 - self.tail_start
        if start < 0:
            return None
        size = len(self._tail)
        if size - start <= limit and start > size // 2:
            # Readers are mostly near the end, and a deque is cheap to walk only from its ends.
            newest = list(islice(reversed(self._tail), size - start))
            newest.reverse()
            return newest
        return list(islice(self._tail, start, start + limit))

    def subscribe(self, waiter: asyncio.Event) -> None:
        """Set `waiter` whenever something new is visible."""
        self._waiters.add(waiter)

    def unsubscribe(self, waiter: asyncio.Event) -> None:
        """Forget `waiter`."""
        self._waiters.discard(waiter)

    @property
    def readers(self) -> int:
        """How many wait for this account's events."""
        return len(self._waiters)
