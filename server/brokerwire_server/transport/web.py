"""What stands in front of the RPCs on HTTP: who may call from a browser, and the few plain pages.

A page on any web site can send requests to this machine. Two checks keep it out: the `Host` must be a name of this
machine (a rebound DNS name is not), and an `Origin`, which browsers add by themselves, must be a configured one.
"""

from collections.abc import Awaitable, Callable, Sequence
from contextvars import ContextVar
from typing import Any
from urllib.parse import urlsplit

from brokerwire_server.api import Api, CallError, Credentials
from brokerwire_server.api.errors import describe, no_method
from brokerwire_server.api.facade import PACKAGE
from brokerwire_server.transport.addresses import Address, is_loopback
from brokerwire_server.transport.codecs import error_json
from brokerwire_server.transport.peers import OTP_HEADER, certificate_of

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[Any]]
Send = Callable[[Any], Awaitable[None]]
Application = Callable[[Any, Any, Any], Awaitable[None]]
Header = tuple[bytes, bytes]

METRICS_TYPE = b"text/plain; version=1.0.0; charset=utf-8; escaping=underscores"
_TEXT = b"text/plain; charset=utf-8"
_PREFLIGHT_SECONDS = b"7200"
_ALLOWED_HEADERS = (
    b"content-type, connect-protocol-version, connect-timeout-ms, connect-accept-encoding, connect-content-encoding, "
    b"grpc-timeout, x-grpc-web, x-user-agent, authorization, brokerwire-otp"
)
_OTP = OTP_HEADER.encode()
_caller: ContextVar[Credentials] = ContextVar("caller")
_EXPOSED_HEADERS = b"grpc-status, grpc-message, grpc-status-details-bin"


class WebApplication:
    """An ASGI application: checks, plain pages, and behind them the RPCs."""

    def __init__(
        self,
        rpc: Application,
        api: Api,
        address: Address,
        *,
        secure: bool,
        metrics: Callable[[], bytes] | None,
        allowed_origins: Sequence[str],
    ) -> None:
        """Serve `rpc` at `address`; pages of `allowed_origins` may call.

        A `secure` one lets nobody in without a credential, which a rebound name does not have, so any `Host` will do.
        """
        self._rpc = rpc
        self._api = api
        self._metrics = metrics
        self._origins = frozenset(origin.rstrip("/").lower().encode() for origin in allowed_origins)
        self._any_host = bool(address.path) or secure
        self._secure = secure
        self._paths = frozenset(method.path for method in api.methods)
        self._good_hosts: set[bytes] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        host = origin = None
        for name, value in scope["headers"]:
            if name == b"host":
                host = value
            elif name == b"origin":
                origin = value
        if host not in self._good_hosts and not self._knows_host(host):
            await _reply(send, 421, _TEXT, b"this server answers to localhost and loopback addresses only\n")
        elif origin is None:
            await self._answer(scope, receive, send)
        elif origin.lower() in self._origins:
            await self._answer_origin(origin, scope, receive, send)
        elif _same_origin(origin, host):
            await self._answer(scope, receive, send)
        else:
            text = b"this web origin is not allowed here; add it to the server's allowed origins\n"
            await _reply(send, 403, _TEXT, text)

    def _knows_host(self, host: bytes | None) -> bool:
        if self._any_host:
            return True
        if host is None or not is_loopback(urlsplit(f"//{host.decode('latin-1')}").hostname or ""):
            return False
        if len(self._good_hosts) < 16:
            self._good_hosts.add(host)
        return True

    async def _answer_origin(self, origin: bytes, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a page of an allowed origin, in the way that makes its browser hand the answer over."""
        extra: list[Header] = [(b"access-control-allow-origin", origin), (b"vary", b"Origin")]
        if scope["method"] == "OPTIONS":
            extra += [
                (b"access-control-allow-methods", b"GET, POST"),
                (b"access-control-allow-headers", _ALLOWED_HEADERS),
                (b"access-control-max-age", _PREFLIGHT_SECONDS),
            ]
            await _reply(send, 204, _TEXT, b"", extra)
            return
        extra.append((b"access-control-expose-headers", _EXPOSED_HEADERS))

        async def send_marked(message: dict[str, Any]) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": [*message["headers"], *extra]}
            await send(message)

        await self._answer(scope, receive, send_marked)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        path: str = scope["path"]
        if path in self._paths:
            _caller.set(_credentials(scope, secure=self._secure))
            await self._rpc(scope, receive, send)
        elif path.startswith(f"/{PACKAGE}."):
            status = CallError(describe(no_method(path), mutates=False)).status
            await _reply(send, 501, b"application/json", error_json(status))
        elif scope["method"] not in ("GET", "HEAD"):
            await _reply(send, 405, _TEXT, b"only GET here; RPCs are under /brokerwire.v1...\n")
        else:
            await self._page(scope, path, send)

    async def _page(self, scope: Scope, path: str, send: Send) -> None:
        if path == "/healthz":
            healthy = self._api.healthy
            await _reply(send, 200 if healthy else 503, _TEXT, b"SERVING\n" if healthy else b"NOT_SERVING\n")
        elif path == "/metrics" and self._metrics is not None:
            try:
                self._api.identify(_credentials(scope, secure=self._secure))
            except CallError as error:
                status = 401 if error.code.value == "UNAUTHENTICATED" else 403
                await _reply(send, status, b"application/json", error_json(error.status))
            else:
                await _reply(send, 200, METRICS_TYPE, self._metrics())
        elif path == "/":
            await _reply(send, 200, _TEXT, self._index())
        else:
            await _reply(send, 404, _TEXT, b"nothing here; / lists what there is\n")

    def _index(self) -> bytes:
        pages = ["/healthz", *(["/metrics"] if self._metrics is not None else [])]
        lines = [
            "Brokerwire: one typed API in front of many brokers.",
            "",
            "POST JSON (or protobuf, Connect, gRPC-Web) to:",
            *(f"  {path}" for path in sorted(self._paths)),
            "",
            "Pages:",
            *(f"  {page}" for page in pages),
            "",
            "Try: curl -H 'content-type: application/json' -d '{}' "
            "http://localhost:PORT/brokerwire.v1.SystemService/GetServerInfo",
        ]
        return ("\n".join(lines) + "\n").encode()


def caller() -> Credentials:
    """Return what the request that is being answered brought to prove who it is."""
    return _caller.get()


def _credentials(scope: Scope, *, secure: bool) -> Credentials:
    authorization = otp = ""
    for name, value in scope["headers"]:
        if name == b"authorization":
            authorization = value.decode("latin-1")
        elif name == _OTP:
            otp = value.decode("latin-1")
    chain = scope.get("extensions", {}).get("tls", {}).get("client_cert_chain") if secure else None
    return Credentials(
        authorization=authorization,
        otp=otp,
        address=scope["client"][0] if scope["client"] else "",
        certificate=certificate_of(chain[0].encode()) if chain else None,
        local=not secure,
    )


def _same_origin(origin: bytes, host: bytes | None) -> bool:
    return host is not None and origin in (b"http://" + host, b"https://" + host)


async def _reply(send: Send, status: int, kind: bytes, body: bytes, extra: Sequence[Header] = ()) -> None:
    headers = [(b"content-type", kind), (b"content-length", str(len(body)).encode()), *extra]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
