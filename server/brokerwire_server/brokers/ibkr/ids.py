"""Numbers for orders and requests: they share one line, which only ever grows, whatever TWS forgets over its restarts.

TWS has been seen to begin again with ids that were in use, and callbacks of old orders then met new ones. So the end of
each block of numbers is durable before the first of them is used.
"""

import asyncio
import logging

import msgspec
from msgspec import Struct

from brokerwire_server.brokers.base import Notes

BLOCK = 500
"""Numbers reserved at once: the next block is asked for when half of one is used, so that nothing waits for it."""

_LIMIT = 2**31 - 2

_log = logging.getLogger(__name__)


class Mark(Struct, frozen=True, kw_only=True):
    """What is durable: no number above `high` was ever used, and how often TWS began anew (`epoch`)."""

    client_id: int
    high: int = 0
    valid: int = 0
    epoch: int = 0


class Ids:
    """The numbers of one client id."""

    def __init__(self, notes: Notes, client_id: int) -> None:
        """Nothing can be taken before `open`."""
        self._notes = notes
        self._mark = Mark(client_id=client_id)
        self._next = 0
        self._lock = asyncio.Lock()
        self._renewal: asyncio.Task[None] | None = None

    @property
    def epoch(self) -> int:
        """How often TWS has begun anew with lower ids: an order is named by client id, order id and this."""
        return self._mark.epoch

    async def open(self, valid: int) -> None:
        """Begin a session in which TWS says that `valid` is the next id it takes."""
        text = await self._notes.get(self._key)
        stored = msgspec.json.decode(text, type=Mark) if text else self._mark
        epoch = stored.epoch + (valid < stored.valid)
        if valid < stored.valid:
            _log.warning("TWS begins anew with order id %s after %s: ids go on above", valid, stored.valid)
        self._mark = Mark(client_id=stored.client_id, high=max(stored.high, self._mark.high), valid=valid, epoch=epoch)
        self._next = max(valid, self._mark.high + 1, self._next)
        await self._reserve(1)

    def see(self, number: int) -> None:
        """Note that a number is in use by an order of this client id."""
        self._next = max(self._next, number + 1)

    async def ensure(self, count: int = 1) -> None:
        """Have so many numbers reserved. Raises what the notes raise where that can't be made durable."""
        while self._next + count - 1 > self._mark.high:
            await self._reserve(count)

    def take(self, count: int = 1) -> int:
        """Return the first of `count` numbers in a row, which nobody has or will have; `ensure` comes right before.

        A number is taken when its message is sent and no sooner: TWS refuses one that is lower than the last it saw.
        """
        if self._next + count - 1 > self._mark.high:
            raise RuntimeError("numbers are taken that were not reserved")
        first, self._next = self._next, self._next + count
        if self._mark.high - self._next < BLOCK // 2 and (self._renewal is None or self._renewal.done()):
            self._renewal = asyncio.get_running_loop().create_task(self._renew())
        return first

    async def close(self) -> None:
        """Stop reserving."""
        if self._renewal is not None:
            await asyncio.gather(self._renewal, return_exceptions=True)

    @property
    def _key(self) -> str:
        return f"order-ids/{self._mark.client_id}"

    async def _renew(self) -> None:
        try:
            await self._reserve(BLOCK)
        except Exception:  # whoever needs a number next meets it
            _log.exception("order ids could not be reserved")

    async def _reserve(self, count: int) -> None:
        async with self._lock:
            if self._next + count - 1 <= self._mark.high:
                return
            high = max(self._next - 1, self._mark.high) + max(count, BLOCK)
            if high > _LIMIT:
                raise OverflowError("the order ids of this client id are used up: take another client_id")
            mark = msgspec.structs.replace(self._mark, high=high)
            await self._notes.put(self._key, msgspec.json.encode(mark).decode())
            self._mark = mark
