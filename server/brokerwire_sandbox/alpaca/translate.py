"""Alpaca's orders as the simulated exchange takes them."""

from decimal import Decimal

from brokerwire_sandbox.alpaca.records import OrderRecord
from brokerwire_sandbox.alpaca.requests import Terms
from brokerwire_sandbox.alpaca.state import ACCOUNT
from brokerwire_server.domain.orders import (
    LegRole,
    Order,
    OrderClass,
    OrderTerms,
    OrderType,
    Side,
    TimeInForce,
)

_TYPES = {
    "market": OrderType.MARKET,
    "limit": OrderType.LIMIT,
    "stop": OrderType.STOP,
    "stop_limit": OrderType.STOP_LIMIT,
    "trailing_stop": OrderType.TRAILING_STOP,
}
_DURATIONS = {
    "day": TimeInForce.DAY,
    "gtc": TimeInForce.GTC,
    "opg": TimeInForce.OPG,
    "cls": TimeInForce.CLS,
    "ioc": TimeInForce.IOC,
    "fok": TimeInForce.FOK,
}
_ROLES = {"take_profit": LegRole.TAKE_PROFIT, "stop_loss": LegRole.STOP_LOSS}


def exchange_side(side: str, intent: str) -> Side:
    """Return the exchange's side: it tells closing orders from opening ones."""
    closing = intent.endswith("_to_close")
    if side == "buy":
        return Side.BUY_TO_COVER if closing else Side.BUY
    return Side.SELL if closing else Side.SELL_SHORT


def exchange_order(record: OrderRecord, *, order_class: OrderClass = OrderClass.SIMPLE) -> Order:
    """Return one order; its client order id at the exchange is the record's chain."""
    if record.asset is None:
        raise ValueError("a multi-leg order has no counterpart at the exchange")
    terms = record.terms
    return Order(
        order_id=record.chain,
        account_id=ACCOUNT,
        client_order_id=record.chain,
        broker_client_order_id=record.chain,
        instrument=record.asset.instrument,
        side=exchange_side(record.side, record.intent),
        type=_TYPES[terms.type],
        time_in_force=_DURATIONS[terms.time_in_force],
        quantity=terms.quantity,
        notional=terms.notional,
        limit_price=terms.limit_price,
        stop_price=None if terms.type == "trailing_stop" else terms.stop_price,
        trail_amount=terms.trail_price,
        trail_percent=terms.trail_percent,
        extended_hours=terms.extended_hours,
        order_class=order_class,
        role=_ROLES.get(record.role, LegRole.NONE) if order_class is OrderClass.OCO else LegRole.NONE,
    )


def exchange_exits(parent: OrderRecord, legs: list[OrderRecord]) -> list[Order]:
    """Return exits as one group, take-profit first, or as a single order where there is but one."""
    if len(legs) < 2:
        return [exchange_order(leg) for leg in legs]
    ordered = sorted(legs, key=lambda leg: leg.role != "take_profit")
    return [exchange_order(leg, order_class=OrderClass.OCO) for leg in ordered]


def new_terms(record: OrderRecord, terms: Terms, on_top_of: Decimal) -> OrderTerms:
    """Return what a replace changes at the exchange; the new quantity is on top of what `on_top_of` says is filled."""
    old = record.terms
    quantity = terms.quantity if terms.quantity != old.quantity or on_top_of else None
    if quantity is not None:
        quantity += on_top_of
    trailing = terms.type == "trailing_stop"
    return OrderTerms(
        quantity=quantity,
        limit_price=terms.limit_price if terms.limit_price != old.limit_price else None,
        stop_price=terms.stop_price if terms.stop_price != old.stop_price and not trailing else None,
        trail_amount=terms.trail_price if terms.trail_price != old.trail_price else None,
        trail_percent=terms.trail_percent if terms.trail_percent != old.trail_percent else None,
        time_in_force=_DURATIONS[terms.time_in_force] if terms.time_in_force != old.time_in_force else None,
    )
