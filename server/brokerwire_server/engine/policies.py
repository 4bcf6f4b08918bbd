"""The policy desk: which limits are in force for whom, and what people change about them."""

import asyncio
from collections.abc import Awaitable, Iterable, Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from brokerwire_server.domain.connections import Environment
from brokerwire_server.domain.errors import (
    InvalidRequestError,
    NotFoundError,
    UnavailableError,
    VersionMismatchError,
    Violation,
)
from brokerwire_server.domain.policies import RiskOverride, RiskPolicy
from brokerwire_server.domain.trading import Scope
from brokerwire_server.engine.accounts import Accounts
from brokerwire_server.engine.acting import acting, need_second_factor
from brokerwire_server.engine.audit import Audit
from brokerwire_server.engine.facts import Wanted, wanted
from brokerwire_server.engine.reach import need_reach, within_reach
from brokerwire_server.engine.seams import NANOS, Ids, Seams
from brokerwire_server.risk.limits import Limits, limit_spec
from brokerwire_server.risk.policy import Layer, defaults, layer, resolve, scopes_of
from brokerwire_server.risk.rule import Rule, in_force
from brokerwire_server.risk.rules import RULES
from brokerwire_server.risk.verdict import Finding, Severity
from brokerwire_server.store.base import PolicyStore, StoreError

LONGEST_OVERRIDE = 24 * 3600 * NANOS
"""How long an override may last."""

KEPT_RESOLUTIONS = 10_000
_SOFT_RULES = frozenset(rule.name for rule in RULES if rule.severity is Severity.SOFT)


class Effective(Struct, frozen=True):
    """The limits in force for an order, the policy that each comes from, and the newest version among these.

    `rules` are those that the limits ask for, `wanted` the facts that these need.
    """

    limits: Limits
    sources: Mapping[str, RiskPolicy]
    version: int
    rules: Sequence[Rule]
    wanted: Wanted


class Policies:
    """All policies and overrides. What is read holds at once; what is changed is durable first."""

    def __init__(
        self,
        store: PolicyStore,
        accounts: Accounts,
        audit: Audit,
        *,
        seams: Seams,
        ids: Ids,
        configured: Sequence[RiskPolicy] = (),
    ) -> None:
        """Keep them in `store`, beside those of the operator's file. Scopes name `accounts`, or their brokers.

        Raises:
            InvalidRequestError: a configured policy names no limit, or not a value of one.
        """
        self._store = store
        self._accounts = accounts
        self._audit = audit
        self._seams = seams
        self._ids = ids
        self._configured = {policy.scope: layer(policy) for policy in configured}
        self._stored: dict[Scope, Layer] = {}
        self._overrides: dict[str, RiskOverride] = {}
        self._resolved: dict[tuple[object, ...], Effective] = {}
        self._lock = asyncio.Lock()

    async def restore(self) -> None:
        """Take up what is stored. Raises `StoreError`: without its limits the gateway must not start."""
        for policy in await self._store.policies():
            try:
                self._stored[policy.scope] = layer(policy)
            except InvalidRequestError as error:
                raise StoreError(f"the stored risk policy of {policy.scope} can't be read: {error.message}") from error
        for override in await self._store.overrides():
            self._overrides[override.override_id] = override

    # --- reading -------------------------------------------------------------------------------------------------

    def effective(
        self, environment: Environment, broker: str, account_id: str, principal: str, symbols: tuple[str, ...]
    ) -> Effective:
        """Return the limits for an order."""
        key = (environment, broker, account_id, principal, symbols)
        found = self._resolved.get(key)
        if found is None:
            if len(self._resolved) >= KEPT_RESOLUTIONS:
                self._resolved.clear()
            found = self._resolved[key] = self._resolve(*key)
        return found

    def _resolve(
        self, environment: Environment, broker: str, account_id: str, principal: str, symbols: tuple[str, ...]
    ) -> Effective:
        scopes = scopes_of(broker, account_id, principal, symbols)
        found = [kept[scope] for kept in (self._configured, self._stored) for scope in scopes if scope in kept]
        limits, sources = resolve(defaults(environment), found)
        version = max((each.policy.version for each in found), default=0)
        return Effective(limits, sources, version, in_force(RULES, limits), wanted(limits))

    def policies(self) -> Sequence[RiskPolicy]:
        """Return every policy within reach: the file's, then the stored ones, each by scope."""
        both = (self._configured, self._stored)
        return [kept[scope].policy for kept in both for scope in sorted(kept, key=str) if within_reach(scope)]

    def policy(self, scope: Scope) -> RiskPolicy:
        """Return the stored policy of a scope; one with nothing set where there is none."""
        known = self._stored.get(scope)
        return known.policy if known else RiskPolicy(scope=scope)

    def overrides(self, *, ended: bool = False) -> Sequence[RiskOverride]:
        """Return the overrides within reach that hold now, oldest first; with `ended`, the others too."""
        now = self._seams.now()
        found = [each for each in self._overrides.values() if ended or each.active(now)]
        return [each for each in found if within_reach(each.scope)]

    def overridden(self, findings: Iterable[Finding], scopes: Sequence[Scope]) -> tuple[Finding, ...]:
        """Return findings with the override that each soft one has."""
        if not self._overrides:
            return tuple(findings)
        now = self._seams.now()
        holding = [o for o in self._overrides.values() if o.active(now) and o.scope in scopes]
        return tuple(_with_override(finding, holding) for finding in findings)

    # --- changing ------------------------------------------------------------------------------------------------

    async def update(
        self, scope: Scope, changes: Mapping[str, str], *, expected_version: int, reason: str
    ) -> RiskPolicy:
        """Set limits of a scope; an empty text takes one back. What is not named stays.

        Raises:
            DeniedError: no second factor came with the call, or the scope is out of reach.
            NotFoundError: the scope names no account or broker that there is.
            InvalidRequestError: no such limit, or not a value of it.
            VersionMismatchError: the policy has changed since the caller read it.
            UnavailableError: it could not be made durable; nothing changed.
        """
        need_second_factor("changing limits")
        need_reach(self._accounts, scope)
        for name in changes:
            limit_spec(name, f"limits.{name}")
        async with self._lock:
            known = self.policy(scope)
            if known.version != expected_version:
                text = f"the policy of {scope} is at version {known.version}, not {expected_version}: read it again"
                metadata = {"expected_version": str(expected_version), "version": str(known.version)}
                raise VersionMismatchError("VERSION_MISMATCH", text, metadata=metadata)
            limits = {**known.limits, **{name: text.strip() for name, text in changes.items()}}
            policy = RiskPolicy(
                scope=scope,
                limits={name: text for name, text in sorted(limits.items()) if text},
                version=known.version + 1,
                update_time=self._seams.now(),
                updated_by=acting().name,
                reason=reason,
            )
            read = layer(policy)
            await self._durable(self._store.put_policy(policy))
            self._stored[scope] = read
            self._resolved.clear()
        details = {name: f"{known.limits.get(name, '')} -> {text}" for name, text in changes.items()}
        self._audit.record("risk.policy.update", target=str(scope), reason=reason, details=details)
        return policy

    async def allow(self, rule: str, scope: Scope, *, ttl: int, reason: str) -> RiskOverride:
        """Override a soft rule within a scope for `ttl` nanoseconds; it then reverts by itself.

        Raises:
            DeniedError: no second factor came with the call, or the scope is out of reach.
            NotFoundError: the scope names no account or broker that there is.
            InvalidRequestError: no such rule, a hard one, or too long.
            UnavailableError: it could not be made durable; nothing changed.
        """
        need_second_factor("overriding a rule")
        need_reach(self._accounts, scope)
        if rule not in _SOFT_RULES:
            hard = any(each.name == rule for each in RULES)
            text = f"{rule[:48]} can't be overridden" if hard else f"there is no rule {rule[:48]!r}"
            raise InvalidRequestError.of(Violation("rule", "INVALID_FIELD", text, tuple(sorted(_SOFT_RULES))))
        if not 0 < ttl <= LONGEST_OVERRIDE:
            raise InvalidRequestError.of(Violation("ttl", "INVALID_FIELD", "above 0, at most 24 hours"))
        now = self._seams.now()
        override = RiskOverride(
            override_id=self._ids(),
            rule=rule,
            scope=scope,
            reason=reason,
            created_by=acting().name,
            create_time=now,
            expire_time=now + ttl,
        )
        await self._durable(self._store.put_override(override))
        self._overrides[override.override_id] = override
        self._audit.record(
            "risk.override.create",
            target=override.override_id,
            reason=reason,
            details={"rule": rule, "scope": str(scope), "seconds": str(ttl // NANOS)},
        )
        return override

    async def revoke(self, override_id: str) -> RiskOverride:
        """End an override now. One that has ended is returned as it is. Raises `NotFoundError`."""
        known = self._overrides.get(override_id)
        if known is None or not within_reach(known.scope):
            metadata = {"override_id": override_id}
            raise NotFoundError("OVERRIDE_NOT_FOUND", f"no override {override_id[:48]!r}", metadata=metadata)
        if not known.active(self._seams.now()):
            return known
        ended = replace(known, revoke_time=self._seams.now(), revoked_by=acting().name)
        self._overrides[override_id] = ended  # what makes limits tighter holds at once
        await self._durable(self._store.put_override(ended))
        self._audit.record("risk.override.revoke", target=override_id, details={"rule": ended.rule})
        return ended

    async def _durable(self, work: Awaitable[None]) -> None:
        try:
            await work
        except StoreError as error:
            text = "the change could not be made durable"
            raise UnavailableError("JOURNAL_UNAVAILABLE", text, metadata={"sent": "NO"}) from error


def _with_override(finding: Finding, holding: Sequence[RiskOverride]) -> Finding:
    if finding.severity is not Severity.SOFT:
        return finding
    override = next((o for o in holding if o.rule == finding.rule), None)
    return finding if override is None else replace(finding, override_id=override.override_id)
