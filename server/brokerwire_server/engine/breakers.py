"""Breakers: what stops trading by itself, and only a person lets go on.

Each is declared in `BREAKERS`; its threshold comes from the configuration. They watch live accounts, and those on paper
where that is asked for. A breaker that has tripped stays so until somebody releases the state that it set; then what it
measures begins anew.
"""

import logging
from collections import deque
from collections.abc import Mapping
from decimal import Decimal

from msgspec import Struct

from brokerwire_server.domain.access import system
from brokerwire_server.domain.connections import Environment, LinkState
from brokerwire_server.domain.errors import BrokerwireError
from brokerwire_server.domain.orders import Order
from brokerwire_server.domain.trading import Scope, ScopeKind, StateRecord, TradingState
from brokerwire_server.engine.accounts import Accounts, ManagedAccount
from brokerwire_server.engine.acting import acting_as
from brokerwire_server.engine.controls import Change, Controls
from brokerwire_server.engine.losses import Losses
from brokerwire_server.engine.seams import NANOS, Seams
from brokerwire_server.engine.switchboard import Switchboard
from brokerwire_server.engine.tasks import Tasks
from brokerwire_server.engine.telemetry import Telemetry

EVERY = 1.0
"""Seconds between two looks at what tells nobody by itself: losses, stalled data."""

PRINCIPAL = system("breaker")

_log = logging.getLogger(__name__)


class Thresholds(Struct, frozen=True, kw_only=True):
    """When breakers trip; 0 switches one off. Percentages are in percent, times in seconds."""

    paper: bool = False
    daily_loss_reduce: Decimal = Decimal(3)
    daily_loss_halt: Decimal = Decimal(5)
    drawdown: Decimal = Decimal(10)
    rejects: int = 10
    rejects_within: float = 60.0
    executions: int = 50
    executions_within: float = 3600.0
    clock_skew_warn: float = 0.5
    clock_skew_halt: float = 2.0
    data_stall: float = 120.0
    journal: bool = True


class Breaker(Struct, frozen=True, kw_only=True):
    """One breaker: what it sets on which kind of scope when it trips, and whether working orders are canceled."""

    code: str
    about: str
    kind: ScopeKind
    state: TradingState
    cancel: bool = False


BREAKERS: Mapping[str, Breaker] = {
    breaker.code: breaker
    for breaker in (
        Breaker(
            code="daily_loss_reduce",
            about="the account lost this much since the session began",
            kind=ScopeKind.ACCOUNT,
            state=TradingState.REDUCE_ONLY,
        ),
        Breaker(
            code="daily_loss_halt",
            about="the account lost this much since the session began",
            kind=ScopeKind.ACCOUNT,
            state=TradingState.HALTED,
            cancel=True,
        ),
        Breaker(
            code="drawdown",
            about="the account lost this much since its highest equity",
            kind=ScopeKind.ACCOUNT,
            state=TradingState.HALTED,
            cancel=True,
        ),
        Breaker(
            code="rejects",
            about="so many orders of a principal were rejected within a time",
            kind=ScopeKind.PRINCIPAL,
            state=TradingState.HALTED,
        ),
        Breaker(
            code="executions",
            about="so many orders of a principal were executed within a time",
            kind=ScopeKind.PRINCIPAL,
            state=TradingState.HALTED,
        ),
        Breaker(
            code="clock_skew",
            about="the gateway's clock and the broker's differ by this much",
            kind=ScopeKind.ACCOUNT,
            state=TradingState.HALTED,
        ),
        Breaker(
            code="journal",
            about="the journal can't be written",
            kind=ScopeKind.ACCOUNT,
            state=TradingState.HALTED,
        ),
        Breaker(
            code="data_stall",
            about="the link is up and orders work, and no comparison with the broker succeeds for this long",
            kind=ScopeKind.ACCOUNT,
            state=TradingState.CANCEL_ONLY,
        ),
    )
}


class Breakers:
    """Watches, and trips."""

    def __init__(
        self,
        thresholds: Thresholds,
        losses: Losses,
        accounts: Accounts,
        switchboard: Switchboard,
        controls: Controls,
        *,
        seams: Seams,
        tasks: Tasks,
        telemetry: Telemetry,
    ) -> None:
        """Watch `accounts` by `thresholds`."""
        self._thresholds = thresholds
        self._losses = losses
        self._accounts = accounts
        self._switchboard = switchboard
        self._controls = controls
        self._seams = seams
        self._tasks = tasks
        self._telemetry = telemetry
        self._windows: dict[tuple[str, str], deque[float]] = {}
        self._compared: dict[str, float] = {}
        self._skewed: set[str] = set()

    def covers(self, account: ManagedAccount) -> bool:
        """Whether breakers watch an account."""
        return self._thresholds.paper or account.adapter.environment is Environment.LIVE

    async def run(self) -> None:
        """Look after what tells nobody by itself, for ever."""
        while True:
            await self._seams.sleep(EVERY)
            for account in self._accounts:
                if self.covers(account):
                    try:
                        self._look_at_data(account)
                        await self._look_at_losses(account)
                    except Exception:
                        _log.exception(
                            "a breaker could not look at an account", extra={"account_id": account.account_id}
                        )

    # --- what is told --------------------------------------------------------------------------------------------

    def rejected(self, account: ManagedAccount, order: Order) -> None:
        """Count an order that was not taken; but not while nothing is taken, for then the gateway stops it."""
        standing = self._switchboard.standing(account, order.principal, [order.instrument.symbol])
        if standing.state.rank <= TradingState.REDUCE_ONLY.rank:
            self.refused(account, order.principal)

    def refused(self, account: ManagedAccount, principal: str) -> None:
        """Count an order of a principal that was rejected, by the broker or by risk."""
        limits = self._thresholds
        self._count(account, "rejects", principal, limits.rejects, limits.rejects_within)

    def executed(self, account: ManagedAccount, order: Order) -> None:
        """Count an order that was filled for the first time."""
        limits = self._thresholds
        self._count(account, "executions", order.principal, limits.executions, limits.executions_within)

    def compared(self, account: ManagedAccount, before: int, after: int, broker_time: int) -> None:
        """Note that a comparison succeeded, read from `before` to `after` by our clock, at `broker_time` by the other.

        Brokers tell whole seconds, and their time may be from anywhere in the reading: what that explains is no skew.
        """
        self._compared[account.account_id] = self._seams.monotonic()
        if not broker_time or account.adapter.embedded or not self.covers(account):
            return
        skew = max(before - (broker_time + NANOS), broker_time - after, 0) / NANOS
        limits = self._thresholds
        details = {"seconds": f"{skew:.3f}", "limit": f"{limits.clock_skew_halt:g}"}
        if limits.clock_skew_halt and skew >= limits.clock_skew_halt:
            self._trip("clock_skew", account.account_id, details)
        elif limits.clock_skew_warn and skew >= limits.clock_skew_warn:
            if account.account_id not in self._skewed:
                _log.warning("the broker's clock differs", extra={"account_id": account.account_id, **details})
            self._skewed.add(account.account_id)
        else:
            self._skewed.discard(account.account_id)

    def journal_failed(self) -> None:
        """Halt what is watched: the journal can't be written."""
        if self._thresholds.journal:
            for account in self._accounts:
                if self.covers(account):
                    self._trip("journal", account.account_id, {})

    def released(self, record: StateRecord) -> None:
        """Measure anew after somebody has released what a breaker had set: he knows what was lost or refused so far."""
        if record.principal != PRINCIPAL.name:
            return
        name = record.scope.name
        if record.scope.kind is ScopeKind.ACCOUNT:
            self._compared[name] = self._seams.monotonic()
            self._losses.forget(name)
        for key in [key for key in self._windows if key[1] == name]:
            del self._windows[key]

    # --- what is looked at ---------------------------------------------------------------------------------------

    async def _look_at_losses(self, account: ManagedAccount) -> None:
        limits = self._thresholds
        loss = await self._losses.measure(account)
        if loss is None:
            return
        for code, value, limit in (
            ("daily_loss_halt", loss.session, limits.daily_loss_halt),
            ("drawdown", loss.drawdown, limits.drawdown),
            ("daily_loss_reduce", loss.session, limits.daily_loss_reduce),
        ):
            if limit and value >= limit:
                self._trip(code, account.account_id, {"percent": f"{value:.2f}", "limit": f"{limit:f}"})

    def _look_at_data(self, account: ManagedAccount) -> None:
        """Trip where comparisons fail while orders work. Time without either of link and orders does not count."""
        now, limit = self._seams.monotonic(), self._thresholds.data_stall
        up = account.link.connection.link is LinkState.UP
        if account.adapter.embedded or not up or not account.book.orders.open_count:
            self._compared[account.account_id] = now
            return
        silent = now - self._compared.setdefault(account.account_id, now)
        if limit and silent >= limit:
            self._trip("data_stall", account.account_id, {"seconds": f"{silent:.0f}", "limit": f"{limit:g}"})

    def _count(self, account: ManagedAccount, code: str, principal: str, most: int, within: float) -> None:
        """Count one of something that a principal may have `most - 1` times within a time."""
        if not most or not principal or not self.covers(account):
            return
        now = self._seams.monotonic()
        window = self._windows.setdefault((code, principal), deque(maxlen=most))
        window.append(now)
        if len(window) == most and now - window[0] <= within:
            self._trip(code, principal, {"count": str(most), "seconds": f"{within:g}"})

    def _trip(self, code: str, name: str, details: dict[str, str]) -> None:
        """Set what a breaker sets, once: a scope that is as strict already is left alone."""
        breaker = BREAKERS[code]
        scope = Scope(breaker.kind, name)
        if self._switchboard.state_of(scope).rank >= breaker.state.rank:
            return
        values = ", ".join(f"{key} {value}" for key, value in details.items())
        reason = f"breaker {code}: {breaker.about}" + (f" ({values})" if values else "")
        self._telemetry.breaker_tripped(code)
        with acting_as(PRINCIPAL):
            # In force before anything else happens; the rest takes its time.
            self._switchboard.engage(scope, breaker.state, reason)
            self._tasks.spawn(self._follow(breaker, scope, reason, details))

    async def _follow(self, breaker: Breaker, scope: Scope, reason: str, details: dict[str, str]) -> None:
        change = Change(scope=scope, state=breaker.state, reason=reason, cancel=breaker.cancel)
        problem: BrokerwireError | None = None
        try:
            await self._controls.restrict(change, by=PRINCIPAL)
        except BrokerwireError as error:
            problem = error
        self._controls.note(f"breaker.{breaker.code}", scope, reason, details, problem)
