import dataclasses
import pickle
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from google.protobuf import descriptor_pool

import brokerwire
from brokerwire import Fill, Order, OrderState, types
from brokerwire.types._base import Record
from brokerwire.v1 import orders_pb2
from tests.unit.client.fakes import order


def test_an_order_is_read_exactly() -> None:
    message = order(
        average_fill_price={"value": "228.4600"},
        commission={"amount": {"value": "1.10"}, "currency_code": "USD"},
        create_time={"seconds": 1, "nanos": 500_000_000},
        tags={"k": "v"},
        broker_order_ids=["1", "2"],
    )
    read = Order.from_proto(message)
    assert read.average_fill_price == Decimal("228.46")
    assert read.commission == brokerwire.Money(Decimal("1.1"), "USD")
    assert read.create_time == datetime(1970, 1, 1, 0, 0, 1, 500_000, tzinfo=UTC)
    assert (dict(read.tags), read.broker_order_ids) == ({"k": "v"}, ("1", "2"))
    assert read.raw is message


def test_what_the_gateway_did_not_say_is_none_and_not_zero() -> None:
    read = Order.from_proto(order())
    assert (read.average_fill_price, read.quantity, read.commission, read.submit_time) == (None, None, None, None)


def test_a_value_from_a_newer_gateway_is_unknown_and_keeps_its_number() -> None:
    read = Order.from_proto(order(state=77))
    assert read.state == OrderState.UNKNOWN == "unknown"
    assert (read.state.number, read.state.name, repr(read.state)) == (77, "UNKNOWN", "<OrderState.UNKNOWN: 'unknown'>")
    match read.state:
        case OrderState.FILLED:
            pytest.fail("a state that is not known matched another")
        case OrderState.UNKNOWN:
            pass


def test_a_known_value_is_the_member_itself() -> None:
    assert Order.from_proto(order(state="ORDER_STATE_FILLED")).state is OrderState.FILLED
    assert OrderState.FILLED == "filled"
    assert f"{OrderState.PARTIALLY_FILLED}" == "partially_filled"


def test_an_absent_leg_index_is_not_the_first_leg() -> None:
    fields: dict[str, Any] = {"quantity": {"value": "1"}, "price": {"value": "2"}, "instrument": {"symbol": "A"}}
    assert Fill.from_proto(orders_pb2.Fill(**fields)).leg_index is None
    assert Fill.from_proto(orders_pb2.Fill(leg_index=0, **fields)).leg_index == 0


def test_a_price_that_must_be_there_is_never_made_up() -> None:
    with pytest.raises(ValueError, match=r"Fill\.price"):
        Fill.from_proto(orders_pb2.Fill(quantity={"value": "1"}, instrument={"symbol": "A"}))


def test_records_are_frozen_slotted_and_hashable() -> None:
    read = Order.from_proto(order(tags={"k": "v"}))
    with pytest.raises(dataclasses.FrozenInstanceError):
        read.state = OrderState.FILLED  # type: ignore[misc]
    assert not hasattr(read, "__dict__")
    assert hash(read) == hash(Order.from_proto(order(tags={"k": "v"})))


RENAMED = {
    "CancelReport": "CancelOrdersResponse",
    "CancelResult": "CancelOrdersResult",
    "Cancellation": "CancelOrderResponse",
    "CheckReport": "CheckConnectionResponse",
    "CloseReport": "ClosePositionsResponse",
    "CloseResult": "ClosePositionsResult",
    "CreatedConnection": "CreateConnectionResponse",
    "NewToken": "CreateTokenResponse",
    "DeletedConnection": "DeleteConnectionResponse",
    "FaultReport": "GetFaultPlanResponse",
    "Funding": "FundAccountResponse",
    "Heartbeat": "StreamHeartbeat",
    "TradingStateChange": "SetTradingStateResponse",
    "TradingStates": "GetTradingStateResponse",
    "JournalExport": "ExportJournalResponse",
    "JournalReport": "VerifyJournalResponse",
    "Opened": "StreamOpened",
    "Portfolio": "GetPortfolioResponse",
    "PortfolioHistory": "GetPortfolioHistoryResponse",
    "Preview": "PreviewOrderResponse",
    "Replacement": "ReplaceOrderResponse",
    "Reset": "StreamReset",
    "VaultRotation": "RotateVaultKeysResponse",
    "RiskLimits": "GetRiskPolicyResponse",
}
RECORDS = [
    kind for kind in map(types.__dict__.get, types.__all__) if isinstance(kind, type) and issubclass(kind, Record)
]


@pytest.mark.parametrize("kind", RECORDS, ids=lambda kind: kind.__name__)
def test_every_field_of_a_record_is_a_field_of_its_message(kind: Any) -> None:
    name = RENAMED.get(kind.__name__, kind.__name__)
    message = descriptor_pool.Default().FindMessageTypeByName(f"brokerwire.v1.{name}")
    ours = {field.name for field in dataclasses.fields(kind) if field.metadata.get("wire", True)} - {"raw"}
    assert ours <= {field.name for field in message.fields}


def test_enum_members_survive_pickling() -> None:
    assert pickle.loads(pickle.dumps(OrderState.FILLED)) is OrderState.FILLED  # noqa: S301 - our own bytes
