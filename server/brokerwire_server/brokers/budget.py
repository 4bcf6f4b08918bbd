"""A rate budget: a broker's limit of requests per window, spent on what matters most first.

The broker's own headers are the truth; between them every request is counted here. What is left below a reserve is kept
for cancels, because getting out must work when nothing else does.
"""

import asyncio
from collections.abc import Awaitable, Callable
from enum import IntEnum
from heapq import heappop, heappush
from itertools import count


class Priority(IntEnum):
    """What a request is for: lower goes first."""

    CANCEL = 0
    SUBMIT = 1
    REPLACE = 2
    LOOK_UP = 3
    SWEEP = 4


class BudgetExhaustedError(Exception):
    """There is no request left, and waiting for more would take too long. Nothing was sent."""

    def __init__(self, wait: float) -> None:
        """`wait` is the seconds until the window ends."""
        super().__init__(f"the broker's rate limit is used up; it is renewed in {max(wait, 0):.0f} s")
        self.wait = wait


class RateBudget:
    """Lets requests through in order of priority, then of arrival."""

    def __init__(
        self,
        limit: int,
        *,
        reserve: int,
        monotonic: Callable[[], float],
        sleep: Callable[[float], Awaitable[None]],
        window: float = 60.0,
    ) -> None:
        """Start with a full window of `limit` requests per `window` seconds, `reserve` of them for cancels."""
        self.limit = limit
        self.on_wait: Callable[[float], None] = lambda _: None
        self.on_refill: Callable[[], None] = lambda: None
        self._reserve = reserve
        self._window = window
        self._monotonic = monotonic
        self._sleep = sleep
        self._remaining = limit
        self._ends = monotonic() + window
        self._in_flight = 0
        self._numbers = count()
        self._waiting: list[tuple[Priority, int, asyncio.Future[None]]] = []
        self._timer: asyncio.Task[None] | None = None
        self._told = False

    @property
    def remaining(self) -> int:
        """How many requests are left in this window, the reserve included."""
        self._roll()
        return self._remaining

    async def spend(self, priority: Priority, patience: float) -> None:
        """Take one request, or wait for one. Each must be followed by one `settle`.

        Raises:
            BudgetExhaustedError: there would be none within `patience` seconds.
        """
        self._roll()
        if not self._waiting and self._affords(priority):
            self._take()
            return
        if not self._affords(priority):
            self._tell()
            if self._wait > patience:
                raise BudgetExhaustedError(self._wait)
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heappush(self._waiting, (priority, next(self._numbers), turn))
        self._grant()
        try:
            async with asyncio.timeout(patience + 1.0):
                await turn
        except TimeoutError:
            raise BudgetExhaustedError(self._wait) from None
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self.settle()
            raise

    def settle(self, limit: int | None = None, remaining: int | None = None, resets_in: float | None = None) -> None:
        """Note that a request has ended, with what its answer says of the limit (`resets_in` in seconds)."""
        self._in_flight = max(self._in_flight - 1, 0)
        if limit is not None and limit > 0:
            self.limit = limit
        if remaining is not None:
            self._roll()
            if resets_in is not None:
                self._ends = self._monotonic() + min(max(resets_in, 0.0), self._window)
            # Requests on their way are not in the broker's count yet.
            self._remaining = min(self._remaining, max(remaining - self._in_flight, 0))
        self._grant()

    def exhaust(self, resets_in: float) -> None:
        """Note that the broker refused a request for its rate: nothing is left until the window ends."""
        self._remaining = 0
        self._ends = self._monotonic() + min(max(resets_in, 1.0), self._window)
        self._tell()

    async def close(self) -> None:
        """Give up waiting: whoever still waits is told that nothing is left."""
        waiting, self._waiting = self._waiting, []
        for _, _, turn in waiting:
            if not turn.done():
                turn.set_exception(BudgetExhaustedError(self._wait))
        if self._timer is not None:
            self._timer.cancel()
            await asyncio.gather(self._timer, return_exceptions=True)
            self._timer = None

    @property
    def _wait(self) -> float:
        return self._ends - self._monotonic()

    def _affords(self, priority: Priority) -> bool:
        kept = 0 if priority is Priority.CANCEL else min(self._reserve, self.limit // 2)
        return self._remaining > kept

    def _take(self) -> None:
        self._remaining -= 1
        self._in_flight += 1

    def _roll(self) -> None:
        if self._monotonic() >= self._ends:
            self._remaining = self.limit
            self._ends = self._monotonic() + self._window
            if self._told:
                self._told = False
                self.on_refill()

    def _tell(self) -> None:
        self._told = True
        self.on_wait(self._wait)
        self._watch()

    def _grant(self) -> None:
        self._roll()
        while self._waiting:
            priority, _, turn = self._waiting[0]
            if turn.done():
                heappop(self._waiting)
            elif self._affords(priority):
                heappop(self._waiting)
                self._take()
                turn.set_result(None)
            else:
                break
        if self._waiting:
            self._watch()

    def _watch(self) -> None:
        if self._timer is None or self._timer.done():
            self._timer = asyncio.get_running_loop().create_task(self._wait_for_the_window())

    async def _wait_for_the_window(self) -> None:
        while self._waiting or self._told:
            if self._wait > 0:
                await self._sleep(self._wait)
            self._grant()
