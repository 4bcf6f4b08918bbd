from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from brokerwire.v1 import risk_service_pb2 as pb
from brokerwire_server.api.methods import Call
from brokerwire_server.api.risk import RiskService
from brokerwire_server.domain.access import Principal, Role
from brokerwire_server.domain.trading import EVERYTHING, Scope, ScopeKind, TradingState
from brokerwire_server.engine.acting import acting_as
from brokerwire_server.engine.seams import NANOS
from tests.support.scripted_broker import ScriptedBroker
from tests.unit.engine.conftest import start_gateway

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from brokerwire_server.engine.gateway import Gateway

ACCOUNT = Scope(ScopeKind.ACCOUNT, "paper")
SCOPES = (EVERYTHING, ACCOUNT, Scope(ScopeKind.BROKER, "scripted"), Scope(ScopeKind.BROKER, "another"))


@pytest.fixture
async def gateway(tmp_path: Path) -> AsyncIterator[Gateway]:
    running = await start_gateway(tmp_path / "brokerwire.db", ScriptedBroker())
    yield running
    await running.stop(grace=1.0)


def reaching(*accounts: str) -> Principal:
    return Principal(name="reader", roles=frozenset({Role.READ}), accounts=frozenset(accounts))


async def shown(gateway: Gateway, principal: Principal, account_id: str = "") -> list[str]:
    with acting_as(principal):
        request = pb.GetTradingStateRequest(account_id=account_id)
        answer = await RiskService(gateway).get_trading_state(request, Call(door="test"))
    return sorted(record.scope.name for record in answer.records)


async def test_states_and_leases_of_accounts_out_of_reach_are_left_out(gateway: Gateway) -> None:
    for scope in SCOPES:
        gateway.switchboard.engage(scope, TradingState.HALTED, "now")
    assert await shown(gateway, reaching()) == ["", "another", "paper", "scripted"]
    assert await shown(gateway, reaching("paper")) == ["", "paper", "scripted"]
    assert await shown(gateway, reaching("other")) == [""]
    await gateway.leases.acquire(ACCOUNT, 60 * NANOS, cancel=True, state=TradingState.ACTIVE, reason="")
    for principal, count in ((reaching(), 1), (reaching("paper"), 1), (reaching("other"), 0)):
        with acting_as(principal):
            answer = await RiskService(gateway).list_guard_leases(pb.ListGuardLeasesRequest(), Call(door="test"))
        assert len(answer.leases) == count


async def test_what_concerns_an_account_is_its_own_its_brokers_and_everything(gateway: Gateway) -> None:
    for scope in SCOPES:
        gateway.switchboard.engage(scope, TradingState.HALTED, "now")
    assert await shown(gateway, reaching(), "paper") == ["", "paper", "scripted"]
