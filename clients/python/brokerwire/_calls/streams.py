"""The streams of the contract."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from brokerwire._calls.base import feed, some_accounts
from brokerwire._methods import METHODS
from brokerwire._streaming.spec import OnGap, Place, Spec
from brokerwire._wire import Seconds, duration, enum, texts, timestamp
from brokerwire.types.accounts import Account, AccountEvent
from brokerwire.types.brokers import Connection, ConnectionEvent
from brokerwire.types.enums import EventType
from brokerwire.types.journal import Event
from brokerwire.types.market import Quote
from brokerwire.types.orders import Order, OrderEvent
from brokerwire.types.positions import Position, PositionEvent
from brokerwire.v1 import (
    account_service_pb2,
    broker_service_pb2,
    event_service_pb2,
    market_data_service_pb2,
    order_service_pb2,
    position_service_pb2,
    read_info_pb2,
    streams_pb2,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from brokerwire._streaming.tokens import AnyTokenStore


def _options(
    heartbeat: Seconds | None,
    on_gap: OnGap = "resnapshot",
    *,
    snapshot: bool = True,
    min_sequences: Mapping[str, int] | None = None,
    terminal_since: datetime | None = None,
) -> streams_pb2.StreamOptions:
    return streams_pb2.StreamOptions(
        skip_snapshot=not snapshot,
        heartbeat_interval=duration(heartbeat),
        on_gap=streams_pb2.ON_GAP_FAIL if on_gap == "fail" else streams_pb2.ON_GAP_RESNAPSHOT,
        min_sequences=_sequences(min_sequences),
        include_terminal_since_time=timestamp(terminal_since, "terminal_since"),
    )


def _sequences(by_account: Mapping[str, int] | None) -> list[read_info_pb2.AccountSequence]:
    return [read_info_pb2.AccountSequence(account_id=a, sequence=s) for a, s in (by_account or {}).items()]


def _in_account(event: Any) -> tuple[Place, int]:  # noqa: ANN401 - any event of a journal
    return (event.account_id,), event.sequence


def _in_position(event: Any) -> tuple[Place, int]:  # noqa: ANN401 - a PositionEvent
    return (event.account_id, event.position.instrument.symbol), event.sequence


def _nowhere(_event: object) -> None:
    return None


def stream_orders(
    *,
    symbols: str | Sequence[str] | None = None,
    client_order_ids: str | Sequence[str] | None = None,
    fills_only: bool = False,
    snapshot: bool = True,
    terminal_since: datetime | None = None,
    min_sequences: Mapping[str, int] | None = None,
    heartbeat: Seconds | None = None,
    on_gap: OnGap = "resnapshot",
    token_store: AnyTokenStore | None = None,
    account: str | None = None,
) -> Spec[OrderEvent, Order]:
    """Streams every change of orders, with fills: never dropped, never conflated.

    Args:
        symbols: Only orders on these, or with a leg on them.
        client_order_ids: Only these orders.
        fills_only: Only events with a fill; the snapshot is then empty.
        snapshot: Begin with the open orders. False: only what happens from now on.
        terminal_since: The snapshot also has orders that ended at or after this time.
        min_sequences: By account: the snapshot reflects at least these sequences.
        heartbeat: Longest silence, 1 s to 60 s, as a timedelta or in seconds. Absent: 15 s. After 2.5 times
            as long without any message the stream connects anew.
        on_gap: When a token cannot be honoured: start over with a snapshot, or fail with StreamGap.
        token_store: Where to go on after a restart of the program: FileTokenStore(path), or any load and save.
        account: One account; the client's own, or all, if absent.
    """
    request = order_service_pb2.StreamOrdersRequest(
        options=_options(
            heartbeat, on_gap, snapshot=snapshot, min_sequences=min_sequences, terminal_since=terminal_since
        ),
        symbols=texts(symbols),
        fills_only=fills_only,
        client_order_ids=texts(client_order_ids),
    )
    return Spec(
        METHODS["StreamOrders"],
        request,
        OrderEvent.from_proto,
        Order.from_proto,
        _in_account,
        blank=some_accounts(request, account),
        store=token_store,
    )


def stream_positions(
    *,
    symbols: str | Sequence[str] | None = None,
    price_changes: bool = False,
    snapshot: bool = True,
    heartbeat: Seconds | None = None,
    on_gap: OnGap = "resnapshot",
    token_store: AnyTokenStore | None = None,
    account: str | None = None,
) -> Spec[PositionEvent, Position]:
    """Streams positions: absolute state. A slow reader may get the latest only, and is told (`conflated`).

    Args:
        symbols: Only these.
        price_changes: Also changes of price alone, at most one per position and second.
        snapshot: Begin with the open positions.
        heartbeat: As for `stream_orders`.
        on_gap: As for `stream_orders`.
        token_store: As for `stream_orders`.
        account: One account; the client's own, or all, if absent.
    """
    request = position_service_pb2.StreamPositionsRequest(
        options=_options(heartbeat, on_gap, snapshot=snapshot),
        symbols=texts(symbols),
        include_price_changes=price_changes,
    )
    return Spec(
        METHODS["StreamPositions"],
        request,
        PositionEvent.from_proto,
        Position.from_proto,
        _in_position,
        repeats=True,
        blank=some_accounts(request, account),
        store=token_store,
    )


def stream_accounts(
    *,
    price_changes: bool = False,
    snapshot: bool = True,
    heartbeat: Seconds | None = None,
    on_gap: OnGap = "resnapshot",
    token_store: AnyTokenStore | None = None,
    account: str | None = None,
) -> Spec[AccountEvent, Account]:
    """Streams accounts: absolute state. A slow reader may get the latest only, and is told (`conflated`).

    Args:
        price_changes: Also changes of valuation alone, at most one per account and second.
        snapshot: Begin with the accounts as they are.
        heartbeat: As for `stream_orders`.
        on_gap: As for `stream_orders`.
        token_store: As for `stream_orders`.
        account: One account; the client's own, or all, if absent.
    """
    request = account_service_pb2.StreamAccountsRequest(
        options=_options(heartbeat, on_gap, snapshot=snapshot), include_price_changes=price_changes
    )
    return Spec(
        METHODS["StreamAccounts"],
        request,
        AccountEvent.from_proto,
        Account.from_proto,
        _in_account,
        repeats=True,
        blank=some_accounts(request, account),
        store=token_store,
    )


def stream_connections(
    *,
    connection_ids: str | Sequence[str] | None = None,
    snapshot: bool = True,
    heartbeat: Seconds | None = None,
    on_gap: OnGap = "resnapshot",
    token_store: AnyTokenStore | None = None,
) -> Spec[ConnectionEvent, Connection]:
    """Streams links to brokers: absolute state, conflated for slow readers.

    Args:
        connection_ids: Only these.
        snapshot: Begin with the links as they are.
        heartbeat: As for `stream_orders`.
        on_gap: As for `stream_orders`.
        token_store: As for `stream_orders`.
    """
    request = broker_service_pb2.StreamConnectionsRequest(
        options=_options(heartbeat, on_gap, snapshot=snapshot), connection_ids=texts(connection_ids)
    )
    return Spec(METHODS["StreamConnections"], request, ConnectionEvent.from_proto, Connection.from_proto, _nowhere)


def stream_events(
    *,
    types: Sequence[EventType | str] = (),
    after: Mapping[str, int] | None = None,
    from_now: bool = False,
    heartbeat: Seconds | None = None,
    on_gap: OnGap = "resnapshot",
    token_store: AnyTokenStore | None = None,
    account: str | None = None,
) -> Spec[Event, Event]:
    """Streams journal entries without loss: the drop copy. It has no snapshot; it begins with the oldest entry.

    Args:
        types: Only these.
        after: By account: begin after these sequences.
        from_now: Begin with what happens from now on.
        heartbeat: As for `stream_orders`.
        on_gap: As for `stream_orders`.
        token_store: As for `stream_orders`.
        account: One account; the client's own, or all, if absent.
    """
    request = event_service_pb2.StreamEventsRequest(
        options=_options(heartbeat, on_gap, snapshot=not from_now),
        types=[enum(EventType, kind, "types") for kind in types],
        after_sequences=_sequences(after),
    )
    return Spec(
        METHODS["StreamEvents"],
        request,
        Event.from_proto,
        Event.from_proto,
        _in_account,
        blank=some_accounts(request, account),
        store=token_store,
    )


def stream_quotes(
    symbols: str | Sequence[str],
    *,
    heartbeat: Seconds | None = None,
    account: str | None = None,
    broker: str | None = None,
) -> Spec[Quote, Quote]:
    """Streams quotes: the latest of each symbol, then every change; the latest again after a broken connection.

    Args:
        symbols: One symbol, or up to 500.
        heartbeat: As for `stream_orders`.
        account: Whose broker's feed. Absent: as for `quotes`.
        broker: The feed of a broker instead.
    """
    request = market_data_service_pb2.StreamQuotesRequest(
        symbols=texts(symbols), heartbeat_interval=duration(heartbeat)
    )
    return Spec(
        METHODS["StreamQuotes"],
        request,
        Quote.from_proto,
        Quote.from_proto,
        _nowhere,
        resumes=False,
        snapshot_is_event=True,
        blank=feed(request, account, broker),
    )
