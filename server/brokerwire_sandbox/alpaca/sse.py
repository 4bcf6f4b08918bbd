"""Server-sent events: `/v2/events/trades` and `/v2beta1/events/activities`, with replay from a ULID or a time."""

import asyncio
from collections.abc import Callable
from typing import Any

import msgspec
from aiohttp import web

from brokerwire_sandbox.alpaca import errors
from brokerwire_sandbox.alpaca.access import Access
from brokerwire_sandbox.alpaca.events import TradeEvent
from brokerwire_sandbox.alpaca.faults import FaultRule, Kind, Target
from brokerwire_sandbox.alpaca.formats import parse_time
from brokerwire_sandbox.alpaca.market import Market
from brokerwire_sandbox.alpaca.settings import SandboxSettings

_BACKLOG = 10_000
_EXECUTIONS = frozenset({"fill", "partial_fill", "trade_bust", "trade_correct"})
_END = None


class _Reader:
    """One open request."""

    def __init__(self, wanted: Callable[[TradeEvent], dict[str, Any] | None], bounds: "Bounds") -> None:
        self.wanted = wanted
        self.bounds = bounds
        self.queue: asyncio.Queue[tuple[str, dict[str, Any]] | None] = asyncio.Queue()
        self.dropped = 0


class Bounds(msgspec.Struct, frozen=True, kw_only=True):
    """From where, and to where: times in nanoseconds, or ULIDs."""

    since: int | None = None
    until: int | None = None
    since_id: str = ""
    until_id: str = ""
    inclusive: bool = False

    @property
    def replays(self) -> bool:
        """Whether the past is asked for."""
        return self.since is not None or bool(self.since_id)

    def begun(self, event_id: str, time: int) -> bool:
        """Tell whether an event is after the beginning."""
        if self.since_id:
            return event_id >= self.since_id if self.inclusive else event_id > self.since_id
        return self.since is None or time >= self.since

    def ended(self, event_id: str, time: int) -> bool:
        """Tell whether an event is after the end."""
        if self.until_id:
            return event_id > self.until_id
        return self.until is not None and time > self.until


class EventPaths:
    """The handlers, and everyone who reads."""

    def __init__(
        self,
        market: Market,
        settings: SandboxSettings,
        access: Access,
        roll: Callable[[tuple[Target, ...], str], FaultRule | None],
    ) -> None:
        """Begin with no reader."""
        self._market = market
        self._settings = settings
        self._access = access
        self._roll = roll
        self._readers: set[_Reader] = set()
        market.state.log.listeners.append(self._publish)

    def routes(self) -> list[web.RouteDef]:
        """Return the route table."""
        return [
            web.get("/v2/events/trades", self.trades),
            web.get("/v2beta1/events/activities", self.activities),
        ]

    def close(self) -> None:
        """End every reader."""
        self._market.state.log.listeners.remove(self._publish)
        for reader in self._readers:
            reader.queue.put_nowait(_END)

    async def trades(self, request: web.Request) -> web.StreamResponse:
        """Stream the trade events."""
        return await self._serve(request, self._trade)

    async def activities(self, request: web.Request) -> web.StreamResponse:
        """Stream executions, busts, corrections and non-trade activities."""
        return await self._serve(request, self._activity)

    def _trade(self, event: TradeEvent) -> dict[str, Any] | None:
        if not event.order_id:
            return None
        return {"account_id": self._market.state.account_id, **event.body, "event_id": event.id}

    def _activity(self, event: TradeEvent) -> dict[str, Any] | None:
        if not event.order_id:
            return {"account_id": self._market.state.account_id, **event.body, "event_id": event.id}
        if event.name not in _EXECUTIONS:
            return None
        body = event.body
        order = body["order"]
        shown: dict[str, Any] = {name: body[name] for name in ("execution_id", "price", "qty", "legs") if name in body}
        return {
            "account_id": self._market.state.account_id,
            "event_id": event.id,
            "at": body["at"],
            "activity_type": "FILL",
            "type": event.name,
            "order_id": order["id"],
            "symbol": order["symbol"],
            "side": order["side"],
            "previous_execution_id": body.get("previous_execution_id"),
            "transaction_time": body["timestamp"],
            **shown,
        }

    async def _serve(
        self, request: web.Request, wanted: Callable[[TradeEvent], dict[str, Any] | None]
    ) -> web.StreamResponse:
        reader = _Reader(wanted, self._bounds(request))
        if reader.bounds.replays:
            for event in self._market.state.log.kept:
                self._offer(reader, event)
        if reader.bounds.until is not None or reader.bounds.until_id:
            reader.queue.put_nowait(_END)
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "Cache-Control": "no-cache"})
        response.enable_chunked_encoding()
        await response.prepare(request)
        self._readers.add(reader)
        try:
            await self._write(response, reader)
        except ConnectionError:
            return response
        finally:
            self._readers.discard(reader)
        return response

    async def _write(self, response: web.StreamResponse, reader: _Reader) -> None:
        await response.write(b": welcome\n\n")
        while True:
            try:
                async with asyncio.timeout(self._settings.sse_heartbeat):
                    item = await reader.queue.get()
            except TimeoutError:
                await response.write(b": heartbeat\n\n")
                continue
            if item is _END:
                return
            if reader.dropped:
                await response.write(f": you are reading too slowly, dropped {reader.dropped} messages\n\n".encode())
                reader.dropped = 0
            event_id, body = item
            await response.write(b"id: %s\ndata: %s\n\n" % (event_id.encode(), msgspec.json.encode(body)))

    def _publish(self, event: TradeEvent) -> None:
        for reader in list(self._readers):
            rule = self._roll((Target.SSE,), event.name)
            match rule.kind if rule is not None else None:
                case Kind.DROP | Kind.MUTE:
                    continue
                case Kind.CLOSE | Kind.ABORT:
                    reader.queue.put_nowait(_END)
                    continue
                case Kind.DUPLICATE:
                    self._offer(reader, event)
            self._offer(reader, event)

    def _offer(self, reader: _Reader, event: TradeEvent) -> None:
        bounds = reader.bounds
        if not bounds.begun(event.id, event.time) or bounds.ended(event.id, event.time):
            return
        body = reader.wanted(event)
        if body is None:
            return
        if reader.queue.qsize() >= _BACKLOG:
            reader.dropped += 1
            return
        reader.queue.put_nowait((event.id, body))

    def _bounds(self, request: web.Request) -> Bounds:
        query = request.query
        since, until = query.get("since"), query.get("until")
        since_id = query.get("since_id") or query.get("since_ulid") or request.headers.get("Last-Event-ID") or ""
        try:
            return Bounds(
                since=parse_time(since) if since else None,
                until=parse_time(until) if until else None,
                since_id=since_id,
                until_id=query.get("until_id") or query.get("until_ulid") or "",
                inclusive=self._settings.since_id_inclusive,
            )
        except ValueError:
            raise errors.invalid("invalid since or until") from None
