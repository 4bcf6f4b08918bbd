"""Every read of the store, as a function on a reading connection."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, Table, and_, literal_column, select, tuple_

from brokerwire_server.domain.accounts import AccountState, Activity, ActivityType, PortfolioPoint
from brokerwire_server.domain.connections import Break, BreakState
from brokerwire_server.domain.decimals import ZERO, parse_decimal
from brokerwire_server.domain.errors import InvalidRequestError, Violation
from brokerwire_server.domain.events import Event
from brokerwire_server.domain.fills import Fill, FillKind
from brokerwire_server.domain.orders import Order
from brokerwire_server.domain.positions import Position
from brokerwire_server.store import codec
from brokerwire_server.store.base import AccountHead, BreakFilter, FillFilter, OrderFilter
from brokerwire_server.store.codec import Decode, T
from brokerwire_server.store.paging import Source, fetch_page
from brokerwire_server.store.tables import (
    ACCOUNT_HISTORY,
    ACCOUNTS,
    ACTIVITIES,
    BREAKS,
    BROKER_ORDER_IDS,
    FILLS,
    JOURNAL,
    ORDERS,
    POSITIONS,
)

# Partial indices serve a query only where it repeats their condition word for word, not as a parameter.
_ZERO: ColumnElement[int] = literal_column("0")
_ONE: ColumnElement[int] = literal_column("1")
_EMPTY: ColumnElement[str] = literal_column("''")


def heads(connection: Connection) -> list[AccountHead]:
    """Return the accounts that were opened, with the ends of their journals."""
    event = _event(ACCOUNTS, ACCOUNTS.c.account_sequence)
    query = select(
        ACCOUNTS.c.head_sequence, ACCOUNTS.c.head_hash, JOURNAL.c.account_id, JOURNAL.c.sequence, JOURNAL.c.body
    ).join_from(ACCOUNTS, JOURNAL, event)
    rows = connection.execute(query.order_by(ACCOUNTS.c.account_id)).all()
    accounts = codec.decode_rows(rows, codec.account_of)
    return [
        AccountHead(account=account, sequence=row.head_sequence, hash=row.head_hash)
        for account, row in zip(accounts, rows, strict=True)
    ]


def ends(connection: Connection) -> dict[str, tuple[int, bytes]]:
    """Return the last sequence and hash of every journal."""
    rows = connection.execute(select(ACCOUNTS.c.account_id, ACCOUNTS.c.head_sequence, ACCOUNTS.c.head_hash))
    return {row.account_id: (row.head_sequence, row.head_hash) for row in rows}


def first_sequence(connection: Connection, account_id: str) -> int:
    """Return the first stored sequence, 1 for an account without events."""
    query = select(ACCOUNTS.c.first_sequence).where(ACCOUNTS.c.account_id == account_id)
    return connection.execute(query).scalar() or 1


def read(connection: Connection, account_id: str, after_sequence: int, limit: int) -> list[Event]:
    """Return up to `limit` events after a sequence."""
    return [codec.event_of(row) for row in journal_rows(connection, account_id, after_sequence, limit)]


def journal_rows(connection: Connection, account_id: str, after_sequence: int, limit: int) -> Sequence[Any]:
    """Return whole journal rows, in order."""
    query = (
        select(JOURNAL)
        .where(JOURNAL.c.account_id == account_id, JOURNAL.c.sequence > after_sequence)
        .order_by(JOURNAL.c.sequence)
        .limit(limit)
    )
    return connection.execute(query).all()


def open_orders(connection: Connection, account_id: str) -> list[Order]:
    """Return the orders that have not ended, oldest first."""
    query = _bodies(ORDERS).where(ORDERS.c.account_id == account_id, ORDERS.c.terminal == _ZERO)
    return _decode(connection, query.order_by(ORDERS.c.create_time, ORDERS.c.order_id), codec.order_of)


def client_order_ids(connection: Connection, account_id: str) -> list[str]:
    """Return every client order id of the account."""
    column = ORDERS.c.client_order_id
    query = select(column).where(ORDERS.c.account_id == account_id, column != _EMPTY)
    return list(connection.execute(query).scalars())


def get_order(connection: Connection, account_id: str, order_id: str) -> Order | None:
    """Return an order by the gateway's id."""
    return _order(connection, account_id, ORDERS.c.order_id == order_id)


def find_order(connection: Connection, account_id: str, client_order_id: str) -> Order | None:
    """Return an order by the caller's id."""
    given = and_(ORDERS.c.client_order_id == client_order_id, ORDERS.c.client_order_id != _EMPTY)
    return _order(connection, account_id, given)


def find_broker_order(
    connection: Connection, account_id: str, broker_client_order_id: str, broker_order_id: str
) -> Order | None:
    """Return an order by either broker-side id, the one we gave first."""
    found = None
    if broker_client_order_id:
        found = _order(connection, account_id, ORDERS.c.broker_client_order_id == broker_client_order_id)
    if found is None and broker_order_id:
        named = select(BROKER_ORDER_IDS.c.order_id).where(
            BROKER_ORDER_IDS.c.account_id == account_id, BROKER_ORDER_IDS.c.broker_order_id == broker_order_id
        )
        found = _order(connection, account_id, ORDERS.c.order_id == named.scalar_subquery())
    return found


def list_orders(
    connection: Connection, where: OrderFilter, account_ids: Sequence[str], after: str, limit: int
) -> tuple[list[Order], str]:
    """Return a page of orders of the accounts given."""
    c = ORDERS.c
    conditions = _within(c.create_time, where.created_from, where.created_before)
    if where.client_order_id:
        conditions += [c.client_order_id == where.client_order_id, c.client_order_id != _EMPTY]
    if where.parent_order_id:
        conditions += [c.parent_order_id == where.parent_order_id, c.parent_order_id != _EMPTY]
    if where.symbols:
        conditions.append(c.symbol.in_(where.symbols))
    if where.states:
        conditions.append(c.state.in_([state.value for state in where.states]))
    if where.open_only or (where.states and not any(state.terminal for state in where.states)):
        conditions.append(c.terminal == _ZERO)
    source = Source(
        time=c.create_time,
        account_id=c.account_id,
        id=c.order_id,
        sequence=c.sequence,
        account_ids=account_ids,
        conditions=conditions,
    )
    rows, cursor = fetch_page(connection, [source], after, limit)
    return codec.decode_rows(rows, codec.order_of), cursor


def list_fills(
    connection: Connection, where: FillFilter, account_ids: Sequence[str], after: str, limit: int
) -> tuple[list[Fill], str]:
    """Return a page of fills of the accounts given."""
    conditions = _within(FILLS.c.execution_time, where.executed_from, where.executed_before)
    if where.order_id:
        conditions.append(FILLS.c.order_id == where.order_id)
    if where.symbols:
        conditions.append(FILLS.c.symbol.in_(where.symbols))
    source = _fill_source(account_ids, conditions)
    rows, cursor = fetch_page(connection, [source], after, limit)
    return codec.decode_rows(rows, codec.fill_of), cursor


def list_activities(
    connection: Connection, account_ids: Sequence[str], types: Sequence[str], after: str, limit: int
) -> tuple[list[Activity], str]:
    """Return a page of cash movements, and of fills as activities, of the accounts given."""
    c = ACTIVITIES.c
    kinds = [kind for kind in types if kind != ActivityType.FILL.value]
    sources = []
    if kinds or not types:
        sources.append(
            Source(
                time=c.time,
                account_id=c.account_id,
                id=c.sequence,
                sequence=c.sequence,
                account_ids=account_ids,
                conditions=[c.type.in_(kinds)] if kinds else [],
                label="cash",
            )
        )
    if not types or ActivityType.FILL.value in types:
        sources.append(_fill_source(account_ids, []))
    rows, cursor = fetch_page(connection, sources, after, limit)
    activities: list[Activity] = []
    for row in rows:
        if row.label == "cash":
            activities += codec.decode_rows([row], codec.activity_of)
        else:
            activities += [activity_of_fill(fill) for fill in codec.decode_rows([row], codec.fill_of)]
    return activities, cursor


def activity_of_fill(fill: Fill) -> Activity:
    """Return what a fill did to cash and holding; a bust gives back what the fill it names took.

    A correction shows its own terms: the amount of the fill that it corrects stays in that fill's entry.
    """
    sign = -1 if fill.kind is FillKind.BUST else 1
    quantity = sign * fill.signed_quantity
    value = fill.price * fill.instrument.multiplier if fill.instrument.paid_for else ZERO
    return Activity(
        activity_id=fill.fill_id,
        account_id=fill.account_id,
        type=ActivityType.FILL,
        amount=-quantity * value - sign * fill.commission,
        currency=fill.instrument.currency,
        symbol=fill.instrument.symbol,
        quantity=quantity,
        price=fill.price,
        order_id=fill.order_id,
        fill_id=fill.fill_id,
        description="" if fill.kind is FillKind.NORMAL else f"{fill.kind.value} {fill.refers_to_fill_id}",
        time=fill.execution_time,
    )


def positions(connection: Connection, account_id: str) -> list[Position]:
    """Return the positions that are held, by symbol."""
    query = _bodies(POSITIONS).where(POSITIONS.c.account_id == account_id, POSITIONS.c.closed == _ZERO)
    return _decode(connection, query.order_by(POSITIONS.c.symbol), codec.position_of)


def ledger(
    connection: Connection, account_id: str, after_sequence: int, limit: int
) -> tuple[list[Fill | Activity | Position], int]:
    """Return up to `limit` movements of cash and positions after a sequence, and the last one's sequence."""
    query = select(JOURNAL.c.type, JOURNAL.c.account_id, JOURNAL.c.sequence, JOURNAL.c.body).where(
        JOURNAL.c.account_id == account_id,
        JOURNAL.c.sequence > after_sequence,
        JOURNAL.c.type.in_(list(codec.MOVEMENTS)),
    )
    rows = connection.execute(query.order_by(JOURNAL.c.sequence).limit(limit)).all()
    return codec.movements_of(rows), rows[-1].sequence if rows else after_sequence


def get_fill(connection: Connection, account_id: str, fill_id: str) -> Fill | None:
    """Return a fill by its id."""
    query = _bodies(FILLS).where(FILLS.c.account_id == account_id, FILLS.c.fill_id == fill_id)
    return next(iter(_decode(connection, query, codec.fill_of)), None)


def account_state(connection: Connection, account_id: str) -> AccountState | None:
    """Return the balances as last journaled."""
    query = _bodies(ACCOUNTS, ACCOUNTS.c.state_sequence).where(ACCOUNTS.c.account_id == account_id)
    return next(iter(_decode(connection, query, codec.state_of)), None)


def open_breaks(connection: Connection, account_id: str) -> list[Break]:
    """Return the breaks that are open or dismissed, in the order they last changed."""
    query = _bodies(BREAKS).where(BREAKS.c.account_id == account_id).order_by(BREAKS.c.sequence)
    found = _decode(connection, query.where(BREAKS.c.open == _ONE), codec.break_of)
    closed = _decode(connection, query.where(BREAKS.c.open == _ZERO), codec.break_of)
    return [*found, *(brk for brk in closed if brk.dismissed)]


def get_break(connection: Connection, account_id: str, break_id: str) -> Break | None:
    """Return a break by its id."""
    query = _bodies(BREAKS).where(BREAKS.c.account_id == account_id, BREAKS.c.break_id == break_id)
    return next(iter(_decode(connection, query, codec.break_of)), None)


def list_breaks(
    connection: Connection, where: BreakFilter, account_ids: Sequence[str], after: str, limit: int
) -> tuple[list[Break], str]:
    """Return a page by account and break id, which grows with time."""
    c = BREAKS.c
    query = _bodies(BREAKS).where(c.account_id.in_(account_ids)).order_by(c.account_id, c.break_id)
    if where.states == (BreakState.OPEN,):
        query = query.where(c.open == _ONE)
    found: list[Break] = []
    position = _break_cursor(after)
    while True:
        rest = query.where(tuple_(c.account_id, c.break_id) > position) if position else query
        batch = _decode(connection, rest.limit(limit + 1), codec.break_of)
        found += [brk for brk in batch if _matches(brk, where)]
        if len(found) > limit:
            last = found[limit - 1]
            return found[:limit], f"{last.account_id}\n{last.break_id}"
        if len(batch) <= limit:
            return found, ""
        position = (batch[-1].account_id, batch[-1].break_id)


def _break_cursor(text: str) -> tuple[str, str] | None:
    account_id, newline, break_id = text.partition("\n")
    if text and not newline:
        raise InvalidRequestError.of(Violation("page_token", "INVALID_PAGE_TOKEN", "is not a token of this list"))
    return (account_id, break_id) if text else None


def _matches(brk: Break, where: BreakFilter) -> bool:
    return (not where.types or brk.type in where.types) and (not where.states or brk.state in where.states)


def portfolio_history(connection: Connection, account_id: str, from_time: int, to_time: int) -> list[PortfolioPoint]:
    """Return the points from `from_time` (inclusive) to `to_time` (exclusive; 0 means no end)."""
    c = ACCOUNT_HISTORY.c
    query = select(c.time, c.equity, c.cash, c.profit_loss).where(
        c.account_id == account_id, *_within(c.time, from_time, to_time)
    )
    rows = connection.execute(query.order_by(c.minute)).all()
    return [
        PortfolioPoint(
            time=row.time,
            equity=parse_decimal(row.equity, "equity"),
            cash=parse_decimal(row.cash, "cash"),
            profit_loss=parse_decimal(row.profit_loss, "profit_loss"),
        )
        for row in rows
    ]


def _within(column: ColumnElement[int], start: int, end: int) -> list[ColumnElement[bool]]:
    bounds = []
    if start:
        bounds.append(column >= start)
    if end:
        bounds.append(column < end)
    return bounds


def _fill_source(account_ids: Sequence[str], conditions: Sequence[ColumnElement[bool]]) -> Source:
    c = FILLS.c
    return Source(
        time=c.execution_time,
        account_id=c.account_id,
        id=c.sequence,
        sequence=c.sequence,
        account_ids=account_ids,
        conditions=conditions,
        label="fill",
    )


def _order(connection: Connection, account_id: str, condition: ColumnElement[bool]) -> Order | None:
    # Ids that a broker may reuse name the order that used them last.
    query = _bodies(ORDERS).where(ORDERS.c.account_id == account_id, condition)
    newest = query.order_by(ORDERS.c.create_time.desc()).limit(1)
    return next(iter(_decode(connection, newest, codec.order_of)), None)


def _event(table: Table, sequence: ColumnElement[int]) -> ColumnElement[bool]:
    return and_(JOURNAL.c.account_id == table.c.account_id, JOURNAL.c.sequence == sequence)


def _bodies(table: Table, sequence: ColumnElement[int] | None = None) -> Select[tuple[str, int, bytes]]:
    event = _event(table, table.c.sequence if sequence is None else sequence)
    return select(JOURNAL.c.account_id, JOURNAL.c.sequence, JOURNAL.c.body).join_from(table, JOURNAL, event)


def _decode(connection: Connection, query: Select[*tuple[Any, ...]], decode: Decode[T]) -> list[T]:
    return codec.decode_rows(connection.execute(query).all(), decode)
