"""What risk rules need from brokers beyond the books: quotes, balances, the session, volumes.

It is fetched before an order is checked, and only where a limit asks for it: the check itself must not wait. What can't
be fetched in time stays missing, and the rules that need it reject.
"""

import asyncio
import logging
from collections.abc import Awaitable, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from msgspec import Struct

from brokerwire_server.domain.accounts import Balances
from brokerwire_server.domain.decimals import divide
from brokerwire_server.domain.instruments import AssetClass, Instrument, InstrumentDetails
from brokerwire_server.domain.market import BarQuery, BarUnit, MarketClock, Quote
from brokerwire_server.engine.accounts import ManagedAccount
from brokerwire_server.engine.seams import NANOS, Seams
from brokerwire_server.risk.limits import Limits

PATIENCE = 5.0
"""Seconds that a broker has to answer; an order waits for it."""

CLOCK_AGE = 30 * NANOS
VOLUME_DAYS = 20
VOLUME_RETRY = 600 * NANOS
BALANCES_MARGIN = 2
"""Balances are fetched anew when they are older than this part of what is allowed."""

_DAY = 24 * 3600 * NANOS
_MOST_KEPT = 10_000
_NEW_YORK = ZoneInfo("America/New_York")
_log = logging.getLogger(__name__)


class Wanted(Struct, frozen=True):
    """Which facts limits ask for."""

    quotes: bool
    clock: bool
    balances: bool
    volume: bool


def wanted(limits: Limits) -> Wanted:
    """Return which facts are needed under `limits`."""
    collars = (limits.collar_percent_low, limits.collar_percent_mid, limits.collar_percent_high)
    prices = (*collars, limits.collar_passive_percent, limits.collar_option_percent)
    ages = (limits.quote_age, limits.quote_age_extended)
    shares = (limits.position_percent, limits.gross_percent, limits.gross_percent_hard, limits.net_percent)
    margins = (limits.leveraged_percent, limits.margin_headroom_percent)
    return Wanted(
        quotes=limits.check_stops or any(value is not None for value in (*prices, *ages)),
        clock=not limits.allow_queueing
        or not limits.allow_market_outside_regular
        or any(value is not None for value in (*prices, *ages, limits.expiry_cutoff_hour)),
        balances=limits.check_buying_power
        or limits.settled_funds_only
        or any(value is not None for value in (*shares, *margins)),
        volume=limits.adv_percent is not None or limits.adv_percent_hard is not None,
    )


class Facts:
    """Fetches and keeps facts. What is kept is read without waiting."""

    def __init__(self, seams: Seams) -> None:
        """Tell the age of things by `seams`."""
        self._seams = seams
        self._quotes: dict[tuple[str, str], Quote] = {}
        self._clocks: dict[str, tuple[MarketClock, int]] = {}
        self._volumes: dict[tuple[str, str], tuple[Decimal | None, int]] = {}
        self._details: dict[tuple[str, str], InstrumentDetails] = {}

    # --- fetching ------------------------------------------------------------------------------------------------

    async def prepare(
        self,
        account: ManagedAccount,
        instruments: Sequence[Instrument],
        limits: Limits,
        want: Wanted,
        *,
        unpriced: bool = False,
    ) -> None:
        """Have at hand what `limits` ask for, `want`; with `unpriced`, what values an order without a limit price.

        Never raises: what fails stays missing.
        """
        work: list[Awaitable[object]] = [
            self._fetch_details(account, instrument)
            for instrument in instruments
            if self.details(account, instrument) is None
        ]
        if want.clock and ((known := self._clock(account)) is None or known.virtual):
            work.append(self._fetch_clock(account))
        if want.balances and self._balances_old(account, limits):
            work.append(self._fetch_balances(account))
        if (want.quotes or unpriced) and (symbols := self._stale(account, instruments, limits)):
            work.append(self._fetch_quotes(account, symbols))
        if want.volume:
            work += [self._fetch_volume(account, i) for i in instruments if self._lacks_volume(account, i)]
        if work:
            await asyncio.gather(*(self._in_time(account, each) for each in work))

    async def _in_time(self, account: ManagedAccount, work: Awaitable[object]) -> None:
        try:
            async with asyncio.timeout(PATIENCE):
                await work
        except Exception as error:  # whatever it is, the fact is missing
            extra = {"account_id": account.account_id, "error": repr(error)[:200]}
            _log.warning("what a risk rule needs could not be fetched", extra=extra)

    async def _fetch_details(self, account: ManagedAccount, instrument: Instrument) -> None:
        found = await account.adapter.instrument(instrument.symbol, instrument.asset_class)
        if found is not None:
            self.learn(account, found)

    async def _fetch_clock(self, account: ManagedAccount) -> None:
        self._clocks[_connection(account)] = await account.adapter.market_clock(), self._seams.now()

    async def _fetch_balances(self, account: ManagedAccount) -> None:
        began = self._seams.now()
        state = await account.adapter.account_state(account.account_id)
        if not account.unopened:
            account.book.stage_account(state)
            account.balances_read(began)

    async def _fetch_quotes(self, account: ManagedAccount, symbols: Sequence[str]) -> None:
        connection = _connection(account)
        if len(self._quotes) > _MOST_KEPT:
            self._quotes.clear()
        for symbol, quote in (await account.adapter.quotes(symbols)).items():
            self._quotes[connection, symbol] = quote

    async def _fetch_volume(self, account: ManagedAccount, instrument: Instrument) -> None:
        key, now = (_connection(account), instrument.symbol), self._seams.now()
        self._volumes[key] = None, now + VOLUME_RETRY
        query = BarQuery(
            symbol=instrument.symbol,
            unit=BarUnit.DAY,
            count=1,
            start=now - 2 * VOLUME_DAYS * _DAY,
            end=now - now % _DAY,
            limit=VOLUME_DAYS,
            newest_first=True,
        )
        bars = await account.adapter.bars(query)
        if bars:
            average = divide(sum((bar.volume for bar in bars), Decimal(0)), Decimal(len(bars)))
            self._volumes[key] = average, now - now % _DAY + _DAY

    # --- reading -------------------------------------------------------------------------------------------------

    def learn(self, account: ManagedAccount, details: InstrumentDetails) -> None:
        """Keep an instrument's reference data, as the broker has just told it."""
        if len(self._details) > _MOST_KEPT:
            self._details.clear()
        self._details[_connection(account), details.instrument.symbol] = details

    def details(self, account: ManagedAccount, instrument: Instrument) -> InstrumentDetails | None:
        """Return an instrument's reference data."""
        return self._details.get((_connection(account), instrument.symbol))

    def quote(self, account: ManagedAccount, symbol: str) -> tuple[Quote | None, int | None]:
        """Return the latest quote and its age in nanoseconds. Where the market's clock is virtual, it is current."""
        streamed = account.adapter.last_quote(symbol)
        fetched = self._quotes.get((_connection(account), symbol))
        found = fetched if streamed is None or (fetched is not None and fetched.time > streamed.time) else streamed
        if found is None:
            return None, None
        if account.adapter.embedded:
            return found, 0
        return found, max(self._seams.now() - found.time, 0) if found.time else None

    def clock(self, account: ManagedAccount) -> MarketClock | None:
        """Return the market's clock as of now."""
        return self._clock(account)

    def balances(self, account: ManagedAccount) -> tuple[Balances | None, int | None]:
        """Return the balances and their age in nanoseconds, `None` where they are from before the start."""
        state = account.book.state
        age = self._seams.now() - account.balances_time if account.balances_time else None
        return (None if state is None else state.balances), age

    def volume(self, account: ManagedAccount, symbol: str) -> Decimal | None:
        """Return the average daily volume."""
        found = self._volumes.get((_connection(account), symbol))
        return None if found is None or found[1] <= self._seams.now() else found[0]

    # --- ages ----------------------------------------------------------------------------------------------------

    def _clock(self, account: ManagedAccount) -> MarketClock | None:
        kept = self._clocks.get(_connection(account))
        if kept is None:
            return None
        clock, read = kept
        age = self._seams.now() - read
        changes = [time for time in (clock.next_open, clock.next_close) if time > clock.time]
        if age > CLOCK_AGE or (changes and clock.time + age >= min(changes)):
            return None
        return clock

    def _balances_old(self, account: ManagedAccount, limits: Limits) -> bool:
        _, age = self.balances(account)
        if account.book.state is None or age is None:
            return True
        return limits.balance_age is not None and age * BALANCES_MARGIN > limits.balance_age * NANOS

    def _stale(self, account: ManagedAccount, instruments: Sequence[Instrument], limits: Limits) -> list[str]:
        most = [age for age in (limits.quote_age, limits.quote_age_extended) if age is not None]
        found = []
        for instrument in instruments:
            quote, age = self.quote(account, instrument.symbol)
            if quote is None or (most and (age is None or quote.delayed or age > min(most) * NANOS)):
                found.append(instrument.symbol)
        return found

    def _lacks_volume(self, account: ManagedAccount, instrument: Instrument) -> bool:
        kept = self._volumes.get((_connection(account), instrument.symbol))
        return instrument.asset_class is AssetClass.EQUITY and (kept is None or kept[1] <= self._seams.now())


def new_york(time: int) -> tuple[str, Decimal]:
    """Return the ISO date in New York at a time, and the hour of the day there with its minutes as a fraction."""
    local = datetime.fromtimestamp(time // NANOS, UTC).astimezone(_NEW_YORK)
    return local.date().isoformat(), divide(
        Decimal(local.hour * 3600 + local.minute * 60 + local.second), Decimal(3600)
    )


def _connection(account: ManagedAccount) -> str:
    return account.link.connection.connection_id
