"""Clears a scope: cancels what works there, also what was on its way when it was stopped, and closes what is held."""

import asyncio
import logging
from collections.abc import Iterator

from msgspec import Struct

from brokerwire_server.domain.errors import BrokerwireError
from brokerwire_server.domain.orders import Order, OrderOrigin, OrderState
from brokerwire_server.domain.reducer import has_evidence
from brokerwire_server.domain.trading import Scope, ScopeKind
from brokerwire_server.engine.accounts import Accounts, ManagedAccount
from brokerwire_server.engine.actions import ActionResult, Actions
from brokerwire_server.engine.commands import OrderKey
from brokerwire_server.engine.desk import Desk
from brokerwire_server.engine.gate import Gate
from brokerwire_server.engine.seams import Ids, Seams
from brokerwire_server.engine.tasks import Tasks

PAUSE = 0.05
"""Seconds between two looks at what still works."""

PATIENCE = 45.0
"""Seconds after which orders that are still on their way are given up: longer than any command takes."""

ENDING_PATIENCE = 15.0
"""Seconds that positions wait for canceled orders to end before they are closed."""

_log = logging.getLogger(__name__)


class Cleared:
    """What was done so far: cancels asked for, those that failed, closing orders, and for people what went wrong."""

    __slots__ = ("cancels", "failed", "flatten_order_ids", "problems")

    def __init__(self) -> None:
        """Start with nothing done."""
        self.cancels = 0
        self.failed = 0
        self.flatten_order_ids: list[str] = []
        self.problems: list[str] = []


class _Part(Struct, frozen=True):
    """What is cleared: a scope, and the accounts beyond which nothing of it is touched, if any are named."""

    scope: Scope
    within: frozenset[str]


class Clearing:
    """Cancels and closes by scope, through the same ways as any command."""

    def __init__(
        self, accounts: Accounts, desk: Desk, actions: Actions, gate: Gate, *, seams: Seams, ids: Ids, tasks: Tasks
    ) -> None:
        """Clear `accounts`."""
        self._accounts = accounts
        self._desk = desk
        self._actions = actions
        self._gate = gate
        self._seams = seams
        self._ids = ids
        self._tasks = tasks

    async def clear(
        self,
        scope: Scope,
        done: Cleared,
        *,
        within: frozenset[str] = frozenset(),
        cancel: bool = False,
        external: bool = False,
        flatten: bool = False,
    ) -> None:
        """Cancel the working orders of a scope and, with `flatten`, close its positions; `done` tells how far it is.

        Without `external`, orders that were placed elsewhere stay; to flatten, they must go too. Accounts other than
        those of `within`, where any are named, are left alone.
        """
        part = _Part(scope, within)
        if cancel or external or flatten:
            await self._cancel(part, done, own=cancel or flatten, external=external or flatten)
        if flatten:
            await self._ended(part)
            await asyncio.gather(*(self._flatten(a, symbol, done) for a, symbol in self._held(part)))

    # --- cancels -------------------------------------------------------------------------------------------------

    async def _cancel(self, part: "_Part", done: Cleared, *, own: bool, external: bool) -> None:
        """Cancel each order once: at once what the broker has, and what is on its way when its outcome is known."""
        asked: dict[str, asyncio.Task[None]] = {}
        deadline = self._seams.monotonic() + PATIENCE
        while True:
            working = [o for o in self._working(part) if (external if o.origin is OrderOrigin.EXTERNAL else own)]
            ids = {order.order_id for order in working}
            for order in working:
                # The exits of a group go with their entry.
                if order.order_id not in asked and order.parent_order_id not in ids and not _on_its_way(order):
                    asked[order.order_id] = self._tasks.spawn(self._cancel_one(order, done))
            pending = any(not task.done() for task in asked.values())
            if not pending and not any(_on_its_way(order) for order in working):
                return
            if self._seams.monotonic() > deadline:
                done.problems.append("some orders are still on their way to the broker: look at them, and cancel again")
                return
            await self._seams.sleep(PAUSE)

    async def _cancel_one(self, order: Order, done: Cleared) -> None:
        done.cancels += 1
        try:
            result: ActionResult = await self._actions.cancel(OrderKey(order.account_id, order.order_id))
            problem = result.refused
        except BrokerwireError as error:
            if error.reason == "ORDER_NOT_CANCELABLE":
                return
            problem = error.message
        except Exception:
            _log.exception("a cancel failed", extra={"order_id": order.order_id})
            problem = "the gateway's log says why"
        if problem:
            done.failed += 1
            done.problems.append(f"{order.account_id}: order {order.order_id} was not canceled: {problem}")

    # --- positions -----------------------------------------------------------------------------------------------

    async def _ended(self, part: "_Part") -> None:
        deadline = self._seams.monotonic() + ENDING_PATIENCE
        while any(self._working(part)) and self._seams.monotonic() < deadline:
            await self._seams.sleep(PAUSE)

    async def _flatten(self, account: ManagedAccount, symbol: str, done: Cleared) -> None:
        client_order_id = f"flatten-{self._ids()}"
        try:
            with self._gate.licensed([client_order_id]):
                submission = await self._desk.close_position(
                    account.account_id, symbol, client_order_id=client_order_id
                )
        except BrokerwireError as error:
            done.problems.append(f"{account.account_id}: {symbol} was not closed: {error.message}")
            return
        order = submission.order
        done.flatten_order_ids.append(order.order_id)
        if order.state is OrderState.REJECTED:
            done.problems.append(f"{account.account_id}: {symbol} was not closed: {order.broker_message}")

    def _held(self, part: "_Part") -> list[tuple[ManagedAccount, str]]:
        return [
            (account, symbol)
            for account in self._accounts_of(part)
            for symbol, position in account.book.positions.items()
            if not position.closed and (part.scope.kind is not ScopeKind.SYMBOL or symbol == part.scope.name)
        ]

    # --- scopes --------------------------------------------------------------------------------------------------

    def _accounts_of(self, part: "_Part") -> Iterator[ManagedAccount]:
        scope = part.scope
        for account in self._accounts:
            if part.within and account.account_id not in part.within:
                continue
            if scope.kind is ScopeKind.BROKER and account.adapter.broker != scope.name:
                continue
            if scope.kind is ScopeKind.ACCOUNT and account.account_id != scope.name:
                continue
            yield account

    def _working(self, part: "_Part") -> Iterator[Order]:
        scope = part.scope
        for account in self._accounts_of(part):
            for order in account.book.orders.open():
                if scope.kind is ScopeKind.PRINCIPAL and order.principal != scope.name:
                    continue
                symbols = {order.instrument.symbol, *(leg.instrument.symbol for leg in order.legs)}
                if scope.kind is not ScopeKind.SYMBOL or scope.name in symbols:
                    yield order


def _on_its_way(order: Order) -> bool:
    """Whether the broker may not have an order yet: a cancel that overtakes it would be refused."""
    return order.state is OrderState.PENDING_SUBMIT and not has_evidence(order)
