"""The order desk: each submission is carried out exactly once, and answered when it is durable.

The life of a submission: validated, intent journaled, sent once, outcome classified and journaled, answered. A caller
that goes away changes nothing: the work runs in a task of the engine, the caller only waits for it.
"""

import asyncio
from collections.abc import Sequence
from decimal import ROUND_DOWN, Decimal

from msgspec import Struct
from msgspec.structs import replace

from brokerwire_server.brokers.base import Preview, Reply, Verdict, subject_to
from brokerwire_server.domain.access import Action
from brokerwire_server.domain.capabilities import AssetCapabilities
from brokerwire_server.domain.decimals import HUNDRED, ZERO
from brokerwire_server.domain.errors import (
    BrokerwireError,
    ConflictError,
    InvalidRequestError,
    NotFoundError,
    PreconditionError,
    Violation,
)
from brokerwire_server.domain.events import OrderEventType
from brokerwire_server.domain.instruments import InstrumentDetails
from brokerwire_server.domain.orders import (
    Order,
    OrderRequest,
    OrderState,
    OrderType,
    Side,
    StateReason,
    TimeInForce,
)
from brokerwire_server.domain.reducer import has_evidence, in_doubt
from brokerwire_server.domain.reports import StatusReport
from brokerwire_server.domain.signing import Signature
from brokerwire_server.domain.validation import check_request
from brokerwire_server.engine.access.permits import Permits
from brokerwire_server.engine.accounts import Accounts, ManagedAccount
from brokerwire_server.engine.acting import acting
from brokerwire_server.engine.commands import Commands, words
from brokerwire_server.engine.drafts import closing_fingerprint, draft, fingerprint
from brokerwire_server.engine.gate import Gate
from brokerwire_server.engine.guard import Basket, Guard
from brokerwire_server.engine.intake import Intake
from brokerwire_server.engine.outcome import Outcome, classify
from brokerwire_server.engine.resolver import Resolver
from brokerwire_server.engine.seams import Ids, Seams
from brokerwire_server.engine.tasks import Tasks
from brokerwire_server.engine.telemetry import Telemetry
from brokerwire_server.risk.verdict import RiskVerdict

UNSENT_RETRY_DELAYS = (0.05, 0.25)
"""Pauses before a command that was provably not sent is tried again."""


class Submission(Struct, frozen=True):
    """The answer to a submission. `deduplicated`: the order was there already, nothing new was done."""

    order: Order
    deduplicated: bool = False


class PreviewResult(Struct, frozen=True):
    """What an order would cost, what is wrong with it, and what risk says of it once it is right."""

    violations: tuple[Violation, ...]
    estimate: Preview | None
    verdict: RiskVerdict | None = None


class Desk:
    """Carries out submissions."""

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
        telemetry: Telemetry,
    ) -> None:
        """Work for `accounts`, as far as `gate` and `guard` let orders pass."""
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
        self._telemetry = telemetry
        self._submitting: dict[tuple[str, str], tuple[str, asyncio.Task[Submission]]] = {}

    # --- submit --------------------------------------------------------------------------------------------------

    async def submit(self, request: OrderRequest, basket: Basket | None = None) -> Submission:
        """Carry out a submission, once per client order id.

        Raises:
            InvalidRequestError, UnsupportedError: the request is wrong; nothing was journaled or sent.
            PreconditionError: trading is stopped for it, or its live account is not armed.
            ConflictError: the id belongs to an order with other content; nothing was changed.
            PreconditionError: risk refuses it; nothing was journaled of the order or sent.
            UnavailableError: the journal can't be written.
        """
        return await self._once(request, fingerprint(request), basket)

    async def _once(self, request: OrderRequest, content: str, basket: Basket | None = None) -> Submission:
        """Carry out a submission that `content` identifies, or join the one that is under way."""
        self._accounts.get(request.account_id)
        self._permits.act(Action.SUBMIT)
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
        task = self._tasks.spawn(self._submit(request, content, basket), logged=False)
        self._submitting[key] = (content, task)
        task.add_done_callback(lambda _: self._submitting.pop(key, None))
        return await asyncio.shield(task)

    async def submit_batch(self, requests: Sequence[OrderRequest]) -> list[Submission | BrokerwireError]:
        """Carry out submissions in order and return their answers in order; they share what commits they can.

        Risk counts them together before the first is sent.
        """
        basket = await self._basket(requests)
        work = [self.submit(request, basket) for request in requests]
        results = await asyncio.gather(*work, return_exceptions=True)
        for result in results:
            if isinstance(result, BaseException) and not isinstance(result, BrokerwireError):
                raise result
        return results  # type: ignore[return-value]

    async def _basket(self, requests: Sequence[OrderRequest]) -> Basket:
        """Return what a batch is worth at worst."""
        total = ZERO
        for request in requests:
            account = self._accounts.get(request.account_id)
            orders = draft(request, self._ids, self._seams.now(), "")
            await self._guard.prepare(account, orders)
            value = self._guard.worth(account, orders[0])
            if value is None:
                return Basket(None)
            total += value
        return Basket(total)

    async def _submit(self, request: OrderRequest, content: str, basket: Basket | None) -> Submission:
        started = self._seams.monotonic()
        account = self._accounts.tradable(request.account_id)
        book, adapter = account.book, account.adapter
        earlier = await self._commands.find_earlier(account, request.client_order_id)
        if earlier is not None:
            return _same(earlier, content)
        self._gate.check_request(account, request)
        request, details = await self._known(account, request)
        violations = check_request(request, adapter.capabilities(request.account_id), details)
        if violations:
            raise InvalidRequestError.of(*violations)
        orders = draft(request, self._ids, self._seams.now(), content, acting().name)
        await self._guard.prepare(account, orders)
        await self._check_ids(account, orders)
        # No wait from here on until the orders are staged: what is checked together counts together.
        self._gate.check(account, orders)
        passed = self._guard.check(account, orders, basket=basket)
        cause = f"request:{request.client_order_id}"
        signed = request.signature
        orders = [
            book.stage_order(
                order, OrderEventType.SUBMITTED, causation=cause, principal=order.principal, signature=signed
            )
            for order in passed
        ]
        if not adapter.embedded:
            await self._commands.durable(account)
        await self._send(account, orders)
        await self._commands.durable(account, sent=True)
        order = book.committed.by_id.get(orders[0].order_id) or book.orders.by_id[orders[0].order_id]
        self._telemetry.order_submitted(adapter.broker, order.state.value, self._seams.monotonic() - started)
        return Submission(order)

    async def _check_ids(self, account: ManagedAccount, orders: Sequence[Order]) -> None:
        """Raise `ConflictError` where an exit's id is taken, or an order from outside has an id we would send.

        The broker would refuse such a submission, or could not tell our order from the other one.
        """
        for order in orders:
            taken = account.book.orders.by_broker_ids(order.broker_client_order_id, "")
            if taken is not None and taken.order_id != order.order_id:
                raise _conflict(taken)
        wanted = [order.client_order_id for order in orders[1:]] + [order.broker_client_order_id for order in orders]
        for client_order_id in wanted:
            adopted = account.book.orders.by_client_id(client_order_id)
            taken = adopted or await self._commands.find_earlier(account, client_order_id)
            if taken is not None:
                raise _conflict(taken)

    async def _known(self, account: ManagedAccount, request: OrderRequest) -> tuple[OrderRequest, InstrumentDetails]:
        """Return the request with its instruments' terms as the broker states them, and the reference data.

        Those of a multi-leg order are the first leg's.
        """
        details = await self._commands.details(account, request.instrument)
        legs = list(request.legs)
        for index, leg in enumerate(legs):
            field = f"legs[{index}].instrument"
            known = details if not index else await self._commands.details(account, leg.instrument, field)
            legs[index] = replace(leg, instrument=leg.instrument.completed(known.instrument))
        instrument = request.instrument.completed(details.instrument)
        return replace(request, instrument=instrument, legs=tuple(legs)), details

    async def _send(self, account: ManagedAccount, orders: Sequence[Order]) -> None:
        """Send once; again only where nothing was sent, provably; and never what was stopped meanwhile."""
        with subject_to(lambda: self._stopped(account, orders)):
            result = await self._try(account, orders)
            for delay in UNSENT_RETRY_DELAYS:
                if classify(result) is not Outcome.NOT_SENT:
                    break
                await self._seams.sleep(delay)
                result = await self._try(account, orders)
        self._settle(account, orders, classify(result), result)

    async def _try(self, account: ManagedAccount, orders: Sequence[Order]) -> Reply | BaseException:
        """Hand orders to the adapter, with no wait between it and the last look at what holds."""
        if stopped := self._stopped(account, orders):
            return Reply(verdict=Verdict.REFUSED, reason=StateReason.GATEWAY, message=stopped)
        result = await self._commands.ask(account, account.adapter.submit(orders))
        if classify(result) is Outcome.NOT_SENT and (stopped := self._stopped(account, orders)):
            return Reply(verdict=Verdict.REFUSED, reason=StateReason.GATEWAY, message=stopped)
        return result

    def _stopped(self, account: ManagedAccount, orders: Sequence[Order]) -> str:
        """Say why orders may not be sent any more, or nothing."""
        try:
            self._gate.check(account, orders)
        except PreconditionError as error:
            return error.message
        return ""

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
        message = result.message if isinstance(result, Reply) else words(result)
        payload = result.payload_id if isinstance(result, Reply) else ""
        for order in orders:
            match outcome:
                case Outcome.ACCEPTED:
                    self._state(
                        account, order, OrderState.ACCEPTED, StateReason.BROKER, "", payload_id=payload, only_new=True
                    )
                case Outcome.REFUSED if isinstance(result, Reply):
                    self._state(account, order, OrderState.REJECTED, result.reason, message, payload_id=payload)
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
        payload_id: str = "",
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
                payload_id=payload_id,
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

    # --- preview -------------------------------------------------------------------------------------------------

    async def preview(self, request: OrderRequest) -> PreviewResult:
        """Check and price an order without journaling or sending anything."""
        account = self._accounts.get(request.account_id)
        try:
            request, details = await self._known(account, request)
        except InvalidRequestError as error:
            return PreviewResult(error.violations, None)
        violations = check_request(request, account.adapter.capabilities(request.account_id), details)
        if violations:
            return PreviewResult(tuple(violations), None)
        orders = draft(request, self._ids, self._seams.now(), "", acting().name)
        await self._guard.prepare(account, orders)
        verdict = self._guard.consider(account, orders).verdict
        return PreviewResult((), await account.adapter.preview(orders), verdict)

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
        signature: Signature | None = None,
    ) -> Submission:
        """Submit a market order that closes a position, or the named part of it, once per client order id."""
        account = self._accounts.tradable(account_id)
        content = closing_fingerprint(symbol, quantity, percent)
        earlier = await self._commands.find_earlier(account, client_order_id)
        if earlier is not None:
            return _same(earlier, content)
        position = account.book.positions.get(symbol)
        if position is None or position.closed:
            metadata = {"account_id": account_id, "symbol": symbol}
            raise NotFoundError(
                "POSITION_NOT_FOUND", f"account {account_id} holds no {symbol[:32]!r}", metadata=metadata
            )
        asset = account.adapter.capabilities(account_id).asset(position.instrument.asset_class)
        held = abs(position.quantity)
        amount = _part(held, quantity, percent, asset)
        request = OrderRequest(
            account_id=account_id,
            client_order_id=client_order_id or self._ids(),
            instrument=position.instrument,
            side=Side.SELL if position.quantity > ZERO else Side.BUY_TO_COVER,
            type=OrderType.MARKET,
            time_in_force=_closing_time_in_force(asset),
            quantity=amount,
            tags=tags or {},
            signature=signature,
        )
        return await self._once(request, content)

    @property
    def submitting(self) -> int:
        """How many submissions are under way."""
        return len(self._submitting)


def _part(held: Decimal, quantity: Decimal | None, percent: Decimal | None, asset: AssetCapabilities | None) -> Decimal:
    if quantity is not None and percent is not None:
        raise InvalidRequestError.of(Violation("quantity", "INVALID_FIELD", "set quantity or percentage, not both"))
    if percent is not None:
        if not ZERO < percent <= HUNDRED:
            raise InvalidRequestError.of(Violation("percentage", "INVALID_FIELD", "above 0, at most 100"))
        if percent == HUNDRED:
            return held
        step = asset.quantity_increment if asset else Decimal(1)
        return (held * percent / HUNDRED / step).to_integral_value(ROUND_DOWN) * step
    amount = held if quantity is None else quantity
    if amount > held:
        raise InvalidRequestError.of(Violation("quantity", "INSUFFICIENT_POSITION", f"at most the {held} held"))
    return amount


def _closing_time_in_force(asset: AssetCapabilities | None) -> TimeInForce:
    """Return DAY, or what a market order takes where that is not offered (crypto trades around the clock)."""
    offered = (
        [tif for c in asset.combinations if OrderType.MARKET in c.types for tif in c.times_in_force] if asset else []
    )
    return TimeInForce.DAY if TimeInForce.DAY in offered or not offered else offered[0]


def _same(order: Order, content: str) -> Submission:
    """Answer a repeated submission: the same order for the same content, else a conflict."""
    if order.fingerprint == content:
        return Submission(order, deduplicated=True)
    raise _conflict(order)


def _conflict(order: Order) -> ConflictError:
    metadata = {
        "account_id": order.account_id,
        "client_order_id": order.client_order_id,
        "order_id": order.order_id,
    }
    text = (
        "this client_order_id belongs to an order with other content; nothing was changed. Use a new id for a new order"
    )
    return ConflictError("CLIENT_ORDER_ID_CONFLICT", text, metadata=metadata)
