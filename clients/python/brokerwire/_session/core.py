"""The rules of an order session, free of any I/O: commands out, results matched to who waits for them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import grpc

from brokerwire._outcome import concerning, read_answer
from brokerwire._status import from_command_error
from brokerwire.errors import BrokerwireError, SessionClosed
from brokerwire.v1 import order_service_pb2 as pb

if TYPE_CHECKING:
    from collections.abc import Callable

    from google.protobuf.message import Message

    from brokerwire._calls.base import Call

BATCH = 1000
"""Most commands in one message, by the contract."""


class Pending(Protocol):
    """A future, of concurrent.futures or of asyncio."""

    def done(self) -> bool:
        """Whether it has its result, or was canceled."""

    def set_result(self, result: Any) -> None:  # noqa: ANN401 - whatever the call returns
        """Gives it its result."""

    def set_exception(self, exception: BaseException) -> None:
        """Gives it its error."""


@dataclass(frozen=True, slots=True)
class _Waiting:
    call: Call[Any]
    future: Pending


class SessionCore:
    """State of one session."""

    def __init__(self, default_account: str | BrokerwireError, sign: Callable[[Message], None]) -> None:
        self._default_account = default_account
        self._sign = sign
        self._waiting: dict[int, _Waiting] = {}
        self._last_id = 0
        self._over: BrokerwireError | None = None

    @property
    def idle(self) -> bool:
        """Whether every command has its result."""
        return not self._waiting

    def command(self, call: Call[Any], future: Pending) -> pb.OrderCommand:
        """The command for a call; `future` gets its result.

        Raises:
            SessionClosed: the session is over; nothing was sent.
            BrokerwireError: the call names no account, and there is no only one.
        """
        with concerning(call.client_order_id):
            if self._over is not None:
                raise SessionClosed(f"the session is over: {self._over.message}", code=self._over.code)
            self._fill(call)
            self._sign(call.request)
        self._last_id += 1
        self._waiting[self._last_id] = _Waiting(call, future)
        return _command(self._last_id, call)

    def _fill(self, call: Call[Any]) -> None:
        if call.blank is None:
            return
        if isinstance(self._default_account, BrokerwireError):
            raise self._default_account
        call.blank.fill(self._default_account)

    def take(self, response: pb.OrderSessionResponse) -> None:
        """Hands results to those who wait for them."""
        for result in response.results:
            waiting = self._waiting.pop(result.command_id, None)
            if waiting is not None and not waiting.future.done():
                _settle(waiting, result)
        if response.control.WhichOneof("control") == "goodbye":
            self._end(response.control.goodbye.reason)

    def _end(self, why: str) -> None:
        self._over = self._over or SessionClosed(why, code=grpc.StatusCode.UNAVAILABLE)

    def end(self, error: BrokerwireError | None) -> None:
        """The stream is over. Commands without a result may have been carried out."""
        why = error.message if error else "it was closed"
        code = error.code if error else grpc.StatusCode.UNAVAILABLE
        self._end(why)
        waiting, self._waiting = self._waiting, {}
        for item in waiting.values():
            if not item.future.done():
                item.future.set_exception(_lost(why, code, item.call.client_order_id))


def _lost(why: str, code: grpc.StatusCode, client_order_id: str) -> SessionClosed:
    message = f"the session ended before the result: {why}"
    return SessionClosed(message, code=code, sent="unknown", client_order_id=client_order_id)


def _command(number: int, call: Call[Any]) -> pb.OrderCommand:
    request: Any = call.request
    if call.method.name == "SubmitOrder":
        return pb.OrderCommand(command_id=number, submit=request.order)
    if call.method.name == "ReplaceOrder":
        return pb.OrderCommand(command_id=number, replace=request)
    return pb.OrderCommand(command_id=number, cancel=request)


def _settle(waiting: _Waiting, result: pb.OrderResult) -> None:
    key = waiting.call.client_order_id
    kind = result.WhichOneof("result")
    try:
        with concerning(key):
            if kind == "error":
                raise from_command_error(result.error, key)
            answer = getattr(result, kind) if kind else None
            waiting.future.set_result(read_answer(waiting.call, answer))
    except BrokerwireError as error:
        waiting.future.set_exception(error)
