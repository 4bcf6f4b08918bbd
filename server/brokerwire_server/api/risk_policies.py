"""The calls of RiskService about limits: policies, and overrides of their soft rules."""

from brokerwire.v1 import risk_service_pb2 as pb
from brokerwire_server.api.convert.risk import effective_message, override_message, policy_message
from brokerwire_server.api.convert.trading import scope_from
from brokerwire_server.api.convert.values import invalid, optional_duration, required
from brokerwire_server.api.methods import Call
from brokerwire_server.domain.trading import Scope, ScopeKind
from brokerwire_server.engine.acting import acting
from brokerwire_server.engine.gateway import Gateway
from brokerwire_server.engine.reach import need_reach

REASON_LIMIT = 500


class PolicyCalls:
    """Policies and overrides."""

    def __init__(self, gateway: Gateway) -> None:
        """Serve the policies of `gateway`."""
        self._gateway = gateway
        self._policies = gateway.policies

    async def get_risk_policy(self, request: pb.GetRiskPolicyRequest, _: Call) -> pb.GetRiskPolicyResponse:
        """Read the limits in force for an account, and every policy."""
        response = pb.GetRiskPolicyResponse(policies=map(policy_message, self._policies.policies()))
        if request.account_id:
            account = self._gateway.accounts.get(request.account_id).book.account
            if request.principal:
                need_reach(self._gateway.accounts, Scope(ScopeKind.PRINCIPAL, request.principal))
            found = self._policies.effective(
                account.environment,
                account.broker,
                account.account_id,
                request.principal or acting().name,
                (request.symbol,) if request.symbol else (),
            )
            response.effective.extend(effective_message(found.limits, found.sources))
        return response

    async def update_risk_policy(self, request: pb.UpdateRiskPolicyRequest, _: Call) -> pb.UpdateRiskPolicyResponse:
        """Set limits of a scope."""
        if not request.limits:
            raise required("limits", "name at least one limit to change")
        changes = {limit.name: limit.value for limit in request.limits}
        if len(changes) < len(request.limits):
            raise invalid("limits", "each limit once")
        policy = await self._policies.update(
            scope_from(request.scope, "scope"),
            changes,
            expected_version=request.expected_version,
            reason=_reason(request.reason),
        )
        return pb.UpdateRiskPolicyResponse(policy=policy_message(policy))

    async def create_risk_override(
        self, request: pb.CreateRiskOverrideRequest, _: Call
    ) -> pb.CreateRiskOverrideResponse:
        """Let a soft rule not reject for a time."""
        ttl = optional_duration(request, "ttl")
        if not request.rule:
            raise required("rule", "the rule that is not to reject")
        if ttl is None:
            raise required("ttl", "for how long: at most 24 hours")
        override = await self._policies.allow(
            request.rule, scope_from(request.scope, "scope"), ttl=ttl, reason=_reason(request.reason)
        )
        return pb.CreateRiskOverrideResponse(risk_override=override_message(override, self._now()))

    async def list_risk_overrides(self, request: pb.ListRiskOverridesRequest, _: Call) -> pb.ListRiskOverridesResponse:
        """List overrides."""
        found = self._policies.overrides(ended=request.include_ended)
        now = self._now()
        return pb.ListRiskOverridesResponse(risk_overrides=[override_message(each, now) for each in found])

    async def revoke_risk_override(
        self, request: pb.RevokeRiskOverrideRequest, _: Call
    ) -> pb.RevokeRiskOverrideResponse:
        """End an override now."""
        if not request.override_id:
            raise required("override_id", "name the override")
        override = await self._policies.revoke(request.override_id)
        return pb.RevokeRiskOverrideResponse(risk_override=override_message(override, self._now()))

    def _now(self) -> int:
        return self._gateway.seams.now()


def _reason(text: str) -> str:
    if not text.strip():
        raise required("reason", "say why: it is journaled")
    if len(text) > REASON_LIMIT:
        raise invalid("reason", f"at most {REASON_LIMIT} characters")
    return text.strip()
