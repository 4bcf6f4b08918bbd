"""Risk policies for tests that are about something else, or about one limit alone."""

from __future__ import annotations

from brokerwire_server.domain.policies import PolicyOrigin, RiskPolicy
from brokerwire_server.domain.trading import EVERYTHING, Scope
from brokerwire_server.risk.limits import SPECS, Kind


def unlimited(scope: Scope = EVERYTHING, **limits: str) -> RiskPolicy:
    """Return a policy without any limit but those named."""
    texts = {name: "none" for name, spec in SPECS.items() if spec.kind is not Kind.SWITCH}
    switches = {name for name, spec in SPECS.items() if spec.kind is Kind.SWITCH}
    texts |= {name: "on" if name.startswith("allow_") else "off" for name in switches}
    return RiskPolicy(scope=scope, limits={**texts, **limits}, origin=PolicyOrigin.CONFIGURATION)
