"""Carries out the steps of the cross-language suite with this client: JSON lines in, one JSON line out for each.

tests/clients/README.md says what the steps are.
"""

from __future__ import annotations

import json
import sys
import time
from contextlib import suppress
from dataclasses import fields, is_dataclass
from decimal import Decimal
from enum import StrEnum
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Any

import brokerwire
from brokerwire.signing import Signer

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator
    from concurrent.futures import Future

Answer = dict[str, Any]

ORDER = [
    "order_id",
    "client_order_id",
    "account_id",
    "version",
    "sequence",
    "state",
    "terminal",
    "symbol",
    "side",
    "type",
    "quantity",
    "filled_quantity",
    "remaining_quantity",
    "average_fill_price",
    "limit_price",
    "stop_price",
    "state_reason",
    "parent_order_id",
    "replaces_order_id",
    "replaced_by_order_id",
    "deduplicated",
    "children",
]
FILL = ["fill_id", "order_id", "quantity", "price", "kind"]
POSITION = ["account_id", "symbol", "side", "quantity", "average_cost", "closed"]
EVENT = ["account_id", "sequence", "type", "order", "fill", "position", "conflated"]
FIELDS: dict[type, list[str]] = {
    brokerwire.Order: ORDER,
    brokerwire.Fill: FILL,
    brokerwire.Position: POSITION,
    brokerwire.OrderEvent: EVENT,
    brokerwire.PositionEvent: EVENT,
    brokerwire.Event: EVENT[:3],
}


def plain(value: Any) -> Any:
    """Makes JSON of a value: decimals and enums as text."""
    if isinstance(value, StrEnum):
        return f"unknown({getattr(value, 'number', '')})" if value == "unknown" else str(value)
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, tuple):
        return [plain(item) for item in value]
    names = FIELDS.get(type(value))
    if names is None:
        return value
    return {name: plain(getattr(value, name)) for name in names if hasattr(value, name)}


def failure(error: brokerwire.BrokerwireError) -> Answer:
    return {
        "kind": type(error).__name__,
        "code": error.code.name,
        "reason": str(error.reason),
        "sent": error.sent,
        "client_order_id": error.client_order_id,
        "metadata": dict(error.metadata),
    }


def kind_of(item: Any) -> str:
    name = type(item).__name__
    if name.endswith("Event"):
        return "event"
    return "".join("_" + letter.lower() if letter.isupper() else letter for letter in name).lstrip("_")


def seen(item: Any) -> Answer:
    """Describes one item of a stream."""
    answer: Answer = {"kind": kind_of(item)}
    if isinstance(item, brokerwire.Snapshot):
        what = "position" if isinstance(item.value, brokerwire.Position) else "order"
        return answer | {what: plain(item.value)}
    if isinstance(item, brokerwire.Disconnected):
        return answer | {"error": failure(item.error)}
    if type(item) in FIELDS:
        return {**answer, **plain(item)}
    kept = {"mode", "cause", "phase", "item_count", "reason"}
    names = [field.name for field in fields(item) if field.name in kept] if is_dataclass(item) else []
    return answer | {name: plain(getattr(item, name)) for name in names}


def connecting(
    *,
    bearer: str | None = None,
    ca: str | None = None,
    certificate: str | None = None,
    certificate_key: str = "",
    signing_key: str | None = None,
    key_id: str = "",
    **options: Any,
) -> dict[str, Any]:
    """The arguments of `connect`."""
    return options | {
        "token": bearer,
        "root_certificates": ca,
        "certificate": (certificate, certificate_key) if certificate else None,
        "signer": Signer.from_file(signing_key, key_id) if signing_key else None,
    }


class Store:
    """A token store that outlives its stream."""

    def __init__(self) -> None:
        self.token: str | None = None

    def load(self) -> str | None:
        return self.token

    def save(self, token: str) -> None:
        self.token = token


class Driver:
    """The client under test and what it has open. Each method with a step's name is that step."""

    client: Any
    session: Any

    def __init__(self) -> None:
        self._streams: dict[str, Any] = {}
        self._stores: dict[str, Store] = {}

    def _call(self, method: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        return method(*args, **kwargs)

    def _list(self, pages: Any) -> list[Any]:
        return list(pages)

    def connect(self, **options: Any) -> Answer:
        self.client = brokerwire.connect(**connecting(**options))
        return {}

    def submit(self, **order: Any) -> Answer:
        answer: Answer = plain(self._call(self.client.submit, **order))
        return answer

    def wait(self, order_id: str, timeout: float = 20) -> Answer:
        answer: Answer = plain(self._call(self.client.wait, order_id, timeout))
        return answer

    def get_order(self, order_id: str | None = None, client_order_id: str | None = None) -> Answer:
        answer: Answer = plain(self._call(self.client.get_order, order_id, client_order_id=client_order_id))
        return answer

    def replace(self, order_id: str, **changes: Any) -> Answer:
        result = self._call(self.client.replace, order_id, **changes)
        return {"outcome": plain(result.outcome), "order": plain(result.order)}

    def cancel(self, order_id: str | None = None, client_order_id: str | None = None) -> Answer:
        result = self._call(self.client.cancel, order_id, client_order_id=client_order_id)
        return {"outcome": plain(result.outcome), "order": plain(result.order)}

    def list_orders(self, **wanted: Any) -> Answer:
        return {"orders": [plain(order) for order in self._list(self.client.orders(**wanted))]}

    def list_positions(self) -> Answer:
        return {"positions": [plain(position) for position in self._list(self.client.positions())]}

    def open_stream(self, stream: str, kind: str, store: str = "", token: str | None = None, **options: Any) -> Answer:
        kept = self._stores.setdefault(store or stream, Store())
        if token is not None:
            kept.token = token
        openers: dict[str, Callable[..., Any]] = {
            "orders": self.client.stream_orders,
            "positions": self.client.stream_positions,
            "events": self.client.stream_events,
        }
        self._streams[stream] = openers[kind](token_store=kept, **options)
        return {}

    def read_stream(self, stream: str, until: Answer, timeout: float = 30, events_only: bool = False) -> Answer:
        opened = self._streams[stream]
        items: list[Answer] = []
        left = until.get("count", 1)
        deadline = time.monotonic() + timeout
        for item in self._items(opened, deadline, events_only=events_only):
            items.append(seen(item))
            left -= matches(items[-1], until)
            if left == 0:
                return {"items": items, "timed_out": False}
        return {"items": items, "timed_out": time.monotonic() >= deadline}

    def _items(self, stream: brokerwire.Stream[Any, Any], deadline: float, *, events_only: bool) -> Iterator[Any]:
        if events_only:
            yield from stream
            return
        with suppress(TimeoutError, StopIteration):
            while True:
                yield stream.next_item(max(0.0, deadline - time.monotonic()))

    def close_stream(self, stream: str) -> Answer:
        self._streams.pop(stream).close()
        return {}

    def open_session(self) -> Answer:
        self.session = self.client.session()
        return {}

    def session_submit(self, orders: list[Answer]) -> Answer:
        futures = [self.session.submit(**order) for order in orders]
        return {"results": [attempt(partial(result, future)) for future in futures]}

    def close_session(self) -> Answer:
        self.session.close()
        return {}

    def time_submits(self, count: int, **order: Any) -> Answer:
        times = []
        for _ in range(count):
            begun = time.perf_counter_ns()
            self.client.submit(**order)
            times.append(time.perf_counter_ns() - begun)
        return {"nanoseconds": times}

    def time_events(self, stream: str, count: int) -> Answer:
        events = iter(self._streams[stream])
        next(events)
        begun = time.perf_counter_ns()
        for _ in islice(events, count - 1):
            pass
        return {"nanoseconds": time.perf_counter_ns() - begun}


def result(future: Future[brokerwire.Order]) -> Answer:
    answer: Answer = plain(future.result(30))
    return answer


def matches(item: Answer, until: Answer) -> bool:
    right_kind: bool = item["kind"] == until["kind"]
    return right_kind and bool(item.get("sequence", 0) >= until.get("sequence", 0))


def attempt(step: Callable[[], Answer]) -> Answer:
    """Makes the answer to a step: what it returned, or the client's error."""
    try:
        return {"ok": step()}
    except brokerwire.BrokerwireError as error:
        return {"error": failure(error)}


async def attempt_later(result: Awaitable[Any], describe: Callable[[Any], Answer]) -> Answer:
    """The same for what is awaited."""
    try:
        return {"ok": describe(await result)}
    except brokerwire.BrokerwireError as error:
        return {"error": failure(error)}


def serve(driver: Driver) -> None:
    """Serves until the end of the input."""
    for line in sys.stdin:
        step = json.loads(line)
        method = getattr(driver, step.pop("do"))
        print(json.dumps(attempt(partial(method, **step))), flush=True)


if __name__ == "__main__":
    serve(Driver())
