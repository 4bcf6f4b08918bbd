"""Reads one connection of a stream in a thread, so that its consumer can wait with a limit."""

from __future__ import annotations

import queue
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import grpc

if TYPE_CHECKING:
    from collections.abc import Iterator

AHEAD = 2
"""Messages read before the consumer asks for them."""


@dataclass(frozen=True, slots=True)
class End:
    """The connection is over."""

    error: grpc.RpcError | None
    """None: with OK."""


class Reader:
    """One connection. `get` raises queue.Empty when nothing arrived in time."""

    def __init__(self, call: Any) -> None:  # noqa: ANN401 - a grpc call, which has no public type of its own
        self._call = call
        self._arrived: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._room = threading.Semaphore(AHEAD)
        self._thread = threading.Thread(target=self._run, name="brokerwire-stream", daemon=True)
        self._thread.start()

    def get(self, timeout: float) -> Any:  # noqa: ANN401 - a message, or End
        """The next message, or End."""
        item = self._arrived.get(timeout=timeout)
        self._room.release()
        return item

    def close(self) -> None:
        """Cancels the connection; may be called from any thread, and more than once."""
        self._call.cancel()
        self._room.release()

    def join(self, timeout: float) -> None:
        """Waits for the thread to end."""
        self._thread.join(timeout)

    def _run(self) -> None:
        try:
            for message in self._messages():
                self._arrived.put(message)
            self._arrived.put(End(None))
        except grpc.RpcError as error:
            self._arrived.put(End(error))

    def _messages(self) -> Iterator[Any]:
        while True:
            self._room.acquire()
            try:
                yield next(self._call)
            except StopIteration:
                return
