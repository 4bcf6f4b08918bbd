"""The driver of driver.py, on the asyncio client: its event loop runs while a step does."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any, TypeVar

import brokerwire
from driver import Driver, attempt_later, connecting, plain, serve

if TYPE_CHECKING:
    from collections.abc import Coroutine, Iterator

T = TypeVar("T")

Answer = dict[str, Any]


class AioDriver(Driver):
    """Carries out the same steps; what differs is how a call is waited for."""

    def __init__(self) -> None:
        super().__init__()
        self._loop = asyncio.new_event_loop()

    def _run(self, work: Coroutine[Any, Any, T]) -> T:
        return self._loop.run_until_complete(work)

    def _call(self, method: Any, *args: Any, **kwargs: Any) -> Any:
        return self._run(method(*args, **kwargs))

    def _list(self, pages: Any) -> list[Any]:
        return self._run(pages.collect())

    def connect(self, **options: Any) -> Answer:
        async def connected() -> Any:
            return brokerwire.aio.connect(**connecting(**options))

        self.client = self._run(connected())
        return {}

    def _items(self, stream: Any, deadline: float, *, events_only: bool) -> Iterator[Any]:
        while True:
            try:
                yield self._run(self._next(stream, deadline, events_only=events_only))
            except (StopAsyncIteration, TimeoutError):
                return

    async def _next(self, stream: Any, deadline: float, *, events_only: bool) -> Any:
        async with asyncio.timeout_at(deadline):  # the loop's clock is time.monotonic
            return await (stream.__anext__() if events_only else stream.next_item())

    def close_stream(self, stream: str) -> Answer:
        self._run(self._streams.pop(stream).close())
        return {}

    def open_session(self) -> Answer:
        self.session = self._run(self.client.session().__aenter__())
        return {}

    def session_submit(self, orders: list[Answer]) -> Answer:
        async def submitted() -> list[Answer]:
            futures = [self.session.submit(**order) for order in orders]
            return [await attempt_later(future, plain) for future in futures]

        return {"results": self._run(submitted())}

    def close_session(self) -> Answer:
        self._run(self.session.close())
        return {}

    def time_submits(self, count: int, **order: Any) -> Answer:
        async def timed() -> list[int]:
            times = []
            for _ in range(count):
                begun = time.perf_counter_ns()
                await self.client.submit(**order)
                times.append(time.perf_counter_ns() - begun)
            return times

        return {"nanoseconds": self._run(timed())}

    def time_events(self, stream: str, count: int) -> Answer:
        async def timed() -> int:
            events = aiter(self._streams[stream])
            await anext(events)
            begun = time.perf_counter_ns()
            for _ in range(count - 1):
                await anext(events)
            return time.perf_counter_ns() - begun

        return {"nanoseconds": self._run(timed())}


if __name__ == "__main__":
    serve(AioDriver())
