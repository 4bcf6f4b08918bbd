from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brokerwire_sandbox.tws.wire import (
    UNSET_DOUBLE,
    Inbox,
    Malformed,
    double,
    frame,
    number,
    read_flag,
    read_integer,
    read_number,
    split,
)

_TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=20)


@given(messages=st.lists(st.lists(_TEXT, min_size=1, max_size=6), max_size=5), cut=st.integers(1, 40))
def test_what_is_framed_comes_out_whole_however_it_was_cut(messages: list[list[str]], cut: int) -> None:
    data, inbox = b"".join(map(frame, messages)), Inbox()
    found: list[list[str]] = []
    for start in range(0, len(data), cut):
        inbox.feed(data[start : start + cut])
        found += [split(body) for body in inbox.frames()]
    assert found == messages


def test_an_absurd_length_is_no_frame() -> None:
    inbox = Inbox()
    inbox.feed(b"GET / HTTP/1.1")
    with pytest.raises(Malformed, match="length"):
        list(inbox.frames())


@pytest.mark.parametrize("body", [b"4\x001", b"4\x00\xff\x00"])
def test_a_body_that_is_no_list_of_fields_is_refused(body: bytes) -> None:
    with pytest.raises(Malformed):
        split(body)


@pytest.mark.parametrize(("text", "value"), [("", None), ("1e-05", "0.00001"), ("-1.5", "-1.5"), (UNSET_DOUBLE, None)])
def test_numbers_are_read_in_all_forms(text: str, value: str | None) -> None:
    assert read_number(text) == (None if value is None else Decimal(value))


@pytest.mark.parametrize("text", ["nan", "NaN", "Infinite", "inf", "1_000", "0x10", "1,5", "b"])
def test_what_is_no_number_is_refused_in_the_service_s_words(text: str) -> None:
    with pytest.raises(Malformed, match=r"java\.lang\.NumberFormatException: For input string"):
        read_number(text)


@pytest.mark.parametrize("text", ["2147483648", "2548181185", "-2147483649", "1.0", "ten"])
def test_an_integer_of_more_than_32_bits_is_refused(text: str) -> None:
    with pytest.raises(Malformed, match="NumberFormatException"):
        read_integer(text)
    assert read_integer("2147483647") == 2_147_483_647


def test_a_flag_is_nothing_but_a_flag() -> None:
    assert (read_flag("1"), read_flag("0"), read_flag("")) == (True, False, False)
    with pytest.raises(Malformed):
        read_flag("b")


@pytest.mark.parametrize(
    ("value", "plain", "java"),
    [
        ("100", "100", "100.0"),
        ("196.520", "196.52", "196.52"),
        ("0", "0", "0.0"),
        ("12345678", "12345678", "1.2345678E7"),
        ("10000000", "10000000", "1.0E7"),
        ("0.0005", "0.0005", "5.0E-4"),
        ("-0.00005", "-0.00005", "-5.0E-5"),
    ],
)
def test_numbers_are_written_plain_or_as_a_java_double(value: str, plain: str, java: str) -> None:
    assert (number(Decimal(value)), double(Decimal(value))) == (plain, java)
    assert read_number(java) == Decimal(value)


def test_what_is_unset_is_the_largest_double() -> None:
    assert (number(None), double(None)) == (UNSET_DOUBLE, UNSET_DOUBLE)
