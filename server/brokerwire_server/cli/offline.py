"""Looks at a journal without a server, and without writing anything."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from brokerwire_server.cli.exits import CommandFailure
from brokerwire_server.domain.events import Event
from brokerwire_server.domain.export import CSV, JSON_LINES
from brokerwire_server.store import queries
from brokerwire_server.store.base import StoreError, Verification
from brokerwire_server.store.checkpoints import FILE, KEY_FILE, marks_of, read, signing_key
from brokerwire_server.store.connections import reading_engine
from brokerwire_server.store.migrate import HEAD, current_revision
from brokerwire_server.store.verify import Verifier

DATABASE = "brokerwire.db"
BATCH = 1_000


Progress = Callable[[str, int, int], None]
"""Told of an account, the events checked so far, and how many there are."""


def verify(
    data_dir: Path, account_ids: Sequence[str], checkpoints: Path | None, public_key: str, progress: Progress
) -> list[Verification]:
    """Check the hash chains of a journal, of all its accounts or of some, and that what was checkpointed is in them.

    Args:
        data_dir: the gateway's.
        account_ids: the accounts; none: all.
        checkpoints: the file of checkpoints; `None`: the one in the data directory, if there is one.
        public_key: what the checkpoints are checked with; empty: the data directory's own key.
        progress: is told how far it is.

    Raises:
        CommandFailure: there is no journal that can be read, or the checkpoints are not what the key's holder wrote.
    """
    path = require_database(data_dir)
    marks = _marks(data_dir, checkpoints, public_key)
    engine = reading_engine(path, 1)
    try:
        with engine.connect() as connection:
            wanted = account_ids or sorted({*queries.ends(connection), *marks})
            return [_verified(connection, account_id, marks.get(account_id, {}), progress) for account_id in wanted]
    except (SQLAlchemyError, StoreError) as error:
        raise CommandFailure(f"{path}: can't be read: {error}", "restore a backup of the whole directory") from None
    finally:
        engine.dispose()


def _marks(data_dir: Path, checkpoints: Path | None, public_key: str) -> dict[str, dict[int, bytes]]:
    file = checkpoints or data_dir / FILE
    if checkpoints is None and not file.exists():
        return {}
    try:
        content = file.read_bytes()
        key = public_key or _own_key(data_dir)
        return marks_of(read(content[: content.rfind(b"\n") + 1], key))
    except OSError as error:
        raise CommandFailure(f"{file}: can't be read ({error.strerror})") from None
    except StoreError as error:
        hint = "somebody changed the checkpoints, or this is not their public key: compare with a copy kept elsewhere"
        raise CommandFailure(f"{file}: {error}", hint) from None


def _own_key(data_dir: Path) -> str:
    path = data_dir / KEY_FILE
    if not path.exists():
        raise CommandFailure(f"{path}: no such file", "give the public key: --public-key ed25519:...")
    return signing_key(path).public


def export(
    data_dir: Path, account_ids: Sequence[str], *, types: frozenset[str], start: int, end: int, form: str
) -> Iterator[bytes]:
    """Yield a journal as lines of text, piece by piece; the filters are those of ExportJournal, times nanoseconds.

    Raises:
        CommandFailure: there is no journal that can be read.
    """
    path = require_database(data_dir)
    header, line_of = CSV if form == "csv" else JSON_LINES
    engine = reading_engine(path, 1)
    try:
        with engine.connect() as connection:
            yield header.encode()
            for account_id in account_ids or sorted(queries.ends(connection)):
                after = 0
                while events := queries.read(connection, account_id, after, BATCH):
                    after = events[-1].sequence
                    lines = (line_of(e) for e in events if _wanted(e, types, start, end))
                    yield "".join(lines).encode()
    except (SQLAlchemyError, StoreError) as error:
        raise CommandFailure(f"{path}: can't be read: {error}", "`brokerwire journal verify` says more") from None
    finally:
        engine.dispose()


def _wanted(event: Event, types: frozenset[str], start: int, end: int) -> bool:
    return (not types or event.type in types) and event.time >= start and (not end or event.time < end)


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


def _verified(connection: Connection, account_id: str, marks: Mapping[int, bytes], progress: Progress) -> Verification:
    verifier = Verifier(connection, account_id, marks)
    while (result := verifier.step(connection)) is None:
        progress(account_id, verifier.checked, verifier.head)
    return result
