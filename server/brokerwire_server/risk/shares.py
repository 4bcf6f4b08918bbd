"""What an order may still do at worst: units to buy and to sell in each symbol, their value, and the buying power.

The orders of a group are looked at together. Exits only take back what the entry has brought, and only one of them can
fill; a replace under way may end with the old terms or the new ones, so the larger of both counts.
"""

from collections.abc import Iterable, Sequence
from decimal import Decimal

from msgspec import Struct
from msgspec.structs import replace

from brokerwire_server.domain.decimals import ZERO, divide
from brokerwire_server.domain.instruments import Instrument
from brokerwire_server.domain.orders import LegRole, Order, OrderType, PendingAction, Side
from brokerwire_server.domain.reducer import apply_terms

LIMITED = frozenset({OrderType.LIMIT, OrderType.STOP_LIMIT})
_EXITS = frozenset({LegRole.TAKE_PROFIT, LegRole.STOP_LOSS})


class Share(Struct, frozen=True, gc=False):
    """Open units of one symbol and their worst value in money. Not `priced`: nobody knows what they are worth."""

    instrument: Instrument
    buy: Decimal = ZERO
    sell: Decimal = ZERO
    buy_value: Decimal = ZERO
    sell_value: Decimal = ZERO
    priced: bool = True


def group_of(order: Order) -> str:
    """Return what the orders of a group share: the first one's id."""
    return order.parent_order_id or order.order_id


def versions(order: Order) -> tuple[Order, ...]:
    """Return the order with each set of terms that it may turn out to have."""
    if order.pending_action is PendingAction.REPLACE and order.pending_terms is not None:
        return order, apply_terms(order, order.pending_terms)
    return (order,)


def unit_price(order: Order) -> Decimal | None:
    """Return the most that a unit of an order may be worth, `None` where nothing is known.

    A limit bounds what is paid. What is sold may be worth more than its limit.
    """
    limit = order.limit_price if order.type in LIMITED else None
    if limit is not None:
        return limit if order.side.sign > 0 else max(limit, order.worst_price or ZERO)
    return order.worst_price


def shares_of(members: Sequence[Order]) -> tuple[Share, ...]:
    """Return what the open orders of a group, or a single order, may still do."""
    if len(members) == 1:
        order = members[0]
        return () if order.terminal else _open_shares(order)
    exits = [order for order in members if order.role in _EXITS]
    shares = [
        share for order in members if order.role not in _EXITS and not order.terminal for share in _open_shares(order)
    ]
    working = [share for order in exits if not order.terminal for share in _open_shares(order)]
    if not working:
        return tuple(shares)
    entry = next((order for order in members if order.role is LegRole.ENTRY), None)
    left = None if entry is None else max(entry.filled_quantity - sum((o.filled_quantity for o in exits), ZERO), ZERO)
    return (*shares, _only_one(working, left))


def _only_one(exits: Sequence[Share], left: Decimal | None) -> Share:
    """Return exits of which one can fill, for at most the `left` units."""
    buy, sell = (max(getattr(share, name) for share in exits) for name in ("buy", "sell"))
    most = left if left is not None else max(buy, sell)
    return Share(
        exits[0].instrument,
        min(buy, most),
        min(sell, most),
        max(_part(share.buy_value, share.buy, most) for share in exits),
        max(_part(share.sell_value, share.sell, most) for share in exits),
        priced=all(share.priced for share in exits),
    )


def _part(value: Decimal, quantity: Decimal, most: Decimal) -> Decimal:
    return value if quantity <= most else divide(value * most, quantity)


def _open_shares(order: Order) -> tuple[Share, ...]:
    if order.legs:
        return _leg_shares(order)
    found = [_share(version) for version in versions(order)]
    return (found[0],) if len(found) == 1 else (_larger(found),)


def _larger(shares: Sequence[Share]) -> Share:
    return Share(
        shares[0].instrument,
        max(share.buy for share in shares),
        max(share.sell for share in shares),
        max(share.buy_value for share in shares),
        max(share.sell_value for share in shares),
        priced=all(share.priced for share in shares),
    )


def _share(order: Order) -> Share:
    quantity, value = open_amounts(order)
    priced = quantity is not None and value is not None
    quantity, value = quantity or ZERO, value or ZERO
    if order.side.sign > 0:
        return Share(order.instrument, buy=quantity, buy_value=value, priced=priced)
    return Share(order.instrument, sell=quantity, sell_value=value, priced=priced)


def open_amounts(order: Order) -> tuple[Decimal | None, Decimal | None]:
    """Return the units that may still fill and their value, each `None` where it can't be told."""
    price = unit_price(order)
    multiplier = order.instrument.multiplier
    if order.quantity is None:
        if order.notional is None:
            return None, None
        value = max(order.notional - order.filled_cost * multiplier, ZERO)
        return (divide(value, price * multiplier) if price else None), value
    quantity = max(order.quantity - order.filled_quantity, ZERO)
    return quantity, None if price is None else quantity * price * multiplier


def _leg_shares(order: Order) -> tuple[Share, ...]:
    quantity = max((version.quantity or ZERO for version in versions(order)), default=ZERO)
    found = []
    for leg in order.legs:
        units = max(leg.ratio * quantity - leg.filled_quantity, ZERO)
        value = units * (leg.worst_price or ZERO) * leg.instrument.multiplier
        priced = leg.worst_price is not None
        if leg.side.sign > 0:
            found.append(Share(leg.instrument, buy=units, buy_value=value, priced=priced))
        else:
            found.append(Share(leg.instrument, sell=units, sell_value=value, priced=priced))
    return tuple(found)


# --- buying power ----------------------------------------------------------------------------------------------------


def cost_of(order: Order) -> Decimal:
    """Return the buying power that an order takes at most, with what of it has filled. Closing takes none."""
    if order.legs:
        return max(_spread_cost(version) for version in versions(order))
    if order.side is Side.SELL or order.side is Side.BUY_TO_COVER:
        return ZERO
    filled = order.filled_cost * order.instrument.multiplier
    if order.terminal:
        return filled
    return filled + max(open_amounts(version)[1] or ZERO for version in versions(order))


def _spread_cost(order: Order) -> Decimal:
    """Value a combination at what it may cost or lose: its net price, the width of its strikes, or its bought legs."""
    bought = sum((leg.ratio * (leg.worst_price or ZERO) for leg in order.legs if leg.side.sign > 0), ZERO)
    strikes = [leg.instrument.option.strike for leg in order.legs if leg.instrument.option is not None]
    width = max(strikes) - min(strikes) if strikes else ZERO
    net = abs(order.limit_price) if order.limit_price is not None else bought
    quantity = order.filled_quantity if order.terminal else order.quantity or ZERO
    return max(net, width) * quantity * max(leg.instrument.multiplier for leg in order.legs)


def priced(order: Order, price: Decimal | None) -> Order:
    """Return an order that nothing valued so far, valued at `price`."""
    return order if price is None or order.worst_price is not None else replace(order, worst_price=price)


def symbols_of(orders: Iterable[Order]) -> tuple[str, ...]:
    """Return the symbols that orders trade, each once."""
    found: dict[str, None] = {}
    for order in orders:
        if order.legs:
            found.update((leg.instrument.symbol, None) for leg in order.legs)
        else:
            found[order.instrument.symbol] = None
    return tuple(found)
