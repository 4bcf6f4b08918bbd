import datetime

from brokerwire.v1 import decimal_pb2 as _decimal_pb2
from google.protobuf import duration_pb2 as _duration_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ClockMode(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CLOCK_MODE_UNSPECIFIED: _ClassVar[ClockMode]
    CLOCK_MODE_REAL_TIME: _ClassVar[ClockMode]
    CLOCK_MODE_SCALED: _ClassVar[ClockMode]
    CLOCK_MODE_VIRTUAL: _ClassVar[ClockMode]

class PriceSource(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    PRICE_SOURCE_UNSPECIFIED: _ClassVar[PriceSource]
    PRICE_SOURCE_RANDOM_WALK: _ClassVar[PriceSource]
    PRICE_SOURCE_MANUAL: _ClassVar[PriceSource]
    PRICE_SOURCE_REPLAY: _ClassVar[PriceSource]

class FaultTarget(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    FAULT_TARGET_UNSPECIFIED: _ClassVar[FaultTarget]
    FAULT_TARGET_SUBMIT: _ClassVar[FaultTarget]
    FAULT_TARGET_CANCEL: _ClassVar[FaultTarget]
    FAULT_TARGET_REPLACE: _ClassVar[FaultTarget]
    FAULT_TARGET_EVENTS: _ClassVar[FaultTarget]
    FAULT_TARGET_LINK: _ClassVar[FaultTarget]

class FaultKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    FAULT_KIND_UNSPECIFIED: _ClassVar[FaultKind]
    FAULT_KIND_LOSE_ANSWER: _ClassVar[FaultKind]
    FAULT_KIND_LOSE_REQUEST: _ClassVar[FaultKind]
    FAULT_KIND_REFUSE_CONNECTION: _ClassVar[FaultKind]
    FAULT_KIND_DELAY: _ClassVar[FaultKind]
    FAULT_KIND_DUPLICATE: _ClassVar[FaultKind]
    FAULT_KIND_REORDER: _ClassVar[FaultKind]
    FAULT_KIND_DROP: _ClassVar[FaultKind]
    FAULT_KIND_MUTE: _ClassVar[FaultKind]
    FAULT_KIND_DISCONNECT: _ClassVar[FaultKind]
    FAULT_KIND_RESTART: _ClassVar[FaultKind]
CLOCK_MODE_UNSPECIFIED: ClockMode
CLOCK_MODE_REAL_TIME: ClockMode
CLOCK_MODE_SCALED: ClockMode
CLOCK_MODE_VIRTUAL: ClockMode
PRICE_SOURCE_UNSPECIFIED: PriceSource
PRICE_SOURCE_RANDOM_WALK: PriceSource
PRICE_SOURCE_MANUAL: PriceSource
PRICE_SOURCE_REPLAY: PriceSource
FAULT_TARGET_UNSPECIFIED: FaultTarget
FAULT_TARGET_SUBMIT: FaultTarget
FAULT_TARGET_CANCEL: FaultTarget
FAULT_TARGET_REPLACE: FaultTarget
FAULT_TARGET_EVENTS: FaultTarget
FAULT_TARGET_LINK: FaultTarget
FAULT_KIND_UNSPECIFIED: FaultKind
FAULT_KIND_LOSE_ANSWER: FaultKind
FAULT_KIND_LOSE_REQUEST: FaultKind
FAULT_KIND_REFUSE_CONNECTION: FaultKind
FAULT_KIND_DELAY: FaultKind
FAULT_KIND_DUPLICATE: FaultKind
FAULT_KIND_REORDER: FaultKind
FAULT_KIND_DROP: FaultKind
FAULT_KIND_MUTE: FaultKind
FAULT_KIND_DISCONNECT: FaultKind
FAULT_KIND_RESTART: FaultKind

class FaultRule(_message.Message):
    __slots__ = ("target", "kind", "probability", "after_count", "count", "delay", "account_ids")
    TARGET_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    PROBABILITY_FIELD_NUMBER: _ClassVar[int]
    AFTER_COUNT_FIELD_NUMBER: _ClassVar[int]
    COUNT_FIELD_NUMBER: _ClassVar[int]
    DELAY_FIELD_NUMBER: _ClassVar[int]
    ACCOUNT_IDS_FIELD_NUMBER: _ClassVar[int]
    target: FaultTarget
    kind: FaultKind
    probability: _decimal_pb2.Decimal
    after_count: int
    count: int
    delay: _duration_pb2.Duration
    account_ids: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, target: _Optional[_Union[FaultTarget, str]] = ..., kind: _Optional[_Union[FaultKind, str]] = ..., probability: _Optional[_Union[_decimal_pb2.Decimal, _Mapping]] = ..., after_count: _Optional[int] = ..., count: _Optional[int] = ..., delay: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., account_ids: _Optional[_Iterable[str]] = ...) -> None: ...

class FaultPlan(_message.Message):
    __slots__ = ("rules", "seed")
    RULES_FIELD_NUMBER: _ClassVar[int]
    SEED_FIELD_NUMBER: _ClassVar[int]
    rules: _containers.RepeatedCompositeFieldContainer[FaultRule]
    seed: int
    def __init__(self, rules: _Optional[_Iterable[_Union[FaultRule, _Mapping]]] = ..., seed: _Optional[int] = ...) -> None: ...

class FaultRuleStats(_message.Message):
    __slots__ = ("seen_count", "fired_count")
    SEEN_COUNT_FIELD_NUMBER: _ClassVar[int]
    FIRED_COUNT_FIELD_NUMBER: _ClassVar[int]
    seen_count: int
    fired_count: int
    def __init__(self, seen_count: _Optional[int] = ..., fired_count: _Optional[int] = ...) -> None: ...

class Simulation(_message.Message):
    __slots__ = ("clock_mode", "time", "speed", "paused", "price_source", "seed", "quote_count", "replay_quote_count", "replay_name", "replay_finished", "symbols")
    CLOCK_MODE_FIELD_NUMBER: _ClassVar[int]
    TIME_FIELD_NUMBER: _ClassVar[int]
    SPEED_FIELD_NUMBER: _ClassVar[int]
    PAUSED_FIELD_NUMBER: _ClassVar[int]
    PRICE_SOURCE_FIELD_NUMBER: _ClassVar[int]
    SEED_FIELD_NUMBER: _ClassVar[int]
    QUOTE_COUNT_FIELD_NUMBER: _ClassVar[int]
    REPLAY_QUOTE_COUNT_FIELD_NUMBER: _ClassVar[int]
    REPLAY_NAME_FIELD_NUMBER: _ClassVar[int]
    REPLAY_FINISHED_FIELD_NUMBER: _ClassVar[int]
    SYMBOLS_FIELD_NUMBER: _ClassVar[int]
    clock_mode: ClockMode
    time: _timestamp_pb2.Timestamp
    speed: _decimal_pb2.Decimal
    paused: bool
    price_source: PriceSource
    seed: int
    quote_count: int
    replay_quote_count: int
    replay_name: str
    replay_finished: bool
    symbols: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, clock_mode: _Optional[_Union[ClockMode, str]] = ..., time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., speed: _Optional[_Union[_decimal_pb2.Decimal, _Mapping]] = ..., paused: bool = ..., price_source: _Optional[_Union[PriceSource, str]] = ..., seed: _Optional[int] = ..., quote_count: _Optional[int] = ..., replay_quote_count: _Optional[int] = ..., replay_name: _Optional[str] = ..., replay_finished: bool = ..., symbols: _Optional[_Iterable[str]] = ...) -> None: ...
