"""A gateway that does as it is told, and a network that goes silent."""

import asyncio
import socket
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from typing import Any, Self

import grpc
from google.protobuf import any_pb2
from google.rpc import error_details_pb2, status_pb2

from brokerwire._methods import METHODS
from brokerwire.v1 import order_service_pb2, orders_pb2, streams_pb2

Handler = Callable[[Any, grpc.ServicerContext], Any]


def order(client_order_id: str = "c-1", *, state: Any = "ORDER_STATE_WORKING", **fields: Any) -> orders_pb2.Order:
    fields = {"order_id": f"id-{client_order_id}", "account_id": "a", "filled_quantity": {"value": "0"}} | fields
    return orders_pb2.Order(client_order_id=client_order_id, state=state, **fields)


def event(sequence: int, *, account: str = "a", **fields: Any) -> order_service_pb2.StreamOrdersItem:
    happened = orders_pb2.OrderEvent(
        account_id=account,
        sequence=sequence,
        type="ORDER_EVENT_TYPE_STATE_CHANGED",
        order=order(sequence=sequence, version=sequence, **fields),
    )
    return order_service_pb2.StreamOrdersItem(event=happened)


def snapshot(client_order_id: str = "c-1", **fields: Any) -> order_service_pb2.StreamOrdersItem:
    return order_service_pb2.StreamOrdersItem(snapshot=order(client_order_id, **fields))


def control(**kind: Any) -> order_service_pb2.StreamOrdersItem:
    return order_service_pb2.StreamOrdersItem(control=streams_pb2.StreamControl(**kind))


def opened(mode: str = "RESUMED", heartbeat: float = 15) -> order_service_pb2.StreamOrdersItem:
    interval = {"seconds": int(heartbeat), "nanos": int(heartbeat % 1 * 1e9)}
    return control(opened={"mode": f"STREAM_MODE_{mode}", "heartbeat_interval": interval})


def batch(*items: order_service_pb2.StreamOrdersItem, token: str = "") -> order_service_pb2.StreamOrdersResponse:
    return order_service_pb2.StreamOrdersResponse(items=items, resume_token=token)


def status(code: grpc.StatusCode, reason: str, *details: Any, **metadata: str) -> tuple[tuple[str, bytes], ...]:
    """Trailing metadata of an error as the gateway gives it."""
    info = error_details_pb2.ErrorInfo(reason=reason, domain="brokerwire.dev", metadata=metadata)
    packed = [any_pb2.Any() for _ in (info, *details)]
    for box, detail in zip(packed, (info, *details), strict=True):
        box.Pack(detail)
    full = status_pb2.Status(code=code.value[0], message="no", details=packed)
    return (("grpc-status-details-bin", full.SerializeToString()),)


def fail(context: grpc.ServicerContext, code: grpc.StatusCode, reason: str = "", **metadata: str) -> Any:
    if reason:
        context.set_trailing_metadata(status(code, reason, **metadata))
    context.abort(code, "no")


def until_hung_up(context: grpc.ServicerContext) -> Iterator[Any]:
    """Says nothing more, until the client has had enough."""
    gone = threading.Event()
    context.add_callback(gone.set)
    gone.wait(20)
    return iter(())


class FakeGateway:
    """Methods by name; a list of handlers is used one by one, the last for all that follow."""

    def __init__(self, address: str = "127.0.0.1:0", **methods: Handler | list[Handler]) -> None:
        self.requests: dict[str, list[Any]] = {}
        self.metadata: list[dict[str, Any]] = []
        self._methods = methods
        self._server = grpc.server(ThreadPoolExecutor(8), options=[("grpc.so_reuseport", 0)])
        self._server.add_generic_rpc_handlers([_Router(self)])
        self.port = self._server.add_insecure_port(address)
        self.address = f"127.0.0.1:{self.port}"
        self._server.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        # With grace: calls that are just ending are not cut off in the library, which has crashed at it.
        self._server.stop(1.0).wait()

    def handle(self, name: str, request: Any, context: grpc.ServicerContext) -> Any:
        calls = self.requests.setdefault(name, [])
        kept = type(request)()
        kept.CopyFrom(request)
        calls.append(kept)
        self.metadata.append(dict(context.invocation_metadata()))
        given = self._methods[name]
        handler = given[min(len(calls), len(given)) - 1] if isinstance(given, list) else given
        return handler(request, context)

    def duplex(self, name: str, requests: Iterator[Any], context: grpc.ServicerContext) -> Any:
        given = self._methods[name]
        assert callable(given)
        return given(requests, context)


class _Router(grpc.GenericRpcHandler):
    def __init__(self, gateway: FakeGateway) -> None:
        self._gateway = gateway

    def service(self, details: Any) -> Any:
        name = details.method.rpartition("/")[2]
        method = METHODS[name]
        codec: dict[str, Any] = {
            "request_deserializer": method.input.FromString,
            "response_serializer": method.output.SerializeToString,
        }
        if name == "OrderSession":
            return grpc.stream_stream_rpc_method_handler(lambda r, c: self._gateway.duplex(name, r, c), **codec)
        if name.startswith("Stream"):
            return grpc.unary_stream_rpc_method_handler(lambda r, c: self._gateway.handle(name, r, c), **codec)
        return grpc.unary_unary_rpc_method_handler(lambda r, c: self._gateway.handle(name, r, c), **codec)


class Proxy:
    """A TCP relay that can go silent: it keeps connections and passes nothing on, as a lost route does."""

    def __init__(self, port: int) -> None:
        self._upstream = port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self._listener.getsockname()[1]}"
        self.connections = 0
        self._silent: set[socket.socket] = set()
        self._sockets: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def go_silent(self) -> None:
        """Mutes the connections that there are. Later ones work."""
        self._silent.update(self._sockets)

    def close(self) -> None:
        for item in (self._listener, *self._sockets):
            with suppress(OSError):
                item.shutdown(socket.SHUT_RDWR)
            item.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                self.connections += 1
                server = socket.create_connection(("127.0.0.1", self._upstream))
                self._sockets += [client, server]
                for pair in ((client, server), (server, client)):
                    threading.Thread(target=self._relay, args=pair, daemon=True).start()

    def _relay(self, source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                if source not in self._silent:
                    sink.sendall(data)


def own_tasks() -> list[str]:
    """Tasks of the client that run in this event loop; grpc's own may end a moment later."""
    coroutines = [task.get_coro() for task in asyncio.all_tasks()]
    names = [getattr(coroutine, "__qualname__", "") for coroutine in coroutines]
    return [name for name in names if name.startswith("Async")]


@contextmanager
def proxied(gateway: FakeGateway) -> Iterator[Proxy]:
    proxy = Proxy(gateway.port)
    try:
        yield proxy
    finally:
        proxy.close()
