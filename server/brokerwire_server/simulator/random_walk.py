"""A seeded random walk of quotes."""

from collections.abc import Iterable, Iterator
from decimal import Decimal

from brokerwire_server.domain.market import Quote
from brokerwire_server.simulator.prng import Stream
from brokerwire_server.simulator.universe import Listing

_CENT = Decimal("0.01")


class _Walker:
    """One symbol's walk, in whole cents, from its own stream of the seed: other symbols don't change it."""

    __slots__ = ("_cents", "_pick", "_spread", "_symbol")

    def __init__(self, seed: int, listing: Listing) -> None:
        self._symbol = listing.details.instrument.symbol
        self._cents = int(listing.price / _CENT)
        self._spread = 1 + self._cents // 20_000
        self._pick = Stream(f"walk:{seed}:{self._symbol}").below

    def quote(self, time: int) -> Quote:
        """Take one step: uniform within about 0.9 basis points (at least a cent), which is some 25 % a year."""
        pick = self._pick
        reach = max(1, self._cents * 9 // 100_000)
        bid = max(100, self._cents + pick(2 * reach + 1) - reach)
        self._cents = bid
        ask = bid + 1 + pick(self._spread)
        last = bid if pick(2) else ask
        return Quote(
            symbol=self._symbol,
            bid=Decimal(bid) * _CENT,
            bid_size=Decimal(100 * (1 + pick(20))),
            ask=Decimal(ask) * _CENT,
            ask_size=Decimal(100 * (1 + pick(20))),
            last=Decimal(last) * _CENT,
            last_size=Decimal(100),
            time=time,
        )


class RandomWalk:
    """An endless iterator of quotes: at each tick one per symbol, in the order of the listings, all at one time."""

    def __init__(self, listings: Iterable[Listing], *, seed: int, start: int, interval: int) -> None:
        """Tick first at `start`, then every `interval` nanoseconds."""
        self._walkers = [_Walker(seed, listing) for listing in listings]
        self._time = start
        self._interval = interval
        self._index = 0

    def __iter__(self) -> Iterator[Quote]:
        """Return itself."""
        return self

    def __next__(self) -> Quote:
        """Return the next quote."""
        if not self._walkers:
            raise StopIteration
        quote = self._walkers[self._index].quote(self._time)
        self._index += 1
        if self._index == len(self._walkers):
            self._index = 0
            self._time += self._interval
        return quote

    def skip_to(self, time: int) -> None:
        """Leave out the ticks before `time`: the walk stood still meanwhile."""
        if time > self._time:
            self._time += (time - self._time) // self._interval * self._interval
