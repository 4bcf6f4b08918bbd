"""Changing an open order in place.

The order keeps its id. It keeps its time priority only where nothing but its quantity changes, and that downwards.
"""

from decimal import Decimal

import msgspec

from brokerwire_server.domain.decimals import ZERO
from brokerwire_server.domain.orders import Order, OrderTerms, OrderType, StateReason, TimeInForce
from brokerwire_server.simulator.checks import Refusal, check_means, check_prices, check_quantity, opening_unit
from brokerwire_server.simulator.core import Core
from brokerwire_server.simulator.matching import match, trailing_stop
from brokerwire_server.simulator.working import Working

_RESTING = (TimeInForce.DAY, TimeInForce.GTC)


def change_terms(core: Core, order: Working, terms: OrderTerms, action_id: str) -> Refusal | None:
    """Check and apply new terms, report them, and match again. Refused whole, with nothing changed."""
    wanted = _as_wanted(order, terms)
    refusal = _check_change(order, terms) or check_quantity(core, wanted)
    refusal = refusal or check_prices(core, core.books[order.symbol].details, wanted)
    refusal = refusal or _check_means(core, order, wanted)
    if refusal is not None:
        return refusal
    _apply(core, order, terms, wanted)
    core.restate_terms(order, action_id)
    if order.group is not None and order is order.group.entry and terms.quantity is not None:
        _size_exits(core, order, terms.quantity)
    core.reserve(order)
    book = core.books[order.symbol]
    if book.quote is not None and book.concerned(book.quote):
        match(core, book)
    return None


def _as_wanted(order: Working, terms: OrderTerms) -> Order:
    trail_changed = terms.trail_amount is not None or terms.trail_percent is not None
    return msgspec.structs.replace(
        order.order,
        quantity=order.quantity if terms.quantity is None else terms.quantity,
        limit_price=order.limit if terms.limit_price is None else terms.limit_price,
        stop_price=order.stop if terms.stop_price is None else terms.stop_price,
        trail_amount=terms.trail_amount if trail_changed else order.trail_amount,
        trail_percent=terms.trail_percent if trail_changed else order.trail_percent,
        time_in_force=terms.time_in_force or order.time_in_force,
    )


def _check_change(order: Working, terms: OrderTerms) -> Refusal | None:
    refusal = _check_quantity_change(order, terms.quantity)
    if refusal is not None:
        return refusal
    tif = terms.time_in_force
    if tif is not None and (tif not in _RESTING or order.time_in_force not in _RESTING):
        return Refusal(StateReason.BROKER, "only DAY and GTC can be exchanged for each other")
    if terms.limit_price is not None and not order.priced:
        return Refusal(StateReason.PRICE_INVALID, f"a {order.type} order has no limit price")
    if terms.stop_price is not None and (order.type not in (OrderType.STOP, OrderType.STOP_LIMIT) or order.triggered):
        return Refusal(StateReason.PRICE_INVALID, "the order has no stop price to replace, or was triggered")
    return _check_trail_change(order, terms)


def _check_trail_change(order: Working, terms: OrderTerms) -> Refusal | None:
    if terms.trail_amount is None and terms.trail_percent is None:
        return None
    if order.type is not OrderType.TRAILING_STOP or order.triggered:
        return Refusal(StateReason.PRICE_INVALID, "the order has no trail to replace, or was triggered")
    if (terms.trail_amount is None) != (order.trail_amount is None):
        return Refusal(StateReason.PRICE_INVALID, "a trailing amount and a percentage can't take each other's place")
    return None


def _check_quantity_change(order: Working, quantity: Decimal | None) -> Refusal | None:
    if quantity is None:
        return None
    if order.is_exit:
        return Refusal(StateReason.QUANTITY_INVALID, "the quantity of an exit follows its group")
    if order.notional is not None:
        return Refusal(StateReason.QUANTITY_INVALID, "the quantity of a notional order can't be replaced")
    if quantity <= order.filled:
        message = f"{order.filled} are filled already: the new total must be more (or cancel the order)"
        return Refusal(StateReason.QUANTITY_INVALID, message)
    return None


def _check_means(core: Core, order: Working, wanted: Order) -> Refusal | None:
    if order.is_exit:
        return None
    if order.closing:
        rest = (wanted.quantity or ZERO) - order.filled
        return None if wanted.quantity is None else check_means(core, wanted, None, rest, order.reserved)
    unit = opening_unit(core, core.books[order.symbol], wanted)
    if wanted.quantity is None:
        return None
    needed = (wanted.quantity - order.filled) * (unit or ZERO)
    return None if needed <= order.reserved else check_means(core, wanted, unit, needed, order.reserved)


def _apply(core: Core, order: Working, terms: OrderTerms, wanted: Order) -> None:
    book = core.books[order.symbol]
    resting = order.lane is not None
    shrinks = terms.quantity is None or order.quantity is None or terms.quantity <= order.quantity
    only_quantity = msgspec.structs.replace(terms, quantity=None, time_in_force=None) == OrderTerms()
    order.quantity = wanted.quantity
    order.limit, order.stop = wanted.limit_price, wanted.stop_price
    order.trail_amount, order.trail_percent = wanted.trail_amount, wanted.trail_percent
    order.time_in_force = wanted.time_in_force
    if order.watermark is not None and not order.triggered:
        order.stop = trailing_stop(order, order.watermark, book.details.tick_at(order.watermark))
    if not order.closing:
        order.unit = opening_unit(core, book, wanted) or order.unit
    if resting and not (only_quantity and shrinks):
        book.lift(order)
        order.sequence = core.next_sequence()
        book.rest(order)


def _size_exits(core: Core, entry: Working, quantity: Decimal) -> None:
    group = entry.group
    if group is None:
        return
    group.size = quantity
    for order in group.exits:
        if order.open and order.quantity is not None:
            order.quantity = quantity
            core.restate_terms(order)
