"""What the account may come to hold and owe, at worst."""

from collections.abc import Callable, Iterator
from decimal import Decimal

from brokerwire_server.domain.decimals import HUNDRED, ZERO, divide
from brokerwire_server.domain.orders import Side
from brokerwire_server.risk.exposure import LEVERAGED
from brokerwire_server.risk.flow import SECOND
from brokerwire_server.risk.rule import Broken, Check, Cost, Need, Rule, limited
from brokerwire_server.risk.rules.kinds import opens
from brokerwire_server.risk.snapshot import Leg, Snapshot
from brokerwire_server.risk.verdict import Severity


def _of_equity(s: Snapshot, percent: Decimal) -> Decimal:
    """Return a share of the equity; of none, nothing."""
    equity = ZERO if s.balances is None else s.balances.equity
    return max(equity, ZERO) * percent / HUNDRED


def _balance_age(s: Snapshot) -> Iterator[Broken]:
    limit, age = s.limits.balance_age, s.balances_age
    if limit is not None and (age is None or age > limit * SECOND):
        yield Broken("the balances are too old, in seconds", limit, "unknown" if age is None else Decimal(age) / SECOND)


def _buying_power(s: Snapshot) -> Iterator[Broken]:
    balances, due = s.balances, s.totals.due
    if balances is None or due is None or s.totals.gross is None:
        return
    due += sum((_flipped(leg) for leg in s.legs), ZERO)
    if due > balances.buying_power:
        yield Broken("needs more buying power than the broker states, with all open orders", balances.buying_power, due)
    own = max(balances.equity, ZERO) * balances.multiplier
    if s.totals.gross > own:
        yield Broken("needs more than equity and leverage give, with all open orders", own, s.totals.gross)


def _flipped(leg: Leg) -> Decimal:
    """Return what a sale opens beyond what is held, where that is allowed."""
    if leg.side is not Side.SELL or not leg.quantity or leg.value is None:
        return ZERO
    beyond = min(max(leg.sell - max(leg.position, ZERO), ZERO), leg.quantity)
    return divide(leg.value * beyond, leg.quantity)


def _position(s: Snapshot) -> Iterator[Broken]:
    limit = s.limits.position_notional
    for leg in s.legs:
        if limit is not None and leg.worst is not None and leg.worst > limit:
            symbol = leg.instrument.symbol
            yield Broken(f"worst-case position in {symbol}", limit, leg.worst, symbol)


def _concentration(s: Snapshot) -> Iterator[Broken]:
    percent = s.limits.position_percent
    for leg in s.legs:
        if percent is not None and leg.worst is not None and leg.worst > (most := _of_equity(s, percent)):
            symbol = leg.instrument.symbol
            yield Broken(f"worst-case position in {symbol}, of the equity", most, leg.worst, symbol)


def _total(name: str, total: Callable[[Snapshot], Decimal | None], text: str) -> Check:
    def check(s: Snapshot) -> Iterator[Broken]:
        most, value = _of_equity(s, getattr(s.limits, name)), total(s)
        if value is not None and value > most:
            yield Broken(text, most, value)

    return check


def _opens_leveraged(s: Snapshot) -> bool:
    return any(leg.instrument.asset_class in LEVERAGED for leg in s.legs) and opens(s)


def _self_trade(s: Snapshot) -> Iterator[Broken]:
    if s.crossing:
        yield Broken("would trade with an open order of the same account: cancel that first", value=s.crossing)


def _flip(s: Snapshot) -> Iterator[Broken]:
    for leg in s.legs:
        held = max(leg.position, ZERO)
        if leg.side is Side.SELL and leg.sell > held:
            symbol = leg.instrument.symbol
            text = f"sells more {symbol} than is held, with all open sales: a short sale is SELL_SHORT"
            yield Broken(text, held, leg.sell, symbol)


def _headroom(s: Snapshot) -> Iterator[Broken]:
    percent, balances = s.limits.margin_headroom_percent, s.balances
    if percent is None or balances is None:
        return
    most = _of_equity(s, HUNDRED - percent)
    if balances.initial_margin > most:
        yield Broken("initial margin leaves too little of the equity free", most, balances.initial_margin)


def _total_rule(  # noqa: PLR0917 - the columns of a table
    code: str,
    name: str,
    severity: Severity,
    total: Callable[[Snapshot], Decimal | None],
    text: str,
    applies: Callable[[Snapshot], bool] = opens,
) -> Rule:
    return Rule(
        code=code,
        name=name,
        severity=severity,
        cost=Cost.ARITHMETIC,
        about=text,
        on=limited(name),
        applies=applies,
        check=_total(name, total, text),
        needs=(Need.BALANCES, Need.ACCOUNT_VALUE),
    )


_SOFT, _HARD = Severity.SOFT, Severity.HARD
RULES = (
    Rule(
        code="P24",
        name="balance_age",
        severity=_HARD,
        cost=Cost.LOOK_UP,
        about="the age of the balances",
        on=lambda limits: limits.check_buying_power and limits.balance_age is not None,
        applies=opens,
        check=_balance_age,
        needs=(Need.BALANCES,),
    ),
    Rule(
        code="P24",
        name="buying_power",
        severity=_HARD,
        cost=Cost.ARITHMETIC,
        about="the buying power",
        on=lambda limits: limits.check_buying_power,
        applies=opens,
        check=_buying_power,
        needs=(Need.BALANCES, Need.VALUE, Need.ACCOUNT_VALUE),
    ),
    Rule(
        code="P25",
        name="position_notional",
        severity=_SOFT,
        cost=Cost.ARITHMETIC,
        about="the position",
        on=limited("position_notional"),
        applies=opens,
        check=_position,
        needs=(Need.POSITION_VALUE,),
    ),
    Rule(
        code="P25",
        name="position_percent",
        severity=_SOFT,
        cost=Cost.ARITHMETIC,
        about="the concentration",
        on=limited("position_percent"),
        applies=opens,
        check=_concentration,
        needs=(Need.BALANCES, Need.POSITION_VALUE),
    ),
    _total_rule("P25", "gross_percent", _SOFT, lambda s: s.totals.gross, "worst-case gross value"),
    _total_rule("P25", "gross_percent_hard", _HARD, lambda s: s.totals.gross, "worst-case gross value"),
    _total_rule("P25", "net_percent", _SOFT, lambda s: s.totals.net, "worst-case net value"),
    Rule(
        code="P26",
        name="self_trade",
        severity=_SOFT,
        cost=Cost.LOOK_UP,
        about="own orders on the other side",
        on=lambda limits: limits.check_self_trade,
        check=_self_trade,
    ),
    Rule(
        code="P27",
        name="flip",
        severity=_HARD,
        cost=Cost.LOOK_UP,
        about="whether the order sells more than is held",
        on=lambda limits: not limits.allow_flip,
        applies=lambda s: any(leg.side is Side.SELL for leg in s.legs),
        check=_flip,
        needs=(Need.QUANTITY,),
    ),
    _total_rule(
        "P34",
        "leveraged_percent",
        _SOFT,
        lambda s: s.totals.leveraged,
        "worst-case value of crypto, forex and futures",
        _opens_leveraged,
    ),
    Rule(
        code="P34",
        name="margin_headroom_percent",
        severity=_SOFT,
        cost=Cost.ARITHMETIC,
        about="the margin that is left",
        on=limited("margin_headroom_percent"),
        applies=_opens_leveraged,
        check=_headroom,
        needs=(Need.BALANCES,),
    ),
)
