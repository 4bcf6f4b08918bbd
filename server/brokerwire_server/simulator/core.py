"""The state of the exchange and the few steps that change it: report, reserve, execute, end."""

from collections.abc import Callable, Iterator
from decimal import Decimal

from brokerwire_server.domain.accounts import Account
from brokerwire_server.domain.calendar import MarketCalendar
from brokerwire_server.domain.decimals import ZERO
from brokerwire_server.domain.fills import Fill, Liquidity
from brokerwire_server.domain.instruments import InstrumentDetails
from brokerwire_server.domain.market import Session
from brokerwire_server.domain.orders import OrderState, StateReason, TimeInForce
from brokerwire_server.domain.reports import AnyReport, FillReport, StatusReport
from brokerwire_server.simulator import groups
from brokerwire_server.simulator.book import Book
from brokerwire_server.simulator.costs import Rules
from brokerwire_server.simulator.ledger import Ledger
from brokerwire_server.simulator.records import Records
from brokerwire_server.simulator.views import replaced_report
from brokerwire_server.simulator.working import Working

Listener = Callable[[AnyReport], None]


class Core:
    """What all parts of the exchange share. Reports go to `listener` at the moment they come into being."""

    def __init__(
        self, calendar: MarketCalendar, rules: Rules, listener: Listener, *, start: int, run: str, first_number: int
    ) -> None:
        """Begin at `start`; `run` and `first_number` make the ids of executions (see `Exchange`)."""
        self.calendar = calendar
        self.rules = rules
        self.emit = listener
        self.now = start
        self.day = calendar.day_at(start)
        self.session = self.day.session_at(start)
        self.quotes = 0
        self.books: dict[str, Book] = {}
        self.ledgers: dict[str, Ledger] = {}
        self.records: dict[str, Records] = {}
        self.expiring: dict[int, dict[str, Working]] = {}
        self.number = first_number
        self._run = run
        self._sequence = 0
        self._stamp = 0

    def open_ledger(self, account: Account, cash: Decimal = ZERO) -> Ledger:
        """Add an account."""
        ledger = Ledger(account, self.rules, self.mark, cash)
        self.ledgers[account.account_id] = ledger
        self.records[account.account_id] = Records(fills=self.rules.fills_kept, ended=self.rules.ended_orders_kept)
        return ledger

    def add_book(self, details: InstrumentDetails) -> Book:
        """Make an instrument known, and return its book."""
        return self.books.setdefault(details.instrument.symbol, Book(details))

    def mark(self, symbol: str) -> Decimal | None:
        """Return the price that values a symbol."""
        book = self.books.get(symbol)
        return None if book is None or book.quote is None else book.quote.mark

    def next_id(self) -> str:
        """Return the next id of an execution or activity: unique for ever, and sorted as it was made."""
        self.number += 1
        return f"{self._run}-{self.number:010d}"

    def next_sequence(self) -> int:
        """Return the next place in time priority."""
        self._sequence += 1
        return self._sequence

    def stamp(self, order: Working | None = None) -> int:
        """Return the time of a report: the exchange's, pushed on by nanoseconds so that no two are equal."""
        self._stamp = time = max(self.now, self._stamp + 1)
        if order is not None and time <= order.floor:
            order.floor = time = order.floor + 1
        return time

    def eligible(self, order: Working) -> bool:
        """Tell whether the order may be executed continuously in the present session."""
        if order.time_in_force is TimeInForce.OPG or order.time_in_force is TimeInForce.CLS:
            return False
        session = self.session
        if self.books[order.symbol].continuous:
            return True
        return session is Session.REGULAR or (order.extended and session is not Session.CLOSED)

    def working_orders(self) -> Iterator[Working]:
        """Yield all open orders, account by account, oldest first."""
        for ledger in self.ledgers.values():
            yield from list(ledger.orders.values())

    def status(
        self,
        order: Working,
        state: OrderState,
        reason: StateReason = StateReason.NONE,
        message: str = "",
        quantity: Decimal | None = None,
    ) -> StatusReport:
        """Report a status."""
        order.state = state
        order.reported = self.stamp(order)
        report = StatusReport(
            account_id=order.account_id,
            broker_client_order_id=order.id,
            broker_order_id=order.broker_order_id,
            time=order.reported,
            state=state,
            reason=reason,
            broker_status=state.value.lower(),
            message=message,
            quantity=quantity,
            cumulative_quantity=order.filled,
        )
        self.emit(report)
        return report

    def restate_terms(self, order: Working, action_id: str = "") -> None:
        """Report that the order has new terms."""
        order.revision += 1
        order.action_id = action_id
        self.emit(replaced_report(order, self.stamp(order)))

    def reserve(self, order: Working) -> None:
        """Bring what the order holds, in buying power or in units of its position, in line with its terms."""
        ledger = self.ledgers[order.account_id]
        group = order.group
        if group is not None and order is not group.entry:
            active = any(e.open and not e.held for e in group.exits)
            target = group.exposed if active else ZERO
            ledger.reserve_closing(order.symbol, target - group.reserved)
            group.reserved = target
        elif order.closing:
            target = order.reserved
            if not order.open:
                target = ZERO
            elif order.quantity is not None:
                target = order.quantity - order.filled
            ledger.reserve_closing(order.symbol, target - order.reserved)
            order.reserved = target
        else:
            ledger.reserve(order, self.requirement(order) if order.open else ZERO)

    def requirement(self, order: Working) -> Decimal:
        """Return the buying power that the rest of an opening order needs, with the commission still to come."""
        quantity = order.quantity
        value = (order.notional or ZERO) if quantity is None else (quantity - order.filled) * order.unit
        commission = self.rules.commission
        if commission.free or order.filled:
            return value
        return value + commission.total(quantity or ZERO, value)

    def execute(self, order: Working, quantity: Decimal, price: Decimal, liquidity: Liquidity) -> None:
        """Execute `quantity` at `price`: book it, report it, and let the order's group and its end follow."""
        ledger = self.ledgers[order.account_id]
        order.filled += quantity
        order.filled_cost += quantity * price
        charged = self.rules.commission.total(order.filled, order.filled_cost * order.multiplier)
        fee = max(charged - order.commission, ZERO)
        order.commission += fee
        time, execution_id = self.stamp(order), self.next_id()
        instrument, side = order.order.instrument, order.order.side
        ledger.apply(
            Fill(
                fill_id=execution_id,
                order_id=order.order.order_id,
                account_id=order.account_id,
                execution_id=execution_id,
                instrument=instrument,
                side=side,
                quantity=quantity,
                price=price,
                commission=fee,
                execution_time=time,
            )
        )
        self.reserve(order)
        report = FillReport(
            account_id=order.account_id,
            broker_client_order_id=order.id,
            broker_order_id=order.broker_order_id,
            time=time,
            execution_id=execution_id,
            instrument=instrument,
            side=side,
            quantity=quantity,
            price=price,
            commission=fee,
            liquidity=liquidity,
            venue="SIMULATOR",
        )
        self.records[order.account_id].filled(report)
        self.emit(report)
        if order.group is not None:
            groups.after_fill(self, order, order.group)
        if order.open and order.filled == order.quantity:
            self._retire(order, self._filled_status(order))

    def end(self, order: Working, state: OrderState, reason: StateReason, message: str = "") -> None:
        """End an order before it is filled, and let its group follow."""
        self._retire(order, self.status(order, state, reason, message))

    def _retire(self, order: Working, last: StatusReport) -> None:
        order.open = False
        Book.lift(order)
        ledger = self.ledgers[order.account_id]
        ledger.orders.pop(order.id, None)
        expiring = self.expiring.get(order.expire)
        if expiring is not None:
            expiring.pop(order.id, None)
        self.reserve(order)
        terms = (replaced_report(order, last.time),) if order.revision else ()
        self.records[order.account_id].ended(order.id, (last, *terms))
        if order.group is not None:
            groups.after_end(self, order, order.group)

    def _filled_status(self, order: Working) -> StatusReport:
        """Return what a look-up says of a filled order: its fills make it FILLED, the status only counts them."""
        return StatusReport(
            account_id=order.account_id,
            broker_client_order_id=order.id,
            broker_order_id=order.broker_order_id,
            time=self.stamp(order),
            state=OrderState.WORKING,
            broker_status="filled",
            cumulative_quantity=order.filled,
        )
