"""The market behind the sockets, under random commands and quotes: what must hold whatever happens."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from hypothesis import given, settings
from hypothesis import strategies as st

from brokerwire_sandbox.tws.contracts import ContractQuery
from brokerwire_sandbox.tws.settings import TwsSettings
from brokerwire_sandbox.tws.state import Refused
from brokerwire_sandbox.tws.terminal import Terminal
from brokerwire_sandbox.tws.tickets import Ticket
from brokerwire_server.simulator import SimulationClock

if TYPE_CHECKING:
    from collections.abc import Callable

    from brokerwire_sandbox.tws.records import TwsOrder

START = 1_776_108_424_000_000_000
AAPL = ContractQuery(con_id=265598, exchange="SMART")

PRICES = st.integers(95, 105)
PLACE = st.fixed_dictionaries(
    {
        "do": st.just("place"),
        "action": st.sampled_from(["BUY", "SELL"]),
        "kind": st.sampled_from(["MKT", "LMT", "STP", "STP LMT", "TRAIL"]),
        "tif": st.sampled_from(["DAY", "GTC", "IOC", "FOK"]),
        "quantity": st.integers(1, 20),
        "price": PRICES,
        "stop": PRICES,
        "group": st.sampled_from(["", "", "g1", "g2"]),
        "oca_type": st.integers(1, 3),
        "parent": st.sampled_from([None, None, None, 0, 1, 2]),
        "transmit": st.sampled_from([True, True, True, False]),
    }
)
STEPS = st.one_of(
    PLACE,
    st.fixed_dictionaries({"do": st.just("quote"), "price": PRICES, "size": st.integers(0, 15)}),
    st.fixed_dictionaries({"do": st.just("trade"), "price": PRICES, "size": st.integers(0, 5)}),
    st.fixed_dictionaries({"do": st.just("cancel"), "order": st.integers(0, 5)}),
    st.fixed_dictionaries(
        {"do": st.just("change"), "order": st.integers(0, 5), "quantity": st.integers(1, 30), "price": PRICES}
    ),
    st.fixed_dictionaries(
        {
            "do": st.just("bracket"),
            "kind": st.sampled_from(["MKT", "LMT"]),
            "quantity": st.integers(1, 12),
            "price": PRICES,
        }
    ),
    st.fixed_dictionaries({"do": st.just("split"), "order": st.integers(0, 5), "price": PRICES}),
    st.fixed_dictionaries({"do": st.just("fill"), "order": st.integers(0, 5)}),
)


class Market:
    """A terminal without clients, and the commands by which it is tried."""

    def __init__(self) -> None:
        self.terminal = Terminal(TwsSettings(), SimulationClock(lambda: START, start=START, speed=0.0))
        self.state = self.terminal.state
        self.contract = self.state.contracts.named("AAPL")
        self.refused: set[int] = set()
        self.show(100, 10)

    def show(self, price: int, size: int) -> None:
        at, amount = Decimal(price), Decimal(size)
        self.state.show(self.contract, at, at + Decimal("0.01"), bid_size=amount, ask_size=amount)

    def ticket(self, order_id: int, **fields: Any) -> Ticket:
        return Ticket(order_id=order_id, query=AAPL, fields={"tif": "GTC", **{k: str(v) for k, v in fields.items()}})

    def do(self, step: dict[str, Any]) -> None:
        verb = step["do"]
        if verb == "quote":
            self.show(step["price"], step["size"])
        elif verb == "trade":
            at, amount = Decimal(step["price"]), Decimal(step["size"])
            self.state.show(self.contract, at, at, bid_size=amount, ask_size=amount, last=at)
        else:
            try:
                getattr(self, verb)(step)
            except Refused as refused:
                self.refused.add(refused.code)
            self.state.settle()

    def known(self, index: int | None) -> TwsOrder | None:
        """Return one of the orders, counted from the newest."""
        orders = [] if index is None else list(reversed(self.state.orders.values()))
        return orders[index % len(orders)] if orders and index is not None else None

    def place(self, step: dict[str, Any]) -> None:
        parent = self.known(step["parent"])
        self.terminal.desk.place(
            1,
            self.ticket(
                self.state.next_order_id(1),
                action=step["action"],
                totalQuantity=step["quantity"],
                orderType=step["kind"],
                tif=step["tif"],
                lmtPrice=step["price"],
                auxPrice=step["stop"] if step["kind"] != "TRAIL" else 2,
                ocaGroup=step["group"],
                ocaType=step["oca_type"],
                parentId=0 if parent is None else parent.order_id,
                transmit=int(step["transmit"]),
            ),
        )

    def bracket(self, step: dict[str, Any]) -> None:
        common = {"tif": "GTC", "quantity": step["quantity"], "group": "", "oca_type": 3}
        entry = {"action": "BUY", "kind": step["kind"], "price": step["price"], "stop": 0, "parent": None}
        self.place({**common, **entry, "transmit": False})
        profit = {"action": "SELL", "kind": "LMT", "price": 104, "stop": 0, "parent": 0, "transmit": False}
        loss = {"action": "SELL", "kind": "STP", "price": 0, "stop": 96, "parent": 1, "transmit": True}
        for leg in (profit, loss):
            self.place({**common, **leg})

    def cancel(self, step: dict[str, Any]) -> None:
        known = self.known(step["order"])
        self.terminal.desk.cancel(1, 99 if known is None else known.order_id)

    def change(self, step: dict[str, Any]) -> None:
        known = self.known(step["order"])
        if known is not None and known.open:
            self.terminal.desk.place(1, self.changed(known, totalQuantity=step["quantity"], lmtPrice=step["price"]))

    def split(self, step: dict[str, Any]) -> None:
        known = self.known(step["order"])
        if known is not None and known.open and known.transmitted:
            self.terminal.desk.split(1, self.changed(known, lmtPrice=step["price"]))

    def fill(self, step: dict[str, Any]) -> None:
        known = self.known(step["order"])
        if known is not None and known.transmitted and known.remaining >= 1:
            self.terminal.script.fill(known, Decimal(1), Decimal(100))

    def changed(self, known: TwsOrder, **fields: Any) -> Ticket:
        texts = {**known.ticket.fields, **{k: str(v) for k, v in fields.items()}, "transmit": "1"}
        return Ticket(order_id=known.order_id, query=AAPL, fields=texts)


@given(steps=st.lists(STEPS, min_size=6, max_size=30))
@settings(deadline=None, max_examples=150)
def test_orders_executions_positions_and_the_exchange_agree(steps: list[dict[str, Any]]) -> None:
    market = Market()
    state, told = market.state, Counter[str]()

    def tell(_: TwsOrder, name: str, encode: Callable[[int], list[str]]) -> None:
        assert encode(178)
        told[name] += 1

    state.tell = tell
    for step in steps:
        market.do(step)
        counterparts = Counter(order.permanent_id for order in state.by_exchange.values())
        held = Decimal(0)
        for order in state.orders.values():
            executed = sum((e.quantity for e in state.executions if e.order is order), Decimal(0))
            held += executed if order.buying else -executed
            assert executed == order.filled <= order.quantity
            assert (order.remaining == 0) <= (not order.open)
            resting = order.open and order.transmitted and not order.waiting
            assert counterparts[order.permanent_id] == resting, order
        assert set(state.by_exchange) == {
            report.broker_client_order_id for side in "BS" for report in state.exchange.open_orders("DU1234567" + side)
        }
        holding = state.books["DU1234567"].holdings.get(265598)
        assert held == (Decimal(0) if holding is None else holding.quantity)
    assert market.refused <= {103, 104, 105, 135, 161, 201, 10147, 10148}
    assert told["execDetails"] == len(state.executions)
