"""How a sandbox behaves. What nobody could check against the real service is a switch here (README, "Not known")."""

from decimal import Decimal
from enum import StrEnum

from msgspec import Struct

LOWEST_VERSION = 157
HIGHEST_VERSION = 178
PAPER_ACCOUNT = "DU1234567"


class Hours(StrEnum):
    """`ALWAYS`: the market never closes. `XNYS`: New York's hours, holidays and half days (crypto trades on)."""

    ALWAYS = "always"
    XNYS = "xnys"


class Prices(StrEnum):
    """`MANUAL`: quotes stand until `set_quote` moves them. `WALK`: a seeded random walk moves them."""

    MANUAL = "manual"
    WALK = "walk"


class TimeForm(StrEnum):
    """How execution times are written.

    `ZONED`: `20260413 15:27:04 US/Eastern`. `DASH`: `20231116-12:15:35`, UTC. `BARE`: `20230224  12:04:56`, in the
    terminal's zone, which is not named.
    """

    ZONED = "zoned"
    DASH = "dash"
    BARE = "bare"


class FillOrder(StrEnum):
    """In which order an execution is told, and what of it."""

    EXECUTION_FIRST = "execution_first"
    STATUS_FIRST = "status_first"
    COMMISSION_FIRST = "commission_first"
    NO_STATUS = "no_status"
    NO_EXECUTION = "no_execution"
    SILENT = "silent"


class TwsSettings(Struct, frozen=True, kw_only=True):
    """Everything that can be chosen before the start.

    `start_time` (nanoseconds) makes the clock virtual: with `clock_speed` 0 it moves through `advance` alone. `quotes`
    are bid and ask by name (see `ContractBook.named`), on top of the built-in ones. `time_zone` is the terminal's, by
    its IANA or Windows name. `pacing` is the most messages that a client may send in a second (0: any number), and
    `pacing_warning` the number at which it is warned. `first_permanent_id` is the first permId. `status_repeats` sends
    every openOrder and orderStatus so many more times. `rejected_inactive` shows an order that lacks margin as Inactive
    besides the 201. `foreign_cancels` lets a client cancel another's order. `cash` is in the base currency.
    """

    seed: int = 0
    accounts: tuple[str, ...] = (PAPER_ACCOUNT,)
    cash: Decimal = Decimal(1_000_000)
    base_currency: str = "USD"
    server_version: int = HIGHEST_VERSION
    hours: Hours = Hours.ALWAYS
    start_time: int | None = None
    clock_speed: float = 1.0
    prices: Prices = Prices.MANUAL
    price_interval: float = 1.0
    quotes: dict[str, tuple[Decimal, Decimal]] = {}
    quote_size: Decimal = Decimal(10_000_000)
    time_form: TimeForm = TimeForm.ZONED
    time_zone: str = "US/Eastern"
    fill_order: FillOrder = FillOrder.EXECUTION_FIRST
    read_only: bool = False
    farm_notices: bool = True
    master_client_id: int | None = None
    pacing: int = 50
    pacing_warning: int = 44
    first_order_id: int = 1
    first_permanent_id: int = 900_000_001
    status_repeats: int = 0
    rejected_inactive: bool = False
    foreign_cancels: bool = False
    delayed_data: bool = False
    venue: str = "IEX"
