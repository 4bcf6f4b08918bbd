"""Questions to the broker whose answer is a stream with an end, and what it means when there is none."""

import asyncio
from collections.abc import Awaitable, Sequence
from typing import TypeVar

from brokerwire_server.brokers.ibkr.codes import REQUEST_NOTICES
from brokerwire_server.brokers.ibkr.errors import LinkDownError, TwsError
from brokerwire_server.brokers.ibkr.outgoing import UnsendableError
from brokerwire_server.brokers.ibkr.session import Message, Session
from brokerwire_server.domain.errors import InvalidRequestError, UnavailableError, Violation

T = TypeVar("T")

FAILURES = (TwsError, LinkDownError, TimeoutError)
"""What a question raises where the broker can't be asked, or does not answer."""

PATIENCE = 10.0


async def collect(
    session: Session,
    methods: tuple[str, str],
    arguments: Sequence[object],
    *,
    answers: Sequence[str],
    end: str,
    seconds: float = PATIENCE,
) -> list[Message]:
    """Subscribe, take what comes until `end`, and cancel: `methods` are the client's for the one and the other.

    Raises `LinkDownError` where there is no session, `TwsError` where the broker refuses, `TimeoutError` where the end
    does not come.
    """
    if not session.up:
        raise LinkDownError("there is no session with TWS")
    found: list[Message] = []
    done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def take(message: Message) -> None:
        if message.name in answers:
            found.append(message)
        elif message.name == end and not done.done():
            done.set_result(None)

    def refuse(error: TwsError) -> None:
        if error.code not in REQUEST_NOTICES and not done.done():
            done.set_exception(error)

    stream = session.subscribe(*methods, *arguments, on=take, on_error=refuse)
    try:
        async with asyncio.timeout(seconds):
            await done
    finally:
        stream.cancel()
    return found


async def available(work: Awaitable[T]) -> T:
    """Await an answer.

    Raises `UnavailableError` where the broker can't give it, `InvalidRequestError` for a text that it can't be sent.
    """
    try:
        return await work
    except UnsendableError as error:
        raise InvalidRequestError.of(Violation("request", "INVALID_FIELD", f"has {error}")) from error
    except FAILURES as error:
        what = str(error) or "no answer in time"
        raise UnavailableError("BROKER_UNAVAILABLE", f"Interactive Brokers could not be asked: {what}") from error
