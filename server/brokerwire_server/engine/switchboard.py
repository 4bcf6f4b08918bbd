"""The switchboard: which trading state holds where. A restriction holds at once, a release once it is durable.

Every scope has its own state, and for an order the most restrictive of its scopes counts. States outlive the process:
they are restored before any adapter starts.
"""

import asyncio
import logging
from collections.abc import Callable, Iterable, Sequence

from brokerwire_server.domain.errors import ConflictError, UnavailableError
from brokerwire_server.domain.trading import (
    FREE,
    Scope,
    ScopeKind,
    Standing,
    StateRecord,
    TradingState,
)
from brokerwire_server.engine.accounts import Accounts, ManagedAccount
from brokerwire_server.engine.acting import acting
from brokerwire_server.engine.arming import Armings
from brokerwire_server.engine.reach import concerns
from brokerwire_server.engine.seams import Seams
from brokerwire_server.engine.telemetry import Telemetry
from brokerwire_server.store.base import StoreError, TradingStore

_log = logging.getLogger(__name__)


class Switchboard:
    """The states of all scopes, and which live accounts are armed."""

    def __init__(self, store: TradingStore, accounts: Accounts, *, seams: Seams, telemetry: Telemetry) -> None:
        """Keep states in `store`."""
        self.armings = Armings(accounts, seams)
        self.on_release: Callable[[StateRecord], None] = lambda _: None
        self._store = store
        self._accounts = accounts
        self._seams = seams
        self._telemetry = telemetry
        self._records: dict[Scope, StateRecord] = {}
        self._engaged: dict[Scope, StateRecord] = {}
        self._stored: dict[Scope, StateRecord] = {}
        self._lock = asyncio.Lock()

    async def restore(self) -> None:
        """Take up the states of the last process. Raises `StoreError`: without them nothing may start."""
        for record in await self._store.states():
            self._stored[record.scope] = record
            self._put(record)
            if record.state is not TradingState.ACTIVE:
                _log.warning("still in force: %s is %s", record.scope, record.state, extra={"reason": record.reason})

    # --- reading -------------------------------------------------------------------------------------------------

    def records(self) -> Sequence[StateRecord]:
        """Return the states of all scopes that were ever set, the strictest first, then by scope.

        To whoever is narrowed to accounts: what is within reach, and what stops orders there.
        """
        records = [record for record in self._records.values() if concerns(self._accounts, record.scope)]
        return sorted(records, key=lambda record: (-record.state.rank, str(record.scope)))

    def state_of(self, scope: Scope) -> TradingState:
        """Return the state that is set for a scope itself."""
        record = self._engaged.get(scope)
        return record.state if record else TradingState.ACTIVE

    def standing(self, account: ManagedAccount, principal: str = "", symbols: Iterable[str] = ()) -> Standing:
        """Return what holds for orders of an account: the most restrictive of all scopes that they are in."""
        if not self._engaged:
            return FREE
        scopes = [
            Scope(ScopeKind.GLOBAL),
            Scope(ScopeKind.BROKER, account.adapter.broker),
            Scope(ScopeKind.ACCOUNT, account.account_id),
            Scope(ScopeKind.PRINCIPAL, principal),
            *(Scope(ScopeKind.SYMBOL, symbol) for symbol in symbols),
        ]
        found = [record for scope in scopes if (record := self._engaged.get(scope)) is not None]
        if not found:
            return FREE
        worst = max(found, key=lambda record: record.state.rank)
        return Standing(worst.state, worst.scope, worst.reason)

    def armed(self, account_id: str) -> bool:
        """Whether an account may trade at all: it is on paper, or armed now."""
        return self.armings.armed(account_id)

    # --- changing ------------------------------------------------------------------------------------------------

    def engage(self, scope: Scope, state: TradingState, reason: str) -> StateRecord:
        """Restrict a scope at once, and return its record. It is never loosened by this; see `keep` for the rest."""
        known = self._records.get(scope)
        record = self._record(scope, state, reason)
        if state.rank <= self.state_of(scope).rank:
            return known or record
        self._put(record)
        _log.critical("trading: %s is %s", scope, state, extra={"principal": record.principal, "reason": record.reason})
        return record

    async def keep(self, scope: Scope) -> None:
        """Make the state of a scope durable. Raises `UnavailableError`: it holds in this process, and no longer."""
        async with self._lock:
            record = self._records.get(scope)
            if record is None or self._stored.get(scope) is record:
                return
            await self._write(record, "the state holds until this process ends, and could not be made durable")

    async def release(self, scope: Scope, state: TradingState, reason: str) -> StateRecord:
        """Loosen a scope: durable first, then in force.

        Raises:
            ConflictError: the scope was restricted anew meanwhile, which stays.
            UnavailableError: it could not be made durable; nothing changed.
        """
        async with self._lock:
            before = self._records.get(scope)
            record = self._record(scope, state, reason)
            await self._write(record, "nothing was released: the change could not be made durable")
            if self._records.get(scope) is not before:
                # Whoever did that waits for the lock, and makes his state durable over this one.
                text = f"{scope} was restricted anew in this very moment: look again, then decide"
                raise ConflictError("VERSION_MISMATCH", text, metadata={"scope": str(scope)})
            self._put(record)
        _log.warning("trading: %s is %s", scope, state, extra={"principal": record.principal, "reason": reason})
        if before is not None:
            self.on_release(before)
        return record

    async def _write(self, record: StateRecord, trouble: str) -> None:
        try:
            await self._store.put_state(record)
        except StoreError as error:
            _log.critical("%s", trouble, extra={"scope": str(record.scope)}, exc_info=error)
            metadata = {"scope": str(record.scope), "sent": "NO"}
            raise UnavailableError("JOURNAL_UNAVAILABLE", trouble, metadata=metadata) from error
        self._stored[record.scope] = record

    def _record(self, scope: Scope, state: TradingState, reason: str) -> StateRecord:
        now = self._seams.now()
        return StateRecord(scope=scope, state=state, principal=acting().name, time=now, reason=reason)

    def _put(self, record: StateRecord) -> None:
        self._records[record.scope] = record
        if record.state is TradingState.ACTIVE:
            self._engaged.pop(record.scope, None)
        else:
            self._engaged[record.scope] = record
        self._telemetry.trading_state(str(record.scope), record.state.value)
