"""What an account holds: cash by currency, positions with their cost, and the values that follow from them."""

from collections.abc import Iterable, Mapping
from decimal import Decimal

from msgspec import Struct
from msgspec.structs import replace

from brokerwire_sandbox.tws.contracts import Contract
from brokerwire_sandbox.tws.margins import Marks, Preview, netted, requirement
from brokerwire_server.domain.decimals import ZERO, divide

_CENT = Decimal("0.01")
LEVERAGE = Decimal(4)


class Holding(Struct, kw_only=True):
    """A position. `cost` is per unit, with the multiplier and, as at the service, with commissions; `paid` without."""

    contract: Contract
    quantity: Decimal = ZERO
    cost: Decimal = ZERO
    paid: Decimal = ZERO
    realized: Decimal = ZERO


class Totals(Struct, frozen=True, kw_only=True):
    """An account in its base currency. `equity` is equity with loan value."""

    liquidation: Decimal
    equity: Decimal
    cash: Decimal
    gross: Decimal
    initial: Decimal
    maintenance: Decimal
    realized: Decimal
    unrealized: Decimal

    @property
    def available(self) -> Decimal:
        """What new positions may tie up."""
        return self.equity - self.initial

    @property
    def excess(self) -> Decimal:
        """What is left above maintenance."""
        return self.equity - self.maintenance


class Books:
    """One account."""

    def __init__(self, account: str, base: str, cash: Decimal, marks: Marks, contracts: Mapping[str, Contract]) -> None:
        """Open with cash; `contracts` are the currency pairs by the currency that they price in `base`."""
        self.account = account
        self.base = base
        self.cash: dict[str, Decimal] = {base: cash}
        self.holdings: dict[int, Holding] = {}
        self._first_cash = cash
        self._marks = marks
        self._pairs = contracts

    def copy(self) -> "Books":
        """Return the account as it stands now; prices go on."""
        twin = Books(self.account, self.base, self._first_cash, self._marks, self._pairs)
        twin.cash = dict(self.cash)
        twin.holdings = {con_id: replace(holding) for con_id, holding in self.holdings.items()}
        return twin

    def clear(self) -> None:
        """Begin again, to be booked anew."""
        self.cash = {self.base: self._first_cash}
        self.holdings = {}

    def book(
        self, contract: Contract, *, buying: bool, quantity: Decimal, price: Decimal, commission: Decimal
    ) -> Decimal | None:
        """Book an execution, and return the profit it realized, less its commission; `None` where it closed nothing."""
        holding = self.holdings.setdefault(contract.con_id, Holding(contract=contract))
        change = quantity if buying else -quantity
        held, unit = holding.quantity, price * contract.factor
        closing = min(abs(held), quantity) if held * change < 0 else ZERO
        gain = (unit - holding.cost) * closing * (1 if held > 0 else -1)
        settled = (unit - holding.paid) * closing * (1 if held > 0 else -1)
        self._average(holding, change, unit, closing, commission)
        self._move_cash(contract, change, price, settled, commission)
        if not closing:
            return None
        realized = gain - commission
        holding.realized += realized
        return realized

    def rate(self, currency: str) -> Decimal:
        """Return what one unit of a currency is worth in the base currency; 1 where no pair says."""
        pair = self._pairs.get(currency)
        return Decimal(1) if currency == self.base or pair is None else self._marks(pair)

    def open(self) -> list[Holding]:
        """Return what is held, by conId."""
        return [holding for _, holding in sorted(self.holdings.items()) if holding.quantity]

    def value(self, holding: Holding) -> Decimal:
        """Return a holding's market value in its currency."""
        return holding.quantity * self._marks(holding.contract) * holding.contract.factor

    def unrealized(self, holding: Holding) -> Decimal:
        """Return a holding's profit so far in its currency."""
        return self.value(holding) - holding.quantity * holding.cost

    def totals(self, changes: Mapping[int, Decimal] | None = None, contracts: Iterable[Contract] = ()) -> Totals:
        """Return the account at the present prices, its margins as if `changes` (by conId) were held on top."""
        cash = sum((amount * self.rate(currency) for currency, amount in self.cash.items()), ZERO)
        market = gross = unrealized = futures = ZERO
        for holding in self.open():
            kind, rate = holding.contract.security, self.rate(holding.contract.currency)
            profit = self.unrealized(holding) * rate
            unrealized += profit
            if kind == "FUT":
                futures += (self.value(holding) - holding.quantity * holding.paid) * rate
            elif kind != "CASH":
                market += self.value(holding) * rate
                gross += abs(self.value(holding)) * rate
        initial, maintenance = self._margins(changes or {}, contracts)
        return Totals(
            liquidation=cash + market + futures,
            equity=cash + market + futures,
            cash=cash,
            gross=gross,
            initial=initial,
            maintenance=maintenance,
            realized=sum((h.realized * self.rate(h.contract.currency) for h in self.holdings.values()), ZERO),
            unrealized=unrealized,
        )

    def preview(
        self, changes: Mapping[int, Decimal], contracts: Iterable[Contract], cost: Decimal, currency: str
    ) -> Preview:
        """Return what holding `changes` on top would do to margins and equity; `cost` is the commission."""
        now, then = self.totals(), self.totals(changes, contracts)
        charged = cost * self.rate(currency)
        before = _cents(now.initial, now.maintenance, now.equity)
        change = _cents(then.initial - now.initial, then.maintenance - now.maintenance, -charged)
        after = _cents(then.initial, then.maintenance, now.equity - charged)
        return Preview(before=before, change=change, after=after, commission=cost, currency=currency)

    def _margins(self, changes: Mapping[int, Decimal], contracts: Iterable[Contract]) -> tuple[Decimal, Decimal]:
        known = {c.con_id: c for c in contracts} | {h.contract.con_id: h.contract for h in self.open()}
        initial = maintenance = ZERO
        for con_id, quantity in netted({h.contract.con_id: h.quantity for h in self.open()}, changes).items():
            contract = known[con_id]
            underlying = self._marks(contract) if contract.security != "OPT" else contract.strike
            first, lasting = requirement(contract, quantity, self._marks(contract), underlying)
            initial += first * self.rate(contract.currency)
            maintenance += lasting * self.rate(contract.currency)
        return initial, maintenance

    @staticmethod
    def _average(holding: Holding, change: Decimal, unit: Decimal, closing: Decimal, commission: Decimal) -> None:
        held, after = holding.quantity, holding.quantity + change
        if not closing:
            holding.cost = divide(holding.cost * held + unit * change + commission, after)
            holding.paid = divide(holding.paid * held + unit * change, after)
        elif after * held < 0:
            holding.cost = holding.paid = unit
        elif not after:
            holding.cost = holding.paid = ZERO
        holding.quantity = after

    def _move_cash(
        self, contract: Contract, change: Decimal, price: Decimal, settled: Decimal, commission: Decimal
    ) -> None:
        currency = contract.currency
        amount = -commission
        if contract.security == "FUT":
            amount += settled
        else:
            amount -= change * price * contract.factor
        self.cash[currency] = self.cash.get(currency, ZERO) + amount
        if contract.security == "CASH":
            self.cash[contract.symbol] = self.cash.get(contract.symbol, ZERO) + change


def _cents(first: Decimal, second: Decimal, third: Decimal) -> tuple[Decimal, Decimal, Decimal]:
    return first.quantize(_CENT), second.quantize(_CENT), third.quantize(_CENT)
