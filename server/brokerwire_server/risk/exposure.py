"""The exposure of an account: its positions and all that its open orders may add, kept up with every change.

Nothing is searched when an order comes: each change of an order takes back what the order counted for and adds what it
counts for now.
"""

from bisect import bisect_left, insort
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from decimal import Decimal
from operator import attrgetter

from msgspec import Struct
from msgspec.structs import replace

from brokerwire_server.domain.decimals import ZERO
from brokerwire_server.domain.instruments import AssetClass, Instrument
from brokerwire_server.domain.orders import Order, OrderState, OrderType
from brokerwire_server.domain.positions import Position
from brokerwire_server.domain.reducer import has_evidence
from brokerwire_server.risk.shares import Share, cost_of, group_of, shares_of, versions

LEVERAGED = frozenset({AssetClass.CRYPTO, AssetClass.FOREX, AssetClass.FUTURE})

PriceOf = Callable[[str], Decimal | None]
_INFINITE = Decimal("Infinity")


class Row(Struct):
    """One symbol. Values are money at `price`: the latest mark, else the average cost of what is held."""

    instrument: Instrument
    position: Decimal = ZERO
    price: Decimal = ZERO
    buy: Decimal = ZERO
    sell: Decimal = ZERO
    buy_value: Decimal = ZERO
    sell_value: Decimal = ZERO
    unpriced: int = 0
    open_orders: int = 0
    doubts: int = 0
    resting_buys: list[tuple[Decimal, str]] = []
    resting_sells: list[tuple[Decimal, str]] = []

    @property
    def held(self) -> Decimal:
        """The value of the position, below zero when short."""
        return self.position * self.price * self.instrument.multiplier

    @property
    def long(self) -> Decimal:
        """The value if all that may be bought is bought and nothing is sold."""
        return self.held + self.buy_value

    @property
    def short(self) -> Decimal:
        """The value, as a positive number for a short position, if all that may be sold is sold, and nothing bought."""
        return self.sell_value - self.held

    @property
    def worst(self) -> Decimal:
        """The largest value that the symbol may come to, in either direction."""
        return max(self.long, self.short)

    @property
    def empty(self) -> bool:
        """Whether there is nothing in the symbol."""
        return not (self.position or self.open_orders or self.buy or self.sell or self.unpriced)


class _Charge(Struct):
    """The buying power that an order takes, and how much of it the broker's last balances know of already."""

    amount: Decimal
    known: Decimal = ZERO
    changed: int = 0
    proven: bool = False
    ended: bool = False

    @property
    def due(self) -> Decimal:
        return max(self.amount - self.known, ZERO)


class Trial:
    """Orders that are taken in for the length of a block."""

    __slots__ = ("kept",)

    def __init__(self) -> None:
        """Start as one that will be undone."""
        self.kept = False

    def keep(self) -> None:
        """Let the orders count on after the block: they are staged now."""
        self.kept = True


class Exposure:
    """All of one account. Only `put` and `move` change what it stands for.

    `gross`, `long`, `short` and `leveraged` are worst-case money; `unpriced` counts open orders that nobody can value,
    `unvalued` positions. `due` is the buying power that orders take which the broker's balances do not know of yet.
    """

    def __init__(self) -> None:
        """Start with nothing."""
        self.rows: dict[str, Row] = {}
        self.gross = self.long = self.short = self.leveraged = ZERO
        self.due = ZERO
        self.unpriced = 0
        self.unvalued = 0
        self.open_orders = 0
        self.by_principal: dict[str, int] = {}
        self._members: dict[str, dict[str, Order]] = {}
        self._shares: dict[str, tuple[Share, ...]] = {}
        self._charges: dict[str, _Charge] = {}
        self._unsettled: set[str] = set()
        self._unpriced: set[str] = set()
        self._marked = 0

    # --- changes -------------------------------------------------------------------------------------------------

    def put(self, order: Order) -> None:
        """Take an order in, or a newer version of it."""
        key = group_of(order)
        members = self._members.get(key)
        known = members.get(order.order_id) if members else None
        if order.worst_price is None and known is not None and known.worst_price is not None:
            order = replace(order, worst_price=known.worst_price)
        if known is not None and members is not None and _weight(known) == _weight(order):
            members[order.order_id] = order
            self._prove(order)
        else:
            self._set(key, {**(members or {}), order.order_id: order})
            self._charge(order)

    def move(self, position: Position) -> None:
        """Take in a position after a change."""
        row = self._row(position.instrument)
        self._count(row, -1)
        row.position = position.quantity
        if not row.price:
            row.price = position.average_cost
        self._count(row, 1)
        self._tidy(row)

    def mark(self, symbol: str, price: Decimal | None) -> None:
        """Value a symbol at a price from now on."""
        row = self.rows.get(symbol)
        if row is None or not price or row.price == price:
            return
        self._count(row, -1)
        row.price = price
        self._count(row, 1)

    def refresh(self, price_of: PriceOf, now: int, after: int) -> None:
        """Value every symbol anew where that was last done `after` nanoseconds ago or longer, and price what is not."""
        if now - self._marked >= after:
            self._marked = now
            for symbol in [symbol for symbol, row in self.rows.items() if row.position]:
                self.mark(symbol, price_of(symbol))
        for key in list(self._unpriced):
            for order in list(self._members[key].values()):
                price = price_of(order.instrument.symbol)
                if price is not None and order.worst_price is None and not order.legs:
                    self.put(replace(order, worst_price=price))

    def settle(self, since: int) -> None:
        """Note balances that the broker has read after `since`: they know of all orders that it had by then."""
        for order_id in list(self._unsettled):
            charge = self._charges[order_id]
            if charge.changed >= since or not charge.proven:
                continue
            self.due -= charge.due
            self._unsettled.discard(order_id)
            if charge.ended:
                del self._charges[order_id]
            else:
                charge.known = charge.amount

    @contextmanager
    def trial(self, orders: Sequence[Order]) -> Iterator[Trial]:
        """Stand, within a block, for what will be if `orders` are taken in; then for what was before, unless kept."""
        trial = Trial()
        keys = dict.fromkeys(map(group_of, orders))
        before = {key: dict(self._members.get(key, {})) for key in keys}
        charges = {order.order_id: self._charges.get(order.order_id) for order in orders}
        for order_id, charge in charges.items():
            if charge is not None:
                self._charges[order_id] = replace(charge)
        for order in orders:
            self.put(order)
        try:
            yield trial
        finally:
            if not trial.kept:
                for key, members in before.items():
                    self._set(key, members)
                for order_id, charge in charges.items():
                    self._restore_charge(order_id, charge)

    # --- questions -----------------------------------------------------------------------------------------------

    def row(self, symbol: str) -> Row | None:
        """Return a symbol's figures. They change under the reader."""
        return self.rows.get(symbol)

    def crossing(self, order: Order) -> str:
        """Return an own order that `order` would trade with at once, empty where there is none."""
        row = self.rows.get(order.instrument.symbol)
        if row is None or order.type in (OrderType.STOP, OrderType.TRAILING_STOP):
            return ""
        price = order.limit_price if order.limit_price is not None else None
        buys = order.side.sign > 0
        own = group_of(order)
        resting = row.resting_sells if buys else reversed(row.resting_buys)
        for other_price, order_id in resting:
            if price is not None and (other_price > price if buys else other_price < price):
                return ""
            if order_id != own and order_id not in self._members.get(own, ()):
                return order_id
        return ""

    def members(self, order: Order) -> tuple[Order, ...]:
        """Return the orders of a group that has an open one, `order` in its place as given."""
        known = self._members.get(group_of(order), {})
        return tuple({**known, order.order_id: order}.values())

    @property
    def net(self) -> Decimal:
        """The largest net value that the account may come to, in either direction."""
        return max(self.long, self.short)

    # --- counting ------------------------------------------------------------------------------------------------

    def _set(self, key: str, members: dict[str, Order]) -> None:
        """Let a group, or a single order, count as it is now; it is forgotten when all its orders have ended."""
        known = self._members.get(key)
        if known is not None:
            for order in known.values():
                self._register(order, -1)
            for share in self._shares.pop(key):
                self._add(share, -1)
        self._unpriced.discard(key)
        if all(order.terminal for order in members.values()):
            self._members.pop(key, None)
            return
        self._members[key] = members
        shares = self._shares[key] = shares_of(tuple(members.values()))
        for order in members.values():
            self._register(order, 1)
        for share in shares:
            self._add(share, 1)
            if not share.priced:
                self._unpriced.add(key)

    def _add(self, share: Share, sign: int) -> None:
        row = self._row(share.instrument)
        self._count(row, -1)
        row.buy += sign * share.buy
        row.sell += sign * share.sell
        row.buy_value += sign * share.buy_value
        row.sell_value += sign * share.sell_value
        if not share.priced:
            row.unpriced += sign
            self.unpriced += sign
        self._count(row, 1)
        self._tidy(row)

    def _count(self, row: Row, sign: int) -> None:
        held = row.position * row.price * row.instrument.multiplier if row.position else ZERO
        long, short = held + row.buy_value, row.sell_value - held
        worst = sign * max(long, short)
        self.gross += worst
        self.long += sign * long
        self.short += sign * short
        if row.position and not row.price:
            self.unvalued += sign
        if row.instrument.asset_class in LEVERAGED:
            self.leveraged += worst

    def _register(self, order: Order, sign: int) -> None:
        if order.terminal:
            return
        self.open_orders += sign
        self.by_principal[order.principal] = self.by_principal.get(order.principal, 0) + sign
        doubtful = order.state is OrderState.INDETERMINATE or order.pending_in_doubt
        for instrument in [leg.instrument for leg in order.legs] or [order.instrument]:
            row = self._row(instrument)
            row.open_orders += sign
            row.doubts += sign * doubtful
            if not order.legs:
                _rest(row, order, sign)
            self._tidy(row)

    def _charge(self, order: Order) -> None:
        charge = self._charges.get(order.order_id)
        if charge is None:
            if order.terminal and not order.filled_quantity:
                return
            charge = self._charges[order.order_id] = _Charge(ZERO)
        self.due -= charge.due
        amount, proven = cost_of(order), has_evidence(order)
        if amount > charge.amount or proven is not charge.proven:
            charge.changed = order.update_time
        charge.amount, charge.proven, charge.ended = amount, proven, order.terminal
        self._keep_charge(order.order_id, charge)

    def _prove(self, order: Order) -> None:
        """Note whether an order that counts for the same as before is proven to be there."""
        charge = self._charges.get(order.order_id)
        if charge is not None and charge.proven is not (proven := has_evidence(order)):
            charge.changed, charge.proven = order.update_time, proven

    def _keep_charge(self, order_id: str, charge: _Charge) -> None:
        self.due += charge.due
        if charge.ended and not charge.due:
            self._charges.pop(order_id, None)
            self._unsettled.discard(order_id)
            return
        self._charges[order_id] = charge
        if charge.known == charge.amount:
            self._unsettled.discard(order_id)
        else:
            self._unsettled.add(order_id)

    def _restore_charge(self, order_id: str, before: _Charge | None) -> None:
        now = self._charges.pop(order_id, None)
        self._unsettled.discard(order_id)
        if now is not None:
            self.due -= now.due
        if before is not None:
            self._keep_charge(order_id, before)

    def _row(self, instrument: Instrument) -> Row:
        row = self.rows.get(instrument.symbol)
        if row is None:
            row = self.rows[instrument.symbol] = Row(instrument)
        return row

    def _tidy(self, row: Row) -> None:
        if row.empty:
            self.rows.pop(row.instrument.symbol, None)


_terms = attrgetter(
    "pending_in_doubt",
    "quantity",
    "notional",
    "limit_price",
    "filled_quantity",
    "filled_cost",
    "worst_price",
    "pending_action",
    "pending_terms",
    "legs",
)


def _weight(order: Order) -> tuple[object, ...]:
    """Return all that decides what an order counts for: most changes of an order are none of it."""
    return order.terminal, order.state is OrderState.INDETERMINATE, _terms(order)


def _rest(row: Row, order: Order, sign: int) -> None:
    """Note at which prices an order stands in the market, or take that back. A stop stands at none."""
    if order.type in (OrderType.STOP, OrderType.TRAILING_STOP):
        return
    buys = order.side.sign > 0
    resting = row.resting_buys if buys else row.resting_sells
    for version in versions(order):
        price = version.limit_price
        if price is None:
            price = _INFINITE if buys else ZERO
        entry = (price, order.order_id)
        if sign > 0:
            insort(resting, entry)
        else:
            del resting[bisect_left(resting, entry)]
