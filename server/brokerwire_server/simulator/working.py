"""Orders at work in the exchange, and the groups that tie them together."""

from decimal import Decimal

from brokerwire_server.domain.decimals import ZERO
from brokerwire_server.domain.orders import LegRole, Order, OrderState, OrderType, Side, TimeInForce

EXIT_ROLES = (LegRole.TAKE_PROFIT, LegRole.STOP_LOSS)
Key = tuple[Decimal, int, "Working"]


class Working:
    """One order in the exchange: its current terms, what is filled, and where it rests. Mutable, owned by the exchange.

    `held` exits wait for their entry and rest nowhere. `watermark` is the best price since a trailing stop began.
    `unit` is the buying power that one unit of remaining quantity reserves; `floor` the latest time known to the
    gateway, so that reports after a restart are never older than those before.
    """

    __slots__ = (
        "account_id",
        "action_id",
        "broker_order_id",
        "buying",
        "closing",
        "commission",
        "expire",
        "extended",
        "filled",
        "filled_cost",
        "floor",
        "group",
        "held",
        "id",
        "key",
        "lane",
        "limit",
        "multiplier",
        "notional",
        "open",
        "order",
        "placed_at_quote",
        "quantity",
        "reported",
        "reserved",
        "revision",
        "sequence",
        "state",
        "stop",
        "symbol",
        "time_in_force",
        "trail_amount",
        "trail_percent",
        "triggered",
        "type",
        "unit",
        "watermark",
    )

    def __init__(self, order: Order, sequence: int) -> None:
        """Take over an order as submitted, or as known after a restart."""
        self.order = order
        self.id = order.broker_client_order_id
        self.broker_order_id = order.broker_order_ids[-1] if order.broker_order_ids else "sim-" + self.id
        self.account_id = order.account_id
        self.symbol = order.instrument.symbol
        self.multiplier = order.instrument.multiplier
        side = order.side
        self.buying = side is Side.BUY or side is Side.BUY_TO_COVER
        self.closing = side is Side.SELL or side is Side.BUY_TO_COVER
        self.type = order.type
        self.time_in_force: TimeInForce = order.time_in_force
        self.quantity = order.quantity
        self.notional = order.notional
        self.limit = order.limit_price
        self.stop = order.stop_price
        self.trail_amount = order.trail_amount
        self.trail_percent = order.trail_percent
        self.extended = order.extended_hours
        self.filled = order.filled_quantity
        self.filled_cost = order.filled_cost
        self.commission = order.commission
        self.triggered = order.triggered
        self.revision = order.terms_revision
        self.state = OrderState.ACCEPTED
        self.sequence = sequence
        self.expire = 0
        self.floor = 0
        self.reported = 0
        self.action_id = ""
        self.open = True
        self.held = False
        self.watermark: Decimal | None = None
        self.unit = ZERO
        self.reserved = ZERO
        self.group: Group | None = None
        self.lane: list[Key] | None = None
        self.key: Key | None = None
        self.placed_at_quote = -1

    @property
    def is_exit(self) -> bool:
        """Whether this is the take-profit or stop-loss of a group."""
        return self.group is not None and self is not self.group.entry

    @property
    def priced(self) -> bool:
        """Whether a limit bounds its executions now."""
        return self.type is OrderType.LIMIT or self.type is OrderType.STOP_LIMIT

    @property
    def in_market(self) -> bool:
        """Whether it takes part in matching now: not a stop that still waits for its trigger."""
        return self.triggered or self.type is OrderType.LIMIT or self.type is OrderType.MARKET

    @property
    def remaining(self) -> Decimal:
        """Units that may be executed now; 0 for a notional order that is not sized yet."""
        if self.quantity is None:
            return ZERO
        rest = self.quantity - self.filled
        if self.group is not None and self is not self.group.entry:
            return min(rest, self.group.exposed)
        return rest


class Group:
    """An entry with its exits (BRACKET, OTO), or two exits of a position already held (OCO: no entry).

    Exits protect what the entry has filled so far: together they never execute more than that.
    """

    __slots__ = ("entry", "exits", "reserved", "size")

    def __init__(self, entry: Working | None, exits: list[Working], size: Decimal | None) -> None:
        """Tie the orders; `size` is the quantity that the exits are for, `None` until a notional entry is sized."""
        self.entry = entry
        self.exits = exits
        self.size = size
        self.reserved = ZERO
        for member in exits if entry is None else [entry, *exits]:
            member.group = self

    @property
    def exited(self) -> Decimal:
        """Units that the exits have executed."""
        return sum((e.filled for e in self.exits), ZERO)

    @property
    def exposed(self) -> Decimal:
        """Units that the exits protect now: filled by the entry, and not exited yet."""
        entry = self.entry
        base = entry.filled if entry is not None and entry.open else self.size
        return max((base or ZERO) - self.exited, ZERO)
