"""Calls of AccessService."""

from __future__ import annotations

from typing import TYPE_CHECKING

from brokerwire._calls.base import Call, Listing, call, listing
from brokerwire._wire import decimal, enum, timestamp
from brokerwire.types.access import NewToken, Principal, PrincipalQuota, SigningKey, Token
from brokerwire.types.enums import Action, AssetClass, Role
from brokerwire.v1 import access_service_pb2 as pb

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from brokerwire._wire import DecimalLike


def who_am_i() -> Call[Principal]:
    """Reads the principal that this client calls as."""
    return call("WhoAmI", pb.WhoAmIRequest(), lambda response: Principal.from_proto(response.principal))


def principals(*, page_size: int = 0) -> Listing[Principal]:
    """Lists principals, by name."""
    return listing("ListPrincipals", pb.ListPrincipalsRequest(page_size=page_size), "principals", Principal)


def create_principal(
    name: str,
    roles: Sequence[Role | str],
    *,
    accounts: Sequence[str] = (),
    actions: Sequence[Action | str] = (),
    asset_classes: Sequence[AssetClass | str] = (),
    maximum_notional: DecimalLike | None = None,
    quota: PrincipalQuota | None = None,
) -> Call[Principal]:
    """Makes a principal.

    Args:
        name: 1 to 64 letters, digits and `._-`.
        roles: "read", "trade", "risk", "admin"; each but the first includes "read".
        accounts: The accounts that it sees; all if empty. Others do not exist for it.
        actions: "submit", "replace", "cancel"; all if empty.
        asset_classes: What it may submit orders in; everything if empty.
        maximum_notional: Largest value of one order, in the account's currency.
        quota: How much it may ask for; the gateway's defaults if absent.
    """
    message = _principal(
        name,
        roles,
        accounts=accounts,
        actions=actions,
        asset_classes=asset_classes,
        maximum_notional=maximum_notional,
        quota=quota,
    )
    request = pb.CreatePrincipalRequest(principal=message)
    return call("CreatePrincipal", request, lambda response: Principal.from_proto(response.principal))


def update_principal(
    name: str,
    roles: Sequence[Role | str],
    *,
    accounts: Sequence[str] = (),
    actions: Sequence[Action | str] = (),
    asset_classes: Sequence[AssetClass | str] = (),
    maximum_notional: DecimalLike | None = None,
    quota: PrincipalQuota | None = None,
    disabled: bool = False,
) -> Call[Principal]:
    """Puts what a principal may do in place of what it might; every argument counts. Its open streams end."""
    message = _principal(
        name,
        roles,
        accounts=accounts,
        actions=actions,
        asset_classes=asset_classes,
        maximum_notional=maximum_notional,
        quota=quota,
    )
    message.disabled = disabled
    request = pb.UpdatePrincipalRequest(principal=message)
    return call("UpdatePrincipal", request, lambda response: Principal.from_proto(response.principal))


def _principal(
    name: str,
    roles: Sequence[Role | str],
    *,
    accounts: Sequence[str],
    actions: Sequence[Action | str],
    asset_classes: Sequence[AssetClass | str],
    maximum_notional: DecimalLike | None,
    quota: PrincipalQuota | None,
) -> pb.Principal:
    wanted = quota or PrincipalQuota()
    return pb.Principal(
        name=name,
        roles=[enum(Role, role, "roles") for role in roles],
        account_ids=accounts,
        actions=[enum(Action, action, "actions") for action in actions],
        asset_classes=[enum(AssetClass, each, "asset_classes") for each in asset_classes],
        maximum_notional=decimal(maximum_notional, "maximum_notional"),
        quota=pb.PrincipalQuota(
            calls_per_second=wanted.calls_per_second,
            orders_per_second=wanted.orders_per_second,
            cancels_per_second=wanted.cancels_per_second,
            streams=wanted.streams,
        ),
    )


def delete_principal(name: str) -> Call[None]:
    """Removes a principal with its tokens and its second factor."""
    return call("DeletePrincipal", pb.DeletePrincipalRequest(name=name), lambda _: None)


def tokens(principal: str = "", *, include_ended: bool = False, page_size: int = 0) -> Listing[Token]:
    """Lists tokens, of one principal or of all, without their secrets."""
    request = pb.ListTokensRequest(principal=principal, include_ended=include_ended, page_size=page_size)
    return listing("ListTokens", request, "tokens", Token)


def create_token(
    principal: str,
    *,
    description: str = "",
    expire_time: datetime | None = None,
    allowed_addresses: Sequence[str] = (),
) -> Call[NewToken]:
    """Makes a token of a principal, which is shown this once.

    Args:
        principal: Whose.
        description: What it is for.
        expire_time: When it ends: at most 90 days from now, which is the default.
        allowed_addresses: Addresses and networks that it is good from; any if empty.
    """
    request = pb.CreateTokenRequest(
        principal=principal,
        description=description,
        expire_time=timestamp(expire_time, "expire_time"),
        allowed_addresses=allowed_addresses,
    )
    return call("CreateToken", request, NewToken.from_proto)


def revoke_token(token_id: str) -> Call[Token]:
    """Ends a token, and what is open under it, at once."""
    request = pb.RevokeTokenRequest(token_id=token_id)
    return call("RevokeToken", request, lambda response: Token.from_proto(response.token))


def enrol_second_factor(principal: str) -> Call[str]:
    """Begins to enrol a second factor, and returns the URI for the authenticator. It is shown this once."""
    request = pb.EnrolSecondFactorRequest(principal=principal)
    return call("EnrolSecondFactor", request, lambda response: str(response.provisioning_uri))


def confirm_second_factor(principal: str, code: str) -> Call[Principal]:
    """Ends an enrolment with the first code that the authenticator shows."""
    request = pb.ConfirmSecondFactorRequest(principal=principal, code=code)
    return call("ConfirmSecondFactor", request, lambda response: Principal.from_proto(response.principal))


def remove_second_factor(principal: str) -> Call[Principal]:
    """Removes a principal's second factor."""
    request = pb.RemoveSecondFactorRequest(principal=principal)
    return call("RemoveSecondFactor", request, lambda response: Principal.from_proto(response.principal))


def signing_keys(principal: str = "", *, include_ended: bool = False, page_size: int = 0) -> Listing[SigningKey]:
    """Lists the keys that sign orders, of one principal or of all, oldest first."""
    request = pb.ListSigningKeysRequest(principal=principal, include_ended=include_ended, page_size=page_size)
    return listing("ListSigningKeys", request, "signing_keys", SigningKey)


def add_signing_key(principal: str, public_key: bytes, *, description: str = "") -> Call[SigningKey]:
    """Registers a public Ed25519 key (32 bytes) with which a principal signs orders; its `key_id` is for the Signer."""
    request = pb.AddSigningKeyRequest(principal=principal, public_key=public_key, description=description)
    return call("AddSigningKey", request, lambda response: SigningKey.from_proto(response.signing_key))


def revoke_signing_key(key_id: str) -> Call[SigningKey]:
    """Takes no more signatures of a key, at once."""
    request = pb.RevokeSigningKeyRequest(key_id=key_id)
    return call("RevokeSigningKey", request, lambda response: SigningKey.from_proto(response.signing_key))
