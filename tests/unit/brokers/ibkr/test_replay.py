"""Recorded traffic of real gateways, through the decoders and the mapping: the right orders, fills and states."""

from __future__ import annotations

import asyncio
import base64
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from brokerwire_server.brokers.ibkr.codes import Meaning, meaning
from brokerwire_server.brokers.ibkr.contracts import instrument_of
from brokerwire_server.brokers.ibkr.positions import Row, position_of
from brokerwire_server.domain.fills import Fill
from brokerwire_server.domain.orders import Order, OrderState, Side
from brokerwire_server.domain.reducer import Ignored, add_fill, reduce
from brokerwire_server.domain.reports import CashReport, FillReport, StatusReport
from tests.unit.brokers.ibkr.feeds import PATIENCE, Wire
from tests.unit.brokers.ibkr.frames import RECORDED, decode, needs_recorded, recorded
from tests.unit.brokers.ibkr.order_payloads import frame
from tests.unit.brokers.ibkr.rigs import order
from tests.unit.brokers.ibkr.transcripts import ACCOUNT, Leg, frames_of, key_of, legs_of, orders_of

if TYPE_CHECKING:
    from collections.abc import Sequence

pytestmark = [pytest.mark.ibkr_libraries, needs_recorded]

_TRANSCRIPTS = Path(RECORDED, "ibkr-go-transcripts-v1.4.6")
LIVE = sorted(
    path.stem for path in _TRANSCRIPTS.glob("*.txt") if path.stem.startswith("api_") or "_live" in path.stem
) if RECORDED else []  # fmt: skip
_STATES = {
    "PreSubmitted": OrderState.ACCEPTED,
    "Submitted": OrderState.WORKING,
    "PendingCancel": OrderState.WORKING,
    "Cancelled": OrderState.CANCELED,
    "Inactive": OrderState.SUSPENDED,
}


def folded(before: Order, reports: Sequence[object]) -> Order:
    """Return an order after the reports about it."""
    after = before
    for report in reports:
        if isinstance(report, CashReport) or not _is_about(before, report):
            continue
        if isinstance(report, FillReport):
            after = add_fill(after, _fill(before, report))
            continue
        reduced = reduce(after, report)  # type: ignore[arg-type]
        after = after if isinstance(reduced, Ignored) else reduced
    return after


def _is_about(known: Order, report: object) -> bool:
    return getattr(report, "broker_client_order_id", "") == known.broker_client_order_id


def _fill(known: Order, report: FillReport) -> Fill:
    return Fill(
        fill_id=report.execution_id,
        order_id=known.order_id,
        account_id=known.account_id,
        execution_id=report.execution_id,
        instrument=report.instrument,
        side=report.side,
        quantity=report.quantity,
        price=report.price,
        commission=report.commission,
    )


def expected_state(leg: Leg, order_id: int, known: Order) -> OrderState:
    executed = sum(Decimal(e["shares"]) for e in leg.came("execution_detail") if e["order_id"] == order_id)
    if executed >= (known.quantity or 0):
        return OrderState.FILLED
    told = [status["status"] for status in leg.came("order_status") if status["order_id"] == order_id]
    return _STATES[told[-1]] if told else OrderState.REJECTED


@pytest.mark.parametrize("name", LIVE)
async def test_a_recorded_session_ends_in_the_states_and_fills_that_it_tells_of(name: str) -> None:
    for leg in legs_of(_TRANSCRIPTS / f"{name}.txt"):
        wire = Wire(client_id=leg.client_id, account=ACCOUNT)
        placed = orders_of(leg)
        for order_id, known in placed.items():
            wire.knows(known, order_id)
        wire.take(*frames_of(leg))
        await asyncio.sleep(3 * PATIENCE)
        assert not wire.problems
        assert not wire.doubts
        assert sorted((f.execution_id, f.quantity, f.price) for f in wire.fills) == sorted(
            (e["exec_id"], Decimal(e["shares"]), Decimal(e["price"])) for e in leg.came("execution_detail")
        )
        charged = {c["exec_id"]: Decimal(c["commission"]) for c in leg.came("commission_report")}
        assert {f.execution_id: f.commission for f in wire.fills if f.commission} == charged
        for order_id, known in placed.items():
            after = folded(known, wire.reports)
            assert after.state is expected_state(leg, order_id, known), (name, order_id)


@pytest.mark.parametrize("name", ["api_cross_client_cancel_aapl", "api_client_id0_order_observation_aapl"])
async def test_another_clients_order_is_adopted_and_its_cancel_seen(name: str) -> None:
    _, watching = legs_of(_TRANSCRIPTS / f"{name}.txt")
    wire = Wire(client_id=watching.client_id, account=ACCOUNT)
    wire.take(*frames_of(watching))
    (first, *_), last = wire.of(StatusReport), wire.latest
    assert first.terms is not None
    assert (first.terms.quantity, first.terms.limit_price, first.terms.side) == (10, Decimal("13.27"), Side.BUY)
    order_id = watching.came("open_order")[0]["order_id"]
    assert (last.state, last.broker_client_order_id) == (OrderState.CANCELED, key_of(order_id))


async def test_a_change_of_a_recorded_stop_is_reported_as_one() -> None:
    (leg,) = legs_of(_TRANSCRIPTS / "api_stop_loss_management_aapl.txt")
    wire = Wire(client_id=1, account=ACCOUNT)
    placed = orders_of(leg)
    for order_id, known in placed.items():
        wire.knows(known, order_id)
    wire.take(*frames_of(leg))
    assert folded(placed[276], wire.reports).stop_price == Decimal("14.13")


async def test_a_recorded_refusal_of_an_order_is_its_rejection() -> None:
    (leg,) = legs_of(_TRANSCRIPTS / "place_order_invalid_type_live_error.txt")
    wire = Wire(client_id=1, account=ACCOUNT)
    known = order(40, account_id=f"ib-{ACCOUNT.lower()}")
    wire.knows(known, 40)
    wire.take(*frames_of(leg))
    assert folded(known, wire.reports).state is OrderState.REJECTED


async def test_recorded_positions_are_ours_by_symbol_and_average_cost() -> None:
    (leg,) = legs_of(_TRANSCRIPTS / "grounded_positions.txt")
    held = {}
    for row in leg.came("position"):
        c = row["contract"]
        contract = (c["con_id"], c["symbol"], c["sec_type"], "", "0.0", "", "", c["exchange"], c["currency"])
        (message,) = decode(
            frame(
                "61",
                3,
                row["account"],
                *contract,
                c["local_symbol"],
                c["trading_class"],
                row["position"],
                row["avg_cost"],
            )
        )
        found = position_of(Row(*message.arguments), instrument_of(message.arguments[1]), "ib")  # type: ignore[arg-type]
        held[found.instrument.symbol] = (found.quantity, found.average_cost)
    stated = [(Decimal(row["position"]), Decimal(row["avg_cost"])) for row in leg.came("position")]
    assert sorted(held.values()) == sorted(stated)
    assert set(held) == {"AAPL", "AMZN", "QQQ270115P00500000", "XWZ6"}


async def test_recorded_farm_notices_are_no_trouble_of_the_link_and_of_no_order() -> None:
    for name in ("grounded_bootstrap", "grounded_account_summary", "grounded_contract_details_aapl"):
        (leg,) = legs_of(_TRANSCRIPTS / f"{name}.txt")
        notices = leg.came("api_error")
        assert notices
        assert {meaning(notice["code"]) for notice in notices} == {Meaning.FARM}


# --- raw frames ---


async def test_a_recorded_market_order_of_version_173_is_one_fill_at_its_price() -> None:
    file = "sv173-market-order-flow.txt"
    flows = {"TSLA": ("196.52", 1_677_236_696, 1), "AAPL": ("201.94", 1_744_738_711, 0)}
    for symbol, (price, seconds, commission) in flows.items():
        wire = Wire(client_id=100, version=173)
        opened = [frame for frame in recorded(file, "5") if f"|{symbol}|" in frame]
        order_id = opened[0].split("|")[1]
        statuses = [frame for frame in recorded(file, "3") if frame.startswith(f"3|{order_id}|")]
        executed = [frame for frame in recorded(file, "11") if f"|{symbol}|" in frame]
        wire.take(opened[0], statuses[0], *executed, opened[1], statuses[1], *opened[2:], *recorded(file, "59"))
        await asyncio.sleep(3 * PATIENCE)
        assert not wire.problems
        (fill,) = wire.fills
        assert (fill.quantity, fill.price, fill.commission) == (100, Decimal(price), commission)
        # The time names no zone; the machine's is Berlin's here, as the greeting would say.
        assert fill.time == seconds * 1_000_000_000
        assert wire.latest.cumulative_quantity == 100


async def test_a_recorded_cancel_of_version_173() -> None:
    wire = Wire(client_id=100, version=173)
    known = order(41)
    wire.knows(known, 41)
    wire.take(*recorded("sv173-cancel.txt", "3"), *recorded("sv173-cancel.txt", "4"))
    assert not wire.problems
    assert folded(known, wire.reports).state is OrderState.CANCELED


async def test_recorded_ends_of_version_173() -> None:
    wire = Wire(version=173, account="DU1236109")
    wire.take(*recorded("sv173-completed-orders.txt", "101"))
    assert not wire.problems
    ends = {report.broker_order_id: report for report in wire.of(StatusReport)}
    assert {(report.state, report.cumulative_quantity) for report in ends.values()} == {
        (OrderState.WORKING, 100),
        (OrderState.CANCELED, 0),
    }
    filled = ends["1824933227"]
    assert filled.terms is not None
    assert (filled.terms.quantity, filled.time) == (100, 1_678_134_510_000_000_000)


async def test_a_recorded_future_with_a_utc_time_and_a_commission_in_pounds() -> None:
    file = "raw/nautilus-legacy-ICE-future.txt"
    wire = Wire(client_id=1, version=173)
    first, last = recorded(file, "3")
    wire.take(*recorded(file, "5"), first, *recorded(file, "11"), last, *recorded(file, "59"))
    assert not wire.problems
    (fill,) = wire.fills
    assert (fill.price, fill.commission, fill.instrument.currency) == (Decimal("96.79"), Decimal("1.7"), "GBP")
    assert fill.time == 1_700_136_935_000_000_000


async def test_recorded_executions_and_states_of_version_200() -> None:
    """What has not changed its layout since: orderStatus, execDetails, commissionReport."""
    file = "raw/sv200-text-frames.txt"
    wire = Wire(client_id=94, version=176, account="DU9000001")
    wire.take(*recorded(file, "3"), *recorded(file, "11"), *recorded(file, "59"))
    assert not wire.problems
    await asyncio.sleep(3 * PATIENCE)
    (fill,) = wire.fills
    assert (fill.price, fill.side, fill.time) == (Decimal("257.95"), Side.BUY, 1_776_108_424_000_000_000)


async def test_a_recorded_end_by_the_system_of_version_200() -> None:
    """Its layout up to the end is that of version 178 and above, which has no faProfile."""
    text = (_TRANSCRIPTS / "completed_orders_cancelled_system_live.txt").read_text()
    line = next(line for line in text.splitlines() if line.startswith("raw server") and "AAABvj" in line)
    body = base64.b64decode(line.rpartition(" ")[2])[4:]
    wire = Wire(version=178, account="DU12345")
    wire.take("|".join(body.decode().rstrip("\0").split("\0")) + "|")
    assert not wire.problems
    assert (wire.latest.state, wire.latest.message) == (OrderState.CANCELED, "Cancelled by System:")
