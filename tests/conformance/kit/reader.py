"""A client of the event stream that breaks off again and again, and outlives the gateway by its resume token."""

from __future__ import annotations

import asyncio
from contextlib import aclosing, suppress
from typing import TYPE_CHECKING

from brokerwire_server.domain.events import FillRecorded, OrderChanged
from brokerwire_server.engine.streams import Reset, StreamRequest

if TYPE_CHECKING:
    from brokerwire_server.domain.events import Event
    from brokerwire_server.domain.orders import Order
    from brokerwire_server.engine.gateway import Gateway

BREAK_OFF_AFTER = 5
"""Batches after which the reader hangs up and resumes."""


class Reader:
    """Collects the events of an account from the first one on, each with the stream's word for its place."""

    def __init__(self, account_id: str) -> None:
        self.account_id = account_id
        self.events: list[Event] = []
        self.orders: dict[str, Order] = {}
        self.resets = 0
        self._token = ""
        self._task: asyncio.Task[None] | None = None

    def follow(self, gateway: Gateway) -> None:
        """Read from this gateway, where the reading of the last one ended."""
        self._task = asyncio.get_running_loop().create_task(self._run(gateway))

    async def leave(self) -> None:
        """Hang up."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    def forget(self) -> None:
        """Begin anew: another database follows."""
        self.events.clear()
        self.orders.clear()
        self._token = ""

    def _take(self, event: Event) -> None:
        self.events.append(event)
        if isinstance(event.payload, OrderChanged | FillRecorded):
            order = event.payload.order
            self.orders[order.client_order_id] = order

    async def _run(self, gateway: Gateway) -> None:
        while not gateway.drain.reason:
            await self._session(gateway)

    async def _session(self, gateway: Gateway) -> None:
        wanted = StreamRequest(
            view="events", account_ids=(self.account_id,), resume_token=self._token, start={}, heartbeat=60.0
        )
        count = 0
        async with aclosing(gateway.streams.open(wanted, lambda _: True, lambda _: ())) as stream:  # type: ignore[type-var]
            async for batch in stream:
                self.resets += sum(isinstance(control, Reset) for control in batch.controls)
                for entry in batch.entries:
                    self._take(entry.event)
                self._token = batch.token or self._token
                count += 1
                if count >= BREAK_OFF_AFTER:
                    return
