"""Orders, fills and their events as messages.

Every answer and every event passes here. Fields are assigned one by one, because that is the cheapest way to build a
message: it costs a third of what the constructor does.
"""

from brokerwire.v1 import orders_pb2
from brokerwire_server.api.convert.enums import (
    FILL_KIND,
    FILL_SOURCE,
    LIQUIDITY,
    ORDER_CLASS,
    ORDER_EVENT_TYPE,
    ORDER_ORIGIN,
    ORDER_STATE,
    ORDER_TYPE,
    PENDING_ACTION,
    SIDE,
    STATE_REASON,
    SYNC_STATE,
    TIME_IN_FORCE,
)
from brokerwire_server.api.convert.instruments import instrument_message
from brokerwire_server.api.convert.values import NANOS, decimal_text, set_money, set_time
from brokerwire_server.domain.decimals import ZERO
from brokerwire_server.domain.events import Event, FillRecorded, OrderChanged, OrderEventType
from brokerwire_server.domain.fills import Fill
from brokerwire_server.domain.orders import Order, OrderClass, OrderLeg, StateReason

_SIDE = SIDE.to_wire
_TYPE = ORDER_TYPE.to_wire
_TIME_IN_FORCE = TIME_IN_FORCE.to_wire
_CLASS = ORDER_CLASS.to_wire
_STATE = ORDER_STATE.to_wire
_PENDING = PENDING_ACTION.to_wire
_SYNC = SYNC_STATE.to_wire
_REASON = STATE_REASON.to_wire
_ORIGIN = ORDER_ORIGIN.to_wire


def order_message(order: Order) -> orders_pb2.Order:
    """Return an order as a new message."""
    message = orders_pb2.Order()
    fill_order(message, order)
    return message


def fill_order(m: orders_pb2.Order, order: Order) -> None:
    """Write an order into an empty message."""
    state = order.state
    m.order_id = order.order_id
    m.account_id = order.account_id
    m.client_order_id = order.client_order_id
    m.version = order.version
    m.sequence = order.sequence
    m.state = _STATE[state]
    m.terminal = terminal = state.terminal
    m.type = _TYPE[order.type]
    m.time_in_force = _TIME_IN_FORCE[order.time_in_force]
    m.order_class = _CLASS[order.order_class]
    m.pending_action = _PENDING[order.pending_action]
    m.sync_state = _SYNC[order.sync_state]
    m.origin = _ORIGIN[order.origin]
    if order.principal:
        m.principal = order.principal
    if order.state_reason is not StateReason.NONE:
        m.state_reason = _REASON[order.state_reason]
    if order.order_class is OrderClass.MULTI_LEG:
        for leg in order.legs:
            _fill_leg(m.legs.add(), leg)
    else:
        m.instrument.CopyFrom(instrument_message(order.instrument))
        m.side = _SIDE[order.side]
    _fill_amounts(m, order, terminal=terminal)
    _fill_prices(m, order)
    _fill_links(m, order)
    t = m.create_time
    t.seconds, t.nanos = divmod(order.create_time, NANOS)
    t = m.update_time
    t.seconds, t.nanos = divmod(order.update_time or order.create_time, NANOS)
    if order.submit_time:
        set_time(m.submit_time, order.submit_time)
    if order.status_time:
        set_time(m.broker_time, order.status_time)
    if order.close_time:
        set_time(m.terminal_time, order.close_time)


def _fill_amounts(m: orders_pb2.Order, order: Order, *, terminal: bool) -> None:
    quantity, filled = order.quantity, order.filled_quantity
    m.filled_quantity.value = decimal_text(filled)
    if quantity is not None:
        m.quantity.value = decimal_text(quantity)
        m.remaining_quantity.value = "0" if terminal else decimal_text(max(quantity - filled, ZERO))
    if filled:
        average = order.average_fill_price
        if average is not None:
            m.average_fill_price.value = decimal_text(average)
        set_money(m.commission, order.commission, order.instrument.currency)
    if order.notional is not None:
        set_money(m.notional, order.notional, order.instrument.currency)


def _fill_prices(m: orders_pb2.Order, order: Order) -> None:
    if order.limit_price is not None:
        m.limit_price.value = decimal_text(order.limit_price)
    if order.stop_price is not None:
        m.stop_price.value = decimal_text(order.stop_price)
    if order.trail_amount is not None:
        m.trail_amount.value = decimal_text(order.trail_amount)
    if order.trail_percent is not None:
        m.trail_percent.value = decimal_text(order.trail_percent)
    if order.triggered:
        m.triggered = True
    if order.extended_hours:
        m.extended_hours = True


def _fill_links(m: orders_pb2.Order, order: Order) -> None:
    if order.broker_status:
        m.broker_status = order.broker_status
    if order.broker_message:
        m.broker_message = order.broker_message
    if order.broker_order_ids:
        m.broker_order_ids.extend(order.broker_order_ids)
    if order.parent_order_id:
        m.parent_order_id = order.parent_order_id
    if order.child_order_ids:
        m.child_order_ids.extend(order.child_order_ids)
    if order.replaces_order_id:
        m.replaces_order_id = order.replaces_order_id
    if order.replaced_by_order_id:
        m.replaced_by_order_id = order.replaced_by_order_id
    if order.tags:
        m.tags.update(order.tags)


def _fill_leg(m: orders_pb2.OrderLeg, leg: OrderLeg) -> None:
    m.instrument.CopyFrom(instrument_message(leg.instrument))
    m.side = _SIDE[leg.side]
    m.ratio_quantity.value = decimal_text(leg.ratio)
    m.filled_quantity.value = decimal_text(leg.filled_quantity)
    average = leg.average_fill_price
    if average is not None:
        m.average_fill_price.value = decimal_text(average)


def fill_message(fill: Fill, sequence: int = 0) -> orders_pb2.Fill:
    """Return a fill as a new message; `sequence` is its journal entry's, where that is at hand."""
    message = orders_pb2.Fill()
    fill_fill(message, fill, sequence)
    return message


def fill_fill(m: orders_pb2.Fill, fill: Fill, sequence: int) -> None:
    """Write a fill into an empty message."""
    m.fill_id = fill.fill_id
    m.account_id = fill.account_id
    m.order_id = fill.order_id
    m.client_order_id = fill.client_order_id
    m.instrument.CopyFrom(instrument_message(fill.instrument))
    m.side = _SIDE[fill.side]
    m.quantity.value = decimal_text(fill.quantity)
    m.price.value = decimal_text(fill.price)
    m.kind = FILL_KIND.to_wire[fill.kind]
    m.source = FILL_SOURCE.to_wire[fill.source]
    m.liquidity = LIQUIDITY.to_wire[fill.liquidity]
    m.sequence = sequence
    m.refers_to_fill_id = fill.refers_to_fill_id
    m.broker_execution_id = fill.execution_id
    m.broker_order_id = fill.broker_order_id
    m.exchange = fill.venue
    set_money(m.commission, fill.commission, fill.instrument.currency)
    set_time(m.execution_time, fill.execution_time)
    set_time(m.record_time, fill.received_time)


def order_event(event: Event) -> orders_pb2.OrderEvent:
    """Return the order event that a journal entry of type ORDER or FILL holds."""
    m = orders_pb2.OrderEvent()
    m.account_id = event.account_id
    m.sequence = event.sequence
    set_time(m.time, event.time)
    payload = event.payload
    if isinstance(payload, FillRecorded):
        m.type = ORDER_EVENT_TYPE.to_wire[OrderEventType.FILL]
        fill_order(m.order, payload.order)
        fill_fill(m.fill, payload.fill, event.sequence)
        for index, leg in enumerate(payload.order.legs):
            if leg.instrument.symbol == payload.fill.instrument.symbol:
                m.fill.leg_index = index
        set_time(m.broker_time, payload.fill.execution_time)
    elif isinstance(payload, OrderChanged):
        m.type = ORDER_EVENT_TYPE.to_wire[payload.kind]
        fill_order(m.order, payload.order)
        if payload.report is not None and payload.report.time:
            set_time(m.broker_time, payload.report.time)
        if payload.reason:
            m.reason = payload.reason
        if payload.principal:
            m.principal = payload.principal
    return m
