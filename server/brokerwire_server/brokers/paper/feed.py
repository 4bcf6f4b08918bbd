"""The pace of prices: takes quotes from the source when the simulation's clock reaches them."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator

from brokerwire_server.brokers.base import Simulation
from brokerwire_server.brokers.paper.settings import PaperSettings, PriceSource
from brokerwire_server.domain.market import Quote
from brokerwire_server.simulator import UNIVERSE, RandomWalk, ReplayError, SimulationClock, replay

NANOS = 1_000_000_000
_SLICE = 64
_LONGEST_SLEEP = 0.25
_LAG_LIMIT = 5 * NANOS


class PriceFeed:
    """Drives time and prices, one call of `on_quote` or `on_time` after the other.

    A replay at speed 0 holds at its first quote until orders have come and none has followed for `replay_grace` real
    seconds, or until it is resumed; then it runs as fast as orders and streams let it. Steps and advances put it into
    lock-step: it stands still between them.
    """

    def __init__(
        self,
        settings: PaperSettings,
        real: Callable[[], int],
        sleep: Callable[[float], Awaitable[None]],
        *,
        on_quote: Callable[[Quote], None],
        on_time: Callable[[int], None],
        on_failure: Callable[[str], None],
    ) -> None:
        """Open the source. Raises `ReplayError` where a replay's first row can't be read."""
        self._settings = settings
        self._real = real
        self._sleep = sleep
        self._on_quote = on_quote
        self._on_time = on_time
        self._on_failure = on_failure
        self._own: set[str] = set()
        self._next: Quote | None = None
        self._changed = asyncio.Event()
        self._steering = asyncio.Lock()
        self.quote_count = 0
        self._source = self._open(settings, real)
        self._next = next(self._source, None)
        first = self._next if settings.source is PriceSource.REPLAY else None
        start = None if first is None else first.time
        self.clock = SimulationClock(real, start=start, speed=settings.speed)
        self._holding = settings.source is PriceSource.REPLAY and settings.speed == 0 and not settings.paused
        self._last_order = 0
        if settings.paused:
            self.clock.pause()

    def take_over(self, symbol: str) -> None:
        """Stop following the source for a symbol: its price is set by hand now."""
        self._own.add(symbol)

    def prime(self) -> None:
        """Show what the source has for its first moment, so that there are prices to begin with."""
        first = 0 if self._next is None else self._next.time
        while self._next is not None and self._next.time <= first:
            self._step()

    def begin(self) -> None:
        """Let a held replay run soon: an order came, and others that belong to it may follow."""
        if self._holding:
            self._last_order = self._real()
            self._changed.set()

    @property
    def finished(self) -> bool:
        """Whether the source has no more quotes (a manual one never had any, and is not finished)."""
        return self._next is None and self._settings.source is PriceSource.REPLAY

    def simulation(self) -> Simulation:
        """Return clock and source."""
        return Simulation(
            source=self._settings.source.value,
            virtual=self.clock.virtual,
            time=self.clock.now(),
            paused=self.clock.paused or self._holding,
            speed=self.clock.speed,
            seed=self._settings.seed,
            finished=self.finished,
            quote_count=self.quote_count,
            next_quote_time=0 if self._next is None else self._next.time,
        )

    async def run(self) -> None:
        """Keep the pace until cancelled."""
        while True:
            async with self._steering:
                delay = await self._catch_up()
            if delay is None:
                self._changed.clear()
                await self._changed.wait()
            else:
                await self._sleep(delay)

    async def steer(
        self,
        *,
        paused: bool | None = None,
        speed: float | None = None,
        advance_to: int | None = None,
        advance_by: int | None = None,
        steps: int | None = None,
    ) -> None:
        """Change the pace, or move on; returns after the quotes on the way have been matched.

        Raises:
            ValueError: a number is out of range.
        """
        if (steps is not None and steps < 0) or (advance_by is not None and advance_by < 0):
            raise ValueError("a simulation moves forward only")
        async with self._steering:
            moving = advance_to is not None or advance_by is not None or steps is not None
            self._set_pace(paused, speed, moving=moving)
            if advance_by is not None:
                advance_to = max(advance_to or 0, self.clock.now() + advance_by)
            if steps is not None:
                await self._walk(None, steps)
            if advance_to is not None:
                await self._walk(advance_to, None)
                self.clock.advance_to(advance_to)
                self._on_time(self.clock.now())
        self._changed.set()

    def _set_pace(self, paused: bool | None, speed: float | None, *, moving: bool) -> None:
        if speed is not None:
            self.clock.set_speed(speed)
        if paused:
            self.clock.pause()
        elif paused is False:
            self.clock.resume()
        elif moving and self.clock.speed == 0:
            self.clock.pause()
        if moving or paused is not None:
            self._holding = False

    async def _walk(self, until: int | None, steps: int | None) -> None:
        """Take quotes up to a time, or so many; other tasks get their turn in between."""
        taken = 0
        while self._next is not None:
            if (until is not None and self._next.time > until) or (steps is not None and taken >= steps):
                return
            self._step()
            taken += 1
            if taken % _SLICE == 0:
                await self._sleep(0)

    async def _catch_up(self) -> float | None:
        """Do what is due; return the seconds to wait, or `None` for: until somebody steers."""
        if self.clock.paused:
            return None
        if self._holding and (delay := self._grace()) != 0:
            return delay
        if self.clock.speed == 0:
            if self._settings.source is not PriceSource.REPLAY or self._next is None:
                return None
            # One slice per turn, and one quote per slice: a strategy that answers each quote is not left behind.
            self._step()
            return 0
        now = self.clock.now()
        if not self.clock.virtual and isinstance(self._source, RandomWalk):
            self._leave_out(now)
        await self._walk(now, None)
        self._on_time(now)
        if self._next is None:
            return _LONGEST_SLEEP
        wait = (self._next.time - self.clock.now()) / NANOS / self.clock.speed
        return min(max(wait, 0.0), _LONGEST_SLEEP)

    def _grace(self) -> float | None:
        """Return how long a held replay waits for more orders, `None` before the first; let go when it is time."""
        if not self._last_order:
            return None
        left = self._settings.replay_grace - (self._real() - self._last_order) / NANOS
        if left > 0:
            return left
        self._holding = False
        return 0

    def _leave_out(self, now: int) -> None:
        if isinstance(self._source, RandomWalk) and self._next is not None and now - self._next.time > _LAG_LIMIT:
            self._source.skip_to(now)
            self._next = next(self._source, None)

    def _step(self) -> None:
        quote = self._next
        if quote is None:
            return
        self._next = self._pull()
        if quote.time > self.clock.now():
            self.clock.advance_to(quote.time)
        if quote.symbol in self._own:
            return
        self.quote_count += 1
        self._on_quote(quote)

    def _pull(self) -> Quote | None:
        """Return the source's next quote; a broken one ends there, and that is said."""
        try:
            return next(self._source, None)
        except ReplayError as error:
            self._on_failure(f"the replay ends here: {error}")
            return None

    @staticmethod
    def _open(settings: PaperSettings, real: Callable[[], int]) -> Iterator[Quote]:
        match settings.source:
            case PriceSource.MANUAL:
                return iter(())
            case PriceSource.REPLAY:
                return replay(settings.replay_files)
        start = real()
        interval = max(1, int(settings.tick_interval * NANOS))
        return RandomWalk(UNIVERSE, seed=settings.seed, start=start, interval=interval)
