from __future__ import annotations

import time
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brokerwire_server.domain.decimals import divide, format_decimal, is_multiple, parse_decimal
from brokerwire_server.domain.errors import InvalidDecimalError

plain = st.decimals(allow_nan=False, allow_infinity=False, places=6, min_value=-(10**12), max_value=10**12)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " 1",
        "1 ",
        "+1",
        "1.",
        ".5",
        "01",
        "1e3",
        "1E+3000000",
        "NaN",
        "Infinity",
        "-",
        "1_000",
        "\uff11",
        "1,5",
        "0x1",
        "--1",
    ],
)
def test_what_is_not_a_plain_decimal_is_refused_by_name_of_its_field(text: str) -> None:
    with pytest.raises(InvalidDecimalError) as caught:
        parse_decimal(text, "order.quantity")
    assert caught.value.reason == "DECIMAL_INVALID"
    assert caught.value.violations[0].field == "order.quantity"


@pytest.mark.parametrize("text", ["9" * 39, "1." + "1" * 19, "0." + "0" * 18 + "1", "9" * 5000])
def test_more_digits_than_the_contract_carries_are_refused(text: str) -> None:
    with pytest.raises(InvalidDecimalError) as caught:
        parse_decimal(text, "quantity")
    assert caught.value.reason == "DECIMAL_OUT_OF_RANGE"


def test_a_decimal_bomb_costs_no_arithmetic() -> None:
    started = time.process_time()
    for _ in range(1000):
        with pytest.raises(InvalidDecimalError):
            parse_decimal("1E+3000000", "price")
    assert time.process_time() - started < 30  # one bomb that went off would take minutes


def test_equal_numbers_have_one_form() -> None:
    assert str(parse_decimal("1.50", "x")) == str(parse_decimal("1.5", "x")) == "1.5"
    assert str(parse_decimal("-0.000", "x")) == "0"


@given(plain)
def test_every_number_survives_the_wire(value: Decimal) -> None:
    assert parse_decimal(format_decimal(value), "x") == value


def test_the_canonical_text_has_no_exponent_and_no_needless_zero() -> None:
    assert [format_decimal(Decimal(t)) for t in ("1E+3", "1.500", "-0", "0.10", "100", "1E-7")] == [
        "1000",
        "1.5",
        "0",
        "0.1",
        "100",
        "0.0000001",
    ]


def test_division_and_steps_are_exact_to_what_the_contract_carries() -> None:
    assert divide(Decimal(1), Decimal(3)) == Decimal("0." + "3" * 18)
    assert is_multiple(Decimal("0.003"), Decimal("0.001"))
    assert not is_multiple(Decimal("0.0031"), Decimal("0.001"))


def test_money_is_exact_beyond_pythons_own_precision() -> None:
    large, small = Decimal("9" * 20), Decimal("0." + "9" * 18)
    assert large * small == Decimal("99999999999999999899.000000000000000001")
    assert divide(Decimal(10) ** 19, Decimal(3)) == Decimal("3" * 19 + "." + "3" * 18)


def test_threads_compute_as_exactly_as_the_event_loop() -> None:
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(lambda: Decimal("1" * 40) + 0).result() == Decimal("1" * 40)


def test_a_computed_value_is_written_with_the_decimals_that_the_contract_carries() -> None:
    assert format_decimal(Decimal("0.123456789012345678") * Decimal("0.1")) == "0.012345678901234568"
