"""Keeps checkpoints of all journals coming: every so many entries, and after a while in any case."""

import asyncio
import logging
from collections.abc import Mapping

from msgspec import Struct

from brokerwire_server.domain.events import GATEWAY, AuditOutcome
from brokerwire_server.engine.accounts import Accounts
from brokerwire_server.engine.audit import Audit
from brokerwire_server.engine.seams import Seams
from brokerwire_server.store.base import Checkpoints, JournalEnd, Store, StoreError

POLL = 1.0
NANOS = 1_000_000_000

_log = logging.getLogger(__name__)


class Rhythm(Struct, frozen=True, kw_only=True):
    """After how many entries, and after how many seconds with any, a checkpoint is due."""

    entries: int = 1_000
    seconds: float = 60.0


class CheckpointKeeper:
    """Writes checkpoints. One that can't be written is tried again, and holds nothing else up."""

    def __init__(
        self,
        accounts: Accounts,
        store: Store,
        audit: Audit,
        *,
        checkpoints: Checkpoints | None,
        rhythm: Rhythm,
        seams: Seams,
    ) -> None:
        """Checkpoint the journals of `accounts`; without `checkpoints`, none."""
        self._rhythm = rhythm
        self._accounts = accounts
        self._store = store
        self._audit = audit
        self._checkpoints = checkpoints
        self._seams = seams
        self._entries = -1
        self._time = 0
        self._failing = False
        self._writing = asyncio.Lock()

    async def start(self) -> None:
        """Go on from the last checkpoint, and say so where the journals are not those that it saw.

        A gateway whose data were restored must be able to start: what is wrong is told, and `verify` finds it.

        Raises:
            CheckpointError, VaultError: the file or its key are not ours.
        """
        if self._checkpoints is None:
            return
        wrong: dict[str, str] = {}
        for end in await self._checkpoints.open():
            rows = await self._store.read(end.account_id, end.sequence - 1, 1)
            if not rows or rows[0].sequence != end.sequence or rows[0].hash != end.hash:
                wrong[end.account_id] = f"event {end.sequence} is not the one that was checkpointed"
        if wrong:
            _log.critical("the journal was cut off or rewritten, or an older one restored: %s", wrong)
            self._audit.record("journal.checkpoint", outcome=AuditOutcome.FAILED, reason="MISMATCH", details=wrong)

    async def marks(self) -> Mapping[str, Mapping[int, bytes]]:
        """Return what was checkpointed, by account and sequence. Raises `CheckpointError` or `OSError`."""
        return {} if self._checkpoints is None else await self._checkpoints.marks()

    async def run(self) -> None:
        """Write a checkpoint whenever one is due."""
        while self._checkpoints is not None:
            await self._seams.sleep(POLL)
            if self._due():
                await self.write()

    def _due(self) -> bool:
        entries = self._total()
        new = entries - self._entries
        waited = self._seams.now() - self._time >= self._rhythm.seconds * NANOS
        return new >= self._rhythm.entries or (new > 0 and waited)

    async def write(self) -> None:
        """Write a checkpoint of what is durable now, where there is anything new."""
        if self._checkpoints is None:
            return
        async with self._writing:
            entries = self._total()
            if entries == self._entries:
                return
            now = self._seams.now()
            try:
                await self._checkpoints.write(self._ends(), epoch=self._store.epoch, time=now)
            except (OSError, StoreError) as error:
                self._failed(error)
                return
            self._entries, self._time = entries, now
            if self._failing:
                self._failing = False
                self._audit.record("journal.checkpoint")

    def _failed(self, error: Exception) -> None:
        self._time = self._seams.now()
        if not self._failing:
            self._failing = True
            _log.error("no checkpoint can be written: %s", error)
            self._audit.record("journal.checkpoint", outcome=AuditOutcome.FAILED, details={"error": str(error)})

    def _total(self) -> int:
        return sum(journal.book.log.head for journal in (*self._accounts, self._accounts.own))

    def _ends(self) -> list[JournalEnd]:
        logs = [journal.book.log for journal in (*self._accounts, self._accounts.own)]
        logs.sort(key=lambda log: (log.account_id != GATEWAY, log.account_id))
        return [JournalEnd(account_id=g.account_id, sequence=g.head, hash=g.head_hash) for g in logs if g.head]
