"""Trading states, armings and guard leases as messages."""

from brokerwire.v1 import trading_state_pb2 as pb
from brokerwire_server.api.convert.enums import GUARD_LEASE_STATE, SCOPE_KIND, TRADING_STATE
from brokerwire_server.api.convert.values import invalid, required, set_duration, set_time
from brokerwire_server.domain.trading import (
    Arming,
    GuardLease,
    Scope,
    ScopeKind,
    StateRecord,
    TradingState,
)

LONGEST_NAME = 64


def scope_from(message: pb.TradingScope, field: str) -> Scope:
    """Return a scope. Raises `InvalidRequestError`."""
    kind = SCOPE_KIND.need(message.kind, f"{field}.kind")
    if kind is ScopeKind.GLOBAL and message.name:
        raise invalid(f"{field}.name", "GLOBAL has no name")
    if kind is not ScopeKind.GLOBAL and not message.name:
        raise required(f"{field}.name", f"name the {kind.value.lower()}")
    if len(message.name) > LONGEST_NAME:
        raise invalid(f"{field}.name", f"at most {LONGEST_NAME} characters")
    return Scope(kind, message.name)


def scope_message(scope: Scope) -> pb.TradingScope:
    """Return a scope."""
    return pb.TradingScope(kind=SCOPE_KIND.to_wire[scope.kind], name=scope.name)


def record_message(record: StateRecord) -> pb.TradingStateRecord:
    """Return the state of a scope."""
    m = pb.TradingStateRecord(
        scope=scope_message(record.scope),
        state=TRADING_STATE.to_wire[record.state],
        principal=record.principal,
        reason=record.reason,
    )
    set_time(m.set_time, record.time)
    return m


def arming_message(arming: Arming) -> pb.AccountArming:
    """Return that an account is armed."""
    m = pb.AccountArming(account_id=arming.account_id, principal=arming.principal)
    set_time(m.armed_time, arming.time)
    set_time(m.armed_until_time, arming.until)
    return m


def lease_message(lease: GuardLease) -> pb.GuardLease:
    """Return a guard lease."""
    m = pb.GuardLease(
        lease_id=lease.lease_id,
        scope=scope_message(lease.scope),
        cancel_orders=lease.cancel,
        principal=lease.principal,
        reason=lease.reason,
        state=GUARD_LEASE_STATE.to_wire[lease.lease_state],
    )
    if lease.state is not TradingState.ACTIVE:
        m.trading_state = TRADING_STATE.to_wire[lease.state]
    set_duration(m.ttl, lease.ttl)
    set_time(m.create_time, lease.create_time)
    if lease.expire_time:
        set_time(m.expire_time, lease.expire_time)
    if lease.fire_time:
        set_time(m.fire_time, lease.fire_time)
    return m
