"""Sessions, time in force, auctions and the calendars behind them."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from brokerwire_server.domain.calendar import market_clock, trading_days
from brokerwire_server.domain.fills import Liquidity
from brokerwire_server.domain.market import Session
from brokerwire_server.domain.orders import Side, StateReason, TimeInForce
from brokerwire_server.simulator import AlwaysOpen, ExchangeHours
from tests.unit.simulator.market import HOUR, SECOND, Market

XNYS = ExchangeHours()


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * SECOND


def exchange_market(time: str) -> Market:
    return Market(calendar=XNYS, start=at(time))


@pytest.mark.parametrize(
    ("time", "session"),
    [
        ("2014-06-06T07:59:59", Session.CLOSED),
        ("2014-06-06T08:00:00", Session.PRE_MARKET),
        ("2014-06-06T13:30:00", Session.REGULAR),
        ("2014-06-06T19:59:59", Session.REGULAR),
        ("2014-06-06T20:00:00", Session.POST_MARKET),
        ("2014-06-07T00:00:00", Session.CLOSED),
        ("2014-06-07T15:00:00", Session.CLOSED),
        ("2013-11-29T17:59:59", Session.REGULAR),
        ("2013-11-29T18:00:00", Session.POST_MARKET),
        ("2014-07-04T15:00:00", Session.CLOSED),
        ("2014-01-06T14:29:59", Session.PRE_MARKET),
    ],
)
def test_the_exchange_keeps_new_york_hours_with_weekends_holidays_and_half_days(time: str, session: Session) -> None:
    assert market_clock(XNYS, at(time)).session is session


def test_the_clock_knows_the_next_open_and_close() -> None:
    clock = market_clock(XNYS, at("2014-06-06T21:00:00"))
    assert clock.next_open == at("2014-06-09T13:30:00")
    assert clock.next_close == at("2014-06-09T20:00:00")
    clock = market_clock(AlwaysOpen(), at("2014-06-06T21:00:00"))
    assert clock.session is Session.REGULAR
    assert clock.next_open == clock.next_close == at("2014-06-07T00:00:00")


def test_trading_days_have_hours_and_leave_weekends_and_holidays_out() -> None:
    friday, monday = trading_days(XNYS, "2014-03-07", "2014-03-10")
    assert (friday.date, monday.date) == ("2014-03-07", "2014-03-10")
    assert (friday.pre_open, friday.open) == (at("2014-03-07T09:00:00"), at("2014-03-07T14:30:00"))
    # Summer time has begun in between.
    assert (monday.open, monday.post_close) == (at("2014-03-10T13:30:00"), at("2014-03-11T00:00:00"))
    assert list(trading_days(XNYS, "2014-03-08", "2014-03-09")) == []
    assert [day.date for day in trading_days(AlwaysOpen(), "2014-03-08", "2014-03-09")] == ["2014-03-08", "2014-03-09"]


def test_a_half_day_ends_early_and_is_called_one() -> None:
    (half,) = trading_days(XNYS, "2013-11-28", "2013-11-29")
    assert (half.half_day, half.close) == (True, at("2013-11-29T18:00:00"))


def test_a_time_outside_the_calendar_is_an_error() -> None:
    with pytest.raises(ValueError, match="outside the XNYS calendar"):
        XNYS.day_at(at("1980-01-01T00:00:00"))


def test_orders_sent_while_closed_wait_for_the_open() -> None:
    market = exchange_market("2014-06-07T15:00:00")
    market.quote(99, 100)
    order = market.buy(10)
    assert market.states(order) == ["ACCEPTED"]
    market.quote(99, 100, at=at("2014-06-09T13:00:00"))
    assert market.fills(order) == []
    market.quote(99, 101, at=at("2014-06-09T13:31:00"))
    assert market.states(order) == ["ACCEPTED", "WORKING"]
    assert market.fills(order) == [(Decimal(10), Decimal(101))]


def test_a_day_order_expires_at_the_close_and_a_gtc_order_does_not() -> None:
    market = exchange_market("2014-06-06T15:00:00")
    market.quote(99, 100)
    day, gtc = market.buy(1, limit_price=90), market.buy(1, limit_price=90, time_in_force=TimeInForce.GTC)
    market.exchange.advance(at("2014-06-06T19:59:59"))
    assert market.is_open(day)
    market.exchange.advance(at("2014-06-06T20:00:00"))
    assert market.states(day) == ["WORKING", "EXPIRED"]
    assert market.statuses(day)[-1].reason is StateReason.TIME_IN_FORCE_EXPIRED
    market.exchange.advance(at("2014-07-01T20:00:00"))
    assert market.is_open(gtc)


def test_a_day_order_sent_after_the_close_is_for_the_next_day() -> None:
    market = exchange_market("2014-06-06T21:00:00")
    market.quote(99, 100)
    order = market.buy(1, limit_price=90)
    market.exchange.advance(at("2014-06-09T19:59:59"))
    assert market.is_open(order)
    market.exchange.advance(at("2014-06-09T20:00:00"))
    assert not market.is_open(order)


def test_extended_hours_orders_trade_before_and_after_and_expire_with_post_market() -> None:
    market = exchange_market("2014-06-06T12:00:00")
    market.quote(99, 100)
    plain, extended = market.buy(10, limit_price=100), market.buy(10, limit_price=100, extended_hours=True)
    assert market.states(extended) == ["WORKING"]
    assert (market.filled(plain), market.filled(extended)) == (0, 10)
    late = market.buy(10, limit_price=90, extended_hours=True)
    market.exchange.advance(at("2014-06-06T20:00:01"))
    assert not market.is_open(plain)
    market.quote(89, 90)
    assert market.filled(late) == 10
    rest = market.buy(10, limit_price=80, extended_hours=True)
    market.exchange.advance(at("2014-06-07T00:00:00"))
    assert market.states(rest)[-1] == "EXPIRED"


def test_extended_hours_are_for_limit_orders_only() -> None:
    market = exchange_market("2014-06-06T12:00:00")
    market.quote(99, 100)
    assert market.refused(Side.BUY, 1, extended_hours=True).reason is StateReason.MARKET_CLOSED
    terms = {"limit_price": 100, "extended_hours": True, "time_in_force": TimeInForce.IOC}
    assert market.refused(Side.BUY, 1, **terms).reason is StateReason.MARKET_CLOSED


@pytest.mark.parametrize("tif", [TimeInForce.IOC, TimeInForce.FOK])
def test_immediate_orders_are_refused_while_closed(tif: TimeInForce) -> None:
    market = exchange_market("2014-06-06T12:00:00")
    market.quote(99, 100)
    assert market.refused(Side.BUY, 1, time_in_force=tif).reason is StateReason.MARKET_CLOSED


def test_stops_do_not_trigger_outside_the_regular_session() -> None:
    market = exchange_market("2014-06-06T19:00:00")
    market.quote(99, 100)
    market.buy(10)
    order = market.sell(10, stop_price=95, time_in_force=TimeInForce.GTC)
    market.quote(90, 91, at=at("2014-06-06T21:00:00"))
    assert market.is_open(order)
    market.quote(94, 95, at=at("2014-06-09T14:00:00"))
    assert market.fills(order) == [(Decimal(10), Decimal(94))]


def test_an_opening_order_fills_on_the_first_quote_of_the_session_or_expires() -> None:
    market = exchange_market("2014-06-06T13:00:00")
    market.quote(99, 100)
    fills = market.buy(60, time_in_force=TimeInForce.OPG)
    rest = market.buy(60, time_in_force=TimeInForce.OPG, limit_price="101.5")
    misses = market.buy(60, time_in_force=TimeInForce.OPG, limit_price=90)
    market.quote(99, 101, 100, at=at("2014-06-06T13:30:01"))
    assert market.fills(fills) == [(Decimal(60), Decimal(101))]
    assert market.fill_reports(fills)[0].liquidity is Liquidity.AUCTION
    assert market.fills(rest) == [(Decimal(40), Decimal(101))]
    assert market.states(rest)[-1] == market.states(misses)[-1] == "EXPIRED"
    assert market.refused(Side.BUY, 1, time_in_force=TimeInForce.OPG).reason is StateReason.MARKET_CLOSED


def test_a_closing_order_fills_at_the_last_quote_before_the_close() -> None:
    market = exchange_market("2014-06-06T15:00:00")
    market.quote(99, 100)
    order = market.buy(10, time_in_force=TimeInForce.CLS)
    misses = market.buy(10, time_in_force=TimeInForce.CLS, limit_price=100)
    market.quote(101, 102, at=at("2014-06-06T19:59:00"))
    assert market.fills() == []
    market.exchange.advance(at("2014-06-06T20:00:00"))
    assert market.fills(order) == [(Decimal(10), Decimal(102))]
    assert market.states(misses)[-1] == "EXPIRED"


def test_the_market_that_never_closes_has_its_auctions_at_midnight_utc() -> None:
    market = Market()
    market.quote(99, 100)
    opening, closing = market.buy(1, time_in_force=TimeInForce.OPG), market.buy(1, time_in_force=TimeInForce.CLS)
    day = market.buy(1, limit_price=90)
    market.exchange.advance(market.exchange.now + 12 * HOUR)
    assert market.fills(closing) == [(Decimal(1), Decimal(100))]
    assert not market.is_open(day)
    market.quote(100, 101)
    assert market.fills(opening) == [(Decimal(1), Decimal(101))]


def test_time_never_goes_back() -> None:
    market = Market()
    now = market.exchange.now
    market.exchange.advance(now - HOUR)
    assert market.exchange.now == now
