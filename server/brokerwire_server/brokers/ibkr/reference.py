"""What can be found: instruments by text, option chains, and when the market is open."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

from brokerwire_server.brokers.ibkr import contracts, library
from brokerwire_server.brokers.ibkr.asking import available
from brokerwire_server.brokers.ibkr.instruments import NO_SECURITY, Instruments
from brokerwire_server.brokers.ibkr.session import Session, TwsError
from brokerwire_server.domain.calendar import ExchangeHours, market_clock, trading_days
from brokerwire_server.domain.errors import InvalidRequestError, NotFoundError, Violation
from brokerwire_server.domain.instruments import AssetClass, InstrumentDetails, OptionType
from brokerwire_server.domain.market import ChainEntry, ChainQuery, MarketClock, TradingDay

_MOST_EXPIRATIONS = 24
"""Expirations in one answer: the broker is asked for each, and slows down whoever asks for many."""

_PATIENCE = 30.0


class Reference:
    """Looks things up that are no contract yet."""

    def __init__(self, session: Session, instruments: Instruments, now: Callable[[], int]) -> None:
        """Ask through `session`."""
        self._session = session
        self._instruments = instruments
        self._now = now
        self._calendar = ExchangeHours("XNYS")

    async def instrument(self, symbol: str, asset_class: AssetClass) -> InstrumentDetails | None:
        """Return an instrument's rules, `None` where the broker does not know it.

        Raises `InvalidRequestError` where the symbol stands for several, and `UnavailableError`.
        """
        known = await available(self._instruments.find(symbol, asset_class))
        return None if known is None else known.details

    async def search(self, text: str, limit: int) -> Sequence[InstrumentDetails]:
        """Return instruments whose symbol or name matches `text`, as the broker ranks them: at most 16."""
        return await available(self._search(text.strip(), limit))

    async def _search(self, text: str, limit: int) -> Sequence[InstrumentDetails]:
        if not text:
            return ()
        answers = await self._session.ask("reqMatchingSymbols", text, answers=["symbolSamples"], end=None)
        rows: Any = answers[0].arguments[1]
        found = [row.contract for row in rows if row.contract.secType in contracts.CLASSES][: max(limit, 0)]
        await self._instruments.learn(found)
        known = [self._instruments.by_number(contract.conId) for contract in found]
        return [one.details for one in known if one is not None]

    async def option_chain(self, query: ChainQuery) -> Sequence[ChainEntry]:
        """Return the contracts that match, without quotes and greeks: those cost a market data line each.

        Raises `InvalidRequestError` where there are too many expirations.
        """
        return await available(self._option_chain(query))

    async def _option_chain(self, query: ChainQuery) -> Sequence[ChainEntry]:
        known = await self._instruments.find(query.underlying, AssetClass.EQUITY)
        if known is None:
            text = f"Interactive Brokers does not know {query.underlying[:40]!r}"
            raise NotFoundError("INSTRUMENT_NOT_FOUND", text, metadata={"field": "underlying", "broker": "ibkr"})
        answers = await self._session.ask(
            *("reqSecDefOptParams", known.contract.symbol, "", "STK", known.contract.conId),
            answers=["securityDefinitionOptionParameter"],
            end="securityDefinitionOptionParameterEnd",
        )
        smart = [answer.arguments for answer in answers if answer.arguments[1] == contracts.SMART]
        listed: set[str] = {stamp for row in smart for stamp in row[5]}  # type: ignore[attr-defined]
        wanted = [stamp for stamp in sorted(listed) if _in_dates(query, contracts.iso_date(stamp))]
        if len(wanted) > _MOST_EXPIRATIONS:
            text = f"{len(wanted)} expirations match: at most {_MOST_EXPIRATIONS} at once, name a shorter time"
            raise InvalidRequestError.of(Violation("last_expiration_date", "INVALID_FIELD", text))
        found: list[ChainEntry] = []
        for stamp in wanted:
            rows = await self._contracts(known.contract.symbol, stamp, query)
            found += [ChainEntry(instrument=contracts.instrument_of(row.contract)) for row in rows]
        return [entry for entry in found if _in_strikes(query, entry)]

    async def _contracts(self, symbol: str, stamp: str, query: ChainQuery) -> Sequence[Any]:
        right = {OptionType.CALL: "C", OptionType.PUT: "P", None: ""}[query.type]
        question = library.Contract(
            secType="OPT",
            symbol=symbol,
            exchange=contracts.SMART,
            currency="USD",
            lastTradeDateOrContractMonth=stamp,
            right=right,
        )
        try:
            answers = await self._session.ask(
                "reqContractDetails",
                question,
                answers=["contractDetails"],
                end="contractDetailsEnd",
                timeout=_PATIENCE,
            )
        except TwsError as error:
            if error.code != NO_SECURITY:
                raise
            return ()
        return [answer.arguments[1] for answer in answers]

    async def market_clock(self) -> MarketClock:
        """Return the clock of the New York Stock Exchange. Its calendar takes a second to load, in a thread."""
        return await asyncio.to_thread(market_clock, self._calendar, self._now())

    async def trading_days(self, first_date: str, last_date: str) -> Sequence[TradingDay]:
        """Return the trading days of the New York Stock Exchange, both dates included."""
        try:
            return await asyncio.to_thread(lambda: list(trading_days(self._calendar, first_date, last_date)))
        except ValueError as error:
            raise InvalidRequestError.of(Violation("start_date", "INVALID_FIELD", str(error))) from error


def _in_dates(query: ChainQuery, date: str) -> bool:
    return date >= query.first_expiration and (not query.last_expiration or date <= query.last_expiration)


def _in_strikes(query: ChainQuery, entry: ChainEntry) -> bool:
    option = entry.instrument.option
    if option is None:
        return False
    low, high = query.min_strike, query.max_strike
    return (low is None or option.strike >= low) and (high is None or option.strike <= high)
