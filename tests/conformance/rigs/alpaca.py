"""The rig of Alpaca: its sandbox on loopback, over real HTTP and a real websocket.

What goes wrong on the wire is the sandbox's fault plan. Two things are done at the adapter's own HTTP pool: a refused
connection (the request goes to a port where nobody listens) and an answer that is held back.
"""

from __future__ import annotations

import asyncio
import random
import socket
import time
from collections import Counter
from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar

from brokerwire_sandbox.alpaca import AlpacaSandbox, FaultPlan, FaultRule, Kind, SandboxSettings, Target
from brokerwire_sandbox.alpaca.lifecycle import add_execution
from brokerwire_sandbox.alpaca.requests import read_change
from brokerwire_server.brokers.alpaca import create
from brokerwire_server.brokers.alpaca.capabilities import alpaca_capabilities
from brokerwire_server.brokers.base import Tools
from brokerwire_server.brokers.http import Http
from brokerwire_server.domain.accounts import Account
from brokerwire_server.domain.connections import ConnectionSpec, Environment
from brokerwire_server.domain.secrets import Secret
from tests.conformance.kit.rig import BrokerOrder, Command, Hazard, Rig, Truth, Word
from tests.conformance.kit.world import SPEED, until

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from brokerwire_sandbox.alpaca.records import Execution, OrderRecord
    from brokerwire_server.brokers.alpaca import AlpacaBroker
    from brokerwire_server.brokers.http import Answer
    from brokerwire_server.domain.capabilities import Capabilities
    from brokerwire_server.domain.orders import Side

_TARGETS = {
    Command.SUBMIT: Target.POST_ORDERS,
    Command.CANCEL: Target.DELETE_ORDERS,
    Command.REPLACE: Target.PATCH_ORDERS,
}
_METHODS = {"POST": Command.SUBMIT, "DELETE": Command.CANCEL, "PATCH": Command.REPLACE}
_EVENTS = {
    Word.ACCEPTED: ("new", "pending_new", "accepted"),
    Word.FILL: ("fill", "partial_fill"),
    Word.CANCELED: ("canceled", "pending_cancel"),
    Word.EXPIRED: ("expired",),
    Word.REJECTED: ("rejected",),
    Word.REPLACED: ("replaced", "pending_replace", "new"),
}
_KEPT_BACK = 15
"""Fewer requests than the adapter keeps back for cancels (20)."""


async def _sleep(seconds: float) -> None:
    await asyncio.sleep(seconds / SPEED)


class AlpacaRig(Rig):
    """See the module."""

    broker = "alpaca"
    account_id = "alpaca-paper"
    excuses: ClassVar[Mapping[Hazard, str]] = {}

    def __init__(self) -> None:
        self._lag = 0
        self._adapter: AlpacaBroker
        self.sandbox = self._open()
        self._market: dict[str, tuple[str, str]] = {}
        self._rules: list[FaultRule] = []
        self._muted = False
        self._wire = _Wire()
        self._before: set[str] = set()

    def _open(self) -> AlpacaSandbox:
        return AlpacaSandbox(SandboxSettings(rate_limit=0), real_time=lambda: time.time_ns() - self._lag)

    # --- life ---

    async def start(self) -> None:
        await self.sandbox.start()

    async def stop(self) -> None:
        await self._wire.close()
        await self.sandbox.stop()

    def adapter(self) -> AlpacaBroker:
        settings = {"base_url": self.sandbox.url, "data_url": self.sandbox.url}
        spec = ConnectionSpec(
            connection_id=self.account_id, broker="alpaca", environment=Environment.PAPER, settings=settings
        )
        tools = Tools(
            now=self.our_time,
            monotonic=lambda: time.monotonic() * SPEED,
            sleep=_sleep,
            random=random.Random(7).random,
        )
        keys = {"api_key": Secret(self.sandbox.key), "secret_key": Secret(self.sandbox.secret)}
        self._adapter = create(spec, keys, tools)
        self._wire.tap(self._adapter._http)
        return self._adapter

    async def unlimited(self) -> None:
        """Wait until the adapter has heard that this broker sets no limit to the rate."""
        await until(lambda: self._adapter._client.budget.remaining > 100_000)

    def capabilities(self) -> Capabilities:
        account = Account(
            account_id=self.account_id,
            connection_id=self.account_id,
            broker="alpaca",
            environment=Environment.PAPER,
            can_trade_options=True,
            can_trade_crypto=True,
        )
        return alpaca_capabilities(account, 200, 3)

    async def calm(self) -> None:
        self._rules.clear()
        self._muted = False
        self.sandbox.clear_faults()
        self.sandbox.stall_stream(on=False)
        self.sandbox.restore_keys()
        self.sandbox.set_rate_limit(0)
        for stage in ("cancel", "replace"):
            self.sandbox.release(stage)
            self.sandbox.market.state.failing[stage] = 0
        self._wire.calm()

    async def truth(self) -> Truth:
        state = self.sandbox.market.state
        chains: dict[str, list[OrderRecord]] = {}
        for record in self.sandbox.market.orders():
            chains.setdefault(record.chain, []).append(record)
        positions = {asset.symbol: state.held(asset.symbol) for asset in self.sandbox.market.views.held_assets()}
        requests = Counter(
            request.client_order_id
            for request in self.sandbox.requests()
            if request.method == "POST" and request.path == "/v2/orders"
        )
        executions: dict[str, list[Execution]] = {}
        for execution in state.executions:
            executions.setdefault(execution.order.id, []).append(execution)
        orders = tuple(self._order(records, executions) for records in chains.values())
        return Truth(orders=orders, positions=positions, requests=requests)

    def _order(self, records: list[OrderRecord], executions: dict[str, list[Execution]]) -> BrokerOrder:
        live = next((record for record in records if not record.terminal), None)
        pairs = (
            (execution.quantity, execution.price)
            for record in records
            for execution in executions.get(record.id, ())
            if not execution.busted
        )
        return BrokerOrder(
            client_id=records[0].client_order_id,
            broker_ids=frozenset(record.id for record in records),
            open=live is not None,
            outside=records[0].external,
            before=records[0].id in self._before,
            quantity=None if live is None else live.terms.quantity,
            limit_price=None if live is None else live.terms.limit_price,
            executions=tuple(sorted(pairs)),
        )

    # --- the market ---

    async def quote(self, symbol: str, bid: str, ask: str) -> None:
        self._market[symbol] = (bid, ask)
        self.sandbox.set_quote(symbol, bid, ask)

    async def trade(self, symbol: str, price: str, quantity: str) -> None:
        self.sandbox.set_quote(symbol, price, price, bid_size=quantity, ask_size=quantity)
        self.sandbox.set_quote(symbol, *self._market[symbol])

    async def trade_unwatched(self, symbol: str, price: str, quantity: str) -> None:
        await self.trade(symbol, price, quantity)

    # --- commands go wrong ---

    async def lose_answers(self, command: Command, count: int = 1, probability: str = "1") -> None:
        self._strike(_TARGETS[command], Kind.ANSWER_RESET, count=count, probability=Decimal(probability))

    async def fail_after(self, command: Command, count: int = 1) -> None:
        self._strike(_TARGETS[command], Kind.ANSWER_504, count=count)

    async def fail_before(self, command: Command, count: int = 1) -> None:
        self._strike(_TARGETS[command], Kind.REQUEST_500, count=count)

    async def lose_requests(self, command: Command, count: int = 1) -> None:
        self._strike(_TARGETS[command], Kind.REQUEST_RESET, count=count)

    async def refuse_connections(self, command: Command, count: int = 1) -> None:
        self._wire.refuse(command, count)

    async def hold_answers(self, command: Command) -> None:
        self._wire.hold(command)

    async def break_answers(self, command: Command, count: int = 1) -> None:
        self._strike(_TARGETS[command], Kind.ANSWER_BROKEN_JSON, count=count)

    async def answer_html(self, command: Command, count: int = 1) -> None:
        self._strike(_TARGETS[command], Kind.ANSWER_HTML, count=count)

    async def throttle(self, command: Command, count: int = 1) -> None:
        self._strike(_TARGETS[command], Kind.REQUEST_429, count=count)

    async def use_up_rate(self) -> None:
        self.sandbox.set_rate_limit(self.sandbox.limit._used + _KEPT_BACK)

    async def refuse_cancels(self, count: int = 1) -> None:
        self.sandbox.fail_next("cancel", count)

    async def refuse_replaces(self, count: int = 1) -> None:
        self.sandbox.fail_next("replace", count)

    async def hold_cancels(self) -> None:
        self.sandbox.hold("cancel")

    # --- reads go wrong ---

    async def fail_reads(self) -> None:
        self._strike(Target.GET, Kind.REQUEST_500)

    async def read_html(self) -> None:
        self._strike(Target.GET, Kind.REQUEST_HTML)

    async def hide_orders(self) -> None:
        self._strike(Target.GET_BY_CLIENT_ID, Kind.REQUEST_404)

    # --- events go wrong ---

    async def duplicate_events(self) -> None:
        self._strike(Target.STREAM, Kind.DUPLICATE)

    async def reorder_events(self) -> None:
        self._strike(Target.STREAM, Kind.REORDER)

    async def delay_events(self) -> None:
        self.sandbox.stall_stream()

    async def drop_events(self, *words: Word, probability: str = "1") -> None:
        events = tuple(event for word in words for event in _EVENTS[word])
        self._strike(Target.STREAM, Kind.DROP, events=events, probability=Decimal(probability))

    async def mute(self) -> None:
        self._muted = True
        self.sandbox.mute_stream()

    async def send_unknown_event(self, order: str) -> None:
        self.sandbox.send_event("teleported", self._latest(order).id)

    async def show_unknown_status(self, order: str) -> None:
        self.sandbox.mark_order(self._latest(order).id, "pondering")

    async def add_unknown_fields(self) -> None:
        self._strike(Target.ANY, Kind.ANSWER_UNKNOWN_VALUES)

    async def send_broken_frame(self) -> None:
        self.sandbox.send_raw_frame('{"stream":"trade_updates","data":{"event":"fill",')

    # --- the link goes wrong ---

    async def cut_link(self) -> None:
        self._strike(Target.STREAM_CONNECT, Kind.CONNECT_RESET)
        self.sandbox.drop_stream("abort")

    async def restart(self) -> None:
        await self.sandbox.restart()

    async def revoke_credentials(self) -> None:
        self.sandbox.revoke_keys()

    async def skew_clock(self, seconds: int) -> None:
        # The broker has the right time: what is off is ours.
        self.clock_error = -seconds

    # --- the broker acts ---

    async def expire(self) -> None:
        for record in self.sandbox.market.orders():
            if not record.terminal and record.terms.time_in_force == "day" and record.parent is None:
                self.sandbox.expire_order(record.id)

    async def reject(self, order: str) -> None:
        self.sandbox.reject_order(self._latest(order).id, "halted")

    async def bust(self, order: str) -> None:
        self.sandbox.bust(self._last_execution(order).id)

    async def correct(self, order: str, price: str) -> None:
        self.sandbox.correct(self._last_execution(order).id, price=price)

    async def fill_late(self, order: str, quantity: str, price: str) -> None:
        state, record = self.sandbox.market.state, self._latest(order)
        assert record.asset is not None
        status, amount, at = record.status, Decimal(quantity), Decimal(price)
        state.book_outside(record.asset, record.side, amount, at, f"late:{record.id}")
        execution = add_execution(state, record, amount, at, f"late:{record.id}")
        record.status = status
        terms = {"price": price, "qty": quantity, "position_qty": str(execution.position_quantity)}
        state.emit("partial_fill", record, execution.time, execution_id=execution.id, **terms)

    # --- others act on the account ---

    async def place_outside(self, side: Side, quantity: str, price: str, *, client_id: str = "") -> str:
        body = {"symbol": "AAPL", "side": "buy" if side.sign > 0 else "sell", "qty": quantity, "limit_price": price}
        if client_id:
            body["client_order_id"] = client_id
        placed = self.sandbox.place_external_order(type="limit", time_in_force="day", **body)
        return str(placed["client_order_id"])

    async def cancel_outside(self, order: str) -> None:
        self.sandbox.market.cancel(self._latest(order).id)

    async def replace_outside(self, order: str, quantity: str, price: str) -> None:
        change = {"qty": quantity, "limit_price": price}
        latest = self._latest(order)
        if latest.terms.limit_price == Decimal(price):
            del change["limit_price"]
        self.sandbox.market.replace(latest.id, read_change(change))

    async def trade_before(self, quantity: str, price: str) -> None:
        # Another sandbox, which has lived for three days before anybody asks it.
        await self.sandbox.stop()
        self._lag = 3 * 86_400_000_000_000
        self.sandbox = self._open()
        bought = str(Decimal(quantity) + 3)
        self.sandbox.set_quote("AAPL", price, price)
        for side, size in (("buy", bought), ("sell", "3")):
            placed = self.sandbox.place_external_order(
                symbol="AAPL", side=side, qty=size, type="market", time_in_force="day"
            )
            self._before.add(str(placed["id"]))
        self._lag = 0
        self.sandbox.set_quote("AAPL", *self._market["AAPL"])
        await self.sandbox.start()

    # --- inside ---

    def _strike(self, target: Target, kind: Kind, **terms: Any) -> None:
        self._rules.append(FaultRule(target=target, kind=kind, **terms))
        self.sandbox.set_faults(FaultPlan(rules=tuple(self._rules), seed=7))
        self.sandbox.mute_stream(on=self._muted)

    def _generations(self, order: str) -> Iterator[OrderRecord]:
        records = self.sandbox.market.orders()
        chain = next(record.chain for record in records if record.client_order_id == order)
        return (record for record in records if record.chain == chain)

    def _latest(self, order: str) -> OrderRecord:
        return list(self._generations(order))[-1]

    def _last_execution(self, order: str) -> Execution:
        ids = {record.id for record in self._generations(order)}
        executions = self.sandbox.market.state.executions
        return next(e for e in reversed(executions) if e.order.id in ids and not e.busted)


class _Wire:
    """The adapter's HTTP pool, where a request may meet a closed port and an answer may be held back."""

    def __init__(self) -> None:
        self._refusals: dict[Command, int] = {}
        self._held: dict[Command, asyncio.Event] = {}
        self._nowhere: list[Http] = []

    def refuse(self, command: Command, count: int) -> None:
        self._refusals[command] = count or 1_000_000

    def hold(self, command: Command) -> None:
        self._held[command] = asyncio.Event()

    def calm(self) -> None:
        self._refusals.clear()
        for held in self._held.values():
            held.set()
        self._held.clear()

    async def close(self) -> None:
        for http in self._nowhere:
            await http.close()

    def tap(self, http: Http) -> None:
        """Stand between an adapter and its pool."""
        send, nowhere = http.send, Http(f"http://127.0.0.1:{_closed_port()}", http.headers)
        self._nowhere.append(nowhere)

        async def tapped(method: str, path: str, **rest: Any) -> Answer:
            command = _METHODS.get(method) if path.startswith("/v2/orders") else None
            if command is not None and self._refusals.get(command):
                self._refusals[command] -= 1
                return await nowhere.send(method, path, **rest)
            answer = await send(method, path, **rest)
            if command is not None and command in self._held:
                await self._held[command].wait()
            return answer

        http.send = tapped  # type: ignore[method-assign]


def _closed_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
