"""What the broker does by itself, whatever clients and market say."""

from decimal import Decimal

from msgspec.structs import replace

from brokerwire_sandbox.tws.contracts import Contract
from brokerwire_sandbox.tws.records import Execution, Status, TwsOrder
from brokerwire_sandbox.tws.state import State
from brokerwire_sandbox.tws.trading import Trading


class Script:
    """Rejections, late fills, corrections, shares that can't be borrowed."""

    def __init__(self, state: State, trading: Trading) -> None:
        """Work on `state`."""
        self._state = state
        self._trading = trading

    def reject(self, order: TwsOrder, reason: str) -> None:
        """Let an order be rejected after it was taken."""
        order.dead = True
        self._trading.end(order, Status.INACTIVE, code=201, text=f"Order rejected - reason:{reason}", why="Rejected")
        self._state.settle()

    def fill(self, order: TwsOrder, quantity: Decimal, price: Decimal) -> Execution:
        """Execute an order by the broker's word. An order that has ended keeps its status."""
        status = None if order.open else order.status
        if status is None:
            self._trading.withdraw(order)
        execution = self._trading.execute(order, quantity, price, liquidity=1, status=status)
        if order.open and order.transmitted and not order.waiting:
            self._trading.send(order)
        self._state.settle()
        return execution

    def correct(self, execution_id: str, quantity: Decimal | None, price: Decimal | None) -> Execution:
        """Correct an execution, and tell the new version and its commission.

        Raises:
            ValueError: there is no such execution.
        """
        state = self._state
        old = next((e for e in reversed(state.executions) if e.execution_id == execution_id), None)
        if old is None:
            raise ValueError(f"there is no execution {execution_id}")
        latest = next(e for e in state.executions.latest() if e.root == old.root)
        order = latest.order
        changed, paid = quantity if quantity is not None else latest.quantity, price or latest.price
        order.filled += changed - latest.quantity
        order.cost += changed * paid - latest.quantity * latest.price
        suffix = int(latest.execution_id.rpartition(".")[2]) + 1
        new = replace(
            latest,
            execution_id=f"{latest.root}.{suffix:02d}",
            quantity=changed,
            price=paid,
            cumulative=latest.cumulative + changed - latest.quantity,
            average=order.average,
            time=state.stamp(),
        )
        state.executions.append(new)
        state.rebook(order.account)
        self._trading.tell_execution(new)
        self._trading.tell_commission(new)
        return new

    def set_shortable(self, contract: Contract, *, on: bool) -> None:
        """Let shares be found for short sales, or not; what waits for them begins to work."""
        state = self._state
        if not on:
            state.unborrowable.add(contract.con_id)
            return
        state.unborrowable.discard(contract.con_id)
        for order in state.open_orders():
            if order.locating and order.contract.con_id == contract.con_id:
                order.locating = False
                self._trading.send(order)
        state.settle()
