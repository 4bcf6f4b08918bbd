"""Size and price: what a slip of the hand looks like."""

from collections.abc import Iterator
from decimal import Decimal

from brokerwire_server.domain.decimals import HUNDRED, ONE, ZERO
from brokerwire_server.domain.instruments import AssetClass
from brokerwire_server.domain.market import Quote
from brokerwire_server.domain.orders import OrderClass, OrderType
from brokerwire_server.risk.flow import SECOND
from brokerwire_server.risk.limits import Limits
from brokerwire_server.risk.rule import Broken, Check, Cost, Need, Rule, limited
from brokerwire_server.risk.rules.kinds import LIMITED, closes, regular
from brokerwire_server.risk.snapshot import Snapshot
from brokerwire_server.risk.verdict import Severity

_LOW, _MID = Decimal(25), Decimal(50)
_QUANTITY: dict[AssetClass, str] = {
    AssetClass.EQUITY: "equity_quantity",
    AssetClass.OPTION: "option_quantity",
    AssetClass.FUTURE: "future_quantity",
}


def _quantity_limit(limits: Limits, asset_class: AssetClass) -> Decimal | None:
    name = _QUANTITY.get(asset_class)
    return None if name is None else getattr(limits, name)


def _quantity(s: Snapshot) -> Iterator[Broken]:
    for leg in s.legs:
        limit = _quantity_limit(s.limits, leg.instrument.asset_class)
        if limit is not None and leg.quantity is not None and leg.quantity > limit:
            symbol = leg.instrument.symbol
            yield Broken(
                f"{leg.instrument.asset_class.value.lower()} quantity of {symbol}", limit, leg.quantity, symbol
            )


def _notional(name: str) -> Check:
    def check(s: Snapshot) -> Iterator[Broken]:
        limit = getattr(s.limits, name)
        if s.value is not None and s.value > limit:
            yield Broken("the order's worst-case value", limit, s.value)

    return check


def _valued(s: Snapshot) -> bool:
    """What closes a position needs no price: what is held bounds it."""
    return not (s.value is None and closes(s))


def _basket(s: Snapshot) -> Iterator[Broken]:
    limit = s.limits.basket_notional_hard
    if limit is not None and s.basket is not None and s.basket > limit:
        yield Broken("the batch's worst-case value", limit, s.basket)


# --- price -----------------------------------------------------------------------------------------------------------


def _collar(s: Snapshot) -> Iterator[Broken]:
    order, leg = s.order, s.legs[0]
    limit, quote = order.limit_price, leg.quote
    if limit is None or quote is None:
        return
    if (stale := _stale(s)) is not None:
        yield stale
        return
    buys = order.side.sign > 0
    near, far = (quote.ask, quote.bid) if buys else (quote.bid, quote.ask)
    reference = near or far or quote.last
    if reference <= ZERO:
        yield Broken("no price is quoted", value="no quote", symbol=quote.symbol)
        return
    if order.type is OrderType.STOP_LIMIT and order.stop_price is not None:
        reference = max(reference, order.stop_price) if buys else min(reference, order.stop_price)
    edge = _edge(s, reference, buys=buys)
    if edge is not None and (limit > edge if buys else limit < edge):
        yield Broken("the limit is too far through the market", edge, limit, quote.symbol)
    yield from _passive(s, quote, limit, buys=buys)


def _edge(s: Snapshot, reference: Decimal, *, buys: bool) -> Decimal | None:
    width = collar_width(s.limits, s.legs[0].instrument.asset_class, reference, extended=not regular(s))
    if width is None:
        return None
    return reference + width if buys else reference - width


def collar_width(
    limits: Limits, asset_class: AssetClass, reference: Decimal, *, extended: bool = False
) -> Decimal | None:
    """Return how far from `reference` a price may be on its aggressive side, `None` without a limit."""
    if asset_class is AssetClass.OPTION:
        if limits.collar_option_percent is None:
            return None
        return max(reference * limits.collar_option_percent / HUNDRED, limits.collar_option_amount or ZERO)
    if reference < _LOW:
        percent = limits.collar_percent_low
    else:
        percent = limits.collar_percent_mid if reference <= _MID else limits.collar_percent_high
    if percent is None:
        return None
    factor = (limits.collar_extended_factor or ONE) if extended else ONE
    return reference * percent * factor / HUNDRED


def _passive(s: Snapshot, quote: Quote, limit: Decimal, *, buys: bool) -> Iterator[Broken]:
    percent = s.limits.collar_passive_percent
    reference = (quote.bid if buys else quote.ask) or quote.last
    if percent is None or s.order.type is not OrderType.LIMIT or reference <= ZERO:
        return
    edge = reference * (HUNDRED - percent if buys else HUNDRED + percent) / HUNDRED
    if limit < edge if buys else limit > edge:
        yield Broken("the limit is too far behind the market", edge, limit, quote.symbol)


def _stale(s: Snapshot) -> Broken | None:
    """Return what is wrong with the age of the quote, if anything."""
    limit = s.limits.quote_age if regular(s) else s.limits.quote_age_extended
    leg = s.legs[0]
    if limit is None or leg.quote is None:
        return None
    if leg.quote.delayed:
        return Broken("the quote is a delayed one", limit, "delayed", leg.instrument.symbol)
    if leg.quote_age is None or leg.quote_age > limit * SECOND:
        age = "unknown" if leg.quote_age is None else Decimal(leg.quote_age) / SECOND
        return Broken("the quote is too old, in seconds", limit, age, leg.instrument.symbol)
    return None


def _fresh(s: Snapshot) -> Iterator[Broken]:
    if (stale := _stale(s)) is not None:
        yield stale


def _volume(name: str) -> Check:
    def check(s: Snapshot) -> Iterator[Broken]:
        for leg in s.legs:
            if leg.adv is None or leg.quantity is None:
                continue
            most = leg.adv * getattr(s.limits, name) / HUNDRED
            if leg.quantity > most:
                symbol = leg.instrument.symbol
                yield Broken(f"too much of the average daily volume of {symbol}", most, leg.quantity, symbol)

    return check


def _of_shares(s: Snapshot) -> bool:
    return s.order.instrument.asset_class is AssetClass.EQUITY


def _notional_rule(name: str, severity: Severity) -> Rule:
    return Rule(
        code="P12",
        name=name,
        severity=severity,
        cost=Cost.ARITHMETIC,
        about="the order's value",
        on=limited(name),
        applies=_valued,
        check=_notional(name),
        needs=(Need.VALUE,),
    )


def _volume_rule(name: str, severity: Severity) -> Rule:
    return Rule(
        code="P18",
        name=name,
        severity=severity,
        cost=Cost.LOOK_UP,
        about="the share of the daily volume",
        on=limited(name),
        applies=_of_shares,
        check=_volume(name),
        needs=(Need.VOLUME, Need.QUANTITY),
    )


RULES = (
    Rule(
        code="P11",
        name="quantity",
        severity=Severity.SOFT,
        cost=Cost.FIELDS,
        about="the quantity",
        on=limited(*_QUANTITY.values()),
        applies=lambda s: any(_quantity_limit(s.limits, leg.instrument.asset_class) is not None for leg in s.legs),
        check=_quantity,
        needs=(Need.QUANTITY,),
    ),
    _notional_rule("order_notional", Severity.SOFT),
    _notional_rule("order_notional_hard", Severity.HARD),
    Rule(
        code="P13",
        name="basket_notional_hard",
        severity=Severity.HARD,
        cost=Cost.ARITHMETIC,
        about="the batch's value",
        on=limited("basket_notional_hard"),
        applies=lambda s: not (s.basket is None and closes(s)),
        check=_basket,
        needs=(Need.BASKET,),
    ),
    Rule(
        code="P14",
        name="collar",
        severity=Severity.SOFT,
        cost=Cost.LOOK_UP,
        about="the limit price",
        on=limited("collar_percent_low", "collar_option_percent", "collar_passive_percent"),
        applies=lambda s: (
            s.order.type in LIMITED
            and s.order.order_class is not OrderClass.MULTI_LEG
            and (
                collar_width(s.limits, s.order.instrument.asset_class, ONE) is not None
                or s.limits.collar_passive_percent is not None
            )
        ),
        check=_collar,
        needs=(Need.QUOTE,),
    ),
    Rule(
        code="P15",
        name="quote_age",
        severity=Severity.SOFT,
        cost=Cost.LOOK_UP,
        about="the price of an order without a limit",
        on=limited("quote_age", "quote_age_extended"),
        applies=lambda s: (
            s.order.type not in LIMITED
            and (s.limits.quote_age if regular(s) else s.limits.quote_age_extended) is not None
        ),
        check=_fresh,
        needs=(Need.QUOTE,),
    ),
    _volume_rule("adv_percent", Severity.SOFT),
    _volume_rule("adv_percent_hard", Severity.HARD),
)
