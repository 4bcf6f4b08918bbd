"""The interface between the engine and a broker.

An adapter carries out commands and reports what the broker says; it decides nothing. It never retries a command, and
where it can't prove what became of one it raises, with the facts, and the engine's outcome table takes it from there.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from decimal import Decimal
from enum import StrEnum
from typing import Protocol

from msgspec import Struct

from brokerwire_server.domain.accounts import Account, AccountState, AccountType, Activity, PortfolioPoint
from brokerwire_server.domain.capabilities import Capabilities
from brokerwire_server.domain.connections import Check, ConnectionSpec, Environment, SupportLevel
from brokerwire_server.domain.decimals import ZERO
from brokerwire_server.domain.errors import UnsupportedError
from brokerwire_server.domain.faults import FaultPlan
from brokerwire_server.domain.fills import Fill
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
from brokerwire_server.domain.orders import Order, OrderTerms, StateReason
from brokerwire_server.domain.positions import Position
from brokerwire_server.domain.reports import AnyReport, FillReport, OrderReport, StatusReport
from brokerwire_server.domain.secrets import Secret


class Verdict(StrEnum):
    """What the broker's answer proves."""

    ACCEPTED = "ACCEPTED"
    REFUSED = "REFUSED"
    DUPLICATE_ID = "DUPLICATE_ID"


class Reply(Struct, frozen=True, kw_only=True):
    """A broker's proven answer to a command. `reports` carries what it said besides (status, fills, new terms)."""

    verdict: Verdict
    reports: tuple[OrderReport, ...] = ()
    reason: StateReason = StateReason.BROKER
    broker_status: str = ""
    message: str = ""


class CommandError(Exception):
    """A command ended without a proven answer.

    `written` says whether any byte of it may have reached the broker: only when it is False is the command known to be
    not sent.
    """

    def __init__(self, message: str, *, written: bool) -> None:
        """State the facts; `message` is for logs and for the order's `broker_message`."""
        super().__init__(message)
        self.message = message
        self.written = written


_stopped: ContextVar[Callable[[], str]] = ContextVar("stopped", default=lambda: "")


@contextmanager
def subject_to(stopped: Callable[[], str]) -> Iterator[None]:
    """Have the commands in this block ask `stopped` before they leave; it says why not, or nothing."""
    token = _stopped.set(stopped)
    try:
        yield
    finally:
        _stopped.reset(token)


def ask_last() -> None:
    """Raise `CommandError` (nothing written) where the running order or replace was stopped meanwhile.

    An adapter that waits before it writes - for its rate budget, for a connection - calls this with no wait between it
    and the first byte: what a kill switch stops must not leave later.
    """
    if reason := _stopped.get()():
        raise CommandError(reason, written=False)


class Preview(Struct, frozen=True, kw_only=True):
    """A broker's (or its simulator's) estimate of what an order would cost. Money is in the account's currency."""

    price: Decimal | None = None
    cost: Decimal = ZERO
    commission: Decimal = ZERO
    buying_power_before: Decimal = ZERO
    buying_power_effect: Decimal = ZERO
    warnings: tuple[str, ...] = ()
    refusal: StateReason = StateReason.NONE
    refusal_message: str = ""


class BrokerSnapshot(Struct, frozen=True, kw_only=True):
    """The broker's own truth about an account, read in one go; `account.time` is the broker's clock before the reading.

    `orders` has exactly the open ones, one report per live order at the broker; `fills` what filled since the time and,
    of open orders, all executions that were not reported yet, whatever their age; `history` what else is known of
    orders that changed since the time: ends, new terms. `activities` are cash movements since the time, fills apart.
    `positions` carries quantity and average cost per symbol. An adapter that can't get a part raises: a failed query
    is never an empty answer.
    """

    orders: tuple[StatusReport, ...]
    fills: tuple[FillReport, ...]
    positions: tuple[Position, ...]
    account: AccountState
    history: tuple[OrderReport, ...] = ()
    activities: tuple[Activity, ...] = ()
    cash_complete: bool = True


class KnownAccount(Struct, frozen=True, kw_only=True):
    """What the gateway knows of an account when an adapter starts: enough to resume without inventing anything.

    `positions` has the closed ones too, for their realised profit. `activities` are the cash movements so far, oldest
    first; `cash` is their sum with all fills' proceeds and costs. `recent_fills` are the latest executions.
    """

    account: Account
    cash: Decimal
    positions: tuple[Position, ...]
    open_orders: tuple[Order, ...]
    activities: tuple[Activity, ...]
    last_execution_time: int = 0
    recent_fills: tuple[Fill, ...] = ()


class ReportSink(Protocol):
    """Where an adapter delivers what the broker says, in the order of arrival. Never blocks, never raises."""

    def __call__(self, report: AnyReport) -> None:
        """Take one report."""


class BrokerAdapter(Protocol):
    """One connection: a credential at a broker in one environment. All methods run on the engine's event loop.

    An adapter that is not `embedded` reports its link: until the first `LinkReport` it counts as DOWN.

    `embedded` is true only for a broker that lives in this process and whose whole state is rebuilt from our journal:
    then intent and outcome may become durable together, for a crash loses either both or none.
    """

    broker: str
    connection_id: str
    environment: Environment
    embedded: bool

    async def start(self, sink: ReportSink, known: Sequence[KnownAccount]) -> Sequence[Account]:
        """Connect, resume from what is known and return the accounts reached; reports flow to `sink` from now on.

        A broker that can't be reached is no error: the adapter goes on trying, says so in a `LinkReport`, returns the
        known accounts, and names those it meets later in an `AccountsReport`.
        """

    async def stop(self) -> None:
        """Disconnect. Working orders stay at the broker."""

    def capabilities(self, account_id: str) -> Capabilities:
        """Return what the account can do."""

    async def submit(self, orders: Sequence[Order]) -> Reply:
        """Send an order, or a native group with its parent first. Raises `CommandError` where nothing is proven.

        Where it waits before it writes, it calls `ask_last` when it has waited; so does `replace`.
        """

    async def cancel(self, order: Order, action_id: str) -> Reply:
        """Ask for a cancel. ACCEPTED means that the request was taken; the end itself comes as a report."""

    async def replace(self, order: Order, terms: OrderTerms, action_id: str) -> Reply:
        """Ask for new terms (`quantity` is the new total). The change itself comes as a `ReplacedReport`."""

    async def find_order(self, order: Order) -> Sequence[OrderReport] | None:
        """Look an order up by its ids: its status and fills, or `None` where the broker proves that it has none."""

    async def snapshot(self, account_id: str, since: int) -> BrokerSnapshot:
        """Return the broker's truth; fills from `since` (nanoseconds) on."""

    async def preview(self, orders: Sequence[Order]) -> Preview:
        """Estimate cost, commission and buying power without sending anything."""

    async def account_state(self, account_id: str) -> AccountState:
        """Return current balances."""

    async def instrument(self, symbol: str, asset_class: AssetClass) -> InstrumentDetails | None:
        """Return the reference data of a symbol, or `None` where the broker does not know it."""

    async def search_instruments(self, text: str, limit: int) -> Sequence[InstrumentDetails]:
        """Return instruments whose symbol or name matches `text`."""

    async def quotes(self, symbols: Sequence[str]) -> Mapping[str, Quote]:
        """Return the latest quote of each symbol that has one."""

    def last_quote(self, symbol: str) -> Quote | None:
        """Return the latest quote at hand, without asking the broker."""

    def stream_quotes(self, symbols: Sequence[str]) -> AsyncIterator[Sequence[Quote]]:
        """Yield quotes as they change, the latest per symbol where the reader is slow; starts with what is known."""

    async def market_clock(self) -> MarketClock:
        """Return the market's clock."""

    async def trading_days(self, first_date: str, last_date: str) -> Sequence[TradingDay]:
        """Return the trading days from one ISO date to another, both included, in order.

        Raises `InvalidRequestError` for a date outside the calendar.
        """

    # What a broker may not have; it then raises `UnsupportedError`: see `NoHistory`.

    async def bars(self, query: BarQuery) -> Sequence[Bar]:
        """Return the bars of one instrument, in the order that is asked for."""

    async def option_chain(self, query: ChainQuery) -> Sequence[ChainEntry]:
        """Return the contracts that match, in any order."""

    async def corporate_actions(self, query: ActionQuery) -> Sequence[CorporateAction]:
        """Return the corporate actions that match, in any order."""

    async def portfolio_history(self, account_id: str, start: int, end: int, step: int) -> Sequence[PortfolioPoint]:
        """Return what the broker says the account was worth from `start` to before `end`, oldest first.

        All in nanoseconds; points lie about `step` apart, or as near to that as the broker has.
        """

    async def check(self) -> Sequence[Check]:
        """Try, without changing anything, whatever the connection is for, and say what works."""


class NoHistory:
    """For an adapter whose broker keeps no history: no bars, option chains, corporate actions or past values."""

    broker: str
    lack = "keeps no history"
    """What a caller is told: the broker, and this."""

    async def bars(self, query: BarQuery) -> Sequence[Bar]:
        """Raise `UnsupportedError`."""
        raise self._lacking("ListBars")

    async def option_chain(self, query: ChainQuery) -> Sequence[ChainEntry]:
        """Raise `UnsupportedError`."""
        raise self._lacking("GetOptionChain")

    async def corporate_actions(self, query: ActionQuery) -> Sequence[CorporateAction]:
        """Raise `UnsupportedError`."""
        raise self._lacking("ListCorporateActions")

    async def portfolio_history(self, account_id: str, start: int, end: int, step: int) -> Sequence[PortfolioPoint]:
        """Raise `UnsupportedError`."""
        raise self._lacking("GetPortfolioHistory")

    def _lacking(self, method: str) -> UnsupportedError:
        metadata = {"broker": self.broker, "method": method}
        return UnsupportedError("UNSUPPORTED_BY_BROKER", f"{self.broker} {self.lack}", metadata=metadata)


class Tools(Struct, frozen=True, kw_only=True):
    """The outside, as an adapter may use it: wall-clock nanoseconds, seconds that never jump, waiting, randomness."""

    now: Callable[[], int]
    monotonic: Callable[[], float]
    sleep: Callable[[float], Awaitable[None]]
    random: Callable[[], float]


class Field(Struct, frozen=True, kw_only=True):
    """One thing to be told about a connection: a part of its credential, or a setting with its default."""

    name: str
    about: str
    secret: bool = False
    default: str = ""


class BrokerKind(Struct, frozen=True, kw_only=True):
    """A broker that connections can be made to. `create` does no input or output; it raises `InvalidRequestError`.

    The environment variable of a credential's part is `<BROKER>_<ENVIRONMENT>_<NAME>`: ALPACA_PAPER_API_KEY.
    `capabilities` is what an account there can do at most. One that is `built_in` lives in the gateway, and no
    connection is made to it.
    """

    broker: str
    display_name: str
    notes: str
    environments: tuple[Environment, ...]
    credential: tuple[Field, ...]
    settings: tuple[Field, ...]
    create: Callable[[ConnectionSpec, Mapping[str, Secret], Tools], BrokerAdapter]
    support_level: SupportLevel = SupportLevel.TRADING
    capabilities: Capabilities | None = None
    built_in: bool = False


class Kinds(Protocol):
    """The brokers that this installation knows."""

    def kinds(self) -> Sequence[BrokerKind]:
        """Return those that can be used, by id."""

    def unavailable(self) -> Mapping[str, str]:
        """Return, by id, those whose packages are not installed, with what to do about it."""

    def find(self, broker: str) -> BrokerKind | None:
        """Return a kind that can be used, or `None`."""

    def get(self, broker: str) -> BrokerKind:
        """Return a kind. Raises `NotFoundError`, or `UnsupportedError` where its packages are not installed."""


class Simulation(Struct, frozen=True, kw_only=True):
    """The state of a simulation. `speed` is virtual seconds per real second; 0 means as fast as possible."""

    source: str
    virtual: bool
    time: int
    paused: bool
    speed: float
    seed: int
    finished: bool = False
    quote_count: int = 0
    next_quote_time: int = 0


class SimulationControl(Protocol):
    """What a simulated broker offers beyond a real one: the hands on its world."""

    async def open_account(
        self, account_id: str, name: str, cash: Decimal, type_: AccountType, settings: Mapping[str, str]
    ) -> Account:
        """Open a paper account with a first deposit."""

    async def close_account(self, account_id: str) -> None:
        """Close an account for good. Raises `PreconditionError` where it holds a position or an open order."""

    async def fund(self, account_id: str, amount: Decimal, description: str) -> Activity:
        """Deposit (or, negative, withdraw) cash."""

    async def reset(self, account_id: str, cash: Decimal | None) -> None:
        """Cancel all orders, drop all positions and start again with `cash` (default: the first deposit)."""

    async def set_price(self, quote: Quote) -> Quote:
        """Set the quote of a symbol; orders match against it at once. The symbol then no longer follows its source."""

    def simulation(self) -> Simulation:
        """Return clock and price source."""

    async def steer(
        self,
        *,
        paused: bool | None = None,
        speed: float | None = None,
        advance_to: int | None = None,
        advance_by: int | None = None,
        steps: int | None = None,
    ) -> Simulation:
        """Pause, resume, change speed, or move virtual time on (to a time, by nanoseconds, or by quotes)."""

    def fault_plan(self) -> FaultPlan:
        """Return the fault plan in force."""

    def fault_counts(self) -> Sequence[tuple[int, int]]:
        """Return, for each rule of the plan, how often it was asked and how often it struck."""

    def set_fault_plan(self, plan: FaultPlan) -> None:
        """Put a fault plan in force; an empty one clears it."""
