"""Accounts: who holds what, and the movements that are not fills."""

from decimal import Decimal
from enum import StrEnum

from msgspec import Struct
from msgspec.structs import replace

from brokerwire_server.domain.connections import Environment
from brokerwire_server.domain.decimals import ONE, ZERO

_BASIS_POINT = Decimal("0.0001")


class AccountStatus(StrEnum):
    """Whether the account may trade."""

    ACTIVE = "ACTIVE"
    RESTRICTED = "RESTRICTED"
    CLOSED = "CLOSED"


class AccountType(StrEnum):
    """The legal and margin form of an account."""

    CASH = "CASH"
    MARGIN = "MARGIN"
    IRA = "IRA"
    OTHER = "OTHER"


class ActivityType(StrEnum):
    """The kind of an entry in the account's history."""

    FILL = "FILL"
    DEPOSIT = "DEPOSIT"
    WITHDRAWAL = "WITHDRAWAL"
    FEE = "FEE"
    DIVIDEND = "DIVIDEND"
    INTEREST = "INTEREST"
    CORPORATE_ACTION = "CORPORATE_ACTION"
    RESET = "RESET"
    ADJUSTMENT = "ADJUSTMENT"


class CurrencyBalance(Struct, frozen=True, kw_only=True):
    """What an account has in one currency, in that currency; `None` where the broker does not say.

    `net_value` is the exposure: cash, positions and what else is priced in it. `exchange_rate` is the account's
    currency per unit of this one.
    """

    currency: str
    cash: Decimal = ZERO
    market_value: Decimal | None = None
    net_value: Decimal | None = None
    exchange_rate: Decimal | None = None
    realized_profit_loss: Decimal | None = None
    unrealized_profit_loss: Decimal | None = None


class Balances(Struct, frozen=True, kw_only=True):
    """Money of an account in its currency, as the broker states it.

    `reserved` is held for working orders; `equity` = cash + long market value + short market value (negative);
    `buying_power` is what new orders may still spend, `multiplier` the leverage behind it. `available_funds` is the
    equity above the initial margin, `excess_liquidity` that above the maintenance margin: below zero the broker closes
    positions. `cushion` is `excess_liquidity`, and `leverage` the gross value of positions, per unit of equity.
    """

    currency: str = "USD"
    cash: Decimal = ZERO
    settled_cash: Decimal = ZERO
    withdrawable_cash: Decimal = ZERO
    reserved: Decimal = ZERO
    buying_power: Decimal = ZERO
    day_trading_buying_power: Decimal = ZERO
    multiplier: Decimal = ONE
    equity: Decimal = ZERO
    long_market_value: Decimal = ZERO
    short_market_value: Decimal = ZERO
    initial_margin: Decimal = ZERO
    maintenance_margin: Decimal = ZERO
    day_profit_loss: Decimal = ZERO
    total_profit_loss: Decimal = ZERO
    realized_profit_loss: Decimal = ZERO
    unrealized_profit_loss: Decimal = ZERO
    available_funds: Decimal | None = None
    excess_liquidity: Decimal | None = None
    cushion: Decimal | None = None
    leverage: Decimal | None = None
    currencies: tuple[CurrencyBalance, ...] = ()

    def derived(self) -> "Balances":
        """Return these with what their broker does not state, as far as it follows from the rest.

        For an account whose cash and positions are all in its own currency.
        """
        gross = self.long_market_value - self.short_market_value
        funds, excess = self.equity - self.initial_margin, self.equity - self.maintenance_margin
        whole = CurrencyBalance(
            currency=self.currency,
            cash=self.cash,
            market_value=self.long_market_value + self.short_market_value,
            net_value=self.equity,
            exchange_rate=ONE,
            unrealized_profit_loss=self.unrealized_profit_loss,
        )
        return replace(
            self,
            available_funds=funds if self.available_funds is None else self.available_funds,
            excess_liquidity=excess if self.excess_liquidity is None else self.excess_liquidity,
            cushion=per_equity(excess, self.equity) if self.cushion is None else self.cushion,
            leverage=per_equity(gross, self.equity) if self.leverage is None else self.leverage,
            currencies=self.currencies or (whole,),
        )


def per_equity(amount: Decimal, equity: Decimal) -> Decimal | None:
    """Return an amount as a multiple of equity, to four decimals; `None` without equity to speak of."""
    return (amount / equity).quantize(_BASIS_POINT) if equity > ZERO else None


class Account(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A brokerage account reached through a connection. Whether it is paper or live never changes."""

    account_id: str
    connection_id: str
    broker: str
    environment: Environment
    name: str = ""
    broker_account_id: str = ""
    type: AccountType = AccountType.MARGIN
    status: AccountStatus = AccountStatus.ACTIVE
    currency: str = "USD"
    can_short: bool = True
    can_trade_options: bool = False
    can_trade_crypto: bool = False
    open_time: int = 0
    settings: dict[str, str] = {}


class AccountState(Struct, frozen=True, kw_only=True):
    """An account with its balances at a moment (`time`, the broker's clock)."""

    account: Account
    balances: Balances
    time: int = 0


class Activity(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An entry in the account's history that moves cash or shares; `amount` is signed, in `currency`."""

    activity_id: str
    account_id: str
    type: ActivityType
    amount: Decimal = ZERO
    currency: str = "USD"
    symbol: str = ""
    quantity: Decimal = ZERO
    price: Decimal = ZERO
    order_id: str = ""
    fill_id: str = ""
    description: str = ""
    time: int = 0


class PortfolioPoint(Struct, frozen=True, kw_only=True):
    """The value of an account at a moment, for its history; `cash` is `None` where its source does not say."""

    time: int
    equity: Decimal
    cash: Decimal | None = None
    profit_loss: Decimal = ZERO
