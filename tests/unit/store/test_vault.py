"""Credentials at rest: only the right key, in the right place, opens them."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, Any

import pytest

from brokerwire_server.domain.connections import ConnectionSpec, Environment
from brokerwire_server.domain.secrets import Secret
from brokerwire_server.store.base import StoredConnection, VaultError
from brokerwire_server.store.keys import EnvironmentKeys, FileKeys, keys_of
from brokerwire_server.store.sealing import key_text, new_key
from brokerwire_server.store.sqlite import SqliteStore
from brokerwire_server.store.vault import SqliteVault

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

CANARY = "s3cr3t-canary-Qz81"


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Path]:
    path = tmp_path / "brokerwire.db"
    store = SqliteStore(path, new_epoch=lambda: 1)
    await store.open()
    yield path
    await store.close()


@pytest.fixture
def keys(database: Path) -> FileKeys:
    return FileKeys(database.with_name("vault.key"))


@pytest.fixture
def vault(database: Path, keys: FileKeys) -> SqliteVault:
    return SqliteVault(database, keys)


def connection(connection_id: str = "one", secret: str = CANARY, **changes: Any) -> StoredConnection:
    fields: dict[str, Any] = {
        "connection_id": connection_id,
        "broker": "faraway",
        "environment": Environment.PAPER,
        "settings": {"base_url": "https://faraway.example"},
    }
    credential = {"api_key": Secret("name-of-key"), "secret_key": Secret(secret)}
    return StoredConnection(spec=ConnectionSpec(**{**fields, **changes}), credential=credential, create_time=5)


def change(path: Path, statement: str, *values: object) -> None:
    raw = sqlite3.connect(path)
    assert raw.execute(statement, values).rowcount > 0
    raw.commit()
    raw.close()


def bytes_of(path: Path) -> bytes:
    return b"".join(file.read_bytes() for file in path.parent.iterdir() if file.is_file())


async def test_what_is_put_is_there_after_a_restart(vault: SqliteVault, database: Path, keys: FileKeys) -> None:
    await vault.put(connection())
    await vault.put(connection("two", "other", display_name="Second"))
    assert await SqliteVault(database, keys).open() == [connection(), connection("two", "other", display_name="Second")]


async def test_putting_again_replaces_and_deleting_forgets(vault: SqliteVault) -> None:
    await vault.put(connection())
    await vault.put(connection(secret="new"))
    assert await vault.open() == [connection(secret="new")]
    await vault.delete("one")
    assert await vault.open() == []


async def test_no_byte_of_the_data_directory_holds_a_secret(vault: SqliteVault, database: Path) -> None:
    await vault.put(connection())
    assert CANARY.encode() not in bytes_of(database)
    assert b"name-of-key" not in bytes_of(database)
    assert b"https://faraway.example" in bytes_of(database)


async def test_every_record_has_a_key_of_its_own(vault: SqliteVault, database: Path) -> None:
    await vault.put(connection())
    await vault.put(connection("two"))
    raw = sqlite3.connect(database)
    rows = raw.execute("SELECT wrapped_key, sealed FROM secrets").fetchall()
    raw.close()
    assert len({bytes(part) for row in rows for part in row}) == 2 * len(rows) == 10


async def test_the_key_file_is_made_with_the_first_secret_and_is_its_owners_alone(
    vault: SqliteVault, keys: FileKeys
) -> None:
    assert await vault.open() == []
    assert not keys.path.exists()
    await vault.put(connection())
    assert keys.path.stat().st_mode & 0o777 == 0o600


async def test_a_key_file_that_others_can_read_is_refused(vault: SqliteVault, keys: FileKeys) -> None:
    await vault.put(connection())
    keys.path.chmod(0o640)
    with pytest.raises(VaultError, match=r"can be read by others .*chmod 600"):
        await vault.open()


async def test_a_lost_key_is_an_error_and_no_new_one_is_made(vault: SqliteVault, keys: FileKeys) -> None:
    await vault.put(connection())
    keys.path.unlink()
    for attempt in (vault.open, lambda: vault.put(connection("two"))):
        with pytest.raises(VaultError, match="bring it back"):
            await attempt()
    assert not keys.path.exists()


async def test_the_canary_outlives_the_last_connection(vault: SqliteVault, keys: FileKeys) -> None:
    await vault.put(connection())
    await vault.delete("one")
    keys.path.write_text(key_text(new_key()))
    with pytest.raises(VaultError, match="does not hold"):
        await vault.put(connection())


async def test_another_key_is_an_error(vault: SqliteVault, database: Path) -> None:
    await vault.put(connection())
    other = EnvironmentKeys(key_text(new_key()))
    with pytest.raises(VaultError, match="which the variable BROKERWIRE_VAULT_KEY does not hold"):
        await SqliteVault(database, other).open()


async def test_a_key_that_only_claims_the_right_name_is_an_error(vault: SqliteVault, database: Path) -> None:
    await vault.put(connection())
    other = EnvironmentKeys(key_text(new_key()))
    name = next(iter(other.create()._keys))
    change(database, "UPDATE secrets SET key_id = ?", name)
    with pytest.raises(VaultError, match="does not open"):
        await SqliteVault(database, other).open()


async def test_a_missing_canary_is_an_error(vault: SqliteVault, database: Path) -> None:
    await vault.put(connection())
    change(database, "DELETE FROM secrets WHERE kind = 'canary'")
    with pytest.raises(VaultError, match="canary"):
        await vault.open()


@pytest.mark.parametrize(("column", "value"), [("broker", "nearby"), ("environment", "LIVE")])
async def test_a_paper_secret_does_not_open_on_a_connection_that_was_made_live(
    vault: SqliteVault, database: Path, column: str, value: str
) -> None:
    await vault.put(connection())
    change(database, f"UPDATE connections SET {column} = ?", value)  # noqa: S608
    with pytest.raises(VaultError, match="does not open"):
        await vault.open()


@pytest.mark.parametrize("column", ["wrapped_key", "sealed"])
@pytest.mark.parametrize("damage", ["substr({}, 1, 20)", "x''", "CAST(substr({}, 1, length({}) - 1) || 'xy' AS BLOB)"])
async def test_damaged_records_do_not_open(vault: SqliteVault, database: Path, column: str, damage: str) -> None:
    await vault.put(connection())
    expression = damage.replace("{}", column)
    change(database, f"UPDATE secrets SET {column} = {expression} WHERE field = 'secret_key'")  # noqa: S608
    with pytest.raises(VaultError, match="does not open"):
        await vault.open()


async def test_errors_hold_no_secret(vault: SqliteVault, database: Path, keys: FileKeys) -> None:
    await vault.put(connection())
    raw = sqlite3.connect(database)
    raw.execute("DROP TABLE connections")
    raw.close()
    with pytest.raises(Exception, match="could not be used") as caught:
        await vault.put(connection(secret=CANARY))
    assert CANARY not in repr(caught.value) + str(caught.value.__context__) + repr(connection())


def test_the_variable_wins_over_the_file(tmp_path: Path) -> None:
    assert isinstance(keys_of(tmp_path, {"BROKERWIRE_VAULT_KEY": key_text(new_key())}), EnvironmentKeys)
    assert isinstance(keys_of(tmp_path, {}), FileKeys)


@pytest.mark.parametrize("text", ["", "short", "x" * 44, key_text(bytes(29))])
def test_what_is_no_key_is_refused_unquoted(text: str) -> None:
    with pytest.raises(VaultError, match="base64 of 32 bytes") as caught:
        EnvironmentKeys(text or " ").load()
    assert not text or text not in str(caught.value)
