"""The broker's books of an account, put together from what TWS lists."""

from collections.abc import Callable, Sequence

from msgspec.structs import replace

from brokerwire_server.brokers.base import BrokerSnapshot
from brokerwire_server.brokers.ibkr import readonly
from brokerwire_server.brokers.ibkr.accounts import Accounts
from brokerwire_server.brokers.ibkr.executions import Executions
from brokerwire_server.brokers.ibkr.feed import Feed
from brokerwire_server.brokers.ibkr.logins import Logins
from brokerwire_server.brokers.ibkr.notices import rejection
from brokerwire_server.brokers.ibkr.positions import Marks, Positions
from brokerwire_server.brokers.ibkr.session import Session
from brokerwire_server.brokers.ibkr.sweeps import Reading, Sweeps
from brokerwire_server.brokers.ibkr.tracking import Tracked, Tracker
from brokerwire_server.domain.accounts import Account, AccountState
from brokerwire_server.domain.errors import UnavailableError
from brokerwire_server.domain.orders import Order
from brokerwire_server.domain.reports import FillReport, OrderReport

_NANOS = 1_000_000_000


class Books:
    """Reads accounts and looks orders up."""

    def __init__(
        self,
        session: Session,
        tracker: Tracker,
        feed: Feed,
        sweeps: Sweeps,
        executions: Executions,
        *,
        accounts: Accounts,
        positions: Positions,
        marks: Marks,
        logins: Logins,
        restricted: Callable[[Account], Account],
    ) -> None:
        """`restricted` marks an account that can't be traded at present."""
        self._session = session
        self._tracker = tracker
        self._feed = feed
        self._sweeps = sweeps
        self._executions = executions
        self._accounts = accounts
        self._positions = positions
        self._marks = marks
        self._logins = logins
        self._restricted = restricted

    async def time(self) -> int:
        """Return the broker's clock, in nanoseconds, to the second."""
        answers = await self._session.call("reqCurrentTime", answers=["currentTime"], end=None)
        return int(str(answers[0].arguments[0])) * _NANOS

    async def state(self, account_id: str, time: int = 0) -> AccountState:
        """Return an account's balances, with the broker's clock before that."""
        found = await self._accounts.state(account_id, time or await self.time())
        account = self._restricted(found.account)
        self._logins.serve([account])
        return replace(found, account=account)

    async def snapshot(self, account_id: str, since: int) -> BrokerSnapshot:
        """Return the whole: orders and executions first, so that positions are never older than they are."""
        time = await self.time()
        number = self._accounts.broker_account_id(account_id)
        reading = await self._sweeps.read()
        mine = [tracked for tracked in reading.open if tracked.account_id == account_id]
        fills = await self._executions.swept(_fills_of(reading, account_id, mine, since))
        positions = await self._positions.read(number, account_id)
        await self._marks.follow(number)
        state = await self.state(account_id, time)
        return BrokerSnapshot(
            orders=tuple(status for tracked in mine for status in self._feed.listing(tracked)),
            history=tuple(
                report
                for report in reading.ended
                if report.account_id == account_id and (report.time >= since or not report.time)
            ),
            fills=tuple(fills),
            positions=positions,
            account=state,
            cash_complete=False,
        )

    async def without_orders(self, account_id: str) -> BrokerSnapshot:
        """Return what a read-only TWS shows. Raises `UnavailableError` where there are orders, which it hides."""
        if any(tracked.account_id == account_id and tracked.instrument for tracked in self._tracker.all()):
            raise UnavailableError("BROKER_UNAVAILABLE", readonly.WORDS)
        time = await self.time()
        positions = await self._positions.read(self._accounts.broker_account_id(account_id), account_id)
        state = await self.state(account_id, time)
        return BrokerSnapshot(orders=(), fills=(), positions=positions, account=state, cash_complete=False)

    async def find(self, order: Order) -> Sequence[OrderReport] | None:
        """Return an order's status and executions, `None` where neither open orders nor today's ends show it."""
        tracked = self._tracker.learn(order)
        reading = await self._sweeps.read()
        tracked.sighted()
        if not tracked.seen:
            return [rejection(tracked)] if tracked.rejected is not None else None
        perm_ids = {str(perm_id) for perm_id in tracked.incarnations}
        mine = [fill for fill in reading.fills if fill.broker_order_id in perm_ids]
        return [*self._feed.statuses(tracked), *await self._executions.swept(mine)]


def _fills_of(reading: Reading, account_id: str, open_: Sequence[Tracked], since: int) -> list[FillReport]:
    """Return an account's executions from a time on and, of orders that are open, all there are."""
    open_ids = {str(perm_id) for tracked in open_ for perm_id in tracked.incarnations}
    return [
        fill
        for fill in reading.fills
        if fill.account_id == account_id and (fill.time >= since or fill.broker_order_id in open_ids)
    ]
