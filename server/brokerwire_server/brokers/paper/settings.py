"""The settings of a paper connection."""

from decimal import Decimal
from enum import StrEnum

from msgspec import Struct

from brokerwire_server.domain.accounts import AccountType
from brokerwire_server.simulator import AlwaysOpen, Commission, ExchangeHours, MarketCalendar, Rules, Slippage


class PriceSource(StrEnum):
    """Where quotes come from."""

    RANDOM_WALK = "random-walk"
    MANUAL = "manual"
    REPLAY = "replay"


class MarketHours(StrEnum):
    """When the simulated market is open."""

    ALWAYS = "always"
    XNYS = "xnys"


class PaperSettings(Struct, frozen=True, kw_only=True):
    """How a paper connection behaves.

    `speed` is virtual seconds per real second; 0 is as fast as possible (a replay) or by hand (other sources).
    `replay_grace` is how many real seconds a replay at speed 0 waits for further orders after one, before it starts.
    `tick_interval` is the random walk's, in virtual seconds. `manual_size` is displayed for a price set without a size.
    `paused` starts with time standing still until someone steers.
    """

    source: PriceSource = PriceSource.RANDOM_WALK
    replay_files: tuple[str, ...] = ()
    speed: float = 1.0
    replay_grace: float = 2.0
    paused: bool = False
    seed: int = 0
    market_hours: MarketHours = MarketHours.ALWAYS
    account_id: str = "paper"
    account_name: str = "Paper account"
    account_type: AccountType = AccountType.MARGIN
    initial_cash: Decimal = Decimal(100_000)
    commission: Commission = Commission()
    slippage: Slippage = Slippage()
    margin_multiplier: Decimal = Decimal(2)
    market_buffer: Decimal = Decimal("0.02")
    tick_interval: float = 0.25
    manual_size: Decimal = Decimal(1000)

    def rules(self) -> Rules:
        """Return the exchange's rules under these settings."""
        return Rules(
            commission=self.commission,
            slippage=self.slippage,
            multiplier=self.margin_multiplier,
            market_buffer=self.market_buffer,
        )

    def calendar(self) -> MarketCalendar:
        """Return the calendar of the market hours."""
        return ExchangeHours("XNYS") if self.market_hours is MarketHours.XNYS else AlwaysOpen()
