import datetime

from brokerwire.v1 import read_info_pb2 as _read_info_pb2
from google.protobuf import duration_pb2 as _duration_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class OnGap(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ON_GAP_UNSPECIFIED: _ClassVar[OnGap]
    ON_GAP_RESNAPSHOT: _ClassVar[OnGap]
    ON_GAP_FAIL: _ClassVar[OnGap]

class StreamMode(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    STREAM_MODE_UNSPECIFIED: _ClassVar[StreamMode]
    STREAM_MODE_SNAPSHOT: _ClassVar[StreamMode]
    STREAM_MODE_RESUMED: _ClassVar[StreamMode]
    STREAM_MODE_LIVE: _ClassVar[StreamMode]

class SourceGapPhase(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SOURCE_GAP_PHASE_UNSPECIFIED: _ClassVar[SourceGapPhase]
    SOURCE_GAP_PHASE_OPENED: _ClassVar[SourceGapPhase]
    SOURCE_GAP_PHASE_RECONCILED: _ClassVar[SourceGapPhase]
    SOURCE_GAP_PHASE_UNRECOVERABLE: _ClassVar[SourceGapPhase]

class StreamResetCause(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    STREAM_RESET_CAUSE_UNSPECIFIED: _ClassVar[StreamResetCause]
    STREAM_RESET_CAUSE_COMPACTED: _ClassVar[StreamResetCause]
    STREAM_RESET_CAUSE_EPOCH_CHANGED: _ClassVar[StreamResetCause]
    STREAM_RESET_CAUSE_FILTER_CHANGED: _ClassVar[StreamResetCause]
ON_GAP_UNSPECIFIED: OnGap
ON_GAP_RESNAPSHOT: OnGap
ON_GAP_FAIL: OnGap
STREAM_MODE_UNSPECIFIED: StreamMode
STREAM_MODE_SNAPSHOT: StreamMode
STREAM_MODE_RESUMED: StreamMode
STREAM_MODE_LIVE: StreamMode
SOURCE_GAP_PHASE_UNSPECIFIED: SourceGapPhase
SOURCE_GAP_PHASE_OPENED: SourceGapPhase
SOURCE_GAP_PHASE_RECONCILED: SourceGapPhase
SOURCE_GAP_PHASE_UNRECOVERABLE: SourceGapPhase
STREAM_RESET_CAUSE_UNSPECIFIED: StreamResetCause
STREAM_RESET_CAUSE_COMPACTED: StreamResetCause
STREAM_RESET_CAUSE_EPOCH_CHANGED: StreamResetCause
STREAM_RESET_CAUSE_FILTER_CHANGED: StreamResetCause

class StreamOptions(_message.Message):
    __slots__ = ("resume_token", "skip_snapshot", "heartbeat_interval", "on_gap", "min_sequences", "include_terminal_since_time")
    RESUME_TOKEN_FIELD_NUMBER: _ClassVar[int]
    SKIP_SNAPSHOT_FIELD_NUMBER: _ClassVar[int]
    HEARTBEAT_INTERVAL_FIELD_NUMBER: _ClassVar[int]
    ON_GAP_FIELD_NUMBER: _ClassVar[int]
    MIN_SEQUENCES_FIELD_NUMBER: _ClassVar[int]
    INCLUDE_TERMINAL_SINCE_TIME_FIELD_NUMBER: _ClassVar[int]
    resume_token: str
    skip_snapshot: bool
    heartbeat_interval: _duration_pb2.Duration
    on_gap: OnGap
    min_sequences: _containers.RepeatedCompositeFieldContainer[_read_info_pb2.AccountSequence]
    include_terminal_since_time: _timestamp_pb2.Timestamp
    def __init__(self, resume_token: _Optional[str] = ..., skip_snapshot: bool = ..., heartbeat_interval: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., on_gap: _Optional[_Union[OnGap, str]] = ..., min_sequences: _Optional[_Iterable[_Union[_read_info_pb2.AccountSequence, _Mapping]]] = ..., include_terminal_since_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class StreamControl(_message.Message):
    __slots__ = ("opened", "snapshot_end", "heartbeat", "caught_up", "fell_behind", "source_gap", "reset", "slow_warning", "goodbye")
    OPENED_FIELD_NUMBER: _ClassVar[int]
    SNAPSHOT_END_FIELD_NUMBER: _ClassVar[int]
    HEARTBEAT_FIELD_NUMBER: _ClassVar[int]
    CAUGHT_UP_FIELD_NUMBER: _ClassVar[int]
    FELL_BEHIND_FIELD_NUMBER: _ClassVar[int]
    SOURCE_GAP_FIELD_NUMBER: _ClassVar[int]
    RESET_FIELD_NUMBER: _ClassVar[int]
    SLOW_WARNING_FIELD_NUMBER: _ClassVar[int]
    GOODBYE_FIELD_NUMBER: _ClassVar[int]
    opened: StreamOpened
    snapshot_end: SnapshotEnd
    heartbeat: StreamHeartbeat
    caught_up: CaughtUp
    fell_behind: FellBehind
    source_gap: SourceGap
    reset: StreamReset
    slow_warning: SlowWarning
    goodbye: Goodbye
    def __init__(self, opened: _Optional[_Union[StreamOpened, _Mapping]] = ..., snapshot_end: _Optional[_Union[SnapshotEnd, _Mapping]] = ..., heartbeat: _Optional[_Union[StreamHeartbeat, _Mapping]] = ..., caught_up: _Optional[_Union[CaughtUp, _Mapping]] = ..., fell_behind: _Optional[_Union[FellBehind, _Mapping]] = ..., source_gap: _Optional[_Union[SourceGap, _Mapping]] = ..., reset: _Optional[_Union[StreamReset, _Mapping]] = ..., slow_warning: _Optional[_Union[SlowWarning, _Mapping]] = ..., goodbye: _Optional[_Union[Goodbye, _Mapping]] = ...) -> None: ...

class StreamOpened(_message.Message):
    __slots__ = ("stream_id", "journal_epoch", "mode", "heartbeat_interval", "accounts", "unreachable")
    STREAM_ID_FIELD_NUMBER: _ClassVar[int]
    JOURNAL_EPOCH_FIELD_NUMBER: _ClassVar[int]
    MODE_FIELD_NUMBER: _ClassVar[int]
    HEARTBEAT_INTERVAL_FIELD_NUMBER: _ClassVar[int]
    ACCOUNTS_FIELD_NUMBER: _ClassVar[int]
    UNREACHABLE_FIELD_NUMBER: _ClassVar[int]
    stream_id: str
    journal_epoch: str
    mode: StreamMode
    heartbeat_interval: _duration_pb2.Duration
    accounts: _containers.RepeatedCompositeFieldContainer[_read_info_pb2.AccountSync]
    unreachable: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, stream_id: _Optional[str] = ..., journal_epoch: _Optional[str] = ..., mode: _Optional[_Union[StreamMode, str]] = ..., heartbeat_interval: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., accounts: _Optional[_Iterable[_Union[_read_info_pb2.AccountSync, _Mapping]]] = ..., unreachable: _Optional[_Iterable[str]] = ...) -> None: ...

class SnapshotEnd(_message.Message):
    __slots__ = ("item_count",)
    ITEM_COUNT_FIELD_NUMBER: _ClassVar[int]
    item_count: int
    def __init__(self, item_count: _Optional[int] = ...) -> None: ...

class StreamHeartbeat(_message.Message):
    __slots__ = ("accounts", "sequences")
    ACCOUNTS_FIELD_NUMBER: _ClassVar[int]
    SEQUENCES_FIELD_NUMBER: _ClassVar[int]
    accounts: _containers.RepeatedCompositeFieldContainer[_read_info_pb2.AccountSync]
    sequences: _containers.RepeatedCompositeFieldContainer[_read_info_pb2.AccountSequence]
    def __init__(self, accounts: _Optional[_Iterable[_Union[_read_info_pb2.AccountSync, _Mapping]]] = ..., sequences: _Optional[_Iterable[_Union[_read_info_pb2.AccountSequence, _Mapping]]] = ...) -> None: ...

class CaughtUp(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class FellBehind(_message.Message):
    __slots__ = ("pending_count",)
    PENDING_COUNT_FIELD_NUMBER: _ClassVar[int]
    pending_count: int
    def __init__(self, pending_count: _Optional[int] = ...) -> None: ...

class SourceGap(_message.Message):
    __slots__ = ("account_id", "phase", "from_time", "to_time", "recovered_event_count", "detail")
    ACCOUNT_ID_FIELD_NUMBER: _ClassVar[int]
    PHASE_FIELD_NUMBER: _ClassVar[int]
    FROM_TIME_FIELD_NUMBER: _ClassVar[int]
    TO_TIME_FIELD_NUMBER: _ClassVar[int]
    RECOVERED_EVENT_COUNT_FIELD_NUMBER: _ClassVar[int]
    DETAIL_FIELD_NUMBER: _ClassVar[int]
    account_id: str
    phase: SourceGapPhase
    from_time: _timestamp_pb2.Timestamp
    to_time: _timestamp_pb2.Timestamp
    recovered_event_count: int
    detail: str
    def __init__(self, account_id: _Optional[str] = ..., phase: _Optional[_Union[SourceGapPhase, str]] = ..., from_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., to_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., recovered_event_count: _Optional[int] = ..., detail: _Optional[str] = ...) -> None: ...

class StreamReset(_message.Message):
    __slots__ = ("cause", "earliest_sequences")
    CAUSE_FIELD_NUMBER: _ClassVar[int]
    EARLIEST_SEQUENCES_FIELD_NUMBER: _ClassVar[int]
    cause: StreamResetCause
    earliest_sequences: _containers.RepeatedCompositeFieldContainer[_read_info_pb2.AccountSequence]
    def __init__(self, cause: _Optional[_Union[StreamResetCause, str]] = ..., earliest_sequences: _Optional[_Iterable[_Union[_read_info_pb2.AccountSequence, _Mapping]]] = ...) -> None: ...

class SlowWarning(_message.Message):
    __slots__ = ("queued_count", "limit_count")
    QUEUED_COUNT_FIELD_NUMBER: _ClassVar[int]
    LIMIT_COUNT_FIELD_NUMBER: _ClassVar[int]
    queued_count: int
    limit_count: int
    def __init__(self, queued_count: _Optional[int] = ..., limit_count: _Optional[int] = ...) -> None: ...

class Goodbye(_message.Message):
    __slots__ = ("reason", "reconnect_after")
    REASON_FIELD_NUMBER: _ClassVar[int]
    RECONNECT_AFTER_FIELD_NUMBER: _ClassVar[int]
    reason: str
    reconnect_after: _duration_pb2.Duration
    def __init__(self, reason: _Optional[str] = ..., reconnect_after: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ...) -> None: ...
