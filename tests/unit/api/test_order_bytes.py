from decimal import Decimal

from msgspec.structs import replace

from brokerwire.v1 import orders_pb2
from brokerwire_server.api.orders import _OrderBytes
from tests.support.builders import order


def test_an_order_s_bytes_are_made_once_and_anew_when_it_changes() -> None:
    encode, first = _OrderBytes(), order(version=1)
    made = encode(first)
    assert encode(first) is made
    changed = encode(replace(first, version=2, limit_price=Decimal("99.5")))
    assert orders_pb2.Order.FromString(changed).limit_price.value == "99.5"
    assert orders_pb2.Order.FromString(encode(first)).limit_price.value == "100"
