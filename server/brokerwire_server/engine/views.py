"""From what the engine knows to the snapshot that rules look at."""

from collections.abc import Iterator, Mapping
from decimal import Decimal

from msgspec import Struct

from brokerwire_server.domain.access import Principal
from brokerwire_server.domain.decimals import ZERO
from brokerwire_server.domain.instruments import AssetClass, Instrument, OptionType
from brokerwire_server.domain.market import MarketClock, Quote
from brokerwire_server.domain.orders import Order, Side
from brokerwire_server.domain.trading import Standing
from brokerwire_server.engine.accounts import ManagedAccount
from brokerwire_server.engine.facts import Facts, new_york
from brokerwire_server.risk.exposure import Exposure, Row
from brokerwire_server.risk.flow import FlowView
from brokerwire_server.risk.limits import Limits
from brokerwire_server.risk.pricing import units_of
from brokerwire_server.risk.snapshot import Leg, Snapshot, Totals

Quotes = Mapping[str, tuple[Quote | None, int | None]]
_NOTHING = Row(Instrument(symbol=""))


class Subject(Struct, frozen=True, kw_only=True, gc=False):
    """What is being checked. `first` is the order as it would be, `staged` what the book would get."""

    account: ManagedAccount
    principal: Principal
    now: int
    limits: Limits
    first: Order
    staged: tuple[Order, ...]
    before: Order | None
    quotes: Quotes
    clock: MarketClock | None
    standing: Standing
    armed: bool
    flow: FlowView
    value: Decimal | None
    basket: Decimal | None


def snapshot_of(subject: Subject, facts: Facts) -> Snapshot:
    """Return the snapshot of a subject, whose orders the account's exposure counts already."""
    account, first, limits = subject.account, subject.first, subject.limits
    exposure, link = account.book.exposure, account.link.connection
    balances, age = facts.balances(account)
    clock = subject.clock
    instruments = [leg.instrument for leg in first.legs] or [first.instrument]
    option = any(instrument.asset_class is AssetClass.OPTION for instrument in instruments)
    date, hour = new_york(clock.time if clock is not None and clock.virtual else subject.now) if option else ("", None)
    legs = tuple(_legs(subject, exposure, facts))
    return Snapshot(
        now=subject.now,
        account=account.book.account,
        environment=account.adapter.environment,
        principal=subject.principal,
        order=first,
        group=subject.staged if subject.before is None else exposure.members(first),
        legs=legs,
        limits=limits,
        before=subject.before,
        value=subject.value,
        basket=subject.basket,
        standing=subject.standing,
        armed=subject.armed,
        link=link.link,
        reconciled=account.swept_time > 0,
        session=None if clock is None else clock.session,
        date=date,
        hour=hour,
        balances=balances,
        balances_age=age,
        totals=_totals(account, exposure, first.principal or subject.principal.name),
        flow=subject.flow,
        broker_rate=_broker_rate(account) if limits.broker_rate_percent is not None else 0,
        crossing=_crossing(subject, exposure) if limits.check_self_trade else "",
        held=_free_shares(exposure, first.instrument.symbol) if option and not limits.allow_uncovered_options else {},
    )


def _legs(subject: Subject, exposure: Exposure, facts: Facts) -> Iterator[Leg]:
    first = subject.first
    if not first.legs:
        yield _leg(subject, exposure, facts, first.instrument, first.side, units_of(first), subject.value)
        return
    for leg in first.legs:
        units = None if first.quantity is None else leg.ratio * first.quantity
        value = (
            None if units is None or leg.worst_price is None else units * leg.worst_price * leg.instrument.multiplier
        )
        yield _leg(subject, exposure, facts, leg.instrument, leg.side, units, value)


def _leg(  # noqa: PLR0917 - one instrument of the subject
    subject: Subject,
    exposure: Exposure,
    facts: Facts,
    instrument: Instrument,
    side: Side,
    quantity: Decimal | None,
    value: Decimal | None,
) -> Leg:
    row = exposure.row(instrument.symbol) or _NOTHING
    quote, age = subject.quotes[instrument.symbol]
    valued = not row.unpriced and (not row.position or bool(row.price))
    return Leg(
        instrument=instrument,
        side=side,
        quantity=quantity,
        value=value,
        position=row.position,
        buy=row.buy,
        sell=row.sell,
        worst=row.worst if valued else None,
        open_orders=row.open_orders,
        doubts=row.doubts,
        details=facts.details(subject.account, instrument),
        quote=quote,
        quote_age=age,
        adv=facts.volume(subject.account, instrument.symbol),
    )


def _totals(account: ManagedAccount, exposure: Exposure, principal: str) -> Totals:
    counted = not exposure.unpriced
    valued = counted and not exposure.unvalued
    return Totals(
        gross=exposure.gross if valued else None,
        net=exposure.net if valued else None,
        leveraged=exposure.leveraged if valued else None,
        due=exposure.due if counted else None,
        open_orders=exposure.open_orders,
        open_orders_principal=exposure.by_principal.get(principal, 0),
        in_doubt=account.book.orders.doubtful_count,
    )


def _broker_rate(account: ManagedAccount) -> int:
    return account.adapter.capabilities(account.account_id).max_orders_per_minute


def _crossing(subject: Subject, exposure: Exposure) -> str:
    orders = subject.staged if subject.before is None else (subject.first,)
    return next(filter(None, map(exposure.crossing, orders)), "")


def _free_shares(exposure: Exposure, symbol: str) -> dict[str, Decimal]:
    """Return, by symbol, the shares held that are neither for sale nor cover a call other than `symbol`."""
    free: dict[str, Decimal] = {}
    for row in exposure.rows.values():
        option = row.instrument.option
        if option is None:
            free[row.instrument.symbol] = free.get(row.instrument.symbol, ZERO) + row.position - row.sell
        elif option.type is OptionType.CALL and row.instrument.symbol != symbol:
            short = (max(-row.position, ZERO) + row.sell) * option.multiplier
            free[option.underlying] = free.get(option.underlying, ZERO) - short
    return free
