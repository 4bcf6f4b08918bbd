"""One HTTP connection: uvicorn's protocol with limits, and with the client's certificate where TLS has verified one."""

import asyncio
import ssl
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from brokerwire_server.transport.limits import DoorLimits

_STREAMING = (b"application/connect+", b"application/grpc-web")
"""Content types whose body may be a conversation, which takes as long as it takes."""


class LimitedProtocol(HttpToolsProtocol):
    """Hangs up on a peer that sends a head that is too large or too slow, or that is one connection too many."""

    limits = DoorLimits()

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for a head."""
        self._head_bytes = 0
        self._in_head = True
        self._hurry: asyncio.TimerHandle | None = None
        super().connection_made(transport)
        self._chain = _chain(transport)
        if len(self.server_state.connections) > self.limits.connections:
            transport.abort()
            return
        self._within(self.limits.head_seconds)

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait for nothing any more."""
        self._within(None)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take what came, unless it is a head without end."""
        if self._in_head:
            self._head_bytes += len(data)
        super().data_received(data)
        if self._in_head and self._head_bytes > self.limits.head_bytes and not self.transport.is_closing():
            self.send_400_response("The head of the request is too large.")

    # --- what the parser finds -----------------------------------------------------------------------------------

    def on_message_begin(self) -> None:
        """Say with each request whose it is, and give its head its time."""
        super().on_message_begin()
        self._head_bytes, self._in_head = 0, True
        self._within(self.limits.head_seconds)
        if self._chain is not None:
            self.scope["extensions"] = {"tls": {"client_cert_chain": self._chain}}

    def on_headers_complete(self) -> None:
        """Refuse a head that is too large; give a body that is no stream its time."""
        size = len(self.url) + sum(len(name) + len(value) for name, value in self.headers)
        if size > self.limits.head_bytes or len(self.headers) > self.limits.head_fields:
            raise ValueError("the head is too large")  # the parser gives up, and uvicorn answers 400 and hangs up
        self._in_head = False
        kind = next((value for name, value in self.headers if name == b"content-type"), b"")
        self._within(None if kind.startswith(_STREAMING) else self.limits.body_seconds)
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """The request is whole: from here on uvicorn's own limit for idle connections holds."""
        self._within(None)
        super().on_message_complete()

    def _within(self, seconds: float | None) -> None:
        if self._hurry is not None:
            self._hurry.cancel()
        self._hurry = None if seconds is None else self.loop.call_later(seconds, self.transport.abort)


def protocol_with(limits: DoorLimits) -> type[LimitedProtocol]:
    """Return the protocol of a door with such limits: uvicorn wants a class."""
    return type("_Protocol", (LimitedProtocol,), {"limits": limits})


def _chain(transport: Any) -> list[str] | None:  # noqa: ANN401 - asyncio's, or uvloop's
    """Return the client's verified certificate as PEM in a list, an empty one without; `None` where there is no TLS."""
    tls = transport.get_extra_info("ssl_object")
    if tls is None:
        return None
    der = tls.getpeercert(binary_form=True)
    return [ssl.DER_cert_to_PEM_cert(der)] if der else []
