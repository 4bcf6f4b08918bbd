"""Newest-first pages over rows of many accounts, keyed by a time and an id that never change.

A page starts after the last key of the one before, so that rows which arrive between two pages shift nothing. Each
account is a query of its own that walks an index from its newest end; the database merges them.
"""

import base64
import binascii
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from msgspec import Struct
from sqlalchemy import ColumnElement, Connection, FromClause, Row, Select, and_, literal, select, tuple_, union_all

from brokerwire_server.domain.errors import InvalidRequestError, Violation
from brokerwire_server.store.tables import JOURNAL

MAX_ACCOUNTS = 200
"""Queries merged into one; SQLite takes at most 500. Beyond it one query sorts all."""


class Key(Struct, frozen=True, array_like=True):
    """Where a page ended."""

    time: int
    account_id: str
    id: str | int


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A table to list: its paging columns, what narrows it, and which event of an account each row points at."""

    time: ColumnElement[int]
    account_id: ColumnElement[str]
    id: ColumnElement[str] | ColumnElement[int]
    sequence: ColumnElement[int]
    account_ids: Sequence[str]
    conditions: Sequence[ColumnElement[bool]] = ()
    label: str = ""


def fetch_page(
    connection: Connection, sources: Sequence[Source], after: str, limit: int
) -> tuple[Sequence[Row[Any]], str]:
    """Return up to `limit` rows (label, account id, sequence, body), newest first, and the next page's cursor."""
    start = decode_cursor(after) if after else None
    branches: Sequence[Select[*tuple[Any, ...]]] = [
        branch for source in sources for branch in _branches(source, start, limit + 1)
    ]
    if not branches:
        return (), ""
    keys = union_all(*branches).subquery("keys") if len(branches) > 1 else branches[0].subquery("keys")
    rows = connection.execute(_with_bodies(keys, limit + 1)).all()
    if len(rows) <= limit:
        return rows, ""
    last = rows[limit - 1]
    return rows[:limit], encode_cursor(Key(last.time, last.account_id, last.id))


def encode_cursor(key: Key) -> str:
    """Return a key as opaque text."""
    return base64.urlsafe_b64encode(msgspec.json.encode(key)).decode().rstrip("=")


def decode_cursor(cursor: str) -> Key:
    """Return the key in a cursor. Raises `InvalidRequestError` where it is not one of ours."""
    try:
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        return msgspec.json.decode(base64.urlsafe_b64decode(padded), type=Key)
    except (UnicodeEncodeError, binascii.Error, msgspec.DecodeError, UnicodeDecodeError):
        message = "not a token from an earlier page: start again without one"
        raise InvalidRequestError.of(Violation("page_token", "INVALID_PAGE_TOKEN", message)) from None


def _branches(source: Source, start: Key | None, count: int) -> Iterator[Select[*tuple[Any, ...]]]:
    key = (source.time, source.account_id, source.id)
    query: Select[*tuple[Any, ...]] = select(
        source.time.label("time"),
        source.account_id.label("account_id"),
        source.id.label("id"),
        source.sequence.label("sequence"),
        literal(source.label).label("label"),
    ).where(*source.conditions)
    if start is not None:
        end = tuple_(literal(start.time), literal(start.account_id), literal(start.id))
        query = query.where(tuple_(*key) < end)
    query = query.order_by(*(column.desc() for column in key)).limit(count)
    accounts = tuple(dict.fromkeys(source.account_ids))
    if len(accounts) > MAX_ACCOUNTS:
        yield query.where(source.account_id.in_(accounts))
        return
    # A compound query takes no ORDER BY and LIMIT in its parts, only in subqueries of them.
    yield from (select(query.where(source.account_id == account).subquery()) for account in accounts)


def _with_bodies(keys: FromClause, count: int) -> Select[*tuple[Any, ...]]:
    newest = (keys.c.time.desc(), keys.c.account_id.desc(), keys.c.id.desc())
    # The page is cut out before its bodies are joined to it.
    page = select(keys).order_by(*newest).limit(count).subquery("page")
    event = and_(JOURNAL.c.account_id == page.c.account_id, JOURNAL.c.sequence == page.c.sequence)
    return (
        select(page.c.label, page.c.time, page.c.id, page.c.account_id, page.c.sequence, JOURNAL.c.body)
        .join_from(page, JOURNAL, event)
        .order_by(page.c.time.desc(), page.c.account_id.desc(), page.c.id.desc())
    )
