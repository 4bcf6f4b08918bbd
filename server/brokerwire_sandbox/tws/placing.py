"""placeOrder and cancelOrder: new orders, changed ones, and those that are held back."""

from collections.abc import Callable
from decimal import ROUND_FLOOR, Decimal

from msgspec.structs import replace

from brokerwire_sandbox.tws import checks
from brokerwire_sandbox.tws.contracts import Contract
from brokerwire_sandbox.tws.margins import Preview, commission
from brokerwire_sandbox.tws.records import Status, TwsOrder
from brokerwire_sandbox.tws.state import Refused, State
from brokerwire_sandbox.tws.tickets import Ticket
from brokerwire_sandbox.tws.trading import Trading
from brokerwire_sandbox.tws.wire import number
from brokerwire_server.domain.decimals import ZERO
from brokerwire_server.domain.market import Session

STAGES = ("new", "replace", "cancel")
_OUTSIDE_IGNORED = (
    "Order Event Warning: Attribute 'Outside Regular Trading Hours' is ignored based on the order type and destination."
    " PlaceOrder is now being processed."
)
_MINIMUM_SIZE = Decimal("0.00000001")


class Desk:
    """Takes orders from clients; `client_id` 0 with order id 0 is a person at the terminal."""

    def __init__(self, state: State, trading: Trading) -> None:
        """Work on `state`."""
        self._state = state
        self.holds: set[str] = set()
        self._waiting: dict[str, list[Callable[[], None]]] = {stage: [] for stage in STAGES}
        self._trading = trading

    def receive(self, client_id: int, ticket: Ticket, refuse: Callable[[Refused], None]) -> None:
        """Take a placeOrder, at once or when its stage is released; `refuse` is told where it fails only then.

        Raises:
            Refused: it is taken at once, and refused.
        """
        known = self._state.find(client_id, ticket.order_id)
        stage = "replace" if known is not None and known.open else "new"
        if stage not in self.holds:
            self.place(client_id, ticket)
            return

        def place_now() -> None:
            try:
                self.place(client_id, ticket)
            except Refused as refused:
                refuse(refused)

        self._waiting[stage].append(place_now)

    def hold(self, stage: str) -> None:
        """Keep requests of a stage waiting.

        Raises:
            ValueError: there is no such stage.
        """
        if stage not in STAGES:
            raise ValueError(f"the stages are {', '.join(STAGES)}")
        self.holds.add(stage)

    def release(self, stage: str) -> int:
        """Let the waiting requests of a stage go on, and return how many there were."""
        self.holds.discard(stage)
        waiting, self._waiting[stage] = self._waiting[stage], []
        for work in waiting:
            work()
        self._state.settle()
        return len(waiting)

    def place(self, client_id: int, ticket: Ticket) -> TwsOrder | None:
        """Take a placeOrder, and return a new order; `None` where it changed one.

        Raises:
            Refused: with the code that the terminal answers; nothing has changed but that the id is used.
        """
        known = self._state.find(client_id, ticket.order_id)
        if known is not None and known.open:
            self.change(known, ticket)
            return None
        if known is not None and known.status is Status.FILLED:
            raise Refused(104, "Can't modify a filled order.")
        if known is not None or ticket.order_id < self._state.next_order_id(client_id):
            raise Refused(103, "Duplicate order id")
        self._state.use_order_id(client_id, ticket.order_id)
        order = self._new(client_id, ticket)
        try:
            self._vet(order)
        except Refused as refused:
            if not self._state.settings.rejected_inactive:
                raise
            self._show_inactive(order, refused)
            return order
        self._state.register(order)
        if order.parent is not None:
            order.parent.children.append(order)
        if ticket.flag("transmit"):
            self._transmit(order)
        return order

    def split(self, client_id: int, ticket: Ticket) -> TwsOrder:
        """Take a change as the service does when it loses its own link meanwhile: both orders live, under one id."""
        known = self._state.find(client_id, ticket.order_id)
        order = self._new(client_id, ticket)
        self._vet(order)
        order.twin = known
        self._state.register(order)
        self._transmit(order)
        return order

    def place_by_hand(self, ticket: Ticket, *, order_id: int = 0) -> TwsOrder:
        """Take an order that a person enters at the terminal."""
        order = self._new(0, replace(ticket, order_id=order_id))
        self._vet(order)
        self._state.register(order)
        self._transmit(order)
        return order

    def preview(self, client_id: int, ticket: Ticket) -> tuple[TwsOrder, Preview]:
        """Return what an order would do, with the order as it would stand; nothing is kept but the used id.

        Raises:
            Refused: the order would be refused.
        """
        self._state.use_order_id(client_id, ticket.order_id)
        order = self._new(client_id, ticket)
        self._vet(order, margin=False)
        changes, contracts = checks.exposure(self._state, order)
        price = ticket.number("lmtPrice") or self._state.mark(order.contract)
        cost = sum((commission(c, abs(changes[c.con_id]), price) for c in contracts), ZERO)
        book = self._state.books[order.account]
        return order, book.preview(changes, contracts, cost, order.contract.currency)

    def cancel(self, client_id: int, order_id: int) -> None:
        """Take a cancelOrder.

        Raises:
            Refused: 10147, 10148 or 161.
        """
        order = self._state.find(client_id, order_id)
        if order is None and self._state.settings.foreign_cancels:
            order = next((o for o in self._state.orders.values() if o.order_id == order_id and o.open), None)
        if order is None:
            raise Refused(10147, f"OrderId {order_id} that needs to be cancelled is not found.")
        if not order.open or order.status is Status.PENDING_CANCEL:
            text = f"OrderId {order_id} that needs to be cancelled can not be cancelled, state: {order.status}."
            if order.status is Status.FILLED:
                text = f"Cancel attempted when order is not in a cancellable state.  Order permId ={order.permanent_id}"
            raise Refused(161 if order.status is Status.FILLED else 10148, text)
        if "cancel" not in self.holds:
            self.end(order)
            return
        order.status = Status.PENDING_CANCEL
        self._state.tell_status(order)
        self._waiting["cancel"].append(lambda: self.end(order) if order.open else None)

    def cancel_all(self) -> None:
        """Take a reqGlobalCancel: everything goes, also what others and the terminal placed."""
        for order in list(self._state.orders.values()):
            if order.open:
                self.end(order)

    def end(self, order: TwsOrder, reason: str = "") -> None:
        """Cancel an open order."""
        if order.transmitted:
            self._trading.cancel(order, reason=reason)
        else:
            order.status = Status.CANCELLED
        self._state.settle()

    # --- new orders ---

    def _new(self, client_id: int, ticket: Ticket) -> TwsOrder:
        state = self._state
        contract = checks.find_contract(state, ticket.query, ticket)
        checks.check_ticket(state, ticket, contract)
        account = checks.check_account(state, ticket)
        parent = self._parent(client_id, ticket)
        family = parent is not None
        return TwsOrder(
            permanent_id=state.next_permanent_id(),
            client_id=client_id,
            order_id=ticket.order_id,
            account=account,
            contract=contract,
            ticket=ticket,
            quantity=self._quantity(ticket, contract),
            parent=parent,
            oca_group=ticket.text("ocaGroup") or (str(parent.permanent_id) if parent is not None else ""),
            oca_type=ticket.integer("ocaType") or 3,
            transmitted=False,
            waiting=family and parent is not None and not parent.status.ended,
            stop=ticket.number("trailStopPrice") or ticket.number("auxPrice"),
            create_time=state.stamp(),
            echoed_price=self._echo(ticket, contract),
        )

    def _vet(self, order: TwsOrder, *, margin: bool = True) -> None:
        """Check what only a whole order shows; children are checked when they begin to work.

        Raises:
            Refused: 201.
        """
        if order.waiting:
            return
        if margin and order.parent is None:
            checks.check_margin(self._state, order)
        refusal = self._trading.refusal(order)
        if refusal is not None:
            raise Refused(201, f"Order rejected - reason:{refusal.message}")

    def _show_inactive(self, order: TwsOrder, refused: Refused) -> None:
        """Show a refused order as Inactive, as terminals do with some."""
        self._state.register(order)
        order.transmitted = order.dead = True
        order.status = Status.INACTIVE
        self._state.tell_open(order)
        self._trading.end(order, Status.INACTIVE, code=refused.code, text=refused.text, why="Rejected")

    def _echo(self, ticket: Ticket, contract: Contract) -> Decimal | None:
        """Return the price that the terminal shows for a future's market order, as recorded."""
        is_echoed = contract.security == "FUT" and ticket.text("orderType") == "MKT"
        return self._state.mark(contract) if is_echoed else None

    def _parent(self, client_id: int, ticket: Ticket) -> TwsOrder | None:
        parent_id = ticket.integer("parentId")
        if not parent_id:
            return None
        parent = self._state.find(client_id, parent_id)
        if parent is None or (parent.status.ended and not parent.filled):
            raise Refused(135, "Can't find order with ID =" + str(parent_id))
        return parent

    def _quantity(self, ticket: Ticket, contract: Contract) -> Decimal:
        cash = ticket.number("cashQty") or ZERO
        if cash <= 0:
            return ticket.number("totalQuantity") or ZERO
        price = self._state.quote(contract).ask or self._state.mark(contract)
        if price <= 0:
            raise Refused(201, "Order rejected - reason:No market price for the cash quantity")
        return (cash / price / _MINIMUM_SIZE).to_integral_value(ROUND_FLOOR) * _MINIMUM_SIZE

    def _transmit(self, order: TwsOrder) -> None:
        """Send an order, and with it what its family holds back."""
        family = [order]
        if order.parent is not None:
            family = [order.parent, *order.parent.children]
        for member in family:
            if member.open and not member.transmitted:
                member.transmitted = True
                self._begin(member)

    def _begin(self, order: TwsOrder) -> None:
        state = self._state
        if not order.ticket.text("tif"):
            self._trading.fail(order, 10349, "Order TIF was set to DAY based on order preset.")
        order.locating = self._lacks_shares(order)
        held = order.waiting or order.locating or not self._open_now(order)
        at_once = order.type in ("LMT", "LOC") and not held
        order.status = Status.SUBMITTED if at_once else Status.PRE_SUBMITTED
        state.announce(order)
        if order.ticket.flag("outsideRth") and order.type not in ("LMT", "STP LMT"):
            self._trading.fail(order, 2109, _OUTSIDE_IGNORED)
        if order.waiting:
            return
        if not self._open_now(order):
            self._trading.fail(order, 399, self._off_hours(order))
        if order.locating:
            self._trading.fail(order, 404, "Order held while securities are located.")
        else:
            self._trading.send(order)

    def _lacks_shares(self, order: TwsOrder) -> bool:
        if order.buying or order.contract.con_id not in self._state.unborrowable:
            return False
        holding = self._state.books[order.account].holdings.get(order.contract.con_id)
        return order.remaining > (ZERO if holding is None else holding.quantity)

    def _open_now(self, order: TwsOrder) -> bool:
        session = self._state.exchange.session
        if session is Session.REGULAR or order.contract.security == "CRYPTO":
            return True
        return order.ticket.flag("outsideRth") and order.type == "LMT" and session is not Session.CLOSED

    def _off_hours(self, order: TwsOrder) -> str:
        state, contract = self._state, order.contract
        opening = state.times.local(state.exchange.clock().next_open)
        venue = f"{contract.primary_exchange}.{contract.trading_class}"
        return (
            f"Order Message:\n{order.ticket.text('action')} {number(order.quantity)} {contract.symbol} {venue}\n"
            "Warning: Your order will not be placed at the exchange until "
            f"{opening:%Y-%m-%d %H:%M:%S} {state.times.name}."
        )

    # --- changed orders ---

    def change(self, order: TwsOrder, ticket: Ticket) -> None:
        """Give an open order new terms.

        Raises:
            Refused: the terms are not taken; the order goes on as it was.
        """
        contract = checks.find_contract(self._state, ticket.query, ticket)
        if contract.con_id != order.contract.con_id or ticket.text("action") != order.ticket.text("action"):
            raise Refused(105, "Order being modified does not match original order.")
        if checks.check_account(self._state, ticket) != order.account:
            raise Refused(105, "Order being modified does not match original order.")
        checks.check_ticket(self._state, ticket, contract)
        quantity = self._quantity(ticket, contract)
        if quantity <= order.filled:
            raise Refused(201, "Order rejected - reason:The new quantity is not more than what is filled")
        self._check_again(order, ticket, quantity)
        if order.transmitted:
            self._trading.withdraw(order)
        fresh_stop = ticket.text("orderType") == order.type and ticket.text("auxPrice") == order.ticket.text("auxPrice")
        order.ticket, order.quantity = ticket, quantity
        if not fresh_stop:
            order.triggered = False
            order.stop = ticket.number("trailStopPrice") or ticket.number("auxPrice")
        if order.transmitted:
            self._resend(order)
        elif ticket.flag("transmit"):
            self._transmit(order)
        self._state.settle()

    def _check_again(self, order: TwsOrder, ticket: Ticket, quantity: Decimal) -> None:
        self._vet(replace(order, ticket=ticket, quantity=quantity, generation=order.generation + 1))

    def _resend(self, order: TwsOrder) -> None:
        self._state.announce(order)
        if not order.waiting and not order.locating:
            self._trading.send(order)
