"""Brokers, connections, capabilities and breaks as messages."""

from brokerwire.v1 import breaks_pb2, brokers_pb2
from brokerwire_server.api.convert.enums import (
    ASSET_CLASS,
    BREAK_RESOLUTION,
    BREAK_STATE,
    BREAK_TYPE,
    CONNECTION_ORIGIN,
    ENVIRONMENT,
    FEED_KIND,
    FILL_GRANULARITY,
    IDEMPOTENCY_CLASS,
    LINK_STATE,
    ORDER_CLASS,
    ORDER_TYPE,
    REPLACE_MODE,
    SIDE,
    SUPPORT_LEVEL,
    TIME_IN_FORCE,
)
from brokerwire_server.api.convert.values import NANOS, set_decimal, set_duration, set_time
from brokerwire_server.brokers.base import BrokerKind, Kinds
from brokerwire_server.domain.capabilities import AssetCapabilities, Capabilities
from brokerwire_server.domain.connections import Break, Connection, LinkState, SupportLevel
from brokerwire_server.domain.orders import OrderClass
from brokerwire_server.engine.accounts import Accounts, Link
from brokerwire_server.engine.acting import acting

_CONNECTED = (LinkState.UP, LinkState.DEGRADED)


def connection_message(
    connection: Connection, level: SupportLevel = SupportLevel.TRADING, verified_time: int = 0
) -> brokers_pb2.Connection:
    """Return a connection; `verified_time` is when the last of its accounts was found to agree."""
    m = brokers_pb2.Connection(
        connection_id=connection.connection_id,
        broker=connection.broker,
        environment=ENVIRONMENT.to_wire[connection.environment],
        link=LINK_STATE.to_wire[connection.link],
        feed=FEED_KIND.to_wire[connection.feed],
        account_ids=connection.account_ids,
        detail=connection.detail,
        support_level=SUPPORT_LEVEL.to_wire[level],
        display_name=connection.display_name,
        origin=CONNECTION_ORIGIN.to_wire[connection.origin],
        settings=connection.settings,
    )
    if connection.since:
        set_time(m.update_time, connection.since)
        if connection.link in _CONNECTED:
            set_time(m.connect_time, connection.since)
    if connection.last_upstream_time:
        set_time(m.last_upstream_time, connection.last_upstream_time)
    if verified_time:
        set_time(m.last_verified_time, verified_time)
    return m


class ConnectionMessages:
    """Connections of a gateway as messages, with what its accounts and its broker's kind know besides."""

    def __init__(self, accounts: Accounts, kinds: Kinds) -> None:
        """Look accounts and kinds up there."""
        self._accounts = accounts
        self._kinds = kinds

    def of(self, link: Link) -> brokers_pb2.Connection:
        """Return a connection as it stands."""
        verified = [account.last_verified_time for account in self._accounts if account.link is link]
        level = link.adapter.capabilities("").support_level
        return self._named(connection_message(link.connection, level, min(verified, default=0)))

    def gone(self, connection: Connection) -> brokers_pb2.Connection:
        """Return a connection that is no longer there."""
        return self._named(connection_message(connection))

    def _named(self, message: brokers_pb2.Connection) -> brokers_pb2.Connection:
        if acting().accounts:
            reached = [account_id for account_id in message.account_ids if acting().reaches(account_id)]
            del message.account_ids[:]
            message.account_ids.extend(reached)
        if not message.display_name:
            kind = self._kinds.find(message.broker)
            message.display_name = kind.display_name if kind else message.broker
        return message


def broker_message(kind: BrokerKind, capabilities: Capabilities | None) -> brokers_pb2.Broker:
    """Return what is known of a broker; `capabilities` say what can be traded there, where that is known."""
    m = brokers_pb2.Broker(
        broker=kind.broker,
        display_name=kind.display_name,
        support_level=SUPPORT_LEVEL.to_wire[kind.support_level],
        environments=[ENVIRONMENT.to_wire[environment] for environment in kind.environments],
        notes=kind.notes,
        built_in=kind.built_in,
    )
    for asset in capabilities.assets if capabilities else ():
        m.asset_classes.append(ASSET_CLASS.to_wire[asset.asset_class])
    for fields, told in ((m.credential_fields, kind.credential), (m.setting_fields, kind.settings)):
        for field in told:
            fields.add(name=field.name, about=field.about, secret=field.secret, default_value=field.default)
    return m


def capabilities_message(capabilities: Capabilities) -> brokers_pb2.Capabilities:
    """Return what an account or a broker can do."""
    m = brokers_pb2.Capabilities(
        broker=capabilities.broker,
        support_level=SUPPORT_LEVEL.to_wire[capabilities.support_level],
        replace_mode=REPLACE_MODE.to_wire[capabilities.replace_mode],
        idempotency_class=IDEMPOTENCY_CLASS.to_wire[capabilities.idempotency],
        fill_granularity=FILL_GRANULARITY.to_wire[capabilities.fill_granularity],
        order_feed=FEED_KIND.to_wire[capabilities.feed],
        quote_streaming=capabilities.streams_quotes,
        sources=capabilities.sources,
    )
    for asset in capabilities.assets:
        _fill_asset(m.assets.add(), asset)
    if capabilities.idempotency_window_seconds:
        set_duration(m.idempotency_window, capabilities.idempotency_window_seconds * NANOS)
    set_duration(m.max_order_update_delay, capabilities.worst_case_latency_seconds * NANOS)
    if capabilities.history_days:
        set_duration(m.history_depth, capabilities.history_days * 86_400 * NANOS)
    if capabilities.max_orders_per_minute:
        limit = m.rate_limits.add(scope="orders", call_count=capabilities.max_orders_per_minute)
        set_duration(limit.period, 60 * NANOS)
    return m


def _fill_asset(m: brokers_pb2.AssetCapabilities, asset: AssetCapabilities) -> None:
    m.asset_class = ASSET_CLASS.to_wire[asset.asset_class]
    m.sides.extend(SIDE.to_wire[side] for side in asset.sides)
    for combination in asset.combinations:
        m.combinations.add(
            types=[ORDER_TYPE.to_wire[t] for t in combination.types],
            times_in_force=[TIME_IN_FORCE.to_wire[t] for t in combination.times_in_force],
            order_classes=[ORDER_CLASS.to_wire[c] for c in combination.classes],
            fractional=combination.fractional,
            notional=combination.notional,
            extended_hours=combination.extended_hours,
        )
    classes = {c for combination in asset.combinations for c in combination.classes}
    m.native_groups = bool(classes & {OrderClass.BRACKET, OrderClass.OTO, OrderClass.OCO})
    set_decimal(m.min_quantity, asset.minimum_quantity)
    set_decimal(m.quantity_increment, asset.quantity_increment)
    if asset.minimum_notional:
        set_decimal(m.min_notional, asset.minimum_notional)
    m.max_leg_count = asset.maximum_legs


def break_message(brk: Break) -> breaks_pb2.Break:
    """Return a break."""
    m = breaks_pb2.Break(
        break_id=brk.break_id,
        account_id=brk.account_id,
        type=BREAK_TYPE.to_wire[brk.type],
        state=BREAK_STATE.to_wire[brk.state],
        symbol=brk.symbol,
        order_id=brk.order_id,
        expected=brk.ours,
        actual=brk.theirs,
        detail=brk.detail,
        resolved_by=brk.resolved_by,
        note=brk.note,
    )
    if brk.resolution is not None:
        m.resolution = BREAK_RESOLUTION.to_wire[brk.resolution]
    if brk.open_time:
        set_time(m.open_time, brk.open_time)
    if brk.close_time:
        set_time(m.close_time, brk.close_time)
    return m
