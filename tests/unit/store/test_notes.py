"""Adapters' notes: each connection's own, and there after a restart."""

from __future__ import annotations

import asyncio
import sqlite3
from typing import TYPE_CHECKING

import pytest

from brokerwire_server.store.base import StoreError
from brokerwire_server.store.notes import SqliteNotebook
from brokerwire_server.store.sqlite import SqliteStore

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Path]:
    path = tmp_path / "brokerwire.db"
    store = SqliteStore(path, new_epoch=lambda: 1)
    await store.open()
    yield path
    await store.close()


async def test_a_note_is_there_for_whoever_opens_the_database_next(database: Path) -> None:
    await SqliteNotebook(database).put_note("one", "order-ids/17", "500")
    assert await SqliteNotebook(database).get_note("one", "order-ids/17") == "500"


async def test_a_note_is_replaced_and_no_other_is(database: Path) -> None:
    notebook = SqliteNotebook(database)
    await notebook.put_note("one", "a", "1")
    await notebook.put_note("one", "b", "2")
    await notebook.put_note("two", "a", "3")
    await notebook.put_note("one", "a", "4")
    assert [await notebook.get_note(*where) for where in (("one", "a"), ("one", "b"), ("two", "a"))] == ["4", "2", "3"]
    assert await notebook.get_note("three", "a") is None


async def test_a_note_is_durable_when_the_call_returns(database: Path) -> None:
    await SqliteNotebook(database).put_note("one", "a", "1")
    raw = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
    assert raw.execute("SELECT text FROM adapter_notes").fetchall() == [("1",)]
    raw.close()


async def test_notes_are_taken_while_the_journal_is_written(database: Path) -> None:
    notebook = SqliteNotebook(database)
    await asyncio.gather(*(notebook.put_note("one", str(number), "x") for number in range(20)))
    assert await notebook.get_note("one", "19") == "x"


async def test_a_database_that_is_gone_is_told_and_nothing_is_promised(tmp_path: Path) -> None:
    with pytest.raises(StoreError):
        await SqliteNotebook(tmp_path / "none.db").put_note("one", "a", "1")
