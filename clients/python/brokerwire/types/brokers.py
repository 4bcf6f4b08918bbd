"""Brokers, the links to them, and what they can do."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

from brokerwire.types._base import Record
from brokerwire.types._gateway_enums import (
    ConnectionOrigin,
    Environment,
    FeedKind,
    FillGranularity,
    IdempotencyClass,
    LinkState,
    ReplaceMode,
    SupportLevel,
)
from brokerwire.types._trading_enums import AssetClass, OrderClass, OrderType, Side, TimeInForce
from brokerwire.types.accounts import Account

__all__ = [
    "AccountSync",
    "AssetCapabilities",
    "Broker",
    "Capabilities",
    "CheckReport",
    "Connection",
    "ConnectionCheck",
    "ConnectionEvent",
    "ConnectionField",
    "CreatedConnection",
    "DeletedConnection",
    "OrderCombination",
    "RateLimit",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionField(Record):
    """Something to be told about a connection: a part of its credential, or a setting."""

    name: str
    about: str
    """What it is, and where to get it."""
    secret: bool
    default_value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Broker(Record):
    """A broker that the gateway knows, connected or not."""

    broker: str
    display_name: str
    support_level: SupportLevel
    environments: tuple[Environment, ...]
    asset_classes: tuple[AssetClass, ...]
    notes: str
    credential_fields: tuple[ConnectionField, ...]
    setting_fields: tuple[ConnectionField, ...]
    built_in: bool
    """Part of the gateway: no connection is made to it."""
    unavailable: str
    """What the gateway's installation lacks for it, and how to get it. Empty: nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection(Record):
    """One credential at one broker in one environment, and the link it makes."""

    connection_id: str
    broker: str
    environment: Environment
    link: LinkState
    feed: FeedKind
    account_ids: tuple[str, ...]
    detail: str
    display_name: str
    connect_time: datetime | None
    last_upstream_time: datetime | None
    last_verified_time: datetime | None
    reconnect_count: int
    support_level: SupportLevel
    update_time: datetime | None
    origin: ConnectionOrigin
    settings: Mapping[str, str] = field(hash=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionEvent(Record):
    """A change of a connection."""

    connection: Connection
    """The whole connection after it."""
    previous_link: LinkState
    conflated: bool
    time: datetime | None
    deleted: bool
    """It was deleted; `connection` is as it last was."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CreatedConnection(Record):
    """A connection that is there now, and the accounts that it reaches."""

    connection: Connection
    accounts: tuple[Account, ...]
    deduplicated: bool
    """It was there already, with the same content."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeletedConnection(Record):
    """A connection that is no longer there, and its accounts, which are closed now."""

    connection: Connection
    accounts: tuple[Account, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionCheck(Record):
    """One thing that was tried on a connection."""

    name: str
    ok: bool
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckReport(Record):
    """What works on a connection."""

    checks: tuple[ConnectionCheck, ...]
    ok: bool
    connection: Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountSync(Record):
    """How fresh the gateway's picture of one account is: "quiet" or "blind"."""

    account_id: str
    link: LinkState
    feed: FeedKind
    last_upstream_time: datetime | None
    last_verified_time: datetime | None
    unresolved_order_count: int
    open_break_count: int
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderCombination(Record):
    """Every combination of one of each list is allowed."""

    types: tuple[OrderType, ...]
    times_in_force: tuple[TimeInForce, ...]
    order_classes: tuple[OrderClass, ...]
    fractional: bool
    notional: bool
    extended_hours: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AssetCapabilities(Record):
    """What can be done with one asset class."""

    asset_class: AssetClass
    combinations: tuple[OrderCombination, ...]
    sides: tuple[Side, ...]
    min_quantity: Decimal | None
    quantity_increment: Decimal | None
    min_notional: Decimal | None
    max_leg_count: int
    native_groups: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RateLimit(Record):
    """A limit on calls to the broker."""

    scope: str
    call_count: int
    period: timedelta | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities(Record):
    """What an account, or a broker, can do. Anything else is refused before it is sent."""

    broker: str
    support_level: SupportLevel
    assets: tuple[AssetCapabilities, ...]
    replace_mode: ReplaceMode
    idempotency_class: IdempotencyClass
    idempotency_window: timedelta | None
    fill_granularity: FillGranularity
    order_feed: FeedKind
    max_order_update_delay: timedelta | None
    quote_streaming: bool
    history_depth: timedelta | None
    rate_limits: tuple[RateLimit, ...]
    sources: tuple[str, ...]
