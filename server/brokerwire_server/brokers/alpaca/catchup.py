"""Looking things up behind the stream: places of unknown orders, executions it left out, legs that ended in silence."""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any

from brokerwire_server.brokers.alpaca import snapshot, wire
from brokerwire_server.brokers.alpaca.client import Client
from brokerwire_server.brokers.alpaca.errors import ApiError
from brokerwire_server.brokers.alpaca.feed import Feed
from brokerwire_server.brokers.alpaca.mapping import GROUPS
from brokerwire_server.brokers.base import Tools
from brokerwire_server.brokers.budget import BudgetExhaustedError
from brokerwire_server.brokers.http import TransportError
from brokerwire_server.domain.reports import OrderReport

FAILURES = (ApiError, TransportError, BudgetExhaustedError, wire.UndecodableError)
"""How a read can fail."""

_PAUSES = (0.2, 0.5, 1.0, 2.0, 5.0, 10.0)
"""Before each attempt; the next sweep brings what is not found in all of them."""

_log = logging.getLogger(__name__)


class CatchUp:
    """Runs look-ups, at most one per order and purpose at a time."""

    def __init__(self, client: Client, feed: Feed, emit: Callable[[OrderReport], None], tools: Tools) -> None:
        """Read through `client`, interpret with `feed`, and tell `emit`."""
        self._client = client
        self._feed = feed
        self._emit = emit
        self._tools = tools
        self._tasks: dict[tuple[str, str], asyncio.Task[None]] = {}
        self._groups = 0
        self._no_group = asyncio.Event()
        self._no_group.set()
        feed.on_unplaced = lambda order: self._start("place", order.id, self._place(order))
        feed.on_short = lambda order: self._start("fills", order.id, self._complete(order))
        feed.on_ended = self._ended

    def group_sent(self) -> None:
        """Note that a group is on its way: events of unknown legs may be its own, so they wait for its answer."""
        self._groups += 1
        self._no_group.clear()

    def group_settled(self) -> None:
        """Note that the answer has come, or is not to be expected any more."""
        self._groups -= 1
        if not self._groups:
            self._no_group.set()
        self.release()

    def release(self) -> None:
        """Tell what waited for the place of an order that is known by now."""
        for report in self._feed.release():
            self._emit(report)

    async def close(self) -> None:
        """Stop looking."""
        tasks, self._tasks = list(self._tasks.values()), {}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _start(self, purpose: str, order_id: str, work: Coroutine[Any, Any, None]) -> None:
        key = (purpose, order_id)
        if key in self._tasks:
            work.close()
            return
        task = asyncio.get_running_loop().create_task(work)
        self._tasks[key] = task
        task.add_done_callback(lambda _: self._tasks.pop(key, None))

    async def _place(self, order: wire.Order) -> None:
        for pause in _PAUSES:
            await self._no_group.wait()
            self.release()
            if not self._feed.holds(order.id):
                return
            try:
                await snapshot.locate(self._client, self._feed, order.id)
            except FAILURES as error:
                _log.warning("alpaca: the place of order %s is not known yet: %s", order.id, error)
                await self._tools.sleep(pause)
        self.release()

    async def _complete(self, order: wire.Order) -> None:
        """Read an order again until its executions add up to what it is filled, and its replacement is known."""
        for pause in _PAUSES:
            await self._tools.sleep(pause)
            try:
                fresh = await self._client.order(order.id)
                if fresh.replaces and not self._feed.generations.proven(fresh):
                    self._feed.generations.see(await self._client.order(fresh.replaces))
                reports = await snapshot.read_order(self._client, self._feed, fresh)
            except FAILURES as error:
                _log.warning("alpaca: order %s could not be completed yet: %s", order.id, error)
                continue
            for report in reports:
                self._emit(report)
            if self._feed.missing(fresh) <= 0:
                return

    def _ended(self, order: wire.Order) -> None:
        """Read a group again when part of it ends: the end of a waiting leg is not told (alpaca-py issue 198)."""
        parent = self._feed.index.parent_order(order.id)
        if parent or (order.order_class in GROUPS):
            self._start("group", parent or order.id, self._reread(parent or order.id))

    async def _reread(self, parent: str) -> None:
        for pause in _PAUSES[1:4]:
            await self._tools.sleep(pause)
            try:
                reports = await snapshot.read_order(self._client, self._feed, await self._client.order(parent))
            except FAILURES as error:
                _log.warning("alpaca: the group of order %s could not be read yet: %s", parent, error)
                continue
            for report in reports:
                self._emit(report)
            return
