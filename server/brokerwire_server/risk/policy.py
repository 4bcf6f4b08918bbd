"""Which limits are in force: policies come together, and of several values one counts.

A policy belongs to a scope. For an order, those of all its scopes come together: of a limit's HARD values the most
restrictive counts, of its SOFT ones that of the most specific scope (global, broker, account, principal, symbol). What
no policy says has the default of the account's environment, which therefore does not bound what a policy may say.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from brokerwire_server.domain.connections import Environment
from brokerwire_server.domain.policies import PolicyOrigin, RiskPolicy
from brokerwire_server.domain.trading import Scope, ScopeKind
from brokerwire_server.risk.limits import LIVE, PAPER, SPECS, Limits, Value, parse_limit, tighter
from brokerwire_server.risk.verdict import Severity

_RANK = {kind: rank for rank, kind in enumerate(ScopeKind)}


class Layer(Struct, frozen=True):
    """A policy with its limits read."""

    policy: RiskPolicy
    values: Mapping[str, Value]


def layer(policy: RiskPolicy) -> Layer:
    """Read a policy's limits. Raises `InvalidRequestError` naming all that is not a limit, or not a value of one."""
    return Layer(policy, {name: parse_limit(name, text, f"limits.{name}") for name, text in policy.limits.items()})


def defaults(environment: Environment) -> Limits:
    """Return what holds where no policy says anything."""
    return LIVE if environment is Environment.LIVE else PAPER


def scopes_of(broker: str, account_id: str, principal: str, symbols: Iterable[str]) -> tuple[Scope, ...]:
    """Return the scopes that an order is in, the least specific first."""
    return (
        Scope(ScopeKind.GLOBAL),
        Scope(ScopeKind.BROKER, broker),
        Scope(ScopeKind.ACCOUNT, account_id),
        Scope(ScopeKind.PRINCIPAL, principal),
        *(Scope(ScopeKind.SYMBOL, symbol) for symbol in symbols),
    )


def resolve(default: Limits, layers: Sequence[Layer]) -> tuple[Limits, Mapping[str, RiskPolicy]]:
    """Return the limits in force under `layers`, in any order, and which policy each comes from that is no default.

    Two symbols of one order are equally specific: the tighter of their values counts. Within one scope, what a caller
    has set is more specific than what the operator's file says.
    """
    found: dict[str, Any] = {}
    sources: dict[str, RiskPolicy] = {}
    for each in sorted(layers, key=_specificity):
        for name, value in each.values.items():
            if name in found and _both_count(name, sources[name], each.policy):
                tight = tighter(name, found[name], value)
                if tight == found[name]:
                    continue
                value = tight  # noqa: PLW2901 - a union of lists is neither of the two
            found[name], sources[name] = value, each.policy
    return replace(default, **found), sources


def _specificity(each: Layer) -> tuple[int, bool]:
    return _RANK[each.policy.scope.kind], each.policy.origin is PolicyOrigin.STORED


def _both_count(name: str, known: RiskPolicy, policy: RiskPolicy) -> bool:
    siblings = known.scope.kind is ScopeKind.SYMBOL and known.scope != policy.scope
    return siblings or SPECS[name].severity is Severity.HARD
