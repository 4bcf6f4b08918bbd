"""What the rules say of an order: findings, and the verdict that follows from them."""

from enum import StrEnum

from msgspec import Struct


class Severity(StrEnum):
    """HARD findings reject and nothing overrides them; SOFT ones reject unless overridden; a WARNING never rejects."""

    HARD = "HARD"
    SOFT = "SOFT"
    WARNING = "WARNING"


class Finding(Struct, frozen=True, kw_only=True):
    """One rule that an order violates.

    `code` is the check's number (P12), `rule` the rule's own name. `limit` and `value` are texts for people: what is
    allowed, and what it would be with this order. `missing`: the rule lacks data that it needs, named in `value`.
    `override_id` is the override that lets the order pass all the same.
    """

    code: str
    rule: str
    severity: Severity
    message: str
    limit: str = ""
    value: str = ""
    symbol: str = ""
    missing: bool = False
    override_id: str = ""

    @property
    def rejects(self) -> bool:
        """Whether the order is rejected for this."""
        return self.severity is not Severity.WARNING and not self.override_id


class RiskVerdict(Struct, frozen=True):
    """All findings, cheap rules first. `policy_version` names the limits that were applied."""

    findings: tuple[Finding, ...] = ()
    policy_version: int = 0

    @property
    def accepted(self) -> bool:
        """Whether nothing rejects the order."""
        return not any(finding.rejects for finding in self.findings)

    @property
    def violations(self) -> tuple[Finding, ...]:
        """The findings that reject."""
        return tuple(finding for finding in self.findings if finding.rejects)

    @property
    def message(self) -> str:
        """All violations in one line, for people."""
        return "; ".join(f"{finding.code} {finding.message}" for finding in self.violations)


ACCEPTED = RiskVerdict()
