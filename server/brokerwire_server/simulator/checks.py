"""What the exchange refuses, and why: the shape of orders, the hours, positions and buying power."""

from collections.abc import Sequence
from decimal import Decimal

from msgspec import Struct

from brokerwire_server.domain.accounts import AccountStatus
from brokerwire_server.domain.decimals import ONE, ZERO, format_decimal
from brokerwire_server.domain.instruments import InstrumentDetails
from brokerwire_server.domain.market import Session
from brokerwire_server.domain.orders import LegRole, Order, OrderClass, OrderType, Side, StateReason, TimeInForce
from brokerwire_server.simulator.book import Book
from brokerwire_server.simulator.core import Core
from brokerwire_server.simulator.ledger import Ledger
from brokerwire_server.simulator.working import EXIT_ROLES

_RESTING = (TimeInForce.DAY, TimeInForce.GTC)
_IMMEDIATE = (TimeInForce.IOC, TimeInForce.FOK)
_AUCTION = (TimeInForce.OPG, TimeInForce.CLS)
_STOPS = (OrderType.STOP, OrderType.STOP_LIMIT, OrderType.TRAILING_STOP)
_EXIT_SIDE = {Side.BUY: Side.SELL, Side.SELL_SHORT: Side.BUY_TO_COVER}
_GROUPS = {
    OrderClass.BRACKET: (LegRole.ENTRY, LegRole.TAKE_PROFIT, LegRole.STOP_LOSS),
    OrderClass.OCO: (LegRole.TAKE_PROFIT, LegRole.STOP_LOSS),
}


class Refusal(Struct, frozen=True):
    """Why an order is not taken, in words for its owner."""

    reason: StateReason
    message: str


def check_order(core: Core, order: Order) -> Refusal | None:
    """Return what is wrong with one order by itself, if anything."""
    ledger = core.ledgers.get(order.account_id)
    if ledger is None or ledger.account.status is not AccountStatus.ACTIVE:
        return Refusal(StateReason.BROKER, f"account {order.account_id} is not open for trading")
    book = core.books.get(order.instrument.symbol)
    if book is None or not book.details.tradable:
        message = f"{order.instrument.symbol} is not an instrument of this simulation"
        return Refusal(StateReason.INSTRUMENT_NOT_TRADABLE, message)
    if order.instrument.asset_class is not book.details.instrument.asset_class or order.legs:
        return Refusal(StateReason.INSTRUMENT_NOT_TRADABLE, "the simulator trades single equities and ETFs only")
    return (
        check_quantity(core, order)
        or check_prices(core, book.details, order)
        or _check_duration(core, book, order, order.time_in_force)
    )


def check_quantity(core: Core, order: Order) -> Refusal | None:
    """Check quantity or notional against increment and bounds."""
    rules, quantity = core.rules, order.quantity
    if quantity is not None:
        if not rules.minimum_quantity <= quantity <= rules.maximum_quantity:
            bounds = f"{format_decimal(rules.minimum_quantity)} to {format_decimal(rules.maximum_quantity)}"
            return Refusal(StateReason.QUANTITY_INVALID, f"the quantity must be {bounds}")
        if quantity % rules.quantity_increment:
            increment = format_decimal(rules.quantity_increment)
            return Refusal(StateReason.QUANTITY_INVALID, f"the quantity must be a multiple of {increment}")
        return None
    return None if order.role in EXIT_ROLES else _check_notional(core, order)


def check_prices(core: Core, details: InstrumentDetails, order: Order) -> Refusal | None:
    """Check that the order has the prices that its type needs, each positive and on a tick."""
    kind = order.type
    if kind is OrderType.TRAILING_STOP:
        refusal = _check_trail(core, order)
        if refusal is not None:
            return refusal
    elif kind is not OrderType.MARKET:
        needs_limit, needs_stop = kind is not OrderType.STOP, kind is not OrderType.LIMIT
        if (needs_limit and order.limit_price is None) or (needs_stop and order.stop_price is None):
            needed = " and ".join(["a limit price"] * needs_limit + ["a stop price"] * needs_stop)
            return Refusal(StateReason.PRICE_INVALID, f"a {kind} order needs {needed}")
    for price in (order.limit_price, order.stop_price):
        if price is None:
            continue
        if not ZERO < price <= core.rules.maximum_price:
            return Refusal(StateReason.PRICE_INVALID, f"{price} is not a positive price")
        tick = details.tick_at(price)
        if price % tick:
            return Refusal(StateReason.PRICE_INVALID, f"{price} is not a multiple of the tick size {tick}")
    return None


def _check_notional(core: Core, order: Order) -> Refusal | None:
    amount, message = order.notional, ""
    if amount is None or not ONE <= amount <= core.rules.maximum_price:
        message = "a quantity, or a notional amount of at least 1, is needed"
    elif order.type not in (OrderType.MARKET, OrderType.LIMIT) or order.time_in_force in _AUCTION:
        message = "notional goes with MARKET and LIMIT orders outside auctions only"
    elif order.time_in_force is TimeInForce.FOK or order.side is Side.SELL_SHORT:
        message = "notional goes neither with FOK nor with short sales"
    return Refusal(StateReason.QUANTITY_INVALID, message) if message else None


def _check_trail(core: Core, order: Order) -> Refusal | None:
    amount, percent, message = order.trail_amount, order.trail_percent, ""
    if (amount is None) == (percent is None):
        message = "a trailing stop needs either an amount or a percentage"
    elif percent is not None and not ZERO < percent < 100:
        message = "the trailing percentage must be between 0 and 100"
    elif amount is not None and not ZERO < amount <= core.rules.maximum_price:
        message = "the trailing amount must be positive"
    return Refusal(StateReason.PRICE_INVALID, message) if message else None


def _check_duration(core: Core, book: Book, order: Order, tif: TimeInForce) -> Refusal | None:
    resting = tif is TimeInForce.DAY or tif is TimeInForce.GTC
    if order.extended_hours and not (resting and order.type is OrderType.LIMIT):
        return Refusal(StateReason.MARKET_CLOSED, "only LIMIT orders with DAY or GTC trade in extended hours")
    if resting:
        return None
    if order.type in _STOPS:
        return Refusal(StateReason.BROKER, f"{order.type} orders are DAY or GTC")
    if tif in _IMMEDIATE and core.session is not Session.REGULAR and not book.continuous:
        return Refusal(StateReason.MARKET_CLOSED, f"{tif} orders are taken only while the market is open")
    if tif is TimeInForce.OPG and core.session is Session.REGULAR and not core.calendar.continuous:
        return Refusal(StateReason.MARKET_CLOSED, "the opening auction is over; OPG orders are taken from the close on")
    return None


def check_group(orders: Sequence[Order]) -> Refusal | None:
    """Check that the orders make a whole group whose exits close what its entry opens."""
    first = orders[0]
    roles = tuple(order.role for order in orders)
    expected = _GROUPS.get(first.order_class)
    if first.order_class is OrderClass.OTO:
        whole = len(roles) == 2 and roles[0] is LegRole.ENTRY and roles[1] in EXIT_ROLES
    else:
        whole = roles == expected
    if not whole:
        return Refusal(StateReason.BROKER, f"the orders are not a {first.order_class} group, entry first")
    if any(o.time_in_force not in _RESTING or o.extended_hours for o in orders):
        return Refusal(StateReason.BROKER, f"{first.order_class} orders are DAY or GTC, in regular hours")
    if len({(o.account_id, o.instrument.symbol) for o in orders}) != 1:
        return Refusal(StateReason.BROKER, "the orders of a group are for one account and one instrument")
    exits = [order for order in orders if order.role in EXIT_ROLES]
    side = exits[0].side if roles[0] is not LegRole.ENTRY else _EXIT_SIDE.get(first.side)
    if side not in _EXIT_SIDE.values() or any(order.side is not side for order in exits):
        return Refusal(StateReason.BROKER, f"the exits of a {first.side} entry must close what it opens")
    if any(order.quantity != first.quantity for order in exits if order.quantity is not None):
        return Refusal(StateReason.QUANTITY_INVALID, "all orders of a group have the same quantity")
    return _check_exits(exits, selling=side is Side.SELL)


def _check_exits(exits: Sequence[Order], *, selling: bool) -> Refusal | None:
    profit = next((o.limit_price for o in exits if o.role is LegRole.TAKE_PROFIT), None)
    loss = next((o.stop_price for o in exits if o.role is LegRole.STOP_LOSS), None)
    for order in exits:
        right = OrderType.LIMIT if order.role is LegRole.TAKE_PROFIT else None
        if (right is None and order.type not in _STOPS) or (right is not None and order.type is not right):
            return Refusal(StateReason.BROKER, "a take-profit is a LIMIT order, a stop-loss any kind of stop")
    if profit is not None and loss is not None and (profit <= loss if selling else profit >= loss):
        place = "above" if selling else "below"
        return Refusal(StateReason.PRICE_INVALID, f"the take-profit must be {place} the stop-loss")
    return None


def check_means(
    core: Core, order: Order, unit: Decimal | None, needed: Decimal, freed: Decimal = ZERO
) -> Refusal | None:
    """Check position or buying power. `unit` is the reservation per unit, `None` where no price is known.

    `freed` is what the order itself holds already (on a replace).
    """
    ledger, symbol = core.ledgers[order.account_id], order.instrument.symbol
    if order.side is Side.SELL or order.side is Side.BUY_TO_COVER:
        return _check_closing(ledger, order, needed, freed)
    if unit is None:
        return Refusal(StateReason.PRICE_INVALID, f"no price of {symbol} is known, so the order can't be valued")
    if order.side is Side.SELL_SHORT:
        refusal = _check_short(core, ledger, symbol)
        if refusal is not None:
            return refusal
    available = ledger.buying_power(core.quotes) + freed
    if needed > available:
        message = f"buying power: {_money(needed)} needed, {_money(available)} available"
        return Refusal(StateReason.INSUFFICIENT_BUYING_POWER, message)
    return None


def opening_unit(core: Core, book: Book, order: Order) -> Decimal | None:
    """Return the buying power that one unit of an opening order needs; `None` where no price is known.

    A limit price counts as it is (short sales: the ask, where it is higher); other orders are valued at the ask, or the
    stop where it is higher, plus the market buffer.
    """
    quote = book.quote
    ask = ZERO if quote is None else quote.ask or quote.last or quote.bid
    limit = order.limit_price if order.type in (OrderType.LIMIT, OrderType.STOP_LIMIT) else None
    short = order.side is Side.SELL_SHORT
    if limit is not None:
        price = max(limit, ask) if short else limit
    else:
        price = max(ask, ZERO if short else order.stop_price or ZERO)
        if not short and order.type is OrderType.TRAILING_STOP:
            price += order.trail_amount or price * (order.trail_percent or ZERO) / 100
        price += price * core.rules.market_buffer
    if price <= 0:
        return None
    ledger = core.ledgers[order.account_id]
    rate = ledger.short_rate * ledger.multiplier if short else ONE
    return price * order.instrument.multiplier * rate


def _check_closing(ledger: Ledger, order: Order, needed: Decimal, freed: Decimal) -> Refusal | None:
    buying = order.side is Side.BUY_TO_COVER
    symbol = order.instrument.symbol
    available = ledger.closable(symbol, buying=buying) + freed
    if needed <= available and available > 0:
        return None
    held = ledger.held(symbol)
    text = f"{order.side} {format_decimal(needed)} {symbol}: {format_decimal(available)} available"
    text += f" (position {format_decimal(held)}, {format_decimal(ledger.closing.get(symbol, ZERO))} in closing orders)"
    return Refusal(StateReason.INSUFFICIENT_POSITION, text)


def _check_short(core: Core, ledger: Ledger, symbol: str) -> Refusal | None:
    if not ledger.margin or not ledger.account.can_short:
        return Refusal(StateReason.NOT_SHORTABLE, "short sales need a margin account that allows them")
    if not core.books[symbol].details.shortable:
        return Refusal(StateReason.NOT_SHORTABLE, f"{symbol} can't be borrowed")
    held = ledger.held(symbol)
    if held > 0:
        message = f"{format_decimal(held)} {symbol} are held: SELL them first, a short sale begins from nothing"
        return Refusal(StateReason.INSUFFICIENT_POSITION, message)
    return None


def _money(amount: Decimal) -> str:
    return f"{amount:,.2f}"
