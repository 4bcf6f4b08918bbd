"""From our orders to the bodies that Alpaca is sent, and back: is an order there the one that was asked for?

Every number is text: Alpaca takes strings everywhere, and a JSON number would pass through somebody's float.
"""

from collections.abc import Sequence
from decimal import Decimal

from brokerwire_server.brokers.alpaca import mapping, wire
from brokerwire_server.brokers.alpaca.symbols import crypto_pair
from brokerwire_server.domain.decimals import format_decimal
from brokerwire_server.domain.instruments import AssetClass
from brokerwire_server.domain.orders import (
    LegRole,
    Order,
    OrderClass,
    OrderLeg,
    OrderTerms,
    OrderType,
    Side,
)

Body = dict[str, object]

_TYPES = {kind: name for name, kind in mapping.TYPES.items()}
_TIMES = {time: name for name, time in mapping.TIMES.items()}
_CLASSES = {
    OrderClass.BRACKET: "bracket",
    OrderClass.OTO: "oto",
    OrderClass.OCO: "oco",
    OrderClass.MULTI_LEG: "mleg",
}
_INTENTS = {side: name for name, side in mapping.INTENTS.items()}


def submit_body(orders: Sequence[Order]) -> Body:
    """Return the body of POST /v2/orders for an order, or for a group with its parent first."""
    first = orders[0]
    body: Body = {
        "client_order_id": first.broker_client_order_id,
        "type": _TYPES[first.type],
        "time_in_force": _TIMES[first.time_in_force],
        **_amounts(first),
        **_prices(first.limit_price, first.stop_price, first.trail_amount, first.trail_percent),
    }
    if first.extended_hours:
        body["extended_hours"] = True
    if first.order_class is OrderClass.MULTI_LEG:
        body["order_class"] = "mleg"
        body["legs"] = [_leg(leg) for leg in first.legs]
        return body
    body["symbol"] = first.instrument.symbol
    body["side"] = "buy" if first.side.sign > 0 else "sell"
    if _tells_intent(first):
        body["position_intent"] = _INTENTS[first.side]
    if first.order_class in _CLASSES:
        body["order_class"] = _CLASSES[first.order_class]
        body.update(_exits(first, orders[1:]))
    return body


def _tells_intent(order: Order) -> bool:
    """Whether Alpaca is told what the order is to do to the position, and refuses it where it would do otherwise.

    Without it, a sale of what is not held opens a short position (Alpaca-API issue 250 shows the check for shares). A
    plain purchase may do either; crypto has no intents.
    """
    match order.instrument.asset_class:
        case AssetClass.OPTION:
            return True
        case AssetClass.EQUITY:
            return order.side is not Side.BUY
    return False


def _amounts(order: Order) -> Body:
    if order.notional is not None and order.quantity is None:
        return {"notional": format_decimal(order.notional)}
    return {} if order.quantity is None else {"qty": format_decimal(order.quantity)}


def _prices(
    limit: Decimal | None, stop: Decimal | None, trail: Decimal | None, trail_percent: Decimal | None
) -> dict[str, str]:
    named = {"limit_price": limit, "stop_price": stop, "trail_price": trail, "trail_percent": trail_percent}
    return {name: format_decimal(value) for name, value in named.items() if value is not None}


def _leg(leg: OrderLeg) -> Body:
    return {
        "symbol": leg.instrument.symbol,
        "ratio_qty": format_decimal(leg.ratio),
        "side": "buy" if leg.side.sign > 0 else "sell",
        "position_intent": _INTENTS[leg.side],
    }


def _exits(first: Order, exits: Sequence[Order]) -> Body:
    """Return the exits of a group. An OCO order is its own take-profit, which Alpaca wants to be told again."""
    body: Body = {}
    if first.order_class is OrderClass.OCO and first.limit_price is not None:
        body["take_profit"] = {"limit_price": format_decimal(first.limit_price)}
    for order in exits:
        name = "take_profit" if order.role is LegRole.TAKE_PROFIT else "stop_loss"
        body[name] = _prices(order.limit_price, order.stop_price, None, None)
    return body


def unsendable(orders: Sequence[Order]) -> str:
    """Return why Alpaca could not carry out these orders as they are, or nothing."""
    for order in orders[1:]:
        if order.type is OrderType.TRAILING_STOP:
            return "Alpaca has no trailing stop as an exit of a group: set stop_loss.stop_price"
    if orders[0].order_class is OrderClass.MULTI_LEG and not 2 <= len(orders[0].legs) <= 4:
        return "Alpaca takes multi-leg orders of 2 to 4 legs"
    return ""


def replace_body(order: Order, terms: OrderTerms, client_order_id: str) -> Body:
    """Return the body of PATCH /v2/orders/{id}: only what changes."""
    body: Body = {"client_order_id": client_order_id}
    if terms.quantity is not None:
        body["qty"] = format_decimal(terms.quantity)
    if terms.time_in_force is not None:
        body["time_in_force"] = _TIMES[terms.time_in_force]
    body.update(_prices(terms.limit_price, terms.stop_price, None, None))
    # A trailing stop is replaced by one number, an amount or a percentage as the order has it (docs, PATCH order).
    trail = terms.trail_amount if terms.trail_amount is not None else terms.trail_percent
    if trail is not None:
        body["trail"] = format_decimal(trail)
    return body


def same_content(order: Order, found: wire.Order) -> bool:
    """Tell whether an order at Alpaca is the one that was asked for: its first generation, not what became of it."""
    buys = order.side.sign > 0
    multi = order.order_class is OrderClass.MULTI_LEG
    return (
        (multi or crypto_pair_of(found) == order.instrument.symbol)
        and (multi or (mapping.side_of(found.side).sign > 0) == buys)
        and mapping.type_of(found) is order.type
        and mapping.TIMES.get(found.time_in_force or "") is order.time_in_force
        and (found.qty == order.quantity if order.quantity is not None else found.notional == order.notional)
        and found.limit_price == order.limit_price
        and (order.type is OrderType.TRAILING_STOP or found.stop_price == order.stop_price)
        and found.trail_price == order.trail_amount
        and found.trail_percent == order.trail_percent
    )


def crypto_pair_of(found: wire.Order) -> str:
    """Return an order's symbol in our form."""
    symbol = found.symbol or ""
    return crypto_pair(symbol) if found.asset_class == "crypto" else symbol
