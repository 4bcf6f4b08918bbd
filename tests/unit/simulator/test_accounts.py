"""Cash, buying power, margin, short sales and profit."""

from decimal import Decimal

import pytest

from brokerwire_server.domain.accounts import AccountType, ActivityType
from brokerwire_server.domain.orders import Side, StateReason
from brokerwire_server.domain.reports import CashReport, StatusReport
from brokerwire_server.simulator import Commission, Rules
from tests.unit.simulator.market import HOUR, START, Market


def test_a_cash_account_spends_its_cash_less_what_working_orders_reserve() -> None:
    market = Market(type_=AccountType.CASH, cash=10_000)
    market.quote(99, 101)
    market.buy(60, limit_price=100)
    assert market.balances.reserved == 6000
    assert market.balances.buying_power == 4000
    refusal = market.refused(Side.BUY, 41, limit_price=100)
    assert refusal.reason is StateReason.INSUFFICIENT_BUYING_POWER
    assert "4,100.00 needed" in refusal.message
    assert "4,000.00 available" in refusal.message


def test_a_market_order_reserves_the_ask_with_a_buffer() -> None:
    market = Market(type_=AccountType.CASH, cash=10_000)
    market.quote(99, 100, 0)
    market.buy(90)
    assert market.balances.reserved == 90 * 102
    market.quote(99, 100, 90)
    assert market.balances.reserved == 0
    assert market.balances.cash == 1000


def test_a_margin_account_has_twice_its_free_equity() -> None:
    market = Market(cash=10_000)
    market.quote(100, 100, 1000)
    assert market.balances.buying_power == 20_000
    market.buy(100)
    balances = market.balances
    assert (balances.cash, balances.equity, balances.initial_margin) == (0, 10_000, 5000)
    assert balances.buying_power == 10_000
    assert balances.maintenance_margin == 2500
    market.quote(90, 90, 1000)
    assert market.balances.equity == 9000
    assert market.balances.buying_power == 9000


def test_buying_power_comes_back_when_an_order_ends() -> None:
    market = Market(cash=10_000, rules=Rules(commission=Commission(per_order=Decimal(1))))
    market.quote(99, 101)
    order = market.buy(10, limit_price=100)
    assert market.balances.reserved == 1001
    market.exchange.cancel("paper", order)
    assert market.balances.reserved == 0


def test_a_sale_never_exceeds_the_position_less_what_other_sales_reserve() -> None:
    market = Market()
    market.quote(99, 100)
    market.buy(10)
    market.sell(6, limit_price=105)
    refusal = market.refused(Side.SELL, 5)
    assert refusal.reason is StateReason.INSUFFICIENT_POSITION
    assert "4 available" in refusal.message
    market.sell(4)
    assert market.ledger.held("XYZ") == 6


def test_short_sales_need_a_margin_account_and_150_percent() -> None:
    market = Market(cash=10_000)
    market.quote(100, 100, 1000)
    assert market.refused(Side.SELL, 1).reason is StateReason.INSUFFICIENT_POSITION
    market.send(Side.SELL_SHORT, 100)
    balances = market.balances
    assert balances.cash == 20_000
    assert balances.short_market_value == -10_000
    assert balances.equity == 10_000
    assert balances.initial_margin == 5000
    assert balances.maintenance_margin == 3000
    assert market.refused(Side.SELL_SHORT, 101).reason is StateReason.INSUFFICIENT_BUYING_POWER
    cash_account = Market(type_=AccountType.CASH)
    cash_account.quote(100, 100)
    assert cash_account.refused(Side.SELL_SHORT, 1).reason is StateReason.NOT_SHORTABLE


def test_a_cover_buys_back_no_more_than_is_short() -> None:
    market = Market()
    market.quote(100, 100)
    assert market.refused(Side.BUY_TO_COVER, 1).reason is StateReason.INSUFFICIENT_POSITION
    market.send(Side.SELL_SHORT, 10)
    assert market.refused(Side.BUY_TO_COVER, 11).reason is StateReason.INSUFFICIENT_POSITION
    market.quote(90, 90)
    market.send(Side.BUY_TO_COVER, 10)
    assert market.ledger.held("XYZ") == 0
    assert market.balances.realized_profit_loss == 100


def test_a_short_sale_is_refused_while_long() -> None:
    market = Market()
    market.quote(100, 100)
    market.buy(1)
    assert market.refused(Side.SELL_SHORT, 1).reason is StateReason.INSUFFICIENT_POSITION


def test_a_closing_order_ends_when_its_position_is_gone() -> None:
    market = Market()
    market.quote(100, 100)
    market.send(Side.SELL_SHORT, 10)
    cover = market.send(Side.BUY_TO_COVER, 10, limit_price=95)
    market.buy(10)
    market.quote(94, 94)
    assert market.fills(cover) == []
    assert market.statuses(cover)[-1].reason is StateReason.INSUFFICIENT_POSITION


def test_without_a_price_an_opening_order_is_refused() -> None:
    market = Market()
    assert market.refused(Side.BUY, 1).reason is StateReason.PRICE_INVALID
    market.buy(1, limit_price=100)


def test_profit_is_shown_realized_unrealized_for_the_day_and_in_total() -> None:
    market = Market(rules=Rules(commission=Commission(per_order=Decimal(1))))
    market.quote(100, 100)
    market.buy(10)
    market.quote(110, 110)
    market.sell(4)
    balances = market.balances
    assert (balances.realized_profit_loss, balances.unrealized_profit_loss) == (40, 60)
    assert balances.total_profit_loss == balances.day_profit_loss == 98
    market.quote(111, 111, at=START + 24 * HOUR)
    market.quote(112, 112)
    assert market.balances.day_profit_loss == 12
    assert market.balances.total_profit_loss == 110


def test_deposits_are_no_profit() -> None:
    market = Market(cash=100)
    market.exchange.fund("paper", Decimal(50))
    assert (market.balances.cash, market.balances.total_profit_loss, market.balances.day_profit_loss) == (150, 0, 0)


def test_sales_settle_on_the_next_trading_day() -> None:
    market = Market(type_=AccountType.CASH, cash=1000)
    market.quote(100, 100)
    market.buy(5)
    market.sell(5)
    assert (market.balances.cash, market.balances.settled_cash) == (1000, 500)
    market.exchange.advance(START + 24 * HOUR)
    assert market.balances.settled_cash == 1000


def test_no_more_can_be_withdrawn_than_is_free() -> None:
    market = Market(cash=1000)
    with pytest.raises(ValueError, match=r"1,000\.00 is withdrawable"):
        market.exchange.fund("paper", Decimal(-1001))
    activity = market.exchange.fund("paper", Decimal(-400))
    assert activity.type is ActivityType.WITHDRAWAL
    assert market.balances.cash == 600


def test_reset_cancels_everything_and_states_the_resulting_cash() -> None:
    market = Market()
    market.quote(100, 100)
    market.buy(10)
    order = market.buy(10, limit_price=90)
    market.reports.clear()
    market.exchange.reset("paper")
    canceled, cash = market.reports
    assert isinstance(canceled, StatusReport)
    assert canceled.broker_client_order_id == order
    assert isinstance(cash, CashReport)
    assert (cash.activity.type, cash.activity.amount) == (ActivityType.RESET, 100_000)
    balances = market.balances
    assert (balances.cash, balances.equity, balances.reserved) == (100_000, 100_000, 0)
    assert market.ledger.held("XYZ") == 0
