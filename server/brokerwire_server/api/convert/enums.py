"""Enums of the contract and of the domain, tied together by name once, when the program starts."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Generic, TypeVar

from google.protobuf.internal.enum_type_wrapper import EnumTypeWrapper

from brokerwire.v1 import (
    access_pb2,
    accounts_pb2,
    breaks_pb2,
    brokers_pb2,
    events_pb2,
    instruments_pb2,
    market_data_pb2,
    order_service_pb2,
    orders_pb2,
    read_info_pb2,
    risk_pb2,
    simulator_pb2,
    streams_pb2,
    trading_state_pb2,
)
from brokerwire_server.domain import (
    access,
    accounts,
    capabilities,
    connections,
    events,
    faults,
    fills,
    instruments,
    market,
    orders,
    policies,
    trading,
)
from brokerwire_server.domain.errors import InvalidRequestError, Violation
from brokerwire_server.engine import streams
from brokerwire_server.risk.verdict import Severity

_E = TypeVar("_E", bound=StrEnum)


class EnumMap(Generic[_E]):
    """Both directions of one enum. `to_wire` is a plain dictionary: index it."""

    __slots__ = ("_from_wire", "supported", "to_wire")

    def __init__(
        self, wire: EnumTypeWrapper, prefix: str, domain: type[_E], other: Mapping[str, str] | None = None
    ) -> None:
        """Tie by name: wire value `prefix + name`, with `other` naming those that differ. Every member needs one."""
        other = other or {}
        numbers = dict(wire.items())
        # `Any`: the stubs give each enum a type of its own, while at run time all are plain integers.
        self.to_wire: dict[_E, Any] = {m: numbers[prefix + other.get(m.name, m.name)] for m in domain}
        self._from_wire = {number: member for member, number in self.to_wire.items() if number}
        self.supported = tuple(member.value for member in self._from_wire.values())

    def find(self, number: int) -> _E | None:
        """Return the member, or `None` for UNSPECIFIED and for a number that this version does not know."""
        return self._from_wire.get(number)

    def need(self, number: int, field: str) -> _E:
        """Return the member of a field that is required. Raises with the names that are supported."""
        member = self._from_wire.get(number)
        if member is None:
            raise InvalidRequestError.of(self.violation(number, field))
        return member

    def optional(self, number: int, field: str) -> _E | None:
        """Return the member, or `None` where the field is UNSPECIFIED; an unknown number is an error."""
        return self.need(number, field) if number else None

    def violation(self, number: int, field: str) -> Violation:
        """Return what is wrong with a number that stands for no member."""
        if number == 0:
            return Violation(field, "FIELD_REQUIRED", "choose one of " + ", ".join(self.supported), self.supported)
        text = f"{number} is not known to this server; choose one of " + ", ".join(self.supported)
        return Violation(field, "INVALID_FIELD", text, self.supported)


ROLE = EnumMap(access_pb2.Role, "ROLE_", access.Role)
ACTION = EnumMap(access_pb2.Action, "ACTION_", access.Action)

SIDE = EnumMap(orders_pb2.Side, "SIDE_", orders.Side)
ORDER_TYPE = EnumMap(orders_pb2.OrderType, "ORDER_TYPE_", orders.OrderType)
TIME_IN_FORCE = EnumMap(orders_pb2.TimeInForce, "TIME_IN_FORCE_", orders.TimeInForce)
ORDER_CLASS = EnumMap(orders_pb2.OrderClass, "ORDER_CLASS_", orders.OrderClass)
ORDER_STATE = EnumMap(orders_pb2.OrderState, "ORDER_STATE_", orders.OrderState)
PENDING_ACTION = EnumMap(orders_pb2.PendingAction, "PENDING_ACTION_", orders.PendingAction)
SYNC_STATE = EnumMap(orders_pb2.SyncState, "SYNC_STATE_", orders.SyncState)
STATE_REASON = EnumMap(orders_pb2.StateReason, "STATE_REASON_", orders.StateReason, {"NONE": "UNSPECIFIED"})
ORDER_ORIGIN = EnumMap(orders_pb2.OrderOrigin, "ORDER_ORIGIN_", orders.OrderOrigin)
ORDER_EVENT_TYPE = EnumMap(orders_pb2.OrderEventType, "ORDER_EVENT_TYPE_", events.OrderEventType)
FILL_KIND = EnumMap(orders_pb2.FillKind, "FILL_KIND_", fills.FillKind)
FILL_SOURCE = EnumMap(orders_pb2.FillSource, "FILL_SOURCE_", fills.FillSource)
LIQUIDITY = EnumMap(orders_pb2.Liquidity, "LIQUIDITY_", fills.Liquidity, {"UNKNOWN": "UNSPECIFIED"})

ASSET_CLASS = EnumMap(instruments_pb2.AssetClass, "ASSET_CLASS_", instruments.AssetClass)
OPTION_TYPE = EnumMap(instruments_pb2.OptionType, "OPTION_TYPE_", instruments.OptionType)

ENVIRONMENT = EnumMap(accounts_pb2.Environment, "ENVIRONMENT_", connections.Environment)
ACCOUNT_STATUS = EnumMap(accounts_pb2.AccountStatus, "ACCOUNT_STATUS_", accounts.AccountStatus)
ACCOUNT_TYPE = EnumMap(accounts_pb2.AccountType, "ACCOUNT_TYPE_", accounts.AccountType)
ACTIVITY_TYPE = EnumMap(accounts_pb2.ActivityType, "ACTIVITY_TYPE_", accounts.ActivityType)

LINK_STATE = EnumMap(read_info_pb2.LinkState, "LINK_STATE_", connections.LinkState)
FEED_KIND = EnumMap(read_info_pb2.FeedKind, "FEED_KIND_", connections.FeedKind)
SUPPORT_LEVEL = EnumMap(brokers_pb2.SupportLevel, "SUPPORT_LEVEL_", connections.SupportLevel)
BREAK_TYPE = EnumMap(breaks_pb2.BreakType, "BREAK_TYPE_", connections.BreakType)
BREAK_STATE = EnumMap(breaks_pb2.BreakState, "BREAK_STATE_", connections.BreakState)
BREAK_RESOLUTION = EnumMap(breaks_pb2.BreakResolution, "BREAK_RESOLUTION_", connections.BreakResolution)
CONNECTION_ORIGIN = EnumMap(brokers_pb2.ConnectionOrigin, "CONNECTION_ORIGIN_", connections.ConnectionOrigin)

REPLACE_MODE = EnumMap(brokers_pb2.ReplaceMode, "REPLACE_MODE_", capabilities.ReplaceMode)
IDEMPOTENCY_CLASS = EnumMap(brokers_pb2.IdempotencyClass, "IDEMPOTENCY_CLASS_", capabilities.IdempotencyClass)
FILL_GRANULARITY = EnumMap(brokers_pb2.FillGranularity, "FILL_GRANULARITY_", capabilities.FillGranularity)

SESSION = EnumMap(
    market_data_pb2.MarketSession,
    "MARKET_SESSION_",
    market.Session,
    {"PRE_MARKET": "PRE", "POST_MARKET": "POST"},
)
BAR_UNIT = EnumMap(market_data_pb2.BarUnit, "BAR_UNIT_", market.BarUnit)
ADJUSTMENT = EnumMap(market_data_pb2.PriceAdjustment, "PRICE_ADJUSTMENT_", market.Adjustment)
CORPORATE_ACTION_TYPE = EnumMap(
    market_data_pb2.CorporateActionType,
    "CORPORATE_ACTION_TYPE_",
    market.CorporateActionType,
    {"OTHER": "UNSPECIFIED"},
)
EVENT_TYPE = EnumMap(events_pb2.EventType, "EVENT_TYPE_", events.EventType)
AUDIT_OUTCOME = EnumMap(events_pb2.AuditOutcome, "AUDIT_OUTCOME_", events.AuditOutcome)
GAP_PHASE = EnumMap(streams_pb2.SourceGapPhase, "SOURCE_GAP_PHASE_", events.GapPhase)
ON_GAP = EnumMap(streams_pb2.OnGap, "ON_GAP_", streams.OnGap)
START_MODE = EnumMap(streams_pb2.StreamMode, "STREAM_MODE_", streams.StartMode)
RESET_CAUSE = EnumMap(streams_pb2.StreamResetCause, "STREAM_RESET_CAUSE_", streams.ResetCause)

TRADING_STATE = EnumMap(trading_state_pb2.TradingState, "TRADING_STATE_", trading.TradingState)
SCOPE_KIND = EnumMap(trading_state_pb2.TradingScopeKind, "TRADING_SCOPE_KIND_", trading.ScopeKind)
GUARD_LEASE_STATE = EnumMap(trading_state_pb2.GuardLeaseState, "GUARD_LEASE_STATE_", trading.LeaseState)

RISK_SEVERITY = EnumMap(risk_pb2.RiskSeverity, "RISK_SEVERITY_", Severity)
POLICY_ORIGIN = EnumMap(risk_pb2.RiskPolicyOrigin, "RISK_POLICY_ORIGIN_", policies.PolicyOrigin)

FAULT_TARGET = EnumMap(simulator_pb2.FaultTarget, "FAULT_TARGET_", faults.FaultTarget)
FAULT_KIND = EnumMap(simulator_pb2.FaultKind, "FAULT_KIND_", faults.FaultKind)


class ActionOutcome(StrEnum):
    """What became of a cancel or a replace."""

    DONE = "DONE"
    PENDING = "PENDING"
    REFUSED = "REFUSED"
    UNKNOWN = "UNKNOWN"


class SortOrder(StrEnum):
    """The order of a list."""

    NEWEST_FIRST = "NEWEST_FIRST"
    OLDEST_FIRST = "OLDEST_FIRST"


ACTION_OUTCOME = EnumMap(order_service_pb2.ActionOutcome, "ACTION_OUTCOME_", ActionOutcome)
SORT_ORDER = EnumMap(read_info_pb2.SortOrder, "SORT_ORDER_", SortOrder)
