"""The paper broker's clock, prices and faults."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from brokerwire.types._base import Record
from brokerwire.types._gateway_enums import ClockMode, FaultKind, FaultTarget, PriceSource
from brokerwire.types.accounts import Account, Activity

__all__ = ["FaultPlan", "FaultReport", "FaultRule", "FaultRuleStats", "Funding", "Simulation"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Simulation(Record):
    """State of the simulation."""

    clock_mode: ClockMode
    time: datetime | None
    speed: Decimal | None
    paused: bool
    price_source: PriceSource
    seed: int
    quote_count: int
    replay_quote_count: int
    replay_name: str
    replay_finished: bool
    symbols: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultRule(Record):
    """One kind of fault and when it strikes. Made by the caller, or read back."""

    target: FaultTarget
    kind: FaultKind
    probability: Decimal | None = None
    """0 to 1. None: always."""
    after_count: int = 0
    """Occasions to let pass first."""
    count: int = 0
    """Most times to strike. Zero: without limit."""
    delay: timedelta | None = None
    account_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultPlan(Record):
    """Faults that the simulator makes. The first rule that strikes wins."""

    rules: tuple[FaultRule, ...] = ()
    seed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultRuleStats(Record):
    """How often a rule was asked and struck."""

    seen_count: int
    fired_count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultReport(Record):
    """The plan in force and the counts of its rules, in the same order."""

    plan: FaultPlan | None
    stats: tuple[FaultRuleStats, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Funding(Record):
    """Money put into a paper account, or taken out."""

    activity: Activity
    account: Account
    deduplicated: bool
