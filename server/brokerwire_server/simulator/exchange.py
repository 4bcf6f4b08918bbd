"""The simulated exchange and its broker: a deterministic state machine driven by calls.

It has no clock, no task and no randomness of its own: the same calls bring about the same reports. Callers move time
with `advance` (never back) and prices with `on_quote`; reports go to the listener within the call that causes them.
"""

from collections.abc import Callable, Iterable, Sequence
from decimal import ROUND_FLOOR, Decimal

from msgspec.structs import replace

from brokerwire_server.domain.accounts import Account, AccountState, AccountStatus, Activity, ActivityType
from brokerwire_server.domain.calendar import MarketCalendar, day_order_expiry, market_clock
from brokerwire_server.domain.decimals import ZERO
from brokerwire_server.domain.instruments import InstrumentDetails
from brokerwire_server.domain.market import MarketClock, Quote, Session
from brokerwire_server.domain.orders import LegRole, Order, OrderState, OrderTerms, Side, StateReason, TimeInForce
from brokerwire_server.domain.positions import Position
from brokerwire_server.domain.reports import AnyReport, CashReport, FillReport, OrderReport, StatusReport
from brokerwire_server.simulator import restoring
from brokerwire_server.simulator.book import Book
from brokerwire_server.simulator.checks import Refusal, check_group, check_means, check_order, opening_unit
from brokerwire_server.simulator.core import Core
from brokerwire_server.simulator.costs import Rules
from brokerwire_server.simulator.ledger import Ledger
from brokerwire_server.simulator.matching import auction, fillable_at_once, match
from brokerwire_server.simulator.replacing import change_terms
from brokerwire_server.simulator.views import order_terms, present_reports
from brokerwire_server.simulator.working import Group, Working


class Exchange:
    """Accounts, books and matching. See the module for the rules of the parts."""

    def __init__(
        self,
        calendar: MarketCalendar,
        rules: Rules,
        listener: Callable[[AnyReport], None],
        *,
        start: int,
        run: str = "sim",
        first_number: int = 0,
    ) -> None:
        """Open at `start` (nanoseconds).

        Execution ids are `<run>-<number>`, numbers going up from `first_number`: give every start of a long-lived
        account another `run` or a higher number.
        """
        self._core = Core(calendar, rules, listener, start=start, run=run, first_number=first_number)
        self._boundary = self._core.day.boundary_after(start)
        self._expiries: tuple[int, int] = (0, 0)
        self._set_expiries()

    @property
    def now(self) -> int:
        """The exchange's time in nanoseconds."""
        return self._core.now

    @property
    def session(self) -> Session:
        """The present part of the trading day."""
        return self._core.session

    @property
    def rules(self) -> Rules:
        """The house rules in force."""
        return self._core.rules

    # --- time and prices ---

    def advance(self, time: int) -> None:
        """Move time on: sessions open and close, auctions are held, orders expire. The past is ignored."""
        while time >= self._boundary:
            self._cross(self._boundary)
        self._core.now = max(self._core.now, time)

    def on_quote(self, quote: Quote) -> None:
        """Take a quote, at its time; orders match against it. An unknown symbol becomes known.

        A quote at the very moment of a session change is the last one of the session that ends: recorded bars carry
        the time of their end, and the closing auction takes place at the close's own quote.
        """
        core = self._core
        if quote.time > self._boundary:
            self.advance(quote.time)
        elif quote.time > core.now:
            core.now = quote.time
        book = core.books.get(quote.symbol)
        if book is None:
            book = core.add_book(restoring.unknown_details(quote.symbol))
        core.quotes += 1
        book.show(quote)
        if book.concerned(quote):
            match(core, book)

    def list_instrument(self, details: InstrumentDetails) -> None:
        """Make an instrument known before it has a quote."""
        self._core.add_book(details)

    def instrument(self, symbol: str) -> InstrumentDetails | None:
        """Return an instrument's reference data, `None` where it is unknown."""
        book = self._core.books.get(symbol)
        return None if book is None else book.details

    def instruments(self) -> Sequence[InstrumentDetails]:
        """Return all known instruments, by symbol."""
        return [self._core.books[symbol].details for symbol in sorted(self._core.books)]

    def quote(self, symbol: str) -> Quote | None:
        """Return the displayed quote with its full sizes."""
        book = self._core.books.get(symbol)
        return None if book is None else book.quote

    def clock(self, *, virtual: bool = False) -> MarketClock:
        """Return what the market's clock says."""
        return market_clock(self._core.calendar, self._core.now, virtual=virtual)

    # --- orders ---

    def check(self, orders: Sequence[Order]) -> Refusal | None:
        """Return why `submit` would refuse the orders now, `None` where it would take them."""
        return self._check(orders)[0]

    def requirement(self, order: Order) -> tuple[Decimal | None, Decimal]:
        """Return what an order reserves: per unit and in total. Closing orders reserve units, others buying power."""
        core = self._core
        book = core.books[order.instrument.symbol]
        if order.side is Side.SELL or order.side is Side.BUY_TO_COVER:
            return None, self._closing_units(book, order)
        unit = opening_unit(core, book, order)
        quantity = order.quantity or ZERO
        value = order.notional or ZERO if order.quantity is None else quantity * (unit or ZERO)
        commission = core.rules.commission
        return unit, value if commission.free else value + commission.total(quantity, value)

    def submit(self, orders: Sequence[Order]) -> Refusal | None:
        """Take an order, or a group with its parent first; or refuse all of it and return why."""
        refusal, unit, needed = self._check(orders)
        if refusal is not None:
            return refusal
        core = self._core
        workings = [self._admit(order) for order in orders]
        first = workings[0]
        if len(workings) > 1:
            entry = first if first.order.role is LegRole.ENTRY else None
            exits = workings if entry is None else workings[1:]
            Group(entry, exits, first.quantity)
            for order in exits:
                order.held = entry is not None
        if first.closing:
            if first.quantity is None:
                core.ledgers[first.account_id].reserve_closing(first.symbol, needed)
                first.reserved = needed
        else:
            first.unit = unit or ZERO
        core.reserve(first)
        self._place(workings)
        return None

    def cancel(self, account_id: str, order_id: str) -> Refusal | None:
        """Cancel an open order by its client's id; its end is reported. Refused where it is not open."""
        order = self.working(account_id, order_id)
        if order is None:
            return self._not_open(account_id, order_id)
        self._core.end(order, OrderState.CANCELED, StateReason.CLIENT)
        return None

    def replace(self, account_id: str, order_id: str, terms: OrderTerms, action_id: str = "") -> Refusal | None:
        """Change an open order in place; the new terms are reported. Refused whole where any of them is wrong."""
        order = self.working(account_id, order_id)
        if order is None:
            return self._not_open(account_id, order_id)
        refusal = change_terms(self._core, order, terms, action_id)
        if refusal is None and terms.time_in_force is not None:
            self._core.expiring.get(order.expire, {}).pop(order.id, None)
            self._schedule_expiry(order, self._core.now)
        return refusal

    # --- accounts ---

    def open_account(self, account: Account, cash: Decimal) -> Activity:
        """Open an account with a first deposit, which is reported."""
        self._core.open_ledger(account)
        return self.fund(account.account_id, cash, "Opening deposit")

    def restore(
        self,
        account: Account,
        *,
        cash: Decimal,
        positions: Iterable[Position],
        open_orders: Iterable[Order],
        activities: Iterable[Activity],
    ) -> None:
        """Take up an account where it was left. Only orders that expired meanwhile are reported."""
        ledger = restoring.restore_ledger(self._core, account, cash, positions, activities)
        for order, known_time in restoring.restore_orders(self._core, ledger, open_orders):
            self._schedule_expiry(order, known_time)
        restoring.reserve_all(self._core, ledger)
        overdue = min((t for t, orders in self._core.expiring.items() if orders), default=self._core.now)
        if overdue <= self._core.now:
            self._expire(self._core.now)

    def fund(self, account_id: str, amount: Decimal, description: str = "") -> Activity:
        """Deposit or, negative, withdraw cash, which is reported.

        Raises:
            ValueError: more is withdrawn than can be.
        """
        ledger = self._core.ledgers[account_id]
        if amount < 0:
            available = ledger.balances(self._core.quotes).withdrawable_cash
            if -amount > available:
                raise ValueError(f"{-amount:,.2f} can't be withdrawn: {available:,.2f} is withdrawable")
        ledger.deposit(amount)
        kind = ActivityType.DEPOSIT if amount >= 0 else ActivityType.WITHDRAWAL
        return self._move_cash(ledger, kind, amount, description or kind.value.title())

    def reset(self, account_id: str, cash: Decimal | None = None) -> Activity:
        """Cancel all orders, drop all positions, and set cash to `cash` (default: the first deposit).

        The reported RESET activity's amount is the resulting cash, not a difference.
        """
        core, ledger = self._core, self._core.ledgers[account_id]
        for order in list(ledger.orders.values()):
            if order.open:
                core.end(order, OrderState.CANCELED, StateReason.BROKER, "the account was reset")
        amount = ledger.first_deposit if cash is None else cash
        ledger.reset(amount)
        core.records[account_id].forget_fills()
        return self._move_cash(ledger, ActivityType.RESET, amount, "Account reset")

    def close_account(self, account_id: str) -> None:
        """Close an account for good.

        Raises:
            ValueError: it still holds something.
        """
        ledger = self._core.ledgers[account_id]
        if any(order.open for order in ledger.orders.values()):
            raise ValueError("the account has open orders: cancel them first")
        if any(not position.closed for position in ledger.positions.values()):
            raise ValueError("the account holds positions: close them first")
        ledger.account = replace(ledger.account, status=AccountStatus.CLOSED)

    def adjust(self, position: Position, cash: Decimal) -> None:
        """Set a position and add `cash` by the broker's word: a bust, an exercise, an execution made elsewhere.

        Nothing is reported: who adjusts knows what there is to tell.
        """
        self._core.add_book(restoring.unknown_details(position.instrument.symbol))
        self._core.ledgers[position.account_id].adjust(position, cash)

    def account_state(self, account_id: str) -> AccountState:
        """Return an account's balances at the present prices."""
        ledger = self._core.ledgers[account_id]
        return AccountState(account=ledger.account, balances=ledger.balances(self._core.quotes), time=self._core.now)

    def ledger(self, account_id: str) -> Ledger | None:
        """Return the live ledger of an account, to read."""
        return self._core.ledgers.get(account_id)

    def accounts(self) -> Sequence[Account]:
        """Return all accounts."""
        return [ledger.account for ledger in self._core.ledgers.values()]

    # --- the truth, for those who missed reports ---

    def working(self, account_id: str, order_id: str) -> Working | None:
        """Return an open order by its client's id."""
        ledger = self._core.ledgers.get(account_id)
        return None if ledger is None else ledger.orders.get(order_id)

    def seen(self, account_id: str, order_id: str) -> bool:
        """Tell whether an order of this client's id was ever taken for the account."""
        records = self._core.records.get(account_id)
        return records is not None and records.seen(order_id)

    def find(self, account_id: str, order_id: str) -> tuple[OrderReport, ...] | None:
        """Return status, changed terms and executions of an order, `None` where there never was one."""
        records = self._core.records.get(account_id)
        if records is None:
            return None
        order = self.working(account_id, order_id)
        now = records.last_reports(order_id) if order is None else present_reports(order)
        return (*now, *records.fills_of(order_id)) or None

    def open_orders(self, account_id: str) -> tuple[StatusReport, ...]:
        """Return the status and terms of every open order."""
        return tuple(order_terms(order) for order in self._core.ledgers[account_id].orders.values())

    def changed_terms(self, account_id: str) -> tuple[OrderReport, ...]:
        """Return what became of open orders besides their status: new terms, triggers, moved stops."""
        orders = self._core.ledgers[account_id].orders.values()
        return tuple(report for order in orders for report in present_reports(order)[1:])

    def fills_since(self, account_id: str, time: int) -> tuple[FillReport, ...]:
        """Return the executions from `time` on, as far as they are kept."""
        return self._core.records[account_id].fills_since(time)

    # --- inside ---

    def _check(self, orders: Sequence[Order]) -> tuple[Refusal | None, Decimal | None, Decimal]:
        core, first = self._core, orders[0]
        for order in orders:
            refusal = check_order(core, order)
            if refusal is not None:
                return refusal, None, ZERO
        if len(orders) > 1 or first.role is not LegRole.NONE:
            refusal = check_group(orders)
            if refusal is not None:
                return refusal, None, ZERO
        unit, needed = self.requirement(first)
        return check_means(core, first, unit, needed), unit, needed

    def _admit(self, order: Order) -> Working:
        core = self._core
        working = Working(order, core.next_sequence())
        core.ledgers[working.account_id].orders[working.id] = working
        core.records[working.account_id].take(working.id)
        self._schedule_expiry(working, core.now)
        return working

    def _place(self, workings: Sequence[Working]) -> None:
        core = self._core
        book = core.books[workings[0].symbol]
        for order in workings:
            working = not order.held and core.eligible(order)
            core.status(order, OrderState.WORKING if working else OrderState.ACCEPTED)
        first = workings[0]
        if first.time_in_force is TimeInForce.FOK and not fillable_at_once(core, book, first):
            core.end(first, OrderState.CANCELED, StateReason.FOK_UNFILLED, "not enough is displayed at the price")
            return
        for order in workings:
            if not order.held and order.open:
                book.rest(order)
        if book.quote is not None and book.concerned(book.quote):
            match(core, book)
        if first.time_in_force is TimeInForce.IOC and first.open:
            core.end(first, OrderState.CANCELED, StateReason.IOC_REMAINDER)

    def _closing_units(self, book: Book, order: Order) -> Decimal:
        if order.quantity is not None:
            return order.quantity
        price, _ = book.opposite(buying=order.side.sign > 0)
        if price <= 0:
            return ZERO
        step = self._core.rules.quantity_increment
        return ((order.notional or ZERO) / price / step).to_integral_value(ROUND_FLOOR) * step

    def _not_open(self, account_id: str, order_id: str) -> Refusal:
        seen = self.seen(account_id, order_id)
        message = "the order is not open any more" if seen else "there is no such order"
        return Refusal(StateReason.BROKER, message)

    def _move_cash(self, ledger: Ledger, kind: ActivityType, amount: Decimal, description: str) -> Activity:
        core = self._core
        activity = Activity(
            activity_id=core.next_id(),
            account_id=ledger.account.account_id,
            type=kind,
            amount=amount,
            currency=ledger.account.currency,
            description=description,
            time=core.stamp(),
        )
        core.emit(CashReport(activity=activity))
        return activity

    def _schedule_expiry(self, order: Working, time: int) -> None:
        tif = order.time_in_force
        if tif is TimeInForce.GTC:
            order.expire = 0
            return
        if tif is TimeInForce.OPG or time != self._core.now:
            order.expire = self._expiry_at(order, time)
        else:
            order.expire = self._expiries[order.extended]
        self._core.expiring.setdefault(order.expire, {})[order.id] = order

    def _expiry_at(self, order: Working, time: int) -> int:
        calendar = self._core.calendar
        day = calendar.day_at(time)
        if order.time_in_force is TimeInForce.OPG:
            return day.close if time < day.open else calendar.day_at(day.post_close).close
        return day_order_expiry(calendar, day, time, extended_hours=order.extended)

    def _set_expiries(self) -> None:
        core = self._core
        self._expiries = (
            day_order_expiry(core.calendar, core.day, core.now, extended_hours=False),
            day_order_expiry(core.calendar, core.day, core.now, extended_hours=True),
        )

    def _cross(self, boundary: int) -> None:
        """Live through one moment at which the session changes."""
        core = self._core
        core.now = boundary
        if boundary == core.day.close:
            for book in core.books.values():
                if book.closing:
                    auction(core, book, book.closing, "the closing auction left a rest")
        self._expire(boundary)
        if boundary == core.day.post_close:
            core.day = core.calendar.day_at(boundary)
            for ledger in core.ledgers.values():
                ledger.start_day(core.quotes)
        core.session = core.day.session_at(boundary)
        self._boundary = core.day.boundary_after(boundary)
        self._set_expiries()
        self._wake()

    def _expire(self, time: int) -> None:
        core = self._core
        for due in sorted(t for t in core.expiring if t <= time):
            for order in list(core.expiring.pop(due).values()):
                if order.open:
                    message = f"{order.time_in_force} ended with the session"
                    core.end(order, OrderState.EXPIRED, StateReason.TIME_IN_FORCE_EXPIRED, message)

    def _wake(self) -> None:
        core = self._core
        if core.session is Session.CLOSED:
            return
        opening = core.session is Session.REGULAR and core.now == core.day.open
        for book in core.books.values():
            book.auction_due = book.auction_due or (opening and bool(book.opening))
        for order in core.working_orders():
            if order.state is OrderState.ACCEPTED and not order.held and core.eligible(order):
                core.status(order, OrderState.WORKING)
