"""Raw payloads: kept for a while, bounded, and known by a hash of what they are."""

from __future__ import annotations

import os
import sqlite3
from typing import TYPE_CHECKING

import pytest

from brokerwire_server.store import payloads as module
from brokerwire_server.store.base import StoreError
from brokerwire_server.store.payloads import MAX_BYTES, SqlitePayloads

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

DAY = 86_400_000_000_000


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "payloads.db"


@pytest.fixture
async def kept(file: Path) -> AsyncIterator[SqlitePayloads]:
    made = SqlitePayloads(file, days=30, megabytes=1)
    await made.open()
    yield made
    await made.close()


async def written(kept: SqlitePayloads) -> None:
    await kept.close()
    await kept.open()


async def test_the_file_is_its_owners_alone(kept: SqlitePayloads, file: Path) -> None:
    assert os.stat(file).st_mode & 0o777 == 0o600  # noqa: PTH116 - a look, once
    assert await kept.get("0" * 40) is None


async def test_a_payload_is_there_after_a_restart_as_it_came(kept: SqlitePayloads) -> None:
    payload_id = kept.keep("far", "POST /v2/orders 200", b'{"id": "1"}\xff', 5)
    await written(kept)
    found = await kept.get(payload_id)
    assert found is not None
    assert (found.connection_id, found.about, found.time) == ("far", "POST /v2/orders 200", 5)
    assert (found.content, found.original_length) == (b'{"id": "1"}\xff', 12)


async def test_the_same_payload_twice_is_kept_once(kept: SqlitePayloads) -> None:
    assert kept.keep("far", "x", b"a", 5) == kept.keep("far", "x", b"a", 5) != kept.keep("far", "x", b"a", 6)


async def test_a_long_payload_is_cut_and_says_how_long_it_was(kept: SqlitePayloads) -> None:
    payload_id = kept.keep("far", "x", b"a" * (MAX_BYTES + 10), 5)
    await written(kept)
    found = await kept.get(payload_id)
    assert found is not None
    assert (len(found.content), found.original_length) == (MAX_BYTES, MAX_BYTES + 10)


@pytest.mark.parametrize("column", ["content", "about", "time", "connection_id", "original_length"])
async def test_a_payload_that_was_changed_no_longer_goes_by_its_id(
    kept: SqlitePayloads, file: Path, column: str
) -> None:
    payload_id = kept.keep("far", "x", b"sell 10", 5)
    await written(kept)
    raw = sqlite3.connect(file)
    value = {"content": b"sell 99", "time": 6, "original_length": 9}.get(column, "other")
    raw.execute(f"UPDATE payloads SET {column} = ?", (value,))  # noqa: S608
    raw.commit()
    raw.close()
    with pytest.raises(StoreError, match="not what was kept"):
        await kept.get(payload_id)


async def test_old_payloads_go_by_age(kept: SqlitePayloads) -> None:
    old = kept.keep("far", "x", b"old", 1)
    await written(kept)
    young = kept.keep("far", "x", b"young", 31 * DAY)
    await written(kept)
    assert await kept.get(old) is None
    assert await kept.get(young) is not None


async def test_the_oldest_payloads_go_where_space_ends(kept: SqlitePayloads) -> None:
    ids = [kept.keep("far", "x", bytes([n]) * 60_000, n) for n in range(1, 41)]
    await written(kept)
    kept.keep("far", "x", b"one more", 50)
    await written(kept)
    left = [payload_id for payload_id in ids if await kept.get(payload_id) is not None]
    assert left == ids[-len(left) :]
    assert 0 < len(left) * 60_000 <= 1_000_000


async def test_what_comes_too_fast_is_dropped_and_never_waits(
    kept: SqlitePayloads, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(module, "MAX_WAITING", 0)
    assert kept.keep("far", "x", b"a", 5) == ""
    assert "were not kept" in caplog.text


async def test_nothing_is_kept_after_the_end(kept: SqlitePayloads) -> None:
    await kept.close()
    assert kept.keep("far", "x", b"a", 5) == ""
    await kept.open()


async def test_a_disk_that_fails_is_told_once_and_hinders_nobody(
    kept: SqlitePayloads, file: Path, caplog: pytest.LogCaptureFixture
) -> None:
    raw = sqlite3.connect(file)
    raw.execute("DROP TABLE payloads")
    raw.commit()
    raw.close()
    for number in range(3):
        assert kept.keep("far", "x", b"a", number)
    await written(kept)
    assert caplog.text.count("payloads of brokers can't be kept") == 1
