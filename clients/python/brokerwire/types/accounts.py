"""Accounts, their money, and what moved it."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from brokerwire.types._base import Record
from brokerwire.types._gateway_enums import (
    AccountStatus,
    AccountType,
    ActivityType,
    Environment,
    PortfolioPointSource,
    TradingState,
)
from brokerwire.types.values import Money

__all__ = [
    "Account",
    "AccountEvent",
    "Activity",
    "Balances",
    "Portfolio",
    "PortfolioHistory",
    "PortfolioPoint",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Balances(Record):
    """Money and margin in one currency. None: the broker does not report it, which is not zero."""

    currency_code: str
    cash: Decimal | None
    settled_cash: Decimal | None
    available_cash: Decimal | None
    withdrawable_cash: Decimal | None
    reserved_cash: Decimal | None
    buying_power: Decimal | None
    day_trading_buying_power: Decimal | None
    equity: Decimal | None
    market_value: Decimal | None
    long_market_value: Decimal | None
    short_market_value: Decimal | None
    day_profit_loss: Decimal | None
    total_profit_loss: Decimal | None
    margin_balance: Decimal | None
    margin_buying_power: Decimal | None
    initial_margin: Decimal | None
    maintenance_margin: Decimal | None
    multiplier: Decimal | None
    realized_profit_loss: Decimal | None
    unrealized_profit_loss: Decimal | None
    update_time: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Account(Record):
    """One brokerage account."""

    account_id: str
    connection_id: str
    broker: str
    environment: Environment
    """Treat anything but PAPER as real money."""
    status: AccountStatus
    type: AccountType
    balances: Balances | None
    sequence: int
    display_name: str
    can_trade_equities: bool
    can_trade_options: bool
    can_trade_crypto: bool
    can_trade_margin: bool
    can_short: bool
    last_sync_time: datetime | None
    opened_date: date | None
    broker_account_number: str
    """Masked to its last four characters."""
    trading_state: TradingState
    """The state of the account, its broker and of everything; told by `account` and `accounts` alone."""
    armed_until_time: datetime | None
    """Until when a live account is armed; told by `account` and `accounts` alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Activity(Record):
    """One movement of cash or units. Immutable. Below zero leaves the account."""

    activity_id: str
    account_id: str
    type: ActivityType
    amount: Money | None
    sequence: int
    time: datetime | None
    symbol: str
    quantity: Decimal | None
    price: Decimal | None
    order_id: str
    fill_id: str
    description: str
    broker_activity_id: str
    cash_after: Money | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountEvent(Record):
    """A change of an account."""

    account_id: str
    sequence: int
    account: Account
    """The whole account after it."""
    conflated: bool
    """True if earlier changes were skipped because the reader was slow."""
    time: datetime | None
    activity: Activity | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Portfolio(Record):
    """Accounts summed up, per currency."""

    totals: tuple[Balances, ...]
    accounts: tuple[Account, ...]
    position_count: int
    unreachable: tuple[str, ...]
    """Accounts that could not be read; the totals lack them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PortfolioPoint(Record):
    """An account's value at one time. Gains leave deposits and withdrawals out."""

    time: datetime | None
    equity: Decimal | None
    profit_loss: Decimal | None
    profit_loss_percent: Decimal | None
    """1.5 means 1.5 %."""
    cash: Decimal | None
    source: PortfolioPointSource


@dataclass(frozen=True, slots=True, kw_only=True)
class PortfolioHistory(Record):
    """An account's value over time, oldest first."""

    points: tuple[PortfolioPoint, ...]
    base_value: Decimal | None
    base_time: datetime | None
    currency_code: str
    timeframe: timedelta | None
    unreachable: tuple[str, ...]
    """The account, if its broker could not be asked for the time before the journal."""
