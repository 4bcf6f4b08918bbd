"""Moving prices: the simulator's seeded random walk, shown in step with the clock."""

from decimal import Decimal

from brokerwire_sandbox.alpaca.formats import SECOND
from brokerwire_sandbox.alpaca.market import Market
from brokerwire_sandbox.alpaca.settings import Prices, SandboxSettings
from brokerwire_server.domain.instruments import AssetClass
from brokerwire_server.simulator import Listing, RandomWalk

_CENT = Decimal("0.01")


class Walk:
    """Shows at most one round of quotes per step: where the clock has jumped, the ticks between are left out."""

    def __init__(self, market: Market, settings: SandboxSettings) -> None:
        """Begin at the built-in prices."""
        self._market = market
        self._moving = settings.prices is Prices.WALK
        self._interval = round(settings.price_interval * SECOND)
        self._next = market.state.now + self._interval
        assets = [a for a in market.state.assets.listed if a.kind is not AssetClass.OPTION]
        listings = [Listing(details=a.details, price=a.price.quantize(_CENT)) for a in assets]
        self._count = len(listings)
        self._walk = RandomWalk(listings, seed=settings.seed, start=self._next, interval=self._interval)

    def step(self) -> None:
        """Show the quotes that are due."""
        now = self._market.state.now
        if not self._moving or now < self._next:
            return
        self._walk.skip_to(now)
        self._next = now - now % self._interval + self._interval
        for _ in range(self._count):
            self._market.show(next(self._walk))
        self._market.refresh_options()
