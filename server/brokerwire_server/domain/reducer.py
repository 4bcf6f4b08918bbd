"""The order reducer: a pure function from an order and a report to the order after it.

State is a function of the *set* of reports, not of their order: statuses form a lattice (`_rank`), fills add up, terms
follow the broker's revision. So duplicates change nothing, and delays and reorderings end in the same state.
"""

from decimal import Decimal
from typing import Any, assert_never

from msgspec.structs import replace

from brokerwire_server.domain.decimals import ZERO, divide
from brokerwire_server.domain.fills import Fill, FillKind
from brokerwire_server.domain.orders import (
    Order,
    OrderState,
    OrderTerms,
    PendingAction,
    StateReason,
    SyncState,
)
from brokerwire_server.domain.reports import (
    CancelRejectedReport,
    FillReport,
    OrderReport,
    ReplacedReport,
    ReplaceRejectedReport,
    RestatedReport,
    StatusReport,
    TriggeredReport,
)

_RANK = {
    OrderState.PENDING_SUBMIT: 0,
    OrderState.SUBMITTED: 1,
    OrderState.INDETERMINATE: 2,
    OrderState.ACCEPTED: 3,
    OrderState.WORKING: 3,
    OrderState.SUSPENDED: 3,
    OrderState.REJECTED: 4,
    OrderState.EXPIRED: 5,
    OrderState.CANCELED: 6,
    OrderState.REPLACED: 7,
}
"""A status of a higher rank wins for good; within rank 3 the later one wins."""

_EVIDENCE_RANK = 3


class Ignored(str):
    """Why a report did not change the order."""

    __slots__ = ()


DUPLICATE = Ignored("says nothing new")


def reduce(order: Order, report: OrderReport) -> Order | Ignored:
    """Return the order after any report but a fill (see `add_fill`), or why the report changes nothing."""
    match report:
        case StatusReport():
            after = _status(order, report)
        case ReplacedReport():
            after = _replaced(order, report)
        case CancelRejectedReport():
            after = _action_rejected(order, PendingAction.CANCEL, report.action_id, report.message)
        case ReplaceRejectedReport():
            after = _action_rejected(order, PendingAction.REPLACE, report.action_id, report.message)
        case TriggeredReport():
            after = DUPLICATE if order.triggered else replace(order, triggered=True)
        case RestatedReport():
            after = _restated(order, report)
        case FillReport():
            msg = "fills go through add_fill"
            raise TypeError(msg)
        case _:
            assert_never(report)
    if isinstance(after, Ignored):
        return after
    return _touch(_with_broker_id(after, report.broker_order_id), report.time)


def add_fill(order: Order, fill: Fill, replaced: Fill | None = None) -> Order:
    """Return the order after a fill that was not counted before.

    `replaced` is the version of the execution that counted until now, for a bust or a correction.
    """
    quantity = cost = commission = ZERO
    if replaced is not None and replaced.kind is not FillKind.BUST:
        quantity -= replaced.quantity
        cost -= replaced.quantity * replaced.price
        commission -= replaced.commission
    if fill.kind is not FillKind.BUST:
        quantity += fill.quantity
        cost += fill.quantity * fill.price
        commission += fill.commission
    if order.legs:
        after = _add_to_leg(order, fill.instrument.symbol, quantity, cost)
    else:
        after = replace(order, filled_quantity=order.filled_quantity + quantity, filled_cost=order.filled_cost + cost)
    after = replace(after, commission=order.commission + commission) if commission else after
    return _touch(_with_broker_id(settle(after), fill.broker_order_id), fill.execution_time)


def _add_to_leg(order: Order, symbol: str, quantity: Decimal, cost: Decimal) -> Order:
    """Return a multi-leg order after a fill of one leg: as many combinations are filled as all legs cover."""
    legs = tuple(
        replace(leg, filled_quantity=leg.filled_quantity + quantity, filled_cost=leg.filled_cost + cost)
        if leg.instrument.symbol == symbol
        else leg
        for leg in order.legs
    )
    filled = min(divide(leg.filled_quantity, leg.ratio) for leg in legs)
    net = sum((leg.side.sign * leg.ratio * (leg.average_fill_price or ZERO) for leg in legs), ZERO)
    return replace(order, legs=legs, filled_quantity=filled, filled_cost=filled * net)


def settle(order: Order) -> Order:
    """Derive the visible state from the broker's status and the fills, and close what a final state closes."""
    state = _visible_state(order)
    if state is order.state and not (state.terminal and order.pending_action is not PendingAction.NONE):
        return order
    if not state.terminal:
        return replace(order, state=state)
    return replace(
        order,
        state=state,
        pending_action=PendingAction.NONE,
        pending_action_id="",
        pending_in_doubt=False,
        pending_terms=None,
        sync_state=SyncState.CONFIRMED,
    )


def _visible_state(order: Order) -> OrderState:
    filled = order.filled_quantity
    if filled > ZERO and order.quantity is not None and filled >= order.quantity:
        return OrderState.FILLED
    if order.base_state.terminal or filled <= ZERO or order.base_state is OrderState.SUSPENDED:
        return order.base_state
    return OrderState.PARTIALLY_FILLED


def _status(order: Order, report: StatusReport) -> Order | Ignored:
    sized = report.quantity if order.quantity is None else None
    if _standing(report.state, report.time, report.broker_status, report.message) <= _standing(
        order.base_state, order.status_time, order.broker_status, order.broker_message
    ):
        if sized is None:
            return _new_broker_id(order, report.broker_order_id)
        return settle(replace(order, quantity=sized))
    after = replace(
        order,
        quantity=order.quantity if sized is None else sized,
        base_state=report.state,
        state_reason=report.reason,
        broker_status=report.broker_status,
        broker_message=report.message,
        status_time=report.time,
        sync_state=SyncState.CONFIRMED if _RANK[report.state] >= _EVIDENCE_RANK else order.sync_state,
    )
    return settle(after)


def _standing(state: OrderState, time: int, status: str, message: str) -> tuple[int, int, str, str, str]:
    return (_RANK[state], time, state.value, status, message)


def _new_broker_id(order: Order, broker_order_id: str) -> Order | Ignored:
    known = not broker_order_id or broker_order_id in order.broker_order_ids
    return DUPLICATE if known else order


def _replaced(order: Order, report: ReplacedReport) -> Order | Ignored:
    if report.revision <= order.terms_revision:
        return DUPLICATE
    after = replace(apply_terms(order, report.terms), terms_revision=report.revision)
    return settle(_clear_action(after, PendingAction.REPLACE, report.action_id))


def apply_terms(order: Order, terms: OrderTerms) -> Order:
    """Return the order with the terms that are set in `terms`."""
    changes: dict[str, Any] = {
        name: value for name in terms.__struct_fields__ if (value := getattr(terms, name)) is not None
    }
    return replace(order, **changes)


def _action_rejected(order: Order, action: PendingAction, action_id: str, message: str) -> Order | Ignored:
    if order.pending_action is not action or (action_id and action_id != order.pending_action_id):
        return DUPLICATE
    return replace(_clear_action(order, action, action_id), broker_message=message or order.broker_message)


def _clear_action(order: Order, action: PendingAction, action_id: str) -> Order:
    if order.pending_action is not action or (action_id and action_id != order.pending_action_id):
        return order
    return replace(
        order,
        pending_action=PendingAction.NONE,
        pending_action_id="",
        pending_in_doubt=False,
        pending_terms=None,
        sync_state=SyncState.CONFIRMED,
    )


def _restated(order: Order, report: RestatedReport) -> Order | Ignored:
    """A trailing stop only ever tightens, so the tightest level is the last one, in whatever order they arrive."""
    if order.stop_price is not None:
        tighter = report.stop_price < order.stop_price if order.side.sign > 0 else report.stop_price > order.stop_price
        if not tighter:
            return DUPLICATE
    return replace(order, stop_price=report.stop_price)


def _with_broker_id(order: Order, broker_order_id: str) -> Order:
    if not broker_order_id or broker_order_id in order.broker_order_ids:
        return order
    return replace(order, broker_order_ids=(*order.broker_order_ids, broker_order_id))


def _touch(order: Order, time: int) -> Order:
    return replace(order, broker_time=time) if time > order.broker_time else order


def in_doubt(order: Order, message: str) -> Order:
    """Return the order after a submission whose outcome is not proven, unless evidence has come already."""
    if _RANK[order.base_state] >= _EVIDENCE_RANK or order.filled_quantity > ZERO:
        return order
    return replace(
        order,
        state=OrderState.INDETERMINATE,
        base_state=OrderState.INDETERMINATE,
        state_reason=StateReason.OUTCOME_UNKNOWN,
        broker_message=message,
        sync_state=SyncState.RECONCILING,
    )


def has_evidence(order: Order) -> bool:
    """Whether the broker is known to have (or have refused) the order."""
    return _RANK[order.base_state] >= _EVIDENCE_RANK or order.filled_quantity > ZERO
