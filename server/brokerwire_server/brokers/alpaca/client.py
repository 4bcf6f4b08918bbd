"""Alpaca's trading API over REST: input and output only. Nothing is retried here, nothing decided."""

import logging
from collections.abc import Callable, Mapping
from email.utils import parsedate_to_datetime
from typing import TypeVar
from urllib.parse import quote

import msgspec
from msgspec.structs import replace

from brokerwire_server.brokers.alpaca import wire
from brokerwire_server.brokers.alpaca.errors import ApiError, Fault
from brokerwire_server.brokers.base import Keep
from brokerwire_server.brokers.budget import Priority, RateBudget
from brokerwire_server.brokers.http import Answer, Http

T = TypeVar("T")

_READ_SECONDS = 10.0
_WRITE_SECONDS = 15.0
_LIST_SECONDS = 30.0
_WINDOW_SECONDS = 60.0

_PATIENCE = {
    Priority.CANCEL: 12.0,
    Priority.SUBMIT: 8.0,
    Priority.REPLACE: 8.0,
    Priority.LOOK_UP: 10.0,
    Priority.SWEEP: 60.0,
}
"""Seconds to wait for the rate budget. With the request's own time it stays below the engine's limit for commands."""

ORDERS_PER_PAGE = 500
ACTIVITIES_PER_PAGE = 100
_MAX_PAGES = 1_000

_log = logging.getLogger(__name__)


class Client:
    """One account's endpoints. They raise `ApiError`, `TransportError`, `BudgetExhaustedError`, `UndecodableError`."""

    def __init__(self, http: Http, budget: RateBudget, now: Callable[[], int], keep: Keep) -> None:
        """Send through `http`, as fast as `budget` allows; answers to commands go to `keep`."""
        self.budget = budget
        self.broker_time = 0
        """The broker's clock by its last answer, in nanoseconds; whole seconds."""
        self.on_denied: Callable[[], None] = lambda: None
        self._http = http
        self._now = now
        self._keep = keep

    # --- orders ---

    async def submit(self, body: bytes) -> tuple[wire.Order, str]:
        """POST an order; return it, and where the answer is kept."""
        answer = await self._call("POST", "/v2/orders", Priority.SUBMIT, total=_WRITE_SECONDS, body=body)
        return wire.decode(wire.Order, answer.body), answer.kept_as

    async def replace(self, order_id: str, body: bytes) -> wire.Order:
        """PATCH an order: the answer is the order that is to take its place, which is only a request taken."""
        path = f"/v2/orders/{quote(order_id, safe='')}"
        answer = await self._call("PATCH", path, Priority.REPLACE, total=_WRITE_SECONDS, body=body)
        return wire.decode(wire.Order, answer.body)

    async def cancel(self, order_id: str) -> None:
        """Ask for a cancel (204: the request was taken)."""
        await self._call("DELETE", f"/v2/orders/{quote(order_id, safe='')}", Priority.CANCEL, total=_WRITE_SECONDS)

    async def order(self, order_id: str, *, priority: Priority = Priority.LOOK_UP) -> wire.Order:
        """Return an order with its legs."""
        path = f"/v2/orders/{quote(order_id, safe='')}"
        return await self._get(wire.Order, path, {"nested": "true"}, priority)

    async def order_by_client_id(self, client_order_id: str) -> wire.Order:
        """Return the order with a client id."""
        params = {"client_order_id": client_order_id}
        return await self._get(wire.Order, "/v2/orders:by_client_order_id", params)

    async def orders(self, status: str, after: int = 0, *, symbol: str = "") -> list[wire.Order]:
        """Return all orders, legs nested, oldest first, that were submitted after a time (nanoseconds)."""
        params = {"status": status, "nested": "true", "direction": "asc", "limit": str(ORDERS_PER_PAGE)}
        if symbol:
            params["symbols"] = symbol
        found: dict[str, wire.Order] = {}
        for _ in range(_MAX_PAGES):
            if after:
                params["after"] = wire.rfc3339(after)
            page = await self._get(tuple[wire.Order, ...], "/v2/orders", params, Priority.SWEEP, _LIST_SECONDS)
            fresh = [order for order in page if order.id not in found]
            found.update((order.id, order) for order in fresh)
            last = max((wire.nanos(order.submitted_at or order.created_at) for order in page), default=0)
            if len(page) < ORDERS_PER_PAGE or not fresh or last <= after:
                break
            # The cursor excludes its own moment, and several orders may share one: ask again from just before it.
            after = last - 1
        return list(found.values())

    async def open_order_count(self) -> int:
        """Return how many orders are open, up to a page of them."""
        params = {"status": "open", "limit": str(ORDERS_PER_PAGE)}
        return len(await self._get(tuple[wire.Order, ...], "/v2/orders", params))

    # --- the account ---

    async def account(self, priority: Priority = Priority.LOOK_UP) -> wire.Account:
        """Return the account."""
        return await self._get(wire.Account, "/v2/account", {}, priority)

    async def positions(self) -> tuple[wire.Position, ...]:
        """Return all holdings."""
        return await self._get(tuple[wire.Position, ...], "/v2/positions", {}, Priority.SWEEP)

    async def activities(self, after: int, *, fills: bool, order_id: str = "") -> list[wire.Activity]:
        """Return the executions, or everything else in the account's history, after a time (nanoseconds)."""
        params = {"direction": "asc", "page_size": str(ACTIVITIES_PER_PAGE)}
        if after:
            params["after"] = wire.rfc3339(after)
        if order_id:
            params["order_id"] = order_id
        if not fills:
            params["category"] = "non_trade_activity"
        path = "/v2/account/activities/FILL" if fills else "/v2/account/activities"
        found: dict[str, wire.Activity] = {}
        for _ in range(_MAX_PAGES):
            page = await self._get(tuple[wire.Activity, ...], path, params, Priority.SWEEP, _LIST_SECONDS)
            fresh = [item for item in page if item.id not in found]
            found.update((item.id, item) for item in fresh)
            if len(page) < ACTIVITIES_PER_PAGE or not fresh:
                break
            params["page_token"] = page[-1].id
        return [item for item in found.values() if (item.activity_type == "FILL") is fills]

    # --- reference ---

    async def asset(self, symbol: str) -> wire.Asset:
        """Return an asset by symbol or id."""
        return await self._get(wire.Asset, f"/v2/assets/{quote(symbol, safe='')}", {})

    async def assets(self) -> tuple[wire.Asset, ...]:
        """Return every active asset: some megabytes."""
        params = {"status": "active"}
        return await self._get(tuple[wire.Asset, ...], "/v2/assets", params, Priority.SWEEP, _LIST_SECONDS)

    async def contract(self, symbol: str) -> wire.Contract:
        """Return an option contract."""
        return await self._get(wire.Contract, f"/v2/options/contracts/{quote(symbol, safe='')}", {})

    async def contracts(self, underlying: str, limit: int) -> tuple[wire.Contract, ...]:
        """Return the first contracts of an underlying."""
        params = {"underlying_symbols": underlying, "limit": str(limit)}
        return (await self._get(wire.Contracts, "/v2/options/contracts", params)).option_contracts

    # --- inside ---

    async def _get(
        self,
        kind: type[T],
        path: str,
        params: Mapping[str, str],
        priority: Priority = Priority.LOOK_UP,
        total: float = _READ_SECONDS,
    ) -> T:
        answer = await self._call("GET", path, priority, total=total, params=params)
        return wire.decode(kind, answer.body)

    async def _call(
        self,
        method: str,
        path: str,
        priority: Priority,
        *,
        total: float,
        params: Mapping[str, str] | None = None,
        body: bytes | None = None,
    ) -> Answer:
        await self.budget.spend(priority, _PATIENCE[priority])
        answer = None
        try:
            answer = await self._http.send(method, path, total=total, params=params, body=body)
        finally:
            self._settle(answer)
        if method != "GET":
            request_id = answer.headers.get("x-request-id", "")
            about = f"{method} {path} {answer.status} {request_id}".strip()
            answer = replace(answer, kept_as=self._keep(answer.body, about))
        if 200 <= answer.status < 300:
            return answer
        error = ApiError(answer)
        request_id = answer.headers.get("x-request-id", "")
        level = logging.DEBUG if error.fault is Fault.NOT_FOUND else logging.WARNING
        _log.log(level, "alpaca: %s %s: %s", method, path, error.message, extra={"request_id": request_id})
        if error.fault is Fault.DENIED:
            self.on_denied()
        if error.fault is Fault.LIMITED:
            self.budget.exhaust(_resets_in(answer.headers, self._clock(answer.headers)) or _WINDOW_SECONDS)
        raise error

    def _settle(self, answer: Answer | None) -> None:
        if answer is None:
            self.budget.settle()
            return
        time = self._clock(answer.headers)
        self.broker_time = max(time, self.broker_time)
        limit = _whole(answer.headers.get("x-ratelimit-limit"))
        remaining = _whole(answer.headers.get("x-ratelimit-remaining"))
        self.budget.settle(limit, remaining, _resets_in(answer.headers, time))

    def _clock(self, headers: Mapping[str, str]) -> int:
        try:
            return int(parsedate_to_datetime(headers["date"]).timestamp()) * 1_000_000_000
        except (KeyError, ValueError):
            return self._now()


def encode(body: Mapping[str, object]) -> bytes:
    """Return a request's body. Numbers are texts already: a JSON number in it is a defect."""
    return msgspec.json.encode(body)


def _whole(text: str | None) -> int | None:
    return int(text) if text is not None and text.isascii() and text.isdecimal() else None


def _resets_in(headers: Mapping[str, str], time: int) -> float | None:
    """Return the seconds until the window ends, by the broker's own clock where it states it."""
    retry = _whole(headers.get("retry-after"))
    reset = _whole(headers.get("x-ratelimit-reset"))
    if reset is None:
        return float(retry) if retry is not None else None
    return reset - time / 1_000_000_000
