"""The guard: every order and every replace passes it, in the same breath in which it is staged.

It gathers what is known into a snapshot, asks the rules, and keeps count. What it lets pass counts at once, for nothing
may wait between its word and the staging: so orders that come together can't pass a limit together.
"""

from collections.abc import Awaitable, Callable, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from brokerwire_server.domain.errors import PreconditionError
from brokerwire_server.domain.events import AuditOutcome
from brokerwire_server.domain.market import Session
from brokerwire_server.domain.orders import Order, OrderTerms, PendingAction
from brokerwire_server.domain.reducer import apply_terms
from brokerwire_server.domain.trading import FREE, Scope, Standing, TradingState
from brokerwire_server.engine.accounts import ManagedAccount
from brokerwire_server.engine.acting import acting
from brokerwire_server.engine.audit import Audit
from brokerwire_server.engine.facts import Facts
from brokerwire_server.engine.gate import Gate
from brokerwire_server.engine.policies import Effective, Policies
from brokerwire_server.engine.seams import NANOS, Seams
from brokerwire_server.engine.switchboard import Switchboard
from brokerwire_server.engine.views import Subject, snapshot_of
from brokerwire_server.risk.flow import DAY, Flow, Key, Rates, key_of
from brokerwire_server.risk.limits import Limits
from brokerwire_server.risk.policy import scopes_of
from brokerwire_server.risk.pricing import value_of, valued
from brokerwire_server.risk.rule import evaluate
from brokerwire_server.risk.shares import LIMITED, symbols_of
from brokerwire_server.risk.verdict import RiskVerdict
from brokerwire_server.store.base import FillFilter, OrderFilter, Store

if TYPE_CHECKING:
    from brokerwire_server.domain.access import Principal

PAGE, MOST_COUNTED = 1_000, 5_000
MARKS_AGE = NANOS
"""How old the prices may be at which the other positions of an account are valued."""


class Basket(Struct, frozen=True):
    """The batch that an order came in: its worst-case value in money, `None` where nothing values a part of it."""

    value: Decimal | None


class Checked(Struct, frozen=True):
    """The verdict by these limits, and the orders as they are to be staged: with what they are worth at worst."""

    verdict: RiskVerdict
    orders: tuple[Order, ...]
    limits: Limits


class Guard:
    """Asks the rules of `risk/`."""

    def __init__(  # noqa: PLR0917 - what a decision rests on
        self, board: Switchboard, gate: Gate, policies: Policies, facts: Facts, audit: Audit, seams: Seams
    ) -> None:
        """Go by what holds on `board` and passes `gate`, by the limits of `policies`, and by `facts`."""
        self.on_reject: Callable[[ManagedAccount, Principal, RiskVerdict], None] = lambda *_: None
        self.flow = Flow()
        self._board = board
        self._gate = gate
        self._policies = policies
        self._facts = facts
        self._audit = audit
        self._seams = seams

    async def prepare(self, account: ManagedAccount, orders: Sequence[Order]) -> None:
        """Fetch what the rules will need for orders. Never raises."""
        first = orders[0]
        instruments = [leg.instrument for leg in first.legs] or [first.instrument]
        effective = self._effective(account, symbols_of(orders))
        unpriced = first.type not in LIMITED
        await self._facts.prepare(account, instruments, effective.limits, effective.wanted, unpriced=unpriced)

    def check(
        self, account: ManagedAccount, orders: Sequence[Order], *, basket: Basket | None = None
    ) -> tuple[Order, ...]:
        """Let the orders of a submission pass, and return them as they must be staged now, before anything else runs.

        Raises:
            PreconditionError: RISK_REJECTED, with everything that is wrong.
        """
        checked = self.consider(account, orders, basket=basket, stage=True)
        self._decide(account, orders[0], checked.verdict)
        self._take(account, orders[0], checked.limits, new=True)
        return checked.orders

    def check_replace(self, account: ManagedAccount, order: Order, terms: OrderTerms) -> Order:
        """Let a replace pass, and return the order as it must be staged now: with its new terms pending.

        Raises:
            PreconditionError: RISK_REJECTED, with everything that is wrong.
        """
        checked = self.consider(account, (order,), terms=terms, stage=True)
        self._decide(account, order, checked.verdict)
        self._take(account, order, checked.limits, new=False)
        return checked.orders[0]

    def consider(
        self,
        account: ManagedAccount,
        orders: Sequence[Order],
        *,
        terms: OrderTerms | None = None,
        basket: Basket | None = None,
        stage: bool = False,
    ) -> Checked:
        """Ask every rule about new orders, or about `terms` for one that is there.

        Nothing changes, but with `stage` what is accepted counts from now on: it must be staged before anything else.
        """
        now, principal, symbols = self._seams.now(), acting(), symbols_of(orders)
        effective = self._effective(account, symbols)
        limits = effective.limits
        quotes = {symbol: self._facts.quote(account, symbol) for symbol in symbols}
        clock = self._facts.clock(account)
        extended = clock is not None and clock.session is not Session.REGULAR
        prices = {symbol: quote for symbol, (quote, _) in quotes.items()}
        self._mark(account, now)
        if terms is None:
            staged = tuple(valued(order, prices, limits, extended=extended) for order in orders)
            first = staged[0]
        else:
            first = valued(apply_terms(orders[0], terms), prices, limits, extended=extended)
            staged = (_pending(orders[0], terms, first, now),)
        value = value_of(first)
        subject = Subject(
            account=account,
            principal=principal,
            now=now,
            limits=limits,
            first=first,
            staged=staged,
            before=orders[0] if terms is not None else None,
            quotes=quotes,
            clock=clock,
            standing=self._standing(account, orders, terms, principal.name, symbols),
            armed=self._board.armed(account.account_id),
            flow=self.flow.view(account.account_id, principal.name, _key(first, limits), now, _rates(limits)),
            value=value,
            basket=value if basket is None else basket.value,
        )
        return Checked(self._judge(subject, effective, stage=stage), staged, limits)

    def worth(self, account: ManagedAccount, order: Order) -> Decimal | None:
        """Return an order's worst-case value in money, `None` where nothing values it."""
        prices = {symbol: self._facts.quote(account, symbol)[0] for symbol in symbols_of((order,))}
        limits = self._effective(account, tuple(prices)).limits
        return value_of(valued(order, prices, limits, extended=False))

    def canceled(self, account: ManagedAccount) -> None:
        """Count a cancel."""
        self.flow.canceled(account.account_id, self._seams.now())

    def filled(self, account: ManagedAccount) -> None:
        """Count an execution."""
        self.flow.filled(account.account_id, self._seams.now())

    async def recount(self, account: ManagedAccount, store: Store) -> None:
        """Take up today's counts after a restart; cancels are not among them. Raises `StoreError`."""
        now, account_id = self._seams.now(), account.account_id
        today = now - now % DAY
        fills = await counted(lambda after: store.list_fills(_fills_of(account_id, today), after, PAGE))
        orders = await counted(lambda after: store.list_orders(_orders_of(account_id, today), after, PAGE))
        self.flow.restore(account_id, orders=orders, messages=orders, fills=fills, now=now)

    # --- parts ---------------------------------------------------------------------------------------------------

    def _judge(self, subject: Subject, effective: Effective, *, stage: bool) -> RiskVerdict:
        """Ask the rules in force; with `stage`, what they accept stays counted."""
        with subject.account.book.exposure.trial(subject.staged) as trial:
            findings = evaluate(effective.rules, snapshot_of(subject, self._facts))
            if findings:
                scopes = self._scopes(subject.account, subject.principal.name, tuple(subject.quotes))
                findings = self._policies.overridden(findings, scopes)
            verdict = RiskVerdict(findings, effective.version)
            if stage and verdict.accepted:
                trial.keep()
        return verdict

    def _effective(self, account: ManagedAccount, symbols: tuple[str, ...]) -> Effective:
        known = account.book.account
        return self._policies.effective(known.environment, known.broker, known.account_id, acting().name, symbols)

    def _scopes(self, account: ManagedAccount, principal: str, symbols: tuple[str, ...]) -> tuple[Scope, ...]:
        known = account.book.account
        return scopes_of(known.broker, known.account_id, principal, symbols)

    def _standing(
        self,
        account: ManagedAccount,
        orders: Sequence[Order],
        terms: OrderTerms | None,
        principal: str,
        symbols: Sequence[str],
    ) -> Standing:
        """Return what holds for orders; nothing does where the gate lets them pass all the same."""
        standing = self._board.standing(account, principal, symbols)
        if standing.state is TradingState.ACTIVE:
            return standing
        try:
            if terms is None:
                self._gate.check(account, orders)
            else:
                self._gate.check_replace(account, orders[0], terms)
        except PreconditionError:
            return standing
        return FREE

    def _mark(self, account: ManagedAccount, now: int) -> None:
        def price_of(symbol: str) -> Decimal | None:
            quote, _ = self._facts.quote(account, symbol)
            return None if quote is None else quote.mark

        account.book.exposure.refresh(price_of, now, MARKS_AGE)

    def _decide(self, account: ManagedAccount, order: Order, verdict: RiskVerdict) -> None:
        if verdict.accepted:
            if any(finding.override_id for finding in verdict.findings):
                details = {f.rule: f"{f.value} ({f.limit}) by {f.override_id}" for f in verdict.findings}
                self._record("order.overridden", account, order, AuditOutcome.DONE, details)
            return
        details = {finding.rule: f"{finding.value} ({finding.limit})" for finding in verdict.violations}
        self._record("order.refused", account, order, AuditOutcome.REFUSED, details)
        self.on_reject(account, acting(), verdict)
        raise _rejected(account, order, verdict)

    def _record(
        self, action: str, account: ManagedAccount, order: Order, outcome: AuditOutcome, details: dict[str, str]
    ) -> None:
        self._audit.record(
            action,
            outcome=outcome,
            account_id=account.account_id,
            target=order.client_order_id,
            reason="RISK_REJECTED" if outcome is AuditOutcome.REFUSED else "",
            details=details,
        )

    def _take(self, account: ManagedAccount, order: Order, limits: Limits, *, new: bool) -> None:
        key, rates = _key(order, limits), _rates(limits)
        self.flow.take(account.account_id, acting().name, key, self._seams.now(), rates, new=new)


async def counted(read: Callable[[str], Awaitable[tuple[Sequence[object], str]]]) -> int:
    """Return how many there are in all pages, up to `MOST_COUNTED`."""
    total, cursor = 0, ""
    while total < MOST_COUNTED:
        page, cursor = await read(cursor)
        total += len(page)
        if not cursor:
            break
    return total


def _orders_of(account_id: str, since: int) -> OrderFilter:
    return OrderFilter(account_ids=(account_id,), created_from=since)


def _fills_of(account_id: str, since: int) -> FillFilter:
    return FillFilter(account_ids=(account_id,), executed_from=since)


def _pending(order: Order, terms: OrderTerms, after: Order, now: int) -> Order:
    """Return an order under replace, worth no less than it will be.

    It has the time, because balances that the broker told before `now` don't know of what the replace adds.
    """
    prices = [price for price in (order.worst_price, after.worst_price) if price is not None]
    return replace(
        order,
        pending_action=PendingAction.REPLACE,
        pending_terms=terms,
        worst_price=max(prices, default=None),
        legs=after.legs,
        update_time=now,
    )


def _rates(limits: Limits) -> Rates:
    return Rates(limits.account_rate, limits.principal_rate, limits.gateway_rate)


def _key(order: Order, limits: Limits) -> Key:
    """Return what makes an order a duplicate, empty where nobody asks."""
    if limits.duplicate_seconds is None and limits.duplicate_burst is None:
        return ()
    return key_of(order)


def _rejected(account: ManagedAccount, order: Order, verdict: RiskVerdict) -> PreconditionError:
    metadata = {
        "account_id": account.account_id,
        "client_order_id": order.client_order_id,
        "rules": ", ".join(dict.fromkeys(finding.code for finding in verdict.violations)),
        "rule": verdict.violations[0].rule,
        "limit": verdict.violations[0].limit,
        "value": verdict.violations[0].value,
    }
    return PreconditionError("RISK_REJECTED", verdict.message, metadata=metadata, verdict=verdict)
