"""The order desk: submit, cancel and replace, each carried out exactly once and answered when it is durable.

The life of a submission: validated, intent journaled, sent once, outcome classified and journaled, answered. A caller
that goes away changes nothing: the work runs in a task of the engine, the caller only waits for it.
"""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Awaitable, Sequence
from decimal import Decimal

from msgspec import Struct
from msgspec.structs import replace

from brokerwire_server.brokers.base import Preview, Reply
from brokerwire_server.domain.decimals import HUNDRED, ZERO
from brokerwire_server.domain.errors import (
    BrokerwireError,
    ConflictError,
    InvalidRequestError,
    NotFoundError,
    PreconditionError,
    UnavailableError,
    VersionMismatchError,
    Violation,
)
from brokerwire_server.domain.events import OrderEventType
from brokerwire_server.domain.instruments import AssetClass, InstrumentDetails
from brokerwire_server.domain.orders import (
    Order,
    OrderRequest,
    OrderState,
    OrderTerms,
    OrderType,
    PendingAction,
    Side,
    StateReason,
    SyncState,
    TimeInForce,
)
from brokerwire_server.domain.reducer import apply_terms, has_evidence, in_doubt
from brokerwire_server.domain.reports import CancelRejectedReport, ReplaceRejectedReport, StatusReport
from brokerwire_server.domain.validation import check_request, check_terms
from brokerwire_server.engine.accounts import Accounts, ManagedAccount
from brokerwire_server.engine.drafts import closing_fingerprint, draft, fingerprint
from brokerwire_server.engine.intake import Intake
from brokerwire_server.engine.outcome import Outcome, classify
from brokerwire_server.engine.resolver import Resolver
from brokerwire_server.engine.seams import Ids, Seams
from brokerwire_server.engine.tasks import Tasks
from brokerwire_server.engine.telemetry import Telemetry
from brokerwire_server.store.base import Store, StoreError

COMMAND_TIMEOUT = 30.0
"""Seconds after which a command without an answer counts as unproven, whatever the adapter does."""

UNSENT_RETRY_DELAYS = (0.05, 0.25)
"""Pauses before a command that was provably not sent is tried again."""

REMEMBERED_ACTIONS = 10_000

_log = logging.getLogger(__name__)


class Submission(Struct, frozen=True):
    """The answer to a submission. `deduplicated`: the order was there already, nothing new was done."""

    order: Order
    deduplicated: bool = False


class ActionResult(Struct, frozen=True):
    """The answer to a cancel or replace. `refused` carries the broker's words where it said no.

    `deduplicated`: this very request was carried out before, nothing new was done.
    """

    order: Order
    refused: str = ""
    deduplicated: bool = False


class PreviewResult(Struct, frozen=True):
    """What an order would cost, and what is wrong with it."""

    violations: tuple[Violation, ...]
    estimate: Preview | None


class OrderKey(Struct, frozen=True):
    """Names an order: by the gateway's id or by the caller's."""

    account_id: str
    order_id: str = ""
    client_order_id: str = ""


class Desk:
    """Carries out commands on orders."""

    def __init__(
        self,
        accounts: Accounts,
        store: Store,
        intake: Intake,
        resolver: Resolver,
        *,
        seams: Seams,
        ids: Ids,
        tasks: Tasks,
        telemetry: Telemetry,
    ) -> None:
        """Work for `accounts`."""
        self._accounts = accounts
        self._store = store
        self._intake = intake
        self._resolver = resolver
        self._seams = seams
        self._ids = ids
        self._tasks = tasks
        self._telemetry = telemetry
        self._submitting: dict[tuple[str, str], tuple[str, asyncio.Task[Submission]]] = {}
        self._actions: OrderedDict[tuple[str, str], str] = OrderedDict()

    # --- submit --------------------------------------------------------------------------------------------------

    async def submit(self, request: OrderRequest) -> Submission:
        """Carry out a submission, once per client order id.

        Raises:
            InvalidRequestError, UnsupportedError: the request is wrong; nothing was journaled or sent.
            ConflictError: the id belongs to an order with other content; nothing was changed.
            UnavailableError: the journal can't be written.
        """
        return await self._once(request, fingerprint(request))

    async def _once(self, request: OrderRequest, content: str) -> Submission:
        """Carry out a submission that `content` identifies, or join the one that is under way."""
        key = (request.account_id, request.client_order_id)
        while (running := self._submitting.get(key)) is not None:
            known_content, task = running
            try:
                submission = await asyncio.shield(task)
            except BrokerwireError:
                if known_content == content:
                    raise
                continue
            return _same(submission.order, content)
        task = self._tasks.spawn(self._submit(request, content), logged=False)
        self._submitting[key] = (content, task)
        task.add_done_callback(lambda _: self._submitting.pop(key, None))
        return await asyncio.shield(task)

    async def submit_batch(self, requests: Sequence[OrderRequest]) -> list[Submission | BrokerwireError]:
        """Carry out submissions in order and return their answers in order; they share what commits they can."""
        work = [self.submit(request) for request in requests]
        results = await asyncio.gather(*work, return_exceptions=True)
        for result in results:
            if isinstance(result, BaseException) and not isinstance(result, BrokerwireError):
                raise result
        return results  # type: ignore[return-value]

    async def _submit(self, request: OrderRequest, content: str) -> Submission:
        started = self._seams.monotonic()
        account = self._accounts.tradable(request.account_id)
        book, adapter = account.book, account.adapter
        earlier = await self._earlier(account, request.client_order_id)
        if earlier is not None:
            return _same(earlier, content)
        details = await self._details(account, request.instrument.symbol, request.instrument.asset_class)
        violations = check_request(request, adapter.capabilities(request.account_id), details)
        if violations:
            raise InvalidRequestError.of(*violations)
        orders = draft(request, self._ids, self._seams.now(), content)
        for exit_order in orders[1:]:
            taken = await self._earlier(account, exit_order.client_order_id)
            if taken is not None:
                _same(taken, "")
        cause = f"request:{request.client_order_id}"
        orders = [book.stage_order(order, OrderEventType.SUBMITTED, causation=cause) for order in orders]
        if not adapter.embedded:
            await self._durable(account)
        await self._send(account, orders)
        await self._durable(account, sent=True)
        order = book.committed.by_id.get(orders[0].order_id) or book.orders.by_id[orders[0].order_id]
        self._telemetry.order_submitted(adapter.broker, order.state.value, self._seams.monotonic() - started)
        return Submission(order)

    async def _send(self, account: ManagedAccount, orders: Sequence[Order]) -> None:
        """Send once; again only where nothing was sent, provably."""
        result = await self._command(account.adapter.submit(orders))
        for delay in UNSENT_RETRY_DELAYS:
            if classify(result) is not Outcome.NOT_SENT:
                break
            await self._seams.sleep(delay)
            result = await self._command(account.adapter.submit(orders))
        self._settle(account, orders, classify(result), result)

    def _settle(
        self,
        account: ManagedAccount,
        orders: Sequence[Order],
        outcome: Outcome,
        result: Reply | BaseException,
    ) -> None:
        """Turn the outcome of a submission into the orders' state."""
        if isinstance(result, Reply):
            for report in result.reports:
                self._intake.order_report(account, report)
        message = result.message if isinstance(result, Reply) else _words(result)
        for order in orders:
            match outcome:
                case Outcome.ACCEPTED:
                    self._state(account, order, OrderState.ACCEPTED, StateReason.BROKER, "", only_new=True)
                case Outcome.REFUSED if isinstance(result, Reply):
                    self._state(account, order, OrderState.REJECTED, result.reason, message)
                case Outcome.NOT_SENT:
                    self._state(account, order, OrderState.REJECTED, StateReason.NOT_SENT, message)
                case _:
                    self.doubt(account, order, message)

    def _state(
        self,
        account: ManagedAccount,
        order: Order,
        state: OrderState,
        reason: StateReason,
        message: str,
        *,
        only_new: bool = False,
    ) -> None:
        # Without a time of its own, what the gateway concludes never outdates what the broker says itself.
        current = account.book.orders.by_id.get(order.order_id, order)
        if only_new and has_evidence(current):
            return
        self._intake.order_report(
            account,
            StatusReport(
                account_id=order.account_id,
                broker_client_order_id=order.broker_client_order_id,
                state=state,
                reason=reason,
                message=message,
            ),
        )

    def doubt(self, account: ManagedAccount, order: Order, message: str) -> None:
        """Put an order into doubt, unless there is evidence of it already, and have it resolved."""
        current = account.book.orders.by_id.get(order.order_id, order)
        after = in_doubt(current, message)
        if after is not current:
            account.book.stage_order(after, OrderEventType.STATE_CHANGED, reason="outcome unknown")
            self._telemetry.order_changed(account.adapter.broker, after.state.value)
        if after.state is OrderState.INDETERMINATE:
            self._resolver.watch(account, after.order_id)

    async def _earlier(self, account: ManagedAccount, client_order_id: str) -> Order | None:
        book = account.book
        if not book.knows_client_id(client_order_id):
            return None
        at_hand = book.committed.by_client_id(client_order_id)
        return at_hand or await self._store.find_order(account.account_id, client_order_id)

    async def _durable(self, account: ManagedAccount, *, sent: bool = False) -> None:
        """Wait until all that is staged is durable."""
        try:
            await account.book.durable()
        except StoreError as error:
            sent = sent and not account.adapter.embedded
            _log.error("the journal could not be written", extra={"account_id": account.account_id}, exc_info=error)
            text = (
                "the journal could not be written; the outcome is unknown"
                if sent
                else "the journal could not be written"
            )
            metadata = {"account_id": account.account_id, "sent": "UNKNOWN" if sent else "NO"}
            raise UnavailableError("JOURNAL_UNAVAILABLE", text, metadata=metadata) from error

    async def _details(self, account: ManagedAccount, symbol: str, asset_class: AssetClass) -> InstrumentDetails:
        if not symbol:
            raise InvalidRequestError.of(Violation("instrument.symbol", "FIELD_REQUIRED", "name the instrument"))
        details = await account.adapter.instrument(symbol, asset_class)
        if details is None:
            text = f"{account.adapter.broker} does not know {symbol[:32]!r}"
            raise InvalidRequestError.of(Violation("instrument.symbol", "INSTRUMENT_NOT_FOUND", text))
        return details

    # --- preview -------------------------------------------------------------------------------------------------

    async def preview(self, request: OrderRequest) -> PreviewResult:
        """Check and price an order without journaling or sending anything."""
        account = self._accounts.get(request.account_id)
        try:
            details = await self._details(account, request.instrument.symbol, request.instrument.asset_class)
        except InvalidRequestError as error:
            return PreviewResult(error.violations, None)
        violations = check_request(request, account.adapter.capabilities(request.account_id), details)
        if violations:
            return PreviewResult(tuple(violations), None)
        orders = draft(request, self._ids, self._seams.now(), "")
        return PreviewResult((), await account.adapter.preview(orders))

    # --- cancel and replace --------------------------------------------------------------------------------------

    async def find(self, key: OrderKey) -> tuple[ManagedAccount, Order]:
        """Return an order by either id, as last made durable. Raises `NotFoundError`."""
        account = self._accounts.get(key.account_id)
        at_hand = account.book.committed
        if key.order_id:
            order = at_hand.by_id.get(key.order_id) or await self._store.get_order(key.account_id, key.order_id)
        else:
            order = at_hand.by_client_id(key.client_order_id) or await self._store.find_order(
                key.account_id, key.client_order_id
            )
        if order is None:
            name = key.order_id or key.client_order_id
            metadata = {
                "account_id": key.account_id,
                "order_id": key.order_id,
                "client_order_id": key.client_order_id,
            }
            text = f"account {key.account_id} has no order {name[:64]!r}"
            raise NotFoundError("ORDER_NOT_FOUND", text, metadata=metadata)
        return account, order

    async def cancel(self, key: OrderKey, request_id: str = "") -> ActionResult:
        """Ask for a cancel, and answer when the request and the broker's answer to it are durable."""
        return await asyncio.shield(self._tasks.spawn(self._cancel(key, request_id), logged=False))

    async def cancel_all(
        self, account_ids: Sequence[str], symbols: Sequence[str] = (), side: Side | None = None
    ) -> list[tuple[Order, ActionResult | BrokerwireError]]:
        """Cancel every open order of the scope, all at once; exits of a group go with their entry."""
        wanted = [
            order
            for account in self._accounts.select(account_ids)
            for order in account.book.orders.open()
            if (not symbols or order.instrument.symbol in symbols) and (side is None or order.side is side)
        ]
        ids = {order.order_id for order in wanted}
        wanted = [order for order in wanted if order.parent_order_id not in ids]
        keys = [OrderKey(order.account_id, order.order_id) for order in wanted]
        results = await asyncio.gather(*(self.cancel(key) for key in keys), return_exceptions=True)
        answers: list[tuple[Order, ActionResult | BrokerwireError]] = []
        for order, result in zip(wanted, results, strict=True):
            if isinstance(result, BaseException) and not isinstance(result, BrokerwireError):
                raise result
            answers.append((order, result))
        return answers

    async def _cancel(self, key: OrderKey, request_id: str) -> ActionResult:
        account, _ = await self.find(key)
        order = await self._live(account, key)
        if self._repeated(account, request_id, f"cancel {order.order_id}"):
            return ActionResult(order, deduplicated=True)
        if order.state.terminal:
            raise _ended("ORDER_NOT_CANCELABLE", order)
        if order.pending_action is PendingAction.CANCEL and not order.pending_in_doubt:
            return ActionResult(order)
        action_id = request_id or self._ids()
        order = await self._intend(account, order, PendingAction.CANCEL, action_id)
        result = await self._command(account.adapter.cancel(order, action_id))
        refusal = CancelRejectedReport(
            account_id=order.account_id,
            broker_client_order_id=order.broker_client_order_id,
            action_id=action_id,
            message=_words(result),
        )
        return await self._conclude(account, order, result, refusal)

    async def replace(
        self, key: OrderKey, terms: OrderTerms, *, expected_version: int | None = None, request_id: str = ""
    ) -> ActionResult:
        """Ask for new terms (`quantity` is the new total); answer when request and answer are durable."""
        work = self._replace(key, terms, expected_version, request_id)
        return await asyncio.shield(self._tasks.spawn(work, logged=False))

    async def _replace(
        self, key: OrderKey, terms: OrderTerms, expected_version: int | None, request_id: str
    ) -> ActionResult:
        account, _ = await self.find(key)
        order = await self._live(account, key)
        if self._repeated(account, request_id, f"replace {order.order_id} {terms}"):
            return ActionResult(order, deduplicated=True)
        adapter = account.adapter
        try:
            self._check_replaceable(order, expected_version)
            details = await self._details(account, order.instrument.symbol, order.instrument.asset_class)
            violations = check_terms(order, terms, adapter.capabilities(order.account_id), details)
            if violations:
                raise InvalidRequestError.of(*violations)
        except BrokerwireError:
            # Nothing was done under this id: the corrected request may have it.
            self._actions.pop((account.account_id, request_id), None)
            raise
        if apply_terms(order, terms) == order:
            return ActionResult(order)
        action_id = request_id or self._ids()
        order = await self._intend(account, order, PendingAction.REPLACE, action_id)
        result = await self._command(adapter.replace(order, terms, action_id))
        refusal = ReplaceRejectedReport(
            account_id=order.account_id,
            broker_client_order_id=order.broker_client_order_id,
            action_id=action_id,
            message=_words(result),
        )
        return await self._conclude(account, order, result, refusal)

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

    async def _live(self, account: ManagedAccount, key: OrderKey) -> Order:
        """Return the order's newest state, durable or not; commands are checked against this one."""
        orders = account.book.orders
        live = orders.by_id.get(key.order_id) if key.order_id else orders.by_client_id(key.client_order_id)
        return live or (await self.find(key))[1]

    async def _intend(self, account: ManagedAccount, order: Order, action: PendingAction, action_id: str) -> Order:
        self._accounts.writable(account)
        after = replace(order, pending_action=action, pending_action_id=action_id, pending_in_doubt=False)
        after = account.book.stage_order(after, OrderEventType.STATE_CHANGED, causation=f"request:{action_id}")
        if not account.adapter.embedded:
            await self._durable(account)
        return after

    async def _command(self, work: Awaitable[Reply]) -> Reply | BaseException:
        """Await an adapter's answer; a failure of any kind is returned, to be classified."""
        try:
            async with asyncio.timeout(COMMAND_TIMEOUT):
                return await work
        except Exception as error:  # every failure is classified, none is dropped
            return error

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
        if outcome in (Outcome.REFUSED, Outcome.NOT_SENT):
            self._intake.order_report(account, refusal)
        elif outcome is not Outcome.ACCEPTED:
            self.doubt_action(account, order, _words(result))
        await self._durable(account, sent=True)
        after = account.book.orders.by_id.get(order.order_id, order)
        if outcome is Outcome.NOT_SENT:
            metadata = {"order_id": order.order_id, "sent": "NO"}
            raise UnavailableError("BROKER_UNAVAILABLE", f"not sent: {_words(result)}", metadata=metadata)
        return ActionResult(after, refused=_words(result) or "refused" if outcome is Outcome.REFUSED else "")

    def doubt_action(self, account: ManagedAccount, order: Order, message: str) -> None:
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

    # --- closing positions ---------------------------------------------------------------------------------------

    async def close_position(
        self,
        account_id: str,
        symbol: str,
        *,
        client_order_id: str,
        quantity: Decimal | None = None,
        percent: Decimal | None = None,
        tags: dict[str, str] | None = None,
    ) -> Submission:
        """Submit a market order that closes a position, or the named part of it, once per client order id."""
        account = self._accounts.tradable(account_id)
        content = closing_fingerprint(symbol, quantity, percent)
        earlier = await self._earlier(account, client_order_id)
        if earlier is not None:
            return _same(earlier, content)
        position = account.book.positions.get(symbol)
        if position is None or position.closed:
            metadata = {"account_id": account_id, "symbol": symbol}
            raise NotFoundError(
                "POSITION_NOT_FOUND", f"account {account_id} holds no {symbol[:32]!r}", metadata=metadata
            )
        held = abs(position.quantity)
        amount = _part(held, quantity, percent)
        request = OrderRequest(
            account_id=account_id,
            client_order_id=client_order_id or self._ids(),
            instrument=position.instrument,
            side=Side.SELL if position.quantity > ZERO else Side.BUY_TO_COVER,
            type=OrderType.MARKET,
            time_in_force=TimeInForce.DAY,
            quantity=amount,
            tags=tags or {},
        )
        return await self._once(request, content)

    @property
    def submitting(self) -> int:
        """How many submissions are under way."""
        return len(self._submitting)


def _part(held: Decimal, quantity: Decimal | None, percent: Decimal | None) -> Decimal:
    if quantity is not None and percent is not None:
        raise InvalidRequestError.of(Violation("quantity", "INVALID_FIELD", "set quantity or percentage, not both"))
    if percent is not None:
        if not ZERO < percent <= HUNDRED:
            raise InvalidRequestError.of(Violation("percentage", "INVALID_FIELD", "above 0, at most 100"))
        return (held * percent / HUNDRED).quantize(Decimal("0.001"), rounding="ROUND_DOWN")
    amount = held if quantity is None else quantity
    if amount > held:
        raise InvalidRequestError.of(Violation("quantity", "INSUFFICIENT_POSITION", f"at most the {held} held"))
    return amount


def _same(order: Order, content: str) -> Submission:
    """Answer a repeated submission: the same order for the same content, else a conflict."""
    if order.fingerprint == content:
        return Submission(order, deduplicated=True)
    metadata = {
        "account_id": order.account_id,
        "client_order_id": order.client_order_id,
        "order_id": order.order_id,
    }
    text = (
        "this client_order_id belongs to an order with other content; nothing was changed. Use a new id for a new order"
    )
    raise ConflictError("CLIENT_ORDER_ID_CONFLICT", text, metadata=metadata)


def _ended(reason: str, order: Order) -> PreconditionError:
    metadata = {"order_id": order.order_id, "state": order.state.value}
    return PreconditionError(reason, f"the order has ended: {order.state.value}", metadata=metadata)


def _words(result: Reply | BaseException) -> str:
    """Return what may be shown of a result: the broker's words, or the kind of failure, never a raw exception text."""
    if isinstance(result, Reply):
        return result.message
    if isinstance(result, TimeoutError):
        return "no answer in time"
    return getattr(result, "message", "") or type(result).__name__
