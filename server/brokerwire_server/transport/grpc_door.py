"""The gRPC door: grpc.aio, with handlers made from the API's table of methods.

Messages pass as bytes both ways. grpc.aio turns a deserializer's exception into INTERNAL, while garbage is the caller's
fault, so the API parses; and streams hand out batches that were serialised once for all their readers.
"""

import asyncio
import contextlib
import errno
import logging
import time
from collections.abc import AsyncIterator, Callable
from typing import Any, NoReturn

import grpc
from google.protobuf.message import Message
from google.rpc import status_pb2
from grpc_channelz.v1 import channelz  # type: ignore[import-untyped]
from grpc_health.v1 import health, health_pb2, health_pb2_grpc  # type: ignore[import-untyped]
from grpc_reflection.v1alpha import reflection  # type: ignore[import-untyped]

from brokerwire_server.api import Api, Call, CallError, Credentials, Method, Shape
from brokerwire_server.api.dispatch import parse
from brokerwire_server.api.errors import describe, no_method
from brokerwire_server.api.facade import PACKAGE
from brokerwire_server.transport.addresses import (
    Address,
    clear_stale_socket,
    make_private,
    parse_address,
    remove_socket,
)
from brokerwire_server.transport.limits import DoorLimits
from brokerwire_server.transport.options import server_options
from brokerwire_server.transport.peers import OTP_HEADER, certificate_of, peer_address
from brokerwire_server.transport.tls import Tls

HEALTH_POLL = 0.2
"""Seconds between two looks at whether the gateway can take orders."""

DOOR = "grpc"
_DETAILS_KEY = "grpc-status-details-bin"
_CODES = {code.value[0]: code for code in grpc.StatusCode}

_LOCAL = Credentials(local=True)
_log = logging.getLogger(__name__)
Context = grpc.aio.ServicerContext[Any, Any]


class GrpcDoor:
    """Serves the API, health, reflection and channelz over gRPC."""

    def __init__(
        self,
        api: Api,
        address: str,
        *,
        tls: Tls | None = None,
        reflection: bool = True,
        channelz: bool = True,
        limits: DoorLimits | None = None,
    ) -> None:
        """Prepare to listen. Without `tls` only this machine is served.

        Reflection and channelz ask for no credential, so they are not offered where the API asks everybody for one.

        Raises:
            AddressError: `address` is malformed, or neither loopback nor a Unix socket while there is no `tls`.
        """
        self._api = api
        self._address = parse_address(address, secure=tls is not None)
        self._tls = None if self._address.path else tls
        open_to_all = self._tls is None and not api.asks_everybody
        self._reflection = reflection and open_to_all
        self._channelz = channelz and open_to_all
        self._limits = limits or DoorLimits()
        self._server: grpc.aio.Server | None = None
        self._health = health.aio.HealthServicer()
        self._watching: asyncio.Task[None] | None = None

    async def start(self) -> str:
        """Listen, and return the address that was really bound.

        Raises:
            OSError: the address can't be bound.
        """
        server = grpc.aio.server(options=server_options(self._api.limits.message_bytes, self._limits))
        server.add_generic_rpc_handlers((_Handlers(self._api, secure=self._tls is not None),))
        health_pb2_grpc.add_HealthServicer_to_server(self._health, server)
        if self._reflection:
            names = (*self._api.services, health.SERVICE_NAME, reflection.SERVICE_NAME)
            reflection.enable_server_reflection(names, server)
        if self._channelz:
            channelz.add_channelz_servicer(server)
        bound = self._bind(server)
        await self._tell_health()
        await server.start()
        make_private(bound)
        self._server = server
        if self._tls is not None:
            await self._tls.check_floor(bound)
        self._watching = asyncio.get_running_loop().create_task(self._watch_health())
        self._api.listening(DOOR, str(bound))
        return str(bound)

    async def stop(self, grace: float) -> None:
        """Say NOT_SERVING, take no new connections, let calls end for `grace` seconds, then cut what is left."""
        if self._watching is not None:
            self._watching.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._watching
        await self._health.enter_graceful_shutdown()
        if self._server is not None:
            await self._server.stop(grace)
        remove_socket(self._address)

    def _bind(self, server: grpc.aio.Server) -> Address:
        address = self._address
        if address.path:
            clear_stale_socket(address.path)
        try:
            if self._tls is None:
                port = server.add_insecure_port(str(address))
            else:
                port = server.add_secure_port(str(address), self._tls.grpc_credentials())
        except RuntimeError as error:
            raise _in_use(address) from error
        if port == 0:
            raise _in_use(address)
        return address if address.path else Address(host=address.host, port=port)

    async def _watch_health(self) -> None:
        while True:
            await asyncio.sleep(HEALTH_POLL)
            await self._tell_health()

    async def _tell_health(self) -> None:
        kinds = health_pb2.HealthCheckResponse
        status = kinds.SERVING if self._api.healthy else kinds.NOT_SERVING
        for name in ("", *self._api.services):
            await self._health.set(name, status)


class _Handlers(grpc.GenericRpcHandler):
    """Finds the handler of a path."""

    def __init__(self, api: Api, *, secure: bool) -> None:
        self._handlers = {method.path: _handler(api, method, secure) for method in api.methods}

    def service(self, handler_call_details: grpc.HandlerCallDetails) -> "grpc.RpcMethodHandler[Any, Any] | None":
        path: str = handler_call_details.method
        known = self._handlers.get(path)
        if known is None and path.startswith(f"/{PACKAGE}."):
            return grpc.unary_unary_rpc_method_handler(_unknown(path))
        return known


def _handler(api: Api, method: Method, secure: bool) -> "grpc.RpcMethodHandler[Any, Any]":
    make, behaviour = _MAKERS[method.shape]
    handler: grpc.RpcMethodHandler[Any, Any] = make(behaviour(api, method, secure), response_serializer=_serialize)
    return handler


def _unary(api: Api, method: Method, secure: bool) -> Callable[[bytes, Context], Any]:
    async def answer(request: bytes, context: Context) -> Message:
        try:
            return await api.unary(method, request, _call(context, secure))
        except CallError as error:
            await _abort(context, error.status)

    return answer


def _server_stream(api: Api, method: Method, secure: bool) -> Callable[[bytes, Context], AsyncIterator[Any]]:
    async def answer(request: bytes, context: Context) -> AsyncIterator[Any]:
        replies = api.stream(method, request, _call(context, secure))
        try:
            async for reply in replies:
                yield reply
        except CallError as error:
            await _abort(context, error.status)
        finally:
            # grpc.aio does not close a generator that it gives up.
            await replies.aclose()  # type: ignore[attr-defined]

    return answer


def _bidi_stream(
    api: Api, method: Method, secure: bool
) -> Callable[[AsyncIterator[bytes], Context], AsyncIterator[Any]]:
    async def requests(messages: AsyncIterator[bytes]) -> AsyncIterator[Message]:
        async for message in messages:
            yield parse(method, message)

    async def answer(messages: AsyncIterator[bytes], context: Context) -> AsyncIterator[Any]:
        replies = api.stream(method, requests(messages), _call(context, secure))
        try:
            async for reply in replies:
                yield reply
        except CallError as error:
            await _abort(context, error.status)
        finally:
            await replies.aclose()  # type: ignore[attr-defined]

    return answer


_MAKERS: dict[Shape, tuple[Callable[..., Any], Callable[[Api, Method, bool], Any]]] = {
    Shape.UNARY: (grpc.unary_unary_rpc_method_handler, _unary),
    Shape.SERVER_STREAM: (grpc.unary_stream_rpc_method_handler, _server_stream),
    Shape.BIDI_STREAM: (grpc.stream_stream_rpc_method_handler, _bidi_stream),
}


def _unknown(path: str) -> Callable[[bytes, Context], Any]:
    async def answer(request: bytes, context: Context) -> NoReturn:
        await _abort(context, describe(no_method(path), mutates=False).status())

    return answer


def _call(context: Context, secure: bool) -> Call:
    remaining: float | None = context.time_remaining()
    deadline = None if remaining is None else time.monotonic() + remaining
    return Call(DOOR, deadline, _credentials(context, secure))


def _credentials(context: Context, secure: bool) -> Credentials:
    authorization = otp = ""
    for name, value in context.invocation_metadata() or ():
        if name == "authorization":
            authorization = _text(value)
        elif name == OTP_HEADER:
            otp = _text(value)
    if not (secure or authorization or otp):
        return _LOCAL
    certificate = None
    if secure and (found := context.auth_context().get("x509_pem_cert")):
        certificate = certificate_of(next(iter(found)))
    address = peer_address(context.peer())
    return Credentials(authorization=authorization, otp=otp, address=address, certificate=certificate, local=not secure)


def _text(value: str | bytes) -> str:
    return value if isinstance(value, str) else value.decode("latin-1")


def _serialize(reply: Message | bytes) -> bytes:
    return reply if isinstance(reply, bytes) else reply.SerializeToString()


async def _abort(context: Context, status: status_pb2.Status) -> NoReturn:
    details = ((_DETAILS_KEY, status.SerializeToString()),)
    await context.abort(_CODES[status.code], status.message, details)


def _in_use(address: Address) -> OSError:
    return OSError(errno.EADDRINUSE, f"{address} can't be bound: another process may listen there")
