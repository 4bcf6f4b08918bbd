"""Just enough HTTP/2 to make gRPC calls to a server on this machine: prior knowledge, no push, no huffman coding.

The header block is sent in full on a connection's first call and as indices into the dynamic table after that, as
real clients do.
"""

import asyncio
import struct
import time
from collections import deque
from typing import Protocol

_PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
_DATA, _HEADERS, _RESET, _SETTINGS, _PING, _GOAWAY, _WINDOW = 0, 1, 3, 4, 6, 7, 8
_END_STREAM, _END_HEADERS, _ACK, _PADDED = 0x1, 0x4, 0x1, 0x8
_MAX_FRAME = 16_384

STREAM_WINDOW = 4 << 20
"""Bytes that a stream may have under way to us: what a grpcio client grows its window to."""

_CONNECTION_WINDOW = 64 << 20


class Listener(Protocol):
    """Takes what arrives on one stream."""

    def on_data(self, data: bytes, end: bool) -> None:
        """A part of the response."""

    def on_end(self, clean: bool) -> None:
        """The stream is over; not clean where it was reset or the connection was lost."""


def frame(kind: int, flags: int, stream: int, payload: bytes = b"") -> bytes:
    """Return a frame."""
    length = len(payload)
    return struct.pack(">BHBBI", length >> 16, length & 0xFFFF, kind, flags, stream) + payload


def _literal(name: bytes, value: bytes) -> bytes:
    return b"\x40" + bytes((len(name),)) + name + bytes((len(value),)) + value


def header_blocks(path: str, authority: str, timeout: str) -> tuple[bytes, bytes]:
    """Return the header block of a connection's first call, and the one of the others."""
    literals = [
        (b":path", path.encode()),
        (b":authority", authority.encode()),
        (b"te", b"trailers"),
        (b"content-type", b"application/grpc"),
        (b"user-agent", b"brokerwire-bench"),
    ]
    if timeout:
        literals.append((b"grpc-timeout", timeout.encode()))
    fixed = b"\x83\x86"  # :method POST and :scheme http of the static table
    first = fixed + b"".join(_literal(name, value) for name, value in literals)
    # The dynamic table begins at 62 with its newest entry.
    later = fixed + bytes(0x80 | 61 + len(literals) - i for i in range(len(literals)))
    return first, later


class H2(asyncio.Protocol):
    """One connection to a gRPC server, for calls of one method."""

    def __init__(self, path: str, authority: str, timeout: str = "") -> None:
        """`timeout` is sent as the deadline of every call, as gRPC writes it: "10S"."""
        self._first, self._later = header_blocks(path, authority, timeout)
        self._streams: dict[int, Listener] = {}
        self._next_stream = 1
        self._rest = b""
        self._window = 65_535
        self._initial_window = 65_535
        self._stream_windows: dict[int, int] = {}
        self._waiting: deque[tuple[int, bytes, bool]] = deque()
        self._credit = 0
        self._received: dict[int, int] = {}
        self._transport: asyncio.Transport | None = None
        self.arrived = 0
        self.failure = ""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        self._transport = transport
        settings = struct.pack(">HIHIHI", 2, 0, 4, STREAM_WINDOW, 5, _MAX_FRAME)
        window = struct.pack(">I", _CONNECTION_WINDOW - 65_535)
        transport.write(_PREFACE + frame(_SETTINGS, 0, 0, settings) + frame(_WINDOW, 0, 0, window))

    def connection_lost(self, exc: Exception | None) -> None:
        self.failure = self.failure or f"the connection was lost ({exc})"
        listeners, self._streams = list(self._streams.values()), {}
        for listener in listeners:
            listener.on_end(False)

    def close(self) -> None:
        """Close the connection."""
        self.failure = "closed"
        if self._transport is not None:
            self._transport.close()

    # --- sending ---------------------------------------------------------------------------------------------------

    def call(self, message: bytes, listener: Listener, *, end: bool = True) -> int:
        """Start a call with its first message and return its stream."""
        stream, self._next_stream = self._next_stream, self._next_stream + 2
        self._streams[stream] = listener
        self._stream_windows[stream] = self._initial_window
        block = self._first if stream == 1 else self._later
        headers = frame(_HEADERS, _END_HEADERS, stream, block)
        size = len(message) + 5
        if size <= _MAX_FRAME and size <= self._window and size <= self._initial_window and not self._waiting:
            self._take(stream, size)
            data = struct.pack(">BI", 0, len(message)) + message
            self._write(headers + frame(_DATA, _END_STREAM if end else 0, stream, data))
        else:
            self._write(headers)
            self.send(stream, message, end=end)
        return stream

    def send(self, stream: int, message: bytes, *, end: bool = False) -> None:
        """Send a message of a call, as far as the windows let it and the rest when they do."""
        data = struct.pack(">BI", 0, len(message)) + message
        for at in range(0, len(data), _MAX_FRAME):
            last = at + _MAX_FRAME >= len(data)
            self._waiting.append((stream, data[at : at + _MAX_FRAME], end and last))
        self._flush()

    def _flush(self) -> None:
        parts = []
        while self._waiting:
            stream, data, end = self._waiting[0]
            if len(data) > self._window or len(data) > self._stream_windows.get(stream, 0):
                break
            self._waiting.popleft()
            self._take(stream, len(data))
            parts.append(frame(_DATA, _END_STREAM if end else 0, stream, data))
        if parts:
            self._write(b"".join(parts))

    def _take(self, stream: int, size: int) -> None:
        self._window -= size
        self._stream_windows[stream] -= size

    def _write(self, data: bytes) -> None:
        if self._transport is not None:
            self._transport.write(data)

    # --- receiving -------------------------------------------------------------------------------------------------

    def data_received(self, data: bytes) -> None:
        self.arrived = time.time_ns()
        buffer = self._rest + data if self._rest else data
        at, size = 0, len(buffer)
        while size - at >= 9:
            end = at + 9 + int.from_bytes(buffer[at : at + 3], "big")
            if end > size:
                break
            kind, flags = buffer[at + 3], buffer[at + 4]
            stream = int.from_bytes(buffer[at + 5 : at + 9], "big")
            if kind == _DATA:
                self._on_data(stream, flags, buffer[at + 9 : end])
            elif kind == _HEADERS:
                if flags & _END_STREAM:
                    self._ended(stream, True)
            else:
                self._on_control(kind, flags, stream, buffer[at + 9 : end])
            at = end
        self._rest = buffer[at:]

    def _on_data(self, stream: int, flags: int, payload: bytes) -> None:
        if flags & _PADDED:
            raise ValueError("the server pads frames")
        self._credit += len(payload)
        if self._credit > _CONNECTION_WINDOW // 2:
            self._write(frame(_WINDOW, 0, 0, struct.pack(">I", self._credit)))
            self._credit = 0
        received = self._received.get(stream, 0) + len(payload)
        if received > STREAM_WINDOW // 2:
            self._write(frame(_WINDOW, 0, stream, struct.pack(">I", received)))
            received = 0
        self._received[stream] = received
        listener = self._streams.get(stream)
        if listener is not None:
            listener.on_data(payload, bool(flags & _END_STREAM))
        if flags & _END_STREAM:
            self._ended(stream, True)

    def _ended(self, stream: int, clean: bool) -> None:
        listener = self._streams.pop(stream, None)
        self._stream_windows.pop(stream, None)
        self._received.pop(stream, None)
        if listener is not None:
            listener.on_end(clean)

    def _on_control(self, kind: int, flags: int, stream: int, payload: bytes) -> None:
        match kind:
            case _ if kind == _WINDOW:
                (more,) = struct.unpack(">I", payload)
                if stream == 0:
                    self._window += more
                elif stream in self._stream_windows:
                    self._stream_windows[stream] += more
                self._flush()
            case _ if kind == _SETTINGS and not flags & _ACK:
                self._on_settings(payload)
                self._write(frame(_SETTINGS, _ACK, 0))
            case _ if kind == _PING and not flags & _ACK:
                self._write(frame(_PING, _ACK, 0, payload))
            case _ if kind == _RESET:
                self.failure = f"a stream was reset with code {int.from_bytes(payload, 'big')}"
                self._ended(stream, False)
            case _ if kind == _GOAWAY:
                self.failure = f"the server said goodbye: {payload[8:].decode(errors='replace')}"

    def _on_settings(self, payload: bytes) -> None:
        for at in range(0, len(payload), 6):
            name, value = struct.unpack_from(">HI", payload, at)
            if name == 4:
                for stream in self._stream_windows:
                    self._stream_windows[stream] += value - self._initial_window
                self._initial_window = value
        self._flush()


class Messages:
    """Puts the messages of a gRPC or Connect stream together: five bytes of flags and length before each."""

    __slots__ = ("_buffer",)

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> list[bytes]:
        """Take bytes and return the messages that they complete."""
        buffer = self._buffer
        buffer += data
        messages = []
        at, size = 0, len(buffer)
        while size - at >= 5:
            end = at + 5 + int.from_bytes(buffer[at + 1 : at + 5], "big")
            if end > size:
                break
            messages.append(bytes(buffer[at + 5 : end]))
            at = end
        if at:
            del buffer[:at]
        return messages
