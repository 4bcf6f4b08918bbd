"""Whether trading is allowed: trading states by scope, guard leases, and the arming of live accounts."""

from decimal import Decimal
from enum import StrEnum

from msgspec import Struct


class TradingState(StrEnum):
    """What may be sent to a broker. From ACTIVE on, each state lets pass less than the one before it.

    ACTIVE: everything. REDUCE_ONLY: cancels, orders that reduce a position, and replaces that add nothing. CANCEL_ONLY:
    cancels, and replaces that only lower a quantity. HALTED: cancels.
    """

    ACTIVE = "ACTIVE"
    REDUCE_ONLY = "REDUCE_ONLY"
    CANCEL_ONLY = "CANCEL_ONLY"
    HALTED = "HALTED"

    @property
    def rank(self) -> int:
        """How restrictive the state is; 0 is ACTIVE."""
        return _RANKS[self]


_RANKS = {state: rank for rank, state in enumerate(TradingState)}


class ScopeKind(StrEnum):
    """What a scope is about."""

    GLOBAL = "GLOBAL"
    BROKER = "BROKER"
    ACCOUNT = "ACCOUNT"
    PRINCIPAL = "PRINCIPAL"
    SYMBOL = "SYMBOL"


class Scope(Struct, frozen=True):
    """A part of all trading: `name` is the broker, account, principal or symbol, and empty for GLOBAL."""

    kind: ScopeKind
    name: str = ""

    def __str__(self) -> str:
        return f"{self.kind}:{self.name}" if self.name else self.kind.value


EVERYTHING = Scope(ScopeKind.GLOBAL)


def parse_scope(text: str) -> Scope | None:
    """Read what `str(scope)` writes, in any case of the kind: "account:paper", "GLOBAL". `None`: it is no scope."""
    kind, colon, name = text.partition(":")
    try:
        scope = Scope(ScopeKind(kind.upper()), name)
    except ValueError:
        return None
    is_global = scope.kind is ScopeKind.GLOBAL
    return scope if bool(name) is not is_global and bool(colon) is not is_global else None


class StateRecord(Struct, frozen=True, kw_only=True):
    """The state of one scope: who set it (a principal's name, "system:..." for the gateway itself), when and why."""

    scope: Scope
    state: TradingState
    principal: str
    time: int
    reason: str = ""


class Standing(Struct, frozen=True):
    """What holds for an order: the most restrictive state of all scopes that it is in, and which scope sets it."""

    state: TradingState = TradingState.ACTIVE
    scope: Scope = EVERYTHING
    reason: str = ""


FREE = Standing()


class Arming(Struct, frozen=True, kw_only=True):
    """That a live account may trade until a time, and who allowed it. It ends with the process."""

    account_id: str
    principal: str
    time: int
    until: int


class LeaseState(StrEnum):
    """Where a guard lease stands."""

    ACTIVE = "ACTIVE"
    FIRED = "FIRED"


class GuardLease(Struct, frozen=True, kw_only=True):
    """A promise to give a sign of life every `ttl` nanoseconds, and what happens to `scope` when none comes.

    `cancel` cancels the working orders that the gateway placed; `state` other than ACTIVE is set on the scope.
    `expire_time` is for people: what counts is a clock that never jumps.
    """

    lease_id: str
    scope: Scope
    ttl: int
    principal: str
    cancel: bool = False
    state: TradingState = TradingState.ACTIVE
    reason: str = ""
    lease_state: LeaseState = LeaseState.ACTIVE
    create_time: int = 0
    expire_time: int = 0
    fire_time: int = 0


class EquityMark(Struct, frozen=True, kw_only=True):
    """What an account's losses are measured from: its equity when the session began, and the highest since.

    `session` is the ISO date in New York, `flows` what had been deposited, less what had been withdrawn, by `time`:
    what moved since then is no profit and no loss.
    """

    account_id: str
    session: str
    time: int
    start: Decimal
    high: Decimal
    flows: Decimal
