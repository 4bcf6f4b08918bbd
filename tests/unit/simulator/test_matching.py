"""Price-time matching against the displayed quote."""

from decimal import Decimal

from brokerwire_server.domain.fills import Liquidity
from brokerwire_server.domain.orders import OrderTerms, Side, StateReason, TimeInForce
from brokerwire_server.domain.reports import ReplacedReport, RestatedReport, TriggeredReport
from brokerwire_server.simulator import Commission, Rules, Slippage
from tests.unit.simulator.market import Market


def test_a_market_buy_fills_at_the_ask_and_a_market_sell_at_the_bid() -> None:
    market = Market()
    market.quote("99.98", "100.02")
    assert market.fills(market.buy(10)) == [(Decimal(10), Decimal("100.02"))]
    assert market.fills(market.sell(10)) == [(Decimal(10), Decimal("99.98"))]


def test_an_order_takes_no_more_than_is_displayed_and_waits_for_the_next_quote() -> None:
    market = Market()
    market.quote(99, 100, 100)
    order = market.buy(250)
    assert market.fills(order) == [(Decimal(100), Decimal(100))]
    market.quote(99, "100.5", 100)
    market.quote(99, 101, 100)
    assert market.fills(order) == [
        (Decimal(100), Decimal(100)),
        (Decimal(100), Decimal("100.5")),
        (Decimal(50), Decimal(101)),
    ]
    assert not market.is_open(order)


def test_displayed_size_is_shared_by_all_orders_until_the_next_quote() -> None:
    market = Market()
    market.quote(99, 100, 100)
    assert market.filled(market.buy(80)) == 80
    assert market.filled(market.buy(80)) == 20
    assert market.filled(market.buy(80)) == 0


def test_a_limit_order_rests_until_the_quote_reaches_it_and_gets_the_displayed_price() -> None:
    market = Market()
    market.quote(99, 100)
    order = market.buy(10, limit_price="99.50")
    assert market.states(order) == ["WORKING"]
    market.quote("99.2", "99.40")
    assert market.fills(order) == [(Decimal(10), Decimal("99.40"))]
    assert market.fill_reports(order)[0].liquidity is Liquidity.MAKER


def test_better_prices_go_first_then_earlier_orders() -> None:
    market = Market()
    market.quote(99, 101, 100)
    early = market.buy(60, limit_price=100)
    late = market.buy(60, limit_price=100)
    best = market.buy(60, limit_price="100.5")
    market.quote(99, 100, 100)
    assert [market.filled(o) for o in (best, early, late)] == [60, 40, 0]


def test_slippage_works_against_takers_in_whole_ticks_but_never_beyond_their_limit() -> None:
    market = Market(rules=Rules(slippage=Slippage(basis_points=Decimal(5))))
    market.quote(100, "100.02")
    assert market.fills(market.buy(1)) == [(Decimal(1), Decimal("100.08"))]
    assert market.fills(market.sell(1)) == [(Decimal(1), Decimal("99.95"))]
    assert market.fills(market.buy(1, limit_price="100.04")) == [(Decimal(1), Decimal("100.04"))]


def test_resting_orders_do_not_slip() -> None:
    market = Market(rules=Rules(slippage=Slippage(ticks=Decimal(2))))
    market.quote(99, 101)
    order = market.buy(1, limit_price=100)
    market.quote(99, "99.5")
    assert market.fills(order) == [(Decimal(1), Decimal("99.5"))]


def test_commission_is_charged_as_the_order_fills_within_its_minimum_and_maximum() -> None:
    schedule = Commission(per_share=Decimal("0.01"), minimum=Decimal(1), maximum=Decimal("1.50"))
    market = Market(rules=Rules(commission=schedule))
    market.quote(99, 100, 100)
    order = market.buy(250)
    market.quote(99, 100, 100)
    market.quote(99, 100, 100)
    assert [f.commission for f in market.fill_reports(order)] == [Decimal("1.00"), Decimal("0.50"), Decimal(0)]


def test_a_stop_triggers_on_the_last_trade_and_becomes_a_market_order() -> None:
    market = Market()
    market.quote(100, "100.1", last=100)
    market.buy(10)
    stop = market.sell(10, stop_price=98)
    market.quote(97, "97.2", last="98.5")
    assert not any(isinstance(r, TriggeredReport) for r in market.reports)
    market.quote("97.9", "98.1", last=98)
    assert any(isinstance(r, TriggeredReport) for r in market.reports)
    assert market.fills(stop) == [(Decimal(10), Decimal("97.9"))]


def test_without_a_last_trade_stops_watch_the_bid_to_sell_and_the_ask_to_buy() -> None:
    market = Market()
    market.quote(100, "100.1")
    market.buy(10)
    sell, buy = market.sell(10, stop_price=98), market.buy(10, stop_price=102)
    market.quote("98.5", "101.9")
    assert market.is_open(sell)
    assert market.is_open(buy)
    market.quote(98, 102)
    assert market.fills(sell) == [(Decimal(10), Decimal(98))]
    assert market.fills(buy) == [(Decimal(10), Decimal(102))]


def test_a_triggered_stop_limit_keeps_its_limit() -> None:
    market = Market()
    market.quote(100, "100.1")
    market.buy(10)
    order = market.sell(10, stop_price=98, limit_price="97.5")
    market.quote(97, "97.1")
    assert market.fills(order) == []
    market.quote("97.6", "97.7")
    assert market.fills(order) == [(Decimal(10), Decimal("97.6"))]


def test_a_trailing_stop_follows_the_market_and_says_so() -> None:
    market = Market()
    market.quote(100, "100.1", last=100)
    market.buy(10)
    order = market.sell(10, trail_amount=2)
    market.quote(103, "103.1", last=103)
    market.quote(102, "102.1", last=102)
    restated = [r.stop_price for r in market.reports if isinstance(r, RestatedReport)]
    assert restated == [Decimal(98), Decimal(101)]
    market.quote("100.9", "101.1", last=101)
    assert market.fills(order) == [(Decimal(10), Decimal("100.9"))]


def test_a_trailing_percentage_rounds_to_the_tick() -> None:
    market = Market()
    market.quote("99.99", "100.01", last="99.99")
    market.buy(10)
    market.sell(10, trail_percent="1.5")
    restated = [r.stop_price for r in market.reports if isinstance(r, RestatedReport)]
    assert restated == [Decimal("98.49")]


def test_ioc_cancels_its_rest_and_fok_fills_whole_or_not_at_all() -> None:
    market = Market()
    market.quote(99, 100, 100)
    fok = market.buy(101, time_in_force=TimeInForce.FOK, limit_price=100)
    assert market.fills(fok) == []
    assert market.statuses(fok)[-1].reason is StateReason.FOK_UNFILLED
    ioc = market.buy(130, time_in_force=TimeInForce.IOC, limit_price=100)
    assert market.filled(ioc) == 100
    assert market.statuses(ioc)[-1].reason is StateReason.IOC_REMAINDER
    market.quote(99, 100, 100)
    assert market.filled(market.buy(100, time_in_force=TimeInForce.FOK, limit_price=100)) == 100


def test_a_notional_order_is_sized_down_to_a_thousandth_at_its_first_price() -> None:
    market = Market()
    market.quote(29, 30, 100)
    order = market.buy(notional=100)
    assert market.fills(order) == [(Decimal("3.333"), Decimal(30))]
    assert [s.quantity for s in market.statuses(order) if s.quantity] == [Decimal("3.333")]


def test_a_notional_amount_below_the_smallest_quantity_is_canceled() -> None:
    market = Market()
    market.quote(9000, 9001)
    order = market.buy(notional=5)
    assert market.statuses(order)[-1].reason is StateReason.QUANTITY_INVALID
    assert market.balances.reserved == 0


def test_a_market_order_never_gets_more_of_a_thousandth_than_is_displayed() -> None:
    market = Market()
    market.quote(99, 100, "0.0305")
    assert market.filled(market.buy(1)) == Decimal("0.030")


def test_replace_keeps_priority_only_for_a_smaller_quantity() -> None:
    market = Market()
    market.quote(99, 101, 50)
    first, second = market.buy(50, limit_price=100), market.buy(50, limit_price=100)
    assert market.exchange.replace("paper", first, OrderTerms(quantity=Decimal(40)), "a1") is None
    market.quote(99, 100, 40)
    assert (market.filled(first), market.filled(second)) == (40, 0)
    third = market.buy(50, limit_price=100)
    assert market.exchange.replace("paper", second, OrderTerms(quantity=Decimal(60)), "a2") is None
    market.quote(99, 100, 50)
    assert (market.filled(second), market.filled(third)) == (0, 50)
    replaced = [r for r in market.reports if isinstance(r, ReplacedReport)]
    assert [(r.action_id, r.revision, r.terms.quantity) for r in replaced] == [
        ("a1", 1, Decimal(40)),
        ("a2", 1, Decimal(60)),
    ]


def test_a_replaced_price_that_crosses_fills_at_once() -> None:
    market = Market()
    market.quote(99, 100)
    order = market.buy(10, limit_price=98)
    assert market.exchange.replace("paper", order, OrderTerms(limit_price=Decimal(101)), "a") is None
    assert market.fills(order) == [(Decimal(10), Decimal(100))]


def test_replace_is_refused_whole_where_it_makes_no_sense() -> None:
    market = Market()
    market.quote(99, 100, 4)
    order = market.buy(10, limit_price=100)
    for terms in (
        OrderTerms(quantity=Decimal(4)),
        OrderTerms(quantity=Decimal(1_000_000)),
        OrderTerms(stop_price=Decimal(90)),
        OrderTerms(limit_price=Decimal("99.999")),
        OrderTerms(trail_amount=Decimal(1)),
        OrderTerms(trail_percent=Decimal(1)),
        OrderTerms(time_in_force=TimeInForce.IOC),
    ):
        assert market.exchange.replace("paper", order, terms, "a") is not None
    working = market.exchange.working("paper", order)
    assert working is not None
    assert (working.quantity, working.limit, working.revision) == (Decimal(10), Decimal(100), 0)


def test_cancel_ends_the_order_and_is_refused_afterwards() -> None:
    market = Market()
    market.quote(99, 100)
    order = market.buy(10, limit_price=98)
    assert market.exchange.cancel("paper", order) is None
    assert market.states(order) == ["WORKING", "CANCELED"]
    assert market.exchange.cancel("paper", order) is not None
    market.quote(90, 91)
    assert market.fills(order) == []


def test_every_report_of_a_run_has_its_own_time_in_order() -> None:
    market = Market()
    market.quote(99, 100)
    for _ in range(5):
        market.buy(10)
    times = [r.time for r in market.reports]  # type: ignore[union-attr]
    assert times == sorted(set(times))


def test_a_quote_without_a_side_fills_nobody_on_it() -> None:
    market = Market()
    market.quote(0, 100)
    market.buy(10)
    order = market.sell(10)
    assert market.fills(order) == []
    market.quote(99, 0)
    assert market.fills(order) == [(Decimal(10), Decimal(99))]
    assert market.fills(market.buy(1)) == []


def test_a_wrong_order_is_refused_with_its_reason() -> None:
    market = Market()
    market.quote(99, 100)
    assert market.refused(Side.BUY, 1, symbol="NOPE").reason is StateReason.INSTRUMENT_NOT_TRADABLE
    assert market.refused(Side.BUY, "0.0005").reason is StateReason.QUANTITY_INVALID
    assert market.refused(Side.BUY, "1.0005").reason is StateReason.QUANTITY_INVALID
    assert market.refused(Side.BUY, 1, limit_price="99.995").reason is StateReason.PRICE_INVALID
    assert market.refused(Side.BUY, 1, limit_price="-1").reason is StateReason.PRICE_INVALID
    assert market.refused(Side.BUY, 1, trail_amount=1, trail_percent=1).reason is StateReason.PRICE_INVALID
    assert market.refused(Side.BUY, 1, account_id="other").reason is StateReason.BROKER
    assert market.refused(Side.BUY).reason is StateReason.QUANTITY_INVALID
    assert not market.reports


def test_a_replaced_report_says_all_terms_so_that_none_is_lost_where_reports_overtake_each_other() -> None:
    market = Market()
    market.quote(99, 100)
    order = market.buy(10, limit_price=95)
    market.exchange.replace("paper", order, OrderTerms(quantity=Decimal(20)))
    market.exchange.replace("paper", order, OrderTerms(limit_price=Decimal(96)))
    last = [r for r in market.reports if isinstance(r, ReplacedReport)][-1]
    assert (last.revision, last.terms.quantity, last.terms.limit_price) == (2, 20, 96)
    found = market.exchange.find("paper", order)
    assert found is not None
    assert [r.terms for r in found if isinstance(r, ReplacedReport)] == [last.terms]


def test_a_wider_trail_moves_the_stop_and_its_kind_stays() -> None:
    market = Market()
    market.quote(100, 101, last=100)
    market.buy(10)
    order = market.sell(10, trail_amount=2)
    assert market.exchange.replace("paper", order, OrderTerms(trail_percent=Decimal(5))) is not None
    assert market.exchange.replace("paper", order, OrderTerms(trail_amount=Decimal(5))) is None
    terms = next(r.terms for r in market.reports if isinstance(r, ReplacedReport))
    assert (terms.trail_amount, terms.stop_price) == (5, 95)


def test_new_terms_are_found_while_an_order_works_and_after_its_end() -> None:
    market = Market()
    market.quote(99, 100)
    order = market.buy(10, limit_price=95)
    market.exchange.replace("paper", order, OrderTerms(quantity=Decimal(20)))
    terms = [r.terms for r in market.reports if isinstance(r, ReplacedReport)]
    changed = market.exchange.changed_terms("paper")
    assert [r.terms for r in changed if isinstance(r, ReplacedReport)] == terms
    market.exchange.cancel("paper", order)
    assert market.exchange.changed_terms("paper") == ()
    found = market.exchange.find("paper", order)
    assert found is not None
    assert [r.terms for r in found if isinstance(r, ReplacedReport)] == terms
