"""The Alpaca adapter: one connection, one account. See README.md for what Alpaca does and leaves out."""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import AsyncIterator, Awaitable, Mapping, Sequence
from contextlib import suppress
from typing import TypeVar

from yarl import URL

from brokerwire_server.brokers.alpaca import snapshot, wire
from brokerwire_server.brokers.alpaca.accounts import (
    OPTIONS_LEVEL,
    account_of,
    account_state,
    restriction,
)
from brokerwire_server.brokers.alpaca.capabilities import alpaca_capabilities
from brokerwire_server.brokers.alpaca.catchup import FAILURES, CatchUp
from brokerwire_server.brokers.alpaca.checks import run_checks, what_to_do
from brokerwire_server.brokers.alpaca.client import Client
from brokerwire_server.brokers.alpaca.commands import Commands
from brokerwire_server.brokers.alpaca.errors import ApiError, Fault
from brokerwire_server.brokers.alpaca.events import EventSource, WebsocketEvents
from brokerwire_server.brokers.alpaca.feed import Feed
from brokerwire_server.brokers.alpaca.held import HeldPrices
from brokerwire_server.brokers.alpaca.link import Health, IdentityError, Link, Pace
from brokerwire_server.brokers.alpaca.market_data import MarketData, MarketSettings
from brokerwire_server.brokers.alpaca.previews import make_preview
from brokerwire_server.brokers.alpaca.reference import Reference
from brokerwire_server.brokers.alpaca.settings import Settings
from brokerwire_server.brokers.alpaca.sse import SseEvents
from brokerwire_server.brokers.base import (
    BrokerSnapshot,
    CommandError,
    KnownAccount,
    Preview,
    Reply,
    ReportSink,
    Tools,
)
from brokerwire_server.brokers.budget import RateBudget
from brokerwire_server.brokers.http import Http
from brokerwire_server.domain.accounts import Account, AccountState, Balances, PortfolioPoint
from brokerwire_server.domain.capabilities import Capabilities
from brokerwire_server.domain.connections import Check, ConnectionSpec, LinkState
from brokerwire_server.domain.errors import BrokerwireError, UnavailableError
from brokerwire_server.domain.instruments import AssetClass, InstrumentDetails
from brokerwire_server.domain.market import (
    ActionQuery,
    Bar,
    BarQuery,
    ChainEntry,
    ChainQuery,
    CorporateAction,
    MarketClock,
    Quote,
    TradingDay,
)
from brokerwire_server.domain.orders import Order, OrderTerms
from brokerwire_server.domain.reports import AccountReport, AccountsReport, AnyReport, FillReport, OrderReport
from brokerwire_server.domain.secrets import Secret

_REQUESTS_PER_MINUTE = 200
_RESERVE = 20
_ACCOUNT_REPORT_SECONDS = 1.0
_HEARD = 10_000

T = TypeVar("T")

_log = logging.getLogger(__name__)


class AlpacaBroker:
    """One Alpaca account."""

    broker = "alpaca"
    embedded = False

    def __init__(
        self,
        spec: ConnectionSpec,
        settings: Settings,
        credential: Mapping[str, Secret],
        tools: Tools,
        *,
        pace: Pace | None = None,
    ) -> None:
        """Build everything; nothing is sent before `start`."""
        self.connection_id = spec.connection_id
        self.environment = spec.environment
        self.held = HeldPrices()
        self._spec = spec
        self._pace = pace or Pace()
        self._tools = tools
        self._credential = dict(credential)
        self._host = URL(settings.base_url).host or ""
        self._market = MarketData(
            MarketSettings(base_url=settings.base_url, data_url=settings.data_url, data_feed=settings.data_feed),
            credential["api_key"],
            credential["secret_key"],
            tools,
        )
        self._sink: ReportSink = lambda _: None
        self._account: Account | None = None
        self._returned = False
        self._identified = False
        self._verifying = False
        self._balances: Balances | None = None
        self._positions: Sequence[wire.Position] = ()
        self._heard: OrderedDict[str, None] = OrderedDict()
        self._tasks: set[asyncio.Task[None]] = set()
        self._report_due = False
        self._tried = asyncio.Event()
        self._http = Http(settings.base_url, self._headers)
        budget = RateBudget(_REQUESTS_PER_MINUTE, reserve=_RESERVE, monotonic=tools.monotonic, sleep=tools.sleep)
        self._client = Client(self._http, budget, tools.now, tools.keep)
        self._feed = Feed(spec.connection_id)
        self._catch_up = CatchUp(self._client, self._feed, self._emit, tools)
        self._commands = Commands(self._client, self._feed, self._catch_up)
        self._reference = Reference(self._client, tools.monotonic)
        self._health = Health(spec.connection_id, self._tell, tools.now)
        self._link = Link(
            self._health,
            self._source(settings),
            verify=self._verify,
            event=self._on_event,
            tools=tools,
            pace=self._pace,
        )
        self._client.on_denied = lambda: self._spawn(self._verify_again())
        budget.on_wait = self._on_limit
        budget.on_refill = lambda: self._health.clear(LinkState.DEGRADED)

    def _source(self, settings: Settings) -> EventSource:
        if settings.events == "sse":
            return SseEvents(self._http, self._tools.keep)
        return WebsocketEvents(
            self._http,
            lambda: {
                "key": self._credential["api_key"].reveal(),
                "secret": self._credential["secret_key"].reveal(),
            },
            self._tools.keep,
        )

    def _headers(self) -> Mapping[str, str]:
        return {
            "APCA-API-KEY-ID": self._credential["api_key"].reveal(),
            "APCA-API-SECRET-KEY": self._credential["secret_key"].reveal(),
            "User-Agent": "brokerwire",
        }

    # --- life ---

    async def start(self, sink: ReportSink, known: Sequence[KnownAccount]) -> Sequence[Account]:
        """Begin to connect; return the account if Alpaca answers soon and takes the keys, else what was known of it."""
        self._sink = sink
        for one in known:
            self._account = one.account
            self._feed.restore(one.open_orders, one.recent_fills)
        self._health.set(LinkState.DOWN, "connecting")
        self._spawn(self._link.run())
        with suppress(TimeoutError):
            async with asyncio.timeout(self._pace.start):
                await self._tried.wait()
        self._returned = True
        return [] if self._account is None else [self._account]

    async def stop(self) -> None:
        """Disconnect. Working orders stay at Alpaca."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._catch_up.close()
        await self._market.stop()
        await self._client.budget.close()
        await self._http.close()

    def capabilities(self, account_id: str) -> Capabilities:
        """Return what the account can do."""
        level = self._account.settings.get(OPTIONS_LEVEL, "0") if self._account is not None else "0"
        options_level = int(level) if level.isdecimal() else 0
        return alpaca_capabilities(self._account, self._client.budget.limit, options_level)

    # --- orders ---

    async def submit(self, orders: Sequence[Order]) -> Reply:
        """Send an order, or a group with its parent first."""
        self._need_account()
        reply, taken = await self._commands.submit(orders)
        if taken is not None:
            self._spawn(self._watch_for_silence(taken))
        return reply

    async def cancel(self, order: Order, action_id: str) -> Reply:
        """Ask for a cancel."""
        self._need_account()
        return await self._commands.cancel(order)

    async def replace(self, order: Order, terms: OrderTerms, action_id: str) -> Reply:
        """Ask for new terms."""
        self._need_account()
        return await self._commands.replace(order, terms)

    async def find_order(self, order: Order) -> Sequence[OrderReport] | None:
        """Return status and executions of an order, `None` where Alpaca does not show it."""
        self._feed.index.learn([order])
        ids = order.broker_order_ids
        return await snapshot.find(self._client, self._feed, order.broker_client_order_id, ids)

    async def snapshot(self, account_id: str, since: int) -> BrokerSnapshot:
        """Return Alpaca's truth: orders and executions first, so that positions are never older than they are."""
        orders = await snapshot.read_orders(self._client, self._feed, since)
        activities = await snapshot.read_history(self._client, account_id, since)
        held, positions = await snapshot.read_positions(self._client, account_id)
        self._take_positions(held)
        state = self._read_state(await snapshot.read_account(self._client))
        self._catch_up.release()
        return BrokerSnapshot(
            orders=orders.open,
            history=orders.history,
            fills=orders.fills,
            positions=positions,
            account=state,
            activities=activities,
            cash_complete=False,
        )

    async def preview(self, orders: Sequence[Order]) -> Preview:
        """Estimate an order from quote and balances; nothing is sent."""
        if self._balances is None:
            await self._available(self.account_state(orders[0].account_id))
        symbol = orders[0].instrument.symbol
        quote = self.last_quote(symbol)
        with suppress(BrokerwireError):
            quote = (await self._market.quotes([symbol])).get(symbol) or quote
        return make_preview(orders, self._balances or Balances(), self.held.quantities, quote)

    # --- reading ---

    async def account_state(self, account_id: str) -> AccountState:
        """Return current balances."""
        return self._read_state(await self._client.account())

    async def instrument(self, symbol: str, asset_class: AssetClass) -> InstrumentDetails | None:
        """Return an instrument's rules. Raises `UnavailableError` where Alpaca can't be asked."""
        return await self._available(self._reference.instrument(symbol, asset_class))

    async def search_instruments(self, text: str, limit: int) -> Sequence[InstrumentDetails]:
        """Return instruments whose symbol begins with, or whose name contains, `text`."""
        return await self._available(self._reference.search(text, limit))

    async def quotes(self, symbols: Sequence[str]) -> Mapping[str, Quote]:
        """Return the latest quote of each symbol that has one."""
        return await self._market.quotes(symbols)

    def last_quote(self, symbol: str) -> Quote | None:
        """Return the latest quote at hand, else the price at which Alpaca values a position."""
        return self._market.last_quote(symbol) or self.held.last_quote(symbol)

    def stream_quotes(self, symbols: Sequence[str]) -> AsyncIterator[Sequence[Quote]]:
        """Yield quotes as they change."""
        return self._market.stream_quotes(symbols)

    async def market_clock(self) -> MarketClock:
        """Return the market's clock."""
        return await self._market.clock()

    async def trading_days(self, first_date: str, last_date: str) -> Sequence[TradingDay]:
        """Return the trading days from one ISO date to another, both included."""
        return await self._market.trading_days(first_date, last_date)

    async def bars(self, query: BarQuery) -> Sequence[Bar]:
        """Return bars of an instrument."""
        return await self._market.bars(query)

    async def option_chain(self, query: ChainQuery) -> Sequence[ChainEntry]:
        """Return the option contracts that match."""
        return await self._market.option_chain(query)

    async def corporate_actions(self, query: ActionQuery) -> Sequence[CorporateAction]:
        """Return the corporate actions that match."""
        return await self._market.corporate_actions(query)

    async def portfolio_history(self, account_id: str, start: int, end: int, step: int) -> Sequence[PortfolioPoint]:
        """Return what Alpaca says the account was worth."""
        return await self._market.portfolio_history(start, end, step)

    async def check(self) -> Sequence[Check]:
        """Try whatever the connection is for."""
        return await run_checks(self._client, self._health, self._market, host=self._host, environment=self.environment)

    async def _available(self, work: Awaitable[T]) -> T:
        try:
            return await work
        except FAILURES as error:
            raise UnavailableError("BROKER_UNAVAILABLE", f"Alpaca could not be asked: {error}") from error

    # --- what Alpaca says ---

    def _on_event(self, update: wire.TradeUpdate) -> None:
        for name in (update.order.id, update.order.client_order_id):
            if name:
                self._heard[name] = None
        while len(self._heard) > _HEARD:
            self._heard.popitem(last=False)
        for report in self._feed.take(update):
            self._emit(report)

    def _tell(self, report: AnyReport) -> None:
        self._sink(report)

    def _emit(self, report: OrderReport) -> None:
        self._tell(report)
        if isinstance(report, FillReport) and not self._report_due:
            self._report_due = True
            self._spawn(self._report_account_soon())

    async def _report_account_soon(self) -> None:
        await self._tools.sleep(_ACCOUNT_REPORT_SECONDS)
        self._report_due = False
        with suppress(*FAILURES, IdentityError):
            self._sink(AccountReport(account=await self.account_state(self.connection_id)))

    async def _watch_for_silence(self, taken: wire.Order) -> None:
        """Connect again where an order has moved on and no event told so: a socket can be open and mute."""
        await self._tools.sleep(self._pace.silence)
        if taken.id in self._heard or self._health.state is LinkState.DOWN:
            return
        try:
            fresh = await self._client.order(taken.id)
            reports = await snapshot.read_order(self._client, self._feed, fresh)
        except FAILURES as error:
            _log.warning("alpaca: order %s could not be read: %s", taken.id, error)
            return
        for report in reports:
            self._emit(report)
        if taken.id not in self._heard and fresh.status != taken.status:
            self._link.reconnect("the event stream was open and mute: an order changed and no event told so")

    # --- the account ---

    async def _verify(self) -> None:
        """Read the account, and refuse keys of another one."""
        try:
            found = await self._client.account()
        finally:
            self._tried.set()
        before, account = self._account, self._identify(found)
        self._read_state(found)
        if words := restriction(found):
            _log.warning("alpaca connection %s: %s", self.connection_id, words)
        if self._returned and before != account:
            self._sink(AccountsReport(connection_id=self.connection_id, accounts=(account,)))

    async def _verify_again(self) -> None:
        """After a refusal in mid-session: see whether the keys are really refused, and then start over with them."""
        if self._verifying or self._health.state is LinkState.AUTH_REQUIRED:
            return
        self._verifying = True
        try:
            await self._client.account()
        except ApiError as error:
            if error.fault is Fault.DENIED:
                words = what_to_do(error)
                self._health.set(LinkState.AUTH_REQUIRED, words)
                self._link.reconnect(words, verify=True)
        except FAILURES as error:
            _log.warning("alpaca connection %s: the keys could not be verified: %s", self.connection_id, error)
        finally:
            self._verifying = False

    def _identify(self, found: wire.Account) -> Account:
        """Take the account over, or raise where it is another one than the connection's."""
        account = account_of(found, self._spec)
        known = self._account
        self._identified = known is None or known.broker_account_id == account.broker_account_id
        if known is not None and not self._identified:
            raise IdentityError(
                f"these keys belong to account {account.broker_account_id}, this connection is account "
                f"{known.broker_account_id}: make a connection of its own for the other account"
            )
        self._account = account
        return account

    def _need_account(self) -> None:
        """Refuse a command until it is certain that the keys are those of this account."""
        if not self._identified:
            raise CommandError(f"the account is not verified yet: {self._health.detail}", written=False)

    def _read_state(self, found: wire.Account) -> AccountState:
        try:
            account = self._identify(found)
        except IdentityError as error:
            self._link.reconnect(str(error), verify=True)
            raise
        state = account_state(found, account, self._client.broker_time or self._tools.now(), self._positions)
        self._balances = state.balances
        return state

    def _take_positions(self, held: Sequence[wire.Position]) -> None:
        self._positions = held
        self.held.take(held, self._tools.now())

    def _on_limit(self, wait: float) -> None:
        detail = (
            f"Alpaca's rate limit is used up for {max(wait, 0):.0f} s: cancels go first, sweeps wait. "
            "Send fewer requests with these keys, or ask Alpaca for a higher limit"
        )
        self._health.set(LinkState.DEGRADED, detail)

    def _spawn(self, work: Awaitable[None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            _log.error("alpaca connection %s: a task failed", self.connection_id, exc_info=error)
