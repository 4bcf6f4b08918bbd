"""The market data streams: quotes, trades and minute bars over a websocket, in JSON or msgpack."""

import asyncio
from typing import Any

import aiohttp
import msgspec
from aiohttp import web

from brokerwire_sandbox.alpaca.access import Access
from brokerwire_sandbox.alpaca.assets import Asset
from brokerwire_sandbox.alpaca.data_formats import bar_json, frame, quote_json, trade_json
from brokerwire_sandbox.alpaca.data_tape import Bar
from brokerwire_sandbox.alpaca.edge import abort
from brokerwire_server.domain.instruments import AssetClass
from brokerwire_server.domain.market import Quote

STREAMS = {
    "/v2/iex": AssetClass.EQUITY,
    "/v2/sip": AssetClass.EQUITY,
    "/v1beta3/crypto/us": AssetClass.CRYPTO,
}
"""What each path streams."""

_CHANNELS = ("trades", "quotes", "bars", "updatedBars", "dailyBars", "statuses", "lulds", "corrections", "cancelErrors")
_LIMITED = ("trades", "quotes")
_ERRORS = {
    400: "invalid syntax",
    401: "not authenticated",
    402: "auth failed",
    403: "already authenticated",
    405: "symbol limit exceeded",
    406: "connection limit exceeded",
    409: "insufficient subscription",
    410: "invalid subscribe action for this feed",
}


class _Connection:
    def __init__(self, request: web.Request, socket: web.WebSocketResponse, *, packed: bool) -> None:
        self.request = request
        self.path = request.path
        self.socket = socket
        self.packed = packed
        self.authenticated = False
        self.channels: dict[str, set[str]] = {name: set() for name in _CHANNELS}
        self.queue: asyncio.Queue[list[dict[str, Any]]] = asyncio.Queue()

    def say(self, **message: object) -> None:
        self.queue.put_nowait([message])

    def fail(self, code: int) -> None:
        self.say(T="error", code=code, msg=_ERRORS[code])

    def wants(self, channel: str, symbol: str) -> bool:
        return symbol in self.channels[channel] or "*" in self.channels[channel]


class DataStream:
    """All connections. `limit` is how many one path takes, `symbols` how many symbols a channel may have (0: any)."""

    def __init__(self, access: Access) -> None:
        """Begin with nobody connected and the basic plan."""
        self.limit = 1
        self.symbols = 30
        self.plus = False
        self._access = access
        self._connections: list[_Connection] = []

    @property
    def subscribed(self) -> list[str]:
        """The symbols whose quotes somebody gets, sorted."""
        return sorted({symbol for c in self._connections for symbol in c.channels["quotes"]})

    @property
    def connected(self) -> int:
        """How many connections are authenticated."""
        return sum(c.authenticated for c in self._connections)

    def routes(self) -> list[web.RouteDef]:
        """Return the route table; these paths authenticate by themselves."""
        return [web.get(path, self.serve) for path in STREAMS]

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Serve one connection until it ends."""
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        packed = request.headers.get("Content-Type", "") == "application/msgpack"
        connection = _Connection(request, socket, packed=packed)
        self._connections.append(connection)
        writer = asyncio.create_task(self._write(connection))
        connection.say(T="success", msg="connected")
        if self._access.admits(request.headers):
            self._authenticate(connection)
        try:
            async for message in socket:
                if message.type in (aiohttp.WSMsgType.TEXT, aiohttp.WSMsgType.BINARY):
                    self._take(connection, message.data)
        finally:
            self._connections.remove(connection)
            writer.cancel()
            await asyncio.gather(writer, return_exceptions=True)
        return socket

    def publish(self, asset: Asset, quote: Quote) -> None:
        """Show a quote, and the trade that it tells of, to whoever wants them."""
        self._send("quotes", asset, "q", quote_json(asset, quote))
        trade = trade_json(asset, quote)
        if trade is not None:
            self._send("trades", asset, "t", trade)

    def publish_bar(self, asset: Asset, bar: Bar) -> None:
        """Show a minute that is over."""
        self._send("bars", asset, "b", bar_json(asset, bar))

    async def drop(self) -> int:
        """Break all connections without a word, and return how many there were."""
        dropped = list(self._connections)
        for connection in dropped:
            abort(connection.request)
        return len(dropped)

    async def close(self) -> None:
        """End all connections in good order."""
        for connection in list(self._connections):
            await connection.socket.close(code=aiohttp.WSCloseCode.GOING_AWAY)

    def _send(self, channel: str, asset: Asset, kind: str, body: dict[str, Any]) -> None:
        for connection in self._connections:
            if STREAMS[connection.path] is asset.kind and connection.wants(channel, asset.symbol):
                connection.queue.put_nowait([{"T": kind, "S": asset.symbol, **body}])

    async def _write(self, connection: _Connection) -> None:
        while True:
            messages = await connection.queue.get()
            data = frame(messages, packed=connection.packed)
            if connection.packed:
                await connection.socket.send_bytes(data)
            else:
                await connection.socket.send_str(data.decode())
            if messages[0].get("code") in (402, 406, 409):
                await connection.socket.close()

    def _take(self, connection: _Connection, data: bytes | str) -> None:
        try:
            message = msgspec.msgpack.decode(data) if connection.packed else msgspec.json.decode(data)  # type: ignore[arg-type]
            action = message["action"]
        except (msgspec.DecodeError, KeyError, TypeError):
            connection.fail(400)
            return
        if action == "auth":
            if connection.authenticated:
                connection.fail(403)
            elif self._access.check(str(message.get("key", "")), str(message.get("secret", ""))):
                self._authenticate(connection)
            else:
                connection.fail(402)
        elif not connection.authenticated:
            connection.fail(401)
        elif action in ("subscribe", "unsubscribe"):
            self._subscribe(connection, message, add=action == "subscribe")
        else:
            connection.fail(400)

    def _authenticate(self, connection: _Connection) -> None:
        others = sum(c.authenticated for c in self._connections if c.path == connection.path)
        if connection.path.endswith("/sip") and not self.plus:
            connection.fail(409)
        elif others >= self.limit:
            connection.fail(406)
        else:
            connection.authenticated = True
            connection.say(T="success", msg="authenticated")

    def _subscribe(self, connection: _Connection, message: dict[str, Any], *, add: bool) -> None:
        wanted = {
            name: connection.channels[name] | set(message.get(name) or ())
            if add
            else connection.channels[name] - set(message.get(name) or ())
            for name in _CHANNELS
        }
        if add and self.symbols and not self.plus and any(len(wanted[name]) > self.symbols for name in _LIMITED):
            connection.fail(405)
            return
        connection.channels = wanted
        connection.say(T="subscription", **{name: sorted(symbols) for name, symbols in wanted.items()})
