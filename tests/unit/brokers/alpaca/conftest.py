"""An adapter that is connected to a sandbox."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.unit.brokers.alpaca.rigs import rig

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.unit.brokers.alpaca.rigs import Rig


@pytest.fixture
async def alpaca() -> AsyncIterator[Rig]:
    async with rig() as one:
        yield one
