"""The pipeline that every call passes, whatever its door: admission, the handler, errors, and who watches.

Doors give bytes or messages and get messages or bytes; a call that fails raises `CallError`, which carries the
google.rpc.Status to send.
"""

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any

from google.protobuf.message import DecodeError, Message
from msgspec import Struct

from brokerwire_server.api import errors
from brokerwire_server.api.auditing import CallAudit
from brokerwire_server.api.entrance import Entrance, Stay
from brokerwire_server.api.errors import CallError, describe
from brokerwire_server.api.methods import Call, Method, Reply, Shape
from brokerwire_server.api.observer import NoObserver, Observer
from brokerwire_server.engine.access import NOBODY, Access, Credentials
from brokerwire_server.engine.acting import act_as, acting_as
from brokerwire_server.engine.audit import Audit
from brokerwire_server.engine.streams import Drain


class Limits(Struct, frozen=True, kw_only=True):
    """How much is admitted at once.

    `message_bytes` bounds a request: a session's largest, 1,000 orders with all labels that they may carry, fits.
    """

    calls: int = 2_000
    streams: int = 5_000
    message_bytes: int = 8 * 1024 * 1024


class Dispatcher:
    """Carries out calls."""

    def __init__(self, drain: Drain, access: Access, audit: Audit, observer: Observer | None, limits: Limits) -> None:
        """Refuse new work while `drain` is under way, what `access` does not let in, and what is beyond `limits`.

        What is refused or done is in `audit`.
        """
        self._drain = drain
        self._entrance = Entrance(access)
        self._audit = CallAudit(audit)
        self._observer = observer or NoObserver()
        self.limits = limits
        self.calls = 0
        self.streams = 0

    async def unary(self, method: Method, request: Message | bytes, call: Call) -> Message:
        """Carry out a call with one answer.

        Raises:
            CallError: with the status to send.
            asyncio.CancelledError: the caller went away, or its deadline passed.
        """
        started = time.perf_counter()
        code = "OK"
        self._observer.call_started(method.label, call.door)
        self.calls += 1
        try:
            act_as(NOBODY)
            self._admit(method)
            await self._entrance.enter(method, call)
            if isinstance(request, bytes):
                request = parse(method, request)
            response: Message = await method.handler(request, call)
        except asyncio.CancelledError as error:
            code = "CANCELLED"
            self._unless_caller_left(method, error)
            raise
        except Exception as error:
            failure = _failure(method, error)
            code = failure.code.value
            self._audit.failed(method, request, call, failure)
            raise failure from error
        finally:
            self.calls -= 1
            self._observer.call_ended(method.label, call.door, code, time.perf_counter() - started)
        await self._audit.done(method, request)
        return response

    async def stream(
        self, method: Method, request: "Message | bytes | AsyncIterator[Any]", call: Call
    ) -> AsyncIterator[Reply]:
        """Yield the responses of a streaming call. Raises as `unary` does."""
        started = time.perf_counter()
        code = "OK"
        self._observer.call_started(method.label, call.door)
        self.streams += 1
        replies: Any = None
        stay: Stay | None = None
        try:
            act_as(NOBODY)
            self._admit(method)
            stay = self._entrance.stay(await self._entrance.enter(method, call))
            if isinstance(request, bytes):
                request = parse(method, request)
            replies = method.handler(request, call)
            async for reply in replies:
                yield reply
        except (asyncio.CancelledError, GeneratorExit) as error:
            code = "CANCELLED"
            if stay is not None and stay.was_cut(error):
                code = "UNAUTHENTICATED"
                raise _failure(method, errors.ended(mutates=method.mutates)) from error
            self._unless_caller_left(method, error)
            raise
        except Exception as error:
            failure = _failure(method, error)
            code = failure.code.value
            self._audit.failed(method, request, call, failure)
            raise failure from error
        finally:
            self.streams -= 1
            if replies is not None:
                await replies.aclose()
            if stay is not None:
                stay.end()
            self._observer.call_ended(method.label, call.door, code, time.perf_counter() - started)

    def identify(self, credentials: Credentials) -> None:
        """Let somebody read who calls no method. Raises `CallError` with the status to send."""
        try:
            self._entrance.look(credentials)
        except Exception as error:
            described = describe(error, mutates=False)
            with acting_as(NOBODY):
                self._audit.turned_away("metrics", credentials, described)
            raise CallError(described) from error

    def _admit(self, method: Method) -> None:
        """Raise where the call can't be taken now."""
        if method.shape is Shape.UNARY:
            if method.mutates and self._drain.reason:
                raise errors.draining(self._drain.reason)
            if self.calls > self.limits.calls and not method.urgent:
                raise errors.overloaded(self.limits.calls)
        else:
            if self._drain.reason:
                raise errors.draining(self._drain.reason)
            if self.streams > self.limits.streams:
                raise errors.too_many_streams(self.limits.streams)

    def _unless_caller_left(self, method: Method, error: BaseException) -> None:
        """Raise a `CallError` where the engine, not the caller, gave the work up: it is shutting down."""
        task = asyncio.current_task()
        if isinstance(error, asyncio.CancelledError) and task is not None and not task.cancelling():
            text = "the gateway shut down before the outcome was known: look the order up by its client_order_id"
            raise _failure(method, errors.draining(text, sent="UNKNOWN")) from error


def parse(method: Method, data: bytes) -> Message:
    """Return the request that bytes hold. Raises `InvalidRequestError` where they hold none."""
    try:
        return method.request.FromString(data)
    except DecodeError:
        raise errors.malformed(f"the bytes are not a {method.request.DESCRIPTOR.full_name}") from None


def _failure(method: Method, error: BaseException) -> CallError:
    if isinstance(error, CallError):
        return error
    return CallError(describe(error, mutates=method.mutates))
