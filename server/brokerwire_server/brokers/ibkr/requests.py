"""Requests that wait for their callbacks, and subscriptions that go on getting them."""

import asyncio
from collections.abc import Callable, Sequence

from msgspec import Struct

from brokerwire_server.brokers.ibkr.codes import READ_ONLY, REQUEST_NOTICES
from brokerwire_server.brokers.ibkr.errors import LinkDownError, TwsError, UnfinishedError

NO_REQUEST = (-1, 0, 2**31 - 1)
"""The ids that an error has which is about no request, or about one without an id."""


class Message(Struct, frozen=True):
    """One callback: its name, and its arguments in the order of EWrapper (a request's id first, where it has one)."""

    name: str
    arguments: tuple[object, ...]


class Subscription:
    """A stream of callbacks under a request id of its own, begun again after a reconnect and after data loss (1101)."""

    def __init__(
        self,
        method: str,
        cancel_method: str,
        arguments: tuple[object, ...],
        *,
        on: Callable[[Message], None],
        on_error: Callable[[TwsError], None] | None,
        on_cancel: "Callable[[Subscription], None]",
    ) -> None:
        """Hold what it takes to begin it again."""
        self.method = method
        self.cancel_method = cancel_method
        self.arguments = arguments
        self.on = on
        self.on_error = on_error
        self.request_id = 0
        self.ended = False
        self._on_cancel = on_cancel

    def cancel(self) -> None:
        """End it. Nothing is delivered any more."""
        if not self.ended:
            self.ended = True
            self._on_cancel(self)


class _Pending:
    """A request, and what has been answered so far."""

    def __init__(self, answers: Sequence[str], end: str | None) -> None:
        self.answers = frozenset(answers)
        self.end = end
        self.messages: list[Message] = []
        self.done: asyncio.Future[list[Message]] = asyncio.get_running_loop().create_future()

    def wants(self, name: str) -> bool:
        return name in self.answers or name == self.end

    def take(self, message: Message) -> None:
        if message.name in self.answers:
            self.messages.append(message)
        if (self.end is None or message.name == self.end) and not self.done.done():
            self.done.set_result(self.messages)

    async def wait(self, patience: float) -> list[Message]:
        try:
            async with asyncio.timeout(patience):
                return await self.done
        except TimeoutError:
            raise UnfinishedError(self.messages) from None

    def fail(self, error: Exception) -> None:
        if not self.done.done():
            self.done.set_exception(error)
            # Whoever waited may have gone; the failure is then nobody's.
            self.done.exception()


class Requests:
    """Knows who waits for what."""

    def __init__(self) -> None:
        """Start with none."""
        self._by_id: dict[int, _Pending] = {}
        self._without_id: list[_Pending] = []
        self.subscriptions: dict[int, Subscription] = {}
        self.standing: list[Subscription] = []

    def open(self, request_id: int | None, answers: Sequence[str], end: str | None) -> _Pending:
        """Wait for answers, with an id or without."""
        pending = _Pending(answers, end)
        if request_id is None:
            self._without_id.append(pending)
        else:
            self._by_id[request_id] = pending
        return pending

    def close(self, request_id: int | None, pending: _Pending) -> None:
        """Wait no longer."""
        if request_id is None:
            self._without_id.remove(pending)
        else:
            self._by_id.pop(request_id, None)

    def take(self, name: str, arguments: tuple[object, ...]) -> bool:
        """Deliver a callback; true where it belongs to a request or subscription alone."""
        first = arguments[0] if arguments else None
        if isinstance(first, int):
            pending = self._by_id.get(first)
            if pending is not None and pending.wants(name):
                pending.take(Message(name, arguments))
                return True
            subscription = self.subscriptions.get(first)
            if subscription is not None and name not in ("openOrder", "orderStatus", "execDetails"):
                subscription.on(Message(name, arguments))
                return True
        for waiting in self._without_id:
            if waiting.wants(name):
                waiting.take(Message(name, arguments))
        return False

    def error(self, request_id: int, code: int, text: str) -> bool:
        """Deliver an error; true where it belongs to a request or subscription."""
        if request_id in NO_REQUEST:
            if code == READ_ONLY:
                for waiting in self._without_id:
                    waiting.fail(TwsError(code, text))
            return False
        if (pending := self._by_id.get(request_id)) is not None:
            if code not in REQUEST_NOTICES:
                pending.fail(TwsError(code, text))
            return True
        if (subscription := self.subscriptions.get(request_id)) is not None:
            if subscription.on_error is not None:
                subscription.on_error(TwsError(code, text))
            return True
        return False

    def drop(self) -> None:
        """Tell all who wait that the link has ended; subscriptions stand, and get new ids."""
        for pending in (*self._by_id.values(), *self._without_id):
            pending.fail(LinkDownError("the link ended before the answer was complete"))
        self.subscriptions.clear()
