"""One process per database: an advisory lock on `<database>.lock` that the kernel releases with the process."""

import fcntl
import os
from pathlib import Path

from brokerwire_server.store.base import DatabaseInUseError


class DatabaseLock:
    """An exclusive lock, held from construction to `release`.

    The file stays behind: removing it would let two processes lock two files of the same name.
    """

    __slots__ = ("_file",)

    def __init__(self, database: Path) -> None:
        """Take the lock. Raises `DatabaseInUseError` where another process, or another store here, holds it."""
        path = database.with_name(database.name + ".lock")
        self._file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.read(self._file, 32).decode(errors="replace").strip() or "unknown"
            self.release()
            raise DatabaseInUseError(
                f"{database} is in use by process {holder}, and a database has one writer: stop that process, or give "
                "this one a data directory of its own"
            ) from None
        os.ftruncate(self._file, 0)
        os.pwrite(self._file, f"{os.getpid()}\n".encode(), 0)

    def release(self) -> None:
        """Give the lock back."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1
