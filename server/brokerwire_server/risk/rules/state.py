"""Whether anything may be sent at all: armed, not halted, reconciled, and by whom."""

from collections.abc import Iterator

from brokerwire_server.domain.connections import Environment, LinkState
from brokerwire_server.domain.orders import OrderState, PendingAction
from brokerwire_server.domain.trading import TradingState
from brokerwire_server.risk.rule import Broken, Cost, Need, Rule, limited
from brokerwire_server.risk.rules.kinds import of_the_gateway, opens
from brokerwire_server.risk.snapshot import Snapshot
from brokerwire_server.risk.verdict import Severity

_REACHED = frozenset({LinkState.UP, LinkState.DEGRADED})


def _armed(s: Snapshot) -> Iterator[Broken]:
    if not s.armed:
        yield Broken(f"live account {s.account.account_id} is not armed: brokerwire arm", "armed", "not armed")


def _trading_state(s: Snapshot) -> Iterator[Broken]:
    standing = s.standing
    assert standing is not None  # noqa: S101 - the rule needs it
    if not _lets_pass(standing.state, s) and not of_the_gateway(s):
        why = f" ({standing.reason})" if standing.reason else ""
        yield Broken(f"{standing.scope} is {standing.state}{why}", TradingState.ACTIVE, standing.state)


def _lets_pass(state: TradingState, s: Snapshot) -> bool:
    match state:
        case TradingState.ACTIVE:
            return True
        case TradingState.REDUCE_ONLY:
            return not opens(s)
        case TradingState.CANCEL_ONLY:
            return s.lowers
        case TradingState.HALTED:
            return False


def _reconciled(s: Snapshot) -> Iterator[Broken]:
    if s.link not in _REACHED:
        yield Broken(f"the broker's link is {s.link}", LinkState.UP, str(s.link))
    elif not s.reconciled:
        yield Broken("the books were not compared with the broker's yet", "reconciled", "not reconciled")


def _doubt_in_symbol(s: Snapshot) -> Iterator[Broken]:
    for leg in s.legs:
        if leg.doubts:
            symbol = leg.instrument.symbol
            yield Broken(f"{symbol} has orders whose outcome is not known", 0, leg.doubts, symbol)


def _doubts(s: Snapshot) -> Iterator[Broken]:
    limit = s.limits.in_doubt_orders
    if limit is not None and s.totals.in_doubt > limit:
        yield Broken("too many orders in doubt: only what reduces", limit, s.totals.in_doubt)


def _accounts(s: Snapshot) -> Iterator[Broken]:
    if not s.principal.reaches(s.account.account_id):
        yield Broken(f"{s.principal.name} may not trade in this account", ",".join(sorted(s.principal.accounts)))


def _asset_classes(s: Snapshot) -> Iterator[Broken]:
    allowed = s.principal.asset_classes
    for leg in s.legs:
        if leg.instrument.asset_class not in allowed:
            symbol = leg.instrument.symbol
            yield Broken(
                f"{s.principal.name} may not trade {leg.instrument.asset_class}",
                ",".join(sorted(allowed)),
                leg.instrument.asset_class,
                symbol,
            )


def _principal_notional(s: Snapshot) -> Iterator[Broken]:
    limit, value = s.principal.maximum_notional, s.value
    if limit is not None and value is not None and value > limit:
        yield Broken(f"above what {s.principal.name} may trade per order", limit, value)


def _environment(s: Snapshot) -> Iterator[Broken]:
    if s.account.environment is not s.environment:
        text = f"a {s.account.environment} account behind a {s.environment} connection"
        yield Broken(text, s.account.environment, s.environment)
    for leg in s.legs:
        currency = leg.instrument.currency if leg.details is None else leg.details.instrument.currency
        if currency != s.account.currency:
            symbol = leg.instrument.symbol
            yield Broken(f"{symbol} is in {currency}", s.account.currency, currency, symbol)


def _replace_now(s: Snapshot) -> Iterator[Broken]:
    before = s.before
    if s.link not in _REACHED:
        yield Broken(f"no replace while the broker's link is {s.link}", LinkState.UP, str(s.link))
    if before is not None and (
        before.state is OrderState.INDETERMINATE or before.pending_action is not PendingAction.NONE
    ):
        yield Broken("no replace while an earlier command on the order is not proven", "NONE", before.pending_action)


_HARD = Severity.HARD
RULES = (
    Rule(
        code="P01",
        name="armed",
        severity=_HARD,
        cost=Cost.FIELDS,
        about="whether the live account is armed",
        applies=lambda s: s.account.environment is Environment.LIVE and not of_the_gateway(s),
        check=_armed,
        needs=(Need.ARMING,),
    ),
    Rule(
        code="P02",
        name="trading_state",
        severity=_HARD,
        cost=Cost.FIELDS,
        about="whether trading is allowed",
        check=_trading_state,
        needs=(Need.STANDING,),
    ),
    Rule(
        code="P03",
        name="reconciled",
        severity=_HARD,
        cost=Cost.FIELDS,
        about="whether the account is reconciled",
        on=lambda limits: limits.require_reconciled,
        check=_reconciled,
        needs=(Need.LINK,),
    ),
    Rule(
        code="P03",
        name="doubt_in_symbol",
        severity=_HARD,
        cost=Cost.LOOK_UP,
        about="doubts in the symbol",
        on=lambda limits: limits.doubt_blocks_symbol,
        applies=lambda s: not s.adds_nothing,
        check=_doubt_in_symbol,
    ),
    Rule(
        code="P03",
        name="in_doubt_orders",
        severity=_HARD,
        cost=Cost.LOOK_UP,
        about="doubts in the account",
        on=limited("in_doubt_orders"),
        applies=opens,
        check=_doubts,
    ),
    Rule(
        code="P04",
        name="principal_accounts",
        severity=_HARD,
        cost=Cost.FIELDS,
        about="the principal's accounts",
        applies=lambda s: bool(s.principal.accounts),
        check=_accounts,
    ),
    Rule(
        code="P04",
        name="principal_asset_classes",
        severity=_HARD,
        cost=Cost.FIELDS,
        about="the principal's asset classes",
        applies=lambda s: bool(s.principal.asset_classes),
        check=_asset_classes,
    ),
    Rule(
        code="P04",
        name="principal_notional",
        severity=_HARD,
        cost=Cost.ARITHMETIC,
        about="the principal's notional",
        applies=lambda s: s.principal.maximum_notional is not None,
        check=_principal_notional,
        needs=(Need.VALUE,),
    ),
    Rule(
        code="P06",
        name="environment",
        severity=_HARD,
        cost=Cost.FIELDS,
        about="the environment and currency",
        check=_environment,
        needs=(Need.CURRENCY,),
    ),
    Rule(
        code="P37",
        name="replace_now",
        severity=_HARD,
        cost=Cost.FIELDS,
        about="whether a replace is safe now",
        on=lambda limits: limits.require_reconciled,
        applies=lambda s: s.before is not None,
        check=_replace_now,
        needs=(Need.LINK,),
    ),
)
