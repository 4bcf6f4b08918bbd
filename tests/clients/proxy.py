"""A TCP proxy that misbehaves when told to: between a client and a gateway, in a thread of its own."""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Self, TypeVar

if TYPE_CHECKING:
    from collections.abc import Coroutine, Sequence

T = TypeVar("T")

CHUNK = 64 * 1024
TICK = 0.02


class _Connection:
    def __init__(self, client: asyncio.StreamWriter, server: asyncio.StreamWriter) -> None:
        self.client, self.server = client, server
        self.mute = False

    def abort(self) -> None:
        for side in (self.client, self.server):
            side.transport.abort()


class FaultProxy:
    """Relays to `upstream`, "host:port", which may change; connections that exist stay with the old one."""

    def __init__(self, upstream: str) -> None:
        self.upstream = upstream
        self.connections = 0
        """Connections accepted so far."""
        self.cuts = 0
        """Connections cut so far."""
        self._refusing = False
        self._rate: float | None = None
        self._cuts: deque[int] = deque()
        self._open: set[_Connection] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="fault-proxy", daemon=True)
        self._thread.start()
        self._server = self._do(asyncio.start_server(self._accept, "127.0.0.1", 0))
        self.address = f"127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def mute(self) -> None:
        """Passes nothing more on for the connections that there are, as a lost route does. Later ones work."""
        self._do(self._mute())

    def cut(self) -> None:
        """Breaks the connections that there are."""
        self._do(self._cut())

    def cut_after(self, sizes: Sequence[int]) -> None:
        """Cuts whatever connection carries the nth next byte to the client, once for each size, one after another."""
        self._do(self._arm(sizes))

    def refuse(self, *, refusing: bool) -> None:
        """Accepts new connections only to break them; or ends that."""
        self._refusing = refusing

    def throttle(self, bytes_per_second: float | None) -> None:
        """Passes no more than this on to the client; None: as fast as it goes."""
        self._rate = bytes_per_second

    def close(self) -> None:
        """Ends everything."""
        self._do(self._close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _do(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(10)

    async def _mute(self) -> None:
        for connection in self._open:
            connection.mute = True

    async def _cut(self) -> None:
        for connection in self._open:
            self.cuts += 1
            connection.abort()

    async def _arm(self, sizes: Sequence[int]) -> None:
        self._cuts = deque(sizes)

    async def _close(self) -> None:
        self._server.close()
        for connection in self._open:
            connection.abort()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        host, _, port = self.upstream.rpartition(":")
        try:
            if self._refusing:
                raise ConnectionRefusedError
            from_server, to_server = await asyncio.open_connection(host, int(port))
        except OSError:
            writer.transport.abort()
            return
        connection = _Connection(writer, to_server)
        self._open.add(connection)
        try:
            await asyncio.gather(self._up(connection, reader), self._down(connection, from_server))
        except OSError:
            pass  # one side broke it, and so the other is broken too
        finally:
            self._open.discard(connection)
            connection.abort()

    async def _up(self, connection: _Connection, source: asyncio.StreamReader) -> None:
        while data := await source.read(CHUNK):
            if not connection.mute:
                connection.server.write(data)
                await connection.server.drain()
        with suppress(OSError, RuntimeError):
            connection.server.write_eof()

    async def _down(self, connection: _Connection, source: asyncio.StreamReader) -> None:
        while data := await source.read(self._portion()):
            if connection.mute:
                continue
            data, cut = self._until_cut(data)
            connection.client.write(data)
            await connection.client.drain()
            if cut:
                self.cuts += 1
                raise ConnectionAbortedError
            if self._rate is not None:
                await asyncio.sleep(TICK)
        with suppress(OSError, RuntimeError):
            connection.client.write_eof()

    def _portion(self) -> int:
        return CHUNK if self._rate is None else max(1, int(self._rate * TICK))

    def _until_cut(self, data: bytes) -> tuple[bytes, bool]:
        if not self._cuts:
            return data, False
        if len(data) < self._cuts[0]:
            self._cuts[0] -= len(data)
            return data, False
        return data[: self._cuts.popleft()], True
