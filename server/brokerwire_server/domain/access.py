"""Who may do what: roles, principals who have them, and what proves a principal."""

from decimal import Decimal
from enum import StrEnum

from msgspec import Struct

from brokerwire_server.domain.instruments import AssetClass


class Role(StrEnum):
    """What a principal may do. TRADE, RISK and ADMIN each include READ; none of them includes another."""

    READ = "READ"
    TRADE = "TRADE"
    RISK = "RISK"
    ADMIN = "ADMIN"


class Action(StrEnum):
    """What is done to an order. Closing a position is submitting one."""

    SUBMIT = "SUBMIT"
    REPLACE = "REPLACE"
    CANCEL = "CANCEL"


class Quota(Struct, frozen=True, kw_only=True):
    """How much a principal may ask for: per second, and streams open at once. 0 does not limit."""

    calls: int = 0
    orders: int = 0
    cancels: int = 0
    streams: int = 0

    def or_else(self, default: "Quota") -> "Quota":
        """Return this quota, with `default` where nothing is said."""
        return Quota(
            calls=self.calls or default.calls,
            orders=self.orders or default.orders,
            cancels=self.cancels or default.cancels,
            streams=self.streams or default.streams,
        )


class Principal(Struct, frozen=True, kw_only=True):
    """Somebody who calls, proven by a credential or by where the call comes from.

    `accounts`, `actions`, `asset_classes` and `maximum_notional` (account currency, per order) narrow what the roles
    allow; empty or `None` does not. `second_factor`: one came with this very call, and was valid.
    """

    name: str
    roles: frozenset[Role]
    accounts: frozenset[str] = frozenset()
    actions: frozenset[Action] = frozenset()
    asset_classes: frozenset[AssetClass] = frozenset()
    maximum_notional: Decimal | None = None
    quota: Quota = Quota()
    second_factor: bool = False

    def has(self, role: Role) -> bool:
        """Whether the principal has a role, or one that includes it."""
        return role in self.roles or (role is Role.READ and bool(self.roles))

    def reaches(self, account_id: str) -> bool:
        """Whether the principal may act on an account."""
        return not self.accounts or account_id in self.accounts

    def may(self, action: Action) -> bool:
        """Whether the principal may do this to orders at all."""
        return not self.actions or action in self.actions

    @property
    def oversees(self) -> bool:
        """Whether the principal sees what concerns no account: the gateway's own journal."""
        return not self.accounts and (Role.RISK in self.roles or Role.ADMIN in self.roles)


class PrincipalRecord(Struct, frozen=True, kw_only=True):
    """A principal as it is stored. `quota` has 0 where the gateway's default holds; times are nanoseconds."""

    principal: Principal
    disabled: bool = False
    create_time: int = 0
    update_time: int = 0


class TokenRecord(Struct, frozen=True, kw_only=True):
    """A bearer token as it is stored: `digest` is the SHA-256 of its secret, which is kept nowhere.

    `addresses` are addresses and networks that it is good from; none: any. `revoke_time` is 0 where it was not revoked.
    """

    token_id: str
    principal: str
    digest: bytes
    create_time: int
    expire_time: int
    revoke_time: int = 0
    addresses: tuple[str, ...] = ()
    description: str = ""
    created_by: str = ""

    def valid_at(self, now: int) -> bool:
        """Whether it is neither revoked nor over."""
        return not self.revoke_time and now < self.expire_time


class FactorRecord(Struct, frozen=True, kw_only=True):
    """What must be remembered of a principal's second factor, besides its sealed secret.

    `last_step` is the time step of the last code that was used: neither it nor an earlier one is good again.
    `failures` counts wrong codes in a row; before `locked_until` (nanoseconds) none is looked at.
    """

    principal: str
    last_step: int = 0
    failures: int = 0
    locked_until: int = 0


LOCAL = Principal(name="local", roles=frozenset(Role))
"""Whoever reaches the gateway on its own machine, where no credential is asked for."""


def system(part: str) -> Principal:
    """Return the principal of a part of the gateway that acts by itself: `system:breaker`."""
    return Principal(name=f"system:{part}", roles=frozenset(Role), second_factor=True)
