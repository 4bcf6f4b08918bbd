"""The one thing that rules look at: an order, and all that is known at the moment of its check. It never changes."""

from collections.abc import Mapping
from decimal import Decimal

from msgspec import Struct

from brokerwire_server.domain.access import Principal
from brokerwire_server.domain.accounts import Account, Balances
from brokerwire_server.domain.connections import Environment, LinkState
from brokerwire_server.domain.decimals import ZERO
from brokerwire_server.domain.instruments import Instrument, InstrumentDetails
from brokerwire_server.domain.market import Quote, Session
from brokerwire_server.domain.orders import Order, Side
from brokerwire_server.domain.trading import Standing
from brokerwire_server.risk.flow import FlowView
from brokerwire_server.risk.limits import LIVE, Limits


class Leg(Struct, frozen=True, kw_only=True, gc=False):
    """One instrument that the order trades, with all that is known of it. A single order has one leg.

    `buy`, `sell` and the values (money) are all that may still be traded in the symbol, this order included; `value` is
    the order's own worst case, `None` where nothing values it. `quote_age` is in nanoseconds.
    """

    instrument: Instrument
    side: Side
    quantity: Decimal | None
    value: Decimal | None
    position: Decimal = ZERO
    buy: Decimal = ZERO
    sell: Decimal = ZERO
    worst: Decimal | None = ZERO
    open_orders: int = 0
    doubts: int = 0
    details: InstrumentDetails | None = None
    quote: Quote | None = None
    quote_age: int | None = None
    adv: Decimal | None = None

    @property
    def reduces(self) -> bool:
        """Whether the order can only bring the position nearer to zero, whatever else fills first."""
        if self.side.sign > 0:
            return self.position < ZERO and self.buy <= -self.position
        return self.position > ZERO and self.sell <= self.position


class Totals(Struct, frozen=True, kw_only=True, gc=False):
    """The account as a whole, the order included: worst-case money (`None` where something can't be valued), counts.

    `due` is the buying power that orders take which the broker's balances do not know of yet.
    """

    gross: Decimal | None = ZERO
    net: Decimal | None = ZERO
    leveraged: Decimal | None = ZERO
    due: Decimal | None = ZERO
    open_orders: int = 0
    open_orders_principal: int = 0
    in_doubt: int = 0


class Snapshot(Struct, frozen=True, kw_only=True, gc=False):
    """What the rules may look at.

    `order` is the first of `group` as it would be; `before` the order that a replace changes. `value` is the order's
    worst case in money, `basket` that of the whole batch that it came in. `hour` is the time of day in New York, in
    hours, `date` the ISO date there. `headroom_covers` holds, by symbol, the units held that may cover short options.
    """

    now: int
    account: Account
    environment: Environment
    principal: Principal
    order: Order
    group: tuple[Order, ...]
    legs: tuple[Leg, ...]
    limits: Limits = LIVE
    before: Order | None = None
    value: Decimal | None = None
    basket: Decimal | None = None
    standing: Standing | None = None
    armed: bool | None = None
    link: LinkState | None = None
    reconciled: bool = False
    session: Session | None = None
    date: str = ""
    hour: Decimal | None = None
    balances: Balances | None = None
    balances_age: int | None = None
    totals: Totals = Totals()
    flow: FlowView = FlowView()
    broker_rate: int = 0
    crossing: str = ""
    held: Mapping[str, Decimal] = {}

    @property
    def reduces(self) -> bool:
        """Whether the order can only bring positions nearer to zero."""
        return all(leg.reduces for leg in self.legs)

    @property
    def lowers(self) -> bool:
        """Whether a replace only lowers the quantity, and changes nothing else that could cost."""
        return self.before is not None and _lowers(self.before, self.order)

    @property
    def adds_nothing(self) -> bool:
        """Whether a replace can end in nothing worse than the order as it is."""
        return self.before is not None and _adds_nothing(self.before, self.order)


def _no_more(before: Order, after: Order) -> bool:
    return before.quantity is not None and after.quantity is not None and after.quantity <= before.quantity


def _lowers(before: Order, after: Order) -> bool:
    return _no_more(before, after) and _prices(before) == _prices(after)


def _adds_nothing(before: Order, after: Order) -> bool:
    if not _no_more(before, after):
        return False
    if before.limit_price is None or after.limit_price is None:
        return _prices(before) == _prices(after)
    same = _prices(before)[1:] == _prices(after)[1:]
    worse = after.limit_price > before.limit_price if after.side.sign > 0 else after.limit_price < before.limit_price
    return same and not worse


def _prices(order: Order) -> tuple[Decimal | None, ...]:
    return order.limit_price, order.stop_price, order.trail_amount, order.trail_percent
