"""Which of the broker's ids belong to which order, and what was last heard of it.

An order has one key (our orderRef), and a set of permIds: the broker has been seen to turn one modify into two live
orders. Each is an incarnation here, and the order is what all of them are together.
"""

from collections import OrderedDict
from decimal import Decimal
from typing import TYPE_CHECKING

from msgspec import Struct

from brokerwire_server.brokers.ibkr import states
from brokerwire_server.brokers.ibkr.terms import terms_of_order
from brokerwire_server.domain.decimals import ZERO
from brokerwire_server.domain.orders import Order, OrderRequest, OrderTerms, Side, TimeInForce

if TYPE_CHECKING:
    import asyncio

    from brokerwire_server.domain.instruments import Instrument

KEPT = 20_000
"""Orders that have ended and are remembered, for their late callbacks."""


class Incarnation(Struct, kw_only=True):
    """One order at the broker. `seen` grows with whatever is heard of it."""

    perm_id: int
    order_id: int = 0
    client_id: int = -1
    status: str = ""
    quantity: Decimal = ZERO
    filled: Decimal = ZERO
    seen: int = 0
    gone: bool = False

    @property
    def live(self) -> bool:
        """Whether it may still be executed."""
        return not self.gone and not states.ended(self.status)

    @property
    def exposure(self) -> Decimal:
        """What it fills at most."""
        return self.quantity if self.live else self.filled


SIGHTINGS = 3
"""How often an order must be seen as it was before a modify without an answer counts as not carried out."""


class Modify(Struct, kw_only=True):
    """A modify that was sent, until what became of it is known."""

    action_id: str
    terms: OrderTerms
    answer: "asyncio.Future[str]"
    sightings: int = 0


class Tracked:
    """One order. `key` is empty for one that somebody else placed without a reference of our form."""

    def __init__(self, key: str, account_id: str) -> None:
        """Start with nothing heard."""
        self.key = key
        self.account_id = account_id
        self.order_id = 0
        self.incarnations: dict[int, Incarnation] = {}
        self.instrument: Instrument | None = None
        self.multi_leg = False
        self.side: Side | None = None
        self.tif: TimeInForce | None = None
        self.terms: OrderTerms | None = None
        self.foreign: OrderRequest | None = None
        self.parent_id = 0
        self.oca_group = ""
        self.notice = ""
        self.held = ""
        self.trail_stop: Decimal | None = None
        self.answer: asyncio.Future[str] | None = None
        self.rejected: tuple[int, str] | None = None
        self.modify: Modify | None = None
        self.cancel_answer: asyncio.Future[str] | None = None
        self.cancel_asked = False
        self.told: tuple[object, ...] = ()
        self.told_time = 0

    @property
    def seen(self) -> bool:
        """Whether the broker has said anything of it but a refusal."""
        return bool(self.incarnations)

    @property
    def live(self) -> list[Incarnation]:
        """Its incarnations that may still be executed."""
        return [one for one in self.incarnations.values() if one.live]

    @property
    def filled(self) -> Decimal:
        """What the broker says is filled of all incarnations."""
        return sum((one.filled for one in self.incarnations.values()), ZERO)

    @property
    def exposure(self) -> Decimal:
        """What all incarnations fill at most; after their end the largest of them, or what they filled together."""
        if self.live:
            return sum((one.exposure for one in self.incarnations.values()), ZERO)
        return max(self.filled, max((one.quantity for one in self.incarnations.values()), default=ZERO))

    def telling(self, one: Incarnation) -> Incarnation:
        """Return the incarnation whose status is the order's: it has ended when the last of them has."""
        if one.live:
            return one
        others = self.live or [i for i in self.incarnations.values() if i.status not in ("", "Filled")]
        return one if one.status not in ("", "Filled") and not self.live else (others or [one])[-1]

    def sighted(self) -> None:
        """Note that the order was looked up, and is as it was before its modify."""
        if self.modify is not None:
            self.modify.sightings += 1
            if self.modify.sightings >= SIGHTINGS:
                self.modify = None

    def describe(self, order: Order) -> None:
        """Take over what the gateway knows of it."""
        self.instrument = order.instrument
        self.multi_leg = bool(order.legs)
        self.side = order.side
        self.tif = order.time_in_force
        if self.terms is None:
            self.terms = terms_of_order(order)


class Tracker:
    """Finds orders by any of their ids. Order ids are those of our own client id; permIds are everybody's."""

    def __init__(self) -> None:
        """Start empty."""
        self._by_key: dict[str, Tracked] = {}
        self._by_order_id: dict[int, Tracked] = {}
        self._by_perm_id: dict[int, Tracked] = {}
        self._ended: OrderedDict[int, Tracked] = OrderedDict()

    def by_key(self, key: str) -> Tracked | None:
        """Return an order by our key."""
        return self._by_key.get(key) if key else None

    def by_order_id(self, order_id: int) -> Tracked | None:
        """Return an order by the id that our client id gave it."""
        return self._by_order_id.get(order_id) if order_id else None

    def by_perm_id(self, perm_id: int) -> Tracked | None:
        """Return an order by one of its permIds."""
        return self._by_perm_id.get(perm_id) if perm_id else None

    def all(self) -> list[Tracked]:
        """Return every order."""
        return list({id(one): one for one in (*self._by_key.values(), *self._by_perm_id.values())}.values())

    def learn(self, order: Order) -> Tracked:
        """Know an order of ours."""
        found = self.by_key(order.broker_client_order_id)
        if found is None and not states.is_key(order.broker_client_order_id):
            found = next((t for text in order.broker_order_ids if (t := self._by_perm_id.get(_perm(text)))), None)
        if found is None:
            key = order.broker_client_order_id if states.is_key(order.broker_client_order_id) else ""
            found = self.make(key, order.account_id)
        found.describe(order)
        for text in order.broker_order_ids:
            if perm_id := _perm(text):
                self._by_perm_id.setdefault(perm_id, found)
        return found

    def make(self, key: str, account_id: str) -> Tracked:
        """Return a new order."""
        made = Tracked(key, account_id)
        if key:
            self._by_key[key] = made
        return made

    def number(self, tracked: Tracked, order_id: int) -> None:
        """Note the id that our client id gave an order, before it is used, or that TWS says is the order's."""
        before = self._by_order_id.get(order_id)
        if before is not None and before is not tracked:
            before.order_id = 0
        tracked.order_id = order_id
        self._by_order_id[order_id] = tracked

    def incarnation(self, tracked: Tracked, perm_id: int) -> Incarnation:
        """Return what is known under a permId, which belongs to the order from now on."""
        found = tracked.incarnations.get(perm_id)
        if found is None:
            # Until the broker assigns a permId it is 0.
            found = tracked.incarnations.pop(0, None) or Incarnation(perm_id=perm_id)
            found.perm_id = perm_id
            tracked.incarnations[perm_id] = found
        if perm_id:
            self._by_perm_id[perm_id] = tracked
        return found

    def retire(self, tracked: Tracked) -> None:
        """Note that an order has ended; the oldest of many are forgotten."""
        self._ended[id(tracked)] = tracked
        while len(self._ended) > KEPT:
            _, old = self._ended.popitem(last=False)
            if not old.live:
                self._forget(old)

    def _forget(self, old: Tracked) -> None:
        self._by_key.pop(old.key, None)
        if self._by_order_id.get(old.order_id) is old:
            del self._by_order_id[old.order_id]
        for perm_id in old.incarnations:
            if self._by_perm_id.get(perm_id) is old:
                del self._by_perm_id[perm_id]


def _perm(text: str) -> int:
    return int(text) if text.isdecimal() else 0
