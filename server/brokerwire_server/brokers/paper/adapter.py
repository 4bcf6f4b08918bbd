"""The paper broker: a simulated exchange in this process, behind the interface of any broker."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from decimal import Decimal

from msgspec.structs import replace

from brokerwire_server.brokers.base import (
    BrokerSnapshot,
    CommandError,
    KnownAccount,
    NoHistory,
    Preview,
    Reply,
    ReportSink,
    Simulation,
    Verdict,
    ask_last,
)
from brokerwire_server.brokers.paper.capabilities import paper_capabilities
from brokerwire_server.brokers.paper.delivery import Delivery
from brokerwire_server.brokers.paper.feed import PriceFeed
from brokerwire_server.brokers.paper.previews import make_preview
from brokerwire_server.brokers.paper.settings import PaperSettings, PriceSource
from brokerwire_server.brokers.quotes import QuoteBoard
from brokerwire_server.domain.accounts import Account, AccountState, AccountType, Activity
from brokerwire_server.domain.capabilities import Capabilities
from brokerwire_server.domain.connections import Check, Environment, LinkState
from brokerwire_server.domain.decimals import ZERO
from brokerwire_server.domain.errors import (
    ConflictError,
    InvalidRequestError,
    NotFoundError,
    PreconditionError,
    Violation,
)
from brokerwire_server.domain.faults import FaultKind, FaultPlan, FaultTarget
from brokerwire_server.domain.instruments import AssetClass, InstrumentDetails
from brokerwire_server.domain.market import MarketClock, Quote, TradingDay
from brokerwire_server.domain.orders import Order, OrderTerms
from brokerwire_server.domain.reports import AccountReport, AnyReport, FillReport, LinkReport, OrderReport
from brokerwire_server.simulator import UNIVERSE, Exchange, Refusal, ReplayError, details_of, symbols_in, trading_days

_log = logging.getLogger(__name__)

_MINUTE = 60_000_000_000
_ACCOUNT_REPORT_SECONDS = 0.5
_ACCEPTED = Reply(verdict=Verdict.ACCEPTED)
_PRICE_SCALE = Decimal("0.000000001")


class PaperBroker(NoHistory):
    """One paper connection. Its state is rebuilt from the gateway's journal at every start."""

    broker = "paper"
    environment = Environment.PAPER
    embedded = True
    lack = "makes quotes only and keeps no history: name an account or a broker that has market data"

    def __init__(
        self,
        connection_id: str = "paper",
        *,
        settings: PaperSettings,
        clock: Callable[[], int],
        sleep: Callable[[float], Awaitable[None]],
    ) -> None:
        """Build the market; `clock` is real time in nanoseconds, `sleep` waits in real seconds.

        Raises:
            ReplayError: a replay file can't be read.
        """
        self.connection_id = connection_id
        self._settings = settings
        self._real = clock
        self._sleep = sleep
        self._delivery = Delivery(connection_id, sleep, clock)
        self._feed = PriceFeed(
            settings,
            clock,
            sleep,
            on_quote=self._on_quote,
            on_time=self._on_time,
            on_failure=self._on_failure,
        )
        self._calendar = settings.calendar()
        self._board = QuoteBoard(self.last_quote)
        self._listed = self._listings()
        self._exchange = self._open_exchange(0)
        self._minute = 0
        self._unreported: dict[str, asyncio.Task[None]] = {}
        self._pace: asyncio.Task[None] | None = None

    # --- life ---

    async def start(self, sink: ReportSink, known: Sequence[KnownAccount]) -> Sequence[Account]:
        """Restore the known accounts, or open the first one; then let the market run."""
        self._exchange = self._open_exchange(_last_number(known))
        self._delivery.connect(sink)
        for one in known:
            self._exchange.restore(
                one.account,
                cash=one.cash,
                positions=one.positions,
                open_orders=one.open_orders,
                activities=one.activities,
            )
        if not known:
            settings = self._settings
            account = self._new_account(settings.account_id, settings.account_name, settings.account_type, {})
            self._exchange.open_account(account, settings.initial_cash)
        self._feed.prime()
        for account in self._exchange.accounts():
            self._report_account(account.account_id)
        self._pace = asyncio.get_running_loop().create_task(self._feed.run())
        return self._exchange.accounts()

    async def stop(self) -> None:
        """Stop the market. Working orders are known to the journal and go on at the next start."""
        tasks = [*self._unreported.values(), *([self._pace] if self._pace else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._unreported.clear()
        self._pace = None
        await self._delivery.close()

    def capabilities(self, account_id: str) -> Capabilities:
        """Return what the account can do."""
        ledger = self._exchange.ledger(account_id)
        return paper_capabilities(None if ledger is None else ledger.account, self._exchange.rules)

    # --- orders ---

    async def submit(self, orders: Sequence[Order]) -> Reply:
        """Send an order or a group, its parent first. Reports of it may come before the answer."""
        if self._delivery.dice.active or self._delivery.link is not LinkState.UP:
            return await self._through_faults(FaultTarget.SUBMIT, lambda: self._submit(orders))
        return self._submit(orders)

    async def cancel(self, order: Order, action_id: str) -> Reply:
        """Cancel an order. A refusal carries what the exchange knows of the order."""

        def carry_out() -> Reply:
            self._keep_time()
            return self._answer(self._exchange.cancel(order.account_id, order.broker_client_order_id), order)

        return await self._through_faults(FaultTarget.CANCEL, carry_out)

    async def replace(self, order: Order, terms: OrderTerms, action_id: str) -> Reply:
        """Change an order in place."""

        def carry_out() -> Reply:
            self._keep_time()
            account_id, order_id = order.account_id, order.broker_client_order_id
            return self._answer(self._exchange.replace(account_id, order_id, terms, action_id), order)

        return await self._through_faults(FaultTarget.REPLACE, carry_out)

    async def find_order(self, order: Order) -> Sequence[OrderReport] | None:
        """Return status and executions of an order, `None` where the exchange never had it."""
        self._need_link()
        return self._exchange.find(order.account_id, order.broker_client_order_id)

    async def snapshot(self, account_id: str, since: int) -> BrokerSnapshot:
        """Return the exchange's truth about an account."""
        self._need_link()
        ledger = self._exchange.ledger(account_id)
        if ledger is None:
            raise CommandError(f"there is no paper account {account_id}", written=False)
        return BrokerSnapshot(
            orders=self._exchange.open_orders(account_id),
            fills=self._exchange.fills_since(account_id, since),
            history=self._exchange.changed_terms(account_id),
            positions=tuple(p for p in ledger.positions.values() if not p.closed),
            account=self._exchange.account_state(account_id),
        )

    async def preview(self, orders: Sequence[Order]) -> Preview:
        """Estimate an order, or the entry of a group, at the present quote."""
        self._keep_time()
        return make_preview(self._exchange, orders)

    # --- reading ---

    async def account_state(self, account_id: str) -> AccountState:
        """Return current balances."""
        self._need_link()
        self._known(account_id)
        return self._exchange.account_state(account_id)

    async def instrument(self, symbol: str, asset_class: AssetClass) -> InstrumentDetails | None:
        """Return an instrument of this market."""
        details = self._exchange.instrument(symbol)
        return details if details is not None and details.instrument.asset_class is asset_class else None

    async def search_instruments(self, text: str, limit: int) -> Sequence[InstrumentDetails]:
        """Return instruments whose symbol begins with, or whose name contains, `text`; the symbol's matches first."""
        wanted = text.strip().casefold()
        every = self._exchange.instruments()
        by_symbol = [d for d in every if d.instrument.symbol.casefold().startswith(wanted)]
        by_name = [d for d in every if wanted in d.name.casefold() and d not in by_symbol]
        return (by_symbol + by_name)[: max(limit, 0)]

    async def quotes(self, symbols: Sequence[str]) -> Mapping[str, Quote]:
        """Return the displayed quotes."""
        found = ((symbol, self._exchange.quote(symbol)) for symbol in symbols)
        return {symbol: quote for symbol, quote in found if quote is not None}

    def last_quote(self, symbol: str) -> Quote | None:
        """Return the displayed quote of a symbol."""
        return self._exchange.quote(symbol)

    def stream_quotes(self, symbols: Sequence[str]) -> AsyncIterator[Sequence[Quote]]:
        """Yield quotes as they change, the latest per symbol; starts with what is known."""
        return self._board.stream(symbols)

    async def market_clock(self) -> MarketClock:
        """Return the simulated market's clock."""
        self._keep_time()
        return self._exchange.clock(virtual=self._feed.clock.virtual)

    async def trading_days(self, first_date: str, last_date: str) -> Sequence[TradingDay]:
        """Return the trading days of this market's calendar."""
        try:
            return list(trading_days(self._calendar, first_date, last_date))
        except ValueError as error:
            raise InvalidRequestError.of(Violation("start_date", "INVALID_FIELD", str(error))) from error

    async def check(self) -> Sequence[Check]:
        """Say that the simulated market is there."""
        detail = f"{len(self._exchange.instruments())} instruments, {self._exchange.session.value.lower()} session"
        return (Check(name="market", ok=True, detail=detail),)

    # --- the hands on the simulation ---

    async def open_account(
        self, account_id: str, name: str, cash: Decimal, type_: AccountType, settings: Mapping[str, str]
    ) -> Account:
        """Open an account, which reports its first deposit."""
        if self._exchange.ledger(account_id) is not None:
            message = f"the account {account_id} exists already"
            raise ConflictError("ACCOUNT_EXISTS", message, metadata={"account_id": account_id})
        if cash < 0:
            raise InvalidRequestError.of(Violation("cash", "INVALID_FIELD", "the first deposit can't be negative"))
        self._keep_time()
        account = self._new_account(account_id, name, type_, settings)
        self._exchange.open_account(account, cash)
        self._report_account(account_id)
        return account

    async def close_account(self, account_id: str) -> None:
        """Close an account that is empty of orders and positions."""
        self._known(account_id)
        self._keep_time()
        try:
            self._exchange.close_account(account_id)
        except ValueError as error:
            raise PreconditionError("ACCOUNT_RESTRICTED", str(error), metadata={"account_id": account_id}) from error
        self._report_account(account_id)

    async def fund(self, account_id: str, amount: Decimal, description: str) -> Activity:
        """Deposit or withdraw cash."""
        self._known(account_id)
        self._keep_time()
        try:
            activity = self._exchange.fund(account_id, amount, description)
        except ValueError as error:
            raise PreconditionError("INSUFFICIENT_BUYING_POWER", str(error)) from error
        self._report_account(account_id)
        return activity

    async def reset(self, account_id: str, cash: Decimal | None) -> None:
        """Cancel all orders, drop all positions, and set cash: a RESET activity whose amount is the resulting cash."""
        self._known(account_id)
        self._keep_time()
        self._exchange.reset(account_id, cash)
        self._report_account(account_id)

    async def set_price(self, quote: Quote) -> Quote:
        """Show a quote by hand. A price without size shows the default size; `last` alone stands for both sides."""
        shown = _completed(quote, self._settings.manual_size)
        self._keep_time()
        shown = replace(shown, time=max(quote.time, self._exchange.now))
        self._feed.take_over(shown.symbol)
        self._on_quote(shown)
        return shown

    def simulation(self) -> Simulation:
        """Return clock and price source."""
        return self._feed.simulation()

    async def steer(
        self,
        *,
        paused: bool | None = None,
        speed: float | None = None,
        advance_to: int | None = None,
        advance_by: int | None = None,
        steps: int | None = None,
    ) -> Simulation:
        """Steer the simulation; quotes and times on the way are matched before this returns."""
        try:
            await self._feed.steer(
                paused=paused, speed=speed, advance_to=advance_to, advance_by=advance_by, steps=steps
            )
        except ValueError as error:
            raise InvalidRequestError.of(Violation("clock", "INVALID_FIELD", str(error))) from error
        return self._feed.simulation()

    def fault_plan(self) -> FaultPlan:
        """Return the fault plan in force."""
        return self._delivery.dice.plan

    def fault_counts(self) -> Sequence[tuple[int, int]]:
        """Return how often each rule of the plan was asked and struck."""
        return self._delivery.dice.counts()

    def set_fault_plan(self, plan: FaultPlan) -> None:
        """Put a fault plan in force. A DISCONNECT rule that needs no earlier match strikes at once."""
        self._delivery.set_plan(plan)

    # --- inside ---

    def _submit(self, orders: Sequence[Order]) -> Reply:
        exchange, first = self._exchange, orders[0]
        self._keep_time()
        if exchange.seen(first.account_id, first.broker_client_order_id):
            reports = exchange.find(first.account_id, first.broker_client_order_id) or ()
            return Reply(verdict=Verdict.DUPLICATE_ID, reports=reports, message="the id was used before")
        self._feed.begin()
        refusal = exchange.submit(orders)
        return _ACCEPTED if refusal is None else _refused(refusal)

    async def _through_faults(self, target: FaultTarget, carry_out: Callable[[], Reply]) -> Reply:
        delivery = self._delivery
        if not delivery.dice.active:
            self._need_link()
            return carry_out()
        await self._strike_link(carry_out)
        rule = delivery.dice.roll(target)
        match rule.kind if rule is not None else None:
            case FaultKind.REFUSE_CONNECTION:
                raise CommandError("connection refused (fault plan)", written=False)
            case FaultKind.LOSE_REQUEST:
                await self._sleep(rule.delay if rule is not None else 0)
                raise CommandError("no answer (fault plan: the request was lost)", written=True)
            case FaultKind.LOSE_ANSWER:
                carry_out()
                await self._sleep(rule.delay if rule is not None else 0)
                raise CommandError("no answer (fault plan: the answer was lost)", written=True)
            case FaultKind.DELAY:
                await self._sleep(rule.delay if rule is not None else 0)
                ask_last()
        return carry_out()

    async def _strike_link(self, carry_out: Callable[[], Reply]) -> None:
        self._need_link()
        rule = self._delivery.dice.roll(FaultTarget.LINK)
        if rule is None:
            return
        self._delivery.break_link(rule)
        if rule.kind is FaultKind.RESTART:
            carry_out()
            raise CommandError("the broker restarted before it answered (fault plan)", written=True)
        raise CommandError("the link broke (fault plan)", written=False)

    def _need_link(self) -> None:
        if self._delivery.link is not LinkState.UP:
            raise CommandError("the link to the paper broker is down (fault plan)", written=False)

    def _answer(self, refusal: Refusal | None, order: Order) -> Reply:
        if refusal is None:
            return _ACCEPTED
        reports = self._exchange.find(order.account_id, order.broker_client_order_id) or ()
        return replace(_refused(refusal), reports=reports)

    def _known(self, account_id: str) -> None:
        if self._exchange.ledger(account_id) is None:
            message = f"there is no paper account {account_id}"
            raise NotFoundError("ACCOUNT_NOT_FOUND", message, metadata={"account_id": account_id})

    def _keep_time(self) -> None:
        self._exchange.advance(self._feed.clock.now())

    def _on_quote(self, quote: Quote) -> None:
        self._exchange.on_quote(quote)
        self._board.publish(quote)
        if quote.time // _MINUTE != self._minute:
            self._each_minute(quote.time)

    def _on_time(self, time: int) -> None:
        self._exchange.advance(time)
        if time // _MINUTE != self._minute:
            self._each_minute(time)

    def _on_failure(self, detail: str) -> None:
        _log.error("%s", detail)
        time, state = self._real(), LinkState.DEGRADED
        self._delivery(LinkReport(connection_id=self.connection_id, state=state, detail=detail, time=time))

    def _each_minute(self, time: int) -> None:
        self._minute = time // _MINUTE
        for account in self._exchange.accounts():
            ledger = self._exchange.ledger(account.account_id)
            if ledger is not None and any(not p.closed for p in ledger.positions.values()):
                self._report_account(account.account_id)

    def _on_report(self, report: AnyReport) -> None:
        self._delivery(report)
        if isinstance(report, FillReport) and report.account_id not in self._unreported:
            work = self._report_soon(report.account_id)
            self._unreported[report.account_id] = asyncio.get_running_loop().create_task(work)

    async def _report_soon(self, account_id: str) -> None:
        await self._sleep(_ACCOUNT_REPORT_SECONDS)
        self._unreported.pop(account_id, None)
        self._report_account(account_id)

    def _report_account(self, account_id: str) -> None:
        self._delivery(AccountReport(account=self._exchange.account_state(account_id)))

    def _new_account(self, account_id: str, name: str, type_: AccountType, settings: Mapping[str, str]) -> Account:
        return Account(
            account_id=account_id,
            connection_id=self.connection_id,
            broker=self.broker,
            environment=self.environment,
            name=name,
            broker_account_id=account_id,
            type=type_,
            can_short=type_ is AccountType.MARGIN and "short_selling_disabled" not in settings,
            open_time=self._exchange.now,
            settings=dict(settings),
        )

    def _open_exchange(self, number: int) -> Exchange:
        try:
            exchange = self._build_exchange(number)
        except ValueError as error:
            raise ReplayError(str(error)) from error
        for details in self._listed:
            exchange.list_instrument(details)
        return exchange

    def _build_exchange(self, number: int) -> Exchange:
        return Exchange(
            self._calendar,
            self._settings.rules(),
            self._on_report,
            start=self._feed.clock.now(),
            run=f"{self._real():020d}",
            first_number=number,
        )

    def _listings(self) -> Sequence[InstrumentDetails]:
        universe = {listing.details.instrument.symbol: listing.details for listing in UNIVERSE}
        if self._settings.source is not PriceSource.REPLAY:
            return list(universe.values())
        return [universe.get(symbol) or details_of(symbol) for symbol in symbols_in(self._settings.replay_files)]


def _refused(refusal: Refusal) -> Reply:
    return Reply(verdict=Verdict.REFUSED, reason=refusal.reason, broker_status="rejected", message=refusal.message)


def _last_number(known: Sequence[KnownAccount]) -> int:
    """Return the highest number among the latest execution ids, so that numbers keep growing over restarts."""
    texts = (fill.execution_id.rpartition("-")[2] for one in known for fill in one.recent_fills)
    return max((int(text) for text in texts if text.isdecimal()), default=0)


def _completed(quote: Quote, size: Decimal) -> Quote:
    for name in ("bid", "ask", "last", "bid_size", "ask_size"):
        value: Decimal = getattr(quote, name)
        if not value.is_finite() or value < 0 or value > 10_000_000 or value % _PRICE_SCALE:
            message = "is not a number from 0 to 10000000 with at most 9 decimals"
            raise InvalidRequestError.of(Violation(name, "PRICE_INVALID", message))
    if not quote.symbol:
        raise InvalidRequestError.of(Violation("symbol", "FIELD_REQUIRED", "a symbol is needed"))
    bid, ask = quote.bid, quote.ask
    if bid == ask == ZERO:
        bid = ask = quote.last
    if bid > ask > ZERO:
        raise InvalidRequestError.of(Violation("bid", "PRICE_INVALID", "the bid is above the ask"))
    return replace(
        quote,
        bid=bid,
        ask=ask,
        bid_size=quote.bid_size or (size if bid else ZERO),
        ask_size=quote.ask_size or (size if ask else ZERO),
    )
