from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from brokerwire_server.store.sqlite import SqliteStore
from tests.unit.store.builders import EPOCH

Opener = Callable[..., Awaitable[SqliteStore]]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "brokerwire.db"


@pytest.fixture
async def store(path: Path) -> AsyncIterator[SqliteStore]:
    opened = SqliteStore(path, new_epoch=lambda: EPOCH)
    await opened.open()
    yield opened
    await opened.close()
