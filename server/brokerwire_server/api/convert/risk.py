"""Risk verdicts, policies and overrides as messages."""

from collections.abc import Mapping

from brokerwire.v1 import risk_pb2 as pb
from brokerwire_server.api.convert.enums import POLICY_ORIGIN, RISK_SEVERITY
from brokerwire_server.api.convert.trading import scope_message
from brokerwire_server.api.convert.values import set_time
from brokerwire_server.domain.policies import RiskOverride, RiskPolicy
from brokerwire_server.risk.limits import SPECS, Limits, limit_text
from brokerwire_server.risk.verdict import RiskVerdict


def verdict_message(verdict: RiskVerdict) -> pb.RiskVerdict:
    """Return a verdict with all findings."""
    message = pb.RiskVerdict(accepted=verdict.accepted, policy_version=verdict.policy_version)
    for finding in verdict.findings:
        message.findings.add(
            code=finding.code,
            rule=finding.rule,
            severity=RISK_SEVERITY.to_wire[finding.severity],
            message=finding.message,
            limit=finding.limit,
            value=finding.value,
            symbol=finding.symbol,
            missing_data=finding.missing,
            override_id=finding.override_id,
        )
    return message


def effective_message(limits: Limits, sources: Mapping[str, RiskPolicy]) -> list[pb.RiskLimit]:
    """Return every limit with the policy that it comes from."""
    return [_limit(name, limit_text(getattr(limits, name)), sources.get(name)) for name in SPECS]


def policy_message(policy: RiskPolicy) -> pb.RiskPolicy:
    """Return a policy."""
    message = pb.RiskPolicy(
        scope=scope_message(policy.scope),
        limits=[_limit(name, text, policy) for name, text in policy.limits.items()],
        version=policy.version,
        origin=POLICY_ORIGIN.to_wire[policy.origin],
        updated_by=policy.updated_by,
        reason=policy.reason,
    )
    if policy.update_time:
        set_time(message.update_time, policy.update_time)
    return message


def override_message(override: RiskOverride, now: int) -> pb.RiskOverride:
    """Return an override as it stands at `now`."""
    message = pb.RiskOverride(
        override_id=override.override_id,
        rule=override.rule,
        scope=scope_message(override.scope),
        reason=override.reason,
        created_by=override.created_by,
        revoked_by=override.revoked_by,
        active=override.active(now),
    )
    set_time(message.create_time, override.create_time)
    set_time(message.expire_time, override.expire_time)
    if override.revoke_time:
        set_time(message.revoke_time, override.revoke_time)
    return message


def _limit(name: str, text: str, source: RiskPolicy | None) -> pb.RiskLimit:
    spec = SPECS[name]
    message = pb.RiskLimit(
        name=name,
        value=text,
        code=spec.code,
        severity=RISK_SEVERITY.to_wire[spec.severity],
        description=spec.about,
        origin=pb.RISK_POLICY_ORIGIN_DEFAULT if source is None else POLICY_ORIGIN.to_wire[source.origin],
    )
    if source is not None:
        message.scope.CopyFrom(scope_message(source.scope))
    return message
