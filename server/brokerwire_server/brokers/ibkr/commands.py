"""Submit, cancel and replace. TWS acknowledges nothing but by what it shows of an order; silence proves nothing."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from brokerwire_server.brokers.base import CommandError, Reply, Verdict
from brokerwire_server.brokers.budget import Priority
from brokerwire_server.brokers.ibkr import codes
from brokerwire_server.brokers.ibkr.feed import Feed
from brokerwire_server.brokers.ibkr.instruments import Instruments
from brokerwire_server.brokers.ibkr.notices import rejection
from brokerwire_server.brokers.ibkr.orders import combination, oca_group_of, order_of
from brokerwire_server.brokers.ibkr.outgoing import UnsendableError
from brokerwire_server.brokers.ibkr.session import Call, LinkDownError, Session, TwsError
from brokerwire_server.brokers.ibkr.sweeps import Sweeps
from brokerwire_server.brokers.ibkr.tracking import Modify, Tracked, Tracker
from brokerwire_server.domain.errors import BrokerwireError
from brokerwire_server.domain.orders import Order, OrderClass, OrderTerms, StateReason
from brokerwire_server.domain.reducer import apply_terms
from brokerwire_server.domain.reports import OrderReport, StatusReport

_ACCEPTED = Reply(verdict=Verdict.ACCEPTED)
_LINK_LOST = "the link to Interactive Brokers ended before the order was answered"


class Wait(Struct, frozen=True, kw_only=True):
    """Seconds that an answer to a command may take before nothing is proven."""

    answer: float = 8.0


class Commands:
    """Sends what the engine wants of orders."""

    def __init__(
        self,
        session: Session,
        tracker: Tracker,
        feed: Feed,
        sweeps: Sweeps,
        instruments: Instruments,
        *,
        account_number: Callable[[str], str],
        cut_off: Callable[[], str],
        wait: Wait,
    ) -> None:
        """`cut_off` says in words why nothing that could be lost may be sent now, or nothing."""
        self._session = session
        self._tracker = tracker
        self._feed = feed
        self._sweeps = sweeps
        self._instruments = instruments
        self._account_number = account_number
        self._cut_off = cut_off
        self._wait = wait

    # --- submit ---

    async def submit(self, orders: Sequence[Order]) -> Reply:
        """Send an order or a group, once. Raises `CommandError`."""
        if words := self._cut_off():
            raise CommandError(words, written=False)
        try:
            contract = await self._contract(orders[0])
        except (TwsError, TimeoutError, LinkDownError) as error:
            raise CommandError(f"the contract could not be looked up: {error}", written=False) from error
        except (BrokerwireError, ValueError) as error:
            message = getattr(error, "message", str(error))
            return Reply(verdict=Verdict.REFUSED, reason=StateReason.INSTRUMENT_NOT_TRADABLE, message=message)
        group = [self._tracker.learn(order) for order in orders]
        for tracked in group:
            tracked.rejected, tracked.answer = None, asyncio.get_running_loop().create_future()
        try:
            await self._place(orders, group, contract)
            return await self._answered(group)
        finally:
            for tracked in group:
                tracked.answer = None

    async def _place(self, orders: Sequence[Order], group: Sequence[Tracked], contract: Any) -> None:  # noqa: ANN401
        def messages(first: int) -> list[Call]:
            if first:
                for place, tracked in enumerate(group):
                    self._tracker.number(tracked, first + place)
            encoded = self._encoded(orders, first)
            return [("placeOrder", (first + place, contract, made)) for place, made in enumerate(encoded)]

        try:
            await self._session.send_numbered(len(orders), messages, Priority.SUBMIT)
        except (LinkDownError, UnsendableError) as error:
            raise CommandError(str(error), written=False) from error

    def _encoded(self, orders: Sequence[Order], first: int) -> list[Any]:
        """Return the orders of a group: exits are held back until the last of them releases all at once."""
        account = self._account_number(orders[0].account_id)
        family = orders[0].order_class in (OrderClass.BRACKET, OrderClass.OTO)
        oca_group = oca_group_of(orders)
        return [
            order_of(
                order,
                account,
                parent_id=first if family and place else 0,
                transmit=not family or place == len(orders) - 1,
                oca_group=oca_group,
            )
            for place, order in enumerate(orders)
        ]

    async def _answered(self, group: Sequence[Tracked]) -> Reply:
        """Wait for the first word on each order: it stands, or it is refused."""
        waiting = [tracked.answer for tracked in group if tracked.answer is not None]
        try:
            async with asyncio.timeout(self._wait.answer):
                while not all(one.done() for one in waiting):
                    await self._watch([one for one in waiting if not one.done()])
                    if any(tracked.rejected and not tracked.seen for tracked in group):
                        break
        except TimeoutError:
            pass
        refused = [tracked for tracked in group if tracked.rejected is not None and not tracked.seen]
        if not refused:
            if group[0].seen:
                return replace(_ACCEPTED, reports=self._reports(group))
            raise CommandError("Interactive Brokers said nothing of the order in time", written=True)
        return await self._partly_refused(group, refused)

    async def _watch(self, waiting: Sequence["asyncio.Future[str]"]) -> None:
        """Wait for one of the answers, or the end of the link."""
        end = asyncio.ensure_future(self._session.closed())
        try:
            await asyncio.wait((*waiting, end), return_when=asyncio.FIRST_COMPLETED)
            if end.done() and not any(one.done() for one in waiting):
                raise CommandError(_LINK_LOST, written=True)
        finally:
            end.cancel()

    async def _partly_refused(self, group: Sequence[Tracked], refused: Sequence[Tracked]) -> Reply:
        """A refused part of a group: what waits for it to be released is taken back, what stands goes on."""
        rest = [tracked for tracked in group if tracked not in refused]
        code, words = refused[0].rejected or (0, "")
        await self._take_back([tracked for tracked in rest if not tracked.seen], words)
        if any(tracked.live for tracked in rest):
            reports = (*self._reports(rest), *(rejection(tracked) for tracked in refused))
            return replace(_ACCEPTED, reports=reports, message=words)
        return Reply(verdict=Verdict.REFUSED, reason=codes.reason(code, words), broker_status=str(code), message=words)

    async def _take_back(self, held_back: Sequence[Tracked], words: str) -> None:
        """Cancel what TWS holds back without having shown it. It need not answer: the list of open orders does.

        Raises `CommandError` where that can't be had.
        """
        if not held_back:
            return
        for tracked in held_back:
            tracked.notice = f"its group was refused: {words}"
        cancels: list[Call] = [("cancelOrder", (tracked.order_id,)) for tracked in held_back]
        try:
            await self._session.send_all(cancels, Priority.CANCEL)
            await self._sweeps.read()
        except (LinkDownError, TimeoutError, TwsError) as error:
            text = f"a part of the group was refused ({words}), and what became of the rest is not known: {error}"
            raise CommandError(text, written=True) from error

    # --- cancel ---

    async def cancel(self, order: Order) -> Reply:
        """Ask for a cancel of every incarnation that lives. Raises `CommandError`."""
        tracked = await self._standing(order)
        if foreign := _foreign(tracked, self._session.client_id):
            return Reply(verdict=Verdict.REFUSED, reason=StateReason.BROKER, message=foreign)
        tracked.cancel_asked = True
        waiting = tracked.cancel_answer = asyncio.get_running_loop().create_future()
        order_ids = dict.fromkeys(one.order_id for one in tracked.live if one.order_id) or {tracked.order_id: None}
        try:
            await self._send([("cancelOrder", (order_id,)) for order_id in order_ids], Priority.CANCEL)
            async with asyncio.timeout(self._wait.answer):
                await self._watch([waiting])
        except TimeoutError:
            raise CommandError("Interactive Brokers did not answer the cancel in time", written=True) from None
        finally:
            tracked.cancel_answer = None
        if words := waiting.result():
            return Reply(verdict=Verdict.REFUSED, message=words, reports=await self._looked_up(tracked))
        return replace(_ACCEPTED, reports=self._reports([tracked]))

    async def cancel_survivor(self, tracked: Tracked) -> None:
        """Cancel what still lives of an order whose cancel has ended one incarnation only."""
        order_ids = dict.fromkeys(one.order_id for one in tracked.live if one.client_id == self._session.client_id)
        with suppress(LinkDownError):
            await self._session.send_all([("cancelOrder", (order_id,)) for order_id in order_ids], Priority.CANCEL)

    # --- replace ---

    async def replace(self, order: Order, terms: OrderTerms, action_id: str) -> Reply:
        """Send the whole order anew under its id. Raises `CommandError`."""
        if words := self._cut_off():
            raise CommandError(f"{words}; TWS has made two live orders of such a change", written=False)
        tracked = await self._standing(order)
        if refusal := _not_replaceable(tracked, self._session.client_id):
            return Reply(verdict=Verdict.REFUSED, reason=StateReason.BROKER, message=refusal)
        wanted = apply_terms(order, terms)
        try:
            contract = await self._contract(order)
        except (TwsError, TimeoutError, LinkDownError) as error:
            raise CommandError(f"the contract could not be looked up: {error}", written=False) from error
        made = order_of(
            wanted,
            self._account_number(order.account_id),
            parent_id=tracked.parent_id,
            oca_group=tracked.oca_group if not tracked.parent_id else "",
        )
        modify = Modify(action_id=action_id, terms=terms, answer=asyncio.get_running_loop().create_future())
        tracked.modify = modify
        try:
            await self._send([("placeOrder", (tracked.order_id, contract, made))], Priority.REPLACE)
        except CommandError:
            tracked.modify = None
            raise
        try:
            async with asyncio.timeout(self._wait.answer):
                await self._watch([modify.answer])
        except TimeoutError:
            raise CommandError("Interactive Brokers did not answer the change in time", written=True) from None
        if words := modify.answer.result():
            return Reply(verdict=Verdict.REFUSED, reason=StateReason.BROKER, message=words)
        return _ACCEPTED

    # --- shared ---

    async def _send(self, messages: Sequence[Call], priority: Priority) -> None:
        try:
            await self._session.send_all(messages, priority)
        except (LinkDownError, UnsendableError) as error:
            raise CommandError(str(error), written=False) from error

    async def _contract(self, order: Order) -> Any:  # noqa: ANN401
        if not order.legs:
            return await self._instruments.need(order.instrument)
        legs = [await self._instruments.need(leg.instrument) for leg in order.legs]
        return combination(order, legs)

    async def _standing(self, order: Order) -> Tracked:
        """Return an order whose id at TWS is known; it is looked up where it is not."""
        tracked = self._tracker.learn(order)
        if _named(tracked):
            return tracked
        try:
            await self._sweeps.read()
        except (TwsError, TimeoutError, LinkDownError) as error:
            raise CommandError(f"the order could not be looked up: {error}", written=False) from error
        if not _named(tracked):
            raise CommandError("Interactive Brokers does not show the order", written=False)
        return tracked

    async def _looked_up(self, tracked: Tracked) -> tuple[OrderReport, ...]:
        try:
            await self._sweeps.read()
        except (TwsError, TimeoutError, LinkDownError):
            return ()
        return self._reports([tracked])

    def _reports(self, group: Sequence[Tracked]) -> tuple[StatusReport, ...]:
        return tuple(
            self._feed.status(tracked, one) for tracked in group for one in list(tracked.incarnations.values())[-1:]
        )


def _named(tracked: Tracked) -> bool:
    return bool(tracked.order_id or tracked.live)


def _foreign(tracked: Tracked, client_id: int) -> str:
    """Say why TWS would not change the order for us, or nothing: order ids of other clients may be the same numbers."""
    live = tracked.live
    if not live or any(one.client_id == client_id and one.order_id for one in live):
        return ""
    if any(not one.order_id for one in live):
        return "the order was placed by hand: cancel it in TWS, or connect with client id 0"
    return f"the order belongs to API client {live[0].client_id}: cancel it there, or in TWS"


def _not_replaceable(tracked: Tracked, client_id: int) -> str:
    if foreign := _foreign(tracked, client_id):
        return foreign
    if tracked.modify is not None:
        return "what became of the last change of this order is not known yet: wait, or cancel it"
    if len(tracked.live) > 1:
        return "Interactive Brokers has several live orders for this one: cancel it, and submit a new one"
    return ""
