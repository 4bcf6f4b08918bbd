"""The encoders against recorded frames of real terminals, where a directory of them is given."""

from __future__ import annotations

import os
import re
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace

from brokerwire_sandbox.tws import messages
from brokerwire_sandbox.tws.contract_messages import contract_details
from brokerwire_sandbox.tws.order_messages import completed_order, open_order
from brokerwire_sandbox.tws.records import Execution, Status
from brokerwire_sandbox.tws.settings import TimeForm
from brokerwire_sandbox.tws.tickets import read_ticket
from brokerwire_sandbox.tws.times import Times
from tests.unit.sandbox.tws.building import TODAY, contract, order

if TYPE_CHECKING:
    from collections.abc import Sequence

GIVEN = os.environ.get("TWS_FIXTURES", "")
pytestmark = pytest.mark.skipif(not GIVEN, reason="set TWS_FIXTURES to a directory of recorded frames to read them")


def recorded(name: str, *starts: str) -> list[list[str]]:
    """Return the frames of a file that begin so; a NUL is written as a bar, and the last field is ended like all."""
    text = Path(GIVEN, name).read_text()
    rows = [line for line in text.splitlines() if re.match(r"\d+\|", line)]
    return [row.split("|")[:-1] for row in rows if any(row.startswith(f"{start}|") for start in starts)]


def stripped(fields: Sequence[str]) -> list[str]:
    """Return the fields without empty ones at the end, of which the recordings may have one too many."""
    found = list(fields)
    while found and not found[-1]:
        found.pop()
    return found


def kinds(fields: Sequence[str]) -> list[str]:
    """Return whether each field is empty, a number or text."""
    return ["" if not f else "number" if re.fullmatch(r"-?[\d.]+(E308)?", f) else "text" for f in fields]


def test_an_open_order_is_the_recorded_one_to_the_byte() -> None:
    frames = [f for f in recorded("sv173-market-order-flow.txt", "5") if f[3] == "AAPL"]
    for frame, status in zip(frames, (Status.PRE_SUBMITTED, Status.FILLED), strict=True):
        assert open_order(order(status=status), 173) == frame


def test_an_open_order_of_an_older_layout_lacks_what_came_later() -> None:
    frames = [f for f in recorded("sv173-market-order-flow.txt", "5") if f[3] == "TSLA"]
    assert len(frames) == 3
    for frame in frames:
        ours = open_order(order(), 165)
        assert len(ours) == 131
        assert kinds(ours[12:92]) == kinds(frame[12:92])


def test_a_future_and_its_execution_stand_where_they_were_recorded() -> None:
    name = "raw/nautilus-legacy-ICE-future.txt"
    (frame,) = recorded(name, "5")
    assert len(open_order(order("ES", "1"), 173)) == len(frame)
    ours = open_order(order("ES", "1"), 173)
    assert [ours.index("PreSubmitted")] == [frame.index("Submitted")]
    (execution,) = recorded(name, "11")
    assert len(execution) == len(_execution_fields(173))


def test_a_completed_order_is_the_recorded_one() -> None:
    filled, _, cancelled, *_ = recorded("sv173-completed-orders.txt", "101")
    done = order(
        permanent_id=1824933227,
        filled=Decimal(100),
        account="DU1236109",
        end_text="Filled Size: 100",
        status=Status.FILLED,
    )
    assert completed_order(done, 169, "20230306 12:28:30 America/Los_Angeles") == filled
    ended = order("ES", "1", status=Status.CANCELLED, end_text="Cancelled by Trader")
    ours = completed_order(ended, 173, "20250810 09:07:39 America/Los_Angeles")
    assert len(ours) == len(cancelled)
    assert [i for i, (a, b) in enumerate(zip(ours, cancelled, strict=True)) if kinds([a]) != kinds([b])] == []


def test_statuses_and_executions_are_the_recorded_ones() -> None:
    _, _, waiting, filled = recorded("sv173-market-order-flow.txt", "3")
    assert messages.order_status(order()) == waiting
    done = order(status=Status.FILLED, filled=Decimal(100), cost=Decimal(20194), last_price=Decimal("201.94"))
    assert messages.order_status(done) == filled
    (execution,) = [f for f in recorded("sv173-market-order-flow.txt", "11") if f[4] == "AAPL"]
    ours = _execution_fields(173, time=1_744_745_911_000_000_000)
    assert stripped(ours) == stripped(execution)
    (commission,) = recorded("sv173-market-order-flow.txt", "59")
    assert kinds(stripped(messages.commission_report(_execution()))) == kinds(stripped(commission))


def test_contract_details_have_the_recorded_fields() -> None:
    frames = [f for f in recorded("sv173-contract-details.txt", "10") if len(f) > 5]
    for frame in frames:
        name = "ES" if frame[3] == "FUT" else "AAPL"
        ours = contract_details(contract(name), 9001, TODAY, 173)
        assert len(stripped(ours)) == len(stripped(frame))
        assert kinds(ours[:14]) == kinds(frame[:14])


def test_positions_values_and_errors_have_the_recorded_fields() -> None:
    name = "account-and-positions.txt"
    frames: dict[str, list[str]] = {f[0]: f for f in recorded(name, "61", "63", "73") if len(f) > 3 and f[2] != "6"}
    held = messages.position("DU1234567", contract("AAPL"), Decimal(500), Decimal("196.77"))
    assert kinds(held) == kinds(frames["61"])
    (cancelled,) = recorded("sv173-cancel.txt", "4")
    assert messages.error(202, "Order Canceled - reason:", 41, 173) == cancelled[:6]


def test_orders_of_a_third_library_are_read() -> None:
    frames: list[Any] = recorded("sv173-place-order-client.txt", "3")
    stock, future, bag = (read_ticket(frame, 164) for frame in frames)
    assert (stock.query.symbol, stock.number("totalQuantity")) == ("TSLA", 100)
    assert (future.query.local_symbol, future.number("lmtPrice")) == ("FGBL MAR 23", 500)
    assert [leg.con_id for leg in bag.legs] == [55928698, 55850663]
    assert bag.routing == (("NonGuaranteed", "1"),)


def _execution() -> Execution:
    done = order(filled=Decimal(100), cost=Decimal(20194))
    return Execution(
        execution_id="0000e0d5.67fe667b.01.01",
        order=done,
        contract=replace(contract("AAPL")),
        buying=True,
        quantity=Decimal(100),
        price=Decimal("201.94"),
        cumulative=Decimal(100),
        average=Decimal("201.94"),
        time=0,
        commission=Decimal(1),
        realized=None,
        liquidity=2,
    )


def _execution_fields(version: int, time: int = 0) -> list[str]:
    text = Times("UTC").execution(time, TimeForm.BARE)
    return messages.execution_details(_execution(), text, -1, "IEX", version)
