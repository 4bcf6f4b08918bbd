"""What an account can do, as data; requests are checked against it before anything is sent."""

from decimal import Decimal
from enum import StrEnum

from msgspec import Struct

from brokerwire_server.domain.connections import FeedKind, SupportLevel
from brokerwire_server.domain.decimals import ZERO
from brokerwire_server.domain.instruments import AssetClass
from brokerwire_server.domain.orders import OrderClass, OrderType, Side, TimeInForce


class IdempotencyClass(StrEnum):
    """How a broker treats a client id that it has seen before; the engine picks its recovery path from this."""

    FOREVER = "FOREVER"
    WINDOW = "WINDOW"
    OPEN_ORDERS = "OPEN_ORDERS"
    NONE = "NONE"


class ReplaceMode(StrEnum):
    """How a broker changes a working order."""

    IN_PLACE = "IN_PLACE"
    CANCEL_REPLACE = "CANCEL_REPLACE"
    NONE = "NONE"


class FillGranularity(StrEnum):
    """Whether a broker reports executions one by one or only the cumulative quantity."""

    PER_FILL = "PER_FILL"
    CUMULATIVE = "CUMULATIVE"


class Combination(Struct, frozen=True, kw_only=True):
    """A set of order features that go together: each listed type with each listed time in force and class."""

    types: tuple[OrderType, ...]
    times_in_force: tuple[TimeInForce, ...]
    classes: tuple[OrderClass, ...] = (OrderClass.SIMPLE,)
    extended_hours: bool = False
    fractional: bool = False
    notional: bool = False
    source: str = ""


class AssetCapabilities(Struct, frozen=True, kw_only=True):
    """What can be done with one asset class. `quantity_increment` bounds fractional quantities.

    `minimum_notional` is in the account's currency (0: none); `maximum_legs` of a MULTI_LEG order (0: none).
    """

    asset_class: AssetClass
    sides: tuple[Side, ...]
    combinations: tuple[Combination, ...]
    minimum_quantity: Decimal
    quantity_increment: Decimal
    maximum_quantity: Decimal
    minimum_notional: Decimal = ZERO
    maximum_legs: int = 0


class Capabilities(Struct, frozen=True, kw_only=True):
    """What a broker can do for an account. `sources` cites where each fact is documented."""

    broker: str
    assets: tuple[AssetCapabilities, ...]
    support_level: SupportLevel = SupportLevel.TRADING
    replace_mode: ReplaceMode = ReplaceMode.NONE
    replaceable_fields: tuple[str, ...] = ()
    idempotency: IdempotencyClass = IdempotencyClass.NONE
    idempotency_window_seconds: int = 0
    fill_granularity: FillGranularity = FillGranularity.PER_FILL
    feed: FeedKind = FeedKind.PUSH
    streams_quotes: bool = False
    worst_case_latency_seconds: int = 0
    max_orders_per_minute: int = 0
    history_days: int = 0
    sources: tuple[str, ...] = ()

    def asset(self, asset_class: AssetClass) -> AssetCapabilities | None:
        """Return what can be done with an asset class, or `None` where it can't be traded."""
        return next((a for a in self.assets if a.asset_class is asset_class), None)
