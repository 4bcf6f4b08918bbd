"""The gateway's own journal: what concerns no account. It is read, streamed and verified like an account's."""

from collections.abc import Callable

from brokerwire_server.domain.connections import AccountSync, FeedKind, LinkState
from brokerwire_server.domain.events import GATEWAY
from brokerwire_server.engine.chain import Chain
from brokerwire_server.store.base import Store


class OwnJournal:
    """A journal that no account stands behind: nothing can be traded in it, and no list of accounts has it."""

    account_id = GATEWAY

    def __init__(self, store: Store, now: Callable[[], int]) -> None:
        """Start as an empty one; `restore` goes on from what is stored."""
        self._store = store
        self.now = now
        self.book = Chain(GATEWAY, store, now)

    async def restore(self) -> None:
        """Go on from the end of the stored journal, once the store is open."""
        sequence, head = await self._store.end(GATEWAY)
        self.book = Chain(GATEWAY, self._store, self.now, sequence=sequence, head=head)
        for event in await self._store.read(GATEWAY, 0, 1):
            self.book.first_time = event.time

    def sync(self) -> AccountSync:
        """Return how fresh it is: it has no source but the gateway itself."""
        return AccountSync(account_id=GATEWAY, link=LinkState.UP, feed=FeedKind.PUSH)
