"""Who may call: principals, their tokens, and what they may do."""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from brokerwire.types._base import Record
from brokerwire.types._gateway_enums import Action, Role
from brokerwire.types._trading_enums import AssetClass

__all__ = ["NewToken", "Principal", "PrincipalQuota", "SigningKey", "Token"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PrincipalQuota(Record):
    """How much a principal may ask for. 0 is the gateway's default for all principals."""

    calls_per_second: int = 0
    orders_per_second: int = 0
    cancels_per_second: int = 0
    streams: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal(Record):
    """Somebody who may call, and what it may do. What is empty does not narrow its roles."""

    name: str
    roles: tuple[Role, ...] = ()
    account_ids: tuple[str, ...] = ()
    actions: tuple[Action, ...] = ()
    asset_classes: tuple[AssetClass, ...] = ()
    maximum_notional: Decimal | None = None
    quota: PrincipalQuota | None = None
    disabled: bool = False
    second_factor_enrolled: bool = False
    create_time: datetime | None = None
    update_time: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Token(Record):
    """A bearer token, without its secret."""

    token_id: str
    principal: str
    description: str
    allowed_addresses: tuple[str, ...]
    """Addresses and networks that it is good from; none: any."""
    create_time: datetime
    expire_time: datetime
    revoke_time: datetime | None = None
    created_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NewToken(Record):
    """A token that was just made."""

    token: Token
    bearer_token: str = field(repr=False)
    """The token itself. Nothing shows it again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningKey(Record):
    """A public key with which a principal signs orders."""

    key_id: str
    principal: str
    public_key: bytes
    """32 bytes."""
    description: str
    create_time: datetime
    revoke_time: datetime | None = None
