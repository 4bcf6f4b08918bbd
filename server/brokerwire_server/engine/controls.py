"""What people and the gateway itself do to trading: restrict, cancel, flatten, release, arm. Who may, and on record."""

import asyncio
import logging

from msgspec import Struct
from msgspec.structs import replace

from brokerwire_server.domain.access import Principal, Role, system
from brokerwire_server.domain.connections import Environment
from brokerwire_server.domain.errors import (
    BrokerwireError,
    DeniedError,
    InvalidRequestError,
    UnavailableError,
    Violation,
)
from brokerwire_server.domain.events import AuditOutcome
from brokerwire_server.domain.trading import Arming, Scope, ScopeKind, StateRecord, TradingState
from brokerwire_server.engine.accounts import Accounts
from brokerwire_server.engine.acting import acting, acting_as, need_second_factor
from brokerwire_server.engine.arming import DEFAULT_TTL, LONGEST_TTL
from brokerwire_server.engine.audit import Audit
from brokerwire_server.engine.clearing import Cleared, Clearing
from brokerwire_server.engine.reach import need_reach
from brokerwire_server.engine.seams import Seams
from brokerwire_server.engine.switchboard import Switchboard
from brokerwire_server.engine.tasks import Tasks

CLEARING_WAIT = 5.0
"""Seconds that a caller waits for cancels and closing orders; they go on without him."""

LONGEST_REASON = 500

KILL_SWITCH = system("kill-switch")
"""Who cancels and closes what a caller has stopped: what narrows him, his quotas and his limits do not hold it up."""

_log = logging.getLogger(__name__)


class Change(Struct, frozen=True, kw_only=True):
    """A state for a scope, and what is to become of what works and is held there.

    `within`: the accounts beyond which nothing is canceled or closed; empty: there are none.
    """

    scope: Scope
    state: TradingState
    reason: str = ""
    cancel: bool = False
    cancel_external: bool = False
    flatten: bool = False
    within: frozenset[str] = frozenset()


class Changed(Struct, frozen=True, kw_only=True):
    """What a change led to. `unfinished`: cancels or closing orders are still under way."""

    record: StateRecord
    cleared: Cleared
    unfinished: bool = False


class Controls:
    """Changes what the switchboard says, for whoever acts, as far as he may."""

    def __init__(
        self,
        switchboard: Switchboard,
        clearing: Clearing,
        accounts: Accounts,
        audit: Audit,
        *,
        seams: Seams,
        tasks: Tasks,
    ) -> None:
        """Work on `switchboard`, and record everything in `audit`."""
        self._switchboard = switchboard
        self._clearing = clearing
        self._accounts = accounts
        self._audit = audit
        self._seams = seams
        self._tasks = tasks

    # --- trading states ------------------------------------------------------------------------------------------

    async def set_state(self, change: Change) -> Changed:
        """Restrict or loosen a scope. It is carried through although the caller goes away.

        Raises:
            InvalidRequestError, NotFoundError: there is no such scope, or the change makes no sense.
            DeniedError: the principal may not.
            ConflictError: restricted anew while it was being released.
            UnavailableError: not durable.
        """
        return await asyncio.shield(self._tasks.spawn(self._set_state(change), logged=False))

    async def _set_state(self, change: Change) -> Changed:
        self._check(change)
        loosens = change.state.rank < self._switchboard.state_of(change.scope).rank
        details = {"state": change.state.value, "was": self._switchboard.state_of(change.scope).value}
        try:
            changed = await (self._loosen(change) if loosens else self._restrict(change))
        except UnavailableError as error:
            # Whoever was refused is on record by the call; here something holds, or was to hold, that is not durable.
            self.note("trading_state.set", change.scope, change.reason, details, error)
            raise
        self.note("trading_state.set", change.scope, change.reason, details)
        return changed

    async def _loosen(self, change: Change) -> Changed:
        need(Role.RISK)
        need_second_factor("releasing trading")
        if not change.reason:
            raise InvalidRequestError.of(Violation("reason", "FIELD_REQUIRED", "say why trading may go on"))
        record = await self._switchboard.release(change.scope, change.state, change.reason)
        return Changed(record=record, cleared=Cleared())

    async def _restrict(self, change: Change) -> Changed:
        need(Role.TRADE, Role.RISK)
        return await self.restrict(replace(change, within=acting().accounts), by=KILL_SWITCH)

    async def restrict(self, change: Change, *, by: Principal) -> Changed:
        """Restrict a scope at once, then cancel and flatten as `by`, and answer when the state is durable.

        Asks nobody: for the gateway itself, and for a caller who was found to be allowed. `by` is a part of the
        gateway, whoever acts.
        """
        record = self._switchboard.engage(change.scope, change.state, change.reason)
        cleared = Cleared()
        with acting_as(by):
            clearing = self._tasks.spawn(
                self._clearing.clear(
                    change.scope,
                    cleared,
                    within=change.within,
                    cancel=change.cancel,
                    external=change.cancel_external,
                    flatten=change.flatten,
                )
            )
        try:
            await self._switchboard.keep(change.scope)
        finally:
            done, _ = await asyncio.wait({clearing}, timeout=CLEARING_WAIT)
            if done and clearing.exception() is not None:
                cleared.problems.append("not everything was canceled and closed: the gateway's log says why")
        return Changed(record=record, cleared=cleared, unfinished=not done)

    def _check(self, change: Change) -> None:
        need_reach(self._accounts, change.scope)
        check_reason(change.reason)
        asks = change.cancel or change.cancel_external or change.flatten
        if asks and change.state is TradingState.ACTIVE:
            text = "cancels and flattening go with a state that restricts"
            raise InvalidRequestError.of(Violation("state", "INVALID_FIELD", text))
        if change.flatten and change.scope.kind is ScopeKind.PRINCIPAL:
            text = "positions belong to accounts, not to principals: name an account"
            raise InvalidRequestError.of(Violation("flatten", "INVALID_FIELD", text))

    # --- arming --------------------------------------------------------------------------------------------------

    def arm(self, account_id: str, ttl: float | None, reason: str = "") -> Arming:
        """Let a live account trade for `ttl` seconds.

        Raises:
            InvalidRequestError, NotFoundError: it is on paper, unknown, or the time is out of range.
            DeniedError: the principal may not.
        """
        account = self._accounts.get(account_id)
        need(Role.RISK)
        need_second_factor("arming a live account")
        check_reason(reason)
        if account.adapter.environment is Environment.PAPER:
            text = f"account {account_id} is on paper and needs no arming"
            raise InvalidRequestError.of(Violation("account_id", "INVALID_FIELD", text))
        seconds = DEFAULT_TTL if ttl is None else ttl
        if not 0 < seconds <= LONGEST_TTL:
            text = f"above 0, at most {LONGEST_TTL // 3600} hours"
            raise InvalidRequestError.of(Violation("ttl", "INVALID_FIELD", text))
        self.note("account.arm", Scope(ScopeKind.ACCOUNT, account_id), reason, {"seconds": f"{seconds:g}"})
        return self._switchboard.armings.arm(account_id, seconds)

    def disarm(self, account_id: str) -> bool:
        """End an arming; false where there was none. Raises `NotFoundError` or `DeniedError`."""
        self._accounts.get(account_id)
        need(Role.TRADE, Role.RISK)
        was = self._switchboard.armings.disarm(account_id)
        self.note("account.disarm", Scope(ScopeKind.ACCOUNT, account_id))
        return was

    async def watch_armings(self) -> None:
        """Put on record, for ever, that armings have ended."""
        while True:
            await self._seams.sleep(1.0)
            for arming in self._switchboard.armings.expired():
                _log.warning("disarmed: its time is over", extra={"account_id": arming.account_id})
                self.note("account.disarm", Scope(ScopeKind.ACCOUNT, arming.account_id), "its time is over")

    # --- on record -----------------------------------------------------------------------------------------------

    def note(
        self,
        action: str,
        scope: Scope,
        reason: str = "",
        details: dict[str, str] | None = None,
        error: BrokerwireError | None = None,
    ) -> None:
        """Put on record what was done about a scope; with `error`, that it failed."""
        self._audit.record(
            action,
            outcome=AuditOutcome.FAILED if error else AuditOutcome.DONE,
            account_id=scope.name if scope.kind is ScopeKind.ACCOUNT else "",
            target=str(scope),
            reason=error.reason if error else "",
            details={**(details or {}), **({"reason": reason} if reason else {})},
        )


def need(*roles: Role) -> None:
    """Raise `DeniedError` unless whoever acts has one of the roles."""
    principal = acting()
    if not any(principal.has(role) for role in roles):
        needed = " or ".join(roles)
        text = f"{principal.name} may not do this: it takes role {needed}"
        raise DeniedError("PERMISSION_DENIED", text, metadata={"principal": principal.name, "needed": needed})


def check_reason(reason: str) -> None:
    """Raise where a reason is too long to be kept."""
    if len(reason) > LONGEST_REASON:
        raise InvalidRequestError.of(Violation("reason", "INVALID_FIELD", f"at most {LONGEST_REASON} characters"))
