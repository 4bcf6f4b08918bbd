"""`brokerwire quotes`, `search` and `clock`."""

from itertools import islice

import click

from brokerwire_server.cli.default_group import DefaultGroup
from brokerwire_server.cli.exits import CommandFailure
from brokerwire_server.cli.output import Column, attribute
from brokerwire_server.cli.remote import Remote, remote
from brokerwire_server.cli.views import QUOTES, facts, quote_line
from brokerwire_server.cli.watch import follow

_INSTRUMENTS: tuple[Column, ...] = (
    ("SYMBOL", attribute("symbol")),
    ("NAME", attribute("name")),
    ("CLASS", attribute("instrument.asset_class")),
    ("EXCHANGE", attribute("instrument.exchange")),
    ("CURRENCY", attribute("instrument.currency_code")),
    ("TRADABLE", attribute("tradable")),
    ("SHORTABLE", attribute("shortable")),
    ("FRACTIONS", attribute("fractionable")),
)


@click.group(cls=DefaultGroup, default="get")
def quotes() -> None:
    """Show the latest quotes, or watch them: brokerwire quotes AAPL; brokerwire quotes watch AAPL MSFT."""


@quotes.command
@click.argument("symbols", nargs=-1, required=True)
@remote()
def get(to: Remote, symbols: tuple[str, ...]) -> None:
    """Show the latest quotes: brokerwire quotes AAPL MSFT."""
    with to.client() as client:
        found = client.quotes(symbols)
    to.out.rows("quotes", list(found.values()), QUOTES)
    if missing := [symbol for symbol in symbols if symbol not in found]:
        raise CommandFailure(f"no quote for {', '.join(missing)}", "look for it: brokerwire search TEXT")


@quotes.command
@click.argument("symbols", nargs=-1, required=True)
@click.option("--once", is_flag=True, help="End after the snapshot.")
@remote()
def watch(to: Remote, symbols: tuple[str, ...], *, once: bool) -> None:
    """Show quotes as they change: a live table on a terminal, else a line each."""
    with to.streaming() as client:
        follow(
            to.out,
            client.stream_quotes(symbols),
            key=lambda quote: quote.symbol,
            state=lambda quote: quote,
            line=quote_line,
            columns=QUOTES,
            once=once,
        )


@click.command
@click.argument("text", required=False, default="")
@click.option("--limit", default=50, show_default=True, help="At most so many.")
@remote()
def search(to: Remote, text: str, limit: int) -> None:
    """Find instruments by the start of their symbol, or by part of their name."""
    with to.client() as client:
        found = list(islice(client.search(text, page_size=min(limit, 1000)), limit))
    to.out.rows("instruments", found, _INSTRUMENTS)


@click.command
@click.option("--exchange", default="", help="Calendar, as a market identifier code such as XNYS.")
@remote()
def clock(to: Remote, exchange: str) -> None:
    """Show the market's clock: time, session, next open and close."""
    with to.client() as client:
        found = client.clock(exchange=exchange)
    names = ("time", "is_open", "session", "next_open_time", "next_close_time", "simulated", "exchange")
    to.out.record(found, facts(found, *names))
