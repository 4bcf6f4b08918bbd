"""The floors: an echo of an order on the gateway's server stack, and an echo that has written one durable row."""

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

import grpc
import uvicorn
import uvloop
from connectrpc.compat import google_protobuf_codecs
from connectrpc.method import IdempotencyLevel, MethodInfo, StreamType
from connectrpc.server import ConnectASGIApplication, Endpoint

from bench.servers.durable import DurableRows
from brokerwire.v1.order_service_pb2 import SubmitOrderRequest

SERVICE = "bench.v1.FloorService"
Handler = Callable[[SubmitOrderRequest], Awaitable[SubmitOrderRequest]]


class _Connect(ConnectASGIApplication[Mapping[str, Handler]]):
    @property
    def path(self) -> str:
        return f"/{SERVICE}"


def _endpoints(handlers: Mapping[str, Handler]) -> dict[str, Any]:
    return {f"/{SERVICE}/{name}": _endpoint(name, handler) for name, handler in handlers.items()}


def _endpoint(name: str, handler: Handler) -> Any:
    info = MethodInfo(
        name=name,
        service_name=SERVICE,
        input=SubmitOrderRequest,
        output=SubmitOrderRequest,
        idempotency_level=IdempotencyLevel.UNKNOWN,
        stream_type=StreamType.UNARY,
    )

    async def call(request: SubmitOrderRequest, _: object) -> SubmitOrderRequest:
        return await handler(request)

    return Endpoint.unary(info, call)


async def _grpc_door(handlers: Mapping[str, Handler]) -> tuple[grpc.aio.Server, int]:
    server = grpc.aio.server(options=[("grpc.so_reuseport", 0)])
    methods = {name: _grpc_method(handler) for name, handler in handlers.items()}
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(SERVICE, methods),))
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    return server, port


def _grpc_method(handler: Handler) -> Any:
    async def call(request: SubmitOrderRequest, _: object) -> SubmitOrderRequest:
        return await handler(request)

    return grpc.unary_unary_rpc_method_handler(
        call,
        request_deserializer=SubmitOrderRequest.FromString,
        response_serializer=SubmitOrderRequest.SerializeToString,
    )


async def _serve(folder: Path) -> None:
    rows = DurableRows(folder / "floor.db", asyncio.get_running_loop())

    async def echo(request: SubmitOrderRequest) -> SubmitOrderRequest:
        return request

    async def durable(request: SubmitOrderRequest) -> SubmitOrderRequest:
        order = request.order
        await rows.insert(order.account_id, order.client_order_id, request.SerializeToString())
        return request

    handlers: dict[str, Handler] = {"Echo": echo, "Durable": durable}
    _grpc_server, grpc_port = await _grpc_door(handlers)
    app = _Connect(service=handlers, endpoints=_endpoints, codecs=google_protobuf_codecs())
    config = uvicorn.Config(app, host="127.0.0.1", port=0, log_level="warning", access_log=False, ws="none")
    http = uvicorn.Server(config)
    serving = asyncio.create_task(http.serve())
    while not http.started:  # noqa: ASYNC110 - uvicorn has no event for it
        await asyncio.sleep(0.01)
    http_port = http.servers[0].sockets[0].getsockname()[1]
    print(f"floor ready grpc=127.0.0.1:{grpc_port} http=127.0.0.1:{http_port} pid={os.getpid()}", flush=True)
    await serving


if __name__ == "__main__":
    uvloop.run(_serve(Path(sys.argv[1])))
