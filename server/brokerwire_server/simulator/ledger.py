"""One account in the exchange: cash, positions, reservations and the balances that follow from them."""

from collections.abc import Callable
from decimal import Decimal

from msgspec import Struct

from brokerwire_server.domain.accounts import Account, AccountType, Balances
from brokerwire_server.domain.decimals import ONE, ZERO
from brokerwire_server.domain.fills import Fill
from brokerwire_server.domain.instruments import Instrument
from brokerwire_server.domain.positions import Position, apply_fill
from brokerwire_server.simulator.costs import Rules
from brokerwire_server.simulator.working import Working

Marks = Callable[[str], Decimal | None]


class Values(Struct, frozen=True):
    """Market values of the holdings; `short` is negative."""

    long: Decimal = ZERO
    short: Decimal = ZERO
    unrealized: Decimal = ZERO


class Ledger:
    """The money and holdings of one account. `deposits` is what was paid in, less what was taken out."""

    def __init__(self, account: Account, rules: Rules, marks: Marks, cash: Decimal = ZERO) -> None:
        """Open with `cash`; `marks` returns the price that values a symbol."""
        self.account = account
        self.cash = cash
        self.deposits = cash
        self.first_deposit = cash
        self.reserved = ZERO
        self.unsettled = ZERO
        self.positions: dict[str, Position] = {}
        self.closing: dict[str, Decimal] = {}
        self.orders: dict[str, Working] = {}
        self._rules = rules
        self._marks = marks
        self._day_start: Decimal | None = None
        self._day_deposits = ZERO
        self._version = 0
        self._cached: tuple[int, int, Values] = (-1, -1, Values())
        margin = account.type is AccountType.MARGIN
        self.margin = margin
        self.multiplier = Decimal(account.settings.get("margin_multiplier", rules.multiplier)) if margin else ONE
        self.short_rate = max(rules.short_initial, ONE / self.multiplier)

    def held(self, symbol: str) -> Decimal:
        """Return the signed quantity held."""
        position = self.positions.get(symbol)
        return ZERO if position is None else position.quantity

    def closable(self, symbol: str, *, buying: bool) -> Decimal:
        """Return what may still be sold (or, `buying`, bought to cover), less what closing orders reserve."""
        held = self.held(symbol)
        held = -held if buying else held
        return max(held - self.closing.get(symbol, ZERO), ZERO)

    def apply(self, fill: Fill) -> None:
        """Book one execution: cash, commission and position."""
        value = fill.price * fill.quantity * fill.instrument.multiplier
        if fill.side.sign > 0:
            self.cash -= value + fill.commission
        else:
            self.cash += value - fill.commission
            self.unsettled += value - fill.commission
        symbol = fill.instrument.symbol
        self.positions[symbol] = apply_fill(self._position(fill.instrument), fill)
        self._version += 1

    def adjust(self, position: Position, cash: Decimal) -> None:
        """Set a position and change cash by something other than an execution in the books."""
        self.cash += cash
        self.positions[position.instrument.symbol] = position
        self._version += 1

    def deposit(self, amount: Decimal) -> None:
        """Book a deposit, or a withdrawal where negative."""
        if not self.first_deposit:
            self.first_deposit = amount
        self.cash += amount
        self.deposits += amount
        self._day_deposits += amount
        if self._day_start is None and not self.positions:
            self._day_start = ZERO

    def reset(self, cash: Decimal) -> None:
        """Begin again with `cash` and nothing else."""
        self.cash = self.deposits = self._day_deposits = cash
        self.unsettled = ZERO
        self._day_start = ZERO
        self.positions.clear()
        self._version += 1

    def reserve(self, order: Working, amount: Decimal) -> None:
        """Set the buying power that `order` holds."""
        self.reserved += amount - order.reserved
        order.reserved = amount

    def reserve_closing(self, symbol: str, change: Decimal) -> None:
        """Change the quantity of a symbol that closing orders hold."""
        if change:
            self.closing[symbol] = self.closing.get(symbol, ZERO) + change

    def values(self, quotes: int) -> Values:
        """Return market values; `quotes` counts quotes so far, so that nothing is computed twice between two."""
        version, seen, values = self._cached
        if version == self._version and seen == quotes:
            return values
        long = short = unrealized = ZERO
        for symbol, position in self.positions.items():
            if position.quantity:
                mark = self._marks(symbol) or position.average_cost
                value = position.quantity * mark * position.instrument.multiplier
                unrealized += value - position.cost_basis
                if value > 0:
                    long += value
                else:
                    short += value
        values = Values(long, short, unrealized)
        self._cached = (self._version, quotes, values)
        return values

    def initial_margin(self, values: Values) -> Decimal:
        """Return the equity that the holdings tie up."""
        return values.long / self.multiplier - values.short * self.short_rate

    def buying_power(self, quotes: int) -> Decimal:
        """Return what new opening orders may spend.

        A cash account spends cash less reservations; a margin account `multiplier` times its equity above the initial
        margin, less reservations.
        """
        if not self.margin:
            return max(self.cash - self.reserved, ZERO)
        values = self.values(quotes)
        excess = self.cash + values.long + values.short - self.initial_margin(values)
        return max(excess * self.multiplier - self.reserved, ZERO)

    def start_day(self, quotes: int) -> None:
        """Begin a trading day: yesterday's sales settle (T+1), and the day's profit starts from here."""
        self.unsettled = ZERO
        self._day_start = self._equity(quotes)
        self._day_deposits = ZERO

    def balances(self, quotes: int) -> Balances:
        """Return all balances at the present prices."""
        values = self.values(quotes)
        equity = self._equity(quotes)
        if self._day_start is None:
            self._day_start = equity - self._day_deposits
        margin = self.initial_margin(values)
        settled = self.cash - max(self.unsettled, ZERO)
        free = min(settled, equity - margin) if self.margin else settled
        power = self.buying_power(quotes)
        return Balances(
            currency=self.account.currency,
            cash=self.cash,
            settled_cash=settled,
            withdrawable_cash=max(free - self.reserved, ZERO),
            reserved=self.reserved,
            buying_power=power,
            day_trading_buying_power=power,
            multiplier=self.multiplier,
            equity=equity,
            long_market_value=values.long,
            short_market_value=values.short,
            initial_margin=margin,
            maintenance_margin=self._maintenance_margin(values),
            day_profit_loss=equity - self._day_start - self._day_deposits,
            total_profit_loss=equity - self.deposits,
            realized_profit_loss=sum((p.realized_profit_loss for p in self.positions.values()), ZERO),
            unrealized_profit_loss=values.unrealized,
        ).derived()

    def _maintenance_margin(self, values: Values) -> Decimal:
        return values.long * self._rules.long_maintenance - values.short * self._rules.short_maintenance

    def _equity(self, quotes: int) -> Decimal:
        values = self.values(quotes)
        return self.cash + values.long + values.short

    def _position(self, instrument: Instrument) -> Position:
        position = self.positions.get(instrument.symbol)
        return position or Position(account_id=self.account.account_id, instrument=instrument)
