"""Executions told by two sources, in any order and with losses, count once each."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from brokerwire_server.brokers.alpaca.fills import FillLedger, Sighting, activity_uuid
from brokerwire_server.domain.fills import FillSource
from tests.support.builders import fill

if TYPE_CHECKING:
    from collections.abc import Sequence

KEY = ("order", "AAPL")


def sight(identity: str, quantity: Any, price: Any = 10, cumulative: Any = 0, time: int = 0) -> Sighting:
    amounts = {"quantity": Decimal(quantity), "price": Decimal(price), "cumulative": Decimal(cumulative)}
    return Sighting(id=identity, time=time, **amounts)


class Book:
    """Counts what the ledger tells, once per id, as the engine does; it survives the ledger."""

    def __init__(self) -> None:
        self.told: dict[str, Any] = {}
        self.source: dict[str, FillSource] = {}
        self.ledger = FillLedger()

    def push(self, seen: Sighting) -> None:
        self._take(self.ledger.from_stream(KEY, seen), FillSource.PUSH)

    def listed(self, *seen: Sighting) -> None:
        found = self.ledger.from_activities([(KEY, one) for one in seen])
        self._take([execution for _, execution in found], FillSource.RECONCILED)

    def _take(self, found: Sequence[Any], source: FillSource) -> None:
        for one in found:
            if one.id not in self.told:
                self.told[one.id] = one
                self.source[one.id] = source

    def restart(self) -> None:
        self.ledger = FillLedger()
        for identity, one in self.told.items():
            known = fill(
                execution_id=identity,
                quantity=one.quantity,
                price=one.price,
                source=self.source[identity],
                execution_time=one.time,
            )
            self.ledger.restore(KEY, known)

    def counted(self) -> Counter[tuple[Decimal, Decimal]]:
        return Counter((one.quantity, one.price) for one in self.told.values())


executions = st.lists(st.tuples(st.integers(1, 3), st.integers(10, 11)), min_size=1, max_size=8)


@st.composite
def stories(draw: st.DrawFn) -> tuple[list[tuple[int, int]], bool, list[tuple[str, int]], bool]:
    """Draw the truth, whether ids agree, what is told in which order, and whether the stream's totals run ahead."""
    truth = draw(executions)
    numbers = st.integers(0, len(truth) - 1)
    told = draw(
        st.lists(
            st.one_of(
                st.tuples(st.just("push"), numbers),
                st.tuples(st.just("list"), numbers),
                st.tuples(st.just("restart"), st.just(0)),
            ),
            max_size=30,
        )
    )
    return truth, draw(st.booleans()), told, draw(st.booleans())


@settings(max_examples=1500, deadline=None)
@given(stories())
def test_no_execution_is_lost_or_doubled_whatever_the_sources_tell(story: Any) -> None:
    truth, same_ids, told, ahead = story
    totals = [sum(quantity for quantity, _ in truth[: number + 1]) for number in range(len(truth))]
    expected = Counter((Decimal(quantity), Decimal(price)) for quantity, price in truth)
    book = Book()
    for kind, number in told:
        quantity, price = truth[number]
        if kind == "restart":
            book.restart()
        elif kind == "push":
            book.push(sight(f"x{number}", quantity, price, totals[-1] if ahead else totals[number], number + 1))
        else:
            book.listed(sight(f"x{number}" if same_ids else f"a{number}", quantity, price, totals[number], number + 1))
        assert book.counted() <= expected, "one execution counts twice"
    book.listed(
        *(
            sight(f"x{number}" if same_ids else f"a{number}", quantity, price, totals[number], number + 1)
            for number, (quantity, price) in enumerate(truth)
        )
    )
    assert book.counted() == expected, "an execution is lost"


def test_an_activity_is_the_execution_that_the_stream_has_told_under_another_id() -> None:
    ledger = FillLedger()
    (first,) = ledger.from_stream(KEY, sight("stream-1", 5, cumulative=5))
    (same,) = ledger.from_activity(KEY, sight("activity-1", 5, cumulative=5))
    assert same.id == first.id == "stream-1"
    assert ledger.total(KEY) == 5


def test_an_execution_that_comes_by_stream_after_its_activity_goes_by_the_activitys_id() -> None:
    ledger = FillLedger()
    ledger.from_activity(KEY, sight("activity-1", 5, cumulative=5))
    (late,) = ledger.from_stream(KEY, sight("stream-1", 5, cumulative=5))
    assert late.id == "activity-1"
    assert [e.id for e in ledger.from_stream(KEY, sight("stream-1", 5, cumulative=5))] == ["activity-1"]


def test_alike_executions_pair_with_the_activity_of_the_same_total() -> None:
    ledger = FillLedger()
    ledger.from_stream(KEY, sight("s1", 5, cumulative=5))
    ledger.from_stream(KEY, sight("s2", 5, cumulative=10))
    assert [e.id for e in ledger.from_activity(KEY, sight("a2", 5, cumulative=10))] == ["s2"]
    assert [e.id for e in ledger.from_activity(KEY, sight("a1", 5, cumulative=5))] == ["s1"]


def test_wrongly_paired_executions_are_parted_when_an_id_shows_it() -> None:
    ledger = FillLedger()
    ledger.from_stream(KEY, sight("two", 5, cumulative=10))
    assert [e.id for e in ledger.from_activity(KEY, sight("one", 5, cumulative=5))] == ["two"]
    assert [e.id for e in ledger.from_activity(KEY, sight("two", 5, cumulative=10))] == ["two", "one"]
    assert ledger.total(KEY) == 10


@pytest.mark.parametrize("pieces", [(3, 7), (1, 9), (10,)])
def test_an_activity_that_sums_up_what_the_stream_told_in_pieces_adds_nothing(pieces: tuple[int, ...]) -> None:
    ledger = FillLedger()
    total = 0
    for number, piece in enumerate(pieces):
        total += piece
        ledger.from_stream(KEY, sight(f"s{number}", piece, "10.001", total))
    ledger.from_activity(KEY, sight("a", 10, "10.0", 10))
    assert ledger.total(KEY) == 10


def test_only_the_part_that_the_stream_has_not_told_is_new() -> None:
    ledger = FillLedger()
    ledger.from_stream(KEY, sight("s1", 3, cumulative=3))
    (rest,) = ledger.from_activity(KEY, sight("a", 10, cumulative=10))
    assert rest.quantity == 7
    assert ledger.total(KEY) == 10
    assert [e.id for e in ledger.from_stream(KEY, sight("s2", 7, cumulative=10))] == ["a"]


def test_a_busted_execution_stays_busted_when_its_activity_comes() -> None:
    ledger = FillLedger()
    assert ledger.bust(KEY, "never-told", Decimal(5), Decimal(10)) == "never-told"
    (same,) = ledger.from_activity(KEY, sight("activity-1", 5, cumulative=5))
    assert same.id == "never-told"
    assert ledger.total(KEY) == 0


def test_a_bust_names_the_execution_by_the_id_it_is_known_by() -> None:
    ledger = FillLedger()
    ledger.from_activity(KEY, sight("activity-1", 5, cumulative=5))
    ledger.from_stream(KEY, sight("stream-1", 5, cumulative=5))
    assert ledger.bust(KEY, "stream-1", Decimal(5), Decimal(10)) == "activity-1"
    (replacement,) = ledger.from_activity(KEY, sight("activity-2", 5, 11, cumulative=5))
    assert replacement.id == "activity-2"


def test_an_activitys_own_part_of_its_id_follows_the_time() -> None:
    assert activity_uuid("20261008111018097::fc1f73e1-a5c2") == "fc1f73e1-a5c2"
