"""Looks at a journal without a server, and without writing anything."""

from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from brokerwire_server.cli.exits import CommandFailure
from brokerwire_server.store import queries
from brokerwire_server.store.base import StoreError, Verification
from brokerwire_server.store.connections import reading_engine
from brokerwire_server.store.migrate import HEAD, current_revision
from brokerwire_server.store.verify import Verifier

DATABASE = "brokerwire.db"


def verify(data_dir: Path, account_ids: Sequence[str]) -> list[Verification]:
    """Check the hash chains of a journal, of all its accounts or of some.

    Raises:
        CommandFailure: there is no journal that can be read, or no such account in it.
    """
    path = require_database(data_dir)
    engine = reading_engine(path, 1)
    try:
        with engine.connect() as connection:
            wanted = account_ids or sorted(queries.ends(connection))
            return [_verified(Verifier(connection, account_id), connection) for account_id in wanted]
    except (SQLAlchemyError, StoreError) as error:
        raise CommandFailure(f"{path}: can't be read: {error}", "restore a backup of the whole directory") from None
    finally:
        engine.dispose()


def require_database(data_dir: Path) -> Path:
    """Return the database of a data directory. Raises `CommandFailure` where it is missing or of another schema."""
    path = data_dir / DATABASE
    if not path.is_file():
        raise CommandFailure(f"{path}: no such file", "name the directory that `serve` printed as data: --data-dir DIR")
    engine = reading_engine(path, 1)
    try:
        with engine.connect() as connection:
            revision = current_revision(connection)
    except (SQLAlchemyError, StoreError) as error:
        raise CommandFailure(f"{path}: can't be read: {error}", "restore a backup of the whole directory") from None
    finally:
        engine.dispose()
    if revision != HEAD:
        hint = "start the gateway of this version once: it brings the database up to date"
        raise CommandFailure(f"{path}: has schema {revision}, this program reads {HEAD}", hint)
    return path


def _verified(verifier: Verifier, connection: Connection) -> Verification:
    while (result := verifier.step(connection)) is None:
        pass
    return result
