"""Whether orders can only bring a position nearer to zero."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

from brokerwire_server.domain.decimals import ZERO
from brokerwire_server.domain.orders import Order, OrderTerms
from brokerwire_server.domain.positions import Position


def reduces(orders: Sequence[Order], positions: Mapping[str, Position], working: Iterable[Order]) -> bool:
    """Tell whether orders of one submission, with all that works already, can't take a position past zero.

    Working orders count with all that they may still fill; of a group whose exits cancel each other, the largest. An
    order without a quantity, or with several legs, is never known to reduce.
    """
    others = [order for order in working if order.order_id not in {mine.order_id for mine in orders}]
    return all(_closing(order, positions) for order in orders) and all(
        _committed([*orders, *others], symbol, positions) <= abs(positions[symbol].quantity)
        for symbol in {order.instrument.symbol for order in orders}
    )


def adds_nothing(order: Order, terms: OrderTerms, positions: Mapping[str, Position], working: Iterable[Order]) -> bool:
    """Tell whether new terms keep an order from adding to a position: it lowers its quantity, or only reduces."""
    if only_lowers(order, terms):
        return True
    raised = order.quantity is None or (terms.quantity is not None and terms.quantity > order.quantity)
    return not raised and reduces([order], positions, working)


def only_lowers(order: Order, terms: OrderTerms) -> bool:
    """Tell whether new terms lower an order's quantity and change nothing else."""
    if order.quantity is None or terms.quantity is None or terms.quantity > order.quantity:
        return False
    return terms == OrderTerms(quantity=terms.quantity)


def _closing(order: Order, positions: Mapping[str, Position]) -> bool:
    position = positions.get(order.instrument.symbol)
    if position is None or order.quantity is None or order.legs:
        return False
    return position.quantity * order.side.sign < ZERO


def _committed(orders: Iterable[Order], symbol: str, positions: Mapping[str, Position]) -> Decimal:
    """Return how many units of a position orders may close together at most."""
    groups: dict[str, Decimal] = {}
    for order in orders:
        if order.instrument.symbol == symbol and _closing(order, positions):
            group = order.parent_order_id or order.order_id
            remaining = order.remaining_quantity or ZERO
            groups[group] = max(groups.get(group, ZERO), remaining)
    return sum(groups.values(), ZERO)
