"""What the HTTP door takes from one connection, and from all together."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

import pytest

from brokerwire_server.transport.http_door import HttpDoor
from brokerwire_server.transport.limits import DoorLimits

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.e2e.conftest import Served

LIMITS = DoorLimits(connections=3, head_bytes=2_000, head_fields=20, head_seconds=0.3, body_seconds=0.3)
INFO = "/brokerwire.v1.SystemService/GetServerInfo"
STREAM = "/brokerwire.v1.OrderService/OrderSession"
HEALTH = b"GET /healthz HTTP/1.1\r\nhost: localhost\r\n"


class Peer:
    """One connection, byte by byte."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self.writer = writer

    async def rest(self) -> bytes:
        """All that comes until the gateway hangs up."""
        async with asyncio.timeout(10):
            try:
                return await self._reader.read()
            except ConnectionResetError:
                return b""

    async def answer(self) -> bytes:
        """The first line of the answer."""
        async with asyncio.timeout(10):
            return await self._reader.readline()


Dial = Callable[[], Awaitable[Peer]]


@pytest.fixture
async def dial(served: Served) -> AsyncIterator[Dial]:
    door = HttpDoor(served.api, "127.0.0.1:0", limits=LIMITS)
    host, _, port = (await door.start()).rpartition(":")
    peers = []

    async def opened() -> Peer:
        peers.append(Peer(*await asyncio.open_connection(host, int(port))))
        return peers[-1]

    yield opened
    for peer in peers:
        peer.writer.close()
    await asyncio.gather(*(peer.writer.wait_closed() for peer in peers), return_exceptions=True)
    await door.stop(0)


def post(path: str, kind: str, length: int) -> bytes:
    return (
        f"POST {path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: {kind}\r\ncontent-length: {length}\r\n\r\n"
    ).encode()


async def test_a_head_of_the_usual_size_is_answered(dial: Dial) -> None:
    peer = await dial()
    peer.writer.write(HEALTH + b"x: " + b"v" * 1_500 + b"\r\n\r\n")
    assert b" 200 " in await peer.answer()


@pytest.mark.parametrize(
    "head",
    [
        HEALTH + b"x: " + b"v" * 2_100 + b"\r\n\r\n",
        HEALTH + b"x: " + b"v" * 1_000_000,
        HEALTH + b"".join(b"x-%d: v\r\n" % n for n in range(20)) + b"\r\n",
        b"GET /" + b"p" * 2_100 + b" HTTP/1.1\r\nhost: localhost\r\n\r\n",
    ],
    ids=["large", "endless", "many", "long path"],
)
async def test_a_head_that_is_too_large_is_refused_and_the_connection_closed(dial: Dial, head: bytes) -> None:
    peer = await dial()
    peer.writer.write(head)
    assert b" 200 " not in await peer.rest()
    again = await dial()
    again.writer.write(HEALTH + b"\r\n")
    assert b" 200 " in await again.answer()


@pytest.mark.parametrize("beginning", [b"", b"POST", HEALTH, post(INFO, "application/json", 10) + b"{"])
async def test_what_does_not_come_in_time_is_hung_up_on(dial: Dial, beginning: bytes) -> None:
    peer = await dial()
    peer.writer.write(beginning)
    assert b" 200 " not in await peer.rest()


async def test_a_head_after_an_answer_has_its_own_time(dial: Dial) -> None:
    peer = await dial()
    peer.writer.write(HEALTH + b"\r\n")
    assert b" 200 " in await peer.answer()
    peer.writer.write(HEALTH)
    assert b" 200 " not in await peer.rest()


async def test_a_session_may_be_silent_for_as_long_as_it_likes(dial: Dial, served: Served) -> None:
    peer = await dial()
    head = f"POST {STREAM} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/connect+proto\r\n"
    peer.writer.write(head.encode() + b"transfer-encoding: chunked\r\n\r\n")
    await asyncio.sleep(2 * LIMITS.body_seconds)
    peer.writer.write(b"0\r\n\r\n")
    assert b" 200 " in await peer.answer()


async def test_connections_beyond_the_limit_are_closed_and_those_within_go_on(dial: Dial) -> None:
    held = [await dial() for _ in range(LIMITS.connections)]
    for peer in held:
        peer.writer.write(HEALTH + b"\r\n")
        assert b" 200 " in await peer.answer()
    refused = await dial()
    assert await refused.rest() == b""
    held[0].writer.write(HEALTH + b"connection: close\r\n\r\n")
    assert (await held[0].rest()).count(b" 200 ") == 1
