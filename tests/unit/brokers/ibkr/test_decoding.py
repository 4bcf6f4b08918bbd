"""Messages through the library's client with our decoders in it: exact, or told."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from brokerwire_server.brokers.ibkr.decoding import exact
from brokerwire_server.brokers.ibkr.fields import number
from tests.unit.brokers.ibkr.frames import decode
from tests.unit.brokers.ibkr.order_payloads import completed_order, execution, open_order, order_status

pytestmark = pytest.mark.ibkr_libraries


def one(frame: str, version: int = 176) -> Any:
    (message,) = decode(frame, version=version)
    return message


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0.1", "0.1"),
        ("1.0E7", "10000000"),
        ("12345678901234.123456789", "12345678901234.123456789"),
        ("-0.0", "0"),
        ("100.00", "100"),
    ],
)
def test_a_number_is_read_as_it_is_written(text: str, value: str) -> None:
    assert number(text) == Decimal(value)


@pytest.mark.parametrize("text", ["", "1.7976931348623157E308", "2147483647", "9223372036854775807", "1.79769E308"])
def test_an_unset_number_is_none(text: str) -> None:
    assert number(text) is None


@pytest.mark.parametrize("text", ["nan", "Infinity", "x", "1" * 41, "1_0 ", "0x1"])
def test_what_is_no_number_raises(text: str) -> None:
    with pytest.raises(ValueError, match=r"number"):
        number(text)


def test_an_open_order_is_read_to_its_end() -> None:
    row = one(
        open_order(
            ref="mine",
            kind="TRAIL",
            trail_stop="98.5",
            trail_percent="1.5",
            parent=3,
            oca="group",
            status="Filled",
            commission="1.0003",
            warning="careful",
            cash="250.5",
            margins=("1.1", "2.2", "3.3", "4.4", "5.5", "-6.6", "7.7", "8.8", "9.9"),
        )
    ).arguments[1]
    assert (row.order_ref, row.parent_id, row.oca_group, row.status) == ("mine", 3, "group", "Filled")
    assert (row.trail_stop_price, row.trailing_percent) == (Decimal("98.5"), Decimal("1.5"))
    assert (row.commission, row.commission_currency, row.warning) == (Decimal("1.0003"), "USD", "careful")
    assert (row.initial_margin_before, row.equity_with_loan_change) == (Decimal("1.1"), Decimal("-6.6"))
    assert (row.equity_with_loan_after, row.cash_quantity) == (Decimal("9.9"), Decimal("250.5"))


def test_legs_and_conditions_do_not_shift_what_follows() -> None:
    row = one(
        open_order(
            legs=(("11", "1", "BUY", "SMART"), ("12", "2", "SELL", "SMART")),
            conditions=(
                "2",
                "1",
                "a",
                "1",
                "150",
                "265598",
                "SMART",
                "0",
                "3",
                "o",
                "0",
                "20261224 10:00:00",
                "1",
                "0",
            ),
            trail_stop="5",
            cash="7",
        )
    ).arguments[1]
    assert [(leg.conId, leg.ratio, leg.action) for leg in row.contract.comboLegs] == [(11, 1, "BUY"), (12, 2, "SELL")]
    assert (row.trail_stop_price, row.cash_quantity) == (5, 7)


def test_an_order_that_ended_is_read_to_its_end() -> None:
    row = one(completed_order(ref="mine", filled="3.5", words="Filled Size: 3.5")).arguments[0]
    assert (row.order_ref, row.perm_id, row.filled, row.completed_status) == (
        "mine",
        900,
        Decimal("3.5"),
        "Filled Size: 3.5",
    )


def test_an_execution_keeps_its_time_as_text() -> None:
    message = one(execution(ref="mine", shares="0.0001", time="20231116-12:15:35"))
    request, row = message.arguments
    assert (request, row.shares, row.time, row.order_ref) == (-1, Decimal("0.0001"), "20231116-12:15:35", "mine")


def test_a_status_says_whose_it_is() -> None:
    order_id, row = one(order_status(7, 900, "PendingCancel", filled="2.5", remaining="7.5", held="locate")).arguments
    assert (order_id, row.perm_id, row.client_id, row.filled, row.why_held) == (7, 900, 17, Decimal("2.5"), "locate")


def test_a_tick_has_price_and_size_in_one() -> None:
    message = one("1|6|1001|68|255.45|200|0|")
    assert (message.name, message.arguments) == ("tickPrice", (1001, 68, Decimal("255.45"), 200, 0))


def test_what_the_library_decodes_itself_has_no_floats_either() -> None:
    bar = one("90|9|5|20260402|1.25|2.5|3.75|0.5|2.125|100.5|").arguments[1]
    assert (bar.open, bar.average, bar.volume) == (Decimal("1.25"), Decimal("2.125"), Decimal("100.5"))
    assert exact([1.5, (2.5, 1.7976931348623157e308)]) == [Decimal("1.5"), (Decimal("2.5"), None)]


@pytest.mark.parametrize(
    "frame",
    ["3|7|Filled|x|0|0|900|0|0|17||0|", "5|7|", "11|-1|7|", "59|1|", "101|1|", "4|2|", "61|3|DU1|", "999|1|", "1|6|1|"],
)
def test_what_can_not_be_decoded_is_told(frame: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        decode(frame)
