"""What holds whatever happens: sizes, prices, cash, groups, repeatability."""

from collections.abc import Sequence
from decimal import Decimal
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from brokerwire_server.domain.accounts import AccountType
from brokerwire_server.domain.fills import Fill
from brokerwire_server.domain.market import Quote
from brokerwire_server.domain.orders import Order, OrderTerms, Side, TimeInForce
from brokerwire_server.domain.reducer import Ignored, add_fill, reduce
from brokerwire_server.domain.reports import AnyReport, CashReport, FillReport
from brokerwire_server.simulator import Commission, Rules, Slippage
from tests.unit.simulator.market import HOUR, Market, make_account, make_bracket, make_order

prices = st.integers(9000, 11000).map(lambda cents: Decimal(cents) / 100)
quantities = st.integers(1, 300_000).map(lambda thousandths: Decimal(thousandths) / 1000)
sizes = st.integers(0, 400).map(Decimal)
quote_steps = st.tuples(st.just("quote"), prices, st.integers(0, 50), sizes, st.booleans())
order_steps = st.tuples(
    st.just("order"),
    st.sampled_from(list(Side)),
    quantities,
    st.sampled_from(["market", "limit", "stop", "stop_limit", "trail", "notional"]),
    prices,
    st.sampled_from(list(TimeInForce)),
)
bracket_steps = st.tuples(st.just("bracket"), st.sampled_from([Side.BUY, Side.SELL_SHORT]), quantities)
change_steps = st.tuples(st.sampled_from(["cancel", "replace"]), st.integers(0, 30), prices, quantities)
time_steps = st.tuples(st.just("time"), st.integers(1, 30))
steps = st.lists(st.one_of(quote_steps, quote_steps, order_steps, order_steps, bracket_steps, change_steps, time_steps))

RULES = Rules(
    commission=Commission(per_share=Decimal("0.005"), minimum=Decimal("0.35"), maximum=Decimal(5)),
    slippage=Slippage(basis_points=Decimal(3)),
)


class Run:
    """Plays steps on a market and watches every fill against the quote of its moment."""

    def __init__(self, type_: AccountType) -> None:
        self.market = Market(rules=RULES, type_=type_)
        self.ids: list[str] = []
        self.orders: dict[str, Order] = {}
        self.groups: list[tuple[str, str, str]] = []
        self.deposits = Decimal(100_000)
        self._taken = 0

    def play(self, script: list) -> None:
        quote = Quote(symbol="XYZ")
        used = {True: Decimal(0), False: Decimal(0)}
        for number, step in enumerate(script):
            match step:
                case ("quote", bid, spread, size, traded):
                    ask = bid + Decimal(spread) / 100
                    last = bid if traded else 0
                    quote = Quote(symbol="XYZ", bid=bid, bid_size=size, ask=ask, ask_size=size)
                    used = {True: Decimal(0), False: Decimal(0)}
                    self.market.quote(bid, ask, size, last=last)
                case ("order", side, quantity, kind, price, tif):
                    self._order(f"n{number}", side, quantity, kind, price, tif)
                case ("bracket", side, quantity):
                    self._bracket(side, quantity)
                case ("cancel", index, _, _) if self.ids:
                    self.market.exchange.cancel("paper", self.ids[index % len(self.ids)])
                case ("replace", index, price, quantity) if self.ids:
                    order_id = self.ids[index % len(self.ids)]
                    self.market.exchange.replace("paper", order_id, OrderTerms(limit_price=price))
                    self.market.exchange.replace("paper", order_id, OrderTerms(quantity=quantity))
                case ("time", hours):
                    self.market.exchange.advance(self.market.exchange.now + hours * HOUR)
            self._watch(quote, used)
            self._balance()

    def _order(self, order_id: str, side: Side, quantity: Decimal, kind: str, price: Decimal, tif: TimeInForce) -> None:
        terms: dict[str, object] = {"time_in_force": tif}
        if "limit" in kind:
            terms["limit_price"] = price
        if "stop" in kind:
            terms["stop_price"] = price
        if kind == "trail":
            terms["trail_amount"] = 2
        if kind == "notional":
            terms["notional"] = price * 10
        order = make_order(order_id, side, None if kind == "notional" else quantity, **terms)
        if self.market.exchange.submit([order]) is None:
            self._keep(order)

    def _bracket(self, side: Side, quantity: Decimal) -> None:
        take, stop = (105, 95) if side is Side.BUY else (95, 105)
        group = make_bracket(quantity, take, stop, side=side)
        if "entry" not in self.orders and self.market.exchange.submit(group) is None:
            self.groups.append(("entry", "take", "stop"))
            for order in group:
                self._keep(order)

    def _keep(self, order: Order) -> None:
        self.ids.append(order.broker_client_order_id)
        self.orders[order.broker_client_order_id] = order

    def fold(self, reports: Sequence[AnyReport]) -> dict[str, Order]:
        """Return the orders as the gateway's reducer sees them after `reports`."""
        orders = dict(self.orders)
        for report in reports:
            if isinstance(report, FillReport):
                order = orders[report.broker_client_order_id]
                orders[report.broker_client_order_id] = add_fill(order, _fill(order, report))
            elif not isinstance(report, CashReport):
                order_id = report.broker_client_order_id  # type: ignore[union-attr]
                after = reduce(orders[order_id], report)  # type: ignore[arg-type]
                orders[order_id] = orders[order_id] if isinstance(after, Ignored) else after
        return orders

    def _watch(self, quote: Quote, used: dict[bool, Decimal]) -> None:
        """No fill is better than the quote, all fills together are within its size."""
        for report in self.market.reports[self._taken :]:
            if isinstance(report, FillReport):
                buying = report.side.sign > 0
                used[buying] += report.quantity
                assert report.price >= quote.ask > 0 if buying else report.price <= quote.bid
                assert report.quantity > 0
        self._taken = len(self.market.reports)
        assert used[True] <= quote.ask_size
        assert used[False] <= quote.bid_size

    def _balance(self) -> None:
        fills = self.market.fill_reports()
        value = sum((f.quantity * f.price * -f.side.sign - f.commission for f in fills), Decimal(0))
        ledger = self.market.ledger
        assert ledger.cash == self.deposits + value
        assert ledger.held("XYZ") == sum((f.quantity * f.side.sign for f in fills), Decimal(0))
        for entry, take, stop in self.groups:
            exited = self.market.filled(take) + self.market.filled(stop)
            assert exited <= self.market.filled(entry)
        assert ledger.reserved == sum((w.reserved for w in ledger.orders.values() if not w.closing), Decimal(0))
        assert ledger.closing.get("XYZ", Decimal(0)) >= 0
        if not ledger.orders:
            assert ledger.reserved == 0
            assert ledger.closing.get("XYZ", Decimal(0)) == 0


@settings(max_examples=150, deadline=None)
@given(steps, st.sampled_from([AccountType.MARGIN, AccountType.CASH]))
def test_fills_keep_to_the_quote_and_money_is_conserved(script: list, type_: AccountType) -> None:
    Run(type_).play(script)


@settings(max_examples=60, deadline=None)
@given(steps)
def test_the_same_calls_bring_about_the_same_reports(script: list) -> None:
    first, second = Run(AccountType.MARGIN), Run(AccountType.MARGIN)
    first.play(script)
    second.play(script)
    assert first.market.reports == second.market.reports


@settings(max_examples=100, deadline=None)
@given(steps)
def test_no_order_fills_beyond_its_quantity_and_limits_are_kept(script: list) -> None:
    run = Run(AccountType.MARGIN)
    run.play([step for step in script if step[0] != "replace"])
    for order_id, order in run.orders.items():
        if order.quantity is not None:
            assert run.market.filled(order_id) <= order.quantity
        if order.limit_price is not None:
            for _, price in run.market.fills(order_id):
                assert price <= order.limit_price if order.side.sign > 0 else price >= order.limit_price


@settings(max_examples=100, deadline=None)
@given(steps, st.integers(0, 1000))
def test_the_gateway_ends_where_the_exchange_stands_in_whatever_order_reports_come(script: list, seed: int) -> None:
    run = Run(AccountType.MARGIN)
    run.play(script)
    reports = list(run.market.reports)
    in_order = run.fold(reports)
    Random(seed).shuffle(reports)
    shuffled = run.fold(reports)
    for order_id, order in in_order.items():
        other = shuffled[order_id]
        assert (order.state, order.quantity, order.limit_price) == (other.state, other.quantity, other.limit_price)
        working = run.market.exchange.working("paper", order_id)
        assert order.terminal is (working is None)
        if working is not None:
            seen = (order.filled_quantity, order.quantity, order.limit_price, order.stop_price, order.triggered)
            assert seen == (working.filled, working.quantity, working.limit, working.stop, working.triggered)


@settings(max_examples=100, deadline=None)
@given(steps)
def test_a_restart_at_any_moment_leaves_every_order_as_it_was(script: list) -> None:
    before = Run(AccountType.MARGIN)
    before.play(script)
    ledger = before.market.ledger
    after = Market(rules=RULES, start=before.market.exchange.now)
    after.exchange.restore(
        make_account(),
        cash=ledger.cash,
        positions=[p for p in ledger.positions.values() if not p.closed],
        open_orders=[o for o in before.fold(before.market.reports).values() if not o.terminal],
        activities=[],
    )
    assert after.ledger.orders.keys() == ledger.orders.keys()
    assert after.ledger.closing.get("XYZ", 0) == ledger.closing.get("XYZ", 0)
    for order_id, old in ledger.orders.items():
        new = after.ledger.orders[order_id]
        assert (new.remaining, new.held, new.stop, new.triggered) == (old.remaining, old.held, old.stop, old.triggered)
        assert (new.expire, new.lane is None) == (old.expire, old.lane is None)


def _fill(order: Order, report: FillReport) -> Fill:
    return Fill(
        fill_id=report.execution_id,
        order_id=order.order_id,
        account_id=order.account_id,
        execution_id=report.execution_id,
        instrument=report.instrument,
        side=report.side,
        quantity=report.quantity,
        price=report.price,
        commission=report.commission,
        execution_time=report.time,
    )
