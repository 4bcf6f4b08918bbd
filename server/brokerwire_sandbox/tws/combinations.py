"""Combinations (BAG): the simulated exchange knows single contracts only, so they are matched here, as a whole."""

from decimal import Decimal

from brokerwire_sandbox.tws.contracts import Contract, Leg
from brokerwire_sandbox.tws.margins import commission
from brokerwire_sandbox.tws.records import Status, TwsOrder
from brokerwire_sandbox.tws.state import State
from brokerwire_sandbox.tws.trading import Trading
from brokerwire_server.domain.decimals import ZERO


class Combinations:
    """Executes a combination when all its legs can be had at the net price; its legs' executions follow its own."""

    def __init__(self, state: State, trading: Trading) -> None:
        """Match after each quote, and after each order."""
        self._state = state
        self._trading = trading
        trading.match_combinations = self.match
        state.shown.append(lambda _: self.match())

    def match(self) -> None:
        """Execute what can be executed."""
        for order in list(self._state.combinations.values()):
            price = self.net_price(order)
            if price is not None and order.status is Status.SUBMITTED and self._acceptable(order, price):
                self._execute(order, price)
            elif order.ticket.text("tif") in ("IOC", "FOK") and order.status is Status.SUBMITTED:
                self._trading.end(order, Status.CANCELLED, why="Cancelled by System:")

    def net_price(self, order: TwsOrder) -> Decimal | None:
        """Return what the combination costs now in the order's direction (below zero: is paid for it)."""
        total = ZERO
        for leg in order.contract.legs:
            price = self._leg_price(leg, order)
            if price is None:
                return None
            total += price * leg.ratio * (1 if leg.action == "BUY" else -1)
        return total

    def _leg_price(self, leg: Leg, order: TwsOrder) -> Decimal | None:
        contract = self._state.contracts.get(leg.con_id)
        if contract is None:
            return None
        quote = self._state.quote(contract)
        price = quote.ask if (leg.action == "BUY") == order.buying else quote.bid
        return price if price > 0 else None

    @staticmethod
    def _acceptable(order: TwsOrder, price: Decimal) -> bool:
        limit = order.ticket.number("lmtPrice")
        if order.type != "LMT" or limit is None:
            return True
        return price <= limit if order.buying else price >= limit

    def _execute(self, order: TwsOrder, price: Decimal) -> None:
        state, quantity = self._state, order.remaining
        state.combinations.pop(order.permanent_id, None)
        self._trading.execute(order, quantity, price, liquidity=2)
        for leg in order.contract.legs:
            contract, leg_price = state.contracts.get(leg.con_id), self._leg_price(leg, order)
            if contract is not None and leg_price is not None:
                self._execute_leg(order, contract, leg, quantity * leg.ratio, leg_price)
        state.settle()

    def _execute_leg(self, order: TwsOrder, contract: Contract, leg: Leg, quantity: Decimal, price: Decimal) -> None:
        execution = self._trading.book(
            order,
            contract,
            quantity,
            price,
            commission(contract, quantity, price),
            liquidity=2,
            buying=(leg.action == "BUY") == order.buying,
        )
        self._trading.tell_execution(execution)
        self._trading.tell_commission(execution)
