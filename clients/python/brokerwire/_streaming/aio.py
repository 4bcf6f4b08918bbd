"""A resumable stream as an asynchronous iterator."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import grpc

from brokerwire._status import from_rpc_error
from brokerwire._streaming.machine import Item, Machine
from brokerwire.errors import BrokerwireError, Internal

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self

    from brokerwire._streaming.spec import Spec
    from brokerwire._transport import AsyncChannel
    from brokerwire.types.streams import Control, Snapshot

E = TypeVar("E")
S = TypeVar("S")

GRACE = 0.2
"""Seconds that an event loop gets, after it was held up, to hand over what has arrived meanwhile."""


class AsyncStream(AsyncIterator[E], Generic[E, S]):
    """A stream that connects again and resumes by itself: every event once, in order, or StreamGap.

    Iterating it gives events alone. `items()` gives snapshots and controls too. Entering it as a context waits
    until the gateway has opened it, so that whatever happens from then on is delivered; leaving closes it.
    Use it from one task at a time. Canceling that task while it waits loses nothing.
    """

    def __init__(
        self,
        spec: Spec[E, S],
        channel: AsyncChannel,
        prepare: Callable[[], Awaitable[None]],
    ) -> None:
        self._machine = Machine(spec)
        self._channel = channel
        self._private: AsyncChannel | None = None
        self._store = spec.store
        self._prepare: Callable[[], Awaitable[None]] | None = prepare
        self._saved = ""
        self._call: Any = None
        self._reading: asyncio.Task[Any] | None = None
        self._not_before = 0.0
        self._quiet_since = 0.0
        self._closing = asyncio.Event()
        self._broken: BrokerwireError | None = None

    async def __aenter__(self) -> Self:
        while not self._machine.opened and not self._closing.is_set():
            await self._receive()
        if self._broken is not None:
            raise self._broken
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> E:
        """Waits for the next event.

        Raises:
            StreamGap: events were lost to this reader; the stream goes on when asked again.
            BrokerwireError: another connection would not help; the stream is over.
        """
        while True:
            event = self._machine.as_event(await self.next_item())
            if event is not None:
                return event

    async def items(self) -> AsyncIterator[E | Snapshot[S] | Control]:
        """Events, snapshots and what the stream says about itself, in order."""
        while True:
            try:
                item = await self.next_item()
            except StopAsyncIteration:
                return
            yield item

    async def next_item(self) -> E | Snapshot[S] | Control:
        """Waits for one item. `asyncio.timeout` around it loses nothing.

        Raises:
            StopAsyncIteration: the stream is closed.
        """
        while not self._machine.ready:
            if self._broken is not None:
                raise self._broken
            if self._closing.is_set():
                raise StopAsyncIteration
            await self._commit()
            await self._receive()
        item: Item = self._machine.ready.popleft()
        return item  # type: ignore[no-any-return] # the machine's items are these

    @property
    def token(self) -> str:
        """Where another stream could go on. It moves when all items received have been taken and more are asked."""
        return self._saved

    async def close(self) -> None:
        """Ends the stream. A task that waits for an item gets StopAsyncIteration."""
        self._closing.set()
        await self._hang_up()
        if self._private is not None:
            await self._private.close()

    async def _commit(self) -> None:
        """All that was received has been processed, or its consumer would not ask for more."""
        token = self._machine.token
        if token != self._saved:
            if self._store is not None:
                await _off_loop(self._store.save, token)
            self._saved = token

    async def _receive(self) -> None:
        """Takes one message, or the end of the connection."""
        try:
            if self._call is not None or await self._connect():
                await self._await_message()
        except BrokerwireError as error:
            self._broken = error
            await self.close()

    async def _connect(self) -> bool:
        """Opens a connection. False: it could not even be prepared, and the stream waits before the next."""
        await self._closes_within(self._not_before - _now())
        if self._prepare is not None:
            try:
                await self._prepare()
            except BrokerwireError as error:
                self._lost(error)
                return False
            loaded = await _off_loop(self._store.load) if self._store else None
            self._machine.token = self._saved = loaded or ""
            self._prepare = None
        if self._closing.is_set():
            return False
        channel = self._private or self._channel
        self._call = channel.stream(self._machine.spec.method, self._machine.request())
        self._quiet_since = _now()
        return True

    async def _await_message(self) -> None:
        if self._reading is None:
            self._reading = asyncio.ensure_future(self._call.read())
        # The task is waited for and not awaited, so that canceling the consumer leaves the connection alone.
        await asyncio.wait({self._reading}, timeout=self._patience())
        reading = self._reading
        if self._closing.is_set() or reading is None:
            return
        if not reading.done():
            await self._abandon()
            return
        self._reading = None
        self._quiet_since = _now()
        self._handle(reading)

    def _patience(self) -> float:
        limit = self._quiet_since + self._machine.silence
        return max(GRACE, limit - _now())

    def _handle(self, reading: asyncio.Task[Any]) -> None:
        try:
            message = reading.result()
        except (grpc.RpcError, asyncio.CancelledError) as error:
            self._lost(_outcome(error, self._channel.target.address))
            return
        if message is grpc.aio.EOF:
            self._lost(None)
        else:
            self._feed(message)

    def _lost(self, error: BrokerwireError | None) -> None:
        self._call = None
        delay = self._machine.ended() if error is None else self._machine.failed(error)
        self._not_before = _now() + delay

    def _feed(self, message: Any) -> None:  # noqa: ANN401 - a response of the stream
        try:
            self._machine.feed(message)
        except ValueError as error:  # going on would leave a gap
            raise Internal(str(error), code=grpc.StatusCode.INTERNAL) from error

    async def _abandon(self) -> None:
        """Leaves a silent connection. Its channel may be dead without knowing, so the next has its own."""
        await self._hang_up()
        if self._private is not None:
            await self._private.close()
        self._private = self._channel.fresh()
        self._not_before = _now() + self._machine.muted()

    async def _hang_up(self) -> None:
        call, self._call = self._call, None
        reading, self._reading = self._reading, None
        if call is not None:
            call.cancel()
        if reading is not None:
            reading.cancel()
            await asyncio.wait({reading})
            if not reading.cancelled():
                reading.exception()  # taken, so that nobody reports it as forgotten

    async def _closes_within(self, seconds: float) -> None:
        if seconds > 0:
            closing = asyncio.ensure_future(self._closing.wait())
            try:
                await asyncio.wait({closing}, timeout=seconds)
            finally:
                closing.cancel()


def _now() -> float:
    return asyncio.get_running_loop().time()


def _outcome(error: BaseException, target: str) -> BrokerwireError:
    if isinstance(error, grpc.RpcError):
        return from_rpc_error(error, target=target)
    lost = grpc.aio.AioRpcError(grpc.StatusCode.CANCELLED, None, None, "the call was cancelled")
    return from_rpc_error(lost, target=target)


async def _off_loop(method: Callable[..., Any], *args: str) -> Any:  # noqa: ANN401 - what the store returns
    """Runs a store's method where its disk does not hold up the event loop."""
    if inspect.iscoroutinefunction(method):
        return await method(*args)
    return await asyncio.to_thread(method, *args)
