"""The mapping of order messages on its own: frames in, through the library's decoder and ours, reports out."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, TypeVar
from zoneinfo import ZoneInfo

from brokerwire_server.brokers.ibkr import library
from brokerwire_server.brokers.ibkr.contracts import instrument_of
from brokerwire_server.brokers.ibkr.decoding import install
from brokerwire_server.brokers.ibkr.executions import Executions
from brokerwire_server.brokers.ibkr.feed import Feed
from brokerwire_server.brokers.ibkr.notices import Notices
from brokerwire_server.brokers.ibkr.tracking import Tracked, Tracker
from brokerwire_server.domain.reports import FillReport, OrderReport, StatusReport

if TYPE_CHECKING:
    from brokerwire_server.domain.orders import Order, OrderState
    from brokerwire_server.domain.reports import CashReport

R = TypeVar("R")
PATIENCE = 0.02


class Wire:
    """Takes frames, and keeps what is made of them."""

    def __init__(self, *, client_id: int = 17, version: int = 176, account: str = "DU1234567") -> None:
        self.reports: list[OrderReport | CashReport] = []
        self.doubts: list[str] = []
        self.notes: list[str] = []
        self.problems: list[str] = []
        self.looked: list[Tracked | None] = []
        self._time = 1_000
        self.tracker = Tracker()
        self.executions = Executions(self.reports.append, self.now, asyncio.sleep, PATIENCE)
        self.feed = Feed(
            self.tracker,
            self.executions,
            client_id=client_id,
            account_of=lambda number: f"ib-{number.lower()}" if number == account else "",
            instrument_of=self._instrument_of,
            emit=self.reports.append,
            now=self.now,
        )
        self.feed.zone = lambda: ZoneInfo("Europe/Berlin")
        self.feed.on_doubt = self.doubts.append
        self.feed.on_note = self.notes.append
        self.feed.on_unknown = lambda: self.looked.append(None)
        self.notices = Notices(self.tracker, self.feed, self.reports.append, self.looked.append)
        self._client = library.Client(_Nothing())
        install(self._client, self._dispatch, lambda name, _, error: self.problems.append(f"{name}: {error}"))
        self._client.decoder.serverVersion = version

    def now(self) -> int:
        self._time += 1
        return self._time

    def take(self, *frames: str) -> None:
        for frame in frames:
            self._client.decoder.interpret(frame.removesuffix("|").split("|"))

    def knows(self, order: Order, order_id: int) -> Tracked:
        """Have an order sent under an id."""
        tracked = self.tracker.learn(order)
        self.tracker.number(tracked, order_id)
        return tracked

    def of(self, kind: type[R]) -> list[R]:
        return [report for report in self.reports if isinstance(report, kind)]

    @property
    def fills(self) -> list[FillReport]:
        return self.of(FillReport)

    @property
    def states(self) -> list[OrderState]:
        return [report.state for report in self.of(StatusReport)]

    @property
    def latest(self) -> StatusReport:
        return self.of(StatusReport)[-1]

    def _instrument_of(self, contract: Any) -> Any:
        if isinstance(contract, library.ComboLeg):
            raise ValueError("a leg that is not known")
        return instrument_of(contract)

    def _dispatch(self, name: str, *arguments: Any) -> None:
        match name:
            case "openOrder":
                self.feed.open_order(*arguments)
            case "orderStatus":
                self.feed.order_status(*arguments)
            case "execDetails":
                self.feed.execution(*arguments)
            case "commissionReport":
                self.feed.commission(*arguments)
            case "completedOrder":
                self.reports.extend(r for r in self.feed.completed(*arguments) if r not in self.reports)
            case "error":
                self.notices.take(*arguments[:3])


class _Nothing:
    defaultTimezone = None  # noqa: N815
    TimezoneTWS = ""

    def __getattr__(self, name: str) -> Any:
        return lambda *_: None
