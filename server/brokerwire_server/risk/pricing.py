"""What an order is worth at worst, where its limit does not say: at the edge of the collar."""

from decimal import Decimal

from msgspec.structs import replace

from brokerwire_server.domain.decimals import HUNDRED, ZERO
from brokerwire_server.domain.market import Quote
from brokerwire_server.domain.orders import Order, OrderType
from brokerwire_server.risk.limits import Limits
from brokerwire_server.risk.rules.size import collar_width
from brokerwire_server.risk.shares import LIMITED, cost_of, unit_price

Quotes = dict[str, Quote | None]


def valued(order: Order, quotes: Quotes, limits: Limits, *, extended: bool) -> Order:
    """Return an order with the worst price of a unit, as far as quotes tell: what it says itself is never lowered."""
    if order.legs:
        legs = tuple(replace(leg, worst_price=_highest(quotes.get(leg.instrument.symbol))) for leg in order.legs)
        return replace(order, legs=legs)
    price = worst_price(order, quotes.get(order.instrument.symbol), limits, extended=extended)
    if price is None or (order.worst_price is not None and order.worst_price >= price):
        return order
    return replace(order, worst_price=price)


def worst_price(order: Order, quote: Quote | None, limits: Limits, *, extended: bool) -> Decimal | None:
    """Return the most that a unit may be worth, `None` where neither the order nor a quote tells."""
    market = _highest(quote)
    if order.type in LIMITED:
        return None if order.side.sign > 0 else market
    reference = market
    if order.type is OrderType.STOP and order.stop_price is not None:
        reference = max(order.stop_price, market or ZERO) if order.side.sign > 0 else order.stop_price
    elif order.type is OrderType.TRAILING_STOP and market is not None and order.side.sign > 0:
        reference = market + (order.trail_amount or market * (order.trail_percent or ZERO) / HUNDRED)
    if reference is None:
        return None
    return reference + (collar_width(limits, order.instrument.asset_class, reference, extended=extended) or ZERO)


def _highest(quote: Quote | None) -> Decimal | None:
    return None if quote is None else max(quote.ask, quote.bid, quote.last) or None


def value_of(order: Order) -> Decimal | None:
    """Return what the whole order is worth at worst, in money; `None` where nothing values it."""
    if order.legs:
        priced = order.limit_price is not None or all(leg.worst_price is not None for leg in order.legs)
        return cost_of(order) if priced else None
    if order.quantity is None:
        return order.notional
    price = unit_price(order)
    return None if price is None else order.quantity * price * order.instrument.multiplier


def units_of(order: Order) -> Decimal | None:
    """Return how many units an order is about, `None` where it is sized by money and nothing values a unit."""
    if order.quantity is not None or order.notional is None:
        return order.quantity
    price = unit_price(order)
    return order.notional / (price * order.instrument.multiplier) if price else None
