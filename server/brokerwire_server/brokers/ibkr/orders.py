"""Our orders in the broker's terms: always whole, and never made from its echo, which is not what was sent."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from brokerwire_server.brokers.ibkr import library
from brokerwire_server.domain.decimals import ONE, ZERO, is_multiple
from brokerwire_server.domain.orders import Order, OrderClass, OrderType, TimeInForce

_TYPES = {
    OrderType.MARKET: "MKT",
    OrderType.LIMIT: "LMT",
    OrderType.STOP: "STP",
    OrderType.STOP_LIMIT: "STP LMT",
    OrderType.TRAILING_STOP: "TRAIL",
}
_AT_THE_CLOSE = {OrderType.MARKET: "MOC", OrderType.LIMIT: "LOC"}

OCA_REDUCE = 2
"""How the orders of a group act on each other: the others are reduced by what one fills, and never overfill."""


def order_of(
    order: Order,
    account: str,
    *,
    parent_id: int = 0,
    transmit: bool = True,
    oca_group: str = "",
    what_if: bool = False,
) -> Any:  # noqa: ANN401
    """Return an order as it is to be sent, with everything that the broker would else fill in from its presets."""
    made = library.Order(
        action="BUY" if order.legs or order.side.sign > 0 else "SELL",
        orderType=_type(order),
        tif=_tif(order),
        account=account,
        orderRef=order.broker_client_order_id,
        outsideRth=order.extended_hours,
        transmit=transmit,
        parentId=parent_id,
        whatIf=what_if,
        totalQuantity=order.quantity if order.quantity is not None else ZERO,
    )
    if oca_group:
        made.ocaGroup, made.ocaType = oca_group, OCA_REDUCE
    if order.notional is not None and order.quantity is None:
        made.cashQty = order.notional
    _set_prices(made, order)
    return made


def oca_group_of(orders: Sequence[Order]) -> str:
    """Return the name of the group that the orders of an OCO share, which is never used again."""
    return f"bw-{orders[0].broker_client_order_id}" if orders[0].order_class is OrderClass.OCO else ""


def combination(order: Order, legs: Sequence[Any]) -> Any:  # noqa: ANN401
    """Return the contract of a multi-leg order from those of its legs. Its price is net, below zero where received.

    Raises `ValueError` for a ratio that is not whole.
    """
    made = library.Contract(
        secType="BAG",
        symbol=_shared([leg.symbol for leg in legs]),
        currency=legs[0].currency,
        exchange=_shared([leg.exchange for leg in legs], "SMART"),
    )
    made.comboLegs = [
        library.ComboLeg(
            conId=contract.conId,
            ratio=_ratio(leg.ratio),
            action="BUY" if leg.side.sign > 0 else "SELL",
            exchange=contract.exchange,
        )
        for leg, contract in zip(order.legs, legs, strict=True)
    ]
    return made


def _shared(names: Sequence[str], otherwise: str = "") -> str:
    return names[0] if len(set(names)) == 1 else otherwise or ",".join(dict.fromkeys(names))


def _ratio(ratio: Decimal) -> int:
    if not is_multiple(ratio, ONE):
        raise ValueError(f"a leg's ratio must be whole, not {ratio}")
    return int(ratio)


def _type(order: Order) -> str:
    if order.time_in_force is TimeInForce.CLS and order.type in _AT_THE_CLOSE:
        return _AT_THE_CLOSE[order.type]
    return _TYPES[order.type]


def _tif(order: Order) -> str:
    return "DAY" if order.time_in_force is TimeInForce.CLS else order.time_in_force.value


def _set_prices(made: Any, order: Order) -> None:  # noqa: ANN401
    if order.type in (OrderType.LIMIT, OrderType.STOP_LIMIT):
        made.lmtPrice = order.limit_price
    if order.type in (OrderType.STOP, OrderType.STOP_LIMIT):
        made.auxPrice = order.stop_price
    if order.type is OrderType.TRAILING_STOP:
        if order.trail_percent is not None:
            made.trailingPercent = order.trail_percent
        else:
            made.auxPrice = order.trail_amount
        if order.stop_price is not None:
            made.trailStopPrice = order.stop_price
