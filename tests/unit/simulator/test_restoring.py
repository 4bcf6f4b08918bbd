"""An exchange that begins from what the gateway knows goes on as if it had never stopped."""

from decimal import Decimal

from msgspec.structs import replace

from brokerwire_server.domain.accounts import Activity, ActivityType
from brokerwire_server.domain.orders import LegRole, Order, OrderClass, OrderState, Side, TimeInForce
from brokerwire_server.domain.positions import Position
from tests.unit.simulator.market import HOUR, START, Market, make_account, make_order


def restored(*orders: Order, held: object = 0, cash: object = 100_000, start: int = START) -> Market:
    market = Market(start=start)
    market.exchange.restore(
        make_account(),
        cash=Decimal(str(cash)),
        positions=[
            Position(
                account_id="paper",
                instrument=make_order("x", Side.BUY).instrument,
                quantity=Decimal(str(held)),
                average_cost=Decimal(100),
            )
        ],
        open_orders=orders,
        activities=[Activity(activity_id="a", account_id="paper", type=ActivityType.DEPOSIT, amount=Decimal(100_000))],
    )
    return market


def working(order: Order, **changes: object) -> Order:
    values = {"state": OrderState.WORKING, "status_time": START, "create_time": START, **changes}
    return replace(order, **values)


def test_working_orders_go_on_working_and_hold_their_reservations() -> None:
    buy = working(make_order("b", Side.BUY, 10, limit_price=95))
    sell = working(make_order("s", Side.SELL, 10, limit_price=105), filled_quantity=Decimal(4))
    market = restored(buy, sell, held=6, cash=99_400)
    assert market.balances.reserved == 950
    assert market.refused(Side.SELL, 1) is not None
    market.quote(105, 106)
    assert market.fills("s") == [(Decimal(6), Decimal(105))]
    market.quote(94, 95)
    assert market.fills("b") == [(Decimal(10), Decimal(95))]
    assert not market.ledger.orders


def test_reports_after_a_restart_are_never_older_than_what_is_known() -> None:
    order = working(make_order("b", Side.BUY, 10, limit_price=95), status_time=START + HOUR)
    market = restored(order)
    market.exchange.cancel("paper", "b")
    assert market.statuses("b")[-1].time > START + HOUR


def test_orders_that_expired_meanwhile_expire_at_once() -> None:
    day = working(make_order("d", Side.BUY, 10, limit_price=95))
    gtc = working(make_order("g", Side.BUY, 10, limit_price=95, time_in_force=TimeInForce.GTC))
    market = restored(day, gtc, start=START + 48 * HOUR)
    assert market.states("d") == ["EXPIRED"]
    assert market.is_open("g")


def test_a_trailing_stop_keeps_its_level() -> None:
    order = working(make_order("t", Side.SELL, 10, trail_amount=5), stop_price=Decimal(115))
    market = restored(order, held=10)
    market.quote(118, 119, last=118)
    assert market.is_open("t")
    market.quote(114, 115, last=115)
    assert market.fills("t") == [(Decimal(10), Decimal(114))]


def test_a_triggered_stop_is_still_triggered() -> None:
    order = working(make_order("s", Side.SELL, 10, stop_price=90), triggered=True)
    market = restored(order, held=10)
    market.quote(99, 100)
    assert market.fills("s") == [(Decimal(10), Decimal(99))]


def bracket(filled: object, entry_state: OrderState = OrderState.WORKING) -> list[Order]:
    kind = OrderClass.BRACKET
    exit_state = OrderState.WORKING if Decimal(str(filled)) else OrderState.ACCEPTED
    family = {"order_class": kind, "parent_order_id": "order-entry"}
    return [
        working(
            make_order("entry", Side.BUY, 10, limit_price=95, order_class=kind, role=LegRole.ENTRY),
            filled_quantity=Decimal(str(filled)),
            state=entry_state,
        ),
        working(
            make_order("take", Side.SELL, 10, limit_price=110, role=LegRole.TAKE_PROFIT, **family), state=exit_state
        ),
        working(make_order("stop", Side.SELL, 10, stop_price=90, role=LegRole.STOP_LOSS, **family), state=exit_state),
    ]


def test_held_exits_stay_held_until_the_entry_fills() -> None:
    market = restored(*bracket(0))
    market.quote(111, 112)
    assert not market.fills()
    market.quote(94, 95)
    assert market.filled("entry") == 10
    market.quote(110, 111)
    assert market.filled("take") == 10
    assert not market.ledger.orders


def test_a_group_with_a_part_filled_entry_protects_that_part() -> None:
    market = restored(*bracket(4), held=4)
    market.quote(89, 96, last=89)
    assert market.filled("stop") == 4
    assert not market.ledger.orders


def test_exits_without_their_entry_still_move_each_other() -> None:
    market = restored(*bracket(10)[1:], held=10)
    market.quote(110, 111, 3)
    assert market.filled("take") == 3
    market.quote(89, 90, last=89)
    assert market.filled("stop") == 7
    assert not market.ledger.orders
    assert market.ledger.closing["XYZ"] == 0


def test_an_order_that_was_never_confirmed_is_not_there() -> None:
    order = make_order("b", Side.BUY, 10, limit_price=95)
    market = restored(replace(order, state=OrderState.INDETERMINATE))
    assert not market.is_open("b")
    assert market.exchange.find("paper", "b") is None


def test_profit_is_counted_from_the_deposits() -> None:
    market = restored(held=10, cash=99_000)
    market.quote(110, 110)
    assert market.balances.total_profit_loss == 100
    assert market.balances.unrealized_profit_loss == 100
