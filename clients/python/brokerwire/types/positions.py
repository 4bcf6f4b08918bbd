"""What accounts hold."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from brokerwire.types._base import Record
from brokerwire.types._trading_enums import PositionSide
from brokerwire.types.values import Instrument

__all__ = ["Position", "PositionEvent"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Position(Record):
    """What an account holds of one instrument. Absolute; amounts are None while no price is known."""

    account_id: str
    instrument: Instrument
    side: PositionSide
    quantity: Decimal
    """Units; below zero for a short position."""
    available_quantity: Decimal | None
    average_cost: Decimal | None
    cost_basis: Decimal | None
    current_price: Decimal | None
    market_value: Decimal | None
    unrealized_profit_loss: Decimal | None
    unrealized_profit_loss_percent: Decimal | None
    realized_profit_loss: Decimal | None
    day_profit_loss: Decimal | None
    day_profit_loss_percent: Decimal | None
    sequence: int
    closed: bool
    currency_code: str
    update_time: datetime | None
    price_time: datetime | None
    broker: str

    @property
    def symbol(self) -> str:
        """The gateway symbol."""
        return self.instrument.symbol


@dataclass(frozen=True, slots=True, kw_only=True)
class PositionEvent(Record):
    """A change of a position."""

    account_id: str
    sequence: int
    position: Position
    """The whole position after it."""
    conflated: bool
    """True if earlier changes were skipped because the reader was slow."""
    time: datetime | None
    fill_id: str
