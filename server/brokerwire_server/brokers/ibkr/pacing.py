"""The pace of a socket: TWS ends a session that sends more than 50 messages a second, whatever they are.

`brokers.budget` counts in fixed windows, so that twice its limit can pass around the end of one, and needs the end of
each request told: right for HTTP, wrong for a stream of messages. Here the window slides. The library's own throttle is
one queue in order of arrival, in which a cancel waits behind a hundred orders; it is switched off.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from heapq import heappop, heappush
from itertools import count

from brokerwire_server.brokers.budget import Priority
from brokerwire_server.brokers.ibkr.errors import LinkDownError

WINDOW = 1.0


class Pacer:
    """Lets messages through, at most `limit` in any second, in order of priority, then of arrival."""

    def __init__(
        self, limit: int, monotonic: Callable[[], float], sleep: Callable[[float], Awaitable[None]], *, reserve: int = 5
    ) -> None:
        """Keep `reserve` of the limit for cancels, so that they need not wait at all."""
        self.limit = limit
        self.most_in_a_window = 0
        self._reserve = min(reserve, limit // 4)
        self._monotonic = monotonic
        self._sleep = sleep
        self._sent: deque[float] = deque()
        self._waiting: list[tuple[Priority, int, int, asyncio.Future[None]]] = []
        self._numbers = count()
        self._timer: asyncio.Task[None] | None = None

    async def turn(self, priority: Priority, messages: int = 1) -> None:
        """Wait for leave to send messages one right behind the other. Raises `LinkDownError` where the link ends."""
        if not self._waiting and self._affords(priority, messages):
            self._take(messages)
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heappush(self._waiting, (priority, next(self._numbers), messages, turn))
        self._grant()
        await turn

    def drop(self) -> None:
        """Tell all who wait that the link has ended: nothing of theirs was sent."""
        waiting, self._waiting = self._waiting, []
        for *_, turn in waiting:
            if not turn.done():
                turn.set_exception(LinkDownError("the link ended before this was sent"))

    async def close(self) -> None:
        """Give up."""
        self.drop()
        if self._timer is not None:
            self._timer.cancel()
            await asyncio.gather(self._timer, return_exceptions=True)

    def _affords(self, priority: Priority, messages: int) -> bool:
        self._forget()
        kept = 0 if priority is Priority.CANCEL else self._reserve
        return len(self._sent) + messages <= max(self.limit - kept, messages)

    def _forget(self) -> None:
        before = self._monotonic() - WINDOW
        while self._sent and self._sent[0] <= before:
            self._sent.popleft()

    def _take(self, messages: int) -> None:
        now = self._monotonic()
        self._sent.extend(now for _ in range(messages))
        self.most_in_a_window = max(self.most_in_a_window, len(self._sent))

    def _grant(self) -> None:
        while self._waiting:
            priority, _, messages, turn = self._waiting[0]
            if turn.done():
                heappop(self._waiting)
            elif self._affords(priority, messages):
                heappop(self._waiting)
                self._take(messages)
                turn.set_result(None)
            else:
                break
        if self._waiting and (self._timer is None or self._timer.done()):
            self._timer = asyncio.get_running_loop().create_task(self._watch())

    async def _watch(self) -> None:
        while self._waiting:
            if self._sent:
                await self._sleep(max(self._sent[0] + WINDOW - self._monotonic(), 0.001))
            self._grant()
