from __future__ import annotations

from decimal import Decimal
from itertools import permutations
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from brokerwire_server.domain.fills import FillKind
from brokerwire_server.domain.orders import Order, OrderState, OrderTerms, PendingAction, Side
from brokerwire_server.domain.positions import Position, PositionLedger
from brokerwire_server.domain.reducer import Ignored, add_fill, in_doubt, reduce
from brokerwire_server.domain.reports import (
    CancelRejectedReport,
    OrderReport,
    ReplacedReport,
    RestatedReport,
    StatusReport,
    TriggeredReport,
)
from tests.support.builders import AAPL, ACCOUNT, fill, order, status_report

if TYPE_CHECKING:
    from brokerwire_server.domain.fills import Fill


def status(state: OrderState, time: int, **more: object) -> StatusReport:
    return status_report(state, time=time, **more)


def after(start: Order, *reports: OrderReport) -> Order:
    for report in reports:
        result = reduce(start, report)
        start = start if isinstance(result, Ignored) else result
    return start


def test_a_stale_status_never_overwrites_a_later_one() -> None:
    done = after(order(), status(OrderState.CANCELED, 9), status(OrderState.WORKING, 3))
    assert done.state is OrderState.CANCELED


def test_within_the_market_the_later_status_wins() -> None:
    suspended = after(order(), status(OrderState.SUSPENDED, 5), status(OrderState.WORKING, 4))
    assert suspended.state is OrderState.SUSPENDED
    assert after(suspended, status(OrderState.WORKING, 6)).state is OrderState.WORKING


def test_a_repeated_status_changes_nothing() -> None:
    once = after(order(), status(OrderState.WORKING, 5))
    assert isinstance(reduce(once, status(OrderState.WORKING, 5)), Ignored)


def test_fills_decide_what_is_filled() -> None:
    working = after(order(), status(OrderState.WORKING, 1))
    part = add_fill(working, fill(quantity=Decimal(4), price=Decimal(99)))
    assert (part.state, part.filled_quantity, part.remaining_quantity) == (
        OrderState.PARTIALLY_FILLED,
        Decimal(4),
        Decimal(6),
    )
    whole = add_fill(part, fill(fill_id="f-2", quantity=Decimal(6), price=Decimal(101), execution_time=2))
    assert whole.state is OrderState.FILLED
    assert whole.terminal
    assert whole.average_fill_price == Decimal("100.2")


def test_a_late_fill_on_a_canceled_order_is_counted_and_the_state_stays() -> None:
    canceled = after(order(), status(OrderState.CANCELED, 5))
    late = add_fill(canceled, fill(quantity=Decimal(3), execution_time=4))
    assert late.state is OrderState.CANCELED
    assert late.filled_quantity == Decimal(3)


def test_an_order_that_was_filled_completely_is_filled_whatever_the_broker_called_it() -> None:
    canceled = after(order(), status(OrderState.CANCELED, 5))
    assert add_fill(canceled, fill(quantity=Decimal(10), execution_time=4)).state is OrderState.FILLED


def test_a_bust_takes_back_what_the_fill_gave() -> None:
    first = fill(quantity=Decimal(10))
    filled = add_fill(after(order(), status(OrderState.WORKING, 1)), first)
    bust = fill(fill_id="f-2", kind=FillKind.BUST, refers_to_fill_id="f-1", quantity=Decimal(10))
    busted = add_fill(filled, bust, first)
    assert busted.filled_quantity == 0
    assert busted.state is OrderState.WORKING


def test_a_correction_replaces_and_does_not_add() -> None:
    first = fill(quantity=Decimal(5), price=Decimal(100))
    correction = fill(
        fill_id="f-2", kind=FillKind.CORRECTION, refers_to_fill_id="f-1", quantity=Decimal(5), price=Decimal(90)
    )
    corrected = add_fill(add_fill(order(), first), correction, first)
    assert corrected.filled_quantity == Decimal(5)
    assert corrected.average_fill_price == Decimal(90)


def test_doubt_gives_way_to_evidence_and_never_the_other_way() -> None:
    doubtful = in_doubt(order(), "no answer")
    assert doubtful.state is OrderState.INDETERMINATE
    assert not doubtful.terminal
    assert after(doubtful, status(OrderState.WORKING, 3)).state is OrderState.WORKING
    working = after(order(), status(OrderState.WORKING, 3))
    assert in_doubt(working, "no answer") is working
    filled = add_fill(order(), fill())
    assert in_doubt(filled, "no answer") is filled


def test_a_fill_is_evidence_enough_for_an_order_in_doubt() -> None:
    assert add_fill(in_doubt(order(), "no answer"), fill()).state is OrderState.PARTIALLY_FILLED


def test_a_pending_cancel_stays_visible_over_a_partial_fill_and_goes_with_the_end() -> None:
    pending = replace(order(), pending_action=PendingAction.CANCEL, pending_action_id="a")
    part = add_fill(pending, fill())
    assert (part.state, part.pending_action) == (OrderState.PARTIALLY_FILLED, PendingAction.CANCEL)
    assert after(part, status(OrderState.CANCELED, 9)).pending_action is PendingAction.NONE


def test_only_the_answer_to_this_cancel_ends_it() -> None:
    pending = replace(order(), pending_action=PendingAction.CANCEL, pending_action_id="second")
    old = CancelRejectedReport(account_id=ACCOUNT, action_id="first", time=1)
    assert isinstance(reduce(pending, old), Ignored)
    mine = CancelRejectedReport(account_id=ACCOUNT, action_id="second", time=1)
    assert after(pending, mine).pending_action is PendingAction.NONE


def test_new_terms_apply_once_and_old_ones_never_after_newer() -> None:
    second = ReplacedReport(account_id=ACCOUNT, terms=OrderTerms(limit_price=Decimal(102)), revision=2, time=2)
    first = ReplacedReport(account_id=ACCOUNT, terms=OrderTerms(limit_price=Decimal(101)), revision=1, time=1)
    assert after(order(), second, first, second).limit_price == Decimal(102)


@pytest.mark.parametrize("ids", list(permutations(range(3))), ids=lambda ids: "".join(map(str, ids)))
def test_a_trailing_stop_ends_at_its_tightest_level(ids: tuple[int, ...]) -> None:
    levels = [Decimal(95), Decimal(97), Decimal(96)]
    selling = order(side=Side.SELL, stop_price=Decimal(90))
    reports = [RestatedReport(account_id=ACCOUNT, stop_price=levels[i], time=i) for i in ids]
    assert after(selling, *reports).stop_price == Decimal(97)


# --- any order, duplication or delay ------------------------------------------------------------------------------

_STATES = [
    OrderState.ACCEPTED,
    OrderState.WORKING,
    OrderState.SUSPENDED,
    OrderState.CANCELED,
    OrderState.EXPIRED,
    OrderState.REJECTED,
]

_statuses = st.builds(
    lambda state, time, message: status(state, time, message=message),
    st.sampled_from(_STATES),
    st.integers(1, 20),
    st.sampled_from(["", "a", "b"]),
)
_sizes = st.integers(1, 4)


@st.composite
def histories(draw: st.DrawFn) -> list[object]:
    """What a broker might say of an order of 10: statuses, fills (with some busted or corrected), a trigger."""
    facts: list[object] = list(draw(st.lists(_statuses, max_size=5)))
    total = 0
    for number in range(draw(st.integers(0, 5))):
        size = draw(_sizes)
        total += size
        if total > 10:
            break
        time = draw(st.integers(1, 30))
        fact = fill(fill_id=f"f-{number}", quantity=Decimal(size), price=Decimal(100 + number), execution_time=time)
        facts.append(fact)
        amended = draw(st.sampled_from(["", "", FillKind.BUST, FillKind.CORRECTION]))
        if amended:
            facts.append(
                replace(
                    fact,
                    fill_id=f"f-{number}-amended",
                    kind=FillKind(amended),
                    refers_to_fill_id=fact.fill_id,
                    price=Decimal(90),
                    execution_time=time + draw(st.integers(0, 5)),
                )
            )
    if draw(st.booleans()):
        facts.append(TriggeredReport(account_id=ACCOUNT, time=draw(st.integers(1, 20))))
    return facts


class Books:
    """The least a book must do: dedupe fills, keep amendments that come before their fill."""

    def __init__(self) -> None:
        self.order = order()
        self.ledger = PositionLedger(Position(account_id=ACCOUNT, instrument=AAPL))
        self.counted: dict[str, Fill] = {}
        self.early: dict[str, Fill] = {}
        self.seen: set[str] = set()

    def take(self, fact: object) -> None:
        from brokerwire_server.domain.fills import Fill

        if not isinstance(fact, Fill):
            result = reduce(self.order, fact)  # type: ignore[arg-type]
            self.order = self.order if isinstance(result, Ignored) else result
            return
        if fact.fill_id in self.seen:
            return
        self.seen.add(fact.fill_id)
        self.ledger.apply(fact)
        if fact.kind is FillKind.NORMAL:
            self.order = add_fill(self.order, fact)
            self.counted[fact.fill_id] = fact
            if (amendment := self.early.get(fact.fill_id)) is not None:
                self.order = add_fill(self.order, amendment, fact)
        elif (earlier := self.counted.get(fact.refers_to_fill_id)) is not None:
            self.order = add_fill(self.order, fact, earlier)
        else:
            self.early[fact.refers_to_fill_id] = fact


@given(histories(), st.data())
def test_any_order_and_duplication_of_reports_ends_in_the_same_state(facts: list[object], data: st.DataObject) -> None:
    straight = Books()
    for fact in facts:
        straight.take(fact)
    shuffled = Books()
    doubled = facts + data.draw(st.lists(st.sampled_from(facts), max_size=6)) if facts else facts
    for fact in data.draw(st.permutations(doubled)):
        shuffled.take(fact)
    ours, theirs = straight.order, shuffled.order
    assert ours.state is theirs.state
    assert (ours.filled_quantity, ours.filled_cost, ours.triggered) == (
        theirs.filled_quantity,
        theirs.filled_cost,
        theirs.triggered,
    )
    assert (ours.state_reason, ours.broker_message, ours.status_time) == (
        theirs.state_reason,
        theirs.broker_message,
        theirs.status_time,
    )
    left, right = straight.ledger.position, shuffled.ledger.position
    assert (left.quantity, left.average_cost, left.realized_profit_loss) == (
        right.quantity,
        right.average_cost,
        right.realized_profit_loss,
    )
    assert left.quantity == ours.filled_quantity
