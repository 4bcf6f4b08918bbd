"""The sandbox as a Python object: start it, point an Alpaca client at `url`, and make things happen."""

import asyncio
import time
from collections.abc import Callable
from decimal import Decimal
from ipaddress import ip_address
from typing import Any

from aiohttp import web
from msgspec import Struct

from brokerwire_sandbox.alpaca import app
from brokerwire_sandbox.alpaca.access import Access, RateLimit
from brokerwire_sandbox.alpaca.account_paths import AccountPaths
from brokerwire_sandbox.alpaca.control import Control
from brokerwire_sandbox.alpaca.data_desk import DataDesk
from brokerwire_sandbox.alpaca.edge import Edge, RequestRecord
from brokerwire_sandbox.alpaca.faults import Dice, FaultCount, FaultPlan, FaultRule, Target
from brokerwire_sandbox.alpaca.formats import SECOND
from brokerwire_sandbox.alpaca.market import Market
from brokerwire_sandbox.alpaca.order_paths import OrderPaths
from brokerwire_sandbox.alpaca.prices import Walk
from brokerwire_sandbox.alpaca.reference_paths import ReferencePaths
from brokerwire_sandbox.alpaca.requests import read_order
from brokerwire_sandbox.alpaca.scripting import execution_json
from brokerwire_sandbox.alpaca.settings import SandboxSettings
from brokerwire_sandbox.alpaca.sse import EventPaths
from brokerwire_sandbox.alpaca.stream import TradeStream
from brokerwire_sandbox.alpaca.watchlists import WatchlistPaths
from brokerwire_server.domain.decimals import parse_decimal
from brokerwire_server.simulator import SimulationClock

Number = Decimal | str | int
_PULSE = 0.2


class StreamInfo(Struct, frozen=True):
    """Who is connected: open and authorized connections, those that listen, and all that ever opened."""

    open: int
    listening: int
    ever: int


class AlpacaSandbox:
    """A local Alpaca. Its state outlives `stop` and `restart`; a new object begins anew."""

    def __init__(self, settings: SandboxSettings | None = None, *, real_time: Callable[[], int] = time.time_ns) -> None:
        """Open the account; nothing is served before `start`."""
        self.settings = settings = settings or SandboxSettings()
        self.clock = SimulationClock(real_time, start=settings.start_time, speed=settings.clock_speed)
        self.market = Market(settings, self.clock)
        self.access = Access(settings.api_key, settings.secret, seed=settings.seed)
        self.limit = RateLimit(settings.rate_limit)
        state = self.market.state
        self._edge = Edge(
            settings,
            access=self.access,
            limit=self.limit,
            log=state.log,
            clock=self.clock.now,
            new_id=state.ids.uuid,
        )
        self._stream = TradeStream(settings, self.access, self._roll)
        state.log.listeners.append(self._stream.publish)
        self._order_paths = OrderPaths(self.market)
        self._reference = ReferencePaths(self.market)
        self._watchlists = WatchlistPaths(self.market)
        self.data = DataDesk(self.market, self.access)
        self._walk = Walk(self.market, settings)
        self._runner: web.AppRunner | None = None
        self._pulse: asyncio.Task[None] | None = None
        self._events: EventPaths | None = None
        self.host, self.port = "127.0.0.1", 0

    # --- serving ---

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> None:
        """Serve on a loopback address; port 0 takes a free one.

        Raises:
            ValueError: `host` is not a loopback address.
        """
        if host != "localhost" and not ip_address(host).is_loopback:
            raise ValueError(f"{host} is not a loopback address: a sandbox is for this machine only")
        self._edge.reopen()
        self._events = EventPaths(self.market, self.settings, self.access, self._roll)
        runner = web.AppRunner(self._application(self._events), access_log=None, shutdown_timeout=1.0)
        await runner.setup()
        site = web.TCPSite(runner, host, port)
        await site.start()
        self._runner = runner
        self.host, self.port = host, runner.addresses[0][1]
        self._pulse = asyncio.create_task(self._beat())

    async def stop(self) -> None:
        """Stop serving; what the account holds stays."""
        if self._pulse is not None:
            self._pulse.cancel()
            await asyncio.gather(self._pulse, return_exceptions=True)
        self._edge.close()
        if self._events is not None:
            self._events.close()
        await self._stream.close()
        await self.data.close()
        if self._runner is not None:
            await self._runner.cleanup()
        self._runner = self._pulse = self._events = None

    async def restart(self, *, down_for: float = 0.0) -> None:
        """Stop, stay away for `down_for` seconds, and serve again at the same address with the same state."""
        await self.stop()
        await asyncio.sleep(down_for)
        await self.start(self.host, self.port)

    async def __aenter__(self) -> "AlpacaSandbox":
        """Start on a free port."""
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop."""
        await self.stop()

    @property
    def url(self) -> str:
        """What an SDK takes as its URL: no trailing slash, no version."""
        return f"http://{self._shown_host}:{self.port}"

    @property
    def stream_url(self) -> str:
        """The trading stream."""
        return f"ws://{self._shown_host}:{self.port}/stream"

    @property
    def key(self) -> str:
        """The key id in force."""
        return self.access.key

    @property
    def secret(self) -> str:
        """The secret in force."""
        return self.access.secret

    # --- time and prices ---

    def set_quote(
        self,
        symbol: str,
        bid: Number,
        ask: Number,
        *,
        bid_size: Number | None = None,
        ask_size: Number | None = None,
        last: Number | None = None,
    ) -> None:
        """Show a quote; orders match against it at once. A size bounds what is executed until the next quote."""
        self.market.set_quote(
            symbol,
            _decimal(bid),
            _decimal(ask),
            bid_size=_optional(bid_size),
            ask_size=_optional(ask_size),
            last=_optional(last),
        )

    def advance(self, seconds: float) -> int:
        """Move the clock on, and return the time in nanoseconds."""
        return self.set_time(self.clock.now() + round(seconds * SECOND))

    def set_time(self, time: int) -> int:
        """Move the clock on to `time` (nanoseconds; the past changes nothing), and return the time."""
        self.clock.advance_to(time)
        self.market.tick()
        return self.clock.now()

    # --- faults and what was seen ---

    def set_faults(self, plan: FaultPlan) -> None:
        """Put a fault plan in force, with fresh dice."""
        self._edge.dice = Dice(plan)
        self._stream.muted = False

    def clear_faults(self) -> None:
        """Put an end to all faults."""
        self.set_faults(FaultPlan())

    def fault_counts(self) -> list[FaultCount]:
        """Return, for each rule, how often its target was met and how often it struck."""
        return self._edge.dice.counts()

    def requests(self) -> list[RequestRecord]:
        """Return every request so far, control requests left out."""
        return list(self._edge.requests)

    def clear_requests(self) -> None:
        """Forget the requests so far."""
        self._edge.requests.clear()

    def orders(self) -> list[dict[str, Any]]:
        """Return every order ever taken, oldest first, as REST shows it; legs and replacements are orders too."""
        return [{**r.rest_json(nested=False), "external": r.external} for r in self.market.orders()]

    def fills(self) -> list[dict[str, Any]]:
        """Return every execution, bust and correction, oldest first."""
        return [execution_json(e) for e in self.market.state.executions]

    # --- what the broker does by itself ---

    def place_external_order(self, **body: object) -> dict[str, Any]:
        """Place an order as from another client; the fields are those of the POST's body."""
        return self.market.submit(read_order(body), external=True)

    def bust(self, execution_id: str) -> dict[str, Any]:
        """Annul an execution, and return the bust."""
        return execution_json(self.market.script.bust(execution_id))

    def correct(self, execution_id: str, qty: Number | None = None, price: Number | None = None) -> dict[str, Any]:
        """Give an execution another quantity or price, and return the correction."""
        return execution_json(self.market.script.correct(execution_id, _optional(qty), _optional(price)))

    def reject_order(self, order_id: str, reason: str = "rejected by the exchange") -> None:
        """Let an open order be rejected."""
        self.market.script.finish(order_id, "rejected", reason)

    def expire_order(self, order_id: str) -> None:
        """Let an open order expire."""
        self.market.script.finish(order_id, "expired")

    def cancel_order(self, order_id: str, reason: str = "") -> None:
        """Let the broker cancel an open order."""
        self.market.script.finish(order_id, "canceled", reason)

    def mark_order(self, order_id: str, status: str, reason: str = "") -> None:
        """Give an open order a status that is no end: done_for_day, suspended, stopped, calculated, or new again."""
        self.market.script.mark(order_id, status, reason)

    def hold(self, stage: str) -> None:
        """Keep requests waiting: "new" (orders stay pending_new), "cancel" or "replace" (they stay pending_...)."""
        self.market.hold(stage)

    def release(self, stage: str) -> int:
        """Let the waiting requests of a stage go on, and return how many there were."""
        return self.market.release(stage)

    def fail_next(self, action: str, count: int = 1) -> None:
        """Let the next "cancel" or "replace" be answered well, and rejected by an event afterwards."""
        if action not in self.market.state.failing:
            raise ValueError("the action is cancel or replace")
        self.market.state.failing[action] = count

    def add_activity(
        self, kind: str, amount: Number, *, symbol: str = "", qty: Number = 0, sub_kind: str = "", description: str = ""
    ) -> dict[str, Any]:
        """Book a non-trade activity (DIV, FEE, CSD, ...) that moves cash by `amount`."""
        return self.market.activities.add(
            kind,
            amount=_decimal(amount),
            symbol=symbol,
            quantity=_decimal(qty),
            sub_kind=sub_kind,
            description=description,
        )

    def add_announcement(self, announcement: dict[str, Any]) -> None:
        """List a corporate announcement; the fields are the service's."""
        self._reference.announcements.append(announcement)

    def set_lookup_lag(self, *, seconds: float = 0.0, reads: int = 0) -> None:
        """Let `orders:by_client_order_id` answer 404 for so long, or so many times, after an order was taken."""
        self._order_paths.lookup_lag, self._order_paths.lookup_lag_reads = seconds, reads

    def set_lag(self, *, positions: float = 0.0, activities: float = 0.0) -> None:
        """Show positions and fill activities only so many seconds later."""
        self.market.state.position_lag, self.market.state.activity_lag = positions, activities

    # --- keys, limit, stream ---

    def revoke_keys(self) -> None:
        """Refuse the keys from now on; open streams stay open."""
        self.access.revoked = True

    def restore_keys(self) -> None:
        """Take the keys again."""
        self.access.revoked = False

    def rotate_keys(self) -> tuple[str, str]:
        """Put a new pair in force and return it."""
        return self.access.rotate()

    def exhaust_rate_limit(self) -> None:
        """Use up the requests of the present minute."""
        self.limit.exhaust(self.clock.now())

    def set_rate_limit(self, per_minute: int) -> None:
        """Change the limit; 0 is none."""
        self.limit.per_minute = per_minute

    async def drop_stream(self, how: str = "1011") -> int:
        """End all stream connections with a close code, or by "abort"; return how many there were."""
        return await self._stream.drop(how)

    def mute_stream(self, *, on: bool = True) -> None:
        """Lose all events while the socket looks healthy, until switched off."""
        self._stream.muted = on

    def stall_stream(self, *, on: bool = True) -> None:
        """Write nothing more, not even a pong; switched off, what was queued goes out."""
        self._stream.stall(on=on)

    def withhold_pongs(self, *, on: bool = True) -> None:
        """Leave the clients' pings unanswered."""
        self._stream.withhold_pongs(on=on)

    def set_entitled(self, *, on: bool) -> None:
        """Grant trade_updates or not; without it `listening` names no stream."""
        self._stream.entitled = on

    def send_raw_frame(self, text: str) -> None:
        """Send a text frame, whatever it says, to all stream connections."""
        self._stream.send_raw(text)

    def send_event(self, name: str, order_id: str, *, status: str = "", fields: dict[str, Any] | None = None) -> None:
        """Send an event about an order that nothing brought about: unknown names, statuses and fields are possible."""
        self.market.script.send(name, order_id, status, fields or {})

    @property
    def stream(self) -> StreamInfo:
        """Who is connected to the stream."""
        connections = self._stream.connections
        return StreamInfo(len(connections), sum(bool(c.listening) for c in connections), self._stream.opened)

    # --- inside ---

    def _application(self, events: EventPaths) -> web.Application:
        return app.build(
            self._edge,
            self._stream.serve,
            self._order_paths.routes(),
            AccountPaths(self.market).routes(),
            self._reference.routes(),
            self._watchlists.routes(),
            events.routes(),
            self.data.routes(),
            Control(self).routes(),
        )

    def _roll(self, targets: tuple[Target, ...], event: str) -> FaultRule | None:
        dice = self._edge.dice
        return dice.roll(targets, event=event) if dice.active else None

    async def _beat(self) -> None:
        """Let time do its work even where nobody asks."""
        while True:
            await asyncio.sleep(_PULSE)
            self._walk.step()
            self.market.tick()

    @property
    def _shown_host(self) -> str:
        return f"[{self.host}]" if ":" in self.host else self.host


def _decimal(value: Number) -> Decimal:
    return value if isinstance(value, Decimal) else parse_decimal(str(value), "number")


def _optional(value: Number | None) -> Decimal | None:
    return None if value is None else _decimal(value)
