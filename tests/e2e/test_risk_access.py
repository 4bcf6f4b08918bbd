"""RiskService for a principal that is narrowed to one account: what it sees and may change, and what is recorded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio
from msgspec.structs import replace

from brokerwire.v1 import event_service_pb2 as events
from brokerwire.v1 import risk_service_pb2 as pb
from brokerwire.v1 import simulator_service_pb2 as simulator
from brokerwire.v1 import trading_state_pb2
from brokerwire_server.domain.access import Principal, PrincipalRecord, Role
from brokerwire_server.domain.trading import Scope, ScopeKind, TradingState, parse_scope
from brokerwire_server.engine.controls import Change
from brokerwire_server.engine.seams import NANOS
from tests.e2e.conftest import Served
from tests.e2e.doors import CallFailed, GrpcClient, HttpClient, methods_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

pytestmark = pytest.mark.asyncio(loop_scope="module")

MINE, THEIRS, NEVER = "desk-7", "vault-9", "never-1"
NAME = "narrow"
ALL = (
    "GLOBAL",
    "BROKER:paper",
    "SYMBOL:ZZZ",
    "PRINCIPAL:other",
    f"PRINCIPAL:{NAME}",
    f"ACCOUNT:{MINE}",
    f"ACCOUNT:{THEIRS}",
)
OWN = {f"PRINCIPAL:{NAME}", f"ACCOUNT:{MINE}"}
WIDE = ("GLOBAL", "BROKER:paper", "BROKER:never", "SYMBOL:ZZZ", "PRINCIPAL:other")
DENIED, HIDDEN = "PERMISSION_DENIED", "ACCOUNT_NOT_FOUND"


class Desk:
    """A gateway with something decided for every kind of scope, and two callers with all roles and a second factor."""

    def __init__(self, served: Served) -> None:
        self.served = served
        self.clients: dict[tuple[str, str], Any] = {}
        self.leases: dict[str, str] = {}
        self.overrides: dict[str, str] = {}

    async def furnish(self) -> None:
        access, methods = self.served.gateway.access, methods_of(self.served.api)
        for name, accounts in ((NAME, {MINE}), ("whole", set[str]())):
            principal = Principal(name=name, roles=frozenset(Role), accounts=frozenset(accounts))
            await access.directory.create(PrincipalRecord(principal=principal))
            _, token = await access.directory.create_token(
                name, expire_time=0, addresses=(), description="", created_by="test"
            )
            headers = {"authorization": f"Bearer {token}"}
            self.clients[name, "grpc"] = GrpcClient(methods, self.served.grpc_address, headers)
            self.clients[name, "http"] = HttpClient(methods, self.served.http_address, headers)
        for account_id in (MINE, THEIRS):
            opening = simulator.OpenAccountRequest(account_id=account_id)
            opening.cash.amount.value, opening.cash.currency_code = "5", "USD"
            await self.call("grpc", "SimulatorService/OpenAccount", opening, "whole")
        for text in ALL:
            await self._decide(text)

    async def _decide(self, text: str) -> None:
        gateway, scope = self.served.gateway, domain(text)
        await gateway.controls.set_state(Change(scope=scope, state=TradingState.REDUCE_ONLY, reason="drill"))
        state = TradingState.REDUCE_ONLY
        lease = await gateway.leases.acquire(scope, 300 * NANOS, cancel=False, state=state, reason="")
        self.leases[text] = lease.lease_id
        await gateway.policies.update(scope, {"order_notional": "500"}, expected_version=0, reason="drill")
        override = await gateway.policies.allow("order_notional", scope, ttl=3600 * NANOS, reason="drill")
        self.overrides[text] = override.override_id

    async def call(self, door: str, method: str, request: Any, who: str = NAME) -> Any:
        return await self.clients[who, door].call(method, request)

    async def reason(self, door: str, method: str, request: Any) -> str:
        """Return why the narrowed principal is refused; nothing where it is served."""
        try:
            await self.call(door, method, request)
        except CallFailed as error:
            return error.reason
        return ""


def domain(text: str) -> Scope:
    scope = parse_scope(text)
    assert scope is not None
    return scope


def wire(text: str) -> trading_state_pb2.TradingScope:
    scope = domain(text)
    return trading_state_pb2.TradingScope(kind=f"TRADING_SCOPE_KIND_{scope.kind}", name=scope.name)


def texts(items: Any) -> set[str]:
    kinds = trading_state_pb2.TradingScopeKind
    return {
        str(Scope(ScopeKind(kinds.Name(each.scope.kind).removeprefix("TRADING_SCOPE_KIND_")), each.scope.name))
        for each in items
    }


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def desk(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Desk]:
    served = Served(tmp_path_factory.mktemp("desk"), local=False)
    await served.start()
    admit = served.gateway.access.admit

    async def proven(*arguments: Any, **named: Any) -> Any:
        grant = await admit(*arguments, **named)
        return replace(grant, principal=replace(grant.principal, second_factor=True))

    served.gateway.access.admit = proven  # type: ignore[method-assign] # codes themselves are test_access's matter
    made = Desk(served)
    await made.furnish()
    yield made
    for client in made.clients.values():
        await client.close()
    await served.stop()


@pytest.fixture(params=["grpc", "http"])
def door(request: pytest.FixtureRequest) -> str:
    return str(request.param)


async def test_lists_show_what_is_within_reach_and_the_states_that_stop_the_caller(desk: Desk, door: str) -> None:
    states = await desk.call(door, "RiskService/GetTradingState", pb.GetTradingStateRequest())
    assert texts(states.records) == OWN | {"GLOBAL", "BROKER:paper", "SYMBOL:ZZZ"}
    leases = await desk.call(door, "RiskService/ListGuardLeases", pb.ListGuardLeasesRequest())
    policies = await desk.call(door, "RiskService/GetRiskPolicy", pb.GetRiskPolicyRequest(account_id=MINE))
    overrides = await desk.call(door, "RiskService/ListRiskOverrides", pb.ListRiskOverridesRequest(include_ended=True))
    assert texts(leases.leases) == texts(policies.policies) == texts(overrides.risk_overrides) == OWN
    assert policies.effective
    assert THEIRS not in f"{states}{leases}{policies}{overrides}"


async def test_whoever_is_not_narrowed_sees_everything(desk: Desk, door: str) -> None:
    states = await desk.call(door, "RiskService/GetTradingState", pb.GetTradingStateRequest(), "whole")
    leases = await desk.call(door, "RiskService/ListGuardLeases", pb.ListGuardLeasesRequest(), "whole")
    policies = await desk.call(door, "RiskService/GetRiskPolicy", pb.GetRiskPolicyRequest(), "whole")
    overrides = await desk.call(door, "RiskService/ListRiskOverrides", pb.ListRiskOverridesRequest(), "whole")
    assert texts(states.records) == texts(leases.leases) == texts(policies.policies) == set(ALL)
    assert texts(overrides.risk_overrides) == set(ALL)


async def test_the_limits_of_another_principal_are_not_to_be_had(desk: Desk, door: str) -> None:
    asked = pb.GetRiskPolicyRequest(account_id=MINE, principal="other")
    assert await desk.reason(door, "RiskService/GetRiskPolicy", asked) == DENIED


def changes(text: str) -> dict[str, Any]:
    """Return a request to every method that changes something of a scope."""
    policy = pb.UpdateRiskPolicyRequest(scope=wire(text), reason="drill", expected_version=1)
    policy.limits.add(name="order_notional", value="400")
    override = pb.CreateRiskOverrideRequest(scope=wire(text), rule="order_notional", reason="drill")
    override.ttl.seconds = 60
    lease = pb.AcquireGuardLeaseRequest(scope=wire(text), cancel_orders=True)
    lease.ttl.seconds = 300
    states = {
        f"RiskService/SetTradingState {state}": pb.SetTradingStateRequest(
            scope=wire(text), state=f"TRADING_STATE_{state}", reason="drill"
        )
        for state in ("HALTED", "ACTIVE")
    }
    return {
        "RiskService/UpdateRiskPolicy": policy,
        "RiskService/CreateRiskOverride": override,
        "RiskService/AcquireGuardLease": lease,
        **states,
    }


@pytest.mark.parametrize("text", [*WIDE, f"ACCOUNT:{THEIRS}", f"ACCOUNT:{NEVER}"])
async def test_nothing_beyond_reach_is_changed(desk: Desk, door: str, text: str) -> None:
    before = desk.served.gateway.switchboard.records()
    refusals = {label: await desk.reason(door, label.split()[0], request) for label, request in changes(text).items()}
    assert set(refusals.values()) == {DENIED if text in WIDE else HIDDEN}, refusals
    assert desk.served.gateway.switchboard.records() == before


@pytest.mark.parametrize("text", sorted(set(ALL) - OWN))
async def test_what_is_beyond_reach_is_like_what_never_was(desk: Desk, door: str, text: str) -> None:
    for label, known, kind in (
        ("RenewGuardLease", desk.leases[text], pb.RenewGuardLeaseRequest),
        ("ReleaseGuardLease", desk.leases[text], pb.ReleaseGuardLeaseRequest),
        ("RevokeRiskOverride", desk.overrides[text], pb.RevokeRiskOverrideRequest),
    ):
        field = "override_id" if label == "RevokeRiskOverride" else "lease_id"
        errors = []
        for name in (known, "never"):
            with pytest.raises(CallFailed) as caught:
                await desk.call(door, f"RiskService/{label}", kind(**{field: name}))
            errors.append((caught.value.code, caught.value.reason, caught.value.message.replace(name, "")))
        assert errors[0] == errors[1]
    assert desk.leases[text] in {lease.lease_id for lease in desk.served.gateway.leases.all()}


@pytest.mark.parametrize("method", ["ArmAccount", "DisarmAccount"])
async def test_an_account_out_of_reach_is_neither_armed_nor_disarmed(desk: Desk, door: str, method: str) -> None:
    kind = pb.ArmAccountRequest if method == "ArmAccount" else pb.DisarmAccountRequest
    for account_id in (THEIRS, NEVER):
        assert await desk.reason(door, f"RiskService/{method}", kind(account_id=account_id)) == HIDDEN


@pytest.mark.parametrize("text", sorted(OWN))
async def test_what_is_within_reach_is_the_callers_to_change(desk: Desk, text: str) -> None:
    asked = changes(text)
    for label, request in asked.items():
        assert await desk.reason("grpc", label.split()[0], request) == "", label
    await desk.served.gateway.controls.set_state(
        Change(scope=domain(text), state=TradingState.REDUCE_ONLY, reason="drill")
    )


async def test_a_refusal_is_on_record_once_with_its_scope(desk: Desk) -> None:
    halt = pb.SetTradingStateRequest(scope=wire(f"ACCOUNT:{NEVER}"), state="TRADING_STATE_REDUCE_ONLY")
    gateway = desk.served.gateway
    gateway.audit.settle(everything=True)
    await gateway.audit.durable()
    before = await refusals(desk)
    assert await desk.reason("grpc", "RiskService/SetTradingState", halt) == HIDDEN
    await gateway.audit.durable()
    (record,) = (await refusals(desk))[len(before) :]
    assert (record.principal, record.action, record.target) == (NAME, "RiskService/SetTradingState", f"ACCOUNT:{NEVER}")
    assert record.reason == HIDDEN


async def refusals(desk: Desk) -> list[Any]:
    listed = await desk.call(
        "grpc", "EventService/ListEvents", events.ListEventsRequest(account_id="@gateway", page_size=1000), "whole"
    )
    return [event.audit for event in listed.events if event.audit.reason]
