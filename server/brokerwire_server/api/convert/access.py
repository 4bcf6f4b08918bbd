"""Principals and tokens as messages, and back."""

import re
from collections.abc import Callable
from typing import Any

from brokerwire.v1 import access_service_pb2 as pb
from brokerwire_server.api.convert.enums import ACTION, ASSET_CLASS, ROLE
from brokerwire_server.api.convert.values import (
    invalid,
    optional_decimal,
    positive,
    required,
    set_decimal,
    set_time,
)
from brokerwire_server.domain.access import LOCAL, Principal, PrincipalRecord, Quota, TokenRecord
from brokerwire_server.domain.signing import SigningKey

MAX_RATE = 1_000_000
MAX_ACCOUNTS = 1_000
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_NAME_RULE = "1 to 64 letters, digits and ._-, beginning with a letter or digit"


def principal_message(record: PrincipalRecord, *, enrolled: bool) -> pb.Principal:
    """Return a principal; `enrolled` says whether it has a second factor."""
    principal = record.principal
    quota = principal.quota
    m = pb.Principal(
        name=principal.name,
        roles=[ROLE.to_wire[role] for role in sorted(principal.roles)],
        account_ids=sorted(principal.accounts),
        actions=[ACTION.to_wire[action] for action in sorted(principal.actions)],
        asset_classes=[ASSET_CLASS.to_wire[each] for each in sorted(principal.asset_classes)],
        quota=pb.PrincipalQuota(
            calls_per_second=quota.calls,
            orders_per_second=quota.orders,
            cancels_per_second=quota.cancels,
            streams=quota.streams,
        ),
        disabled=record.disabled,
        second_factor_enrolled=enrolled,
    )
    if principal.maximum_notional is not None:
        set_decimal(m.maximum_notional, principal.maximum_notional)
    if record.create_time:
        set_time(m.create_time, record.create_time)
        set_time(m.update_time, record.update_time)
    return m


def principal_from(request: Any) -> PrincipalRecord:  # noqa: ANN401 - any request with a `principal`
    """Return the principal of a request. Raises `InvalidRequestError`."""
    if not request.HasField("principal"):
        raise required("principal", "the principal")
    m: pb.Principal = request.principal
    if not m.name:
        raise required("principal.name", _NAME_RULE)
    if _NAME.fullmatch(m.name) is None or m.name == LOCAL.name:
        raise invalid("principal.name", f"{_NAME_RULE}; not {LOCAL.name!r}")
    if len(m.account_ids) > MAX_ACCOUNTS or not all(m.account_ids):
        raise invalid("principal.account_ids", f"at most {MAX_ACCOUNTS}, none of them empty")
    notional = optional_decimal(m, "maximum_notional", "principal.")
    principal = Principal(
        name=m.name,
        roles=_set(m.roles, ROLE.need, "roles"),
        accounts=frozenset(m.account_ids),
        actions=_set(m.actions, ACTION.need, "actions"),
        asset_classes=_set(m.asset_classes, ASSET_CLASS.need, "asset_classes"),
        maximum_notional=None if notional is None else positive(notional, "principal.maximum_notional"),
        quota=Quota(
            calls=_rate(m.quota, "calls_per_second"),
            orders=_rate(m.quota, "orders_per_second"),
            cancels=_rate(m.quota, "cancels_per_second"),
            streams=_rate(m.quota, "streams"),
        ),
    )
    return PrincipalRecord(principal=principal, disabled=m.disabled)


def token_message(record: TokenRecord) -> pb.Token:
    """Return what may be shown of a token."""
    m = pb.Token(
        token_id=record.token_id,
        principal=record.principal,
        description=record.description,
        allowed_addresses=record.addresses,
        created_by=record.created_by,
    )
    set_time(m.create_time, record.create_time)
    set_time(m.expire_time, record.expire_time)
    if record.revoke_time:
        set_time(m.revoke_time, record.revoke_time)
    return m


def _set(numbers: Any, need: Callable[[int, str], Any], field: str) -> frozenset[Any]:  # noqa: ANN401 - repeated enums
    return frozenset(need(number, f"principal.{field}[{i}]") for i, number in enumerate(numbers))


def _rate(quota: pb.PrincipalQuota, field: str) -> int:
    value: int = getattr(quota, field)
    if not 0 <= value <= MAX_RATE:
        raise invalid(f"principal.quota.{field}", f"0 (for the gateway's default) to {MAX_RATE}")
    return value


def signing_key_message(key: SigningKey) -> pb.SigningKey:
    """Return a signing key as the contract has it."""
    m = pb.SigningKey(
        key_id=key.key_id, principal=key.principal, public_key=key.public_key, description=key.description
    )
    set_time(m.create_time, key.create_time)
    if key.revoke_time:
        set_time(m.revoke_time, key.revoke_time)
    return m
