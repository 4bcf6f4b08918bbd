"""The event feed from the exchange to the engine, with what a fault plan does to it."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from brokerwire_server.brokers.base import ReportSink
from brokerwire_server.domain.connections import LinkState
from brokerwire_server.domain.faults import FaultKind, FaultPlan, FaultRule, FaultTarget
from brokerwire_server.domain.reports import AccountReport, AnyReport, CashReport, LinkReport
from brokerwire_server.simulator import FaultDice

Sleep = Callable[[float], Awaitable[None]]

_FLUSH_SECONDS = 0.05
_RESTART_SECONDS = 0.1


class Delivery:
    """Hands reports on, as the fault plan lets it.

    Order reports are subject to all faults, account reports to a mute or broken link; cash and link reports always
    arrive, for what they say is not repeated anywhere.
    """

    def __init__(self, connection_id: str, sleep: Sleep, clock: Callable[[], int]) -> None:
        """Begin with the link up, no faults, and nobody listening."""
        self.dice = FaultDice(FaultPlan())
        self.link = LinkState.UP
        self._connection_id = connection_id
        self._sleep = sleep
        self._clock = clock
        self._sink: ReportSink | None = None
        self._muted = False
        self._swapped: AnyReport | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    def connect(self, sink: ReportSink) -> None:
        """Deliver to `sink` from now on."""
        self._sink = sink

    async def close(self) -> None:
        """Stop everything that is under way."""
        self._sink = None
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def set_plan(self, plan: FaultPlan) -> None:
        """Put a plan in force: fresh dice, and what an earlier plan muted or held back flows again."""
        self.dice = FaultDice(plan)
        self._muted = False
        self._release()
        rule = self.dice.roll(FaultTarget.LINK, FaultKind.DISCONNECT)
        if rule is not None:
            self.break_link(rule)

    def __call__(self, report: AnyReport) -> None:
        """Take one report from the exchange."""
        if (not self.dice.active and self.link is LinkState.UP) or isinstance(report, CashReport | LinkReport):
            self._send(report)
        elif self.link is LinkState.UP and not self._muted:
            self._gauntlet(report)

    def break_link(self, rule: FaultRule) -> None:
        """Take the link down for the rule's `delay`; what the exchange reports meanwhile is lost."""
        if self.link is LinkState.DOWN:
            return
        self._swapped = None
        self._set_link(LinkState.DOWN, "restarting" if rule.kind is FaultKind.RESTART else "disconnected")
        self._spawn(self._restore_link(rule.delay or _RESTART_SECONDS))

    def _gauntlet(self, report: AnyReport) -> None:
        rule = None if isinstance(report, AccountReport) else self.dice.roll(FaultTarget.EVENTS)
        match rule.kind if rule is not None else None:
            case FaultKind.DROP:
                return
            case FaultKind.MUTE:
                self._muted = True
                if rule is not None and rule.delay:
                    self._spawn(self._unmute(rule.delay))
                return
            case FaultKind.DELAY:
                self._spawn(self._send_later(report, rule.delay if rule is not None else 0))
                return
            case FaultKind.REORDER if self._swapped is None:
                self._swapped = report
                self._spawn(self._flush())
                return
            case FaultKind.DUPLICATE:
                self._send(report)
        self._send(report)
        self._release()

    def _send(self, report: AnyReport) -> None:
        if self._sink is not None:
            self._sink(report)

    def _release(self) -> None:
        held, self._swapped = self._swapped, None
        if held is not None:
            self._send(held)

    def _set_link(self, state: LinkState, detail: str = "") -> None:
        self.link = state
        self._send(LinkReport(connection_id=self._connection_id, state=state, detail=detail, time=self._clock()))

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _send_later(self, report: AnyReport, delay: float) -> None:
        await self._sleep(delay)
        if self.link is LinkState.UP:
            self._send(report)

    async def _flush(self) -> None:
        await self._sleep(_FLUSH_SECONDS)
        if self.link is LinkState.UP:
            self._release()

    async def _unmute(self, delay: float) -> None:
        await self._sleep(delay)
        self._muted = False

    async def _restore_link(self, delay: float) -> None:
        await self._sleep(delay)
        self._set_link(LinkState.UP)
