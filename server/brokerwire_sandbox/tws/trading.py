"""Orders at the simulated exchange: sending them there, and what its reports make of them."""

from decimal import Decimal
from typing import TYPE_CHECKING

from brokerwire_sandbox.tws import groups
from brokerwire_sandbox.tws.contracts import Contract
from brokerwire_sandbox.tws.margins import commission
from brokerwire_sandbox.tws.messages import commission_report, error, execution_details
from brokerwire_sandbox.tws.records import Execution, Status, TwsOrder
from brokerwire_sandbox.tws.settings import FillOrder
from brokerwire_sandbox.tws.state import State
from brokerwire_server.domain.decimals import ZERO
from brokerwire_server.domain.fills import Liquidity
from brokerwire_server.domain.orders import Order, OrderState, OrderType, Side, StateReason, TimeInForce
from brokerwire_server.domain.reports import AnyReport, FillReport, RestatedReport, StatusReport, TriggeredReport
from brokerwire_server.simulator import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable

_TYPES = {
    "MKT": OrderType.MARKET,
    "MOC": OrderType.MARKET,
    "LMT": OrderType.LIMIT,
    "LOC": OrderType.LIMIT,
    "STP": OrderType.STOP,
    "STP LMT": OrderType.STOP_LIMIT,
    "TRAIL": OrderType.TRAILING_STOP,
}
_DURATIONS = {
    "DAY": TimeInForce.DAY,
    "GTC": TimeInForce.GTC,
    "OPG": TimeInForce.OPG,
    "IOC": TimeInForce.IOC,
    "FOK": TimeInForce.FOK,
}
_LIQUIDITY = {Liquidity.MAKER: 1, Liquidity.TAKER: 2}
_STEPS = {
    FillOrder.EXECUTION_FIRST: ("execution", "open", "status", "charge", "open", "commission"),
    FillOrder.STATUS_FIRST: ("open", "status", "execution", "charge", "commission"),
    FillOrder.COMMISSION_FIRST: ("commission", "execution", "charge", "open", "status"),
    FillOrder.NO_STATUS: ("execution", "charge", "commission"),
    FillOrder.NO_EXECUTION: ("open", "status", "charge"),
    FillOrder.SILENT: ("charge",),
}
TYPES = tuple(_TYPES)
DURATIONS = tuple(_DURATIONS)


def exchange_order(order: TwsOrder) -> Order:
    """Return what the exchange is to work on: the rest of an order, under the name of its generation."""
    ticket, kind = order.ticket, order.type
    trail_percent = ticket.number("trailingPercent") if kind == "TRAIL" else None
    duration = TimeInForce.CLS if kind in ("MOC", "LOC") else _DURATIONS[ticket.text("tif") or "DAY"]
    resting = _TYPES[kind]
    if order.triggered:
        resting = OrderType.LIMIT if kind == "STP LMT" else OrderType.MARKET
    outside = resting is OrderType.LIMIT and duration in (TimeInForce.DAY, TimeInForce.GTC)
    return Order(
        order_id=order.exchange_id,
        account_id=order.account + ("B" if order.buying else "S"),
        client_order_id=order.exchange_id,
        broker_client_order_id=order.exchange_id,
        instrument=order.contract.details().instrument,
        side=Side.BUY if order.buying else Side.SELL_SHORT,
        type=resting,
        time_in_force=duration,
        quantity=order.remaining,
        limit_price=ticket.number("lmtPrice") if kind in ("LMT", "LOC", "STP LMT") else None,
        stop_price=ticket.number("auxPrice") if kind in ("STP", "STP LMT") and not order.triggered else None,
        trail_amount=ticket.number("auxPrice") if kind == "TRAIL" and trail_percent is None else None,
        trail_percent=trail_percent,
        extended_hours=outside and ticket.flag("outsideRth"),
    )


class Trading:
    """Drives the exchange, and follows it."""

    def __init__(self, state: State) -> None:
        """Listen to the exchange of `state`."""
        self._state = state
        self.match_combinations: Callable[[], None] = lambda: None
        state.report = self._follow

    def refusal(self, order: TwsOrder) -> Refusal | None:
        """Return why the exchange would not take an order now."""
        return None if order.contract.security == "BAG" else self._state.exchange.check([exchange_order(order)])

    def send(self, order: TwsOrder) -> None:
        """Send an order to the exchange; what follows is told as it happens."""
        state = self._state
        order.generation += 1
        if order.contract.security == "BAG":
            state.combinations[order.permanent_id] = order
            self.refresh(order)
            state.later.append(self.match_combinations)
            return
        state.by_exchange[order.exchange_id] = order
        refusal = state.exchange.submit([exchange_order(order)])
        if refusal is not None:
            order.dead = True
            self.end(order, Status.INACTIVE, code=201, text=f"Order rejected - reason:{refusal.message}")
        state.settle()
        self.refresh(order)

    def withdraw(self, order: TwsOrder) -> None:
        """Take an order's counterpart off the exchange, and tell nothing."""
        if state_order := self._state.by_exchange.pop(order.exchange_id, None):
            self._state.exchange.cancel(self._side_account(state_order), order.exchange_id)

    def refresh(self, order: TwsOrder) -> None:
        """Tell an order's status where it has begun to work."""
        if order.status is not Status.PRE_SUBMITTED or order.waiting or order.locating or order.stopping:
            return
        if self.works(order):
            order.status = Status.SUBMITTED
            self._state.announce(order)

    def works(self, order: TwsOrder) -> bool:
        """Tell whether an order is in the market now."""
        if order.contract.security == "BAG":
            return True
        working = self._state.exchange.working(self._side_account(order), order.exchange_id)
        return working is not None and working.state is OrderState.WORKING

    def end(self, order: TwsOrder, status: Status, *, code: int = 0, text: str = "", why: str = "") -> None:
        """End an order, tell so, with an error after it where there is a code, and let its relatives follow."""
        state = self._state
        self.withdraw(order)
        state.combinations.pop(order.permanent_id, None)
        order.status, order.end_time, order.end_text = status, state.stamp(), why
        order.waiting = False
        state.tell_status(order)
        if code:
            self.fail(order, code, text)
        if not order.open:
            groups.after_end(state, self, order)

    def cancel(self, order: TwsOrder, *, why: str = "Cancelled by Trader", reason: str = "") -> None:
        """Cancel an order: orderStatus Cancelled, then 202."""
        self.end(order, Status.CANCELLED, code=202, text=f"Order Canceled - reason:{reason}", why=why)

    def fail(self, order: TwsOrder, code: int, text: str) -> None:
        """Tell an error about an order."""
        self._state.tell(order, "error", lambda version: error(code, text, order.order_id, version))

    # --- reports ---

    def _follow(self, report: AnyReport) -> None:
        if not isinstance(report, StatusReport | FillReport | TriggeredReport | RestatedReport):
            return
        order = self._state.by_exchange.get(report.broker_client_order_id)
        if order is None:
            return
        if isinstance(report, FillReport):
            self.execute(order, report.quantity, report.price, liquidity=_LIQUIDITY.get(report.liquidity, 0))
        elif isinstance(report, TriggeredReport):
            order.triggered = True
            order.status = Status.SUBMITTED
            self._state.announce(order)
        elif isinstance(report, RestatedReport):
            order.stop = report.stop_price
            self._state.announce(order)
        elif report.state.terminal:
            self._ended(order, report)
        elif order.filled == ZERO:
            self._state.later.append(lambda: self.refresh(order))

    def _ended(self, order: TwsOrder, report: StatusReport) -> None:
        state = self._state
        state.by_exchange.pop(order.exchange_id, None)
        if report.reason is StateReason.FOK_UNFILLED:
            order.dead = True
            self.end(order, Status.INACTIVE, why="Cancelled by System:")
        elif report.reason is StateReason.IOC_REMAINDER:
            order.status = Status.PENDING_CANCEL
            state.tell_status(order)
            self.end(order, Status.CANCELLED, why="Cancelled by System:")
        else:
            self.end(order, Status.CANCELLED, code=202, text="Order Canceled - reason:", why="Cancelled by System:")

    def execute(
        self, order: TwsOrder, quantity: Decimal, price: Decimal, *, liquidity: int, status: Status | None = None
    ) -> Execution:
        """Count an execution into its order, book it, tell it, and let the order's relatives follow.

        With a `status` the order has ended before, and keeps it.
        """
        state = self._state
        order.filled += quantity
        order.cost += quantity * price
        order.last_price = price
        charged = commission(order.contract, order.filled, order.average)
        fee = max(charged - (order.commission or ZERO), ZERO)
        execution = self.book(order, order.contract, quantity, price, fee, liquidity=liquidity, buying=order.buying)
        filled = status is None and order.remaining <= ZERO
        if filled:
            state.by_exchange.pop(order.exchange_id, None)
            order.end_time, order.end_text = state.stamp(), f"Filled Size: {format(order.filled.normalize(), 'f')}"
        if status is not None:
            order.status = status
        elif filled:
            order.status = Status.FILLED
        elif order.status is not Status.PENDING_CANCEL:
            order.status = Status.SUBMITTED
        self._tell_fill(order, execution, charged)
        groups.after_fill(state, self, order, quantity)
        if filled:
            groups.after_end(state, self, order)
        return execution

    def book(
        self,
        order: TwsOrder,
        contract: Contract,
        quantity: Decimal,
        price: Decimal,
        fee: Decimal,
        *,
        liquidity: int,
        buying: bool,
    ) -> Execution:
        """Book an execution of a contract for an order, and remember it. A combination itself moves nothing."""
        state, realized = self._state, None
        if contract.security != "BAG":
            realized = state.books[order.account].book(
                contract, buying=buying, quantity=quantity, price=price, commission=fee
            )
        whole = contract is order.contract
        execution = Execution(
            execution_id=state.next_execution_id(),
            order=order,
            contract=contract,
            buying=buying,
            quantity=quantity,
            price=price,
            cumulative=order.filled if whole else quantity,
            average=order.average if whole else price,
            time=state.stamp(),
            commission=fee,
            realized=realized,
            liquidity=liquidity,
        )
        state.executions.append(execution)
        if contract.security != "BAG":
            state.traded(contract, price, quantity)
        return execution

    def tell_execution(self, execution: Execution) -> None:
        """Tell execDetails."""
        state = self._state
        time = state.times.execution(execution.time, state.settings.time_form)
        venue = venue_of(execution.contract, state.settings.venue)
        self._state.tell(
            execution.order, "execDetails", lambda version: execution_details(execution, time, -1, venue, version)
        )

    def tell_commission(self, execution: Execution) -> None:
        """Tell commissionReport."""
        self._state.tell(execution.order, "commissionReport", lambda _: commission_report(execution))

    def _tell_fill(self, order: TwsOrder, execution: Execution, charged: Decimal) -> None:
        state = self._state
        for step in _STEPS[state.fill_order(order)]:
            if step == "execution":
                self.tell_execution(execution)
            elif step == "commission":
                self.tell_commission(execution)
            elif step == "open":
                state.tell_open(order)
            elif step == "status":
                state.tell_status(order)
            else:
                order.commission = charged

    @staticmethod
    def _side_account(order: TwsOrder) -> str:
        return order.account + ("B" if order.buying else "S")


def venue_of(contract: Contract, venue: str) -> str:
    """Return the exchange that executed a contract."""
    return venue if contract.security in ("STK", "BAG") else contract.exchange
