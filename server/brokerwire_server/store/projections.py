"""What events mean for the tables: a pure function from events to rows.

A row is a tuple in the order of its table's columns. Within one call only the last row per key of a state table is
kept, so that a transaction writes each order once, however often it changed in it.
"""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from brokerwire_server.domain.connections import BreakState
from brokerwire_server.domain.decimals import format_decimal
from brokerwire_server.domain.events import (
    AccountOpened,
    AccountUpdated,
    BreakChanged,
    CashMoved,
    Event,
    FillRecorded,
    OrderChanged,
    PositionChanged,
)
from brokerwire_server.store import tables

if TYPE_CHECKING:
    from sqlalchemy import Table

    from brokerwire_server.domain.orders import Order
    from brokerwire_server.domain.positions import Position

Row = tuple[object, ...]

MINUTE = 60_000_000_000


class Rows:
    """The rows that a batch of events writes."""

    __slots__ = (
        "accounts",
        "activities",
        "breaks",
        "broker_order_ids",
        "fills",
        "history",
        "journal",
        "orders",
        "positions",
    )

    def __init__(self) -> None:
        """Start with nothing to write."""
        self.journal: list[Row] = []
        self.accounts: dict[str, tuple[str, int, int, bytes, int, int]] = {}
        self.orders: dict[tuple[str, str], Row] = {}
        self.broker_order_ids: dict[tuple[str, str], Row] = {}
        self.fills: list[Row] = []
        self.activities: list[Row] = []
        self.positions: dict[tuple[str, str], Row] = {}
        self.breaks: dict[tuple[str, str], Row] = {}
        self.history: dict[tuple[str, int], Row] = {}

    def by_table(self) -> "Iterable[tuple[Table, Iterable[Row]]]":
        """Yield each table with its rows, in the order they are written in."""
        yield tables.JOURNAL, self.journal
        yield tables.ACCOUNTS, self.accounts.values()
        yield tables.ORDERS, self.orders.values()
        yield tables.BROKER_ORDER_IDS, self.broker_order_ids.values()
        yield tables.FILLS, self.fills
        yield tables.ACTIVITIES, self.activities
        yield tables.POSITIONS, self.positions.values()
        yield tables.BREAKS, self.breaks.values()
        yield tables.ACCOUNT_HISTORY, self.history.values()


def project(events: Iterable[Event]) -> Rows:
    """Return the rows of events, which are in the order of their journals."""
    rows = Rows()
    for event in events:
        rows.journal.append(
            (
                event.account_id,
                event.sequence,
                event.epoch,
                event.time,
                event.type.value,
                event.causation,
                event.body,
                event.previous_hash,
                event.hash,
            )
        )
        payload = event.payload
        _advance(rows, event, type(payload))
        handler = _HANDLERS.get(type(payload))
        if handler is not None:
            handler(rows, event, payload)
    return rows


def _advance(rows: Rows, event: Event, kind: type) -> None:
    account_id, sequence = event.account_id, event.sequence
    _, first, _, _, account, state = rows.accounts.get(account_id, ("", sequence, 0, b"", 0, 0))
    if kind is AccountUpdated:
        account = state = sequence
    elif kind is AccountOpened:
        account = sequence
    rows.accounts[account_id] = (account_id, first, sequence, event.hash, account, state)


def _put_order(rows: Rows, event: Event, order: "Order") -> None:
    account_id, order_id = event.account_id, order.order_id
    rows.orders[account_id, order_id] = (
        account_id,
        order_id,
        order.client_order_id,
        order.broker_client_order_id,
        order.parent_order_id,
        order.state.value,
        int(order.terminal),
        order.instrument.symbol,
        order.create_time,
        event.sequence,
    )
    for broker_order_id in order.broker_order_ids:
        rows.broker_order_ids[account_id, broker_order_id] = (account_id, broker_order_id, order_id)


def _put_position(rows: Rows, event: Event, position: "Position") -> None:
    symbol = position.instrument.symbol
    row = (event.account_id, symbol, int(position.closed), event.sequence)
    rows.positions[event.account_id, symbol] = row


def _on_order(rows: Rows, event: Event, payload: OrderChanged) -> None:
    _put_order(rows, event, payload.order)


def _on_fill(rows: Rows, event: Event, payload: FillRecorded) -> None:
    fill = payload.fill
    symbol = fill.instrument.symbol
    rows.fills.append((event.account_id, event.sequence, fill.fill_id, fill.order_id, symbol, fill.execution_time))
    _put_order(rows, event, payload.order)
    _put_position(rows, event, payload.position)


def _on_position(rows: Rows, event: Event, payload: PositionChanged) -> None:
    _put_position(rows, event, payload.position)


def _on_cash(rows: Rows, event: Event, payload: CashMoved) -> None:
    activity = payload.activity
    rows.activities.append((event.account_id, event.sequence, activity.activity_id, activity.type.value, activity.time))


def _on_account(rows: Rows, event: Event, payload: AccountUpdated) -> None:
    state = payload.state
    time = state.time or event.time
    balances = state.balances
    rows.history[event.account_id, time // MINUTE] = (
        event.account_id,
        time // MINUTE,
        time,
        format_decimal(balances.equity),
        format_decimal(balances.cash),
        format_decimal(balances.total_profit_loss),
    )


def _on_break(rows: Rows, event: Event, payload: BreakChanged) -> None:
    brk = payload.brk
    is_open = int(brk.state is BreakState.OPEN)
    rows.breaks[event.account_id, brk.break_id] = (event.account_id, brk.break_id, is_open, event.sequence)


_HANDLERS: dict[type, Callable[[Rows, Event, Any], None]] = {
    OrderChanged: _on_order,
    FillRecorded: _on_fill,
    PositionChanged: _on_position,
    CashMoved: _on_cash,
    AccountUpdated: _on_account,
    BreakChanged: _on_break,
}
