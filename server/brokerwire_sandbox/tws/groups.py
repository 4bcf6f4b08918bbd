"""How orders move each other: children follow their parent, members of an OCA group take each other's place."""

from decimal import Decimal
from typing import TYPE_CHECKING

from brokerwire_sandbox.tws.records import Status, TwsOrder
from brokerwire_sandbox.tws.state import State
from brokerwire_server.domain.decimals import ZERO
from brokerwire_server.domain.orders import OrderTerms

if TYPE_CHECKING:
    from brokerwire_sandbox.tws.trading import Trading

CANCEL_WITH_BLOCK = 1


def members(state: State, order: TwsOrder) -> list[TwsOrder]:
    """Return the other open orders of an order's OCA group."""
    if not order.oca_group:
        return []
    return [
        other for other in state.groups.get((order.account, order.oca_group), ()) if other is not order and other.open
    ]


def after_fill(state: State, trading: "Trading", order: TwsOrder, quantity: Decimal) -> None:
    """Cancel or reduce the rest of the OCA group, at once: no two members may overfill together."""
    for other in members(state, order):
        if order.oca_type == CANCEL_WITH_BLOCK or other.remaining <= quantity:
            trading.cancel(other, why="Cancelled by System:")
        else:
            _reduce(state, other, quantity)


def after_end(state: State, trading: "Trading", order: TwsOrder) -> None:
    """Let children follow: to work for what is filled, or to an end."""
    waiting = [child for child in order.children if child.open and child.waiting]
    if not order.filled:
        for child in waiting:
            trading.cancel(child, why="Cancelled by System:")
        return
    for child in waiting:
        child.quantity = min(child.quantity, order.filled) if order.remaining else child.quantity
        child.waiting = False
        state.later.append(lambda child=child: _activate(state, trading, child))  # type: ignore[misc]


def _activate(state: State, trading: "Trading", child: TwsOrder) -> None:
    if not (child.open and child.transmitted):
        return
    if child.stopping:
        state.announce(child)
    trading.send(child)


def _reduce(state: State, order: TwsOrder, quantity: Decimal) -> None:
    order.quantity -= quantity
    side = order.account + ("B" if order.buying else "S")
    working = state.exchange.working(side, order.exchange_id)
    if working is not None and working.quantity is not None:
        terms = OrderTerms(quantity=max(working.quantity - quantity, working.filled + order.remaining))
        state.exchange.replace(side, order.exchange_id, terms)
    if order.status is not Status.INACTIVE and order.remaining > ZERO:
        state.announce(order)
