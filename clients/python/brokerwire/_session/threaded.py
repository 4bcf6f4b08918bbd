"""An order session for threads."""

from __future__ import annotations

import queue
import threading
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any, TypeVar

import grpc

from brokerwire._bind import future
from brokerwire._calls import orders
from brokerwire._methods import METHODS
from brokerwire._session.core import BATCH, SessionCore
from brokerwire._status import from_rpc_error
from brokerwire.v1 import order_service_pb2 as pb

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType
    from typing import Self

    from brokerwire._calls.base import Call
    from brokerwire._transport import Channel
    from brokerwire.errors import BrokerwireError

T = TypeVar("T")

HANG_UP = 1.0
"""Seconds that the gateway gets to end the session in good order."""


class OrderSession:
    """The fast door: commands go out in batches, and each method returns a Future at once.

    The rules are those of the client's methods of the same names. When the connection breaks, a command without
    a result fails with SessionClosed and `sent == "unknown"`: open another session and submit the same content
    with the same client_order_id. Use it as a context: leaving waits for the results that are due.
    """

    submit = future(orders.submit)
    replace = future(orders.replace)
    cancel = future(orders.cancel)

    def __init__(self, channel: Channel, default_account: str | BrokerwireError, timeout: float) -> None:
        self._core = SessionCore(default_account, channel.target.sign)
        self._lock = threading.Lock()
        self._idle = threading.Condition(self._lock)
        self._timeout = timeout
        self._target = channel.target.address
        self._outbox: queue.SimpleQueue[pb.OrderCommand | None] = queue.SimpleQueue()
        self._call = channel.duplex(METHODS["OrderSession"], self._requests())
        self._thread = threading.Thread(target=self._receive, name="brokerwire-session", daemon=True)
        self._thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Waits for the results that are due, up to the client's timeout, and ends the session."""
        with self._idle:
            self._idle.wait_for(lambda: self._core.idle, self._timeout)
        self._outbox.put(None)
        self._thread.join(HANG_UP)
        self._call.cancel()
        self._thread.join(self._timeout)

    def _run(self, call: Call[T]) -> Future[T]:
        result: Future[T] = Future()
        with self._lock:
            self._outbox.put(self._core.command(call, result))
        return result

    def _requests(self) -> Iterator[pb.OrderSessionRequest]:
        while (command := self._outbox.get()) is not None:
            commands = [command]
            while len(commands) < BATCH and not self._outbox.empty():
                following = self._outbox.get()
                if following is None:
                    self._outbox.put(None)
                    break
                commands.append(following)
            yield pb.OrderSessionRequest(commands=commands)

    def _receive(self) -> None:
        try:
            for response in self._call:
                self._take(response)
            self._end(None)
        except grpc.RpcError as error:
            self._end(from_rpc_error(error, mutation=True, target=self._target))

    def _take(self, response: Any) -> None:  # noqa: ANN401 - an OrderSessionResponse
        with self._idle:
            self._core.take(response)
            self._idle.notify_all()

    def _end(self, error: BrokerwireError | None) -> None:
        with self._idle:
            self._core.end(error)
            self._idle.notify_all()
        self._outbox.put(None)
