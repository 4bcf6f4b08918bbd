"""Which of our orders an order at Alpaca is.

An order carries our id as its client id. Each replace makes a new order there, which gets our id with a suffix, and the
legs of a group get ids that Alpaca makes: a leg is found only beneath its parent.
"""

import re
from collections import OrderedDict
from collections.abc import Iterable, Sequence

from msgspec import Struct

from brokerwire_server.brokers.alpaca import wire
from brokerwire_server.brokers.alpaca.mapping import GROUPS, instrument, role_of, side_of
from brokerwire_server.domain.instruments import Instrument
from brokerwire_server.domain.orders import LegRole, Order, Side

REMEMBERED = 50_000
"""Orders at Alpaca whose place is kept; older ones are found again by their client id or by the gateway's store."""

_OURS = re.compile(r"([0-9a-f]{24})(?:-r\d+)?", re.ASCII)


class Home(Struct, frozen=True, kw_only=True):
    """Where an order at Alpaca belongs.

    `client_id` names our order, "" where it goes by the broker's id alone; `ours` says that the gateway knows it;
    `leg_of` is the multi-leg order whose leg this is. `instrument` and `side` are those of its executions.
    """

    client_id: str
    ours: bool
    instrument: Instrument
    side: Side
    leg_of: str = ""


def replacement_id(order: Order) -> str:
    """Return the client id of an order's next generation: it leads back to the order without any memory."""
    return f"{order.broker_client_order_id}-r{order.version}"


def root_id(client_order_id: str | None) -> str:
    """Return the id of our order that a client id leads back to, "" where it is not of our making."""
    match = _OURS.fullmatch(client_order_id or "")
    return match[1] if match else ""


class OrderIndex:
    """Finds the home of each order at Alpaca."""

    def __init__(self) -> None:
        """Start empty."""
        self._homes: OrderedDict[str, Home] = OrderedDict()
        self._families: dict[str, list[str]] = {}
        self._known: set[str] = set()
        self._exits: dict[str, dict[LegRole, str]] = {}
        self._parents: dict[str, str] = {}
        self._parent_orders: dict[str, str] = {}

    # --- learning ---

    def learn(self, orders: Sequence[Order]) -> None:
        """Take in orders of the gateway: those about to be sent, or those open at start."""
        by_id = {order.order_id: order for order in orders}
        for order in orders:
            client_id = order.broker_client_order_id
            self._known.add(client_id)
            for broker_order_id in order.broker_order_ids:
                self._settle(
                    broker_order_id, Home(client_id=client_id, ours=True, instrument=order.instrument, side=order.side)
                )
            parent = by_id.get(order.parent_order_id)
            if parent is not None:
                self._exits.setdefault(parent.broker_client_order_id, {})[order.role] = client_id
                self._parents[client_id] = parent.broker_client_order_id

    def place(self, order: wire.Order) -> Home | None:
        """Return the home of an order as an event or a plain read shows it; `None` where that does not tell."""
        known = self._homes.get(order.id)
        if known is not None:
            return known
        root = root_id(order.client_order_id)
        if root:
            return self._settle(order.id, self._home(order, root))
        if order.replaces:
            before = self._homes.get(order.replaces)
            return None if before is None else self._settle(order.id, before)
        if order.order_class in GROUPS or (order.order_class == "mleg" and not order.legs):
            return None
        return self._place_external(order)

    def place_tree(self, top: wire.Order, *, alone: bool = False) -> list[tuple[wire.Order, Home]]:
        """Place an order of a nested read and its legs; return all but the legs of a multi-leg order.

        One that has no legs and may be one, or whose predecessor is not known, is left out, unless it stands `alone`:
        then it is an order by itself, whatever its class.
        """
        home = self.place(top)
        if home is None and not alone and (top.replaces or not top.legs):
            return []
        if home is None:
            home = self._place_external(top)
        placed = [(top, home)]
        for leg in top.legs or ():
            if top.order_class == "mleg":
                self._settle(leg.id, _home(leg, home.client_id, home.ours, leg_of=top.id))
                continue
            self._parent_orders[leg.id] = top.id
            placed.append((leg, self._place_leg(leg, home)))
        return placed

    def _place_leg(self, leg: wire.Order, parent: Home) -> Home:
        known = self._homes.get(leg.id) or self._homes.get(leg.replaces or "")
        root = root_id(leg.client_order_id)
        if known is not None:
            return self._settle(leg.id, known)
        if root:
            return self._settle(leg.id, self._home(leg, root))
        if parent.ours:
            exits = self._exits.get(parent.client_id, {})
            return self._settle(leg.id, _home(leg, exits.get(role_of(leg), ""), True))
        return self._place_external(leg)

    def _place_external(self, order: wire.Order) -> Home:
        client_id = order.client_order_id or f"external:{order.id}"
        return self._settle(order.id, self._home(order, client_id))

    def _home(self, order: wire.Order, client_id: str) -> Home:
        return _home(order, client_id, client_id in self._known)

    def _settle(self, broker_order_id: str, home: Home) -> Home:
        self._homes[broker_order_id] = home
        family = self._families.setdefault(home.client_id, [])
        if broker_order_id not in family and home.client_id:
            family.append(broker_order_id)
        if len(self._homes) > REMEMBERED:
            self._drop(*self._homes.popitem(last=False))
        return home

    def _drop(self, broker_order_id: str, home: Home) -> None:
        self._parent_orders.pop(broker_order_id, None)
        family = self._families.get(home.client_id, [])
        if broker_order_id in family:
            family.remove(broker_order_id)
        if not family:
            self._families.pop(home.client_id, None)
            self._known.discard(home.client_id)
            self._exits.pop(home.client_id, None)
            self._parents.pop(home.client_id, None)

    # --- asking ---

    def home(self, broker_order_id: str) -> Home | None:
        """Return the home of an order that was placed before."""
        return self._homes.get(broker_order_id)

    def family(self, broker_order_id: str) -> Iterable[str]:
        """Return the generations of an order, itself included."""
        home = self._homes.get(broker_order_id)
        return (broker_order_id,) if home is None else self._families.get(home.client_id, (broker_order_id,))

    def latest(self, client_id: str) -> str:
        """Return the newest generation of our order that is known, "" for none."""
        return next(reversed(self._families.get(client_id, [])), "")

    def parent_client_id(self, client_id: str) -> str:
        """Return the client id of the order whose exit this is, "" for none."""
        return self._parents.get(client_id, "")

    def parent_order(self, broker_order_id: str) -> str:
        """Return the order beneath which a leg was found, "" for none."""
        return self._parent_orders.get(broker_order_id, "")


def _home(order: wire.Order, client_id: str, ours: bool, leg_of: str = "") -> Home:
    side = side_of(order.side, order.position_intent)
    return Home(client_id=client_id, ours=ours, instrument=instrument(order), side=side, leg_of=leg_of)


_IN_PLACE = frozenset(
    {"new", "partially_filled", "filled", "done_for_day", "stopped", "calculated", "suspended"}
    | {"pending_cancel", "pending_replace", "replaced"}
)
"""Statuses in which a replacement has certainly taken its predecessor's place."""


class Generations:
    """Which replacements have taken place. A request that was taken proves nothing: the old order may fill first."""

    def __init__(self) -> None:
        """Start empty."""
        self._orders: dict[str, wire.Order] = {}
        self._proven: set[str] = set()

    def see(self, order: wire.Order) -> None:
        """Take in an order as it stands now."""
        if order.replaces:
            self._orders[order.id] = order
            if order.status in _IN_PLACE:
                self._proven.add(order.id)
        if order.status == "replaced" and order.replaced_by:
            self._proven.add(order.replaced_by)

    def prove(self, order: wire.Order) -> None:
        """Note that an order was seen in the market."""
        if order.replaces:
            self._orders[order.id] = order
            self._proven.add(order.id)

    def keep(self, order: wire.Order) -> None:
        """Take in a replacement that was asked for: its terms, and no proof of anything."""
        self._orders[order.id] = order

    def proven(self, order: wire.Order) -> bool:
        """Whether an order stands in its own right: a first generation, or one that has taken place."""
        return not order.replaces or order.id in self._proven

    def asked_for(self, broker_order_id: str) -> bool:
        """Whether an order is a replacement that may yet fail to take place."""
        return broker_order_id in self._orders and broker_order_id not in self._proven

    def of(self, order: wire.Order) -> wire.Order | None:
        """Return the replacement that an order tells of and that has taken place, if its terms are known."""
        successor = order.id if order.replaces else order.replaced_by or ""
        return self._orders.get(successor) if successor in self._proven else None

    def unknown(self, order: wire.Order) -> str:
        """Return the id of a replacement that has taken place and whose terms are not known, "" for none."""
        successor = order.replaced_by or ""
        return successor if successor in self._proven and successor not in self._orders else ""

    def forget(self, ids: Iterable[str]) -> None:
        """Drop what is not needed any more."""
        for one in ids:
            self._orders.pop(one, None)
            self._proven.discard(one)
