"""What an account has lost: since its session began, and since it was worth most. Deposits are no profit.

A session is a day in New York. Its marks are durable, so that a restart does not forget what was lost before it.
"""

import logging
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from msgspec import Struct
from msgspec.structs import replace

from brokerwire_server.domain.accounts import AccountState, ActivityType
from brokerwire_server.domain.decimals import HUNDRED, ZERO, divide
from brokerwire_server.domain.errors import BrokerwireError
from brokerwire_server.domain.trading import EquityMark
from brokerwire_server.engine.accounts import ManagedAccount
from brokerwire_server.engine.seams import NANOS, Seams
from brokerwire_server.store.base import StoreError, TradingStore

SESSION_ZONE = ZoneInfo("America/New_York")

_FLOWS = (ActivityType.DEPOSIT, ActivityType.WITHDRAWAL)
_STEP = Decimal("0.001")
"""By what part of itself the highest equity must rise until that is made durable."""

_log = logging.getLogger(__name__)


class Loss(Struct, frozen=True):
    """What was lost, in percent: of the equity at the session's begin, and of the highest since. 0 or less is none."""

    session: Decimal
    drawdown: Decimal


class Losses:
    """Measures losses of accounts."""

    def __init__(self, store: TradingStore, state_of: Callable[[str], Awaitable[AccountState]], seams: Seams) -> None:
        """Keep marks in `store`; `state_of` returns an account's balances."""
        self._store = store
        self._state_of = state_of
        self._seams = seams
        self._marks: dict[str, EquityMark] = {}
        self._stored: dict[str, EquityMark] = {}
        self._resets: dict[str, int] = {}

    async def restore(self) -> None:
        """Take up the marks of the last process. Raises `StoreError`."""
        self._marks = {mark.account_id: mark for mark in await self._store.marks()}
        self._stored = dict(self._marks)

    def forget(self, account_id: str) -> None:
        """Measure an account from its next balances on."""
        self._marks.pop(account_id, None)

    async def measure(self, account: ManagedAccount) -> Loss | None:
        """Return what an account has lost; `None` where the broker has not told what it is worth."""
        try:
            equity = (await self._state_of(account.account_id)).balances.equity
        except BrokerwireError:
            return None
        flows, resets = _flows(account)
        if self._resets.setdefault(account.account_id, resets) != resets:
            self._resets[account.account_id] = resets
            self.forget(account.account_id)
        mark = self._mark(account.account_id, equity, flows)
        if mark is None:
            return None
        worth = equity - (flows - mark.flows)
        if worth > mark.high:
            mark = replace(mark, high=worth)
        self._marks[account.account_id] = mark
        await self._keep(mark)
        return Loss(_percent(mark.start, worth), _percent(mark.high, worth))

    def _mark(self, account_id: str, equity: Decimal, flows: Decimal) -> EquityMark | None:
        now = self._seams.now()
        session = datetime.fromtimestamp(now / NANOS, UTC).astimezone(SESSION_ZONE).date().isoformat()
        mark = self._marks.get(account_id)
        if mark is not None and mark.session == session:
            return mark
        if equity <= ZERO:
            return None
        high = equity if mark is None else max(mark.high + flows - mark.flows, equity)
        return EquityMark(account_id=account_id, session=session, time=now, start=equity, high=high, flows=flows)

    async def _keep(self, mark: EquityMark) -> None:
        stored = self._stored.get(mark.account_id)
        if (
            stored is not None
            and replace(stored, high=mark.high) == mark
            and mark.high - stored.high < mark.high * _STEP
        ):
            return
        try:
            await self._store.put_mark(mark)
        except StoreError as error:
            _log.error("an equity mark could not be stored", extra={"account_id": mark.account_id}, exc_info=error)
            return
        self._stored[mark.account_id] = mark


def _flows(account: ManagedAccount) -> tuple[Decimal, int]:
    """Return what was ever deposited, less what was withdrawn, and how often a paper account began anew."""
    total, resets = ZERO, 0
    for activity in account.book.activities:
        if activity.type in _FLOWS:
            total += activity.amount
        elif activity.type is ActivityType.RESET:
            resets += 1
    return total, resets


def _percent(base: Decimal, worth: Decimal) -> Decimal:
    return divide((base - worth) * HUNDRED, base) if base > ZERO else ZERO
