"""From a request to the orders it stands for: ids, fingerprint, and the legs of a group."""

import hashlib
from decimal import Decimal

import msgspec
from msgspec.structs import replace

from brokerwire_server.domain.orders import (
    ExitTerms,
    LegRole,
    Order,
    OrderClass,
    OrderRequest,
    OrderType,
    Side,
    TimeInForce,
)
from brokerwire_server.engine.intake import order_from
from brokerwire_server.engine.seams import Ids

_encode = msgspec.json.Encoder(decimal_format="string", order="deterministic").encode

_CLOSING = {
    Side.BUY: Side.SELL,
    Side.SELL_SHORT: Side.BUY_TO_COVER,
    Side.SELL: Side.BUY,
    Side.BUY_TO_COVER: Side.SELL_SHORT,
}


def fingerprint(request: OrderRequest) -> str:
    """Return what identifies a request's content: equal content has an equal fingerprint, whatever signs it."""
    if request.signature is not None:
        request = replace(request, signature=None)
    return hashlib.blake2b(_encode(request), digest_size=16).hexdigest()


def closing_fingerprint(symbol: str, quantity: Decimal | None, percent: Decimal | None) -> str:
    """Return what identifies a request to close a position: not what is held when it comes, which changes by it."""
    return hashlib.blake2b(_encode(("close", symbol, quantity, percent)), digest_size=16).hexdigest()


def broker_client_order_id(account_id: str, client_order_id: str) -> str:
    """Derive the id that the broker gets: 24 characters of 0-9 and a-f, the same for the same order for ever."""
    return hashlib.blake2b(f"{account_id}\n{client_order_id}".encode(), digest_size=12).hexdigest()


def draft(request: OrderRequest, ids: Ids, now: int, content: str, principal: str = "") -> list[Order]:
    """Return the order of a request, and behind it the exits of its group, linked to each other."""
    first = order_from(
        request,
        order_id=ids(),
        broker_client_order_id=broker_client_order_id(request.account_id, request.client_order_id),
        create_time=now,
        role=_role(request.order_class),
        fingerprint=content,
        principal=principal,
    )
    exits = _exits(request)
    if not exits:
        return [first]
    children = [_exit(first, role, terms, ids()) for role, terms in exits]
    linked = replace(first, child_order_ids=tuple(child.order_id for child in children))
    return [linked, *children]


def _role(order_class: OrderClass) -> LegRole:
    match order_class:
        case OrderClass.BRACKET | OrderClass.OTO:
            return LegRole.ENTRY
        case OrderClass.OCO:
            return LegRole.TAKE_PROFIT
    return LegRole.NONE


def _exits(request: OrderRequest) -> list[tuple[LegRole, ExitTerms]]:
    exits = [(LegRole.TAKE_PROFIT, request.take_profit), (LegRole.STOP_LOSS, request.stop_loss)]
    return [(role, terms) for role, terms in exits if terms is not None]


def _exit(first: Order, role: LegRole, terms: ExitTerms, order_id: str) -> Order:
    suffix = "tp" if role is LegRole.TAKE_PROFIT else "sl"
    client_order_id = f"{first.client_order_id}.{suffix}"
    kept = (TimeInForce.DAY, TimeInForce.GTC)
    return replace(
        first,
        order_id=order_id,
        client_order_id=client_order_id,
        broker_client_order_id=broker_client_order_id(first.account_id, client_order_id),
        parent_order_id=first.order_id,
        role=role,
        side=first.side if first.order_class is OrderClass.OCO else _CLOSING[first.side],
        type=_exit_type(role, terms),
        time_in_force=first.time_in_force if first.time_in_force in kept else TimeInForce.GTC,
        limit_price=terms.limit_price,
        stop_price=terms.stop_price,
        trail_amount=terms.trail_amount,
        trail_percent=terms.trail_percent,
        extended_hours=False,
    )


def _exit_type(role: LegRole, terms: ExitTerms) -> OrderType:
    if role is LegRole.TAKE_PROFIT:
        return OrderType.LIMIT
    if terms.stop_price is None:
        return OrderType.TRAILING_STOP
    return OrderType.STOP if terms.limit_price is None else OrderType.STOP_LIMIT
