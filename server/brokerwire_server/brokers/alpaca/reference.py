"""Reference data of what Alpaca trades, kept at hand: one question per symbol and day."""

import asyncio
from collections.abc import Callable, Sequence
from decimal import Decimal

from brokerwire_server.brokers.alpaca import wire
from brokerwire_server.brokers.alpaca.client import Client
from brokerwire_server.brokers.alpaca.errors import ApiError, Fault
from brokerwire_server.brokers.alpaca.mapping import exact
from brokerwire_server.brokers.alpaca.symbols import CLASSES, instrument_of, occ
from brokerwire_server.domain.decimals import ONE, ZERO
from brokerwire_server.domain.instruments import (
    EQUITY_TICKS,
    AssetClass,
    Instrument,
    InstrumentDetails,
    OptionContract,
    OptionType,
    PriceTick,
)

FRESH_SECONDS = 24 * 3600.0
UNKNOWN_SECONDS = 60.0
"""How long a symbol stays unknown before it is asked for again."""

_KEPT = 20_000
_BILLIONTH = Decimal("0.000000001")
_OPTION_TICKS = (PriceTick(ZERO, Decimal("0.01")),)

_Key = tuple[str, AssetClass]


class Reference:
    """Looks instruments up."""

    def __init__(self, client: Client, monotonic: Callable[[], float]) -> None:
        """Ask through `client`."""
        self._client = client
        self._monotonic = monotonic
        self._known: dict[_Key, tuple[float, InstrumentDetails | None]] = {}
        self._asking: dict[_Key, asyncio.Task[InstrumentDetails | None]] = {}
        self._all: tuple[float, Sequence[InstrumentDetails]] | None = None
        self._listing = asyncio.Lock()

    async def instrument(self, symbol: str, asset_class: AssetClass) -> InstrumentDetails | None:
        """Return an instrument, `None` where Alpaca does not know it. Raises where it can't be asked."""
        key = (symbol, asset_class)
        known = self._known.get(key)
        if known is not None and self._monotonic() < known[0]:
            return known[1]
        task = self._asking.get(key)
        if task is None:
            task = self._asking[key] = asyncio.get_running_loop().create_task(self._ask(symbol, asset_class))
            task.add_done_callback(lambda _: self._asking.pop(key, None))
        return await asyncio.shield(task)

    async def _ask(self, symbol: str, asset_class: AssetClass) -> InstrumentDetails | None:
        try:
            if asset_class is AssetClass.OPTION and occ(symbol) is not None:
                found: InstrumentDetails | None = details_of_contract(await self._client.contract(symbol))
            else:
                found = details_of(await self._client.asset(symbol), asset_class)
        except ApiError as error:
            if error.fault is not Fault.NOT_FOUND:
                raise
            found = None
        if len(self._known) >= _KEPT:
            self._known.clear()
        fresh = FRESH_SECONDS if found is not None else UNKNOWN_SECONDS
        self._known[symbol, asset_class] = (self._monotonic() + fresh, found)
        return found

    async def search(self, text: str, limit: int) -> Sequence[InstrumentDetails]:
        """Return instruments whose symbol begins with, or whose name contains, `text`; the symbol's matches first."""
        wanted = text.strip().casefold()
        every = await self._listed()
        by_symbol = [d for d in every if d.instrument.symbol.casefold().startswith(wanted)]
        by_symbol.sort(key=lambda d: (len(d.instrument.symbol), d.instrument.symbol))
        seen = {d.instrument.symbol for d in by_symbol}
        by_name = [d for d in every if wanted in d.name.casefold() and d.instrument.symbol not in seen]
        return (by_symbol + by_name)[: max(limit, 0)]

    async def _listed(self) -> Sequence[InstrumentDetails]:
        async with self._listing:
            if self._all is None or self._monotonic() >= self._all[0]:
                assets = await self._client.assets()
                found = [details for asset in assets if (details := details_of(asset)) is not None]
                self._all = (self._monotonic() + FRESH_SECONDS, found)
            return self._all[1]


def details_of(asset: wire.Asset, wanted: AssetClass | None = None) -> InstrumentDetails | None:
    """Return an asset's rules; `None` where it is of another class.

    An underlying stands for its multi-leg option orders too, where it has options.
    """
    found = CLASSES.get(asset.asset_class)
    if wanted is AssetClass.OPTION and found is AssetClass.EQUITY and "has_options" in (asset.attributes or ()):
        return _whole(Instrument(symbol=asset.symbol, asset_class=AssetClass.OPTION), asset.name or "", asset.tradable)
    if found is None or (wanted is not None and found is not wanted):
        return None
    crypto = found is AssetClass.CRYPTO
    smallest = exact(asset.min_trade_increment) or _BILLIONTH
    tick = exact(asset.price_increment) or _BILLIONTH
    fractionable = crypto or bool(asset.fractionable)
    instrument = instrument_of(asset.symbol, asset.asset_class)
    return InstrumentDetails(
        instrument=Instrument(
            symbol=instrument.symbol, asset_class=found, exchange=asset.exchange or "", currency=instrument.currency
        ),
        name=asset.name or "",
        ticks=(PriceTick(ZERO, tick),) if crypto else EQUITY_TICKS,
        quantity_increment=smallest if crypto else _BILLIONTH,
        minimum_quantity=max(exact(asset.min_order_size), smallest) if crypto else _BILLIONTH if fractionable else ONE,
        tradable=bool(asset.tradable) and asset.status in (None, "active"),
        shortable=bool(asset.shortable),
        fractionable=fractionable,
        marginable=bool(asset.marginable),
    )


def details_of_contract(found: wire.Contract) -> InstrumentDetails:
    """Return an option contract's terms, as Alpaca states them."""
    by_symbol = occ(found.symbol)
    terms = OptionContract(
        underlying=found.underlying_symbol or (by_symbol.underlying if by_symbol else ""),
        type=OptionType.PUT if found.type == "put" else OptionType.CALL,
        strike=exact(found.strike_price) or (by_symbol.strike if by_symbol else ZERO),
        expiration=found.expiration_date or (by_symbol.expiration if by_symbol else ""),
        multiplier=exact(found.size) or Decimal(100),
    )
    instrument = Instrument(symbol=found.symbol, asset_class=AssetClass.OPTION, option=terms)
    tradable = bool(found.tradable) and found.status in (None, "active")
    return _whole(instrument, found.name or "", tradable)


def _whole(instrument: Instrument, name: str, tradable: bool | None) -> InstrumentDetails:
    return InstrumentDetails(
        instrument=instrument,
        name=name,
        ticks=_OPTION_TICKS,
        quantity_increment=ONE,
        minimum_quantity=ONE,
        tradable=bool(tradable),
        shortable=True,
        fractionable=False,
        marginable=False,
    )
