"""Callers that go away in the middle of SubmitOrder: the order is whole and known, or it never began."""

from __future__ import annotations

import asyncio
import random
from typing import TYPE_CHECKING, Any

import grpc
import pytest

from brokerwire.v1 import order_service_pb2 as order_api
from brokerwire.v1 import (
    order_service_pb2_grpc,
    orders_pb2,
    simulator_pb2,
    simulator_service_pb2,
    simulator_service_pb2_grpc,
)
from brokerwire.v1.decimal_pb2 import Decimal
from tests.faults.test_kill import journal, wanted
from tests.support.processes import RestartableGateway

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CALLS = 1_000
AT_ONCE = 50
DICE = random.Random(7)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RestartableGateway]:
    running = RestartableGateway(tmp_path / "data")
    running.start()
    yield running
    assert running.stop() == 0


def simulator(channel: grpc.aio.Channel) -> Any:
    return simulator_service_pb2_grpc.SimulatorServiceStub(channel)


async def slow_down_submits(channel: grpc.aio.Channel) -> None:
    """Have the broker take its time, so that callers give up while their order is being sent."""
    rule = simulator_pb2.FaultRule(
        target=simulator_pb2.FAULT_TARGET_SUBMIT,
        kind=simulator_pb2.FAULT_KIND_DELAY,
        probability=Decimal(value="1"),
    )
    rule.delay.FromMilliseconds(30)
    stub = simulator(channel)
    plan = simulator_pb2.FaultPlan(rules=[rule])
    await stub.SetFaultPlan(simulator_service_pb2.SetFaultPlanRequest(plan=plan), timeout=10)


async def give_up(stub: Any, client_order_id: str) -> bool:
    """Submit and go away after a moment, by deadline or by cancel; tell whether an answer came first."""
    patience = DICE.uniform(0.001, 0.06)
    call = stub.SubmitOrder(wanted(client_order_id, "1"), timeout=patience if DICE.random() < 0.5 else 30)
    try:
        async with asyncio.timeout(patience):
            await call
    except (TimeoutError, grpc.aio.AioRpcError):
        call.cancel()
        return False
    return True


@pytest.mark.serial
@pytest.mark.slow
@pytest.mark.timeout(300)
async def test_a_thousand_callers_that_give_up_leave_no_order_half(server: RestartableGateway) -> None:
    async with grpc.aio.insecure_channel(server.grpc) as channel:
        await slow_down_submits(channel)
        stub: Any = order_service_pb2_grpc.OrderServiceStub(channel)
        ids = [f"gone-{number}" for number in range(CALLS)]
        answered: list[bool] = []
        for start in range(0, CALLS, AT_ONCE):
            answered += await asyncio.gather(*(give_up(stub, name) for name in ids[start : start + AT_ONCE]))
        assert answered.count(False) > CALLS // 4, "too few gave up to prove anything"
        await simulator(channel).ClearFaultPlan(simulator_service_pb2.ClearFaultPlanRequest(), timeout=10)
        known = [await settled(stub, name) for name in ids]
        for name, found, was_answered in zip(ids, known, answered, strict=True):
            assert found is not None or not was_answered
            if found is not None:
                assert found.state == orders_pb2.ORDER_STATE_WORKING, f"{name} is half done: {found}"
        assert sum(found is not None for found in known) > CALLS // 4
        for name, found in zip(ids, known, strict=True):
            again = (await stub.SubmitOrder(wanted(name, "1"), timeout=10)).order
            assert found is None or again.order_id == found.order_id
    events = await journal(server.grpc)
    placed = [e.order.order.client_order_id for e in events if e.order.type == orders_pb2.ORDER_EVENT_TYPE_SUBMITTED]
    assert sorted(placed) == sorted(ids)


async def settled(stub: Any, name: str) -> Any:
    """Return an order when the broker has answered; it goes on being sent after its caller has left."""
    async with asyncio.timeout(30):
        while (found := await look_up(stub, name)) is not None and found.state == orders_pb2.ORDER_STATE_PENDING_SUBMIT:
            await asyncio.sleep(0.05)
    return found


async def look_up(stub: Any, name: str) -> Any:
    try:
        return (
            await stub.GetOrder(order_api.GetOrderRequest(account_id="paper", client_order_id=name), timeout=10)
        ).order
    except grpc.aio.AioRpcError as error:
        if error.code() is grpc.StatusCode.NOT_FOUND:
            return None
        raise
