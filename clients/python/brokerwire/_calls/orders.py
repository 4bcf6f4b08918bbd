"""Calls of OrderService."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from brokerwire._calls.base import Blank, Call, Listing, Need, call, listing, one_account, some_accounts
from brokerwire._calls.drafts import draft
from brokerwire._ids import new_id
from brokerwire._wire import DecimalLike, decimal, enum, texts, timestamp
from brokerwire.types.bulk import CancelReport
from brokerwire.types.enums import OrderState, Side, SortOrder, TimeInForce
from brokerwire.types.orders import Cancellation, Fill, Order, Preview, Replacement
from brokerwire.v1 import order_service_pb2 as pb
from brokerwire.v1 import orders_pb2

if TYPE_CHECKING:
    from datetime import datetime

P = ParamSpec("P")
T = TypeVar("T")
Texts = str | Sequence[str] | None


def drafted(
    draft: Callable[P, orders_pb2.OrderRequest], make: Callable[[orders_pb2.OrderRequest], T]
) -> Callable[P, T]:
    """A function with the arguments of `draft` and the documentation of `make`."""

    def made(*args: P.args, **kwargs: P.kwargs) -> T:
        return make(draft(*args, **kwargs))

    made.__doc__ = make.__doc__
    made.__name__ = make.__name__.removeprefix("_")
    made.__wrapped__ = draft  # type: ignore[attr-defined] # inspect.signature follows it
    return made


def read_submitted(response: pb.SubmitOrderResponse) -> Order:
    """The order of an answer to a submit."""
    children = tuple(Order.from_proto(child) for child in response.children)
    order = Order.from_proto(response.order)
    return dataclasses.replace(order, deduplicated=response.deduplicated, children=children)


def _submit(order: orders_pb2.OrderRequest) -> Call[Order]:  # noqa: D417 - those of `draft`
    """Submits an order, or a group of orders, once.

    Returns when the broker has answered. A refusal by the broker is no exception but `state == "rejected"`;
    an outcome that is not proven is `state == "indeterminate"`, which is not terminal: wait for it.

    Args:
        symbol: "AAPL", "BTC/USD", an OCC option symbol, or an Instrument. Absent with `option` or `legs`.
        side: "buy", "sell", "sell_short" or "buy_to_cover".
        quantity: In units (shares, contracts, coins). Decimal, int or str; a float is refused.
        notional: Size in money instead, in `currency`.
        currency: Currency of a notional that names none.
        type: "market", "limit", "stop", "stop_limit" or "trailing_stop". Follows from the prices if absent.
        limit_price: Price per unit at which, or better, it may fill.
        stop_price: Trigger.
        trail_amount: Distance of a trailing stop, in the instrument's currency.
        trail_percent: The same as a percentage of the price: 1.5 means 1.5 %.
        time_in_force: "day", "gtc", "opg", "cls", "ioc" or "fok".
        extended_hours: Whether it may trade outside the regular session.
        take_profit: Limit price of an exit that starts working when this order has filled.
        stop_loss: Trigger of such an exit, or a StopLoss.
        order_class: Follows from the exits and legs if absent: "simple", "oto" (one exit), "bracket" (both)
            or "multi_leg". "oco" must be said.
        legs: Legs of a multi-leg order.
        option: A listed option by its terms, instead of `symbol`.
        client_order_id: Idempotency key; made if absent. The same id with the same content is the same order
            for ever, so it is safe to submit again after an error.
        tags: Labels, echoed in the order and its events, never sent to the broker.
        account: The account; the client's own if absent.

    Raises:
        BrokerwireError: by its subclasses; `client_order_id` and `sent` are always set. Never tried again by
            itself.
        TypeError: a float where a decimal belongs.
    """
    request = pb.SubmitOrderRequest(order=order)
    return call(
        "SubmitOrder",
        request,
        read_submitted,
        one_account(request.order, order.account_id or None),
        client_order_id=order.client_order_id,
    )


def _preview(order: orders_pb2.OrderRequest) -> Call[Preview]:
    """Says what an order would cost and whether it would be accepted. Sends nothing.

    Takes what `submit` takes. An order that would be refused is no exception: look at `violations`.
    """
    request = pb.PreviewOrderRequest(order=order)
    return call("PreviewOrder", request, Preview.from_proto, one_account(request.order, order.account_id or None))


submit = drafted(draft, _submit)
preview = drafted(draft, _preview)


def _name_order(
    request: pb.GetOrderRequest | pb.CancelOrderRequest | pb.ReplaceOrderRequest,
    order: Order | str | None,
    client_order_id: str | None,
    account: str | None,
) -> Blank | None:
    if isinstance(order, Order):
        request.order_id = order.order_id
        return one_account(request, account or order.account_id)
    if (order is None) == (client_order_id is None):
        problem = "name the order by the order or its order_id, or else by client_order_id"
        raise TypeError(problem)
    if order is not None:
        request.order_id = order
    elif client_order_id is not None:
        request.client_order_id = client_order_id
    return one_account(request, account)


def replace(
    order: Order | str | None = None,
    *,
    client_order_id: str | None = None,
    quantity: DecimalLike | None = None,
    limit_price: DecimalLike | None = None,
    stop_price: DecimalLike | None = None,
    trail_amount: DecimalLike | None = None,
    trail_percent: DecimalLike | None = None,
    time_in_force: TimeInForce | str | None = None,
    expected_version: int | None = None,
    new_client_order_id: str | None = None,
    account: str | None = None,
) -> Call[Replacement]:
    """Changes an open order; what is absent stays as it is.

    Args:
        order: The order, or its order_id.
        client_order_id: The order by the caller's id instead.
        quantity: New total quantity, what has filled included.
        limit_price: New limit.
        stop_price: New trigger.
        trail_amount: New trailing distance, in the instrument's currency.
        trail_percent: The same as a percentage.
        time_in_force: New time in force.
        expected_version: Only if the order still has this version; Conflict otherwise.
        new_client_order_id: Idempotency key of the replace; made if absent.
        account: The account; the client's own if absent.

    Returns:
        The order now in force. A refusal by the broker is no exception: look at `outcome`.
    """
    key = new_id() if new_client_order_id is None else new_client_order_id
    request = pb.ReplaceOrderRequest(
        new_client_order_id=key,
        expected_version=expected_version,
        quantity=decimal(quantity, "quantity"),
        limit_price=decimal(limit_price, "limit_price"),
        stop_price=decimal(stop_price, "stop_price"),
        trail_amount=decimal(trail_amount, "trail_amount"),
        trail_percent=decimal(trail_percent, "trail_percent"),
        time_in_force=enum(TimeInForce, time_in_force, "time_in_force"),
    )
    blank = _name_order(request, order, client_order_id, account)
    return call("ReplaceOrder", request, Replacement.from_proto, blank, client_order_id=key)


def cancel(
    order: Order | str | None = None, *, client_order_id: str | None = None, account: str | None = None
) -> Call[Cancellation]:
    """Cancels an open order, and with an entry its group. Canceling a canceled order is fine.

    Args:
        order: The order, or its order_id.
        client_order_id: The order by the caller's id instead.
        account: The account; the client's own if absent.

    Returns:
        The order now: it may have filled meanwhile. PENDING: the broker took note, and the effect will be
        streamed. A refusal by the broker is no exception: look at `outcome`.
    """
    request = pb.CancelOrderRequest()
    blank = _name_order(request, order, client_order_id, account)
    key = order.client_order_id if isinstance(order, Order) else client_order_id or ""
    return call("CancelOrder", request, Cancellation.from_proto, blank, client_order_id=key)


def cancel_all(*, symbol: str = "", side: Side | str | None = None, account: str | None = None) -> Call[CancelReport]:
    """Cancels all open orders of an account, or those of one symbol or side.

    One order's failure is in its result and does not stop the others. Orders of accounts in `unreachable`
    may still be live.
    """
    request = pb.CancelOrdersRequest(symbol=symbol, side=enum(Side, side, "side"))
    blank = some_accounts(request, account, Need.ACCOUNT)
    return call("CancelOrders", request, CancelReport.from_proto, blank)


def get_order(
    order: Order | str | None = None,
    *,
    client_order_id: str | None = None,
    min_sequence: int = 0,
    account: str | None = None,
) -> Call[Order]:
    """Reads one order, by its order_id or by client_order_id.

    Args:
        order: The order, or its order_id.
        client_order_id: The order by the caller's id instead; so an order is found after a lost answer.
        min_sequence: The answer reflects at least this sequence of the account.
        account: The account; the client's own if absent.

    Raises:
        NotFound: there is no such order in the account.
    """
    request = pb.GetOrderRequest(min_sequence=min_sequence)
    blank = _name_order(request, order, client_order_id, account)
    return call("GetOrder", request, lambda response: Order.from_proto(response.order), blank)


def orders(
    *,
    open_only: bool = False,
    states: Sequence[OrderState | str] = (),
    symbols: Texts = None,
    client_order_ids: Texts = None,
    parent_order_id: str = "",
    created_after: datetime | None = None,
    created_before: datetime | None = None,
    oldest_first: bool = False,
    page_size: int = 0,
    account: str | None = None,
) -> Listing[Order]:
    """Lists orders, open and past, newest first, reading pages as they are needed."""
    request = pb.ListOrdersRequest(
        open_only=open_only,
        states=[enum(OrderState, state, "states") for state in states],
        symbols=texts(symbols),
        client_order_ids=texts(client_order_ids),
        parent_order_id=parent_order_id,
        created_after_time=timestamp(created_after, "created_after"),
        created_before_time=timestamp(created_before, "created_before"),
        sort_order=sort(oldest_first=oldest_first),
        page_size=page_size,
    )
    return listing("ListOrders", request, "orders", Order, some_accounts(request, account))


def fills(
    *,
    order: Order | str | None = None,
    symbols: Texts = None,
    executed_after: datetime | None = None,
    executed_before: datetime | None = None,
    oldest_first: bool = False,
    page_size: int = 0,
    account: str | None = None,
) -> Listing[Fill]:
    """Lists fills, with busts and corrections, newest first, reading pages as they are needed."""
    request = pb.ListFillsRequest(
        order_id=order.order_id if isinstance(order, Order) else order or "",
        symbols=texts(symbols),
        executed_after_time=timestamp(executed_after, "executed_after"),
        executed_before_time=timestamp(executed_before, "executed_before"),
        sort_order=sort(oldest_first=oldest_first),
        page_size=page_size,
    )
    return listing("ListFills", request, "fills", Fill, some_accounts(request, account))


def sort(*, oldest_first: bool) -> Any:  # noqa: ANN401 - as `enum`
    """The contract's number of a sort order."""
    return enum(SortOrder, "oldest_first" if oldest_first else "newest_first", "sort_order")
