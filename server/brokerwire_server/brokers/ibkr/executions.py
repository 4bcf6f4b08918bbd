"""Executions: each told once, with its commission, and a correction as what it is.

An execution's id ends in its version: `….01` is the execution, `….02` its corrected terms, which replace those of
`….01`. What it cost comes in a message of its own, before or after it, by its id. An execution waits for that as long
as `patience`; a commission that comes later still is booked as a fee that names the execution, for a fill is told once.
"""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterable
from typing import TypeVar

from msgspec.structs import replace

from brokerwire_server.brokers.ibkr.records import Commission
from brokerwire_server.domain.accounts import Activity, ActivityType
from brokerwire_server.domain.decimals import ZERO
from brokerwire_server.domain.fills import Fill, FillKind
from brokerwire_server.domain.reports import CashReport, FillReport

KEPT = 50_000

_T = TypeVar("_T")
_log = logging.getLogger(__name__)

Emit = Callable[[FillReport | CashReport], None]


def version_of(execution_id: str) -> tuple[FillKind, str]:
    """Return the kind of an execution and, for a correction, the id of what it corrects."""
    stem, dot, version = execution_id.rpartition(".")
    if not dot or not version.isdecimal() or int(version) <= 1:
        return FillKind.NORMAL, ""
    return FillKind.CORRECTION, f"{stem}.{'1'.zfill(len(version))}"


class Executions:
    """Joins executions with their commissions."""

    def __init__(
        self,
        emit: Emit,
        now: Callable[[], int],
        sleep: Callable[[float], Awaitable[None]],
        patience: float,
    ) -> None:
        """Deliver to `emit`; wait `patience` seconds for a commission."""
        self._emit = emit
        self._now = now
        self._sleep = sleep
        self._patience = patience
        self._commissions: OrderedDict[str, Commission] = OrderedDict()
        self._told: OrderedDict[str, FillReport | None] = OrderedDict()
        self._held: dict[str, FillReport] = {}
        self._news = asyncio.Event()
        self._timers: set[asyncio.Task[None]] = set()

    def restore(self, fills: Iterable[Fill]) -> None:
        """Know what was told before a restart; one without a commission is told it as a fee."""
        for fill in fills:
            report = FillReport(
                account_id=fill.account_id,
                broker_order_id=fill.broker_order_id,
                execution_id=fill.execution_id,
                instrument=fill.instrument,
                side=fill.side,
                quantity=fill.quantity,
                price=fill.price,
            )
            self._remember(fill.execution_id, None if fill.commission else report)

    def take(self, report: FillReport) -> None:
        """Take an execution as it happens: tell it at once where its commission is known, else hold it shortly."""
        execution_id = report.execution_id
        if execution_id in self._told or execution_id in self._held:
            return
        if execution_id in self._commissions:
            self._tell(report)
            return
        self._held[execution_id] = report
        timer = asyncio.get_running_loop().create_task(self._wait(execution_id))
        self._timers.add(timer)
        timer.add_done_callback(self._timers.discard)

    def commission(self, commission: Commission) -> None:
        """Take what an execution cost."""
        execution_id = commission.execution_id
        if commission.amount is None:
            return
        _put(self._commissions, execution_id, commission)
        self._news.set()
        if (held := self._held.pop(execution_id, None)) is not None:
            self._tell(held)
        elif (bare := self._told.get(execution_id)) is not None:
            self._remember(execution_id, None)
            self._charge(bare, commission)

    async def swept(self, reports: Iterable[FillReport]) -> list[FillReport]:
        """Return executions that a query has shown, as they are to be told; commissions come right behind them."""
        reports = list(reports)
        await self._settle(report.execution_id for report in reports)
        found = []
        for report in reports:
            self._held.pop(report.execution_id, None)
            found.append(self._joined(report))
        return found

    def flush(self) -> None:
        """Tell what is held without waiting any longer: the link has ended."""
        for report in list(self._held.values()):
            self._tell(report)
        self._held.clear()

    async def close(self) -> None:
        """Tell what is held, and stop waiting."""
        self.flush()
        for timer in list(self._timers):
            timer.cancel()
        await asyncio.gather(*self._timers, return_exceptions=True)

    async def _wait(self, execution_id: str) -> None:
        await self._sleep(self._patience)
        if (report := self._held.pop(execution_id, None)) is not None:
            _log.info("no commission came for execution %s yet: it is told without", execution_id)
            self._tell(report)

    async def _settle(self, execution_ids: Iterable[str]) -> None:
        wanted = {one for one in execution_ids if one not in self._told}
        try:
            async with asyncio.timeout(self._patience):
                while wanted - self._commissions.keys():
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            pass

    def _tell(self, report: FillReport) -> None:
        self._emit(self._joined(report))

    def _joined(self, report: FillReport) -> FillReport:
        """Return an execution with its commission, unless it was told without one: a fill is always told the same."""
        execution_id = report.execution_id
        if execution_id in self._told and self._told[execution_id] is not None:
            return report
        commission = self._commissions.get(execution_id)
        if commission is None or commission.amount is None:
            if execution_id not in self._told:
                self._remember(execution_id, report)
            return report
        self._remember(execution_id, None)
        if commission.currency and commission.currency != report.instrument.currency:
            self._charge(report, commission)
            return report
        return replace(report, commission=commission.amount)

    def _charge(self, report: FillReport, commission: Commission) -> None:
        amount = commission.amount or ZERO
        if amount == ZERO:
            return
        activity = Activity(
            activity_id=f"commission:{report.execution_id}",
            account_id=report.account_id,
            type=ActivityType.FEE,
            amount=-amount,
            currency=commission.currency or report.instrument.currency,
            symbol=report.instrument.symbol,
            fill_id=f"ibkr:{report.account_id}:{report.execution_id}",
            description=f"commission of execution {report.execution_id}",
            time=report.time or self._now(),
        )
        self._emit(CashReport(activity=activity))

    def _remember(self, execution_id: str, bare: FillReport | None) -> None:
        _put(self._told, execution_id, bare)


def _put(kept: OrderedDict[str, _T], key: str, value: _T) -> None:
    kept[key] = value
    kept.move_to_end(key)
    if len(kept) > KEPT:
        kept.popitem(last=False)
