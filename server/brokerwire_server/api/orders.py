"""OrderService."""

from collections.abc import AsyncIterator, Callable, Sequence
from decimal import Decimal
from typing import Any

from brokerwire.v1 import order_service_pb2 as pb
from brokerwire.v1 import orders_pb2
from brokerwire_server.api import order_answers
from brokerwire_server.api.convert.enums import ORDER_STATE, SIDE, SORT_ORDER, SortOrder
from brokerwire_server.api.convert.order_requests import order_request
from brokerwire_server.api.convert.orders import fill_message, order_event, order_message
from brokerwire_server.api.convert.read_info import sequences_from
from brokerwire_server.api.convert.risk import verdict_message
from brokerwire_server.api.convert.values import optional_time, required, set_money, set_time
from brokerwire_server.api.errors import describe, reason_number
from brokerwire_server.api.methods import Call
from brokerwire_server.api.paging import Page
from brokerwire_server.api.reads import Reads
from brokerwire_server.api.session import OrderSession
from brokerwire_server.api.streaming import View, encode, stream_request
from brokerwire_server.brokers.base import AmountChange, MarginImpact, Preview
from brokerwire_server.domain.connections import LinkState
from brokerwire_server.domain.decimals import divide
from brokerwire_server.domain.errors import BrokerwireError, Violation
from brokerwire_server.domain.events import Event, FillRecorded, OrderChanged
from brokerwire_server.domain.orders import Order, OrderRequest, StateReason
from brokerwire_server.engine.accounts import ManagedAccount
from brokerwire_server.engine.desk import PreviewResult
from brokerwire_server.engine.gateway import Gateway
from brokerwire_server.store.base import FillFilter, OrderFilter

MAX_TERMINAL = 10_000
"""Ended orders that are looked through for a snapshot with `include_terminal_since_time`."""

KEPT_ORDERS = 20_000
"""Orders whose bytes are kept for the next reader that begins with a snapshot."""


class _OrderBytes:
    """Orders as messages, made once for all readers that begin while an order stands as it is."""

    def __init__(self) -> None:
        self._kept: dict[str, tuple[Order, bytes]] = {}

    def __call__(self, order: Order) -> bytes:
        kept = self._kept.get(order.order_id)
        if kept is not None and kept[0] is order:
            return kept[1]
        made = order_message(order).SerializeToString()
        if len(self._kept) >= KEPT_ORDERS:
            self._kept.clear()
        self._kept[order.order_id] = order, made
        return made


VIEW = View(
    name="orders",
    event=lambda event: order_event(event).SerializeToString(),
    snapshot=_OrderBytes(),
)


class OrderService:
    """Carries out OrderService on the engine's desk."""

    def __init__(self, gateway: Gateway, reads: Reads) -> None:
        """Serve the orders of `gateway`."""
        self._gateway = gateway
        self._reads = reads

    # --- commands ------------------------------------------------------------------------------------------------

    async def submit_order(self, request: pb.SubmitOrderRequest, call: Call) -> pb.SubmitOrderResponse:
        """Submit an order or a group."""
        if not request.HasField("order"):
            raise required("order", "the order to submit")
        order = order_request(request.order, "order.")
        order_answers.check_currency(self._gateway, request.order, "order.")
        response = pb.SubmitOrderResponse()
        await order_answers.submit(self._gateway, order, "order.", response)
        self._reads.fill(response.read_info, [self._gateway.accounts.get(order.account_id)])
        return response

    async def preview_order(self, request: pb.PreviewOrderRequest, call: Call) -> pb.PreviewOrderResponse:
        """Say what an order would cost and whether it would be accepted."""
        if not request.HasField("order") or not request.order.account_id:
            raise required("order.account_id", "name the account")
        account = await self._reads.account(request.order.account_id, request.min_sequence, call)
        response = pb.PreviewOrderResponse()
        try:
            order = order_request(request.order, preview=True)
            order_answers.check_currency(self._gateway, request.order)
            result = await self._gateway.desk.preview(order)
        except BrokerwireError as error:
            if not error.violations:
                raise
            result, order = PreviewResult(error.violations, None), None
        _fill_preview(response, result, order, account)
        self._reads.fill(response.read_info, [account])
        return response

    async def replace_order(self, request: pb.ReplaceOrderRequest, call: Call) -> pb.ReplaceOrderResponse:
        """Change an open order."""
        response = await order_answers.replace(self._gateway, request)
        self._reads.fill(response.read_info, [self._gateway.accounts.get(request.account_id)])
        return response

    async def cancel_order(self, request: pb.CancelOrderRequest, call: Call) -> pb.CancelOrderResponse:
        """Cancel an open order."""
        response = await order_answers.cancel(self._gateway, request)
        self._reads.fill(response.read_info, [self._gateway.accounts.get(request.account_id)])
        return response

    async def cancel_orders(self, request: pb.CancelOrdersRequest, call: Call) -> pb.CancelOrdersResponse:
        """Cancel all open orders within a scope."""
        if not request.account_ids:
            raise required("account_ids", "name the accounts: there is no 'everywhere' by omission")
        side = SIDE.optional(request.side, "side")
        symbols = (request.symbol,) if request.symbol else ()
        accounts = self._gateway.accounts.select(request.account_ids)
        results = await self._gateway.actions.cancel_all(request.account_ids, symbols, side)
        response = pb.CancelOrdersResponse()
        for order, answer in results:
            result = response.results.add()
            if isinstance(answer, BrokerwireError):
                result.order.CopyFrom(order_message(order))
                result.error.CopyFrom(describe(answer, mutates=True).command_error())
            else:
                result.order.CopyFrom(order_message(answer.order))
                result.outcome = order_answers.cancel_outcome(answer)
        response.unreachable.extend(_unreachable(accounts))
        self._reads.fill(response.read_info, accounts)
        return response

    def order_session(self, requests: AsyncIterator[pb.OrderSessionRequest], call: Call) -> AsyncIterator[bytes]:
        """Carry out batches of commands."""
        return OrderSession(self._gateway).run(requests)

    # --- reads ---------------------------------------------------------------------------------------------------

    async def get_order(self, request: pb.GetOrderRequest, call: Call) -> pb.GetOrderResponse:
        """Read one order."""
        key = order_answers.order_key(request)
        account = await self._reads.account(request.account_id, request.min_sequence, call)
        _, order = await self._gateway.commands.find(key)
        response = pb.GetOrderResponse(order=_as_seen(account, order))
        self._reads.fill(response.read_info, [account])
        return response

    async def list_orders(self, request: pb.ListOrdersRequest, call: Call) -> pb.ListOrdersResponse:
        """List orders, open and past."""
        page = Page(request)
        newest_first = _newest_first(request.sort_order)
        where = OrderFilter(
            account_ids=self._gateway.accounts.scope(request.account_ids),
            states=tuple(ORDER_STATE.need(n, f"states[{i}]") for i, n in enumerate(request.states)),
            symbols=tuple(request.symbols),
            parent_order_id=request.parent_order_id,
            open_only=request.open_only,
            created_from=optional_time(request, "created_after_time"),
            created_before=optional_time(request, "created_before_time"),
        )
        accounts = self._gateway.accounts.select(request.account_ids)
        await self._reads.reached(sequences_from(request.min_sequences, "min_sequences"), call)

        async def fetch(cursor: str, limit: int) -> tuple[Sequence[Order], str]:
            return await self._gateway.store.list_orders(where, cursor, limit)

        if request.client_order_ids:
            orders, token = page.cut(
                await self._named(request, accounts, where, newest_first), _named_key(newest_first)
            )
        elif newest_first:
            orders, token = await page.read(fetch)
        else:
            orders, token = await page.read_reversed(fetch)
        response = pb.ListOrdersResponse(next_page_token=token)
        for order in orders:
            response.orders.append(_as_seen(self._gateway.accounts.get(order.account_id), order))
        self._reads.fill(response.read_info, accounts)
        return response

    async def list_fills(self, request: pb.ListFillsRequest, call: Call) -> pb.ListFillsResponse:
        """List fills, with busts and corrections."""
        page = Page(request)
        newest_first = _newest_first(request.sort_order)
        where = FillFilter(
            account_ids=self._gateway.accounts.scope(request.account_ids),
            order_id=request.order_id,
            symbols=tuple(request.symbols),
            executed_from=optional_time(request, "executed_after_time"),
            executed_before=optional_time(request, "executed_before_time"),
        )
        accounts = self._gateway.accounts.select(request.account_ids)
        await self._reads.reached(sequences_from(request.min_sequences, "min_sequences"), call)
        read = page.read if newest_first else page.read_reversed
        fills, token = await read(lambda cursor, limit: self._gateway.store.list_fills(where, cursor, limit))
        response = pb.ListFillsResponse(fills=map(fill_message, fills), next_page_token=token)
        self._reads.fill(response.read_info, accounts)
        return response

    async def _named(
        self, request: pb.ListOrdersRequest, accounts: Sequence[ManagedAccount], where: OrderFilter, newest_first: bool
    ) -> list[Order]:
        """Return the orders with the callers' ids that also meet the other conditions, sorted."""
        found = []
        for account in accounts:
            for name in dict.fromkeys(request.client_order_ids):
                order = account.book.committed.by_client_id(name)
                order = order or await self._gateway.store.find_order(account.account_id, name)
                if order is not None and _meets(order, where):
                    found.append(order)
        return sorted(found, key=_named_key(newest_first))

    # --- streams -------------------------------------------------------------------------------------------------

    async def stream_orders(self, request: pb.StreamOrdersRequest, call: Call) -> AsyncIterator[bytes]:
        """Stream every change of orders, with fills."""
        since = optional_time(request.options, "include_terminal_since_time", "options.")
        asked = stream_request("orders", request.options, request.account_ids, request)
        accounts = self._gateway.accounts.select(request.account_ids)
        await self._reads.reached(sequences_from(request.options.min_sequences, "options.min_sequences"), call)
        wants = _Wants(request)
        chosen = _any_order if wants.everything else wants
        ended = await self._ended_since(since, accounts) if since else {}

        def snapshot(account: ManagedAccount) -> Sequence[Order]:
            if request.fills_only:
                return ()
            at_hand = account.book.committed
            orders = {o.order_id: o for o in ended.get(account.account_id, ())}
            orders.update((o.order_id, o) for o in at_hand.open())
            if since:
                orders.update((o.order_id, o) for o in at_hand.by_id.values() if o.terminal and o.close_time >= since)
            return [order for order in orders.values() if wants.order(order)]

        batches = self._gateway.streams.open(asked, chosen, snapshot)
        async for response in encode(VIEW, batches, self._gateway.seams.now):
            yield response

    async def _ended_since(self, since: int, accounts: Sequence[ManagedAccount]) -> dict[str, list[Order]]:
        states = tuple(state for state in ORDER_STATE.to_wire if state.terminal)
        found: dict[str, list[Order]] = {}
        for account in accounts:
            where, cursor, seen = OrderFilter(account_ids=(account.account_id,), states=states), "", 0
            while seen < MAX_TERMINAL:
                orders, cursor = await self._gateway.store.list_orders(where, cursor, 1_000)
                found.setdefault(account.account_id, []).extend(o for o in orders if o.close_time >= since)
                seen += len(orders)
                if not cursor:
                    break
        return found


def _any_order(event: Event) -> bool:
    """The filter that takes every change of an order; it runs for each event and reader, so it does no more."""
    return event.payload.__class__ in _ORDER_PAYLOADS


_ORDER_PAYLOADS = frozenset({OrderChanged, FillRecorded})


class _Wants:
    """The filter of one order stream."""

    __slots__ = ("_any", "_fills_only", "_ids", "_symbols")

    def __init__(self, request: pb.StreamOrdersRequest) -> None:
        self._symbols = frozenset(request.symbols)
        self._ids = frozenset(request.client_order_ids)
        self._fills_only = request.fills_only
        self._any = not (self._symbols or self._ids)

    @property
    def everything(self) -> bool:
        """Whether nothing is filtered out."""
        return self._any and not self._fills_only

    def __call__(self, event: Event) -> bool:
        payload = event.payload
        if isinstance(payload, FillRecorded):
            return self._any or self.order(payload.order)
        return isinstance(payload, OrderChanged) and not self._fills_only and (self._any or self.order(payload.order))

    def order(self, order: Order) -> bool:
        return (not self._ids or order.client_order_id in self._ids) and (
            not self._symbols
            or order.instrument.symbol in self._symbols
            or any(leg.instrument.symbol in self._symbols for leg in order.legs)
        )


def _as_seen(account: ManagedAccount, order: Order) -> orders_pb2.Order:
    """Return an order as a message; behind a link that is down, an open order is the last known state."""
    message = order_message(order)
    if account.link.connection.link is LinkState.DOWN and not message.terminal:
        message.sync_state = orders_pb2.SYNC_STATE_STALE
    return message


def _newest_first(number: int) -> bool:
    return SORT_ORDER.optional(number, "sort_order") is not SortOrder.OLDEST_FIRST


def _named_key(newest_first: bool) -> Callable[[Order], str]:
    """Return a sort key of text: by time of creation, then by id."""

    def key(order: Order) -> str:
        time = 10**19 - order.create_time if newest_first else order.create_time
        return f"{time:020d} {order.order_id}"

    return key


def _meets(order: Order, where: OrderFilter) -> bool:
    return (
        (not where.states or order.state in where.states)
        and (not where.open_only or not order.terminal)
        and (not where.symbols or order.instrument.symbol in where.symbols)
        and (not where.parent_order_id or order.parent_order_id == where.parent_order_id)
        and order.create_time >= where.created_from
        and (not where.created_before or order.create_time < where.created_before)
    )


def _unreachable(accounts: Sequence[ManagedAccount]) -> list[str]:
    return [a.account_id for a in accounts if a.link.connection.link is LinkState.DOWN]


_REFUSALS = {
    StateReason.INSUFFICIENT_BUYING_POWER: "INSUFFICIENT_BUYING_POWER",
    StateReason.INSUFFICIENT_POSITION: "INSUFFICIENT_POSITION",
    StateReason.NOT_SHORTABLE: "NOT_SHORTABLE",
    StateReason.MARKET_CLOSED: "MARKET_CLOSED",
    StateReason.INSTRUMENT_NOT_TRADABLE: "INSTRUMENT_NOT_TRADABLE",
}


def _fill_preview(
    m: pb.PreviewOrderResponse, result: PreviewResult, order: OrderRequest | None, account: ManagedAccount
) -> None:
    _fill_findings(m, result)
    estimate = result.estimate
    if estimate is None or order is None:
        return
    for warning in estimate.warnings:
        reason = "MARKET_CLOSED" if "closed" in warning else "UNSPECIFIED"
        m.warnings.add(reason=reason_number(reason), message=warning)
    m.valid = not m.violations
    currency = account.book.account.currency
    if estimate.margin is not None:
        _fill_margin(m, estimate.margin)
    if estimate.price is not None or estimate.margin is not None:
        set_money(m.estimated_commission, estimate.commission, estimate.commission_currency or currency)
    if estimate.price is not None:
        _fill_price(m, estimate, estimate.price, order, currency)
        quote = account.adapter.last_quote(order.instrument.symbol)
        if quote is not None and quote.time:
            set_time(m.quote_time, quote.time)
    set_money(m.buying_power_before, estimate.buying_power_before, currency)
    if estimate.buying_power_effect is not None:
        set_money(m.buying_power_effect, estimate.buying_power_effect, currency)
        set_money(m.buying_power_after, estimate.buying_power_before + estimate.buying_power_effect, currency)


def _fill_findings(m: pb.PreviewOrderResponse, result: PreviewResult) -> None:
    """Write what is wrong with the order: by its form, by risk, by the broker."""
    for violation in result.violations:
        _add_issue(m.violations, violation)
    if result.verdict is not None:
        m.risk.CopyFrom(verdict_message(result.verdict))
        for finding in result.verdict.violations:
            m.violations.add(reason=reason_number("RISK_REJECTED"), message=f"{finding.code} {finding.message}")
    estimate = result.estimate
    if estimate is not None and estimate.refusal is not StateReason.NONE:
        reason = _REFUSALS.get(estimate.refusal, "PRICE_UNAVAILABLE" if estimate.price is None else "INVALID_FIELD")
        m.violations.add(reason=reason_number(reason), message=estimate.refusal_message or estimate.refusal.value)


def _fill_price(
    m: pb.PreviewOrderResponse, estimate: Preview, price: Decimal, order: OrderRequest, currency: str
) -> None:
    m.estimated_price.value = order_answers.text(price)
    set_money(m.estimated_cost, estimate.cost, estimate.currency or currency)
    quantity = order.quantity
    if quantity is None and order.notional is not None and price:
        quantity = divide(order.notional, price)
    if quantity is not None:
        m.estimated_quantity.value = order_answers.text(quantity)


def _fill_margin(m: pb.PreviewOrderResponse, margin: MarginImpact) -> None:
    for field in ("initial", "maintenance"):
        _set_change(getattr(m.margin_impact, f"{field}_margin"), getattr(margin, field), margin.currency)
    _set_change(m.margin_impact.equity_with_loan, margin.equity_with_loan, margin.currency)
    set_money(m.initial_margin_effect, margin.initial.change, margin.currency)


def _set_change(m: pb.MoneyChange, change: AmountChange, currency: str) -> None:
    for part in ("before", "change", "after"):
        set_money(getattr(m, part), getattr(change, part), currency)


def _add_issue(issues: Any, violation: Violation) -> None:  # noqa: ANN401 - a repeated field
    issues.add(
        field=violation.field,
        reason=reason_number(violation.reason),
        message=violation.message,
        supported=violation.supported,
    )
