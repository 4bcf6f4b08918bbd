"""What rules from outside ask for: short sales, settled cash, options, and lists of what may be traded."""

from collections.abc import Iterator
from decimal import Decimal

from brokerwire_server.domain.accounts import AccountType
from brokerwire_server.domain.decimals import ZERO, divide
from brokerwire_server.domain.instruments import AssetClass, OptionType
from brokerwire_server.domain.orders import Side
from brokerwire_server.risk.rule import Broken, Cost, Need, Rule, limited
from brokerwire_server.risk.rules.kinds import any_option, opens
from brokerwire_server.risk.snapshot import Leg, Snapshot
from brokerwire_server.risk.verdict import Severity

_OTC = frozenset({"OTC", "OTCM", "OTCQB", "OTCQX", "PINK", "GREY"})


def _shorts_shares(leg: Leg) -> bool:
    return leg.side is Side.SELL_SHORT and leg.instrument.asset_class is AssetClass.EQUITY


def _shortable(s: Snapshot) -> Iterator[Broken]:
    if s.account.type is not AccountType.MARGIN or not s.account.can_short:
        yield Broken("the account may not sell short", "margin account", s.account.type)
    for leg in s.legs:
        if _shorts_shares(leg) and leg.details is not None and not leg.details.shortable:
            symbol = leg.instrument.symbol
            yield Broken(f"{symbol} can't be borrowed", "shortable", "not shortable", symbol)


def _settled(s: Snapshot) -> Iterator[Broken]:
    balances, due = s.balances, s.totals.due
    if balances is not None and due is not None and due > balances.settled_cash:
        yield Broken("needs cash that has not settled, with all open orders", balances.settled_cash, due)


# --- options ---------------------------------------------------------------------------------------------------------


def _options_allowed(s: Snapshot) -> Iterator[Broken]:
    if not s.account.can_trade_options:
        yield Broken("the account may not trade options", "options", "no options")


def _short_options(s: Snapshot) -> list[Leg]:
    return [leg for leg in s.legs if leg.side is Side.SELL_SHORT and leg.instrument.option is not None]


def _uncovered(s: Snapshot) -> Iterator[Broken]:
    for leg in _short_options(s):
        short = max(-leg.position, ZERO) + leg.sell
        cover = _covered_by_legs(s, leg) if len(s.legs) > 1 else _covered_by_shares(s, leg)
        needed = short if len(s.legs) == 1 else _short_beside(s, leg)
        if needed > cover:
            symbol = leg.instrument.symbol
            yield Broken(f"{symbol} would be short with nothing to cover it", cover, needed, symbol)


def _covered_by_shares(s: Snapshot, leg: Leg) -> Decimal:
    """Return how many contracts the free shares cover: a call only."""
    option = leg.instrument.option
    if option is None or option.type is not OptionType.CALL:
        return ZERO
    return divide(max(s.held.get(option.underlying, ZERO), ZERO), option.multiplier)


def _covered_by_legs(s: Snapshot, short: Leg) -> Decimal:
    """Return how many contracts the bought legs of the same right cover, that last as long."""
    option, found = short.instrument.option, ZERO
    for leg in s.legs:
        other = leg.instrument.option
        if option is None or other is None or leg.side.sign < 0:
            continue
        same = other.underlying == option.underlying and other.type is option.type
        if same and other.expiration >= option.expiration:
            found += leg.quantity or ZERO
    return found


def _short_beside(s: Snapshot, short: Leg) -> Decimal:
    """Return how many contracts of the same right the order sells short."""
    option = short.instrument.option
    return sum(
        (
            leg.quantity or ZERO
            for leg in _short_options(s)
            if option is not None
            and leg.instrument.option is not None
            and leg.instrument.option.underlying == option.underlying
            and leg.instrument.option.type is option.type
        ),
        ZERO,
    )


def _ratio(s: Snapshot) -> Iterator[Broken]:
    most = s.limits.leg_ratio
    short = sum((leg.quantity or ZERO for leg in s.legs if leg.side.sign < 0), ZERO)
    long = sum((leg.quantity or ZERO for leg in s.legs if leg.side.sign > 0), ZERO)
    if most is not None and long and short > most * long:
        yield Broken("sold for each bought", most, divide(short, long))


def _expiry(s: Snapshot) -> Iterator[Broken]:
    cutoff, hour = s.limits.expiry_cutoff_hour, s.hour
    for leg in s.legs:
        option = leg.instrument.option
        if option is None or cutoff is None or hour is None:
            continue
        if option.expiration == s.date and hour >= cutoff:
            symbol = leg.instrument.symbol
            yield Broken(f"{symbol} expires today: too late to open, by the hour in New York", cutoff, hour, symbol)


# --- lists -----------------------------------------------------------------------------------------------------------


def _names(leg: Leg) -> frozenset[str]:
    option = leg.instrument.option
    return frozenset({leg.instrument.symbol, *([option.underlying] if option else ())})


def _symbols(s: Snapshot) -> Iterator[Broken]:
    allowed, denied = s.limits.allow_symbols, s.limits.deny_symbols
    for leg in s.legs:
        names, symbol = _names(leg), leg.instrument.symbol
        if allowed is not None and not names & allowed:
            yield Broken(f"{symbol} is not on the list of symbols", "allow_symbols", symbol, symbol)
        if denied is not None and names & denied:
            yield Broken(f"{symbol} may not be traded", "deny_symbols", symbol, symbol)


def _asset_classes(s: Snapshot) -> Iterator[Broken]:
    allowed = s.limits.asset_classes
    for leg in s.legs:
        if allowed is not None and leg.instrument.asset_class not in allowed:
            symbol = leg.instrument.symbol
            yield Broken(f"{leg.instrument.asset_class} may not be traded", ",".join(sorted(allowed)), symbol, symbol)


def _otc(s: Snapshot) -> Iterator[Broken]:
    for leg in s.legs:
        exchange = leg.details.instrument.exchange if leg.details is not None else ""
        if exchange.upper() in _OTC:
            symbol = leg.instrument.symbol
            yield Broken(f"{symbol} trades over the counter", "listed", exchange, symbol)


def _penny(s: Snapshot) -> Iterator[Broken]:
    least = s.limits.minimum_price
    for leg in s.legs:
        if (
            least is None
            or leg.value is None
            or not leg.quantity
            or leg.instrument.asset_class is not AssetClass.EQUITY
        ):
            continue
        price = divide(leg.value, leg.quantity)
        mark = leg.quote.mark if leg.quote is not None else None
        price = price if mark is None else min(price, mark)
        if price < least:
            symbol = leg.instrument.symbol
            yield Broken(f"{symbol} is too cheap", least, price, symbol)


def _opens_shares(s: Snapshot) -> bool:
    return s.order.instrument.asset_class is AssetClass.EQUITY and opens(s)


_HARD, _SOFT = Severity.HARD, Severity.SOFT
RULES = (
    Rule(
        code="P28",
        name="shortable",
        severity=_HARD,
        cost=Cost.FIELDS,
        about="the short sale",
        on=lambda limits: limits.check_shortable,
        applies=lambda s: any(map(_shorts_shares, s.legs)),
        check=_shortable,
        needs=(Need.DETAILS,),
    ),
    Rule(
        code="P32",
        name="settled_funds",
        severity=_SOFT,
        cost=Cost.ARITHMETIC,
        about="the settled cash",
        on=lambda limits: limits.settled_funds_only,
        applies=lambda s: s.account.type in (AccountType.CASH, AccountType.IRA) and opens(s),
        check=_settled,
        needs=(Need.BALANCES, Need.VALUE, Need.ACCOUNT_VALUE),
    ),
    Rule(
        code="P33",
        name="options_allowed",
        severity=_HARD,
        cost=Cost.FIELDS,
        about="the options level",
        applies=any_option,
        check=_options_allowed,
    ),
    Rule(
        code="P33",
        name="uncovered_options",
        severity=_HARD,
        cost=Cost.LOOK_UP,
        about="what covers the short options",
        on=lambda limits: not limits.allow_uncovered_options,
        applies=lambda s: bool(_short_options(s)),
        check=_uncovered,
        needs=(Need.QUANTITY,),
    ),
    Rule(
        code="P33",
        name="leg_ratio",
        severity=_HARD,
        cost=Cost.FIELDS,
        about="the ratio of the legs",
        on=limited("leg_ratio"),
        applies=lambda s: len(s.legs) > 1,
        check=_ratio,
        needs=(Need.QUANTITY,),
    ),
    Rule(
        code="P33",
        name="expiry_day",
        severity=_SOFT,
        cost=Cost.FIELDS,
        about="the hour of an expiring option",
        on=limited("expiry_cutoff_hour"),
        applies=lambda s: any_option(s) and opens(s),
        check=_expiry,
        needs=(Need.CLOCK,),
    ),
    Rule(
        code="P35",
        name="symbols",
        severity=_HARD,
        cost=Cost.FIELDS,
        about="the lists of symbols",
        on=limited("allow_symbols", "deny_symbols"),
        check=_symbols,
    ),
    Rule(
        code="P35",
        name="asset_classes",
        severity=_HARD,
        cost=Cost.FIELDS,
        about="the list of asset classes",
        on=limited("asset_classes"),
        check=_asset_classes,
    ),
    Rule(
        code="P35",
        name="over_the_counter",
        severity=_HARD,
        cost=Cost.FIELDS,
        about="where the instrument trades",
        on=lambda limits: not limits.allow_otc,
        applies=_opens_shares,
        check=_otc,
        needs=(Need.DETAILS,),
    ),
    Rule(
        code="P35",
        name="minimum_price",
        severity=_HARD,
        cost=Cost.ARITHMETIC,
        about="the least price",
        on=limited("minimum_price"),
        applies=_opens_shares,
        check=_penny,
        needs=(Need.VALUE, Need.QUANTITY),
    ),
)
