from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from brokerwire.v1 import order_service_pb2, risk_service_pb2
from brokerwire_server.api import Api, Limits
from brokerwire_server.api.errors import CallError
from brokerwire_server.api.methods import Call
from tests.support.scripted_broker import ScriptedBroker
from tests.unit.engine.conftest import start_gateway

if TYPE_CHECKING:
    from pathlib import Path


async def test_a_flood_of_calls_keeps_nobody_from_halting(tmp_path: Path) -> None:
    gateway = await start_gateway(tmp_path / "brokerwire.db", ScriptedBroker())
    api = Api(gateway, version="1", instance_id="i", limits=Limits(calls=0))
    methods = {method.label: method for method in api.methods}
    with pytest.raises(CallError) as caught:
        await api.unary(methods["OrderService/ListOrders"], order_service_pb2.ListOrdersRequest(), Call(door="test"))
    assert caught.value.code.value == "RESOURCE_EXHAUSTED"
    halt = risk_service_pb2.SetTradingStateRequest(state="TRADING_STATE_HALTED")
    halt.scope.kind = 1  # type: ignore[assignment] # the stubs know enums by another type
    answer = await api.unary(methods["RiskService/SetTradingState"], halt, Call(door="test"))
    assert answer.record.principal == "local"  # type: ignore[attr-defined]
    await gateway.stop(grace=1.0)
