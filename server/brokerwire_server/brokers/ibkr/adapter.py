"""The Interactive Brokers adapter: one login at one TWS or IB Gateway, with all its accounts. See README.md."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Mapping, Sequence
from contextlib import suppress
from typing import Any

from msgspec.structs import replace

from brokerwire_server.brokers.base import (
    BrokerSnapshot,
    CommandError,
    KnownAccount,
    NoHistory,
    Preview,
    Reply,
    ReportSink,
    Tools,
    Verdict,
)
from brokerwire_server.brokers.ibkr import library, readonly
from brokerwire_server.brokers.ibkr.accounts import Accounts
from brokerwire_server.brokers.ibkr.asking import FAILURES, available
from brokerwire_server.brokers.ibkr.books import Books
from brokerwire_server.brokers.ibkr.capabilities import ibkr_capabilities
from brokerwire_server.brokers.ibkr.checks import run_checks
from brokerwire_server.brokers.ibkr.commands import Commands, Wait
from brokerwire_server.brokers.ibkr.executions import Executions
from brokerwire_server.brokers.ibkr.feed import Feed
from brokerwire_server.brokers.ibkr.health import Health, Trouble
from brokerwire_server.brokers.ibkr.history import History
from brokerwire_server.brokers.ibkr.ids import Ids
from brokerwire_server.brokers.ibkr.instruments import Instruments
from brokerwire_server.brokers.ibkr.link import Link, Pace
from brokerwire_server.brokers.ibkr.logins import Logins
from brokerwire_server.brokers.ibkr.market_data import MarketData
from brokerwire_server.brokers.ibkr.notices import Notices
from brokerwire_server.brokers.ibkr.pacing import Pacer
from brokerwire_server.brokers.ibkr.positions import Marks, Positions
from brokerwire_server.brokers.ibkr.previews import Previews
from brokerwire_server.brokers.ibkr.records import CompletedOrder
from brokerwire_server.brokers.ibkr.reference import Reference
from brokerwire_server.brokers.ibkr.requests import NO_REQUEST
from brokerwire_server.brokers.ibkr.session import Session
from brokerwire_server.brokers.ibkr.settings import Settings
from brokerwire_server.brokers.ibkr.sweeps import Patience, Sweeps
from brokerwire_server.brokers.ibkr.tracking import Tracked, Tracker
from brokerwire_server.domain.accounts import Account, AccountState, AccountStatus
from brokerwire_server.domain.capabilities import Capabilities
from brokerwire_server.domain.connections import Check, ConnectionSpec, SupportLevel
from brokerwire_server.domain.errors import BrokerwireError
from brokerwire_server.domain.instruments import AssetClass, Instrument, InstrumentDetails
from brokerwire_server.domain.market import (
    Bar,
    BarQuery,
    ChainEntry,
    ChainQuery,
    MarketClock,
    Quote,
    TradingDay,
)
from brokerwire_server.domain.orders import Order, OrderTerms, StateReason
from brokerwire_server.domain.reports import (
    AccountReport,
    AccountsReport,
    AnyReport,
    CashReport,
    FillReport,
    OrderReport,
)

_NANOS = 1_000_000_000
_COMMISSION_SECONDS = 0.25
_ACCOUNT_REPORT_SECONDS = 1.0
_LOOK_SECONDS = 0.5
_UNDECODABLE_SECONDS = 60.0

_log = logging.getLogger(__name__)


class IbkrBroker(NoHistory):
    """One login at Interactive Brokers."""

    broker = "ibkr"
    embedded = False
    lack = "has neither corporate actions nor past values of an account in its API"

    def __init__(
        self,
        spec: ConnectionSpec,
        settings: Settings,
        tools: Tools,
        *,
        pace: Pace | None = None,
        patience: Patience | None = None,
        wait: Wait | None = None,
    ) -> None:
        """Build everything; nothing is sent before `start`."""
        self.connection_id = spec.connection_id
        self.environment = spec.environment
        self._tools = tools
        self._pace = pace or Pace()
        self._sink: ReportSink = lambda _: None
        self._started = False
        self._read_only = False
        self._tasks: set[asyncio.Task[None]] = set()
        self._report_due: set[str] = set()
        self._looking = False
        self._undecodable_until = 0.0
        self._pacer = Pacer(settings.messages_per_second, tools.monotonic, tools.sleep)
        ids = Ids(tools.notes, settings.client_id)
        self._session = Session(settings.host, settings.port, settings.client_id, ids, self._pacer)
        self._instruments = Instruments(self._session, monotonic=tools.monotonic, now=tools.now)
        self._accounts = Accounts(self._session, spec)
        self._marks = Marks(self._session, self._instruments, tools.now)
        self._positions = Positions(self._session, self._instruments, self._marks)
        self._market = MarketData(self._session, self._instruments, tools)
        self._history = History(self._session, self._instruments)
        self._reference = Reference(self._session, self._instruments, tools.now)
        self._previews = Previews(self._session, self._instruments)
        self._logins = Logins(settings, spec.environment, self._accounts.account_id)
        self._health = Health(spec.connection_id, self._tell, tools.now, settings.restart_window)
        self._tracker = Tracker()
        self._executions = Executions(self._emit, tools.now, tools.sleep, _COMMISSION_SECONDS)
        self._feed = Feed(
            self._tracker,
            self._executions,
            client_id=settings.client_id,
            account_of=self._logins.account_of,
            instrument_of=self._instrument_of,
            emit=self._emit,
            now=tools.now,
        )
        self._sweeps = Sweeps(
            self._session,
            self._tracker,
            self._feed,
            account_of=self._logins.account_of,
            learn=self._instruments.learn,
            patience=patience or Patience(),
        )
        self._notices = Notices(self._tracker, self._feed, self._emit, self._look)
        self._commands = Commands(
            self._session,
            self._tracker,
            self._feed,
            self._sweeps,
            self._instruments,
            account_number=self._logins.number_of,
            cut_off=self._cut_off,
            wait=wait or Wait(),
        )
        self._books = Books(
            self._session,
            self._tracker,
            self._feed,
            self._sweeps,
            self._executions,
            accounts=self._accounts,
            positions=self._positions,
            marks=self._marks,
            logins=self._logins,
            restricted=self._restricted,
        )
        self._link = Link(
            self._session,
            self._health,
            where=f"{settings.host}:{settings.port}",
            verify=self._verify,
            pulse=self._pulse,
            tools=tools,
            pace=self._pace,
        )
        self._listen()

    def _listen(self) -> None:
        self._session.on("openOrder", self._feed.open_order)
        self._session.on("orderStatus", self._feed.order_status)
        self._session.on("execDetails", self._feed.execution)
        self._session.on("commissionReport", self._feed.commission)
        self._session.on("completedOrder", self._on_completed)
        self._session.on("orderBound", self._feed.bound)
        self._session.on("error", self._on_error)
        self._session.on_undecodable = self._undecodable
        self._feed.zone = lambda: self._session.zone
        self._feed.on_doubt = self._doubt
        self._feed.on_unknown = self._look
        self._feed.on_survivor = lambda tracked: self._spawn(self._commands.cancel_survivor(tracked))
        self._feed.on_note = lambda words: self._health.note("feed", words[:300])
        self._sweeps.on_unsynced = self._unsynced

    # --- life ---

    async def start(self, sink: ReportSink, known: Sequence[KnownAccount]) -> Sequence[Account]:
        """Begin to connect; return the accounts if TWS answers soon, else those that were known."""
        self._sink = sink
        self._logins.adopt([one.account for one in known])
        for one in known:
            self._executions.restore(one.recent_fills)
            for order in one.open_orders:
                self._tracker.learn(order)
        self._health.tell()
        self._spawn(self._link.run())
        with suppress(TimeoutError):
            async with asyncio.timeout(self._pace.start):
                await self._link.attempted.wait()
        self._started = True
        return list(self._logins.accounts.values())

    async def stop(self) -> None:
        """Disconnect. Working orders stay at the broker."""
        self._market.close()
        self._accounts.close()
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._executions.close()
        await self._session.close()

    # --- orders ---

    async def submit(self, orders: Sequence[Order]) -> Reply:
        """Send an order, or a group with its parent first. Raises `CommandError`."""
        if self._read_only:
            return Reply(verdict=Verdict.REFUSED, reason=StateReason.BROKER_UNAVAILABLE, message=readonly.WORDS)
        return await self._commands.submit(orders)

    async def cancel(self, order: Order, action_id: str) -> Reply:
        """Ask for a cancel. Raises `CommandError`."""
        self._need_login()
        return await self._commands.cancel(order)

    async def replace(self, order: Order, terms: OrderTerms, action_id: str) -> Reply:
        """Ask for new terms. Raises `CommandError`."""
        self._need_login()
        return await self._commands.replace(order, terms, action_id)

    async def find_order(self, order: Order) -> Sequence[OrderReport] | None:
        """Return status and executions of an order, `None` where neither open nor ended orders show it."""
        return await self._books.find(order)

    async def snapshot(self, account_id: str, since: int) -> BrokerSnapshot:
        """Return the broker's truth. Raises `UnavailableError` where TWS is read-only and orders are open."""
        if self._read_only:
            return await self._books.without_orders(account_id)
        return await self._books.snapshot(account_id, since)

    async def account_state(self, account_id: str) -> AccountState:
        """Return current balances. Raises `UnavailableError`."""
        return await available(self._books.state(account_id))

    async def check(self) -> Sequence[Check]:
        """Try whatever the connection is for."""
        return await run_checks(self._session, self._health, self._sweeps, self._pacer, read_only=self._read_only)

    # --- market and reference data ---

    def capabilities(self, account_id: str) -> Capabilities:
        """Return what the account can do."""
        found = ibkr_capabilities(self._logins.accounts.get(account_id), 60 * self._pacer.limit)
        return replace(found, support_level=SupportLevel.READ_ONLY) if self._read_only else found

    async def preview(self, orders: Sequence[Order]) -> Preview:
        """Return the broker's own reckoning of an order, which is not placed. Raises `UnavailableError`."""
        account_id, symbol = orders[0].account_id, orders[0].instrument.symbol
        number = self._accounts.broker_account_id(account_id)
        state = await self.account_state(account_id)
        return await available(self._previews.preview(orders, number, state.balances, self.last_quote(symbol)))

    async def instrument(self, symbol: str, asset_class: AssetClass) -> InstrumentDetails | None:
        """Return an instrument's rules, `None` where the broker does not know it."""
        return await self._reference.instrument(symbol, asset_class)

    async def search_instruments(self, text: str, limit: int) -> Sequence[InstrumentDetails]:
        """Return instruments whose symbol or name matches `text`."""
        return await self._reference.search(text, limit)

    async def quotes(self, symbols: Sequence[str]) -> Mapping[str, Quote]:
        """Return the latest quote of each symbol that has one."""
        return await self._market.quotes(symbols)

    def last_quote(self, symbol: str) -> Quote | None:
        """Return the latest quote at hand, else the price at which the broker values a position."""
        return self._market.last_quote(symbol) or self._marks.last_quote(symbol)

    def stream_quotes(self, symbols: Sequence[str]) -> AsyncIterator[Sequence[Quote]]:
        """Yield quotes as they change."""
        return self._market.stream_quotes(symbols)

    async def market_clock(self) -> MarketClock:
        """Return the market's clock."""
        return await self._reference.market_clock()

    async def trading_days(self, first_date: str, last_date: str) -> Sequence[TradingDay]:
        """Return the trading days from one ISO date to another, both included."""
        return await self._reference.trading_days(first_date, last_date)

    async def bars(self, query: BarQuery) -> Sequence[Bar]:
        """Return bars of an instrument."""
        return await self._history.bars(query)

    async def option_chain(self, query: ChainQuery) -> Sequence[ChainEntry]:
        """Return the option contracts that match."""
        return await self._reference.option_chain(query)

    # --- the login ---

    async def _verify(self) -> None:
        """See who is logged in, and refuse another login or environment before anything is sent."""
        numbers = self._logins.check(self._session.accounts)
        self._read_only = await readonly.is_read_only(self._session)
        self._health.note("read-only", readonly.WORDS if self._read_only else "")
        if self._session.client_id == 0:
            # A person's orders then have ids of ours, and what becomes of them is told.
            await self._session.send("reqAutoOpenOrders", True)
        time = await self._books.time()
        states = [await self._accounts.state(self._accounts.account_id(number), time) for number in numbers]
        accounts = [self._restricted(state.account) for state in states]
        if self._logins.serve(accounts) and self._started:
            self._sink(AccountsReport(connection_id=self.connection_id, accounts=tuple(accounts)))

    async def _pulse(self) -> None:
        """See now and then whether a person has made a read-only TWS writable."""
        if self._read_only and not await readonly.is_read_only(self._session):
            self._session.disconnect("the API of TWS is writable now")

    def _restricted(self, account: Account) -> Account:
        return replace(account, status=AccountStatus.RESTRICTED) if self._read_only else account

    def _need_login(self) -> None:
        if words := self._health.wrong(Trouble.IDENTITY):
            raise CommandError(words, written=False)

    def _cut_off(self) -> str:
        """Say why an order sent now could be lost on its way, or nothing."""
        for trouble in (Trouble.IDENTITY, Trouble.SOCKET, Trouble.CONNECTIVITY):
            if words := self._health.wrong(trouble):
                return words
        return ""

    # --- what the broker says ---

    def _on_error(self, request_id: int, code: int, text: str, _: str) -> None:
        if request_id not in NO_REQUEST and self._notices.take(request_id, code, text):
            return
        self._link.said(code, text)

    def _on_completed(self, row: CompletedOrder) -> None:
        self._feed.completed(row)

    def _instrument_of(self, contract: Any) -> Instrument:  # noqa: ANN401
        """Return the instrument of a contract, or of a leg, which has nothing but a number. Raises `ValueError`."""
        known = self._instruments.by_number(contract.conId)
        if known is not None:
            return known.instrument
        if isinstance(contract, library.ComboLeg):
            raise ValueError(f"contract {contract.conId} of a combination is not known yet")
        return self._instruments.instrument(contract)

    def _doubt(self, words: str) -> None:
        _log.error("ibkr connection %s: %s: it is set aside, and looked into", self.connection_id, words)
        self._health.note("doubt", words[:300])
        self._look()

    def _undecodable(self, words: str) -> None:
        """Have what could not be read swept, but not for ever: the sweep may meet it again."""
        now = self._tools.monotonic()
        self._health.note("undecodable", words[:300])
        if now >= self._undecodable_until:
            self._undecodable_until = now + _UNDECODABLE_SECONDS
            self._health.lost(words)

    def _unsynced(self, what: str, endless: bool) -> None:
        words = f"TWS does not end its list of {what}: it is taken as far as it comes" if endless else ""
        self._health.note(what, words)

    def _look(self, _: Tracked | None = None) -> None:
        """Read everything soon, because of something that can't be understood by itself."""
        if not self._looking:
            self._looking = True
            self._spawn(self._look_soon())

    async def _look_soon(self) -> None:
        await self._tools.sleep(_LOOK_SECONDS)
        self._looking = False
        with suppress(*FAILURES, BrokerwireError):
            reading = await self._sweeps.read()
            self._health.note("doubt", "")
            for fill in await self._executions.swept(reading.fills):
                self._emit(fill)

    def _tell(self, report: AnyReport) -> None:
        self._sink(report)

    def _emit(self, report: OrderReport | CashReport) -> None:
        self._sink(report)
        if isinstance(report, FillReport) and report.account_id not in self._report_due:
            self._report_due.add(report.account_id)
            self._spawn(self._report_account_soon(report.account_id))

    async def _report_account_soon(self, account_id: str) -> None:
        await self._tools.sleep(_ACCOUNT_REPORT_SECONDS)
        self._report_due.discard(account_id)
        with suppress(*FAILURES, BrokerwireError):
            self._sink(AccountReport(account=await self._books.state(account_id)))

    def _spawn(self, work: Awaitable[Any]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            _log.error("ibkr connection %s: a task failed", self.connection_id, exc_info=error)
