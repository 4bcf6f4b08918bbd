"""Whether the order makes sense in its instrument and at this hour."""

from collections.abc import Iterator
from decimal import Decimal

from brokerwire_server.domain.decimals import ZERO
from brokerwire_server.domain.market import Quote, Session
from brokerwire_server.domain.orders import LegRole, OrderClass, OrderType, TimeInForce
from brokerwire_server.risk.rule import Broken, Cost, Need, Rule
from brokerwire_server.risk.rules.kinds import AUCTION, CLOSING, STOPS, any_option, around_the_clock, regular
from brokerwire_server.risk.snapshot import Snapshot
from brokerwire_server.risk.verdict import Severity

_EXITS = frozenset({LegRole.TAKE_PROFIT, LegRole.STOP_LOSS})


def _tradable(s: Snapshot) -> Iterator[Broken]:
    for leg in s.legs:
        if leg.details is not None and not leg.details.tradable:
            symbol = leg.instrument.symbol
            yield Broken(f"{symbol} does not trade now", "tradable", "not tradable", symbol)


def _not_expired(s: Snapshot) -> Iterator[Broken]:
    for leg in s.legs:
        option = leg.instrument.option
        if option is not None and option.expiration < s.date:
            symbol = leg.instrument.symbol
            yield Broken(f"{symbol} has expired", s.date, option.expiration, symbol)


def _session(s: Snapshot) -> Iterator[Broken]:
    order, session = s.order, s.session
    opening = order.time_in_force is TimeInForce.OPG
    if session is Session.REGULAR:
        if opening:
            yield Broken("the opening auction is over", "before the open", session)
    elif not opening and (session is Session.CLOSED or not order.extended_hours):
        text = "the order would wait for the next session: set allow_queueing, or send it when the market is open"
        yield Broken(text, Session.REGULAR, str(session))


def _market_order(s: Snapshot) -> Iterator[Broken]:
    if not regular(s):
        yield Broken("market orders go in the regular session only: set a limit", Session.REGULAR, str(s.session))


def _stops(s: Snapshot) -> Iterator[Broken]:
    for order in (s.order,):
        stop, quote = order.stop_price, s.legs[0].quote
        if stop is None or quote is None:
            continue
        buys = order.side.sign > 0
        market = _market(quote, buys=buys)
        if market is None or (stop <= market if buys else stop >= market):
            text = f"the stop would trigger at once: it must be {'above' if buys else 'below'} the market"
            yield Broken(text, "" if market is None else market, stop)


def _market(quote: Quote, *, buys: bool) -> Decimal | None:
    """Return the price that a stop is measured against: the worst that the market shows already."""
    if buys:
        return max(quote.ask, quote.last) or None
    return min((price for price in (quote.bid, quote.last) if price > ZERO), default=None)


def _cover(s: Snapshot) -> Iterator[Broken]:
    for leg in s.legs:
        short = max(-leg.position, ZERO)
        if leg.side in CLOSING and leg.side.sign > 0 and leg.buy > short:
            symbol = leg.instrument.symbol
            yield Broken(f"covers more {symbol} than is short, with all open buys", short, leg.buy, symbol)


def _conserved(s: Snapshot) -> Iterator[Broken]:
    entry = next((order for order in s.group if order.role is LegRole.ENTRY), s.group[0])
    if entry.quantity is None:
        return
    checked = [s.order] if s.before is not None else s.group
    for order in checked:
        if (
            order.role in _EXITS
            and order is not entry
            and order.quantity is not None
            and order.quantity > entry.quantity
        ):
            yield Broken("an exit of more than its entry brings", entry.quantity, order.quantity)


RULES = (
    Rule(
        code="P07",
        name="tradable",
        severity=Severity.HARD,
        cost=Cost.FIELDS,
        about="whether the instrument trades",
        check=_tradable,
        needs=(Need.DETAILS,),
    ),
    Rule(
        code="P07",
        name="not_expired",
        severity=Severity.HARD,
        cost=Cost.FIELDS,
        about="whether the option has expired",
        applies=any_option,
        check=_not_expired,
        needs=(Need.CLOCK,),
    ),
    Rule(
        code="P10",
        name="session",
        severity=Severity.SOFT,
        cost=Cost.FIELDS,
        about="the session",
        on=lambda limits: not limits.allow_queueing,
        applies=lambda s: not around_the_clock(s),
        check=_session,
        needs=(Need.SESSION,),
    ),
    Rule(
        code="P16",
        name="market_order",
        severity=Severity.SOFT,
        cost=Cost.FIELDS,
        about="whether a market order may go",
        on=lambda limits: not limits.allow_market_outside_regular,
        applies=lambda s: (
            s.order.type is OrderType.MARKET and s.order.time_in_force not in AUCTION and not around_the_clock(s)
        ),
        check=_market_order,
        needs=(Need.SESSION,),
    ),
    Rule(
        code="P17",
        name="stop_side",
        severity=Severity.SOFT,
        cost=Cost.LOOK_UP,
        about="the side of the stop",
        on=lambda limits: limits.check_stops,
        applies=lambda s: s.order.type in STOPS and s.order.role not in _EXITS,
        check=_stops,
        needs=(Need.QUOTE,),
    ),
    Rule(
        code="P29",
        name="cover_only",
        severity=Severity.HARD,
        cost=Cost.LOOK_UP,
        about="whether the order covers more than is short",
        on=lambda limits: not limits.allow_flip,
        applies=lambda s: any(leg.side in CLOSING and leg.side.sign > 0 for leg in s.legs),
        check=_cover,
        needs=(Need.QUANTITY,),
    ),
    Rule(
        code="P36",
        name="group_conserved",
        severity=Severity.HARD,
        cost=Cost.FIELDS,
        about="the quantities of the group",
        applies=lambda s: len(s.group) > 1 and s.order.order_class is not OrderClass.MULTI_LEG,
        check=_conserved,
    ),
)
