"""The rig of Interactive Brokers: the local TWS on loopback, over its real socket protocol.

What goes wrong with requests is the sandbox's fault plan. What it pushes passes the rig's `_Tap`, which drops, holds or
doubles it by what it says; answers to questions do not pass there.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar

from brokerwire_sandbox.tws import FaultPlan, FaultRule, Kind, Target, TwsSandbox, TwsSettings
from brokerwire_sandbox.tws.records import Status
from brokerwire_server.brokers.base import PassingNotes, Tools
from brokerwire_server.brokers.ibkr import IbkrBroker
from brokerwire_server.brokers.ibkr.capabilities import ibkr_capabilities
from brokerwire_server.brokers.ibkr.commands import Wait
from brokerwire_server.brokers.ibkr.errors import LinkDownError
from brokerwire_server.brokers.ibkr.link import Pace
from brokerwire_server.brokers.ibkr.settings import CLIENT_ID, read_settings
from brokerwire_server.brokers.ibkr.sweeps import Patience
from brokerwire_server.domain.accounts import Account
from brokerwire_server.domain.connections import ConnectionSpec, Environment
from tests.conformance.kit.rig import BrokerOrder, Command, Hazard, Rig, Truth, Word
from tests.conformance.kit.world import SPEED

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from brokerwire_sandbox.tws.messages import Fields
    from brokerwire_sandbox.tws.records import Execution, TwsOrder
    from brokerwire_sandbox.tws.session import Session
    from brokerwire_server.domain.capabilities import Capabilities
    from brokerwire_server.domain.orders import Side

    Encode = Callable[[int], Fields]

_TARGETS = {
    Command.SUBMIT: Target.PLACE_ORDER,
    Command.CANCEL: Target.CANCEL_ORDER,
    Command.REPLACE: Target.MODIFY_ORDER,
}
_READS = (Target.REQ_ALL_OPEN_ORDERS, Target.REQ_COMPLETED_ORDERS, Target.REQ_EXECUTIONS, Target.REQ_POSITIONS)
_PUSHED = (Target.OPEN_ORDER, Target.ORDER_STATUS, Target.EXEC_DETAILS, Target.COMMISSION_REPORT)
_QUICK = {
    "pace": Pace(start=4.0, connect=2.0, denied=5.0, settled=1.0, heartbeat=30.0, silence=2.0, retry=5.0),
    "patience": Patience(open_orders=1.0, completed=0.5, executions=0.5, impatient=0.2),
    "wait": Wait(answer=0.4),
}
"""The adapter's waits, which are real seconds."""

_NO_LOGIN = "the socket has no credentials: the login is the terminal's own"
_NO_ANSWERS = "TWS has no answers to commands but its events"


async def _sleep(seconds: float) -> None:
    await asyncio.sleep(seconds / SPEED)


class IbkrRig(Rig):
    """See the module."""

    broker = "ibkr"
    account_id = "ibkr-paper-du1234567"
    excuses: ClassVar[Mapping[Hazard, str]] = {
        Hazard.ANSWER_LATE: _NO_ANSWERS,
        Hazard.ANSWER_BROKEN: _NO_ANSWERS,
        Hazard.ANSWER_HTML: "there is no HTTP on the way",
        Hazard.READS_HTML: "there is no HTTP on the way",
        Hazard.THROTTLED: "no command is refused for its rate: above it TWS ends the session",
        Hazard.LOOK_UP_LAGS: "an order is looked up in the lists that a sweep reads",
        Hazard.FIELDS_UNKNOWN: "the layout is fixed by the version that both sides agreed on",
        Hazard.CREDENTIALS_REVOKED: _NO_LOGIN,
        Hazard.EXPIRY: "the end of an order's day is told as a cancel",
        Hazard.BUST: "a bust is told as a correction, if at all",
    }
    case_excuses: ClassVar[Mapping[str, str]] = {
        "EXT-04": "an order belongs to the API client, or the person, that placed it: TWS lets nobody else cancel it",
    }

    def __init__(self) -> None:
        self._lag = 0
        self._adapter: IbkrBroker
        self._notes = PassingNotes()
        self._rules: list[FaultRule] = []
        self._before: set[int] = set()
        self._market: dict[str, tuple[str, str]] = {}
        self._requests: Counter[str] = Counter()
        self._refusals: Counter[str] = Counter()
        self._cut = False
        self.sandbox = self._open()

    def _open(self) -> TwsSandbox:
        settings = TwsSettings(pacing=0, farm_notices=False)
        sandbox = TwsSandbox(settings, real_time=lambda: time.time_ns() - self._lag)
        self.tap = _Tap(sandbox)
        receive = sandbox.terminal.receive

        def counted(session: Session, fields: Sequence[str]) -> None:
            if fields[0] == "3" and sandbox.state.find(session.client_id, int(fields[1])) is None:
                self._requests[fields[26]] += 1
            receive(session, fields)

        sandbox.terminal.receive = counted  # type: ignore[method-assign]
        return sandbox

    # --- life ---

    async def start(self) -> None:
        await self.sandbox.start()

    async def stop(self) -> None:
        if not self._cut:
            await self.sandbox.stop()

    def adapter(self) -> IbkrBroker:
        settings = {"host": self.sandbox.host, "port": str(self.sandbox.port), "restart_window": "never"}
        spec = ConnectionSpec(
            connection_id="ibkr-paper", broker="ibkr", environment=Environment.PAPER, settings=settings
        )
        tools = Tools(
            now=self.our_time,
            monotonic=lambda: time.monotonic() * SPEED,
            sleep=_sleep,
            random=random.Random(7).random,
            notes=self._notes,
        )
        self._adapter = IbkrBroker(spec, read_settings(spec), tools, **_QUICK)  # type: ignore[arg-type]
        self._refuse_at(self._adapter)
        return self._adapter

    def _refuse_at(self, adapter: IbkrBroker) -> None:
        """Stand before the adapter's session, where a command may find no link."""
        session: Any = adapter._session
        send_all, send_numbered = session.send_all, session.send_numbered

        async def all_of(messages: Sequence[tuple[str, Any]], *rest: Any) -> None:
            names = {"cancelOrder": Command.CANCEL, "placeOrder": Command.REPLACE}
            self._refuse(names.get(messages[0][0]))
            await send_all(messages, *rest)

        async def numbered(*rest: Any) -> Any:
            self._refuse(Command.SUBMIT)
            return await send_numbered(*rest)

        session.send_all, session.send_numbered = all_of, numbered

    def _refuse(self, command: Command | None) -> None:
        if command is not None and self._refusals[command]:
            self._refusals[command] -= 1
            raise LinkDownError("there is no session with TWS")

    def capabilities(self) -> Capabilities:
        account = Account(
            account_id=self.account_id,
            connection_id="ibkr-paper",
            broker="ibkr",
            environment=Environment.PAPER,
            can_trade_options=True,
            can_trade_crypto=True,
        )
        return ibkr_capabilities(account, 2_400)

    async def calm(self) -> None:
        self._rules.clear()
        self._refusals.clear()
        self._adapter._pacer.limit = 40
        self.sandbox.clear_faults()
        self.sandbox.release("cancel")
        self.tap.calm()
        if self._cut:
            self._cut = False
            await self.sandbox.start(self.sandbox.host, self.sandbox.port)

    async def truth(self) -> Truth:
        state = self.sandbox.state
        executions: dict[int, list[Execution]] = {}
        for execution in state.executions.latest():
            executions.setdefault(execution.order.permanent_id, []).append(execution)
        holdings = state.books[self.sandbox.settings.accounts[0]].open()
        return Truth(
            orders=tuple(self._order(order, executions.get(order.permanent_id, ())) for order in self.sandbox.orders()),
            positions={holding.contract.symbol: holding.quantity for holding in holdings},
            requests=self._requests,
        )

    def _order(self, order: TwsOrder, executions: Sequence[Execution]) -> BrokerOrder:
        limited = order.open and "LMT" in order.type
        return BrokerOrder(
            client_id=order.ticket.text("orderRef") or str(order.permanent_id),
            broker_ids=frozenset({str(order.permanent_id)}),
            open=order.open,
            outside=order.client_id != CLIENT_ID,
            before=order.permanent_id in self._before,
            quantity=order.quantity if order.open else None,
            limit_price=order.ticket.number("lmtPrice") if limited else None,
            executions=tuple(sorted((one.quantity, one.price) for one in executions)),
        )

    # --- the market ---

    async def quote(self, symbol: str, bid: str, ask: str) -> None:
        self._market[symbol] = (bid, ask)
        self.sandbox.set_quote(symbol, bid, ask)

    async def trade(self, symbol: str, price: str, quantity: str) -> None:
        self.sandbox.set_quote(symbol, price, price, quantity, quantity)
        self.sandbox.set_quote(symbol, *self._market[symbol])

    async def trade_unwatched(self, symbol: str, price: str, quantity: str) -> None:
        await self.trade(symbol, price, quantity)

    # --- commands go wrong ---

    async def lose_answers(self, command: Command, count: int = 1, probability: str = "1") -> None:
        self._strike(_TARGETS[command], Kind.LOSE_ANSWER, count=count, probability=Decimal(probability))

    async def fail_after(self, command: Command, count: int = 1) -> None:
        self._strike(_TARGETS[command], Kind.ABORT_AFTER, count=count)

    async def fail_before(self, command: Command, count: int = 1) -> None:
        self._strike(_TARGETS[command], Kind.ABORT_BEFORE, count=count)

    async def lose_requests(self, command: Command, count: int = 1) -> None:
        self._strike(_TARGETS[command], Kind.LOSE_REQUEST, count=count)

    async def refuse_connections(self, command: Command, count: int = 1) -> None:
        self._refusals[command] = count or 1_000_000

    async def use_up_rate(self) -> None:
        self._adapter._pacer.limit = 10

    async def refuse_cancels(self, count: int = 1) -> None:
        text = "OrderId that needs to be cancelled cannot be cancelled, state: Submitted."
        self._strike(Target.CANCEL_ORDER, Kind.REFUSE, count=count, code=10148, text=text)

    async def refuse_replaces(self, count: int = 1) -> None:
        text = "Order being modified does not match original order."
        self._strike(Target.MODIFY_ORDER, Kind.REFUSE, count=count, code=105, text=text)

    async def hold_cancels(self) -> None:
        self.sandbox.hold("cancel")

    # --- reads go wrong ---

    async def fail_reads(self) -> None:
        for target in _READS:
            self._strike(target, Kind.REFUSE, code=322, text="Error processing request.")

    # --- events go wrong ---

    async def duplicate_events(self) -> None:
        for target in _PUSHED:
            self._strike(target, Kind.DUPLICATE, unasked=True)

    async def reorder_events(self) -> None:
        for target in _PUSHED:
            self._strike(target, Kind.REORDER, unasked=True)

    async def delay_events(self) -> None:
        self.tap.holding = True

    async def drop_events(self, *words: Word, probability: str = "1") -> None:
        self.tap.drop(words or tuple(Word), float(probability))

    async def mute(self) -> None:
        self.tap.drop(tuple(Word), 1.0)

    async def send_unknown_event(self, order: str) -> None:
        self.sandbox.send_raw_frame("999", "1", str(self._latest(order).order_id), "teleported")

    async def show_unknown_status(self, order: str) -> None:
        self.sandbox.mark_order(self._latest(order).permanent_id, "Pondering")

    async def send_broken_frame(self) -> None:
        self.sandbox.send_raw_frame("3", "not a number", "Filled", "10")

    # --- the link goes wrong ---

    async def cut_link(self) -> None:
        self._cut = True
        await self.sandbox.stop()

    async def restart(self) -> None:
        await self.sandbox.restart()

    async def skew_clock(self, seconds: int) -> None:
        # The broker has the right time: what is off is ours.
        self.clock_error = -seconds

    # --- the broker acts ---

    async def reject(self, order: str) -> None:
        self.sandbox.reject_order(self._latest(order).permanent_id, "halted")

    async def correct(self, order: str, price: str) -> None:
        permanent_id = self._latest(order).permanent_id
        last = next(one for one in reversed(self.sandbox.executions()) if one.order.permanent_id == permanent_id)
        self.sandbox.correct(last.execution_id, price=price)

    async def fill_late(self, order: str, quantity: str, price: str) -> None:
        self.sandbox.fill_order(self._latest(order).permanent_id, quantity, price)

    # --- others act on the account ---

    async def place_outside(self, side: Side, quantity: str, price: str, *, client_id: str = "") -> str:
        action = "BUY" if side.sign > 0 else "SELL"
        placed = self.sandbox.place_external_order(
            "AAPL", action, quantity, order_type="LMT", limit_price=price, order_ref=client_id
        )
        return client_id or str(placed.permanent_id)

    async def cancel_outside(self, order: str) -> None:
        self.sandbox.cancel_order(self._latest(order).permanent_id)

    async def replace_outside(self, order: str, quantity: str, price: str) -> None:
        self.sandbox.replace_order(self._latest(order).permanent_id, quantity, price)

    async def trade_before(self, quantity: str, price: str) -> None:
        # Another terminal, which has lived for three days before anybody asks it.
        host, port = self.sandbox.host, self.sandbox.port
        await self.sandbox.stop()
        self._lag = 3 * 86_400_000_000_000
        self.sandbox = self._open()
        self.sandbox.set_quote("AAPL", price, price)
        for action, size in (("BUY", str(Decimal(quantity) + 3)), ("SELL", "3")):
            self._before.add(self.sandbox.place_external_order("AAPL", action, size).permanent_id)
        self._lag = 0
        self.sandbox.set_quote("AAPL", *self._market["AAPL"])
        await self.sandbox.start(host, port)

    # --- inside ---

    def _strike(self, target: Target, kind: Kind, **terms: Any) -> None:
        self._rules.append(FaultRule(target=target, kind=kind, **terms))
        self.sandbox.set_faults(FaultPlan(rules=tuple(self._rules), seed=7))

    def _latest(self, order: str) -> TwsOrder:
        orders = self.sandbox.orders()
        return next(o for o in reversed(orders) if order in (o.ticket.text("orderRef"), str(o.permanent_id)))


class _Tap:
    """Between what happens to orders at the sandbox and who is told of it."""

    def __init__(self, sandbox: TwsSandbox) -> None:
        self.holding = False
        self._sandbox = sandbox
        self._tell = sandbox.state.tell
        self._held: list[tuple[TwsOrder, str, Encode]] = []
        self._dropped: frozenset[Word] = frozenset()
        self._probability = 1.0
        self._dice = random.Random(7)
        sandbox.state.tell = self._pass

    def drop(self, words: Sequence[Word], probability: float) -> None:
        """Lose what says one of `words`."""
        self._dropped, self._probability = frozenset(words), probability

    def calm(self) -> None:
        """Pass everything on again, and what was held first."""
        self.holding, self._dropped = False, frozenset()
        held, self._held = self._held, []
        for order, name, encode in held:
            self._tell(order, name, encode)

    def _pass(self, order: TwsOrder, name: str, encode: Encode) -> None:
        if self._dropped & _words(order, name) and self._dice.random() < self._probability:
            return
        if self.holding:
            versions = {version: encode(version) for version in (157, 163, 176, 177, 178)}
            self._held.append((order, name, lambda version: versions[version]))
        else:
            self._tell(order, name, encode)


def _words(order: TwsOrder, name: str) -> frozenset[Word]:
    """Return what a message says of its order."""
    if name in ("execDetails", "commissionReport"):
        return frozenset({Word.FILL})
    if order.status is Status.INACTIVE:
        return frozenset({Word.REJECTED})
    if order.status in (Status.CANCELLED, Status.PENDING_CANCEL):
        return frozenset({Word.CANCELED})
    if order.filled:
        return frozenset({Word.FILL})
    return frozenset({Word.ACCEPTED, Word.REPLACED} if order.generation else {Word.ACCEPTED})
