"""Journal entries as messages."""

from brokerwire.v1 import events_pb2
from brokerwire_server.api.convert.accounts import account_message, activity_message
from brokerwire_server.api.convert.brokers import break_message, connection_message
from brokerwire_server.api.convert.enums import AUDIT_OUTCOME, EVENT_TYPE
from brokerwire_server.api.convert.orders import order_event
from brokerwire_server.api.convert.positions import position_message
from brokerwire_server.api.convert.streams import gap_message
from brokerwire_server.api.convert.values import set_time
from brokerwire_server.domain.decimals import ZERO
from brokerwire_server.domain.events import (
    AccountOpened,
    AccountUpdated,
    AuditRecorded,
    BreakChanged,
    CashMoved,
    ConnectionChanged,
    Event,
    FillRecorded,
    OrderChanged,
    PositionChanged,
    ReportIgnored,
    SourceGap,
)
from brokerwire_server.domain.positions import value_position

MAX_IGNORED = 4_096
"""Characters of a broker's message that was not applied."""


def event_message(event: Event) -> events_pb2.Event:
    """Return a journal entry with what it says and its place in the chain."""
    m = events_pb2.Event(
        account_id=event.account_id,
        sequence=event.sequence,
        type=EVENT_TYPE.to_wire[event.type],
        epoch=event.epoch,
        causation=event.causation,
        previous_hash=event.previous_hash,
        hash=event.hash,
    )
    set_time(m.time, event.time)
    _fill_payload(m, event)
    return m


def _fill_payload(m: events_pb2.Event, event: Event) -> None:
    payload, sequence = event.payload, event.sequence
    match payload:
        case OrderChanged() | FillRecorded():
            m.order.CopyFrom(order_event(event))
        case PositionChanged():
            valuation = value_position(payload.position, None, ZERO)
            m.position.CopyFrom(position_message(valuation, broker="", sequence=sequence))
        case CashMoved():
            m.activity.CopyFrom(activity_message(payload.activity, sequence))
        case AccountOpened():
            m.account.CopyFrom(account_message(payload.account, None, sequence=sequence))
        case AccountUpdated():
            m.account.CopyFrom(account_message(payload.state.account, payload.state, sequence=sequence))
        case ConnectionChanged():
            m.connection.CopyFrom(connection_message(payload.connection))
        case SourceGap():
            m.source_gap.CopyFrom(gap_message(payload))
        case BreakChanged():
            m.break_record.CopyFrom(break_message(payload.brk))
        case ReportIgnored():
            m.ignored.reason = payload.reason
            m.ignored.broker_message = repr(payload.report)[:MAX_IGNORED]
        case AuditRecorded():
            m.audit.principal = payload.principal
            m.audit.action = payload.action
            m.audit.target = payload.target
            m.audit.outcome = AUDIT_OUTCOME.to_wire[payload.outcome]
            m.audit.reason = payload.reason
            m.audit.details.update(payload.details)
