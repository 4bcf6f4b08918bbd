"""Estimates of orders before they are sent."""

from collections.abc import Sequence
from decimal import Decimal

from brokerwire_server.brokers.base import Preview
from brokerwire_server.domain.decimals import ZERO
from brokerwire_server.domain.market import Quote, Session
from brokerwire_server.domain.orders import Order, OrderType, Side, StateReason
from brokerwire_server.simulator import Exchange


def make_preview(exchange: Exchange, orders: Sequence[Order]) -> Preview:
    """Estimate the first of `orders`; a group's exits cost nothing, for only one of them closes what was opened.

    `cost` is signed: what the account pays (a sale: minus what it gets), before commission. The effect on buying power
    is what the order would reserve while it works; a closing order reserves units, so its effect is 0.
    """
    order = orders[0]
    ledger = exchange.ledger(order.account_id)
    before = ZERO if ledger is None else exchange.account_state(order.account_id).balances.buying_power
    refusal = exchange.check(orders)
    quote = exchange.quote(order.instrument.symbol)
    price = _price(order, quote)
    value = _value(order, price)
    quantity = order.quantity if order.quantity is not None else (value / price if price else ZERO)
    opening = order.side in (Side.BUY, Side.SELL_SHORT)
    reserved = ZERO
    if opening and ledger is not None and exchange.instrument(order.instrument.symbol) is not None:
        reserved = exchange.requirement(order)[1]
    return Preview(
        price=price,
        cost=value * order.side.sign,
        commission=exchange.rules.commission.total(quantity, value),
        buying_power_before=before,
        buying_power_effect=-reserved,
        warnings=tuple(_warnings(exchange, order, quote)),
        refusal=StateReason.NONE if refusal is None else refusal.reason,
        refusal_message="" if refusal is None else refusal.message,
    )


def _price(order: Order, quote: Quote | None) -> Decimal | None:
    if order.type in (OrderType.LIMIT, OrderType.STOP_LIMIT) and order.limit_price is not None:
        return order.limit_price
    if order.type is OrderType.STOP and order.stop_price is not None:
        return order.stop_price
    if quote is None:
        return None
    return (quote.ask if order.side.sign > 0 else quote.bid) or quote.mark


def _value(order: Order, price: Decimal | None) -> Decimal:
    if order.quantity is None:
        return order.notional or ZERO
    return order.quantity * (price or ZERO) * order.instrument.multiplier


def _warnings(exchange: Exchange, order: Order, quote: Quote | None) -> list[str]:
    found = []
    if quote is None:
        found.append(f"no quote of {order.instrument.symbol} is known yet")
    elif order.type is OrderType.MARKET and order.quantity is not None:
        size = quote.ask_size if order.side.sign > 0 else quote.bid_size
        if order.quantity > size:
            found.append(f"only {size} are displayed: the rest would wait for the next quotes")
    if exchange.session is not Session.REGULAR and not order.extended_hours:
        found.append("the market is closed: the order would wait for the open")
    return found
