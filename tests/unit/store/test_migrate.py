import asyncio
import logging
import shutil
import sqlite3
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from brokerwire_server.store import files, migrate
from brokerwire_server.store.base import DatabaseTooNewError, StoreError
from brokerwire_server.store.connections import writing_engine
from brokerwire_server.store.sqlite import SqliteStore
from brokerwire_server.store.tables import METADATA
from tests.unit.store.builders import EPOCH, Chain

NEXT = """
import sqlalchemy as sa
from alembic import op

revision = "9001"
down_revision = "{head}"

def upgrade():
    op.create_table("extra", sa.Column("x", sa.Integer))
    op.execute("DELETE FROM journal")
    {last}
"""


def schema(path: Path) -> list[tuple[str]]:
    connection = sqlite3.connect(path)
    mine = "sql IS NOT NULL AND name NOT LIKE 'alembic%'"
    rows = connection.execute(f"SELECT sql FROM sqlite_master WHERE {mine} ORDER BY name").fetchall()  # noqa: S608
    connection.close()
    return rows


def with_next(tmp_path: Path, last: str) -> Path:
    copy = tmp_path / "migrations 100%"
    shutil.copytree(migrate.MIGRATIONS, copy)
    (copy / "versions" / "rev_9001_next.py").write_text(NEXT.format(last=last, head=migrate.HEAD))
    return copy


def test_the_migrations_lead_to_the_tables(path: Path, tmp_path: Path) -> None:
    files.create_file(path)
    with writing_engine(path).begin() as connection:
        migrate.migrate(connection)
        assert compare_metadata(MigrationContext.configure(connection), METADATA) == []
    created = tmp_path / "created.db"
    files.create_file(created)
    with writing_engine(created).begin() as connection:
        METADATA.create_all(connection)
    # What the comparison doesn't look at: conditions of indices, tables without row ids.
    assert [normal(sql) for sql in schema(path)] == [normal(sql) for sql in schema(created)]


def normal(row: tuple[str]) -> str:
    return " ".join(row[0].split())


def test_the_program_knows_its_own_head() -> None:
    config = Config()
    config.set_main_option("script_location", str(migrate.MIGRATIONS))
    config.set_main_option("path_separator", "os")
    assert ScriptDirectory.from_config(config).get_heads() == [migrate.HEAD]


async def test_a_database_of_a_newer_program_is_refused_and_left_alone(path: Path, store: SqliteStore) -> None:
    await store.close()
    connection = sqlite3.connect(path)
    connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.commit()
    connection.close()
    before = await asyncio.to_thread(path.read_bytes)
    with pytest.raises(DatabaseTooNewError, match=r"written by a newer Brokerwire.*upgrade.*or restore a backup"):
        await store.open()
    assert await asyncio.to_thread(path.read_bytes) == before


async def test_a_database_of_another_program_is_refused(path: Path) -> None:
    path.parent.mkdir()
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE recipes (x)")
    connection.close()
    with pytest.raises(StoreError, match="another program"):
        await SqliteStore(path, new_epoch=lambda: 1).open()
    assert schema(path) == [("CREATE TABLE recipes (x)",)]


@pytest.mark.parametrize("last", ["raise RuntimeError('half way')", "op.execute('SELECT no_such_function()')"])
async def test_a_failed_migration_leaves_the_database_as_it_was(
    path: Path, tmp_path: Path, store: SqliteStore, last: str
) -> None:
    await store.append(Chain().first)
    await store.close()
    before = schema(path)
    with pytest.raises(Exception, match=r"half way|no_such_function"), writing_engine(path).begin() as connection:
        migrate.migrate(connection, with_next(tmp_path, last), "9001")
    assert schema(path) == before
    await store.open()
    assert (await store.verify("acc-1")).verified == 1


async def test_a_later_migration_is_applied(path: Path, tmp_path: Path, store: SqliteStore) -> None:
    await store.close()
    with writing_engine(path).begin() as connection:
        migrate.migrate(connection, with_next(tmp_path, "pass"), "9001")
        assert migrate.current_revision(connection) == "9001"


async def test_migrating_says_nothing(
    path: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.INFO)
    store = SqliteStore(path, new_epoch=lambda: EPOCH)
    await store.open()
    await store.close()
    assert caplog.records == []
    assert capfd.readouterr() == ("", "")
