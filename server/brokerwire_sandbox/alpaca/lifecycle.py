"""What the exchange reports, told as Alpaca tells it: statuses, executions, replaced terms, groups."""

from decimal import Decimal

from msgspec.structs import replace

from brokerwire_sandbox.alpaca.formats import number
from brokerwire_sandbox.alpaca.records import Execution, OrderRecord
from brokerwire_sandbox.alpaca.state import ACCOUNT, State
from brokerwire_sandbox.alpaca.translate import exchange_exits
from brokerwire_server.domain.decimals import ZERO
from brokerwire_server.domain.fills import Fill
from brokerwire_server.domain.market import Session
from brokerwire_server.domain.orders import OrderState, StateReason
from brokerwire_server.domain.reports import (
    AnyReport,
    FillReport,
    ReplacedReport,
    RestatedReport,
    StatusReport,
    TriggeredReport,
)


class Lifecycle:
    """Listens to the exchange. It never calls the exchange back from within a report: that goes to `State.later`."""

    def __init__(self, state: State) -> None:
        """Become the listener of `state`."""
        self._state = state
        state.report = self

    def __call__(self, report: AnyReport) -> None:
        """Take one report."""
        if not isinstance(report, StatusReport | FillReport | ReplacedReport | TriggeredReport | RestatedReport):
            return
        record = self._state.chains.get(report.broker_client_order_id)
        if record is None:
            return
        match report:
            case StatusReport():
                self._on_status(record, report)
            case FillReport():
                self._on_fill(record, report)
            case ReplacedReport():
                self._on_replaced(record, report)
            case TriggeredReport():
                if record.status == "held":
                    self._state.change(record, "new")
            case RestatedReport():
                self._on_trailed(record, report)

    def _on_status(self, record: OrderRecord, report: StatusReport) -> None:
        state = self._state
        if report.quantity is not None:
            record.target = report.quantity
        match report.state:
            case OrderState.CANCELED:
                record.reason = record.reason or report.message
                self.end(record, record.fate or "canceled", silent=_is_silent(state, record, report.reason))
            case OrderState.EXPIRED:
                self.end(record, "expired")
            case OrderState.WORKING | OrderState.ACCEPTED:
                self._on_working(record, report.state)

    def _on_working(self, record: OrderRecord, working: OrderState) -> None:
        state = self._state
        if record.status == "held" and record.role == "stop_loss" and record.terms.order_class != "oto":
            return
        if record.status not in ("pending_new", "accepted", "held"):
            return
        if working is OrderState.WORKING or state.exchange.session is not Session.CLOSED:
            state.change(record, "new")
        elif record.status != "accepted":
            state.change(record, "accepted")

    def _on_fill(self, record: OrderRecord, report: FillReport) -> None:
        state = self._state
        asset = record.asset
        if asset is None:
            return
        state.position_book(asset).apply(
            Fill(
                fill_id=report.execution_id,
                order_id=record.chain,
                account_id=ACCOUNT,
                execution_id=report.execution_id,
                instrument=report.instrument,
                side=report.side,
                quantity=report.quantity,
                price=report.price,
                execution_time=report.time,
            )
        )
        execution = add_execution(state, record, report.quantity, report.price, report.execution_id)
        name = "fill" if execution.final else "partial_fill"
        state.emit(
            name,
            record,
            execution.time,
            execution_id=execution.id,
            price=number(execution.price),
            qty=number(execution.quantity),
            position_qty=number(execution.position_quantity),
            settle_date=state.settle_date(asset),
        )
        if execution.final:
            self.after_end(record)

    def _on_replaced(self, record: OrderRecord, report: ReplacedReport) -> None:
        state = self._state
        new = state.replacements.pop(record.id, None)
        if new is not None:
            take_over(state, record, new)
        elif report.terms.quantity is not None and report.terms.quantity != record.terms.quantity:
            record.terms = replace(record.terms, quantity=report.terms.quantity)
            record.target = report.terms.quantity
            record.updated_at = state.stamp()

    def _on_trailed(self, record: OrderRecord, report: RestatedReport) -> None:
        working = self._state.exchange.working(ACCOUNT, record.chain)
        record.terms = replace(record.terms, stop_price=report.stop_price)
        if working is not None:
            record.hwm = working.watermark

    def end(self, record: OrderRecord, status: str, *, silent: bool = False) -> None:
        """End an order before it is filled. `silent`: as Alpaca does with some legs, without an event."""
        state = self._state
        if silent:
            state.set_status(record, status, state.stamp())
        else:
            state.change(record, status)
        self.after_end(record)

    def after_end(self, record: OrderRecord) -> None:
        """Let the legs follow their entry."""
        state = self._state
        if record.terms.order_class not in ("bracket", "oto") or record.parent is not None or not record.legs:
            return
        held = [leg for leg in record.legs if leg.status == "held"]
        if record.status == "filled":
            state.later.append(lambda: self._activate(record, held))
        elif record.status != "replaced":
            for leg in held:
                self.end(leg, record.status if record.status in ("canceled", "expired") else "canceled")

    def _activate(self, entry: OrderRecord, legs: list[OrderRecord]) -> None:
        """Send the exits of a filled entry to the exchange."""
        state = self._state
        orders = exchange_exits(entry, [leg for leg in legs if not leg.terminal])
        if not orders:
            return
        refusal = state.exchange.submit(orders)
        if refusal is not None:
            for leg in legs:
                leg.reason = refusal.message
                self.end(leg, "rejected")


def _is_silent(state: State, record: OrderRecord, reason: StateReason) -> bool:
    """Tell whether Alpaca would keep quiet about it: a held stop-loss that ends because its take-profit is filled."""
    if not state.settings.silent_leg_cancel or record.status != "held" or record.parent is None:
        return False
    family = (record.parent, *record.parent.legs)
    return reason is StateReason.GROUP_CANCELED and any(
        o.role == "take_profit" and o.status == "filled" for o in family
    )


def take_over(state: State, old: OrderRecord, new: OrderRecord) -> None:
    """Put a replacement into its predecessor's place, and tell of both."""
    if new.id not in state.records:
        state.register(new)
    old.replaced_by = new.id
    new.chain = old.chain
    state.chains[old.chain] = new
    new.hwm = old.hwm
    new.role, new.parent, new.legs = old.role, old.parent, old.legs
    if old.parent is not None:
        old.parent.legs = [new if leg is old else leg for leg in old.parent.legs]
    for leg in new.legs:
        leg.parent = new
        if leg.status == "held" and leg.terms.quantity != new.terms.quantity:
            leg.terms = replace(leg.terms, quantity=new.terms.quantity)
            leg.target = new.terms.quantity
    held = old.status == "held"
    state.change(old, "replaced")
    if held or new.filled:
        status = "held" if held else "partially_filled"
        state.change(new, status, event="held" if held else "new")
    else:
        state.change(new, "new")


def add_execution(
    state: State, record: OrderRecord, quantity: Decimal, price: Decimal, exchange_id: str = ""
) -> Execution:
    """Count an execution into its order, and keep it. Its id names it at the exchange, where it has one there."""
    asset = record.asset
    if asset is None:
        raise ValueError("the parent of a multi-leg order has no executions of its own")
    time = state.stamp()
    record.filled += quantity
    record.filled_cost += quantity * price
    final = record.target is not None and record.filled >= record.target
    status = "filled" if final else "partially_filled"
    if final or record.status not in ("pending_cancel", "pending_replace", "done_for_day", "suspended"):
        state.set_status(record, status, time)
    else:
        record.updated_at = time
    if not final:
        record.filled_at = time
    execution_id = state.ids.uuid()
    execution = Execution(
        id=execution_id,
        activity_id=execution_id if state.settings.activity_uuid_is_execution else state.ids.uuid(),
        order=record,
        asset=asset,
        side=record.side,
        quantity=quantity,
        price=price,
        cumulative=record.filled,
        leaves=max((record.target or record.filled) - record.filled, ZERO),
        position_quantity=state.held(asset.symbol),
        time=time,
        final=final,
        status=status,
        exchange_id=exchange_id,
    )
    record.executions.append(execution)
    state.executions.append(execution)
    state.by_execution[execution_id] = execution
    return execution
