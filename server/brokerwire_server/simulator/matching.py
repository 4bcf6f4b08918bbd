"""Matching: stops trigger, trails follow, and orders meet the displayed quote in price-time priority.

A taker gets the displayed price (worse by the configured slippage, never beyond its limit); an order that rested with
a limit gets the displayed price that reached it. Nobody gets a better price than the displayed one, and all orders
together never more than the displayed size, until the next quote shows a new one.
"""

from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from brokerwire_server.domain.decimals import HUNDRED, ZERO
from brokerwire_server.domain.fills import Liquidity
from brokerwire_server.domain.market import Session
from brokerwire_server.domain.orders import OrderState, StateReason
from brokerwire_server.domain.reports import RestatedReport, TriggeredReport
from brokerwire_server.simulator import groups
from brokerwire_server.simulator.book import Book
from brokerwire_server.simulator.core import Core
from brokerwire_server.simulator.working import Key, Working


def match(core: Core, book: Book) -> None:
    """Do everything that the book's present quote brings about."""
    if book.quote is None or (core.session is Session.CLOSED and not book.continuous):
        return
    while True:
        book.dirty = False
        if core.session is Session.REGULAR or book.continuous:
            if book.auction_due:
                book.auction_due = False
                auction(core, book, book.opening, "the opening auction left a rest")
            _trigger_stops(core, book, book.buy_stops, buying=True)
            _trigger_stops(core, book, book.sell_stops, buying=False)
            for key in list(book.trails):
                if key[2].open and core.eligible(key[2]):
                    _trail(core, book, key[2])
        _take(core, book, buying=True)
        _take(core, book, buying=False)
        if not book.dirty:
            return


def auction(core: Core, book: Book, lane: list[Key], message: str) -> None:
    """Execute an auction's orders at the displayed quote; what is left of them expires."""
    for order in book.auction(lane):
        if order.open and _acceptable(book, order):
            _fill(core, book, order, in_auction=True)
        if order.open:
            core.end(order, OrderState.EXPIRED, StateReason.TIME_IN_FORCE_EXPIRED, message)


def fillable_at_once(core: Core, book: Book, order: Working) -> bool:
    """Tell whether the displayed size fills the order completely now (for FOK)."""
    _, left = book.opposite(buying=order.buying)
    if not _acceptable(book, order) or left < order.remaining:
        return False
    held = core.ledgers[order.account_id].held(order.symbol)
    return not order.closing or (-held if order.buying else held) >= order.remaining


def trailing_stop(order: Working, watermark: Decimal, tick: Decimal) -> Decimal:
    """Return the stop price of a trailing stop at a watermark, rounded to a tick away from the market."""
    distance = order.trail_amount
    if distance is None:
        distance = watermark * (order.trail_percent or ZERO) / HUNDRED
    raw = watermark + distance if order.buying else watermark - distance
    return max((raw / tick).to_integral_value(ROUND_CEILING if order.buying else ROUND_FLOOR) * tick, tick)


def _take(core: Core, book: Book, *, buying: bool) -> None:
    price, left = book.opposite(buying=buying)
    if price <= 0 or left <= 0:
        return
    for order in book.takers(price, buying=buying):
        if order.open and core.eligible(order):
            _fill(core, book, order)
            if book.opposite(buying=buying)[1] <= 0:
                return


def _acceptable(book: Book, order: Working) -> bool:
    price, left = book.opposite(buying=order.buying)
    if price <= 0 or left <= 0:
        return False
    if not order.priced or order.limit is None:
        return True
    return order.limit >= price if order.buying else order.limit <= price


def _fill(core: Core, book: Book, order: Working, *, in_auction: bool = False) -> None:
    price, left = book.opposite(buying=order.buying)
    taker = not order.priced or order.placed_at_quote == book.quote_count
    liquidity = Liquidity.AUCTION if in_auction else Liquidity.TAKER if taker else Liquidity.MAKER
    if liquidity is Liquidity.TAKER:
        limit = order.limit if order.priced else None
        price = core.rules.slippage.price(price, limit, book.details.tick_at(price), buying=order.buying)
    if order.quantity is None and not _size(core, order, price):
        return
    quantity = order.remaining
    if left < quantity:
        excess = left % core.rules.quantity_increment
        quantity = left - excess if excess else left
    if order.closing:
        quantity = min(quantity, _held(core, order))
    if quantity > 0:
        if order.is_exit and order.group is not None:
            groups.before_exit(core, order.group)
        book.consume(quantity, buying=order.buying)
        core.execute(order, quantity, price, liquidity)


def _held(core: Core, order: Working) -> Decimal:
    """Return what the closing order may close; without any, it ends: it never turns a position around."""
    held = core.ledgers[order.account_id].held(order.symbol)
    held = -held if order.buying else held
    if held <= 0 and order.remaining > 0:
        reason = StateReason.INSUFFICIENT_POSITION
        core.end(order, OrderState.CANCELED, reason, f"nothing is left of the position in {order.symbol} to close")
    return max(held, ZERO)


def _size(core: Core, order: Working, price: Decimal) -> bool:
    """Give a notional order its quantity at its first execution price, rounded down to the increment."""
    increment = core.rules.quantity_increment
    units = (order.notional or ZERO) / (price * order.multiplier)
    quantity = (units / increment).to_integral_value(ROUND_FLOOR) * increment
    if quantity < core.rules.minimum_quantity:
        message = f"{order.notional} buys less than {core.rules.minimum_quantity} at {price}"
        core.end(order, OrderState.CANCELED, StateReason.QUANTITY_INVALID, message)
        return False
    order.quantity = quantity
    if not order.closing:
        order.unit = price * order.multiplier
    core.status(order, OrderState.WORKING, quantity=quantity)
    core.reserve(order)
    return True


def _trigger_stops(core: Core, book: Book, lane: list[Key], *, buying: bool) -> None:
    price = book.trigger_price(buying=buying)
    if price <= 0:
        return
    for key in list(lane):
        order = key[2]
        if order.stop is None or (order.stop > price if buying else order.stop < price):
            return
        if order.open and core.eligible(order):
            _trigger(core, book, order)


def _trail(core: Core, book: Book, order: Working) -> None:
    price = book.trigger_price(buying=order.buying)
    if price <= 0:
        return
    best = order.watermark
    if best is None or (price < best if order.buying else price > best):
        order.watermark = price
        stop = trailing_stop(order, price, book.details.tick_at(price))
        if stop != order.stop:
            order.stop = stop
            core.emit(
                RestatedReport(
                    account_id=order.account_id,
                    broker_client_order_id=order.id,
                    broker_order_id=order.broker_order_id,
                    time=core.stamp(order),
                    stop_price=stop,
                )
            )
    elif order.stop is not None and (price >= order.stop if order.buying else price <= order.stop):
        _trigger(core, book, order)


def _trigger(core: Core, book: Book, order: Working) -> None:
    if order.is_exit and order.group is not None:
        groups.before_exit(core, order.group)
    book.lift(order)
    order.triggered = True
    order.sequence = core.next_sequence()
    core.emit(
        TriggeredReport(
            account_id=order.account_id,
            broker_client_order_id=order.id,
            broker_order_id=order.broker_order_id,
            time=core.stamp(order),
        )
    )
    book.rest(order)
