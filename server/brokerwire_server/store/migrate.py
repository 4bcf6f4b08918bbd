"""Brings a database to the schema of this program, or refuses.

Alembic runs on a connection of ours, inside one transaction, and needs no configuration file. A database that is
already right costs one query: Alembic is imported only where there is work.
"""

import logging
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, inspect

from brokerwire_server.store.base import DatabaseTooNewError, StoreError

if TYPE_CHECKING:
    from alembic.config import Config

HEAD = "0007"
"""The revision this program writes."""

MIGRATIONS = Path(__file__).parent / "migrations"

_VERSION_TABLE = "alembic_version"


def migrate(connection: Connection, migrations: Path = MIGRATIONS, head: str = HEAD) -> None:
    """Upgrade to `head`. The caller owns the transaction: a failure rolled back leaves the database as it was.

    Raises:
        DatabaseTooNewError: the database has a revision that this program doesn't know.
        StoreError: the file holds something else than a Brokerwire database.
    """
    revision = current_revision(connection)
    if revision == head:
        return
    config = _config(connection, migrations)
    if revision is not None and not _knows(config, revision):
        raise DatabaseTooNewError(
            f"the database has schema {revision} and was written by a newer Brokerwire (this one knows schemas up to "
            f"{head}): upgrade Brokerwire, or restore a backup made by this version"
        )
    _upgrade(config, head)


def current_revision(connection: Connection) -> str | None:
    """Return the database's revision, `None` where it is empty. Raises `StoreError` where it is not ours."""
    tables = inspect(connection).get_table_names()
    if _VERSION_TABLE in tables:
        found = connection.exec_driver_sql(f"SELECT version_num FROM {_VERSION_TABLE}").scalar()  # noqa: S608
        return None if found is None else str(found)
    if tables:
        raise StoreError(f"the file holds tables of another program ({', '.join(tables[:3])}): choose another path")
    return None


def _config(connection: Connection, migrations: Path) -> "Config":
    from alembic.config import Config  # noqa: PLC0415 - a start that has nothing to migrate is faster without

    # Alembic tells each step at INFO; a server that starts up has one line to say, and says it itself.
    logger = logging.getLogger("alembic")
    if logger.level == logging.NOTSET:
        logger.setLevel(logging.WARNING)
    config = Config()
    config.set_main_option("script_location", str(migrations).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


def _knows(config: "Config", revision: str) -> bool:
    from alembic.script import ScriptDirectory  # noqa: PLC0415 - see `_config`

    scripts = ScriptDirectory.from_config(config)
    return any(script.revision == revision for script in scripts.walk_revisions())


def _upgrade(config: "Config", head: str) -> None:
    from alembic import command  # noqa: PLC0415 - see `_config`

    command.upgrade(config, head)
