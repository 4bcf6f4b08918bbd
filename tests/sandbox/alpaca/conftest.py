"""A started sandbox, and a bare client of its wire protocol."""

from __future__ import annotations

import asyncio
import json
import warnings
from typing import TYPE_CHECKING, Any

import aiohttp
import msgspec
import pytest

from brokerwire_sandbox.alpaca import AlpacaSandbox, SandboxSettings

with warnings.catch_warnings():
    # alpaca-py's stream stands on a part of websockets that is deprecated; that is between the two of them.
    warnings.simplefilter("ignore", DeprecationWarning)
    import alpaca.trading  # noqa: F401

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

ORDER = {"symbol": "AAPL", "qty": "10", "side": "buy", "type": "market", "time_in_force": "day"}


class Wire:
    """REST calls and stream connections with nothing of an SDK in between."""

    def __init__(self, sandbox: AlpacaSandbox, session: aiohttp.ClientSession) -> None:
        self.sandbox = sandbox
        self.session = session
        self._sockets: list[aiohttp.ClientWebSocketResponse] = []

    async def call(self, method: str, path: str, body: Any = None, **query: str) -> tuple[int, Any, Any]:
        """Status, JSON (or text), headers."""
        headers = {"APCA-API-KEY-ID": self.sandbox.key, "APCA-API-SECRET-KEY": self.sandbox.secret}
        async with self.session.request(
            method, self.sandbox.url + path, json=body, params=query, headers=headers, allow_redirects=False
        ) as response:
            text = await response.text()
            is_json = response.content_type == "application/json" and text
            return response.status, json.loads(text) if is_json else text, response.headers

    async def order(self, **body: Any) -> dict[str, Any]:
        status, answer, _ = await self.call("POST", "/v2/orders", {**ORDER, **body})
        assert status == 200, answer
        return dict(answer)

    async def stream(self, **options: Any) -> Stream:
        """A connection that listens."""
        stream = await self.connect(**options)
        await stream.authorize(self.sandbox.key, self.sandbox.secret)
        await stream.listen()
        return stream

    async def connect(self, **options: Any) -> Stream:
        socket = await self.session.ws_connect(self.sandbox.stream_url, **options)
        self._sockets.append(socket)
        return Stream(socket)

    async def close(self) -> None:
        for socket in self._sockets:
            await socket.close()
        await self.sandbox.stop()


class Stream:
    """One websocket."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.socket = socket
        self.frames: list[aiohttp.WSMessage] = []

    async def say(self, message: dict[str, Any]) -> None:
        await self.socket.send_json(message)

    async def hear(self) -> dict[str, Any]:
        frame = await asyncio.wait_for(self.socket.receive(), 5)
        self.frames.append(frame)
        if frame.type in (aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.ERROR):
            return {"closed": self.socket.close_code}
        return dict(json.loads(frame.data))

    async def hear_packed(self) -> dict[str, Any]:
        frame = await asyncio.wait_for(self.socket.receive(), 5)
        return dict(msgspec.msgpack.decode(frame.data))

    async def authorize(self, key: str, secret: str) -> dict[str, Any]:
        await self.say({"action": "auth", "key": key, "secret": secret})
        return await self.hear()

    async def listen(self, *streams: str) -> dict[str, Any]:
        await self.say({"action": "listen", "data": {"streams": list(streams or ("trade_updates",))}})
        return await self.hear()

    async def events(self, count: int) -> list[str]:
        return [(await self.hear())["data"]["event"] for _ in range(count)]

    async def silent(self) -> bool:
        """Nothing comes, though the server has answered something asked later."""
        await self.say({"action": "listen", "data": {"streams": ["trade_updates"]}})
        return bool((await self.hear())["stream"] == "listening")


@pytest.fixture
async def serve() -> AsyncIterator[Callable[..., Awaitable[Wire]]]:
    """Start sandboxes; the rate limit is off unless asked for."""
    async with aiohttp.ClientSession() as session:
        started: list[Wire] = []

        async def start(**settings: Any) -> Wire:
            settings.setdefault("rate_limit", 0)
            sandbox = AlpacaSandbox(SandboxSettings(**settings))
            await sandbox.start()
            started.append(Wire(sandbox, session))
            return started[-1]

        yield start
        for wire in started:
            await wire.close()


@pytest.fixture
async def wire(serve: Callable[..., Awaitable[Wire]]) -> Wire:
    return await serve()
