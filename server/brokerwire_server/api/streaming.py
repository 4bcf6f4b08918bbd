"""Batches of the engine's streams as response bytes.

All stream responses have one shape: `items` is field 1, `resume_token` 2, `publish_time` 3; an item is an event (1), a
snapshot item (2) or a control (3). So a response is joined from parts that were serialised once, for all readers: an
event's bytes stay with its journal entry, under the view's name.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import suppress
from typing import Any, TypeVar

from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp
from msgspec import Struct

from brokerwire.v1 import streams_pb2
from brokerwire_server.api.convert.enums import ON_GAP
from brokerwire_server.api.convert.streams import control_message
from brokerwire_server.api.convert.values import NANOS, invalid, optional_duration
from brokerwire_server.domain.events import Event, GapPhase
from brokerwire_server.engine.log import Entry
from brokerwire_server.engine.streams import (
    DEFAULT_HEARTBEAT,
    MAX_HEARTBEAT,
    RECONNECT_AFTER,
    Batch,
    CaughtUp,
    Control,
    Drain,
    Gap,
    Goodbye,
    Heartbeat,
    OnGap,
    StreamRequest,
)

MIN_HEARTBEAT = 1.0
PRICE_INTERVAL = 1.0
"""Seconds between two rounds of mere price changes."""

_EVENT, _SNAPSHOT, _CONTROL = 1, 2, 3
_ITEMS, _TOKEN, _TIME = b"\x0a", b"\x12", b"\x1a"
_STAMP = Timestamp()
_SMALL = tuple(bytes((n,)) for n in range(128))

_T = TypeVar("_T")


class View(Struct, frozen=True, kw_only=True):
    """How one kind of stream encodes its items. `event` and `snapshot` return serialised messages."""

    name: str
    event: Callable[[Event], bytes]
    snapshot: Callable[[Any], bytes]


def varint(number: int) -> bytes:
    """Return a number as protobuf writes lengths."""
    if number < 128:
        return _SMALL[number]
    parts = bytearray()
    while number >= 128:
        parts.append(number & 127 | 128)
        number >>= 7
    parts.append(number)
    return bytes(parts)


def item(kind: int, payload: bytes) -> bytes:
    """Return one entry of `items`, of the kind with this field number, with all its framing."""
    inner = _SMALL[kind << 3 | 2] + varint(len(payload)) + payload
    return _ITEMS + varint(len(inner)) + inner


def event_item(message: Message) -> bytes:
    """Return an event as an item."""
    return item(_EVENT, message.SerializeToString())


def snapshot_item(message: Message) -> bytes:
    """Return a part of a snapshot as an item."""
    return item(_SNAPSHOT, message.SerializeToString())


def control_item(control: Control) -> bytes:
    """Return a message about the stream as an item."""
    return item(_CONTROL, control_message(control).SerializeToString())


def response(items: Iterable[bytes], token: str, now: int) -> bytes:
    """Return a whole response."""
    _STAMP.seconds, _STAMP.nanos = divmod(now, NANOS)
    time = _STAMP.SerializeToString()
    tail = _TIME + varint(len(time)) + time
    if token:
        text = token.encode()
        tail = _TOKEN + varint(len(text)) + text + tail
    return b"".join((*items, tail))


def entry_item(view: View, entry: Entry) -> bytes:
    """Return a journal entry as an item, made once for all readers."""
    known = entry.wire.get(view.name)
    if known is None:
        known = entry.wire[view.name] = item(_EVENT, view.event(entry.event))
    return known  # type: ignore[return-value]


async def encode(view: View, batches: AsyncIterator[Batch], now: Callable[[], int]) -> AsyncIterator[bytes]:
    """Yield one response for each batch."""
    try:
        async for batch in batches:
            yield response(_items(view, batch), batch.token, now())
    finally:
        await _close(batches)


def _items(view: View, batch: Batch) -> list[bytes]:
    if batch.entries:
        name = view.name
        items: list[Any] = [entry.wire.get(name) or entry_item(view, entry) for entry in batch.entries]
    else:
        items = [item(_SNAPSHOT, view.snapshot(part)) for part in batch.snapshot]
    if not batch.controls:
        return items
    # A gap opens before the events that may be late, and is closed after those that were recovered.
    first = [control_item(c) for c in batch.controls if not _closes_gap(c)]
    return [*first, *items, *(control_item(c) for c in batch.controls if _closes_gap(c))]


def _closes_gap(control: Control) -> bool:
    return isinstance(control, Gap) and control.gap.phase is not GapPhase.OPENED


# --- requests --------------------------------------------------------------------------------------------------------


def heartbeat_of(message: Message, path: str) -> float:
    """Return the heartbeat interval that a request asks for, in seconds."""
    nanos = optional_duration(message, "heartbeat_interval", path)
    if nanos is None:
        return DEFAULT_HEARTBEAT
    if not MIN_HEARTBEAT <= nanos / NANOS <= MAX_HEARTBEAT:
        raise invalid(f"{path}heartbeat_interval", f"between {MIN_HEARTBEAT:g} s and {MAX_HEARTBEAT:g} s")
    return nanos / NANOS


def stream_request(
    view: str,
    options: streams_pb2.StreamOptions,
    account_ids: Sequence[str],
    filters: Message,
    *,
    start: dict[str, int] | None = None,
) -> StreamRequest:
    """Return what a reader asks for; `filters` is its request, whose other fields the token is bound to."""
    bare = type(filters)()
    bare.CopyFrom(filters)
    for name in ("options", "account_ids", "after_sequences"):
        if name in bare.DESCRIPTOR.fields_by_name:
            bare.ClearField(name)
    return StreamRequest(
        view=view,
        account_ids=tuple(account_ids),
        filter_key=bare.SerializeToString(deterministic=True).hex(),
        resume_token=options.resume_token,
        skip_snapshot=options.skip_snapshot,
        heartbeat=heartbeat_of(options, "options."),
        on_gap=ON_GAP.optional(options.on_gap, "options.on_gap") or OnGap.RESNAPSHOT,
        start=start,
    )


# --- streams that are not views of the journal -----------------------------------------------------------------------


async def paced(source: AsyncIterator[_T], drain: Drain, heartbeat: float) -> AsyncIterator[_T | Heartbeat | Goodbye]:
    """Yield what a source yields, a heartbeat where it is silent, and a goodbye when the server drains."""
    waiter = asyncio.Event()
    drain.enter(waiter)
    stopping = asyncio.ensure_future(waiter.wait())
    pending: asyncio.Future[_T] | None = None
    if drain.reason:
        waiter.set()
    try:
        while True:
            pending = pending or asyncio.ensure_future(_next(source))
            waited: set[asyncio.Future[Any]] = {pending, stopping}
            done, _ = await asyncio.wait(waited, timeout=heartbeat, return_when=asyncio.FIRST_COMPLETED)
            if pending in done:
                try:
                    yield pending.result()
                except StopAsyncIteration:
                    return
                pending = None
            elif done:
                yield Goodbye(drain.reason, RECONNECT_AFTER)
                return
            else:
                yield Heartbeat(())
    finally:
        drain.leave(waiter)
        await _cancel(stopping, pending)
        await _close(source)


async def with_rounds(
    batches: AsyncIterator[Batch], make: Callable[[], Awaitable[list[bytes]]]
) -> AsyncIterator[Batch | list[bytes]]:
    """Yield batches and, once caught up and at most every `PRICE_INTERVAL`, the items that `make` returns."""
    loop = asyncio.get_running_loop()
    due = loop.time() + PRICE_INTERVAL
    live = False
    pending: asyncio.Future[Batch] | None = None
    try:
        while True:
            pending = pending or asyncio.ensure_future(_next(batches))
            await asyncio.wait({pending}, timeout=max(due - loop.time(), 0))
            if pending.done():
                try:
                    batch = pending.result()
                except StopAsyncIteration:
                    return
                pending = None
                live = live or any(isinstance(control, CaughtUp) for control in batch.controls)
                yield batch
            if loop.time() >= due:
                due = loop.time() + PRICE_INTERVAL
                if live and (items := await make()):
                    yield items
    finally:
        await _cancel(pending)
        await _close(batches)


async def encode_with_rounds(
    view: View, source: AsyncIterator[Batch | list[bytes]], now: Callable[[], int]
) -> AsyncIterator[bytes]:
    """Yield one response for each batch and each round."""
    try:
        async for part in source:
            if isinstance(part, list):
                yield response(part, "", now())
            else:
                yield response(_items(view, part), part.token, now())
    finally:
        await _close(source)


async def _next(source: AsyncIterator[_T]) -> _T:
    # A future can't carry StopAsyncIteration out of `__anext__` itself; a coroutine can.
    return await source.__anext__()


async def _cancel(*futures: "asyncio.Future[Any] | None") -> None:
    for future in futures:
        if future is not None and not future.done():
            future.cancel()
            with suppress(asyncio.CancelledError, StopAsyncIteration):
                await future
        elif future is not None and not future.cancelled():
            future.exception()


async def _close(source: AsyncIterator[Any]) -> None:
    aclose = getattr(source, "aclose", None)
    if aclose is not None:
        await aclose()
