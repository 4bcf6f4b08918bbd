"""From what Alpaca says to reports: events of the stream, orders that were read, and executions that were listed."""

from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Sequence
from decimal import Decimal

from msgspec.structs import replace

from brokerwire_server.brokers.alpaca import wire
from brokerwire_server.brokers.alpaca.fills import Execution, FillLedger, Key, Sighting, activity_uuid
from brokerwire_server.brokers.alpaca.index import Generations, Home, OrderIndex
from brokerwire_server.brokers.alpaca.mapping import (
    exact,
    instrument,
    is_open,
    order_time,
    revision_of,
    side_of,
    status_report,
    terms_of,
)
from brokerwire_server.brokers.alpaca.symbols import instrument_of
from brokerwire_server.domain.decimals import ZERO
from brokerwire_server.domain.fills import Fill, FillKind, FillSource
from brokerwire_server.domain.instruments import Instrument
from brokerwire_server.domain.orders import Order, Side
from brokerwire_server.domain.reports import (
    CancelRejectedReport,
    FillReport,
    OrderReport,
    ReplacedReport,
    ReplaceRejectedReport,
)

_REMEMBERED_EVENTS = 10_000
_HELD = 1_000
"""Events kept for orders whose place is not known yet; a sweep brings what is dropped beyond."""

_IN_MARKET = frozenset({"new", "fill", "partial_fill"})
"""Events that only an order in its own right has, whatever its status is called."""

_AMENDMENTS = {"trade_bust": FillKind.BUST, "trade_correct": FillKind.CORRECTION}


class Feed:
    """What is known of an account's orders at Alpaca, and what follows from each thing that it says."""

    def __init__(self, account_id: str) -> None:
        """Start with nothing known."""
        self.index = OrderIndex()
        self.ledger = FillLedger()
        self.generations = Generations()
        self.on_unplaced: Callable[[wire.Order], None] = lambda _: None
        """An event waits for its order's place to be found."""
        self.on_short: Callable[[wire.Order], None] = lambda _: None
        """An order is filled further than its executions tell, or has a replacement whose terms are not known."""
        self.on_ended: Callable[[wire.Order], None] = lambda _: None
        """An event told the end of an order."""
        self._account_id = account_id
        self._held: dict[str, list[wire.TradeUpdate]] = {}
        self._seen: OrderedDict[str, None] = OrderedDict()

    def restore(self, orders: Sequence[Order], fills: Iterable[Fill]) -> None:
        """Take in what the gateway knows when it starts."""
        self.index.learn(orders)
        for fill in fills:
            self.ledger.restore((fill.broker_order_id, fill.instrument.symbol), fill)

    # --- the stream ---

    def take(self, update: wire.TradeUpdate) -> list[OrderReport]:
        """Return the reports of an event; none while the place of its order is being looked for."""
        if self._repeated(update):
            return []
        home = self.index.place(update.order)
        if home is None:
            self._hold(update)
            return []
        return self._kept(update, home)

    def release(self) -> list[OrderReport]:
        """Return the reports of held events whose orders have been placed since."""
        ready = [order_id for order_id in self._held if self.index.home(order_id) is not None]
        held = [update for order_id in ready for update in self._held.pop(order_id)]
        return [r for update in held if (home := self.index.place(update.order)) for r in self._kept(update, home)]

    def _kept(self, update: wire.TradeUpdate, home: Home) -> list[OrderReport]:
        reports = list(self._of_event(update, home))
        return [replace(report, payload_id=update.kept_as) for report in reports] if update.kept_as else reports

    def holds(self, broker_order_id: str) -> bool:
        """Whether events of an order wait for its place."""
        return broker_order_id in self._held

    def _hold(self, update: wire.TradeUpdate) -> None:
        if len(self._held) >= _HELD:
            self._held.pop(next(iter(self._held)))
        self._held.setdefault(update.order.id, []).append(update)
        self.on_unplaced(update.order)

    def _repeated(self, update: wire.TradeUpdate) -> bool:
        if not update.event_id:
            return False
        if update.event_id in self._seen:
            return True
        self._seen[update.event_id] = None
        if len(self._seen) > _REMEMBERED_EVENTS:
            self._seen.popitem(last=False)
        return False

    def _of_event(self, update: wire.TradeUpdate, home: Home) -> Iterator[OrderReport]:
        order = update.order
        if update.event in _AMENDMENTS:
            yield from self._amendment(update, home)
        elif update.event in ("fill", "partial_fill"):
            yield from self._fills(update, home)
        if update.event in _IN_MARKET:
            self.generations.prove(order)
        words = update.reason or ""
        ids = {"account_id": self._account_id, "broker_client_order_id": home.client_id}
        if update.event == "order_replace_rejected":
            yield ReplaceRejectedReport(**ids, message=words, time=order_time(order))
        elif update.event == "order_cancel_rejected":
            yield CancelRejectedReport(**ids, broker_order_id=order.id, message=words, time=order_time(order))
        if not home.leg_of:
            yield from self.of_order(order, home, words=words, time=wire.nanos(update.timestamp))
            if self.missing(order) > ZERO:
                self.on_short(order)
            if not is_open(order):
                self.on_ended(order)

    # --- orders ---

    def of_orders(self, tops: Iterable[wire.Order]) -> list[tuple[wire.Order, list[OrderReport]]]:
        """Return, for each order of a nested read and each leg, what follows from it."""
        placed = [pair for top in tops for pair in self.index.place_tree(top)]
        for order, _ in placed:
            self.generations.see(order)
        return [(order, list(self.of_order(order, home))) for order, home in placed]

    def of_order(self, order: wire.Order, home: Home, *, words: str = "", time: int = 0) -> Iterator[OrderReport]:
        """Return what follows from an order as it stands: new terms, and its status.

        The end of a generation that was replaced is not the order's end, and that of a replacement which did not take
        place is not either.
        """
        self.generations.see(order)
        successor = self.generations.of(order)
        if successor is not None:
            yield ReplacedReport(
                account_id=self._account_id,
                broker_client_order_id=home.client_id,
                broker_order_id=successor.id,
                time=order_time(successor),
                terms=terms_of(successor),
                revision=revision_of(successor),
            )
        if self.generations.unknown(order):
            self.on_short(order)
        if not self.generations.proven(order):
            if order.status == "rejected":
                yield ReplaceRejectedReport(
                    account_id=self._account_id, broker_client_order_id=home.client_id, message=words
                )
            elif not is_open(order):
                self.on_short(order)
            return
        if order.status == "replaced":
            if successor is None and not home.ours:
                yield status_report(order, self._account_id, home.client_id, ours=False, words=words, time=time)
            return
        yield status_report(order, self._account_id, home.client_id, ours=home.ours, words=words, time=time)

    # --- executions ---

    def of_activities(self, activities: Iterable[wire.Activity]) -> tuple[list[FillReport], list[wire.Activity]]:
        """Return the executions that were listed, and those whose order has no place yet."""
        placed: list[tuple[Key, Sighting]] = []
        homes: dict[Key, Home] = {}
        unplaced = []
        for activity in activities:
            home = self.index.home(activity.order_id or "")
            if home is None:
                unplaced.append(activity)
                continue
            key = (home.leg_of or activity.order_id or "", home.instrument.symbol)
            homes[key] = home
            placed.append((key, _sighting_of(activity)))
        told = self.ledger.from_activities(placed)
        reports = [self._report(key, homes[key].instrument, homes[key].side, one) for key, one in told]
        return reports, unplaced

    def missing(self, order: wire.Order) -> Decimal:
        """Return how much further an order is filled than its executions tell."""
        if order.order_class == "mleg":
            symbols = {instrument(leg).symbol: leg for leg in order.legs or ()}
            return sum(
                (max(exact(leg.filled_qty) - self._total(order.id, s), ZERO) for s, leg in symbols.items()), ZERO
            )
        symbol = instrument(order).symbol
        told = sum((self._total(one, symbol) for one in self.index.family(order.id)), ZERO)
        return max(exact(order.filled_qty) - told, ZERO)

    def _total(self, broker_order_id: str, symbol: str) -> Decimal:
        return self.ledger.total((broker_order_id, symbol))

    def _fills(self, update: wire.TradeUpdate, home: Home) -> Iterator[FillReport]:
        order = update.order
        if update.legs:
            by_id = {leg.id: leg for leg in order.legs or ()}
            for done in update.legs:
                leg = by_id.get(done.order_id)
                side = side_of(leg.side, leg.position_intent) if leg is not None else side_of(order.side)
                seen = Sighting(
                    id=done.execution_id,
                    quantity=exact(done.qty),
                    price=exact(done.price),
                    time=wire.nanos(done.timestamp) or wire.nanos(update.timestamp),
                )
                yield from self._told((order.id, done.symbol), instrument_of(done.symbol), side, seen)
        elif update.execution_id and update.qty is not None and update.price is not None and order.symbol:
            what = instrument(order)
            seen = Sighting(
                id=update.execution_id,
                quantity=exact(update.qty),
                price=exact(update.price),
                time=wire.nanos(update.timestamp) or order_time(order),
                cumulative=exact(order.filled_qty),
            )
            key = (home.leg_of or order.id, what.symbol)
            yield from self._told(key, what, side_of(order.side, order.position_intent), seen)

    def _told(self, key: Key, what: Instrument, side: Side, seen: Sighting) -> Iterator[FillReport]:
        for one in self.ledger.from_stream(key, seen):
            yield self._report(key, what, side, one)

    def _report(self, key: Key, what: Instrument, side: Side, one: Execution) -> FillReport:
        home = self.index.home(key[0])
        return FillReport(
            account_id=self._account_id,
            broker_client_order_id=home.client_id if home is not None else "",
            broker_order_id=key[0],
            time=one.time,
            execution_id=one.id,
            instrument=what,
            side=side,
            quantity=one.quantity,
            price=one.price,
            source=FillSource.PUSH if one.pushed is not None else FillSource.POLL,
        )

    def _amendment(self, update: wire.TradeUpdate, home: Home) -> Iterator[FillReport]:
        """Return a bust, or new terms of an execution; its quantity may come negative (SSE documentation)."""
        order = update.order
        what = instrument(order)
        key = (home.leg_of or order.id, what.symbol)
        before, quantity, price = update.previous_execution_id, abs(exact(update.qty)), exact(update.price)
        if not before or not update.execution_id:
            self.on_short(order)
            return
        kind = _AMENDMENTS[update.event]
        if kind is FillKind.BUST:
            refers = self.ledger.bust(key, before, quantity, price)
        else:
            refers = self.ledger.known_as(key, before)
        yield FillReport(
            account_id=self._account_id,
            broker_client_order_id=home.client_id,
            broker_order_id=order.id,
            time=wire.nanos(update.timestamp) or order_time(order),
            execution_id=update.execution_id,
            instrument=what,
            side=side_of(order.side, order.position_intent),
            quantity=quantity,
            price=price,
            kind=kind,
            refers_to_execution_id=refers,
        )


def _sighting_of(activity: wire.Activity) -> Sighting:
    return Sighting(
        id=activity_uuid(activity.id),
        quantity=exact(activity.qty),
        price=exact(activity.price),
        time=wire.nanos(activity.transaction_time),
        cumulative=exact(activity.cum_qty),
    )
