"""Orders and executions as Alpaca keeps them, and their JSON."""

from decimal import Decimal
from typing import Any

from msgspec import Struct

from brokerwire_sandbox.alpaca.assets import Asset
from brokerwire_sandbox.alpaca.formats import nine, number, optional_time, rfc3339
from brokerwire_sandbox.alpaca.requests import Terms
from brokerwire_server.domain.decimals import ZERO

TERMINAL = frozenset({"filled", "canceled", "expired", "replaced", "rejected"})
PENDING = frozenset({"pending_new", "pending_cancel", "pending_replace"})
NIL_UUID = "00000000-0000-0000-0000-000000000000"


class Execution(Struct, kw_only=True):
    """One execution, bust or correction. `quantity` is positive; `kind` is fill, bust or correct."""

    id: str
    activity_id: str
    order: "OrderRecord"
    asset: Asset
    side: str
    quantity: Decimal
    price: Decimal
    cumulative: Decimal
    leaves: Decimal
    position_quantity: Decimal
    time: int
    final: bool
    status: str
    kind: str = "fill"
    previous: str = ""
    busted: bool = False
    exchange_id: str = ""


class OrderRecord:
    """One order at Alpaca, with an id of its own: a replacement is another one, and so is each leg.

    `chain` names the order in the exchange, which a replacement takes over. `target` is the quantity at which it is
    filled (a notional order gets it with its first execution). `fate` is the status in which the next end at the
    exchange shows, where a script chose it. Times are nanoseconds, 0 for never.
    """

    __slots__ = (
        "asset",
        "cancel_requested_at",
        "canceled_at",
        "chain",
        "client_order_id",
        "created_at",
        "executions",
        "expired_at",
        "expires_at",
        "external",
        "failed_at",
        "fate",
        "filled",
        "filled_at",
        "filled_cost",
        "hwm",
        "id",
        "intent",
        "legs",
        "parent",
        "ratio",
        "reason",
        "replaced_at",
        "replaced_by",
        "replaces",
        "role",
        "sequence",
        "side",
        "status",
        "submitted_at",
        "target",
        "terms",
        "updated_at",
    )

    def __init__(
        self,
        *,
        order_id: str,
        client_order_id: str,
        asset: Asset | None,
        side: str,
        terms: Terms,
        time: int,
        sequence: int,
    ) -> None:
        """Begin in `pending_new` at `time`."""
        self.id = order_id
        self.chain = order_id
        self.client_order_id = client_order_id
        self.asset = asset
        self.side = side
        self.terms = terms
        self.intent = ""
        self.status = "pending_new"
        self.sequence = sequence
        self.created_at = self.updated_at = self.submitted_at = time
        self.filled_at = self.expired_at = self.canceled_at = self.failed_at = self.replaced_at = 0
        self.cancel_requested_at = self.expires_at = 0
        self.replaced_by = self.replaces = ""
        self.target = terms.quantity
        self.filled = ZERO
        self.filled_cost = ZERO
        self.hwm: Decimal | None = None
        self.legs: list[OrderRecord] = []
        self.parent: OrderRecord | None = None
        self.role = ""
        self.ratio: Decimal | None = None
        self.external = False
        self.reason = ""
        self.fate = ""
        self.executions: list[Execution] = []

    @property
    def terminal(self) -> bool:
        """Whether nothing more is expected."""
        return self.status in TERMINAL

    @property
    def symbol(self) -> str:
        """The symbol in orders, empty for the parent of a multi-leg order."""
        return "" if self.asset is None else self.asset.symbol

    @property
    def average(self) -> Decimal | None:
        """Average price of what is filled."""
        return self.filled_cost / self.filled if self.filled else None

    @property
    def working_status(self) -> str:
        """The status of a live order that nothing is pending for."""
        return "partially_filled" if self.filled else "new"

    def rest_json(self, *, nested: bool = True) -> dict[str, Any]:
        """Return the order as REST shows it; `nested` shows legs inside."""
        body = _common(self)
        body["legs"] = [leg.rest_json() for leg in self.legs] if nested and self.legs else None
        body["subtag"] = body["source"] = None
        if self.expires_at:
            body["expires_at"] = rfc3339(self.expires_at)
        return body

    def event_json(self) -> dict[str, Any]:
        """Return the order as the stream shows it: with `cancel_requested_at`, without `subtag` and `source`."""
        body = _common(self)
        body["cancel_requested_at"] = optional_time(self.cancel_requested_at)
        body["legs"] = [leg.event_json() for leg in self.legs] if self.legs else None
        if self.expires_at:
            body["expires_at"] = rfc3339(self.expires_at)
        return body


def _common(record: OrderRecord) -> dict[str, Any]:
    terms, asset, average = record.terms, record.asset, record.average
    kind = "" if record.ratio is not None else terms.type
    body: dict[str, Any] = {
        "id": record.id,
        "client_order_id": record.client_order_id,
        "created_at": rfc3339(record.created_at),
        "updated_at": rfc3339(record.updated_at),
        "submitted_at": rfc3339(record.submitted_at),
        "filled_at": optional_time(record.filled_at),
        "expired_at": optional_time(record.expired_at),
        "canceled_at": optional_time(record.canceled_at),
        "failed_at": optional_time(record.failed_at),
        "replaced_at": optional_time(record.replaced_at),
        "replaced_by": record.replaced_by or None,
        "replaces": record.replaces or None,
        "asset_id": asset.id if asset else "",
        "symbol": record.symbol,
        "asset_class": asset.asset_class if asset else "",
        "notional": number(terms.notional),
        "qty": number(terms.quantity),
        "filled_qty": number(record.filled),
        "filled_avg_price": None if average is None else nine(average),
        "order_class": terms.order_class,
        "order_type": kind,
        "type": kind,
        "side": record.side,
        "time_in_force": terms.time_in_force,
        "limit_price": number(terms.limit_price),
        "stop_price": number(terms.stop_price),
        "status": record.status,
        "extended_hours": terms.extended_hours,
        "trail_percent": number(terms.trail_percent),
        "trail_price": number(terms.trail_price),
        "hwm": number(record.hwm),
    }
    if record.intent:
        body["position_intent"] = record.intent
    if record.ratio is not None:
        body["ratio_qty"] = number(record.ratio)
    return body
