"""Just enough HTTP/1.1 to call a server on this machine: one request at a time on a connection that stays open."""

import asyncio
import time
from typing import Protocol


class BodyListener(Protocol):
    """Takes the answers of one connection."""

    def on_body(self, data: bytes) -> None:
        """A part of a response's body."""

    def on_end(self, clean: bool) -> None:
        """A response is complete (status 200), or failed."""


class H1(asyncio.Protocol):
    """One connection, for requests to one path."""

    def __init__(self, path: str, authority: str, content_type: str, listener: BodyListener, *extra: str) -> None:
        lines = [f"POST {path} HTTP/1.1", f"host: {authority}", f"content-type: {content_type}", *extra]
        self._head = "\r\n".join([*lines, "content-length: "]).encode()
        self._listener = listener
        self._transport: asyncio.Transport | None = None
        self._buffer = bytearray()
        self._left = -1
        self._chunked = False
        self._in_body = False
        self.arrived = 0
        self.failure = ""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        self._transport = transport

    def connection_lost(self, exc: Exception | None) -> None:
        self.failure = self.failure or f"the connection was lost ({exc})"
        self._listener.on_end(False)

    def close(self) -> None:
        """Close the connection."""
        self.failure = "closed"
        if self._transport is not None:
            self._transport.close()

    def request(self, body: bytes) -> None:
        """Send a request."""
        assert self._transport is not None
        self._transport.write(self._head + b"%d\r\n\r\n" % len(body) + body)

    def data_received(self, data: bytes) -> None:
        self.arrived = time.time_ns()
        self._buffer += data
        while self._buffer and (self._body() if self._in_body else self._headers()):
            pass

    def _headers(self) -> bool:
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0:
            return False
        head = bytes(self._buffer[:end]).lower()
        del self._buffer[: end + 4]
        if not head.startswith(b"http/1.1 200"):
            self.failure = f"{head[:200].decode()} {bytes(self._buffer[:300]).decode(errors='replace')}"
            self._listener.on_end(False)
            return False
        self._chunked = b"transfer-encoding: chunked" in head
        _, _, length = head.partition(b"content-length: ")
        self._left = -1 if self._chunked else int(length.partition(b"\r\n")[0])
        self._in_body = True
        return True

    def _body(self) -> bool:
        """Take a piece of the body; false where more must arrive first."""
        if self._left < 0:
            return self._chunk_head()
        if self._chunked:
            if len(self._buffer) < self._left + 2:
                return False
            piece = bytes(self._buffer[: self._left])
            del self._buffer[: self._left + 2]
            self._left = -1
            self._listener.on_body(piece)
            return True
        if len(self._buffer) < self._left:
            return False
        piece = bytes(self._buffer[: self._left])
        del self._buffer[: self._left]
        self._listener.on_body(piece)
        self._complete()
        return True

    def _chunk_head(self) -> bool:
        end = self._buffer.find(b"\r\n")
        if end < 0:
            return False
        self._left = int(bytes(self._buffer[:end]).partition(b";")[0], 16)
        if self._left:
            del self._buffer[: end + 2]
            return True
        if len(self._buffer) < end + 4:
            self._left = -1
            return False
        del self._buffer[: end + 4]
        self._left = -1
        self._complete()
        return True

    def _complete(self) -> None:
        self._in_body = False
        self._left = -1
        self._listener.on_end(True)


async def connect(protocol: H1, host: str, port: str) -> H1:
    """Connect, and return the protocol."""
    await asyncio.get_running_loop().create_connection(lambda: protocol, host, int(port))
    return protocol
