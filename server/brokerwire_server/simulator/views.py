"""The exchange's orders as a broker would describe them."""

from brokerwire_server.domain.orders import OrderRequest, OrderTerms
from brokerwire_server.domain.reports import OrderReport, ReplacedReport, RestatedReport, StatusReport, TriggeredReport
from brokerwire_server.simulator.working import Working


def order_terms(order: Working) -> StatusReport:
    """Return the present status of an open order, with its present terms."""
    source = order.order
    terms = OrderRequest(
        account_id=order.account_id,
        client_order_id=source.client_order_id,
        instrument=source.instrument,
        side=source.side,
        type=order.type,
        time_in_force=order.time_in_force,
        quantity=order.quantity,
        notional=order.notional,
        limit_price=order.limit,
        stop_price=order.stop,
        trail_amount=order.trail_amount,
        trail_percent=order.trail_percent,
        extended_hours=order.extended,
        order_class=source.order_class,
    )
    return StatusReport(
        account_id=order.account_id,
        broker_client_order_id=order.id,
        broker_order_id=order.broker_order_id,
        time=order.reported,
        state=order.state,
        broker_status=order.state.value.lower(),
        quantity=order.quantity if order.notional is not None else None,
        cumulative_quantity=order.filled,
        terms=terms,
    )


def replaced_report(order: Working, time: int) -> ReplacedReport:
    """Return all present terms of an order, so that a report that comes late or alone says everything."""
    return ReplacedReport(
        account_id=order.account_id,
        broker_client_order_id=order.id,
        broker_order_id=order.broker_order_id,
        time=time,
        terms=OrderTerms(
            quantity=order.quantity,
            limit_price=order.limit,
            stop_price=order.stop,
            trail_amount=order.trail_amount,
            trail_percent=order.trail_percent,
            time_in_force=order.time_in_force,
        ),
        revision=order.revision,
        action_id=order.action_id,
    )


def present_reports(order: Working) -> tuple[OrderReport, ...]:
    """Return what brings a reader up to date about an open order, but for its executions."""
    reports: list[OrderReport] = [order_terms(order)]
    ids = {
        "account_id": order.account_id,
        "broker_client_order_id": order.id,
        "broker_order_id": order.broker_order_id,
    }
    if order.revision:
        reports.append(replaced_report(order, order.reported))
    if order.triggered:
        reports.append(TriggeredReport(time=order.reported, **ids))
    elif order.watermark is not None and order.stop is not None:
        reports.append(RestatedReport(time=order.reported, stop_price=order.stop, **ids))
    return tuple(reports)
