"""What goes out: no text can end a field, and every number has one exact text."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from brokerwire_server.brokers.ibkr import library
from brokerwire_server.brokers.ibkr.outgoing import UnsendableError, clean

pytestmark = pytest.mark.ibkr_libraries


@pytest.mark.parametrize(
    ("value", "text"),
    [("1E-7", "0.0000001"), ("1E+3", "1000"), ("0.10", "0.1"), ("-0.05", "-0.05"), ("100", "100"), ("1E-5", "0.00001")],
)
def test_a_number_goes_out_without_an_exponent(value: str, text: str) -> None:
    assert clean(Decimal(value)) == text


@pytest.mark.parametrize(
    "value",
    [
        "a\0b",
        "line\nbreak",
        "\x7f",
        "Zürich",
        Decimal("NaN"),
        Decimal("Infinity"),
        float("nan"),
        float("inf"),
        2**31,
        -(2**31),
        object(),
        b"bytes",
    ],
)
def test_what_has_no_safe_text_is_refused(value: Any) -> None:
    with pytest.raises(UnsendableError):
        clean(value)
    with pytest.raises(UnsendableError):
        clean([value])


def test_a_record_is_copied_and_guarded_in_every_field() -> None:
    contract = library.Contract(symbol="AAPL", strike=Decimal("150.00"))
    contract.comboLegs = [library.ComboLeg(conId=5, action="BUY")]
    cleaned = clean(contract)
    assert (cleaned.strike, contract.strike) == ("150", Decimal("150.00"))
    contract.comboLegs[0].exchange = "SM\0ART"
    with pytest.raises(UnsendableError):
        clean(contract)
    with pytest.raises(UnsendableError):
        clean(library.Order(orderRef="x\0y"))


def test_an_order_as_the_library_makes_it_passes() -> None:
    order = library.Order(action="BUY", totalQuantity=Decimal(5), orderType="LMT", lmtPrice=Decimal("1E-4"))
    assert clean(order).lmtPrice == "0.0001"
