"""The audit trail: what was asked, by whom, and what became of it, in the same hash-chained journal as all else.

What is refused again and again must neither fill the disk nor hold up trading: the first one of a kind is written at
once, and the rest of them as one record with their number when the window is over.
"""

import logging
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime

from msgspec.structs import replace

from brokerwire_server.domain.events import AuditOutcome, AuditRecorded
from brokerwire_server.engine.accounts import Accounts
from brokerwire_server.engine.acting import acting
from brokerwire_server.engine.chain import Chain
from brokerwire_server.store.base import StoreError

WINDOW = 10.0
"""Seconds within which repeats are counted and not written."""

MAX_KINDS = 1_000
"""Kinds of repeats that are counted apart; what comes on top is counted together."""

MAX_TEXT = 256
MAX_DETAILS = 24
_NANOS = 1_000_000_000

_Kind = tuple[str, str, str, str, str]

_log = logging.getLogger(__name__)


class _Run:
    """Repeats of one kind: the latest of them, and how many there were since the first, which is written."""

    __slots__ = ("account_id", "count", "first", "last", "record")

    def __init__(self, record: AuditRecorded, account_id: str, now: int) -> None:
        self.record = record
        self.account_id = account_id
        self.count = 0
        self.first = self.last = now


class Audit:
    """Writes audit records. It never fails and never waits: a record is durable with the next commit."""

    def __init__(self, accounts: Accounts) -> None:
        """Write into the journals of `accounts`, and into the gateway's own."""
        self._accounts = accounts
        self._own = accounts.own
        self._runs: dict[_Kind, _Run] = {}

    def record(
        self,
        action: str,
        *,
        outcome: AuditOutcome = AuditOutcome.DONE,
        account_id: str = "",
        target: str = "",
        reason: str = "",
        details: Mapping[str, str] | None = None,
        repeats: bool = False,
    ) -> None:
        """Record what was asked by whoever acts now. Without an account it concerns the gateway as a whole.

        What was not done is counted where it repeats, and so is what was done and `repeats`. `details` never hold a
        secret; all texts are cut to a length that bounds the record.
        """
        record = AuditRecorded(
            principal=_cut(acting().name),
            action=_cut(action),
            target=_cut(target),
            outcome=outcome,
            reason=_cut(reason),
            details={_cut(key): _cut(value) for key, value in list((details or {}).items())[:MAX_DETAILS]},
        )
        if self._accounts.find(account_id) is None:
            account_id = ""
        if outcome is AuditOutcome.DONE and not repeats:
            self._write(record, account_id)
        else:
            self._count(record, account_id)

    async def durable(self, account_id: str = "") -> None:
        """Wait until what was recorded about an account, or about none, is durable; not where it can't be."""
        try:
            await self._book(account_id).durable()
        except StoreError as error:
            _log.warning("the journal can't take an audit record: %s", error)

    async def run(self, sleep: Callable[[float], Awaitable[None]]) -> None:
        """Write the numbers of repeats as their windows end."""
        while True:
            await sleep(WINDOW)
            self.settle()

    def settle(self, *, everything: bool = False) -> None:
        """Write the numbers of repeats whose window has ended, or of all."""
        due = self._own.now() - int(WINDOW * _NANOS)
        for kind, run in list(self._runs.items()):
            if everything or run.first <= due:
                self._close(kind, run)

    def _count(self, record: AuditRecorded, account_id: str) -> None:
        now = self._own.now()
        kind = (record.principal, record.action, record.outcome.value, record.reason, account_id)
        if kind not in self._runs and len(self._runs) >= MAX_KINDS:
            record = replace(record, principal="*", action="*", reason="*")
            kind, account_id = ("*", "*", record.outcome.value, "*", ""), ""
        run = self._runs.get(kind)
        if run is not None and now - run.first >= WINDOW * _NANOS:
            self._close(kind, run)
            run = None
        if run is None:
            self._runs[kind] = _Run(record, account_id, now)
            self._write(record, account_id)
        else:
            run.count += 1
            run.last = now
            run.record = record

    def _close(self, kind: _Kind, run: _Run) -> None:
        del self._runs[kind]
        if run.count:
            repeats = {"repeats": str(run.count), "first_time": _text(run.first), "last_time": _text(run.last)}
            self._write(replace(run.record, details={**run.record.details, **repeats}), run.account_id)

    def _write(self, record: AuditRecorded, account_id: str) -> None:
        book = self._book(account_id)
        if book.failed:
            _log.warning("the journal can't take an audit record: %s", record)
        else:
            book.stage(record, causation=f"principal:{record.principal}")

    def _book(self, account_id: str) -> Chain:
        account = self._accounts.find(account_id)
        return self._own.book if account is None else account.book


def _cut(text: str) -> str:
    return text if len(text) <= MAX_TEXT else text[: MAX_TEXT - 1] + "…"


def _text(time: int) -> str:
    return datetime.fromtimestamp(time / _NANOS, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
