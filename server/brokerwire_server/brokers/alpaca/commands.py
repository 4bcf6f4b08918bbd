"""Commands to Alpaca: each is sent at most once, and answered with what is proven about it."""

from collections.abc import Sequence

from msgspec.structs import replace

from brokerwire_server.brokers.alpaca import requests, snapshot, wire
from brokerwire_server.brokers.alpaca.catchup import FAILURES, CatchUp
from brokerwire_server.brokers.alpaca.client import Client, encode
from brokerwire_server.brokers.alpaca.errors import ApiError, Fault
from brokerwire_server.brokers.alpaca.feed import Feed
from brokerwire_server.brokers.alpaca.index import replacement_id
from brokerwire_server.brokers.base import CommandError, Reply, Verdict
from brokerwire_server.brokers.budget import BudgetExhaustedError
from brokerwire_server.brokers.http import TransportError
from brokerwire_server.domain.decimals import ONE, is_multiple
from brokerwire_server.domain.orders import Order, OrderTerms, StateReason
from brokerwire_server.domain.reports import OrderReport

_ACCEPTED = Reply(verdict=Verdict.ACCEPTED)


class Commands:
    """Submits, cancels and replaces."""

    def __init__(self, client: Client, feed: Feed, catch_up: CatchUp) -> None:
        """Send through `client`."""
        self._client = client
        self._feed = feed
        self._catch_up = catch_up

    async def submit(self, orders: Sequence[Order]) -> tuple[Reply, wire.Order | None]:
        """Send an order or a group; with the answer comes the order as Alpaca took it.

        Raises:
            CommandError: nothing is proven, or nothing was sent.
        """
        unsendable = requests.unsendable(orders)
        if unsendable:
            return Reply(verdict=Verdict.REFUSED, reason=StateReason.GATEWAY, message=unsendable), None
        self._feed.index.learn(orders)
        if len(orders) == 1:
            return await self._submit(orders)
        self._catch_up.group_sent()
        try:
            return await self._submit(orders)
        finally:
            self._catch_up.group_settled()

    async def _submit(self, orders: Sequence[Order]) -> tuple[Reply, wire.Order | None]:
        try:
            taken, kept_as = await self._client.submit(encode(requests.submit_body(orders)))
        except ApiError as error:
            if error.fault is Fault.DUPLICATE_ID:
                return await self._duplicate(orders[0], error), None
            return _refusal(error), None
        except (TransportError, BudgetExhaustedError, wire.UndecodableError) as error:
            raise _unproven(error) from error
        if taken.client_order_id != orders[0].broker_client_order_id:
            raise CommandError(f"Alpaca answered with another order ({taken.id})", written=True)
        reports = _flat(self._feed.of_orders([taken]))
        reports = tuple(replace(report, payload_id=kept_as) for report in reports)
        answer = Reply(verdict=Verdict.ACCEPTED, reports=reports, broker_status=taken.status, payload_id=kept_as)
        return answer, taken

    async def _duplicate(self, order: Order, error: ApiError) -> Reply:
        """Read back the order that has our id: it is ours from an earlier attempt, or there is a conflict."""
        try:
            found = await self._client.order_by_client_id(order.broker_client_order_id)
            if not requests.same_content(order, found):
                message = f"another order has this client_order_id at Alpaca ({found.id}): {error.message}"
                return Reply(verdict=Verdict.REFUSED, reason=StateReason.BROKER, message=message)
            whole = await self._client.order(found.id)
            reports = await snapshot.read_order(self._client, self._feed, whole)
        except FAILURES:
            return Reply(verdict=Verdict.DUPLICATE_ID, message=error.message)
        return Reply(verdict=Verdict.DUPLICATE_ID, reports=tuple(reports), message=error.message)

    async def cancel(self, order: Order) -> Reply:
        """Ask for a cancel of the newest generation. Raises `CommandError`."""
        broker_order_id = await self._standing(order)
        try:
            await self._client.cancel(broker_order_id)
        except ApiError as error:
            return await self._with_state(_refusal(error), order)
        except (TransportError, BudgetExhaustedError, wire.UndecodableError) as error:
            raise _unproven(error) from error
        return _ACCEPTED

    async def replace(self, order: Order, terms: OrderTerms) -> Reply:
        """Ask for new terms. Alpaca's answer is only that the request was taken. Raises `CommandError`."""
        refusal = _not_replaceable(order, terms)
        if refusal:
            return Reply(verdict=Verdict.REFUSED, reason=StateReason.QUANTITY_INVALID, message=refusal)
        broker_order_id = await self._standing(order)
        body = requests.replace_body(order, terms, replacement_id(order))
        try:
            successor = await self._client.replace(broker_order_id, encode(body))
        except ApiError as error:
            # An error may come although the replace takes place (alpaca-trade-api-python issue 306): the state tells.
            return await self._with_state(_refusal(error), order)
        except (TransportError, BudgetExhaustedError, wire.UndecodableError) as error:
            raise _unproven(error) from error
        self._feed.index.place(successor)
        if not self._feed.generations.proven(successor):
            self._feed.generations.keep(successor)
        self._catch_up.release()
        return _ACCEPTED

    async def _standing(self, order: Order) -> str:
        """Return the newest generation of an order that is not just asked for; it is looked up where none is known."""
        found = self._newest(order)
        if found:
            return found
        try:
            client_id = order.broker_client_order_id
            await snapshot.find(self._client, self._feed, client_id, order.broker_order_ids)
        except FAILURES as error:
            raise CommandError(f"the order could not be looked up: {error}", written=False) from error
        found = self._newest(order)
        if not found:
            raise CommandError("Alpaca does not show the order (yet)", written=False)
        return found

    def _newest(self, order: Order) -> str:
        latest = self._feed.index.latest(order.broker_client_order_id)
        ids = [*order.broker_order_ids, *(self._feed.index.family(latest) if latest else ())]
        return next((one for one in reversed(ids) if not self._feed.generations.asked_for(one)), "")

    async def _with_state(self, reply: Reply, order: Order) -> Reply:
        """Add to a refusal what became of the order, where that can be read."""
        client_id = order.broker_client_order_id
        try:
            reports = await snapshot.find(self._client, self._feed, client_id, order.broker_order_ids)
        except FAILURES:
            return reply
        return Reply(
            verdict=reply.verdict,
            reports=tuple(reports or ()),
            reason=reply.reason,
            broker_status=reply.broker_status,
            message=reply.message,
            payload_id=reply.payload_id,
        )


def _not_replaceable(order: Order, terms: OrderTerms) -> str:
    """Return why Alpaca would refuse to replace an order, or nothing (docs, PATCH order; fractional trading)."""
    if order.quantity is None or not is_multiple(order.quantity, ONE):
        return "Alpaca does not replace notional and fractional orders: cancel, and submit a new one"
    if terms.quantity is not None and not is_multiple(terms.quantity, ONE):
        return "Alpaca replaces by whole units only"
    return ""


def _refusal(error: ApiError) -> Reply:
    """Turn an answer into what it proves. Raises `CommandError` where that is nothing."""
    if error.fault is Fault.UNPROVEN:
        raise CommandError(error.message, written=True) from error
    return Reply(
        verdict=Verdict.REFUSED,
        reason=error.reason,
        broker_status=f"{error.status}/{error.code}",
        message=error.message,
        payload_id=error.kept_as,
    )


def _unproven(error: TransportError | BudgetExhaustedError | wire.UndecodableError) -> CommandError:
    match error:
        case TransportError():
            return CommandError(error.message, written=error.written)
        case BudgetExhaustedError():
            return CommandError(str(error), written=False)
    return CommandError(f"the answer could not be read: {error}", written=True)


def _flat(found: Sequence[tuple[wire.Order, list[OrderReport]]]) -> tuple[OrderReport, ...]:
    return tuple(report for _, reports in found for report in reports)
