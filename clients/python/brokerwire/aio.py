"""The asyncio client: `async with brokerwire.aio.connect() as bw: order = await bw.submit("AAPL", "buy", 10)`."""

from brokerwire._aio_client import AsyncAccess, AsyncClient, AsyncSimulator, connect
from brokerwire._pages import AsyncPages
from brokerwire._session.aio import AsyncOrderSession
from brokerwire._streaming.aio import AsyncStream
from brokerwire._streaming.tokens import AsyncTokenStore

__all__ = [
    "AsyncAccess",
    "AsyncClient",
    "AsyncOrderSession",
    "AsyncPages",
    "AsyncSimulator",
    "AsyncStream",
    "AsyncTokenStore",
    "connect",
]
