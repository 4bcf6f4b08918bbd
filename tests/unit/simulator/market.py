"""A small market to test against: one exchange, its reports, and short ways to say what happens."""

from decimal import Decimal
from itertools import count

from brokerwire_server.domain.accounts import Account, AccountType, Balances
from brokerwire_server.domain.connections import Environment
from brokerwire_server.domain.instruments import Instrument
from brokerwire_server.domain.market import Quote
from brokerwire_server.domain.orders import LegRole, Order, OrderClass, OrderType, Side, TimeInForce
from brokerwire_server.domain.reports import AnyReport, FillReport, StatusReport
from brokerwire_server.simulator import AlwaysOpen, Exchange, MarketCalendar, Refusal, Rules, details_of
from brokerwire_server.simulator.ledger import Ledger

SECOND = 1_000_000_000
HOUR = 3600 * SECOND
START = 1_700_000_000 * SECOND - (1_700_000_000 * SECOND) % (24 * HOUR) + 12 * HOUR
"""Noon of a UTC day."""


def make_account(account_id: str = "paper", type_: AccountType = AccountType.MARGIN) -> Account:
    return Account(
        account_id=account_id,
        connection_id="paper",
        broker="paper",
        environment=Environment.PAPER,
        type=type_,
        can_short=type_ is AccountType.MARGIN,
    )


def make_order(order_id: str, side: Side, quantity: object = None, **terms: object) -> Order:
    """An order by its essentials: MARKET, or what its prices imply; DAY."""
    values: dict[str, object] = {"account_id": "paper", "time_in_force": TimeInForce.DAY, **terms}
    for name in ("limit_price", "stop_price", "trail_amount", "trail_percent", "notional"):
        if values.get(name) is not None:
            values[name] = Decimal(str(values[name]))
    if "type" not in values:
        limit, stop = values.get("limit_price"), values.get("stop_price")
        trail = values.get("trail_amount") or values.get("trail_percent")
        values["type"] = (
            OrderType.TRAILING_STOP
            if trail
            else OrderType.STOP_LIMIT
            if limit and stop
            else OrderType.LIMIT
            if limit
            else OrderType.STOP
            if stop
            else OrderType.MARKET
        )
    return Order(
        order_id="order-" + order_id,
        client_order_id=order_id,
        broker_client_order_id=order_id,
        instrument=Instrument(symbol=str(values.pop("symbol", "XYZ"))),
        side=side,
        quantity=None if quantity is None else Decimal(str(quantity)),
        **values,  # type: ignore[arg-type]
    )


def make_bracket(
    quantity: object, take: object, stop: object, *, side: Side = Side.BUY, **entry: object
) -> list[Order]:
    """The group `entry`, `take`, `stop`."""
    back = Side.SELL if side is Side.BUY else Side.BUY_TO_COVER
    kind = OrderClass.BRACKET
    exits = None if "notional" in entry else quantity
    return [
        make_order("entry", side, exits, order_class=kind, role=LegRole.ENTRY, **entry),
        make_order("take", back, exits, limit_price=take, **_child(kind, LegRole.TAKE_PROFIT)),
        make_order("stop", back, exits, stop_price=stop, **_child(kind, LegRole.STOP_LOSS)),
    ]


class Market:
    """An exchange with account `paper` (margin, 100,000) and the instrument XYZ."""

    def __init__(
        self,
        *,
        calendar: MarketCalendar | None = None,
        rules: Rules | None = None,
        cash: object = 100_000,
        type_: AccountType = AccountType.MARGIN,
        start: int = START,
    ) -> None:
        self.reports: list[AnyReport] = []
        self.exchange = Exchange(calendar or AlwaysOpen(), rules or Rules(), self.reports.append, start=start)
        self.exchange.list_instrument(details_of("XYZ"))
        self.exchange.open_account(make_account(type_=type_), Decimal(str(cash)))
        self.reports.clear()
        self._ids = count(1)

    def quote(
        self, bid: object, ask: object, size: object = 100, *, last: object = 0, symbol: str = "XYZ", at: int = 0
    ) -> None:
        self.exchange.on_quote(
            Quote(
                symbol=symbol,
                bid=Decimal(str(bid)),
                ask=Decimal(str(ask)),
                bid_size=Decimal(str(size)),
                ask_size=Decimal(str(size)),
                last=Decimal(str(last)),
                time=at or self.exchange.now + 1000,
            )
        )

    def send(self, side: Side, quantity: object = None, **terms: object) -> str:
        """Submit an order that must be taken; return its id."""
        order_id = str(terms.pop("id", None) or f"o{next(self._ids)}")
        refusal = self.exchange.submit([make_order(order_id, side, quantity, **terms)])
        assert refusal is None, refusal
        return order_id

    def buy(self, quantity: object = None, **terms: object) -> str:
        return self.send(Side.BUY, quantity, **terms)

    def sell(self, quantity: object = None, **terms: object) -> str:
        return self.send(Side.SELL, quantity, **terms)

    def refused(self, side: Side, quantity: object = None, **terms: object) -> Refusal:
        """Submit an order that must be refused."""
        refusal = self.exchange.submit([make_order(f"r{next(self._ids)}", side, quantity, **terms)])
        assert refusal is not None
        return refusal

    def bracket(
        self, quantity: object, take: object, stop: object, *, side: Side = Side.BUY, **entry: object
    ) -> Refusal | None:
        """Submit the group `entry`, `take`, `stop`."""
        return self.exchange.submit(make_bracket(quantity, take, stop, side=side, **entry))

    def oco(self, quantity: object, take: object, stop: object) -> Refusal | None:
        kind = OrderClass.OCO
        return self.exchange.submit(
            [
                make_order("take", Side.SELL, quantity, limit_price=take, order_class=kind, role=LegRole.TAKE_PROFIT),
                make_order("stop", Side.SELL, quantity, stop_price=stop, order_class=kind, role=LegRole.STOP_LOSS),
            ]
        )

    def fills(self, order_id: str | None = None) -> list[tuple[Decimal, Decimal]]:
        """Quantity and price of each execution."""
        return [(f.quantity, f.price) for f in self.fill_reports(order_id)]

    def fill_reports(self, order_id: str | None = None) -> list[FillReport]:
        every = [r for r in self.reports if isinstance(r, FillReport)]
        return [f for f in every if order_id in (None, f.broker_client_order_id)]

    def filled(self, order_id: str) -> Decimal:
        return sum((q for q, _ in self.fills(order_id)), Decimal(0))

    def states(self, order_id: str) -> list[str]:
        """The statuses that were reported of an order, in order."""
        return [s.state.value for s in self.statuses(order_id)]

    def statuses(self, order_id: str) -> list[StatusReport]:
        every = [r for r in self.reports if isinstance(r, StatusReport)]
        return [s for s in every if s.broker_client_order_id == order_id]

    def is_open(self, order_id: str) -> bool:
        return self.exchange.working("paper", order_id) is not None

    @property
    def ledger(self) -> Ledger:
        ledger = self.exchange.ledger("paper")
        assert ledger is not None
        return ledger

    @property
    def balances(self) -> Balances:
        return self.exchange.account_state("paper").balances


def _child(kind: OrderClass, role: LegRole) -> dict[str, object]:
    return {"order_class": kind, "role": role, "parent_order_id": "order-entry"}
