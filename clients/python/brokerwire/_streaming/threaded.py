"""A resumable stream as a blocking iterator."""

from __future__ import annotations

import inspect
import queue
import threading
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast

import grpc

from brokerwire._status import from_rpc_error
from brokerwire._streaming.machine import Item, Machine
from brokerwire._streaming.reader import End, Reader
from brokerwire.errors import BrokerwireError, Internal

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self

    from brokerwire._streaming.spec import Spec
    from brokerwire._streaming.tokens import AnyTokenStore, TokenStore
    from brokerwire._transport import Channel
    from brokerwire.types.streams import Control, Snapshot

E = TypeVar("E")
S = TypeVar("S")


class Stream(Iterator[E], Generic[E, S]):
    """A stream that connects again and resumes by itself: every event once, in order, or StreamGap.

    Iterating it gives events alone. `items()` gives snapshots and controls too. Entering it as a context waits
    until the gateway has opened it, so that whatever happens from then on is delivered; leaving closes it.
    Use it from one thread; `close()` may be called from any.
    """

    def __init__(self, spec: Spec[E, S], channel: Channel, prepare: Callable[[], None]) -> None:
        self._machine = Machine(spec)
        self._channel = channel
        self._private: Channel | None = None
        self._store = _blocking(spec.store)
        self._prepare: Callable[[], None] | None = prepare
        self._saved = ""
        self._reader: Reader | None = None
        self._not_before = 0.0
        self._quiet_since = 0.0
        self._closed = threading.Event()
        self._opening = threading.Lock()
        self._broken: BrokerwireError | None = None

    def __enter__(self) -> Self:
        while not self._machine.opened and not self._closed.is_set():
            self._receive(None)
        if self._broken is not None:
            raise self._broken
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> E:
        """Waits for the next event.

        Raises:
            StreamGap: events were lost to this reader; the stream goes on when asked again.
            BrokerwireError: another connection would not help; the stream is over.
        """
        while True:
            event = self._machine.as_event(self._next(None))
            if event is not None:
                return event

    def items(self) -> Iterator[E | Snapshot[S] | Control]:
        """Events, snapshots and what the stream says about itself, in order."""
        while True:
            try:
                item = self._next(None)
            except StopIteration:
                return
            yield item

    def next_item(self, timeout: float | None = None) -> E | Snapshot[S] | Control:
        """Waits for one item.

        Args:
            timeout: Seconds; None waits for ever.

        Raises:
            TimeoutError: nothing came in time; the stream goes on.
            StopIteration: the stream is closed.
        """
        item: E | Snapshot[S] | Control = self._next(timeout)
        return item

    @property
    def token(self) -> str:
        """Where another stream could go on. It moves when all items received have been taken and more are asked."""
        return self._saved

    def close(self) -> None:
        """Ends the stream. A thread that waits for an item gets StopIteration."""
        self._closed.set()
        with self._opening:
            reader = self._reader
        if reader is not None:
            reader.close()
        if self._private is not None:
            self._private.close()

    def _next(self, timeout: float | None) -> Item:
        deadline = None if timeout is None else time.monotonic() + timeout
        while not self._machine.ready:
            if self._broken is not None:
                raise self._broken
            if self._closed.is_set():
                raise StopIteration
            self._commit()
            self._receive(deadline)
        return self._machine.ready.popleft()

    def _commit(self) -> None:
        """All that was received has been processed, or its consumer would not ask for more."""
        token = self._machine.token
        if token != self._saved:
            if self._store is not None:
                self._store.save(token)
            self._saved = token

    def _receive(self, deadline: float | None) -> None:
        """Takes one message, or the end of the connection."""
        try:
            reader = self._reader or self._connect(deadline)
            if reader is not None:
                self._handle(reader.get(self._patience(deadline)))
        except queue.Empty:
            if time.monotonic() < self._mute_at():
                raise TimeoutError from None
            self._abandon()
        except BrokerwireError as error:
            self._broken = error
            self.close()

    def _patience(self, deadline: float | None) -> float:
        until = self._mute_at() if deadline is None else min(self._mute_at(), deadline)
        return max(0.0, until - time.monotonic())

    def _mute_at(self) -> float:
        return self._quiet_since + self._machine.silence

    def _connect(self, deadline: float | None) -> Reader | None:
        """Opens a connection. None: it could not even be prepared, and the stream waits before the next."""
        self._rest(deadline)
        if self._prepare is not None:
            try:
                self._prepare()
            except BrokerwireError as error:
                self._not_before = time.monotonic() + self._machine.failed(error)
                return None
            self._prepare = None
            loaded = self._store.load() if self._store else None
            self._machine.token = self._saved = loaded or ""
        channel = self._private or self._channel
        request = self._machine.request()
        with self._opening:  # so that `close` either comes first or finds the connection
            if self._closed.is_set():
                return None
            self._reader = Reader(channel.stream(self._machine.spec.method, request))
        self._quiet_since = time.monotonic()
        return self._reader

    def _rest(self, deadline: float | None) -> None:
        now = time.monotonic()
        if deadline is None or self._not_before <= deadline:
            self._closed.wait(max(0.0, self._not_before - now))
        elif not self._closed.wait(max(0.0, deadline - now)):
            raise TimeoutError

    def _handle(self, message: Any) -> None:  # noqa: ANN401 - a message, or End
        self._quiet_since = time.monotonic()
        if not isinstance(message, End):
            self._feed(message)
            return
        self._reader = None
        if self._closed.is_set():
            return
        if message.error is None:
            delay = self._machine.ended()
        else:
            delay = self._machine.failed(from_rpc_error(message.error, target=self._channel.target.address))
        self._not_before = time.monotonic() + delay

    def _feed(self, message: Any) -> None:  # noqa: ANN401 - a response of the stream
        try:
            self._machine.feed(message)
        except ValueError as error:  # going on would leave a gap
            raise Internal(str(error), code=grpc.StatusCode.INTERNAL) from error

    def _abandon(self) -> None:
        """Leaves a silent connection. Its channel may be dead without knowing, so the next has its own."""
        if self._reader is not None:
            self._reader.close()
            self._reader = None
        if self._private is not None:
            self._private.close()
        self._private = self._channel.fresh()
        self._not_before = time.monotonic() + self._machine.muted()


def _blocking(store: AnyTokenStore | None) -> TokenStore | None:
    if store is not None and inspect.iscoroutinefunction(store.save):
        problem = "an asynchronous token store needs the asyncio client"
        raise TypeError(problem)
    return cast("TokenStore | None", store)
