"""Fills: executions, and the busts and corrections that refer to them."""

from decimal import Decimal
from enum import StrEnum

from msgspec import Struct

from brokerwire_server.domain.decimals import ZERO
from brokerwire_server.domain.instruments import Instrument
from brokerwire_server.domain.orders import Side


class FillKind(StrEnum):
    """Whether this is an execution, its annulment, or its corrected terms."""

    NORMAL = "NORMAL"
    BUST = "BUST"
    CORRECTION = "CORRECTION"


class FillSource(StrEnum):
    """How the gateway learned of the fill."""

    PUSH = "PUSH"
    POLL = "POLL"
    RECONCILED = "RECONCILED"
    DERIVED = "DERIVED"


class Liquidity(StrEnum):
    """Whether the order rested, took, or met in an auction."""

    UNKNOWN = "UNKNOWN"
    MAKER = "MAKER"
    TAKER = "TAKER"
    AUCTION = "AUCTION"


class Fill(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One execution of an order.

    `fill_id` is stable: broker, account, the broker's execution id and its revision. `quantity` is positive, in units;
    `price` per unit; `execution_time` is the broker's, `received_time` the gateway's. A bust carries the quantity and
    price it annuls, a correction the new ones; both name the earlier fill in `refers_to_fill_id`.
    """

    fill_id: str
    order_id: str
    account_id: str
    execution_id: str
    instrument: Instrument
    side: Side
    quantity: Decimal
    price: Decimal
    commission: Decimal = ZERO
    kind: FillKind = FillKind.NORMAL
    refers_to_fill_id: str = ""
    source: FillSource = FillSource.PUSH
    liquidity: Liquidity = Liquidity.UNKNOWN
    venue: str = ""
    late: bool = False
    broker_order_id: str = ""
    client_order_id: str = ""
    execution_time: int = 0
    received_time: int = 0

    @property
    def signed_quantity(self) -> Decimal:
        """Quantity with the side's sign."""
        return self.quantity if self.side.sign > 0 else -self.quantity
