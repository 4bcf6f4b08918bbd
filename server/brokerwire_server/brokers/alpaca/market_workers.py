"""A few threads for a library that blocks, apart from the event loop and from the process's end."""

import asyncio
import threading
from collections.abc import Callable
from queue import SimpleQueue
from typing import Any, TypeVar

from brokerwire_server.brokers.alpaca.market_errors import UnreachedError

T = TypeVar("T")

_Job = Callable[[], None]


class Workers:
    """Runs blocking calls in threads that start with the first call.

    They are daemons, unlike those of `concurrent.futures`: a call that hangs in a socket holds up neither `close` nor
    the end of the process.
    """

    def __init__(self, count: int, name: str, at_end: Callable[[], None] = lambda: None) -> None:
        """Use at most `count` threads; `name` shows in thread lists. Each calls `at_end` when it ends."""
        self._at_end = at_end
        self._count = count
        self._name = name
        self._jobs: SimpleQueue[_Job | None] = SimpleQueue()
        self._threads: list[threading.Thread] = []
        self._idle = 0
        self._closed = False
        self._lock = threading.Lock()

    async def run(self, work: Callable[..., T], *arguments: object) -> T:
        """Return what `work` returns. A caller that gives up leaves it running to its own end.

        Raises:
            UnreachedError: it was closed.
        """
        if self._closed:
            raise UnreachedError("the connection is closed")
        loop = asyncio.get_running_loop()
        done: asyncio.Future[T] = loop.create_future()

        def job() -> None:
            try:
                settle: Callable[[], None] = _setter(done.set_result, work(*arguments))
            except BaseException as error:
                settle = _setter(done.set_exception, error)
            try:
                loop.call_soon_threadsafe(lambda: None if done.done() else settle())
            except RuntimeError:
                return  # The loop has ended, and nobody waits.

        self._start_one()
        self._jobs.put(job)
        return await done

    def close(self) -> None:
        """Take no more calls, and let the threads end when they can."""
        self._closed = True
        for _ in self._threads:
            self._jobs.put(None)

    def _start_one(self) -> None:
        with self._lock:
            if self._idle == 0 and len(self._threads) < self._count:
                number = len(self._threads) + 1
                thread = threading.Thread(target=self._work, name=f"{self._name}-{number}", daemon=True)
                self._threads.append(thread)
                thread.start()

    def _work(self) -> None:
        while True:
            with self._lock:
                self._idle += 1
            job = self._jobs.get()
            with self._lock:
                self._idle -= 1
            if job is None:
                self._at_end()
                return
            job()


def _setter(settle: Callable[[Any], None], value: object) -> Callable[[], None]:
    return lambda: settle(value)
