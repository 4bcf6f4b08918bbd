"""What the broker says about orders, as it says it: one record per message, numbers exact, times still text.

`contract` is the library's `Contract`, its strike a `Decimal`. A number is `None` where the broker says that it is
unset.
"""

from decimal import Decimal
from typing import Any

from msgspec import Struct

from brokerwire_server.domain.decimals import ZERO


class OrderTermsRow(Struct, frozen=True, kw_only=True):
    """What openOrder and completedOrder have in common. Prices that the order's type has no use for mean nothing."""

    contract: Any
    perm_id: int
    account: str
    order_ref: str
    action: str
    quantity: Decimal
    type: str
    limit_price: Decimal | None
    aux_price: Decimal | None
    trail_stop_price: Decimal | None
    trailing_percent: Decimal | None
    tif: str
    outside_rth: bool
    oca_group: str
    status: str
    cash_quantity: Decimal | None = None


class OpenOrder(OrderTermsRow, frozen=True, kw_only=True):
    """An order that stands at the broker, or the answer to a what-if. Margins and commission are in text's currency."""

    order_id: int
    client_id: int
    parent_id: int = 0
    what_if: bool = False
    initial_margin_before: Decimal | None = None
    maintenance_margin_before: Decimal | None = None
    equity_with_loan_before: Decimal | None = None
    initial_margin_change: Decimal | None = None
    maintenance_margin_change: Decimal | None = None
    equity_with_loan_change: Decimal | None = None
    initial_margin_after: Decimal | None = None
    maintenance_margin_after: Decimal | None = None
    equity_with_loan_after: Decimal | None = None
    commission: Decimal | None = None
    minimum_commission: Decimal | None = None
    maximum_commission: Decimal | None = None
    commission_currency: str = ""
    warning: str = ""


class CompletedOrder(OrderTermsRow, frozen=True, kw_only=True):
    """An order that has ended. `quantity` is 0 for one that was filled: `filled` counts."""

    filled: Decimal
    completed_time: str
    completed_status: str


class OrderStatus(Struct, frozen=True, kw_only=True):
    """The status of an order, and how much of it is filled."""

    order_id: int
    status: str
    filled: Decimal
    remaining: Decimal
    average_price: Decimal | None
    perm_id: int
    parent_id: int
    client_id: int
    why_held: str


class Execution(Struct, frozen=True, kw_only=True):
    """One execution. `time` is text, in one of the broker's forms. `side` is BOT or SLD."""

    order_id: int
    contract: Any
    execution_id: str
    time: str
    account: str
    exchange: str
    side: str
    shares: Decimal
    price: Decimal
    perm_id: int
    client_id: int
    cumulative: Decimal = ZERO
    order_ref: str = ""
    liquidity: int = 0


class Commission(Struct, frozen=True, kw_only=True):
    """What an execution cost; `amount` is `None` where the broker does not say (yet)."""

    execution_id: str
    amount: Decimal | None
    currency: str
    realized: Decimal | None
