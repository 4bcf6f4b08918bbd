"""Who may do what: roles, and principals who have them."""

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


class Principal(Struct, frozen=True, kw_only=True):
    """Somebody who calls, proven by a credential or by where the call comes from.

    `accounts`, `asset_classes` and `maximum_notional` (account currency, per order) narrow what the roles allow; empty
    or `None` does not. `second_factor`: one came with this very call, and was valid.
    """

    name: str
    roles: frozenset[Role]
    accounts: frozenset[str] = frozenset()
    asset_classes: frozenset[AssetClass] = frozenset()
    maximum_notional: Decimal | None = None
    second_factor: bool = False

    def has(self, role: Role) -> bool:
        """Whether the principal has a role, or one that includes it."""
        return role in self.roles or (role is Role.READ and bool(self.roles))

    def reaches(self, account_id: str) -> bool:
        """Whether the principal may act on an account."""
        return not self.accounts or account_id in self.accounts


LOCAL = Principal(name="local", roles=frozenset(Role))
"""Whoever reaches the gateway on its own machine, where no credential is asked for."""


def system(part: str) -> Principal:
    """Return the principal of a part of the gateway that acts by itself: `system:breaker`."""
    return Principal(name=f"system:{part}", roles=frozenset(Role), second_factor=True)
