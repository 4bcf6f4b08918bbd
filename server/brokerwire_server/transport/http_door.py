"""The HTTP door: Connect, gRPC-Web and JSON through connectrpc on uvicorn, in the same event loop as the gRPC door.

connectrpc's endpoints are made from the API's table of methods, so no generated code is needed. Responses are not
compressed: on loopback that costs more than it saves.
"""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from typing import Any

import uvicorn
from connectrpc.code import Code
from connectrpc.errors import ConnectError
from connectrpc.method import IdempotencyLevel, MethodInfo, StreamType
from connectrpc.request import RequestContext
from connectrpc.server import ConnectASGIApplication, Endpoint

from brokerwire_server.api import Api, Call, CallError, Idempotency, Method, Shape
from brokerwire_server.api.errors import describe, too_large
from brokerwire_server.api.methods import Reply
from brokerwire_server.transport.addresses import listen, parse_address, remove_socket
from brokerwire_server.transport.codecs import BinaryCodec, Encoded, JsonCodec, connect_error
from brokerwire_server.transport.http_protocol import protocol_with
from brokerwire_server.transport.limits import DoorLimits
from brokerwire_server.transport.tls import Tls
from brokerwire_server.transport.web import WebApplication, caller

DOOR = "http"
_SHAPES = {
    Shape.UNARY: StreamType.UNARY,
    Shape.SERVER_STREAM: StreamType.SERVER_STREAM,
    Shape.BIDI_STREAM: StreamType.BIDI_STREAM,
}
_LEVELS = {
    Idempotency.UNKNOWN: IdempotencyLevel.UNKNOWN,
    Idempotency.NO_SIDE_EFFECTS: IdempotencyLevel.NO_SIDE_EFFECTS,
    Idempotency.IDEMPOTENT: IdempotencyLevel.IDEMPOTENT,
}

Context = RequestContext[Any, Any]


class HttpDoor:
    """Serves the API, /metrics, /healthz and an index over HTTP/1.1."""

    def __init__(
        self,
        api: Api,
        address: str,
        *,
        tls: Tls | None = None,
        metrics: Callable[[], bytes] | None = None,
        allowed_origins: Sequence[str] = (),
        limits: DoorLimits | None = None,
    ) -> None:
        """Prepare to listen.

        Args:
            api: what is served.
            address: loopback or "unix:/path", with `tls` any; port 0 is any free one.
            tls: its certificates; without it only this machine is served.
            metrics: returns Prometheus's text format; without it there is no /metrics.
            allowed_origins: web origins whose pages may call, as "https://host:port".
            limits: what is taken from peers.

        Raises:
            AddressError: `address` is malformed, or neither loopback nor a Unix socket while there is no `tls`.
        """
        self._api = api
        self._address = parse_address(address, secure=tls is not None)
        self._tls = None if self._address.path else tls
        self._metrics = metrics
        self._origins = tuple(allowed_origins)
        self._limits = limits or DoorLimits()
        self._server: _Server | None = None
        self._serving: asyncio.Task[None] | None = None

    async def start(self) -> str:
        """Listen, and return the address that was really bound.

        Raises:
            OSError: the address can't be bound.
        """
        bound, actual = listen(self._address)
        application = WebApplication(
            _Rpc(self._api),
            self._api,
            actual,
            secure=self._tls is not None,
            metrics=self._metrics,
            allowed_origins=self._origins,
        )
        config = uvicorn.Config(
            application,
            http=protocol_with(self._limits),
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            timeout_keep_alive=75,
        )
        if self._tls is not None:
            config.load()
            config.ssl = self._tls.http_context()
        self._server = _Server(config)
        self._serving = asyncio.get_running_loop().create_task(self._server.serve(sockets=[bound]))
        while not self._server.started:
            if self._serving.done():
                self._serving.result()
            await asyncio.sleep(0.005)
        self._api.listening(DOOR, str(actual))
        return str(actual)

    async def stop(self, grace: float) -> None:
        """Take no new connections, let calls end for `grace` seconds, then cut what is left."""
        if self._server is None or self._serving is None:
            return
        self._server.config.timeout_graceful_shutdown = max(int(grace), 0) or None
        self._server.force_exit = grace <= 0
        self._server.should_exit = True
        await self._serving
        remove_socket(self._address)


class _Server(uvicorn.Server):
    """uvicorn without hands on the process's signals: those belong to the program."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class _Rpc(ConnectASGIApplication[Api]):
    """connectrpc's application, with its endpoints made from the API's table."""

    def __init__(self, api: Api) -> None:
        super().__init__(
            service=api,
            endpoints=_endpoints,  # type: ignore[arg-type]
            interceptors=(_Explain(api.limits.message_bytes),),
            read_max_bytes=api.limits.message_bytes,
            compressions=(),
            codecs=(BinaryCodec(), JsonCodec()),
        )

    @property
    def path(self) -> str:
        """Where it is mounted."""
        return "/"


class _Explain:
    """Gives the errors that connectrpc makes itself the typed details that all ours have."""

    def __init__(self, limit: int) -> None:
        self._limit = limit

    async def on_start(self, ctx: Context) -> None:
        """Do nothing before a call."""

    async def on_end(self, token: None, ctx: Context, error: Exception | None) -> None:
        """Raise the error that takes the place of one without details."""
        if isinstance(error, ConnectError) and not error.details and error.code is Code.RESOURCE_EXHAUSTED:
            raise connect_error(CallError(describe(too_large(self._limit), mutates=True)).status)


def _endpoints(api: Api) -> Mapping[str, Endpoint[Any, Any]]:
    return {method.path: _endpoint(api, method) for method in api.methods}


def _endpoint(api: Api, method: Method) -> Endpoint[Any, Any]:
    info = MethodInfo(
        name=method.name,
        service_name=method.service,
        input=method.request,
        output=method.response,
        idempotency_level=_LEVELS[method.idempotency],
        stream_type=_SHAPES[method.shape],
    )
    match method.shape:
        case Shape.UNARY:
            return Endpoint.unary(info, _unary(api, method))
        case Shape.SERVER_STREAM:
            return Endpoint.server_stream(info, _stream(api, method))
        case Shape.BIDI_STREAM:
            return Endpoint.bidi_stream(info, _stream(api, method))


def _unary(api: Api, method: Method) -> Callable[[Any, Context], Any]:
    async def answer(request: Any, context: Context) -> Any:  # noqa: ANN401
        try:
            return await api.unary(method, request, _call(context))
        except CallError as error:
            raise connect_error(error.status) from error

    return answer


def _stream(api: Api, method: Method) -> Callable[[Any, Context], AsyncIterator[Any]]:
    async def answer(request: Any, context: Context) -> AsyncIterator[Any]:  # noqa: ANN401
        replies = api.stream(method, request, _call(context))
        try:
            async for reply in replies:
                yield _wrapped(reply, method)
        except CallError as error:
            raise connect_error(error.status) from error
        finally:
            await replies.aclose()  # type: ignore[attr-defined]

    return answer


def _wrapped(reply: Reply, method: Method) -> Any:  # noqa: ANN401 - a message, or one in its encoded form
    return Encoded(reply, method.response) if isinstance(reply, bytes) else reply


def _call(context: Context) -> Call:
    remaining = context.timeout_ms
    return Call(DOOR, None if remaining is None else time.monotonic() + remaining / 1000, caller())
