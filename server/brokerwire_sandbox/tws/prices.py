"""Moving prices: a seeded walk by ticks, in step with the clock; options follow their underlying."""

from decimal import Decimal

from brokerwire_sandbox.tws.contracts import Contract
from brokerwire_sandbox.tws.option_model import greeks
from brokerwire_sandbox.tws.settings import Prices
from brokerwire_sandbox.tws.state import State
from brokerwire_sandbox.tws.times import SECOND
from brokerwire_server.simulator.prng import Stream

_WIDEST = 7


class Walk:
    """Moves every contract at most once per step: where the clock has jumped, the ticks between are left out."""

    def __init__(self, state: State) -> None:
        """Begin at the built-in prices."""
        self._state = state
        self._moving = state.settings.prices is Prices.WALK
        self._interval = round(state.settings.price_interval * SECOND)
        self._next = state.now + self._interval
        self._below = Stream(f"tws-walk:{state.settings.seed}").below

    def step(self) -> None:
        """Show the quotes that are due."""
        now = self._state.now
        if not self._moving or now < self._next:
            return
        self._next = now - now % self._interval + self._interval
        for listing in self._state.listed:
            if listing.contract.security == "OPT":
                self._follow(listing.contract)
            else:
                self._move(listing.contract)

    def _move(self, contract: Contract) -> None:
        quote = self._state.quote(contract)
        step = contract.min_tick * (self._below(2 * _WIDEST + 1) - _WIDEST)
        if quote.bid + step > contract.min_tick:
            self._state.show(contract, quote.bid + step, quote.ask + step)

    def _follow(self, contract: Contract) -> None:
        underlying = self._state.contracts.get(contract.under_con_id)
        if underlying is None:
            return
        spot, days = self._state.mark(underlying), self._state.days_to(contract.expiry)
        price = greeks(spot, contract.strike, contract.right, days).price
        if price != self._state.mark(contract):
            self._state.show(contract, price - Decimal("0.05"), price + Decimal("0.05"))
