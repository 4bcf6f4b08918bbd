"""The trading stream `/stream`: a websocket with trade_updates. No replay, no snapshot."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import aiohttp
import msgspec
from aiohttp import web

from brokerwire_sandbox.alpaca.access import Access
from brokerwire_sandbox.alpaca.edge import abort, error_response
from brokerwire_sandbox.alpaca.errors import server_error, too_many_requests, unauthorized
from brokerwire_sandbox.alpaca.events import TradeEvent
from brokerwire_sandbox.alpaca.faults import FaultRule, Kind, Target
from brokerwire_sandbox.alpaca.settings import EarlyListen, SandboxSettings, StreamPolicy

STREAMS = ("trade_updates", "account_updates")
_REORDER_SECONDS = 0.05


class Connection:
    """One websocket: its encoding, what it listens to, and its outgoing queue."""

    def __init__(self, request: web.Request, socket: web.WebSocketResponse, *, packed: bool, text: bool) -> None:
        """Begin unauthorized."""
        self.request = request
        self.socket = socket
        self.packed = packed
        self.text = text
        self.authorized = False
        self.listening: list[str] = []
        self.queue: asyncio.Queue[dict[str, Any] | str] = asyncio.Queue()
        self.swapped: dict[str, Any] | None = None

    async def write(self, message: dict[str, Any] | str) -> None:
        """Send one message in the connection's encoding; a text goes as it is."""
        if isinstance(message, str):
            await self.socket.send_str(message)
        elif self.packed:
            await self.socket.send_bytes(msgspec.msgpack.encode(message))
        elif self.text:
            await self.socket.send_str(msgspec.json.encode(message).decode())
        else:
            await self.socket.send_bytes(msgspec.json.encode(message))


class TradeStream:
    """All connections of the stream, and what the fault plan and the control API do to them."""

    def __init__(
        self,
        settings: SandboxSettings,
        access: Access,
        roll: Callable[[tuple[Target, ...], str], FaultRule | None],
    ) -> None:
        """Begin with nobody connected. `roll` asks the fault plan in force."""
        self.connections: list[Connection] = []
        self.opened = 0
        self.muted = False
        self.entitled = True
        self._settings = settings
        self._access = access
        self._roll = roll
        self._flowing = asyncio.Event()
        self._flowing.set()
        self._pongs = True
        self._tasks: set[asyncio.Task[None]] = set()

    # --- the way of an event ---

    def publish(self, event: TradeEvent) -> None:
        """Hand an event to everyone who listens, as the fault plan lets it."""
        listeners = [c for c in self.connections if "trade_updates" in c.listening]
        if not listeners or self.muted or not event.order_id:
            return
        rule = self._roll((Target.STREAM,), event.name)
        frame = event.frame()
        for connection in listeners:
            self._deliver(connection, frame, rule)

    def send_raw(self, text: str) -> None:
        """Send a text frame, whatever it says, to everyone connected."""
        for connection in self.connections:
            connection.queue.put_nowait(text)

    def send(self, message: dict[str, Any]) -> None:
        """Send a message, in each one's encoding, to everyone who listens."""
        for connection in self.connections:
            if connection.listening:
                connection.queue.put_nowait(message)

    def _deliver(self, connection: Connection, frame: dict[str, Any], rule: FaultRule | None) -> None:
        kind = rule.kind if rule is not None else None
        match kind:
            case Kind.DROP:
                return
            case Kind.MUTE:
                self._mute_for(rule.delay if rule is not None else 0)
                return
            case Kind.DELAY:
                self._spawn(self._later(connection, frame, rule.delay if rule is not None else 0))
                return
            case Kind.REORDER if connection.swapped is None:
                connection.swapped = frame
                self._spawn(self._flush(connection))
                return
            case Kind.DUPLICATE:
                connection.queue.put_nowait(frame)
            case Kind.CLOSE:
                self._spawn(self._end(connection, (rule.status if rule is not None else 0) or 1011))
                return
            case Kind.ABORT:
                self._spawn(self._end(connection, 0))
                return
        connection.queue.put_nowait(frame)
        self._release(connection)

    def _release(self, connection: Connection) -> None:
        held, connection.swapped = connection.swapped, None
        if held is not None:
            connection.queue.put_nowait(held)

    def _mute_for(self, delay: float) -> None:
        self.muted = True
        if delay:
            self._spawn(self._unmute(delay))

    # --- control ---

    async def drop(self, how: str = "1011") -> int:
        """End every connection: "1001", "1011" or another close code, or "abort". Return how many there were."""
        connections = list(self.connections)
        for connection in connections:
            await self._end(connection, 0 if how == "abort" else int(how))
        return len(connections)

    def stall(self, *, on: bool) -> None:
        """Stop, or go on, writing anything at all, pongs included: the peer sees an open and silent socket."""
        self._pongs = not on
        if on:
            self._flowing.clear()
        else:
            self._flowing.set()

    def withhold_pongs(self, *, on: bool) -> None:
        """Leave pings unanswered, or answer them again."""
        self._pongs = not on

    async def close(self) -> None:
        """End everything."""
        self._flowing.set()
        await self.drop("1001")
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    # --- a connection's life ---

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Serve one websocket until it ends."""
        refused = await self._refused(request)
        if refused is not None:
            return refused
        packed = request.headers.get("Content-Type", "").startswith("application/msgpack")
        socket = web.WebSocketResponse(autoping=False)
        await socket.prepare(request)
        connection = Connection(request, socket, packed=packed, text=self._settings.text_frames)
        self.connections.append(connection)
        self.opened += 1
        writer = asyncio.create_task(self._write(connection))
        try:
            await self._read(connection)
        finally:
            if connection in self.connections:
                self.connections.remove(connection)
            writer.cancel()
            await asyncio.gather(writer, return_exceptions=True)
        return socket

    async def _refused(self, request: web.Request) -> web.StreamResponse | None:
        rule = self._roll((Target.STREAM_CONNECT,), "")
        match rule.kind if rule is not None else None:
            case Kind.CONNECT_429:
                return error_response(too_many_requests())
            case Kind.CONNECT_401:
                return error_response(unauthorized())
            case Kind.CONNECT_500:
                return error_response(server_error())
            case Kind.CONNECT_RESET:
                return abort(request)
        if self.connections and self._settings.stream_policy is StreamPolicy.REFUSE_NEW:
            return error_response(too_many_requests())
        return None

    async def _read(self, connection: Connection) -> None:
        async for message in connection.socket:
            await self._flowing.wait()
            if message.type is aiohttp.WSMsgType.PING:
                if self._pongs:
                    await connection.socket.pong(message.data)
            elif message.type in (aiohttp.WSMsgType.TEXT, aiohttp.WSMsgType.BINARY):
                await self._take(connection, message.data)

    async def _write(self, connection: Connection) -> None:
        while True:
            message = await connection.queue.get()
            await self._flowing.wait()
            try:
                await connection.write(message)
            except (ConnectionError, RuntimeError):
                return

    async def _take(self, connection: Connection, data: str | bytes) -> None:
        message = _decode(data, packed=connection.packed)
        action = message.get("action") if message is not None else None
        if message is None:
            self._error(connection, "invalid syntax")
        elif action in ("auth", "authenticate"):
            await self._authenticate(connection, message)
        elif action == "listen":
            self._listen(connection, message)
        else:
            self._error(connection, "invalid action")

    async def _authenticate(self, connection: Connection, message: dict[str, Any]) -> None:
        data = message.get("data")
        data = data if isinstance(data, dict) else {}
        key = message.get("key") or data.get("key_id") or data.get("key") or ""
        secret = message.get("secret") or data.get("secret_key") or data.get("secret") or ""
        token = data.get("oauth_token")
        good = self._access.check(self._access.key, token) if token else self._access.check(str(key), str(secret))
        body: dict[str, Any] = {"action": "authenticate", "status": "authorized" if good else "unauthorized"}
        if not good:
            body["message"] = "access key verification failed"
        connection.authorized = good
        connection.queue.put_nowait({"stream": "authorization", "data": body})
        if good and self._settings.stream_policy is StreamPolicy.KICK_OLD:
            for other in [c for c in self.connections if c is not connection and c.authorized]:
                await self._end(other, 1001)

    def _listen(self, connection: Connection, message: dict[str, Any]) -> None:
        if not connection.authorized:
            if self._settings.early_listen is EarlyListen.UNAUTHORIZED:
                data = {"status": "unauthorized", "action": "listen"}
                connection.queue.put_nowait({"stream": "authorization", "data": data})
            return
        asked: Any = message.get("data")
        wanted: Any = asked.get("streams") if isinstance(asked, dict) else None
        wanted = wanted if isinstance(wanted, list) else []
        connection.listening = [s for s in wanted if s in STREAMS] if self.entitled else []
        connection.queue.put_nowait({"stream": "listening", "data": {"streams": connection.listening}})

    def _error(self, connection: Connection, text: str) -> None:
        connection.queue.put_nowait({"action": "error", "data": {"error_message": text}})

    async def _end(self, connection: Connection, code: int) -> None:
        if connection in self.connections:
            self.connections.remove(connection)
        if code:
            # The peer may never answer the close: its own time limit is not ours.
            self._spawn(_close(connection.socket, code))
            await asyncio.sleep(0)
        else:
            abort(connection.request)

    # --- inside ---

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _later(self, connection: Connection, frame: dict[str, Any], delay: float) -> None:
        await asyncio.sleep(delay)
        connection.queue.put_nowait(frame)

    async def _flush(self, connection: Connection) -> None:
        await asyncio.sleep(_REORDER_SECONDS)
        self._release(connection)

    async def _unmute(self, delay: float) -> None:
        await asyncio.sleep(delay)
        self.muted = False


async def _close(socket: web.WebSocketResponse, code: int) -> None:
    await socket.close(code=code)


def _decode(data: str | bytes, *, packed: bool) -> dict[str, Any] | None:
    """Return a message: JSON in either kind of frame, MessagePack where the connection asked for it."""
    try:
        raw = data.encode() if isinstance(data, str) else data
        message = msgspec.msgpack.decode(raw) if packed and isinstance(data, bytes) else msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    return message if isinstance(message, dict) else None
