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


class Amendments:
    """Which version of an execution counts, whatever the order in which its busts and corrections arrive.

    Amendments may name the execution or an earlier amendment of it; the one that the broker made last counts.
    """

    __slots__ = ("_latest", "_roots")

    def __init__(self) -> None:
        """Start with none."""
        self._roots: dict[str, str] = {}
        self._latest: dict[str, Fill] = {}

    def add(self, fill: Fill) -> str:
        """Take in a bust or correction and return the id of the execution that it amends, as far as is known."""
        root = self.root(fill.refers_to_fill_id)
        self._roots[fill.fill_id] = root
        self._offer(root, fill)
        # What amended this amendment came before it, and waits under its id.
        waiting = self._latest.pop(fill.fill_id, None)
        if waiting is not None:
            self._offer(root, waiting)
        return root

    def root(self, fill_id: str) -> str:
        """Return the id of the execution that a fill id belongs to."""
        while (above := self._roots.get(fill_id)) is not None:
            fill_id = above
        return fill_id

    def latest(self, fill_id: str) -> Fill | None:
        """Return the amendment that counts for an execution, or `None` where it stands as it was."""
        return self._latest.get(fill_id)

    def _offer(self, root: str, fill: Fill) -> None:
        known = self._latest.get(root)
        if known is None or (fill.execution_time, fill.fill_id) > (known.execution_time, known.fill_id):
            self._latest[root] = fill
