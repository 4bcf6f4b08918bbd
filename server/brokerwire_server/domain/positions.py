"""Positions as a fold over fills: quantity, average cost, realised profit and loss."""

from bisect import insort
from collections.abc import Iterable
from decimal import Decimal

from msgspec import Struct
from msgspec.structs import replace

from brokerwire_server.domain.decimals import HUNDRED, ZERO, divide
from brokerwire_server.domain.fills import Amendments, Fill, FillKind
from brokerwire_server.domain.instruments import Instrument

WINDOW = 128
"""How many of the latest fills of a position can still be reordered, busted or corrected exactly."""


class Position(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Holding of one instrument: `quantity` is negative when short, `average_cost` per unit, always positive.

    Cost and profit include the multiplier; commissions are kept apart and never change the average cost.
    """

    account_id: str
    instrument: Instrument
    quantity: Decimal = ZERO
    average_cost: Decimal = ZERO
    realized_profit_loss: Decimal = ZERO
    commission: Decimal = ZERO
    open_time: int = 0
    update_time: int = 0

    @property
    def closed(self) -> bool:
        """Whether nothing is held any more."""
        return self.quantity == ZERO

    @property
    def cost_basis(self) -> Decimal:
        """What the holding cost (short: what it brought, negative)."""
        return self.quantity * self.average_cost * self.instrument.multiplier


class Valuation(Struct, frozen=True, kw_only=True):
    """A position at a price. Percentages are in percent of the cost basis."""

    position: Position
    price: Decimal
    market_value: Decimal
    unrealized_profit_loss: Decimal
    unrealized_profit_loss_percent: Decimal
    available_quantity: Decimal
    price_time: int = 0


def value_position(position: Position, price: Decimal | None, reserved: Decimal, price_time: int = 0) -> Valuation:
    """Value a position at `price`, or at cost where no price is known; `reserved` units are in closing orders."""
    at = position.average_cost if price is None else price
    market_value = position.quantity * at * position.instrument.multiplier
    profit = market_value - position.cost_basis
    basis = abs(position.cost_basis)
    available = max(abs(position.quantity) - reserved, ZERO)
    return Valuation(
        position=position,
        price=at,
        market_value=market_value,
        unrealized_profit_loss=profit,
        unrealized_profit_loss_percent=divide(profit * HUNDRED, basis) if basis else ZERO,
        available_quantity=available if position.quantity >= 0 else -available,
        price_time=price_time,
    )


def apply_fill(position: Position, fill: Fill) -> Position:
    """Return the position after one execution in sequence."""
    held, change = position.quantity, fill.signed_quantity
    after = held + change
    average, realized = position.average_cost, position.realized_profit_loss
    if held == ZERO or (held > ZERO) == (change > ZERO):
        average = divide(average * abs(held) + fill.price * fill.quantity, abs(after))
    else:
        closing = min(abs(held), fill.quantity)
        gain = (fill.price - average) if held > ZERO else (average - fill.price)
        realized += gain * closing * position.instrument.multiplier
        if after == ZERO:
            average = ZERO
        elif (after > ZERO) != (held > ZERO):
            average = fill.price
    opened = position.open_time if held != ZERO and (after > ZERO) == (held > ZERO) else fill.execution_time
    return replace(
        position,
        quantity=after,
        average_cost=average,
        realized_profit_loss=realized,
        commission=position.commission + fill.commission,
        open_time=opened,
        update_time=max(position.update_time, fill.execution_time),
    )


class PositionLedger:
    """The fold, tolerant of order: the latest `WINDOW` fills are kept sorted by execution time and refolded at need.

    Two ledgers that were given the same fills, in any order, agree. A fill older than the window is folded in at its
    start. Adjustments (splits, reconciled differences) close the window: what came before them stays as it is.
    """

    __slots__ = ("_amendments", "_base", "_fills", "_keys", "position")

    def __init__(self, position: Position) -> None:
        """Start from `position`, which counts as settled history."""
        self.position = position
        self._base = position
        self._fills: dict[tuple[int, str], Fill] = {}
        self._keys: list[tuple[int, str]] = []
        self._amendments = Amendments()

    def apply(self, fill: Fill) -> Position:
        """Fold in a fill, bust or correction that was not folded in before, and return the position after it."""
        if fill.kind is not FillKind.NORMAL:
            self._amendments.add(fill)
            self._refold()
        elif self._amendments.latest(fill.fill_id) is not None:
            self._insert(fill)
            self._refold()
        else:
            key = (fill.execution_time, fill.fill_id)
            in_order = not self._keys or key > self._keys[-1]
            self._insert(fill)
            if in_order:
                self.position = apply_fill(self.position, fill)
            else:
                self._refold()
        self._trim()
        return self.position

    def adjust(self, position: Position) -> None:
        """Set the position by something other than fills (a split, a resolved break)."""
        self.__init__(position)  # type: ignore[misc]

    def _insert(self, fill: Fill) -> None:
        key = (fill.execution_time, fill.fill_id)
        self._fills[key] = fill
        insort(self._keys, key)

    def _refold(self) -> None:
        position = self._base
        for fill in self._live():
            position = apply_fill(position, fill)
        if position.update_time < self.position.update_time:
            position = replace(position, update_time=self.position.update_time)
        self.position = position

    def _live(self) -> Iterable[Fill]:
        """Yield the fills as amended: a busted one is left out, a corrected one has its new terms in its old place."""
        for key in self._keys:
            fill = self._fills[key]
            counts = self._amendments.latest(fill.fill_id)
            if counts is None:
                yield fill
            elif counts.kind is FillKind.CORRECTION:
                yield replace(fill, quantity=counts.quantity, price=counts.price, commission=counts.commission)

    def _trim(self) -> None:
        if len(self._keys) <= WINDOW:
            return
        oldest = self._keys[: -WINDOW // 2]
        live = {(f.execution_time, f.fill_id): f for f in self._live()}
        for key in oldest:
            fill = live.get(key)
            if fill is not None:
                self._base = apply_fill(self._base, fill)
            del self._fills[key]
        del self._keys[: len(oldest)]
