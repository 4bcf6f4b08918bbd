"""The rig of the paper broker: the exchange runs in the gateway's process, so the rig watches it from inside.

The exchange begins anew, from the gateway's journal, with every adapter; the rig's own record goes on.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar

from brokerwire_server.brokers.base import Verdict
from brokerwire_server.brokers.paper import PaperBroker, PaperSettings, PriceSource
from brokerwire_server.brokers.paper.capabilities import paper_capabilities
from brokerwire_server.domain.accounts import Account
from brokerwire_server.domain.connections import Environment, LinkState
from brokerwire_server.domain.faults import FaultKind, FaultPlan, FaultRule, FaultTarget
from brokerwire_server.domain.market import Quote
from brokerwire_server.domain.orders import OrderState
from brokerwire_server.domain.reports import FillReport, ReplacedReport, StatusReport
from tests.conformance.kit.rig import BrokerOrder, Command, Hazard, Rig, Truth, Word

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from brokerwire_server.brokers.base import KnownAccount, Reply, ReportSink
    from brokerwire_server.domain.capabilities import Capabilities
    from brokerwire_server.domain.orders import Order, OrderTerms
    from brokerwire_server.domain.reports import AnyReport

_SPEED = 10
_DEEP = Decimal(1_000_000)
_DAY = 86_400_000_000_000
_WORDS = {
    OrderState.ACCEPTED: Word.ACCEPTED,
    OrderState.WORKING: Word.ACCEPTED,
    OrderState.CANCELED: Word.CANCELED,
    OrderState.EXPIRED: Word.EXPIRED,
    OrderState.REJECTED: Word.REJECTED,
}

_NO_WIRE = "there is no wire: the broker lives in the gateway's process"
_ALONE = "nothing but the gateway reaches the account"
_NO_AMENDMENTS = "the exchange neither annuls, corrects nor reports late"


async def _sleep(seconds: float) -> None:
    await asyncio.sleep(seconds / _SPEED)


class WatchedPaper(PaperBroker):
    """The paper broker, with the rig at its elbow."""

    def __init__(self, rig: PaperRig) -> None:
        self.rig = rig
        settings = PaperSettings(source=PriceSource.MANUAL)
        super().__init__("paper", settings=settings, clock=time.time_ns, sleep=_sleep)

    async def start(self, sink: ReportSink, known: Sequence[KnownAccount]) -> Sequence[Account]:
        accounts = await super().start(sink, known)
        for quote in self.rig.market.values():
            await self.set_price(quote)
        return accounts

    async def submit(self, orders: Sequence[Order]) -> Reply:
        reply = await super().submit(orders)
        await self.rig.gate(Command.SUBMIT)
        return reply

    async def cancel(self, order: Order, action_id: str) -> Reply:
        reply = await super().cancel(order, action_id)
        await self.rig.gate(Command.CANCEL)
        return reply

    async def replace(self, order: Order, terms: OrderTerms, action_id: str) -> Reply:
        reply = await super().replace(order, terms, action_id)
        await self.rig.gate(Command.REPLACE)
        return reply

    def _submit(self, orders: Sequence[Order]) -> Reply:
        self.rig.requests[orders[0].broker_client_order_id] += 1
        reply = super()._submit(orders)
        if reply.verdict is Verdict.ACCEPTED:
            self.rig.placed += [order.broker_client_order_id for order in orders]
        return reply

    def _on_report(self, report: AnyReport) -> None:
        if isinstance(report, FillReport):
            self.rig.executions.append(report)
        if self.rig.held is not None:
            self.rig.held.append(report)
        elif not self.rig.drops(report):
            super()._on_report(report)

    def release(self, reports: Sequence[AnyReport]) -> None:
        """Deliver what was held."""
        for report in reports:
            super()._on_report(report)


class PaperRig(Rig):
    """See the module."""

    broker = "paper"
    account_id = "paper"
    excuses: ClassVar[Mapping[Hazard, str]] = {
        Hazard.ERROR_AFTER: _NO_WIRE,
        Hazard.ERROR_BEFORE: _NO_WIRE,
        Hazard.ANSWER_BROKEN: _NO_WIRE,
        Hazard.ANSWER_HTML: _NO_WIRE,
        Hazard.THROTTLED: "there is no limit to the rate",
        Hazard.RATE_LOW: "there is no limit to the rate",
        Hazard.CANCEL_REFUSED: "the exchange refuses a cancel only where the order has ended",
        Hazard.REPLACE_REFUSED: "the exchange refuses a replace only for lack of means (RPL-02)",
        Hazard.CANCEL_STUCK: "a cancel is carried out within the call",
        Hazard.READS_FAIL: _NO_WIRE,
        Hazard.READS_HTML: _NO_WIRE,
        Hazard.LOOK_UP_LAGS: "look-ups read the exchange itself",
        Hazard.EVENT_UNKNOWN: _NO_WIRE,
        Hazard.STATUS_UNKNOWN: _NO_WIRE,
        Hazard.FIELDS_UNKNOWN: _NO_WIRE,
        Hazard.FRAME_BROKEN: _NO_WIRE,
        Hazard.CREDENTIALS_REVOKED: "there are no credentials",
        Hazard.CLOCK_SKEWED: "gateway and broker share one clock",
        Hazard.REJECTED_LATER: "what the exchange accepts it never rejects",
        Hazard.BUST: _NO_AMENDMENTS,
        Hazard.CORRECTION: _NO_AMENDMENTS,
        Hazard.LATE_FILL: _NO_AMENDMENTS,
        Hazard.ORDER_OUTSIDE: _ALONE,
        Hazard.CANCEL_OUTSIDE: _ALONE,
        Hazard.REPLACE_OUTSIDE: _ALONE,
        Hazard.HISTORY: _ALONE,
        Hazard.OUTLIVES_GATEWAY: "the market stands still while no gateway runs",
    }

    def __init__(self) -> None:
        self.market: dict[str, Quote] = {}
        self.placed: list[str] = []
        self.executions: list[FillReport] = []
        self.requests: Counter[str] = Counter()
        self.held: list[AnyReport] | None = None
        self._adapter: WatchedPaper
        self._rules: list[FaultRule] = []
        self._lost: dict[Word, Decimal] = {}
        self._dice = random.Random(7)
        self._gates: dict[Command, asyncio.Event] = {}

    async def start(self) -> None:
        self._adapter = WatchedPaper(self)

    async def stop(self) -> None:
        await self._adapter.stop()

    def adapter(self) -> WatchedPaper:
        self._adapter = WatchedPaper(self)
        self._adapter.set_fault_plan(FaultPlan(rules=tuple(self._rules), seed=7))
        return self._adapter

    def capabilities(self) -> Capabilities:
        account = Account(account_id="paper", connection_id="paper", broker="paper", environment=Environment.PAPER)
        return paper_capabilities(account, PaperSettings().rules())

    async def calm(self) -> None:
        self._rules.clear()
        self._lost.clear()
        for gate in self._gates.values():
            gate.set()
        self._gates.clear()
        self._adapter.set_fault_plan(FaultPlan())
        held, self.held = self.held or (), None
        self._adapter.release(held)
        if self._adapter._delivery.link is not LinkState.UP:
            self._adapter._delivery._set_link(LinkState.UP)

    async def truth(self) -> Truth:
        exchange = self._adapter._exchange
        orders = []
        for client_id in self.placed:
            working = exchange.working(self.account_id, client_id)
            pairs = ((e.quantity, e.price) for e in self.executions if e.broker_client_order_id == client_id)
            orders.append(
                BrokerOrder(
                    client_id=client_id,
                    open=working is not None,
                    quantity=None if working is None else working.quantity,
                    limit_price=None if working is None else working.limit,
                    executions=tuple(sorted(pairs)),
                )
            )
        ledger = exchange.ledger(self.account_id)
        assert ledger is not None
        positions = {symbol: position.quantity for symbol, position in ledger.positions.items()}
        return Truth(orders=tuple(orders), positions=positions, requests=self.requests)

    # --- the market ---

    async def quote(self, symbol: str, bid: str, ask: str) -> None:
        self.market[symbol] = Quote(symbol=symbol, bid=Decimal(bid), ask=Decimal(ask), bid_size=_DEEP, ask_size=_DEEP)
        await self._adapter.set_price(self.market[symbol])

    async def trade(self, symbol: str, price: str, quantity: str) -> None:
        at, size = Decimal(price), Decimal(quantity)
        await self._adapter.set_price(Quote(symbol=symbol, bid=at, ask=at, bid_size=size, ask_size=size))
        await self._adapter.set_price(self.market[symbol])

    # --- what goes wrong ---

    async def lose_answers(self, command: Command, count: int = 1, probability: str = "1") -> None:
        self._strike(FaultTarget(command), FaultKind.LOSE_ANSWER, count=count, probability=Decimal(probability))

    async def lose_requests(self, command: Command, count: int = 1) -> None:
        self._strike(FaultTarget(command), FaultKind.LOSE_REQUEST, count=count)

    async def refuse_connections(self, command: Command, count: int = 1) -> None:
        self._strike(FaultTarget(command), FaultKind.REFUSE_CONNECTION, count=count)

    async def hold_answers(self, command: Command) -> None:
        self._gates[command] = asyncio.Event()

    async def gate(self, command: Command) -> None:
        """Hold an answer, where answers are held."""
        if command in self._gates:
            await self._gates[command].wait()

    async def duplicate_events(self) -> None:
        self._strike(FaultTarget.EVENTS, FaultKind.DUPLICATE)

    async def reorder_events(self) -> None:
        self._strike(FaultTarget.EVENTS, FaultKind.REORDER)

    async def delay_events(self) -> None:
        self.held = []

    async def drop_events(self, *words: Word, probability: str = "1") -> None:
        self._lost |= dict.fromkeys(words or Word, Decimal(probability))

    def drops(self, report: AnyReport) -> bool:
        """Tell whether a report is lost."""
        word = Word.FILL if isinstance(report, FillReport) else None
        if isinstance(report, StatusReport):
            word = _WORDS.get(report.state)
        elif isinstance(report, ReplacedReport):
            word = Word.REPLACED
        chance = self._lost.get(word) if word is not None else None
        return chance is not None and self._dice.random() < chance

    async def mute(self) -> None:
        self._strike(FaultTarget.EVENTS, FaultKind.MUTE)

    async def cut_link(self) -> None:
        self._adapter._delivery.break_link(FaultRule(target=FaultTarget.LINK, kind=FaultKind.DISCONNECT, delay=1e9))

    async def restart(self) -> None:
        self._adapter._delivery.break_link(FaultRule(target=FaultTarget.LINK, kind=FaultKind.RESTART))

    async def expire(self) -> None:
        await self._adapter.steer(advance_by=_DAY)

    def _strike(self, target: FaultTarget, kind: FaultKind, **terms: Any) -> None:
        self._rules.append(FaultRule(target=target, kind=kind, **terms))
        self._adapter.set_fault_plan(FaultPlan(rules=tuple(self._rules), seed=7))
