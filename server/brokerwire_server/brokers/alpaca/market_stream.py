"""Quotes as they change: one connection to each of Alpaca's data streams, shared by all readers.

The stream is read as JSON, not msgpack: its numbers are then the text that was sent and become exact decimals, and its
times keep their nanoseconds, while msgpack carries binary floats and whatever the decoder's clock type holds. Where a
stream is refused (406: another connection has the account's only one; 405: too many symbols; 409: not in the plan), and
for options, whose stream speaks msgpack alone, the latest quotes are polled instead; `problems` says so.

Source: Alpaca's documentation, "WebSocket Stream" and "Real-time Stock Data".
"""

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, MutableMapping, Sequence
from contextlib import aclosing
from decimal import Decimal
from urllib.parse import urlsplit

import aiohttp
import msgspec
from msgspec import Struct, field
from msgspec.structs import replace

from brokerwire_server.brokers.alpaca import market_mapping as mapping
from brokerwire_server.brokers.base import Tools
from brokerwire_server.brokers.quotes import QuoteBoard
from brokerwire_server.domain.decimals import ZERO
from brokerwire_server.domain.errors import BrokerwireError
from brokerwire_server.domain.market import Quote
from brokerwire_server.domain.secrets import Secret

POLL_SECONDS = 3.0
_HANDSHAKE_SECONDS = 10.0
_PING_SECONDS = 20.0
_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 30.0

_REASONS = {
    401: "it was not authenticated",
    402: "the keys are refused: check them, or rotate them",
    404: "the authentication came too late",
    405: "too many symbols for your Alpaca plan",
    406: "another connection has the only data stream of your Alpaca plan",
    409: "your Alpaca plan lacks this feed: set data_feed = iex",
}
"""Codes of the stream's error messages, in words for people."""

_log = logging.getLogger(__name__)


class Message(Struct, frozen=True, kw_only=True):
    """Any message of the stream. Quotes have bid and ask, trades price and size, errors code and text."""

    kind: str = field(name="T")
    symbol: str = field(name="S", default="")
    time: str = field(name="t", default="")
    bid: Decimal = field(name="bp", default=ZERO)
    bid_size: Decimal = field(name="bs", default=ZERO)
    ask: Decimal = field(name="ap", default=ZERO)
    ask_size: Decimal = field(name="as", default=ZERO)
    price: Decimal = field(name="p", default=ZERO)
    size: Decimal = field(name="s", default=ZERO)
    code: int = 0
    text: str = field(name="msg", default="")
    quotes: tuple[str, ...] = ()


_decode = msgspec.json.Decoder(list[Message]).decode
_encode = msgspec.json.encode


class StreamRefusedError(Exception):
    """Alpaca will not serve the stream; the text is for people."""


class StreamHosts(Struct, frozen=True, kw_only=True):
    """The URLs of the streams that are pushed."""

    stocks: str
    crypto: str

    @classmethod
    def of(cls, data_url: str, data_feed: str) -> "StreamHosts":
        """Return the streams that belong to a data host: `data.X` has `stream.data.X`, any other has its own."""
        parts = urlsplit(data_url)
        host = f"stream.{parts.netloc}" if parts.netloc.startswith("data.") else parts.netloc
        base = f"{'wss' if parts.scheme == 'https' else 'ws'}://{host}"
        return cls(stocks=f"{base}/v2/{data_feed}", crypto=f"{base}/v1beta3/crypto/us")


class Endpoint:
    """One of Alpaca's streams, connected while anybody wants a symbol of it.

    `wanted` counts readers by symbol, `pushed` are the symbols that Alpaca has confirmed, `problem` says why some are
    not.
    """

    def __init__(self, url: str, keys: tuple[Secret, Secret], tools: Tools, publish: Callable[[Message], None]) -> None:
        """Hand quotes and trades to `publish`."""
        self.wanted: Counter[str] = Counter()
        self.pushed: frozenset[str] = frozenset()
        self.problem = ""
        self._url = url
        self._keys = keys
        self._tools = tools
        self._publish = publish
        self._changed = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._attempt = 0

    def want(self, symbols: Iterable[str]) -> None:
        """Count a reader in."""
        self.wanted.update(symbols)
        self._changed.set()
        if self.wanted and (self._task is None or self._task.done()):
            self._task = asyncio.get_running_loop().create_task(self._run())

    def drop(self, symbols: Iterable[str]) -> None:
        """Count a reader out."""
        self.wanted.subtract(symbols)
        self.wanted = +self.wanted
        self._changed.set()

    async def stop(self) -> None:
        """Disconnect for good."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _run(self) -> None:
        while self.wanted:
            pause = min(_FIRST_PAUSE * 2**self._attempt, _LONGEST_PAUSE)
            try:
                await self._serve()
                problem = "the stream broke off"
            except StreamRefusedError as refused:
                problem, pause = str(refused), _LONGEST_PAUSE
            except TimeoutError:
                problem = "the stream did not answer in time"
            except (aiohttp.ClientError, OSError) as error:
                problem = f"the stream can't be reached ({type(error).__name__})"
            except (msgspec.MsgspecError, UnicodeDecodeError, ValueError):
                problem = "the stream said something that its documentation does not allow"
            self.pushed = frozenset()
            if not self.wanted:
                return
            self._attempt = min(self._attempt + 1, 16)
            if problem != self.problem:
                _log.warning("Alpaca quotes: %s; they are polled until it works", problem)
            self.problem = problem
            await self._tools.sleep(pause * (0.5 + self._tools.random() / 2))

    async def _serve(self) -> None:
        async with aiohttp.ClientSession(trust_env=False) as http:
            async with asyncio.timeout(_HANDSHAKE_SECONDS):
                socket = await http.ws_connect(self._url, heartbeat=_PING_SECONDS, max_msg_size=0)
            async with socket:
                async with asyncio.timeout(_HANDSHAKE_SECONDS):
                    await self._authenticate(socket)
                sender = asyncio.get_running_loop().create_task(self._subscribe(socket))
                try:
                    async for frame in socket:
                        self._take(frame.data)
                finally:
                    sender.cancel()
                    await asyncio.gather(sender, return_exceptions=True)

    async def _authenticate(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        await self._success(socket, "connected")
        key, secret = self._keys
        await socket.send_bytes(_encode({"action": "auth", "key": key.reveal(), "secret": secret.reveal()}))
        await self._success(socket, "authenticated")

    async def _success(self, socket: aiohttp.ClientWebSocketResponse, text: str) -> None:
        frame = await socket.receive()
        if frame.type not in (aiohttp.WSMsgType.TEXT, aiohttp.WSMsgType.BINARY):
            raise aiohttp.ClientConnectionError("closed")
        for message in _decode(frame.data):
            if message.kind == "error":
                raise refusal(message)
            if message.kind == "success" and message.text == text:
                return
        raise ValueError(f"no word that it is {text}")

    async def _subscribe(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        """Keep the subscriptions equal to what is wanted; hang up when nothing is."""
        asked: set[str] = set()
        while self.wanted:
            self._changed.clear()
            for action, symbols in (
                ("subscribe", self.wanted.keys() - asked),
                ("unsubscribe", asked - self.wanted.keys()),
            ):
                if symbols:
                    listed = sorted(symbols)
                    await socket.send_bytes(_encode({"action": action, "quotes": listed, "trades": listed}))
            asked = set(self.wanted)
            await self._changed.wait()
        await socket.close()

    def _take(self, data: bytes | str) -> None:
        for message in _decode(data):
            match message.kind:
                case "q" | "t":
                    self._publish(message)
                case "subscription":
                    self.pushed = frozenset(message.quotes)
                    self._attempt = 0
                    self.problem = "" if self.wanted.keys() <= self.pushed else self.problem
                case "error" if message.code == 405:
                    # The subscriptions before it stand; what is not among them is polled.
                    self.problem = str(refusal(message))
                case "error":
                    raise refusal(message)


class QuoteStream:
    """All quote readers of one connection: pushed quotes where Alpaca pushes, polled ones where it does not."""

    def __init__(
        self,
        hosts: StreamHosts,
        keys: tuple[Secret, Secret],
        tools: Tools,
        *,
        latest: MutableMapping[str, Quote],
        poll: Callable[[Sequence[str]], Awaitable[Mapping[str, Quote]]],
    ) -> None:
        """Keep `latest` current; `poll` reads the latest quotes, and keeps them there itself."""
        self._latest = latest
        self._tools = tools
        self._poll = poll
        self._board = QuoteBoard(latest.get)
        self._endpoints = {
            mapping.STOCK: Endpoint(hosts.stocks, keys, tools, self._on_message),
            mapping.CRYPTO: Endpoint(hosts.crypto, keys, tools, self._on_message),
        }
        self._options: Counter[str] = Counter()
        self._poller: asyncio.Task[None] | None = None

    async def read(self, symbols: Sequence[str]) -> AsyncIterator[Sequence[Quote]]:
        """Yield batches of the latest quotes, at first what is known, until the reader stops."""
        symbols = list(dict.fromkeys(symbols))
        self._count(symbols, 1)
        try:
            async with aclosing(self._board.stream(symbols)) as batches:
                async for batch in batches:
                    yield batch
        finally:
            self._count(symbols, -1)

    def problems(self) -> Mapping[str, str]:
        """Return, by kind of symbol, why quotes that are wanted are polled."""
        found = {kind: e.problem for kind, e in self._endpoints.items() if e.wanted and e.problem}
        if self._options:
            found[mapping.OPTION] = f"option quotes are polled every {POLL_SECONDS:.0f} s"
        return found

    async def stop(self) -> None:
        """End the connections. Readers that are left hear nothing more."""
        if self._poller is not None:
            self._poller.cancel()
            await asyncio.gather(self._poller, return_exceptions=True)
            self._poller = None
        for endpoint in self._endpoints.values():
            await endpoint.stop()

    def _count(self, symbols: Sequence[str], by: int) -> None:
        for kind, endpoint in self._endpoints.items():
            own = [symbol for symbol in symbols if mapping.kind_of(symbol) == kind]
            if own:
                (endpoint.want if by > 0 else endpoint.drop)(own)
        self._options.update({s: by for s in symbols if mapping.kind_of(s) == mapping.OPTION})
        self._options = +self._options
        if by > 0 and (self._poller is None or self._poller.done()):
            self._poller = asyncio.get_running_loop().create_task(self._poll_the_rest())

    def _unpushed(self) -> list[str]:
        found = [s for e in self._endpoints.values() for s in e.wanted if s not in e.pushed]
        return found + list(self._options)

    async def _poll_the_rest(self) -> None:
        while self._options or any(e.wanted for e in self._endpoints.values()):
            await self._tools.sleep(POLL_SECONDS)
            symbols = self._unpushed()
            if not symbols:
                continue
            before = {symbol: self._latest.get(symbol) for symbol in symbols}
            try:
                found = await self._poll(symbols)
            except BrokerwireError as error:
                _log.warning("Alpaca quotes can't be polled: %s", error.message)
                continue
            for symbol, quote in found.items():
                if quote != before.get(symbol):
                    self._board.publish(quote)

    def _on_message(self, message: Message) -> None:
        known = self._latest.get(message.symbol) or Quote(symbol=message.symbol)
        if message.kind == "q":
            sides = {name: mapping.exact(getattr(message, name)) for name in ("bid", "bid_size", "ask", "ask_size")}
            quote = replace(known, **sides, time=mapping.nanos(message.time))
        else:
            quote = replace(known, last=mapping.exact(message.price), last_size=mapping.exact(message.size))
            if not quote.time:
                quote = replace(quote, time=mapping.nanos(message.time))
        self._latest[message.symbol] = quote
        self._board.publish(quote)


def refusal(message: Message) -> StreamRefusedError:
    """Return what an error message of the stream means."""
    return StreamRefusedError(
        f"{_REASONS.get(message.code, 'the stream is refused')} (Alpaca: {message.code} {message.text})"
    )
