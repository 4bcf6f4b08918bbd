"""BRACKET, OTO and OCO."""

from decimal import Decimal

from brokerwire_server.domain.orders import LegRole, OrderClass, OrderState, OrderTerms, Side, StateReason, TimeInForce
from brokerwire_server.domain.reports import ReplacedReport
from tests.unit.simulator.market import HOUR, Market, make_order


def open_bracket(size: int = 100, quantity: object = 100) -> Market:
    market = Market()
    market.quote(99, 100, size)
    assert market.bracket(quantity, 110, 90) is None
    return market


def totals(market: Market, order_id: str) -> list[Decimal | None]:
    every = [r for r in market.reports if isinstance(r, ReplacedReport)]
    return [r.terms.quantity for r in every if r.broker_client_order_id == order_id]


def test_exits_are_held_until_the_entry_begins_to_fill() -> None:
    market = Market()
    market.quote(99, 100)
    assert market.bracket(10, 110, 90, limit_price=95) is None
    assert market.states("entry") == ["WORKING"]
    assert market.states("take") == market.states("stop") == ["ACCEPTED"]
    market.quote(111, 112)
    assert market.fills() == []
    market.quote(94, 95)
    assert market.states("take") == market.states("stop") == ["ACCEPTED", "WORKING"]


def test_take_profit_ends_the_stop_loss() -> None:
    market = open_bracket()
    market.quote(110, 111)
    assert market.fills("take") == [(Decimal(100), Decimal(110))]
    assert market.statuses("stop")[-1].reason is StateReason.GROUP_CANCELED
    assert market.ledger.held("XYZ") == 0
    assert not market.ledger.orders


def test_an_exit_that_is_filled_is_not_said_to_be_canceled() -> None:
    market = open_bracket()
    market.quote(110, 111)
    assert market.filled("take") == 100
    assert market.states("take") == ["ACCEPTED", "WORKING"]


def test_stop_loss_ends_the_take_profit() -> None:
    market = open_bracket()
    market.quote(89, "89.5")
    assert market.fills("stop") == [(Decimal(100), Decimal(89))]
    assert market.statuses("take")[-1].state is OrderState.CANCELED
    assert not market.ledger.orders


def test_a_partly_filled_entry_is_protected_at_once_and_its_rest_ends_when_an_exit_executes() -> None:
    market = open_bracket(size=40)
    assert market.filled("entry") == 40
    market.quote(89, 100, 0, last=89)
    market.quote(89, 100, 40, last=89)
    assert market.statuses("entry")[-1].reason is StateReason.GROUP_CANCELED
    assert market.filled("stop") == 40
    assert market.filled("entry") == 40
    assert totals(market, "stop") == [40]
    assert market.ledger.held("XYZ") == 0


def test_a_partial_exit_takes_its_quantity_off_the_other() -> None:
    market = open_bracket()
    market.quote(110, 111, 30)
    assert totals(market, "stop") == [70]
    market.quote(89, 90, 100)
    assert market.filled("take") == 30
    assert market.filled("stop") == 70
    assert market.ledger.held("XYZ") == 0


def test_canceling_the_entry_cancels_held_exits() -> None:
    market = Market()
    market.quote(99, 100)
    market.bracket(10, 110, 90, limit_price=95)
    market.exchange.cancel("paper", "entry")
    assert market.statuses("take")[-1].reason is StateReason.PARENT_NOT_FILLED
    assert market.statuses("stop")[-1].reason is StateReason.PARENT_NOT_FILLED
    assert not market.ledger.orders


def test_canceling_a_partly_filled_entry_leaves_exits_for_what_it_filled() -> None:
    market = open_bracket(size=40)
    market.exchange.cancel("paper", "entry")
    assert totals(market, "take") == totals(market, "stop") == [40]
    market.quote(110, 111)
    assert market.filled("take") == 40
    assert not market.ledger.orders


def test_canceling_one_exit_cancels_the_other() -> None:
    market = open_bracket()
    market.exchange.cancel("paper", "take")
    assert market.statuses("stop")[-1].reason is StateReason.GROUP_CANCELED


def test_the_exits_of_a_group_reserve_the_position_once() -> None:
    market = open_bracket()
    assert market.refused(Side.SELL, 1).reason is StateReason.INSUFFICIENT_POSITION
    market.exchange.cancel("paper", "take")
    market.sell(100)


def test_an_oco_exits_a_position_once() -> None:
    market = Market()
    market.quote(99, 100)
    assert market.oco(10, 110, 90) is not None
    market.buy(10)
    assert market.oco(10, 110, 90) is None
    assert market.states("take") == market.states("stop") == ["WORKING"]
    market.quote(110, 111)
    assert market.fills("take") == [(Decimal(10), Decimal(110))]
    assert market.states("stop") == ["WORKING", "CANCELED"]
    assert market.ledger.held("XYZ") == 0


def test_an_oto_has_one_exit() -> None:
    market = Market()
    market.quote(99, 100)
    entry = make_order("entry", Side.SELL_SHORT, 10, order_class=OrderClass.OTO, role=LegRole.ENTRY)
    stop = make_order(
        "stop",
        Side.BUY_TO_COVER,
        10,
        trail_amount=5,
        order_class=OrderClass.OTO,
        role=LegRole.STOP_LOSS,
        time_in_force=TimeInForce.GTC,
    )
    assert market.exchange.submit([entry, stop]) is None
    market.quote(89, 90)
    market.quote(94, 95)
    assert market.fills("stop") == [(Decimal(10), Decimal(95))]
    assert market.ledger.held("XYZ") == 0


def test_a_notional_entry_sizes_its_exits() -> None:
    market = Market()
    market.quote(99, 100)
    assert market.bracket(None, 110, 90, notional=505) is None
    assert market.statuses("stop")[-1].quantity == Decimal("5.05")
    market.quote(90, 91, last=90)
    assert market.filled("stop") == Decimal("5.05")


def test_replacing_the_entry_quantity_moves_the_exits_with_it() -> None:
    market = Market()
    market.quote(99, 100)
    market.bracket(10, 110, 90, limit_price=95)
    assert market.exchange.replace("paper", "entry", OrderTerms(quantity=Decimal(20))) is None
    assert totals(market, "take") == totals(market, "stop") == [20]
    assert market.exchange.replace("paper", "take", OrderTerms(quantity=Decimal(5))) is not None
    assert market.exchange.replace("paper", "take", OrderTerms(limit_price=Decimal(120))) is None


def test_day_exits_expire_together() -> None:
    market = open_bracket()
    market.exchange.advance(market.exchange.now + 24 * HOUR)
    assert {market.statuses(o)[-1].state for o in ("take", "stop")} == {OrderState.EXPIRED}
    assert market.ledger.closing["XYZ"] == 0


def test_a_group_that_is_not_whole_or_turned_around_is_refused() -> None:
    market = Market()
    market.quote(99, 100)
    turned = market.bracket(10, 90, 110)
    assert turned is not None
    assert turned.reason is StateReason.PRICE_INVALID
    kind = OrderClass.BRACKET
    entry = make_order("e", Side.BUY, 1, order_class=kind, role=LegRole.ENTRY)
    take = make_order("t", Side.SELL, 1, limit_price=110, order_class=kind, role=LegRole.TAKE_PROFIT)
    wrong = make_order("s", Side.BUY, 1, stop_price=90, order_class=kind, role=LegRole.STOP_LOSS)
    assert market.exchange.submit([entry]) is not None
    assert market.exchange.submit([entry, take]) is not None
    assert market.exchange.submit([entry, take, wrong]) is not None
    assert not market.ledger.orders
