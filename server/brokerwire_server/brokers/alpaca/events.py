"""The source of events, as an interface, and the one that Alpaca offers today: the `trade_updates` websocket.

The websocket has no replay and no snapshot: what happens while it is down is found by sweeps alone.
Source: docs "Websocket streaming" (trading); recorded sessions for what the docs leave out.
"""

import asyncio
from collections.abc import Callable, Mapping
from typing import Protocol

import aiohttp
import msgspec
from msgspec.structs import replace

from brokerwire_server.brokers.alpaca import wire
from brokerwire_server.brokers.base import Keep
from brokerwire_server.brokers.http import Http

HANDSHAKE_SECONDS = 10.0
PING_SECONDS = 10.0
"""Between pings; one that is not answered within half of it ends the session. Quiet hours look like a dead stream."""

_MAX_FRAME = 4 * 1024 * 1024


class StreamEndedError(Exception):
    """A session is over, for the reason that the text gives to a person."""


class StreamDeniedError(StreamEndedError):
    """The keys were not accepted, or the account is not entitled to events."""


class Listener(Protocol):
    """Who is told."""

    def opened(self) -> None:
        """Events flow from now on: the broker has confirmed it."""

    def event(self, update: wire.TradeUpdate) -> None:
        """Take one event."""

    def lost(self, words: str) -> None:
        """Something came that can't be read, or was left out: what it told is lost."""


class EventSource(Protocol):
    """A way to learn of an account's events."""

    async def session(self, listener: Listener) -> None:
        """Run one session until it ends, which is always by `StreamEndedError`."""


class WebsocketEvents:
    """Events by websocket. Frames are JSON, in binary frames on live and paper alike; text is taken too."""

    def __init__(self, http: Http, credential: Callable[[], Mapping[str, str]], keep: Keep) -> None:
        """Connect to `/stream` on the trading host; `credential` returns `key` and `secret`; events go to `keep`."""
        self._http = http
        self._keep = keep
        self._credential = credential

    async def session(self, listener: Listener) -> None:
        """Connect, authenticate, have `trade_updates` confirmed, and pass events on until the end."""
        socket = await self._connect()
        try:
            try:
                async with asyncio.timeout(HANDSHAKE_SECONDS):
                    await self._handshake(socket)
            except TimeoutError:
                raise StreamEndedError(f"the event stream did not confirm within {HANDSHAKE_SECONDS:.0f} s") from None
            listener.opened()
            while True:
                self._frame(await _receive(socket), listener)
        finally:
            await socket.close()

    async def _connect(self) -> aiohttp.ClientWebSocketResponse:
        try:
            async with asyncio.timeout(HANDSHAKE_SECONDS):
                return await self._http.session.ws_connect(
                    self._http.url("/stream"),
                    heartbeat=PING_SECONDS,
                    max_msg_size=_MAX_FRAME,
                    timeout=aiohttp.ClientWSTimeout(ws_close=1.0),
                )
        except aiohttp.WSServerHandshakeError as error:
            if error.status in (401, 403):
                raise StreamDeniedError(f"the event stream refused the keys (HTTP {error.status})") from error
            raise StreamEndedError(f"the event stream refused to open (HTTP {error.status})") from error
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise StreamEndedError("the event stream can't be reached") from error

    async def _handshake(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        await _send(socket, {"action": "auth", **self._credential()})
        answer = await _expect(socket, "authorization")
        if answer.status != "authorized":
            raise StreamDeniedError(
                f"the event stream refused the keys ({answer.message or answer.status or 'no reason'})"
            )
        await _send(socket, {"action": "listen", "data": {"streams": ["trade_updates"]}})
        answer = await _expect(socket, "listening")
        # An account without entitlement is confirmed an empty list, and would stay mute for ever.
        if "trade_updates" not in (answer.streams or ()):
            raise StreamDeniedError("the event stream does not send this account its order updates")

    def _frame(self, raw: bytes, listener: Listener) -> None:
        try:
            envelope = wire.decode(wire.Envelope, raw)
            if envelope.stream == "trade_updates":
                update = wire.decode(wire.TradeUpdate, bytes(envelope.data))
                listener.event(replace(update, kept_as=self._keep(raw, f"trade_updates {update.event}")))
                return
            data = wire.decode(wire.StreamData, bytes(envelope.data))
        except wire.UndecodableError as error:
            self._keep(raw, "unreadable")
            listener.lost(f"an event could not be read: {error}")
            return
        _check_control(envelope, data)


def _check_control(envelope: wire.Envelope, data: wire.StreamData) -> None:
    if envelope.stream == "error" or envelope.action == "error":
        raise StreamEndedError(
            f"the event stream reports an error: {data.error_message or data.message or 'no reason'}"
        )
    if envelope.stream == "authorization" and data.status != "authorized":
        raise StreamDeniedError(f"the event stream refused the keys ({data.message or data.status or 'no reason'})")
    if envelope.stream == "listening" and "trade_updates" not in (data.streams or ()):
        raise StreamEndedError("the event stream does not send order updates any more")


async def _send(socket: aiohttp.ClientWebSocketResponse, message: Mapping[str, object]) -> None:
    try:
        await socket.send_str(msgspec.json.encode(message).decode())
    except (aiohttp.ClientError, OSError) as error:
        raise StreamEndedError("the event stream broke") from error


async def _expect(socket: aiohttp.ClientWebSocketResponse, stream: str) -> wire.StreamData:
    while True:
        raw = await _receive(socket)
        try:
            envelope = wire.decode(wire.Envelope, raw)
            data = wire.decode(wire.StreamData, bytes(envelope.data))
        except wire.UndecodableError as error:
            raise StreamEndedError(f"the event stream answered what can't be read: {error}") from error
        if envelope.stream == stream:
            return data
        _check_control(envelope, data)


async def _receive(socket: aiohttp.ClientWebSocketResponse) -> bytes:
    message = await socket.receive()
    match message.type:
        case aiohttp.WSMsgType.BINARY:
            return bytes(message.data)
        case aiohttp.WSMsgType.TEXT:
            return str(message.data).encode()
        case aiohttp.WSMsgType.ERROR:
            raise StreamEndedError("the event stream went silent or broke")
    raise StreamEndedError(f"the event stream was closed (code {socket.close_code or 'none'})")
