"""The fault proxy makes the faults that it is asked for, and no others."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from tests.clients.proxy import FaultProxy

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

DATA = bytes(range(256)) * 1000


@pytest.fixture
async def server() -> AsyncIterator[str]:
    """A server that says DATA when it is spoken to, and again."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            while await reader.read(1):
                writer.write(DATA)
                await writer.drain()
        await hung_up(writer)

    listening = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with listening:
        yield f"127.0.0.1:{listening.sockets[0].getsockname()[1]}"


@pytest.fixture
def proxy(server: str) -> Iterator[FaultProxy]:
    with FaultProxy(server) as running:
        yield running


class Caller:
    """A client of the proxy."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    async def ask(self) -> None:
        self.writer.write(b"x")

    async def answer(self) -> bytes:
        """Everything of one answer, or what came before the connection broke."""
        try:
            return await self.reader.readexactly(len(DATA))
        except asyncio.IncompleteReadError as cut:
            return cut.partial
        except ConnectionResetError:
            return b""


Call = Callable[[], Awaitable[Caller]]


async def hung_up(writer: asyncio.StreamWriter) -> None:
    writer.close()
    with suppress(ConnectionError):
        await writer.wait_closed()


@pytest.fixture
async def call(proxy: FaultProxy) -> AsyncIterator[Call]:
    """Give what calls through the proxy and asks; the connections end with the test."""
    callers: list[Caller] = []

    async def made() -> Caller:
        host, _, port = proxy.address.rpartition(":")
        callers.append(Caller(*await asyncio.open_connection(host, int(port))))
        await callers[-1].ask()
        return callers[-1]

    yield made
    for caller in callers:
        await hung_up(caller.writer)


async def test_without_faults_all_passes(proxy: FaultProxy, call: Call) -> None:
    caller = await call()
    assert await caller.answer() == DATA
    await caller.ask()
    assert await caller.answer() == DATA
    assert (proxy.connections, proxy.cuts) == (1, 0)


async def test_it_cuts_at_the_byte_it_was_told_once_for_each_size(proxy: FaultProxy, call: Call) -> None:
    got = b""
    await asyncio.to_thread(proxy.cut_after, [1000, 70_000])
    got = b""
    for expected in (1000, 70_000, len(DATA)):
        caller = await call()
        got = await caller.answer()
        # A reset may overtake bytes that are on the way; none may come after it.
        assert DATA.startswith(got)
        assert len(got) <= expected
    assert len(got) == len(DATA)
    assert proxy.cuts == 2


async def test_a_mute_connection_stays_open_and_others_work(proxy: FaultProxy, call: Call) -> None:
    mute = await call()
    await mute.answer()
    await asyncio.to_thread(proxy.mute)
    await mute.ask()
    other = await call()
    assert await other.answer() == DATA
    assert not mute.reader.at_eof()
    mute.reader.feed_eof()  # an end made here, to see all that has arrived
    assert await mute.reader.read() == b""


async def test_it_refuses_and_cuts_until_it_is_told_not_to(proxy: FaultProxy, call: Call) -> None:
    caller = await call()
    await caller.answer()
    await asyncio.to_thread(proxy.cut)
    assert await caller.answer() == b""
    proxy.refuse(refusing=True)
    assert await (await call()).answer() == b""
    proxy.refuse(refusing=False)
    assert await (await call()).answer() == DATA
