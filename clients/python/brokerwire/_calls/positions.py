"""Calls of PositionService."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from brokerwire._calls.base import Call, Listing, Need, call, listing, one_account, some_accounts
from brokerwire._calls.orders import read_submitted
from brokerwire._ids import new_id, new_short_id
from brokerwire._wire import DecimalLike, decimal, texts
from brokerwire.types.bulk import CloseReport
from brokerwire.types.positions import Position
from brokerwire.v1 import order_service_pb2
from brokerwire.v1 import position_service_pb2 as pb

if TYPE_CHECKING:
    from brokerwire.types.orders import Order

Texts = str | Sequence[str] | None


def positions(*, symbols: Texts = None, page_size: int = 0, account: str | None = None) -> Listing[Position]:
    """Lists open positions, by account and symbol. Look at `unreachable`: missing does not mean flat."""
    request = pb.ListPositionsRequest(symbols=texts(symbols), page_size=page_size)
    return listing("ListPositions", request, "positions", Position, some_accounts(request, account))


def position(symbol: str, *, min_sequence: int = 0, account: str | None = None) -> Call[Position]:
    """Reads one open position.

    Args:
        symbol: The gateway symbol.
        min_sequence: The answer reflects at least this sequence of the account.
        account: The account; the client's own if absent.

    Raises:
        NotFound: the account is flat in it.
    """
    request = pb.GetPositionRequest(symbol=symbol, min_sequence=min_sequence)
    blank = one_account(request, account)
    return call("GetPosition", request, lambda response: Position.from_proto(response.position), blank)


def close_position(
    symbol: str,
    *,
    quantity: DecimalLike | None = None,
    percentage: DecimalLike | None = None,
    client_order_id: str | None = None,
    tags: Mapping[str, str] | None = None,
    account: str | None = None,
) -> Call[Order]:
    """Closes a position, or part of it, with a market order. The rules of `submit` hold.

    Args:
        symbol: The gateway symbol.
        quantity: Units to close; all of them if neither this nor `percentage` is given.
        percentage: Part to close: 50 means half.
        client_order_id: Idempotency key of the closing order; made if absent.
        tags: Labels of the closing order.
        account: The account; the client's own if absent.
    """
    key = new_id() if client_order_id is None else client_order_id
    request = pb.ClosePositionRequest(
        symbol=symbol,
        quantity=decimal(quantity, "quantity"),
        percentage=decimal(percentage, "percentage"),
        client_order_id=key,
        tags=tags,
    )
    return call("ClosePosition", request, _closed, one_account(request, account), client_order_id=key)


def _closed(response: pb.ClosePositionResponse) -> Order:
    answer = order_service_pb2.SubmitOrderResponse(order=response.order, deduplicated=response.deduplicated)
    return read_submitted(answer)


def close_positions(
    *,
    symbols: Texts = None,
    cancel_orders: bool = False,
    request_id: str | None = None,
    account: str | None = None,
) -> Call[CloseReport]:
    """Closes all positions of an account, or those of some symbols.

    One position's failure is in its result and does not stop the others.

    Args:
        symbols: Only these; all if absent.
        cancel_orders: Cancel open orders on the same symbols first, which frees the units they hold.
        request_id: Idempotency key, at most 32 characters; made if absent. A closing order's client_order_id
            is "<request_id>.<symbol>".
        account: The account; the client's own if absent.
    """
    key = new_short_id() if request_id is None else request_id
    request = pb.ClosePositionsRequest(symbols=texts(symbols), cancel_orders=cancel_orders, request_id=key)
    blank = some_accounts(request, account, Need.ACCOUNT)
    return call("ClosePositions", request, CloseReport.from_proto, blank, client_order_id=key)
