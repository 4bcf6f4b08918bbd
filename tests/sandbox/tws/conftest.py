"""A started sandbox, and the real `IB` class of the library that is installed: ib_async, or else ib_insync."""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import warnings
from typing import TYPE_CHECKING, Any

import pytest

from brokerwire_sandbox.tws import TwsSandbox, TwsSettings
from brokerwire_sandbox.tws.wire import Inbox, frame, split

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

with warnings.catch_warnings():
    # ib_insync's eventkit asks for the thread's event loop while it is imported; that is between the two of them.
    warnings.simplefilter("ignore", DeprecationWarning)
    try:
        library: Any = importlib.import_module("ib_async")
    except ModuleNotFoundError:
        library = importlib.import_module("ib_insync")


class Errors(list[tuple[int, int, str]]):
    """What the library was told by error: request id, code, text."""

    def codes(self) -> list[int]:
        """Return the codes, farm notices left out."""
        return [code for _, code, _ in self if code not in (2104, 2106, 2158)]


class Desk:
    """A connected IB with what it heard."""

    def __init__(self, ib: Any) -> None:
        self.ib = ib
        self.errors = Errors()
        self.frames: list[list[str]] = []
        """Every message, as its fields."""
        interpret = ib.client.decoder.interpret

        def record(fields: list[str]) -> None:
            self.frames.append(list(fields))
            interpret(fields)

        ib.client.decoder.interpret = record
        ib.errorEvent += lambda request_id, code, text, _: self.errors.append((request_id, code, text))

    def told(self, *ids: str) -> list[list[str]]:
        """Return the messages of these ids, in their order."""
        return [fields for fields in self.frames if fields[0] in ids]

    async def positions(self) -> dict[str, float]:
        """Ask for the positions; an update that comes on its own at that moment is among the answers."""
        rows = await self.ib.reqPositionsAsync()
        return {row.contract.localSymbol: row.position for row in rows}

    async def settle(self) -> None:
        """Wait until all that was asked before is answered."""
        await self.ib.reqCurrentTimeAsync()

    async def stock(self, symbol: str = "AAPL") -> Any:
        (contract,) = await self.ib.qualifyContractsAsync(library.Stock(symbol, "SMART", "USD"))
        return contract

    def market(self, contract: Any, action: str, quantity: float, **fields: Any) -> Any:
        order = library.MarketOrder(action, quantity, tif="DAY", **fields)
        return self.ib.placeOrder(contract, order)

    def limit(self, contract: Any, action: str, quantity: float, price: float, **fields: Any) -> Any:
        order = library.LimitOrder(action, quantity, price, tif=fields.pop("tif", "GTC"), **fields)
        return self.ib.placeOrder(contract, order)


class Wire:
    """A client with nothing of a library in it."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer
        self._inbox = Inbox()
        self._frames: list[list[str]] = []

    async def start(self, client_id: int = 1, versions: str = "v157..178") -> None:
        self.writer.write(b"API\0" + len(versions).to_bytes(4, "big") + versions.encode())
        self.version = int((await self.hear())[0])
        self.say("71", "2", str(client_id), "")

    def say(self, *fields: str) -> None:
        self.writer.write(frame(fields))

    async def hear(self) -> list[str]:
        while not self._frames:
            data = await asyncio.wait_for(self.reader.read(65_536), 5)
            if not data:
                raise EOFError
            self._inbox.feed(data)
            self._frames += [split(body) for body in self._inbox.frames()]
        return self._frames.pop(0)

    async def hear_until(self, message_id: str) -> list[list[str]]:
        heard = [await self.hear()]
        while heard[-1][0] != message_id:
            heard.append(await self.hear())
        return heard

    async def hear_rest(self) -> list[list[str]]:
        """Return everything up to the other side's end of the connection."""
        heard: list[list[str]] = []
        with contextlib.suppress(EOFError):
            while True:
                heard.append(await self.hear())
        return heard

    async def close(self) -> None:
        self.writer.close()
        with contextlib.suppress(ConnectionError):
            await self.writer.wait_closed()


async def until(condition: Callable[[], Any]) -> None:
    """Wait for a condition; the test's own timeout is the limit."""
    async with asyncio.timeout(10):
        while not condition():
            await asyncio.sleep(0.005)


@pytest.fixture
async def serve() -> AsyncIterator[Any]:
    """Start sandboxes."""
    started: list[TwsSandbox] = []

    async def start(**settings: Any) -> TwsSandbox:
        sandbox = TwsSandbox(TwsSettings(**settings))
        await sandbox.start()
        started.append(sandbox)
        return sandbox

    yield start
    for sandbox in started:
        await sandbox.stop()


@pytest.fixture
async def connect() -> AsyncIterator[Any]:
    """Connect desks to a sandbox."""
    opened: list[Any] = []

    async def open_desk(sandbox: TwsSandbox, client_id: int = 7) -> Desk:
        ib = library.IB()
        opened.append(ib)
        desk = Desk(ib)
        await ib.connectAsync(sandbox.host, sandbox.port, clientId=client_id, timeout=5)
        return desk

    yield open_desk
    for ib in opened:
        ib.disconnect()


@pytest.fixture
async def dial() -> AsyncIterator[Any]:
    """Connect bare clients to a sandbox."""
    opened: list[Wire] = []

    async def open_wire(sandbox: TwsSandbox, client_id: int = 1, versions: str = "v157..178") -> Wire:
        wire = Wire(*await asyncio.open_connection(sandbox.host, sandbox.port))
        opened.append(wire)
        await wire.start(client_id, versions)
        return wire

    yield open_wire
    for wire in opened:
        await wire.close()
