"""The intake: every report of a broker enters here and becomes journaled state, or is set aside with a reason.

This is where a fill becomes an event.
"""

import logging
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from brokerwire_server.domain.events import OrderEventType, ReportIgnored
from brokerwire_server.domain.fills import Fill, FillKind, FillSource
from brokerwire_server.domain.orders import LegRole, Order, OrderOrigin, OrderRequest, OrderState
from brokerwire_server.domain.reducer import Ignored, reduce
from brokerwire_server.domain.reports import (
    AccountReport,
    AccountsReport,
    AnyReport,
    CancelRejectedReport,
    CashReport,
    FillReport,
    LinkReport,
    OrderReport,
    ReplacedReport,
    ReplaceRejectedReport,
    RestatedReport,
    StatusReport,
    TriggeredReport,
)
from brokerwire_server.engine.accounts import Accounts, ManagedAccount
from brokerwire_server.engine.book import Book
from brokerwire_server.engine.seams import NANOS, Ids, Seams
from brokerwire_server.engine.tasks import Tasks
from brokerwire_server.engine.telemetry import Telemetry
from brokerwire_server.store.base import Store

if TYPE_CHECKING:
    import asyncio

BALANCES_DELAY = 5 * NANOS
"""How old balances may be when a broker pushes them: orders that are younger may be missing in them."""

EARLY_ACCOUNTS = 100
"""Accounts whose reports are kept before they are registered."""

ORPHANS = 1_000
"""Reports kept per account that name an order nobody knows yet."""

_log = logging.getLogger(__name__)

_KIND: dict[type, OrderEventType] = {
    StatusReport: OrderEventType.STATE_CHANGED,
    ReplacedReport: OrderEventType.REPLACED,
    CancelRejectedReport: OrderEventType.CANCEL_REJECTED,
    ReplaceRejectedReport: OrderEventType.REPLACE_REJECTED,
    TriggeredReport: OrderEventType.TRIGGERED,
    RestatedReport: OrderEventType.RESTATED,
}


class Intake:
    """Takes reports in the order of arrival; none is dropped silently."""

    def __init__(
        self, accounts: Accounts, store: Store, *, seams: Seams, ids: Ids, tasks: Tasks, telemetry: Telemetry
    ) -> None:
        """Serve `accounts`; old orders are looked up in `store`."""
        self._accounts = accounts
        self._store = store
        self._seams = seams
        self._ids = ids
        self._tasks = tasks
        self._telemetry = telemetry
        self._orphans: dict[str, list[OrderReport]] = {}
        self._early: dict[str, list[AnyReport]] = {}
        self.on_link: Callable[[LinkReport], None] = lambda _: None
        self.on_accounts: Callable[[AccountsReport], None] = lambda _: None
        self.on_rejected: Callable[[ManagedAccount, Order], None] = lambda *_: None
        self.on_executed: Callable[[ManagedAccount, Order], None] = lambda *_: None
        self.on_orphan: Callable[[ManagedAccount], None] = lambda _: None
        self.on_fill: Callable[[ManagedAccount], None] = lambda _: None

    def __call__(self, report: AnyReport) -> None:
        """Take one report from an adapter."""
        try:
            self._take(report)
        except Exception:
            # An adapter's feed must survive a report that we can't digest; the next sweep compares states anyway.
            _log.exception("a broker report could not be applied", extra={"report": repr(report)[:500]})

    def _take(self, report: AnyReport) -> None:
        if isinstance(report, LinkReport):
            self.on_link(report)
            return
        if isinstance(report, AccountsReport):
            self.on_accounts(report)
            return
        account = self._accounts.find(_account_id(report))
        if account is None:
            self._hold(_account_id(report), report)
            return
        account.last_upstream_time = self._seams.now()
        match report:
            case AccountReport():
                # The first balances mark the opening as done, so they come with the sweep that makes it.
                if not account.unopened:
                    account.book.stage_account(report.account)
                    account.balances_read(self._seams.now() - BALANCES_DELAY)
            case CashReport():
                if not account.book.knows_activity(report.activity.activity_id):
                    account.book.stage_activity(report.activity)
            case _:
                self.order_report(account, report)

    def _hold(self, account_id: str, report: AnyReport) -> None:
        """Keep a report of an account that is not registered yet: a new one tells its first deposit before its name."""
        held = self._early.setdefault(account_id, [])
        if len(self._early) > EARLY_ACCOUNTS or len(held) >= ORPHANS:
            _log.warning("report for an unknown account", extra={"account_id": account_id})
            return
        held.append(report)

    def admit(self, account_id: str) -> None:
        """Apply what an account said before it was registered."""
        for report in self._early.pop(account_id, ()):
            self(report)

    def order_report(self, account: ManagedAccount, report: OrderReport) -> Order | None:
        """Apply a report about an order and return the order after it, or `None` where it can't be applied yet."""
        book = account.book
        if isinstance(report, FillReport) and book.knows_fill(_fill_id(account, report.execution_id)):
            self._telemetry.report_ignored(account.adapter.broker, "duplicate fill")
            return book.orders.by_broker_ids(report.broker_client_order_id, report.broker_order_id)
        order = book.orders.by_broker_ids(report.broker_client_order_id, report.broker_order_id)
        if order is None:
            self._spawn(self._unmatched(account, report))
            return None
        return self._apply(account, order, report)

    def _apply(self, account: ManagedAccount, order: Order, report: OrderReport) -> Order | None:
        if isinstance(report, FillReport):
            return self._fill(account, order, report)
        after = reduce(order, report)
        if isinstance(after, Ignored):
            self._telemetry.report_ignored(account.adapter.broker, str(after))
            return order
        cause = f"broker:{report.broker_order_id}" if report.broker_order_id else "gateway:outcome"
        cause = _with_payload(cause, report)
        staged = account.book.stage_order(
            after, _KIND[type(report)], causation=cause, reason=_reason(report), report=report
        )
        if staged.state is not order.state:
            self._telemetry.order_changed(account.adapter.broker, staged.state.value)
            if staged.state is OrderState.REJECTED:
                self.on_rejected(account, staged)
        return staged

    def _fill(self, account: ManagedAccount, order: Order, report: FillReport) -> Order | None:
        book = account.book
        refers = _fill_id(account, report.refers_to_execution_id) if report.refers_to_execution_id else ""
        if refers and book.knows_fill(refers) and not book.recalls(refers):
            self._spawn(self._recall(account, order.order_id, report, refers))
            return None
        if report.quantity <= 0 or report.price < 0:
            book.stage(ReportIgnored(reason="a fill with a quantity or price out of range", report=report))
            return order
        fill = Fill(
            fill_id=_fill_id(account, report.execution_id),
            order_id=order.order_id,
            account_id=order.account_id,
            execution_id=report.execution_id,
            instrument=report.instrument,
            side=report.side,
            quantity=report.quantity,
            price=report.price,
            commission=report.commission,
            kind=report.kind,
            refers_to_fill_id=refers,
            source=report.source,
            liquidity=report.liquidity,
            venue=report.venue,
            late=order.state.terminal and report.kind is FillKind.NORMAL,
            broker_order_id=report.broker_order_id,
            client_order_id=order.client_order_id,
            execution_time=report.time,
            received_time=self._seams.now(),
        )
        cause = "reconcile" if report.source is FillSource.RECONCILED else "broker"
        staged = book.stage_fill(order, fill, _with_payload(f"{cause}:{report.execution_id}", report))
        self.on_fill(account)
        if not order.filled_quantity and fill.kind is FillKind.NORMAL:
            self.on_executed(account, staged)
        if staged.state is not order.state:
            self._telemetry.order_changed(account.adapter.broker, staged.state.value)
        return staged

    async def _recall(self, account: ManagedAccount, order_id: str, report: FillReport, refers: str) -> None:
        fill = await self._store.get_fill(account.account_id, account.book.execution_of(refers))
        if fill is not None:
            account.book.recall(fill)
        order = account.book.orders.by_id.get(order_id)
        if order is not None and not account.book.knows_fill(_fill_id(account, report.execution_id)):
            self._fill(account, order, report)

    async def adopt(self, account: ManagedAccount, report: StatusReport) -> None:
        """Have the order of a report at hand: from the store, or as one that was placed outside the gateway."""
        if account.book.orders.by_broker_ids(report.broker_client_order_id, report.broker_order_id) is None:
            await self._unmatched(account, report)

    async def _unmatched(self, account: ManagedAccount, report: OrderReport) -> None:
        """Find the order of a report in the store, adopt it as external, or keep the report until someone knows it."""
        book = account.book
        ids = report.broker_client_order_id, report.broker_order_id
        found = await self._store.find_broker_order(account.account_id, *ids)
        order = book.orders.by_broker_ids(*ids)
        if order is None and found is not None:
            book.orders.put(found)
            order = found
        if order is None and isinstance(report, StatusReport) and report.terms is not None:
            order = self._adopt(book, report, report.terms)
            self._apply(account, order, report)
            self._release(account, report.broker_order_id)
        elif order is not None:
            if not (isinstance(report, FillReport) and book.knows_fill(_fill_id(account, report.execution_id))):
                self._apply(account, order, report)
        else:
            self._keep(account, report)

    def _adopt(self, book: Book, report: StatusReport, terms: OrderRequest) -> Order:
        """Take in an order that was placed outside the gateway."""
        order = order_from(
            terms,
            order_id=self._ids(),
            broker_client_order_id=report.broker_client_order_id or f"external:{report.broker_order_id}",
            origin=OrderOrigin.EXTERNAL,
            create_time=report.time or self._seams.now(),
        )
        order = replace(
            order,
            client_order_id=terms.client_order_id or f"external:{report.broker_order_id}",
            broker_order_ids=(report.broker_order_id,) if report.broker_order_id else (),
        )
        cause = _with_payload(f"broker:{report.broker_order_id}", report)
        return book.stage_order(order, OrderEventType.SUBMITTED, causation=cause, reason="found at the broker")

    def _keep(self, account: ManagedAccount, report: OrderReport) -> None:
        waiting = self._orphans.setdefault(account.account_id, [])
        if report in waiting:
            return
        waiting.append(report)
        if len(waiting) > ORPHANS:
            lost = waiting.pop(0)
            account.book.stage(ReportIgnored(reason="names an order that nobody knows", report=lost))
        self.on_orphan(account)

    def _release(self, account: ManagedAccount, broker_order_id: str) -> None:
        waiting = self._orphans.get(account.account_id, [])
        ready = [r for r in waiting if r.broker_order_id == broker_order_id]
        self._orphans[account.account_id] = [r for r in waiting if r.broker_order_id != broker_order_id]
        for report in ready:
            self.order_report(account, report)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> "asyncio.Task[None]":
        return self._tasks.spawn(work)


def order_from(
    request: OrderRequest,
    *,
    order_id: str,
    broker_client_order_id: str,
    create_time: int,
    origin: OrderOrigin = OrderOrigin.GATEWAY,
    role: LegRole = LegRole.NONE,
    fingerprint: str = "",
    principal: str = "",
) -> Order:
    """Return a new order as requested, not yet sent."""
    return Order(
        order_id=order_id,
        account_id=request.account_id,
        client_order_id=request.client_order_id,
        broker_client_order_id=broker_client_order_id,
        instrument=request.instrument,
        side=request.side,
        type=request.type,
        time_in_force=request.time_in_force,
        quantity=request.quantity,
        notional=request.notional,
        limit_price=request.limit_price,
        stop_price=request.stop_price,
        trail_amount=request.trail_amount,
        trail_percent=request.trail_percent,
        extended_hours=request.extended_hours,
        order_class=request.order_class,
        role=role,
        legs=request.legs,
        tags=request.tags,
        fingerprint=fingerprint,
        principal=principal,
        state=OrderState.PENDING_SUBMIT,
        origin=origin,
        create_time=create_time,
        submit_time=create_time,
        update_time=create_time,
    )


def _account_id(report: AnyReport) -> str:
    match report:
        case AccountReport():
            return report.account.account.account_id
        case CashReport():
            return report.activity.account_id
        case LinkReport() | AccountsReport():
            return ""
    return report.account_id


def _fill_id(account: ManagedAccount, execution_id: str) -> str:
    return f"{account.adapter.broker}:{account.account_id}:{execution_id}"


def _reason(report: OrderReport) -> str:
    return getattr(report, "message", "")


def _with_payload(cause: str, report: OrderReport) -> str:
    return f"{cause} payload:{report.payload_id}" if report.payload_id else cause
