"""An order session for asyncio."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any, TypeVar

import grpc

from brokerwire._bind import aio_future
from brokerwire._calls import orders
from brokerwire._methods import METHODS
from brokerwire._session.core import BATCH, SessionCore
from brokerwire._status import from_rpc_error
from brokerwire.v1 import order_service_pb2 as pb

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from types import TracebackType
    from typing import Self

    from brokerwire._calls.base import Call
    from brokerwire._transport import AsyncChannel
    from brokerwire.errors import BrokerwireError

T = TypeVar("T")

HANG_UP = 1.0
"""Seconds that the gateway gets to end the session in good order."""


class AsyncOrderSession:
    """The fast door: commands go out in batches, and each method returns an asyncio.Future at once.

    The rules are those of the client's methods of the same names. When the connection breaks, a command without
    a result fails with SessionClosed and `sent == "unknown"`: open another session and submit the same content
    with the same client_order_id. Use it with `async with`: leaving waits for the results that are due.
    """

    submit = aio_future(orders.submit)
    replace = aio_future(orders.replace)
    cancel = aio_future(orders.cancel)

    def __init__(
        self,
        channel: AsyncChannel,
        default_account: Callable[[], Awaitable[str | BrokerwireError]],
        timeout: float,
    ) -> None:
        self._channel = channel
        self._find_account = default_account
        self._timeout = timeout
        self._core: SessionCore | None = None
        self._call: Any = None
        self._outbox: asyncio.Queue[pb.OrderCommand] = asyncio.Queue()
        self._settled = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Self:
        self._core = SessionCore(await self._find_account(), self._channel.target.sign)
        self._call = self._channel.duplex(METHODS["OrderSession"])
        self._tasks = [asyncio.create_task(self._send()), asyncio.create_task(self._receive())]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Waits for the results that are due, up to the client's timeout, and ends the session."""
        if self._core is None:
            return
        try:
            with contextlib.suppress(TimeoutError):
                await self._finish(self._core)
        finally:
            self._call.cancel()
            for task in self._tasks:
                task.cancel()
            await asyncio.wait(self._tasks)
            self._core.end(None)

    async def _finish(self, core: SessionCore) -> None:
        async with asyncio.timeout(self._timeout):
            while not core.idle:
                self._settled.clear()
                await self._settled.wait()
        sender, receiver = self._tasks
        sender.cancel()
        with contextlib.suppress(grpc.RpcError, asyncio.InvalidStateError):  # it has ended already
            await self._call.done_writing()
        await asyncio.wait({receiver}, timeout=HANG_UP)

    def _run(self, call: Call[T]) -> asyncio.Future[T]:
        if self._core is None:
            problem = "open the session first: `async with client.session() as session:`"
            raise RuntimeError(problem)
        result: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._outbox.put_nowait(self._core.command(call, result))
        return result

    async def _send(self) -> None:
        while True:
            commands = [await self._outbox.get()]
            while len(commands) < BATCH and not self._outbox.empty():
                commands.append(self._outbox.get_nowait())
            try:
                await self._call.write(pb.OrderSessionRequest(commands=commands))
            except (grpc.RpcError, asyncio.InvalidStateError):
                return  # the receiver learns why

    async def _receive(self) -> None:
        assert self._core is not None  # noqa: S101 - it was made before this task
        error: BrokerwireError | None = None
        try:
            while (response := await self._call.read()) is not grpc.aio.EOF:
                self._core.take(response)
                self._settled.set()
        except grpc.RpcError as failure:
            error = from_rpc_error(failure, mutation=True, target=self._channel.target.address)
        finally:
            self._core.end(error)
            self._settled.set()
