"""Cancel and replace: asked for once, overlaid on the order's state, and settled by what the broker says."""

import asyncio
from collections import OrderedDict
from collections.abc import Sequence

from msgspec import Struct
from msgspec.structs import replace

from brokerwire_server.brokers.base import CommandError, Reply, subject_to
from brokerwire_server.domain.access import Action
from brokerwire_server.domain.errors import (
    BrokerwireError,
    ConflictError,
    InvalidRequestError,
    PreconditionError,
    UnavailableError,
    VersionMismatchError,
)
from brokerwire_server.domain.events import OrderEventType
from brokerwire_server.domain.orders import Order, OrderState, OrderTerms, PendingAction, Side, SyncState
from brokerwire_server.domain.reducer import apply_terms
from brokerwire_server.domain.reports import CancelRejectedReport, ReplaceRejectedReport
from brokerwire_server.domain.signing import Signature
from brokerwire_server.domain.validation import check_terms
from brokerwire_server.engine.access.permits import Permits
from brokerwire_server.engine.accounts import Accounts, ManagedAccount
from brokerwire_server.engine.acting import acting
from brokerwire_server.engine.commands import Commands, OrderKey, words
from brokerwire_server.engine.gate import Gate
from brokerwire_server.engine.guard import Guard
from brokerwire_server.engine.intake import Intake
from brokerwire_server.engine.outcome import Outcome, classify
from brokerwire_server.engine.resolver import Resolver
from brokerwire_server.engine.seams import Ids, Seams
from brokerwire_server.engine.tasks import Tasks

REMEMBERED_ACTIONS = 10_000
ACTION_PATIENCE = 10.0
"""Seconds that a broker has to say what became of a cancel or replace that it took, before it is asked."""


class ActionResult(Struct, frozen=True):
    """The answer to a cancel or replace. `refused` carries the broker's words where it said no.

    `deduplicated`: this very request was carried out before, nothing new was done.
    """

    order: Order
    refused: str = ""
    deduplicated: bool = False


class Actions:
    """Cancels and replaces orders."""

    def __init__(
        self,
        accounts: Accounts,
        commands: Commands,
        intake: Intake,
        resolver: Resolver,
        *,
        permits: Permits,
        gate: Gate,
        guard: Guard,
        seams: Seams,
        ids: Ids,
        tasks: Tasks,
    ) -> None:
        """Work for `accounts`, as far as `gate` and `guard` let new terms pass; a cancel always does."""
        self._accounts = accounts
        self._gate = gate
        self._guard = guard
        self._commands = commands
        self._intake = intake
        self._resolver = resolver
        self._permits = permits
        self._seams = seams
        self._ids = ids
        self._tasks = tasks
        self._actions: OrderedDict[tuple[str, str], str] = OrderedDict()

    async def cancel(self, key: OrderKey, request_id: str = "") -> ActionResult:
        """Ask for a cancel, and answer when the request and the broker's answer to it are durable."""
        self._permits.act(Action.CANCEL)
        return await self._canceled(key, request_id)

    async def _canceled(self, key: OrderKey, request_id: str = "") -> ActionResult:
        return await asyncio.shield(self._tasks.spawn(self._cancel(key, request_id), logged=False))

    async def cancel_all(
        self, account_ids: Sequence[str], symbols: Sequence[str] = (), side: Side | None = None
    ) -> list[tuple[Order, ActionResult | BrokerwireError]]:
        """Cancel every open order of the scope, all at once; exits of a group go with their entry.

        However many there are, it counts as one cancel of its principal: getting out is not to be slowed down.
        """
        self._permits.act(Action.CANCEL)
        wanted = [
            order
            for account in self._accounts.select(account_ids)
            for order in account.book.orders.open()
            if (not symbols or order.instrument.symbol in symbols) and (side is None or order.side is side)
        ]
        return await self.cancel_orders(wanted)

    async def cancel_orders(self, orders: Sequence[Order]) -> list[tuple[Order, ActionResult | BrokerwireError]]:
        """Cancel orders, all at once; exits of a group go with their entry."""
        ids = {order.order_id for order in orders}
        wanted = [order for order in orders if order.parent_order_id not in ids]
        keys = [OrderKey(order.account_id, order.order_id) for order in wanted]
        results = await asyncio.gather(*(self._canceled(key) for key in keys), return_exceptions=True)
        answers: list[tuple[Order, ActionResult | BrokerwireError]] = []
        for order, result in zip(wanted, results, strict=True):
            if isinstance(result, BaseException) and not isinstance(result, BrokerwireError):
                raise result
            answers.append((order, result))
        return answers

    async def _cancel(self, key: OrderKey, request_id: str) -> ActionResult:
        account, _ = await self._commands.find(key)
        order = await self._commands.find_live(account, key)
        if self._repeated(account, request_id, f"cancel {order.order_id}"):
            return ActionResult(order, deduplicated=True)
        if order.state.terminal:
            raise _ended("ORDER_NOT_CANCELABLE", order)
        if order.pending_action is PendingAction.CANCEL and not order.pending_in_doubt:
            return ActionResult(order)
        action_id = request_id or self._ids()
        self._guard.canceled(account)
        order = await self._intend(account, order, PendingAction.CANCEL, action_id)
        result = await self._commands.ask(account, account.adapter.cancel(order, action_id))
        refusal = CancelRejectedReport(
            account_id=order.account_id,
            broker_client_order_id=order.broker_client_order_id,
            action_id=action_id,
            message=words(result),
        )
        return await self._conclude(account, order, result, refusal)

    async def replace(
        self,
        key: OrderKey,
        terms: OrderTerms,
        *,
        expected_version: int | None = None,
        request_id: str = "",
        signature: Signature | None = None,
    ) -> ActionResult:
        """Ask for new terms (`quantity` is the new total); answer when request and answer are durable."""
        self._permits.act(Action.REPLACE)
        work = self._replace(key, terms, expected_version, request_id, signature)
        return await asyncio.shield(self._tasks.spawn(work, logged=False))

    async def _replace(
        self,
        key: OrderKey,
        terms: OrderTerms,
        expected_version: int | None,
        request_id: str,
        signature: Signature | None,
    ) -> ActionResult:
        account, _ = await self._commands.find(key)
        order = await self._commands.find_live(account, key)
        if self._repeated(account, request_id, f"replace {order.order_id} {terms}"):
            return ActionResult(order, deduplicated=True)
        adapter = account.adapter
        try:
            self._check_replaceable(order, expected_version)
            details = await self._commands.details(account, order.instrument)
            violations = check_terms(order, terms, adapter.capabilities(order.account_id), details)
            if violations:
                raise InvalidRequestError.of(*violations)
            if apply_terms(order, terms) == order:
                return ActionResult(order)
            await self._guard.prepare(account, (order,))
            order = await self._commands.find_live(account, key)
            self._check_replaceable(order, expected_version)
            self._gate.check_replace(account, order, terms)
            # No wait from here on until the intent is staged: the guard counts the new terms from now on.
            passed = self._guard.check_replace(account, order, terms)
        except BrokerwireError:
            # Nothing was done under this id: the corrected request may have it.
            self._actions.pop((account.account_id, request_id), None)
            raise
        action_id = request_id or self._ids()
        order = await self._intend(account, passed, PendingAction.REPLACE, action_id, signature)
        result = await self._send_terms(account, order, terms, action_id)
        refusal = ReplaceRejectedReport(
            account_id=order.account_id,
            broker_client_order_id=order.broker_client_order_id,
            action_id=action_id,
            message=words(result),
        )
        try:
            return await self._conclude(account, order, result, refusal)
        except UnavailableError:
            if classify(result) is Outcome.NOT_SENT:
                self._gate.check_replace(account, order, terms)  # where that is why, it says so
            raise

    async def _send_terms(
        self, account: ManagedAccount, order: Order, terms: OrderTerms, action_id: str
    ) -> Reply | BaseException:
        def stopped() -> str:
            try:
                self._gate.check_replace(account, order, terms)
            except PreconditionError as error:
                return error.message
            return ""

        # No wait between this and the adapter: what was stopped while the intent became durable does not leave.
        if reason := stopped():
            return CommandError(reason, written=False)
        with subject_to(stopped):
            return await self._commands.ask(account, account.adapter.replace(order, terms, action_id))

    def _check_replaceable(self, order: Order, expected_version: int | None) -> None:
        if expected_version is not None and expected_version != order.version:
            metadata = {
                "order_id": order.order_id,
                "expected_version": str(expected_version),
                "version": str(order.version),
            }
            text = f"the order is at version {order.version}, not {expected_version}: read it again"
            raise VersionMismatchError("VERSION_MISMATCH", text, metadata=metadata)
        if order.state.terminal:
            raise _ended("ORDER_NOT_REPLACEABLE", order)
        if order.state is OrderState.INDETERMINATE or order.pending_action is not PendingAction.NONE:
            metadata = {
                "order_id": order.order_id,
                "state": order.state.value,
                "pending": order.pending_action.value,
            }
            text = "an earlier command on this order has no proven outcome yet: wait for it"
            raise PreconditionError("ORDER_OUTCOME_PENDING", text, metadata=metadata)

    async def _intend(
        self,
        account: ManagedAccount,
        order: Order,
        action: PendingAction,
        action_id: str,
        signature: Signature | None = None,
    ) -> Order:
        self._accounts.writable(account)
        after = replace(order, pending_action=action, pending_action_id=action_id, pending_in_doubt=False)
        after = account.book.stage_order(
            after,
            OrderEventType.STATE_CHANGED,
            causation=f"request:{action_id}",
            principal=acting().name,
            signature=signature,
        )
        if not account.adapter.embedded:
            await self._commands.durable(account)
        return after

    async def _conclude(
        self,
        account: ManagedAccount,
        order: Order,
        result: Reply | BaseException,
        refusal: CancelRejectedReport | ReplaceRejectedReport,
    ) -> ActionResult:
        """Turn the outcome of a cancel or replace into the order's state, make it durable and answer."""
        outcome = classify(result)
        if isinstance(result, Reply):
            for report in result.reports:
                self._intake.order_report(account, report)
            refusal = replace(refusal, payload_id=result.payload_id)
        if outcome in (Outcome.REFUSED, Outcome.NOT_SENT):
            self._intake.order_report(account, refusal)
        elif outcome is not Outcome.ACCEPTED:
            self.doubt(account, order, words(result))
        elif not account.adapter.embedded:
            self._tasks.spawn(self._expect(account, order))
        await self._commands.durable(account, sent=True)
        after = account.book.orders.by_id.get(order.order_id, order)
        if outcome is Outcome.NOT_SENT:
            metadata = {"order_id": order.order_id, "sent": "NO"}
            raise UnavailableError("BROKER_UNAVAILABLE", f"not sent: {words(result)}", metadata=metadata)
        return ActionResult(after, refused=words(result) or "refused" if outcome is Outcome.REFUSED else "")

    async def _expect(self, account: ManagedAccount, order: Order) -> None:
        """Have a request looked into that the broker took, and whose end it has not told for too long."""
        await self._seams.sleep(ACTION_PATIENCE)
        self.doubt(account, order, "the broker took the request and has not said what became of it")

    def doubt(self, account: ManagedAccount, order: Order, message: str) -> None:
        """Put the cancel or replace that is under way on an order into doubt, and have it resolved."""
        current = account.book.orders.by_id.get(order.order_id, order)
        if current.pending_action_id != order.pending_action_id or current.state.terminal:
            return
        after = replace(current, pending_in_doubt=True, sync_state=SyncState.RECONCILING, broker_message=message[:500])
        account.book.stage_order(after, OrderEventType.STATE_CHANGED, reason="outcome unknown")
        self._resolver.watch(account, after.order_id)

    def _repeated(self, account: ManagedAccount, request_id: str, content: str) -> bool:
        """Tell whether this cancel or replace was carried out already; remember it if not."""
        if not request_id:
            return False
        key = (account.account_id, request_id)
        known = self._actions.get(key)
        if known == content:
            return True
        if known is not None or account.book.knows_client_id(request_id):
            metadata = {"account_id": account.account_id, "client_order_id": request_id}
            text = "this id belongs to another request; nothing was changed. Use a new id for a new change"
            raise ConflictError("CLIENT_ORDER_ID_CONFLICT", text, metadata=metadata)
        self._actions[key] = content
        if len(self._actions) > REMEMBERED_ACTIONS:
            self._actions.popitem(last=False)
        return False


def _ended(reason: str, order: Order) -> PreconditionError:
    metadata = {"order_id": order.order_id, "state": order.state.value}
    return PreconditionError(reason, f"the order has ended: {order.state.value}", metadata=metadata)
