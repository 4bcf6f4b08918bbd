"""What trading costs: commissions, and slippage against the taker."""

from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from msgspec import Struct

from brokerwire_server.domain.decimals import ZERO

_CENT = Decimal("0.01")
_TEN_THOUSAND = Decimal(10_000)


class Commission(Struct, frozen=True, kw_only=True):
    """A commission schedule. All parts add up, then `minimum` and `maximum` (0: none) bound the sum per order."""

    per_order: Decimal = ZERO
    per_share: Decimal = ZERO
    basis_points: Decimal = ZERO
    minimum: Decimal = ZERO
    maximum: Decimal = ZERO

    @property
    def free(self) -> bool:
        """Whether nothing is ever charged."""
        return not (self.per_order or self.per_share or self.basis_points or self.minimum)

    def total(self, quantity: Decimal, value: Decimal) -> Decimal:
        """Return what an order costs once `quantity` units worth `value` are filled, in whole cents (half-even).

        It never falls as an order fills, so a fill is charged the difference to what was charged before.
        """
        if self.free:
            return ZERO
        amount = self.per_order + self.per_share * quantity + self.basis_points * value / _TEN_THOUSAND
        amount = max(amount, self.minimum)
        if self.maximum:
            amount = min(amount, self.maximum)
        return amount.quantize(_CENT)


class Slippage(Struct, frozen=True, kw_only=True):
    """How much worse than the displayed quote an order that takes is executed; both parts add up."""

    basis_points: Decimal = ZERO
    ticks: Decimal = ZERO

    def price(self, quoted: Decimal, limit: Decimal | None, tick: Decimal, *, buying: bool) -> Decimal:
        """Return the execution price: the quote moved against the taker to a whole tick, never beyond `limit`."""
        if not (self.basis_points or self.ticks):
            return quoted
        slip = quoted * self.basis_points / _TEN_THOUSAND + self.ticks * tick
        raw = quoted + slip if buying else quoted - slip
        steps = (raw / tick).to_integral_value(ROUND_CEILING if buying else ROUND_FLOOR)
        price = max(steps * tick, tick)
        price = max(price, quoted) if buying else min(price, quoted)
        if limit is None:
            return price
        return min(price, limit) if buying else max(price, limit)


class Rules(Struct, frozen=True, kw_only=True):
    """The house rules of a simulated broker. Rates are fractions of market value.

    `multiplier` is the leverage of margin accounts on long positions (2: Regulation T's 50 %). A short sale needs 150 %
    of its value: its proceeds, and `short_initial` on top. A market order reserves the quote plus `market_buffer`.
    """

    commission: Commission = Commission()
    slippage: Slippage = Slippage()
    multiplier: Decimal = Decimal(2)
    short_initial: Decimal = Decimal("0.5")
    long_maintenance: Decimal = Decimal("0.25")
    short_maintenance: Decimal = Decimal("0.30")
    market_buffer: Decimal = Decimal("0.02")
    minimum_quantity: Decimal = Decimal("0.001")
    quantity_increment: Decimal = Decimal("0.001")
    maximum_quantity: Decimal = Decimal(10_000_000)
    maximum_price: Decimal = Decimal(10_000_000)
    fills_kept: int = 10_000
    ended_orders_kept: int = 10_000
