"""What only the gRPC door has: health, reflection, channelz, and its own ways to fail."""

from __future__ import annotations

import asyncio
import stat
from typing import TYPE_CHECKING, Any

import grpc
import pytest
from grpc_channelz.v1 import channelz_pb2, channelz_pb2_grpc  # type: ignore[import-untyped]
from grpc_health.v1 import health_pb2, health_pb2_grpc  # type: ignore[import-untyped]
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc  # type: ignore[import-untyped]

from brokerwire.v1 import order_service_pb2 as pb
from brokerwire.v1 import order_service_pb2_grpc, orders_pb2, system_service_pb2, system_service_pb2_grpc
from brokerwire_server.api.convert.order_requests import MAX_TAG_KEY, MAX_TAG_VALUE, MAX_TAGS
from brokerwire_server.api.dispatch import Limits
from brokerwire_server.transport.grpc_door import GrpcDoor
from brokerwire_server.transport.limits import DoorLimits
from tests.e2e.conftest import LIMITS, limit_order

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from tests.e2e.conftest import Served

SERVING, NOT_SERVING = health_pb2.HealthCheckResponse.SERVING, health_pb2.HealthCheckResponse.NOT_SERVING


@pytest.fixture
async def channel(served: Served) -> AsyncIterator[grpc.aio.Channel]:
    async with grpc.aio.insecure_channel(served.grpc_address) as opened:
        yield opened


async def test_health_tells_the_truth_for_every_service(served: Served, channel: grpc.aio.Channel) -> None:
    stub = health_pb2_grpc.HealthStub(channel)
    for service in ("", *served.api.services):
        assert (await stub.Check(health_pb2.HealthCheckRequest(service=service))).status == SERVING
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await stub.Check(health_pb2.HealthCheckRequest(service="nothing"))
    assert caught.value.code() is grpc.StatusCode.NOT_FOUND


async def test_health_watchers_hear_that_the_journal_failed_or_the_server_drains(
    served: Served, channel: grpc.aio.Channel
) -> None:
    watch = health_pb2_grpc.HealthStub(channel).Watch(health_pb2.HealthCheckRequest(service=""))
    assert (await watch.read()).status == SERVING
    served.gateway.drain.begin("shutting down")
    async with asyncio.timeout(2):
        assert (await watch.read()).status == NOT_SERVING
    watch.cancel()


async def test_reflection_lists_the_services_and_gives_their_descriptors(
    served: Served, channel: grpc.aio.Channel
) -> None:
    stub = reflection_pb2_grpc.ServerReflectionStub(channel)
    asked = [
        reflection_pb2.ServerReflectionRequest(list_services=""),
        reflection_pb2.ServerReflectionRequest(file_containing_symbol="brokerwire.v1.OrderService"),
    ]
    answers = [answer async for answer in stub.ServerReflectionInfo(iter(asked))]
    names = {service.name for service in answers[0].list_services_response.service}
    assert names >= set(served.api.services)
    assert answers[1].file_descriptor_response.file_descriptor_proto


async def test_channelz_knows_the_server(channel: grpc.aio.Channel) -> None:
    stub = channelz_pb2_grpc.ChannelzStub(channel)
    assert (await stub.GetServers(channelz_pb2.GetServersRequest(start_server_id=0))).server


async def test_an_unknown_method_has_its_reason(channel: grpc.aio.Channel) -> None:
    call: Any = channel.unary_unary("/brokerwire.v1.OrderService/Nothing")
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await call(b"")
    assert caught.value.code() is grpc.StatusCode.UNIMPLEMENTED
    trailers: Any = {key: value for key, value in caught.value.trailing_metadata()}  # noqa: C416 - no mapping to dict()
    assert b"METHOD_NOT_FOUND" in trailers["grpc-status-details-bin"]


async def test_garbage_in_a_session_ends_it_with_invalid_argument(channel: grpc.aio.Channel) -> None:
    session: Any = channel.stream_stream("/brokerwire.v1.OrderService/OrderSession")
    call = session(iter([b"\xff\xff\xff\xff"]))
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        async for _ in call:
            pass
    assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT


async def test_too_many_calls_at_once_are_refused_and_the_rest_go_on(
    served: Served, channel: grpc.aio.Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate, submit = asyncio.Event(), served.gateway.desk.submit

    async def slow(*args: Any) -> Any:
        await gate.wait()
        return await submit(*args)

    monkeypatch.setattr(served.gateway.desk, "submit", slow)
    stub = order_service_pb2_grpc.OrderServiceStub(channel)
    calls = [
        asyncio.ensure_future(_outcome(stub.SubmitOrder(pb.SubmitOrderRequest(order=limit_order(f"n{n}")))))
        for n in range(LIMITS.calls + 5)
    ]
    await asyncio.sleep(0.3)
    gate.set()
    outcomes = await asyncio.gather(*calls)
    assert outcomes.count("OK") == LIMITS.calls
    assert outcomes.count("RESOURCE_EXHAUSTED") == 5


async def _outcome(call: Any) -> str:
    try:
        await call
    except grpc.aio.AioRpcError as error:
        return error.code().name
    return "OK"


async def test_a_session_hears_goodbye_and_gets_the_results_under_way(
    served: Served, channel: grpc.aio.Channel
) -> None:
    call: Any = order_service_pb2_grpc.OrderServiceStub(channel).OrderSession()
    request = pb.OrderSessionRequest()
    request.commands.add(command_id=1, submit=limit_order("s1"))
    await call.write(request)
    first = await call.read()
    assert first.results[0].submit.order.client_order_id == "s1"
    served.gateway.drain.begin("shutting down")
    async with asyncio.timeout(3):
        last = await call.read()
        assert await call.read() is grpc.aio.EOF
    assert last.control.goodbye.reason == "shutting down"
    assert await call.code() is grpc.StatusCode.OK


async def test_a_caller_that_leaves_a_stream_frees_its_place(served: Served, channel: grpc.aio.Channel) -> None:
    stub = order_service_pb2_grpc.OrderServiceStub(channel)
    calls = [stub.StreamOrders(pb.StreamOrdersRequest()) for _ in range(5)]
    for call in calls:
        await call.read()
    assert served.gateway.drain.streams == 5
    for call in calls:
        call.cancel()
    async with asyncio.timeout(3):
        while served.gateway.drain.streams:
            await asyncio.sleep(0.01)


async def test_a_unix_socket_is_private_and_a_stale_one_is_cleared(served: Served, tmp_path: Path) -> None:
    path = tmp_path / "grpc.sock"
    for _ in range(2):
        door = GrpcDoor(served.api, f"unix:{path}")
        assert await door.start() == f"unix:{path}"
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        async with grpc.aio.insecure_channel(f"unix:{path}") as channel:
            stub = system_service_pb2_grpc.SystemServiceStub(channel)
            assert (await stub.GetServerInfo(system_service_pb2.GetServerInfoRequest())).server.version
        await door.stop(0.1)


async def test_a_port_in_use_is_said_plainly(served: Served) -> None:
    with pytest.raises(OSError, match="another process may listen there"):
        await GrpcDoor(served.api, served.grpc_address).start()


def test_the_largest_batch_of_a_session_fits_into_a_message() -> None:
    label = {f"{number:02d}".ljust(MAX_TAG_KEY, "k"): "v" * MAX_TAG_VALUE for number in range(MAX_TAGS)}
    order = orders_pb2.OrderRequest(account_id="a" * 64, client_order_id="c" * 64, tags=label)
    command = pb.OrderCommand(command_id=1 << 40, submit=order)
    batch = pb.OrderSessionRequest(commands=[command] * 1_000)
    assert batch.ByteSize() * 1.2 < Limits().message_bytes


async def test_many_calls_at_once_on_one_connection_wait_for_their_turn_and_none_fails(served: Served) -> None:
    door = GrpcDoor(served.api, "127.0.0.1:0", limits=DoorLimits(streams_per_connection=10))
    async with grpc.aio.insecure_channel(await door.start()) as channel:
        stub = system_service_pb2_grpc.SystemServiceStub(channel)
        gate = asyncio.Semaphore(LIMITS.calls)

        async def call() -> None:
            async with gate:
                await stub.GetServerInfo(system_service_pb2.GetServerInfoRequest(), timeout=30)

        await asyncio.gather(*(call() for _ in range(1_000)))
    await door.stop(0)


async def test_a_compressed_request_is_refused_before_it_is_unpacked(channel: grpc.aio.Channel) -> None:
    stub = system_service_pb2_grpc.SystemServiceStub(channel)
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await stub.GetServerInfo(system_service_pb2.GetServerInfoRequest(), compression=grpc.Compression.Gzip)
    assert caught.value.code() is grpc.StatusCode.UNIMPLEMENTED


async def test_connections_beyond_the_limit_are_closed_and_those_within_go_on(served: Served) -> None:
    door = GrpcDoor(served.api, "127.0.0.1:0", limits=DoorLimits(connections=2))
    host, _, port = (await door.start()).rpartition(":")
    try:
        opened = [await asyncio.open_connection(host, int(port)) for _ in range(2)]
        for reader, _ in opened:
            assert await reader.read(9)  # the server's settings
        refused, writer = await asyncio.open_connection(host, int(port))
        async with asyncio.timeout(5):
            assert await refused.read() == b""
        for each in (*(pair[1] for pair in opened), writer):
            each.close()
            await each.wait_closed()
    finally:
        # With no grace grpc's core has been seen to crash over connections that were just closed.
        await door.stop(1)
