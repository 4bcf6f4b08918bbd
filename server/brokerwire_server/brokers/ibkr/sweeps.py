"""Reads what the broker has: all open orders, those that ended today, and today's executions.

TWS does not always end an answer. Open orders without their end are no answer, for what is missing would count as gone.
What has ended, and executions, are taken as far as they came: what is missing shows as a difference in quantities.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, cast

from msgspec import Struct

from brokerwire_server.brokers.budget import Priority
from brokerwire_server.brokers.ibkr import library
from brokerwire_server.brokers.ibkr.feed import Feed
from brokerwire_server.brokers.ibkr.records import CompletedOrder, Execution, OpenOrder
from brokerwire_server.brokers.ibkr.session import Message, Session, UnfinishedError
from brokerwire_server.brokers.ibkr.tracking import Tracked, Tracker
from brokerwire_server.domain.fills import FillSource
from brokerwire_server.domain.reports import FillReport, OrderReport

_log = logging.getLogger(__name__)


class Patience(Struct, frozen=True, kw_only=True):
    """Seconds that a part of a sweep may take. An answer without an end costs `impatient` the next time."""

    open_orders: float = 10.0
    completed: float = 10.0
    executions: float = 10.0
    impatient: float = 1.0


class Reading(Struct, frozen=True, kw_only=True):
    """What a sweep found: the orders that are open, news of those that ended, and executions."""

    open: tuple[Tracked, ...]
    ended: tuple[OrderReport, ...]
    fills: tuple[FillReport, ...]


class Sweeps:
    """Reads it all in one go. Who asks while a reading runs shares the next one."""

    def __init__(
        self,
        session: Session,
        tracker: Tracker,
        feed: Feed,
        *,
        account_of: Callable[[str], str],
        learn: Callable[[Sequence[Any]], Awaitable[None]],
        patience: Patience,
    ) -> None:
        """Read through `session`; what is found goes through `feed`."""
        self.on_unsynced: Callable[[str, bool], None] = lambda _, __: None
        self._session = session
        self._tracker = tracker
        self._feed = feed
        self._account_of = account_of
        self._learn = learn
        self._patience = patience
        self._endless: set[str] = set()
        self._next: asyncio.Task[Reading] | None = None
        self._lock = asyncio.Lock()

    async def read(self) -> Reading:
        """Return what the broker has, read after this call. Raises `TwsError`, `TimeoutError`, `LinkDownError`."""
        if self._next is None:
            self._next = asyncio.get_running_loop().create_task(self._turn())
        return await asyncio.shield(self._next)

    async def _turn(self) -> Reading:
        async with self._lock:
            self._next = None
            return await self._read()

    async def _read(self) -> Reading:
        began = self._feed.clock
        rows = await self._open_orders()
        completed = await self._completed()
        executions = await self._executions()
        contracts = [row.contract for row in rows] + [row.contract for row in completed]
        contracts += [row.contract for row in executions]
        legs = [leg for contract in contracts for leg in contract.comboLegs or ()]
        # A leg has nothing but its number, by which contracts are looked up whatever kind they say they are.
        contracts += [library.Contract(conId=leg.conId, secType="STK") for leg in legs]
        await self._learn(contracts)
        found = [
            self._feed.listed(row, account_id)
            for row in rows
            if not row.what_if and (account_id := self._account_of(row.account))
        ]
        self._note_gone({row.perm_id for row in rows}, {row.perm_id for row in completed}, began)
        ended = [report for row in completed for report in self._feed.completed(row)]
        fills = [self._feed.fill(row, FillSource.POLL) for row in executions]
        return Reading(
            open=tuple({id(one): one for one in found if one.live}.values()),
            ended=tuple(ended),
            fills=tuple(fill for fill in fills if fill is not None),
        )

    async def _open_orders(self) -> list[OpenOrder]:
        messages = await self._session.call(
            "reqAllOpenOrders",
            answers=["openOrder"],
            end="openOrderEnd",
            timeout=self._patience.open_orders,
            priority=Priority.SWEEP,
        )
        return [cast("OpenOrder", message.arguments[1]) for message in messages]

    async def _completed(self) -> list[CompletedOrder]:
        gathered = await self._as_far_as_it_goes(
            "completed orders",
            self._patience.completed,
            lambda timeout: self._session.call(
                "reqCompletedOrders",
                False,
                answers=["completedOrder"],
                end="completedOrdersEnd",
                timeout=timeout,
                priority=Priority.SWEEP,
            ),
        )
        return [cast("CompletedOrder", message.arguments[0]) for message in gathered]

    async def _executions(self) -> list[Execution]:
        gathered = await self._as_far_as_it_goes(
            "executions",
            self._patience.executions,
            lambda timeout: self._session.ask(
                "reqExecutions",
                library.ExecutionFilter(),
                answers=["execDetails"],
                end="execDetailsEnd",
                timeout=timeout,
                priority=Priority.SWEEP,
            ),
        )
        return [cast("Execution", message.arguments[1]) for message in gathered]

    async def _as_far_as_it_goes(
        self, what: str, patience: float, query: Callable[[float], Awaitable[list[Message]]]
    ) -> list[Message]:
        """Return what comes, to the end or not. Who never ends is not waited for as long again."""
        try:
            found = await query(self._patience.impatient if what in self._endless else patience)
        except UnfinishedError as error:
            if what not in self._endless:
                _log.warning("TWS did not end its answer: %s; %d parts of it are taken", what, len(error.messages))
            self._endless.add(what)
            self.on_unsynced(what, True)
            return error.messages
        self._endless.discard(what)
        self.on_unsynced(what, False)
        return found

    def _note_gone(self, listed: set[int], ended: set[int], began: int) -> None:
        """Note what is not open any more without an end told: one of several incarnations, or a refused order."""
        for tracked in self._tracker.all():
            for one in tracked.live:
                absent = one.perm_id not in listed and one.perm_id not in ended and one.seen <= began
                others = any(i.live and i is not one for i in tracked.incarnations.values())
                if absent and (others or tracked.rejected is not None):
                    one.gone = True
                    self._feed.report(tracked)
