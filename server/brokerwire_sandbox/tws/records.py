"""Orders and executions as the sandbox remembers them."""

from decimal import Decimal
from enum import StrEnum

from msgspec import Struct

from brokerwire_sandbox.tws.contracts import Contract
from brokerwire_sandbox.tws.tickets import Ticket
from brokerwire_server.domain.decimals import ZERO, divide


class Status(StrEnum):
    """The service's statuses that come over the wire (libraries add their own)."""

    PRE_SUBMITTED = "PreSubmitted"
    SUBMITTED = "Submitted"
    PENDING_CANCEL = "PendingCancel"
    CANCELLED = "Cancelled"
    FILLED = "Filled"
    INACTIVE = "Inactive"

    @property
    def ended(self) -> bool:
        """Whether nothing more can happen to the order."""
        return self in (Status.CANCELLED, Status.FILLED)


class Execution(Struct, frozen=True, kw_only=True):
    """One execution of an order or of a leg, as told: a correction is another one, with the next suffix."""

    execution_id: str
    order: "TwsOrder"
    contract: Contract
    buying: bool
    quantity: Decimal
    price: Decimal
    cumulative: Decimal
    average: Decimal
    time: int
    commission: Decimal
    realized: Decimal | None
    liquidity: int

    @property
    def root(self) -> str:
        """The id without the suffix that counts corrections."""
        return self.execution_id.rpartition(".")[0]


class TwsOrder(Struct, kw_only=True):
    """One order. Mutable, owned by the state.

    `order_id` is the client's (0: placed by hand and not bound). `quantity` is the total, which OCA groups reduce;
    `generation` counts the orders at the simulated exchange that stood for it. `transmitted` is false while the client
    holds it back; `waiting` while its parent is not filled. `locating` while the shares to
    sell short are not found. `twin` is an older order under the same order id. `echoed_price` is a limit price that the
    terminal shows though nobody set one.
    """

    permanent_id: int
    client_id: int
    order_id: int
    account: str
    contract: Contract
    ticket: Ticket
    quantity: Decimal
    status: Status = Status.PRE_SUBMITTED
    filled: Decimal = ZERO
    cost: Decimal = ZERO
    commission: Decimal | None = None
    last_price: Decimal = ZERO
    stop: Decimal | None = None
    triggered: bool = False
    parent: "TwsOrder | None" = None
    twin: "TwsOrder | None" = None
    children: "list[TwsOrder]" = []
    oca_group: str = ""
    oca_type: int = 3
    generation: int = 0
    transmitted: bool = True
    waiting: bool = False
    dead: bool = False
    locating: bool = False
    echoed_price: Decimal | None = None
    create_time: int = 0
    end_time: int = 0
    end_text: str = ""

    @property
    def buying(self) -> bool:
        """Whether it adds to the position."""
        return self.ticket.text("action") == "BUY"

    @property
    def open(self) -> bool:
        """Whether it may still be executed. An inactive order is held and can come to life, unless it is `dead`."""
        return not (self.status.ended or self.dead)

    @property
    def remaining(self) -> Decimal:
        """What is not filled, also of an order that has ended."""
        return self.quantity - self.filled

    @property
    def average(self) -> Decimal:
        """The mean price of what is filled."""
        return divide(self.cost, self.filled) if self.filled else ZERO

    @property
    def type(self) -> str:
        """The order type as ordered."""
        return self.ticket.text("orderType")

    @property
    def stopping(self) -> bool:
        """Whether it waits for a stop to be reached."""
        return self.type in ("STP", "STP LMT", "TRAIL") and not self.triggered

    @property
    def why_held(self) -> str:
        """Why it does not work, in the service's words."""
        if not self.open or self.status is not Status.PRE_SUBMITTED:
            return ""
        return ",".join(["child"] * self.waiting + ["locate"] * self.locating + ["trigger"] * self.stopping)

    @property
    def exchange_id(self) -> str:
        """The name of its present counterpart at the simulated exchange."""
        return f"{self.permanent_id}-{self.generation}"
