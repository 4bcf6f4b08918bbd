"""Whether trading is allowed: trading states, armed accounts, guard leases."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from brokerwire.types._base import Record
from brokerwire.types._gateway_enums import GuardLeaseState, TradingScopeKind, TradingState

__all__ = [
    "AccountArming",
    "GuardLease",
    "TradingScope",
    "TradingStateChange",
    "TradingStateRecord",
    "TradingStates",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class TradingScope(Record):
    """A part of all trading. As text it is what calls take: "global", "account:main"."""

    kind: TradingScopeKind
    name: str

    def __str__(self) -> str:
        return f"{self.kind}:{self.name}" if self.name else str(self.kind)


@dataclass(frozen=True, slots=True, kw_only=True)
class TradingStateRecord(Record):
    """The state that was set for a scope; what holds for an order may be stricter."""

    scope: TradingScope
    state: TradingState
    principal: str
    """Who set it; "system:..." for the gateway itself."""
    reason: str
    set_time: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountArming(Record):
    """That a live account may trade until a time."""

    account_id: str
    principal: str
    armed_time: datetime
    armed_until_time: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TradingStates(Record):
    """All that decides whether trading is allowed."""

    records: tuple[TradingStateRecord, ...]
    """The scopes that were ever set, the strictest first."""
    armings: tuple[AccountArming, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TradingStateChange(Record):
    """What became of a change of a trading state."""

    record: TradingStateRecord
    cancel_count: int
    cancel_failed_count: int
    flatten_order_ids: tuple[str, ...]
    problems: tuple[str, ...]
    """What was not done, and why."""
    unfinished: bool
    """Cancels or closing orders were still under way. They go on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GuardLease(Record):
    """A dead man's switch."""

    lease_id: str
    scope: TradingScope
    ttl: timedelta
    cancel_orders: bool
    trading_state: TradingState
    """UNSPECIFIED: it sets none."""
    principal: str
    reason: str
    state: GuardLeaseState
    create_time: datetime
    expire_time: datetime | None
    fire_time: datetime | None
