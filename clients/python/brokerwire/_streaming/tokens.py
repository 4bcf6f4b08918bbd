"""Where a resume token is kept, so that a stream goes on after a restart of the program."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Protocol

__all__ = ["AnyTokenStore", "AsyncTokenStore", "FileTokenStore", "TokenStore"]


class TokenStore(Protocol):
    """Keeps the token of one stream. Its filters must stay the same, or the gateway starts it over."""

    def load(self) -> str | None:
        """The token saved last; None or empty to start afresh."""

    def save(self, token: str) -> None:
        """Keeps a token. Called when all items before it have been processed."""


class AsyncTokenStore(Protocol):
    """A TokenStore whose methods are coroutines."""

    async def load(self) -> str | None:
        """The token saved last; None or empty to start afresh."""

    async def save(self, token: str) -> None:
        """Keeps a token. Called when all items before it have been processed."""


AnyTokenStore = TokenStore | AsyncTokenStore


class FileTokenStore:
    """A token in a file, replaced as a whole: after a crash it holds the former token or the new one."""

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path)

    def load(self) -> str | None:
        """The token in the file; None if there is no file."""
        try:
            return self.path.read_text(encoding="ascii").strip() or None
        except FileNotFoundError:
            return None

    def save(self, token: str) -> None:
        """Writes the token beside the file, to disk, and puts it in the file's place."""
        folder = self.path.parent
        folder.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(prefix=f".{self.path.name}.", dir=folder)
        try:
            with os.fdopen(handle, "w", encoding="ascii") as file:
                file.write(token + "\n")
                file.flush()
                os.fsync(file.fileno())
            Path(temporary).replace(self.path)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
        _sync_folder(folder)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
