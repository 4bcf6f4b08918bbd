"""One session on the socket of TWS or IB Gateway: requests out, callbacks in, and nothing in between is guessed.

Callbacks have EWrapper's names and its arguments, with two differences: a number is an `int`, a `Decimal` or `None` where
the broker says that it is unset, never a float (within records of the library too), and times are text.
"""

from collections.abc import Callable, Sequence

from msgspec import Struct

from brokerwire_server.brokers.budget import Priority

Handler = Callable[..., None]


class Message(Struct, frozen=True):
    """One callback: its name, and its arguments in the order of EWrapper (a request's id first, where it has one)."""

    name: str
    arguments: tuple[object, ...]


class TwsError(Exception):
    """The broker answered a request with an error. `code` is one of its documented message codes."""

    def __init__(self, code: int, message: str) -> None:
        """State code and text."""
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message


class LinkDownError(Exception):
    """There is no session, or it ended before the answer was complete."""


class Subscription:
    """A stream of callbacks under a request id of its own, begun again after a reconnect and after data loss (1101)."""

    def cancel(self) -> None:
        """End it. Nothing is delivered any more."""
        raise NotImplementedError


class Session:
    """The session of one connection; it outlives its sockets."""

    accounts: tuple[str, ...]
    """The accounts of the login (managedAccounts), empty before the first connect."""

    async def ask(
        self,
        method: str,
        *arguments: object,
        answers: Sequence[str],
        end: str | None,
        timeout: float = 10.0,
        priority: Priority = Priority.LOOK_UP,
    ) -> list[Message]:
        """Call `client.<method>(request_id, *arguments)` and collect the callbacks in `answers` that have its id.

        Complete with the callback `end`, or with the first answer where `end` is None. Raises `TwsError` where an error
        names the request, `TimeoutError` and `LinkDownError`.
        """
        raise NotImplementedError

    async def call(
        self,
        method: str,
        *arguments: object,
        answers: Sequence[str],
        end: str | None,
        timeout: float = 10.0,
        priority: Priority = Priority.LOOK_UP,
    ) -> list[Message]:
        """Do the same for a request without an id: reqPositions brings position, and positionEnd. One at a time."""
        raise NotImplementedError

    def subscribe(
        self,
        method: str,
        cancel_method: str,
        *arguments: object,
        on: Callable[[Message], None],
        on_error: Callable[[TwsError], None] | None = None,
    ) -> Subscription:
        """Call `client.<method>(request_id, *arguments)` now and after each reconnect, and pass on what has its id."""
        raise NotImplementedError

    def on(self, callback: str, handler: Handler) -> None:
        """Call `handler(*arguments)` at each callback of a name that has no request id: updateAccountValue, position."""
        raise NotImplementedError
