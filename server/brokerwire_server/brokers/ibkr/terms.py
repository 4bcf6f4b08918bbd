"""The broker's orders in our terms: what stands, and what an order is that somebody else placed."""

from collections.abc import Callable
from typing import Any

from brokerwire_server.brokers.ibkr.records import CompletedOrder, OrderTermsRow
from brokerwire_server.domain.decimals import ZERO
from brokerwire_server.domain.instruments import Instrument
from brokerwire_server.domain.orders import (
    Order,
    OrderClass,
    OrderLeg,
    OrderRequest,
    OrderTerms,
    OrderType,
    Side,
    TimeInForce,
)

_TYPES = {
    "MKT": OrderType.MARKET,
    "LMT": OrderType.LIMIT,
    "STP": OrderType.STOP,
    "STP LMT": OrderType.STOP_LIMIT,
    "TRAIL": OrderType.TRAILING_STOP,
    "MOC": OrderType.MARKET,
    "LOC": OrderType.LIMIT,
}
_AT_THE_CLOSE = ("MOC", "LOC")
_TIFS = {tif.value: tif for tif in TimeInForce}

ORDER_TYPE_TAG, TIF_TAG, REFERENCE_TAG = "ibkr_order_type", "ibkr_tif", "ibkr_order_ref"
"""Tags of an order from outside whose type, time in force or reference we have no word for."""


def type_of(row: OrderTermsRow) -> OrderType:
    """Return the type; one that we have no word for is a limit order where it has a limit, else a market order."""
    fallback = OrderType.LIMIT if row.limit_price else OrderType.MARKET
    return _TYPES.get(row.type, fallback)


def tif_of(row: OrderTermsRow) -> TimeInForce:
    """Return how long the order lives; what we have no word for (GTD and others) outlives the day."""
    if row.type in _AT_THE_CLOSE:
        return TimeInForce.CLS
    return _TIFS.get(row.tif, TimeInForce.GTC) if row.tif else TimeInForce.DAY


def terms_of(row: OrderTermsRow) -> OrderTerms:
    """Return what a replace could have changed: only those prices that mean something for the type."""
    kind = type_of(row)
    stops = kind in (OrderType.STOP, OrderType.STOP_LIMIT)
    trails = kind is OrderType.TRAILING_STOP
    return OrderTerms(
        quantity=total_of(row) or None,
        limit_price=row.limit_price if kind in (OrderType.LIMIT, OrderType.STOP_LIMIT) else None,
        stop_price=row.aux_price if stops else None,
        trail_amount=row.aux_price if trails and not row.trailing_percent else None,
        trail_percent=row.trailing_percent or None if trails else None,
        time_in_force=tif_of(row),
    )


def terms_of_order(order: Order) -> OrderTerms:
    """Return the same of an order of ours."""
    stops = order.type in (OrderType.STOP, OrderType.STOP_LIMIT)
    return OrderTerms(
        quantity=order.quantity,
        limit_price=order.limit_price,
        stop_price=order.stop_price if stops else None,
        trail_amount=order.trail_amount,
        trail_percent=order.trail_percent,
        time_in_force=order.time_in_force,
    )


def total_of(row: OrderTermsRow) -> Any:  # noqa: ANN401
    """Return the whole quantity. One that was filled says 0, and what was filled."""
    return row.quantity or (row.filled if isinstance(row, CompletedOrder) else ZERO)


def request_of(row: OrderTermsRow, account_id: str, instrument_of: Callable[[Any], Instrument]) -> OrderRequest:
    """Describe an order that the gateway did not place. Raises `ValueError` where its contract is not supported."""
    legs = _legs(row, instrument_of)
    terms = terms_of(row)
    notional = row.cash_quantity if not terms.quantity and row.cash_quantity else None
    return OrderRequest(
        account_id=account_id,
        client_order_id="",
        instrument=legs[0].instrument if legs else instrument_of(row.contract),
        side=legs[0].side if legs else side_of(row.action),
        type=type_of(row),
        time_in_force=tif_of(row),
        quantity=None if notional else terms.quantity,
        notional=notional,
        limit_price=terms.limit_price,
        stop_price=terms.stop_price,
        trail_amount=terms.trail_amount,
        trail_percent=terms.trail_percent,
        extended_hours=row.outside_rth,
        order_class=OrderClass.MULTI_LEG if legs else OrderClass.SIMPLE,
        legs=legs,
        tags=_tags(row),
    )


def side_of(action: str) -> Side:
    """Return the side of an action (BUY, SELL, SSHORT) or of an execution (BOT, SLD). Raises `ValueError`."""
    match action:
        case "BUY" | "BOT":
            return Side.BUY
        case "SELL" | "SLD" | "SSHORT" | "SLONG":
            return Side.SELL
    raise ValueError(f"neither bought nor sold: {action[:16]!r}")


def _legs(row: OrderTermsRow, instrument_of: Callable[[Any], Instrument]) -> tuple[OrderLeg, ...]:
    if row.contract.secType != "BAG":
        return ()
    if not row.contract.comboLegs:
        raise ValueError("a combination without legs")
    sign = side_of(row.action).sign
    return tuple(
        OrderLeg(
            instrument=instrument_of(leg),
            side=Side.BUY if side_of(leg.action).sign * sign > 0 else Side.SELL,
            ratio=ZERO + leg.ratio,
        )
        for leg in row.contract.comboLegs
    )


def _tags(row: OrderTermsRow) -> dict[str, str]:
    tags = {}
    if row.type not in _TYPES:
        tags[ORDER_TYPE_TAG] = row.type[:64]
    if row.tif and row.tif not in _TIFS:
        tags[TIF_TAG] = row.tif[:64]
    if row.order_ref:
        tags[REFERENCE_TAG] = row.order_ref[:64]
    return tags
