"""A client of the previous release: its stubs alone, a stream that resumes, and what it saw as JSON.

It runs with the stubs made from contract.binpb.gz, at BROKERWIRE_ADDRESS and on the account given. main.go is its twin.
"""

import json
import os
import sys

import grpc

from brokerwire.v1 import (
    decimal_pb2,
    instruments_pb2,
    order_service_pb2,
    order_service_pb2_grpc,
    orders_pb2,
    position_service_pb2,
    position_service_pb2_grpc,
)

ACCOUNT = sys.argv[1]

channel = grpc.insecure_channel(os.environ["BROKERWIRE_ADDRESS"])
trading = order_service_pb2_grpc.OrderServiceStub(channel)
holding = position_service_pb2_grpc.PositionServiceStub(channel)


def order(name: str, quantity: str, limit: str = "") -> orders_pb2.OrderRequest:
    return orders_pb2.OrderRequest(
        account_id=ACCOUNT,
        client_order_id=name,
        instrument=instruments_pb2.Instrument(symbol="AAPL"),
        side=orders_pb2.SIDE_BUY,
        type=orders_pb2.ORDER_TYPE_LIMIT if limit else orders_pb2.ORDER_TYPE_MARKET,
        time_in_force=orders_pb2.TIME_IN_FORCE_DAY,
        quantity=decimal_pb2.Decimal(value=quantity),
        limit_price=decimal_pb2.Decimal(value=limit) if limit else None,
    )


def submit(name: str, quantity: str, limit: str = "") -> orders_pb2.Order:
    request = order_service_pb2.SubmitOrderRequest(order=order(name, quantity, limit))
    return trading.SubmitOrder(request, timeout=10).order


def read(token: str, last: str, events: list[orders_pb2.OrderEvent]) -> str:
    """Read a stream up to the end of that order; without a name, until it has caught up. Return where to go on."""
    request = order_service_pb2.StreamOrdersRequest(account_ids=[ACCOUNT], options={"resume_token": token})
    call = trading.StreamOrders(request, timeout=30)
    for batch in call:
        token = batch.resume_token or token
        events += [item.event for item in batch.items if item.HasField("event")]
        caught_up = any(item.control.HasField("caught_up") for item in batch.items)
        if (caught_up and not last) or any(e.order.client_order_id == last and e.order.terminal for e in events):
            break
    call.cancel()
    return token


def trade() -> list[orders_pb2.OrderEvent]:
    """Buy, replace and cancel, with a stream that is read in two lives."""
    events: list[orders_pb2.OrderEvent] = []
    token = read("", "", events)
    submit("filled", "10")
    token = read(token, "filled", events)
    resting = submit("resting", "5", "1.50")
    changed = order_service_pb2.ReplaceOrderRequest(
        account_id=ACCOUNT,
        order_id=resting.order_id,
        new_client_order_id="change",
        expected_version=resting.version,
        quantity=decimal_pb2.Decimal(value="7"),
    )
    trading.ReplaceOrder(changed, timeout=10)
    trading.CancelOrder(order_service_pb2.CancelOrderRequest(account_id=ACCOUNT, client_order_id="resting"), timeout=10)
    read(token, "resting", events)
    return events


def in_session() -> list[str]:
    """Submit two orders, one of which is refused."""
    orders = [order("by-session", "2", "1.50"), order("refused", "-1", "1.50")]
    commands = [order_service_pb2.OrderCommand(command_id=n, submit=one) for n, one in enumerate(orders, 1)]
    results: dict[int, str] = {}
    for response in trading.OrderSession(iter([order_service_pb2.OrderSessionRequest(commands=commands)]), timeout=10):
        results |= {result.command_id: str(result.WhichOneof("result")) for result in response.results}
    return [results[number] for number in sorted(results)]


def refusal() -> str:
    try:
        submit("refused", "-1")
    except grpc.RpcError as error:
        return "".join(word.title() for word in error.code().name.split("_"))  # as Go writes it
    return "taken"


def listed() -> list[orders_pb2.Order]:
    """Read all orders, a page of two at a time."""
    request = order_service_pb2.ListOrdersRequest(account_ids=[ACCOUNT], page_size=2)
    found: list[orders_pb2.Order] = []
    while True:
        page = trading.ListOrders(request, timeout=10)
        found += page.orders
        request.page_token = page.next_page_token
        if not page.next_page_token:
            return found


events = trade()
session = in_session()
holdings = holding.ListPositions(position_service_pb2.ListPositionsRequest(account_ids=[ACCOUNT]), timeout=10)
seen = {
    "events": [event.sequence for event in events],
    "fills": [[event.fill.fill_id, event.fill.quantity.value] for event in events if event.HasField("fill")],
    "session": session,
    "refusal": refusal(),
    "orders": {
        one.client_order_id: [int(one.state), one.quantity.value, one.filled_quantity.value] for one in listed()
    },
    "positions": {one.instrument.symbol: one.quantity.value for one in holdings.positions},
}
print(json.dumps(seen))
