"""Whatever happens, in whatever order: what was accepted is within the limit, and what is reserved covers the worst."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from brokerwire_server.domain.orders import LegRole, Order, OrderState, OrderTerms, OrderType, PendingAction, Side
from brokerwire_server.domain.positions import Position
from brokerwire_server.domain.reducer import apply_terms
from brokerwire_server.risk.exposure import Exposure
from tests.support.builders import AAPL, order

LIMIT = Decimal(10_000)
PRICE = Decimal(100)
Steps = list[tuple[str, int, int]]


class World:
    """A broker that may do anything it is entitled to, an account in front of it, and a guard with one limit."""

    def __init__(self) -> None:
        self.exposure = Exposure()
        self.orders: dict[str, Order] = {}
        self.position = Decimal(0)
        self.time = 0

    def put(self, one: Order) -> None:
        self.time += 1
        one = replace(one, update_time=self.time)
        self.orders[one.order_id] = one
        self.exposure.put(one)

    def worst(self) -> Decimal:
        row = self.exposure.row("AAPL")
        return row.worst if row else Decimal(0)

    def admit(self, one: Order, *, adds: bool = True) -> bool:
        """Do as the guard does: stand for what would be, compare, and take it in or leave it."""
        before = self.worst()
        with self.exposure.trial((one,)):
            passes = self.worst() <= LIMIT or not adds
        assert self.worst() == before
        if passes:
            self.put(one)
        return passes

    def submit(self, side: Side, quantity: int) -> None:
        name = f"o-{len(self.orders)}"
        self.admit(order(order_id=name, client_order_id=name, side=side, quantity=Decimal(quantity), limit_price=PRICE))

    def replace(self, one: Order, quantity: int) -> None:
        if one.terminal or one.pending_action is not PendingAction.NONE or one.state is OrderState.INDETERMINATE:
            return
        terms = OrderTerms(quantity=max(Decimal(quantity), one.filled_quantity + 1))
        self.admit(replace(one, pending_action=PendingAction.REPLACE, pending_terms=terms))

    def settle(self, one: Order, *, done: bool) -> None:
        if one.pending_terms is None or one.terminal:
            return
        after = apply_terms(one, one.pending_terms) if done else one
        self.put(replace(after, pending_action=PendingAction.NONE, pending_terms=None))

    def fill(self, one: Order, quantity: int) -> None:
        """Fill what the broker may fill: under a replace, up to the larger of both totals."""
        total = max(one.quantity or Decimal(0), (one.pending_terms and one.pending_terms.quantity) or Decimal(0))
        units = min(Decimal(quantity), total - one.filled_quantity)
        if one.terminal or units <= 0:
            return
        self.position += units * one.side.sign
        self.exposure.move(Position(account_id="paper", instrument=AAPL, quantity=self.position, average_cost=PRICE))
        filled = one.filled_quantity + units
        done = filled >= (one.quantity or Decimal(0)) and one.pending_terms is None
        state = OrderState.FILLED if done else OrderState.WORKING
        self.put(
            replace(one, filled_quantity=filled, filled_cost=filled * PRICE, state=state, base_state=OrderState.WORKING)
        )

    def doubt(self, one: Order) -> None:
        if not one.terminal and not one.filled_quantity and one.pending_terms is None:
            self.put(replace(one, state=OrderState.INDETERMINATE, base_state=OrderState.INDETERMINATE))

    def cancel(self, one: Order) -> None:
        if not one.terminal:
            self.put(replace(one, state=OrderState.CANCELED, base_state=OrderState.CANCELED, pending_terms=None))

    def truth(self) -> Decimal:
        """Return the most that the broker can still make of it, in either direction, computed from nothing."""
        left = {Side.BUY: Decimal(0), Side.SELL_SHORT: Decimal(0)}
        for one in self.orders.values():
            if not one.terminal:
                pending = (one.pending_terms and one.pending_terms.quantity) or Decimal(0)
                left[one.side] += max(one.quantity or Decimal(0), pending) - one.filled_quantity
        return max(self.position + left[Side.BUY], left[Side.SELL_SHORT] - self.position) * PRICE


class StagingWorld(World):
    """A guard that lets what it accepts stand, as it does where staging follows at once."""

    def admit(self, one: Order, *, adds: bool = True) -> bool:
        with self.exposure.trial((replace(one, update_time=self.time + 1),)) as trial:
            passes = self.worst() <= LIMIT or not adds
            if passes:
                trial.keep()
        if passes:
            self.put(one)
        return passes


def small(most: int) -> st.SearchStrategy[int]:
    return st.integers(1, most)


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("submit"), st.sampled_from([Side.BUY, Side.SELL_SHORT]), small(70)),
        st.tuples(st.just("replace"), small(20), small(90)),
        st.tuples(st.just("settle"), small(20), st.booleans()),
        st.tuples(st.just("fill"), small(20), small(60)),
        st.tuples(st.just("doubt"), small(20), st.none()),
        st.tuples(st.just("cancel"), small(20), st.none()),
    ),
    max_size=60,
)


@given(STEPS)
@settings(max_examples=300, deadline=None)
def test_no_interleaving_passes_the_limit_or_reserves_less_than_the_worst_case(
    steps: list[tuple[str, int, int]],
) -> None:
    world = World()
    for what, first, second in steps:
        step(world, what, first, second)
        assert world.truth() <= world.worst() <= LIMIT


def step(world: World, what: str, first: int, second: int) -> None:
    if what == "submit":
        world.submit(first, second)  # type: ignore[arg-type]
    elif world.orders:
        one = list(world.orders.values())[first % len(world.orders)]
        match what:
            case "replace":
                world.replace(one, second)
            case "settle":
                world.settle(one, done=bool(second))
            case "fill":
                world.fill(one, second)
            case "doubt":
                world.doubt(one)
            case "cancel":
                world.cancel(one)


@given(STEPS, st.sets(small(60)))
@settings(max_examples=200, deadline=None)
def test_a_trial_that_stands_counts_as_one_undone_and_put_anew(steps: Steps, told: set[int]) -> None:
    """`told` are the steps after which the broker tells its balances."""
    undone, kept = World(), StagingWorld()
    for number, (what, first, second) in enumerate(steps):
        for world in (undone, kept):
            step(world, what, first, second)
            if number in told:
                world.exposure.settle(world.time)
        for name in ("gross", "long", "short", "due", "open_orders", "by_principal", "unpriced", "rows"):
            assert getattr(kept.exposure, name) == getattr(undone.exposure, name), name


@given(STEPS)
@settings(max_examples=100, deadline=None)
def test_what_is_counted_is_what_a_count_from_nothing_gives(steps: Steps) -> None:
    world = World()
    for what, first, second in steps:
        if what == "submit":
            world.submit(first, second)  # type: ignore[arg-type]
        elif world.orders and what in ("fill", "cancel", "replace"):
            one = list(world.orders.values())[first % len(world.orders)]
            getattr(world, what)(one, *(() if what == "cancel" else (second,)))
    anew = Exposure()
    if world.position:
        anew.move(Position(account_id="paper", instrument=AAPL, quantity=world.position, average_cost=PRICE))
    for one in world.orders.values():
        anew.put(one)
    for name in ("gross", "long", "short", "open_orders", "unpriced", "unvalued"):
        assert getattr(anew, name) == getattr(world.exposure, name), name
    assert {k: v for k, v in anew.by_principal.items() if v} == {
        k: v for k, v in world.exposure.by_principal.items() if v
    }
    assert anew.due == world.exposure.due


def bracket(quantity: int = 10) -> tuple[Order, Order, Order]:
    entry = order(order_id="e", role=LegRole.ENTRY, child_order_ids=("t", "s"), quantity=Decimal(quantity))
    child = replace(entry, child_order_ids=(), parent_order_id="e", side=Side.SELL)
    profit = replace(child, order_id="t", role=LegRole.TAKE_PROFIT, limit_price=Decimal(110), worst_price=Decimal(110))
    loss = replace(child, order_id="s", role=LegRole.STOP_LOSS, limit_price=None, worst_price=Decimal(90))
    return entry, profit, loss


def test_the_exits_of_a_bracket_add_nothing_and_count_once_when_the_entry_has_filled() -> None:
    exposure = Exposure()
    entry, profit, loss = bracket()
    for one in (entry, profit, loss):
        exposure.put(one)
    row = exposure.row("AAPL")
    assert row is not None
    assert (row.buy, row.sell, row.open_orders) == (10, 0, 3)
    exposure.move(Position(account_id="paper", instrument=AAPL, quantity=Decimal(4), average_cost=PRICE))
    exposure.put(replace(entry, filled_quantity=Decimal(4)))
    row = exposure.row("AAPL")
    assert row is not None
    assert (row.buy, row.sell) == (6, 4)


def test_buying_power_is_due_until_balances_know_of_the_order() -> None:
    exposure = Exposure()
    exposure.put(order(update_time=10))
    assert exposure.due == 1_000
    exposure.settle(20)
    assert exposure.due == 1_000, "whether the broker had it is not proven"
    exposure.put(order(update_time=30, state=OrderState.WORKING, base_state=OrderState.WORKING))
    exposure.settle(30)
    assert exposure.due == 1_000, "the balances may be older than the proof"
    exposure.settle(31)
    assert exposure.due == 0
    bigger = OrderTerms(quantity=Decimal(15))
    exposure.put(
        order(
            update_time=40,
            state=OrderState.WORKING,
            base_state=OrderState.WORKING,
            pending_action=PendingAction.REPLACE,
            pending_terms=bigger,
        )
    )
    assert exposure.due == 500, "of a replace, what it may add"


def test_balances_that_know_of_a_lowered_order_do_not_know_of_its_raise() -> None:
    exposure = Exposure()
    for time, quantity, due in ((10, 10, 1_000), (20, 5, 0), (30, 8, 300)):
        working = order(
            update_time=time, quantity=Decimal(quantity), state=OrderState.WORKING, base_state=OrderState.WORKING
        )
        exposure.put(working)
        assert exposure.due == due
        exposure.settle(time + 1)
        assert exposure.due == 0


def test_an_order_that_nobody_can_value_is_known_to_be_one() -> None:
    exposure = Exposure()
    exposure.put(order(limit_price=None, type=OrderType.MARKET))
    assert exposure.unpriced == 1
    exposure.refresh(lambda _: Decimal(50), 1, 0)
    assert (exposure.unpriced, exposure.gross) == (0, 500)


def test_own_orders_on_the_other_side_are_found_by_price() -> None:
    exposure = Exposure()
    exposure.put(order(order_id="resting", side=Side.SELL, limit_price=Decimal(101)))
    assert exposure.crossing(order(limit_price=Decimal(101))) == "resting"
    assert exposure.crossing(order(limit_price=Decimal("100.99"))) == ""
    assert exposure.crossing(order(type=OrderType.MARKET, limit_price=None)) == "resting"
    assert exposure.crossing(order(side=Side.SELL, limit_price=Decimal(1))) == ""
