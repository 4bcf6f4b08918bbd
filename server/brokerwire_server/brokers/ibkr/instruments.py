"""Looks contracts up once and keeps them at hand: by our symbol, and by the broker's number."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from copy import copy
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from msgspec import Struct

from brokerwire_server.brokers.ibkr import contracts, library
from brokerwire_server.brokers.ibkr.session import Message, Session, TwsError
from brokerwire_server.domain.errors import InvalidRequestError, Violation
from brokerwire_server.domain.instruments import AssetClass, Instrument, InstrumentDetails, option_of

FRESH_SECONDS = 24 * 3600.0
UNKNOWN_SECONDS = 60.0
"""How long a symbol stays unknown before it is asked for again."""

KEPT = 5_000
"""How many contracts are kept at hand; the one that was not used for longest goes first."""

NO_SECURITY = 200
"""Message code: no security definition has been found (reference: message codes)."""

_AT_ONCE = 8

_Key = tuple[str, AssetClass]


class Known(Struct, frozen=True, kw_only=True):
    """A contract that was looked up. `contract` is what requests name it by: its number and where they go."""

    contract: Any
    details: InstrumentDetails
    exchanges: tuple[str, ...] = ()
    underlying: int = 0

    @property
    def instrument(self) -> Instrument:
        """The instrument."""
        return self.details.instrument


class Instruments:
    """The contracts of one connection. A look-up raises what `Session.ask` does where the broker can't be asked."""

    def __init__(self, session: Session, *, monotonic: Callable[[], float], now: Callable[[], int]) -> None:
        """Ask through `session`."""
        self._session = session
        self._monotonic = monotonic
        self._now = now
        self._by_key: OrderedDict[_Key, tuple[float, Known | None]] = OrderedDict()
        self._by_number: OrderedDict[int, Known] = OrderedDict()
        self._rules: dict[int, Sequence[tuple[Decimal, Decimal]]] = {}
        self._asking: dict[_Key, asyncio.Task[Known | None]] = {}
        self._few = asyncio.Semaphore(_AT_ONCE)

    def at_hand(self, symbol: str) -> Known | None:
        """Return a contract by our symbol, without asking."""
        for asset_class in classes_of(symbol):
            known = self._by_key.get((symbol, asset_class))
            if known is not None and known[1] is not None:
                return known[1]
        return None

    def by_number(self, con_id: int) -> Known | None:
        """Return a contract by the broker's number, without asking."""
        return self._by_number.get(con_id)

    def instrument(self, contract: Any) -> Instrument:  # noqa: ANN401
        """Return the instrument of a contract in a message: as it was looked up, else as the message says it.

        Raises `ValueError` for a kind that is not supported. See `learn`, which makes it sure.
        """
        known = self._by_number.get(contract.conId)
        return known.instrument if known is not None else contracts.instrument_of(contract)

    async def learn(self, found: Iterable[Any]) -> None:
        """Look up what is not known yet of the contracts in messages, by their numbers; others are left as they are."""
        wanted = {c.conId for c in found if c.conId and c.secType in contracts.CLASSES} - self._by_number.keys()
        results = await asyncio.gather(*(self._by_one_number(n) for n in sorted(wanted)), return_exceptions=True)
        for result in results:
            if isinstance(result, BaseException):
                raise result

    async def find(self, symbol: str, asset_class: AssetClass | None = None) -> Known | None:
        """Return a contract by our symbol, `None` where the broker has none. Without a class the symbol's form decides.

        Raises `InvalidRequestError` where there are several: its `supported` names them.
        """
        for one in (asset_class,) if asset_class is not None else classes_of(symbol):
            found = await self._find((symbol, one))
            if found is not None:
                return found
        return None

    async def need(self, instrument: Instrument) -> Any:  # noqa: ANN401
        """Return the contract to send for an instrument, directed to its exchange where it names one.

        Raises `InvalidRequestError` where the broker does not know it, or does not trade it there.
        """
        known = await self.find(instrument.symbol, instrument.asset_class)
        if known is None:
            raise _invalid(f"Interactive Brokers does not know {instrument.symbol[:40]!r}")
        exchange = contracts.MARKET_CODES.get(instrument.exchange, instrument.exchange)
        if not exchange or exchange == known.contract.exchange:
            return known.contract
        if exchange not in known.exchanges:
            raise InvalidRequestError.of(
                Violation("instrument.exchange", "INVALID_FIELD", "it does not trade there", known.exchanges)
            )
        directed = copy(known.contract)
        directed.exchange = exchange
        return directed

    async def _find(self, key: _Key) -> Known | None:
        known = self._by_key.get(key)
        if known is not None and self._monotonic() < known[0]:
            self._by_key.move_to_end(key)
            return known[1]
        task = self._asking.get(key)
        if task is None:
            task = self._asking[key] = asyncio.get_running_loop().create_task(self._ask(key))
            task.add_done_callback(lambda _: self._asking.pop(key, None))
        return await asyncio.shield(task)

    async def _ask(self, key: _Key) -> Known | None:
        symbol, asset_class = key
        number = contracts.contract_number(symbol)
        if number:
            return await self._by_given_number(number, key)
        year = datetime.fromtimestamp(self._now() // 1_000_000_000, UTC).year
        found: Known | None = None
        for question in contracts.questions(symbol, asset_class, year):
            answers = _of_class(await self._details(question), asset_class)
            if answers:
                found = await self._choose(symbol, answers)
                break
        self._keep_name(key, found)
        return found

    async def _choose(self, symbol: str, answers: Sequence[Any]) -> Known:
        """Return the one contract that has the symbol."""
        named = [one for one in answers if contracts.symbol_of(one.contract, one.contractMonth) == symbol]
        if len(named) == 1:
            return await self._take(named[0], symbol)
        candidates = [_candidate(one, several=len(named) > 1) for one in (named or answers)]
        names = tuple(name for name, _ in candidates)
        told = ", ".join(f"{name} ({words})" for name, words in candidates[:10])
        raise _invalid(f"Interactive Brokers has several for {symbol[:40]!r}, or only others: {told}; name one", names)

    async def _take(self, details: Any, symbol: str) -> Known:  # noqa: ANN401
        contract = details.contract
        route = contracts.route_of(details)
        known = Known(
            contract=library.Contract(
                conId=contract.conId,
                symbol=contract.symbol,
                secType=contract.secType,
                exchange=route,
                currency=contract.currency,
            ),
            details=contracts.details_of(details, symbol, await self._rule(contracts.rule_of(details, route))),
            exchanges=tuple(one for one in details.validExchanges.split(",") if one),
            underlying=int(details.underConId or 0),
        )
        self._keep(contract.conId, known)
        return known

    async def _by_given_number(self, number: int, key: _Key) -> Known | None:
        """Return the contract that a caller named by its number, which must be its only name."""
        if number not in self._by_number:
            await self._by_one_number(number)
        known = self._by_number.get(number)
        if known is None or known.instrument.asset_class is not key[1]:
            return None
        if known.instrument.symbol != key[0]:
            raise _invalid(f"name it {known.instrument.symbol}", (known.instrument.symbol,))
        return known

    async def _by_one_number(self, con_id: int) -> None:
        """Look a contract up by its number. It has its number in its symbol where the rest would not tell it alone."""
        async with self._few:
            answers = await self._details(contracts.by_number(con_id))
            if not answers:
                return
            one = answers[0]
            symbol, asset_class = contracts.symbol_of(one.contract, one.contractMonth), _class_of(one)
            if asset_class is None:
                return
            if not contracts.contract_number(symbol):
                with suppress(InvalidRequestError):
                    known = await self._find((symbol, asset_class))
                    if known is not None and known.contract.conId == con_id:
                        return
                symbol = f"{symbol}#{con_id}"
            self._keep_name((symbol, asset_class), await self._take(one, symbol))

    def _keep_name(self, key: _Key, known: Known | None) -> None:
        self._by_key[key] = (self._monotonic() + (FRESH_SECONDS if known else UNKNOWN_SECONDS), known)
        self._by_key.move_to_end(key)
        while len(self._by_key) > KEPT:
            self._by_key.popitem(last=False)

    def _keep(self, con_id: int, known: Known) -> None:
        self._by_number[con_id] = known
        self._by_number.move_to_end(con_id)
        while len(self._by_number) > KEPT:
            self._by_number.popitem(last=False)

    async def _details(self, question: Any) -> Sequence[Any]:  # noqa: ANN401
        """Ask for contracts, each once: one contract is answered for each exchange where none is named."""
        try:
            answers = await self._session.ask(
                "reqContractDetails", question, answers=["contractDetails"], end="contractDetailsEnd"
            )
        except TwsError as error:
            if error.code != NO_SECURITY:
                raise
            return ()
        found: dict[int, Any] = {}
        for answer in answers:
            details: Any = answer.arguments[1]
            found.setdefault(details.contract.conId, details)
        return list(found.values())

    async def _rule(self, rule: int | None) -> Sequence[tuple[Decimal, Decimal]]:
        """Return the price steps of a market rule; they are the same for thousands of contracts."""
        if rule is None:
            return ()
        if rule not in self._rules:
            answers = await self._session.call("reqMarketRule", rule, answers=["marketRule"], end=None)
            for number, steps in map(_rule_of, answers):
                self._rules[number] = steps
        if rule not in self._rules:
            raise TimeoutError(f"market rule {rule} was not answered")
        return self._rules[rule]


def classes_of(symbol: str) -> Sequence[AssetClass]:
    """Return the classes that a symbol may be of, the likeliest first."""
    if "/" in symbol:
        return (AssetClass.FOREX, AssetClass.CRYPTO)
    if option_of(symbol) is not None:
        return (AssetClass.OPTION,)
    return (AssetClass.EQUITY, AssetClass.FUTURE, AssetClass.OPTION)


def _rule_of(answer: Message) -> tuple[Any, Any]:
    """Return the number of a market rule and its steps."""
    number, steps = answer.arguments
    return number, steps


def _of_class(answers: Sequence[Any], asset_class: AssetClass) -> Sequence[Any]:
    return [one for one in answers if _class_of(one) is asset_class]


def _class_of(details: Any) -> AssetClass | None:  # noqa: ANN401
    return contracts.CLASSES.get(details.contract.secType)


def _candidate(details: Any, *, several: bool) -> tuple[str, str]:  # noqa: ANN401
    """Return the symbol that names a contract alone, and what tells it from the others."""
    contract = details.contract
    symbol = contracts.symbol_of(contract, details.contractMonth)
    words = " ".join(word for word in (contract.primaryExchange, contract.currency, details.longName) if word)
    return (f"{symbol}#{contract.conId}" if several else symbol), words


def _invalid(message: str, supported: tuple[str, ...] = ()) -> InvalidRequestError:
    return InvalidRequestError.of(Violation("instrument.symbol", "INSTRUMENT_NOT_FOUND", message, supported))
