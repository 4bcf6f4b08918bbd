"""Calls of RiskService about limits and their overrides."""

from __future__ import annotations

from typing import TYPE_CHECKING

from brokerwire._calls.base import Call, call
from brokerwire._calls.trading import Scope, scope_message
from brokerwire._wire import duration
from brokerwire.types.risk import RiskLimits, RiskOverride, RiskPolicy
from brokerwire.v1 import risk_pb2
from brokerwire.v1 import risk_service_pb2 as pb

if TYPE_CHECKING:
    from collections.abc import Mapping

    from brokerwire._wire import Seconds


def risk_limits(
    *, account: str | None = None, principal: str | None = None, symbol: str | None = None
) -> Call[RiskLimits]:
    """Reads the limits in force for orders, with where each comes from, and every policy there is.

    Args:
        account: Whose limits. Absent: policies only.
        principal: Whose orders; yours if absent.
        symbol: In which instrument.
    """
    request = pb.GetRiskPolicyRequest(account_id=account or "", principal=principal or "", symbol=symbol or "")
    return call("GetRiskPolicy", request, RiskLimits.from_proto)


def set_risk_limits(
    scope: Scope,
    limits: Mapping[str, str | None],
    *,
    expected_version: int,
    reason: str,
    otp: str | None = None,
) -> Call[RiskPolicy]:
    """Sets limits of a scope. They hold for every order that is checked from then on.

    Args:
        scope: "global", "broker:ID", "account:ID", "principal:NAME" or "symbol:SYMBOL".
        limits: Values by name; None takes a limit back.
        expected_version: The version of the scope's policy that you have read; 0 for the first change.
        reason: Why, for people.
        otp: A code of the second factor.
    """
    request = pb.UpdateRiskPolicyRequest(
        scope=scope_message(scope),
        limits=[risk_pb2.RiskLimit(name=name, value=value or "") for name, value in limits.items()],
        expected_version=expected_version,
        reason=reason,
    )
    return call("UpdateRiskPolicy", request, _policy, otp=otp)


def override_risk(rule: str, scope: Scope, *, ttl: Seconds, reason: str, otp: str | None = None) -> Call[RiskOverride]:
    """Lets one soft rule not reject within a scope for a time. Send again what was refused.

    Args:
        rule: Its name: "order_notional".
        scope: Where: "account:ID" and so on.
        ttl: For how long, at most 24 hours.
        reason: Why, for people.
        otp: A code of the second factor.
    """
    request = pb.CreateRiskOverrideRequest(rule=rule, scope=scope_message(scope), ttl=duration(ttl), reason=reason)
    return call("CreateRiskOverride", request, _override, otp=otp)


def risk_overrides(*, ended: bool = False) -> Call[tuple[RiskOverride, ...]]:
    """Lists the overrides that hold, oldest first; with `ended`, the latest others too."""
    return call("ListRiskOverrides", pb.ListRiskOverridesRequest(include_ended=ended), _overrides)


def revoke_risk_override(override_id: str) -> Call[RiskOverride]:
    """Ends an override now."""
    return call("RevokeRiskOverride", pb.RevokeRiskOverrideRequest(override_id=override_id), _override)


def _policy(response: pb.UpdateRiskPolicyResponse) -> RiskPolicy:
    return RiskPolicy.from_proto(response.policy)


def _override(response: pb.CreateRiskOverrideResponse | pb.RevokeRiskOverrideResponse) -> RiskOverride:
    return RiskOverride.from_proto(response.risk_override)


def _overrides(response: pb.ListRiskOverridesResponse) -> tuple[RiskOverride, ...]:
    return tuple(map(RiskOverride.from_proto, response.risk_overrides))
