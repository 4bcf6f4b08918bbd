"""Submit, replace and cancel as the unary methods and the session share them: the same rules behind both."""

from decimal import Decimal
from typing import Any

from brokerwire.v1 import order_service_pb2 as pb
from brokerwire.v1 import orders_pb2
from brokerwire_server.api.convert.enums import ACTION_OUTCOME, REPLACE_MODE, ActionOutcome
from brokerwire_server.api.convert.order_requests import replace_terms
from brokerwire_server.api.convert.orders import fill_order, order_message
from brokerwire_server.api.convert.signatures import signature_of
from brokerwire_server.api.convert.values import decimal_text, invalid, required
from brokerwire_server.api.errors import within
from brokerwire_server.domain.errors import BrokerwireError, PreconditionError
from brokerwire_server.domain.orders import OrderRequest, OrderState, PendingAction
from brokerwire_server.engine.actions import ActionResult
from brokerwire_server.engine.commands import OrderKey
from brokerwire_server.engine.gateway import Gateway


def text(value: Decimal) -> str:
    """Return a number as text."""
    return decimal_text(value)


def check_currency(gateway: Gateway, message: orders_pb2.OrderRequest, path: str = "") -> None:
    """Raise where a notional is in another currency than the account's."""
    if not message.HasField("notional"):
        return
    account = gateway.accounts.find(message.account_id)
    if account is not None and message.notional.currency_code != account.book.account.currency:
        currency = account.book.account.currency
        raise invalid(f"{path}notional.currency_code", f"the account is in {currency}", supported=[currency])


async def submit(gateway: Gateway, order: OrderRequest, path: str, response: pb.SubmitOrderResponse) -> None:
    """Submit and write the answer, without read_info. Errors name fields below `path`."""
    try:
        gateway.signing.check([order.account_id], order.signature)
        submission = await gateway.desk.submit(order)
    except BrokerwireError as error:
        raise _of_order(error, gateway, order, path) from error
    response.deduplicated = submission.deduplicated
    fill_order(response.order, submission.order)
    if submission.order.child_order_ids:
        at_hand = gateway.accounts.get(order.account_id).book.committed.by_id
        for child_id in submission.order.child_order_ids:
            child = at_hand.get(child_id) or await gateway.store.get_order(order.account_id, child_id)
            if child is not None:
                fill_order(response.children.add(), child)


async def replace(gateway: Gateway, request: pb.ReplaceOrderRequest, path: str = "") -> pb.ReplaceOrderResponse:
    """Replace and answer, without read_info."""
    key = order_key(request, path)
    if not request.new_client_order_id:
        raise required(f"{path}new_client_order_id", "your id for this change: it makes sending it again safe")
    expected = request.expected_version if request.HasField("expected_version") else None
    terms = replace_terms(request, path)
    signature = signature_of(request, path)
    try:
        gateway.signing.check([key.account_id], signature)
        result = await gateway.actions.replace(
            key, terms, expected_version=expected, request_id=request.new_client_order_id, signature=signature
        )
    except BrokerwireError as error:
        raise within(error, path, **_names(key)) from error
    account = gateway.accounts.get(key.account_id)
    mode = account.adapter.capabilities(key.account_id).replace_mode
    order = result.order
    response = pb.ReplaceOrderResponse(mode=REPLACE_MODE.to_wire[mode], outcome=replace_outcome(result))
    if order.replaced_by_order_id:
        response.previous.CopyFrom(order_message(order))
        _, order = await gateway.commands.find(OrderKey(key.account_id, order.replaced_by_order_id))
    fill_order(response.order, order)
    response.deduplicated = result.deduplicated
    return response


async def cancel(gateway: Gateway, request: pb.CancelOrderRequest, path: str = "") -> pb.CancelOrderResponse:
    """Cancel and answer, without read_info. Canceling a canceled order is OK."""
    key = order_key(request, path)
    try:
        result = await gateway.actions.cancel(key)
    except PreconditionError as error:
        if error.metadata.get("state") != OrderState.CANCELED.value:
            raise within(error, path, **_names(key)) from error
        result = ActionResult((await gateway.commands.find(key))[1])
    except BrokerwireError as error:
        raise within(error, path, **_names(key)) from error
    response = pb.CancelOrderResponse(outcome=cancel_outcome(result))
    fill_order(response.order, result.order)
    return response


def order_key(request: Any, path: str = "") -> OrderKey:  # noqa: ANN401 - any request that names an order
    """Return which order a request names."""
    if not request.account_id:
        raise required(f"{path}account_id", "name the account")
    match request.WhichOneof("order_key"):
        case "order_id" if request.order_id:
            return OrderKey(request.account_id, request.order_id)
        case "client_order_id" if request.client_order_id:
            return OrderKey(request.account_id, "", request.client_order_id)
    raise required(f"{path}order_id", "set order_id or client_order_id")


def cancel_outcome(result: ActionResult) -> Any:  # noqa: ANN401 - the stubs' own type of enum
    """Return what became of a cancel."""
    order = result.order
    if result.refused:
        outcome = ActionOutcome.REFUSED
    elif order.state is OrderState.CANCELED:
        outcome = ActionOutcome.DONE
    elif order.terminal:
        outcome = ActionOutcome.REFUSED
    else:
        outcome = ActionOutcome.UNKNOWN if order.pending_in_doubt else ActionOutcome.PENDING
    return ACTION_OUTCOME.to_wire[outcome]


def replace_outcome(result: ActionResult) -> Any:  # noqa: ANN401 - the stubs' own type of enum
    """Return what became of a replace."""
    order = result.order
    if result.refused:
        outcome = ActionOutcome.REFUSED
    elif order.pending_action is PendingAction.REPLACE:
        outcome = ActionOutcome.UNKNOWN if order.pending_in_doubt else ActionOutcome.PENDING
    else:
        outcome = ActionOutcome.DONE
    return ACTION_OUTCOME.to_wire[outcome]


def _of_order(error: BrokerwireError, gateway: Gateway, order: OrderRequest, path: str) -> BrokerwireError:
    context = {"account_id": order.account_id, "client_order_id": order.client_order_id}
    account = gateway.accounts.find(order.account_id)
    if account is not None:
        context["broker"] = account.adapter.broker
    if error.reason in _ABOUT_SYMBOL:
        context["symbol"] = order.instrument.symbol
    return within(error, path, **context)


_ABOUT_SYMBOL = frozenset(
    {
        "INSTRUMENT_NOT_FOUND",
        "INSTRUMENT_NOT_TRADABLE",
        "INSUFFICIENT_POSITION",
        "MARKET_CLOSED",
        "NOT_SHORTABLE",
        "PRICE_UNAVAILABLE",
    }
)
"""Reasons that name the symbol."""


def _names(key: OrderKey) -> dict[str, str]:
    names = {"account_id": key.account_id, "order_id": key.order_id, "client_order_id": key.client_order_id}
    return {name: value for name, value in names.items() if value}
