"""openOrder and completedOrder: lengths by version, and ib_async's decoder reads back what was said."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from ib_async.decoder import Decoder

from brokerwire_sandbox.tws.contracts import Contract, Leg
from brokerwire_sandbox.tws.margins import Preview
from brokerwire_sandbox.tws.order_messages import completed_order, open_order
from brokerwire_sandbox.tws.records import Status
from brokerwire_sandbox.tws.wire import UNSET_DOUBLE
from tests.unit.sandbox.tws.building import order

LENGTHS = {157: 128, 158: 128, 159: 129, 160: 130, 162: 131, 169: 131, 170: 136, 173: 136, 176: 136, 177: 135, 178: 135}


class Heard:
    """The callbacks that a decoder made."""

    def __init__(self) -> None:
        self.calls: list[tuple[Any, ...]] = []

    def openOrder(self, *arguments: Any) -> None:  # noqa: N802 - the library's name
        self.calls.append(arguments)

    def completedOrder(self, *arguments: Any) -> None:  # noqa: N802
        self.calls.append(arguments)


def decoded(fields: list[str], version: int) -> tuple[Any, ...]:
    heard = Heard()
    decoder: Any = Decoder(heard, version)  # type: ignore[arg-type]
    decoder.handlers[int(fields[0])](fields)
    return heard.calls[0]


@pytest.mark.parametrize(("version", "length"), LENGTHS.items())
def test_an_open_order_is_as_long_as_its_version_wants_and_reads_back(version: int, length: int) -> None:
    placed = order(
        fields={"orderType": "LMT", "lmtPrice": "201.5", "orderRef": "ours", "outsideRth": "1"}, status=Status.SUBMITTED
    )
    fields = open_order(placed, version)
    assert len(fields) == length
    order_id, described, said, state = decoded(fields, version)
    assert (order_id, described.conId, described.localSymbol) == (5, 265598, "AAPL")
    assert (said.permId, said.clientId, said.totalQuantity, said.lmtPrice) == (600745656, 100, 100, 201.5)
    assert (said.orderRef, said.outsideRth, said.ocaType, state.status) == ("ours", True, 3, "Submitted")


@pytest.mark.parametrize("version", LENGTHS)
def test_a_completed_order_names_no_order_id_and_reads_back(version: int) -> None:
    done = order(filled=Decimal(100), status=Status.FILLED, end_text="Filled Size: 100", fields={"orderRef": "ours"})
    fields = completed_order(done, version, "20230306 12:28:30 America/Los_Angeles")
    assert len(fields) == 95 + (version < 177) + 5 * (version >= 170)
    _, said, state = decoded(fields, version)
    assert (said.permId, said.orderRef, said.totalQuantity, said.filledQuantity) == (600745656, "ours", 0, 100)
    assert (state.status, state.completedStatus) == ("Filled", "Filled Size: 100")
    assert said.orderId == 0


def test_a_cancelled_one_keeps_its_quantity() -> None:
    ended = order(filled=Decimal(40), status=Status.CANCELLED)
    _, said, state = decoded(completed_order(ended, 178, ""), 178)
    assert (said.totalQuantity, said.filledQuantity, state.status) == (100, 40, "Cancelled")


def test_all_that_repeats_is_counted() -> None:
    legs = tuple(Leg(con_id=n, ratio=n, action="BUY", exchange="SMART") for n in (1, 2))
    placed = order(
        contract=Contract(con_id=28812380, symbol="AAPL", security="BAG", legs=legs),
        ticket={
            "routing": (("NonGuaranteed", "1"),),
            "algo": (("a", "b"),),
            "leg_prices": ("1.5", "2.5"),
            "conditions": (("3", "a", "1", "20260101-12:00:00"),),
            "delta_neutral": ("1", "0.5", "10.0"),
        },
        fields={"algoStrategy": "Adaptive"},
    )
    for fields in (open_order(placed, 178), completed_order(placed, 178, "")):
        described, said = decoded(fields, 178)[-3:-1]
        assert [leg.ratio for leg in described.comboLegs] == [1, 2]
        assert [leg.price for leg in said.orderComboLegs] == [1.5, 2.5]
        assert (said.algoParams[0].tag, said.conditions[0].time) == ("a", "20260101-12:00:00")
        assert described.deltaNeutralContract.delta == 0.5


def test_a_preview_carries_margins_and_says_what_if() -> None:
    one = (Decimal("1.00"), Decimal("2.00"), Decimal("3.00"))
    preview = Preview(before=one, change=one, after=one, commission=Decimal("1.25"), currency="USD")
    _, _, said, state = decoded(open_order(order(), 178, preview), 178)
    assert said.whatIf
    assert (state.initMarginChange, state.maintMarginAfter, state.commission) == ("1.00", "2.00", 1.25)


def test_without_one_the_margins_are_unset() -> None:
    _, _, said, state = decoded(open_order(order(), 178), 178)
    assert not said.whatIf
    assert state.initMarginBefore == state.equityWithLoanAfter == UNSET_DOUBLE
