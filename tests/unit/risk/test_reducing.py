from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from brokerwire_server.domain.orders import Order, OrderLeg, OrderState, OrderTerms, Side
from brokerwire_server.domain.positions import Position
from brokerwire_server.risk.reducing import adds_nothing, only_lowers, reduces
from tests.support.builders import AAPL, order

MSFT = replace(AAPL, symbol="MSFT")


def held(quantity: int, instrument: Any = AAPL) -> dict[str, Position]:
    return {instrument.symbol: Position(account_id="paper", instrument=instrument, quantity=Decimal(quantity))}


def sell(quantity: int | str = 10, name: str = "s", **changes: Any) -> Order:
    return order(order_id=name, side=Side.SELL, quantity=Decimal(quantity), **changes)


def buy(quantity: int | str = 10, name: str = "b", **changes: Any) -> Order:
    return order(order_id=name, side=Side.BUY, quantity=Decimal(quantity), **changes)


@pytest.mark.parametrize(
    ("position", "wanted", "result"),
    [
        (10, sell(10), True),
        (10, sell("10.001"), False),
        (10, buy(1), False),
        (-10, buy(10), True),
        (-10, buy(11), False),
        (-10, sell(1), False),
        (0, sell(1), False),
        (10, replace(sell(), quantity=None, notional=Decimal(5)), False),
        (10, replace(sell(), legs=(OrderLeg(instrument=AAPL, side=Side.SELL),)), False),
        (10, replace(sell(), instrument=MSFT), False),
    ],
)
def test_one_order_alone(position: int, wanted: Order, result: bool) -> None:
    assert reduces([wanted], held(position), []) is result


def test_nothing_held_at_all() -> None:
    assert not reduces([sell(1)], {}, [])


def test_what_works_already_counts_with_what_it_may_still_fill() -> None:
    working = [sell(6, "w")]
    assert reduces([sell(4)], held(10), working)
    assert not reduces([sell("4.001")], held(10), working)
    partly = [replace(sell(6, "w"), filled_quantity=Decimal(5), state=OrderState.PARTIALLY_FILLED)]
    assert reduces([sell(9)], held(10), partly)


def test_what_works_on_the_other_side_or_elsewhere_does_not_help_nor_hinder() -> None:
    assert reduces([sell(10)], held(10), [buy(100, "w"), replace(sell(100, "x"), instrument=MSFT)])


def test_of_exits_that_cancel_each_other_the_largest_counts() -> None:
    exits = [sell(6, "tp", parent_order_id="entry"), sell(6, "sl", parent_order_id="entry")]
    assert reduces([sell(4)], held(10), exits)
    assert not reduces([sell(5)], held(10), exits)


def test_an_order_is_not_counted_against_itself() -> None:
    mine = sell(10)
    assert reduces([mine], held(10), [mine])


def test_all_orders_of_a_submission_must_reduce() -> None:
    assert not reduces([sell(5), buy(5, "exit", parent_order_id="s")], held(10), [])


def test_replaces() -> None:
    working = [buy(10)]
    assert only_lowers(working[0], OrderTerms(quantity=Decimal(9)))
    assert not only_lowers(working[0], OrderTerms(quantity=Decimal(11)))
    assert not only_lowers(working[0], OrderTerms(quantity=Decimal(9), limit_price=Decimal(1)))
    assert not only_lowers(working[0], OrderTerms(limit_price=Decimal(1)))
    assert adds_nothing(working[0], OrderTerms(quantity=Decimal(9)), {}, working)
    assert not adds_nothing(working[0], OrderTerms(limit_price=Decimal(1)), {}, working)
    closing = sell(10)
    assert adds_nothing(closing, OrderTerms(limit_price=Decimal(1)), held(10), [closing])
    assert not adds_nothing(closing, OrderTerms(quantity=Decimal(11)), held(20), [closing])


@given(
    position=st.integers(-20, 20).filter(bool),
    wanted=st.lists(st.tuples(st.sampled_from([Side.BUY, Side.SELL]), st.integers(1, 20)), min_size=1, max_size=6),
)
def test_whatever_is_let_pass_in_turn_never_takes_a_position_past_zero(
    position: int, wanted: list[tuple[Side, int]]
) -> None:
    working: list[Order] = []
    for number, (side, quantity) in enumerate(wanted):
        candidate = order(order_id=str(number), side=side, quantity=Decimal(quantity))
        if reduces([candidate], held(position), working):
            working.append(candidate)
    total = position + sum(int(each.quantity or 0) * each.side.sign for each in working)
    assert total == 0 or (total > 0) == (position > 0)
    assert abs(total) <= abs(position)
