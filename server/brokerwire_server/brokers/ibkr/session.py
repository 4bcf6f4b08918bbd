"""One session on the socket of TWS or IB Gateway: requests out, callbacks in, and nothing in between is guessed.

Callbacks have EWrapper's names and its arguments, with these differences: a number is an `int`, a `Decimal` or `None`
where the broker says that it is unset, never a float (within records of the library too); times are text; and what is
about orders comes as the records of `records.py`: openOrder(order_id, OpenOrder), orderStatus(order_id, OrderStatus),
execDetails(request_id, Execution), commissionReport(Commission), completedOrder(CompletedOrder). The price and the size
of a tick come together: tickPrice(request_id, tick_type, price, size, attributes).
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from brokerwire_server.brokers.base import ask_last
from brokerwire_server.brokers.budget import Priority
from brokerwire_server.brokers.ibkr import library
from brokerwire_server.brokers.ibkr.codes import CLIENT_ID_IN_USE
from brokerwire_server.brokers.ibkr.decoding import exact, install
from brokerwire_server.brokers.ibkr.errors import LinkDownError, RefusedError, TwsError, UnfinishedError
from brokerwire_server.brokers.ibkr.ids import Ids
from brokerwire_server.brokers.ibkr.outgoing import clean
from brokerwire_server.brokers.ibkr.pacing import Pacer
from brokerwire_server.brokers.ibkr.requests import Message, Requests, Subscription
from brokerwire_server.brokers.ibkr.times import zone_of_greeting

if TYPE_CHECKING:
    from datetime import tzinfo

__all__ = ["LinkDownError", "Message", "Session", "Subscription", "TwsError", "UnfinishedError"]

_TOO_OLD = "TWS/gateway version"
Handler = Callable[..., None]
Call = tuple[str, Sequence[object]]
"""A method of the client and its arguments."""

_NOT_LET_IN = (
    "TWS closed the connection at once: allow socket clients in its API settings, and this machine as a trusted IP"
)

_log = logging.getLogger(__name__)


class Session:
    """The session of one connection; it outlives its sockets."""

    def __init__(self, host: str, port: int, client_id: int, ids: Ids, pacer: Pacer) -> None:
        """Nothing is connected before `connect`. Each session begins with the messages that are in `openers`."""
        self.accounts: tuple[str, ...] = ()
        self.zone: tzinfo | None = None
        self.client_id = client_id
        self.ids = ids
        self.pacer = pacer
        self.on_undecodable: Callable[[str], None] = lambda _: None
        self.openers: list[tuple[str, tuple[object, ...]]] = []
        self._host = host
        self._port = port
        self._requests = Requests()
        self._handlers: dict[str, list[Handler]] = {}
        self._client: Any = None
        self._valid = 0
        self._lost: asyncio.Future[str] | None = None
        self._up = False
        self._greeted = False
        self._locks: dict[str, asyncio.Lock] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self.on("nextValidId", self._on_valid_id)

    @property
    def up(self) -> bool:
        """Whether there is a session at present."""
        return self._up

    # --- asking ---

    async def ask(
        self,
        method: str,
        *arguments: object,
        answers: Sequence[str],
        end: str | None,
        timeout: float = 10.0,  # noqa: ASYNC109
        priority: Priority = Priority.LOOK_UP,
    ) -> list[Message]:
        """Call `client.<method>(request_id, *arguments)` and collect the callbacks in `answers` that have its id.

        Complete with the callback `end`, or with the first answer where `end` is None. Raises `TwsError` where an error
        names the request, `UnfinishedError` (a `TimeoutError`) with what had come, and `LinkDownError`.
        """
        cleaned = [clean(argument) for argument in arguments]
        request_id = await self._turn(priority, 1)
        pending = self._requests.open(request_id, answers, end)
        try:
            getattr(self._client, method)(request_id, *cleaned)
            return await pending.wait(timeout)
        finally:
            self._requests.close(request_id, pending)

    async def call(
        self,
        method: str,
        *arguments: object,
        answers: Sequence[str],
        end: str | None,
        timeout: float = 10.0,  # noqa: ASYNC109
        priority: Priority = Priority.LOOK_UP,
    ) -> list[Message]:
        """Do the same for a request without an id: reqPositions brings position, and positionEnd. One at a time."""
        async with self._locks.setdefault(end or answers[0], asyncio.Lock()):
            pending = self._requests.open(None, answers, end)
            try:
                await self.send(method, *arguments, priority=priority)
                return await pending.wait(timeout)
            finally:
                self._requests.close(None, pending)

    def subscribe(
        self,
        method: str,
        cancel_method: str,
        *arguments: object,
        on: Callable[[Message], None],
        on_error: Callable[[TwsError], None] | None = None,
    ) -> Subscription:
        """Call `client.<method>(request_id, *arguments)` now and after each reconnect, and pass on what has its id."""
        made = Subscription(method, cancel_method, arguments, on=on, on_error=on_error, on_cancel=self._unsubscribe)
        self._requests.standing.append(made)
        if self._up:
            self._spawn(self._begin(made))
        return made

    def on(self, callback: str, handler: Handler) -> None:
        """Call `handler(*arguments)` at each callback of a name without a request id: updateAccountValue, position."""
        self._handlers.setdefault(callback, []).append(handler)

    async def send(self, method: str, *arguments: object, priority: Priority = Priority.LOOK_UP) -> None:
        """Send one message when it is its turn. Raises `LinkDownError` or `UnsendableError`: nothing was sent."""
        await self.send_all([(method, arguments)], priority)

    async def send_all(self, messages: Sequence[Call], priority: Priority) -> None:
        """Send messages right behind each other. Raises `LinkDownError` or `UnsendableError`: none was sent."""
        cleaned = _cleaned(messages)
        await self._turn(priority, len(cleaned), numbers=0)
        self._write(cleaned)

    async def send_numbered(self, count: int, messages: Callable[[int], Sequence[Call]], priority: Priority) -> int:
        """Send what `messages` makes of the first of `count` new ids, right behind each other, and return that id.

        It is asked once before for 0, to see that all of it can be sent. Raises `LinkDownError` or `UnsendableError`:
        none was sent.
        """
        _cleaned(messages(0))
        first = await self._turn(priority, count)
        self._write(_cleaned(messages(first)))
        return first

    async def _turn(self, priority: Priority, messages: int, numbers: int | None = None) -> int:
        """Wait until so many messages may be sent, and return the first of as many ids."""
        if not self._up:
            raise LinkDownError("there is no session with TWS")
        await self.pacer.turn(priority, messages)
        wanted = messages if numbers is None else numbers
        await self.ids.ensure(wanted)
        if not self._up:
            raise LinkDownError("the link ended before this was sent")
        if priority in (Priority.SUBMIT, Priority.REPLACE):
            ask_last()
        return self.ids.take(wanted) if wanted else 0

    def _write(self, calls: Sequence[Call]) -> None:
        for method, arguments in calls:
            getattr(self._client, method)(*arguments)

    def resubscribe(self) -> None:
        """Begin all subscriptions anew: TWS has lost them."""
        self._requests.subscriptions.clear()
        for one in self._requests.standing:
            self._spawn(self._begin(one))

    # --- life ---

    async def connect(self, patience: float) -> None:
        """Open the socket and wait until TWS names accounts and the next order id.

        Raises:
            RefusedError: TWS is there and does not let us in; the text says what to do.
            OSError, TimeoutError: TWS is not there.
        """
        # ib_insync looks for the loop of the thread, which a runner with a loop of its own does not set.
        asyncio.set_event_loop(asyncio.get_running_loop())
        self._lost = lost = asyncio.get_running_loop().create_future()
        self._client = client = library.Client(_Callbacks(self._dispatch))
        client.MaxRequests = 0
        install(client, self._dispatch, self._undecodable)
        self._greeted = False
        client.conn.hasData += self._greeting
        client.conn.disconnected += self._on_socket_end
        client.apiError += self._on_client_error
        opening = asyncio.ensure_future(client.connectAsync(self._host, self._port, self.client_id, patience))
        try:
            await asyncio.wait((opening, lost), return_when=asyncio.FIRST_COMPLETED)
            if not opening.done():
                raise RefusedError(lost.result())
            await opening
            await self.ids.open(self._valid)
        except BaseException:
            opening.cancel()
            await asyncio.gather(opening, return_exceptions=True)
            self._disconnect()
            raise
        self.accounts = tuple(client.getAccounts())
        self._up = not lost.done()
        if self.openers:
            with suppress(LinkDownError):
                await self.send_all(self.openers, Priority.LOOK_UP)
        self.resubscribe()

    async def closed(self) -> str:
        """Wait until the socket has ended, and say why."""
        return "" if self._lost is None else await asyncio.shield(self._lost)

    def disconnect(self, why: str) -> None:
        """End the socket."""
        self._end(why)
        self._disconnect()

    async def close(self) -> None:
        """End everything."""
        self.disconnect("the gateway stops")
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.pacer.close()
        await self.ids.close()

    def _disconnect(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            client.conn.disconnected.clear()
            with suppress(OSError, RuntimeError):
                client.disconnect()

    def _end(self, why: str) -> None:
        if self._lost is None or self._lost.done():
            return
        self._up = False
        self._lost.set_result(why)
        self._requests.drop()
        self.pacer.drop()

    # --- what TWS says ---

    def _greeting(self, data: bytes) -> None:
        """Read the time in the first frame, for its zone: times of executions may name none."""
        if self._greeted:
            return
        self._greeted = True
        parts = data[4:].split(b"\0")
        if len(parts) >= 2:
            self.zone = zone_of_greeting(parts[1].decode(errors="replace")) or self.zone

    def _on_valid_id(self, number: int) -> None:
        self._valid = number
        self.ids.see(number - 1)

    def _on_client_error(self, text: str) -> None:
        # What else the library says here is its guess at why the socket ended.
        if text.startswith(_TOO_OLD):
            self._end(f"{text}: install a newer TWS or IB Gateway")

    def _on_socket_end(self, text: str) -> None:
        self._end(text or "TWS closed the connection" if self._up else _NOT_LET_IN)

    def _dispatch(self, name: str, *arguments: object) -> None:
        if name == "error":
            self._on_error(*arguments)
            return
        if self._requests.take(name, arguments):
            return
        for handler in self._handlers.get(name, ()):
            handler(*arguments)

    def _on_error(self, request_id: Any, code: Any, text: Any, detail: Any) -> None:  # noqa: ANN401
        if code == CLIENT_ID_IN_USE:
            self._end(
                f"another program is connected to TWS with client id {self.client_id}: stop it, or give this connection"
                " another client_id (orders belong to the client id that placed them)"
            )
        if not self._requests.error(request_id, code, text):
            for handler in self._handlers.get("error", ()):
                handler(request_id, code, text, detail)

    def _undecodable(self, name: str, message: Sequence[str], error: Exception) -> None:
        _log.error("a message of TWS could not be used: %s %s", name, list(message)[:40], exc_info=error)
        self.on_undecodable(f"a message of TWS could not be used (kind {name or 'unknown'}: {error})")

    # --- subscriptions ---

    async def _begin(self, one: Subscription) -> None:
        with suppress(LinkDownError):
            request_id = await self._turn(Priority.LOOK_UP, 1)
            if one.ended:
                return
            self._requests.subscriptions.pop(one.request_id, None)
            one.request_id = request_id
            self._requests.subscriptions[request_id] = one
            self._write(_cleaned([(one.method, (request_id, *one.arguments))]))

    def _unsubscribe(self, one: Subscription) -> None:
        self._requests.standing.remove(one)
        if self._requests.subscriptions.pop(one.request_id, None) is not None and self._up:
            self._spawn(self._cancel(one))

    async def _cancel(self, one: Subscription) -> None:
        with suppress(LinkDownError):
            await self.send(one.cancel_method, one.request_id)

    def _spawn(self, work: Any) -> None:  # noqa: ANN401
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _cleaned(calls: Sequence[Call]) -> list[Call]:
    return [(method, [clean(argument) for argument in arguments]) for method, arguments in calls]


class _Callbacks:
    """The library's wrapper: every callback by name; what it calls besides does nothing."""

    defaultTimezone = None  # noqa: N815
    tcpDataArrived = None  # noqa: N815
    tcpDataProcessed = None  # noqa: N815

    def __init__(self, dispatch: Handler) -> None:
        self._dispatch = dispatch
        self.ib = self

    TimezoneTWS = ""

    def __getattr__(self, name: str) -> Handler:
        return lambda *arguments: self._dispatch(name, *(exact(argument) for argument in arguments))
