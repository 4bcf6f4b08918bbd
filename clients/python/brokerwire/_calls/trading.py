"""Calls of RiskService that say whether trading is allowed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from brokerwire._calls.base import Call, call
from brokerwire._wire import duration, enum, invalid
from brokerwire.types._gateway_enums import TradingScopeKind, TradingState
from brokerwire.types.trading import AccountArming, GuardLease, TradingScope, TradingStateChange, TradingStates
from brokerwire.v1 import risk_service_pb2 as pb
from brokerwire.v1 import trading_state_pb2

if TYPE_CHECKING:
    from brokerwire._wire import Seconds

Scope = TradingScope | str
PATIENCE = 20.0
"""Seconds to wait for an answer that waits for cancels itself."""


def trading_state(*, account: str | None = None) -> Call[TradingStates]:
    """Reads which trading states are set, by whom, when and why, and which live accounts are armed.

    Args:
        account: Only what concerns this account.
    """
    request = pb.GetTradingStateRequest(account_id=account or "")
    return call("GetTradingState", request, TradingStates.from_proto)


def set_trading_state(
    state: TradingState | str,
    scope: Scope,
    *,
    reason: str = "",
    cancel_orders: bool = False,
    cancel_external_orders: bool = False,
    flatten: bool = False,
    otp: str | None = None,
) -> Call[TradingStateChange]:
    """Restricts a part of trading at once, or loosens it.

    Args:
        state: "halted", "cancel_only", "reduce_only" or "active".
        scope: "global", "broker:ID", "account:ID", "principal:NAME" or "symbol:SYMBOL".
        reason: Why, for people. Needed to loosen.
        cancel_orders: Cancel the working orders there that were placed through this gateway.
        cancel_external_orders: Cancel those placed elsewhere too.
        flatten: Cancel all of them, then close the positions by market orders.
        otp: A code of the second factor. Needed to loosen, with role RISK.

    Raises:
        PermissionDenied: to loosen takes more than to restrict.
    """
    request = pb.SetTradingStateRequest(
        scope=scope_message(scope),
        state=enum(TradingState, state, "state"),
        reason=reason,
        cancel_orders=cancel_orders,
        cancel_external_orders=cancel_external_orders,
        flatten=flatten,
    )
    return call("SetTradingState", request, TradingStateChange.from_proto, patience=PATIENCE, otp=otp)


def arm_account(
    account: str, *, ttl: Seconds | None = None, reason: str = "", otp: str | None = None
) -> Call[AccountArming]:
    """Lets a live account trade for a time. It is disarmed when the gateway restarts.

    Args:
        account: Which. It must be named.
        ttl: For how long; 12 hours if absent, 24 at most.
        reason: Why, for people.
        otp: A code of the second factor.
    """
    request = pb.ArmAccountRequest(account_id=account, ttl=duration(ttl), reason=reason)
    return call("ArmAccount", request, _arming, otp=otp)


def _arming(response: pb.ArmAccountResponse) -> AccountArming:
    return AccountArming.from_proto(response.arming)


def disarm_account(account: str) -> Call[bool]:
    """Disarms a live account, and says whether it was armed. Its working orders stay."""
    request = pb.DisarmAccountRequest(account_id=account)
    return call("DisarmAccount", request, _was_armed)


def _was_armed(response: pb.DisarmAccountResponse) -> bool:
    return response.was_armed


def acquire_guard_lease(
    scope: Scope,
    ttl: Seconds,
    *,
    cancel_orders: bool = True,
    trading_state: TradingState | str | None = None,
    reason: str = "",
) -> Call[GuardLease]:
    """Acquires a dead man's switch: unless it is renewed in time, it fires. See `guard`, which renews by itself.

    Args:
        scope: What it acts upon: "account:ID" and so on.
        ttl: How long after the last renewal it fires: 3 to 300 seconds.
        cancel_orders: Cancel the working orders there that were placed through this gateway.
        trading_state: Set this state there, which only a person releases.
        reason: What it is for.
    """
    request = pb.AcquireGuardLeaseRequest(
        scope=scope_message(scope),
        ttl=duration(ttl),
        cancel_orders=cancel_orders,
        trading_state=enum(TradingState, trading_state, "trading_state"),
        reason=reason,
    )
    return call("AcquireGuardLease", request, _lease)


def renew_guard_lease(lease_id: str) -> Call[GuardLease]:
    """Begins the time of a lease anew.

    Raises:
        NotFound: there is none, or it has fired: then `metadata["fired"]` is "true", and its action was carried out.
    """
    return call("RenewGuardLease", pb.RenewGuardLeaseRequest(lease_id=lease_id), _lease)


def release_guard_lease(lease_id: str) -> Call[GuardLease]:
    """Ends a lease without its action."""
    return call("ReleaseGuardLease", pb.ReleaseGuardLeaseRequest(lease_id=lease_id), _lease)


def guard_leases() -> Call[tuple[GuardLease, ...]]:
    """Lists the leases of all principals, oldest first: those that wait, and the last that fired."""
    return call("ListGuardLeases", pb.ListGuardLeasesRequest(), _leases)


def _lease(
    response: pb.AcquireGuardLeaseResponse | pb.RenewGuardLeaseResponse | pb.ReleaseGuardLeaseResponse,
) -> GuardLease:
    return GuardLease.from_proto(response.lease)


def _leases(response: pb.ListGuardLeasesResponse) -> tuple[GuardLease, ...]:
    return tuple(map(GuardLease.from_proto, response.leases))


def scope_message(scope: Scope) -> trading_state_pb2.TradingScope:
    """A scope's message, from its text."""
    kind, _, name = str(scope).partition(":")
    if kind.lower() not in TradingScopeKind.choices():
        problem = 'is "global", or a kind and a name, such as "account:main"; kinds: '
        raise invalid("scope", problem + ", ".join(TradingScopeKind.choices()))
    return trading_state_pb2.TradingScope(kind=enum(TradingScopeKind, kind.lower(), "scope"), name=name)
