"""`brokerwire market`: bars, option chains, corporate actions and the calendar."""

import re
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from typing import Any

import click

from brokerwire.types.enums import BarUnit, CorporateActionType, OptionType, PriceAdjustment
from brokerwire_server.cli.remote import Number, Remote, Words, remote
from brokerwire_server.cli.views import ACTIONS, BARS, CHAIN, TRADING_DAYS

_LIMIT = click.option("--limit", default=100, show_default=True, type=click.IntRange(1), help="At most so many.")
_MAX_PAGE = 1000


class Day(click.ParamType):  # type: ignore[type-arg] # generic in newer releases only
    """A day: 2026-11-27."""

    name = "date"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:  # noqa: ANN401
        """Return the day, or fail as click does."""
        try:
            return value if isinstance(value, date) else date.fromisoformat(str(value))
        except ValueError:
            self.fail(f"{value!r} is not a day such as 2026-11-27", param, ctx)


class Moment(click.ParamType):  # type: ignore[type-arg] # as above
    """A time: 2026-11-27, or 2026-11-27T14:30, in UTC unless it names another zone."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:  # noqa: ANN401
        """Return the time, or fail as click does."""
        try:
            moment = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
        except ValueError:
            self.fail(f"{value!r} is not a time such as 2026-11-27 or 2026-11-27T14:30", param, ctx)
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


class Length(click.ParamType):  # type: ignore[type-arg] # as above
    """The length of a bar: day, 5minute, 4hour."""

    name = "timeframe"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, int]:  # noqa: ANN401
        """Return unit and count, or fail as click does."""
        if isinstance(value, tuple):
            return value
        match = re.fullmatch(r"(\d{0,4})(minute|hour|day|week|month)s?", str(value).lower())
        if match is None:
            self.fail(f"{value!r} is not a length such as {', 5'.join(BarUnit.choices()[:2])} or day", param, ctx)
        return match[2], int(match[1] or 1)


@click.group
def market() -> None:
    """Look up bars, option chains, corporate actions and the calendar at a broker that has them."""


@market.command
@click.argument("symbol")
@click.option(
    "--timeframe", type=Length(), default="day", show_default=True, help="Such as minute, 5minute, hour, day."
)
@click.option("--start", type=Moment(), help="From when on. Default: 30 days ago.")
@click.option("--end", type=Moment(), help="Until before when. Default: now.")
@click.option("--adjustment", type=Words("adjustment", PriceAdjustment.choices()), default="raw", show_default=True)
@click.option("--newest-first", is_flag=True, help="Latest bar first.")
@_LIMIT
@remote()
def bars(
    to: Remote,
    symbol: str,
    *,
    timeframe: tuple[str, int],
    start: datetime | None,
    limit: int,
    **terms: Any,  # noqa: ANN401
) -> None:
    """List the bars of an instrument: brokerwire market bars AAPL --timeframe 5minute --start 2026-11-25."""
    unit, count = timeframe
    with to.client() as client:
        begin = start or datetime.combine(_today() - timedelta(days=30), time(), UTC)
        listed = client.bars(symbol, unit, count, start=begin, page_size=min(limit, _MAX_PAGE), **terms)
        found = list(islice(listed, limit))
    to.out.rows("bars", found, BARS)


@market.command
@click.argument("underlying")
@click.option("--type", type=Words("type", OptionType.choices()), help="Calls or puts.")
@click.option("--from", "first_expiration", type=Day(), help="Expirations on or after. Default: today.")
@click.option("--to", "last_expiration", type=Day(), help="Expirations on or before.")
@click.option("--min-strike", type=Number(), help="Strikes at or above.")
@click.option("--max-strike", type=Number(), help="Strikes at or below.")
@_LIMIT
@remote()
def chain(to: Remote, underlying: str, *, limit: int, **terms: Any) -> None:  # noqa: ANN401
    """List the options on an underlying: brokerwire market chain AAPL --type call --to 2026-12-18."""
    with to.client() as client:
        found = list(islice(client.option_chain(underlying, page_size=min(limit, _MAX_PAGE), **terms), limit))
    to.out.rows("contracts", found, CHAIN)


@market.command
@click.argument("symbols", nargs=-1)
@click.option("--start", type=Day(), help="Processed on or after. Default: 90 days ago.")
@click.option("--end", type=Day(), help="Processed on or before. Default: whatever is announced.")
@click.option(
    "--type", "types", type=Words("type", CorporateActionType.choices()), multiple=True, help="Only this one."
)
@_LIMIT
@remote()
def actions(to: Remote, symbols: tuple[str, ...], *, start: date | None, limit: int, **terms: Any) -> None:  # noqa: ANN401
    """List dividends, splits, mergers and their like: brokerwire market actions AAPL MSFT."""
    with to.client() as client:
        begin = start or _today() - timedelta(days=90)
        listed = client.corporate_actions(symbols, start=begin, page_size=min(limit, _MAX_PAGE), **terms)
        found = list(islice(listed, limit))
    to.out.rows("corporate_actions", found, ACTIONS)


@market.command
@click.option("--start", type=Day(), help="First day. Default: today.")
@click.option("--end", type=Day(), help="Last day. Default: 30 days after the first.")
@click.option("--exchange", default="", help="Calendar, as a market identifier code such as XNYS.")
@remote()
def calendar(to: Remote, start: date | None, end: date | None, exchange: str) -> None:
    """List the days on which the market trades, with its hours; half days say so."""
    first = start or _today()
    with to.client() as client:
        found = list(client.trading_days(first, end or first + timedelta(days=30), exchange=exchange))
    to.out.rows("trading_days", found, TRADING_DAYS)


def _today() -> date:
    return datetime.now(UTC).date()
