"""The flow of orders: what a program that has run wild looks like."""

from collections.abc import Callable, Iterator
from decimal import Decimal

from brokerwire_server.domain.decimals import HUNDRED
from brokerwire_server.risk.flow import SECOND
from brokerwire_server.risk.rule import Broken, Check, Cost, Rule, always, limited
from brokerwire_server.risk.rules.kinds import new
from brokerwire_server.risk.snapshot import Snapshot
from brokerwire_server.risk.verdict import Severity

INTENTIONAL = "intentional_duplicate"
"""The label of an order that is meant to be like another one: `true`."""


def _not_intended(s: Snapshot) -> bool:
    return new(s) and s.order.tags.get(INTENTIONAL) != "true"


def _duplicate(s: Snapshot) -> Iterator[Broken]:
    least, last = s.limits.duplicate_seconds, s.flow.last_repeat
    if least is not None and last is not None and last < least * SECOND:
        text = f"the same order was sent a moment ago, in seconds: label it {INTENTIONAL}=true if it is meant"
        yield Broken(text, least, Decimal(last) / SECOND)


def _burst(s: Snapshot) -> Iterator[Broken]:
    most = s.limits.duplicate_burst
    if most is not None and s.flow.repeats + 1 > most:
        yield Broken(
            f"the same order within ten seconds: label it {INTENTIONAL}=true if it is meant", most, s.flow.repeats + 1
        )


def _counted(name: str, value: Callable[[Snapshot], int], text: str) -> Check:
    """Return a check that a count, the order included, is not above a limit."""

    def check(s: Snapshot) -> Iterator[Broken]:
        limit = getattr(s.limits, name)
        if value(s) > limit:
            yield Broken(text, limit, value(s))

    return check


def _account_rate(s: Snapshot) -> Iterator[Broken]:
    most = s.limits.account_burst if s.limits.account_burst is not None else s.limits.account_rate
    if most is not None and s.flow.account_used + 1 > most:
        yield Broken("orders of the account at once", most, s.flow.account_used + 1)


def _broker_rate(s: Snapshot) -> Iterator[Broken]:
    percent = s.limits.broker_rate_percent
    if percent is None:
        return
    most = s.broker_rate * percent / HUNDRED
    if s.flow.last_minute + 1 > most:
        yield Broken("orders in a minute, of what the broker takes", most, s.flow.last_minute + 1)


def _messages(name: str) -> Check:
    def check(s: Snapshot) -> Iterator[Broken]:
        limit, messages, fills = getattr(s.limits, name), s.flow.messages_today + 1, s.flow.fills_today + 1
        if messages > limit * fills:
            yield Broken("messages for each fill and one more, today", limit, f"{messages}/{fills}")

    return check


def _symbol_orders(s: Snapshot) -> Iterator[Broken]:
    limit = s.limits.working_orders_symbol
    for leg in s.legs:
        if limit is not None and leg.open_orders > limit:
            symbol = leg.instrument.symbol
            yield Broken(f"open orders in {symbol}", limit, leg.open_orders, symbol)


def _rule(
    name: str,
    code: str,
    check: Check,
    *,
    applies: Callable[[Snapshot], bool] = always,
    severity: Severity = Severity.SOFT,
    limit: str = "",
) -> Rule:
    """Return a rule that is on where its limit is set: the one of its name, or `limit`."""
    return Rule(
        code=code,
        name=name,
        severity=severity,
        cost=Cost.LOOK_UP,
        about="the flow of orders",
        on=limited(limit or name),
        applies=applies,
        check=check,
    )


RULES = (
    _rule("duplicate", "P19", _duplicate, applies=_not_intended, limit="duplicate_seconds"),
    _rule("duplicate_burst", "P19", _burst, applies=_not_intended),
    _rule("account_rate", "P21", _account_rate),
    _rule(
        "principal_rate",
        "P21",
        _counted("principal_rate", lambda s: s.flow.principal_used + 1, "orders of the principal in a second"),
    ),
    _rule(
        "gateway_rate",
        "P21",
        _counted("gateway_rate", lambda s: s.flow.gateway_used + 1, "orders of the gateway in a second"),
    ),
    _rule("broker_rate", "P21", _broker_rate, applies=lambda s: s.broker_rate > 0, limit="broker_rate_percent"),
    _rule(
        "orders_per_day",
        "P22",
        _counted("orders_per_day", lambda s: s.flow.orders_today + 1, "orders today"),
        applies=new,
    ),
    _rule("messages_per_fill", "P22", _messages("messages_per_fill")),
    _rule("messages_per_fill_warning", "P22", _messages("messages_per_fill_warning"), severity=Severity.WARNING),
    _rule(
        "working_orders",
        "P23",
        _counted("working_orders", lambda s: s.totals.open_orders, "open orders"),
        applies=new,
    ),
    _rule("working_orders_symbol", "P23", _symbol_orders, applies=new),
    _rule(
        "working_orders_principal",
        "P23",
        _counted("working_orders_principal", lambda s: s.totals.open_orders_principal, "open orders of the principal"),
        applies=new,
    ),
)
