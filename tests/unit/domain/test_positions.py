from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from brokerwire_server.domain.fills import Fill, FillKind
from brokerwire_server.domain.orders import Side
from brokerwire_server.domain.positions import WINDOW, Position, PositionLedger, apply_fill, value_position
from tests.support.builders import AAPL, ACCOUNT, fill

EMPTY = Position(account_id=ACCOUNT, instrument=AAPL)


def trade(side: Side, quantity: int, price: int, number: int = 1) -> Fill:
    return fill(
        fill_id=f"f-{number:05}", side=side, quantity=Decimal(quantity), price=Decimal(price), execution_time=number
    )


def fold(*fills: Fill) -> Position:
    position = EMPTY
    for one in fills:
        position = apply_fill(position, one)
    return position


def test_buying_more_averages_the_cost() -> None:
    position = fold(trade(Side.BUY, 10, 100), trade(Side.BUY, 30, 104, 2))
    assert (position.quantity, position.average_cost) == (Decimal(40), Decimal(103))


def test_selling_part_realises_profit_and_keeps_the_cost() -> None:
    position = fold(trade(Side.BUY, 10, 100), trade(Side.SELL, 4, 110, 2))
    assert (position.quantity, position.average_cost, position.realized_profit_loss) == (6, 100, 40)


def test_selling_all_leaves_a_closed_position_with_its_profit() -> None:
    position = fold(trade(Side.BUY, 10, 100), trade(Side.SELL, 10, 95, 2))
    assert position.closed
    assert (position.average_cost, position.realized_profit_loss) == (0, -50)


def test_a_short_gains_when_the_price_falls() -> None:
    position = fold(trade(Side.SELL_SHORT, 10, 100), trade(Side.BUY_TO_COVER, 10, 90, 2))
    assert (position.quantity, position.realized_profit_loss) == (0, 100)


def test_a_fill_through_zero_closes_and_opens_at_its_own_price() -> None:
    position = fold(trade(Side.BUY, 10, 100), trade(Side.SELL, 15, 110, 2))
    assert (position.quantity, position.average_cost, position.realized_profit_loss) == (-5, 110, 100)


def test_a_valuation_counts_what_closing_orders_have_reserved() -> None:
    valuation = value_position(fold(trade(Side.BUY, 10, 100)), Decimal(105), Decimal(4))
    assert (valuation.market_value, valuation.unrealized_profit_loss) == (1050, 50)
    assert valuation.unrealized_profit_loss_percent == 5
    assert valuation.available_quantity == 6


trades = st.lists(
    st.tuples(st.sampled_from([Side.BUY, Side.SELL]), st.integers(1, 50), st.integers(1, 200)), min_size=1, max_size=40
)


@given(trades, st.randoms())
def test_the_ledger_does_not_care_in_which_order_fills_arrive(rows: list[tuple[Side, int, int]], rng: object) -> None:
    fills = [trade(*row, number) for number, row in enumerate(rows)]
    shuffled = list(fills)
    rng.shuffle(shuffled)  # type: ignore[attr-defined]
    ledger = PositionLedger(EMPTY)
    for one in shuffled:
        ledger.apply(one)
    straight = fold(*fills)
    assert (ledger.position.quantity, ledger.position.average_cost, ledger.position.realized_profit_loss) == (
        straight.quantity,
        straight.average_cost,
        straight.realized_profit_loss,
    )


def test_the_ledger_stays_exact_in_quantity_beyond_its_window() -> None:
    ledger = PositionLedger(EMPTY)
    for number in range(3 * WINDOW):
        ledger.apply(trade(Side.BUY, 1, 100, number))
    assert ledger.position.quantity == 3 * WINDOW
    assert ledger.position.average_cost == 100


def test_a_bust_may_arrive_before_the_fill_that_it_annuls() -> None:
    ledger = PositionLedger(EMPTY)
    bust = fill(fill_id="b", kind=FillKind.BUST, refers_to_fill_id="f-00001", execution_time=5)
    ledger.apply(bust)
    ledger.apply(trade(Side.BUY, 10, 100))
    assert ledger.position.quantity == 0
