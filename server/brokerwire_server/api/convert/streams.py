"""Messages about a stream itself."""

from google.protobuf.message import Message

from brokerwire.v1 import streams_pb2
from brokerwire_server.api.convert.enums import GAP_PHASE, RESET_CAUSE, START_MODE
from brokerwire_server.api.convert.read_info import fill_sync, sequence_messages
from brokerwire_server.api.convert.values import NANOS, set_duration, set_time
from brokerwire_server.domain.events import SourceGap
from brokerwire_server.engine.streams import (
    CaughtUp,
    Control,
    FellBehind,
    Gap,
    Goodbye,
    Heartbeat,
    Opened,
    Reset,
    SlowWarning,
    SnapshotEnd,
)


def control_message(control: Control) -> streams_pb2.StreamControl:
    """Return a message about the stream."""
    m = streams_pb2.StreamControl()
    match control:
        case Opened():
            _fill_opened(m.opened, control)
        case SnapshotEnd():
            m.snapshot_end.item_count = control.item_count
            _present(m.snapshot_end)
        case Heartbeat():
            _fill_heartbeat(m.heartbeat, control)
        case CaughtUp():
            _present(m.caught_up)
        case FellBehind():
            m.fell_behind.pending_count = control.pending_count
        case SlowWarning():
            m.slow_warning.queued_count = control.queued_count
            m.slow_warning.limit_count = control.limit_count
        case Reset():
            m.reset.cause = RESET_CAUSE.to_wire[control.cause]
        case Gap():
            m.source_gap.CopyFrom(gap_message(control.gap))
        case Goodbye():
            m.goodbye.reason = control.reason
            set_duration(m.goodbye.reconnect_after, int(control.reconnect_after * NANOS))
    return m


def gap_message(gap: SourceGap) -> streams_pb2.SourceGap:
    """Return a gap in a broker's feed."""
    m = streams_pb2.SourceGap(
        account_id=gap.account_id,
        phase=GAP_PHASE.to_wire[gap.phase],
        recovered_event_count=gap.recovered_event_count,
        detail=gap.detail,
    )
    set_time(m.from_time, gap.from_time)
    if gap.to_time:
        set_time(m.to_time, gap.to_time)
    return m


def _fill_opened(m: streams_pb2.StreamOpened, opened: Opened) -> None:
    m.stream_id = opened.stream_id
    m.journal_epoch = str(opened.epoch)
    m.mode = START_MODE.to_wire[opened.mode]
    set_duration(m.heartbeat_interval, int(opened.heartbeat * NANOS))
    for sync in opened.accounts:
        fill_sync(m.accounts.add(), sync)


def _fill_heartbeat(m: streams_pb2.StreamHeartbeat, heartbeat: Heartbeat) -> None:
    _present(m)
    for sync in heartbeat.accounts:
        fill_sync(m.accounts.add(), sync)
    m.sequences.extend(sequence_messages(heartbeat.sequences))


def _present(message: Message) -> None:
    """Make an empty message present: the kind is what it says."""
    message.SetInParent()
