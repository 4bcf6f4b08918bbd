"""Orders as bytes: serialised once, then only the caller's id and the price change, in place."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from brokerwire.v1 import order_service_pb2, orders_pb2

ACCOUNT = "paper"
MARK = b"bwb-"
"""How every client order id begins: it counts orders in bytes without parsing them."""

_ID_LENGTH = 28
_TAGS = {
    "strategy": "mean-reversion-17",
    "portfolio": "us-large-cap",
    "signal": "5f0c1a77d2b94e61",
    "desk": "equities-eu",
    "trader": "m.mustermann",
}


@dataclass(frozen=True)
class Template:
    """Bytes with a client order id and two digits of the price left open."""

    parts: tuple[bytes, bytes, bytes]

    def fill(self, order_id: bytes, cents: bytes) -> bytes:
        """Return the bytes of one order."""
        head, middle, tail = self.parts
        return b"".join((head, order_id, middle, cents, tail))


def order_message(
    order_id: str = "", price: str = "100.00", *, resting: bool = True, account: str = ACCOUNT
) -> orders_pb2.OrderRequest:
    """Return a limit order to buy one share far below the market, with the labels that real ones carry.

    It rests, or else is canceled at once (IOC).
    """
    message = orders_pb2.OrderRequest(
        account_id=account,
        client_order_id=order_id,
        side=orders_pb2.SIDE_BUY,
        type=orders_pb2.ORDER_TYPE_LIMIT,
        time_in_force=orders_pb2.TIME_IN_FORCE_GTC if resting else orders_pb2.TIME_IN_FORCE_IOC,
        order_class=orders_pb2.ORDER_CLASS_SIMPLE,
        tags=_TAGS,
    )
    message.instrument.symbol = "AAPL"
    message.quantity.value = "1"
    message.limit_price.value = price
    return message


def _template(make: Callable[[str, str], bytes]) -> Template:
    order_id, price = "i" * _ID_LENGTH, "100.ZZ"
    head, _, rest = make(order_id, price).partition(order_id.encode())
    middle, _, tail = rest.partition(b"ZZ")
    return Template((head, middle, tail))


def _submit(order_id: str, price: str, account: str = ACCOUNT) -> bytes:
    return order_service_pb2.SubmitOrderRequest(
        order=order_message(order_id, price, account=account)
    ).SerializeToString()


def _json(order_id: str, price: str) -> bytes:
    order = order_message(order_id, price)
    fields = {
        "account_id": order.account_id,
        "client_order_id": order.client_order_id,
        "symbol": order.instrument.symbol,
        "side": "BUY",
        "type": "LIMIT",
        "time_in_force": "GTC",
        "quantity": order.quantity.value,
        "limit_price": order.limit_price.value,
        "order_class": "SIMPLE",
        "tags": dict(order.tags),
    }
    return json.dumps(fields).encode()


def ids(run: str) -> Iterator[bytes]:
    """Yield distinct client order ids of one length. `run` must differ between samples, and be short."""
    prefix = MARK + run.encode() + b"-"
    width = _ID_LENGTH - len(prefix)
    number = 0
    while True:
        yield prefix + b"%0*d" % (width, number)
        number += 1


def submits(run: str, account: str = ACCOUNT) -> Iterator[bytes]:
    """Yield distinct SubmitOrder requests, spread over 100 prices."""
    return _filled(_template(partial(_submit, account=account)), run)


def json_orders(run: str) -> Iterator[bytes]:
    """Yield the same orders as JSON for the REST service."""
    return _filled(_template(_json), run)


def _filled(template: Template, run: str) -> Iterator[bytes]:
    for number, order_id in enumerate(ids(run)):
        yield template.fill(order_id, b"%02d" % (number % 100))


def varint(number: int) -> bytes:
    """Return a number as protobuf writes it."""
    parts = bytearray()
    while number >= 128:
        parts.append(number & 127 | 128)
        number >>= 7
    parts.append(number)
    return bytes(parts)


def session_batches(run: str, size: int, *, resting: bool) -> Iterator[bytes]:
    """Yield OrderSession requests of `size` submits."""

    def make(order_id: str, price: str) -> bytes:
        return order_message(order_id, price, resting=resting).SerializeToString()

    orders = _filled(_template(make), run)
    command = 0
    while True:
        parts = []
        for _ in range(size):
            command += 1
            order = next(orders)
            body = b"\x08" + varint(command) + b"\x12" + varint(len(order)) + order
            parts.append(b"\x0a" + varint(len(body)) + body)
        yield b"".join(parts)
