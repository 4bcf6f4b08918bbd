"""The asyncio client: `async with brokerwire.aio.connect() as bw: order = await bw.submit("AAPL", "buy", 10)`."""

from brokerwire._aio_client import AsyncClient, AsyncSimulator, connect
from brokerwire._guard import AsyncGuard
from brokerwire._pages import AsyncPages
from brokerwire._session.aio import AsyncOrderSession
from brokerwire._streaming.aio import AsyncStream
from brokerwire._streaming.tokens import AsyncTokenStore

__all__ = [
    "AsyncClient",
    "AsyncGuard",
    "AsyncOrderSession",
    "AsyncPages",
    "AsyncSimulator",
    "AsyncStream",
    "AsyncTokenStore",
    "connect",
]
