"""A broker that does what a test tells it to: the engine's other side, without a market."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from brokerwire_server.brokers.base import BrokerSnapshot, CommandError, NoHistory, Preview, Reply, Verdict
from brokerwire_server.domain.accounts import Account, AccountState, Balances
from brokerwire_server.domain.capabilities import (
    AssetCapabilities,
    Capabilities,
    Combination,
    IdempotencyClass,
    ReplaceMode,
)
from brokerwire_server.domain.connections import Environment, LinkState
from brokerwire_server.domain.instruments import AssetClass, Instrument, InstrumentDetails
from brokerwire_server.domain.market import MarketClock, Quote, Session
from brokerwire_server.domain.orders import OrderClass, OrderState, OrderType, Side, TimeInForce
from brokerwire_server.domain.reports import LinkReport, ReplacedReport, StatusReport

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping, Sequence

    from brokerwire_server.brokers.base import KnownAccount, ReportSink
    from brokerwire_server.domain.accounts import Activity
    from brokerwire_server.domain.connections import Check
    from brokerwire_server.domain.market import TradingDay
    from brokerwire_server.domain.orders import Order, OrderTerms
    from brokerwire_server.domain.positions import Position
    from brokerwire_server.domain.reports import FillReport, OrderReport

ACCOUNT = Account(account_id="paper", connection_id="scripted", broker="scripted", environment=Environment.PAPER)

CAPABILITIES = Capabilities(
    broker="scripted",
    replace_mode=ReplaceMode.IN_PLACE,
    replaceable_fields=("quantity", "limit_price"),
    idempotency=IdempotencyClass.NONE,
    assets=(
        AssetCapabilities(
            asset_class=AssetClass.EQUITY,
            sides=tuple(Side),
            minimum_quantity=Decimal("0.001"),
            quantity_increment=Decimal("0.001"),
            maximum_quantity=Decimal(1_000_000),
            combinations=(
                Combination(
                    types=(OrderType.MARKET, OrderType.LIMIT),
                    times_in_force=(TimeInForce.DAY, TimeInForce.GTC),
                    classes=tuple(OrderClass),
                    fractional=True,
                ),
            ),
        ),
        AssetCapabilities(
            asset_class=AssetClass.CRYPTO,
            sides=(Side.BUY, Side.SELL),
            minimum_quantity=Decimal("0.000000001"),
            quantity_increment=Decimal("0.000000001"),
            maximum_quantity=Decimal(1_000_000),
            combinations=(
                Combination(
                    types=(OrderType.MARKET, OrderType.LIMIT),
                    times_in_force=(TimeInForce.GTC, TimeInForce.IOC),
                    fractional=True,
                ),
            ),
        ),
    ),
)

Answer = Reply | Exception
ACCEPT = Reply(verdict=Verdict.ACCEPTED)
NO_ANSWER = CommandError("connection reset", written=True)
NOT_SENT = CommandError("connection refused", written=False)


class ScriptedBroker(NoHistory):
    """Answers commands with `answers` in turn (ACCEPT when none is left) and keeps what it was sent."""

    broker = "scripted"
    connection_id = "scripted"
    environment = Environment.PAPER

    def __init__(self, *, embedded: bool = False) -> None:
        self.embedded = embedded
        self.served = ACCOUNT
        self.answers: list[Answer] = []
        self.before_answer: Callable[[Sequence[Order]], Any] = lambda _: None
        self.sent: list[Sequence[Order]] = []
        self.cancels: list[Order] = []
        self.replaces: list[tuple[Order, OrderTerms]] = []
        self.look_ups: list[Order] = []
        self.findings: dict[str, Sequence[OrderReport] | None] = {}
        self.open_orders: list[StatusReport] = []
        self.fills: list[FillReport] = []
        self.history: list[OrderReport] = []
        self.activities: list[Activity] = []
        self.positions: list[Position] = []
        self.snapshots: list[int] = []
        self.before_snapshot: Callable[[], Any] = lambda: None
        self.time = 0
        self.cash = Decimal(0)
        self.known: Sequence[KnownAccount] = ()
        self.sink: ReportSink = lambda _: None

    async def start(self, sink: ReportSink, known: Sequence[KnownAccount]) -> Sequence[Account]:
        self.sink, self.known = sink, known
        sink(LinkReport(connection_id=self.connection_id, state=LinkState.UP))
        return [self.served]

    async def stop(self) -> None:
        """Nothing to disconnect."""

    def capabilities(self, account_id: str) -> Capabilities:
        return CAPABILITIES

    async def submit(self, orders: Sequence[Order]) -> Reply:
        self.sent.append(orders)
        result = self.before_answer(orders)
        if result is not None:
            await result
        return self._answer()

    async def cancel(self, order: Order, action_id: str) -> Reply:
        self.cancels.append(order)
        return self._answer()

    async def replace(self, order: Order, terms: OrderTerms, action_id: str) -> Reply:
        self.replaces.append((order, terms))
        reply = self._answer()
        if reply.verdict is Verdict.ACCEPTED:
            self.sink(
                ReplacedReport(
                    account_id=order.account_id,
                    broker_client_order_id=order.broker_client_order_id,
                    terms=terms,
                    revision=order.terms_revision + 1,
                    action_id=action_id,
                    time=order.update_time + 1,
                )
            )
        return reply

    def _answer(self) -> Reply:
        answer = self.answers.pop(0) if self.answers else ACCEPT
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def find_order(self, order: Order) -> Sequence[OrderReport] | None:
        self.look_ups.append(order)
        return self.findings.get(order.broker_client_order_id)

    async def snapshot(self, account_id: str, since: int) -> BrokerSnapshot:
        self.snapshots.append(since)
        result = self.before_snapshot()
        if result is not None:
            await result
        return BrokerSnapshot(
            orders=tuple(self.open_orders),
            history=tuple(self.history),
            fills=tuple(self.fills),
            activities=tuple(self.activities),
            positions=tuple(self.positions),
            account=AccountState(
                account=replace(self.served, account_id=account_id),
                balances=Balances(cash=self.cash),
                time=self.time,
            ),
        )

    async def preview(self, orders: Sequence[Order]) -> Preview:
        return Preview(cost=Decimal(1))

    async def account_state(self, account_id: str) -> AccountState:
        return AccountState(account=self.served, balances=Balances(cash=self.cash))

    async def instrument(self, symbol: str, asset_class: AssetClass) -> InstrumentDetails | None:
        if symbol == "NOPE":
            return None
        step = Decimal("0.000000001") if asset_class is AssetClass.CRYPTO else Decimal("0.001")
        return InstrumentDetails(
            instrument=Instrument(symbol=symbol, asset_class=asset_class),
            quantity_increment=step,
            minimum_quantity=step,
        )

    async def search_instruments(self, text: str, limit: int) -> Sequence[InstrumentDetails]:
        return ()

    async def quotes(self, symbols: Sequence[str]) -> Mapping[str, Quote]:
        return {}

    def last_quote(self, symbol: str) -> Quote | None:
        return None

    async def stream_quotes(self, symbols: Sequence[str]) -> AsyncIterator[Sequence[Quote]]:
        for _ in ():
            yield ()

    async def market_clock(self) -> MarketClock:
        return MarketClock(time=0, session=Session.REGULAR)

    async def trading_days(self, first_date: str, last_date: str) -> Sequence[TradingDay]:
        return ()

    async def check(self) -> Sequence[Check]:
        return ()

    def working(self, order: Order, **changes: Any) -> StatusReport:
        """Report an order as resting in the market."""
        fields: dict[str, Any] = {
            "account_id": order.account_id,
            "broker_client_order_id": order.broker_client_order_id,
            "broker_order_id": f"B-{order.order_id[-6:]}",
            "state": OrderState.WORKING,
            "time": order.create_time + 1,
        }
        return StatusReport(**{**fields, **changes})
