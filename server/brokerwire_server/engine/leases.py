"""Guard leases: a client promises a sign of life, and what is to happen when none comes.

A lease is the gateway's: it survives a crash of the client and of the gateway. After a restart its time begins anew,
for the client could not renew it while the gateway was away; a client that is gone stays silent, and it fires then.
"""

import logging
from collections.abc import Callable, Sequence

from msgspec.structs import replace

from brokerwire_server.domain.access import Role, system
from brokerwire_server.domain.errors import (
    BrokerwireError,
    InvalidRequestError,
    NotFoundError,
    OverloadedError,
    UnavailableError,
    Violation,
)
from brokerwire_server.domain.trading import GuardLease, LeaseState, Scope, ScopeKind, TradingState
from brokerwire_server.engine.accounts import Accounts
from brokerwire_server.engine.acting import acting, acting_as
from brokerwire_server.engine.controls import Change, Controls, check_reason, need
from brokerwire_server.engine.reach import need_reach, within_reach
from brokerwire_server.engine.seams import NANOS, Ids, Seams
from brokerwire_server.engine.tasks import Tasks
from brokerwire_server.store.base import StoreError, TradingStore

SHORTEST_TTL, LONGEST_TTL = 3 * NANOS, 300 * NANOS
MAX_LEASES = 100
"""Leases that wait, per principal."""

REMEMBERED = 100
"""Fired leases that are kept, so that a late renewal learns what happened."""

PRINCIPAL = system("lease")

_log = logging.getLogger(__name__)


class Leases:
    """All guard leases. Each has a task that waits for its time to run out."""

    def __init__(
        self,
        store: TradingStore,
        accounts: Accounts,
        controls: Controls,
        *,
        reach_of: Callable[[str], frozenset[str]],
        seams: Seams,
        ids: Ids,
        tasks: Tasks,
    ) -> None:
        """Keep leases in `store`, and act through `controls`; `reach_of` gives what a principal is narrowed to now."""
        self._store = store
        self._accounts = accounts
        self._reach_of = reach_of
        self._controls = controls
        self._seams = seams
        self._ids = ids
        self._tasks = tasks
        self._leases: dict[str, GuardLease] = {}
        self._ends: dict[str, float] = {}

    async def restore(self) -> None:
        """Take up the leases of the last process; their time begins anew. Raises `StoreError`."""
        for lease in await self._store.leases():
            self._leases[lease.lease_id] = lease
            if lease.lease_state is LeaseState.ACTIVE:
                _log.warning("a guard lease waits again", extra={"lease_id": lease.lease_id, "scope": str(lease.scope)})
                self._leases[lease.lease_id] = self._extended(lease)
                self._tasks.spawn(self._wait(lease.lease_id))

    def all(self) -> Sequence[GuardLease]:
        """Return the leases within reach that wait, and those that fired last; oldest first."""
        leases = [lease for lease in self._leases.values() if within_reach(lease.scope)]
        return sorted(leases, key=lambda lease: (lease.create_time, lease.lease_id))

    async def acquire(self, scope: Scope, ttl: int, *, cancel: bool, state: TradingState, reason: str) -> GuardLease:
        """Acquire a lease of `ttl` nanoseconds; it is durable when this returns.

        Raises:
            InvalidRequestError, NotFoundError, DeniedError: the scope, the time or the action won't do.
            OverloadedError: the principal has too many.
            UnavailableError: it could not be made durable; there is no lease.
        """
        lease = GuardLease(
            lease_id=self._ids(),
            scope=scope,
            ttl=ttl,
            principal=acting().name,
            cancel=cancel,
            state=state,
            reason=reason,
            create_time=self._seams.now(),
            expire_time=self._seams.now() + ttl,
        )
        details = {"lease_id": lease.lease_id, "seconds": f"{ttl / NANOS:g}", "cancel": str(cancel), "state": state}
        self._check(lease)
        await self._stored(lease)
        self._leases[lease.lease_id] = self._extended(lease)
        self._tasks.spawn(self._wait(lease.lease_id))
        self._controls.note("lease.acquire", scope, reason, details)
        return self._leases[lease.lease_id]

    def renew(self, lease_id: str) -> GuardLease:
        """Begin a lease's time anew. Raises `NotFoundError` where there is none, or it has fired."""
        lease = self._mine(lease_id)
        if lease.lease_state is LeaseState.FIRED or self._seams.monotonic() >= self._ends[lease_id]:
            raise _fired(lease)
        renewed = self._leases[lease_id] = self._extended(lease)
        return renewed

    async def release(self, lease_id: str) -> GuardLease:
        """End a lease without its action. Raises `NotFoundError`, or `UnavailableError`: then it still waits."""
        lease = self._mine(lease_id)
        # A release that comes in time counts, however long the database takes.
        del self._leases[lease_id]
        try:
            await self._store.delete_lease(lease_id)
        except StoreError as error:
            self._leases[lease_id] = lease
            self._tasks.spawn(self._wait(lease_id))
            text = "the lease could not be released durably, and still waits"
            raise UnavailableError("JOURNAL_UNAVAILABLE", text, metadata={"lease_id": lease_id}) from error
        self._ends.pop(lease_id, None)
        self._controls.note("lease.release", lease.scope, details={"lease_id": lease_id})
        return lease

    # --- inside --------------------------------------------------------------------------------------------------

    def _check(self, lease: GuardLease) -> None:
        need_reach(self._accounts, lease.scope)
        check_reason(lease.reason)
        if not SHORTEST_TTL <= lease.ttl <= LONGEST_TTL:
            raise InvalidRequestError.of(Violation("ttl", "INVALID_FIELD", "from 3 to 300 seconds"))
        if not lease.cancel and lease.state is TradingState.ACTIVE:
            text = "the lease must do something: cancel orders, set a state, or both"
            raise InvalidRequestError.of(Violation("trading_state", "FIELD_REQUIRED", text))
        waiting = [other for other in self._leases.values() if other.lease_state is LeaseState.ACTIVE]
        if sum(other.principal == lease.principal for other in waiting) >= MAX_LEASES:
            metadata = {"principal": lease.principal, "limit": str(MAX_LEASES)}
            raise OverloadedError("PRINCIPAL_LIMIT", f"at most {MAX_LEASES} guard leases at once", metadata=metadata)

    def _mine(self, lease_id: str) -> GuardLease:
        """Return a lease that whoever acts may handle: its holder, or role RISK. One out of reach does not exist."""
        lease = self._leases.get(lease_id)
        if lease is None or not within_reach(lease.scope):
            metadata = {"lease_id": lease_id, "fired": "false"}
            raise NotFoundError("LEASE_NOT_FOUND", f"no guard lease {lease_id[:64]!r}", metadata=metadata)
        if lease.principal != acting().name:
            need(Role.RISK)
        return lease

    def _extended(self, lease: GuardLease) -> GuardLease:
        self._ends[lease.lease_id] = self._seams.monotonic() + lease.ttl / NANOS
        return replace(lease, expire_time=self._seams.now() + lease.ttl)

    async def _stored(self, lease: GuardLease) -> None:
        try:
            await self._store.put_lease(lease)
        except StoreError as error:
            text = "the lease could not be made durable; there is none"
            raise UnavailableError("JOURNAL_UNAVAILABLE", text, metadata={"lease_id": lease.lease_id}) from error

    async def _wait(self, lease_id: str) -> None:
        while (lease := self._leases.get(lease_id)) is not None and lease.lease_state is LeaseState.ACTIVE:
            left = self._ends[lease_id] - self._seams.monotonic()
            if left <= 0:
                with acting_as(PRINCIPAL):
                    await self._fire(lease)
                return
            await self._seams.sleep(left)

    async def _fire(self, lease: GuardLease) -> None:
        """Carry a lease's action out. Stopping comes first; that it fired is written when it holds."""
        fired = replace(lease, lease_state=LeaseState.FIRED, fire_time=self._seams.now())
        self._leases[lease.lease_id] = fired
        details = {"lease_id": lease.lease_id, "holder": lease.principal}
        _log.critical("a guard lease fired: its holder is silent", extra={**details, "scope": str(lease.scope)})
        text = f"guard lease {lease.lease_id} of {lease.principal} was not renewed"
        reason = f"{text}: {lease.reason}" if lease.reason else text
        # An account was within reach when it was named; a principal's scope is what it reaches now.
        within = self._reach_of(lease.principal) if lease.scope.kind is ScopeKind.PRINCIPAL else frozenset()
        change = Change(scope=lease.scope, state=lease.state, reason=reason, cancel=lease.cancel, within=within)
        problem: BrokerwireError | None = None
        try:
            await self._controls.restrict(change, by=PRINCIPAL)
        except BrokerwireError as error:
            problem = error
        self._controls.note("lease.fired", lease.scope, reason, details, problem)
        try:
            await self._store.put_lease(fired)
            await self._forget_old()
        except StoreError as error:
            _log.critical("that a guard lease fired could not be made durable", extra=details, exc_info=error)

    async def _forget_old(self) -> None:
        fired = [lease for lease in self.all() if lease.lease_state is LeaseState.FIRED]
        for lease in sorted(fired, key=lambda lease: lease.fire_time)[:-REMEMBERED]:
            await self._store.delete_lease(lease.lease_id)
            self._leases.pop(lease.lease_id, None)


def _fired(lease: GuardLease) -> NotFoundError:
    metadata = {"lease_id": lease.lease_id, "fired": "true"}
    text = f"guard lease {lease.lease_id} has fired: {lease.scope} was acted upon. Look at the state, then acquire anew"
    return NotFoundError("LEASE_NOT_FOUND", text, metadata=metadata)
