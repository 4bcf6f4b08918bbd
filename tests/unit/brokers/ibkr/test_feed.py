"""Orders as the broker tells of them: which reports follow, and which do not."""

from __future__ import annotations

import asyncio
from decimal import Decimal

import pytest

from brokerwire_server.domain.fills import FillKind, Liquidity
from brokerwire_server.domain.instruments import AssetClass
from brokerwire_server.domain.orders import (
    OrderState,
    OrderTerms,
    OrderType,
    PendingAction,
    Side,
    StateReason,
    TimeInForce,
)
from brokerwire_server.domain.reports import CashReport, ReplacedReport, RestatedReport, StatusReport, TriggeredReport
from tests.unit.brokers.ibkr.feeds import PATIENCE, Wire
from tests.unit.brokers.ibkr.order_payloads import (
    commission,
    completed_order,
    error,
    execution,
    open_order,
    order_status,
)
from tests.unit.brokers.ibkr.rigs import order

pytestmark = pytest.mark.ibkr_libraries

KEY = f"{1:024x}"
OTHER = f"{2:024x}"


@pytest.fixture
async def wire() -> Wire:
    made = Wire()
    made.knows(order(1), 7)
    return made


async def test_an_order_is_reported_once_however_often_it_is_told(wire: Wire) -> None:
    wire.take(*[open_order(ref=KEY), order_status()] * 3)
    assert [(r.state, r.broker_client_order_id, r.broker_order_id) for r in wire.of(StatusReport)] == [
        (OrderState.WORKING, KEY, "900")
    ]
    assert len(wire.reports) == 1


async def test_a_held_order_is_accepted_and_says_what_holds_it(wire: Wire) -> None:
    wire.take(open_order(ref=KEY, status="PreSubmitted"), order_status(status="PreSubmitted", held="child"))
    assert (wire.latest.state, wire.latest.message) == (OrderState.ACCEPTED, "held: child")
    wire.take(order_status())
    assert (wire.latest.state, wire.latest.message) == (OrderState.WORKING, "")


async def test_a_market_order_filled_before_its_status_is_one_fill_with_its_commission(wire: Wire) -> None:
    wire.take(
        open_order(ref=KEY, kind="MKT", limit="0.0", status="PreSubmitted"),
        execution(ref=KEY),
        order_status(status="Filled", filled="10", remaining="0"),
        commission(),
    )
    (fill,) = wire.fills
    assert (fill.quantity, fill.price, fill.commission, fill.side) == (10, Decimal("201.94"), 1, Side.BUY)
    assert (fill.liquidity, fill.venue, fill.kind) == (Liquidity.TAKER, "IEX", FillKind.NORMAL)
    assert fill.time == 1_744_760_311_000_000_000
    assert (wire.latest.state, wire.latest.cumulative_quantity) == (OrderState.WORKING, 10)


async def test_a_commission_may_come_before_its_execution(wire: Wire) -> None:
    wire.take(open_order(ref=KEY), commission(amount="0.35"), execution(ref=KEY))
    assert [fill.commission for fill in wire.fills] == [Decimal("0.35")]


async def test_a_fill_does_not_wait_for_its_commission_for_ever_and_the_late_one_is_a_fee(wire: Wire) -> None:
    wire.take(open_order(ref=KEY), execution(ref=KEY))
    assert not wire.fills
    await asyncio.sleep(3 * PATIENCE)
    assert [fill.commission for fill in wire.fills] == [0]
    wire.take(commission(amount="1.25"), commission(amount="1.25"))
    (fee,) = [report.activity for report in wire.of(CashReport)]
    assert (fee.amount, fee.currency, fee.activity_id) == (
        Decimal("-1.25"),
        "USD",
        "commission:0000e0d5.67fe667b.01.01",
    )


async def test_an_unset_commission_is_absent(wire: Wire) -> None:
    wire.take(open_order(ref=KEY), execution(ref=KEY), commission(amount="1.7976931348623157E308"))
    await asyncio.sleep(3 * PATIENCE)
    assert [fill.commission for fill in wire.fills] == [0]
    wire.take(commission(amount="2"))
    assert [report.activity.amount for report in wire.of(CashReport)] == [-2]


async def test_a_commission_in_another_currency_is_a_fee_in_it(wire: Wire) -> None:
    wire.take(open_order(ref=KEY), execution(ref=KEY), commission(amount="0.9", currency="EUR"))
    assert [fill.commission for fill in wire.fills] == [0]
    assert [(r.activity.amount, r.activity.currency) for r in wire.of(CashReport)] == [(Decimal("-0.9"), "EUR")]


async def test_an_execution_told_twice_is_one(wire: Wire) -> None:
    wire.take(open_order(ref=KEY), *[execution(ref=KEY), commission()] * 2)
    assert len(wire.fills) == 1


async def test_a_later_version_of_an_execution_is_its_correction(wire: Wire) -> None:
    wire.take(open_order(ref=KEY))
    for version in ("01", "02", "03"):
        name = f"0000e0d5.67fe667b.01.{version}"
        wire.take(execution(ref=KEY, execution_id=name, shares="4"), commission(name))
    assert [(fill.kind, fill.refers_to_execution_id) for fill in wire.fills] == [
        (FillKind.NORMAL, ""),
        (FillKind.CORRECTION, "0000e0d5.67fe667b.01.01"),
        (FillKind.CORRECTION, "0000e0d5.67fe667b.01.01"),
    ]


async def test_an_execution_in_an_unknown_zone_is_kept_with_the_time_of_its_arrival(wire: Wire) -> None:
    wire.take(open_order(ref=KEY), execution(ref=KEY, time="20250415 19:38:31 Lunar Standard Time"), commission())
    assert 1_000 < wire.fills[0].time < 2_000
    assert "Lunar Standard Time" in wire.notes[0]


async def test_inactive_is_no_end(wire: Wire) -> None:
    wire.take(open_order(ref=KEY, status="Inactive"), order_status(status="Inactive"))
    assert wire.latest.state is OrderState.SUSPENDED
    wire.take(order_status(status="Submitted"))
    assert wire.latest.state is OrderState.WORKING
    wire.take(order_status(status="Inactive"), completed_order(ref=KEY, words="Cancelled by System:\n"))
    assert wire.latest.state is OrderState.CANCELED


async def test_an_ended_order_does_not_come_back(wire: Wire) -> None:
    wire.take(open_order(ref=KEY), order_status(status="Cancelled"), order_status(), open_order(ref=KEY))
    assert wire.states == [OrderState.WORKING, OrderState.CANCELED]


async def test_a_cancel_under_way_shows_and_its_end_names_who_asked(wire: Wire) -> None:
    wire.take(open_order(ref=KEY))
    tracked = wire.tracker.by_key(KEY)
    assert tracked is not None
    tracked.cancel_asked = True
    wire.take(order_status(status="PendingCancel"))
    assert (wire.latest.state, wire.latest.pending) == (OrderState.WORKING, PendingAction.CANCEL)
    wire.take(order_status(status="Cancelled"), error(7, 202, "Order Canceled - reason:"))
    assert (wire.latest.state, wire.latest.reason) == (OrderState.CANCELED, StateReason.CLIENT)


@pytest.mark.parametrize(
    ("tif", "reason"), [(TimeInForce.IOC, StateReason.IOC_REMAINDER), (TimeInForce.FOK, StateReason.FOK_UNFILLED)]
)
async def test_what_is_left_of_an_immediate_order_ends_for_that_reason(tif: TimeInForce, reason: StateReason) -> None:
    wire = Wire()
    wire.knows(order(1, time_in_force=tif), 7)
    wire.take(open_order(ref=KEY, tif=tif.value), order_status(status="Cancelled"))
    assert wire.latest.reason is reason


@pytest.mark.parametrize("code", [399, 404, 10349, 2109, 2161, 10167, 110, 201, 31337])
async def test_no_code_ends_an_order_that_stands(wire: Wire, code: int) -> None:
    wire.take(open_order(ref=KEY), order_status(), error(7, code, "words"))
    assert set(wire.states) == {OrderState.WORKING}


async def test_a_notice_is_shown_beside_the_state(wire: Wire) -> None:
    wire.take(open_order(ref=KEY), error(7, 399, "will not be placed until 09:30"))
    assert (wire.latest.state, wire.latest.message) == (OrderState.WORKING, "399: will not be placed until 09:30")


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (201, StateReason.INSUFFICIENT_BUYING_POWER),
        (110, StateReason.PRICE_INVALID),
        (200, StateReason.INSTRUMENT_NOT_TRADABLE),
        (103, StateReason.BROKER),
    ],
)
async def test_a_new_order_that_was_never_shown_is_rejected(wire: Wire, code: int, reason: StateReason) -> None:
    wire.take(error(7, code, "YOUR EQUITY WITH LOAN VALUE MUST EXCEED THE INITIAL MARGIN"))
    assert (wire.latest.state, wire.latest.reason) == (OrderState.REJECTED, reason)


async def test_a_refusal_of_an_order_that_was_shown_is_looked_into_and_proven_by_its_end(wire: Wire) -> None:
    wire.take(open_order(ref=KEY, status="Inactive"), error(7, 201, "Order rejected - reason:no"))
    assert wire.looked
    assert wire.latest.state is OrderState.SUSPENDED
    wire.take(completed_order(ref=KEY))
    assert (wire.latest.state, wire.latest.message) == (OrderState.REJECTED, "201: Order rejected - reason:no")


async def test_a_callback_whose_reference_is_another_orders_is_applied_to_neither(wire: Wire) -> None:
    wire.knows(order(2), 8)
    wire.take(open_order(ref=OTHER, status="Cancelled"), execution(ref=OTHER), commission())
    assert not wire.reports
    assert len(wire.doubts) == 2


async def test_a_permid_of_another_order_is_set_aside(wire: Wire) -> None:
    wire.knows(order(2), 8)
    wire.take(open_order(ref=KEY), order_status(8, 900, "Cancelled"))
    assert wire.states == [OrderState.WORKING]
    assert wire.doubts


async def test_a_status_of_a_new_permid_waits_until_the_order_is_looked_up(wire: Wire) -> None:
    wire.take(open_order(ref=KEY), order_status(7, 901, "Cancelled"))
    assert wire.states == [OrderState.WORKING]
    assert wire.looked == [None]


async def test_two_incarnations_count_together_until_one_is_left(wire: Wire) -> None:
    wire.take(open_order(ref=KEY), open_order(perm_id=901, ref=KEY))
    assert [report.terms.quantity for report in wire.of(ReplacedReport)] == [20]
    tracked = wire.tracker.by_key(KEY)
    assert tracked is not None
    assert [(s.broker_order_id, s.state) for s in wire.feed.listing(tracked)] == [
        ("900", OrderState.WORKING),
        ("901", OrderState.WORKING),
    ]
    wire.take(order_status(7, 900, "Cancelled"))
    assert wire.latest.state is OrderState.WORKING
    assert [report.terms.quantity for report in wire.of(ReplacedReport)] == [20, 10]
    wire.take(order_status(7, 901, "Cancelled"))
    assert wire.latest.state is OrderState.CANCELED


async def test_new_terms_are_reported_with_the_action_that_asked_for_them(wire: Wire) -> None:
    wire.take(open_order(ref=KEY), open_order(ref=KEY, limit="11.5", quantity="12"))
    (replaced,) = wire.of(ReplacedReport)
    assert (replaced.terms.quantity, replaced.terms.limit_price) == (12, Decimal("11.5"))


async def test_an_echo_of_prices_that_mean_nothing_changes_nothing() -> None:
    wire = Wire()
    wire.knows(order(1, type=OrderType.MARKET, limit_price=None), 7)
    wire.take(open_order(ref=KEY, kind="MKT", limit="96.79", trail_stop="97.79"))
    assert not wire.of(ReplacedReport)
    assert not wire.of(RestatedReport)


async def test_a_trailing_stop_tells_its_level_and_its_trigger() -> None:
    wire = Wire()
    wire.knows(
        order(1, type=OrderType.TRAILING_STOP, limit_price=None, trail_percent=Decimal("1.5"), side=Side.SELL), 7
    )
    row = {"ref": KEY, "kind": "TRAIL", "action": "SELL", "trail_percent": "1.5", "limit": "0.0"}
    wire.take(
        open_order(**row, trail_stop="98.5", status="PreSubmitted"),  # type: ignore[arg-type]
        order_status(status="PreSubmitted", held="trigger"),
        open_order(**row, trail_stop="99.0", status="PreSubmitted"),  # type: ignore[arg-type]
        order_status(),
    )
    assert [report.stop_price for report in wire.of(RestatedReport)] == [Decimal("98.5"), 99]
    assert len(wire.of(TriggeredReport)) == 1


async def test_an_order_of_a_person_is_described(wire: Wire) -> None:
    contract = ("853", "OBDC", "OPT", "20261120", "10", "P", "100", "SMART", "USD", "OBDC  261120P00010000", "OBDC")
    wire.take(
        open_order(0, 9000, ref="my idea", client_id=0, contract=contract, action="SELL", quantity="1", limit="1.2")
    )
    terms = wire.latest.terms
    assert terms is not None
    assert (wire.latest.broker_client_order_id, wire.latest.broker_order_id) == ("", "9000")
    assert (terms.instrument.asset_class, terms.side, terms.limit_price) == (
        AssetClass.OPTION,
        Side.SELL,
        Decimal("1.2"),
    )
    assert terms.tags["ibkr_order_ref"] == "my idea"


async def test_orders_of_a_person_with_one_reference_stay_apart(wire: Wire) -> None:
    wire.take(*(open_order(0, perm, ref="same", client_id=0) for perm in (9000, 9001)))
    assert [report.broker_order_id for report in wire.of(StatusReport)] == ["9000", "9001"]


async def test_another_accounts_orders_are_nobodys_here(wire: Wire) -> None:
    wire.take(open_order(0, 9000, client_id=3, account="DU7"), order_status(0, 9000, client_id=3))
    wire.take(execution(0, 9000, client_id=3, account="DU7"), commission())
    assert not wire.reports
    assert not wire.looked


async def test_a_combination_is_counted_by_its_sums_and_paid_by_its_legs() -> None:
    wire = Wire()
    bag = ("28812380", "AAPL", "BAG", "", "0", "?", "", "SMART", "USD", "28812380", "COMB")
    leg = ("12", "AAPL", "OPT", "20261218", "150", "C", "100", "CBOE", "USD", "AAPL  261218C00150000", "AAPL")
    wire.take(
        execution(0, 9000, client_id=3, contract=bag, execution_id="a.b.01.01", shares="2", cumulative="2"),
        execution(0, 9000, client_id=3, contract=leg, execution_id="a.b.02.01", shares="4", cumulative="4"),
        commission("a.b.02.01"),
    )
    assert [(fill.instrument.symbol, fill.quantity) for fill in wire.fills] == [("AAPL261218C00150000", 4)]


async def test_a_terminal_status_asks_nothing_of_terms_known_in_part(wire: Wire) -> None:
    tracked = wire.tracker.by_key(KEY)
    assert tracked is not None
    assert tracked.terms == OrderTerms(quantity=Decimal(10), limit_price=Decimal(10), time_in_force=TimeInForce.DAY)


@pytest.mark.parametrize("version", [157, 163, 173, 176])
async def test_what_can_not_be_read_is_told(version: int) -> None:
    wire = Wire(version=version)
    wire.take("5|7|265598|AAPL|", "11|-1|x|", "59|1|a|b|USD|||", "777|1|")
    assert len(wire.problems) == 4
