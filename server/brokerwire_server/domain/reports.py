"""Reports: what a broker says happened. Adapters make them, the reducer turns them into state.

A report names its order by `broker_client_order_id` (our id, echoed) or `broker_order_id`; at least one is set.
Reports may arrive late, twice or in any order. `time` is the broker's, in nanoseconds; 0 where it gives none.
`payload_id` names the raw message that it was made from, where that is kept.
"""

from decimal import Decimal

from msgspec import Struct

from brokerwire_server.domain.accounts import Account, AccountState, Activity
from brokerwire_server.domain.connections import LinkState
from brokerwire_server.domain.decimals import ZERO
from brokerwire_server.domain.fills import FillKind, FillSource, Liquidity
from brokerwire_server.domain.instruments import Instrument
from brokerwire_server.domain.orders import OrderRequest, OrderState, OrderTerms, PendingAction, Side, StateReason


class Report(Struct, frozen=True, kw_only=True, omit_defaults=True, tag=True):
    """Base of the reports about one order."""

    account_id: str
    broker_client_order_id: str = ""
    broker_order_id: str = ""
    time: int = 0
    payload_id: str = ""


class StatusReport(Report, frozen=True, kw_only=True, omit_defaults=True):
    """The broker's status of an order. `state` is never PARTIALLY_FILLED or FILLED: those follow from the fills.

    `quantity` is set where the broker sized a notional order. `cumulative_quantity` is what the broker says is filled:
    a hint that fills are missing, never a fill. `terms` describes an order that the gateway has not placed. `pending`
    is the cancel or replace that the broker says it is working on.
    """

    state: OrderState
    reason: StateReason = StateReason.NONE
    broker_status: str = ""
    message: str = ""
    quantity: Decimal | None = None
    cumulative_quantity: Decimal | None = None
    terms: OrderRequest | None = None
    pending: PendingAction = PendingAction.NONE


class FillReport(Report, frozen=True, kw_only=True, omit_defaults=True):
    """One execution, bust or correction. `execution_id` is unique at the broker within the account."""

    execution_id: str
    instrument: Instrument
    side: Side
    quantity: Decimal
    price: Decimal
    commission: Decimal = ZERO
    kind: FillKind = FillKind.NORMAL
    refers_to_execution_id: str = ""
    source: FillSource = FillSource.PUSH
    liquidity: Liquidity = Liquidity.UNKNOWN
    venue: str = ""


class CancelRejectedReport(Report, frozen=True, kw_only=True, omit_defaults=True):
    """The broker refused a cancel: the order goes on as it was."""

    action_id: str = ""
    message: str = ""


class ReplaceRejectedReport(Report, frozen=True, kw_only=True, omit_defaults=True):
    """The broker refused a replace: the order goes on with its old terms."""

    action_id: str = ""
    message: str = ""


class ReplacedReport(Report, frozen=True, kw_only=True, omit_defaults=True):
    """The order has new terms. `revision` grows with each replace of the order at the broker."""

    terms: OrderTerms
    revision: int
    action_id: str = ""


class TriggeredReport(Report, frozen=True, kw_only=True, omit_defaults=True):
    """The stop of the order was reached: it is in the market now."""


class RestatedReport(Report, frozen=True, kw_only=True, omit_defaults=True):
    """The broker moved a price of the order by its own rules: a trailing stop followed the market."""

    stop_price: Decimal


class AccountReport(Struct, frozen=True, kw_only=True, tag=True):
    """The broker's balances of an account, as a whole."""

    account: AccountState


class CashReport(Struct, frozen=True, kw_only=True, tag=True):
    """A movement of cash or shares that is not a fill: deposit, fee, dividend, split."""

    activity: Activity


class LinkReport(Struct, frozen=True, kw_only=True, omit_defaults=True, tag=True):
    """The state of the link to the broker. After DOWN, an UP makes the engine sweep for what it missed."""

    connection_id: str
    state: LinkState
    detail: str = ""
    time: int = 0


class AccountsReport(Struct, frozen=True, kw_only=True, tag=True):
    """The accounts that a connection reaches, where they became known, or changed, after the adapter had started."""

    connection_id: str
    accounts: tuple[Account, ...]


OrderReport = (
    StatusReport
    | FillReport
    | CancelRejectedReport
    | ReplaceRejectedReport
    | ReplacedReport
    | TriggeredReport
    | RestatedReport
)
AnyReport = OrderReport | AccountReport | AccountsReport | CashReport | LinkReport
