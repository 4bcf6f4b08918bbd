"""Positions of all asset classes, and the prices at which the broker values them."""

from collections.abc import Callable
from contextlib import suppress
from decimal import Decimal
from typing import Any

from msgspec import Struct

from brokerwire_server.brokers.ibkr.instruments import Instruments
from brokerwire_server.brokers.ibkr.session import Session, TwsError
from brokerwire_server.domain.decimals import ZERO, divide
from brokerwire_server.domain.instruments import Instrument
from brokerwire_server.domain.market import Quote
from brokerwire_server.domain.positions import Position

_FRESH = 600_000_000_000


class Row(Struct, frozen=True):
    """One `position` message. `cost` is per unit, the multiplier and the broker's commissions included."""

    account: str
    contract: Any
    quantity: Decimal
    cost: Decimal


class Marks:
    """The broker's own valuation of positions (updatePortfolio): a price where no market data is subscribed to.

    It is streamed for one account at a time, every three minutes or as the position changes.
    """

    def __init__(
        self, session: Session, instruments: Instruments, now: Callable[[], int], patience: float = 2.0
    ) -> None:
        """Listen on `session`; wait for the valuation of a whole account for `patience` seconds."""
        self._patience = patience
        self._session = session
        self._instruments = instruments
        self._now = now
        self._followed = ""
        self._quotes: dict[str, Quote] = {}
        session.on("updatePortfolio", self._take)

    async def follow(self, account: str) -> None:
        """Have one of the broker's accounts valued, and return when that has come, or does not come in time.

        What comes later is taken as well: a price that lacks is no reason to do without all the rest. Raises
        `LinkDownError`.
        """
        if self._followed:
            await self._session.send("reqAccountUpdates", False, self._followed)
        self._followed = account
        with suppress(TimeoutError, TwsError):
            await self._session.call(
                *("reqAccountUpdates", True, account),
                answers=["updatePortfolio"],
                end="accountDownloadEnd",
                timeout=self._patience,
            )

    def last_quote(self, symbol: str) -> Quote | None:
        """Return the price at which a position is valued, as long as it is of the last ten minutes."""
        quote = self._quotes.get(symbol)
        return quote if quote is not None and self._now() - quote.time < _FRESH else None

    def _take(self, contract: Any, quantity: Decimal | None, price: Decimal | None, *_: object) -> None:  # noqa: ANN401
        try:
            symbol = self._instruments.instrument(contract).symbol
        except ValueError:
            return
        if quantity and price and price > ZERO:
            self._quotes[symbol] = Quote(symbol=symbol, last=price, time=self._now())
        else:
            self._quotes.pop(symbol, None)


class Positions:
    """Reads the positions of all accounts of a login; one question brings all."""

    def __init__(self, session: Session, instruments: Instruments, marks: Marks) -> None:
        """Ask through `session`, look contracts up in `instruments`, and have `marks` value what is held."""
        self._marks = marks
        self._session = session
        self._instruments = instruments

    async def read(self, account: str, account_id: str) -> tuple[Position, ...]:
        """Return what one of the broker's accounts holds, as ours. Contracts that are new are looked up first.

        Positions in what is not supported, such as bonds, are left out: nothing can be done with them here.
        """
        answers = await self._session.call("reqPositions", answers=["position"], end="positionEnd")
        rows = [row for answer in answers if (row := Row(*answer.arguments)).account == account and row.quantity]  # type: ignore[arg-type]
        await self._instruments.learn(row.contract for row in rows)
        await self._marks.follow(account)
        return tuple(position for row in rows if (position := self._position(row, account_id)) is not None)

    def _position(self, row: Row, account_id: str) -> Position | None:
        try:
            instrument = self._instruments.instrument(row.contract)
        except ValueError:
            return None
        return position_of(row, instrument, account_id)


def position_of(row: Row, instrument: Instrument, account_id: str) -> Position:
    """Return a holding. The average cost is per unit of the price: the broker's has the multiplier in it.

    It has the broker's commissions in it too, and they stay.
    """
    return Position(
        account_id=account_id,
        instrument=instrument,
        quantity=row.quantity,
        average_cost=abs(divide(row.cost or ZERO, instrument.multiplier)),
    )
