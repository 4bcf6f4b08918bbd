"""Between Alpaca's orders and ours: pure functions, driven by tables."""

from decimal import Decimal

from brokerwire_server.brokers.alpaca import wire
from brokerwire_server.brokers.alpaca.errors import reason_of
from brokerwire_server.brokers.alpaca.symbols import instrument_of, occ
from brokerwire_server.domain.decimals import MAX_DIGITS, ONE, ZERO
from brokerwire_server.domain.instruments import AssetClass, Instrument
from brokerwire_server.domain.orders import (
    LegRole,
    OrderClass,
    OrderLeg,
    OrderRequest,
    OrderState,
    OrderTerms,
    OrderType,
    PendingAction,
    Side,
    StateReason,
    TimeInForce,
)
from brokerwire_server.domain.reports import StatusReport

STATES: dict[str, OrderState] = {
    # Docs "Orders at Alpaca", order lifecycle, and the specification's OrderStatus.
    "pending_new": OrderState.ACCEPTED,  # received, not yet routed
    "accepted": OrderState.ACCEPTED,  # received outside the session
    "accepted_for_bidding": OrderState.ACCEPTED,
    "pending_review": OrderState.ACCEPTED,  # alpaca-py's enum only
    "held": OrderState.ACCEPTED,  # a leg that waits for its entry (alpaca-py issue 153)
    "calculated": OrderState.ACCEPTED,  # done for the day, settlement is still reckoned: may change
    "done_for_day": OrderState.ACCEPTED,  # not terminal: goes on the next day
    "new": OrderState.WORKING,
    "partially_filled": OrderState.WORKING,  # how far it is filled follows from the fills
    "filled": OrderState.WORKING,  # likewise
    "stopped": OrderState.WORKING,  # a trade is guaranteed, not yet made
    "pending_cancel": OrderState.WORKING,  # may fill until it is canceled
    "pending_replace": OrderState.WORKING,
    "replaced": OrderState.WORKING,  # the order lives on in its next generation
    "suspended": OrderState.SUSPENDED,
    "canceled": OrderState.CANCELED,
    "expired": OrderState.EXPIRED,
    "rejected": OrderState.REJECTED,
}
PENDING: dict[str, PendingAction] = {
    # Docs "Orders at Alpaca": the request was taken and has not been carried out yet.
    "pending_cancel": PendingAction.CANCEL,
    "pending_replace": PendingAction.REPLACE,
}
UNKNOWN_STATE = OrderState.ACCEPTED
"""A status that is not in the table: the broker has the order, and nothing says that it has ended."""

ENDED = frozenset({"filled", "canceled", "expired", "rejected", "replaced"})

SIDES: dict[str, Side] = {
    # OrderSide; activities also write sell_short.
    "buy": Side.BUY,
    "sell": Side.SELL,
    "sell_short": Side.SELL_SHORT,
}
INTENTS: dict[str, Side] = {
    # PositionIntent.
    "buy_to_open": Side.BUY,
    "buy_to_close": Side.BUY_TO_COVER,
    "sell_to_open": Side.SELL_SHORT,
    "sell_to_close": Side.SELL,
}
TYPES: dict[str, OrderType] = {
    # OrderType.
    "market": OrderType.MARKET,
    "limit": OrderType.LIMIT,
    "stop": OrderType.STOP,
    "stop_limit": OrderType.STOP_LIMIT,
    "trailing_stop": OrderType.TRAILING_STOP,
}
TIMES: dict[str, TimeInForce] = {
    # TimeInForce.
    "day": TimeInForce.DAY,
    "gtc": TimeInForce.GTC,
    "opg": TimeInForce.OPG,
    "cls": TimeInForce.CLS,
    "ioc": TimeInForce.IOC,
    "fok": TimeInForce.FOK,
}
CLASSES: dict[str, OrderClass] = {
    # OrderClass; "" is simple.
    "": OrderClass.SIMPLE,
    "simple": OrderClass.SIMPLE,
    "bracket": OrderClass.BRACKET,
    "oto": OrderClass.OTO,
    "oco": OrderClass.OCO,
    "mleg": OrderClass.MULTI_LEG,
}
GROUPS = frozenset({"bracket", "oto", "oco"})


def exact(value: Decimal | None) -> Decimal:
    """Return a number from the wire, 0 for none. Raises `UndecodableError` for NaN, infinity and absurd sizes."""
    if value is None:
        return ZERO
    if not value.is_finite() or abs(value.adjusted()) > MAX_DIGITS:
        raise wire.UndecodableError(str(value)[:64].encode(), "not a number of the contract")
    return value


def optional(value: Decimal | None) -> Decimal | None:
    """Return a number from the wire as it is, checked."""
    return None if value is None else exact(value)


def order_time(order: wire.Order) -> int:
    """Return when the order last changed: the one clock that answers, lists and events share."""
    return wire.nanos(order.updated_at) or wire.nanos(order.submitted_at) or wire.nanos(order.created_at)


def revision_of(order: wire.Order) -> int:
    """Return what orders the generations of a replaced order, without memory: when each was made."""
    return wire.nanos(order.created_at) or wire.nanos(order.submitted_at)


def is_open(order: wire.Order) -> bool:
    """Whether Alpaca's status is not one of its five final ones."""
    return order.status not in ENDED


def side_of(side: str | None, intent: str | None = None) -> Side:
    """Return the direction; the intent, where it is told, says whether a sale is short."""
    found = INTENTS.get(intent or "")
    return found or SIDES.get(side or "", Side.BUY)


def type_of(order: wire.Order) -> OrderType:
    """Return the type; an unknown or empty one (multi-leg) follows from the prices that are set."""
    known = TYPES.get(order.type or order.order_type or "")
    if known is not None:
        return known
    if order.trail_price is not None or order.trail_percent is not None:
        return OrderType.TRAILING_STOP
    match order.limit_price is not None, order.stop_price is not None:
        case True, True:
            return OrderType.STOP_LIMIT
        case True, False:
            return OrderType.LIMIT
        case False, True:
            return OrderType.STOP
    return OrderType.MARKET


def role_of(leg: wire.Order) -> LegRole:
    """Return the part that a leg plays: the limit order takes the profit, any stop stops the loss."""
    return LegRole.TAKE_PROFIT if type_of(leg) is OrderType.LIMIT else LegRole.STOP_LOSS


def instrument(order: wire.Order) -> Instrument:
    """Return what an order names; a multi-leg order names the underlying of its legs."""
    if order.symbol:
        return instrument_of(order.symbol, order.asset_class)
    legs = order.legs or ()
    contract = occ(legs[0].symbol or "") if legs else None
    underlying = contract.underlying if contract else "MULTI-LEG"
    return Instrument(symbol=underlying, asset_class=AssetClass.OPTION)


def terms_of(order: wire.Order) -> OrderTerms:
    """Return the terms that a replace can change, as Alpaca states them now."""
    kind = type_of(order)
    return OrderTerms(
        quantity=optional(order.qty),
        limit_price=optional(order.limit_price),
        stop_price=optional(order.stop_price) if kind is not OrderType.TRAILING_STOP else None,
        trail_amount=optional(order.trail_price),
        trail_percent=optional(order.trail_percent),
        time_in_force=TIMES.get(order.time_in_force or ""),
    )


def request_of(order: wire.Order, account_id: str) -> OrderRequest:
    """Describe an order that the gateway did not place."""
    quantity, notional = optional(order.qty), optional(order.notional)
    kind = type_of(order)
    multi = order.order_class == "mleg"
    return OrderRequest(
        account_id=account_id,
        client_order_id=order.client_order_id or "",
        instrument=instrument(order),
        side=side_of(order.side, order.position_intent),
        type=kind,
        time_in_force=TIMES.get(order.time_in_force or "", TimeInForce.DAY),
        quantity=quantity,
        notional=notional if quantity is None else None,
        limit_price=optional(order.limit_price),
        stop_price=optional(order.stop_price),
        trail_amount=optional(order.trail_price),
        trail_percent=optional(order.trail_percent),
        extended_hours=bool(order.extended_hours),
        order_class=CLASSES.get(order.order_class or "", OrderClass.SIMPLE),
        legs=tuple(map(_leg, order.legs or ())) if multi else (),
    )


def _leg(leg: wire.Order) -> OrderLeg:
    side = side_of(leg.side, leg.position_intent)
    return OrderLeg(instrument=instrument(leg), side=side, ratio=optional(leg.ratio_qty) or ONE)


def reason_for(order: wire.Order, words: str) -> StateReason:
    """Return why an order is where it is, as far as it shows."""
    if order.status == "rejected":
        return reason_of(words)
    if order.status == "canceled":
        by_time = _CANCELED.get(order.time_in_force or "")
        return by_time or (StateReason.CLIENT if order.cancel_requested_at else StateReason.BROKER)
    return _REASONS.get(order.status, StateReason.NONE)


_CANCELED = {"ioc": StateReason.IOC_REMAINDER, "fok": StateReason.FOK_UNFILLED}
_REASONS = {"expired": StateReason.TIME_IN_FORCE_EXPIRED, "suspended": StateReason.BROKER}


def status_report(
    order: wire.Order, account_id: str, client_id: str, *, ours: bool, words: str = "", time: int = 0
) -> StatusReport:
    """Say where an order stands. `client_id` names our order; one that is not `ours` is described in `terms`.

    `time` is an event's own, which counts where the order in it was not marked as changed.
    A notional order is sized only when it has ended: what is filled then is all there will be.
    """
    filled = exact(order.filled_qty)
    state = STATES.get(order.status, UNKNOWN_STATE)
    if order.status == "filled" and order.qty is not None and filled < exact(order.qty):
        # An execution was annulled after the end: what it leaves open is not in the market again.
        state = OrderState.CANCELED
    sized = order.qty is None and order.status == "filled" and filled > ZERO
    return StatusReport(
        account_id=account_id,
        broker_client_order_id=client_id,
        broker_order_id=order.id,
        time=max(order_time(order), time),
        state=state,
        reason=reason_for(order, words),
        broker_status=order.status,
        message=words,
        quantity=filled if sized else None,
        cumulative_quantity=filled,
        terms=None if ours else request_of(order, account_id),
        pending=PENDING.get(order.status, PendingAction.NONE),
    )
