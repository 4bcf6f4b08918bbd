"""Estimates of orders, made here: Alpaca has no preview, so nothing is sent."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from brokerwire_server.brokers.base import Preview
from brokerwire_server.domain.accounts import Balances
from brokerwire_server.domain.decimals import ZERO, divide, format_decimal
from brokerwire_server.domain.instruments import AssetClass
from brokerwire_server.domain.market import Quote
from brokerwire_server.domain.orders import Order, OrderClass, OrderType, Side, StateReason

_SHORT_MARGIN = Decimal("1.03")
"""A short sale is checked at 3 % above the ask (docs, margin and short selling)."""

_CRYPTO_FEE = Decimal("0.0025")
"""The highest tier's taker fee (docs, crypto fees)."""


def make_preview(
    orders: Sequence[Order], balances: Balances, held: Mapping[str, Decimal], quote: Quote | None
) -> Preview:
    """Estimate the first of `orders`: a group's exits close what it opens. `held` are signed quantities by symbol.

    `cost` is what the account pays, before commission (a sale: minus what it gets).
    """
    order = orders[0]
    price = _price(order, quote)
    quantity = order.quantity
    if quantity is None:
        quantity = divide(order.notional or ZERO, price) if price else ZERO
    value = order.notional if order.notional is not None else quantity * (price or ZERO) * order.instrument.multiplier
    effect = _effect(order, value)
    refusal, words = _refusal(order, quantity, effect, balances, held)
    crypto = order.instrument.asset_class is AssetClass.CRYPTO
    return Preview(
        price=price,
        cost=value * order.side.sign,
        commission=value * _CRYPTO_FEE if crypto else ZERO,
        buying_power_before=balances.buying_power,
        buying_power_effect=effect,
        warnings=tuple(_warnings(order, price)),
        refusal=refusal,
        refusal_message=words,
    )


def _price(order: Order, quote: Quote | None) -> Decimal | None:
    if order.type in (OrderType.LIMIT, OrderType.STOP_LIMIT) and order.limit_price is not None:
        return order.limit_price
    if order.type is OrderType.STOP and order.stop_price is not None:
        return order.stop_price
    if quote is None:
        return None
    return (quote.ask if order.side.sign > 0 else quote.bid) or quote.mark


def _effect(order: Order, value: Decimal) -> Decimal:
    match order.side:
        case Side.BUY:
            return -value
        case Side.SELL_SHORT:
            return -value * _SHORT_MARGIN
    return ZERO


def _refusal(
    order: Order, quantity: Decimal, effect: Decimal, balances: Balances, held: Mapping[str, Decimal]
) -> tuple[StateReason, str]:
    if -effect > balances.buying_power:
        have = format_decimal(balances.buying_power)
        return StateReason.INSUFFICIENT_BUYING_POWER, f"needs {format_decimal(-effect)}, buying power is {have}"
    position = held.get(order.instrument.symbol, ZERO)
    closes = order.side in (Side.SELL, Side.BUY_TO_COVER) and order.order_class is not OrderClass.MULTI_LEG
    if closes and quantity > max(position * -order.side.sign, ZERO):
        return StateReason.INSUFFICIENT_POSITION, f"closes {format_decimal(quantity)}, held {format_decimal(position)}"
    return StateReason.NONE, ""


def _warnings(order: Order, price: Decimal | None) -> list[str]:
    found = ["an estimate of the gateway: Alpaca has no preview and may reckon otherwise"]
    if price is None:
        found.append(f"no price of {order.instrument.symbol} is known: cost and effect are 0 here")
    if order.order_class is OrderClass.MULTI_LEG:
        found.append("the margin of a multi-leg order depends on its legs: Alpaca alone reckons it")
    return found
