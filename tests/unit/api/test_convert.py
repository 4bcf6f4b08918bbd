"""Conversion loses nothing and lets nothing wrong in."""

from __future__ import annotations

from decimal import Decimal

import pytest
from google.protobuf.timestamp_pb2 import Timestamp
from hypothesis import given
from hypothesis import strategies as st

from brokerwire.v1 import instruments_pb2, order_service_pb2, streams_pb2
from brokerwire.v1 import orders_pb2 as pb
from brokerwire_server.api.convert import enums
from brokerwire_server.api.convert.accounts import masked
from brokerwire_server.api.convert.enums import EnumMap
from brokerwire_server.api.convert.instruments import guess_class, instrument_from, instrument_message
from brokerwire_server.api.convert.order_requests import order_request, replace_terms
from brokerwire_server.api.convert.orders import order_event, order_message
from brokerwire_server.api.convert.values import optional_duration, optional_time
from brokerwire_server.domain.errors import InvalidRequestError
from brokerwire_server.domain.events import GENESIS, FillRecorded, make_event
from brokerwire_server.domain.instruments import AssetClass, occ_symbol
from brokerwire_server.domain.orders import OrderClass, OrderLeg, OrderState, Side, StateReason
from brokerwire_server.domain.positions import Position
from tests.support.builders import AAPL, fill, order


def message(**changes: object) -> pb.OrderRequest:
    m = pb.OrderRequest(account_id="paper", client_order_id="one", side=1, type=2, time_in_force=1)  # type: ignore[arg-type]
    m.instrument.symbol = "AAPL"
    m.quantity.value = "10"
    m.limit_price.value = "100.50"
    for name, value in changes.items():
        setattr(m, name, value)
    return m


@pytest.mark.parametrize("name", [n for n in dir(enums) if isinstance(getattr(enums, n), EnumMap)])
def test_every_enum_goes_there_and_back(name: str) -> None:
    enum: EnumMap = getattr(enums, name)
    for member, number in enum.to_wire.items():
        assert enum.find(number) is (member if number else None)
    assert enum.find(0) is None
    assert enum.find(9_999) is None


def test_an_unknown_number_is_an_error_that_lists_what_is_supported() -> None:
    with pytest.raises(InvalidRequestError) as caught:
        enums.SIDE.need(42, "side")
    assert caught.value.violations[0].supported == ("BUY", "SELL", "SELL_SHORT", "BUY_TO_COVER")


def test_a_request_becomes_what_was_asked() -> None:
    request = order_request(message(extended_hours=True))
    assert (request.quantity, request.limit_price) == (Decimal(10), Decimal("100.5"))
    assert request.instrument == AAPL
    assert request.extended_hours
    assert request.order_class is OrderClass.SIMPLE


def test_equal_numbers_are_equal_requests() -> None:
    other = message()
    other.limit_price.value = "100.5"
    assert order_request(other) == order_request(message())


@pytest.mark.parametrize(
    ("tags", "good"),
    [
        ({f"k{n}": "v" for n in range(16)}, True),
        ({f"k{n}": "v" for n in range(17)}, False),
        ({"k" * 64: "v" * 256}, True),
        ({"k" * 65: ""}, False),
        ({"k": "v" * 257}, False),
        ({"": "v"}, False),
    ],
)
def test_tags_have_limits(tags: dict[str, str], good: bool) -> None:
    m = message()
    m.tags.update(tags)
    if good:
        assert order_request(m).tags == tags
    else:
        with pytest.raises(InvalidRequestError, match="tags"):
            order_request(m)


def test_the_order_of_tags_is_not_content() -> None:
    first, second = message(), message()
    first.tags["a"] = second.tags["a"] = "1"
    second.tags["b"] = first.tags["b"] = "2"
    assert list(order_request(first).tags) == list(order_request(second).tags) == ["a", "b"]


def test_money_needs_amount_and_currency() -> None:
    m = message()
    m.notional.amount.value = "100"
    with pytest.raises(InvalidRequestError) as caught:
        order_request(m, "order.")
    assert caught.value.metadata["field"] == "order.notional.currency_code"


def test_a_stop_loss_is_a_stop_limit_or_a_trail_and_not_both() -> None:
    m = message()
    m.stop_loss.trail_amount.value = "1"
    m.stop_loss.limit_price.value = "1"
    with pytest.raises(InvalidRequestError) as caught:
        order_request(m)
    assert caught.value.metadata["field"] == "stop_loss.limit_price"


def test_a_multi_leg_order_names_its_instruments_in_its_legs() -> None:
    m = pb.OrderRequest(account_id="a", client_order_id="c", type=1, time_in_force=1, order_class=5)  # type: ignore[arg-type]
    m.quantity.value = "1"
    for side in (1, 2):
        leg = m.legs.add(side=side)
        leg.instrument.symbol = "AAPL261218C00200000"
        leg.ratio_quantity.value = "1"
    request = order_request(m)
    assert [leg.side for leg in request.legs] == [Side.BUY, Side.SELL]
    m.side = pb.SIDE_BUY
    with pytest.raises(InvalidRequestError) as caught:
        order_request(m)
    assert caught.value.metadata["field"] == "side"


def test_a_multi_leg_order_is_shown_by_its_legs() -> None:
    legs = (OrderLeg(instrument=AAPL, side=Side.BUY), OrderLeg(instrument=AAPL, side=Side.SELL))
    m = order_message(order(order_class=OrderClass.MULTI_LEG, legs=legs))
    assert not m.HasField("instrument")
    assert m.side == pb.SIDE_UNSPECIFIED
    assert [leg.side for leg in m.legs] == [pb.SIDE_BUY, pb.SIDE_SELL]


def test_an_option_is_named_by_symbol_or_by_terms() -> None:
    by_symbol = instrument_from(instruments_pb2.Instrument(symbol="AAPL261218C00200500"), "i")
    m = instruments_pb2.Instrument()
    m.option.underlying_symbol, m.option.type = "AAPL", instruments_pb2.OPTION_TYPE_CALL
    m.option.strike_price.value = "200.5"
    m.option.expiration_date.year, m.option.expiration_date.month, m.option.expiration_date.day = 2026, 12, 18
    assert instrument_from(m, "i") == by_symbol
    assert by_symbol.option is not None
    assert occ_symbol(by_symbol.option) == by_symbol.symbol
    assert instrument_message(by_symbol).option.strike_price.value == "200.5"
    m.symbol = "AAPL261218P00200500"
    with pytest.raises(InvalidRequestError, match="not the symbol of the option"):
        instrument_from(m, "i")


@pytest.mark.parametrize(
    ("symbol", "asset_class"),
    [
        ("AAPL", "EQUITY"),
        ("BRK.B", "EQUITY"),
        ("BTC/USD", "CRYPTO"),
        ("EUR/USD", "FOREX"),
        ("F261218P00010000", "OPTION"),
    ],
)
def test_the_form_of_a_symbol_says_its_class(symbol: str, asset_class: str) -> None:
    assert guess_class(symbol) is AssetClass(asset_class)


@pytest.mark.parametrize("symbol", ["A B", "A\n", "é", "x" * 65])
def test_a_symbol_that_cannot_be_one_is_refused(symbol: str) -> None:
    with pytest.raises(InvalidRequestError):
        instrument_from(instruments_pb2.Instrument(symbol=symbol), "instrument")


def test_a_replace_must_change_something() -> None:
    with pytest.raises(InvalidRequestError) as caught:
        replace_terms(order_service_pb2.ReplaceOrderRequest(account_id="a"))
    assert caught.value.reason == "FIELD_REQUIRED"


def test_an_open_order_shows_what_is_left_and_an_ended_one_nothing() -> None:
    part = order(filled_quantity=Decimal(3), filled_cost=Decimal(300), commission=Decimal("0.3"))
    working = order_message(part)
    assert (working.remaining_quantity.value, working.average_fill_price.value) == ("7", "100")
    assert working.commission.amount.value == "0.3"
    ended = order_message(order(state=OrderState.CANCELED, close_time=5, state_reason=StateReason.CLIENT))
    assert ended.terminal
    assert ended.remaining_quantity.value == "0"
    assert ended.terminal_time.nanos == 5
    assert not ended.HasField("average_fill_price")
    assert not ended.HasField("commission")


def test_a_fill_event_has_the_fill_and_the_order_after_it() -> None:
    event = make_event(
        account_id="paper",
        epoch=1,
        sequence=9,
        time=1,
        causation="",
        payload=FillRecorded(
            fill=fill(), order=order(version=4), position=Position(account_id="paper", instrument=AAPL)
        ),
        previous_hash=GENESIS,
    )
    m = order_event(event)
    assert (m.type, m.sequence, m.fill.sequence, m.order.version) == (pb.ORDER_EVENT_TYPE_FILL, 9, 9, 4)


@given(st.integers(1, 253_402_300_799 * 10**9))
def test_times_keep_every_nanosecond(nanos: int) -> None:
    m = streams_pb2.StreamOptions()
    m.include_terminal_since_time.seconds, m.include_terminal_since_time.nanos = divmod(nanos, 10**9)
    if nanos >= 10**9:
        assert optional_time(m, "include_terminal_since_time") == nanos


@pytest.mark.parametrize("value", [Timestamp(seconds=-1), Timestamp(seconds=1, nanos=-1), Timestamp(seconds=2**40)])
def test_times_out_of_range_are_refused(value: Timestamp) -> None:
    with pytest.raises(InvalidRequestError):
        optional_time(streams_pb2.StreamOptions(include_terminal_since_time=value), "include_terminal_since_time")


def test_a_negative_duration_is_refused() -> None:
    m = streams_pb2.StreamOptions()
    m.heartbeat_interval.seconds = -1
    with pytest.raises(InvalidRequestError):
        optional_duration(m, "heartbeat_interval")


@pytest.mark.parametrize(("number", "shown"), [("", ""), ("1234", "1234"), ("PA3ABCDEFG", "******DEFG")])
def test_account_numbers_are_masked(number: str, shown: str) -> None:
    assert masked(number) == shown
