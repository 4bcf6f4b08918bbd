"""Risk policies and overrides as records: what was decided, by whom, for which part of all trading."""

from collections.abc import Mapping
from enum import StrEnum

from msgspec import Struct

from brokerwire_server.domain.trading import Scope


class PolicyOrigin(StrEnum):
    """Where a policy comes from: the operator's file, which nothing changes at run time, or a caller who set it."""

    CONFIGURATION = "CONFIGURATION"
    STORED = "STORED"


class RiskPolicy(Struct, frozen=True, kw_only=True):
    """The limits of a scope, by name, as text; what is not named is left to other scopes and to the defaults.

    `version` counts the changes; it is 0 where none was made yet.
    """

    scope: Scope
    limits: Mapping[str, str] = {}
    version: int = 0
    update_time: int = 0
    updated_by: str = ""
    reason: str = ""
    origin: PolicyOrigin = PolicyOrigin.STORED


class RiskOverride(Struct, frozen=True, kw_only=True):
    """That one soft rule does not reject within a scope until `expire_time`; who allowed it, and why."""

    override_id: str
    rule: str
    scope: Scope
    reason: str
    created_by: str
    create_time: int
    expire_time: int
    revoke_time: int = 0
    revoked_by: str = ""

    def active(self, now: int) -> bool:
        """Whether it holds at a time."""
        return not self.revoke_time and self.create_time <= now < self.expire_time
