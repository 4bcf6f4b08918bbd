"""What a test makes the broker do: busts, corrections, rejections, exercises, cash movements."""

from decimal import Decimal
from typing import Any

from brokerwire_sandbox.alpaca import errors
from brokerwire_sandbox.alpaca.activities import Activities
from brokerwire_sandbox.alpaca.assets import Asset
from brokerwire_sandbox.alpaca.formats import number
from brokerwire_sandbox.alpaca.lifecycle import Lifecycle
from brokerwire_sandbox.alpaca.records import Execution, OrderRecord
from brokerwire_sandbox.alpaca.state import ACCOUNT, State
from brokerwire_server.domain.decimals import ZERO
from brokerwire_server.domain.fills import Fill, FillKind
from brokerwire_server.domain.instruments import OptionType
from brokerwire_server.domain.orders import Side


class Script:
    """Deeds of the broker that no client asked for."""

    def __init__(self, state: State, life: Lifecycle, activities: Activities) -> None:
        """Work on `state`."""
        self._state = state
        self._life = life
        self._activities = activities

    def bust(self, execution_id: str) -> Execution:
        """Annul an execution: position and cash go back, `trade_bust` is sent.

        Raises:
            ApiError: 404, there is no such execution.
        """
        return self._amend(execution_id, None, None)

    def correct(self, execution_id: str, quantity: Decimal | None, price: Decimal | None) -> Execution:
        """Give an execution other terms; `trade_correct` is sent. `None` is as it was."""
        old = self._execution(execution_id)
        return self._amend(execution_id, quantity or old.quantity, price or old.price)

    def finish(self, order_id: str, status: str, reason: str = "") -> None:
        """End an open order by the broker's will: "rejected", "expired" or "canceled"."""
        record = self._open(order_id)
        record.reason, record.fate = reason, status
        if self._state.exchange.working(ACCOUNT, record.chain) is not None:
            self._state.exchange.cancel(ACCOUNT, record.chain)
        else:
            self._life.end(record, status)

    def mark(self, order_id: str, status: str, reason: str = "") -> None:
        """Give an open order a status that is not its end: done_for_day, suspended, stopped, calculated, or new again.

        The exchange knows nothing of it: a quote that reaches the order still fills it.
        """
        record = self._open(order_id)
        record.reason = reason
        if status == "new":
            status = record.working_status
            self._state.change(record, status, event="new")
        else:
            self._state.change(record, status)

    def send(self, name: str, order_id: str, status: str, fields: dict[str, Any]) -> None:
        """Tell an event about any order, with another status and more fields where asked; nothing else changes."""
        state = self._state
        record = state.records.get(order_id)
        if record is None:
            raise errors.not_found(f"order not found for {order_id}")
        before, record.status = record.status, status or record.status
        try:
            state.emit(name, record, state.stamp(), **fields)
        finally:
            record.status = before

    def exercise(self, asset: Asset) -> None:
        """Exercise all contracts of a long option position.

        Raises:
            ApiError: 403/40310001, the position is short.
        """
        state, contract = self._state, asset.contract
        held = state.held(asset.symbol)
        if held < 0:
            raise errors.ApiError(403, 40310001, "cannot exercise short position")
        underlying = state.assets.find(contract.underlying)
        if underlying is None:
            raise errors.not_found(f"asset not found for {contract.underlying}")
        call = contract.type is OptionType.CALL
        shares = held * contract.multiplier
        state.book_outside(asset, "sell", held, ZERO, state.ids.uuid())
        side = "buy" if call else "sell"
        state.book_outside(underlying, side, shares, contract.strike, state.ids.uuid())
        self._activities.add("OPEXC", symbol=asset.symbol, quantity=-held, amount=ZERO, move_cash=False)
        value = shares * contract.strike
        self._activities.add(
            "OPTRD",
            symbol=underlying.symbol,
            quantity=shares if call else -shares,
            price=contract.strike,
            amount=-value if call else value,
            move_cash=False,
        )

    def _amend(self, execution_id: str, quantity: Decimal | None, price: Decimal | None) -> Execution:
        state, old = self._state, self._execution(execution_id)
        bust = quantity is None or price is None
        new_quantity, new_price = (ZERO, old.price) if quantity is None or price is None else (quantity, price)
        amendment_id = state.ids.uuid()
        side = Side.BUY if old.side == "buy" else Side.SELL
        position = state.position_book(old.asset).apply(
            Fill(
                fill_id=amendment_id,
                order_id=old.order.chain,
                account_id=ACCOUNT,
                execution_id=amendment_id,
                instrument=old.asset.instrument,
                side=side,
                quantity=old.quantity if bust else new_quantity,
                price=new_price,
                kind=FillKind.BUST if bust else FillKind.CORRECTION,
                refers_to_fill_id=old.exchange_id,
                execution_time=state.stamp(),
            )
        )
        change = (old.quantity * old.price - new_quantity * new_price) * old.asset.instrument.multiplier
        state.exchange.adjust(position, change if side is Side.BUY else -change)
        return self._record(old, amendment_id, new_quantity, new_price, bust=bust)

    def _record(self, old: Execution, amendment_id: str, quantity: Decimal, price: Decimal, *, bust: bool) -> Execution:
        state, order = self._state, old.order
        order.filled += quantity - old.quantity
        order.filled_cost += quantity * price - old.quantity * old.price
        old.busted = True
        time = state.stamp()
        order.updated_at = time
        amended = Execution(
            id=amendment_id,
            activity_id=amendment_id if state.settings.activity_uuid_is_execution else state.ids.uuid(),
            order=order,
            asset=old.asset,
            side=old.side,
            quantity=quantity,
            price=price,
            cumulative=order.filled,
            leaves=max((order.target or order.filled) - order.filled, ZERO),
            position_quantity=state.held(old.asset.symbol),
            time=time,
            final=old.final,
            status=order.status,
            kind="bust" if bust else "correct",
            previous=old.id,
            busted=bust,
            exchange_id=old.exchange_id,
        )
        state.executions.append(amended)
        state.by_execution[amended.id] = amended
        state.emit(
            "trade_bust" if bust else "trade_correct",
            order,
            time,
            execution_id=amended.id,
            previous_execution_id=old.id,
            price=number(price),
            qty=number(-old.quantity if bust else quantity),
            position_qty=number(amended.position_quantity),
            settle_date=state.settle_date(old.asset),
        )
        return amended

    def _execution(self, execution_id: str) -> Execution:
        found = self._state.by_execution.get(execution_id)
        if found is None or found.busted:
            raise errors.not_found(f"execution not found for {execution_id}")
        return found

    def _open(self, order_id: str) -> OrderRecord:
        record = self._state.records.get(order_id)
        if record is None or record.terminal:
            raise errors.not_found(f"open order not found for {order_id}")
        return record


def execution_json(execution: Execution) -> dict[str, Any]:
    """Return an execution for the control API."""
    return {
        "execution_id": execution.id,
        "order_id": execution.order.id,
        "client_order_id": execution.order.client_order_id,
        "symbol": execution.asset.symbol,
        "side": execution.side,
        "qty": number(execution.quantity),
        "price": number(execution.price),
        "cum_qty": number(execution.cumulative),
        "position_qty": number(execution.position_quantity),
        "time": execution.time,
        "kind": execution.kind,
        "previous_execution_id": execution.previous,
        "busted": execution.busted,
    }
