from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from time import perf_counter
from typing import Any

import pytest

import brokerwire
from brokerwire import _wire
from brokerwire._ids import new_id, new_short_id
from brokerwire.types.enums import Side, TimeInForce
from brokerwire.v1 import decimal_pb2


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        (10, "10"),
        (-3, "-3"),
        ("0.001", "0.001"),
        (Decimal("1.50"), "1.50"),
        (Decimal("1E+3"), "1000"),
        (Decimal("1E-18"), "0.000000000000000001"),
        (10**37, "1" + "0" * 37),
    ],
)
def test_an_exact_number_is_sent_as_it_is(given: Any, sent: Any) -> None:
    assert _wire.decimal(given, "quantity") == decimal_pb2.Decimal(value=sent)


@pytest.mark.parametrize("given", [1.5, float("nan"), True, b"1", [1]])
def test_what_is_not_exact_is_refused_with_advice(given: Any) -> None:
    with pytest.raises(TypeError, match="quantity must be a Decimal, an int or a str") as caught:
        _wire.decimal(given, "quantity")
    assert ('write Decimal("' in str(caught.value)) == isinstance(given, float)


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ("1e5", "DECIMAL_INVALID"),
        ("01", "DECIMAL_INVALID"),
        ("", "DECIMAL_INVALID"),
        ("\N{ARABIC-INDIC DIGIT ONE}", "DECIMAL_INVALID"),
        (Decimal("NaN"), "DECIMAL_INVALID"),
        (Decimal("Infinity"), "DECIMAL_INVALID"),
        (10**38, "DECIMAL_OUT_OF_RANGE"),
        ("0." + "1" * 19, "DECIMAL_OUT_OF_RANGE"),
        (Decimal("1E+3000000"), "DECIMAL_OUT_OF_RANGE"),
        (Decimal("1E-3000000"), "DECIMAL_OUT_OF_RANGE"),
    ],
)
def test_a_number_outside_the_contract_is_refused_at_once(given: Any, reason: str) -> None:
    began = perf_counter()
    with pytest.raises(brokerwire.InvalidRequest) as caught:
        _wire.decimal(given, "order.limit_price")
    assert perf_counter() - began < 0.5
    assert (caught.value.reason, caught.value.sent) == (reason, "no")
    assert caught.value.violations[0].field == "order.limit_price"


@pytest.mark.parametrize("given", ["sell_short", "SELL_SHORT", "sell-short", " Sell short ", Side.SELL_SHORT])
def test_an_enum_is_named_as_people_write_it(given: Any) -> None:
    assert _wire.enum(Side, given, "side") == 3


@pytest.mark.parametrize("given", ["sel", "unspecified", "unknown", ""])
def test_a_name_that_is_none_is_refused_with_those_that_are(given: Any) -> None:
    with pytest.raises(brokerwire.InvalidRequest, match="day, gtc, opg, cls, ioc, fok"):
        _wire.enum(TimeInForce, given, "time_in_force")


def test_a_time_needs_a_zone_and_keeps_its_instant() -> None:
    east = datetime(2026, 1, 1, 3, tzinfo=timezone(timedelta(hours=3)))
    wire = _wire.timestamp(east, "t")
    assert wire is not None
    assert wire.ToDatetime(tzinfo=UTC) == datetime(2026, 1, 1, tzinfo=UTC)
    with pytest.raises(brokerwire.InvalidRequest, match="time zone"):
        _wire.timestamp(datetime(2026, 1, 1), "t")  # noqa: DTZ001 - the point


def test_keys_are_unique_ordered_and_within_the_contract() -> None:
    keys = [new_id() for _ in range(2000)]
    assert len(set(keys)) == 2000
    assert all(len(key) == 36 and key[14] == "7" and key[19] in "89ab" for key in keys)
    assert keys[0][:8] <= keys[-1][:8]
    assert len(new_short_id()) == 32
