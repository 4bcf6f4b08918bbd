"""Limits, what they say of an order, and overrides."""

from dataclasses import dataclass
from datetime import datetime

from brokerwire.types._base import Record
from brokerwire.types._gateway_enums import RiskPolicyOrigin, RiskSeverity
from brokerwire.types.trading import TradingScope

__all__ = ["RiskFinding", "RiskLimit", "RiskLimits", "RiskOverride", "RiskPolicy", "RiskVerdict"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskFinding(Record):
    """One rule that an order violates. `limit` and `value` are texts: a decimal, or a word."""

    code: str
    rule: str
    severity: RiskSeverity
    message: str
    limit: str
    value: str
    symbol: str
    missing_data: bool
    override_id: str
    """The override that lets the order pass all the same; empty: none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskVerdict(Record):
    """What all rules say of an order."""

    accepted: bool
    findings: tuple[RiskFinding, ...]
    """What rejects, what is overridden, and warnings."""
    policy_version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskLimit(Record):
    """One limit. `value` is a decimal, "on" or "off", words with commas between them, or "none"."""

    name: str
    value: str
    code: str
    severity: RiskSeverity
    description: str
    origin: RiskPolicyOrigin
    scope: TradingScope | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskPolicy(Record):
    """The limits that are set for a scope."""

    scope: TradingScope
    limits: tuple[RiskLimit, ...]
    version: int
    origin: RiskPolicyOrigin
    update_time: datetime | None
    updated_by: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskLimits(Record):
    """The limits in force for an account, with where each comes from; and every policy there is."""

    effective: tuple[RiskLimit, ...]
    policies: tuple[RiskPolicy, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskOverride(Record):
    """That one soft rule does not reject within a scope for a time."""

    override_id: str
    rule: str
    scope: TradingScope
    reason: str
    created_by: str
    create_time: datetime
    expire_time: datetime
    revoke_time: datetime | None
    revoked_by: str
    active: bool
