from __future__ import annotations

from typing import TYPE_CHECKING, Any

from brokerwire.v1 import order_service_pb2, risk_service_pb2
from brokerwire_server.api import Api, Limits
from brokerwire_server.api.errors import CallError
from brokerwire_server.api.methods import Call
from brokerwire_server.domain.access import Principal, Quota, Role
from brokerwire_server.engine.access import Credentials, Grant
from tests.support.scripted_broker import ScriptedBroker
from tests.unit.engine.conftest import start_gateway

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


LOCALLY = Call(door="test", credentials=Credentials(local=True))


async def calls(api: Api, label: str, request: Any) -> Any:
    (method,) = [method for method in api.methods if method.label == label]
    return await api.unary(method, request, LOCALLY)


async def lists(api: Api) -> str:
    """Call a method that changes nothing, and return how that ends."""
    try:
        await calls(api, "OrderService/ListOrders", order_service_pb2.ListOrdersRequest())
    except CallError as error:
        return error.described.reason
    return "OK"


def halt() -> risk_service_pb2.SetTradingStateRequest:
    request = risk_service_pb2.SetTradingStateRequest(state="TRADING_STATE_HALTED")
    request.scope.kind = 1  # type: ignore[assignment] # the stubs know enums by another type
    return request


async def test_a_flood_of_calls_keeps_nobody_from_halting(tmp_path: Path) -> None:
    gateway = await start_gateway(tmp_path / "brokerwire.db", ScriptedBroker())
    api = Api(gateway, version="1", instance_id="i", limits=Limits(calls=0))
    assert await lists(api) == "GATEWAY_OVERLOADED"
    assert (await calls(api, "RiskService/SetTradingState", halt())).record.principal == "local"
    await gateway.stop(grace=1.0)


async def test_a_flood_of_ones_own_calls_keeps_nobody_from_halting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gateway = await start_gateway(tmp_path / "brokerwire.db", ScriptedBroker())
    api = Api(gateway, version="1", instance_id="i")
    slow = Principal(name="slow", roles=frozenset({Role.TRADE}), quota=Quota(calls=1))

    async def admit(*_: Any, **__: Any) -> Grant:
        return Grant(principal=slow)

    monkeypatch.setattr(gateway.access, "admit", admit)
    monkeypatch.setattr(gateway.access.permits, "_monotonic", lambda: 0.0)
    assert [await lists(api) for _ in range(2)] == ["OK", "PRINCIPAL_LIMIT"]
    for _ in range(2):
        assert (await calls(api, "RiskService/SetTradingState", halt())).record.principal == "slow"
    assert await lists(api) == "PRINCIPAL_LIMIT"
    await gateway.stop(grace=1.0)
