"""RiskService through both doors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from google.protobuf.duration_pb2 import Duration

from brokerwire.v1 import account_service_pb2, order_service_pb2, trading_state_pb2
from brokerwire.v1 import risk_service_pb2 as pb
from brokerwire_server.domain.access import Principal, Role
from brokerwire_server.domain.trading import Scope, ScopeKind, TradingState
from brokerwire_server.engine.acting import acting_as
from brokerwire_server.engine.controls import Change
from tests.e2e.conftest import limit_order
from tests.e2e.doors import CallFailed

if TYPE_CHECKING:
    from tests.e2e.conftest import Served
    from tests.e2e.doors import Door

OFFICER = Principal(name="officer", roles=frozenset({Role.RISK}), second_factor=True)
HALTED = trading_state_pb2.TRADING_STATE_HALTED


def scope(kind: str, name: str = "") -> trading_state_pb2.TradingScope:
    return trading_state_pb2.TradingScope(kind=f"TRADING_SCOPE_KIND_{kind}", name=name)


def halt(**changes: Any) -> pb.SetTradingStateRequest:
    fields: dict[str, Any] = {"scope": scope("ACCOUNT", "paper"), "state": HALTED, "reason": "drill"}
    return pb.SetTradingStateRequest(**{**fields, **changes})


async def refused(work: Any) -> CallFailed:
    with pytest.raises(CallFailed) as caught:
        await work
    return caught.value


async def test_a_halt_is_set_shown_and_in_force(door: Door) -> None:
    answer = await door.call("RiskService/SetTradingState", halt())
    assert (answer.record.state, answer.record.principal, answer.record.reason) == (HALTED, "local", "drill")
    assert answer.record.set_time.seconds
    shown = await door.call("RiskService/GetTradingState", pb.GetTradingStateRequest())
    assert [record.scope for record in shown.records] == [scope("ACCOUNT", "paper")]
    account = await door.call("AccountService/GetAccount", account_service_pb2.GetAccountRequest(account_id="paper"))
    assert account.account.trading_state == HALTED
    assert not account.account.HasField("armed_until_time")
    error = await refused(
        door.call("OrderService/SubmitOrder", order_service_pb2.SubmitOrderRequest(order=limit_order("one")))
    )
    assert (error.code, error.reason) == ("FAILED_PRECONDITION", "TRADING_HALTED")
    said = {"account_id": "paper", "trading_state": "HALTED", "scope": "ACCOUNT:paper", "sent": "NO"}
    assert said.items() <= error.metadata.items()


async def test_a_release_without_a_second_factor_is_refused_and_with_one_it_holds(door: Door, served: Served) -> None:
    await door.call("RiskService/SetTradingState", halt())
    active = halt(state=trading_state_pb2.TRADING_STATE_ACTIVE)
    error = await refused(door.call("RiskService/SetTradingState", active))
    assert (error.code, error.reason) == ("PERMISSION_DENIED", "SECOND_FACTOR_REQUIRED")
    with acting_as(OFFICER):
        await served.gateway.controls.set_state(
            Change(scope=Scope(ScopeKind.ACCOUNT, "paper"), state=TradingState.ACTIVE, reason="over")
        )
    answer = await door.call("OrderService/SubmitOrder", order_service_pb2.SubmitOrderRequest(order=limit_order("one")))
    assert answer.order.order_id
    shown = await door.call("RiskService/GetTradingState", pb.GetTradingStateRequest(account_id="paper"))
    assert [(record.principal, record.reason) for record in shown.records] == [("officer", "over")]


@pytest.mark.parametrize(
    ("request_", "field"),
    [
        (halt(scope=scope("UNSPECIFIED")), "scope.kind"),
        (halt(scope=scope("ACCOUNT")), "scope.name"),
        (halt(scope=scope("GLOBAL", "x")), "scope.name"),
        (halt(scope=scope("SYMBOL", "x" * 65)), "scope.name"),
        (halt(state=trading_state_pb2.TRADING_STATE_UNSPECIFIED), "state"),
        (halt(state=trading_state_pb2.TRADING_STATE_ACTIVE, cancel_orders=True), "state"),
        (halt(scope=scope("PRINCIPAL", "x"), flatten=True), "flatten"),
        (halt(reason="x" * 501), "reason"),
    ],
)
async def test_a_change_that_makes_no_sense_is_refused_by_field(
    door: Door, request_: pb.SetTradingStateRequest, field: str
) -> None:
    assert (await refused(door.call("RiskService/SetTradingState", request_))).fields == [field]


async def test_an_account_on_paper_is_not_armed_and_arming_takes_a_second_factor(door: Door) -> None:
    # A second factor is asked for by the method's policy first, where the door knows policies.
    error = await refused(door.call("RiskService/ArmAccount", pb.ArmAccountRequest(account_id="paper")))
    assert error.reason in {"INVALID_FIELD", "SECOND_FACTOR_REQUIRED"}
    answer = await door.call("RiskService/DisarmAccount", pb.DisarmAccountRequest(account_id="paper"))
    assert not answer.was_armed


async def test_a_lease_is_acquired_renewed_listed_and_released(door: Door) -> None:
    request = pb.AcquireGuardLeaseRequest(
        scope=scope("ACCOUNT", "paper"), ttl=Duration(seconds=60), cancel_orders=True, reason="strategy"
    )
    lease = (await door.call("RiskService/AcquireGuardLease", request)).lease
    assert (lease.principal, lease.ttl.seconds, lease.cancel_orders, lease.reason) == ("local", 60, True, "strategy")
    assert lease.state == trading_state_pb2.GUARD_LEASE_STATE_ACTIVE
    assert lease.trading_state == trading_state_pb2.TRADING_STATE_UNSPECIFIED
    named = pb.RenewGuardLeaseRequest(lease_id=lease.lease_id)
    renewed = (await door.call("RiskService/RenewGuardLease", named)).lease
    assert renewed.expire_time.ToNanoseconds() > lease.expire_time.ToNanoseconds()
    listed = await door.call("RiskService/ListGuardLeases", pb.ListGuardLeasesRequest())
    assert [each.lease_id for each in listed.leases] == [lease.lease_id]
    await door.call("RiskService/ReleaseGuardLease", pb.ReleaseGuardLeaseRequest(lease_id=lease.lease_id))
    error = await refused(door.call("RiskService/RenewGuardLease", named))
    assert (error.code, error.reason, error.metadata["fired"]) == ("NOT_FOUND", "LEASE_NOT_FOUND", "false")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"ttl": None}, "ttl"),
        ({"ttl": Duration(seconds=2)}, "ttl"),
        ({"trading_state": trading_state_pb2.TRADING_STATE_ACTIVE}, "trading_state"),
        ({"cancel_orders": False}, "trading_state"),
        ({"scope": None}, "scope.kind"),
    ],
)
async def test_a_lease_that_makes_no_sense_is_refused_by_field(door: Door, changes: dict[str, Any], field: str) -> None:
    fields: dict[str, Any] = {"scope": scope("GLOBAL"), "ttl": Duration(seconds=60), "cancel_orders": True}
    request = pb.AcquireGuardLeaseRequest(**{**fields, **changes})
    assert (await refused(door.call("RiskService/AcquireGuardLease", request))).fields == [field]
